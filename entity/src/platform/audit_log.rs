//! Table `audit_logs`.
use crate::value::AuditId;
use sea_orm::entity::prelude::*;

/// Who did what to what.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_logs")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditId,
    /// Place in the chain, once sealed.
    #[sea_orm(unique)]
    pub sequence: Option<i64>,
    /// `user`, `staff`, `system`, `gateway`, …
    pub actor_kind: String,
    /// Who.
    pub actor_id: String,
    /// For whom, when staff act as a customer.
    pub on_behalf_of: Option<String>,
    /// Whose account.
    pub customer_id: Option<String>,
    /// `billing.invoice.void`, …
    pub action: String,
    /// What kind of thing.
    pub target_type: String,
    /// Which.
    pub target_id: String,
    /// As it was.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub before: Option<Json>,
    /// As it is.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub after: Option<Json>,
    /// Why.
    pub reason: Option<String>,
    /// Network address.
    pub address: Option<String>,
    /// The request or job.
    pub correlation_id: String,
    /// Hash of the row before, once sealed.
    pub previous_hash: Option<String>,
    /// Hash of this row, once sealed.
    pub hash: Option<String>,
    /// When.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
