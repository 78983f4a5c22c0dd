//! Plans with their products, which almost every page names, kept in memory until the catalog changes.
use crate::{
    domain::Services,
    kernel::memo::{Family, Memo},
};
use entity::{
    catalog::{plan, product},
    value::PlanId,
};
use sea_orm::{DbErr, EntityTrait};
use std::{collections::HashMap, sync::Arc};

/// Every plan with its product.
pub type Plans = HashMap<PlanId, (plan::Model, product::Model)>;

/// The catalog of late.
pub struct KnownPlans(Memo<(), Arc<Plans>>);

impl Default for KnownPlans {
    fn default() -> Self {
        Self(Memo::new(&[Family::Catalog], 1))
    }
}

/// Every plan with its product, also what is no longer sold; mostly from memory. One of `wanted` that is not known, because
/// another node has just made it, is looked for in the database.
///
/// # Errors
/// The database.
pub async fn known_plans(services: &Services, wanted: &[&PlanId]) -> Result<Arc<Plans>, DbErr> {
    let read = async { self::read(services).await.map(Some) };
    let known = services.kept.plans.0.get(&services.live, &(), read).await?.unwrap_or_default();
    if wanted.iter().all(|id| known.contains_key(*id)) {
        return Ok(known);
    }
    self::read(services).await
}

async fn read(services: &Services) -> Result<Arc<Plans>, DbErr> {
    let rows = plan::Entity::find().find_also_related(product::Entity).all(&services.db).await?;
    let plans = rows.into_iter().filter_map(|(plan, product)| Some((plan.id.clone(), (plan, product?))));
    Ok(Arc::new(plans.collect()))
}
