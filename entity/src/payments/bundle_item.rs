//! Table `payment_bundle_items`.
use crate::value::{InvoiceId, PaymentBundleId, PaymentId};
use sea_orm::entity::prelude::*;

/// One of several invoices that are paid in one go.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_bundle_items")]
pub struct Model {
    /// Of which bundle; key with the invoice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bundle_id: PaymentBundleId,
    /// Which invoice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub invoice_id: InvoiceId,
    /// In which order they are paid: the one due first first.
    pub position: i32,
    /// What was open of it when the bundle was made, minor units.
    pub amount_minor: i64,
    /// The payment that paid it; empty: not paid by this bundle.
    pub paid_by: Option<PaymentId>,
    /// The bundle.
    #[sea_orm(belongs_to, from = "bundle_id", to = "id")]
    pub bundle: BelongsTo<super::bundle::Entity>,
    /// The invoice.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<crate::billing::invoice::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
