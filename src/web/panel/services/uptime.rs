//! How long a service answered: the last days as a strip and as a table, and its outages.
use super::{
    show::{self, rights_of},
    uptime_view::UptimePage,
};
use crate::{
    domain::provisioning::uptime,
    kernel::{fault::CommonFault, page::PageRequest, permission::may},
    web::{WebError, principal::Member, respond},
};
use actix_web::{HttpResponse, web::Path};
use entity::value::InstanceId;

/// `GET /panel/services/{id}/uptime`
pub async fn page(member: Member<may::Read>, id: Path<InstanceId>) -> Result<HttpResponse, WebError> {
    let works = PageRequest { after: None, limit: 1 };
    let loaded = show::load(&member.ctx, &member.customer_id, &id, &works).await?;
    let frame = member.frame();
    let service = loaded.card(&frame, "uptime", rights_of(&member));
    let Some(row) = &loaded.instance else { return Err(CommonFault::NotFound.into()) };
    let known = uptime::of(&member.ctx, &row.id).await?;
    respond::page(&UptimePage::build(frame, service, &known, row.url.is_some()))
}
