//! Table `service_templates`.
use crate::value::ServiceTemplateId;
use sea_orm::entity::prelude::*;

/// One version of a service's declaration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_templates")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceTemplateId,
    /// Which service.
    pub slug: String,
    /// Its version.
    pub version: String,
    /// TOML, schema 1.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Licence gate: `ok`, `needs_agreement` or `check`.
    pub resale: String,
    /// What the operator agreed with the licensor; needed before publishing where resale is not `ok`.
    #[sea_orm(column_type = "Text", nullable)]
    pub agreement_note: Option<String>,
    /// When loaded.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
