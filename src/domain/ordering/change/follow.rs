//! What becomes of an accepted change: its money comes or does not, the work on what runs succeeds or fails, its contract
//! ends.
use super::{OrderingError, accept, capture::capture, events::PlanChangeFailed, find, later};
use crate::{
    domain::{Ctx, catalog::quota, ledger, ledger::LedgerError, subscriptions},
    kernel::db::WriteTx,
};
use chrono::Duration;
use entity::{
    payments::payment,
    subscriptions::plan_change,
    value::{
        PaymentId, PlanChangeId, PlanChangeStatus, ProvisionTaskId, SubscriptionId, SubscriptionStatus, WalletHoldId,
        WalletHoldStatus,
    },
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Query},
};

/// Quotes nobody accepted are kept so long.
const FORGOTTEN_AFTER: Duration = Duration::days(7);

/// A change whose payment is not stored after so long waits in vain.
const ORPHANED_AFTER: Duration = Duration::hours(1);
/// Such changes that are ended at once.
const ORPHANS: u64 = 100;

/// Money came: a change that waited for it begins. Where it cannot begin any more it fails, and the money stays in the
/// wallet.
///
/// # Errors
/// To be tried again: the database.
pub async fn on_payment_settled(ctx: &Ctx, payment_id: &PaymentId) -> Result<(), OrderingError> {
    let Some(change) = find::by_payment(&ctx.db, payment_id.as_str()).await? else { return Ok(()) };
    if change.status != PlanChangeStatus::AwaitingPayment {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, &change.subscription_id).await?;
    let refused = match accept::still_fits(ctx, &tx, &contract, &change).await? {
        false => "contract_changed",
        true => match accept::begin(ctx, &tx, &change).await {
            Ok(_) => return Ok(tx.commit().await?),
            Err(OrderingError::QuotaExceeded(_)) => "no_room",
            Err(OrderingError::Ledger(LedgerError::InsufficientCredit { .. })) => "money_spent",
            Err(OrderingError::Provisioning(_)) => "not_possible",
            // Somebody else was faster.
            Err(OrderingError::ChangeUnderWay) => return Ok(()),
            Err(error) => return Err(error),
        },
    };
    drop(tx);
    let tx = ctx.begin().await?;
    fail(ctx, &tx, &change, PlanChangeStatus::AwaitingPayment, refused).await?;
    Ok(tx.commit().await?)
}

/// An attempt came to nothing: the change that waited for its money is off.
///
/// # Errors
/// The database.
pub async fn on_payment_closed(ctx: &Ctx, payment_id: &PaymentId) -> Result<(), OrderingError> {
    let Some(change) = find::by_payment(&ctx.db, payment_id.as_str()).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    if accept::withdraw(ctx, &tx, &change, "not_paid").await? {
        tx.commit().await?;
    }
    Ok(())
}

/// What runs has its new size: the change is captured.
///
/// # Errors
/// To be tried again: billing, the ledger, the database.
pub async fn on_resized(ctx: &Ctx, task_id: &ProvisionTaskId) -> Result<(), OrderingError> {
    let Some(change) = find::by_task(&ctx.db, task_id.as_str()).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, &change.subscription_id).await?;
    // A contract that ended in the meantime is neither changed nor charged.
    if contract.status == SubscriptionStatus::Terminated {
        fail(ctx, &tx, &change, PlanChangeStatus::Changing, "contract_ended").await?;
    } else {
        capture(ctx, &tx, &change).await?;
    }
    Ok(tx.commit().await?)
}

/// What runs could not be changed and has its old size again: the money is the customer's again, no invoice comes.
///
/// # Errors
/// To be tried again: the database.
pub async fn on_resize_failed(ctx: &Ctx, task_id: &ProvisionTaskId) -> Result<(), OrderingError> {
    let Some(change) = find::by_task(&ctx.db, task_id.as_str()).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    match change.takes_effect_on {
        Some(_) => later::tell_staff(ctx, &tx, &change, Some(task_id)).await?,
        None => fail(ctx, &tx, &change, PlanChangeStatus::Changing, "not_made").await?,
    }
    Ok(tx.commit().await?)
}

/// The contract ended: a change of it is off.
///
/// # Errors
/// To be tried again: the database.
pub async fn on_contract_ended(ctx: &Ctx, id: &SubscriptionId) -> Result<(), OrderingError> {
    let Some(change) = find::open_of(&ctx.db, id).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    if !accept::withdraw(ctx, &tx, &change, "contract_ended").await? {
        fail(ctx, &tx, &change, PlanChangeStatus::Changing, "contract_ended").await?;
    }
    Ok(tx.commit().await?)
}

/// Ends a change that is in `from`; a slot and money taken for it are given back.
async fn fail(
    ctx: &Ctx,
    tx: &WriteTx,
    change: &plan_change::Model,
    from: PlanChangeStatus,
    reason: &str,
) -> Result<(), OrderingError> {
    let failed = plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::Failed))
        .col_expr(plan_change::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(plan_change::Column::EndReason, Expr::value(Some(reason)))
        .col_expr(plan_change::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan_change::Column::Id.eq(&change.id))
        .filter(plan_change::Column::Status.eq(from))
        .exec_with_returning(tx)
        .await?;
    // As it is now: it may have begun, and set money aside, since it was read.
    let Some(change) = &failed.into_iter().next() else { return Ok(()) };
    if from == PlanChangeStatus::Changing {
        quota::give_back(ctx, tx, &change.to_plan_id).await?;
    }
    if let Some(id) = &change.hold_id {
        ledger::close_hold(ctx, tx, &WalletHoldId::from(id.as_str()), WalletHoldStatus::Released).await?;
    }
    let event = PlanChangeFailed {
        change_id: change.id.clone(),
        subscription_id: change.subscription_id.clone(),
        customer_id: change.customer_id.clone(),
        reason: reason.to_owned(),
    };
    ctx.publish(tx, &event).await?;
    accept::record(ctx, tx, change, "ordering.plan_change.fail").await?;
    Ok(())
}

/// Forgets quotes nobody accepted, and ends changes that wait for a payment which never came to be because the process
/// died before it was stored. Returns how many.
///
/// # Errors
/// The database.
pub async fn forget_quotes(ctx: &Ctx) -> Result<u64, OrderingError> {
    let ended = end_orphans(ctx).await?;
    let tx = ctx.begin().await?;
    let gone = plan_change::Entity::delete_many()
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::Quoted))
        .filter(plan_change::Column::Id.lt(PlanChangeId::floor(ctx.now() - FORGOTTEN_AFTER)))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(gone.rows_affected + ended)
}

async fn end_orphans(ctx: &Ctx) -> Result<u64, OrderingError> {
    let its_payment = Query::select()
        .expr(Expr::val(1))
        .from(payment::Entity)
        .and_where(
            Expr::col((payment::Entity, payment::Column::Id))
                .equals((plan_change::Entity, plan_change::Column::PaymentId)),
        )
        .to_owned();
    let orphans = plan_change::Entity::find()
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::AwaitingPayment))
        .filter(plan_change::Column::UpdatedAt.lt(ctx.now() - ORPHANED_AFTER))
        .filter(Expr::exists(its_payment).not())
        .limit(ORPHANS)
        .all(&ctx.db)
        .await?;
    let mut ended = 0;
    for change in orphans {
        let tx = ctx.begin().await?;
        ended += u64::from(accept::withdraw(ctx, &tx, &change, "payment_lost").await?);
        tx.commit().await?;
    }
    Ok(ended)
}
