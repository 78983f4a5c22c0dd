//! `/api/catalog`: what is sold, with prices as they will be charged.
use super::{ApiResult, extract::PageQuery, principal::Anonymous, problem::Problem};
use crate::{
    domain::{
        Ctx,
        billing::{BuyerTax, TaxTable},
        catalog::{
            self, PlanDetail, Service,
            options::{self, offered_with},
        },
        ordering::pricing,
    },
    kernel::{fault::CommonFault, page::Page},
};
use actix_web::{HttpResponse, get, web};
use entity::{
    catalog::{price, product_option},
    value::{OptionKind, business_day},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A service of the shop.
#[derive(Serialize, ToSchema)]
struct ServiceOut {
    slug: String,
    name: String,
    category: String,
    tagline: String,
    description: String,
    featured: bool,
    /// Days at the beginning that cost a new customer of it nothing; 0: none.
    trial_days: i32,
}

#[derive(Serialize, ToSchema)]
struct ServiceList {
    data: Vec<ServiceOut>,
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct CategoryOut {
    slug: String,
    name: String,
}

#[derive(Serialize, ToSchema)]
struct CategoryList {
    data: Vec<CategoryOut>,
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct PlanOut {
    code: String,
    name: String,
    tier: i32,
    resources: ResourcesOut,
    quota: QuotaOut,
    prices: Vec<PriceOut>,
    features: Vec<FeatureOut>,
    /// What can be ordered with it: answered under `options` of the `config` of an order.
    options: Vec<OptionOut>,
}

/// An option of a service.
#[derive(Serialize, ToSchema)]
struct OptionOut {
    code: String,
    name: String,
    /// `choice`: the code of a value; `quantity`: a number of units; `switch`: true or false.
    kind: &'static str,
    /// Whether it must be answered.
    required: bool,
    /// Least number of units, where units are counted.
    min: Option<i64>,
    /// Largest number of units.
    max: Option<i64>,
    values: Vec<OptionValueOut>,
}

/// A value of an option; the unit of what is counted; the yes of a switch.
#[derive(Serialize, ToSchema)]
struct OptionValueOut {
    code: String,
    name: String,
    /// What it adds to the price of the plan, by cycle; of one unit where units are counted.
    prices: Vec<OptionPriceOut>,
}

#[derive(Serialize, ToSchema)]
struct OptionPriceOut {
    cycle: &'static str,
    /// Net, or with its tax where `tax_included`.
    amount: i64,
    tax_included: bool,
    tax: i64,
    total: i64,
    currency: String,
}

#[derive(Serialize, ToSchema)]
struct ResourcesOut {
    cpu_milli: i64,
    memory_mb: i64,
    storage_gb: i64,
}

#[derive(Serialize, ToSchema)]
struct QuotaOut {
    total: i64,
    /// Reserved and allocated slots.
    used: i64,
    available: i64,
}

#[derive(Serialize, ToSchema)]
struct PriceOut {
    cycle: &'static str,
    /// Price of a cycle: net, or with its tax where `tax_included`.
    amount: i64,
    /// Whether the price was written with its tax; then `amount` is `total`.
    tax_included: bool,
    tax: i64,
    /// What is charged for a cycle.
    total: i64,
    /// Once at the first order, net or with its tax as `amount` is.
    setup_fee: i64,
    currency: String,
}

#[derive(Serialize, ToSchema)]
struct FeatureOut {
    label: String,
    value: String,
}

#[derive(Serialize, ToSchema)]
struct PlanList {
    data: Vec<PlanOut>,
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
struct LocaleQuery {
    /// `id` (default) or `en`.
    locale: Option<String>,
    /// Words to search for.
    q: Option<String>,
}

impl LocaleQuery {
    fn is_english(&self) -> bool {
        self.locale.as_deref() == Some("en")
    }
}

fn service_out(service: Service, english: bool) -> ServiceOut {
    let (product, category) = (service.product, service.category);
    ServiceOut {
        slug: product.slug,
        name: product.name,
        category: category.slug,
        tagline: if english { product.tagline_en } else { product.tagline_id },
        description: if english { product.description_en } else { product.description_id },
        featured: product.is_featured,
        trial_days: product.trial_days,
    }
}

fn list_of(services: Vec<Service>, query: &LocaleQuery, page: &PageQuery) -> ApiResult<HttpResponse> {
    let page = Page::within(services, &page.request()?, |service| service.product.id.as_str());
    let page = page.map(|service| service_out(service, query.is_english()));
    Ok(HttpResponse::Ok().json(ServiceList { data: page.rows, next_cursor: page.next_cursor }))
}

fn price_out(price: &price::Model, tax: &BuyerTax) -> ApiResult<PriceOut> {
    let told = pricing::price_view(price, tax)?;
    Ok(PriceOut {
        cycle: told.cycle.as_str(),
        amount: told.amount,
        tax_included: told.tax_included,
        tax: told.tax,
        total: told.total,
        setup_fee: told.setup_fee,
        currency: told.currency,
    })
}

/// An option as far as it is offered with these prices of a plan; nothing where it is not.
fn option_out(
    option: &product_option::Model,
    prices: &[price::Model],
    tax: &BuyerTax,
    english: bool,
) -> ApiResult<Option<OptionOut>> {
    let mut values: Vec<OptionValueOut> = Vec::new();
    for price in prices {
        for (value, minor) in offered_with(option, price) {
            let told = pricing::price_view(&price::Model { amount_minor: minor, ..price.clone() }, tax)?;
            let one = OptionPriceOut {
                cycle: told.cycle.as_str(),
                amount: told.amount,
                tax_included: told.tax_included,
                tax: told.tax,
                total: told.total,
                currency: told.currency,
            };
            match values.iter_mut().find(|known| known.code == value.code) {
                Some(known) => known.prices.push(one),
                None => values.push(OptionValueOut {
                    code: value.code.clone(),
                    name: if english { &value.name_en } else { &value.name_id }.clone(),
                    prices: vec![one],
                }),
            }
        }
    }
    let is_counted = option.kind == OptionKind::Quantity;
    Ok((!values.is_empty()).then(|| OptionOut {
        code: option.code.clone(),
        name: if english { &option.name_en } else { &option.name_id }.clone(),
        kind: option.kind.as_str(),
        required: option.is_required,
        min: is_counted.then_some(option.minimum),
        max: is_counted.then_some(option.maximum),
        values,
    }))
}

fn plan_out(
    detail: PlanDetail,
    options: &[product_option::Model],
    tax: &BuyerTax,
    english: bool,
) -> ApiResult<PlanOut> {
    let available = detail.available();
    let prices = detail.prices.iter().map(|price| price_out(price, tax)).collect::<ApiResult<_>>()?;
    let options = options.iter().filter_map(|option| option_out(option, &detail.prices, tax, english).transpose());
    let options = options.collect::<ApiResult<_>>()?;
    let features = detail
        .features
        .into_iter()
        .map(|row| {
            let (label, value) = if english { (row.label_en, row.value_en) } else { (row.label_id, row.value_id) };
            FeatureOut { label, value }
        })
        .collect();
    let plan = detail.plan;
    Ok(PlanOut {
        code: plan.code,
        name: plan.name,
        tier: plan.tier,
        resources: ResourcesOut { cpu_milli: plan.cpu_milli, memory_mb: plan.memory_mb, storage_gb: plan.storage_gb },
        quota: QuotaOut { total: plan.quota_total, used: plan.quota_used, available },
        prices,
        features,
        options,
    })
}

async fn visitor_tax(ctx: &Ctx) -> ApiResult<BuyerTax> {
    let table = TaxTable::load(&ctx.db).await.map_err(CommonFault::from)?;
    Ok(table.for_visitor(business_day(ctx.now())))
}

/// Every service on sale.
#[utoipa::path(tag = "catalog", params(LocaleQuery, PageQuery), responses((status = 200, body = ServiceList)))]
#[get("/api/catalog/services")]
pub async fn list_services(
    Anonymous(ctx): Anonymous,
    query: web::Query<LocaleQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    list_of(catalog::find::services(&ctx.db).await.map_err(CommonFault::from)?, &query, &page)
}

/// One service.
#[utoipa::path(tag = "catalog", params(LocaleQuery), responses((status = 200, body = ServiceOut), (status = 404, body = Problem)))]
#[get("/api/catalog/services/{slug}")]
pub async fn show_service(
    Anonymous(ctx): Anonymous,
    slug: web::Path<String>,
    query: web::Query<LocaleQuery>,
) -> ApiResult<HttpResponse> {
    let found = catalog::find::service(&ctx.db, &slug).await?;
    Ok(HttpResponse::Ok().json(service_out(found, query.is_english())))
}

/// Plans of a service with stock, prices and options.
#[utoipa::path(tag = "catalog", params(LocaleQuery, PageQuery), responses((status = 200, body = PlanList), (status = 404, body = Problem)))]
#[get("/api/catalog/services/{slug}/plans")]
pub async fn list_plans(
    Anonymous(ctx): Anonymous,
    slug: web::Path<String>,
    query: web::Query<LocaleQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let found = catalog::find::service(&ctx.db, &slug).await?;
    let tax = visitor_tax(&ctx).await?;
    let details = catalog::find::plans(&ctx.db, &found.product.id).await.map_err(CommonFault::from)?;
    let options = options::of_product(&ctx.db, &found.product.id).await.map_err(CommonFault::from)?;
    let Page { rows, next_cursor } = Page::within(details, &page.request()?, |detail| detail.plan.id.as_str());
    let plan = |plan| plan_out(plan, &options, &tax, query.is_english());
    let data = rows.into_iter().map(plan).collect::<ApiResult<_>>()?;
    Ok(HttpResponse::Ok().json(PlanList { data, next_cursor }))
}

/// The shelves of the shop.
#[utoipa::path(tag = "catalog", params(LocaleQuery, PageQuery), responses((status = 200, body = CategoryList)))]
#[get("/api/catalog/categories")]
pub async fn list_categories(
    Anonymous(ctx): Anonymous,
    query: web::Query<LocaleQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let rows = catalog::find::categories(&ctx.db).await.map_err(CommonFault::from)?;
    let english = query.is_english();
    let page = Page::within(rows, &page.request()?, |row| row.id.as_str())
        .map(|row| CategoryOut { slug: row.slug, name: if english { row.name_en } else { row.name_id } });
    Ok(HttpResponse::Ok().json(CategoryList { data: page.rows, next_cursor: page.next_cursor }))
}

/// Services of a category.
#[utoipa::path(tag = "catalog", params(LocaleQuery, PageQuery), responses((status = 200, body = ServiceList), (status = 404, body = Problem)))]
#[get("/api/catalog/categories/{slug}/services")]
pub async fn list_services_of_category(
    Anonymous(ctx): Anonymous,
    slug: web::Path<String>,
    query: web::Query<LocaleQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    list_of(catalog::find::services_of(&ctx.db, &slug).await?, &query, &page)
}

/// Services whose words contain every word of `q`.
#[utoipa::path(tag = "catalog", params(LocaleQuery, PageQuery), responses((status = 200, body = ServiceList)))]
#[get("/api/catalog/search")]
pub async fn search_services(
    Anonymous(ctx): Anonymous,
    query: web::Query<LocaleQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let found =
        catalog::find::search(&ctx.db, query.q.as_deref().unwrap_or_default()).await.map_err(CommonFault::from)?;
    list_of(found, &query, &page)
}

/// Services of the home page.
#[utoipa::path(tag = "catalog", params(LocaleQuery, PageQuery), responses((status = 200, body = ServiceList)))]
#[get("/api/catalog/featured")]
pub async fn list_featured(
    Anonymous(ctx): Anonymous,
    query: web::Query<LocaleQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    list_of(catalog::find::featured(&ctx.db).await.map_err(CommonFault::from)?, &query, &page)
}
