//! Table `wallet_payouts`.
use crate::value::{ApprovalId, CustomerId, RefundId, WalletHoldId, WalletPayoutId, WalletPayoutStatus};
use sea_orm::entity::prelude::*;

/// Money of a wallet on its way to its owner's bank account, by a transfer staff make.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wallet_payouts")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WalletPayoutId,
    /// Whose wallet.
    pub customer_id: CustomerId,
    /// How much, above zero, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Where it stands.
    pub status: WalletPayoutStatus,
    /// The customer while it is under way: there is one at a time.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// To which bank.
    pub bank_name: String,
    /// In whose name the account is.
    pub account_holder: String,
    /// Its number, without spaces.
    pub account_number: String,
    /// Why it is paid out.
    pub reason: String,
    /// The money set aside for it.
    pub hold_id: WalletHoldId,
    /// The refund it carries to a bank account.
    pub refund_id: Option<RefundId>,
    /// The decision it waited for, above the limit of the settings.
    pub approval_id: Option<ApprovalId>,
    /// The bank's name for the transfer.
    pub bank_reference: Option<String>,
    /// Why it was called off, or came back.
    pub note: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who said that it was transferred.
    pub paid_by: Option<String>,
    /// When asked for.
    pub created_at: DateTimeUtc,
    /// When transferred.
    pub paid_at: Option<DateTimeUtc>,
    /// When it was called off, refused or came back.
    pub closed_at: Option<DateTimeUtc>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// Money of a wallet set aside for something under way.
    #[sea_orm(belongs_to, from = "hold_id", to = "id")]
    pub hold: BelongsTo<super::wallet_hold::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
