//! The audit trail: who changed what, when and why.
use super::{
    timeline,
    view::{Cell, DetailPage, Part},
};
use crate::{
    domain::reports::audit::{self, Filter},
    kernel::{fault::CommonFault, page::PageRequest, permission::can},
    web::{WebError, principal::Staff, respond},
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
    let actors = page.rows.iter().map(|row| row.actor_id.clone());
    let people = audit::names_of(&staff.ctx, actors).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let events = page.rows.iter().map(|row| timeline::change(row, &people)).collect();
    let shown = |text: Option<String>| Cell::maybe(text);
    let mut facts = vec![
        (frame.t("whm-customer"), shown(filter.customer_id.clone())),
        (frame.t("whm-by"), shown(filter.actor_id.clone())),
        (frame.t("whm-about"), shown(filter.target.as_ref().map(|(kind, id)| format!("{kind} {id}")))),
    ];
    facts.push((frame.t("whm-rows-shown"), Cell::text(page.rows.len().to_string())));
    if let Some(cursor) = &page.next_cursor {
        facts.push((frame.t("list-pages"), Cell::link(frame.t("list-next"), next_of(&query, cursor))));
    }
    respond::page(&DetailPage {
        title: frame.t("nav-audit"),
        subtitle: frame.t("whm-audit-text"),
        back: if filter == Filter::default() { String::new() } else { HOME.to_owned() },
        back_label: frame.t("action-clear-filter"),
        notice: ("info", String::new()),
        actions: Vec::new(),
        facts,
        parts: vec![Part::History(frame.t("nav-audit"), events)],
        frame,
    })
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
