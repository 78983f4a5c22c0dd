//! From paid to active. A contract is active once it is paid and has its slot, before anything runs.
use super::{
    SubscriptionError,
    events::{SubscriptionActivated, SubscriptionWaiting},
    find,
    room::{self, Admission},
    skipped::{self, Reason},
    trial,
};
use crate::{
    domain::{
        Ctx,
        billing::{deferral, withholding},
        catalog::{
            quota::{self, Allocation},
            waitlist::{self, Paid},
        },
        settings,
    },
    kernel::{audit::Change, db::WriteTx},
};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use entity::{
    subscriptions::{cycle, subscription},
    value::{Cycle, InvoiceId, Period, SubscriptionCycleStatus, SubscriptionId, SubscriptionStatus, business_day},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

/// Activates every pending contract whose first cycle the paid invoice `invoice_id` asked for, each in its own
/// transaction: the first period begins on the business day of settlement (DECISIONS 9), the slot is allocated, and
/// `subscription.activated` is published. A contract whose plan has become full stays pending at the head of the
/// waiting list (DECISIONS 12), told once by `subscription.waiting`. Returns those that became active now; calling twice activates once.
///
/// # Errors
/// Only of the database: an invoice that is not paid or knows no contract activates nothing.
pub async fn activate_for_invoice(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<Vec<SubscriptionId>, SubscriptionError> {
    let Some(paid_at) = find::invoice_paid_at(&ctx.db, invoice_id).await? else { return Ok(Vec::new()) };
    activate_from(ctx, invoice_id, paid_at).await
}

/// The same for an invoice of which everything is paid but withheld tax, whose proof is awaited.
///
/// # Errors
/// Only of the database: an invoice that is not covered activates nothing.
pub async fn activate_covered(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<Vec<SubscriptionId>, SubscriptionError> {
    if !withholding::is_covered(&ctx.db, invoice_id).await? {
        return Ok(Vec::new());
    }
    activate_from(ctx, invoice_id, ctx.now()).await
}

async fn activate_from(
    ctx: &Ctx,
    invoice_id: &InvoiceId,
    paid_at: DateTime<Utc>,
) -> Result<Vec<SubscriptionId>, SubscriptionError> {
    let mut activated = Vec::new();
    for subscription in find::first_invoiced_by(&ctx.db, invoice_id).await? {
        if subscription.status != SubscriptionStatus::Pending {
            continue;
        }
        let tx = ctx.begin().await?;
        if begin_service(ctx, &tx, &subscription, (business_day(paid_at), paid_at)).await? {
            activated.push(subscription.id.clone());
        }
        tx.commit().await?;
    }
    Ok(activated)
}

/// Lets a paid contract that waits for a slot in, if it is its turn and there is room by now. What never ran begins today,
/// not on the day of payment, because nothing could be used before; what was suspended comes back. Calling twice admits
/// once.
pub async fn admit_waiting(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<Admission, SubscriptionError> {
    let subscription = find::get(&ctx.db, subscription_id).await?;
    if subscription.status != SubscriptionStatus::Pending {
        return room::admit(ctx, subscription_id).await;
    }
    let tx = ctx.begin().await?;
    if !find::is_first_cycle_paid(&tx, subscription_id).await? {
        waitlist::leave(&tx, subscription_id).await?;
        tx.commit().await?;
        return Ok(Admission::Gone);
    }
    let is_active = begin_service(ctx, &tx, &subscription, (business_day(ctx.now()), ctx.now())).await?;
    tx.commit().await?;
    if is_active {
        return Ok(Admission::Admitted);
    }
    // It may have been let in by a twin of this, or have ended.
    let still = find::get(&ctx.db, subscription_id).await?.status == SubscriptionStatus::Pending;
    Ok(if still { Admission::Full } else { Admission::Gone })
}

/// Turns a pending contract that was paid at `paid_at` active from `start` on, or puts it on the waiting list. Whether it
/// is active now.
async fn begin_service(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    (start, paid_at): (NaiveDate, DateTime<Utc>),
) -> Result<bool, SubscriptionError> {
    let id = &subscription.id;
    if !lock_pending(ctx, tx, id).await? {
        return Ok(false);
    }
    // What was tried is paid for from the end of the trial on: that day is kept for ever.
    let trial = trial::begin(tx, id, start).await?;
    let anchor_day = trial.map_or(start, |trial| trial.end).day();
    let first = (subscription.cycle != Cycle::OneTime).then(|| Period::starting(start, subscription.cycle, anchor_day));
    let period = trial.or(first);
    pay_first_cycle(tx, id, period).await?;
    tx.wake_after_commit(format!("customer:{}", subscription.customer_id));
    if quota::allocate(ctx, tx, id).await? == Allocation::Full {
        skipped::note(ctx, tx, id, 1, ("activate", Reason::QuotaFull)).await?;
        let (customer_id, plan_id) = (&subscription.customer_id, &subscription.plan_id);
        let paid = Paid { subscription_id: id, customer_id, plan_id, cycle_number: 1, paid_at };
        if waitlist::join_paid(ctx, tx, paid).await? {
            let event =
                SubscriptionWaiting { subscription_id: id.clone(), customer_id: subscription.customer_id.clone() };
            ctx.publish(tx, &event).await?;
        }
        return Ok(false);
    }
    waitlist::leave(tx, id).await?;
    let rules = settings::load(tx).await?.billing;
    let (status, notice, activated_at) = match trial {
        Some(_) => (SubscriptionStatus::Trialing, rules.trial_notice_days, None),
        None => (SubscriptionStatus::Active, rules.notice_days(subscription.cycle), Some(ctx.now())),
    };
    let notice = Duration::days(notice);
    let next_invoice_at = period.filter(|_| subscription.auto_renew).map(|period| period.end_at() - notice);
    subscription::Entity::update_many()
        .col_expr(subscription::Column::NextInvoiceAt, Expr::value(next_invoice_at))
        .col_expr(subscription::Column::Status, Expr::value(status))
        .col_expr(subscription::Column::AnchorDay, Expr::value(i32::try_from(anchor_day).unwrap_or(1)))
        .col_expr(subscription::Column::PeriodStart, Expr::value(period.map(|period| period.start)))
        .col_expr(subscription::Column::PeriodEnd, Expr::value(period.map(|period| period.end)))
        .col_expr(subscription::Column::NextRenewalAt, Expr::value(period.map(Period::end_at) as Option<DateTime<Utc>>))
        .col_expr(subscription::Column::ActivatedAt, Expr::value(activated_at))
        .filter(subscription::Column::Id.eq(id))
        .exec(tx)
        .await?;
    if let Some(period) = period {
        deferral::begin(tx, id, period).await?;
    }
    let event = SubscriptionActivated { subscription_id: id.clone(), customer_id: subscription.customer_id.clone() };
    ctx.publish(tx, &event).await?;
    let change = Change {
        action: "subscriptions.subscription.activate",
        target_type: "subscription",
        target_id: id.as_str(),
        customer_id: Some(&subscription.customer_id),
        after: Some(serde_json::json!({ "status": status, "period": period })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(true)
}

/// Locks the row where it is still pending: of two at the same time one goes on.
pub async fn lock_pending(ctx: &Ctx, tx: &WriteTx, id: &SubscriptionId) -> Result<bool, DbErr> {
    let locked = subscription::Entity::update_many()
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(id))
        .filter(subscription::Column::Status.eq(SubscriptionStatus::Pending))
        .exec(tx)
        .await?;
    Ok(locked.rows_affected == 1)
}

async fn pay_first_cycle(tx: &WriteTx, id: &SubscriptionId, period: Option<Period>) -> Result<(), DbErr> {
    cycle::Entity::update_many()
        .col_expr(cycle::Column::Status, Expr::value(SubscriptionCycleStatus::Paid))
        .col_expr(cycle::Column::PeriodStart, Expr::value(period.map(|period| period.start)))
        .col_expr(cycle::Column::PeriodEnd, Expr::value(period.map(|period| period.end)))
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(Expr::col(cycle::Column::Number).eq(1))
        .exec(tx)
        .await?;
    Ok(())
}
