//! Holds: reasons why a contract is suspended. It is suspended while any is open; each reason holds at most once.
use super::{
    SubscriptionError,
    events::{SubscriptionSuspended, SubscriptionUnsuspended},
    find, room, trial,
};
use crate::{
    domain::{Ctx, catalog::waitlist},
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use chrono::{DateTime, Utc};
use entity::{
    subscriptions::{hold, subscription},
    value::{HoldReason, SubscriptionId, SubscriptionStatus, next_ulid},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

/// Characters of a note at most.
const MAX_NOTE: usize = 255;
/// Note of a hold that another system placed before us; its sentence is `hold-note-suspended-before`.
pub(super) const SUSPENDED_BEFORE: &str = "suspended_before";

/// Places a hold. The first one suspends the contract and publishes `subscription.suspended`; one for money that did not
/// come gives its slot back, where its product says so. Whether it was placed: a reason that already holds changes
/// nothing.
///
/// # Errors
/// `NotFound`; `InvalidState` for a contract that is pending or ended; `Invalid` for a note above 255 characters.
pub async fn place(
    ctx: &Ctx,
    subscription_id: &SubscriptionId,
    reason: HoldReason,
    note: Option<&str>,
) -> Result<bool, SubscriptionError> {
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(SubscriptionError::Invalid(vec![FieldFault::new("reason", "too_long").with("max", MAX_NOTE)]));
    }
    let tx = ctx.begin().await?;
    let subscription = lock(ctx, &tx, subscription_id).await?;
    if matches!(subscription.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated) {
        return Err(SubscriptionError::InvalidState(subscription.status));
    }
    let placed = place_in(ctx, &tx, &subscription, reason, note).await?;
    tx.commit().await?;
    Ok(placed)
}

/// Places a hold on a contract that `tx` has locked. Whether it was placed.
pub(super) async fn place_in(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    reason: HoldReason,
    note: Option<&str>,
) -> Result<bool, SubscriptionError> {
    let id = &subscription.id;
    let row = hold::ActiveModel {
        id: Set(format!("hld_{}", next_ulid())),
        subscription_id: Set(id.clone()),
        reason: Set(reason),
        note: Set(note.map(str::to_owned)),
        open_key: Set(Some(open_key(id, reason))),
        placed_by: Set(ctx.actor.id().to_owned()),
        placed_at: Set(ctx.now()),
        lifted_at: Set(None),
    };
    let placed = hold::Entity::insert(row)
        .on_conflict(OnConflict::column(hold::Column::OpenKey).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if placed == 0 {
        return Ok(false);
    }
    if subscription.status != SubscriptionStatus::Suspended {
        set_status(tx, id, SubscriptionStatus::Suspended, Some(ctx.now())).await?;
        let customer_id = subscription.customer_id.clone();
        let event = SubscriptionSuspended { subscription_id: id.clone(), customer_id, reason };
        ctx.publish(tx, &event).await?;
    }
    record(ctx, tx, subscription, "subscriptions.hold.place", reason, note).await?;
    if reason == HoldReason::NonPayment {
        room::give_back(ctx, tx, subscription).await?;
    }
    if waitlist::UNPAID.contains(&reason) {
        waitlist::turn_changed(ctx, tx, id).await?;
    }
    Ok(true)
}

/// Lifts a hold. The last one gives the contract back its state and publishes `subscription.unsuspended`. Whether it
/// was lifted: a reason that does not hold changes nothing.
///
/// # Errors
/// `NotFound`; `PlanFull` where the contract gave its slot back and there is no room for it.
pub async fn lift(ctx: &Ctx, subscription_id: &SubscriptionId, reason: HoldReason) -> Result<bool, SubscriptionError> {
    let tx = ctx.begin().await?;
    let subscription = lock(ctx, &tx, subscription_id).await?;
    room::require(ctx, &tx, &subscription, reason).await?;
    let lifted = lift_in(ctx, &tx, &subscription, reason).await?;
    tx.commit().await?;
    Ok(lifted)
}

/// Lifts a hold of a contract that `tx` has locked; one that waits for room and is paid again is looked at anew. Whether it
/// was lifted.
pub(super) async fn lift_in(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    reason: HoldReason,
) -> Result<bool, SubscriptionError> {
    let id = &subscription.id;
    let lifted = hold::Entity::update_many()
        .col_expr(hold::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(hold::Column::LiftedAt, Expr::value(Some(ctx.now())))
        .filter(hold::Column::OpenKey.eq(open_key(id, reason)))
        .exec(tx)
        .await?;
    if lifted.rows_affected == 0 {
        return Ok(false);
    }
    let is_free = find::open_holds(tx, std::slice::from_ref(id)).await?.is_empty();
    if is_free && subscription.status == SubscriptionStatus::Suspended {
        let status = match subscription.cancel_reason {
            Some(_) => SubscriptionStatus::Cancelled,
            None => trial::state_of(ctx, tx, subscription).await?,
        };
        set_status(tx, id, status, None).await?;
        let event = SubscriptionUnsuspended {
            subscription_id: id.clone(),
            customer_id: subscription.customer_id.clone(),
            suspended_at: subscription.suspended_at,
            reason: Some(reason),
        };
        ctx.publish(tx, &event).await?;
    }
    if waitlist::UNPAID.contains(&reason) {
        waitlist::turn_changed(ctx, tx, id).await?;
    }
    record(ctx, tx, subscription, "subscriptions.hold.lift", reason, None).await?;
    Ok(true)
}

/// Locks the contract, for example before its holds are looked at: two lifts at the same time must not each see the other's hold.
pub async fn lock(ctx: &Ctx, tx: &WriteTx, id: &SubscriptionId) -> Result<subscription::Model, SubscriptionError> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(id))
        .exec(tx)
        .await?;
    find::get(tx, id).await
}

async fn set_status(
    tx: &WriteTx,
    id: &SubscriptionId,
    status: SubscriptionStatus,
    suspended_at: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::Status, Expr::value(status))
        .col_expr(subscription::Column::SuspendedAt, Expr::value(suspended_at))
        .filter(subscription::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    action: &str,
    reason: HoldReason,
    note: Option<&str>,
) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "subscription",
        target_id: subscription.id.as_str(),
        customer_id: Some(&subscription.customer_id),
        after: Some(serde_json::json!({ "hold": reason })),
        reason: note,
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", subscription.customer_id));
    Ok(())
}

pub(super) fn open_key(id: &SubscriptionId, reason: HoldReason) -> String {
    format!("{id}:{reason}")
}
