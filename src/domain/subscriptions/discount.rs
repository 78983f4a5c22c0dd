//! What a contract was sold with by a coupon, renewal for renewal.
//!
//! Which renewals had it is read off the cycles themselves: one that was withdrawn, or whose invoice is void, had none,
//! so that what was promised is neither lost nor given twice.
use super::SubscriptionError;
use chrono::NaiveDate;
use entity::{
    billing::invoice,
    subscriptions::{cycle, subscription},
    value::{InvoiceStatus, SubscriptionCycleStatus, SubscriptionId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait,
    RelationTrait,
    sea_query::{Expr, ExprTrait},
};
use std::collections::HashMap;

/// What a contract's next renewal has off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Code of the coupon.
    pub code: String,
    /// Off the price, net, minor units.
    pub discount_minor: i64,
    /// Renewals left that have it, this one included; none for as long as the contract lives.
    pub renewals_left: Option<i64>,
}

/// What the next renewal of a contract has off; `None` where nothing is.
///
/// # Errors
/// The database.
pub async fn next(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
) -> Result<Option<Next>, SubscriptionError> {
    let Some(sold) = &contract.discount else { return Ok(None) };
    let given = given(db, Condition::all().add(cycle::Column::SubscriptionId.eq(&contract.id))).await?;
    let given = given.get(&contract.id).copied().unwrap_or(0);
    let discount_minor = sold.of_renewal(contract.price_minor, given);
    let next = Next { code: sold.code.clone(), discount_minor, renewals_left: sold.renewals_left(given) };
    Ok(Some(next).filter(|next| next.discount_minor > 0))
}

/// What the next renewal of each of these contracts has off, net, minor units; those that have nothing off are left
/// out.
///
/// # Errors
/// The database.
pub(super) async fn next_of(
    db: &impl ConnectionTrait,
    contracts: &[subscription::Model],
) -> Result<HashMap<SubscriptionId, i64>, DbErr> {
    let sold: Vec<_> = contracts.iter().filter_map(|row| Some((row, row.discount.as_ref()?))).collect();
    if sold.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<SubscriptionId> = sold.iter().map(|(row, _)| row.id.clone()).collect();
    let given = given(db, Condition::all().add(cycle::Column::SubscriptionId.is_in(ids))).await?;
    let off = |row: &subscription::Model, sold: &entity::value::SoldDiscount| {
        sold.of_renewal(row.price_minor, given.get(&row.id).copied().unwrap_or(0))
    };
    Ok(sold.into_iter().map(|(row, sold)| (row.id.clone(), off(row, sold))).collect())
}

/// What the next renewals of all contracts that fit `wanted` have off, by currency, net, minor units.
///
/// # Errors
/// The database.
pub(super) async fn next_by_currency(
    db: &impl ConnectionTrait,
    wanted: Condition,
) -> Result<HashMap<String, i64>, DbErr> {
    let sold = || {
        let has_some = Condition::all().add(wanted.clone()).add(subscription::Column::Discount.is_not_null());
        subscription::Entity::find().filter(has_some)
    };
    let rows = sold().all(db).await?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = sold().select_only().column(subscription::Column::Id).into_query();
    let given = given(db, Condition::all().add(cycle::Column::SubscriptionId.in_subquery(ids))).await?;
    let mut by_currency: HashMap<String, i64> = HashMap::new();
    for row in &rows {
        let given = given.get(&row.id).copied().unwrap_or(0);
        let off = row.discount.as_ref().map_or(0, |sold| sold.of_renewal(row.price_minor, given));
        let sum = by_currency.entry(row.currency.clone()).or_default();
        *sum = sum.saturating_add(off);
    }
    Ok(by_currency)
}

/// How much less than the contract's price was asked for its cycles, by their first day; net, minor units.
///
/// # Errors
/// The database.
pub async fn of_cycles(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<HashMap<NaiveDate, i64>, DbErr> {
    let rows: Vec<(Option<NaiveDate>, i64)> = cycle::Entity::find()
        .select_only()
        .column(cycle::Column::PeriodStart)
        .column(cycle::Column::DiscountMinor)
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(cycle::Column::DiscountMinor.gt(0_i64))
        .filter(cycle::Column::Status.ne(SubscriptionCycleStatus::Void))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(start, off)| Some((start?, off))).collect())
}

/// Renewals that were asked for and stand, by contract.
async fn given(db: &impl ConnectionTrait, of: Condition) -> Result<HashMap<SubscriptionId, i64>, DbErr> {
    let rows: Vec<(SubscriptionId, i64)> = cycle::Entity::find()
        .select_only()
        .column(cycle::Column::SubscriptionId)
        .column_as(cycle::Column::Id.count(), "given")
        .join(JoinType::InnerJoin, cycle::Relation::Invoice.def())
        .filter(of)
        .filter(Expr::col((cycle::Entity, cycle::Column::Number)).gt(1))
        .filter(cycle::Column::Status.ne(SubscriptionCycleStatus::Void))
        .filter(invoice::Column::Status.ne(InvoiceStatus::Void))
        .group_by(cycle::Column::SubscriptionId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
