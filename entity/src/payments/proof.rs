//! Table `payment_proofs`.
use crate::value::{CustomerId, FileId, PaymentId, PaymentProofId};
use sea_orm::entity::prelude::*;

/// A picture or document by which a payer shows that he has transferred. It proves nothing by itself: a person looks.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_proofs")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentProofId,
    /// Of which attempt.
    pub payment_id: PaymentId,
    /// Who sent it.
    pub customer_id: CustomerId,
    /// Its content.
    pub file_id: FileId,
    /// Hash of the content: the same picture for two payments is seen.
    pub sha256: String,
    /// Media type, found out from the content.
    pub content_type: String,
    /// Size of the content.
    pub size_bytes: i64,
    /// What the payer says about it.
    pub note: Option<String>,
    /// When it came.
    pub sent_at: DateTimeUtc,
    /// When staff refused it.
    pub rejected_at: Option<DateTimeUtc>,
    /// Why; told to the payer.
    pub reason: Option<String>,
    /// An attempt to collect money; stored before the gateway is asked.
    #[sea_orm(belongs_to, from = "payment_id", to = "id")]
    pub payment: BelongsTo<super::payment::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A stored file.
    #[sea_orm(belongs_to, from = "file_id", to = "id")]
    pub file: BelongsTo<crate::platform::file::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
