//! Table `payment_bundles`.
use crate::value::{CustomerId, PaymentBundleId, PaymentId};
use sea_orm::entity::prelude::*;

/// Several invoices that are paid in one go, from the wallet or by one charge.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_bundles")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentBundleId,
    /// Who pays.
    pub customer_id: CustomerId,
    /// The charge whose money pays them; empty: they were paid from the wallet.
    pub payment_id: Option<PaymentId>,
    /// What was asked for, minor units.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When the money came; empty: it has not come.
    pub settled_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Who pays.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// The charge.
    #[sea_orm(belongs_to, from = "payment_id", to = "id")]
    pub payment: BelongsTo<Option<super::payment::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
