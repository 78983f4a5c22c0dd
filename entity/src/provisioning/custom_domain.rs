//! Table `custom_domains`.
use crate::value::{CustomDomainFailure, CustomDomainId, CustomDomainStatus, CustomerId, InstanceId};
use sea_orm::entity::prelude::*;

/// A customer's own domain before a service.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_domains")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomDomainId,
    /// Before which service.
    pub instance_id: InstanceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Its name in small letters, as punycode.
    pub host: String,
    /// Where it stands.
    pub status: CustomDomainStatus,
    /// What its owner puts into his zone to show that it is his.
    pub token: String,
    /// What the last look found wrong.
    pub failure: Option<CustomDomainFailure>,
    /// How often it was looked at since it was added or last was well.
    pub checks: i32,
    /// Its name from the proof until it is removed: nobody else can prove it meanwhile.
    #[sea_orm(unique)]
    pub proven_host: Option<String>,
    /// Instance and name until it is removed: nobody adds it to one service twice.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// When its owner was shown.
    pub proven_at: Option<DateTimeUtc>,
    /// When it first led here: from then on the way in knows it.
    pub routed_at: Option<DateTimeUtc>,
    /// Since when something is not as it should be.
    pub failing_since: Option<DateTimeUtc>,
    /// When last looked at.
    pub checked_at: Option<DateTimeUtc>,
    /// When to be looked at next.
    pub next_check_at: Option<DateTimeUtc>,
    /// When a person last asked for a look.
    pub asked_at: Option<DateTimeUtc>,
    /// Whether the cluster holds a way in for it.
    pub is_published: bool,
    /// The cluster refused it: it is not asked again before.
    pub publish_after: Option<DateTimeUtc>,
    /// When removed.
    pub removed_at: Option<DateTimeUtc>,
    /// When added.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
