//! `/api/whm/reports/withheld` and `/api/whm/reports/coretax`: what an accountant takes to the tax office.
use super::reports::Span;
use crate::{
    api::{
        ApiResult,
        extract::{PageQuery, named},
        files,
        principal::Staff,
        problem::Problem,
    },
    domain::reports::{
        coretax::{self, Incomplete},
        range::Range,
        withheld::{self, Line, Sum},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::{IDR, WithholdingStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many, and how much in whole rupiah.
#[derive(Serialize, ToSchema)]
struct WithheldSum {
    count: i64,
    amount: i64,
}

impl From<Sum> for WithheldSum {
    fn from(sum: Sum) -> Self {
        Self { count: sum.count, amount: sum.minor }
    }
}

#[derive(Serialize, ToSchema)]
struct WithheldRowOut {
    id: String,
    invoice_id: String,
    invoice_number: Option<String>,
    customer_id: String,
    customer: Option<String>,
    /// `outstanding`, `received`, `withdrawn` or `reverted`.
    status: &'static str,
    /// Net it is reckoned of.
    base: i64,
    amount: i64,
    currency: String,
    proof_number: Option<String>,
    proof_date: Option<NaiveDate>,
    proof_due_at: DateTime<Utc>,
    declared_at: DateTime<Utc>,
    received_at: Option<DateTime<Utc>>,
}

impl From<Line> for WithheldRowOut {
    fn from(line: Line) -> Self {
        let row = line.row;
        Self {
            id: row.id.0,
            invoice_id: row.invoice_id.0,
            invoice_number: line.invoice_number,
            customer_id: row.customer_id.0,
            customer: line.customer,
            status: row.status.as_str(),
            base: row.base_minor,
            amount: row.amount_minor,
            currency: row.currency,
            proof_number: row.proof_number,
            proof_date: row.proof_date,
            proof_due_at: row.proof_due_at,
            declared_at: row.declared_at,
            received_at: row.received_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct WithheldReportOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: &'static str,
    /// Proofs that came in the span.
    received: WithheldSum,
    /// Proofs that were taken back in the span.
    reverted: WithheldSum,
    /// What the ledger's account gained in the span.
    booked: i64,
    /// Whether the proofs explain the ledger.
    ties: bool,
    /// Declared in the span, and still without a proof.
    outstanding: WithheldSum,
    /// Of all that wait now, whenever declared: those whose proof is late.
    late: WithheldSum,
    /// What the ledger's account holds now.
    balance: i64,
    /// Newest first.
    data: Vec<WithheldRowOut>,
    next_cursor: Option<String>,
}

/// Which of them `data` lists.
#[derive(Deserialize, IntoParams)]
pub(super) struct WithheldQuery {
    /// `outstanding`, `received`, `withdrawn` or `reverted`; all where nobody says. Received ones count by the day their
    /// proof came, all others by the day they were declared.
    status: Option<String>,
}

/// Income tax that customers withheld, this month unless said otherwise, and which proofs are missing.
#[utoipa::path(tag = "whm-reports", params(Span, WithheldQuery, PageQuery), responses((status = 200, body = WithheldReportOut), (status = 422, body = Problem)))]
#[get("/api/whm/reports/withheld")]
pub async fn report_withheld(
    staff: Staff<can::ReadReports>,
    span: web::Query<Span>,
    query: web::Query<WithheldQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::month_of)?;
    let status = named("status", query.status.as_deref(), WithholdingStatus::parse)?;
    let report = withheld::report(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let lines = withheld::lines(&staff.ctx, range, status, &page.request()?).await.map_err(CommonFault::from)?;
    let lines = lines.map(WithheldRowOut::from);
    Ok(HttpResponse::Ok().json(WithheldReportOut {
        from: range.from,
        to: range.last(),
        currency: IDR,
        ties: report.ties(),
        received: report.received.into(),
        reverted: report.reverted.into(),
        booked: report.booked_minor,
        outstanding: report.outstanding.into(),
        late: report.late.into(),
        balance: report.balance_minor,
        data: lines.rows,
        next_cursor: lines.next_cursor,
    }))
}

/// A customer who cannot be exported as he is.
#[derive(Serialize, ToSchema)]
struct CoretaxGapOut {
    customer_id: String,
    name: String,
    /// What is missing or wrong: `npwp`, `address`, `nitku`, `country`.
    gaps: Vec<&'static str>,
    /// How many invoices are left out for that.
    invoices: i64,
}

impl From<Incomplete> for CoretaxGapOut {
    fn from(one: Incomplete) -> Self {
        Self {
            customer_id: one.customer_id,
            name: one.name,
            gaps: one.gaps.into_iter().map(coretax::Gap::as_str).collect(),
            invoices: one.invoices,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct CoretaxOut {
    from: NaiveDate,
    to: NaiveDate,
    /// Our own tax number; null where it is missing or wrong in the settings: then there is no file.
    seller_tin: Option<String>,
    /// How many files the invoices take.
    files: usize,
    /// How many tax invoices go into them.
    invoices: usize,
    /// How many of those are of persons without a number.
    without_number: i64,
    /// Their tax, whole rupiah, without what buyers collect themselves.
    tax: i64,
    /// Their tax that buyers collect themselves.
    collected: i64,
    /// Tax of the invoices that are left out.
    left_out: i64,
    /// Who is left out, and why.
    incomplete: Vec<CoretaxGapOut>,
}

/// What the file for Coretax would hold, this month unless said otherwise, and whom it leaves out.
#[utoipa::path(tag = "whm-reports", params(Span), responses((status = 200, body = CoretaxOut), (status = 422, body = Problem)))]
#[get("/api/whm/reports/coretax")]
pub async fn report_coretax(staff: Staff<can::ReadReports>, span: web::Query<Span>) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::month_of)?;
    let export = coretax::export(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let (files, invoices) = (if export.seller_tin.is_some() { export.files() } else { 0 }, export.invoices.len());
    Ok(HttpResponse::Ok().json(CoretaxOut {
        from: range.from,
        to: range.last(),
        seller_tin: export.seller_tin,
        files,
        invoices,
        without_number: export.without_number,
        tax: export.tax_minor,
        collected: export.collected_minor,
        left_out: export.left_out_minor,
        incomplete: export.incomplete.into_iter().map(CoretaxGapOut::from).collect(),
    }))
}

/// Which of several files.
#[derive(Deserialize, IntoParams)]
pub(super) struct CoretaxFile {
    /// Its number, from 1; the first where nobody says.
    file: Option<usize>,
}

/// The file that Coretax imports. Where there is none (`files` says how many there are) it is 404.
#[utoipa::path(tag = "whm-reports", params(Span, CoretaxFile), responses((status = 200, content_type = "application/xml", body = String), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/reports/coretax/xml")]
pub async fn show_coretax_file(
    staff: Staff<can::ReadReports>,
    span: web::Query<Span>,
    query: web::Query<CoretaxFile>,
) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::month_of)?;
    let number = query.file.unwrap_or(1);
    let export = coretax::export(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let text = export.file(number).ok_or(CommonFault::NotFound)?;
    Ok(files::xml(&format!("coretax-{}-{}-{number}.xml", range.from, range.last()), text))
}
