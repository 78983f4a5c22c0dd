//! Table `gateway_differences`.
use crate::value::{CustomerId, DifferenceStatus, GatewayDifferenceId, PaymentAccountId, PaymentId, UserId};
use sea_orm::entity::prelude::*;

/// What a gateway said of a payment, when it was asked once more, against what we had.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gateway_differences")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GatewayDifferenceId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Its reference.
    pub reference: String,
    /// Whose payment it is.
    pub customer_id: CustomerId,
    /// At which of our accounts.
    pub account_id: PaymentAccountId,
    /// What differs: `status`, `amount`, `fee`, `refunded`, `unclear`.
    pub what: String,
    /// What we had.
    pub ours: String,
    /// What the gateway said.
    pub theirs: String,
    /// What became of it.
    pub status: DifferenceStatus,
    /// The payment and what differs, while it does: the same difference is listed once.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// Why staff closed it.
    pub note: Option<String>,
    /// Who closed it.
    pub closed_by: Option<UserId>,
    /// When it was seen first.
    pub found_at: DateTimeUtc,
    /// When it was over.
    pub closed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
