//! Table `settlement_lines`.
use crate::value::{
    PaymentAccountId, PaymentId, RefundId, SettlementId, SettlementLineId, SettlementLineStatus, UnallocatedMoneyId,
    UserId,
};
use sea_orm::entity::prelude::*;

/// One line of a report of payouts.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settlement_lines")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementLineId,
    /// Of which report.
    pub settlement_id: SettlementId,
    /// Of which of our accounts.
    pub account_id: PaymentAccountId,
    /// The same line has the same key, in whichever file of the account it stands.
    pub line_key: String,
    /// Line of the file.
    pub number: i32,
    /// What kind it is.
    pub kind: String,
    /// Our reference, as the report has it.
    pub reference: String,
    /// The gateway's id, as the report has it.
    pub external_id: String,
    /// On which day, as the report has it.
    pub day: Option<Date>,
    /// Before fees, as the report has it; below zero where money left.
    pub gross_minor: i64,
    /// What came to our bank account.
    pub net_minor: i64,
    /// What was found about it when it was last matched.
    pub verdict: String,
    /// What became of it.
    pub status: SettlementLineStatus,
    /// What it took out of clearing.
    pub clearing_minor: i64,
    /// The payment it pays out, or takes back.
    pub payment_id: Option<PaymentId>,
    /// The refund it deducts.
    pub refund_id: Option<RefundId>,
    /// The money without a payment of ours it pays out.
    pub unallocated_id: Option<UnallocatedMoneyId>,
    /// Why staff decided so.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<DateTimeUtc>,
    /// When it was read.
    pub created_at: DateTimeUtc,
    /// A vendor's report of what it paid out.
    #[sea_orm(belongs_to, from = "settlement_id", to = "id")]
    pub settlement: BelongsTo<super::settlement::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
