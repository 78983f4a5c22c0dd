//! Orders: what was ordered and what became of it.
pub mod view;

use super::{page_of, services::CursorQuery};
use crate::{
    domain::ordering,
    kernel::{fault::CommonFault, permission::may},
    web::{WebError, flash, forms::SafeForm, panel::Nothing, principal::Member, respond, tone::Tone},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::value::OrderId;
use view::{IndexPage, OrderCard, OrderRow, ShowPage};

/// Orders on a page.
const LIMIT: u64 = 25;

/// The addresses of orders.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/orders", web::get().to(index))
        .route("/panel/orders/{id}", web::get().to(show))
        .route("/panel/orders/{id}/cancel", web::post().to(cancel));
}

async fn index(member: Member<may::Read>, query: Query<CursorQuery>) -> Result<HttpResponse, WebError> {
    let request = page_of(query.cursor.as_deref(), LIMIT)?;
    let found = ordering::find::list_owned(&member.ctx.db, &member.customer_id, &request).await;
    let page = found.map_err(CommonFault::from)?;
    let frame = member.frame();
    let rows = page.rows.iter().map(|view| OrderRow::build(&frame, view)).collect();
    let next = page.next_cursor.map(|cursor| format!("/panel/orders?cursor={cursor}")).unwrap_or_default();
    respond::page(&IndexPage { rows, next, frame })
}

async fn show(member: Member<may::Read>, id: Path<OrderId>) -> Result<HttpResponse, WebError> {
    let view = ordering::find::view_owned(&member.ctx.db, &member.customer_id, &id).await?;
    let frame = member.frame();
    let order = OrderCard::build(&frame, &view, member.may::<may::Pay>());
    respond::page(&ShowPage { order, frame })
}

/// `POST /panel/orders/{id}/cancel`
async fn cancel(member: Member<may::Pay>, id: Path<OrderId>, _: SafeForm<Nothing>) -> Result<HttpResponse, WebError> {
    ordering::find::get_owned(&member.ctx.db, &member.customer_id, &id).await?;
    ordering::cancel_unpaid(&member.ctx, &id, "customer").await?;
    Ok(flash::see_other(&format!("/panel/orders/{id}"), Tone::Good, "panel-order-cancelled"))
}
