//! Table `import_rows`.
use crate::value::{ImportId, ImportRowId, ImportVerdict};
use sea_orm::entity::prelude::*;

/// What became of a row of a file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_rows")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportRowId,
    /// Of which file.
    pub import_id: ImportId,
    /// Line of the file it begins at.
    pub number: i32,
    /// Its key in the system it comes from; may be empty where that is what is wrong with it.
    pub source_key: String,
    /// What people call it: a name, a plan.
    pub label: String,
    /// What was found.
    pub verdict: ImportVerdict,
    /// What is wrong or different, field by field.
    #[sea_orm(column_type = "JsonBinary")]
    pub reasons: Json,
    /// The customer or contract it is now; empty where it is none.
    pub target_id: Option<String>,
    /// When.
    pub created_at: DateTimeUtc,
    /// A file of customers or contracts of another system.
    #[sea_orm(belongs_to, from = "import_id", to = "id")]
    pub import: BelongsTo<super::import::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
