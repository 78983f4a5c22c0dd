//! Receipts (*kuitansi*): found by their number, their invoice or their customer, and opened.
use super::{
    query::ListQuery,
    view::{Cell, ListPage, Table},
};
use crate::{
    domain::{
        billing::invoice,
        customers,
        documents::{self, ReceiptFilter},
        payments::attempt,
    },
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    payments::payment,
    value::{CustomerId, InvoiceId, Money, PaymentId},
};
use std::collections::HashMap;

pub(super) const HOME: &str = "/whm/receipts";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/receipts", web::get().to(list)).route("/receipts/{id}/pdf", web::get().to(pdf));
}

/// Numbers of the invoices of a list, by their ids.
type Numbers = HashMap<InvoiceId, String>;

/// `GET /whm/receipts`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let filter = ReceiptFilter { number: query.search(), customer_id: query.of_customer().map(CustomerId::from) };
    let page = documents::receipts(&staff.ctx, &filter, &query.page()).await.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    let bills = page.rows.iter().filter_map(|row| row.invoice_id.clone()).collect();
    let bills = invoice::bills(&staff.ctx.db, bills).await.map_err(CommonFault::from)?;
    let numbers = bills.into_iter().filter_map(|(id, bill)| Some((id, bill.number?))).collect();
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, &numbers, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[payment::Model],
    names: &HashMap<CustomerId, String>,
    numbers: &Numbers,
    next: Option<&str>,
) -> ListPage {
    ListPage {
        title: frame.t("nav-receipts"),
        subtitle: frame.t("whm-receipts-text"),
        actions: Vec::new(),
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-search-receipts")),
        chips: Vec::new(),
        table: table(&frame, rows, names, numbers),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

fn table(frame: &Frame, rows: &[payment::Model], names: &HashMap<CustomerId, String>, numbers: &Numbers) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-invoice"), ""),
        (frame.t("whm-payment"), ""),
        (frame.t("whm-when"), ""),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        let invoice = row.invoice_id.as_ref().and_then(|id| Some((id, numbers.get(id)?)));
        vec![
            Cell::link(&row.reference, format!("{HOME}/{}/pdf", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            invoice.map_or(Cell::Nothing, |(id, number)| Cell::link(number, format!("/whm/invoices/{id}"))),
            Cell::link(frame.way_to_pay(&row.gateway, &row.method), format!("/whm/payments/{}", row.id)),
            Cell::maybe_time(row.settled_at),
            Cell::Money(Money::new(row.applied_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("nav-receipts"), columns).with(cells)
}

/// The receipts among the payments of an invoice, as rows of its page.
pub(super) fn of_invoice(frame: &Frame, payments: &[payment::Model]) -> Option<Table> {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-when"), "cell-sub"),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let rows: Vec<Vec<Cell>> = payments
        .iter()
        .filter(|row| documents::has_receipt(row))
        .map(|row| {
            vec![
                Cell::link(&row.reference, format!("{HOME}/{}/pdf", row.id)),
                Cell::maybe_time(row.settled_at),
                Cell::Money(Money::new(row.applied_minor, &row.currency)),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| Table::new(frame.t("nav-receipts"), columns).with(rows))
}

/// `GET /whm/receipts/{id}/pdf`: the receipt of a payment.
pub async fn pdf(staff: Staff<can::ReadPayments>, id: Path<PaymentId>) -> Result<HttpResponse, WebError> {
    let payment = attempt::get(&staff.ctx.db, &id).await?;
    Ok(respond::open_pdf(documents::receipt_pdf(&staff.ctx, payment).await?))
}
