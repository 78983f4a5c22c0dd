//! Table `payments`.
use crate::value::{CustomerId, InvoiceId, PaymentAccountId, PaymentId, PaymentPurpose, PaymentStatus};
use sea_orm::entity::prelude::*;

/// An attempt to collect money; stored before the gateway is asked.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    /// Our reference, the gateway's order id; never reused.
    #[sea_orm(unique)]
    pub reference: String,
    /// Who pays.
    pub customer_id: CustomerId,
    /// For which invoice; empty for a top-up.
    pub invoice_id: Option<InvoiceId>,
    /// What for.
    pub purpose: PaymentPurpose,
    /// Through which account; empty for the wallet.
    pub account_id: Option<PaymentAccountId>,
    /// Which gateway, or `wallet`.
    pub gateway: String,
    /// How.
    pub method: String,
    /// Further choice, for example the bank.
    pub option: Option<String>,
    /// Hash of what the payer entered for it (a telephone number, a token of a card): the same entry is the same attempt.
    pub entry_hash: Option<String>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// How much was asked for.
    pub amount_minor: i64,
    /// How much came.
    pub received_minor: i64,
    /// How much of it went to the invoice; the rest is in the wallet.
    pub applied_minor: i64,
    /// How much went back or is on its way back.
    pub refunded_minor: i64,
    /// What the gateway kept.
    pub fee_minor: i64,
    /// Currency.
    pub currency: String,
    /// The gateway's id.
    pub external_id: Option<String>,
    /// What the payer has to do.
    #[sea_orm(column_type = "JsonBinary")]
    pub instructions: Json,
    /// Money came after the attempt was closed.
    pub is_late: bool,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// Until when it may be paid.
    pub expires_at: DateTimeUtc,
    /// When money came.
    pub settled_at: Option<DateTimeUtc>,
    /// When the gateway paid it out to us, as its reports say.
    pub paid_out_at: Option<DateTimeUtc>,
    /// When to ask the gateway next, if nothing is heard.
    pub inquire_at: Option<DateTimeUtc>,
    /// How often asked.
    pub inquiries: i32,
    /// How often the gateway said that it has never heard of it.
    pub unheard: i32,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A document that asks for money; immutable once issued.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<Option<crate::billing::invoice::Entity>>,
    /// Our account at a gateway.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<Option<super::payment_account::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
