//! Table `settlements`.
use crate::value::{FileId, PaymentAccountId, SettlementId, SettlementStatus, UserId};
use sea_orm::entity::prelude::*;

/// A vendor's report of what it paid out, as staff sent it in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settlements")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementId,
    /// Of which of our accounts.
    pub account_id: PaymentAccountId,
    /// The file.
    pub file_id: FileId,
    /// Hash of the file, while it is looked at or booked: the same file counts once per account.
    pub file_key: Option<String>,
    /// Which column says what.
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: Json,
    /// Where it stands.
    pub status: SettlementStatus,
    /// Lines that are kept of it.
    pub lines: i32,
    /// What came out of clearing when it was booked.
    pub gross_minor: i64,
    /// What the gateway kept.
    pub fee_minor: i64,
    /// What came to our bank account.
    pub net_minor: i64,
    /// Who sent it in.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTimeUtc,
    /// Who booked it.
    pub booked_by: Option<UserId>,
    /// When.
    pub booked_at: Option<DateTimeUtc>,
    /// Our account at a gateway.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::payment_account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
