//! Services: the list, and each one's page with live progress, credentials, logs, settings, uptime and history.
mod act;
mod domains;
pub mod domains_view;
mod logs;
#[cfg(test)]
pub mod samples;
mod settings;
mod settings_view;
mod show;
mod state;
mod uptime;
pub mod uptime_view;
pub mod view;

use super::page_of;
use crate::{
    domain::{Ctx, provisioning, subscriptions},
    kernel::{fault::CommonFault, page::PageRequest, permission::may},
    web::{WebError, frame::Frame, principal::Member, respond, sse},
};
use actix_web::{
    HttpResponse,
    web::{self, Query, ServiceConfig},
};
use entity::value::{CustomerId, SubscriptionId};
use serde::Deserialize;
use view::{IndexPage, ListFragment, ServiceRow};

/// Services on a page.
const LIMIT: u64 = 20;

/// The addresses of services.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/services", web::get().to(index))
        .route("/panel/services/live", web::get().to(index_live))
        .route("/panel/services/{id}", web::get().to(show::show))
        .route("/panel/services/{id}/live", web::get().to(show::live))
        .route("/panel/services/{id}/activity", web::get().to(show::activity))
        .route("/panel/services/{id}/logs", web::get().to(logs::page))
        .route("/panel/services/{id}/logs/live", web::get().to(logs::follow))
        .route("/panel/services/{id}/logs.txt", web::get().to(logs::download))
        .route("/panel/services/{id}/settings", web::get().to(settings::page))
        .route("/panel/services/{id}/settings", web::post().to(settings::review))
        .route("/panel/services/{id}/settings/apply", web::post().to(settings::apply))
        .route("/panel/services/{id}/domains", web::get().to(domains::page))
        .route("/panel/services/{id}/domains", web::post().to(domains::add))
        .route("/panel/custom-domains/{id}/check", web::post().to(domains::check))
        .route("/panel/custom-domains/{id}/remove", web::post().to(domains::remove))
        .route("/panel/services/{id}/uptime", web::get().to(uptime::page))
        .route("/panel/services/{id}/credentials", web::post().to(act::reveal))
        .route("/panel/services/{id}/start", web::post().to(act::start))
        .route("/panel/services/{id}/stop", web::post().to(act::stop))
        .route("/panel/services/{id}/restart", web::post().to(act::restart))
        .route("/panel/services/{id}/retry", web::post().to(act::retry))
        .route("/panel/subscriptions/{id}", web::get().to(show::contract))
        .route("/panel/subscriptions/{id}/live", web::get().to(show::contract_live))
        .route("/panel/subscriptions/{id}/auto-renew", web::post().to(act::auto_renew))
        .route("/panel/subscriptions/{id}/cancel", web::post().to(act::cancel))
        .route("/panel/subscriptions/{id}/refund", web::post().to(act::refund));
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize)]
pub struct CursorQuery {
    pub(in crate::web::panel) cursor: Option<String>,
}

async fn index(member: Member<may::Read>, query: Query<CursorQuery>) -> Result<HttpResponse, WebError> {
    let request = page_of(query.cursor.as_deref(), LIMIT)?;
    let frame = member.frame();
    let (rows, next) = rows(&member.ctx, &frame, &member.customer_id, &request).await?;
    let next = next.map(|cursor| format!("/panel/services?cursor={cursor}")).unwrap_or_default();
    respond::page(&IndexPage { frame, rows, next })
}

async fn index_live(member: Member<may::Read>) -> HttpResponse {
    let topics = vec![format!("customer:{}", member.customer_id)];
    let (ctx, frame, customer_id) = (member.ctx.clone(), member.frame(), member.customer_id.clone());
    let render: sse::Render = Box::new(move || {
        let (ctx, customer_id) = (ctx.clone(), customer_id.clone());
        let frame = Frame { now: ctx.now(), ..frame.clone() };
        Box::pin(async move {
            let request = PageRequest { after: None, limit: LIMIT };
            match rows(&ctx, &frame, &customer_id, &request).await {
                Ok((rows, _)) => sse::drawn(&ListFragment { frame, rows }),
                Err(_) => Vec::new(),
            }
        })
    });
    sse::stream(&member.ctx.services, topics, render)
}

async fn rows(
    ctx: &Ctx,
    frame: &Frame,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<(Vec<ServiceRow>, Option<String>), CommonFault> {
    let page = subscriptions::find::list_owned(ctx, customer_id, request).await?;
    let ids: Vec<SubscriptionId> = page.rows.iter().map(|view| view.subscription.id.clone()).collect();
    let instances = provisioning::find::by_subscription(&ctx.db, &ids).await?;
    let rows = page.rows.iter().map(|view| ServiceRow::build(frame, view, instances.get(&view.subscription.id)));
    Ok((living_first(rows.collect()), page.next_cursor))
}

/// What lives before what is over; otherwise as it was, newest first.
pub(in crate::web::panel) fn living_first(mut rows: Vec<ServiceRow>) -> Vec<ServiceRow> {
    rows.sort_by_key(|row| row.is_over);
    rows
}
