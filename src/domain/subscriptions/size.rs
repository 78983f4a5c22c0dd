//! The plan and price of a contract change.
use super::{SubscriptionError, cancel, discount, find, hold};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    subscriptions::{cycle, subscription},
    value::{PlanId, SubscriptionId, Terms},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

/// Gives a contract that `tx` has locked the plan and price of `terms`, with what a coupon promises its renewals there;
/// its cycle stays. What is paid for counts as paid at that price from now on, less what the coupon takes off renewals
/// (see [`discount::of_paid`]). See [`ask_anew`] for a renewal that is out.
///
/// # Errors
/// The database.
pub async fn change_plan(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    terms: &Terms,
) -> Result<(), SubscriptionError> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::PlanId, Expr::value(&terms.plan_id))
        .col_expr(subscription::Column::PriceMinor, Expr::value(terms.price_minor))
        .col_expr(subscription::Column::TaxIncluded, Expr::value(terms.tax_included))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    if (&contract.discount, &contract.options) != (&terms.discount, &terms.options) {
        let row = subscription::ActiveModel {
            id: Set(contract.id.clone()),
            discount: Set(terms.discount.clone()),
            options: Set(terms.options.clone()),
            ..Default::default()
        };
        row.update_without_returning(tx).await?;
    }
    for paid in find::paid_cycles(tx, &contract.id, ctx.now()).await? {
        let off = discount::of_paid(&paid, terms.discount.as_ref(), terms.price_minor);
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
        before: Some(told(&contract.plan_id, contract.price_minor, contract.tax_included)),
        after: Some(told(&terms.plan_id, terms.price_minor, terms.tax_included)),
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

/// What a contract is asked for with, for its history.
fn told(plan: &PlanId, price_minor: i64, tax_included: bool) -> Value {
    json!({ "plan": plan, "price_minor": price_minor, "tax_included": tax_included })
}
