//! `/api/whm/reports/products` and `/api/whm/reports/quota`: how what is sold does, and how full it is.
use super::reports::Span;
use crate::{
    api::{ApiResult, principal::Staff, problem::Problem},
    domain::reports::{
        products::{self, Line, ProductsReport},
        quota,
        range::Range,
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::IDR;
use serde::Serialize;
use utoipa::ToSchema;

/// A product or a plan of it; amounts in whole rupiah.
#[derive(Serialize, ToSchema)]
struct ProductLineOut {
    /// Null for what is for no contract.
    product_id: Option<String>,
    product: Option<String>,
    /// Null for a whole product.
    plan_id: Option<String>,
    plan: Option<String>,
    /// Contracts when the span began.
    start: i64,
    /// Contracts paid for the first time in it.
    began: i64,
    /// Came by a change of plan, less those that went by one.
    moved: i64,
    ended: i64,
    /// `start` + `began` + `moved` − `ended`.
    running: i64,
    /// What the running ones come to in a month, net.
    mrr: i64,
    /// Net issued: invoices less what was voided and credited.
    issued: i64,
    /// Of all that was issued, hundredths of a percent; null where nothing was.
    share_bp: Option<i64>,
}

impl ProductLineOut {
    fn of(report: &ProductsReport, line: Line) -> Self {
        Self {
            start: line.figures.start,
            began: line.figures.began,
            moved: line.figures.moved,
            ended: line.figures.ended,
            running: line.figures.running,
            mrr: line.figures.mrr_minor,
            issued: line.figures.issued_minor,
            share_bp: report.share_bp(&line.figures),
            product_id: line.product_id,
            product: line.product,
            plan_id: line.plan_id,
            plan: line.plan,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ProductsOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: String,
    /// The most issued first, what is for no contract last.
    products: Vec<ProductLineOut>,
    plans: Vec<ProductLineOut>,
    /// Revenue the ledger booked by documents.
    ledger: i64,
    /// Whether that is what was issued.
    ties: bool,
}

/// How products and plans did by whole months, the last twelve unless said otherwise.
#[utoipa::path(tag = "whm-reports", params(Span), responses((status = 200, body = ProductsOut), (status = 422, body = Problem)))]
#[get("/api/whm/reports/products")]
pub async fn report_products(staff: Staff<can::ReadReports>, span: web::Query<Span>) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::last_twelve)?;
    let report = products::report(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let lines = |lines: Vec<Line>| lines.into_iter().map(|line| ProductLineOut::of(&report, line)).collect();
    Ok(HttpResponse::Ok().json(ProductsOut {
        from: report.range.from,
        to: report.range.last(),
        currency: IDR.to_owned(),
        products: lines(report.products()),
        plans: lines(report.plans.clone()),
        ledger: report.ledger_minor,
        ties: report.ties(),
    }))
}

#[derive(Serialize, ToSchema)]
struct QuotaLineOut {
    product: String,
    plan_id: String,
    plan: String,
    /// Slots in stock.
    total: i64,
    /// Slots of contracts.
    used: i64,
    /// Held for an order that is not paid, or for a change of plan that is not made.
    reserved: i64,
    available: i64,
    is_sold_out: bool,
    /// Used and reserved of all, hundredths of a percent; null where there is no stock.
    taken_bp: Option<i64>,
    /// Who waits and was not told of room.
    waiting: i64,
    /// Of those: paid contracts.
    waiting_paid: i64,
}

impl From<quota::Line> for QuotaLineOut {
    fn from(line: quota::Line) -> Self {
        Self {
            total: line.total,
            used: line.used(),
            reserved: line.reserved,
            available: line.available(),
            is_sold_out: line.is_sold_out(),
            taken_bp: line.taken_bp(),
            waiting: line.waiting,
            waiting_paid: line.waiting_paid,
            product: line.product,
            plan_id: line.plan_id,
            plan: line.plan,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct QuotaReportOut {
    /// The moment it is of.
    at: DateTime<Utc>,
    /// Sold out first, then the fullest.
    plans: Vec<QuotaLineOut>,
}

/// How full plans are now.
#[utoipa::path(tag = "whm-reports", responses((status = 200, body = QuotaReportOut), (status = 403, body = Problem)))]
#[get("/api/whm/reports/quota")]
pub async fn report_quota(staff: Staff<can::ReadReports>) -> ApiResult<HttpResponse> {
    let report = quota::report(&staff.ctx).await.map_err(CommonFault::from)?;
    let plans = report.plans.into_iter().map(QuotaLineOut::from).collect();
    Ok(HttpResponse::Ok().json(QuotaReportOut { at: staff.ctx.now(), plans }))
}
