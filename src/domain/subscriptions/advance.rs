//! One step of one contract's timetable: the facts are read, the next step is decided and taken, all in one
//! transaction. A step that was taken shows in the facts, so that taking it again is impossible, not just unlikely.
use super::{
    SubscriptionError, automation, cancel,
    cancel::EndReason,
    events::{RemovalNear, RenewalReminder},
    hold, restart, room,
    skipped::{self, Reason},
    standing::{facts, period_of},
    terms,
    timetable::{self, Decision, Step},
    trial,
};
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding},
        settings,
    },
    kernel::{
        db::WriteTx,
        job::{self, Job},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    subscriptions::{cycle, dunning_step, subscription},
    value::{
        CustomerId, HoldReason, InvoiceId, InvoiceStatus, SubscriptionCycleStatus, SubscriptionId, SubscriptionStatus,
        next_ulid,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde::{Deserialize, Serialize};

/// Contracts one sweep queues at most; the next one goes on.
const SWEEP: u64 = 1_000;

/// What the circuit breaker holds back is looked at again after so long.
const HELD_BACK: chrono::Duration = chrono::Duration::minutes(30);

/// Takes every step of one contract that is due.
#[derive(Debug, Serialize, Deserialize)]
pub struct Advance {
    /// Which.
    pub subscription_id: SubscriptionId,
}

impl Job for Advance {
    const NAME: &'static str = "subscriptions.advance";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.subscription_id))
    }
}

/// What came of looking at a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A step was taken; there may be another.
    Taken(Step),
    /// The wallet is to be asked for the renewals that are due; note it with `note_debit` and look again.
    Debit {
        /// Whose wallet.
        customer_id: CustomerId,
        /// Of which cycle.
        cycle_number: i32,
        /// The step, to be noted.
        step: Step,
    },
    /// Nothing is due.
    Rests,
}

/// Queues the work of every contract whose time has come. Returns how many were found; calling twice queues once.
///
/// # Errors
/// The database.
pub async fn queue_due(ctx: &Ctx) -> Result<u64, DbErr> {
    let due = due(ctx).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let tx = ctx.begin().await?;
    for subscription_id in &due {
        job::enqueue(&tx, ctx.now(), &ctx.correlation, &Advance { subscription_id: subscription_id.clone() }).await?;
    }
    // Looked at again in a while even if the work is lost; the work itself sets the true time.
    subscription::Entity::update_many()
        .col_expr(subscription::Column::NextStepAt, Expr::value(Some(ctx.now() + chrono::Duration::minutes(30))))
        .filter(subscription::Column::Id.is_in(due.iter().cloned()))
        .filter(subscription::Column::NextStepAt.lte(ctx.now()))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(due.len() as u64)
}

/// The contracts whose time has come and that no pause covers, the longest overdue first; a sweep of them.
///
/// # Errors
/// The database.
pub async fn due(ctx: &Ctx) -> Result<Vec<SubscriptionId>, DbErr> {
    subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Id)
        .filter(subscription::Column::NextStepAt.lte(ctx.now()))
        .filter(automation::covers(ctx.now()).not())
        .order_by_asc(subscription::Column::NextStepAt)
        .limit(SWEEP)
        .into_tuple()
        .all(&ctx.db)
        .await
}

/// Takes the next step of a contract, if one is due, and notes when to look again.
///
/// # Errors
/// `NotFound`; the database.
pub async fn advance(ctx: &Ctx, id: &SubscriptionId) -> Result<Outcome, SubscriptionError> {
    let settings = settings::current(ctx).await?;
    let tx = ctx.begin().await?;
    let contract = hold::lock(ctx, &tx, id).await?;
    let (facts, open) = facts(&tx, &contract).await?;
    match timetable::decide(&facts, &settings.billing, ctx.now()) {
        // A pause leaves the contract due, so that it goes on as soon as the pause is over. What was paid is settled.
        Decision::Take(step, _) if step != Step::Settle && automation::is_paused(&tx, &contract, ctx.now()).await? => {
            tx.commit().await?;
            Ok(Outcome::Rests)
        }
        Decision::Take(step @ (Step::Suspend | Step::Terminate), _)
            if automation::held_back(ctx, &tx, &settings.automation).await? =>
        {
            look_again(&tx, id, Some(ctx.now() + HELD_BACK)).await?;
            let number = open.map_or(1, |open| open.number);
            skipped::note(ctx, &tx, id, number, (step.word(), Reason::Breaker)).await?;
            tx.commit().await?;
            Ok(Outcome::Rests)
        }
        Decision::Wait(at) => {
            look_again(&tx, id, at).await?;
            if let Some((step, reason)) = timetable::waits_for(&facts, &settings.billing, ctx.now()) {
                let number = open.map_or(1, |open| open.number);
                skipped::note(ctx, &tx, id, number, (step.word(), reason)).await?;
            }
            tx.commit().await?;
            Ok(Outcome::Rests)
        }
        Decision::Take(step @ Step::Debit(_), _) => {
            let open = open.ok_or(SubscriptionError::NotFound)?;
            tx.commit().await?;
            Ok(Outcome::Debit { customer_id: contract.customer_id, cycle_number: open.number, step })
        }
        Decision::Take(step, skipped) => {
            let open = open.ok_or(SubscriptionError::NotFound)?;
            take(ctx, &tx, &contract, &open, step).await?;
            for code in skipped {
                note(ctx, &tx, id, open.number, code, true).await?;
            }
            if let Some(code) = step.code() {
                note(ctx, &tx, id, open.number, code, false).await?;
            }
            tx.wake_after_commit(format!("customer:{}", contract.customer_id));
            tx.commit().await?;
            Ok(Outcome::Taken(step))
        }
    }
}

/// Notes that the wallet was asked on this day, whatever it said; and why it did not pay, where it did not.
///
/// # Errors
/// `NotFound`; the database.
pub async fn note_debit(
    ctx: &Ctx,
    id: &SubscriptionId,
    cycle_number: i32,
    step: Step,
) -> Result<(), SubscriptionError> {
    let tx = ctx.begin().await?;
    if let Some(code) = step.code() {
        note(ctx, &tx, id, cycle_number, code, false).await?;
    }
    if let Some(reason) = skipped::not_debited(ctx, &tx, id, cycle_number).await? {
        skipped::note(ctx, &tx, id, cycle_number, (step.word(), reason)).await?;
    }
    Ok(tx.commit().await?)
}

/// An invoice was paid, covered but for withheld tax, or its debt given up: the contracts it renews are looked at now.
///
/// # Errors
/// The database.
pub async fn on_invoice_paid(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<(), DbErr> {
    let ids: Vec<SubscriptionId> = cycle::Entity::find()
        .select_only()
        .column(cycle::Column::SubscriptionId)
        .filter(cycle::Column::InvoiceId.eq(invoice_id.as_str()))
        .filter(cycle::Column::Number.gt(1))
        .into_tuple()
        .all(&ctx.db)
        .await?;
    if ids.is_empty() {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    for subscription_id in ids {
        ctx.enqueue(&tx, &Advance { subscription_id }).await?;
    }
    tx.commit().await
}

async fn take(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    open: &cycle::Model,
    step: Step,
) -> Result<(), SubscriptionError> {
    let invoice_id = || open.invoice_id.clone().ok_or(SubscriptionError::NotFound);
    let (subscription_id, customer_id) = (contract.id.clone(), contract.customer_id.clone());
    match step {
        Step::Settle => settle(ctx, tx, contract, open).await,
        Step::Begin => begin(ctx, tx, contract, open).await,
        Step::Remind(days) => {
            let event = RenewalReminder { subscription_id, customer_id, invoice_id: invoice_id()?, days };
            Ok(ctx.publish(tx, &event).await?)
        }
        Step::Suspend => hold::place_in(ctx, tx, contract, HoldReason::NonPayment, None).await.map(drop),
        Step::Warn(days) => {
            let rules = settings::load(tx).await?.billing;
            let since = contract.suspended_at.unwrap_or_else(|| ctx.now());
            let kept = if trial::is_unpaid(contract) { rules.trial_retention_days } else { rules.retention_days };
            let removes_at = Ord::max(ctx.now() + chrono::Duration::days(days), since + chrono::Duration::days(kept));
            let event = RemovalNear { subscription_id, customer_id, invoice_id: invoice_id()?, days, removes_at };
            Ok(ctx.publish(tx, &event).await?)
        }
        Step::Terminate => cancel::end(ctx, tx, &contract.id, EndReason::NonPayment).await.map(drop),
        // Money moves elsewhere, see `Outcome::Debit`.
        Step::Debit(_) => Ok(()),
    }
}

/// The cycle is paid: noted, and what was held for its money is free, or waits for room.
async fn settle(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    open: &cycle::Model,
) -> Result<(), SubscriptionError> {
    cycle::Entity::update_many()
        .col_expr(cycle::Column::Status, Expr::value(SubscriptionCycleStatus::Paid))
        .filter(cycle::Column::Id.eq(open.id.as_str()))
        .exec(tx)
        .await?;
    let mut contract = contract.clone();
    if trial::is_unpaid(&contract) && is_paid_for(tx, open).await? {
        convert(ctx, tx, &contract).await?;
        contract.activated_at = Some(ctx.now());
    }
    let contract = &contract;
    if contract.status == SubscriptionStatus::PastDue {
        let status = match contract.cancel_reason {
            Some(_) => SubscriptionStatus::Cancelled,
            None => SubscriptionStatus::Active,
        };
        set_status(tx, &contract.id, status).await?;
    }
    restart::at_payment(ctx, tx, contract, open).await?;
    room::come_back(ctx, tx, contract, open).await?;
    Ok(())
}

/// Whether somebody paid the invoice of a cycle, or all of it but withheld tax: a debt that was given up frees the
/// contract as well, and sells nothing.
async fn is_paid_for(tx: &WriteTx, open: &cycle::Model) -> Result<bool, SubscriptionError> {
    let Some(id) = &open.invoice_id else { return Ok(false) };
    Ok(match invoice::get(tx, id).await?.status {
        InvoiceStatus::Paid => true,
        InvoiceStatus::Issued => withholding::is_covered(tx, id).await?,
        _ => false,
    })
}

/// What was tried is paid for: the contract is sold from now on.
async fn convert(ctx: &Ctx, tx: &WriteTx, contract: &subscription::Model) -> Result<(), SubscriptionError> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::ActivatedAt, Expr::value(Some(ctx.now())))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    let change = crate::kernel::audit::Change {
        action: "subscriptions.subscription.convert",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        after: Some(serde_json::json!({ "activated_at": ctx.now() })),
        ..Default::default()
    };
    ctx.audit(tx, change).await?;
    Ok(())
}

/// The cycle begins, paid or in grace: it is the present period from now on, and the invoice of the one after it gets
/// its date.
async fn begin(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    open: &cycle::Model,
) -> Result<(), SubscriptionError> {
    let period = period_of(open).ok_or(SubscriptionError::NotFound)?;
    let cycle = match &open.terms {
        Some(agreed) => {
            terms::begin(ctx, tx, contract, agreed, period.start).await?;
            agreed.cycle
        }
        None => contract.cycle,
    };
    let rules = settings::load(tx).await?.billing;
    let notice = chrono::Duration::days(rules.notice_days(cycle));
    let next_invoice_at = contract.auto_renew.then(|| period.end_at() - notice);
    let mut update = subscription::Entity::update_many()
        .col_expr(subscription::Column::PeriodStart, Expr::value(Some(period.start)))
        .col_expr(subscription::Column::PeriodEnd, Expr::value(Some(period.end)))
        .col_expr(subscription::Column::NextRenewalAt, Expr::value(Some(period.end_at())))
        .col_expr(subscription::Column::NextInvoiceAt, Expr::value(next_invoice_at))
        .filter(subscription::Column::Id.eq(&contract.id));
    let is_unpaid = open.status == SubscriptionCycleStatus::Invoiced;
    let status = match contract.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing if is_unpaid => Some(SubscriptionStatus::PastDue),
        SubscriptionStatus::Trialing => Some(SubscriptionStatus::Active),
        _ => None,
    };
    if let Some(status) = status {
        update = update.col_expr(subscription::Column::Status, Expr::value(status));
    }
    update.exec(tx).await?;
    let change = crate::kernel::audit::Change {
        action: "subscriptions.subscription.begin_cycle",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        after: Some(serde_json::json!({ "cycle": open.number, "period": period, "paid": !is_unpaid })),
        ..Default::default()
    };
    ctx.audit(tx, change).await?;
    Ok(())
}

async fn set_status(tx: &WriteTx, id: &SubscriptionId, status: SubscriptionStatus) -> Result<(), DbErr> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::Status, Expr::value(status))
        .filter(subscription::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn look_again(tx: &WriteTx, id: &SubscriptionId, at: Option<DateTime<Utc>>) -> Result<(), DbErr> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::NextStepAt, Expr::value(at))
        .filter(subscription::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &SubscriptionId,
    cycle_number: i32,
    step: String,
    is_skipped: bool,
) -> Result<(), DbErr> {
    let row = dunning_step::ActiveModel {
        id: Set(format!("dun_{}", next_ulid())),
        subscription_id: Set(id.clone()),
        cycle_number: Set(cycle_number),
        step: Set(step),
        is_skipped: Set(is_skipped),
        done_at: Set(ctx.now()),
    };
    let once = [dunning_step::Column::SubscriptionId, dunning_step::Column::CycleNumber, dunning_step::Column::Step];
    dunning_step::Entity::insert(row)
        .on_conflict(OnConflict::columns(once).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
