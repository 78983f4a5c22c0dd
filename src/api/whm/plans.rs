//! `/api/whm/plans` and `/api/whm/products`: what is sold, as staff see and change it.
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery},
        principal::Staff,
        problem::Problem,
    },
    domain::catalog::{
        PlanDetail, find, listing,
        write::{self, NewPrice, Visibility},
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{plan_feature, price, product},
    value::{Cycle, PlanId, ProductId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct StaffPriceOut {
    cycle: &'static str,
    /// Price of a cycle, minor units.
    amount: i64,
    /// Once at the first order.
    setup_fee: i64,
    /// Whether both hold the tax.
    tax_included: bool,
    currency: String,
}

impl From<price::Model> for StaffPriceOut {
    fn from(row: price::Model) -> Self {
        Self {
            cycle: row.cycle.as_str(),
            amount: row.amount_minor,
            setup_fee: row.setup_fee_minor,
            tax_included: row.tax_included,
            currency: row.currency,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct StaffProductOut {
    id: String,
    slug: String,
    name: String,
    /// Not offered in the shop; running contracts go on.
    hidden: bool,
    /// Whether its contracts may be given smaller plans.
    allows_downgrade: bool,
    /// Days at the beginning that cost a new customer nothing; 0: none.
    trial_days: i32,
}

/// A row of the comparison table: what is compared, and its value in this plan.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct StaffFeature {
    pub label_id: String,
    pub label_en: String,
    pub value_id: String,
    pub value_en: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct StaffPlanOut {
    id: String,
    code: String,
    name: String,
    product: StaffProductOut,
    /// Rank among the plans of the product.
    tier: i32,
    /// Thousandths of a CPU.
    cpu_milli: i64,
    /// MiB.
    memory_mb: i64,
    /// GiB.
    storage_gb: i64,
    /// Not offered in the shop; running contracts go on.
    hidden: bool,
    /// Since when it is sold to nobody any more, for good.
    retired_at: Option<DateTime<Utc>>,
    quota_total: i64,
    /// Slots that are reserved or in use.
    quota_used: i64,
    prices: Vec<StaffPriceOut>,
    /// Its rows of the comparison table, in their order.
    features: Vec<StaffFeature>,
}

impl From<plan_feature::Model> for StaffFeature {
    fn from(row: plan_feature::Model) -> Self {
        Self { label_id: row.label_id, label_en: row.label_en, value_id: row.value_id, value_en: row.value_en }
    }
}

pub(super) fn shape(detail: PlanDetail, product: &product::Model) -> StaffPlanOut {
    let plan = detail.plan;
    StaffPlanOut {
        id: plan.id.0,
        code: plan.code,
        name: plan.name,
        product: StaffProductOut {
            id: product.id.0.clone(),
            slug: product.slug.clone(),
            name: product.name.clone(),
            hidden: product.is_hidden,
            allows_downgrade: product.allows_downgrade,
            trial_days: product.trial_days,
        },
        tier: plan.tier,
        cpu_milli: plan.cpu_milli,
        memory_mb: plan.memory_mb,
        storage_gb: plan.storage_gb,
        hidden: plan.is_hidden,
        retired_at: plan.retired_at,
        quota_total: plan.quota_total,
        quota_used: plan.quota_used,
        prices: detail.prices.into_iter().map(StaffPriceOut::from).collect(),
        features: detail.features.into_iter().map(StaffFeature::from).collect(),
    }
}

#[derive(Serialize, ToSchema)]
struct StaffPlanList {
    data: Vec<StaffPlanOut>,
    next_cursor: Option<String>,
}

/// Every plan, hidden ones too, in the order of the shop.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = StaffPlanList), (status = 403, body = Problem)))]
#[get("/api/whm/plans")]
pub async fn list_all_plans(staff: Staff<can::ReadCatalog>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = listing::plans(&staff.ctx.db, &page.request()?).await.map_err(CommonFault::from)?;
    let page = page.map(|(detail, product)| shape(detail, &product));
    Ok(HttpResponse::Ok().json(StaffPlanList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One plan, hidden or not.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = StaffPlanOut), (status = 404, body = Problem)))]
#[get("/api/whm/plans/{id}")]
pub async fn show_any_plan(staff: Staff<can::ReadCatalog>, id: web::Path<PlanId>) -> ApiResult<HttpResponse> {
    let (detail, product) = find::plan(&staff.ctx.db, &id).await?;
    Ok(HttpResponse::Ok().json(shape(detail, &product)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PriceIn {
    /// `one_time`, `monthly`, `quarterly`, `semiannually`, `annually`, `biennially`, `triennially`, or `days_10` for every
    /// ten days; 1095 at most.
    cycle: String,
    /// Price of a cycle, minor units.
    amount: i64,
    /// Once at the first order; 0: none.
    setup_fee: i64,
    /// Whether both hold the tax. Where nobody says: as the price that is replaced, and a first one as the setting says.
    #[serde(default)]
    tax_included: Option<bool>,
}

impl PriceIn {
    /// The price; `prefix` stands before the field of a cycle nobody knows.
    pub(super) fn understood(&self, prefix: &str) -> Result<NewPrice, CommonFault> {
        let unknown = || CommonFault::Invalid(vec![FieldFault::new(format!("{prefix}cycle"), "unknown")]);
        let cycle = Cycle::parse(&self.cycle).ok_or_else(unknown)?;
        Ok(NewPrice {
            cycle,
            amount_minor: self.amount,
            setup_fee_minor: self.setup_fee,
            tax_included: self.tax_included,
        })
    }
}

/// Sets what a cycle of a plan costs from now on. What was sold keeps its price. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = PriceIn, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/plans/{id}/price")]
pub async fn set_price(staff: Staff<can::ManageCatalog>, id: web::Path<PlanId>, body: Body) -> ApiResult<HttpResponse> {
    find::plan(&staff.ctx.db, &id).await?;
    let new = body.parse::<PriceIn>()?.understood("")?;
    write::set_price(&staff.ctx, &id, new).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct QuotaIn {
    /// How many slots the plan has.
    quota_total: i64,
}

/// Sets how many slots a plan has. Less than are in use is 409 `QUOTA_BELOW_USED`. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = QuotaIn, responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/plans/{id}/quota")]
pub async fn set_quota(staff: Staff<can::ManageCatalog>, id: web::Path<PlanId>, body: Body) -> ApiResult<HttpResponse> {
    find::plan(&staff.ctx.db, &id).await?;
    write::set_quota_total(&staff.ctx, &id, body.parse::<QuotaIn>()?.quota_total).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct VisibilityIn {
    /// Whether it is taken off the shop; running contracts go on.
    hidden: bool,
}

impl VisibilityIn {
    fn wanted(&self) -> Visibility {
        if self.hidden { Visibility::Hidden } else { Visibility::Shown }
    }
}

/// Offers a plan in the shop or takes it off. Twice is once. What is retired is not shown again: 409 `RETIRED`.
#[utoipa::path(tag = "whm-operations", request_body = VisibilityIn, responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/plans/{id}/visibility")]
pub async fn set_plan_visibility(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<PlanId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::plan(&staff.ctx.db, &id).await?;
    write::set_plan_visibility(&staff.ctx, &id, body.parse::<VisibilityIn>()?.wanted()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Offers a product in the shop or takes it off, with all its plans. Twice is once.
///
/// One whose licence asks for an agreement that is not recorded is 409 `AGREEMENT_MISSING`, one that is retired 409
/// `RETIRED`.
#[utoipa::path(tag = "whm-operations", request_body = VisibilityIn, responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/products/{id}/visibility")]
pub async fn set_product_visibility(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::kind_of(&staff.ctx.db, &id).await?;
    write::set_product_visibility(&staff.ctx, &id, body.parse::<VisibilityIn>()?.wanted()).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct DowngradesIn {
    /// Whether contracts may be given smaller plans with their next period.
    allowed: bool,
}

/// Lets contracts of a product be given smaller plans, or not. What was agreed before stands. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = DowngradesIn, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/products/{id}/downgrades")]
pub async fn set_downgrades(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::kind_of(&staff.ctx.db, &id).await?;
    write::set_downgrades(&staff.ctx, &id, body.parse::<DowngradesIn>()?.allowed).await?;
    Ok(HttpResponse::NoContent().finish())
}
