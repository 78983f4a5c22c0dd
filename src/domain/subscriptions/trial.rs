//! Trials: a contract may begin with days that cost nothing. A customer has one of each product, ever (unique). Its
//! first paid cycle is asked for before it ends and is never taken from the wallet by itself; paid, the contract counts
//! as sold (`activated_at`); not paid, it is suspended when the trial is over.
use super::SubscriptionError;
use crate::{domain::Ctx, kernel::db::WriteTx};
use chrono::{Days, NaiveDate};
use entity::{
    subscriptions::{subscription, trial},
    value::{CustomerId, Period, ProductId, SubscriptionId, SubscriptionStatus, business_day},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use std::collections::HashSet;

/// Which of these products a customer cannot try any more: he has tried them, or has paid for them before.
///
/// # Errors
/// The database.
pub async fn used(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    products: &[ProductId],
) -> Result<HashSet<ProductId>, DbErr> {
    let ids = || products.iter().map(|id| id.0.clone());
    let tried: Vec<ProductId> = trial::Entity::find()
        .select_only()
        .column(trial::Column::ProductId)
        .filter(trial::Column::CustomerId.eq(customer_id))
        .filter(trial::Column::ProductId.is_in(ids()))
        .into_tuple()
        .all(db)
        .await?;
    let bought: Vec<ProductId> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::ProductId)
        .filter(subscription::Column::CustomerId.eq(customer_id))
        .filter(subscription::Column::ProductId.is_in(ids()))
        .filter(subscription::Column::ActivatedAt.is_not_null())
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(tried.into_iter().chain(bought).collect())
}

/// Notes that `contract`, opened in `tx`, begins with `days` that cost nothing. Whether it may: of two orders at the same
/// time the unique index lets one through.
///
/// # Errors
/// The database.
pub async fn open(ctx: &Ctx, tx: &WriteTx, contract: &subscription::Model, days: i32) -> Result<bool, DbErr> {
    let row = trial::Model {
        subscription_id: contract.id.clone(),
        customer_id: contract.customer_id.clone(),
        product_id: contract.product_id.clone(),
        days,
        ends_on: None,
        created_at: ctx.now(),
    };
    let once = OnConflict::columns([trial::Column::CustomerId, trial::Column::ProductId]).do_nothing().to_owned();
    let opened =
        trial::Entity::insert(row.into_active_model().reset_all()).on_conflict(once).exec_without_returning(tx).await?;
    Ok(opened == 1)
}

/// The days of the trial that a contract begins with on `start`, noted; `None` where it has none.
pub(super) async fn begin(tx: &WriteTx, id: &SubscriptionId, start: NaiveDate) -> Result<Option<Period>, DbErr> {
    let Some(row) = trial::Entity::find_by_id(id.clone()).one(tx).await? else { return Ok(None) };
    let end = start.checked_add_days(Days::new(u64::try_from(row.days).unwrap_or_default())).unwrap_or(start);
    trial::Entity::update_many()
        .col_expr(trial::Column::EndsOn, Expr::value(Some(end)))
        .filter(trial::Column::SubscriptionId.eq(id))
        .exec(tx)
        .await?;
    Ok(Some(Period { start, end }))
}

/// A trial that came to nothing through no fault of the customer's may be had again.
pub(super) async fn forget(tx: &WriteTx, id: &SubscriptionId) -> Result<(), DbErr> {
    trial::Entity::delete_many().filter(trial::Column::SubscriptionId.eq(id)).exec(tx).await?;
    Ok(())
}

/// The state of a contract that nothing holds any more and that is to go on: `trialing` while its trial lasts and is not
/// paid for, `active` otherwise.
///
/// # Errors
/// The database.
pub(super) async fn state_of(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
) -> Result<SubscriptionStatus, SubscriptionError> {
    if contract.activated_at.is_some() {
        return Ok(SubscriptionStatus::Active);
    }
    let row = trial::Entity::find_by_id(contract.id.clone()).one(tx).await?;
    let lasts = row.and_then(|row| row.ends_on).is_some_and(|end| end > business_day(ctx.now()));
    Ok(if lasts { SubscriptionStatus::Trialing } else { SubscriptionStatus::Active })
}

/// Whether a contract runs without having been paid for: it is in its trial, or was not paid after it.
pub fn is_unpaid(contract: &subscription::Model) -> bool {
    contract.activated_at.is_none() && contract.period_start.is_some()
}
