//! Options that can be ordered with a product (ADR 0122): what is offered with a price of a plan.
use super::CatalogError;
use entity::{
    catalog::{price, product_option},
    value::{OptionKind, OptionPrice, OptionValue, ProductId, ProductOptionId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Options that can be ordered with a product at most.
pub const MAX_OPTIONS: u64 = 20;
/// Options of a product that are read at most, retired ones too.
const MOST_READ: u64 = 500;

/// What a value costs where it is sold with `price`: for the same cycle, in the same currency, and written alike, because
/// an amount with tax and one without do not add up. Nothing where it is not offered so. Pure.
pub fn price_with<'a>(value: &'a OptionValue, price: &price::Model) -> Option<&'a OptionPrice> {
    let fits = |row: &&OptionPrice| {
        (row.cycle, row.tax_included, &row.currency) == (price.cycle, price.tax_included, &price.currency)
    };
    value.prices.iter().find(fits).filter(|_| !value.is_retired)
}

/// The values of an option that can be ordered with `price`, with what each costs for a cycle (minor units); none where
/// the option is not offered so. Pure.
pub fn offered_with<'a>(option: &'a product_option::Model, price: &price::Model) -> Vec<(&'a OptionValue, i64)> {
    if option.retired_at.is_some() {
        return Vec::new();
    }
    let priced = |value: &'a OptionValue| Some((value, price_with(value, price)?.amount_minor));
    option.offered.0.iter().filter_map(priced).collect()
}

/// How many units of an option can be ordered. Pure.
pub fn units(option: &product_option::Model) -> std::ops::RangeInclusive<i64> {
    match option.kind {
        OptionKind::Quantity => option.minimum..=option.maximum,
        OptionKind::Choice | OptionKind::Switch => 1..=1,
    }
}

/// The options that can be ordered with each of these products, in their order; one statement.
///
/// # Errors
/// The database.
pub async fn of_products(
    db: &impl ConnectionTrait,
    ids: Vec<ProductId>,
) -> Result<HashMap<ProductId, Vec<product_option::Model>>, DbErr> {
    let rows = product_option::Entity::find()
        .filter(product_option::Column::ProductId.is_in(ids))
        .filter(product_option::Column::RetiredAt.is_null())
        .order_by_asc(product_option::Column::Position)
        .order_by_asc(product_option::Column::Id)
        .all(db)
        .await?;
    let mut by_product: HashMap<ProductId, Vec<product_option::Model>> = HashMap::new();
    for row in rows {
        by_product.entry(row.product_id.clone()).or_default().push(row);
    }
    Ok(by_product)
}

/// The options that can be ordered with a product, in their order.
///
/// # Errors
/// The database.
pub async fn of_product(db: &impl ConnectionTrait, id: &ProductId) -> Result<Vec<product_option::Model>, DbErr> {
    Ok(of_products(db, vec![id.clone()]).await?.remove(id).unwrap_or_default())
}

/// Every option of a product, retired ones too, in their order.
///
/// # Errors
/// The database.
pub async fn all_of(db: &impl ConnectionTrait, id: &ProductId) -> Result<Vec<product_option::Model>, DbErr> {
    product_option::Entity::find()
        .filter(product_option::Column::ProductId.eq(id))
        .order_by_asc(product_option::Column::Position)
        .order_by_asc(product_option::Column::Id)
        .limit(MOST_READ)
        .all(db)
        .await
}

/// One option, retired or not.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &ProductOptionId) -> Result<product_option::Model, CatalogError> {
    product_option::Entity::find_by_id(id.clone()).one(db).await?.ok_or(CatalogError::NotFound)
}
