//! The stock of plans. A slot is held for a contract at checkout, allocated when it is paid, given back when the hold
//! runs out or the contract ends.
//!
//! One conditional UPDATE of the plan takes a slot, so that any number of parallel buyers cannot oversell, and none
//! takes what contracts wait for that are paid. Row order inside a transaction: reservation before plan, and buyers of
//! several plans go by plan id, so that two of them never wait for each other on PostgreSQL.
use super::{CatalogError, events::PlanSlotFreed, waitlist};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use chrono::{DateTime, Utc};
use entity::{
    catalog::plan,
    ordering::quota_reservation,
    value::{PlanId, QuotaReservationId, ReservationStatus, SubscriptionId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict, SimpleExpr},
};
use serde_json::json;

/// Slots of one plan at most.
pub const MAX_QUOTA: i64 = 1_000_000_000;

/// Reservations one run of `expire_due` gives back at most.
const EXPIRE_BATCH: u64 = 500;

/// What came of asking for a slot at payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// The contract has its slot.
    Allocated,
    /// It had none any more, and the plan is full, or what is free is for those who paid before.
    Full,
}

/// Holds a slot of `plan_id` for `subscription_id` until `expires_at` (product time). Asking again for the same
/// contract changes nothing.
///
/// # Errors
/// `QuotaExceeded` where no slot is free.
pub async fn reserve(
    ctx: &Ctx,
    tx: &WriteTx,
    plan_id: &PlanId,
    subscription_id: &SubscriptionId,
    expires_at: DateTime<Utc>,
) -> Result<(), CatalogError> {
    let row = quota_reservation::ActiveModel {
        id: Set(QuotaReservationId::generate()),
        plan_id: Set(plan_id.clone()),
        subscription_id: Set(subscription_id.to_string()),
        status: Set(ReservationStatus::Held),
        expires_at: Set(Some(expires_at)),
        created_at: Set(ctx.now()),
        updated_at: Set(ctx.now()),
    };
    let inserted = quota_reservation::Entity::insert(row)
        .on_conflict(OnConflict::column(quota_reservation::Column::SubscriptionId).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted == 0 {
        return Ok(());
    }
    if take(tx, plan_id).await? { Ok(()) } else { Err(CatalogError::QuotaExceeded { plan: plan_id.to_string() }) }
}

/// Whether a contract that is taken over may have a slot where none is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Only where one is free.
    Needed,
    /// The stock of the plan grows by one where it is full, as far as a stock may: what runs already cannot be sold out.
    Made,
}

/// Gives a contract that runs already its slot, without a reservation before. A stock that grows for it is audited as
/// one that staff change. Calling twice takes one slot.
///
/// # Errors
/// `QuotaExceeded` where none is free and none may be made.
pub async fn take_over(
    ctx: &Ctx,
    tx: &WriteTx,
    plan_id: &PlanId,
    subscription_id: &SubscriptionId,
    room: Room,
) -> Result<(), CatalogError> {
    let row = quota_reservation::ActiveModel {
        id: Set(QuotaReservationId::generate()),
        plan_id: Set(plan_id.clone()),
        subscription_id: Set(subscription_id.to_string()),
        status: Set(ReservationStatus::Allocated),
        expires_at: Set(None),
        created_at: Set(ctx.now()),
        updated_at: Set(ctx.now()),
    };
    let inserted = quota_reservation::Entity::insert(row)
        .on_conflict(OnConflict::column(quota_reservation::Column::SubscriptionId).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted == 0 || take(tx, plan_id).await? {
        return Ok(());
    }
    // A slot that fell free in this moment is taken rather than made.
    if room == Room::Made && (grow(ctx, tx, plan_id).await? || take(tx, plan_id).await?) {
        return Ok(());
    }
    Err(CatalogError::QuotaExceeded { plan: plan_id.to_string() })
}

/// Makes a slot of a plan in which none can be taken and takes it; false where one can, or the plan is as large as a plan
/// may be.
async fn grow(ctx: &Ctx, tx: &WriteTx, plan_id: &PlanId) -> Result<bool, DbErr> {
    let grown = plan::Entity::update_many()
        .col_expr(plan::Column::QuotaTotal, Expr::col(plan::Column::QuotaTotal).add(1))
        .col_expr(plan::Column::QuotaUsed, Expr::col(plan::Column::QuotaUsed).add(1))
        .col_expr(plan::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan::Column::Id.eq(plan_id))
        .filter(spoken_for(plan_id).gte(Expr::col(plan::Column::QuotaTotal)))
        .filter(plan::Column::QuotaTotal.lt(MAX_QUOTA))
        .exec_with_returning(tx)
        .await?;
    let Some(plan) = grown.into_iter().next() else { return Ok(false) };
    let change = Change {
        action: "catalog.plan.quota",
        target_type: "plan",
        target_id: plan_id.as_str(),
        before: Some(json!({ "quota_total": plan.quota_total - 1 })),
        after: Some(json!({ "quota_total": plan.quota_total })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(true)
}

/// Keeps the held slot of `subscription_id` at least until `expires_at`. A slot that is allocated or has fallen back is
/// left as it is.
pub async fn extend(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription_id: &SubscriptionId,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    quota_reservation::Entity::update_many()
        .col_expr(quota_reservation::Column::ExpiresAt, Expr::value(Some(expires_at)))
        .col_expr(quota_reservation::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(quota_reservation::Column::SubscriptionId.eq(subscription_id.as_str()))
        .filter(quota_reservation::Column::Status.eq(ReservationStatus::Held))
        .filter(quota_reservation::Column::ExpiresAt.lt(expires_at))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives the paid contract its slot: the one it has or that is held for it, or a free one where it has none any more. Of
/// those that have none who paid first goes first. Calling twice allocates once.
///
/// # Errors
/// `NotFound` where nothing was ever reserved for the contract.
pub async fn allocate(ctx: &Ctx, tx: &WriteTx, subscription_id: &SubscriptionId) -> Result<Allocation, CatalogError> {
    if turn(ctx, tx, subscription_id, &[ReservationStatus::Held], ReservationStatus::Allocated).await? {
        return Ok(Allocation::Allocated);
    }
    let reservation = quota_reservation::Entity::find()
        .filter(quota_reservation::Column::SubscriptionId.eq(subscription_id.as_str()))
        .one(tx)
        .await?
        .ok_or(CatalogError::NotFound)?;
    if !turn(ctx, tx, subscription_id, &[ReservationStatus::Released], ReservationStatus::Allocated).await? {
        return Ok(Allocation::Allocated);
    }
    if take_in_turn(tx, &reservation.plan_id, subscription_id).await? {
        return Ok(Allocation::Allocated);
    }
    turn(ctx, tx, subscription_id, &[ReservationStatus::Allocated], ReservationStatus::Released).await?;
    Ok(Allocation::Full)
}

/// Gives the slot of `subscription_id` back, whether held or allocated, and publishes `plan.slot_freed` where somebody
/// waits for it. Whether there was one; calling twice gives it back once.
pub async fn release(ctx: &Ctx, tx: &WriteTx, subscription_id: &SubscriptionId) -> Result<bool, DbErr> {
    let in_use = [ReservationStatus::Held, ReservationStatus::Allocated];
    if !turn(ctx, tx, subscription_id, &in_use, ReservationStatus::Released).await? {
        return Ok(false);
    }
    let reservation = quota_reservation::Entity::find()
        .filter(quota_reservation::Column::SubscriptionId.eq(subscription_id.as_str()))
        .one(tx)
        .await?;
    if let Some(reservation) = reservation {
        give_back(ctx, tx, &reservation.plan_id).await?;
    }
    Ok(true)
}

/// The plan of which a contract has, or had, its slot.
///
/// # Errors
/// The database.
pub async fn plan_of(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<Option<PlanId>, DbErr> {
    let of_contract = quota_reservation::Column::SubscriptionId.eq(id.as_str());
    let found = quota_reservation::Entity::find().filter(of_contract).one(db).await?;
    Ok(found.map(|reservation| reservation.plan_id))
}

/// Whether each of these contracts has its slot, or still holds it at `now`.
pub async fn have_slots(db: &impl ConnectionTrait, ids: &[SubscriptionId], now: DateTime<Utc>) -> Result<bool, DbErr> {
    let is_held =
        quota_reservation::Column::Status.eq(ReservationStatus::Held).and(quota_reservation::Column::ExpiresAt.gt(now));
    let sure = quota_reservation::Entity::find()
        .filter(quota_reservation::Column::SubscriptionId.is_in(ids.iter().map(SubscriptionId::as_str)))
        .filter(quota_reservation::Column::Status.eq(ReservationStatus::Allocated).or(is_held))
        .count(db)
        .await?;
    Ok(sure == ids.len() as u64)
}

/// Whether one of these plans was sold: a contract counts with it, also one that waits, is suspended or has ended, or a
/// slot of it is taken.
pub(super) async fn was_sold(tx: &WriteTx, plan_ids: Vec<PlanId>) -> Result<bool, DbErr> {
    let taken = plan::Entity::find()
        .filter(plan::Column::Id.is_in(plan_ids.iter().cloned()))
        .filter(plan::Column::QuotaUsed.gt(0))
        .count(tx)
        .await?;
    if taken > 0 {
        return Ok(true);
    }
    let of_plans = quota_reservation::Column::PlanId.is_in(plan_ids);
    Ok(quota_reservation::Entity::find().filter(of_plans).limit(1).one(tx).await?.is_some())
}

/// Gives back every held slot whose time has come. Returns how many. The orders stay payable: at payment a slot is
/// taken anew, or the contract waits.
pub async fn expire_due(ctx: &Ctx) -> Result<u64, DbErr> {
    let due = quota_reservation::Entity::find()
        .filter(quota_reservation::Column::Status.eq(ReservationStatus::Held))
        .filter(quota_reservation::Column::ExpiresAt.lte(ctx.now()))
        .order_by_asc(quota_reservation::Column::ExpiresAt)
        .limit(EXPIRE_BATCH)
        .all(&ctx.db)
        .await?;
    let mut expired = 0;
    for reservation in due {
        let tx = ctx.begin().await?;
        // Guarded again: a payment may have begun or arrived since it was read.
        let changed = quota_reservation::Entity::update_many()
            .col_expr(quota_reservation::Column::Status, Expr::value(ReservationStatus::Released))
            .col_expr(quota_reservation::Column::UpdatedAt, Expr::value(ctx.now()))
            .filter(quota_reservation::Column::Id.eq(&reservation.id))
            .filter(quota_reservation::Column::Status.eq(ReservationStatus::Held))
            .filter(quota_reservation::Column::ExpiresAt.lte(ctx.now()))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 1 {
            give_back(ctx, &tx, &reservation.plan_id).await?;
            tx.commit().await?;
            expired += 1;
        }
    }
    Ok(expired)
}

/// Moves the reservation of `subscription_id` from one of `from` to `to`; whether it was in one of those states.
async fn turn(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription_id: &SubscriptionId,
    from: &[ReservationStatus],
    to: ReservationStatus,
) -> Result<bool, DbErr> {
    let changed = quota_reservation::Entity::update_many()
        .col_expr(quota_reservation::Column::Status, Expr::value(to))
        .col_expr(quota_reservation::Column::ExpiresAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(quota_reservation::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(quota_reservation::Column::SubscriptionId.eq(subscription_id.as_str()))
        .filter(quota_reservation::Column::Status.is_in(from.iter().copied()))
        .exec(tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Takes a slot; false where none is free but those that paid contracts wait for.
async fn take(tx: &WriteTx, plan_id: &PlanId) -> Result<bool, DbErr> {
    take_where(tx, plan_id, spoken_for(plan_id)).await
}

/// Takes a slot for a contract that is paid and has none; false where none is free but for those that paid before. The
/// plan is kept from others until `tx` ends: who frees a slot meanwhile sees who began to wait.
async fn take_in_turn(tx: &WriteTx, plan_id: &PlanId, subscription_id: &SubscriptionId) -> Result<bool, DbErr> {
    plan::Entity::find_by_id(plan_id.clone()).lock_exclusive().one(tx).await?;
    let ahead = waitlist::ahead_of(tx, plan_id, subscription_id).await?;
    take_where(tx, plan_id, Expr::col(plan::Column::QuotaUsed).add(ahead)).await
}

async fn take_where(tx: &WriteTx, plan_id: &PlanId, counted: SimpleExpr) -> Result<bool, DbErr> {
    let taken = plan::Entity::update_many()
        .col_expr(plan::Column::QuotaUsed, Expr::col(plan::Column::QuotaUsed).add(1))
        .filter(plan::Column::Id.eq(plan_id))
        .filter(counted.lt(Expr::col(plan::Column::QuotaTotal)))
        .exec(tx)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Slots in use and those that paid contracts wait for.
fn spoken_for(plan_id: &PlanId) -> SimpleExpr {
    Expr::col(plan::Column::QuotaUsed).add(Expr::from(waitlist::count_paid(plan_id)))
}

/// Takes a slot of a plan for a contract that has one of another plan, until the change is made or off.
///
/// # Errors
/// `QuotaExceeded` where none is free.
pub async fn take_slot(tx: &WriteTx, plan_id: &PlanId) -> Result<(), CatalogError> {
    if take(tx, plan_id).await? { Ok(()) } else { Err(CatalogError::QuotaExceeded { plan: plan_id.to_string() }) }
}

/// The contract's slot is one of `plan_id` from now on, which [`take_slot`] has taken; the one it had is given back. One
/// that has no slot at present has none of `plan_id` either: it waits there for one, and the one taken is given back.
pub async fn move_to(ctx: &Ctx, tx: &WriteTx, subscription_id: &SubscriptionId, plan_id: &PlanId) -> Result<(), DbErr> {
    let of_contract = quota_reservation::Column::SubscriptionId.eq(subscription_id.as_str());
    let before = quota_reservation::Entity::find().filter(of_contract.clone()).lock_exclusive().one(tx).await?;
    let Some(before) = before else { return Ok(()) };
    quota_reservation::Entity::update_many()
        .col_expr(quota_reservation::Column::PlanId, Expr::value(plan_id))
        .col_expr(quota_reservation::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(of_contract)
        .exec(tx)
        .await?;
    if before.status == ReservationStatus::Released {
        waitlist::move_to(tx, subscription_id, plan_id).await?;
        return give_back(ctx, tx, plan_id).await;
    }
    give_back(ctx, tx, &before.plan_id).await
}

/// Gives a slot of a plan back and tells those who wait.
pub async fn give_back(ctx: &Ctx, tx: &WriteTx, plan_id: &PlanId) -> Result<(), DbErr> {
    plan::Entity::update_many()
        .col_expr(plan::Column::QuotaUsed, Expr::col(plan::Column::QuotaUsed).sub(1))
        .filter(plan::Column::Id.eq(plan_id))
        .exec(tx)
        .await?;
    tell_of_room(ctx, tx, plan_id).await
}

/// The same for every plan that `is_meant` and has room.
pub(super) async fn tell_of_room_in(ctx: &Ctx, tx: &WriteTx, is_meant: SimpleExpr) -> Result<(), DbErr> {
    for plan_id in waitlist::wanted(tx, is_meant).await? {
        ctx.publish(tx, &PlanSlotFreed { plan_id }).await?;
    }
    Ok(())
}

/// Publishes `plan.slot_freed` where somebody waits for the plan.
pub(super) async fn tell_of_room(ctx: &Ctx, tx: &WriteTx, plan_id: &PlanId) -> Result<(), DbErr> {
    if waitlist::somebody_waits(tx, plan_id).await? {
        ctx.publish(tx, &PlanSlotFreed { plan_id: plan_id.clone() }).await?;
    }
    Ok(())
}
