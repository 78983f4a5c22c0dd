//! Table `payment_transfers`.
use crate::value::{PaymentAccountId, PaymentId};
use sea_orm::entity::prelude::*;

/// The amount an attempt by bank transfer is recognised by. No two rows of an account reserve the same amount.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_transfers")]
pub struct Model {
    /// Of which attempt; key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub payment_id: PaymentId,
    /// To which of our accounts.
    pub account_id: PaymentAccountId,
    /// Exactly so much is to be transferred.
    pub amount_minor: i64,
    /// How much of it is the unique code; 0: none was added.
    pub unique_code: i64,
    /// The amount while nobody else may be asked for it; empty from its release on, and where no code was added.
    pub reserved_minor: Option<i64>,
    /// For how many days after its end the amount is not given out again.
    pub quarantine_days: i32,
    /// When the quarantine ends; empty while the attempt is open.
    pub held_until: Option<DateTimeUtc>,
    /// An attempt to collect money; stored before the gateway is asked.
    #[sea_orm(belongs_to, from = "payment_id", to = "id")]
    pub payment: BelongsTo<super::payment::Entity>,
    /// Our account at a gateway.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::payment_account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
