//! Table `provision_steps`.
use crate::value::{ProvisionStepId, StepStatus};
use sea_orm::entity::prelude::*;

/// A step of a saga, as its log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provision_steps")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProvisionStepId,
    /// Of which saga.
    pub saga_id: String,
    /// Order.
    pub position: i32,
    /// Which step.
    pub name: String,
    /// Where it stands.
    pub status: StepStatus,
    /// How often tried.
    pub attempts: i32,
    /// What later steps need.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub output: Option<Json>,
    /// What happened: a line of staff, or in English what `said` says.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// What happened, as a sentence to be read in any language.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub said: Option<Json>,
    /// What it waits for: {code, detail}.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub reason: Option<Json>,
    /// Since when it waits (machine time): too long is a failed attempt.
    pub waiting_since: Option<DateTimeUtc>,
    /// Since when the outside does not answer (machine time).
    pub trouble_since: Option<DateTimeUtc>,
    /// When begun.
    pub started_at: Option<DateTimeUtc>,
    /// When done.
    pub finished_at: Option<DateTimeUtc>,
    /// Last change (machine time): says whether a call may still be under way.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
