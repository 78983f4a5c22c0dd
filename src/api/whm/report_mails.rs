//! `/api/whm/report-mails`: reports that are mailed to the member of staff who asks.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, named},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        reports::{mailed, sheet::Report},
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    reports::report_mail,
    value::{ReportMailId, ReportRhythm},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct ReportMailOut {
    id: String,
    /// `revenue`, `mrr`, `ageing`, `gateways`, `wallets`, `tax` or `withheld`.
    report: String,
    /// `daily`, `weekly` or `monthly`.
    rhythm: &'static str,
    /// The first day of the last period that was mailed, or was over when it was asked for.
    mailed_to: NaiveDate,
    created_at: DateTime<Utc>,
}

impl From<report_mail::Model> for ReportMailOut {
    fn from(row: report_mail::Model) -> Self {
        Self {
            id: row.id.0,
            report: row.report,
            rhythm: row.rhythm.as_str(),
            mailed_to: row.mailed_to,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ReportMailList {
    data: Vec<ReportMailOut>,
}

/// Reports that are mailed to you.
#[utoipa::path(tag = "whm-reports", responses((status = 200, body = ReportMailList), (status = 403, body = Problem)))]
#[get("/api/whm/report-mails")]
pub async fn list_report_mails(staff: Staff<can::ReadReports>) -> ApiResult<HttpResponse> {
    let data = mailed::of_mine(&staff.ctx).await?.into_iter().map(ReportMailOut::from).collect();
    Ok(HttpResponse::Ok().json(ReportMailList { data }))
}

#[derive(Deserialize, ToSchema)]
struct ReportMailIn {
    /// `revenue`, `mrr`, `ageing`, `gateways`, `wallets`, `tax` or `withheld`.
    #[schema(example = "revenue")]
    report: String,
    /// `daily`, `weekly` (Monday to Sunday) or `monthly`.
    #[schema(example = "monthly")]
    rhythm: String,
}

/// Has a report mailed to you once each period is over, with its table as a file. Asking twice is asking once.
#[utoipa::path(tag = "whm-reports", request_body = ReportMailIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ReportMailOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/report-mails")]
pub async fn subscribe_to_report(
    staff: Staff<can::ReadReports>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: ReportMailIn = body.parse()?;
        let required = |field: &str| CommonFault::Invalid(vec![FieldFault::new(field, "required")]);
        let report = named("report", Some(&input.report), Report::parse)?.ok_or_else(|| required("report"))?;
        let rhythm = named("rhythm", Some(&input.rhythm), ReportRhythm::parse)?.ok_or_else(|| required("rhythm"))?;
        Ok(mailed::subscribe(ctx, report, rhythm).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = mailed::get_mine(&staff.ctx, &ReportMailId::from(id)).await?;
        Answer::created(&ReportMailOut::from(row))
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// A report is mailed to you no more.
#[utoipa::path(tag = "whm-reports", responses((status = 200, body = ReportMailOut), (status = 404, body = Problem)))]
#[post("/api/whm/report-mails/{id}/stop")]
pub async fn stop_report_mail(staff: Staff<can::ReadReports>, id: web::Path<ReportMailId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(ReportMailOut::from(mailed::stop(&staff.ctx, &id).await?)))
}
