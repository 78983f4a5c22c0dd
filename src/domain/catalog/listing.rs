//! The catalog as staff see it, hidden and retired ones too, in the order of the shop. Its lists are read in pages: first the
//! ids of all, which are few and narrow since staff write them, then what belongs to those of one page. Every function runs a
//! constant number of statements.
use super::{CatalogError, PlanDetail, find::with_details};
use crate::kernel::page::{Page, PageRequest};
use entity::{
    catalog::{category, plan, product, service_template},
    value::{PlanId, ProductId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use std::collections::HashMap;

/// A product with its plans, hidden ones too, as staff see them.
#[derive(Clone, Debug)]
pub struct StaffService {
    /// The product.
    pub product: product::Model,
    /// What new instances are made from.
    pub template: Option<service_template::Model>,
    /// Its plans, lowest tier first.
    pub plans: Vec<PlanDetail>,
}

/// Every shelf, in its order on the page. It has no limit: what is not listed could not be chosen.
pub async fn categories(db: &impl ConnectionTrait) -> Result<Vec<category::Model>, DbErr> {
    category::Entity::find().order_by_asc(category::Column::Position).order_by_asc(category::Column::Slug).all(db).await
}

/// The slugs of all products; none is given twice.
pub async fn slugs(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    product::Entity::find().select_only().column(product::Column::Slug).into_tuple().all(db).await
}

/// A page of products with their plans.
pub async fn services(db: &impl ConnectionTrait, request: &PageRequest) -> Result<Page<StaffService>, DbErr> {
    let all: Vec<ProductId> = product::Entity::find()
        .select_only()
        .column(product::Column::Id)
        .order_by_asc(product::Column::Position)
        .order_by_asc(product::Column::Slug)
        .into_tuple()
        .all(db)
        .await?;
    let page = Page::within(all, request, ProductId::as_str);
    let found = with_plans(db, &page.rows).await?;
    let mut by_id: HashMap<ProductId, StaffService> =
        found.into_iter().map(|service| (service.product.id.clone(), service)).collect();
    let rows = page.rows.iter().filter_map(|id| by_id.remove(id)).collect();
    Ok(Page { rows, next_cursor: page.next_cursor })
}

/// One product with its plans.
///
/// # Errors
/// `NotFound`.
pub async fn service(db: &impl ConnectionTrait, id: &ProductId) -> Result<StaffService, CatalogError> {
    with_plans(db, std::slice::from_ref(id)).await?.pop().ok_or(CatalogError::NotFound)
}

async fn with_plans(db: &impl ConnectionTrait, ids: &[ProductId]) -> Result<Vec<StaffService>, DbErr> {
    let products = product::Entity::find()
        .find_also_related(service_template::Entity)
        .filter(product::Column::Id.is_in(ids.iter().cloned()))
        .all(db)
        .await?;
    let plans = plan::Entity::find()
        .filter(plan::Column::ProductId.is_in(ids.iter().cloned()))
        .order_by_asc(plan::Column::Tier)
        .order_by_asc(plan::Column::Id)
        .all(db)
        .await?;
    let mut by_product: HashMap<ProductId, Vec<PlanDetail>> = HashMap::new();
    for detail in with_details(db, plans).await? {
        by_product.entry(detail.plan.product_id.clone()).or_default().push(detail);
    }
    let service = |(product, template): (product::Model, _)| {
        let plans = by_product.remove(&product.id).unwrap_or_default();
        StaffService { product, template, plans }
    };
    Ok(products.into_iter().map(service).collect())
}

/// A page of plans with their products, product by product, lowest tier first.
pub async fn plans(
    db: &impl ConnectionTrait,
    request: &PageRequest,
) -> Result<Page<(PlanDetail, product::Model)>, DbErr> {
    let all: Vec<PlanId> = plan::Entity::find()
        .select_only()
        .column(plan::Column::Id)
        .join(JoinType::InnerJoin, plan::Relation::Product.def())
        .order_by_asc(product::Column::Position)
        .order_by_asc(product::Column::Slug)
        .order_by_asc(plan::Column::Tier)
        .order_by_asc(plan::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let page = Page::within(all, request, PlanId::as_str);
    let rows = plan::Entity::find().filter(plan::Column::Id.is_in(page.rows.iter().cloned())).all(db).await?;
    let product_ids: Vec<ProductId> = rows.iter().map(|plan| plan.product_id.clone()).collect();
    let products = product::Entity::find().filter(product::Column::Id.is_in(product_ids)).all(db).await?;
    let mut details: HashMap<PlanId, PlanDetail> =
        with_details(db, rows).await?.into_iter().map(|detail| (detail.plan.id.clone(), detail)).collect();
    let rows = page.rows.iter().filter_map(|id| {
        let detail = details.remove(id)?;
        let product = products.iter().find(|product| product.id == detail.plan.product_id)?.clone();
        Some((detail, product))
    });
    Ok(Page { rows: rows.collect(), next_cursor: page.next_cursor })
}
