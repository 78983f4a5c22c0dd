//! What a contract is renewed with: what it has, or what was agreed to begin with its next cycle.
use super::{SubscriptionError, cancel, events::TermsBegun};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use chrono::NaiveDate;
use entity::{
    subscriptions::{cycle, subscription},
    value::{Period, SubscriptionCycleStatus, Terms},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

/// What the next cycle of a contract is asked for with.
pub fn to_renew(contract: &subscription::Model) -> Terms {
    contract.next_terms.clone().unwrap_or_else(|| Terms {
        plan_id: contract.plan_id.clone(),
        cycle: contract.cycle,
        price_minor: contract.price_minor,
        tax_included: contract.tax_included,
        discount: contract.discount.clone(),
        options: contract.options.clone(),
    })
}

/// Agrees on what a contract that `tx` has locked is renewed with from its next cycle on; `None`: with what it has. A
/// renewal that is out and of which nothing was paid is asked for anew. The first day of the cycle this is about;
/// nothing where a coming cycle is paid already, in part or whole, with other terms: `tx` is then to be given up.
///
/// # Errors
/// `NotFound`; of the credit note; the database.
pub async fn agree(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    terms: Option<Terms>,
) -> Result<Option<NaiveDate>, SubscriptionError> {
    let row = subscription::ActiveModel {
        id: Set(contract.id.clone()),
        next_terms: Set(terms),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    row.update_without_returning(tx).await?;
    if contract.auto_renew && cancel::withdraw_renewal(ctx, tx, contract).await? {
        cancel::invoice_again(ctx, tx, contract).await?;
    }
    let ahead = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(&contract.id))
        .filter(cycle::Column::Status.ne(SubscriptionCycleStatus::Void))
        .filter(cycle::Column::PeriodStart.gte(contract.period_end))
        .all(tx)
        .await?;
    if ahead.iter().any(|cycle| cycle.terms.is_some()) {
        return Ok(None);
    }
    Ok(ahead.iter().filter_map(|cycle| cycle.period_end).max().or(contract.period_end))
}

/// The cycle begins on `start` that was asked for with `terms`: they are the contract's now. Where months follow days,
/// the day of month they begin on is kept from now on.
pub(super) async fn begin(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    terms: &Terms,
    start: NaiveDate,
) -> Result<(), DbErr> {
    let keeps_day = contract.cycle.months().is_some() || terms.cycle.months().is_none();
    let anchor_day = u32::try_from(contract.anchor_day).unwrap_or(1);
    let first_day = i32::try_from(Period::kept_day(start, anchor_day)).unwrap_or(1);
    let row = subscription::ActiveModel {
        id: Set(contract.id.clone()),
        anchor_day: Set(if keeps_day { contract.anchor_day } else { first_day }),
        plan_id: Set(terms.plan_id.clone()),
        cycle: Set(terms.cycle),
        price_minor: Set(terms.price_minor),
        tax_included: Set(terms.tax_included),
        discount: Set(terms.discount.clone()),
        options: Set(terms.options.clone()),
        next_terms: Set(None),
        ..Default::default()
    };
    row.update_without_returning(tx).await?;
    let change = Change {
        action: "subscriptions.subscription.begin_terms",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        before: Some(json!({
            "plan": contract.plan_id, "cycle": contract.cycle, "price_minor": contract.price_minor,
            "tax_included": contract.tax_included,
        })),
        after: Some(json!({
            "plan": terms.plan_id, "cycle": terms.cycle, "price_minor": terms.price_minor,
            "tax_included": terms.tax_included,
        })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    let event = TermsBegun { subscription_id: contract.id.clone(), customer_id: contract.customer_id.clone() };
    ctx.publish(tx, &event).await
}
