//! The end of a contract: asked for by the customer, decided by staff, or because its order came to nothing.
use super::{
    SubscriptionError,
    events::{SubscriptionCancelled, SubscriptionEnded},
    find, room, schedule, standing, trial,
};
use crate::{
    domain::{
        Ctx,
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            deferral, invoice as invoices,
        },
        catalog::quota,
        customers, settings,
    },
    kernel::{
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        locale::{Lang, t},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    subscriptions::{cycle, hold, subscription},
    value::{CustomerId, Cycle, InvoiceStatus, SubscriptionCycleStatus, SubscriptionId, SubscriptionStatus, contact},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// Characters of a reason at most.
const MAX_REASON: usize = 160;

/// Why a contract ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The customer did not want it any more.
    Cancelled,
    /// It was not to be renewed.
    NotRenewed,
    /// Its order was cancelled before it was paid.
    OrderCancelled,
    /// What it promises could not be made.
    ProvisioningFailed,
    /// It was paid but there was no room in time.
    NoCapacity,
    /// Staff ended it.
    Staff,
    /// It was not paid in all the time it was kept suspended.
    NonPayment,
}

impl EndReason {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::NotRenewed => "not_renewed",
            Self::OrderCancelled => "order_cancelled",
            Self::ProvisioningFailed => "provisioning_failed",
            Self::NoCapacity => "no_capacity",
            Self::Staff => "staff",
            Self::NonPayment => "non_payment",
        }
    }
}

/// When a cancellation takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once; nothing is refunded by itself.
    Now,
    /// When the paid period is over.
    PeriodEnd,
}

impl When {
    /// The moment a word names.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "now" => Some(Self::Now),
            "period_end" => Some(Self::PeriodEnd),
            _ => None,
        }
    }
}

/// Ends a contract for good: its slot is given back, its open holds are lifted, a cycle that is not paid, or for which there
/// was no room, is void, nothing more of it is earned by day, and `subscription.ended` is published. Whether it ended now;
/// ending twice ends once.
pub async fn end(ctx: &Ctx, tx: &WriteTx, id: &SubscriptionId, reason: EndReason) -> Result<bool, SubscriptionError> {
    end_because(ctx, tx, id, reason, None).await
}

/// The same, where somebody said `why`: the history of the contract keeps it.
async fn end_because(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &SubscriptionId,
    reason: EndReason,
    why: Option<&str>,
) -> Result<bool, SubscriptionError> {
    let ended = subscription::Entity::update_many()
        .col_expr(subscription::Column::Status, Expr::value(SubscriptionStatus::Terminated))
        .col_expr(subscription::Column::ExclusiveKey, Expr::value(None::<String>))
        .col_expr(subscription::Column::EndReason, Expr::value(Some(reason.as_str())))
        .col_expr(subscription::Column::AutoRenew, Expr::value(false))
        .col_expr(subscription::Column::NextRenewalAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(subscription::Column::NextInvoiceAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(subscription::Column::NextStepAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(subscription::Column::TerminatedAt, Expr::value(Some(ctx.now())))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(id))
        .filter(subscription::Column::Status.ne(SubscriptionStatus::Terminated))
        .exec(tx)
        .await?;
    let subscription = find::get(tx, id).await?;
    if ended.rows_affected == 0 {
        return Ok(false);
    }
    cycle::Entity::update_many()
        .col_expr(cycle::Column::Status, Expr::value(SubscriptionCycleStatus::Void))
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(cycle::Column::Status.eq(SubscriptionCycleStatus::Invoiced))
        .exec(tx)
        .await?;
    hold::Entity::update_many()
        .col_expr(hold::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(hold::Column::LiftedAt, Expr::value(Some(ctx.now())))
        .filter(hold::Column::SubscriptionId.eq(id))
        .filter(hold::Column::OpenKey.is_not_null())
        .exec(tx)
        .await?;
    let is_ours = matches!(reason, EndReason::ProvisioningFailed | EndReason::NoCapacity | EndReason::OrderCancelled);
    if is_ours && subscription.activated_at.is_none() {
        trial::forget(tx, id).await?;
    }
    room::end(ctx, tx, id).await?;
    quota::release(ctx, tx, id).await?;
    deferral::end(ctx, tx, id).await?;
    let event = SubscriptionEnded {
        subscription_id: id.clone(),
        customer_id: subscription.customer_id.clone(),
        reason: reason.as_str().to_owned(),
    };
    ctx.publish(tx, &event).await?;
    let after = serde_json::json!({ "status": "terminated", "end_reason": reason.as_str() });
    record(ctx, tx, &subscription, "subscriptions.subscription.end", after, why).await?;
    Ok(true)
}

/// Staff end a contract for good. Its history keeps the reason (up to 160 characters); a page always asks for one.
///
/// # Errors
/// `Invalid` for a reason that is empty or too long; `NotFound`; `InvalidState` where it has ended already.
pub async fn terminate(ctx: &Ctx, id: &SubscriptionId, reason: Option<&str>) -> Result<(), SubscriptionError> {
    let reason = reason
        .map(|text| contact::line(text, MAX_REASON))
        .transpose()
        .map_err(|wrong| SubscriptionError::Invalid(vec![FieldFault::of("reason", wrong)]))?;
    let tx = ctx.begin().await?;
    if !end_because(ctx, &tx, id, EndReason::Staff, reason.as_deref()).await? {
        return Err(SubscriptionError::InvalidState(SubscriptionStatus::Terminated));
    }
    tx.commit().await?;
    Ok(())
}

/// The customer gives notice, with a reason (up to 160 characters). `Now` ends the contract; `PeriodEnd` keeps it
/// until its paid period is over and marks it `cancelled`. Publishes `subscription.cancelled`. Giving notice for the
/// period's end twice changes nothing.
///
/// # Errors
/// `NotFound` for a foreign or missing contract; `InvalidState` for one that is pending (its order is cancelled
/// instead), suspended (for the period's end) or ended; `Invalid` for a reason that is too long.
pub async fn cancel(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &SubscriptionId,
    when: When,
    reason: &str,
) -> Result<subscription::Model, SubscriptionError> {
    let reason = reason.trim();
    if reason.chars().count() > MAX_REASON {
        return Err(SubscriptionError::Invalid(vec![FieldFault::new("reason", "too_long").with("max", MAX_REASON)]));
    }
    let tx = ctx.begin().await?;
    let subscription = find::get_owned(&tx, customer_id, id).await?;
    if matches!(subscription.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated) {
        return Err(SubscriptionError::InvalidState(subscription.status));
    }
    let status = match when {
        // A suspended contract stays suspended until it ends.
        When::Now => subscription.status,
        When::PeriodEnd if subscription.cycle == Cycle::OneTime => {
            return Err(SubscriptionError::InvalidState(subscription.status));
        }
        When::PeriodEnd if subscription.status == SubscriptionStatus::Suspended => SubscriptionStatus::Suspended,
        When::PeriodEnd => SubscriptionStatus::Cancelled,
    };
    let changed = subscription::Entity::update_many()
        .col_expr(subscription::Column::Status, Expr::value(status))
        .col_expr(subscription::Column::AutoRenew, Expr::value(false))
        .col_expr(subscription::Column::CancelReason, Expr::value(Some(reason.to_owned())))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(id))
        .filter(subscription::Column::Status.eq(subscription.status))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(SubscriptionError::InvalidState(find::get(&tx, id).await?.status));
    }
    if when == When::PeriodEnd {
        stop_renewing(ctx, &tx, &subscription).await?;
    }
    let after = serde_json::json!({ "when": if when == When::Now { "now" } else { "period_end" } });
    record(ctx, &tx, &subscription, "subscriptions.subscription.cancel", after, Some(reason)).await?;
    let ends_on = subscription.period_end.filter(|_| when == When::PeriodEnd);
    // Notice that was given before is no news.
    if when == When::Now || (ends_on.is_some() && subscription.cancel_reason.is_none()) {
        let event = SubscriptionCancelled {
            subscription_id: id.clone(),
            customer_id: subscription.customer_id.clone(),
            ends_on,
            at: ctx.now(),
        };
        ctx.publish(&tx, &event).await?;
    }
    if when == When::Now {
        end(ctx, &tx, id, EndReason::Cancelled).await?;
    }
    let subscription = find::get(&tx, id).await?;
    tx.commit().await?;
    Ok(subscription)
}

/// Whether a contract goes on by itself after its period. Switched on again, a notice is taken back.
///
/// # Errors
/// `NotFound` for a foreign or missing contract; `InvalidState` for one that is ended or paid only once.
pub async fn set_auto_renew(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &SubscriptionId,
    auto_renew: bool,
) -> Result<subscription::Model, SubscriptionError> {
    let tx = ctx.begin().await?;
    let before = find::get_owned(&tx, customer_id, id).await?;
    if before.status == SubscriptionStatus::Terminated || before.cycle == Cycle::OneTime {
        return Err(SubscriptionError::InvalidState(before.status));
    }
    let takes_back = auto_renew && before.cancel_reason.is_some();
    let status = match before.status {
        SubscriptionStatus::Cancelled if takes_back => trial::state_of(ctx, &tx, &before).await?,
        other => other,
    };
    let cancel_reason = if takes_back { None } else { before.cancel_reason.clone() };
    let changed = subscription::Entity::update_many()
        .col_expr(subscription::Column::Status, Expr::value(status))
        .col_expr(subscription::Column::AutoRenew, Expr::value(auto_renew))
        .col_expr(subscription::Column::CancelReason, Expr::value(cancel_reason))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(id))
        .filter(subscription::Column::Status.eq(before.status))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(SubscriptionError::InvalidState(find::get(&tx, id).await?.status));
    }
    match auto_renew {
        true => invoice_again(ctx, &tx, &before).await?,
        false => stop_renewing(ctx, &tx, &before).await?,
    }
    let after = serde_json::json!({ "auto_renew": auto_renew });
    record(ctx, &tx, &before, "subscriptions.subscription.auto_renew", after, None).await?;
    let subscription = find::get(&tx, id).await?;
    tx.commit().await?;
    Ok(subscription)
}

/// No further invoice comes, and one that is out for a period that has not begun is credited, as long as nothing of it
/// was paid. Whether one was.
pub(super) async fn withdraw_renewal(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
) -> Result<bool, SubscriptionError> {
    let (_, open) = standing::facts(tx, contract).await?;
    let begins_later = |open: &cycle::Model| open.period_start >= contract.period_end;
    let Some(open) = open.filter(begins_later).filter(|open| open.status == SubscriptionCycleStatus::Invoiced) else {
        return Ok(false);
    };
    let Some(invoice_id) = &open.invoice_id else { return Ok(false) };
    let bill = invoices::lock(tx, invoice_id).await?;
    if bill.status != InvoiceStatus::Issued || bill.paid_minor > 0 {
        return Ok(false);
    }
    let lines = find::lines_on(tx, invoice_id, &contract.id).await?;
    let customer = customers::get(tx, &contract.customer_id).await.map_err(|_| SubscriptionError::NotFound)?;
    let lang = Lang::parse(&customer.locale).unwrap_or_default();
    let new = NewCreditNote {
        invoice_id,
        credit: Credit::Items(lines),
        against: Against::Open,
        reason: &t(lang, "subscriptions-credit-not-renewed"),
        key: &undelivered_key(&contract.id, open.number),
    };
    credit_note::issue(ctx, tx, new).await?;
    cycle::Entity::update_many()
        .col_expr(cycle::Column::Status, Expr::value(SubscriptionCycleStatus::Void))
        .filter(cycle::Column::Id.eq(open.id.as_str()))
        .exec(tx)
        .await?;
    Ok(true)
}

/// The contract is not to be renewed.
async fn stop_renewing(ctx: &Ctx, tx: &WriteTx, contract: &subscription::Model) -> Result<(), SubscriptionError> {
    set_next_invoice(tx, &contract.id, None).await?;
    withdraw_renewal(ctx, tx, contract).await.map(drop)
}

/// Names the credit of a cycle that was asked for and is not delivered: it is credited once, whoever comes first.
pub fn undelivered_key(id: &SubscriptionId, cycle_number: i32) -> String {
    format!("undelivered:{id}:{cycle_number}")
}

/// The contract is to be renewed after all: its next invoice gets its date, unless it is out already.
pub(super) async fn invoice_again(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
) -> Result<(), SubscriptionError> {
    let Some(period) = schedule::current_period(contract) else { return Ok(()) };
    let (_, open) = standing::facts(tx, contract).await?;
    if open.is_some_and(|open| open.period_start >= contract.period_end) {
        return Ok(());
    }
    let rules = settings::load(tx).await?.billing;
    let notice = if trial::is_unpaid(contract) { rules.trial_notice_days } else { rules.notice_days(contract.cycle) };
    let at = Ord::max(period.end_at() - Duration::days(notice), ctx.now());
    Ok(set_next_invoice(tx, &contract.id, Some(at)).await?)
}

async fn set_next_invoice(tx: &WriteTx, id: &SubscriptionId, at: Option<DateTime<Utc>>) -> Result<(), DbErr> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::NextInvoiceAt, Expr::value(at))
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
    after: serde_json::Value,
    reason: Option<&str>,
) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "subscription",
        target_id: subscription.id.as_str(),
        customer_id: Some(&subscription.customer_id),
        before: Some(serde_json::json!({ "status": subscription.status, "auto_renew": subscription.auto_renew })),
        after: Some(after),
        reason,
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", subscription.customer_id));
    Ok(())
}
