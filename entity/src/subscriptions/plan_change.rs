//! Table `plan_changes`.
use crate::value::{AgreedOptions, CustomerId, Cycle, PlanChangeId, PlanChangeStatus, PlanId, SubscriptionId};
use sea_orm::entity::prelude::*;

/// A change of a contract's plan or cycle, from the quote or the agreement to its end.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_changes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanChangeId,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub status: PlanChangeStatus,
    /// The contract while the change is accepted and not over: there can be only one.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// The plan of before.
    pub from_plan_id: PlanId,
    /// The plan it is to have.
    pub to_plan_id: PlanId,
    /// Price of a cycle of the plan of before, as sold, with its options.
    pub from_price_minor: i64,
    /// Whether it holds the tax.
    pub from_tax_included: bool,
    /// Price of a cycle of the new plan, with the options that are carried over.
    pub to_price_minor: i64,
    /// Whether it holds the tax.
    pub to_tax_included: bool,
    /// Which part of the new price is for which option.
    #[sea_orm(column_type = "JsonBinary")]
    pub options: AgreedOptions,
    /// How often it was invoiced before.
    pub from_cycle: Cycle,
    /// How often it is to be invoiced.
    pub to_cycle: Cycle,
    /// The first day of what was agreed to begin with a coming period; none for what is made at once.
    pub takes_effect_on: Option<Date>,
    /// Day after the last of the period whose rest was priced.
    pub period_end: Date,
    /// The lines as quoted: `[{description, net_minor, gross_minor, start, end}]`.
    #[sea_orm(column_type = "JsonBinary")]
    pub lines: Json,
    /// Tax, minor units.
    pub tax_minor: i64,
    /// To pay, tax included, minor units.
    pub total_minor: i64,
    /// Currency.
    pub currency: String,
    /// Until when the quote can be accepted.
    pub valid_until: DateTimeUtc,
    /// The attempt whose money it waits for.
    pub payment_id: Option<String>,
    /// The money that was set aside for it.
    pub hold_id: Option<String>,
    /// The work on what runs.
    pub task_id: Option<String>,
    /// The invoice of a change that was made.
    pub invoice_id: Option<String>,
    /// Why it did not come about: a word.
    pub end_reason: Option<String>,
    /// The member of staff who agreed to it for the customer.
    pub agreed_by: Option<String>,
    /// When quoted.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// A contract.
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
