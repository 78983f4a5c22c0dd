//! Price quotes: made, sent, taken back, copied.
mod form;
#[cfg(test)]
pub(crate) mod samples;

use super::{
    EmptyForm, done, form_key, once,
    query::ListQuery,
    refuse, sent_key, timeline,
    view::{Action, Cell, DetailPage, Field, ListPage, Part, Table},
};
use crate::{
    domain::{
        Ctx,
        catalog::find::all_quotable,
        customers,
        ordering::{
            OrderingError,
            quote::{
                self, agreed_minor,
                find::{self, Filter, Full, standing},
            },
        },
        reports::audit,
    },
    kernel::{
        fault::CommonFault,
        format,
        page::PageRequest,
        permission::{Permission, can},
    },
    web::{WebError, errors, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    ordering::quote as quoted,
    platform::audit_log,
    value::{CustomerId, Money, QuoteId, QuoteItemId, QuoteStatus},
};
pub(super) use form::{Sent, customer, text};
use serde::Deserialize;
use std::collections::HashMap;

/// The list.
const HOME: &str = "/whm/quotes";
/// Acts on a quote that its page shows.
const ACTS: u64 = 40;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/quotes", web::get().to(list))
        .route("/quotes/new", web::get().to(new))
        .route("/quotes/new", web::post().to(create))
        .route("/quotes/{id}", web::get().to(show))
        .route("/quotes/{id}/pdf", web::get().to(pdf))
        .route("/quotes/{id}/edit", web::get().to(edit))
        .route("/quotes/{id}/edit", web::post().to(save))
        .route("/quotes/{id}/plan-line", web::get().to(new_plan_line))
        .route("/quotes/{id}/plan-line", web::post().to(add_plan_line))
        .route("/quotes/{id}/words-line", web::get().to(new_words_line))
        .route("/quotes/{id}/words-line", web::post().to(add_words_line))
        .route("/quotes/{id}/lines/{line}/remove", web::post().to(remove_line))
        .route("/quotes/{id}/send", web::post().to(send))
        .route("/quotes/{id}/withdraw", web::post().to(withdraw))
        .route("/quotes/{id}/copy", web::post().to(copy));
}

fn place(id: &QuoteId) -> String {
    format!("{HOME}/{id}")
}

/// `GET /whm/quotes`
pub async fn list(staff: Staff<can::ReadQuotes>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let filter = Filter {
        customer_id: query.of_customer().map(CustomerId::from),
        status: QuoteStatus::parse(query.state()),
        number: query.search(),
    };
    let page = find::list(db, &filter, &query.page()).await.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    let may_manage = staff.may::<can::ManageQuotes>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, may_manage, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[quoted::Model],
    names: &HashMap<CustomerId, String>,
    may_manage: bool,
    next: Option<&str>,
) -> ListPage {
    let states: Vec<&str> = QuoteStatus::ALL.iter().map(|status| status.as_str()).collect();
    let whose = query.of_customer().and_then(|id| serde_urlencoded::to_string([("customer", id)]).ok());
    let whose = whose.map(|query| format!("?{query}")).unwrap_or_default();
    let add = Action::primary(frame.t("whm-quote-new"), format!("{HOME}/new{whose}"), "plus");
    ListPage {
        title: frame.t("nav-quotes"),
        subtitle: String::new(),
        actions: if may_manage { vec![add] } else { Vec::new() },
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-search-number")),
        chips: query.chips(&frame, HOME, "quote-status", &states),
        table: table(&frame, rows, names),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// Quotes as rows.
pub(super) fn table(frame: &Frame, rows: &[quoted::Model], names: &HashMap<CustomerId, String>) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("document-quote-until"), ""),
        (frame.t("whm-total"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(number_of(frame, row), place(&row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Status("quote-status", standing(row, frame.now).as_str()),
            Cell::Day(row.valid_until),
            Cell::Money(Money::new(row.total_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("nav-quotes"), columns).with(cells)
}

/// Its number, or that it has none yet.
fn number_of(frame: &Frame, row: &quoted::Model) -> String {
    row.number.clone().unwrap_or_else(|| frame.t("whm-quote-unnumbered"))
}

/// `GET /whm/quotes/{id}`
pub async fn show(staff: Staff<can::ReadQuotes>, id: Path<QuoteId>) -> Result<HttpResponse, WebError> {
    respond::page(&present(&staff, &id).await?)
}

/// The page of a quote as it stands now.
async fn present<P: Permission>(staff: &Staff<P>, id: &QuoteId) -> Result<DetailPage, WebError> {
    let full = find::get_full(&staff.ctx.db, id).await?;
    let customer = customers::get(&staff.ctx.db, &full.quote.customer_id).await?;
    let filter = audit::Filter { target: Some(("quote".to_owned(), id.to_string())), ..Default::default() };
    let acts = PageRequest { after: None, limit: ACTS };
    let acts = audit::list(&staff.ctx, &filter, &acts).await.map_err(CommonFault::from)?.rows;
    let actors = acts.iter().map(|row| row.actor_id.clone()).chain([full.quote.made_by.clone()]);
    let people = audit::names_of(&staff.ctx, actors).await.map_err(CommonFault::from)?;
    let known = Known { full: &full, customer: customers::name_of(&customer), acts: &acts };
    Ok(detail_page(staff.frame(), &known, &people, staff.may::<can::ManageQuotes>()))
}

/// What is known of a quote.
pub(super) struct Known<'a> {
    pub full: &'a Full,
    /// Name of its customer.
    pub customer: &'a str,
    /// Its rows of the audit trail, newest first.
    pub acts: &'a [audit_log::Model],
}

pub(super) fn detail_page(
    frame: Frame,
    known: &Known<'_>,
    people: &HashMap<String, String>,
    may_manage: bool,
) -> DetailPage {
    let row = &known.full.quote;
    let status = standing(row, frame.now);
    let money = |minor| Cell::Money(Money::new(minor, &row.currency));
    let to = |id: &Option<String>, folder: &str| {
        id.as_ref().map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/{folder}/{id}")))
    };
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("quote-status", status.as_str())),
        (frame.t("whm-customer"), Cell::link(known.customer, format!("/whm/customers/{}", row.customer_id))),
        (frame.t("document-quote-until"), Cell::Day(row.valid_until)),
        (frame.t("whm-quote-order"), to(&row.order_id, "orders")),
        (frame.t("whm-reason"), Cell::maybe(row.reason.clone())),
        (frame.t("whm-net"), money(row.subtotal_minor)),
        (frame.t("whm-tax"), money(row.tax_minor)),
        (frame.t("whm-total"), money(row.total_minor)),
        (frame.t("whm-quote-made-by"), Cell::maybe(people.get(&row.made_by).cloned())),
        (frame.t("whm-quote-copied"), to(&row.copied_from, "quotes")),
        (frame.t("whm-created"), Cell::Time(row.created_at)),
        (frame.t("whm-quote-sent-at"), Cell::maybe_time(row.sent_at)),
        (frame.t("whm-quote-reminded-at"), Cell::maybe_time(row.reminded_at)),
        (frame.t("whm-quote-decided-at"), Cell::maybe_time(row.decided_at)),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    let is_draft = status == QuoteStatus::Draft;
    let mut parts = vec![Part::Rows(frame.t("quote-lines"), lines(&frame, known.full, is_draft && may_manage))];
    let words = [("whm-quote-intro", &row.intro), ("quote-terms", &row.terms)];
    let words = words.into_iter().filter(|(_, text)| !text.is_empty());
    parts.extend(words.map(|(label, text)| Part::Words(frame.t(label), text.clone())));
    let events = known.acts.iter().map(|act| timeline::change(&frame, act, people)).collect();
    parts.push(Part::History(frame.t("timeline-label"), events));
    DetailPage {
        title: number_of(&frame, row),
        subtitle: known.customer.to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-quotes"),
        notice: notice(&frame, known.full),
        actions: actions(&frame, known.full, may_manage),
        facts,
        parts,
        frame,
    }
}

/// What keeps a draft from being sent.
fn notice(frame: &Frame, full: &Full) -> (&'static str, String) {
    let is_draft = full.quote.status == QuoteStatus::Draft;
    if is_draft && full.items.is_empty() {
        ("info", frame.t("whm-quote-no-lines"))
    } else if is_draft && full.quote.valid_until < entity::value::business_day(frame.now) {
        ("warn", frame.t("whm-quote-day-over"))
    } else {
        ("info", String::new())
    }
}

fn lines(frame: &Frame, full: &Full, can_change: bool) -> Table {
    let mut columns = vec![
        (frame.t("whm-description"), "cell-main"),
        (frame.t("document-quantity"), "num"),
        (frame.t("document-unit-price"), "num"),
        (frame.t("whm-setup-fee"), "num"),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    if can_change {
        columns.push((frame.t("whm-act"), "cell-sub"));
    }
    let rows = full.items.iter().map(|item| {
        let note = item.price_reason.as_ref().map(|reason| {
            let Some(list) = item.list_minor else { return reason.clone() };
            let amounts = (list, item.list_setup_minor.unwrap_or(0));
            let amount = price_words(frame, amounts, item.tax_included, &full.quote.currency);
            frame.ta("whm-quote-instead", [("amount", amount), ("reason", reason.clone())])
        });
        let price = |minor| Cell::price(frame, minor, &full.quote.currency, item.tax_included);
        let words = item.description.clone();
        let mut cells = vec![
            note.map_or(Cell::Text(words.clone()), |note| Cell::Noted(words, note)),
            Cell::Text(format::number(item.quantity, frame.lang)),
            price(item.unit_minor),
            if item.setup_minor == 0 { Cell::Nothing } else { price(item.setup_minor) },
            price(agreed_minor(item)),
        ];
        if can_change {
            let remove = format!("{}/lines/{}/remove", place(&full.quote.id), item.id);
            cells.push(Cell::Posts(vec![(frame.t("whm-quote-remove"), remove, "secondary")]));
        }
        cells
    });
    Table::new(frame.t("quote-lines"), columns).with(rows)
}

fn actions(frame: &Frame, full: &Full, may_manage: bool) -> Vec<Action> {
    let (row, here) = (&full.quote, place(&full.quote.id));
    let mut actions = Vec::new();
    if row.sent_at.is_some() {
        actions.push(Action::link(frame.t("whm-pdf"), format!("{here}/pdf"), "file-download"));
        actions.push(Action::link(frame.t("whm-quote-page"), format!("/quote/{}", row.public_token), "eye"));
    }
    if !may_manage {
        return actions;
    }
    let is_draft = row.status == QuoteStatus::Draft;
    if is_draft {
        actions.push(Action::link(frame.t("whm-quote-add-plan"), format!("{here}/plan-line"), "package"));
        actions.push(Action::link(frame.t("whm-quote-add-words"), format!("{here}/words-line"), "plus"));
        actions.push(Action::link(frame.t("whm-quote-edit"), format!("{here}/edit"), "edit"));
    }
    let copy =
        Action::ask(frame.t("whm-quote-copy"), frame.t("whm-quote-copy-text"), "copy", format!("{here}/copy"), "copy");
    actions.push(copy.with(vec![Field::hidden("key", form_key())]));
    if is_draft || standing(row, frame.now) == QuoteStatus::Sent {
        let text = frame.t(if is_draft { "whm-quote-discard-text" } else { "whm-quote-withdraw-text" });
        let ask = Action::ask(frame.t("whm-quote-withdraw"), text, "withdraw", format!("{here}/withdraw"), "ban");
        let seen = Field::hidden("seen", full.seen_at(row.status));
        actions.push(ask.danger().with(vec![Field::line("reason", frame.t("whm-reason")), seen]));
    }
    if is_draft && !full.items.is_empty() {
        let text = frame.ta("whm-quote-send-text", [("until", day_of(frame, row))]);
        let ask = Action::ask(frame.t("whm-quote-send"), text, "send", format!("{here}/send"), "send");
        actions.push(ask.main().with(vec![Field::hidden("seen", full.seen_at(row.status))]));
    }
    actions
}

/// A price of the shop with its setup fee, where there is one.
fn price_words(frame: &Frame, (price_minor, setup_minor): (i64, i64), tax_included: bool, currency: &str) -> String {
    let price = |minor| frame.price(&Money::new(minor, currency), tax_included);
    match setup_minor {
        0 => price(price_minor),
        _ => frame.ta("whm-quote-with-setup", [("price", price(price_minor)), ("setup", price(setup_minor))]),
    }
}

fn day_of(frame: &Frame, row: &quoted::Model) -> String {
    format::day(row.valid_until, frame.lang)
}

/// `GET /whm/quotes/{id}/pdf`
pub async fn pdf(staff: Staff<can::ReadQuotes>, id: Path<QuoteId>) -> Result<HttpResponse, WebError> {
    let full = find::get_full(&staff.ctx.db, &id).await?;
    if full.quote.sent_at.is_none() {
        return Err(CommonFault::NotFound.into());
    }
    Ok(respond::pdf(quote::pdf(&staff.ctx, &full).await?))
}

/// For whom a quote is begun.
#[derive(Debug, Deserialize)]
pub struct NewQuery {
    #[serde(default)]
    customer: String,
}

/// `GET /whm/quotes/new`
pub async fn new(staff: Staff<can::ManageQuotes>, query: Query<NewQuery>) -> Result<HttpResponse, WebError> {
    let sent = Sent::from([("customer".to_owned(), query.into_inner().customer), ("key".to_owned(), form_key())]);
    respond::page(&form::new_page(staff.frame(), &sent))
}

/// `POST /whm/quotes/new`
pub async fn create(staff: Staff<can::ManageQuotes>, SafeForm(sent): SafeForm<Sent>) -> Result<HttpResponse, WebError> {
    let read =
        async || -> Result<_, OrderingError> { Ok((form::customer(&staff.ctx, &sent).await?, form::head(&sent)?)) };
    let (customer_id, input) = match read().await {
        Ok(read) => read,
        Err(fault) => return refuse(fault, form::new_page(staff.frame(), &sent)),
    };
    let act = async |ctx: &Ctx| Ok(quote::create(ctx, &customer_id, input).await?);
    match once(&staff.ctx, "quote", sent_key(form::text(&sent, "key"))?, act).await {
        Ok(Some(row)) => Ok(done(&place(&row.id), "whm-quote-created")),
        Ok(None) => Ok(done(HOME, "whm-quote-created")),
        Err(fault) => refused(fault, form::new_page(staff.frame(), &sent)),
    }
}

/// The form again where something of it is wrong.
pub(super) fn refused(WebError(fault): WebError, page: super::view::FormPage) -> Result<HttpResponse, WebError> {
    let faults = fault.fields();
    match faults.is_empty() {
        true => Err(WebError(fault)),
        false => refuse(OrderingError::Invalid(form::of_line(faults)), page),
    }
}

/// A draft that staff change.
async fn draft(staff: &Staff<can::ManageQuotes>, id: &QuoteId) -> Result<Full, WebError> {
    let full = find::get_full(&staff.ctx.db, id).await?;
    if full.quote.status == QuoteStatus::Draft { Ok(full) } else { Err(OrderingError::QuoteNotDraft.into()) }
}

/// `GET /whm/quotes/{id}/edit`
pub async fn edit(staff: Staff<can::ManageQuotes>, id: Path<QuoteId>) -> Result<HttpResponse, WebError> {
    let full = draft(&staff, &id).await?;
    respond::page(&form::edit_page(staff.frame(), &full.quote, &form::stored(&full.quote)))
}

/// `POST /whm/quotes/{id}/edit`
pub async fn save(
    staff: Staff<can::ManageQuotes>,
    id: Path<QuoteId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let full = draft(&staff, &id).await?;
    let saved = match form::head(&sent) {
        Ok(head) => {
            let change = |input: &mut quote::QuoteInput| {
                input.valid_until = head.valid_until;
                input.intro = head.intro;
                input.terms = head.terms;
            };
            quote::revise(&staff.ctx, &id, change).await
        }
        Err(fault) => Err(fault),
    };
    match saved {
        Ok(_) => Ok(done(&place(&id), "whm-saved")),
        Err(fault) => refuse(fault, form::edit_page(staff.frame(), &full.quote, &sent)),
    }
}

/// `GET /whm/quotes/{id}/plan-line`
pub async fn new_plan_line(staff: Staff<can::ManageQuotes>, id: Path<QuoteId>) -> Result<HttpResponse, WebError> {
    let full = draft(&staff, &id).await?;
    let plans = all_quotable(&staff.ctx.db).await.map_err(CommonFault::from)?;
    respond::page(&form::plan_page(staff.frame(), &full.quote, &plans, &form::blank_line()))
}

/// `POST /whm/quotes/{id}/plan-line`
pub async fn add_plan_line(
    staff: Staff<can::ManageQuotes>,
    id: Path<QuoteId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let full = draft(&staff, &id).await?;
    let key = sent_key(form::text(&sent, "key"))?;
    match add(&staff, &id, key, form::plan_line(&sent)).await {
        Ok(answer) => Ok(answer),
        Err(fault) => {
            let plans = all_quotable(&staff.ctx.db).await.map_err(CommonFault::from)?;
            refused(fault, form::plan_page(staff.frame(), &full.quote, &plans, &sent))
        }
    }
}

/// `GET /whm/quotes/{id}/words-line`
pub async fn new_words_line(staff: Staff<can::ManageQuotes>, id: Path<QuoteId>) -> Result<HttpResponse, WebError> {
    let full = draft(&staff, &id).await?;
    respond::page(&form::words_page(staff.frame(), &full.quote, &form::blank_line()))
}

/// `POST /whm/quotes/{id}/words-line`
pub async fn add_words_line(
    staff: Staff<can::ManageQuotes>,
    id: Path<QuoteId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let full = draft(&staff, &id).await?;
    let key = sent_key(form::text(&sent, "key"))?;
    match add(&staff, &id, key, form::words_line(&sent)).await {
        Ok(answer) => Ok(answer),
        Err(fault) => refused(fault, form::words_page(staff.frame(), &full.quote, &sent)),
    }
}

/// Adds a line; the same form twice adds one.
async fn add(
    staff: &Staff<can::ManageQuotes>,
    id: &QuoteId,
    key: &str,
    line: Result<quote::LineInput, OrderingError>,
) -> Result<HttpResponse, WebError> {
    let line = line?;
    let act = async |ctx: &Ctx| Ok(quote::revise(ctx, id, |input| input.lines.push(line)).await?);
    once(&staff.ctx, "quote-line", key, act).await?;
    Ok(done(&place(id), "whm-quote-line-added"))
}

/// `POST /whm/quotes/{id}/lines/{line}/remove`
pub async fn remove_line(
    staff: Staff<can::ManageQuotes>,
    path: Path<(QuoteId, QuoteItemId)>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let (id, line) = path.into_inner();
    quote::revise(&staff.ctx, &id, |input| input.lines.retain(|one| one.id.as_ref() != Some(&line))).await?;
    Ok(done(&place(&id), "whm-quote-line-removed"))
}

/// A draft that is to be sent.
#[derive(Debug, Deserialize)]
pub struct SendForm {
    /// What the page showed: `Full::seen_at`.
    seen: String,
}

/// `POST /whm/quotes/{id}/send`
pub async fn send(
    staff: Staff<can::ManageQuotes>,
    id: Path<QuoteId>,
    SafeForm(form): SafeForm<SendForm>,
) -> Result<HttpResponse, WebError> {
    match quote::send(&staff.ctx, &id, Some(&form.seen)).await {
        Ok(_) => Ok(done(&place(&id), "whm-quote-sent")),
        Err(fault) => not_done(&staff, &id, fault).await,
    }
}

/// A quote that is to be taken back.
#[derive(Debug, Deserialize)]
pub struct WithdrawForm {
    reason: String,
    /// What the page showed: `Full::seen_at`.
    seen: String,
}

/// `POST /whm/quotes/{id}/withdraw`
pub async fn withdraw(
    staff: Staff<can::ManageQuotes>,
    id: Path<QuoteId>,
    SafeForm(form): SafeForm<WithdrawForm>,
) -> Result<HttpResponse, WebError> {
    match quote::withdraw(&staff.ctx, &id, &form.reason, Some(&form.seen)).await {
        Ok(_) => Ok(done(&place(&id), "whm-quote-withdrawn")),
        Err(fault) => not_done(&staff, &id, fault).await,
    }
}

/// Why nothing was done, above the quote as it stands now; what is no matter of the quote is a page of its own.
async fn not_done(
    staff: &Staff<can::ManageQuotes>,
    id: &QuoteId,
    fault: OrderingError,
) -> Result<HttpResponse, WebError> {
    let status = match fault {
        OrderingError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        OrderingError::QuoteChanged
        | OrderingError::QuoteNotDraft
        | OrderingError::QuoteNotOpen(_)
        | OrderingError::QuotePlanGone(_) => StatusCode::CONFLICT,
        other => return Err(other.into()),
    };
    let mut page = present(staff, id).await?;
    let wrong = FormErrors::of_fault(&page.frame, &fault);
    let wrong: Vec<String> =
        wrong.list().iter().map(|(field, sentence)| page.frame.of_field(field, sentence)).collect();
    let text = if wrong.is_empty() { errors::sentence(&page.frame, &fault) } else { wrong.join(" ") };
    page.notice = ("warn", text);
    respond::page_with(status, &page)
}

/// The key of a form.
#[derive(Debug, Deserialize)]
pub struct KeyForm {
    key: String,
}

/// `POST /whm/quotes/{id}/copy`
pub async fn copy(
    staff: Staff<can::ManageQuotes>,
    id: Path<QuoteId>,
    SafeForm(form): SafeForm<KeyForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(quote::copy(ctx, &id).await?);
    match once(&staff.ctx, "quote-copy", sent_key(&form.key)?, act).await? {
        Some(row) => Ok(done(&place(&row.id), "whm-quote-copied-now")),
        None => Ok(done(HOME, "whm-quote-copied-now")),
    }
}
