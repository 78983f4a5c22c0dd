//! Table `import_links`.
use crate::value::{CustomerId, ImportId, ImportKind, ImportLinkId};
use sea_orm::entity::prelude::*;

/// Which of ours a customer or contract of another system is: taken over once, whatever file tells of it again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_links")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportLinkId,
    /// Name of the other system.
    pub source: String,
    /// What it is there.
    pub kind: ImportKind,
    /// Its key there.
    pub source_key: String,
    /// The customer or contract here.
    pub target_id: String,
    /// Whose.
    pub customer_id: CustomerId,
    /// By which file.
    pub import_id: ImportId,
    /// What the other system said of it then, by role.
    #[sea_orm(column_type = "JsonBinary")]
    pub told: Json,
    /// What came into the wallet with it, whole rupiah.
    pub wallet_minor: i64,
    /// When.
    pub created_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A file of customers or contracts of another system.
    #[sea_orm(belongs_to, from = "import_id", to = "id")]
    pub import: BelongsTo<super::import::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
