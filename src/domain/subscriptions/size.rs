//! The plan and price of a contract change.
use super::{SubscriptionError, cancel, hold};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    subscriptions::{cycle, subscription},
    value::{PlanId, SoldDiscount, SubscriptionCycleStatus, SubscriptionId, business_day},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

/// Gives a contract that `tx` has locked another plan at `price_minor` per cycle (net), with what a coupon promises its
/// renewals there. What is paid for is paid in full at that price from now on. See [`ask_anew`] for a renewal that is
/// out.
///
/// # Errors
/// The database.
pub async fn change_plan(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    plan_id: &PlanId,
    price_minor: i64,
    discount: Option<SoldDiscount>,
) -> Result<(), SubscriptionError> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::PlanId, Expr::value(plan_id))
        .col_expr(subscription::Column::PriceMinor, Expr::value(price_minor))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    if contract.discount != discount {
        let row =
            subscription::ActiveModel { id: Set(contract.id.clone()), discount: Set(discount), ..Default::default() };
        row.update_without_returning(tx).await?;
    }
    cycle::Entity::update_many()
        .col_expr(cycle::Column::DiscountMinor, Expr::value(0_i64))
        .filter(cycle::Column::SubscriptionId.eq(&contract.id))
        .filter(cycle::Column::Status.eq(SubscriptionCycleStatus::Paid))
        .filter(cycle::Column::PeriodEnd.gt(business_day(ctx.now())))
        .exec(tx)
        .await?;
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
