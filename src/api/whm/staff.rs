//! `/api/whm/staff`: who works here, in which roles.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        identity::{
            IdentityError,
            staff::{self, Colleague},
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::value::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody who works here.
#[derive(Serialize, ToSchema)]
struct ColleagueOut {
    id: String,
    name: String,
    email: String,
    /// Codes of roles.
    roles: Vec<String>,
    has_second_factor: bool,
    created_at: DateTime<Utc>,
}

impl From<Colleague> for ColleagueOut {
    fn from(one: Colleague) -> Self {
        Self {
            id: one.user.id.0,
            name: one.user.name,
            email: one.user.email,
            roles: one.roles,
            has_second_factor: one.has_second_factor,
            created_at: one.user.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ColleagueList {
    data: Vec<ColleagueOut>,
}

/// Everybody who works here, oldest first.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = ColleagueList), (status = 403, body = Problem)))]
#[get("/api/whm/staff")]
pub async fn list_staff(staff: Staff<can::ReadStaff>) -> ApiResult<HttpResponse> {
    let rows = staff::list(&staff.ctx.db).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(ColleagueList { data: rows.into_iter().map(ColleagueOut::from).collect() }))
}

/// One who works here.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = ColleagueOut), (status = 404, body = Problem)))]
#[get("/api/whm/staff/{id}")]
pub async fn show_colleague(staff: Staff<can::ReadStaff>, id: web::Path<UserId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(ColleagueOut::from(staff::get(&staff.ctx.db, &id).await?)))
}

/// The same fault, its fields called as this door calls them.
fn renamed(fault: IdentityError) -> IdentityError {
    let IdentityError::Invalid(fields) = fault else { return fault };
    let told = fields.into_iter().map(|fault| match fault.field.as_str() {
        "role_admin" => FieldFault { field: "roles".to_owned(), ..fault },
        _ => fault,
    });
    IdentityError::Invalid(told.collect())
}

#[derive(Deserialize, ToSchema)]
struct ColleagueIn {
    email: String,
    name: String,
    /// Codes of roles: `admin`, `finance`, `support`, …
    roles: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct ColleagueAnswer {
    colleague: ColleagueOut,
}

/// Takes somebody on by mail.
///
/// He gets a link that sets his password; somebody who has an account keeps his own and is told that WHM is open to him.
#[utoipa::path(tag = "whm-operations", request_body = ColleagueIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ColleagueAnswer), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/staff")]
pub async fn invite_colleague(
    staff: Fresh<can::ManageStaff>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: ColleagueIn = body.parse()?;
        Ok(staff::invite(ctx, &input.email, &input.name, &input.roles).await.map_err(renamed)?.0)
    };
    let tell = async |id: &str| {
        let colleague = staff::get(&staff.ctx.db, &UserId::from(id)).await?.into();
        Answer::created(&ColleagueAnswer { colleague })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct RolesIn {
    /// Codes of all the roles he shall have.
    roles: Vec<String>,
}

/// Gives a colleague exactly these roles; they hold from his next call. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = RolesIn, responses((status = 200, body = ColleagueOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/staff/{id}/roles")]
pub async fn set_roles(staff: Fresh<can::ManageStaff>, id: web::Path<UserId>, body: Body) -> ApiResult<HttpResponse> {
    staff::get(&staff.ctx.db, &id).await?;
    staff::set_roles(&staff.ctx, &id, &body.parse::<RolesIn>()?.roles).await.map_err(renamed)?;
    Ok(HttpResponse::Ok().json(ColleagueOut::from(staff::get(&staff.ctx.db, &id).await?)))
}

/// Closes WHM to a colleague: his roles, sessions and tokens end at once.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/staff/{id}/revoke")]
pub async fn revoke_colleague(staff: Fresh<can::ManageStaff>, id: web::Path<UserId>) -> ApiResult<HttpResponse> {
    staff::revoke(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
