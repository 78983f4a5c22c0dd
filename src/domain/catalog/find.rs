//! Reading the catalog. Every function runs a constant number of statements, whatever it returns.
use super::{CatalogError, options};
use entity::{
    catalog::{category, plan, plan_feature, price, product, product_option, service_template},
    value::{CategoryId, Cycle, PlanId, ProductId, ProductKind, PurchasePolicy},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, Order, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait, Select,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr},
};
use std::collections::HashMap;

/// Products on a page of the shop at most; a catalog is small.
const MAX_PRODUCTS: u64 = 200;

/// A product as the shop shows it.
#[derive(Clone, Debug)]
pub struct Service {
    /// The product.
    pub product: product::Model,
    /// Its shelf.
    pub category: category::Model,
    /// The lowest prices by the month among plans on sale, one that holds its tax and one that does not: which of them is
    /// less to pay, only the buyer's tax tells. Of the shortest cycle where nothing is sold by the month.
    pub lowest_prices: Vec<price::Model>,
}

/// A plan with what belongs to it.
#[derive(Clone, Debug)]
pub struct PlanDetail {
    /// The plan.
    pub plan: plan::Model,
    /// Its prices, shortest cycle first (one-time before monthly).
    pub prices: Vec<price::Model>,
    /// Its rows of the comparison table.
    pub features: Vec<plan_feature::Model>,
}

impl PlanDetail {
    /// Free slots.
    pub fn available(&self) -> i64 {
        Ord::max(self.plan.quota_total - self.plan.quota_used, 0)
    }
}

/// Everything needed to sell one plan.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The plan.
    pub plan: plan::Model,
    /// Its product.
    pub product: product::Model,
    /// What new instances are made from.
    pub template: Option<service_template::Model>,
    /// Its prices, shortest cycle first.
    pub prices: Vec<price::Model>,
    /// What can be ordered with it, in its order.
    pub options: Vec<product_option::Model>,
}

impl Offer {
    /// Whether a customer may have only one live contract of the product.
    pub fn is_exclusive(&self) -> bool {
        self.product.purchase_policy == PurchasePolicy::OnePerCustomerUpgradeOnly
    }
}

/// Every shelf of the shop, in its order on the page.
pub async fn categories(db: &impl ConnectionTrait) -> Result<Vec<category::Model>, DbErr> {
    category::Entity::find()
        .filter(category::Column::IsHidden.eq(false))
        .order_by_asc(category::Column::Position)
        .order_by_asc(category::Column::Slug)
        .limit(MAX_PRODUCTS)
        .all(db)
        .await
}

/// Every product on sale.
pub async fn services(db: &impl ConnectionTrait) -> Result<Vec<Service>, DbErr> {
    with_lowest_price(db, on_sale()).await
}

/// Products on sale on the shelf called `category_slug`.
///
/// # Errors
/// `NotFound` where there is no such shelf.
pub async fn services_of(db: &impl ConnectionTrait, category_slug: &str) -> Result<Vec<Service>, CatalogError> {
    let shelf = category::Entity::find()
        .filter(category::Column::Slug.eq(category_slug))
        .filter(category::Column::IsHidden.eq(false))
        .one(db)
        .await?
        .ok_or(CatalogError::NotFound)?;
    Ok(with_lowest_price(db, on_sale().filter(product::Column::CategoryId.eq(&shelf.id))).await?)
}

/// Products on sale that the home page shows.
pub async fn featured(db: &impl ConnectionTrait) -> Result<Vec<Service>, DbErr> {
    with_lowest_price(db, on_sale().filter(product::Column::IsFeatured.eq(true))).await
}

/// Products on sale whose name, tagline or description (either language) contains every word of `query`. At most five
/// words count. An empty query finds nothing.
pub async fn search(db: &impl ConnectionTrait, query: &str) -> Result<Vec<Service>, DbErr> {
    let mut all_words = Condition::all();
    for word in query.split_whitespace().take(5) {
        all_words = all_words.add(mentions(word));
    }
    if all_words.is_empty() {
        return Ok(Vec::new());
    }
    with_lowest_price(db, on_sale().filter(all_words)).await
}

/// The product on sale called `slug`.
///
/// # Errors
/// `NotFound` where there is none, or it is hidden or not yet allowed to be sold.
pub async fn service(db: &impl ConnectionTrait, slug: &str) -> Result<Service, CatalogError> {
    let found = with_lowest_price(db, on_sale().filter(product::Column::Slug.eq(slug))).await?;
    found.into_iter().next().ok_or(CatalogError::NotFound)
}

/// The plans of a product on sale, lowest tier first, with prices and features.
pub async fn plans(db: &impl ConnectionTrait, product_id: &ProductId) -> Result<Vec<PlanDetail>, DbErr> {
    let plans = plan::Entity::find()
        .filter(plan::Column::ProductId.eq(product_id))
        .filter(plan::Column::IsHidden.eq(false))
        .order_by_asc(plan::Column::Tier)
        .limit(MAX_PRODUCTS)
        .all(db)
        .await?;
    with_details(db, plans).await
}

/// One shelf, hidden or not.
///
/// # Errors
/// `NotFound`.
pub async fn category(db: &impl ConnectionTrait, id: &CategoryId) -> Result<category::Model, CatalogError> {
    category::Entity::find_by_id(id.clone()).one(db).await?.ok_or(CatalogError::NotFound)
}

/// One product, hidden or not.
///
/// # Errors
/// `NotFound`.
pub async fn product(db: &impl ConnectionTrait, id: &ProductId) -> Result<product::Model, CatalogError> {
    product::Entity::find_by_id(id.clone()).one(db).await?.ok_or(CatalogError::NotFound)
}

/// One plan as staff see it, hidden or not.
///
/// # Errors
/// `NotFound`.
pub async fn plan(db: &impl ConnectionTrait, id: &PlanId) -> Result<(PlanDetail, product::Model), CatalogError> {
    let (plan, product) = plan::Entity::find_by_id(id.clone())
        .find_also_related(product::Entity)
        .one(db)
        .await?
        .ok_or(CatalogError::NotFound)?;
    let product = product.ok_or(CatalogError::NotFound)?;
    let detail = with_details(db, vec![plan]).await?.into_iter().next().ok_or(CatalogError::NotFound)?;
    Ok((detail, product))
}

/// What is needed to sell the plans called `codes`: those missing from the answer are unknown or not on sale.
pub async fn offers_by_code(db: &impl ConnectionTrait, codes: &[String]) -> Result<Vec<Offer>, DbErr> {
    offers(db, Condition::all().add(plan::Column::Code.is_in(codes)), Shelf::Shop).await
}

/// What is needed to sell the plans with these ids; see `offers_by_code`.
pub async fn offers_by_id(db: &impl ConnectionTrait, ids: &[PlanId]) -> Result<Vec<Offer>, DbErr> {
    offers(db, Condition::all().add(plan::Column::Id.is_in(ids.iter().cloned())), Shelf::Shop).await
}

/// What is needed to quote the plans called `codes`, hidden ones too: those missing from the answer are unknown or held
/// back by their licence.
pub async fn quotable_by_code(db: &impl ConnectionTrait, codes: &[String]) -> Result<Vec<Offer>, DbErr> {
    offers(db, Condition::all().add(plan::Column::Code.is_in(codes)), Shelf::Quotes).await
}

/// What is needed to sell the plans with these ids as they were quoted; see `quotable_by_code`.
pub async fn quotable_by_id(db: &impl ConnectionTrait, ids: &[PlanId]) -> Result<Vec<Offer>, DbErr> {
    offers(db, Condition::all().add(plan::Column::Id.is_in(ids.iter().cloned())), Shelf::Quotes).await
}

/// A price of a plan that may be quoted, with the words it is chosen by; minor units.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Quotable {
    /// Name of the product.
    pub service: String,
    /// Name of the plan.
    pub plan: String,
    /// Code of the plan.
    pub code: String,
    /// Rank of the plan among those of its product.
    pub tier: i32,
    /// For how long.
    pub cycle: Cycle,
    /// Price of a cycle.
    pub amount_minor: i64,
    /// Once at the beginning.
    pub setup_fee_minor: i64,
    /// Whether both hold the tax.
    pub tax_included: bool,
    /// Currency.
    pub currency: String,
}

/// Every price of every plan that may be quoted, hidden ones too, by product, tier and cycle; one statement. It has no
/// limit: the catalog is written by staff, its rows are narrow, and what is not listed could not be chosen.
///
/// # Errors
/// The database.
pub async fn all_quotable(db: &impl ConnectionTrait) -> Result<Vec<Quotable>, DbErr> {
    let mut all = price::Entity::find()
        .select_only()
        .columns([
            price::Column::Cycle,
            price::Column::AmountMinor,
            price::Column::SetupFeeMinor,
            price::Column::TaxIncluded,
            price::Column::Currency,
        ])
        .columns([plan::Column::Code, plan::Column::Tier])
        .column_as(plan::Column::Name, "plan")
        .column_as(product::Column::Name, "service")
        .join(JoinType::InnerJoin, price::Relation::Plan.def())
        .join(JoinType::InnerJoin, plan::Relation::Product.def())
        .join(JoinType::LeftJoin, product::Relation::ServiceTemplate.def())
        .filter(plan::Column::RetiredAt.is_null())
        .filter(may_be_sold())
        .into_model::<Quotable>()
        .all(db)
        .await?;
    // Here and not by the database: the two do not sort names alike.
    let place = |one: &Quotable| (one.tier, one.cycle.twelfths_of_days());
    all.sort_by(|a, b| (&a.service, place(a), &a.code).cmp(&(&b.service, place(b), &b.code)));
    Ok(all)
}

/// The names of product and plan, by plan, of those of these plans that may be quoted; one statement. What is missing
/// from the answer is not sold any more.
///
/// # Errors
/// The database.
pub async fn quotable_names(
    db: &impl ConnectionTrait,
    ids: &[PlanId],
) -> Result<HashMap<PlanId, (String, String)>, DbErr> {
    let rows: Vec<(PlanId, String, String)> = plan::Entity::find()
        .select_only()
        .column(plan::Column::Id)
        .column_as(product::Column::Name, "service")
        .column_as(plan::Column::Name, "plan")
        .join(JoinType::InnerJoin, plan::Relation::Product.def())
        .join(JoinType::LeftJoin, product::Relation::ServiceTemplate.def())
        .filter(plan::Column::Id.is_in(ids.iter().cloned()))
        .filter(plan::Column::RetiredAt.is_null())
        .filter(may_be_sold())
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, service, plan)| (id, (service, plan))).collect())
}

/// Where plans are sold: what is hidden is not in the shop, but staff may quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shelf {
    Shop,
    Quotes,
}

/// The ids of every plan of a product, hidden ones too.
pub async fn plan_ids_of(db: &impl ConnectionTrait, product_id: &ProductId) -> Result<Vec<PlanId>, DbErr> {
    plan::Entity::find()
        .select_only()
        .column(plan::Column::Id)
        .filter(plan::Column::ProductId.eq(product_id))
        .into_tuple()
        .all(db)
        .await
}

async fn offers(db: &impl ConnectionTrait, wanted: Condition, shelf: Shelf) -> Result<Vec<Offer>, DbErr> {
    let on_shelf = |is_shown: SimpleExpr| match shelf {
        Shelf::Shop => Condition::all().add(is_shown),
        Shelf::Quotes => Condition::all(),
    };
    let plans = plan::Entity::find()
        .filter(wanted)
        .filter(plan::Column::RetiredAt.is_null())
        .filter(on_shelf(plan::Column::IsHidden.eq(false)))
        .limit(MAX_PRODUCTS)
        .all(db)
        .await?;
    let product_ids: Vec<ProductId> = plans.iter().map(|plan| plan.product_id.clone()).collect();
    let products = product::Entity::find()
        .find_also_related(service_template::Entity)
        .filter(product::Column::Id.is_in(product_ids))
        .join(JoinType::InnerJoin, product::Relation::Category.def())
        .filter(on_shelf(product::Column::IsHidden.eq(false).and(category::Column::IsHidden.eq(false))))
        .filter(may_be_sold())
        .all(db)
        .await?;
    let mut prices = prices_of(db, plans.iter().map(|plan| plan.id.clone()).collect()).await?;
    let options = options::of_products(db, products.iter().map(|(product, _)| product.id.clone()).collect()).await?;
    Ok(plans
        .into_iter()
        .filter_map(|plan| {
            let (product, template) = products.iter().find(|(product, _)| product.id == plan.product_id)?.clone();
            let prices = prices.remove(&plan.id).unwrap_or_default();
            let options = options.get(&product.id).cloned().unwrap_or_default();
            Some(Offer { plan, product, template, prices, options })
        })
        .collect())
}

/// Products that are neither hidden, by themselves or with their shelf, nor held back by their licence, with their shelf,
/// in order of the page.
fn on_sale() -> sea_orm::SelectTwo<product::Entity, category::Entity> {
    let select: Select<product::Entity> = product::Entity::find();
    select
        .join(JoinType::LeftJoin, product::Relation::ServiceTemplate.def())
        .find_also_related(category::Entity)
        .filter(product::Column::IsHidden.eq(false))
        .filter(category::Column::IsHidden.eq(false))
        .filter(may_be_sold())
        .order_by(product::Column::Position, Order::Asc)
        .order_by(product::Column::Slug, Order::Asc)
        .limit(MAX_PRODUCTS)
}

/// What is not retired and passes the licence gate; see `template::may_be_sold`.
fn may_be_sold() -> Condition {
    let is_licensed = Condition::any()
        .add(service_template::Column::Id.is_null())
        .add(service_template::Column::Resale.eq("ok"))
        .add(service_template::Column::AgreementNote.is_not_null());
    Condition::all().add(product::Column::RetiredAt.is_null()).add(is_licensed)
}

fn mentions(word: &str) -> Condition {
    let word: String = word.chars().take(60).collect::<String>().to_lowercase();
    let pattern = format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let columns = [
        product::Column::Name,
        product::Column::TaglineId,
        product::Column::TaglineEn,
        product::Column::DescriptionId,
        product::Column::DescriptionEn,
    ];
    columns.into_iter().fold(Condition::any(), |any, column| {
        let text = Func::lower(Expr::col((product::Entity, column)));
        any.add(Expr::expr(text).like(LikeExpr::new(&pattern).escape('\\')))
    })
}

async fn with_lowest_price(
    db: &impl ConnectionTrait,
    select: sea_orm::SelectTwo<product::Entity, category::Entity>,
) -> Result<Vec<Service>, DbErr> {
    let found = select.all(db).await?;
    let product_ids: Vec<ProductId> = found.iter().map(|(product, _)| product.id.clone()).collect();
    let prices = price::Entity::find()
        .find_also_related(plan::Entity)
        .filter(plan::Column::ProductId.is_in(product_ids))
        .filter(plan::Column::IsHidden.eq(false))
        .order_by_asc(price::Column::AmountMinor)
        .all(db)
        .await?;
    let place = |price: &price::Model| (price.cycle != Cycle::Monthly, price.cycle.twelfths_of_days());
    Ok(found
        .into_iter()
        .filter_map(|(product, category)| {
            let is_of = |plan: &plan::Model| plan.product_id == product.id;
            let of_product =
                || prices.iter().filter(|(_, plan)| plan.as_ref().is_some_and(is_of)).map(|(price, _)| price);
            let cycle = of_product().min_by_key(|price| place(price)).map(|price| price.cycle);
            let lowest = |tax_included| {
                of_product().find(|price| Some(price.cycle) == cycle && price.tax_included == tax_included).cloned()
            };
            let lowest_prices = [lowest(false), lowest(true)].into_iter().flatten().collect();
            Some(Service { product, category: category?, lowest_prices })
        })
        .collect())
}

pub(super) async fn with_details(db: &impl ConnectionTrait, plans: Vec<plan::Model>) -> Result<Vec<PlanDetail>, DbErr> {
    let ids: Vec<PlanId> = plans.iter().map(|plan| plan.id.clone()).collect();
    let mut features: HashMap<PlanId, Vec<plan_feature::Model>> = HashMap::new();
    let rows = plan_feature::Entity::find()
        .filter(plan_feature::Column::PlanId.is_in(ids.clone()))
        .order_by_asc(plan_feature::Column::Position)
        .all(db)
        .await?;
    for row in rows {
        features.entry(row.plan_id.clone()).or_default().push(row);
    }
    let mut prices = prices_of(db, ids).await?;
    Ok(plans
        .into_iter()
        .map(|plan| PlanDetail {
            prices: prices.remove(&plan.id).unwrap_or_default(),
            features: features.remove(&plan.id).unwrap_or_default(),
            plan,
        })
        .collect())
}

async fn prices_of(
    db: &impl ConnectionTrait,
    plan_ids: Vec<PlanId>,
) -> Result<HashMap<PlanId, Vec<price::Model>>, DbErr> {
    let mut rows = price::Entity::find().filter(price::Column::PlanId.is_in(plan_ids)).all(db).await?;
    rows.sort_by_key(|price| price.cycle.twelfths_of_days());
    let mut by_plan: HashMap<PlanId, Vec<price::Model>> = HashMap::new();
    for row in rows {
        by_plan.entry(row.plan_id.clone()).or_default().push(row);
    }
    Ok(by_plan)
}

/// What kind of product it is.
///
/// # Errors
/// `NotFound`; the database.
pub async fn kind_of(db: &impl ConnectionTrait, id: &ProductId) -> Result<ProductKind, CatalogError> {
    let kind = product::Entity::find_by_id(id.clone()).select_only().column(product::Column::Kind).into_tuple();
    kind.one(db).await?.ok_or(CatalogError::NotFound)
}
