//! `/api/whm/instances/{id}/environment`: settings of any service, and changing them for its customer.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent,
        panel::environment::{EnvironmentAnswer, EnvironmentChange, EnvironmentOut, made, tell},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        provisioning::{
            environment::{self, Editor},
            find,
        },
    },
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, patch, web};
use entity::value::{InstanceId, ProvisionTaskId};

/// The settings of any instance, each with its rules; values of secrets are not among them.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = EnvironmentOut), (status = 404, body = Problem)))]
#[get("/api/whm/instances/{id}/environment")]
pub async fn show_any_environment(
    staff: Staff<can::ReadInstances>,
    id: web::Path<InstanceId>,
) -> ApiResult<HttpResponse> {
    let row = find::get(&staff.ctx.db, &id).await?;
    let found = environment::read(&staff.ctx, &row, Editor::Staff).await?;
    Ok(HttpResponse::Ok().json(EnvironmentOut::from(found)))
}

/// Changes settings of any instance, also those that customers may not.
#[utoipa::path(tag = "whm-operations", params(("Idempotency-Key" = Option<String>, Header)), request_body = EnvironmentChange, responses((status = 200, body = EnvironmentAnswer), (status = 202, body = EnvironmentAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/instances/{id}/environment")]
pub async fn change_any_environment(
    staff: Staff<can::OperateInstances>,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let wish = body.parse::<EnvironmentChange>()?.wish()?;
        Ok(made(environment::change_by_staff(ctx, &id, &wish).await?))
    };
    let answer = async |made: &str| {
        let task = match made {
            "" => None,
            id => Some(find::task(&staff.ctx.db, &ProvisionTaskId::from(id)).await?),
        };
        tell(task)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, answer).await
}
