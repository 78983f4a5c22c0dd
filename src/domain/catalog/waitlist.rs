//! Those who wait for a slot of a full plan. Contracts that are paid go first, who paid first before all: those that never
//! ran and those that gave their slot back while they were suspended stand in one queue. The others are told when there
//! is room, one person per free slot.
use super::{CatalogError, events::WaitlistOffered, find, quota};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    catalog::{plan, product, waitlist_entry},
    subscriptions::hold,
    value::{CustomerId, HoldReason, PlanId, SubscriptionId, WaitlistEntryId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, ExprTrait, OnConflict, SelectStatement, SimpleExpr},
};

/// Priority of a contract that is paid and has no slot.
const PAID: i32 = 100;
/// Priority of somebody who would like to buy.
const INTERESTED: i32 = 0;
/// Entries looked at in one go.
const BATCH: u64 = 200;
/// Days a paid contract waits for a slot before its money goes back (DECISIONS 12).
pub const WAITING_DAYS: i64 = 7;
/// Holds that say that what was paid is not ours, or not yet: as long as one is open a contract that waits is passed over,
/// in its place. Every other hold keeps its turn, as it would keep its slot.
pub const UNPAID: [HoldReason; 2] = [HoldReason::Chargeback, HoldReason::NonPayment];

/// When the wait of a paid contract ends at the latest.
pub fn ends_at(entry: &waitlist_entry::Model) -> DateTime<Utc> {
    entry.created_at + Duration::days(WAITING_DAYS)
}

/// A contract that is paid and found its plan full.
#[derive(Clone, Copy, Debug)]
pub struct Paid<'a> {
    /// Which.
    pub subscription_id: &'a SubscriptionId,
    /// Whose.
    pub customer_id: &'a CustomerId,
    /// For which plan.
    pub plan_id: &'a PlanId,
    /// From which cycle on it is paid and was not delivered.
    pub cycle_number: i32,
    /// When the money came.
    pub paid_at: DateTime<Utc>,
}

/// Puts a paid contract that found its plan full into the queue, behind those that paid before. Whether it is new there;
/// calling twice queues it once.
pub async fn join_paid(ctx: &Ctx, tx: &WriteTx, paid: Paid<'_>) -> Result<bool, DbErr> {
    let entry = waitlist_entry::ActiveModel {
        cycle_number: Set(Some(paid.cycle_number)),
        paid_at: Set(Some(paid.paid_at)),
        ..entry(ctx, paid.plan_id, paid.customer_id, Some(paid.subscription_id.to_string()), PAID)
    };
    let inserted = waitlist_entry::Entity::insert(entry)
        .on_conflict(OnConflict::column(waitlist_entry::Column::SubscriptionId).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted > 0 {
        // What is free was left to those ahead of it: whoever of them goes away leaves it to this one.
        quota::tell_of_room_in(ctx, tx, plan::Column::Id.eq(paid.plan_id)).await?;
    }
    Ok(inserted > 0)
}

/// Queues a customer who wants to be told when the plan called `plan_code` has room. Asking again while queued changes
/// nothing. His place in the queue.
///
/// # Errors
/// `NotFound` where there is no such plan on sale.
pub async fn join(ctx: &Ctx, customer_id: &CustomerId, plan_code: &str) -> Result<WaitlistEntryId, CatalogError> {
    let tx = ctx.begin().await?;
    let offers = find::offers_by_code(&tx, &[plan_code.to_owned()]).await?;
    let plan = offers.into_iter().next().ok_or(CatalogError::NotFound)?.plan;
    // Kept from others: of two clicks at once the second finds the place of the first, and who retires it finds both.
    let plan = plan::Entity::find_by_id(plan.id).lock_exclusive().one(&tx).await?.ok_or(CatalogError::NotFound)?;
    if plan.retired_at.is_some() {
        return Err(CatalogError::NotFound);
    }
    let queued = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::CustomerId.eq(customer_id))
        .filter(waitlist_entry::Column::PlanId.eq(&plan.id))
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .one(&tx)
        .await?;
    if let Some(queued) = queued {
        return Ok(queued.id);
    }
    let id = WaitlistEntryId::generate();
    let entry =
        waitlist_entry::ActiveModel { id: Set(id.clone()), ..entry(ctx, &plan.id, customer_id, None, INTERESTED) };
    waitlist_entry::Entity::insert(entry).exec_without_returning(&tx).await?;
    record(ctx, &tx, "catalog.waitlist.join", &plan.id, customer_id).await?;
    if plan.quota_used < plan.quota_total {
        // A slot fell free since he looked: nobody else would tell him.
        quota::tell_of_room(ctx, &tx, &plan.id).await?;
    }
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes a customer out of the queue in which he only waits to be told. What is paid waits on: it is cancelled as a
/// contract.
///
/// # Errors
/// `NotFound`, also for somebody else's place and that of a paid contract.
pub async fn give_up(ctx: &Ctx, customer_id: &CustomerId, id: &WaitlistEntryId) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let own = Condition::all()
        .add(waitlist_entry::Column::Id.eq(id))
        .add(waitlist_entry::Column::CustomerId.eq(customer_id))
        .add(waitlist_entry::Column::SubscriptionId.is_null());
    let entry = waitlist_entry::Entity::find().filter(own.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    if waitlist_entry::Entity::delete_many().filter(own).exec(&tx).await?.rows_affected == 0 {
        return Err(CatalogError::NotFound);
    }
    record(ctx, &tx, "catalog.waitlist.leave", &entry.plan_id, customer_id).await?;
    tx.commit().await?;
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    plan_id: &PlanId,
    customer_id: &CustomerId,
) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "plan",
        target_id: plan_id.as_str(),
        customer_id: Some(customer_id),
        ..Change::default()
    };
    ctx.audit(tx, change).await
}

/// One customer's place in a queue, with what it waits for.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn get_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &WaitlistEntryId,
) -> Result<(waitlist_entry::Model, plan::Model, product::Model), CatalogError> {
    let found = waitlist_entry::Entity::find_by_id(id.clone())
        .filter(waitlist_entry::Column::CustomerId.eq(customer_id))
        .find_also_related(plan::Entity)
        .one(db)
        .await?;
    let (row, plan) = found.ok_or(CatalogError::NotFound)?;
    let plan = plan.ok_or(CatalogError::NotFound)?;
    let product = find::product(db, &plan.product_id).await?;
    Ok((row, plan, product))
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
        cycle_number: Set(None),
        paid_at: Set(None),
        priority: Set(priority),
        notified_at: Set(None),
        created_at: Set(ctx.now()),
    }
}

/// The paid contracts that wait for a plan, but those whose money was taken back.
fn paid_for(plan_id: &PlanId) -> Select<waitlist_entry::Entity> {
    let own = Expr::col((hold::Entity, hold::Column::SubscriptionId))
        .equals((waitlist_entry::Entity, waitlist_entry::Column::SubscriptionId));
    let unpaid = hold::Entity::find()
        .select_only()
        .column(hold::Column::Id)
        .filter(own)
        .filter(hold::Column::Reason.is_in(UNPAID))
        .filter(hold::Column::OpenKey.is_not_null());
    waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::PlanId.eq(plan_id))
        .filter(waitlist_entry::Column::SubscriptionId.is_not_null())
        .filter(Expr::exists(unpaid.into_query()).not())
}

/// How many paid contracts wait for a plan, to be asked in another statement.
pub(super) fn count_paid(plan_id: &PlanId) -> SelectStatement {
    paid_for(plan_id).select_only().column_as(waitlist_entry::Column::Id.count(), "n").into_query()
}

/// How many of the paid contracts that wait for a plan go before this one; all of them where it is not in the queue.
pub(super) async fn ahead_of(
    db: &impl ConnectionTrait,
    plan_id: &PlanId,
    subscription_id: &SubscriptionId,
) -> Result<i64, DbErr> {
    let mut ahead = paid_for(plan_id);
    if let Some(own) = of_contract(db, subscription_id).await? {
        let paid_at = own.paid_at.unwrap_or(own.created_at);
        let same = waitlist_entry::Column::PaidAt.eq(paid_at).and(waitlist_entry::Column::Id.lt(own.id.as_str()));
        ahead = ahead.filter(waitlist_entry::Column::PaidAt.lt(paid_at).or(same));
    }
    Ok(i64::try_from(ahead.count(db).await?).unwrap_or(i64::MAX))
}

/// The place of a paid contract that waits.
///
/// # Errors
/// The database.
pub async fn of_contract(
    db: &impl ConnectionTrait,
    id: &SubscriptionId,
) -> Result<Option<waitlist_entry::Model>, DbErr> {
    waitlist_entry::Entity::find().filter(waitlist_entry::Column::SubscriptionId.eq(id.as_str())).one(db).await
}

/// The paid contracts that wait for a plan, who paid first first; the first of them.
pub async fn paid_waiting(db: &impl ConnectionTrait, plan_id: &PlanId) -> Result<Vec<SubscriptionId>, DbErr> {
    let entries = paid_for(plan_id)
        .order_by_asc(waitlist_entry::Column::PaidAt)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(BATCH)
        .all(db)
        .await?;
    Ok(entries.into_iter().filter_map(|entry| entry.subscription_id).map(SubscriptionId).collect())
}

/// Places of paid contracts that have waited since before `before`, whatever the plan, those after the place `last`, who
/// joined first first; the next few.
///
/// # Errors
/// The database.
pub async fn paid_waiting_since(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    last: Option<&WaitlistEntryId>,
) -> Result<Vec<waitlist_entry::Model>, DbErr> {
    let mut select = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::SubscriptionId.is_not_null())
        .filter(waitlist_entry::Column::CreatedAt.lte(before))
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(BATCH);
    if let Some(last) = last {
        select = select.filter(waitlist_entry::Column::Id.gt(last.as_str()));
    }
    select.all(db).await
}

/// Offers the free slots of a plan to as many waiting people, first come first: each is marked as told and
/// `waitlist.offered` is published. Paid contracts are not among them, see `paid_waiting`. Each is told once per time
/// in the queue. Returns how many.
pub async fn offer_room(ctx: &Ctx, plan_id: &PlanId) -> Result<u64, DbErr> {
    let tx = ctx.begin().await?;
    // Nobody is called to a shelf that is empty; it is offered once it is shown again.
    let offer = find::offers_by_id(&tx, std::slice::from_ref(plan_id)).await?.into_iter().next();
    let Some(plan) = offer.map(|offer| offer.plan) else { return Ok(0) };
    let paid = i64::try_from(paid_for(plan_id).count(&tx).await?).unwrap_or(i64::MAX);
    let free = u64::try_from(plan.quota_total - plan.quota_used - paid).unwrap_or(0);
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

/// A contract waits for a slot of another plan now, at the place it had.
pub(super) async fn move_to(tx: &WriteTx, subscription_id: &SubscriptionId, plan_id: &PlanId) -> Result<(), DbErr> {
    waitlist_entry::Entity::update_many()
        .col_expr(waitlist_entry::Column::PlanId, Expr::value(plan_id))
        .filter(waitlist_entry::Column::SubscriptionId.eq(subscription_id.as_str()))
        .exec(tx)
        .await
        .map(drop)
}

/// Takes a contract that ended out of the queue: what was kept for it is for the next.
pub async fn drop_out(ctx: &Ctx, tx: &WriteTx, subscription_id: &SubscriptionId) -> Result<(), DbErr> {
    let Some(own) = of_contract(tx, subscription_id).await? else { return Ok(()) };
    leave(tx, subscription_id).await?;
    quota::tell_of_room_in(ctx, tx, plan::Column::Id.eq(&own.plan_id)).await
}

/// A contract that may wait is passed over from now on, or stands in the queue again: it is looked at anew, since what was
/// kept for it may be for the next, or what is free for it. Twice changes nothing.
///
/// # Errors
/// The database.
pub async fn turn_changed(ctx: &Ctx, tx: &WriteTx, subscription_id: &SubscriptionId) -> Result<(), DbErr> {
    let Some(own) = of_contract(tx, subscription_id).await? else { return Ok(()) };
    quota::tell_of_room_in(ctx, tx, plan::Column::Id.eq(&own.plan_id)).await
}

/// Takes a contract out of the queue that has its slot.
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

/// Takes everybody off the list who only waits to be told of room in one of these plans: they are sold no more.
pub(super) async fn forget(tx: &WriteTx, plan_ids: Vec<PlanId>) -> Result<(), DbErr> {
    waitlist_entry::Entity::delete_many()
        .filter(waitlist_entry::Column::PlanId.is_in(plan_ids))
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The plans that `is_meant`, that have room and that somebody waits for; one statement.
pub(super) async fn wanted(tx: &WriteTx, is_meant: SimpleExpr) -> Result<Vec<PlanId>, DbErr> {
    let waiting = waitlist_entry::Entity::find().select_only().column(waitlist_entry::Column::PlanId);
    let awaited = waiting.filter(waitlist_entry::Column::NotifiedAt.is_null()).into_query();
    plan::Entity::find()
        .select_only()
        .column(plan::Column::Id)
        .filter(is_meant)
        .filter(Expr::col(plan::Column::QuotaUsed).lt(Expr::col(plan::Column::QuotaTotal)))
        .filter(plan::Column::Id.in_subquery(awaited))
        .order_by_asc(plan::Column::Id)
        .into_tuple()
        .all(tx)
        .await
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
