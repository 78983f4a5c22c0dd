//! Making one account of two that are the same customer.
use super::closing::ObstacleOut;
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx, customers,
        desk::{self, Preview},
    },
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{customers::merge as customer_merge, value::CustomerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct MergeMoveOut {
    /// Rows of what: `subscriptions`, `instances`, `invoices`, `credit_notes`, `payments`, `refunds`, `orders`, `quotes`,
    /// `messages` or `customer_notes`.
    kind: &'static str,
    count: i64,
}

#[derive(Serialize, ToSchema)]
struct MergePersonOut {
    user_id: String,
    name: String,
    email: String,
    /// What he may do afterwards: `owner`, `admin`, `billing`, `technical` or `read_only`.
    grant: &'static str,
}

#[derive(Serialize, ToSchema)]
struct MergePreviewOut {
    from_id: String,
    from_name: String,
    into_id: String,
    into_name: String,
    /// What would move, as far as people know it.
    moves: Vec<MergeMoveOut>,
    /// Who would come, with his place afterwards.
    people: Vec<MergePersonOut>,
    /// What would go from wallet to wallet, minor units.
    wallet: i64,
    /// What is open of the invoices that would move, minor units.
    open: i64,
    currency: String,
    /// What has to be dealt with before; empty where the two can be merged.
    obstacles: Vec<ObstacleOut>,
}

impl From<Preview> for MergePreviewOut {
    fn from(preview: Preview) -> Self {
        let people = preview.people.into_iter().map(|(member, grant)| MergePersonOut {
            user_id: member.user_id.0,
            name: member.name,
            email: member.email,
            grant: grant.as_str(),
        });
        Self {
            from_name: customers::name_of(&preview.from).to_owned(),
            from_id: preview.from.id.0,
            into_name: customers::name_of(&preview.into).to_owned(),
            into_id: preview.into.id.0,
            moves: preview.moves.into_iter().map(|(kind, count)| MergeMoveOut { kind, count }).collect(),
            people: people.collect(),
            wallet: preview.wallet_minor,
            open: preview.open_minor,
            currency: preview.from.currency,
            obstacles: preview.obstacles.into_iter().map(ObstacleOut::from).collect(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct MergedOut {
    /// Who was merged; the account is closed.
    from_id: String,
    /// Into whom.
    into_id: String,
    /// Who has it today: another one, where that one was merged in turn.
    now_id: String,
    /// What went from wallet to wallet, minor units.
    wallet: i64,
    /// What was open of the invoices that moved, minor units.
    open: i64,
    currency: String,
    reason: String,
    merged_at: DateTime<Utc>,
}

impl From<customer_merge::Model> for MergedOut {
    fn from(row: customer_merge::Model) -> Self {
        Self {
            from_id: row.from_id.0,
            into_id: row.into_id.0,
            now_id: row.now_id.0,
            wallet: row.wallet_minor,
            open: row.open_minor,
            currency: row.currency,
            reason: row.reason,
            merged_at: row.merged_at,
        }
    }
}

/// What would move from one account into another, and what stands in the way.
///
/// Changes nothing. An account that was merged before is refused with the `customer_id` that has everything now.
#[utoipa::path(tag = "whm-customers", responses((status = 200, body = MergePreviewOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/customers/{id}/merge/{into}")]
pub async fn preview_merge(
    staff: Staff<can::MergeCustomers>,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (from, into) = path.into_inner();
    let preview = desk::preview(&staff.ctx, &CustomerId(from), &CustomerId(into)).await?;
    Ok(HttpResponse::Ok().json(MergePreviewOut::from(preview)))
}

#[derive(Deserialize, ToSchema)]
struct MergeIn {
    /// The account that stays.
    into: String,
    /// Why, for the audit trail.
    reason: String,
}

/// Makes everything of an account that of another one, and closes it. Cannot be undone.
///
/// Contracts, documents, payments, people, notes and the money of the wallet move; documents keep the words of the buyer
/// they were issued to. Refused with `obstacles` where the two differ in currency or tax, where money is on its way, and
/// where both have a contract of a product of which a customer has one. The same again changes nothing.
#[utoipa::path(tag = "whm-customers", request_body = MergeIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MergedOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/customers/{id}/merge")]
pub async fn merge_customers(
    staff: Fresh<can::MergeCustomers>,
    id: web::Path<CustomerId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: MergeIn = body.parse()?;
        Ok(desk::merge(ctx, &id, &CustomerId(input.into), &input.reason).await?.from_id.0)
    };
    let tell = async |id: &str| {
        let row = desk::merged(&staff.ctx.db, &CustomerId::from(id)).await?;
        Answer::ok(&MergedOut::from(row))
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}
