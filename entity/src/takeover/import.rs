//! Table `imports`.
use crate::value::{FileId, ImportId, ImportKind, ImportStatus, UserId};
use sea_orm::entity::prelude::*;

/// A file of customers or contracts of another system.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportId,
    /// What its rows are.
    pub kind: ImportKind,
    /// Name of the system its keys are those of: `whmcs`.
    pub source: String,
    /// The file.
    pub file_id: FileId,
    /// Hash of the file while it is looked at: sent in again, it is the same draft.
    pub file_key: Option<String>,
    /// Headings of its table; none of files that came before they were kept.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub headings: Option<Json>,
    /// Which column says what.
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: Json,
    /// What staff decided for all rows.
    #[sea_orm(column_type = "JsonBinary")]
    pub options: Json,
    /// Where it stands.
    pub status: ImportStatus,
    /// Rows of the file.
    pub rows: i32,
    /// Who sent it in.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTimeUtc,
    /// Who had it taken over.
    pub started_by: Option<UserId>,
    /// When.
    pub started_at: Option<DateTimeUtc>,
    /// When its last row was done.
    pub finished_at: Option<DateTimeUtc>,
    /// When the content of the file was given up.
    pub emptied_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
