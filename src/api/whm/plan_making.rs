//! `/api/whm/plans`: plans are added, changed, copied and retired, with prices and the rows of the comparison table.
use super::plans::{PriceIn, StaffFeature, StaffPlanOut, shape};
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        catalog::{
            find,
            write::{self, Feature, NewPlan, NewPrice, PlanFacts, Visibility, Words},
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, patch, post, web};
use entity::value::{Cycle, PlanId, ProductId};
use serde::Deserialize;
use utoipa::ToSchema;

async fn told(ctx: &Ctx, id: &PlanId) -> ApiResult<StaffPlanOut> {
    let (detail, product) = find::plan(&ctx.db, id).await?;
    Ok(shape(detail, &product))
}

impl From<StaffFeature> for Feature {
    fn from(row: StaffFeature) -> Self {
        Self {
            label: Words { id: row.label_id, en: row.label_en },
            value: Words { id: row.value_id, en: row.value_en },
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct PlanIn {
    /// Lower-case letters, digits and hyphens.
    #[schema(example = "n8n-basic")]
    code: String,
    name: String,
    /// Rank among the plans of the product.
    tier: i32,
    /// Thousandths of a CPU.
    cpu_milli: i64,
    /// MiB.
    memory_mb: i64,
    /// GiB.
    storage_gb: i64,
    /// How many slots it has.
    quota_total: i64,
    /// Whether the shop offers it only later.
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    prices: Vec<PriceIn>,
    /// Its rows of the comparison table, in their order.
    #[serde(default)]
    features: Vec<StaffFeature>,
}

async fn make(ctx: &Ctx, product_id: &ProductId, said: PlanIn) -> ApiResult<String> {
    let price = |(i, price): (usize, &PriceIn)| price.understood(&format!("prices[{i}]."));
    let prices = said.prices.iter().enumerate().map(price).collect::<Result<Vec<NewPrice>, CommonFault>>()?;
    let features: Vec<Feature> = said.features.into_iter().map(Feature::from).collect();
    let new = NewPlan {
        product_id: product_id.clone(),
        code: said.code,
        visibility: if said.hidden { Visibility::Hidden } else { Visibility::Shown },
        name: said.name,
        tier: said.tier,
        cpu_milli: said.cpu_milli,
        memory_mb: said.memory_mb,
        storage_gb: said.storage_gb,
        quota_total: said.quota_total,
    };
    Ok(write::add_plan(ctx, new, &prices, &features).await?.id.0)
}

/// Adds a plan to a product. Its code is never used again.
#[utoipa::path(tag = "whm-operations", request_body = PlanIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = StaffPlanOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/products/{id}/plans")]
pub async fn add_plan(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::product(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| make(ctx, &id, body.parse()?).await;
    let tell = async |made: &str| Answer::created(&told(&staff.ctx, &PlanId::from(made)).await?);
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct PlanChangeIn {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    tier: Option<i32>,
    /// Fixed once it was sold, as the other resources.
    #[serde(default)]
    cpu_milli: Option<i64>,
    #[serde(default)]
    memory_mb: Option<i64>,
    #[serde(default)]
    storage_gb: Option<i64>,
}

/// Changes a plan. What is not named stays as it is.
///
/// The resources of what was sold are what its contracts were promised: other ones are 422 with the code `sold`. Copy the
/// plan and retire this one.
#[utoipa::path(tag = "whm-operations", request_body = PlanChangeIn, responses((status = 200, body = StaffPlanOut), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/plans/{id}")]
pub async fn change_plan(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<PlanId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::plan(&staff.ctx.db, &id).await?;
    let said: PlanChangeIn = body.parse()?;
    let apply = |facts: &mut PlanFacts| {
        facts.name = said.name.unwrap_or_else(|| std::mem::take(&mut facts.name));
        facts.tier = said.tier.unwrap_or(facts.tier);
        facts.cpu_milli = said.cpu_milli.unwrap_or(facts.cpu_milli);
        facts.memory_mb = said.memory_mb.unwrap_or(facts.memory_mb);
        facts.storage_gb = said.storage_gb.unwrap_or(facts.storage_gb);
    };
    write::revise_plan(&staff.ctx, &id, apply).await?;
    Ok(HttpResponse::Ok().json(told(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct PlanCopyIn {
    /// Its own: lower-case letters, digits and hyphens.
    #[schema(example = "n8n-basic-2027")]
    code: String,
    name: String,
}

/// Adds a plan with the resources, prices and features of this one, hidden, to be changed before it is sold.
#[utoipa::path(tag = "whm-operations", request_body = PlanCopyIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = StaffPlanOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/plans/{id}/copy")]
pub async fn copy_plan(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<PlanId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::plan(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let PlanCopyIn { code, name } = body.parse()?;
        Ok(write::copy_plan(ctx, &id, &code, &name).await?.id.0)
    };
    let tell = async |made: &str| Answer::created(&told(&staff.ctx, &PlanId::from(made)).await?);
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Sells a plan to nobody any more, for good. Running contracts go on and are renewed; who only waited for room in it is
/// taken off the list. Twice is once.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 404, body = Problem)))]
#[post("/api/whm/plans/{id}/retire")]
pub async fn retire_plan(staff: Staff<can::ManageCatalog>, id: web::Path<PlanId>) -> ApiResult<HttpResponse> {
    write::retire_plan(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct FeaturesIn {
    /// All rows, in their order.
    features: Vec<StaffFeature>,
}

/// Gives a plan these rows of the comparison table instead of those it has. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = FeaturesIn, responses((status = 200, body = StaffPlanOut), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/plans/{id}/features")]
pub async fn set_features(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<PlanId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::plan(&staff.ctx.db, &id).await?;
    let said: FeaturesIn = body.parse()?;
    let features: Vec<Feature> = said.features.into_iter().map(Feature::from).collect();
    write::set_features(&staff.ctx, &id, &features).await?;
    Ok(HttpResponse::Ok().json(told(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct PriceRemovalIn {
    /// For which cycle it is sold no more.
    #[schema(example = "annually")]
    cycle: String,
}

/// Sells a plan for a cycle no more. Contracts of that cycle go on at their price. A cycle it has no price of is 404.
#[utoipa::path(tag = "whm-operations", request_body = PriceRemovalIn, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/plans/{id}/price/remove")]
pub async fn remove_price(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<PlanId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::plan(&staff.ctx.db, &id).await?;
    let unknown = || CommonFault::Invalid(vec![FieldFault::new("cycle", "unknown")]);
    let cycle = Cycle::parse(&body.parse::<PriceRemovalIn>()?.cycle).ok_or_else(unknown)?;
    write::remove_price(&staff.ctx, &id, cycle).await?;
    Ok(HttpResponse::NoContent().finish())
}
