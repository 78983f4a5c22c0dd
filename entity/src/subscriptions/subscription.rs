//! Table `subscriptions`.
use crate::value::{
    AgreedOptions, CustomerId, Cycle, PlanId, ProductId, SoldDiscount, SubscriptionId, SubscriptionStatus, Terms,
};
use sea_orm::entity::prelude::*;

/// A contract.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriptions")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// For which product.
    pub product_id: ProductId,
    /// In which size.
    pub plan_id: PlanId,
    /// From which order.
    pub order_id: Option<String>,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// How often it is invoiced.
    pub cycle: Cycle,
    /// Price of a cycle as sold, with its options.
    pub price_minor: i64,
    /// Whether it holds the tax, and what a coupon takes off it too.
    pub tax_included: bool,
    /// Currency.
    pub currency: String,
    /// Day of month of renewals, kept for ever.
    pub anchor_day: i32,
    /// What it was sold with by a coupon, if any.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub discount: Option<SoldDiscount>,
    /// What its next cycle is asked for with, where that is agreed to be something else.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub next_terms: Option<Terms>,
    /// Which part of the price is for which option, as agreed.
    #[sea_orm(column_type = "JsonBinary")]
    pub options: AgreedOptions,
    /// Answers of the customer at ordering.
    #[sea_orm(column_type = "JsonBinary")]
    pub config: Json,
    /// First day of the newest cycle that has begun and is paid or in grace.
    pub period_start: Option<Date>,
    /// Day after its last.
    pub period_end: Option<Date>,
    /// When the next cycle begins.
    pub next_renewal_at: Option<DateTimeUtc>,
    /// When the invoice of the next cycle is to be issued; empty once it is, or where none is to come.
    pub next_invoice_at: Option<DateTimeUtc>,
    /// When its timetable is to be looked at next; empty: nothing is to happen by itself.
    pub next_step_at: Option<DateTimeUtc>,
    /// Whether it goes on by itself.
    pub auto_renew: bool,
    /// customer:product while an upgrade-only contract lives: there can be only one.
    #[sea_orm(unique)]
    pub exclusive_key: Option<String>,
    /// Where what runs for it lies while that is no machine of ours; empty words: nobody said where. Such a contract is
    /// billed like any other, but nothing is made, suspended or removed for it.
    pub elsewhere: Option<String>,
    /// Why the customer ends it.
    pub cancel_reason: Option<String>,
    /// Why it ended: `cancelled`, `non_payment`, `provisioning_failed`, `order_cancelled`, …
    pub end_reason: Option<String>,
    /// When first paid.
    pub activated_at: Option<DateTimeUtc>,
    /// Since when suspended.
    pub suspended_at: Option<DateTimeUtc>,
    /// When ended.
    pub terminated_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A service in the shop.
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<crate::catalog::product::Entity>,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<crate::catalog::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
