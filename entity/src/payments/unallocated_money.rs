//! Table `unallocated_money`.
use crate::value::{CustomerId, InvoiceId, PaymentAccountId, PaymentId, UnallocatedMoneyId, UnallocatedStatus, UserId};
use sea_orm::entity::prelude::*;

/// Money that came to one of our accounts and fits nothing we asked for.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unallocated_money")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UnallocatedMoneyId,
    /// Key of its posting: the same money is here once.
    #[sea_orm(unique)]
    pub posting_key: String,
    /// To which of our accounts it came.
    pub account_id: PaymentAccountId,
    /// Word of the gateway.
    pub gateway: String,
    /// What the gateway calls it.
    pub reference: String,
    /// The gateway's own id of it.
    pub external_id: Option<String>,
    /// Table (singular) of what told of it.
    pub source_type: String,
    /// Row of what told of it.
    pub source_id: String,
    /// Word for why it fits nothing.
    pub why: String,
    /// How much.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// What became of it.
    pub status: UnallocatedStatus,
    /// Whose it is after all.
    pub customer_id: Option<CustomerId>,
    /// Which invoice it pays.
    pub invoice_id: Option<InvoiceId>,
    /// The payment it became.
    pub payment_id: Option<PaymentId>,
    /// The bank's name for the transfer back to who paid.
    pub bank_reference: Option<String>,
    /// Why staff decided so.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// When it came.
    pub received_at: DateTimeUtc,
    /// When the gateway paid it out to us, as its reports say.
    pub paid_out_at: Option<DateTimeUtc>,
    /// When it was decided.
    pub decided_at: Option<DateTimeUtc>,
    /// Our account at a gateway.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::payment_account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
