//! Payments: where they stand, what gateways said, money back.
use super::{
    EmptyForm, done, form_key, payouts,
    query::ListQuery,
    receipts, sent_key, transfers,
    view::{Action, Cell, DetailPage, Event, Field, Kind, ListPage, Part, Table},
};
use crate::{
    domain::{
        billing::withholding,
        customers, documents,
        ledger::{self, BankAccount},
        payments::{
            attempt::{self, Filter, together},
            gateway_event,
            refund::{self, Destination, NewRefund},
            transfer,
        },
    },
    kernel::{fault::CommonFault, format, permission::can},
    web::{
        WebError,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    ledger::wallet_payout,
    payments::{gateway_event as events, payment, refund as refunds},
    value::{CustomerId, Money, PaymentId, PaymentStatus},
};
use serde::Deserialize;
use std::collections::HashMap;

const HOME: &str = "/whm/payments";

/// Staff who look at a payment.
pub(super) type Looked = Staff<can::ReadPayments>;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/payments", web::get().to(list))
        .route("/payments/{id}", web::get().to(show))
        .route("/payments/{id}/ask", web::post().to(ask))
        .route("/payments/{id}/decide", web::post().to(decide))
        .route("/payments/{id}/refund", web::post().to(give_back));
}

/// `GET /whm/payments`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let filter = Filter {
        status: PaymentStatus::parse(query.state()),
        customer_id: query.of_customer().map(CustomerId::from),
        reference: query.search(),
    };
    let page = attempt::list(&staff.ctx, &filter, &query.page()).await?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, page.rows, &names, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: Vec<payment::Model>,
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    const STATES: &[&str] =
        &["pending", "succeeded", "unknown", "review", "failed", "expired", "refunded", "chargeback"];
    ListPage {
        title: frame.t("nav-payments"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-search-reference")),
        chips: query.chips(&frame, HOME, "payment-status", STATES),
        table: table(&frame, &rows, names),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// Payments as rows.
pub(super) fn table(frame: &Frame, rows: &[payment::Model], names: &HashMap<CustomerId, String>) -> Table {
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-method"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let rows = rows.iter().map(|row| {
        vec![
            Cell::link(&row.reference, format!("{HOME}/{}", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::text(frame.way_to_pay(&row.gateway, &row.method)),
            Cell::Status("payment-status", row.status.as_str()),
            Cell::Time(row.settled_at.unwrap_or(row.created_at)),
            Cell::Money(Money::new(row.amount_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("nav-payments"), columns).with(rows)
}

/// `GET /whm/payments/{id}`
pub async fn show(staff: Staff<can::ReadPayments>, id: Path<PaymentId>) -> Result<HttpResponse, WebError> {
    let (ctx, id) = (&staff.ctx, id.into_inner());
    let payment = attempt::get(&ctx.db, &id).await?;
    let customer = customers::get(&ctx.db, &payment.customer_id).await?;
    let events = gateway_event::of_payment(ctx, &id).await?;
    let refunds = refund::of_payment(&ctx.db, &id).await.map_err(CommonFault::from)?;
    let sent = ledger::payouts_of_refunds(&ctx.db, refunds.iter().map(|row| &row.id)).await;
    let sent = sent.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &payment, &customer.name, (&refunds[..], &sent[..]), &events);
    let is_by_people = transfer::is_by_people(ctx, &payment);
    if is_by_people {
        transfers::extend(&staff, &payment, &mut page).await?;
    }
    if let Some(bundle) = together::of_payment(&ctx.db, &id).await.map_err(CommonFault::from)? {
        let invoices = together::paid(&ctx.db, &bundle.id).await.map_err(CommonFault::from)?;
        let part = Part::Rows(page.frame.t("whm-together"), together_table(&page.frame, &invoices, &bundle.currency));
        page.parts.insert(0, part);
    }
    if staff.may::<can::InquirePayments>() && payment.account_id.is_some() && !is_by_people {
        let label = page.frame.t("whm-ask-gateway");
        page.actions.push(Action::post(label, format!("{HOME}/{id}/ask"), "refresh"));
    }
    if staff.may::<can::RefundPayments>() && attempt::is_decidable(ctx, &payment) {
        page.actions.extend(decisions(&page.frame, &id));
    }
    if documents::has_receipt(&payment) {
        let label = page.frame.t("receipt-title");
        page.actions.push(Action::link(label, format!("{}/{id}/pdf", receipts::HOME), "receipt"));
    }
    let left = refund::available_minor(&payment);
    if staff.may::<can::RefundPayments>() && left > 0 {
        let holder = customers::name_of(&customer);
        let action = refund_action(&page.frame, &payment, holder, left, !is_by_people);
        page.actions.push(action);
    }
    respond::page(&page)
}

/// Whether money under suspicion is taken.
fn decisions(frame: &Frame, id: &PaymentId) -> [Action; 2] {
    let ask = |key: &str, name, value: &str, icon| {
        let (label, text) = (frame.t(key), frame.t(&format!("{key}-text")));
        let action = Action::ask(label, text, name, format!("{HOME}/{id}/decide"), icon);
        action.with(vec![Field::hidden("verdict", value.to_owned())])
    };
    [
        ask("whm-payment-trust", "trust", "trust", "shield-check"),
        ask("whm-payment-refuse", "refuse", "refuse", "ban").danger(),
    ]
}

/// The invoices a charge pays in one go, and by which payments it did.
fn together_table(frame: &Frame, invoices: &[together::Paid], currency: &str) -> Table {
    let heads = [
        (frame.t("whm-invoice"), "cell-main"),
        (frame.t("whm-payment"), "cell-sub"),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let rows = invoices.iter().map(|one| {
        let payment = one.paid_by.as_ref();
        vec![
            Cell::link(&one.number, format!("/whm/invoices/{}", one.invoice_id)),
            payment.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("{HOME}/{id}"))),
            Cell::Money(Money::new(one.amount_minor, currency)),
        ]
    });
    Table::new(frame.t("whm-together"), heads).with(rows)
}

fn refund_action(frame: &Frame, payment: &payment::Model, holder: &str, left: i64, has_remote: bool) -> Action {
    let mut targets = vec![("wallet", frame.t("whm-refund-wallet"))];
    let has_bank = payment.gateway != withholding::GATEWAY;
    if has_bank {
        targets.push(("bank", frame.t("whm-refund-bank")));
    }
    if payment.account_id.is_some() && has_remote {
        targets.push(("gateway", frame.t("whm-refund-gateway")));
    }
    let targets = targets.into_iter().map(|(code, words)| (code.to_owned(), words)).collect();
    let most = format::money(&Money::new(left, &payment.currency), frame.lang);
    let text = frame.ta("whm-refund-text", [("amount", most)]);
    let action = format!("{HOME}/{}/refund", payment.id);
    let mut fields = vec![
        Field::number("amount", frame.t("whm-amount")).value(left.to_string()).unit(&payment.currency),
        Field::new("destination", frame.t("whm-refund-to"), Kind::Choice(targets)),
        Field::line("reason", frame.t("whm-reason")),
        Field::hidden("key", form_key()),
    ];
    if has_bank {
        // Which of them is needed is known by what is chosen above, and said when it is missing.
        let help = frame.t("whm-refund-bank-help");
        fields.extend([
            Field::line("bank_name", frame.t("whm-bank-name")).help(help).optional(),
            Field::line("account_holder", frame.t("whm-account-holder")).value(holder).optional(),
            Field::line("account_number", frame.t("whm-account-number")).optional(),
        ]);
    }
    Action::ask(frame.t("whm-refund"), text, "refund", action, "receipt-refund").danger().with(fields)
}

pub(super) fn detail_page(
    frame: Frame,
    payment: &payment::Model,
    customer: &str,
    (refunds, sent): (&[refunds::Model], &[wallet_payout::Model]),
    events: &[events::Model],
) -> DetailPage {
    let money = |minor| Cell::Money(Money::new(minor, &payment.currency));
    let invoice = payment.invoice_id.as_ref();
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("payment-status", payment.status.as_str())),
        (frame.t("whm-customer"), Cell::link(customer, format!("/whm/customers/{}", payment.customer_id))),
        (
            frame.t("whm-invoice"),
            invoice.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/invoices/{id}"))),
        ),
        (frame.t("whm-purpose"), Cell::text(frame.word("payment-purpose", payment.purpose.as_str()))),
        (frame.t("whm-method"), Cell::text(frame.way_to_pay(&payment.gateway, &payment.method))),
        (frame.t("whm-gateway"), Cell::text(&payment.gateway)),
        (frame.t("whm-amount"), money(payment.amount_minor)),
        (frame.t("whm-received"), money(payment.received_minor)),
        (frame.t("whm-applied"), money(payment.applied_minor)),
        (frame.t("whm-refunded"), money(payment.refunded_minor)),
        (frame.t("whm-fee"), money(payment.fee_minor)),
        (frame.t("whm-external-id"), payment.external_id.clone().map_or(Cell::Nothing, Cell::Code)),
        (frame.t("whm-failure"), Cell::maybe(payment.failure_code.clone())),
        (frame.t("whm-created"), Cell::Time(payment.created_at)),
        (frame.t("whm-expires"), Cell::Time(payment.expires_at)),
        (frame.t("whm-settled"), Cell::maybe_time(payment.settled_at)),
        (frame.t("whm-next-inquiry"), Cell::maybe_time(payment.inquire_at)),
    ];
    let refunds = table_of(&frame, refunds, sent);
    DetailPage {
        title: payment.reference.clone(),
        subtitle: customer.to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-payments"),
        notice: if payment.is_late { ("warn", frame.t("whm-payment-late")) } else { ("info", String::new()) },
        actions: Vec::new(),
        facts,
        parts: vec![
            Part::Rows(frame.t("whm-refunds"), refunds),
            Part::History(frame.t("whm-gateway-events"), events.iter().rev().map(|row| event(&frame, row)).collect()),
        ],
        frame,
    }
}

/// Refunds of a payment. Of one that goes to a bank, its transfer is linked.
fn table_of(frame: &Frame, refunds: &[refunds::Model], sent: &[wallet_payout::Model]) -> Table {
    let heads = [
        (frame.t("whm-reason"), "cell-main"),
        (frame.t("whm-refund-to"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let rows = refunds.iter().map(|row| {
        let target = match row.destination.as_str() {
            "gateway" => frame.t("whm-refund-gateway"),
            "wallet" => frame.t("whm-refund-wallet"),
            _ => frame.t("whm-refund-bank"),
        };
        // Sent more than once, it is the last transfer that counts.
        let transfer = sent.iter().rfind(|payout| payout.refund_id.as_ref() == Some(&row.id));
        vec![
            Cell::text(&row.reason),
            transfer.map_or(Cell::Text(target.clone()), |payout| {
                let state = frame.word("wallet-payout-status", payout.status.as_str());
                Cell::link(format!("{target} · {state}"), format!("{}/{}", payouts::HOME, payout.id))
            }),
            Cell::Status("refund-status", row.status.as_str()),
            Cell::Time(row.created_at),
            Cell::Money(Money::new(row.amount_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("whm-refunds"), heads).with(rows)
}

/// A notification with everything the gateway sent.
pub(super) fn event(frame: &Frame, row: &events::Model) -> Event {
    let state = frame.word("gateway-event-status", row.status.as_str());
    let count = row.received_count.to_string();
    let key = if row.received_count > 1 { "whm-line-event-again" } else { "whm-line-event" };
    let text = frame.ta(key, [("gateway", row.gateway.as_str()), ("state", &state), ("n", &count)]);
    let words = |note: &str| frame.known(&format!("event-note-{}", note.replace('_', "-")));
    let note = row.note.as_deref().map(|note| format!(" · {}", words(note).unwrap_or_else(|| note.to_owned())));
    let note = note.unwrap_or_default();
    let headers = row
        .headers
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| format!("{}: {}", pair[0].as_str().unwrap_or_default(), pair[1].as_str().unwrap_or_default()));
    let pretty =
        serde_json::from_str::<serde_json::Value>(&row.body).and_then(|body| serde_json::to_string_pretty(&body));
    let body = pretty.unwrap_or_else(|_| row.body.clone());
    Event {
        at: row.received_at,
        icon: "plug-connected",
        tone: frame.tone("gateway-event-status", row.status.as_str()).as_str(),
        who: String::new(),
        text: format!("{text}{note}"),
        href: String::new(),
        amount: String::new(),
        raw: headers.chain([String::new(), body]).collect::<Vec<_>>().join("\n"),
    }
}

/// `POST /whm/payments/{id}/ask`
pub async fn ask(
    staff: Staff<can::InquirePayments>,
    id: Path<PaymentId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    attempt::ask_now(&staff.ctx, &id).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-asked"))
}

/// What staff decided about a doubted payment.
#[derive(Deserialize)]
pub struct VerdictForm {
    verdict: String,
}

/// `POST /whm/payments/{id}/decide`
pub async fn decide(
    staff: Fresh<can::RefundPayments>,
    id: Path<PaymentId>,
    SafeForm(form): SafeForm<VerdictForm>,
) -> Result<HttpResponse, WebError> {
    let is_trusted = match form.verdict.as_str() {
        "trust" => true,
        "refuse" => false,
        _ => return Err(CommonFault::NotFound.into()),
    };
    attempt::decide(&staff.ctx, &id, is_trusted).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-payment-decided"))
}

/// A refund as typed.
#[derive(Deserialize)]
pub struct RefundForm {
    amount: i64,
    destination: String,
    reason: String,
    #[serde(default)]
    bank_name: String,
    #[serde(default)]
    account_holder: String,
    #[serde(default)]
    account_number: String,
    key: String,
}

/// `POST /whm/payments/{id}/refund`
pub async fn give_back(
    staff: Fresh<can::RefundPayments>,
    id: Path<PaymentId>,
    SafeForm(form): SafeForm<RefundForm>,
) -> Result<HttpResponse, WebError> {
    let back = format!("{HOME}/{id}");
    let destination = Destination::parse(&form.destination).ok_or(CommonFault::NotFound)?;
    let key = sent_key(&form.key)?;
    let new = NewRefund { payment_id: &id, amount_minor: form.amount, destination, reason: &form.reason, key };
    let bank = BankAccount {
        bank_name: &form.bank_name,
        account_holder: &form.account_holder,
        account_number: &form.account_number,
    };
    refund::refund_to(&staff.ctx, new, &bank).await?;
    let words = if destination == Destination::Bank { "whm-refund-set-aside" } else { "whm-refund-begun" };
    Ok(done(&back, words))
}
