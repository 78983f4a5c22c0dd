//! Table `revenue_schedules`.
use crate::value::{InvoiceId, InvoiceItemId, ProductKind, RevenueScheduleId};
use sea_orm::entity::prelude::*;

/// When a line of an invoice becomes revenue, where that is not at issue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revenue_schedules")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RevenueScheduleId,
    /// Which line.
    #[sea_orm(unique)]
    pub invoice_item_id: InvoiceItemId,
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// For which contract.
    pub subscription_id: Option<String>,
    /// Which revenue account it earns for.
    pub product_kind: ProductKind,
    /// Currency.
    pub currency: String,
    /// What is left of the line's net, less what was taken back and what was given up unearned; below zero for a line
    /// that takes something back.
    pub whole_minor: i64,
    /// Of that: revenue by now.
    pub recognised_minor: i64,
    /// First day of the service; none until it begins.
    pub starts_on: Option<Date>,
    /// The day after its last.
    pub ends_on: Option<Date>,
    /// From this day on what was not earned before it is earned evenly.
    pub even_from: Option<Date>,
    /// What was earned before that day.
    pub even_minor: i64,
    /// All days before this one are revenue.
    pub earned_to: Option<Date>,
    /// When it is looked at next; none where nothing comes by itself.
    pub next_on: Option<Date>,
    /// The day on which its contract ended.
    pub ended_on: Option<Date>,
    /// How often it was looked at: names its postings.
    pub turns: i32,
    /// When its invoice was issued.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
