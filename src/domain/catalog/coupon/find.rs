//! Reading coupons.
use crate::{
    domain::catalog::CatalogError,
    kernel::{
        fault::FieldFault,
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{coupon, plan, product},
    value::{CouponId, CouponScope, Cycle},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Names of what a coupon is for at most.
const MAX_NAMES: usize = 100;
/// Characters of unknown names that are told back.
const TOLD: usize = 60;

/// Which coupons staff want to see.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Codes that begin like this.
    pub begins_with: Option<String>,
    /// Only those that are over, or only those that are not.
    pub is_over: Option<bool>,
}

/// The coupon `id`.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &CouponId) -> Result<coupon::Model, CatalogError> {
    coupon::Entity::find_by_id(id.clone()).one(db).await?.ok_or(CatalogError::NotFound)
}

/// The coupon called `code` (see `normal_code`).
pub async fn by_code(db: &impl ConnectionTrait, code: &str) -> Result<Option<coupon::Model>, DbErr> {
    coupon::Entity::find().filter(coupon::Column::Code.eq(code)).one(db).await
}

/// Coupons, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    now: DateTime<Utc>,
    request: &PageRequest,
) -> Result<Page<coupon::Model>, DbErr> {
    let mut select = coupon::Entity::find().order_by_desc(coupon::Column::Id).limit(request.fetch());
    if let Some(start) = &filter.begins_with {
        select = select.filter(coupon::Column::Code.starts_with(start.to_ascii_uppercase()));
    }
    if let Some(is_over) = filter.is_over {
        let over = Condition::any().add(coupon::Column::EndedAt.is_not_null()).add(coupon::Column::EndsAt.lte(now));
        // NOT of an unknown is unknown: what has no end is named.
        let open = Condition::all()
            .add(coupon::Column::EndedAt.is_null())
            .add(Condition::any().add(coupon::Column::EndsAt.is_null()).add(coupon::Column::EndsAt.gt(now)));
        select = select.filter(if is_over { over } else { open });
    }
    if let Some(after) = &request.after {
        select = select.filter(coupon::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(db).await?, request, |row| row.id.as_str()))
}

/// What these names stand for: slugs of services and codes of plans, and words of cycles, each separated by commas or
/// spaces. No names stand for everything.
///
/// # Errors
/// `Invalid` with the field `scope` or `cycles` for names that are too many or that nothing has; the database.
pub async fn scope_of(db: &impl ConnectionTrait, names: &str, cycles: &str) -> Result<CouponScope, CatalogError> {
    let mut faults = Vec::new();
    let words = |field: &'static str, text: &str, faults: &mut Vec<FieldFault>| -> Vec<String> {
        let words = text.split([',', ';', ' ', '\n', '\r', '\t']).map(str::trim).filter(|word| !word.is_empty());
        let words: BTreeSet<String> = words.map(str::to_ascii_lowercase).collect();
        if words.len() > MAX_NAMES {
            faults.push(FieldFault::new(field, "too_many").with("max", MAX_NAMES));
            return Vec::new();
        }
        words.into_iter().collect()
    };
    let unknown = |field: &'static str, names: Vec<String>| {
        let told: String = names.join(", ").chars().take(TOLD).collect();
        FieldFault::new(field, "unknown_names").with("names", told)
    };
    let names = words("scope", names, &mut faults);
    let products = product::Entity::find().filter(product::Column::Slug.is_in(names.clone())).all(db).await?;
    let plans = plan::Entity::find().filter(plan::Column::Code.is_in(names.clone())).all(db).await?;
    let is_nothing =
        |name: &String| !products.iter().any(|row| row.slug == *name) && !plans.iter().any(|row| row.code == *name);
    let nothing: Vec<String> = names.into_iter().filter(is_nothing).collect();
    if !nothing.is_empty() {
        faults.push(unknown("scope", nothing));
    }
    let (known, strange): (Vec<_>, Vec<_>) =
        words("cycles", cycles, &mut faults).into_iter().partition(|word| Cycle::parse(word).is_some());
    if !strange.is_empty() {
        faults.push(unknown("cycles", strange));
    }
    if !faults.is_empty() {
        return Err(CatalogError::Invalid(faults));
    }
    Ok(CouponScope {
        products: products.into_iter().map(|row| row.id.0).collect(),
        plans: plans.into_iter().map(|row| row.id.0).collect(),
        cycles: known.iter().filter_map(|word| Cycle::parse(word)).collect(),
    })
}

/// The slugs and codes of what a coupon is for, in alphabetical order; none for everything.
pub async fn names_of(db: &impl ConnectionTrait, scope: &CouponScope) -> Result<Vec<String>, DbErr> {
    Ok(names_of_all(db, &[scope]).await?.pop().unwrap_or_default())
}

/// The same of each of `scopes`, in their order.
pub async fn names_of_all(db: &impl ConnectionTrait, scopes: &[&CouponScope]) -> Result<Vec<Vec<String>>, DbErr> {
    let products: BTreeSet<String> = scopes.iter().flat_map(|scope| scope.products.iter().cloned()).collect();
    let plans: BTreeSet<String> = scopes.iter().flat_map(|scope| scope.plans.iter().cloned()).collect();
    let products = product::Entity::find().filter(product::Column::Id.is_in(products)).all(db).await?;
    let plans = plan::Entity::find().filter(plan::Column::Id.is_in(plans)).all(db).await?;
    let slugs: HashMap<String, String> = products.into_iter().map(|row| (row.id.0, row.slug)).collect();
    let codes: HashMap<String, String> = plans.into_iter().map(|row| (row.id.0, row.code)).collect();
    let names = |scope: &&CouponScope| -> Vec<String> {
        let products = scope.products.iter().filter_map(|id| slugs.get(id));
        let plans = scope.plans.iter().filter_map(|id| codes.get(id));
        products.chain(plans).cloned().collect::<BTreeSet<String>>().into_iter().collect()
    };
    Ok(scopes.iter().map(names).collect())
}
