//! Opening a contract with an order.
use super::{SubscriptionError, find};
use crate::{domain::Ctx, kernel::db::WriteTx};
use chrono::Datelike;
use entity::{
    subscriptions::{cycle, subscription},
    value::{
        AgreedOptions, CustomerId, Cycle, InvoiceId, OrderId, PlanId, ProductId, SoldDiscount, SubscriptionCycleId,
        SubscriptionCycleStatus, SubscriptionId, SubscriptionStatus, business_day,
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::OnConflict};

/// What is agreed.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// Whose.
    pub customer_id: CustomerId,
    /// For which product.
    pub product_id: ProductId,
    /// In which size.
    pub plan_id: PlanId,
    /// From which order.
    pub order_id: OrderId,
    /// How often invoiced.
    pub cycle: Cycle,
    /// Price of a cycle as sold, with its options, minor units.
    pub price_minor: i64,
    /// Which part of it is for which option.
    pub options: AgreedOptions,
    /// Whether it holds the tax.
    pub tax_included: bool,
    /// Currency.
    pub currency: String,
    /// What its renewals are promised by a coupon.
    pub discount: Option<SoldDiscount>,
    /// Answers of the customer, defaults filled in.
    pub config: serde_json::Value,
    /// Whether the customer may have only one live contract of the product.
    pub is_exclusive: bool,
}

/// Opens a contract: `pending` until its first invoice is paid.
///
/// # Errors
/// `AlreadyLive` where the product is upgrade-only and the customer has a live contract of it; of two at the same time
/// the unique index lets one through.
pub async fn open(ctx: &Ctx, tx: &WriteTx, new: NewSubscription) -> Result<subscription::Model, SubscriptionError> {
    let now = ctx.now();
    if new.is_exclusive {
        // Also one that was sold while the product could be had several times: it has no key.
        let live = subscription::Entity::find()
            .filter(subscription::Column::CustomerId.eq(&new.customer_id))
            .filter(subscription::Column::ProductId.eq(&new.product_id))
            .filter(subscription::Column::Status.ne(SubscriptionStatus::Terminated))
            .one(tx)
            .await?;
        if let Some(live) = live {
            return Err(SubscriptionError::AlreadyLive(live.id));
        }
    }
    let exclusive_key = new.is_exclusive.then(|| exclusive_key(&new.customer_id, &new.product_id));
    let row = subscription::Model {
        id: SubscriptionId::generate(),
        customer_id: new.customer_id,
        product_id: new.product_id,
        plan_id: new.plan_id,
        order_id: Some(new.order_id.to_string()),
        status: SubscriptionStatus::Pending,
        cycle: new.cycle,
        price_minor: new.price_minor,
        tax_included: new.tax_included,
        currency: new.currency,
        // Decided anew by the day of the first payment.
        anchor_day: i32::try_from(business_day(now).day()).unwrap_or(1),
        discount: new.discount,
        next_terms: None,
        options: new.options,
        config: new.config,
        period_start: None,
        period_end: None,
        next_renewal_at: None,
        next_invoice_at: None,
        next_step_at: None,
        auto_renew: true,
        exclusive_key: exclusive_key.clone(),
        elsewhere: None,
        cancel_reason: None,
        end_reason: None,
        activated_at: None,
        suspended_at: None,
        terminated_at: None,
        created_at: now,
        updated_at: now,
    };
    let inserted = subscription::Entity::insert(subscription::ActiveModel::from(row.clone()))
        .on_conflict(OnConflict::column(subscription::Column::ExclusiveKey).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted == 0 {
        // The key is the only thing an insert with a fresh id can collide on.
        let key = exclusive_key.unwrap_or_default();
        let live = find::by_exclusive_key(tx, &key).await?.ok_or(SubscriptionError::NotFound)?;
        return Err(SubscriptionError::AlreadyLive(live.id));
    }
    Ok(row)
}

/// Notes that cycle 1 of these contracts is asked for by `invoice_id`, at so much less than their price (minor
/// units). Its days are decided by the payment.
pub async fn bill_first_cycle(
    ctx: &Ctx,
    tx: &WriteTx,
    first: &[(SubscriptionId, i64)],
    invoice_id: &InvoiceId,
) -> Result<(), DbErr> {
    let rows = first.iter().map(|(subscription_id, discount_minor)| cycle::ActiveModel {
        id: Set(SubscriptionCycleId::generate()),
        subscription_id: Set(subscription_id.clone()),
        number: Set(1),
        period_start: Set(None),
        period_end: Set(None),
        status: Set(SubscriptionCycleStatus::Invoiced),
        invoice_id: Set(Some(invoice_id.clone())),
        discount_minor: Set(*discount_minor),
        terms: Set(None),
        grace_until: Set(None),
        created_at: Set(ctx.now()),
    });
    cycle::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// The word that lets one live contract of an upgrade-only product exist per customer.
pub fn exclusive_key(customer_id: &CustomerId, product_id: &ProductId) -> String {
    format!("{customer_id}:{product_id}")
}
