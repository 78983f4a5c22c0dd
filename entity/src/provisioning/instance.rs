//! Table `instances`.
use crate::value::{
    ClusterId, CustomerId, Health, InstanceId, InstanceStatus, ProductId, ServiceTemplateId, SubscriptionId,
};
use sea_orm::entity::prelude::*;

/// The thing that runs.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instances")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InstanceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// In whose place on the cluster it lies, where that is not its owner's: of who was merged into him.
    pub tenant_id: Option<CustomerId>,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Of which product.
    pub product_id: ProductId,
    /// Where it was placed.
    pub cluster_id: Option<ClusterId>,
    /// Which driver makes it run.
    pub driver: String,
    /// What it was made from.
    pub service_template_id: Option<ServiceTemplateId>,
    /// Short name, a DNS label.
    #[sea_orm(unique)]
    pub name: String,
    /// Host name.
    #[sea_orm(unique)]
    pub host: Option<String>,
    /// Address customers open.
    pub url: Option<String>,
    /// Where it stands.
    pub status: InstanceStatus,
    /// How it feels, while it runs.
    pub health: Option<Health>,
    /// Why, where it is not well: {code, detail}.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub reason: Option<Json>,
    /// Answers of the customer, defaults filled in.
    #[sea_orm(column_type = "JsonBinary")]
    pub parameters: Json,
    /// Grows with every change of them.
    pub parameters_revision: i64,
    /// Those of before, while a change of them is under way.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub parameters_before: Option<Json>,
    /// Generated values, encrypted; made once.
    #[sea_orm(column_type = "Text")]
    pub secrets_sealed: String,
    /// Limit, thousandths of a CPU.
    pub cpu_milli: i64,
    /// Limit, MiB.
    pub memory_mb: i64,
    /// Volume, GiB.
    pub storage_gb: i64,
    /// Grows with every restart asked for.
    pub restart_revision: i64,
    /// Since when in this state.
    pub status_since: DateTimeUtc,
    /// When last looked at.
    pub observed_at: Option<DateTimeUtc>,
    /// When removed.
    pub terminated_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A contract.
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<crate::subscriptions::subscription::Entity>,
    /// A service in the shop.
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<crate::catalog::product::Entity>,
    /// A Kubernetes cluster.
    #[sea_orm(belongs_to, from = "cluster_id", to = "id")]
    pub cluster: BelongsTo<Option<super::cluster::Entity>>,
    /// One version of a service's declaration.
    #[sea_orm(belongs_to, from = "service_template_id", to = "id")]
    pub service_template: BelongsTo<Option<crate::catalog::service_template::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
