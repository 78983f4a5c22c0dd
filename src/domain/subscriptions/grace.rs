//! More time to pay: people put the suspension of one contract off. Reminders, debits and late fees go on; who is to be
//! left alone altogether is paused instead.
use super::{
    SubscriptionError, facts, hold,
    timetable::{Facts, OpenCycle, suspends_at},
};
use crate::{
    domain::{Ctx, settings},
    kernel::{audit::Change, fault::FieldFault},
};
use chrono::{Days, NaiveDate};
use entity::{
    subscriptions::cycle,
    value::{SubscriptionId, SubscriptionStatus, business_day, contact},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

/// Days given at once at most; who needs more is asked again then.
const MOST_DAYS: i64 = 60;
/// Characters of a reason at most.
const LONGEST_REASON: usize = 255;

/// The cycle for whose money a contract would be suspended.
fn unpaid(facts: &Facts) -> Option<&OpenCycle> {
    let is_over = matches!(facts.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated);
    let is_held = facts.unpaid_hold_since.is_some() || facts.waits_for_room;
    facts.cycle.as_ref().filter(|cycle| !cycle.is_paid && !is_over && !is_held)
}

/// On which day a contract is suspended unless its invoice is paid; `None` where nothing is asked for, or it is suspended.
///
/// # Errors
/// `NotFound`; the database.
pub async fn suspends_on(ctx: &Ctx, id: &SubscriptionId) -> Result<Option<NaiveDate>, SubscriptionError> {
    let rules = settings::current(ctx).await?.billing.clone();
    let contract = super::find::get(&ctx.db, id).await?;
    let (facts, _) = facts(&ctx.db, &contract).await?;
    Ok(unpaid(&facts).map(|cycle| business_day(suspends_at(cycle, &rules))))
}

/// Gives `days` more than there are until the suspension of a contract whose invoice is open. Until which day. Adds up:
/// not idempotent by itself.
///
/// # Errors
/// `NotFound`; `Invalid` by field (`days`, `reason`); `InvalidState` where nothing is asked for, or it is suspended; the
/// database.
pub async fn extend(ctx: &Ctx, id: &SubscriptionId, days: i64, reason: &str) -> Result<NaiveDate, SubscriptionError> {
    let mut faults = Vec::new();
    if !(1..=MOST_DAYS).contains(&days) {
        faults.push(FieldFault::new("days", "out_of_range").with("min", 1).with("max", MOST_DAYS));
    }
    let reason = contact::line(reason, LONGEST_REASON).map_err(|wrong| faults.push(FieldFault::of("reason", wrong)));
    let (true, Ok(reason)) = (faults.is_empty(), reason) else { return Err(SubscriptionError::Invalid(faults)) };
    let rules = settings::current(ctx).await?.billing.clone();
    let tx = ctx.begin().await?;
    // Under this lock it is not suspended, and nobody else gives time.
    let contract = hold::lock(ctx, &tx, id).await?;
    let (facts, open) = facts(&tx, &contract).await?;
    let invalid = || SubscriptionError::InvalidState(contract.status);
    let (cycle, open) = unpaid(&facts).zip(open).ok_or_else(invalid)?;
    let before = business_day(suspends_at(cycle, &rules));
    // What is overdue by more, because something holds suspensions back, is not suspended in the same moment.
    let until = before.max(business_day(ctx.now())) + Days::new(days.unsigned_abs());
    cycle::Entity::update_many()
        .col_expr(cycle::Column::GraceUntil, Expr::value(Some(until)))
        .filter(cycle::Column::Id.eq(open.id.as_str()))
        .exec(&tx)
        .await?;
    let change = Change {
        action: "subscriptions.subscription.extend_grace",
        target_type: "subscription",
        target_id: id.as_str(),
        customer_id: Some(&contract.customer_id),
        before: Some(json!({ "suspends_on": before })),
        after: Some(json!({ "suspends_on": until, "days": days })),
        reason: Some(&reason),
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.wake_after_commit(format!("customer:{}", contract.customer_id));
    tx.commit().await?;
    Ok(until)
}
