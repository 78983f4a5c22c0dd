//! One search over everything staff may read. An id leads to its page at once, and so does the only hit.
use super::{
    instances, invoices, orders, payments,
    query::ListQuery,
    quotes, receipts,
    view::{Cell, Table},
};
use crate::{
    domain::reports::search::{self, Found},
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, filters, flash, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Query, ServiceConfig},
};

/// Prefixes of ids and the folder of their pages.
const PLACES: &[(&str, &str)] = &[
    ("cus_", "customers"),
    ("inv_", "invoices"),
    ("ord_", "orders"),
    ("quo_", "quotes"),
    ("pay_", "payments"),
    ("sub_", "subscriptions"),
    ("ins_", "instances"),
    ("tsk_", "tasks"),
    ("pln_", "plans"),
    ("clu_", "clusters"),
];
/// Letters and digits of an id behind its prefix.
const ULID: usize = 26;
/// A word is not longer than the longest address.
const LONGEST: usize = 200;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/search", web::get().to(show));
}

/// Hits of one kind.
#[derive(Clone, Debug)]
pub struct Section {
    pub title: String,
    pub table: Table,
    /// The list with the same word, where it shows more.
    pub all: String,
}

#[derive(askama::Template)]
#[template(path = "whm/search.html")]
pub struct SearchPage {
    pub frame: Frame,
    pub wanted: String,
    pub sections: Vec<Section>,
}

/// `GET /whm/search`
pub async fn show(staff: Staff<can::SeeDashboard>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let wanted: String = query.search().unwrap_or_default().chars().take(LONGEST).collect();
    if let Some(place) = place_of(&wanted) {
        return Ok(flash::redirect(&place));
    }
    let may = |code: &str| staff.signed_in.may(code);
    let found = search::search(&staff.ctx, &wanted, may).await.map_err(CommonFault::from)?;
    if let Some(place) = only(&found) {
        return Ok(flash::redirect(&place));
    }
    respond::page(&page(staff.frame(), wanted, &found))
}

/// The page of an id.
pub(super) fn place_of(wanted: &str) -> Option<String> {
    let (_, folder) = PLACES.iter().find(|(prefix, _)| {
        let rest = wanted.strip_prefix(prefix).unwrap_or_default();
        rest.len() == ULID && rest.chars().all(|c| c.is_ascii_alphanumeric())
    })?;
    Some(format!("/whm/{folder}/{wanted}"))
}

/// The page of the only hit.
fn only(found: &Found) -> Option<String> {
    let places = found.customers.iter().map(|row| format!("/whm/customers/{}", row.id));
    let places = places.chain(found.invoices.iter().map(|row| format!("/whm/invoices/{}", row.id)));
    let places = places.chain(found.orders.iter().map(|row| format!("/whm/orders/{}", row.id)));
    let places = places.chain(found.quotes.iter().map(|row| format!("/whm/quotes/{}", row.id)));
    let places = places.chain(found.instances.iter().map(|row| format!("/whm/instances/{}", row.id)));
    let mut places = places.chain(found.payments.iter().map(|row| format!("/whm/payments/{}", row.id)));
    let first = places.next()?;
    places.next().is_none().then_some(first)
}

pub(super) fn page(frame: Frame, wanted: String, found: &Found) -> SearchPage {
    let more = |folder: &str, count: usize| match u64::try_from(count).is_ok_and(|count| count >= search::MOST) {
        true => format!("/whm/{folder}?{}", serde_urlencoded::to_string([("q", &wanted)]).unwrap_or_default()),
        false => String::new(),
    };
    let section = |name: &str, table: Table, all: String| Section { title: frame.t(name), table, all };
    let names = &found.names;
    let sections = [
        section("nav-customers", customers(&frame, found), more("customers", found.customers.len())),
        section(
            "nav-invoices",
            invoices::table(&frame, &found.invoices, names),
            more("invoices", found.invoices.len()),
        ),
        section("nav-orders", orders::table(&frame, found.orders.iter(), names), String::new()),
        section("nav-quotes", quotes::table(&frame, &found.quotes, names), more("quotes", found.quotes.len())),
        section("nav-instances", instances::table(&frame, &found.instances, names), String::new()),
        section("nav-payments", payments::table(&frame, &found.payments, names), String::new()),
        section("nav-receipts", receipts::of_invoice(&frame, &found.payments).unwrap_or_default(), String::new()),
    ];
    let sections = sections.into_iter().filter(|section| !section.table.rows.is_empty()).collect();
    SearchPage { frame, wanted, sections }
}

fn customers(frame: &Frame, found: &Found) -> Table {
    let columns = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-email"), "cell-sub"),
        (frame.t("whm-company"), ""),
        (frame.t("whm-status"), "cell-side"),
    ];
    let rows = found.customers.iter().map(|row| {
        vec![
            Cell::link(&row.name, format!("/whm/customers/{}", row.id)),
            Cell::text(&row.email),
            Cell::maybe(row.company.clone()),
            Cell::Status("customer-status", row.status.as_str()),
        ]
    });
    Table::new(frame.t("nav-customers"), columns).with(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_id_of_ours_has_a_page() {
        let id = "inv_01M7YQMF2H9ZX4N0N8CNKSSE0V";
        assert_eq!(place_of(id), Some(format!("/whm/invoices/{id}")));
        for other in ["inv_", "inv_01M7", "usr_01M7YQMF2H9ZX4N0N8CNKSSE0V", "inv_../../../../whm/settings", ""] {
            assert_eq!(place_of(other), None, "{other}");
        }
    }
}
