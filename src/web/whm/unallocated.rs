//! Money that fits nothing: what came, from where, and whose it is.
use super::{
    done, form_key, once, payments,
    query::ListQuery,
    sent_key,
    view::{Action, Cell, Chip, DetailPage, Field, ListPage, Part, Table},
};
use crate::{
    domain::{
        Ctx, customers,
        payments::{
            PaymentError, gateway_event,
            unallocated::{self, Filter, Owner, Returned, UnallocatedView},
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
    billing::invoice,
    payments::gateway_event as events,
    value::{CustomerId, GatewayEventId, Money, UnallocatedMoneyId, UnallocatedStatus},
};
use serde::Deserialize;
use std::collections::HashMap;

const HOME: &str = "/whm/unallocated";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/unallocated", web::get().to(list))
        .route("/unallocated/{id}", web::get().to(show))
        .route("/unallocated/{id}/customer", web::post().to(to_customer))
        .route("/unallocated/{id}/invoice", web::post().to(to_invoice))
        .route("/unallocated/{id}/return", web::post().to(give_back));
}

/// What waits, where nobody says; a reference is looked for in everything.
fn filter_of(query: &ListQuery) -> Filter {
    let status = match query.state() {
        "" if query.search().is_none() => Some(UnallocatedStatus::Open),
        word => UnallocatedStatus::parse(word),
    };
    Filter { status, reference: query.search() }
}

/// `GET /whm/unallocated`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = unallocated::list(&staff.ctx, &filter_of(&query), &query.page()).await?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, page.next_cursor.as_deref()))
}

fn chips(frame: &Frame, query: &ListQuery) -> Vec<Chip> {
    let states: Vec<&str> = UnallocatedStatus::ALL.iter().map(|status| status.as_str()).collect();
    let chosen = filter_of(query).status.map(|status| status.as_str());
    ListQuery::queue_chips(frame, HOME, "unallocated-status", &states, chosen)
}

pub(super) fn list_page(frame: Frame, query: &ListQuery, rows: &[UnallocatedView], next: Option<&str>) -> ListPage {
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-unallocated-account"), "cell-sub"),
        (frame.t("whm-unallocated-why"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-received"), ""),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        let money = &row.money;
        vec![
            Cell::link(&money.reference, format!("{HOME}/{}", money.id)),
            Cell::text(&row.account_name),
            Cell::text(frame.word("unallocated-why", &money.why)),
            Cell::Status("unallocated-status", money.status.as_str()),
            Cell::Time(money.received_at),
            Cell::Money(Money::new(money.amount_minor, &money.currency)),
        ]
    });
    ListPage {
        title: frame.t("whm-unallocated"),
        subtitle: frame.t("whm-unallocated-text"),
        actions: Vec::new(),
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-search-reference")),
        chips: chips(&frame, query),
        table: Table::new(frame.t("whm-unallocated"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/unallocated/{id}`
pub async fn show(staff: Staff<can::ReadPayments>, id: Path<UnallocatedMoneyId>) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let found = unallocated::get(ctx, &id).await?;
    let event = match found.money.source_type.as_str() {
        "gateway_event" => Some(gateway_event::get(ctx, &GatewayEventId::from(found.money.source_id.as_str())).await?),
        _ => None,
    };
    let is_open = found.money.status == UnallocatedStatus::Open;
    let bills = if is_open { unallocated::candidates(ctx, &found.money).await } else { Ok(Vec::new()) };
    let bills = bills.map_err(CommonFault::from)?;
    let ids = bills.iter().map(|bill| bill.customer_id.clone()).chain(found.money.customer_id.clone());
    let names = customers::names_of(&ctx.db, ids).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &found, event.as_ref(), &bills, &names);
    if is_open && staff.may::<can::DecideUnallocated>() {
        page.actions = decisions(&page.frame, &found, &bills);
    }
    respond::page(&page)
}

pub(super) fn detail_page(
    frame: Frame,
    found: &UnallocatedView,
    event: Option<&events::Model>,
    bills: &[invoice::Model],
    names: &HashMap<CustomerId, String>,
) -> DetailPage {
    let money = &found.money;
    let open = |text, href: String| Cell::link(text, href);
    let source = match money.source_type.as_str() {
        "payment" => open(frame.t("whm-unallocated-payment"), format!("/whm/payments/{}", money.source_id)),
        _ => Cell::Nothing,
    };
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("unallocated-status", money.status.as_str())),
        (frame.t("whm-unallocated-why"), Cell::text(frame.word("unallocated-why", &money.why))),
        (frame.t("whm-unallocated-account"), Cell::text(&found.account_name)),
        (frame.t("whm-gateway"), Cell::text(&money.gateway)),
        (frame.t("whm-reference"), Cell::Code(money.reference.clone())),
        (frame.t("whm-external-id"), money.external_id.clone().map_or(Cell::Nothing, Cell::Code)),
        (frame.t("whm-amount"), Cell::Money(Money::new(money.amount_minor, &money.currency))),
        (frame.t("whm-received"), Cell::Time(money.received_at)),
        (frame.t("whm-unallocated-source"), source),
        (
            frame.t("whm-customer"),
            money.customer_id.as_ref().map_or(Cell::Nothing, |id| Cell::customer(names.get(id), id.as_str())),
        ),
        (
            frame.t("whm-invoice"),
            money
                .invoice_id
                .as_ref()
                .map_or(Cell::Nothing, |id| open(frame.t("action-open"), format!("/whm/invoices/{id}"))),
        ),
        (
            frame.t("whm-unallocated-became"),
            money
                .payment_id
                .as_ref()
                .map_or(Cell::Nothing, |id| open(frame.t("action-open"), format!("/whm/payments/{id}"))),
        ),
        (frame.t("whm-unallocated-bank-reference"), money.bank_reference.clone().map_or(Cell::Nothing, Cell::Code)),
        (frame.t("whm-reason"), Cell::maybe(money.reason.clone())),
        (frame.t("whm-unallocated-decided"), Cell::maybe_time(money.decided_at)),
    ];
    let mut parts = Vec::new();
    if money.status == UnallocatedStatus::Open {
        parts.push(Part::Rows(frame.t("whm-unallocated-candidates"), candidates(&frame, bills, names)));
    }
    if let Some(event) = event {
        parts.push(Part::History(frame.t("whm-gateway-events"), vec![payments::event(&frame, event)]));
    }
    DetailPage {
        title: money.reference.clone(),
        subtitle: found.account_name.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-unallocated"),
        notice: ("info", String::new()),
        actions: Vec::new(),
        facts,
        parts,
        frame,
    }
}

fn candidates(frame: &Frame, bills: &[invoice::Model], names: &HashMap<CustomerId, String>) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-due"), ""),
        (frame.t("whm-total"), "cell-side num"),
    ];
    let rows = bills.iter().map(|bill| {
        let number = bill.number.clone().unwrap_or_else(|| bill.id.0.clone());
        vec![
            Cell::link(number, format!("/whm/invoices/{}", bill.id)),
            Cell::customer(names.get(&bill.customer_id), bill.customer_id.as_str()),
            Cell::maybe_time(bill.due_at),
            Cell::Money(Money::new(bill.total_minor, &bill.currency)),
        ]
    });
    Table::new(frame.t("whm-unallocated-candidates"), columns).with(rows)
}

/// What may be decided about money that waits.
pub(super) fn decisions(frame: &Frame, found: &UnallocatedView, bills: &[invoice::Model]) -> Vec<Action> {
    let money = &found.money;
    let amount = format::money(&Money::new(money.amount_minor, &money.currency), frame.lang);
    let path = format!("{HOME}/{}", money.id);
    let reason = || Field::line("reason", frame.t("whm-reason"));
    let key = || Field::hidden("key", form_key());
    let only = <&[invoice::Model; 1]>::try_from(bills).ok().and_then(|[bill]| bill.number.clone());
    let text = frame.ta("whm-unallocated-invoice-text", [("amount", amount.as_str())]);
    let label = frame.t("whm-unallocated-to-invoice");
    let to_invoice = Action::ask(label, text, "invoice", format!("{path}/invoice"), "file-invoice").with(vec![
        Field::line("invoice", frame.t("whm-unallocated-invoice-number")).value(only.unwrap_or_default()),
        reason(),
        key(),
    ]);
    let text = frame.ta("whm-unallocated-customer-text", [("amount", amount.as_str())]);
    let label = frame.t("whm-unallocated-to-customer");
    let to_customer = Action::ask(label, text, "customer", format!("{path}/customer"), "wallet").with(vec![
        Field::line("customer", frame.t("whm-unallocated-customer")).help(frame.t("whm-unallocated-customer-help")),
        reason(),
        key(),
    ]);
    let text = frame.ta("whm-unallocated-return-text", [("amount", amount.as_str())]);
    let label = frame.t("whm-unallocated-return");
    let back = Action::ask(label, text, "return", format!("{path}/return"), "building-bank").danger().with(vec![
        Field::line("bank_reference", frame.t("whm-unallocated-bank-reference"))
            .help(frame.t("whm-unallocated-bank-help")),
        reason(),
        key(),
    ]);
    vec![back, to_customer, to_invoice]
}

/// Whose money it is, as typed.
#[derive(Deserialize)]
pub struct CustomerForm {
    customer: String,
    reason: String,
    key: String,
}

/// Which invoice it pays, as typed.
#[derive(Deserialize)]
pub struct InvoiceForm {
    invoice: String,
    reason: String,
    key: String,
}

/// A transfer back, as typed.
#[derive(Deserialize)]
pub struct ReturnForm {
    bank_reference: String,
    reason: String,
    key: String,
}

/// `POST /whm/unallocated/{id}/customer`
pub async fn to_customer(
    staff: Fresh<can::DecideUnallocated>,
    id: Path<UnallocatedMoneyId>,
    SafeForm(form): SafeForm<CustomerForm>,
) -> Result<HttpResponse, WebError> {
    let owner = async |ctx: &Ctx| unallocated::by_customer(ctx, &form.customer).await;
    assign(&staff, &id, owner, &form.reason, &form.key).await
}

/// `POST /whm/unallocated/{id}/invoice`
pub async fn to_invoice(
    staff: Fresh<can::DecideUnallocated>,
    id: Path<UnallocatedMoneyId>,
    SafeForm(form): SafeForm<InvoiceForm>,
) -> Result<HttpResponse, WebError> {
    let owner = async |ctx: &Ctx| unallocated::by_invoice(ctx, &form.invoice).await;
    assign(&staff, &id, owner, &form.reason, &form.key).await
}

async fn assign(
    staff: &Fresh<can::DecideUnallocated>,
    id: &UnallocatedMoneyId,
    owner: impl AsyncFn(&Ctx) -> Result<Owner, PaymentError>,
    reason: &str,
    key: &str,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(unallocated::allocate(ctx, id, &owner(ctx).await?, reason).await?);
    once(&staff.ctx, "unallocated-assign", sent_key(key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-unallocated-assigned"))
}

/// `POST /whm/unallocated/{id}/return`
pub async fn give_back(
    staff: Fresh<can::DecideUnallocated>,
    id: Path<UnallocatedMoneyId>,
    SafeForm(form): SafeForm<ReturnForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| {
        let returned = Returned { bank_reference: &form.bank_reference, reason: &form.reason };
        Ok(unallocated::give_back(ctx, &id, &returned).await?)
    };
    once(&staff.ctx, "unallocated-return", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-unallocated-returned"))
}
