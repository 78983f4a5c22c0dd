//! One step of one contract's timetable: the facts are read, the next step is decided and taken, all in one
//! transaction. A step that was taken shows in the facts, so that taking it again is impossible, not just unlikely.
use super::{
    SubscriptionError, cancel,
    cancel::EndReason,
    events::{RemovalNear, RenewalReminder},
    find, hold,
    timetable::{self, Decision, Facts, OpenCycle, Step},
};
use crate::{
    domain::{Ctx, settings},
    kernel::{
        db::WriteTx,
        job::{self, Job},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice,
    messaging::message,
    subscriptions::{cycle, dunning_step, hold as hold_row, subscription},
    value::{
        CustomerId, HoldReason, InvoiceId, InvoiceStatus, MessageStatus, Period, SubscriptionCycleStatus,
        SubscriptionId, SubscriptionStatus, next_ulid,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};

/// Contracts one sweep queues at most; the next one goes on.
const SWEEP: u64 = 1_000;

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

/// The contracts whose time has come, the longest overdue first; a sweep of them.
///
/// # Errors
/// The database.
pub async fn due(ctx: &Ctx) -> Result<Vec<SubscriptionId>, DbErr> {
    subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Id)
        .filter(subscription::Column::NextStepAt.lte(ctx.now()))
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
    let rules = settings::current(ctx).await?.billing.clone();
    let tx = ctx.begin().await?;
    let contract = hold::lock(ctx, &tx, id).await?;
    let (facts, open) = facts(&tx, &contract).await?;
    match timetable::decide(&facts, &rules, ctx.now()) {
        Decision::Wait(at) => {
            look_again(&tx, id, at).await?;
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

/// Notes that the wallet was asked on this day, whatever it said.
///
/// # Errors
/// The database.
pub async fn note_debit(ctx: &Ctx, id: &SubscriptionId, cycle_number: i32, step: Step) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    if let Some(code) = step.code() {
        note(ctx, &tx, id, cycle_number, code, false).await?;
    }
    tx.commit().await
}

/// An invoice was paid: the contracts it renews are looked at now.
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
            let removes_at =
                (ctx.now() + chrono::Duration::days(days)).max(since + chrono::Duration::days(rules.retention_days));
            let event = RemovalNear { subscription_id, customer_id, invoice_id: invoice_id()?, days, removes_at };
            Ok(ctx.publish(tx, &event).await?)
        }
        Step::Terminate => cancel::end(ctx, tx, &contract.id, EndReason::NonPayment).await.map(drop),
        // Money moves elsewhere, see `Outcome::Debit`.
        Step::Debit(_) => Ok(()),
    }
}

/// The cycle is paid: noted, and what was held for its money is free.
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
    if contract.status == SubscriptionStatus::PastDue {
        let status = match contract.cancel_reason {
            Some(_) => SubscriptionStatus::Cancelled,
            None => SubscriptionStatus::Active,
        };
        set_status(tx, &contract.id, status).await?;
    }
    hold::lift_in(ctx, tx, contract, HoldReason::NonPayment).await?;
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
    let rules = settings::load(tx).await?.billing;
    let notice = chrono::Duration::days(rules.notice_days(contract.cycle));
    let next_invoice_at = contract.auto_renew.then(|| period.end_at() - notice);
    let mut update = subscription::Entity::update_many()
        .col_expr(subscription::Column::PeriodStart, Expr::value(Some(period.start)))
        .col_expr(subscription::Column::PeriodEnd, Expr::value(Some(period.end)))
        .col_expr(subscription::Column::NextRenewalAt, Expr::value(Some(period.end_at())))
        .col_expr(subscription::Column::NextInvoiceAt, Expr::value(next_invoice_at))
        .filter(subscription::Column::Id.eq(&contract.id));
    let is_unpaid = open.status == SubscriptionCycleStatus::Invoiced;
    if is_unpaid && contract.status == SubscriptionStatus::Active {
        update = update.col_expr(subscription::Column::Status, Expr::value(SubscriptionStatus::PastDue));
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

/// How a contract stands, and the cycle its timetable is about.
pub async fn facts(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
) -> Result<(Facts, Option<cycle::Model>), DbErr> {
    let open = open_cycle(db, contract).await?;
    let mut facts = Facts {
        status: contract.status,
        period_end: contract.period_end,
        unpaid_hold_since: find::open_holds(db, std::slice::from_ref(&contract.id))
            .await?
            .into_iter()
            .find(|hold: &hold_row::Model| hold.reason == HoldReason::NonPayment)
            .map(|hold| hold.placed_at),
        cycle: None,
        done: Default::default(),
    };
    let Some(row) = &open else { return Ok((facts, None)) };
    let (Some(period), Some(invoice_id)) = (period_of(row), &row.invoice_id) else { return Ok((facts, None)) };
    let bill = invoice::Entity::find_by_id(invoice_id.clone()).one(db).await?;
    let bill = bill.ok_or_else(|| DbErr::RecordNotFound(invoice_id.to_string()))?;
    let steps = dunning_step::Entity::find()
        .filter(dunning_step::Column::SubscriptionId.eq(&contract.id))
        .filter(dunning_step::Column::CycleNumber.eq(row.number))
        .all(db)
        .await?;
    facts.done = steps.into_iter().map(|step| (step.step, step.done_at)).collect();
    facts.cycle = Some(OpenCycle {
        number: row.number,
        period,
        is_settled: row.status == SubscriptionCycleStatus::Paid,
        is_paid: bill.status == InvoiceStatus::Paid,
        due_at: bill.due_at.unwrap_or_else(|| period.start_at()),
        issued_at: bill.issued_at.unwrap_or(row.created_at),
        is_told: is_told(db, contract, &bill, &facts).await?,
    });
    Ok((facts, open))
}

/// Whether a notice about the invoice was accepted by a mail server: the invoice itself, or a reminder.
async fn is_told(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
    bill: &invoice::Model,
    facts: &Facts,
) -> Result<bool, DbErr> {
    let reminders = facts
        .done
        .keys()
        .filter(|code| code.starts_with("remind_"))
        .map(|code| format!("renewal_reminder:{}:{}:{code}", contract.id, bill.id));
    let keys: Vec<String> = reminders.chain([format!("invoice_issued:{}", bill.id)]).collect();
    let told = message::Entity::find()
        .filter(message::Column::OnceKey.is_in(keys))
        .filter(message::Column::Status.eq(MessageStatus::Sent))
        .one(db)
        .await?;
    Ok(told.is_some())
}

/// The oldest cycle that is not paid, or is paid and has not begun.
async fn open_cycle(db: &impl ConnectionTrait, contract: &subscription::Model) -> Result<Option<cycle::Model>, DbErr> {
    let Some(period_end) = contract.period_end else { return Ok(None) };
    cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(&contract.id))
        .filter(cycle::Column::Number.gt(1))
        .filter(
            Condition::any().add(cycle::Column::Status.eq(SubscriptionCycleStatus::Invoiced)).add(
                Condition::all()
                    .add(cycle::Column::Status.eq(SubscriptionCycleStatus::Paid))
                    .add(cycle::Column::PeriodStart.gte(period_end)),
            ),
        )
        .order_by_asc(cycle::Column::Number)
        .limit(1)
        .one(db)
        .await
}

fn period_of(row: &cycle::Model) -> Option<Period> {
    Some(Period { start: row.period_start?, end: row.period_end? })
}
