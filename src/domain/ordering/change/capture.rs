//! The change is made: plan, price, slot, invoice and money in one transaction.
use super::{OrderingError, accept, events::PlanChanged, lines, quote};
use crate::{
    domain::{
        Ctx,
        billing::invoice::{self, NewInvoice},
        catalog::{self, quota},
        customers, ledger,
        payments::attempt,
        subscriptions,
    },
    kernel::db::WriteTx,
};
use entity::{
    subscriptions::plan_change,
    value::{InvoiceKind, PlanChangeStatus, Terms, WalletHoldId, WalletHoldStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

/// Captures a change that is `changing` in `tx`. One that is not is left alone.
///
/// # Errors
/// `PriceMoved` where the invoice would not be over what was quoted; billing, the ledger, the database.
pub(super) async fn capture(ctx: &Ctx, tx: &WriteTx, change: &plan_change::Model) -> Result<(), OrderingError> {
    let done = plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::Done))
        .col_expr(plan_change::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(plan_change::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan_change::Column::Id.eq(&change.id))
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::Changing))
        .exec(tx)
        .await?;
    if done.rows_affected == 0 {
        return Ok(());
    }
    let contract = subscriptions::find::get(tx, &change.subscription_id).await?;
    let terms = Terms {
        plan_id: change.to_plan_id.clone(),
        cycle: contract.cycle,
        price_minor: change.to_price_minor,
        tax_included: change.to_tax_included,
        discount: quote::kept_discount(tx, &contract, &change.to_plan_id, contract.cycle).await?,
        options: change.options.clone(),
    };
    subscriptions::change_plan(ctx, tx, &contract, &terms).await?;
    quota::move_to(ctx, tx, &change.subscription_id, &change.to_plan_id).await?;

    let customer = customers::get(tx, &change.customer_id).await?;
    let kind = catalog::find::kind_of(tx, &contract.product_id).await?;
    let stored = lines::stored(change)?;
    let lines = stored.iter().map(|line| line.to_invoice(kind, &change.subscription_id, contract.cycle)).collect();
    let new = NewInvoice { customer: &customer, kind: InvoiceKind::Change, lines, due_at: ctx.now(), notes: None };
    let bill = invoice::issue(ctx, tx, new).await?;
    if bill.total_minor != change.total_minor {
        return Err(OrderingError::PriceMoved);
    }
    if let Some(id) = &change.hold_id {
        ledger::close_hold(ctx, tx, &WalletHoldId::from(id.as_str()), WalletHoldStatus::Captured).await?;
    }
    attempt::pay_from_wallet(ctx, tx, &bill.id).await?;
    plan_change::Entity::update_many()
        .col_expr(plan_change::Column::InvoiceId, Expr::value(Some(bill.id.as_str())))
        .filter(plan_change::Column::Id.eq(&change.id))
        .exec(tx)
        .await?;
    ctx.publish(tx, &PlanChanged::of(change)).await?;
    accept::record(ctx, tx, change, "ordering.plan_change.finish").await?;
    Ok(())
}
