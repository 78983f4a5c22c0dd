//! The plan and price of a contract change.
use super::{SubscriptionError, cancel, discount, find, hold};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    subscriptions::{cycle, subscription},
    value::{PlanId, SoldDiscount, SubscriptionId},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

/// Gives a contract that `tx` has locked another plan at `price_minor` per cycle (net), with what a coupon promises its
/// renewals there. What is paid for counts as paid at that price from now on, less what the coupon takes off renewals
/// (see [`discount::of_paid`]). See [`ask_anew`] for a renewal that is out.
///
/// # Errors
/// The database.
pub async fn change_plan(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    plan_id: &PlanId,
    price_minor: i64,
    sold: Option<SoldDiscount>,
) -> Result<(), SubscriptionError> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::PlanId, Expr::value(plan_id))
        .col_expr(subscription::Column::PriceMinor, Expr::value(price_minor))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    if contract.discount != sold {
        let discount = Set(sold.clone());
        let row = subscription::ActiveModel { id: Set(contract.id.clone()), discount, ..Default::default() };
        row.update_without_returning(tx).await?;
    }
    for paid in find::paid_cycles(tx, &contract.id, ctx.now()).await? {
        let off = discount::of_paid(&paid, sold.as_ref(), price_minor);
        cycle::Entity::update_many()
            .col_expr(cycle::Column::DiscountMinor, Expr::value(off))
            .filter(cycle::Column::Id.eq(&paid.id))
            .exec(tx)
            .await?;
    }
    let change = Change {
        action: "subscriptions.subscription.change_plan",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        before: Some(json!({ "plan": contract.plan_id, "price_minor": contract.price_minor })),
        after: Some(json!({ "plan": plan_id, "price_minor": price_minor })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", contract.customer_id));
    Ok(())
}

/// A renewal that was asked for at the old price, and of which nothing was paid, is withdrawn and asked for anew. In a
/// transaction of its own: numbers of documents are taken before accounts are locked, see `ledger::lock`. Calling twice
/// asks once.
///
/// # Errors
/// `NotFound`; of the credit note; the database.
pub async fn ask_anew(ctx: &Ctx, id: &SubscriptionId) -> Result<(), SubscriptionError> {
    let tx = ctx.begin().await?;
    let contract = hold::lock(ctx, &tx, id).await?;
    if contract.auto_renew && cancel::withdraw_renewal(ctx, &tx, &contract).await? {
        cancel::invoice_again(ctx, &tx, &contract).await?;
        tx.commit().await?;
    }
    Ok(())
}
