//! `/api/panel/instances/{id}/tasks`: what was done with what runs; and its shape for staff.
use super::instances::TaskOut;
use crate::{
    api::{ApiResult, extract::PageQuery, principal::Member, problem::Problem},
    domain::provisioning::find,
    kernel::{fault::CommonFault, page::Page, permission::may},
};
use actix_web::{HttpResponse, get, web};
use entity::{provisioning::task, value::InstanceId};
use serde::Serialize;
use utoipa::ToSchema;

/// A page of work, without its steps.
#[derive(Serialize, ToSchema)]
pub struct TaskList {
    data: Vec<TaskOut>,
    next_cursor: Option<String>,
}

impl TaskList {
    /// A page of work.
    pub fn of(page: Page<task::Model>) -> Self {
        let page = page.map(TaskOut::from);
        Self { data: page.rows, next_cursor: page.next_cursor }
    }
}

/// Work on an instance, newest first, without its steps.
#[utoipa::path(tag = "services", params(PageQuery), responses((status = 200, body = TaskList), (status = 404, body = Problem)))]
#[get("/api/panel/instances/{id}/tasks")]
pub async fn list_tasks_of_instance(
    me: Member<may::Read>,
    id: web::Path<InstanceId>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let found = find::tasks_of(&me.ctx.db, &id, &page.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(TaskList::of(found)))
}
