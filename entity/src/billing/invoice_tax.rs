//! Table `invoice_taxes`.
use crate::value::{InvoiceId, InvoiceTaxId, TaxRuleId};
use sea_orm::entity::prelude::*;

/// Tax of an invoice under one rule.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_taxes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceTaxId,
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// Under which rule.
    pub tax_rule_id: TaxRuleId,
    /// Words on the document.
    pub label: String,
    /// Rate as applied: numerator.
    pub rate_num: i64,
    /// Rate as applied: denominator.
    pub rate_den: i64,
    /// Net amount it was computed from.
    pub base_minor: i64,
    /// Sum of the lines' tax.
    pub tax_minor: i64,
    /// A document that asks for money; immutable once issued.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
    /// What tax is charged where and when.
    #[sea_orm(belongs_to, from = "tax_rule_id", to = "id")]
    pub tax_rule: BelongsTo<super::tax_rule::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
