//! Table `sagas`.
use crate::value::SagaStatus;
use sea_orm::entity::prelude::*;

/// A chain of steps with a way back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sagas")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Which saga.
    pub name: String,
    /// What it works on.
    pub subject_id: String,
    /// What it was started with.
    #[sea_orm(column_type = "JsonBinary")]
    pub params: Json,
    /// Where it stands.
    pub status: SagaStatus,
    /// Why it turned back.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub failure: Option<Json>,
    /// When started.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// When over.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
