//! `/api/whm/categories`, `/api/whm/products` and `/api/whm/templates`: what the shop is made of, kept by staff.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, named},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        catalog::{
            find, listing, template,
            write::{self, CategoryInput, NewProduct, ProductFacts, Visibility, Words},
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
    catalog::{category, product, service_template},
    value::{CategoryId, ProductId, ProductKind, PurchasePolicy, ServiceTemplateId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct StaffCategoryOut {
    id: String,
    /// Word in addresses, for ever.
    slug: String,
    name_id: String,
    name_en: String,
    /// Order on the page, smaller numbers first.
    position: i32,
    /// Not in the shop, with everything that stands on it.
    hidden: bool,
}

impl From<category::Model> for StaffCategoryOut {
    fn from(row: category::Model) -> Self {
        Self {
            id: row.id.0,
            slug: row.slug,
            name_id: row.name_id,
            name_en: row.name_en,
            position: row.position,
            hidden: row.is_hidden,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct StaffCategoryList {
    data: Vec<StaffCategoryOut>,
    next_cursor: Option<String>,
}

/// Every category, hidden ones too, in the order of the shop.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = StaffCategoryList), (status = 403, body = Problem)))]
#[get("/api/whm/categories")]
pub async fn list_all_categories(
    staff: Staff<can::ReadCatalog>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let rows = listing::categories(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let page = Page::within(rows, &page.request()?, |row| row.id.as_str()).map(StaffCategoryOut::from);
    Ok(HttpResponse::Ok().json(StaffCategoryList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One category, hidden or not.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = StaffCategoryOut), (status = 404, body = Problem)))]
#[get("/api/whm/categories/{id}")]
pub async fn show_any_category(staff: Staff<can::ReadCatalog>, id: web::Path<CategoryId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(StaffCategoryOut::from(find::category(&staff.ctx.db, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct CategoryIn {
    /// Word in addresses: lower-case letters, digits and hyphens.
    #[schema(example = "apps")]
    slug: String,
    name_id: String,
    name_en: String,
    /// Order on the page, smaller numbers first; 0 where nobody says.
    #[serde(default)]
    position: i32,
}

/// Adds a category. Its slug is never used again.
#[utoipa::path(tag = "whm-operations", request_body = CategoryIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = StaffCategoryOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/categories")]
pub async fn add_category(
    staff: Staff<can::ManageCatalog>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let CategoryIn { slug, name_id, name_en, position } = body.parse()?;
        let name = Words { id: name_id, en: name_en };
        Ok(write::add_category(ctx, &slug, name, position).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = find::category(&staff.ctx.db, &CategoryId::from(id)).await?;
        Answer::created(&StaffCategoryOut::from(row))
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct CategoryChangeIn {
    #[serde(default)]
    name_id: Option<String>,
    #[serde(default)]
    name_en: Option<String>,
    #[serde(default)]
    position: Option<i32>,
}

/// Changes a category. What is not named stays as it is.
#[utoipa::path(tag = "whm-operations", request_body = CategoryChangeIn, responses((status = 200, body = StaffCategoryOut), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/categories/{id}")]
pub async fn change_category(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<CategoryId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::category(&staff.ctx.db, &id).await?;
    let said: CategoryChangeIn = body.parse()?;
    let apply = |input: &mut CategoryInput| {
        put(&mut input.name.id, said.name_id);
        put(&mut input.name.en, said.name_en);
        put(&mut input.position, said.position);
    };
    let row = write::change_category(&staff.ctx, &id, apply).await?;
    Ok(HttpResponse::Ok().json(StaffCategoryOut::from(row)))
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

#[derive(Deserialize, ToSchema)]
struct CategoryVisibilityIn {
    /// Whether it is taken off the shop with everything that stands on it; running contracts go on.
    hidden: bool,
}

/// Offers a category in the shop or takes it off, with everything that stands on it. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = CategoryVisibilityIn, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/categories/{id}/visibility")]
pub async fn set_category_visibility(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<CategoryId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::category(&staff.ctx.db, &id).await?;
    let is_hidden = body.parse::<CategoryVisibilityIn>()?.hidden;
    write::set_category_visibility(&staff.ctx, &id, visibility(is_hidden)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn visibility(is_hidden: bool) -> Visibility {
    if is_hidden { Visibility::Hidden } else { Visibility::Shown }
}

#[derive(Serialize, ToSchema)]
struct StaffServiceOut {
    id: String,
    /// Word in addresses, for ever; that of its template.
    slug: String,
    category_id: String,
    /// `paas_service`, `hosting_shared`, `vps`, …: decides the revenue account.
    kind: &'static str,
    name: String,
    tagline_id: String,
    tagline_en: String,
    description_id: String,
    description_en: String,
    /// Shown on the home page.
    featured: bool,
    /// Order on the page, smaller numbers first.
    position: i32,
    /// What makes it run.
    driver: String,
    /// What new instances are made from.
    template_id: Option<String>,
    /// `multiple` or `one_per_customer_upgrade_only`.
    purchase_policy: &'static str,
    /// Not offered in the shop; running contracts go on.
    hidden: bool,
    /// Since when it is sold to nobody any more, for good.
    retired_at: Option<DateTime<Utc>>,
    /// Whether a contract that is suspended because nobody paid gives its slot back.
    releases_quota_on_suspension: bool,
    /// Whether its contracts may be given smaller plans.
    allows_downgrade: bool,
    /// Days at the beginning that cost a new customer nothing; 0: none.
    trial_days: i32,
}

impl From<product::Model> for StaffServiceOut {
    fn from(row: product::Model) -> Self {
        Self {
            id: row.id.0,
            slug: row.slug,
            category_id: row.category_id.0,
            kind: row.kind.as_str(),
            name: row.name,
            tagline_id: row.tagline_id,
            tagline_en: row.tagline_en,
            description_id: row.description_id,
            description_en: row.description_en,
            featured: row.is_featured,
            position: row.position,
            driver: row.driver,
            template_id: row.service_template_id.map(|id| id.0),
            purchase_policy: row.purchase_policy.as_str(),
            hidden: row.is_hidden,
            retired_at: row.retired_at,
            releases_quota_on_suspension: row.releases_quota_on_suspension,
            allows_downgrade: row.allows_downgrade,
            trial_days: row.trial_days,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct StaffServiceList {
    data: Vec<StaffServiceOut>,
    next_cursor: Option<String>,
}

/// Every product, hidden and retired ones too, in the order of the shop.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = StaffServiceList), (status = 403, body = Problem)))]
#[get("/api/whm/products")]
pub async fn list_all_products(staff: Staff<can::ReadCatalog>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = listing::services(&staff.ctx.db, &page.request()?).await.map_err(CommonFault::from)?;
    let page = page.map(|service| StaffServiceOut::from(service.product));
    Ok(HttpResponse::Ok().json(StaffServiceList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One product, hidden or not.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = StaffServiceOut), (status = 404, body = Problem)))]
#[get("/api/whm/products/{id}")]
pub async fn show_any_product(staff: Staff<can::ReadCatalog>, id: web::Path<ProductId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(StaffServiceOut::from(find::product(&staff.ctx.db, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct ProductIn {
    category_id: String,
    /// What new instances are made from; it also gives the slug.
    template_id: String,
    name: String,
    tagline_id: String,
    tagline_en: String,
    /// Paragraphs, parted by empty lines.
    #[serde(default)]
    description_id: String,
    #[serde(default)]
    description_en: String,
    /// `paas_service`, `hosting_shared`, `vps`, …: decides the revenue account. `paas_service` where nobody says.
    #[serde(default)]
    kind: Option<String>,
    /// What makes it run; `kubernetes` where nobody says.
    #[serde(default)]
    driver: Option<String>,
    /// `multiple` or `one_per_customer_upgrade_only`; the latter where nobody says.
    #[serde(default)]
    purchase_policy: Option<String>,
    /// Whether a contract that is suspended because nobody paid gives its slot back; true where nobody says.
    #[serde(default)]
    releases_quota_on_suspension: Option<bool>,
    #[serde(default)]
    featured: bool,
    #[serde(default)]
    position: i32,
    /// Whether the shop offers it only later; true where nobody says, so that its plans can be set first.
    #[serde(default)]
    hidden: Option<bool>,
}

#[derive(Default, Deserialize, ToSchema)]
struct ProductChangeIn {
    #[serde(default)]
    category_id: Option<String>,
    /// Another version of its template; running instances keep theirs.
    #[serde(default)]
    template_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    tagline_id: Option<String>,
    #[serde(default)]
    tagline_en: Option<String>,
    #[serde(default)]
    description_id: Option<String>,
    #[serde(default)]
    description_en: Option<String>,
    /// Fixed once it was sold.
    #[serde(default)]
    kind: Option<String>,
    /// Fixed once it was sold.
    #[serde(default)]
    driver: Option<String>,
    #[serde(default)]
    purchase_policy: Option<String>,
    /// Holds from the next suspension on.
    #[serde(default)]
    releases_quota_on_suspension: Option<bool>,
    #[serde(default)]
    featured: Option<bool>,
    #[serde(default)]
    position: Option<i32>,
}

/// What the caller wants of a product.
fn understood(said: ProductChangeIn) -> ApiResult<impl FnOnce(&mut ProductFacts)> {
    let kind = named("kind", said.kind.as_deref(), ProductKind::parse)?;
    let policy = named("purchase_policy", said.purchase_policy.as_deref(), PurchasePolicy::parse)?;
    Ok(move |facts: &mut ProductFacts| {
        put(&mut facts.category_id, said.category_id.map(CategoryId::from));
        put(&mut facts.service_template_id, said.template_id.map(|id| Some(ServiceTemplateId::from(id))));
        put(&mut facts.name, said.name);
        put(&mut facts.tagline.id, said.tagline_id);
        put(&mut facts.tagline.en, said.tagline_en);
        put(&mut facts.description.id, said.description_id);
        put(&mut facts.description.en, said.description_en);
        put(&mut facts.kind, kind);
        put(&mut facts.driver, said.driver);
        put(&mut facts.purchase_policy, policy);
        put(&mut facts.releases_quota_on_suspension, said.releases_quota_on_suspension);
        put(&mut facts.is_featured, said.featured);
        put(&mut facts.position, said.position);
    })
}

/// What everything is said of.
fn blank() -> ProductFacts {
    ProductFacts {
        category_id: CategoryId::from(""),
        kind: ProductKind::PaasService,
        name: String::new(),
        tagline: Words::default(),
        description: Words::default(),
        is_featured: false,
        position: 0,
        driver: "kubernetes".to_owned(),
        service_template_id: None,
        purchase_policy: PurchasePolicy::OnePerCustomerUpgradeOnly,
        releases_quota_on_suspension: true,
    }
}

async fn make(ctx: &Ctx, new: ProductIn) -> ApiResult<String> {
    let unknown = || CommonFault::Invalid(vec![FieldFault::new("template_id", "unknown")]);
    let id = ServiceTemplateId::from(new.template_id.as_str());
    let template = template::find(&ctx.db, &id).await.map_err(CommonFault::from)?.ok_or_else(unknown)?;
    let said = ProductChangeIn {
        category_id: Some(new.category_id),
        template_id: Some(new.template_id),
        name: Some(new.name),
        tagline_id: Some(new.tagline_id),
        tagline_en: Some(new.tagline_en),
        description_id: Some(new.description_id),
        description_en: Some(new.description_en),
        kind: new.kind,
        driver: new.driver,
        purchase_policy: new.purchase_policy,
        releases_quota_on_suspension: new.releases_quota_on_suspension,
        featured: Some(new.featured),
        position: Some(new.position),
    };
    let mut facts = blank();
    understood(said)?(&mut facts);
    let visibility = visibility(new.hidden.unwrap_or(true));
    Ok(write::add_product(ctx, NewProduct { slug: template.slug, visibility, facts }).await?.id.0)
}

/// Adds a product, hidden unless `hidden` says otherwise. Its slug, that of its template, is never used again.
///
/// One whose licence asks for an agreement is not for sale before it is recorded.
#[utoipa::path(tag = "whm-operations", request_body = ProductIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = StaffServiceOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/products")]
pub async fn add_product(staff: Staff<can::ManageCatalog>, key: IdempotencyKey, body: Body) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| make(ctx, body.parse()?).await;
    let tell = async |id: &str| {
        let row = find::product(&staff.ctx.db, &ProductId::from(id)).await?;
        Answer::created(&StaffServiceOut::from(row))
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Changes a product. What is not named stays as it is; what was sold is not touched.
#[utoipa::path(tag = "whm-operations", request_body = ProductChangeIn, responses((status = 200, body = StaffServiceOut), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/products/{id}")]
pub async fn change_product(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::product(&staff.ctx.db, &id).await?;
    let apply = understood(body.parse()?)?;
    let row = write::revise_product(&staff.ctx, &id, apply).await?;
    Ok(HttpResponse::Ok().json(StaffServiceOut::from(row)))
}

/// Sells a product to nobody any more, for good. Running contracts go on and are renewed; who only waited for room in one
/// of its plans is taken off the list. Twice is once.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 404, body = Problem)))]
#[post("/api/whm/products/{id}/retire")]
pub async fn retire_product(staff: Staff<can::ManageCatalog>, id: web::Path<ProductId>) -> ApiResult<HttpResponse> {
    write::retire_product(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Serialize, ToSchema)]
struct TemplateOut {
    id: String,
    /// Of which service.
    slug: String,
    version: String,
    /// `ok`, `needs_agreement` or `check`.
    resale: String,
    /// What was agreed with the licensor.
    agreement: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<service_template::Model> for TemplateOut {
    fn from(row: service_template::Model) -> Self {
        Self {
            id: row.id.0,
            slug: row.slug,
            version: row.version,
            resale: row.resale,
            agreement: row.agreement_note,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct TemplateList {
    data: Vec<TemplateOut>,
    next_cursor: Option<String>,
}

/// Every template, services by name, the newest version of each first.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = TemplateList), (status = 403, body = Problem)))]
#[get("/api/whm/templates")]
pub async fn list_templates(staff: Staff<can::ReadCatalog>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let rows = template::all(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let page = Page::within(rows, &page.request()?, |row| row.id.as_str()).map(TemplateOut::from);
    Ok(HttpResponse::Ok().json(TemplateList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct TemplateIn {
    /// The template, TOML.
    source: String,
}

/// Stores a template, so that a product can be made of it. The same text again is the one that is there; another text
/// under a version there is is 409 `TEMPLATE_VERSION_TAKEN`.
#[utoipa::path(tag = "whm-operations", request_body = TemplateIn, responses((status = 200, body = TemplateOut), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/templates")]
pub async fn store_template(staff: Staff<can::ManageCatalog>, body: Body) -> ApiResult<HttpResponse> {
    let row = template::store(&staff.ctx, &body.parse::<TemplateIn>()?.source).await?;
    Ok(HttpResponse::Ok().json(TemplateOut::from(row)))
}

#[derive(Deserialize, ToSchema)]
struct AgreementIn {
    /// What was agreed with the licensor, 1 to 4,000 characters.
    note: String,
}

/// Records what was agreed with the licensor of a template; from then on what is made of it may be sold. Again it is
/// replaced.
#[utoipa::path(tag = "whm-operations", request_body = AgreementIn, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/templates/{id}/agreement")]
pub async fn record_agreement(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ServiceTemplateId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    template::get(&staff.ctx.db, &id).await?;
    template::record_agreement(&staff.ctx, &id, &body.parse::<AgreementIn>()?.note).await?;
    Ok(HttpResponse::NoContent().finish())
}
