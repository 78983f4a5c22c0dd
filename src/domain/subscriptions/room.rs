//! Room for what was suspended: where its product says so, a contract that is not paid gives its slot back and gets one
//! again once it is paid. Where there is none it is held for `capacity` and waits among the paid contracts of its plan
//! (ADR 0121).
use super::{
    SubscriptionError,
    events::SubscriptionWaiting,
    find, hold, restart,
    skipped::{self, Reason},
    standing::period_of,
};
use crate::{
    domain::{
        Ctx,
        billing::invoice,
        catalog::{
            CatalogError,
            quota::{self, Allocation},
            waitlist,
        },
    },
    kernel::{audit::Change, db::WriteTx},
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    catalog::{product, waitlist_entry},
    subscriptions::{cycle, hold as hold_row, subscription},
    value::{HoldReason, Period, SubscriptionCycleStatus, SubscriptionId, business_day},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

/// What came of looking at a contract that waits for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It has its slot: it runs, or nothing but other holds keeps it from running.
    Admitted,
    /// It does not wait any more.
    Gone,
    /// There is no room for it yet.
    Full,
    /// Its money was taken back: it waits in its place, and is passed over.
    Unpaid,
}

/// A contract that `tx` has locked is suspended because nobody paid: where its product says so, its slot is free. One
/// that has none gives none back.
///
/// # Errors
/// The database.
pub(super) async fn give_back(ctx: &Ctx, tx: &WriteTx, contract: &subscription::Model) -> Result<(), DbErr> {
    let gives_back = product::Entity::find_by_id(contract.product_id.clone())
        .select_only()
        .column(product::Column::ReleasesQuotaOnSuspension)
        .into_tuple::<bool>()
        .one(tx)
        .await?;
    if gives_back != Some(true) || !quota::release(ctx, tx, &contract.id).await? {
        return Ok(());
    }
    record(ctx, tx, contract, "subscriptions.slot.give_back", None).await
}

/// The money for the `open` cycle of a contract that `tx` has locked came: the hold for it is lifted. Where the contract
/// gave its slot back and there is no room now, it is held for that instead, and waits; `subscription.waiting` is
/// published. Whether it was held for its money; calling twice lifts once.
///
/// # Errors
/// The database.
pub(super) async fn come_back(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    open: &cycle::Model,
) -> Result<bool, SubscriptionError> {
    if !is_held(tx, &contract.id, HoldReason::NonPayment).await? {
        return Ok(false);
    }
    if !has_room(ctx, tx, &contract.id).await? {
        wait(ctx, tx, contract, open).await?;
    }
    hold::lift_in(ctx, tx, contract, HoldReason::NonPayment).await
}

/// Refuses to lift a hold by hand that only a slot can lift, where there is none; where there is one the contract has it.
///
/// # Errors
/// `PlanFull`; the database.
pub(super) async fn require(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    reason: HoldReason,
) -> Result<(), SubscriptionError> {
    let needs_room = matches!(reason, HoldReason::NonPayment | HoldReason::Capacity);
    if !needs_room || !is_held(tx, &contract.id, reason).await? {
        return Ok(());
    }
    if !has_room(ctx, tx, &contract.id).await? {
        return Err(SubscriptionError::PlanFull);
    }
    if reason == HoldReason::Capacity { let_in(ctx, tx, contract).await } else { Ok(()) }
}

/// Lets a suspended contract back in that is paid and waits for a slot, if it is its turn and there is room. One whose
/// money was taken back is not. Calling twice admits once.
///
/// # Errors
/// `NotFound`; the database.
pub(super) async fn admit(ctx: &Ctx, id: &SubscriptionId) -> Result<Admission, SubscriptionError> {
    let tx = ctx.begin().await?;
    let contract = hold::lock(ctx, &tx, id).await?;
    let holds = find::open_holds(&tx, std::slice::from_ref(id)).await?;
    if !holds.iter().any(|hold| hold.reason == HoldReason::Capacity) {
        waitlist::leave(&tx, id).await?;
        tx.commit().await?;
        return Ok(Admission::Gone);
    }
    if holds.iter().any(|hold| waitlist::UNPAID.contains(&hold.reason)) {
        return Ok(Admission::Unpaid);
    }
    if !has_room(ctx, &tx, id).await? {
        return Ok(Admission::Full);
    }
    let_in(ctx, &tx, &contract).await?;
    hold::lift_in(ctx, &tx, &contract, HoldReason::Capacity).await?;
    tx.commit().await?;
    Ok(Admission::Admitted)
}

/// Whether a contract is suspended only until there is room for it, or would be but for other holds.
///
/// # Errors
/// The database.
pub async fn is_waiting(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<bool, DbErr> {
    is_held(db, id, HoldReason::Capacity).await
}

/// The cycles of a suspended contract that waits for a slot which are paid, or asked for, and were not delivered.
///
/// # Errors
/// The database.
pub async fn undelivered(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<Vec<cycle::Model>, DbErr> {
    let own = waitlist::of_contract(db, id).await?;
    let Some(from) = own.and_then(|own| own.cycle_number).filter(|number| *number > 1) else { return Ok(Vec::new()) };
    cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(Expr::col(cycle::Column::Number).gte(from))
        .filter(cycle::Column::Status.ne(SubscriptionCycleStatus::Void))
        .order_by_asc(cycle::Column::Number)
        .limit(120)
        .all(db)
        .await
}

/// A contract ends, in the transaction in which it does: it waits no longer, and what it was paid for and did not get any
/// more is void, so that it is credited.
///
/// # Errors
/// The database.
pub(super) async fn end(ctx: &Ctx, tx: &WriteTx, id: &SubscriptionId) -> Result<(), DbErr> {
    let void = undelivered(tx, id).await?.into_iter().map(|cycle| cycle.id.0);
    cycle::Entity::update_many()
        .col_expr(cycle::Column::Status, Expr::value(SubscriptionCycleStatus::Void))
        .filter(cycle::Column::Id.is_in(void))
        .exec(tx)
        .await?;
    waitlist::drop_out(ctx, tx, id).await
}

/// Whether a contract, in a statement about contracts, waits for room.
pub(super) fn waits() -> SimpleExpr {
    let own = Expr::col((hold_row::Entity, hold_row::Column::SubscriptionId))
        .equals((subscription::Entity, subscription::Column::Id));
    let capacity = hold_row::Entity::find()
        .select_only()
        .column(hold_row::Column::Id)
        .filter(own)
        .filter(hold_row::Column::Reason.eq(HoldReason::Capacity))
        .filter(hold_row::Column::OpenKey.is_not_null());
    Expr::exists(capacity.into_query())
}

/// Until when a contract waits for a slot at most; `None` where it does not.
///
/// # Errors
/// The database.
pub async fn waits_until(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<Option<DateTime<Utc>>, DbErr> {
    let own = waitlist::of_contract(db, id).await?;
    Ok(own.as_ref().map(waitlist::ends_at))
}

/// Whether a contract has its slot, or gets one now. What never had one counted needs none.
async fn has_room(ctx: &Ctx, tx: &WriteTx, id: &SubscriptionId) -> Result<bool, SubscriptionError> {
    match quota::allocate(ctx, tx, id).await {
        Ok(allocation) => Ok(allocation == Allocation::Allocated),
        Err(CatalogError::NotFound) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

async fn wait(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    open: &cycle::Model,
) -> Result<(), SubscriptionError> {
    hold::place_in(ctx, tx, contract, HoldReason::Capacity, None).await?;
    skipped::note(ctx, tx, &contract.id, open.number, ("resume", Reason::QuotaFull)).await?;
    let paid_at = match &open.invoice_id {
        Some(invoice_id) => invoice::get(tx, invoice_id).await?.paid_at,
        None => None,
    };
    let plan_id = quota::plan_of(tx, &contract.id).await?.unwrap_or_else(|| contract.plan_id.clone());
    let paid = waitlist::Paid {
        subscription_id: &contract.id,
        customer_id: &contract.customer_id,
        plan_id: &plan_id,
        cycle_number: open.number,
        paid_at: paid_at.unwrap_or_else(|| ctx.now()),
    };
    if waitlist::join_paid(ctx, tx, paid).await? {
        let (subscription_id, customer_id) = (contract.id.clone(), contract.customer_id.clone());
        ctx.publish(tx, &SubscriptionWaiting { subscription_id, customer_id }).await?;
    }
    Ok(())
}

/// A contract that waited has its slot: it leaves the queue, the days it waited are given on top, and its timetable goes
/// on.
async fn let_in(ctx: &Ctx, tx: &WriteTx, contract: &subscription::Model) -> Result<(), SubscriptionError> {
    let own = waitlist::of_contract(tx, &contract.id).await?;
    waitlist::leave(tx, &contract.id).await?;
    if let Some(own) = own {
        give_days(ctx, tx, contract, &own).await?;
    }
    subscription::Entity::update_many()
        .col_expr(subscription::Column::NextStepAt, Expr::value(Some(ctx.now())))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    record(ctx, tx, contract, "subscriptions.slot.take_back", None).await?;
    Ok(())
}

/// Nobody pays for days on which we had no room: the end of what was paid moves by as many. Where a later cycle was asked
/// for already the days cannot be moved.
async fn give_days(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    own: &waitlist_entry::Model,
) -> Result<(), SubscriptionError> {
    let waited = business_day(ctx.now()) - business_day(own.created_at);
    let paid = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(&contract.id))
        .filter(cycle::Column::Number.eq(own.cycle_number))
        .one(tx)
        .await?;
    let Some(paid) = paid.filter(|_| waited > Duration::zero()) else { return Ok(()) };
    let Some(old) = period_of(&paid).filter(|old| contract.period_end == Some(old.end)) else { return Ok(()) };
    if restart::is_followed(tx, &paid).await? {
        return Ok(());
    }
    let period = Period { start: old.start, end: old.end + waited };
    restart::move_days(tx, contract, &paid, (period, period.end)).await?;
    let told = serde_json::json!({ "cycle": paid.number, "period": period, "days": waited.num_days() });
    record(ctx, tx, contract, "subscriptions.subscription.give_days", Some(told)).await?;
    Ok(())
}

async fn is_held(db: &impl ConnectionTrait, id: &SubscriptionId, reason: HoldReason) -> Result<bool, DbErr> {
    let open = find::open_holds(db, std::slice::from_ref(id)).await?;
    Ok(open.iter().any(|hold| hold.reason == reason))
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    action: &str,
    after: Option<serde_json::Value>,
) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        after,
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", contract.customer_id));
    tx.wake_after_commit("staff");
    Ok(())
}
