//! Drafts of invoices: written line by line, issued, thrown away. Once issued an invoice is shown among the others.
mod form;
#[cfg(test)]
mod samples;

use super::{
    EmptyForm, done, form_key, invoices, once,
    quotes::{Sent, customer, refused, text},
    refuse, sent_key, timeline,
    view::{Action, Cell, DetailPage, Field, Part, Table},
};
use crate::{
    domain::{
        Ctx,
        billing::{
            InvoiceError,
            invoice::{
                self, Full,
                draft::{self, DraftInput},
            },
        },
        customers,
        reports::audit,
    },
    kernel::{
        fault::{CommonFault, Fault},
        format,
        page::PageRequest,
        permission::{Permission, can},
    },
    web::{WebError, errors, flash, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    platform::audit_log,
    value::{InvoiceId, InvoiceItemId, InvoiceStatus, Money, business_day},
};
use serde::Deserialize;
use std::collections::HashMap;

/// Where drafts lie; their list is that of the invoices.
const HOME: &str = "/whm/drafts";
/// Acts on a draft that its page shows.
const ACTS: u64 = 40;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/drafts/new", web::get().to(new))
        .route("/drafts/new", web::post().to(create))
        .route("/drafts/{id}", web::get().to(show))
        .route("/drafts/{id}/edit", web::get().to(edit))
        .route("/drafts/{id}/edit", web::post().to(save))
        .route("/drafts/{id}/line", web::get().to(new_line))
        .route("/drafts/{id}/line", web::post().to(add_line))
        .route("/drafts/{id}/lines/{line}/remove", web::post().to(remove_line))
        .route("/drafts/{id}/issue", web::post().to(issue))
        .route("/drafts/{id}/discard", web::post().to(discard));
}

/// The page of a draft.
pub(super) fn place(id: &InvoiceId) -> String {
    format!("{HOME}/{id}")
}

/// Begins an invoice, for this customer where one is known.
pub(super) fn new_action(frame: &Frame, customer: Option<&str>) -> Action {
    let whose = customer.and_then(|id| serde_urlencoded::to_string([("customer", id)]).ok());
    let whose = whose.map(|query| format!("?{query}")).unwrap_or_default();
    Action::link(frame.t("whm-draft-new"), format!("{HOME}/new{whose}"), "plus")
}

/// `GET /whm/drafts/{id}`
pub async fn show(staff: Staff<can::ReadInvoices>, id: Path<InvoiceId>) -> Result<HttpResponse, WebError> {
    let full = invoice::get_full(&staff.ctx.db, &id).await?;
    match full.invoice.status {
        InvoiceStatus::Draft => respond::page(&present(&staff, &full).await?),
        _ => Ok(flash::redirect(&invoices::place(&id))),
    }
}

/// The page of a draft as it is read.
async fn present<P: Permission>(staff: &Staff<P>, full: &Full) -> Result<DetailPage, WebError> {
    let customer = customers::get(&staff.ctx.db, &full.invoice.customer_id).await?;
    let target = Some(("invoice".to_owned(), full.invoice.id.to_string()));
    let filter = audit::Filter { target, ..Default::default() };
    let acts = PageRequest { after: None, limit: ACTS };
    let acts = audit::list(&staff.ctx, &filter, &acts).await.map_err(CommonFault::from)?.rows;
    let actors = acts.iter().map(|row| row.actor_id.clone());
    let people = audit::names_of(&staff.ctx, actors).await.map_err(CommonFault::from)?;
    let known = Known { full, customer: customers::name_of(&customer), acts: &acts };
    Ok(detail_page(staff.frame(), &known, &people, staff.may::<can::IssueInvoices>()))
}

/// What is known of a draft.
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
    may_issue: bool,
) -> DetailPage {
    let row = &known.full.invoice;
    let money = |minor| Cell::Money(Money::new(minor, &row.currency));
    let mut facts = vec![
        (frame.t("whm-status"), Cell::Status("invoice-status", row.status.as_str())),
        (frame.t("whm-customer"), Cell::link(known.customer, format!("/whm/customers/{}", row.customer_id))),
        (frame.t("whm-due"), draft::due_day(row).map_or(Cell::Nothing, Cell::Day)),
        (frame.t("whm-net"), money(row.subtotal_minor)),
    ];
    facts.extend(known.full.taxes.iter().map(|tax| (tax.label.clone(), money(tax.tax_minor))));
    facts.extend(
        row.vat_collector
            .map(|collector| (frame.t(&format!("document-collected-{collector}")), money(-row.collected_tax_minor))),
    );
    facts.extend([
        (frame.t("whm-total"), money(row.total_minor)),
        (frame.t("whm-created"), Cell::Time(row.created_at)),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ]);
    let mut parts = vec![Part::Rows(frame.t("whm-lines"), lines(&frame, known.full, may_issue))];
    parts.extend(row.notes.clone().map(|notes| Part::Words(frame.t("whm-notes"), notes)));
    let events = known.acts.iter().map(|act| timeline::change(&frame, act, people)).collect();
    parts.push(Part::History(frame.t("timeline-label"), events));
    DetailPage {
        title: frame.t("whm-draft"),
        subtitle: known.customer.to_owned(),
        back: invoices::HOME.to_owned(),
        back_label: frame.t("nav-invoices"),
        notice: notice(&frame, known.full),
        actions: if may_issue { actions(&frame, known.full) } else { Vec::new() },
        facts,
        parts,
        frame,
    }
}

/// What keeps a draft from being issued.
fn notice(frame: &Frame, full: &Full) -> (&'static str, String) {
    let is_over = draft::due_day(&full.invoice).is_some_and(|day| day < business_day(frame.now));
    if full.items.is_empty() {
        ("info", frame.t("whm-draft-no-lines"))
    } else if is_over {
        ("warn", frame.t("whm-draft-day-over"))
    } else {
        ("info", String::new())
    }
}

fn lines(frame: &Frame, full: &Full, can_change: bool) -> Table {
    let mut columns = vec![
        (frame.t("whm-description"), "cell-main"),
        (frame.t("whm-quantity"), "num"),
        (frame.t("whm-unit-price"), "num"),
        (frame.t("whm-tax"), "num"),
        (frame.t("whm-net"), "cell-side num"),
    ];
    if can_change {
        columns.push((frame.t("whm-act"), "cell-sub"));
    }
    let money = |minor| Cell::Money(Money::new(minor, &full.invoice.currency));
    let rows = full.items.iter().map(|item| {
        let mut cells = vec![
            Cell::text(&item.description),
            Cell::Text(format::number(item.quantity, frame.lang)),
            money(item.unit_minor),
            money(item.tax_minor + item.collected_tax_minor),
            money(item.net_minor),
        ];
        if can_change {
            let remove = format!("{}/lines/{}/remove", place(&full.invoice.id), item.id);
            cells.push(Cell::Posts(vec![(frame.t("whm-quote-remove"), remove, "secondary")]));
        }
        cells
    });
    Table::new(frame.t("whm-lines"), columns).with(rows)
}

fn actions(frame: &Frame, full: &Full) -> Vec<Action> {
    let (here, seen) = (place(&full.invoice.id), draft::seen(full));
    let discard = Action::ask(
        frame.t("whm-draft-discard"),
        frame.t("whm-draft-discard-text"),
        "discard",
        format!("{here}/discard"),
        "trash",
    );
    let mut actions = vec![
        Action::link(frame.t("whm-draft-add-line"), format!("{here}/line"), "plus"),
        Action::link(frame.t("whm-draft-edit"), format!("{here}/edit"), "edit"),
        discard.danger().with(vec![Field::hidden("seen", seen.clone()), Field::hidden("key", form_key())]),
    ];
    if !full.items.is_empty() {
        let amount = frame.money(&Money::new(full.invoice.total_minor, &full.invoice.currency));
        let text = frame.ta("whm-draft-issue-text", [("amount", amount)]);
        let ask = Action::ask(frame.t("whm-draft-issue"), text, "issue", format!("{here}/issue"), "send");
        actions.push(ask.main().with(vec![Field::hidden("seen", seen)]));
    }
    actions
}

/// For whom a draft is begun.
#[derive(Debug, Deserialize)]
pub struct NewQuery {
    #[serde(default)]
    customer: String,
}

/// `GET /whm/drafts/new`
pub async fn new(staff: Staff<can::IssueInvoices>, query: Query<NewQuery>) -> Result<HttpResponse, WebError> {
    let sent = Sent::from([("customer".to_owned(), query.into_inner().customer), ("key".to_owned(), form_key())]);
    respond::page(&form::new_page(staff.frame(), &sent))
}

/// `POST /whm/drafts/new`
pub async fn create(
    staff: Staff<can::IssueInvoices>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let read = async || -> Result<_, WebError> { Ok((customer(&staff.ctx, &sent).await?, form::head(&sent)?)) };
    let (customer_id, input) = match read().await {
        Ok(read) => read,
        Err(fault) => return refused(fault, form::new_page(staff.frame(), &sent)),
    };
    let act = async |ctx: &Ctx| Ok(draft::create(ctx, &customer_id, input).await?);
    match once(&staff.ctx, "draft", sent_key(text(&sent, "key"))?, act).await {
        Ok(Some(row)) => Ok(done(&place(&row.id), "whm-draft-created")),
        Ok(None) => Ok(done(invoices::HOME, "whm-draft-created")),
        Err(fault) => refused(fault, form::new_page(staff.frame(), &sent)),
    }
}

/// `GET /whm/drafts/{id}/edit`
pub async fn edit(staff: Staff<can::IssueInvoices>, id: Path<InvoiceId>) -> Result<HttpResponse, WebError> {
    let full = draft::get_draft(&staff.ctx.db, &id).await?;
    respond::page(&form::edit_page(staff.frame(), &full.invoice, &form::stored(&full.invoice)))
}

/// `POST /whm/drafts/{id}/edit`
pub async fn save(
    staff: Staff<can::IssueInvoices>,
    id: Path<InvoiceId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let full = draft::get_draft(&staff.ctx.db, &id).await?;
    let saved = match form::head(&sent) {
        Ok(head) => {
            let change = |input: &mut DraftInput| {
                input.due = head.due;
                input.notes = head.notes;
            };
            draft::revise(&staff.ctx, &id, change).await
        }
        Err(fault) => Err(fault),
    };
    match saved {
        Ok(_) => Ok(done(&place(&id), "whm-saved")),
        Err(fault) => refuse(fault, form::edit_page(staff.frame(), &full.invoice, &sent)),
    }
}

/// `GET /whm/drafts/{id}/line`
pub async fn new_line(staff: Staff<can::IssueInvoices>, id: Path<InvoiceId>) -> Result<HttpResponse, WebError> {
    let full = draft::get_draft(&staff.ctx.db, &id).await?;
    respond::page(&form::line_page(staff.frame(), &full.invoice, &form::blank_line()))
}

/// `POST /whm/drafts/{id}/line`
pub async fn add_line(
    staff: Staff<can::IssueInvoices>,
    id: Path<InvoiceId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let full = draft::get_draft(&staff.ctx.db, &id).await?;
    let key = sent_key(text(&sent, "key"))?;
    match add(&staff, &id, key, form::line(&sent)).await {
        Ok(answer) => Ok(answer),
        Err(fault) => refused(fault, form::line_page(staff.frame(), &full.invoice, &sent)),
    }
}

/// Adds a line; the same form twice adds one.
async fn add(
    staff: &Staff<can::IssueInvoices>,
    id: &InvoiceId,
    key: &str,
    line: Result<draft::DraftLine, InvoiceError>,
) -> Result<HttpResponse, WebError> {
    let line = line?;
    let act = async |ctx: &Ctx| Ok(draft::revise(ctx, id, |input| input.lines.push(line)).await?);
    once(&staff.ctx, "draft-line", key, act).await?;
    Ok(done(&place(id), "whm-quote-line-added"))
}

/// `POST /whm/drafts/{id}/lines/{line}/remove`
pub async fn remove_line(
    staff: Staff<can::IssueInvoices>,
    path: Path<(InvoiceId, InvoiceItemId)>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let (id, line) = path.into_inner();
    draft::revise(&staff.ctx, &id, |input| input.lines.retain(|one| one.id.as_ref() != Some(&line))).await?;
    Ok(done(&place(&id), "whm-quote-line-removed"))
}

/// A draft that is to be issued.
#[derive(Debug, Deserialize)]
pub struct IssueForm {
    /// What the page showed: `draft::seen`.
    seen: String,
}

/// `POST /whm/drafts/{id}/issue`
pub async fn issue(
    staff: Staff<can::IssueInvoices>,
    id: Path<InvoiceId>,
    SafeForm(form): SafeForm<IssueForm>,
) -> Result<HttpResponse, WebError> {
    match draft::issue(&staff.ctx, &id, Some(&form.seen)).await {
        Ok(_) => Ok(done(&invoices::place(&id), "whm-draft-issued")),
        Err(fault) => not_done(&staff, &id, fault).await,
    }
}

/// A draft that is to be thrown away.
#[derive(Debug, Deserialize)]
pub struct DiscardForm {
    /// What the page showed: `draft::seen`.
    seen: String,
    key: String,
}

/// `POST /whm/drafts/{id}/discard`
pub async fn discard(
    staff: Staff<can::IssueInvoices>,
    id: Path<InvoiceId>,
    SafeForm(form): SafeForm<DiscardForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(draft::discard(ctx, &id, Some(&form.seen)).await?);
    match once(&staff.ctx, "draft-discard", sent_key(&form.key)?, act).await {
        Ok(_) => Ok(done(invoices::HOME, "whm-draft-discarded")),
        Err(WebError(fault)) if fault.code() == InvoiceError::DraftChanged.code() => {
            not_done(&staff, &id, InvoiceError::DraftChanged).await
        }
        Err(fault) => Err(fault),
    }
}

/// Why nothing was done, above the draft as it stands now; what is no matter of the draft is a page of its own.
async fn not_done(
    staff: &Staff<can::IssueInvoices>,
    id: &InvoiceId,
    fault: InvoiceError,
) -> Result<HttpResponse, WebError> {
    let status = match fault {
        InvoiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        InvoiceError::DraftChanged | InvoiceError::CustomerClosed => StatusCode::CONFLICT,
        other => return Err(other.into()),
    };
    let full = invoice::get_full(&staff.ctx.db, id).await?;
    if full.invoice.status != InvoiceStatus::Draft {
        return Err(fault.into());
    }
    let mut page = present(staff, &full).await?;
    let wrong = FormErrors::of_fault(&page.frame, &fault);
    let wrong: Vec<String> =
        wrong.list().iter().map(|(field, sentence)| page.frame.of_field(field, sentence)).collect();
    let text = if wrong.is_empty() { errors::sentence(&page.frame, &fault) } else { wrong.join(" ") };
    page.notice = ("warn", text);
    respond::page_with(status, &page)
}
