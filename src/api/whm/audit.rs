//! `/api/whm/audit`: who did what to what.
use crate::{
    api::{ApiResult, extract::PageQuery, principal::Staff},
    domain::reports::audit::{self, Filter},
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::{platform::audit_log, value::AuditId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Serialize, ToSchema)]
struct AuditOut {
    id: String,
    /// Place in the sealed chain; null while the row is young.
    sequence: Option<i64>,
    /// `user`, `staff`, `system`, `gateway` or `visitor`.
    actor_kind: String,
    actor_id: String,
    customer_id: Option<String>,
    /// `billing.invoice.void`, …
    action: String,
    target_type: String,
    target_id: String,
    /// What was, by field; null where nothing was.
    #[schema(value_type = Option<Object>)]
    before: Option<serde_json::Value>,
    /// What is, by field; null where nothing is.
    #[schema(value_type = Option<Object>)]
    after: Option<serde_json::Value>,
    reason: Option<String>,
    /// Network address of a person who acted.
    address: Option<String>,
    /// What followed from the same request carries the same id.
    correlation_id: String,
    created_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct AuditList {
    data: Vec<AuditOut>,
    next_cursor: Option<String>,
}

impl From<audit_log::Model> for AuditOut {
    fn from(row: audit_log::Model) -> Self {
        Self {
            id: row.id.0,
            sequence: row.sequence,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            customer_id: row.customer_id,
            action: row.action,
            target_type: row.target_type,
            target_id: row.target_id,
            before: row.before,
            after: row.after,
            reason: row.reason,
            address: row.address,
            correlation_id: row.correlation_id,
            created_at: row.created_at,
        }
    }
}

#[derive(Deserialize, IntoParams)]
struct AuditQuery {
    /// Only about this customer.
    customer_id: Option<String>,
    /// Only what this actor did.
    actor_id: Option<String>,
    /// Only about things of this kind: `customer`, `invoice`, `subscription`, `plan`, `setting`, …; with `target_id`.
    target_type: Option<String>,
    /// Only about this thing; of settings the section.
    target_id: Option<String>,
}

/// The trail, newest first.
#[utoipa::path(tag = "whm-operations", params(PageQuery, AuditQuery), responses((status = 200, body = AuditList)))]
#[get("/api/whm/audit")]
pub async fn list_audit(
    staff: Staff<can::ReadAudit>,
    page: web::Query<PageQuery>,
    query: web::Query<AuditQuery>,
) -> ApiResult<HttpResponse> {
    let AuditQuery { customer_id, actor_id, target_type, target_id } = query.into_inner();
    let filter = Filter { customer_id, actor_id, target: target_type.zip(target_id) };
    let page = audit::list(&staff.ctx, &filter, &page.request()?).await.map_err(CommonFault::from)?;
    let data = page.rows.into_iter().map(AuditOut::from).collect();
    Ok(HttpResponse::Ok().json(AuditList { data, next_cursor: page.next_cursor }))
}

/// One row of the trail.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = AuditOut)))]
#[get("/api/whm/audit/{id}")]
pub async fn show_audit(staff: Staff<can::ReadAudit>, id: web::Path<AuditId>) -> ApiResult<HttpResponse> {
    let found = audit::find(&staff.ctx, &id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(AuditOut::from(found.ok_or(CommonFault::NotFound)?)))
}
