//! Those who wait for a slot of a full plan. Contracts that are paid go first; the others are told when there is room,
//! one person per free slot.
use super::{CatalogError, events::WaitlistOffered};
use crate::{domain::Ctx, kernel::db::WriteTx};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{plan, waitlist_entry},
    value::{CustomerId, PlanId, SubscriptionId, WaitlistEntryId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

/// Priority of a contract that is paid and has no slot.
const PAID: i32 = 100;
/// Priority of somebody who would like to buy.
const INTERESTED: i32 = 0;
/// Entries looked at in one go.
const BATCH: u64 = 200;

/// Puts a paid contract that found its plan full at the head of the queue. Whether it is new there; calling twice
/// queues it once.
pub async fn join_paid(
    ctx: &Ctx,
    tx: &WriteTx,
    plan_id: &PlanId,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
) -> Result<bool, DbErr> {
    let entry = entry(ctx, plan_id, customer_id, Some(subscription_id.to_string()), PAID);
    let inserted = waitlist_entry::Entity::insert(entry)
        .on_conflict(OnConflict::column(waitlist_entry::Column::SubscriptionId).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Queues a customer who wants to be told when the plan called `plan_code` has room. Asking again while queued changes
/// nothing.
///
/// # Errors
/// `NotFound` where there is no such plan on sale.
pub async fn join(ctx: &Ctx, customer_id: &CustomerId, plan_code: &str) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let plan = plan::Entity::find()
        .filter(plan::Column::Code.eq(plan_code))
        .filter(plan::Column::IsHidden.eq(false))
        .one(&tx)
        .await?
        .ok_or(CatalogError::NotFound)?;
    let queued = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::CustomerId.eq(customer_id))
        .filter(waitlist_entry::Column::PlanId.eq(&plan.id))
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .one(&tx)
        .await?;
    if queued.is_none() {
        let entry = entry(ctx, &plan.id, customer_id, None, INTERESTED);
        waitlist_entry::Entity::insert(entry).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn entry(
    ctx: &Ctx,
    plan_id: &PlanId,
    customer_id: &CustomerId,
    subscription_id: Option<String>,
    priority: i32,
) -> waitlist_entry::ActiveModel {
    waitlist_entry::ActiveModel {
        id: Set(WaitlistEntryId::generate()),
        plan_id: Set(plan_id.clone()),
        customer_id: Set(customer_id.clone()),
        subscription_id: Set(subscription_id),
        priority: Set(priority),
        notified_at: Set(None),
        created_at: Set(ctx.now()),
    }
}

/// The paid contracts that wait for a plan, first come first.
pub async fn paid_waiting(db: &impl ConnectionTrait, plan_id: &PlanId) -> Result<Vec<SubscriptionId>, DbErr> {
    let entries = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::PlanId.eq(plan_id))
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .filter(waitlist_entry::Column::SubscriptionId.is_not_null())
        .order_by_desc(waitlist_entry::Column::Priority)
        .order_by_asc(waitlist_entry::Column::CreatedAt)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(BATCH)
        .all(db)
        .await?;
    Ok(entries.into_iter().filter_map(|entry| entry.subscription_id).map(SubscriptionId).collect())
}

/// Paid contracts that have waited since before `before`, whatever the plan: their money goes back.
pub async fn paid_waiting_since(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<Vec<SubscriptionId>, DbErr> {
    let entries = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::SubscriptionId.is_not_null())
        .filter(waitlist_entry::Column::CreatedAt.lte(before))
        .order_by_asc(waitlist_entry::Column::CreatedAt)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(BATCH)
        .all(db)
        .await?;
    Ok(entries.into_iter().filter_map(|entry| entry.subscription_id).map(SubscriptionId).collect())
}

/// Offers the free slots of a plan to as many waiting people, first come first: each is marked as told and
/// `waitlist.offered` is published. Paid contracts are not among them, see `paid_waiting`. Each is told once per time
/// in the queue. Returns how many.
pub async fn offer_room(ctx: &Ctx, plan_id: &PlanId) -> Result<u64, DbErr> {
    let tx = ctx.begin().await?;
    let Some(plan) = plan::Entity::find_by_id(plan_id.clone()).one(&tx).await? else { return Ok(0) };
    let free = u64::try_from(plan.quota_total - plan.quota_used).unwrap_or(0);
    let next = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::PlanId.eq(plan_id))
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .order_by_desc(waitlist_entry::Column::Priority)
        .order_by_asc(waitlist_entry::Column::CreatedAt)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(Ord::min(free, BATCH))
        .all(&tx)
        .await?;
    let mut told = 0;
    for entry in next {
        let changed = waitlist_entry::Entity::update_many()
            .col_expr(waitlist_entry::Column::NotifiedAt, Expr::value(Some(ctx.now())))
            .filter(waitlist_entry::Column::Id.eq(&entry.id))
            .filter(waitlist_entry::Column::NotifiedAt.is_null())
            .exec(&tx)
            .await?;
        if changed.rows_affected == 1 {
            let (entry_id, customer_id, plan_id) = (entry.id, entry.customer_id, entry.plan_id);
            ctx.publish(&tx, &WaitlistOffered { entry_id, customer_id, plan_id }).await?;
            told += 1;
        }
    }
    tx.commit().await?;
    Ok(told)
}

/// Takes a contract out of the queue: it has its slot, or it ended.
pub async fn leave(tx: &WriteTx, subscription_id: &SubscriptionId) -> Result<bool, DbErr> {
    let gone = waitlist_entry::Entity::delete_many()
        .filter(waitlist_entry::Column::SubscriptionId.eq(subscription_id.as_str()))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected == 1)
}

/// Takes a customer out of every queue in which he only waits to be told: he buys nothing more.
///
/// # Errors
/// The database.
pub async fn leave_all(tx: &WriteTx, customer_id: &CustomerId) -> Result<(), DbErr> {
    waitlist_entry::Entity::delete_many()
        .filter(waitlist_entry::Column::CustomerId.eq(customer_id))
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether anybody waits for a slot of the plan.
pub(super) async fn somebody_waits(tx: &WriteTx, plan_id: &PlanId) -> Result<bool, DbErr> {
    let first = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::PlanId.eq(plan_id))
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .one(tx)
        .await?;
    Ok(first.is_some())
}
