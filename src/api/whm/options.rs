//! `/api/whm/products/{id}/options` and `/api/whm/options`: what can be ordered with a product, kept by staff.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        catalog::{
            find, options,
            write::{self, NewOptionPrice, OptionFacts, ValueFacts, Words},
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        page::Page,
        permission::can,
    },
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use entity::{
    catalog::product_option,
    value::{Cycle, OptionKind, OptionPrice, OptionValue, ProductId, ProductOptionId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct StaffOptionPriceOut {
    cycle: &'static str,
    /// Minor units; of one unit where units are counted.
    amount: i64,
    /// Whether it holds the tax. It goes with prices of plans that are written alike.
    tax_included: bool,
    currency: String,
}

#[derive(Serialize, ToSchema)]
struct StaffOptionValueOut {
    code: String,
    name_id: String,
    name_en: String,
    prices: Vec<StaffOptionPriceOut>,
    /// Offered no more.
    retired: bool,
}

/// An option of a product, as staff see it.
#[derive(Serialize, ToSchema)]
struct StaffOptionOut {
    id: String,
    product_id: String,
    code: String,
    name_id: String,
    name_en: String,
    /// `choice`, `quantity` or `switch`.
    kind: &'static str,
    required: bool,
    min: i64,
    max: i64,
    values: Vec<StaffOptionValueOut>,
    /// Order on the page, smaller numbers first.
    position: i32,
    /// Since when it is offered to nobody any more, for good.
    retired_at: Option<DateTime<Utc>>,
}

impl From<OptionPrice> for StaffOptionPriceOut {
    fn from(row: OptionPrice) -> Self {
        Self {
            cycle: row.cycle.as_str(),
            amount: row.amount_minor,
            tax_included: row.tax_included,
            currency: row.currency,
        }
    }
}

impl From<OptionValue> for StaffOptionValueOut {
    fn from(row: OptionValue) -> Self {
        Self {
            code: row.code,
            name_id: row.name_id,
            name_en: row.name_en,
            prices: row.prices.into_iter().map(StaffOptionPriceOut::from).collect(),
            retired: row.is_retired,
        }
    }
}

impl From<product_option::Model> for StaffOptionOut {
    fn from(row: product_option::Model) -> Self {
        Self {
            id: row.id.0,
            product_id: row.product_id.0,
            code: row.code,
            name_id: row.name_id,
            name_en: row.name_en,
            kind: row.kind.as_str(),
            required: row.is_required,
            min: row.minimum,
            max: row.maximum,
            values: row.offered.0.into_iter().map(StaffOptionValueOut::from).collect(),
            position: row.position,
            retired_at: row.retired_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct StaffOptionList {
    data: Vec<StaffOptionOut>,
    next_cursor: Option<String>,
}

/// Every option of a product, retired ones too, in their order.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = StaffOptionList), (status = 403, body = Problem), (status = 404, body = Problem)))]
#[get("/api/whm/products/{id}/options")]
pub async fn list_options(
    staff: Staff<can::ReadCatalog>,
    id: web::Path<ProductId>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    find::product(&staff.ctx.db, &id).await?;
    let rows = options::all_of(&staff.ctx.db, &id).await.map_err(CommonFault::from)?;
    let page = Page::within(rows, &page.request()?, |row| row.id.as_str()).map(StaffOptionOut::from);
    Ok(HttpResponse::Ok().json(StaffOptionList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One option, retired or not.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = StaffOptionOut), (status = 404, body = Problem)))]
#[get("/api/whm/options/{id}")]
pub async fn show_option(staff: Staff<can::ReadCatalog>, id: web::Path<ProductOptionId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(told(&staff.ctx, &id).await?))
}

async fn told(ctx: &Ctx, id: &ProductOptionId) -> ApiResult<StaffOptionOut> {
    Ok(options::get(&ctx.db, id).await?.into())
}

#[derive(Deserialize, ToSchema)]
struct OptionValueIn {
    /// Lower-case letters, digits and hyphens; that of a unit is given.
    #[serde(default)]
    #[schema(example = "priority")]
    code: String,
    name_id: String,
    name_en: String,
}

impl From<OptionValueIn> for ValueFacts {
    fn from(said: OptionValueIn) -> Self {
        Self { code: said.code, name: Words { id: said.name_id, en: said.name_en } }
    }
}

#[derive(Deserialize, ToSchema)]
struct OptionIn {
    /// Lower-case letters, digits and hyphens, once in a product.
    #[schema(example = "support")]
    code: String,
    /// `choice`, `quantity` or `switch`; for ever.
    kind: String,
    name_id: String,
    name_en: String,
    /// Whether it must be answered; never a switch.
    #[serde(default)]
    required: bool,
    /// Least number of units, where units are counted.
    #[serde(default = "one")]
    min: i64,
    /// Largest number of units.
    #[serde(default = "one")]
    max: i64,
    /// The values to choose from; the one unit of what is counted; none of a switch.
    #[serde(default)]
    values: Vec<OptionValueIn>,
    /// Order on the page, smaller numbers first.
    #[serde(default)]
    position: i32,
}

fn one() -> i64 {
    1
}

/// Adds an option to a product. It is offered once it has prices; its code is never used again in the product.
#[utoipa::path(tag = "whm-operations", request_body = OptionIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = StaffOptionOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/products/{id}/options")]
pub async fn add_option(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::product(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let said: OptionIn = body.parse()?;
        let unknown = || CommonFault::Invalid(vec![FieldFault::new("kind", "unknown")]);
        let kind = OptionKind::parse(&said.kind).ok_or_else(unknown)?;
        let facts = OptionFacts {
            name: Words { id: said.name_id, en: said.name_en },
            is_required: said.required,
            minimum: said.min,
            maximum: said.max,
            values: said.values.into_iter().map(ValueFacts::from).collect(),
            position: said.position,
        };
        Ok(write::add_option(ctx, &id, &said.code, kind, facts).await?.id.0)
    };
    let tell = async |made: &str| Answer::created(&told(&staff.ctx, &ProductOptionId::from(made)).await?);
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct OptionChangeIn {
    #[serde(default)]
    name_id: Option<String>,
    #[serde(default)]
    name_en: Option<String>,
    #[serde(default)]
    required: Option<bool>,
    #[serde(default)]
    min: Option<i64>,
    #[serde(default)]
    max: Option<i64>,
    /// All values, in their order; one that is left out is offered no more.
    #[serde(default)]
    values: Option<Vec<OptionValueIn>>,
    #[serde(default)]
    position: Option<i32>,
}

/// Changes an option. What is not named stays as it is; contracts keep what they were sold with.
#[utoipa::path(tag = "whm-operations", request_body = OptionChangeIn, responses((status = 200, body = StaffOptionOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/options/{id}")]
pub async fn change_option(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductOptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    options::get(&staff.ctx.db, &id).await?;
    let said: OptionChangeIn = body.parse()?;
    let apply = |facts: &mut OptionFacts| {
        facts.name.id = said.name_id.unwrap_or_else(|| std::mem::take(&mut facts.name.id));
        facts.name.en = said.name_en.unwrap_or_else(|| std::mem::take(&mut facts.name.en));
        facts.is_required = said.required.unwrap_or(facts.is_required);
        facts.minimum = said.min.unwrap_or(facts.minimum);
        facts.maximum = said.max.unwrap_or(facts.maximum);
        facts.position = said.position.unwrap_or(facts.position);
        if let Some(values) = said.values {
            facts.values = values.into_iter().map(ValueFacts::from).collect();
        }
    };
    let row = write::revise_option(&staff.ctx, &id, apply).await?;
    Ok(HttpResponse::Ok().json(StaffOptionOut::from(row)))
}

fn cycle_of(word: &str) -> Result<Cycle, CommonFault> {
    Cycle::parse(word).ok_or_else(|| CommonFault::Invalid(vec![FieldFault::new("cycle", "unknown")]))
}

#[derive(Deserialize, ToSchema)]
struct OptionPriceIn {
    /// Code of the value: of a switch `yes`, of what is counted `unit`.
    #[schema(example = "priority")]
    value: String,
    /// `monthly`, …, as of plans.
    #[schema(example = "monthly")]
    cycle: String,
    /// Minor units; of one unit where units are counted.
    amount: i64,
    /// Whether it holds the tax. Where nobody says: as the price that is replaced, and a first one as the setting says.
    #[serde(default)]
    tax_included: Option<bool>,
}

/// Sets what a value of an option costs for a cycle from now on. What was sold keeps its price. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = OptionPriceIn, responses((status = 200, body = StaffOptionOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/options/{id}/price")]
pub async fn set_option_price(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductOptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    options::get(&staff.ctx.db, &id).await?;
    let said: OptionPriceIn = body.parse()?;
    let new =
        NewOptionPrice { cycle: cycle_of(&said.cycle)?, amount_minor: said.amount, tax_included: said.tax_included };
    let row = write::set_option_price(&staff.ctx, &id, &said.value, new).await?;
    Ok(HttpResponse::Ok().json(StaffOptionOut::from(row)))
}

#[derive(Deserialize, ToSchema)]
struct OptionPriceRemovalIn {
    /// Code of the value.
    #[schema(example = "priority")]
    value: String,
    /// For which cycle it is offered no more.
    #[schema(example = "annually")]
    cycle: String,
}

/// Offers a value of an option for a cycle no more. Contracts keep it at their price.
#[utoipa::path(tag = "whm-operations", request_body = OptionPriceRemovalIn, responses((status = 200, body = StaffOptionOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/options/{id}/price/remove")]
pub async fn remove_option_price(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductOptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    options::get(&staff.ctx.db, &id).await?;
    let said: OptionPriceRemovalIn = body.parse()?;
    let row = write::remove_option_price(&staff.ctx, &id, &said.value, cycle_of(&said.cycle)?).await?;
    Ok(HttpResponse::Ok().json(StaffOptionOut::from(row)))
}

/// Offers an option to nobody any more, for good. Contracts keep it and are renewed with it. Twice is once.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 404, body = Problem)))]
#[post("/api/whm/options/{id}/retire")]
pub async fn retire_option(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductOptionId>,
) -> ApiResult<HttpResponse> {
    write::retire_option(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
