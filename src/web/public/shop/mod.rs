//! Home, catalog, the page of a service, its waiting list.
pub mod options;
pub mod view;

use super::query_value;
use crate::{
    domain::{
        billing::{BuyerTax, TaxTable},
        catalog::{find, options as catalog_options, waitlist},
        customers, settings,
    },
    kernel::fault::CommonFault,
    web::{WebError, flash, forms::SafeForm, hx::Hx, principal::Visitor, respond, tone::Tone},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::value::{Cycle, business_day};
use serde::Deserialize;
use view::{CatalogPage, HomePage, ListFragment, ServicePage};

/// The addresses of the shop.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/catalog", web::get().to(catalog))
        .route("/catalog/{slug}", web::get().to(service))
        .route("/plans/{slug}", web::get().to(service))
        .route("/catalog/{slug}/waitlist", web::post().to(wait));
}

/// How the prices of a page are taxed: for the account that is signed in, else for a visitor at home.
///
/// # Errors
/// The database.
pub async fn tax_of(visitor: &Visitor) -> Result<BuyerTax, WebError> {
    let ctx = &visitor.ctx;
    let today = business_day(ctx.now());
    let table = TaxTable::load(&ctx.db).await.map_err(CommonFault::from)?;
    Ok(match &visitor.customer_id {
        Some(id) => table.for_customer(&customers::get(&ctx.db, id).await?, today),
        None => table.for_visitor(today),
    })
}

async fn home(visitor: Visitor) -> Result<HttpResponse, WebError> {
    let tax = tax_of(&visitor).await?;
    let featured = find::featured(&visitor.ctx.db).await.map_err(CommonFault::from)?;
    let company = settings::current(&visitor.ctx).await.map_err(CommonFault::from)?.company.clone();
    respond::page(&HomePage::build(visitor.frame(), &featured, &tax, &company)?)
}

/// What the list of services is narrowed to.
#[derive(Debug, Default, Deserialize)]
pub struct CatalogQuery {
    q: Option<String>,
    category: Option<String>,
}

async fn catalog(visitor: Visitor, query: Query<CatalogQuery>, hx: Hx) -> Result<HttpResponse, WebError> {
    let db = &visitor.ctx.db;
    let wanted = query.q.as_deref().unwrap_or_default().trim().to_owned();
    let shelf = query.category.as_deref().filter(|slug| !slug.is_empty());
    let mut found = match (wanted.is_empty(), shelf) {
        (true, Some(slug)) => find::services_of(db, slug).await?,
        (true, None) => find::services(db).await.map_err(CommonFault::from)?,
        (false, _) => find::search(db, &wanted).await.map_err(CommonFault::from)?,
    };
    found.retain(|service| shelf.is_none_or(|slug| service.category.slug == slug));
    let categories = find::categories(db).await.map_err(CommonFault::from)?;
    let list = ListFragment::build(visitor.frame(), &found, &tax_of(&visitor).await?, &wanted)?;
    if hx.0 { respond::page(&list) } else { respond::page(&CatalogPage::build(list, &categories, shelf, wanted)) }
}

/// For how long prices are shown.
#[derive(Debug, Default, Deserialize)]
pub struct CycleQuery {
    cycle: Option<String>,
}

async fn service(visitor: Visitor, slug: Path<String>, query: Query<CycleQuery>) -> Result<HttpResponse, WebError> {
    let db = &visitor.ctx.db;
    let service = find::service(db, &slug).await?;
    let plans = find::plans(db, &service.product.id).await.map_err(CommonFault::from)?;
    let cycle = query.cycle.as_deref().and_then(Cycle::parse);
    let options = catalog_options::of_product(db, &service.product.id).await.map_err(CommonFault::from)?;
    let tax = tax_of(&visitor).await?;
    respond::page(&ServicePage::build(visitor.frame(), &service, (&plans, &options), &tax, cycle)?)
}

#[derive(Debug, Deserialize)]
struct WaitForm {
    plan: String,
}

async fn wait(
    visitor: Visitor,
    slug: Path<String>,
    SafeForm(form): SafeForm<WaitForm>,
) -> Result<HttpResponse, WebError> {
    let back = format!("/catalog/{slug}");
    let Some(customer_id) = &visitor.customer_id else {
        let sign_in = format!("/login?next={}", query_value(&back));
        return Ok(flash::see_other(&sign_in, Tone::Info, "shop-wait-sign-in"));
    };
    waitlist::join(&visitor.ctx, customer_id, &form.plan).await?;
    Ok(flash::see_other(&back, Tone::Good, "shop-wait-joined"))
}
