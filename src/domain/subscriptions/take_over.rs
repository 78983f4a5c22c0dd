//! Contracts that ran in another system before: opened as they stand there, paid up to their next due date. Nothing is
//! billed for what was before, nothing is made for them, and nobody is written to (ADR 0090).
use super::{SubscriptionError, find, open::exclusive_key};
use crate::{
    domain::{
        Ctx,
        catalog::quota::{self, Room},
        settings,
    },
    kernel::{audit::Change, db::WriteTx},
};
use chrono::{Duration, NaiveDate};
use entity::{
    subscriptions::{cycle, hold, subscription},
    value::{
        AgreedOptions, CustomerId, Cycle, HoldReason, Period, PlanId, ProductId, SubscriptionCycleId,
        SubscriptionCycleStatus, SubscriptionId, SubscriptionStatus, day_start, next_ulid,
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, sea_query::OnConflict};
use serde_json::json;

/// A contract as the other system has it.
#[derive(Clone, Debug)]
pub struct TakenOver {
    /// Whose.
    pub customer_id: CustomerId,
    /// For which product.
    pub product_id: ProductId,
    /// In which size.
    pub plan_id: PlanId,
    /// How often invoiced; never once.
    pub cycle: Cycle,
    /// Price of a cycle as agreed there, minor units.
    pub price_minor: i64,
    /// Whether it holds the tax.
    pub tax_included: bool,
    /// Currency.
    pub currency: String,
    /// The day its next cycle begins: paid for until then.
    pub next_due: NaiveDate,
    /// When it began there.
    pub started_on: Option<NaiveDate>,
    /// Whether it was suspended there.
    pub is_suspended: bool,
    /// Where its machine lies; empty where nobody said.
    pub elsewhere: String,
    /// Whether the customer may have only one live contract of the product.
    pub is_exclusive: bool,
    /// Whether it may have a slot where its plan is full.
    pub room: Room,
}

/// Opens a contract in `tx` as it stands in the other system, with its slot and its audit row: `active`, or held by staff
/// where it was suspended there. Its present cycle is the one that ends on the next due date and counts as paid; where
/// that is more than a cycle ahead, the last one paid for is taken, so that what is left of it is never credited twice.
/// Its invoice comes as long before as that of every contract. Publishes nothing. Not idempotent by itself.
///
/// # Errors
/// `InvalidState` for a cycle that is not renewed; `AlreadyLive`; `Catalog(QuotaExceeded)`; the database. After an error
/// `tx` is to be given up.
pub async fn take_over(ctx: &Ctx, tx: &WriteTx, new: TakenOver) -> Result<subscription::Model, SubscriptionError> {
    if new.cycle == Cycle::OneTime {
        return Err(SubscriptionError::InvalidState(SubscriptionStatus::Active));
    }
    let row = row_of(ctx, &new, settings::load(tx).await?.billing.notice_days(new.cycle));
    let key = row.exclusive_key.clone();
    let inserted = subscription::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::column(subscription::Column::ExclusiveKey).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted == 0 {
        let live = find::by_exclusive_key(tx, &key.unwrap_or_default()).await?.ok_or(SubscriptionError::NotFound)?;
        return Err(SubscriptionError::AlreadyLive(live.id));
    }
    quota::take_over(ctx, tx, &row.plan_id, &row.id, new.room).await?;
    let paid = cycle::ActiveModel {
        id: Set(SubscriptionCycleId::generate()),
        subscription_id: Set(row.id.clone()),
        number: Set(1),
        period_start: Set(row.period_start),
        period_end: Set(row.period_end),
        status: Set(SubscriptionCycleStatus::Paid),
        // Its invoice lies in the other system.
        invoice_id: Set(None),
        discount_minor: Set(0),
        terms: Set(None),
        grace_until: Set(None),
        created_at: Set(ctx.now()),
    };
    cycle::Entity::insert(paid).exec_without_returning(tx).await?;
    if new.is_suspended {
        hold(ctx, tx, &row.id).await?;
    }
    let change = Change {
        action: "subscriptions.subscription.take_over",
        target_type: "subscription",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        after: Some(json!({
            "status": row.status, "cycle": row.cycle, "price_minor": row.price_minor, "tax_included": row.tax_included,
            "next_due": new.next_due, "elsewhere": row.elsewhere,
        })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", row.customer_id));
    Ok(row)
}

fn row_of(ctx: &Ctx, new: &TakenOver, notice_days: i64) -> subscription::Model {
    let now = ctx.now();
    let anchor_day = Period::anchor_of(new.next_due, new.started_on);
    let period = Period::ending(new.next_due, new.cycle, anchor_day);
    let begun = new.started_on.map_or(now, |day| Ord::min(day_start(day), now));
    subscription::Model {
        id: SubscriptionId::generate(),
        customer_id: new.customer_id.clone(),
        product_id: new.product_id.clone(),
        plan_id: new.plan_id.clone(),
        order_id: None,
        status: if new.is_suspended { SubscriptionStatus::Suspended } else { SubscriptionStatus::Active },
        cycle: new.cycle,
        price_minor: new.price_minor,
        tax_included: new.tax_included,
        currency: new.currency.clone(),
        anchor_day: i32::try_from(anchor_day).unwrap_or(1),
        discount: None,
        next_terms: None,
        // What was agreed there is one price.
        options: AgreedOptions::default(),
        config: json!({}),
        period_start: Some(period.start),
        period_end: Some(period.end),
        next_renewal_at: Some(period.end_at()),
        next_invoice_at: Some(period.end_at() - Duration::days(notice_days)),
        next_step_at: None,
        auto_renew: true,
        exclusive_key: new.is_exclusive.then(|| exclusive_key(&new.customer_id, &new.product_id)),
        elsewhere: Some(new.elsewhere.clone()),
        cancel_reason: None,
        end_reason: None,
        activated_at: Some(begun),
        suspended_at: new.is_suspended.then_some(now),
        terminated_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// It stays suspended until staff lift the hold. Without news: it is suspended there already, and its customer knows.
async fn hold(ctx: &Ctx, tx: &WriteTx, id: &SubscriptionId) -> Result<(), SubscriptionError> {
    let row = hold::ActiveModel {
        id: Set(format!("hld_{}", next_ulid())),
        subscription_id: Set(id.clone()),
        reason: Set(HoldReason::Staff),
        note: Set(Some(super::hold::SUSPENDED_BEFORE.to_owned())),
        open_key: Set(Some(super::hold::open_key(id, HoldReason::Staff))),
        placed_by: Set(ctx.actor.id().to_owned()),
        placed_at: Set(ctx.now()),
        lifted_at: Set(None),
    };
    hold::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
