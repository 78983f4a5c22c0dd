//! The audit trail: who changed what, when and why.
use super::{timeline, view::Event};
use crate::{
    domain::reports::audit::{self, Filter},
    kernel::{fault::CommonFault, page::PageRequest, permission::can},
    web::{WebError, filters, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Query, ServiceConfig},
};
use serde::Deserialize;

const HOME: &str = "/whm/audit";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/audit", web::get().to(list));
}

/// The query of the trail.
#[derive(Debug, Default, Deserialize)]
pub struct AuditQuery {
    customer: Option<String>,
    actor: Option<String>,
    kind: Option<String>,
    target: Option<String>,
    cursor: Option<String>,
}

/// The trail, newest first.
#[derive(askama::Template)]
#[template(path = "whm/audit.html")]
pub struct AuditPage {
    pub frame: Frame,
    /// What hides rows: name and value.
    pub filters: Vec<(String, String)>,
    pub events: Vec<Event>,
    pub next: String,
}

/// `GET /whm/audit`
pub async fn list(staff: Staff<can::ReadAudit>, query: Query<AuditQuery>) -> Result<HttpResponse, WebError> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let filter = Filter {
        customer_id: given(&query.customer),
        target: given(&query.kind).zip(given(&query.target)),
        actor_id: given(&query.actor),
    };
    let request = PageRequest::parse(query.cursor.as_deref(), None).unwrap_or_default();
    let page = audit::list(&staff.ctx, &filter, &request).await.map_err(CommonFault::from)?;
    // Who signs in is nobody yet: the line is then about himself.
    let actors = page.rows.iter().flat_map(|row| [row.actor_id.clone(), row.target_id.clone()]);
    let people = audit::names_of(&staff.ctx, actors).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let events = page.rows.iter().map(|row| timeline::change(&frame, row, &people)).collect();
    let of_customer = filter.customer_id.clone().map(|id| (frame.t("whm-customer"), id));
    let by = filter.actor_id.clone().map(|id| (frame.t("whm-by"), people.get(&id).cloned().unwrap_or(id)));
    let about = filter.target.as_ref().map(|(kind, id)| (frame.t("whm-about"), format!("{kind} {id}")));
    let filters = [of_customer, by, about].into_iter().flatten().collect();
    let next = page.next_cursor.as_deref().map(|cursor| next_of(&query, cursor)).unwrap_or_default();
    respond::page(&AuditPage { filters, events, next, frame })
}

fn next_of(query: &AuditQuery, cursor: &str) -> String {
    let pairs = [
        ("customer", query.customer.as_deref()),
        ("actor", query.actor.as_deref()),
        ("kind", query.kind.as_deref()),
        ("target", query.target.as_deref()),
        ("cursor", Some(cursor)),
    ];
    let given: Vec<(&str, &str)> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    format!("{HOME}?{}", serde_urlencoded::to_string(given).unwrap_or_default())
}
