//! Table `idempotency_keys`.
use sea_orm::entity::prelude::*;

/// An answer kept for a repeated request.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Hash of caller, route and key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Hash of the body: the same key with another body is refused.
    pub request_hash: String,
    /// In flight until then (machine time).
    pub locked_until: Option<DateTimeUtc>,
    /// Which request holds it: one that was overtaken finds another's word here.
    pub holder: String,
    /// Id of what the request made, written in the transaction that made it.
    pub made: Option<String>,
    /// Answer's status, once known.
    pub status_code: Option<i32>,
    /// Answer's body.
    #[sea_orm(column_type = "Text", nullable)]
    pub response: Option<String>,
    /// When first seen.
    pub created_at: DateTimeUtc,
    /// When forgotten.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
