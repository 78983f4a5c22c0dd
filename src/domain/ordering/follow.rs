//! What becomes of an order after it was placed. Every function may run twice, late, or at the same time as its twin:
//! a guarded update decides who does it.
use super::{OrderingError, coupon, events::OrderCancelled, find, waiting::note_refund};
use crate::{
    domain::{
        Ctx,
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice as invoices, withholding,
        },
        catalog::quota,
        customers,
        payments::refund::{Scope, lock_of_invoice, refund_invoice_to_wallet},
        settings,
        subscriptions::{self, EndReason},
    },
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        locale::t,
        said::args,
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    ordering::order,
    value::{
        InvoiceId, InvoiceItemId, InvoiceStatus, OrderId, OrderStatus, SubscriptionId, SubscriptionStatus, contact,
    },
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// Orders `cancel_overdue` looks at in one go.
const BATCH: u64 = 200;
/// Longest reason of a cancellation, in characters.
const LONGEST_REASON: usize = 160;

/// The invoice of an order was paid: the order is, and its coupon is used for good. Contracts are activated by `subscriptions::activate_for_invoice`.
pub async fn on_invoice_paid(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<(), OrderingError> {
    let Some(order) = find::of_invoice(&ctx.db, invoice_id).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    // Of an order without contracts nothing comes up later that could be waited for.
    let is_done = subscriptions::find::of_order(&tx, &order.id).await?.is_empty();
    let to = if is_done { OrderStatus::Active } else { OrderStatus::Paid };
    if turn(ctx, &tx, &order, &[OrderStatus::Pending], to, None).await? {
        coupon::commit(ctx, &tx, &order.id).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The invoice of an order was voided: an order that waits for money is cancelled.
pub async fn on_invoice_voided(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<(), OrderingError> {
    let Some(order) = find::of_invoice(&ctx.db, invoice_id).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    if turn(ctx, &tx, &order, &[OrderStatus::Pending], OrderStatus::Cancelled, Some("invoice_voided")).await? {
        coupon::release(ctx, &tx, &order.id).await?;
        end_contracts(ctx, &tx, &order.id).await?;
        tell_cancelled(ctx, &tx, &order, "invoice_voided").await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A payment of an invoice began: the slots of its order are kept until that payment runs out.
pub async fn on_payment_started(
    ctx: &Ctx,
    invoice_id: &InvoiceId,
    expires_at: DateTime<Utc>,
) -> Result<(), OrderingError> {
    let Some(order) = find::of_invoice(&ctx.db, invoice_id).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    for contract in subscriptions::find::of_order(&tx, &order.id).await? {
        quota::extend(ctx, &tx, &contract.id, expires_at).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Something that was ordered came up: an order of which everything has come up is active.
pub async fn on_instance_running(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<(), OrderingError> {
    let contract = subscriptions::find::get(&ctx.db, subscription_id).await?;
    let Some(order) = find::of_contract(&ctx.db, &contract).await? else { return Ok(()) };
    if order.status != OrderStatus::Paid || !find::is_delivered(&ctx.db, &order.id).await? {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    if turn(ctx, &tx, &order, &[OrderStatus::Paid], OrderStatus::Active, None).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// What a contract promises cannot be made (DECISIONS 13): the contract ends with `provisioning_failed`, its slot is
/// free, its lines are credited and their money goes to the wallet; the order is `failed` once nothing of it is left.
/// All in one transaction; calling twice pays back once, and a contract that ended otherwise is left alone.
pub async fn provision_failed(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<(), OrderingError> {
    undo_sale(ctx, subscription_id, EndReason::ProvisioningFailed, None).await.map(drop)
}

/// Cancels an order nobody has paid: its coupon can be used again, its contracts end, its slots are free, its invoice is
/// void. `reason` is a word
/// (`customer`, `overdue`) or a line of staff.
///
/// # Errors
/// `Invalid` for a reason that is empty or too long; `NotFound`; `InvalidState` where the order is not pending; `INVOICE_NOT_VOIDABLE` where a part was paid.
pub async fn cancel_unpaid(ctx: &Ctx, order_id: &OrderId, reason: &str) -> Result<order::Model, OrderingError> {
    let order = find::get(&ctx.db, order_id).await?;
    let reason = contact::line(reason, LONGEST_REASON)
        .map_err(|wrong| OrderingError::Invalid(vec![FieldFault::of("reason", wrong)]))?;
    let reason = reason.as_str();
    let tx = ctx.begin().await?;
    if !turn(ctx, &tx, &order, &[OrderStatus::Pending], OrderStatus::Cancelled, Some(reason)).await? {
        return Err(OrderingError::InvalidState(find::get(&tx, order_id).await?.status));
    }
    coupon::release(ctx, &tx, order_id).await?;
    let invoice_id = order.invoice_id.as_ref().map(|id| InvoiceId(id.clone()));
    if let Some(invoice_id) = &invoice_id {
        // Before what is earned of it, as everybody who credits it does.
        invoices::lock(&tx, invoice_id).await?;
    }
    end_contracts(ctx, &tx, order_id).await?;
    if let Some(invoice_id) = &invoice_id {
        invoices::void(ctx, &tx, invoice_id, reason).await?;
    }
    tell_cancelled(ctx, &tx, &order, reason).await?;
    let order = find::get(&tx, order_id).await?;
    tx.commit().await?;
    Ok(order)
}

/// Cancels orders nobody has paid within the days of the settings (7); those of which a part was paid are left to
/// staff. Returns how many. One that fails keeps none of the others back.
///
/// # Errors
/// The first that failed, after all were looked at.
pub async fn cancel_overdue(ctx: &Ctx) -> Result<u64, OrderingError> {
    let before = ctx.now() - Duration::days(settings::current(ctx).await?.billing.order_cancel_days);
    let (mut count, mut failed, mut last) = (0, None, None);
    loop {
        let (overdue, reached) = find::unpaid_since(&ctx.db, before, last.as_ref(), BATCH).await?;
        if reached.is_none() {
            return failed.map_or(Ok(count), Err);
        }
        last = reached;
        for order_id in overdue {
            match cancel_unpaid(ctx, &order_id, "overdue").await {
                Ok(_) => count += 1,
                // Paid or cancelled since it was read.
                Err(OrderingError::InvalidState(_) | OrderingError::Invoice(_)) => {}
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
    }
}

/// Ends a contract that cannot be delivered and pays its lines back; staff who say so may say `why`. Whether this call
/// did it.
pub(super) async fn undo_sale(
    ctx: &Ctx,
    subscription_id: &SubscriptionId,
    reason: EndReason,
    why: Option<&str>,
) -> Result<bool, OrderingError> {
    let tx = ctx.begin().await?;
    // Who has just been let in waits no longer.
    if reason == EndReason::NoCapacity && !subscriptions::lock_pending(ctx, &tx, subscription_id).await? {
        return Ok(false);
    }
    let contract = subscriptions::lock(ctx, &tx, subscription_id).await?;
    let order = find::of_contract(&tx, &contract).await?;
    let invoice_id = order.as_ref().and_then(|order| order.invoice_id.clone()).map(InvoiceId);
    if let Some(invoice_id) = &invoice_id {
        // As everybody who gives money back: the payments, the invoice they pay, and only then what is earned of it,
        // which the end of the contract takes hold of.
        lock_of_invoice(&tx, invoice_id).await?;
        invoices::lock(&tx, invoice_id).await?;
    }
    if !subscriptions::end(ctx, &tx, subscription_id, reason).await? {
        return Ok(false);
    }
    note_refund(ctx, &tx, &contract, why).await?;
    let Some(order) = order else {
        tx.commit().await?;
        return Ok(true);
    };
    let left = subscriptions::find::of_order(&tx, &order.id).await?;
    if left.iter().all(|contract| contract.status == SubscriptionStatus::Terminated) {
        let quotes = super::quote::find::of_orders(&tx, std::slice::from_ref(&order.id)).await?;
        let has_words = quotes.values().flat_map(|full| &full.items).any(|item| item.plan_id.is_none());
        let to = match reason {
            // What was sold in words is still owed and stays paid.
            _ if has_words => OrderStatus::Active,
            EndReason::NoCapacity => OrderStatus::Refunded,
            _ => OrderStatus::Failed,
        };
        let from = [OrderStatus::Pending, OrderStatus::Paid, OrderStatus::Active];
        if turn(ctx, &tx, &order, &from, to, Some(reason.as_str())).await? {
            // It was paid, though the news of that may still be on its way: the use of its coupon stands.
            coupon::commit(ctx, &tx, &order.id).await?;
        }
    }
    if let Some(invoice_id) = invoice_id {
        let lines = subscriptions::find::lines_on(&tx, &invoice_id, subscription_id).await?;
        let customer = customers::get(&tx, &order.customer_id).await?;
        let word = format!("ordering-refund-{}", reason.as_str().replace('_', "-"));
        let words = t(super::pricing::lang_of(&customer), &word);
        let (paid, open) = (format!("undo:{subscription_id}"), format!("undo:{subscription_id}:open"));
        give_back(ctx, &tx, &invoice_id, lines, &words, (&paid, &open)).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What was paid for `lines` goes to the wallet, and what is open of them is asked for no longer. A proof of withheld tax
/// is no money that goes back by itself: staff hear where one stands for what was not delivered. Twice is once.
pub(super) async fn give_back(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice_id: &InvoiceId,
    lines: Vec<InvoiceItemId>,
    words: &str,
    (paid_key, open_key): (&str, &str),
) -> Result<(), OrderingError> {
    // Before the invoice is locked here: its payments are locked first.
    refund_invoice_to_wallet(ctx, tx, invoice_id, &Scope::Items(lines.clone()), words, paid_key).await?;
    let bill = invoices::lock(tx, invoice_id).await?;
    let left = credit_note::left_minor(tx, invoice_id, &lines).await?;
    let gross_minor = left.min(invoices::open_minor(&bill));
    if bill.status == InvoiceStatus::Issued && gross_minor > 0 {
        let credit = Credit::Part { lines, gross_minor };
        let new = NewCreditNote { invoice_id, credit, against: Against::Open, reason: words, key: open_key };
        credit_note::issue(ctx, tx, new).await?;
    }
    if left > gross_minor && withholding::is_proven(tx, invoice_id).await? {
        let number = bill.number.as_deref().unwrap_or_default();
        let alert = Alert { code: "proof_of_undelivered", args: args([("invoice", number.into())]), key: open_key };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    Ok(())
}

async fn tell_cancelled(ctx: &Ctx, tx: &WriteTx, order: &order::Model, reason: &str) -> Result<(), DbErr> {
    let (order_id, customer_id) = (order.id.clone(), order.customer_id.clone());
    ctx.publish(tx, &OrderCancelled { order_id, customer_id, reason: reason.to_owned() }).await
}

async fn end_contracts(ctx: &Ctx, tx: &WriteTx, order_id: &OrderId) -> Result<(), OrderingError> {
    let mut contracts = subscriptions::find::of_order(tx, order_id).await?;
    // Slots are given back in the order in which they are taken.
    contracts.sort_by(|a, b| a.plan_id.cmp(&b.plan_id));
    for contract in contracts {
        subscriptions::end(ctx, tx, &contract.id, EndReason::OrderCancelled).await?;
    }
    Ok(())
}

/// Moves an order from one of `from` to `to`; whether it was in one of those states.
async fn turn(
    ctx: &Ctx,
    tx: &WriteTx,
    order: &order::Model,
    from: &[OrderStatus],
    to: OrderStatus,
    reason: Option<&str>,
) -> Result<bool, DbErr> {
    let changed = order::Entity::update_many()
        .col_expr(order::Column::Status, Expr::value(to))
        .col_expr(order::Column::CancelReason, Expr::value(reason.map(str::to_owned)))
        .col_expr(order::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(order::Column::Id.eq(&order.id))
        .filter(order::Column::Status.is_in(from.iter().copied()))
        .exec(tx)
        .await?;
    if changed.rows_affected == 0 {
        return Ok(false);
    }
    let change = Change {
        action: "ordering.order.turn",
        target_type: "order",
        target_id: order.id.as_str(),
        customer_id: Some(&order.customer_id),
        before: Some(serde_json::json!({ "status": order.status })),
        after: Some(serde_json::json!({ "status": to })),
        reason,
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", order.customer_id));
    tx.wake_after_commit("staff");
    Ok(true)
}
