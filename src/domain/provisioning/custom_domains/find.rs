//! Finding custom domains, and what has to be set for them.
use super::super::{ProvisioningError, cluster_settings, clusters};
use crate::domain::Ctx;
use entity::{
    provisioning::{custom_domain, instance},
    value::{CustomDomainId, CustomDomainStatus as Status, CustomerId, InstanceId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// How names get to a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// The service's own host: names may stand for it (CNAME).
    pub host: String,
    /// Addresses of the way in, where staff said them: names that cannot stand for another have these.
    pub addresses: Vec<String>,
    /// Whether names get a certificate. Where not, they answer without encryption.
    pub has_certificates: bool,
}

/// One custom domain, also one that was removed.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &CustomDomainId) -> Result<custom_domain::Model, ProvisioningError> {
    custom_domain::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)
}

/// One of `customer_id`, also one that was removed.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn get_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &CustomDomainId,
) -> Result<custom_domain::Model, ProvisioningError> {
    let row = get(db, id).await?;
    if row.customer_id == *customer_id { Ok(row) } else { Err(ProvisioningError::NotFound) }
}

/// Names before an instance, oldest first; at most [`MAX_PER_SERVICE`](super::MAX_PER_SERVICE).
///
/// # Errors
/// The database.
pub async fn list(db: &impl ConnectionTrait, id: &InstanceId) -> Result<Vec<custom_domain::Model>, DbErr> {
    custom_domain::Entity::find()
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .filter(custom_domain::Column::Status.ne(Status::Removed))
        .order_by_asc(custom_domain::Column::Id)
        .all(db)
        .await
}

/// How names get to `row`; nothing is known of a service without a place.
///
/// # Errors
/// The cluster is missing, or its settings cannot be read on this node.
pub async fn ways(ctx: &Ctx, row: &instance::Model) -> Result<Ways, ProvisioningError> {
    let host = row.host.clone().unwrap_or_default();
    let Some(cluster_id) = &row.cluster_id else { return Ok(Ways { host, ..Ways::default() }) };
    let cluster = clusters::get(&ctx.db, cluster_id).await?;
    let settings = cluster_settings::shown(ctx, &cluster)?;
    let addresses = settings.get("ingress_addresses").map(String::as_str).unwrap_or_default();
    Ok(Ways {
        host,
        addresses: addresses.split([',', ' ']).filter(|address| !address.is_empty()).map(str::to_owned).collect(),
        has_certificates: settings.contains_key("certificate_issuer"),
    })
}

/// What the newest claim on a name asks of its zone.
pub struct Asked {
    /// The text that proves who owns it.
    pub proof: String,
    /// The host it should stand for.
    pub leads_to: String,
    /// Whether it was looked at before.
    pub was_looked_at: bool,
}

/// What is asked of the zone of `host`; nothing where nobody has put it before a service.
///
/// # Errors
/// The database.
pub async fn asked_for(db: &impl ConnectionTrait, host: &str) -> Result<Option<Asked>, DbErr> {
    let newest = custom_domain::Entity::find()
        .filter(custom_domain::Column::Host.eq(host))
        .filter(custom_domain::Column::Status.ne(Status::Removed))
        .order_by_desc(custom_domain::Column::Id)
        .limit(1)
        .one(db)
        .await?;
    let Some(row) = newest else { return Ok(None) };
    let instance = instance::Entity::find_by_id(row.instance_id.clone()).one(db).await?;
    Ok(Some(Asked {
        proof: super::proof_text(&row.token),
        leads_to: instance.and_then(|row| row.host).unwrap_or_default(),
        was_looked_at: row.checked_at.is_some(),
    }))
}
