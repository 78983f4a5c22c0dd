//! Table `quote_items`.
use crate::value::{Cycle, PlanId, ProductKind, QuoteId, QuoteItemId};
use sea_orm::entity::prelude::*;

/// A line of a price quote: a plan for a cycle, or something in words.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quote_items")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuoteItemId,
    /// Of which quote.
    pub quote_id: QuoteId,
    /// Place on it, from 1 on.
    pub position: i32,
    /// Which plan; none for a line in words.
    pub plan_id: Option<PlanId>,
    /// For how long; of a plan.
    pub cycle: Option<Cycle>,
    /// Words in the customer's language.
    pub description: String,
    /// How many; of a plan as many contracts.
    pub quantity: i64,
    /// Agreed price of one, of a plan that of a cycle; minor units.
    pub unit_minor: i64,
    /// Agreed setup fee of one, minor units.
    pub setup_minor: i64,
    /// What the shop asked for a cycle of the plan then, minor units.
    pub list_minor: Option<i64>,
    /// What the shop asked for its setup then, minor units.
    pub list_setup_minor: Option<i64>,
    /// Whether all these prices hold the tax; those of lines in words never do.
    pub tax_included: bool,
    /// Why another price than the shop's was agreed.
    pub price_reason: Option<String>,
    /// Which revenue it earns.
    pub product_kind: ProductKind,
    /// A price quote.
    #[sea_orm(belongs_to, from = "quote_id", to = "id")]
    pub quote: BelongsTo<super::quote::Entity>,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<Option<crate::catalog::plan::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
