//! Table `wallet_holds`.
use crate::value::{CustomerId, WalletHoldId, WalletHoldStatus};
use sea_orm::entity::prelude::*;

/// Money of a wallet set aside for something under way.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wallet_holds")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WalletHoldId,
    /// Whose wallet.
    pub customer_id: CustomerId,
    /// How much, above zero, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Whether it still holds.
    pub status: WalletHoldStatus,
    /// Table (singular) of what it is for.
    pub source_type: String,
    /// Row of what it is for.
    pub source_id: String,
    /// When set aside.
    pub created_at: DateTimeUtc,
    /// When spent or let go.
    pub closed_at: Option<DateTimeUtc>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
