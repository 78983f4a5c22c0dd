//! Reports of payouts: sent in, looked at line by line, booked; and what no report has paid out yet.
use super::{
    EmptyForm, done, form_key, once,
    query::ListQuery,
    sent_key, settlement_lines,
    view::{Action, Cell, DetailPage, Field, Kind as Entry, ListPage, Part, Table},
};
use crate::{
    domain::{
        Ctx, customers,
        payments::{
            PaymentError,
            settlement::{self, Columns, LineFilter, Match, Outstanding, Preview, Role, SettlementView},
        },
    },
    kernel::{
        fault::{CommonFault, Fault, Kind},
        format,
        page::PageRequest,
        permission::can,
    },
    web::{
        WebError, errors, filters, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
        tone::Tone,
        upload::UploadForm,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    payments::{payment, payment_account},
    value::{CustomerId, Money, PaymentAccountId, SettlementId, SettlementStatus},
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

pub(super) const HOME: &str = "/whm/settlements";
const NOT_PAID_OUT: &str = "/whm/not-paid-out";
/// Lines of a report that are shown.
const SHOWN_LINES: usize = 200;
/// Days after which a payment is looked for, as chips offer them.
const DAYS: [&str; 4] = ["3", "7", "14", "30"];

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/settlements", web::get().to(list))
        .route("/settlements", web::post().to(send_in))
        .route("/settlements/new", web::get().to(new))
        .route("/settlements/{id}", web::get().to(show))
        .route("/settlements/{id}/columns", web::post().to(remap))
        .route("/settlements/{id}/book", web::post().to(book))
        .route("/settlements/{id}/discard", web::post().to(discard))
        .route("/settlements/{id}/again", web::post().to(again))
        .route("/not-paid-out", web::get().to(not_paid_out));
}

fn idr(minor: i64) -> Cell {
    Cell::Money(Money::idr(minor))
}

/// `GET /whm/settlements`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = settlement::list(&staff.ctx, &query.page()).await?;
    let waiting = settlement::waiting_count(&staff.ctx).await?;
    let may = staff.may::<can::BookSettlements>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, waiting, may, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[SettlementView],
    waiting: u64,
    may_book: bool,
    next: Option<&str>,
) -> ListPage {
    let columns = [
        (frame.t("whm-when"), "cell-main"),
        (frame.t("whm-settlement-account"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-settlement-lines"), "num"),
        (frame.t("whm-settlement-fee"), "num"),
        (frame.t("whm-settlement-net"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        let report = &row.settlement;
        let is_booked = report.status == SettlementStatus::Booked;
        vec![
            Cell::link(format::date_wib(report.created_at, frame.lang), format!("{HOME}/{}", report.id)),
            Cell::text(&row.account_name),
            Cell::Status("settlement-status", report.status.as_str()),
            Cell::text(format::number(i64::from(report.lines), frame.lang)),
            if is_booked { idr(report.fee_minor) } else { Cell::Nothing },
            if is_booked { idr(report.net_minor) } else { Cell::Nothing },
        ]
    });
    let mut actions = vec![
        Action::link(frame.t("whm-not-paid-out"), NOT_PAID_OUT, "clock"),
        Action::link(frame.t("whm-differences"), super::differences::HOME, "alert-circle"),
        Action::link(frame.ta("whm-settlement-waiting", [("n", waiting)]), settlement_lines::HOME, "list-details"),
    ];
    if may_book {
        actions.push(Action::primary(frame.t("whm-settlement-new"), format!("{HOME}/new"), "upload"));
    }
    ListPage {
        title: frame.t("nav-settlements"),
        subtitle: frame.t("whm-settlements-text"),
        actions,
        search: (String::new(), String::new(), String::new()),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-settlements"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// The form a report is sent in with.
#[derive(askama::Template)]
#[template(path = "whm/settlements/new.html")]
pub struct NewPage {
    pub frame: Frame,
    pub errors: FormErrors,
    /// Account and its name.
    pub accounts: Vec<(String, String)>,
    pub chosen: String,
}

impl NewPage {
    pub(super) fn of(frame: Frame, accounts: &[payment_account::Model], chosen: &str) -> Self {
        Self {
            errors: FormErrors::none(),
            accounts: accounts.iter().map(|account| (account.id.0.clone(), account.name.clone())).collect(),
            chosen: chosen.to_owned(),
            frame,
        }
    }
}

/// `GET /whm/settlements/new`
pub async fn new(staff: Staff<can::BookSettlements>) -> Result<HttpResponse, WebError> {
    let accounts = settlement::account_choices(&staff.ctx).await?;
    respond::page(&NewPage::of(staff.frame(), &accounts, ""))
}

/// `POST /whm/settlements`
pub async fn send_in(staff: Staff<can::BookSettlements>, form: UploadForm) -> Result<HttpResponse, WebError> {
    let (ctx, account) = (&staff.ctx, PaymentAccountId::from(form.field("account")));
    let sent = match form.is_too_large || form.file.len() > settlement::LARGEST_FILE_BYTES {
        true => Err(PaymentError::SettlementTooLarge),
        false => settlement::send_in(ctx, &account, form.file.clone()).await,
    };
    match sent {
        Ok(report) => Ok(flash::see_other(&format!("{HOME}/{}", report.id), Tone::Good, "whm-settlement-sent")),
        Err(fault) if fault.kind() == Kind::Invalid => {
            let accounts = settlement::account_choices(ctx).await?;
            let mut page = NewPage::of(staff.frame(), &accounts, account.as_str());
            page.errors = FormErrors::of_fault(&page.frame, &fault);
            if page.errors.is_empty() {
                page.errors.add("report", errors::sentence(&page.frame, &fault));
            }
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /whm/settlements/{id}`
pub async fn show(
    staff: Staff<can::ReadPayments>,
    id: Path<SettlementId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let may_book = staff.may::<can::BookSettlements>();
    let found = settlement::get(ctx, &id).await?;
    if found.settlement.status == SettlementStatus::Draft {
        let preview = settlement::preview(ctx, &id).await?;
        return respond::page(&draft_page(staff.frame(), &preview, may_book));
    }
    let filter = LineFilter { settlement_id: Some(id.clone()), status: None };
    let first = PageRequest::parse(query.cursor.as_deref(), Some(SHOWN_LINES as u64)).unwrap_or_default();
    let lines = settlement::line_list(ctx, &filter, &first).await?;
    let waiting = settlement::waiting_of(ctx, &id).await?;
    let next = query.next(&format!("{HOME}/{id}"), lines.next_cursor.as_deref());
    let table = settlement_lines::table_of_one(&staff.frame(), &lines.rows);
    respond::page(&booked_page(staff.frame(), &found, table, waiting, may_book, &next))
}

/// A report before it is booked: what would be booked, and what would wait.
pub(super) fn draft_page(frame: Frame, preview: &Preview, may_book: bool) -> DetailPage {
    let totals = &preview.totals;
    let count = |n: usize| Cell::text(format::number(i64::try_from(n).unwrap_or(i64::MAX), frame.lang));
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("settlement-status", preview.settlement.status.as_str())),
        (frame.t("whm-settlement-account"), Cell::text(&preview.account_name)),
        (frame.t("whm-settlement-booked-lines"), count(totals.booked)),
        (frame.t("whm-settlement-gross"), idr(totals.gross_minor)),
        (frame.t("whm-settlement-fee"), idr(totals.fee_minor)),
        (frame.t("whm-settlement-net"), idr(totals.net_minor)),
        (frame.t("whm-settlement-waiting-lines"), count(totals.waiting)),
        (frame.t("whm-settlement-waiting-net"), idr(totals.waiting_net_minor)),
        (frame.t("whm-settlement-already-lines"), count(totals.already)),
        (frame.t("whm-settlement-unreadable-lines"), count(preview.unreadable.len())),
    ];
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in &preview.matches {
        *verdicts.entry(line.verdict.as_str()).or_default() += 1;
    }
    let columns =
        [(frame.t("whm-settlement-verdict"), "cell-main"), (frame.t("whm-settlement-lines"), "cell-side num")];
    let rows = verdicts.iter().map(|(word, n)| vec![Cell::text(frame.word("settlement-verdict", word)), count(*n)]);
    let sums = Table::new(frame.t("whm-settlement-verdicts"), columns).with(rows);
    let has_lines = preview.columns.missing().is_none() && totals.booked + totals.waiting > 0;
    let notice = match (preview.columns.missing(), preview.unreadable.as_slice()) {
        (Some(_), _) => ("bad", frame.t("whm-settlement-columns-missing")),
        (None, []) => ("info", frame.t("whm-settlement-draft-text")),
        (None, lines) => {
            let shown: Vec<String> = lines.iter().take(20).map(usize::to_string).collect();
            ("warn", frame.ta("whm-settlement-unreadable-text", [("lines", shown.join(", "))]))
        }
    };
    let mut actions = Vec::new();
    if may_book {
        actions.push(columns_action(&frame, preview));
        actions.push(discard_action(&frame, preview));
        if has_lines {
            actions.push(book_action(&frame, preview));
        }
    }
    let lines = preview_table(&frame, &preview.matches);
    DetailPage {
        title: frame.t("whm-settlement"),
        subtitle: preview.account_name.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-settlements"),
        notice,
        actions,
        facts,
        parts: vec![
            Part::Rows(frame.t("whm-settlement-verdicts"), sums),
            Part::Rows(frame.ta("whm-settlement-first-lines", [("n", SHOWN_LINES)]), lines),
        ],
        frame,
    }
}

fn columns_action(frame: &Frame, preview: &Preview) -> Action {
    let fields = Role::ALL.into_iter().map(|role| {
        let word = role.as_str();
        let none = [(String::new(), frame.t("whm-settlement-no-column"))];
        let choices = none.into_iter().chain(preview.headings.iter().map(|name| (name.clone(), name.clone())));
        let label = frame.word("settlement-column", word);
        let chosen = preview.columns.0.get(&role).cloned().unwrap_or_default();
        Field::new(&format!("column_{word}"), label, Entry::Choice(choices.collect())).value(chosen).optional()
    });
    let action = format!("{HOME}/{}/columns", preview.settlement.id);
    let text = frame.t("whm-settlement-columns-text");
    Action::ask(frame.t("whm-settlement-columns"), text, "columns", action, "adjustments").with(fields.collect())
}

fn discard_action(frame: &Frame, preview: &Preview) -> Action {
    let action = format!("{HOME}/{}/discard", preview.settlement.id);
    let text = frame.t("whm-settlement-discard-text");
    Action::ask(frame.t("whm-settlement-discard"), text, "discard", action, "x")
}

fn book_action(frame: &Frame, preview: &Preview) -> Action {
    let money = |minor| format::money(&Money::idr(minor), frame.lang);
    let (booked, waiting) = (preview.totals.booked.to_string(), preview.totals.waiting.to_string());
    let (net, fee) = (money(preview.totals.net_minor), money(preview.totals.fee_minor));
    let said = [("booked", booked.as_str()), ("waiting", &waiting), ("net", &net), ("fee", &fee)];
    let action = format!("{HOME}/{}/book", preview.settlement.id);
    Action::ask(frame.t("whm-settlement-book"), frame.ta("whm-settlement-book-text", said), "book", action, "check")
        .main()
        .with(vec![Field::hidden("key", form_key())])
}

fn preview_table(frame: &Frame, lines: &[Match]) -> Table {
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-settlement-line"), "num"),
        (frame.t("whm-settlement-verdict"), "cell-sub"),
        (frame.t("whm-settlement-gross"), "num"),
        (frame.t("whm-settlement-expected"), "num"),
        (frame.t("whm-settlement-fee"), "num"),
        (frame.t("whm-settlement-net"), "cell-side num"),
    ];
    let rows = lines.iter().take(SHOWN_LINES).map(|line| {
        let told = &line.told;
        let name = if told.reference.is_empty() { &told.external_id } else { &told.reference };
        vec![
            match &line.payment_id {
                Some(id) => Cell::link(name, format!("/whm/payments/{id}")),
                None if name.is_empty() => Cell::Nothing,
                None => Cell::text(name),
            },
            Cell::text(told.number.to_string()),
            match line.told_fee_minor {
                Some(fee) => {
                    let fee = format::money(&Money::idr(fee), frame.lang);
                    let note = frame.ta("whm-settlement-told-fee", [("fee", fee)]);
                    Cell::Noted(frame.word("settlement-verdict", line.verdict.as_str()), note)
                }
                None => Cell::Status("settlement-verdict", line.verdict.as_str()),
            },
            idr(told.gross_minor),
            line.expected_minor.map_or(Cell::Nothing, idr),
            idr(told.fee_minor),
            idr(told.net_minor),
        ]
    });
    Table::new(frame.t("whm-settlement-lines"), columns).with(rows)
}

/// A report that was booked or put away.
pub(super) fn booked_page(
    frame: Frame,
    found: &SettlementView,
    lines: Table,
    waiting: u64,
    may_book: bool,
    next: &str,
) -> DetailPage {
    let report = &found.settlement;
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("settlement-status", report.status.as_str())),
        (frame.t("whm-settlement-account"), Cell::text(&found.account_name)),
        (frame.t("whm-settlement-gross"), idr(report.gross_minor)),
        (frame.t("whm-settlement-fee"), idr(report.fee_minor)),
        (frame.t("whm-settlement-net"), idr(report.net_minor)),
        (frame.t("whm-settlement-waiting-lines"), Cell::text(waiting.to_string())),
        (frame.t("whm-created"), Cell::Time(report.created_at)),
        (frame.t("whm-settlement-booked-at"), Cell::maybe_time(report.booked_at)),
    ];
    let mut actions = Vec::new();
    if !next.is_empty() {
        actions.push(Action::link(frame.t("list-next"), next, "chevron-right"));
    }
    if waiting > 0 && may_book {
        let again = format!("{HOME}/{}/again", report.id);
        actions.push(Action::post(frame.t("whm-settlement-again"), again, "refresh"));
    }
    let notice = if waiting > 0 { ("warn", frame.t("whm-settlement-waiting-text")) } else { ("info", String::new()) };
    DetailPage {
        title: frame.t("whm-settlement"),
        subtitle: found.account_name.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-settlements"),
        notice,
        actions,
        facts,
        parts: vec![Part::Rows(frame.t("whm-settlement-lines"), lines)],
        frame,
    }
}

/// Which column says what, as chosen: by role.
#[derive(Deserialize)]
pub struct ColumnsForm {
    #[serde(flatten)]
    chosen: BTreeMap<String, String>,
}

/// `POST /whm/settlements/{id}/columns`
pub async fn remap(
    staff: Staff<can::BookSettlements>,
    id: Path<SettlementId>,
    SafeForm(form): SafeForm<ColumnsForm>,
) -> Result<HttpResponse, WebError> {
    let chosen = Role::ALL.into_iter().filter_map(|role| {
        let heading = form.chosen.get(&format!("column_{}", role.as_str()))?.trim();
        (!heading.is_empty()).then(|| (role, heading.to_owned()))
    });
    settlement::remap(&staff.ctx, &id, Columns(chosen.collect())).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-settlement-remapped"))
}

/// A form that carries its key.
#[derive(Deserialize)]
pub struct KeyForm {
    key: String,
}

/// `POST /whm/settlements/{id}/book`
pub async fn book(
    staff: Fresh<can::BookSettlements>,
    id: Path<SettlementId>,
    SafeForm(form): SafeForm<KeyForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(settlement::book(ctx, &id).await?);
    once(&staff.ctx, "settlement-book", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-settlement-booked"))
}

/// `POST /whm/settlements/{id}/discard`
pub async fn discard(
    staff: Staff<can::BookSettlements>,
    id: Path<SettlementId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    settlement::discard(&staff.ctx, &id).await?;
    Ok(done(HOME, "whm-settlement-discarded"))
}

/// `POST /whm/settlements/{id}/again`
pub async fn again(
    staff: Fresh<can::BookSettlements>,
    id: Path<SettlementId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let booked = settlement::again(&staff.ctx, &id).await?;
    let said = if booked > 0 { "whm-settlement-again-booked" } else { "whm-settlement-again-nothing" };
    Ok(done(&format!("{HOME}/{id}"), said))
}

/// `GET /whm/not-paid-out`
pub async fn not_paid_out(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let days = query.state().parse().unwrap_or(settlement::USUAL_DAYS);
    let page = settlement::unpaid(ctx, days, &query.page()).await?;
    let accounts = settlement::outstanding(ctx).await?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(&ctx.db, ids).await.map_err(CommonFault::from)?;
    let next = page.next_cursor.as_deref();
    respond::page(&unpaid_page(staff.frame(), &query, &page.rows, &names, &accounts, next))
}

/// What no report has paid out.
#[derive(askama::Template)]
#[template(path = "whm/settlements/unpaid.html")]
pub struct UnpaidPage {
    pub frame: Frame,
    pub accounts: Table,
    pub list: ListPage,
}

pub(super) fn unpaid_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[payment::Model],
    names: &HashMap<CustomerId, String>,
    accounts: &[Outstanding],
    next: Option<&str>,
) -> UnpaidPage {
    let columns = [
        (frame.t("whm-settlement-account"), "cell-main"),
        (frame.t("nav-payments"), "num"),
        (frame.t("whm-settlement-oldest"), ""),
        (frame.t("whm-settlement-open"), "cell-sub num"),
        (frame.t("whm-settlement-clearing"), "cell-side num"),
    ];
    let sums = accounts.iter().map(|account| {
        vec![
            Cell::text(&account.account_name),
            Cell::text(format::number(account.payments, frame.lang)),
            account.oldest_at.map_or(Cell::Nothing, Cell::Ago),
            idr(account.open_minor),
            idr(account.clearing_minor),
        ]
    });
    let accounts = Table::new(frame.t("whm-settlement-outstanding"), columns).with(sums);
    let mut chips = query.chips(&frame, NOT_PAID_OUT, "settlement-days", &DAYS);
    // Without a word it is the shortest time, not all of them.
    chips.remove(0);
    if query.state().is_empty() {
        chips[0].active = true;
    }
    let list = ListPage {
        title: frame.t("whm-not-paid-out"),
        subtitle: frame.t("whm-not-paid-out-text"),
        actions: Vec::new(),
        search: (String::new(), String::new(), String::new()),
        chips,
        table: super::payments::table(&frame, rows, names),
        is_filtered: false,
        home: NOT_PAID_OUT.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(NOT_PAID_OUT, next),
        frame: frame.clone(),
    };
    UnpaidPage { frame, accounts, list }
}
