//! Money of wallets that is paid out to bank accounts: what is to be transferred, and what became of it.
use super::{
    KeyedReasonForm, done, form_key, once,
    query::ListQuery,
    sent_key,
    view::{Action, Cell, DetailPage, Field, ListPage, Table},
};
use crate::{
    domain::{
        Ctx, customers,
        ledger::{self, BankAccount, PayoutFilter},
        payments::{refund, refund_transfer},
        reports::audit,
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
    value::{CustomerId, Money, WalletPayoutId, WalletPayoutStatus},
};
use serde::Deserialize;
use std::collections::HashMap;

pub(super) const HOME: &str = "/whm/payouts";
/// States in the order in which staff deal with them.
const STATES: &[WalletPayoutStatus] = &[
    WalletPayoutStatus::Open,
    WalletPayoutStatus::Waiting,
    WalletPayoutStatus::Paid,
    WalletPayoutStatus::Returned,
    WalletPayoutStatus::Refused,
    WalletPayoutStatus::Cancelled,
];

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/payouts", web::get().to(list))
        .route("/payouts/{id}", web::get().to(show))
        .route("/payouts/{id}/confirm", web::post().to(confirm))
        .route("/payouts/{id}/return", web::post().to(give_back))
        .route("/payouts/{id}/cancel", web::post().to(cancel))
        .route("/payouts/{id}/again", web::post().to(again));
}

/// What is to be transferred, where nobody says; of one customer everything.
fn filter_of(query: &ListQuery) -> PayoutFilter {
    let customer_id = query.of_customer().map(CustomerId::from);
    let status = match query.state() {
        "" if customer_id.is_none() => Some(WalletPayoutStatus::Open),
        word => WalletPayoutStatus::parse(word),
    };
    PayoutFilter { status, customer_id }
}

/// `GET /whm/payouts`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = ledger::payouts(&staff.ctx, &filter_of(&query), &query.page()).await?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[wallet_payout::Model],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    let states: Vec<&str> = STATES.iter().map(|status| status.as_str()).collect();
    let chosen = filter_of(query).status.map(|status| status.as_str());
    let chips = ListQuery::queue_chips(&frame, HOME, "wallet-payout-status", &states, chosen);
    let columns = [
        (frame.t("whm-account-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(format!("{} {}", row.bank_name, row.account_number), format!("{HOME}/{}", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Status("wallet-payout-status", row.status.as_str()),
            Cell::Ago(row.created_at),
            Cell::Money(Money::new(row.amount_minor, &row.currency)),
        ]
    });
    ListPage {
        title: frame.t("nav-payouts"),
        subtitle: frame.t("whm-payouts-text"),
        actions: Vec::new(),
        search: Default::default(),
        chips,
        table: Table::new(frame.t("nav-payouts"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/payouts/{id}`
pub async fn show(staff: Staff<can::ReadPayments>, id: Path<WalletPayoutId>) -> Result<HttpResponse, WebError> {
    let row = ledger::get_payout(&staff.ctx, &id).await?;
    let names = customers::names_of(&staff.ctx.db, [row.customer_id.clone()]).await.map_err(CommonFault::from)?;
    let actors = [Some(row.requested_by.clone()), row.paid_by.clone()].into_iter().flatten();
    let people = audit::names_of(&staff.ctx, actors).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &row, &names, &people);
    if staff.may::<can::PayOutWallets>() {
        page.actions = acts(&page.frame, &row);
    }
    if let Some(id) = &row.refund_id {
        let refund = refund::get(&staff.ctx.db, id).await?;
        let link = Cell::link(page.frame.t("action-open"), format!("/whm/payments/{}", refund.payment_id));
        page.facts.push((page.frame.t("whm-payout-refund"), link));
        let last = ledger::payout_of_refund(&staff.ctx.db, id).await.map_err(CommonFault::from)?;
        let is_last = last.is_some_and(|last| last.id == row.id);
        if staff.may::<can::PayOutWallets>() && is_last && refund_transfer::can_go_again(&refund, &row) {
            page.actions.push(send_again(&page.frame, &row));
        }
    }
    respond::page(&page)
}

/// A refund whose transfer came to nothing is sent once more, to this account.
fn send_again(frame: &Frame, row: &wallet_payout::Model) -> Action {
    let amount = format::money(&Money::new(row.amount_minor, &row.currency), frame.lang);
    let text = frame.ta("whm-payout-ask-text", [("amount", amount.as_str())]);
    let action = format!("{HOME}/{}/again", row.id);
    Action::ask(frame.t("whm-payout-again"), text, "again", action, "building-bank").with(vec![
        Field::line("bank_name", frame.t("whm-bank-name")).value(&row.bank_name),
        Field::line("account_holder", frame.t("whm-account-holder")).value(&row.account_holder),
        Field::line("account_number", frame.t("whm-account-number")),
        Field::hidden("key", form_key()),
    ])
}

pub(super) fn detail_page(
    frame: Frame,
    row: &wallet_payout::Model,
    names: &HashMap<CustomerId, String>,
    people: &HashMap<String, String>,
) -> DetailPage {
    let by = |id: &str| Cell::text(people.get(id).map_or(id, String::as_str));
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("wallet-payout-status", row.status.as_str())),
        (frame.t("whm-customer"), Cell::customer(names.get(&row.customer_id), row.customer_id.as_str())),
        (frame.t("whm-amount"), Cell::Money(Money::new(row.amount_minor, &row.currency))),
        (frame.t("whm-bank-name"), Cell::text(&row.bank_name)),
        (frame.t("whm-account-holder"), Cell::text(&row.account_holder)),
        (frame.t("whm-account-number"), Cell::Code(row.account_number.clone())),
        (frame.t("whm-reason"), Cell::text(&row.reason)),
        (frame.t("whm-payout-asked-by"), by(&row.requested_by)),
        (frame.t("whm-payout-asked-at"), Cell::Time(row.created_at)),
        (frame.t("whm-unallocated-bank-reference"), row.bank_reference.clone().map_or(Cell::Nothing, Cell::Code)),
        (frame.t("whm-payout-paid-by"), row.paid_by.as_deref().map_or(Cell::Nothing, by)),
        (frame.t("whm-payout-paid-at"), Cell::maybe_time(row.paid_at)),
        (frame.t("whm-payout-note"), Cell::maybe(row.note.clone())),
        (frame.t("whm-payout-closed-at"), Cell::maybe_time(row.closed_at)),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    let notice = match row.status {
        WalletPayoutStatus::Open => ("warn", frame.t("whm-payout-open-text")),
        WalletPayoutStatus::Waiting => ("info", frame.t("whm-payout-waiting-text")),
        WalletPayoutStatus::Returned => ("warn", frame.t("whm-payout-returned-text")),
        _ => ("info", String::new()),
    };
    DetailPage {
        title: format!("{} {}", row.bank_name, row.account_number),
        subtitle: names.get(&row.customer_id).cloned().unwrap_or_default(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-payouts"),
        notice,
        actions: Vec::new(),
        facts,
        parts: Vec::new(),
        frame,
    }
}

/// What can be said of a payout where it stands.
pub(super) fn acts(frame: &Frame, row: &wallet_payout::Model) -> Vec<Action> {
    let amount = format::money(&Money::new(row.amount_minor, &row.currency), frame.lang);
    let path = format!("{HOME}/{}", row.id);
    let key = || Field::hidden("key", form_key());
    let with_reason = || vec![Field::line("reason", frame.t("whm-reason")), key()];
    let confirm = || {
        let text = frame.ta("whm-payout-confirm-text", [("amount", amount.as_str())]);
        let label = frame.t("whm-payout-confirm");
        Action::ask(label, text, "confirm", format!("{path}/confirm"), "check").main().with(vec![
            Field::line("bank_reference", frame.t("whm-unallocated-bank-reference"))
                .help(frame.t("whm-unallocated-bank-help")),
            key(),
        ])
    };
    let cancel = || {
        let text = frame.ta("whm-payout-cancel-text", [("amount", amount.as_str())]);
        let label = frame.t("whm-payout-cancel");
        Action::ask(label, text, "cancel", format!("{path}/cancel"), "x").danger().with(with_reason())
    };
    let give_back = || {
        let text = frame.ta("whm-payout-return-text", [("amount", amount.as_str())]);
        let label = frame.t("whm-payout-return");
        Action::ask(label, text, "return", format!("{path}/return"), "arrow-back-up").with(with_reason())
    };
    match row.status {
        WalletPayoutStatus::Open => vec![cancel(), confirm()],
        WalletPayoutStatus::Waiting => vec![cancel()],
        WalletPayoutStatus::Paid => vec![give_back()],
        WalletPayoutStatus::Returned | WalletPayoutStatus::Refused | WalletPayoutStatus::Cancelled => Vec::new(),
    }
}

/// A transfer that was made, as typed.
#[derive(Deserialize)]
pub struct ConfirmForm {
    bank_reference: String,
    key: String,
}

/// `POST /whm/payouts/{id}/confirm`
pub async fn confirm(
    staff: Fresh<can::PayOutWallets>,
    id: Path<WalletPayoutId>,
    SafeForm(form): SafeForm<ConfirmForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(ledger::confirm_payout(ctx, &id, &form.bank_reference).await?);
    once(&staff.ctx, "payout-confirm", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-payout-confirmed"))
}

/// `POST /whm/payouts/{id}/return`
pub async fn give_back(
    staff: Fresh<can::PayOutWallets>,
    id: Path<WalletPayoutId>,
    SafeForm(form): SafeForm<KeyedReasonForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(ledger::return_payout(ctx, &id, &form.reason).await?);
    once(&staff.ctx, "payout-return", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-payout-returned"))
}

/// `POST /whm/payouts/{id}/cancel`
pub async fn cancel(
    staff: Fresh<can::PayOutWallets>,
    id: Path<WalletPayoutId>,
    SafeForm(form): SafeForm<KeyedReasonForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(ledger::cancel_payout(ctx, &id, &form.reason).await?);
    once(&staff.ctx, "payout-cancel", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-payout-cancelled"))
}

/// The bank account a refund is sent to once more, as typed.
#[derive(Deserialize)]
pub struct AgainForm {
    #[serde(default)]
    bank_name: String,
    #[serde(default)]
    account_holder: String,
    #[serde(default)]
    account_number: String,
    key: String,
}

/// `POST /whm/payouts/{id}/again`
pub async fn again(
    staff: Fresh<can::PayOutWallets>,
    id: Path<WalletPayoutId>,
    SafeForm(form): SafeForm<AgainForm>,
) -> Result<HttpResponse, WebError> {
    let bank = BankAccount {
        bank_name: &form.bank_name,
        account_holder: &form.account_holder,
        account_number: &form.account_number,
    };
    let act = async |ctx: &Ctx| Ok(refund_transfer::send_again(ctx, &id, &bank).await?);
    let sent = once(&staff.ctx, "payout-again", sent_key(&form.key)?, act).await?;
    let next = sent.map_or_else(|| id.as_str().to_owned(), |payout| payout.id.0);
    Ok(done(&format!("{HOME}/{next}"), "whm-payout-asked"))
}
