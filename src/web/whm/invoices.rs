//! Invoices.
use super::{
    ReasonForm, done, drafts, form_key, history,
    payments::table as payment_table,
    query::ListQuery,
    receipts, sent_key,
    view::{Action, Cell, Chip, DetailPage, Field, ListPage, Part, Table},
    withholdings,
};
use crate::{
    domain::{
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::{self, Bill, Filter, Full, display_status, open_minor},
            write_off as debts,
        },
        customers, documents,
        payments::attempt,
        subscriptions::late_fee,
    },
    kernel::{fault::CommonFault, format, permission::can},
    web::{
        WebError, flash,
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
use chrono::{DateTime, Utc};
use entity::{
    billing::{credit_note as notes, write_off as given_up},
    payments::payment,
    value::{CreditNoteId, CustomerId, InvoiceDisplay, InvoiceId, InvoiceStatus, Money},
};
use serde::Deserialize;
use std::collections::HashMap;

/// The list.
pub(super) const HOME: &str = "/whm/invoices";

/// The page of an invoice.
pub(super) fn place(id: &InvoiceId) -> String {
    format!("{HOME}/{id}")
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/invoices", web::get().to(list))
        .route("/invoices/{id}", web::get().to(show))
        .route("/invoices/{id}/pdf", web::get().to(pdf))
        .route("/invoices/{id}/credit-notes/{note}", web::get().to(note_pdf))
        .route("/invoices/{id}/void", web::post().to(void))
        .route("/invoices/{id}/credit", web::post().to(credit))
        .route("/invoices/{id}/write-off", web::post().to(write_off));
}

/// `GET /whm/invoices`
pub async fn list(staff: Staff<can::ReadInvoices>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let filter = Filter {
        status: InvoiceStatus::parse(query.state()),
        is_overdue: query.state() == "overdue",
        customer_id: query.of_customer().map(CustomerId::from),
        number: query.search(),
        with_drafts: true,
    };
    let page = invoice::list(&staff.ctx, &filter, &query.page()).await?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    let may_issue = staff.may::<can::IssueInvoices>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, may_issue, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[Bill],
    names: &HashMap<CustomerId, String>,
    may_issue: bool,
    next: Option<&str>,
) -> ListPage {
    let table = table(&frame, rows, names);
    let states = ["draft", "issued", "overdue", "paid", "void", "written_off"];
    let chips: Vec<Chip> = query.chips(&frame, HOME, "invoice-status", &states);
    let add = may_issue.then(|| drafts::new_action(&frame, query.of_customer()).main());
    ListPage {
        title: frame.t("nav-invoices"),
        subtitle: String::new(),
        actions: add.into_iter().collect(),
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-search-number")),
        chips,
        table,
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// How an invoice stands in a word: what everybody reads, and to staff that a debt was given up.
fn word(status: InvoiceStatus, display: InvoiceDisplay) -> &'static str {
    match status {
        InvoiceStatus::WrittenOff => status.as_str(),
        _ => display.as_str(),
    }
}

/// Invoices as rows.
pub(super) fn table(frame: &Frame, rows: &[Bill], names: &HashMap<CustomerId, String>) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-kind"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-issued"), ""),
        (frame.t("whm-due"), ""),
        (frame.t("whm-open"), "num"),
        (frame.t("whm-total"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            match row.status {
                InvoiceStatus::Draft => Cell::link(frame.t("whm-draft"), drafts::place(&row.id)),
                _ => Cell::link(row.number.as_deref().unwrap_or(row.id.as_str()), place(&row.id)),
            },
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::text(frame.word("invoice-kind", row.kind.as_str())),
            Cell::Status("invoice-status", word(row.status, display_status(row, frame.now))),
            Cell::maybe_time(row.issued_at),
            Cell::maybe_time(row.due_at),
            Cell::Money(Money::new(open_minor(row), &row.currency)),
            Cell::Money(Money::new(row.total_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("nav-invoices"), columns).with(cells)
}

/// `GET /whm/invoices/{id}`
pub async fn show(staff: Staff<can::ReadInvoices>, id: Path<InvoiceId>) -> Result<HttpResponse, WebError> {
    let (ctx, id) = (&staff.ctx, id.into_inner());
    let full = invoice::get_full(&ctx.db, &id).await?;
    if full.invoice.status == InvoiceStatus::Draft {
        return Ok(flash::redirect(&drafts::place(&id)));
    }
    let customer = customers::get(&ctx.db, &full.invoice.customer_id).await?;
    let notes = credit_note::list_of(&ctx.db, &id).await.map_err(CommonFault::from)?;
    let payments = attempt::of_invoice(&ctx.db, &id).await.map_err(CommonFault::from)?;
    let given_up = debts::list_of(&ctx.db, &id).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &full, &customer.name, &payments, &notes, &given_up);
    for fee in late_fee::fees_of(&ctx.db, &id).await.map_err(CommonFault::from)? {
        let amount = format::money(&Money::new(fee.amount_minor, &fee.currency), page.frame.lang);
        let link = Cell::link(amount, format!("{HOME}/{}", fee.fee_invoice_id));
        page.facts.push((page.frame.t("whm-late-fee"), link));
    }
    if let Some(fee) = late_fee::late_of(&ctx.db, &id).await.map_err(CommonFault::from)? {
        let link = Cell::link(page.frame.t("action-open"), format!("{HOME}/{}", fee.invoice_id));
        page.facts.push((page.frame.t("whm-late-fee-of"), link));
    }
    withholdings::extend(&staff, &full.invoice, &mut page).await?;
    let row = &full.invoice;
    let (is_issued, open) = (row.status == InvoiceStatus::Issued, open_minor(row));
    if is_issued && staff.may::<can::CreditInvoices>() && open > 0 {
        let action = credit_action(&page.frame, &id, open, &row.currency);
        page.actions.push(action);
    }
    let is_whole = [row.paid_minor, row.credited_minor, row.written_off_minor] == [0; 3];
    if is_issued && is_whole && staff.may::<can::VoidInvoices>() {
        let (frame, reason) = (&page.frame, Field::line("reason", page.frame.t("whm-reason")));
        let action =
            Action::ask(frame.t("whm-void"), frame.t("whm-void-text"), "void", format!("{HOME}/{id}/void"), "ban");
        page.actions.push(action.danger().with(vec![reason]));
    }
    let is_overdue = is_issued && row.due_at.is_some_and(|due_at| due_at < page.frame.now);
    if is_overdue && open > 0 && staff.may::<can::WriteOffInvoices>() {
        let action = write_off_action(&page.frame, &id, open, &row.currency);
        page.actions.push(action);
    }
    history::offer(&staff, &page.frame, &mut page.actions, &format!("{HOME}/{id}"));
    respond::page(&page)
}

fn write_off_action(frame: &Frame, id: &InvoiceId, open: i64, currency: &str) -> Action {
    let amount = frame.money(&Money::new(open, currency));
    let text = frame.ta("whm-write-off-text", [("amount", amount)]);
    let action = format!("{HOME}/{id}/write-off");
    let ask = Action::ask(frame.t("whm-write-off"), text, "write-off", action, "circle-minus");
    ask.danger().with(vec![Field::line("reason", frame.t("whm-reason"))])
}

fn credit_action(frame: &Frame, id: &InvoiceId, open: i64, currency: &str) -> Action {
    let action = format!("{HOME}/{id}/credit");
    Action::ask(frame.t("whm-credit"), frame.t("whm-credit-text"), "credit", action, "receipt-refund").with(vec![
        Field::number("amount", frame.t("whm-amount")).value(open.to_string()).unit(currency),
        Field::line("reason", frame.t("whm-reason")),
        Field::hidden("key", form_key()),
    ])
}

pub(super) fn detail_page(
    frame: Frame,
    full: &Full,
    customer: &str,
    payments: &[payment::Model],
    notes: &[notes::Model],
    given_up: &[given_up::Model],
) -> DetailPage {
    let row = &full.invoice;
    let money = |minor| Cell::Money(Money::new(minor, &row.currency));
    let time = |at: Option<DateTime<Utc>>| Cell::maybe_time(at);
    let mut facts = vec![
        (frame.t("whm-status"), Cell::Status("invoice-status", word(row.status, display_status(row, frame.now)))),
        (frame.t("whm-customer"), Cell::link(customer, format!("/whm/customers/{}", row.customer_id))),
        (frame.t("whm-kind"), Cell::text(frame.word("invoice-kind", row.kind.as_str()))),
        (frame.t("whm-net"), money(row.subtotal_minor)),
    ];
    facts.extend(full.taxes.iter().map(|tax| (tax.label.clone(), money(tax.tax_minor))));
    facts.extend(
        row.vat_collector
            .map(|collector| (frame.t(&format!("document-collected-{collector}")), money(-row.collected_tax_minor))),
    );
    facts.extend([
        (frame.t("whm-total"), money(row.total_minor)),
        (frame.t("whm-paid"), money(row.paid_minor)),
        (frame.t("whm-refunded"), money(row.refunded_minor)),
        (frame.t("whm-credited"), money(row.credited_minor)),
        (frame.t("whm-written-off"), money(row.written_off_minor)),
        (frame.t("whm-open"), money(open_minor(row))),
        (frame.t("whm-issued"), time(row.issued_at)),
        (frame.t("whm-due"), time(row.due_at)),
        (frame.t("whm-paid-at"), time(row.paid_at)),
        (frame.t("whm-tax-point"), time(row.tax_point_at)),
        (frame.t("whm-void-reason"), Cell::maybe(row.void_reason.as_deref().map(|reason| frame.why(reason)))),
        (frame.t("whm-notes"), Cell::maybe(row.notes.clone())),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ]);
    let names = HashMap::from([(row.customer_id.clone(), customer.to_owned())]);
    let mut parts = vec![Part::Rows(frame.t("whm-lines"), lines(&frame, full))];
    parts.push(Part::Rows(frame.t("nav-payments"), payment_table(&frame, payments, &names)));
    if let Some(table) = receipts::of_invoice(&frame, payments) {
        parts.push(Part::Rows(frame.t("nav-receipts"), table));
    }
    parts.push(Part::Rows(frame.t("whm-credit-notes"), credit_notes(&frame, notes)));
    if !given_up.is_empty() {
        parts.push(Part::Rows(frame.t("whm-write-offs"), write_offs(&frame, given_up)));
    }
    let pay = format!("/pay/{}", row.public_token);
    DetailPage {
        title: row.number.clone().unwrap_or_else(|| row.id.0.clone()),
        subtitle: customer.to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-invoices"),
        notice: ("info", String::new()),
        actions: vec![
            Action::link(frame.t("whm-pdf"), format!("{HOME}/{}/pdf", row.id), "file-download"),
            Action::link(frame.t("whm-pay-page"), pay, "external-link"),
        ],
        facts,
        parts,
        frame,
    }
}

fn lines(frame: &Frame, full: &Full) -> Table {
    let currency = &full.invoice.currency;
    let money = |minor| Cell::Money(Money::new(minor, currency));
    let columns = [
        (frame.t("whm-description"), "cell-main"),
        (frame.t("whm-quantity"), "num"),
        (frame.t("whm-unit-price"), "num"),
        (frame.t("whm-discount"), "num"),
        (frame.t("whm-tax"), "cell-sub num"),
        (frame.t("whm-net"), "cell-side num"),
    ];
    let items = full.items.iter().map(|item| {
        vec![
            Cell::text(&item.description),
            Cell::text(item.quantity.to_string()),
            money(item.unit_minor),
            money(item.discount_minor),
            money(item.tax_minor + item.collected_tax_minor),
            money(item.net_minor),
        ]
    });
    Table::new(frame.t("whm-lines"), columns).with(items)
}

fn credit_notes(frame: &Frame, notes: &[notes::Model]) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-reason"), "cell-sub"),
        (frame.t("whm-issued"), ""),
        (frame.t("whm-total"), "cell-side num"),
    ];
    let rows = notes.iter().map(|note| {
        let total = Money::new(note.total_minor, &note.currency);
        let paper = format!("{HOME}/{}/credit-notes/{}", note.invoice_id, note.id);
        vec![Cell::link(&note.number, paper), Cell::text(&note.reason), Cell::Time(note.issued_at), Cell::Money(total)]
    });
    Table::new(frame.t("whm-credit-notes"), columns).with(rows)
}

fn write_offs(frame: &Frame, given_up: &[given_up::Model]) -> Table {
    let columns = [
        (frame.t("whm-reason"), "cell-main"),
        (frame.t("whm-written-off-at"), "cell-sub"),
        (frame.t("whm-recovered-at"), ""),
        (frame.t("whm-tax-not-due"), "num"),
        (frame.t("whm-total"), "cell-side num"),
    ];
    let rows = given_up.iter().map(|row| {
        let money = |minor| Cell::Money(Money::new(minor, &row.currency));
        vec![
            Cell::text(&row.reason),
            Cell::Time(row.created_at),
            Cell::maybe_time(row.recovered_at),
            money(row.tax_minor),
            money(row.total_minor),
        ]
    });
    Table::new(frame.t("whm-write-offs"), columns).with(rows)
}

/// `GET /whm/invoices/{id}/pdf`
pub async fn pdf(staff: Staff<can::ReadInvoices>, id: Path<InvoiceId>) -> Result<HttpResponse, WebError> {
    Ok(respond::open_pdf(documents::invoice_pdf(&staff.ctx, &id).await?))
}

/// `GET /whm/invoices/{id}/credit-notes/{note}`
pub async fn note_pdf(
    staff: Staff<can::ReadInvoices>,
    path: Path<(InvoiceId, CreditNoteId)>,
) -> Result<HttpResponse, WebError> {
    let (id, note) = path.into_inner();
    Ok(respond::open_pdf(documents::credit_note_pdf(&staff.ctx, &id, &note).await?))
}

/// `POST /whm/invoices/{id}/void`
pub async fn void(
    staff: Staff<can::VoidInvoices>,
    id: Path<InvoiceId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    invoice::void_now(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-voided"))
}

/// A credit note as typed.
#[derive(Deserialize)]
pub struct CreditForm {
    amount: i64,
    reason: String,
    key: String,
}

/// `POST /whm/invoices/{id}/credit`
pub async fn credit(
    staff: Staff<can::CreditInvoices>,
    id: Path<InvoiceId>,
    SafeForm(form): SafeForm<CreditForm>,
) -> Result<HttpResponse, WebError> {
    let new = NewCreditNote {
        invoice_id: &id,
        credit: Credit::Gross(form.amount),
        against: Against::Open,
        reason: &form.reason,
        key: sent_key(&form.key)?,
    };
    credit_note::issue_now(&staff.ctx, new).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-credited-done"))
}

/// `POST /whm/invoices/{id}/write-off`
pub async fn write_off(
    staff: Fresh<can::WriteOffInvoices>,
    id: Path<InvoiceId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    debts::write_off(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-written-off-done"))
}
