//! Table `provision_tasks`.
use crate::value::{CustomerId, InstanceId, ProvisionTaskId, TaskAction, TaskStatus};
use sea_orm::entity::prelude::*;

/// A piece of work on an instance.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provision_tasks")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProvisionTaskId,
    /// On which instance.
    pub instance_id: InstanceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What.
    pub action: TaskAction,
    /// Where it stands.
    pub status: TaskStatus,
    /// Instance id while unfinished: one piece of work at a time.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// The saga that does it.
    pub saga_id: Option<String>,
    /// Attempts spent: only refusals and failed rollouts count.
    pub attempts: i32,
    /// Stable word: `PAYMENT_OK_PROVISION_FAIL`, `PROVISION_TIMEOUT`, …
    pub error_code: Option<String>,
    /// Words for staff.
    #[sea_orm(column_type = "Text", nullable)]
    pub error_message: Option<String>,
    /// Who asked.
    pub requested_by: String,
    /// What the action needs to know.
    #[sea_orm(column_type = "JsonBinary")]
    pub input: Json,
    /// When begun.
    pub started_at: Option<DateTimeUtc>,
    /// When done.
    pub finished_at: Option<DateTimeUtc>,
    /// When asked for.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// The thing that runs.
    #[sea_orm(belongs_to, from = "instance_id", to = "id")]
    pub instance: BelongsTo<super::instance::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
