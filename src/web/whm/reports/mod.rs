//! Reports of money and tax: a page, a download and an API each (`api::whm::reports`), with the figures of
//! `domain::reports`. The statement of account of one customer is drawn the same way.
mod ageing;
mod coretax;
mod gateways;
mod journal;
mod mailed;
mod mrr;
mod products;
mod quota;
mod revenue;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod samples_of_shop;
pub(super) mod statement;
mod tax;
mod view;
mod wallets;
mod withheld;

use crate::{
    domain::reports::{
        range::Range,
        sheet::{self, Report, Sheet},
    },
    kernel::{fault::CommonFault, page::PageRequest, permission::can},
    web::{WebError, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use chrono::NaiveDate;
use entity::value::business_day;
use serde::Deserialize;

pub(super) fn routes(config: &mut ServiceConfig) {
    mailed::routes(config);
    config
        .route("/reports/tax", web::get().to(tax::show))
        .route("/reports/tax/csv", web::get().to(tax::csv))
        .route("/reports/coretax", web::get().to(coretax::show))
        .route("/reports/coretax/xml", web::get().to(coretax::xml))
        .route("/reports/revenue", web::get().to(revenue::show))
        .route("/reports/revenue/csv", web::get().to(revenue::csv))
        .route("/reports/ageing", web::get().to(ageing::show))
        .route("/reports/ageing/csv", web::get().to(ageing::csv))
        .route("/reports/gateways", web::get().to(gateways::show))
        .route("/reports/gateways/csv", web::get().to(gateways::csv))
        .route("/reports/journal", web::get().to(journal::show))
        .route("/reports/journal/csv", web::get().to(journal::csv))
        .route("/reports/mrr", web::get().to(mrr::show))
        .route("/reports/mrr/csv", web::get().to(mrr::csv))
        .route("/reports/products", web::get().to(products::show))
        .route("/reports/products/csv", web::get().to(products::csv))
        .route("/reports/quota", web::get().to(quota::show))
        .route("/reports/quota/csv", web::get().to(quota::csv))
        .route("/reports/wallets", web::get().to(wallets::show))
        .route("/reports/wallets/csv", web::get().to(wallets::csv))
        .route("/reports/withheld", web::get().to(withheld::show))
        .route("/reports/withheld/csv", web::get().to(withheld::csv))
        .route("/customers/{id}/statement", web::get().to(statement::show))
        .route("/customers/{id}/statement/csv", web::get().to(statement::csv))
        .route("/customers/{id}/statement/pdf", web::get().to(statement::pdf));
}

/// What the address of a report says.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ReportQuery {
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Which of its lists.
    pub list: Option<String>,
    /// Where the list begins.
    pub cursor: Option<String>,
    /// Which of several files.
    pub file: Option<String>,
}

impl ReportQuery {
    /// The days asked for; `default` of today where nothing is said. Also whether what was said could be read.
    fn range(&self, today: NaiveDate, default: fn(NaiveDate) -> Range) -> (Range, bool) {
        let default = default(today);
        match Range::parse(self.from.as_deref(), self.to.as_deref(), default) {
            Ok(range) => (range, true),
            Err(_) => (default, false),
        }
    }

    /// The day asked for, today where nothing is said.
    fn day(&self, today: NaiveDate) -> (NaiveDate, bool) {
        let default = Range { from: today, until: today.succ_opt().unwrap_or(today) };
        match Range::parse(self.to.as_deref(), self.to.as_deref(), default) {
            Ok(range) => (range.last().min(today), true),
            Err(_) => (today, false),
        }
    }

    /// Which page of a list; a cursor that is not ours begins anew.
    fn page(&self) -> PageRequest {
        PageRequest::parse(self.cursor.as_deref(), None).unwrap_or_default()
    }
}

/// The business day of a page.
fn today(frame: &Frame) -> NaiveDate {
    business_day(frame.now)
}

/// A sentence where the days of an address could not be read.
fn unread(frame: &Frame, is_read: bool) -> Vec<(&'static str, String)> {
    if is_read { Vec::new() } else { vec![("warn", frame.t("report-days-unread"))] }
}

/// The addresses of a list's first page, where this is a later one, and of its next.
fn pager(base: &str, query: &ReportQuery, next: Option<&str>) -> (String, String) {
    let first = if query.cursor.is_some() { base.to_owned() } else { String::new() };
    (first, next.map_or_else(String::new, |cursor| format!("{base}&cursor={cursor}")))
}

/// The table of a report as a file.
async fn download(staff: &Staff<can::ReadReports>, report: Report, range: Range) -> Result<HttpResponse, WebError> {
    let sheet = sheet::sheet(&staff.ctx, report, range, staff.frame().lang).await.map_err(database)?;
    Ok(file(sheet))
}

fn file(sheet: Sheet) -> HttpResponse {
    let name = sheet.name.clone();
    respond::file(&name, "text/csv; charset=utf-8", sheet.csv())
}

fn database(error: impl Into<CommonFault>) -> WebError {
    let fault: CommonFault = error.into();
    fault.into()
}
