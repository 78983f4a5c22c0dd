//! Table `withholdings`.
use crate::value::{CustomerId, FileId, InvoiceId, PaymentId, WithholdingId, WithholdingStatus};
use sea_orm::entity::prelude::*;

/// Income tax (PPh 23) that the buyer of an invoice withholds for the state, and the proof of it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "withholdings")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WithholdingId,
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Waits for its proof, has it, or is over.
    pub status: WithholdingStatus,
    /// Net it is reckoned of.
    pub base_minor: i64,
    /// Withheld.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// The invoice while it waits or stands: there is one at a time.
    #[sea_orm(unique)]
    pub live_key: Option<String>,
    /// Until when nobody is reminded of it.
    pub proof_due_at: DateTimeUtc,
    /// When the customer heard that it is late.
    pub reminded_at: Option<DateTimeUtc>,
    /// Number of the proof (*bukti potong*).
    pub proof_number: Option<String>,
    /// Day the proof bears.
    pub proof_date: Option<Date>,
    /// The proof as it was sent.
    pub file_id: Option<FileId>,
    /// The payment it became.
    #[sea_orm(unique)]
    pub payment_id: Option<PaymentId>,
    /// Who said that it is withheld.
    pub declared_by: String,
    /// When.
    pub declared_at: DateTimeUtc,
    /// When the proof came.
    pub received_at: Option<DateTimeUtc>,
    /// Who ended it.
    pub closed_by: Option<String>,
    /// When it ended.
    pub closed_at: Option<DateTimeUtc>,
    /// Why it ended.
    pub reason: Option<String>,
    /// A document that asks for money; immutable once issued.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
