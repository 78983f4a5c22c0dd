//! A quote is accepted: its money is set aside and the change begins, or it waits for its money.
use super::{
    OrderingError, capture,
    events::{ChangeToPay, ChangeWithdrawn},
    find, later, quote,
};
use crate::{
    domain::{
        Ctx,
        catalog::{self, CatalogError, quota},
        ledger::{self, LedgerError, NewHold},
        payments::{CancelAttempt, PaymentError, attempt},
        provisioning::{self, resize},
        subscriptions,
    },
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    payments::payment,
    subscriptions::{plan_change, subscription},
    value::{CustomerId, PaymentId, PlanChangeId, PlanChangeStatus, SubscriptionId},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// An accepted change.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The change as it stands.
    pub change: plan_change::Model,
    /// The attempt whose money it waits for.
    pub payment: Option<payment::Model>,
}

/// Accepts a quote. The wallet's money is set aside and the change begins; where the wallet does not hold enough and a
/// way to pay is given, the whole amount is collected that way and the change begins when it has come. A change that
/// waits for its money is replaced. Accepting twice accepts once. Where staff agree for a customer, the change says who
/// did, and the customer is told what he is to pay (`plan_change.to_pay`).
///
/// # Errors
/// `NotFound`, also for somebody else's; `QuoteExpired` for one that ran out, came to nothing, or whose contract or tax is no
/// longer as it was then; `ChangeUnderWay`; `QuotaExceeded`; `Ledger(InsufficientCredit)` (nothing then changes); those of
/// starting a payment; `Provisioning(InvalidState)` where what runs cannot be changed now; the database.
pub async fn accept(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
    quote_id: &PlanChangeId,
    way: Option<&attempt::Choice>,
) -> Result<Accepted, OrderingError> {
    find::get_owned(&ctx.db, customer_id, subscription_id, quote_id).await?;
    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, subscription_id).await?;
    // Read under the lock: a twin of this request may just have accepted it.
    let quoted = find::get(&tx, quote_id).await?;
    match quoted.status {
        PlanChangeStatus::Quoted => {}
        PlanChangeStatus::Cancelled | PlanChangeStatus::Failed => return Err(OrderingError::QuoteExpired),
        // What is agreed for a coming period has no quote.
        PlanChangeStatus::Scheduled => return Err(OrderingError::NotFound),
        PlanChangeStatus::AwaitingPayment | PlanChangeStatus::Changing | PlanChangeStatus::Done => {
            let payment = match &quoted.payment_id {
                Some(id) => attempt::get(&tx, &PaymentId::from(id.as_str())).await.ok(),
                None => None,
            };
            return Ok(Accepted { change: quoted, payment });
        }
    }
    if quoted.valid_until < ctx.now() {
        return Err(OrderingError::QuoteExpired);
    }
    if !still_fits(ctx, &tx, &contract, &quoted).await? {
        return Err(OrderingError::QuoteExpired);
    }
    make_way(ctx, &tx, subscription_id).await?;
    match begin(ctx, &tx, &quoted).await {
        Ok(change) => {
            tx.commit().await?;
            Ok(Accepted { change, payment: None })
        }
        Err(OrderingError::Ledger(LedgerError::InsufficientCredit { shortfall_minor })) => match way {
            Some(way) => {
                drop(tx);
                collect(ctx, &quoted, way).await
            }
            None => Err(LedgerError::InsufficientCredit { shortfall_minor }.into()),
        },
        Err(error) => Err(error),
    }
}

/// Whether the contract is as it was when the change was priced, and its invoice would be over what was quoted.
pub(super) async fn still_fits(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    change: &plan_change::Model,
) -> Result<bool, OrderingError> {
    let paid = quote::paid_for(tx, contract, ctx.now()).await?;
    Ok(quote::is_changeable(contract, ctx.now())
        && contract.plan_id == change.from_plan_id
        && (contract.price_minor, contract.tax_included) == (change.from_price_minor, change.from_tax_included)
        && quote::paid_until(&paid) == change.period_end
        // Another tax by now would be found only once everything else is done, and then nothing could be charged.
        && quote::asked_now(ctx, tx, contract, change).await? == change.total_minor)
}

/// A change that waits for its money or its day gives way to a new one; one that is under way does not.
pub(super) async fn make_way(ctx: &Ctx, tx: &WriteTx, subscription_id: &SubscriptionId) -> Result<(), OrderingError> {
    let Some(open) = find::open_of(tx, subscription_id).await? else { return Ok(()) };
    if open.status == PlanChangeStatus::Scheduled {
        let contract = subscriptions::find::get(tx, subscription_id).await?;
        later::take_back(ctx, tx, &contract).await?;
    }
    match withdraw(ctx, tx, &open, "replaced").await? {
        true => Ok(()),
        false => Err(OrderingError::ChangeUnderWay),
    }
}

/// Takes the slot, sets the money aside and asks for the work; where nothing runs the change is made at once. Rows are
/// locked in the order of checkout: contract, slot, account.
pub(super) async fn begin(
    ctx: &Ctx,
    tx: &WriteTx,
    change: &plan_change::Model,
) -> Result<plan_change::Model, OrderingError> {
    let (detail, _) = catalog::find::plan(tx, &change.to_plan_id).await?;
    quota::take_slot(tx, &change.to_plan_id).await.map_err(|error| match error {
        CatalogError::QuotaExceeded { .. } => OrderingError::QuotaExceeded(detail.plan.code.clone()),
        other => other.into(),
    })?;
    let new = NewHold {
        customer_id: &change.customer_id,
        amount_minor: change.total_minor,
        source_type: "plan_change",
        source_id: change.id.as_str(),
    };
    let hold = ledger::hold(ctx, tx, new).await?;
    let task = resize::request(ctx, tx, &change.subscription_id, &detail.plan).await;
    let task = task.map_err(|error: provisioning::ProvisioningError| OrderingError::Provisioning(Box::new(error)))?;
    let from = [PlanChangeStatus::Quoted, PlanChangeStatus::AwaitingPayment];
    let begun = plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::Changing))
        .col_expr(plan_change::Column::OpenKey, Expr::value(Some(change.subscription_id.as_str())))
        .col_expr(plan_change::Column::HoldId, Expr::value(Some(hold.id.as_str())))
        .col_expr(plan_change::Column::TaskId, Expr::value(task.as_ref().map(|task| task.id.as_str())))
        .col_expr(plan_change::Column::AgreedBy, Expr::value(agreed_by(ctx, change)))
        .col_expr(plan_change::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan_change::Column::Id.eq(&change.id))
        .filter(plan_change::Column::Status.is_in(from))
        .exec_with_returning(tx)
        .await?;
    let change = begun.into_iter().next().ok_or(OrderingError::ChangeUnderWay)?;
    record(ctx, tx, &change, "ordering.plan_change.begin").await?;
    if task.is_none() {
        capture::capture(ctx, tx, &change).await?;
        return find::get(tx, &change.id).await;
    }
    Ok(change)
}

/// Who of staff agreed to a change: whoever does now, or did when it began to wait for its money.
fn agreed_by(ctx: &Ctx, change: &plan_change::Model) -> Option<String> {
    ctx.staff_id().map(|id| id.0).or_else(|| change.agreed_by.clone())
}

/// Collects the money of a change: the change waits under the id of the attempt before the gateway is asked.
async fn collect(ctx: &Ctx, quoted: &plan_change::Model, way: &attempt::Choice) -> Result<Accepted, OrderingError> {
    let payment_id = PaymentId::generate();
    let tx = ctx.begin().await?;
    subscriptions::lock(ctx, &tx, &quoted.subscription_id).await?;
    make_way(ctx, &tx, &quoted.subscription_id).await?;
    let waits = plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::AwaitingPayment))
        .col_expr(plan_change::Column::OpenKey, Expr::value(Some(quoted.subscription_id.as_str())))
        .col_expr(plan_change::Column::PaymentId, Expr::value(Some(payment_id.as_str())))
        .col_expr(plan_change::Column::AgreedBy, Expr::value(agreed_by(ctx, quoted)))
        .col_expr(plan_change::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan_change::Column::Id.eq(&quoted.id))
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::Quoted))
        .exec_with_returning(&tx)
        .await?;
    let change = waits.into_iter().next().ok_or(OrderingError::ChangeUnderWay)?;
    if change.agreed_by.is_some() {
        ctx.publish(&tx, &ChangeToPay::of(&change)).await?;
    }
    record(ctx, &tx, &change, "ordering.plan_change.await_payment").await?;
    tx.commit().await?;
    match attempt::start_for(ctx, &change.customer_id, payment_id, change.total_minor, way).await {
        Ok(payment) => Ok(Accepted { change, payment: Some(payment) }),
        // The attempt is open, and its money would still be the change's.
        Err(error @ PaymentError::GatewayUnknown { .. }) => Err(error.into()),
        // Nothing was charged: the quote can be accepted another way.
        Err(error) => {
            offer_again(ctx, &change).await?;
            Err(error.into())
        }
    }
}

async fn offer_again(ctx: &Ctx, change: &plan_change::Model) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::Quoted))
        .col_expr(plan_change::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(plan_change::Column::PaymentId, Expr::value(None::<String>))
        .col_expr(plan_change::Column::AgreedBy, Expr::value(None::<String>))
        .filter(plan_change::Column::Id.eq(&change.id))
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::AwaitingPayment))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// The customer does not want a change any more that waits for its money or its day, or staff take it back for him
/// (`plan_change.withdrawn`).
///
/// # Errors
/// `NotFound`, also for somebody else's; `ChangeUnderWay` for one that has begun; the database.
pub async fn cancel(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
    id: &PlanChangeId,
) -> Result<plan_change::Model, OrderingError> {
    let change = find::get_owned(&ctx.db, customer_id, subscription_id, id).await?;
    if change.status == PlanChangeStatus::Cancelled {
        return Ok(change);
    }
    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, subscription_id).await?;
    // Read under the lock: a twin of this request may just have cancelled it.
    let change = find::get(&tx, &change.id).await?;
    match change.status {
        PlanChangeStatus::Cancelled => return Ok(change),
        PlanChangeStatus::Scheduled => later::take_back(ctx, &tx, &contract).await?,
        _ => {}
    }
    let by_staff = ctx.staff_id().is_some();
    if !withdraw(ctx, &tx, &change, if by_staff { "staff" } else { "customer" }).await? {
        return Err(OrderingError::ChangeUnderWay);
    }
    if by_staff {
        ctx.publish(&tx, &ChangeWithdrawn::of(&change)).await?;
    }
    let change = find::get(&tx, id).await?;
    tx.commit().await?;
    Ok(change)
}

/// Ends a change that waits for its money, whose attempt is closed in the background, or for its day, whose slot is
/// given back. Whether it waited.
pub(super) async fn withdraw(
    ctx: &Ctx,
    tx: &WriteTx,
    change: &plan_change::Model,
    reason: &str,
) -> Result<bool, OrderingError> {
    let withdrawn = plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::Cancelled))
        .col_expr(plan_change::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(plan_change::Column::EndReason, Expr::value(Some(reason)))
        .col_expr(plan_change::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan_change::Column::Id.eq(&change.id))
        .filter(plan_change::Column::Status.eq(change.status))
        .filter(plan_change::Column::Status.is_in([PlanChangeStatus::AwaitingPayment, PlanChangeStatus::Scheduled]))
        .exec_with_returning(tx)
        .await?;
    let was_scheduled = change.status == PlanChangeStatus::Scheduled;
    let Some(change) = &withdrawn.into_iter().next() else { return Ok(false) };
    if was_scheduled && change.to_plan_id != change.from_plan_id {
        quota::give_back(ctx, tx, &change.to_plan_id).await?;
    }
    if let Some(payment_id) = &change.payment_id {
        ctx.enqueue(tx, &CancelAttempt { payment_id: PaymentId::from(payment_id.as_str()) }).await?;
    }
    record(ctx, tx, change, "ordering.plan_change.withdraw").await?;
    Ok(true)
}

pub(super) async fn record(ctx: &Ctx, tx: &WriteTx, change: &plan_change::Model, action: &str) -> Result<(), DbErr> {
    let row = Change {
        action,
        target_type: "plan_change",
        target_id: change.id.as_str(),
        customer_id: Some(&change.customer_id),
        after: Some(serde_json::json!({
            "subscription": change.subscription_id,
            "plan": change.to_plan_id,
            "total_minor": change.total_minor,
        })),
        ..Change::default()
    };
    ctx.audit(tx, row).await?;
    tx.wake_after_commit(format!("customer:{}", change.customer_id));
    Ok(())
}
