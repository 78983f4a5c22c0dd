//! Table `staff_alerts`.
use crate::value::AlertId;
use sea_orm::entity::prelude::*;

/// Something staff must know.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_alerts")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AlertId,
    /// What kind: `saga_stuck`, `gateway_silent`, …
    pub code: String,
    /// One line in English: what is shown where the program knows no sentence for the code any more.
    pub subject: String,
    /// What happened and what to do, likewise.
    #[sea_orm(column_type = "Text")]
    pub detail: String,
    /// What its sentences name; nothing in rows older than the sentences.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub args: Option<Json>,
    /// The same trouble is one alert while it is open.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// How often seen.
    pub occurrences: i32,
    /// When first.
    pub first_at: DateTimeUtc,
    /// When last.
    pub last_at: DateTimeUtc,
    /// When over.
    pub resolved_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
