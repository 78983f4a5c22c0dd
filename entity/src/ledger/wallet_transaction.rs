//! Table `wallet_transactions`.
use crate::value::{CustomerId, LedgerTransactionId, WalletTransactionId, WalletTransactionType};
use sea_orm::entity::prelude::*;

/// A movement of a wallet as the customer sees it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wallet_transactions")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WalletTransactionId,
    /// `TXMP-…`.
    #[sea_orm(unique)]
    pub number: String,
    /// Whose wallet.
    pub customer_id: CustomerId,
    /// Why money moved.
    pub r#type: WalletTransactionType,
    /// Signed: in is positive.
    pub amount_minor: i64,
    /// Balance before.
    pub balance_before_minor: i64,
    /// Balance after = before + amount.
    pub balance_after_minor: i64,
    /// Currency.
    pub currency: String,
    /// Words in the customer's language.
    pub description: String,
    /// The posting behind it.
    #[sea_orm(unique)]
    pub ledger_transaction_id: LedgerTransactionId,
    /// When.
    pub created_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A balanced set of entries; never changed.
    #[sea_orm(belongs_to, from = "ledger_transaction_id", to = "id")]
    pub ledger_transaction: BelongsTo<super::transaction::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
