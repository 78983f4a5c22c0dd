//! Where instances run.
use super::ProvisioningError;
use crate::{
    domain::{Ctx, settings},
    integrations::{
        Acceptance, OutsideError,
        drivers::{Provisioner, Target},
    },
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db,
        fault::FieldFault,
    },
};
use entity::{
    provisioning::{cluster, instance},
    value::{ClusterId, InstanceStatus, TargetStatus, contact},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeMap, sync::Arc};

/// Largest capacity, so that sums over clusters stay far from overflowing.
const MAX_CAPACITY: i64 = 1_000_000_000_000;

/// A cluster to be added.
#[derive(Clone, Debug)]
pub struct NewCluster {
    /// Name for staff, unique, 1 to 80 characters.
    pub name: String,
    /// Which driver speaks to it.
    pub driver: String,
    /// Where it stands.
    pub region: String,
    /// Settings by name, as the driver asks for them.
    pub settings: BTreeMap<String, SecretString>,
    /// What may be sold on it, thousandths of a CPU.
    pub capacity_cpu_milli: i64,
    /// What may be sold on it, MiB.
    pub capacity_memory_mb: i64,
}

/// How full a cluster is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Instances that are not terminated.
    pub instances: i64,
    /// Their limits, thousandths of a CPU.
    pub cpu_milli: i64,
    /// Their limits, MiB.
    pub memory_mb: i64,
}

/// Adds a cluster that takes new instances, without testing it (`check` does).
///
/// # Errors
/// `Invalid` by field: unknown driver, missing or unknown settings, a name taken, a capacity that is not above 0.
pub async fn add(ctx: &Ctx, new: NewCluster) -> Result<cluster::Model, ProvisioningError> {
    let mut faults = validate(ctx, &new);
    let tx = ctx.begin().await?;
    let is_taken = cluster::Entity::find().filter(cluster::Column::Name.eq(new.name.trim())).one(&tx).await?.is_some();
    if is_taken {
        faults.push(FieldFault::new("name", "taken"));
    }
    if !faults.is_empty() {
        return Err(ProvisioningError::Invalid(faults));
    }
    let id = ClusterId::generate();
    let text = |name: &str| new.settings.get(name).map(|value| value.expose_secret().to_owned());
    let row = cluster::Model {
        settings_sealed: seal(ctx, &id, &new.settings),
        settings_version: 1,
        ingress_domain: text("ingress_domain").unwrap_or_default(),
        url_scheme: text("url_scheme").filter(|scheme| !scheme.is_empty()).unwrap_or_else(|| "https".to_owned()),
        url_port: text("url_port").and_then(|port| port.parse().ok()),
        id,
        name: new.name.trim().to_owned(),
        driver: new.driver,
        region: new.region,
        status: TargetStatus::Active,
        capacity_cpu_milli: new.capacity_cpu_milli,
        capacity_memory_mb: new.capacity_memory_mb,
        checked_at: None,
        check_ok: None,
        check_note: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    cluster::Entity::insert(cluster::ActiveModel::from(row.clone())).exec_without_returning(&tx).await?;
    let after = serde_json::json!({"name": row.name, "driver": row.driver, "region": row.region});
    audit(ctx, &tx, &row.id, "provisioning.cluster.add", after).await?;
    tx.wake_after_commit(super::watch::TOPIC);
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

fn validate(ctx: &Ctx, new: &NewCluster) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    if new.name.trim().is_empty() || new.name.chars().count() > 80 || new.name.chars().any(char::is_control) {
        faults.push(FieldFault::new("name", "required"));
    }
    if let Err(wrong) = contact::optional_line(&new.region, 40) {
        faults.push(FieldFault::of("region", wrong));
    }
    for (field, value) in
        [("capacity_cpu_milli", new.capacity_cpu_milli), ("capacity_memory_mb", new.capacity_memory_mb)]
    {
        if !(1..=MAX_CAPACITY).contains(&value) {
            faults.push(FieldFault::new(field, "out_of_range").with("min", 1).with("max", MAX_CAPACITY));
        }
    }
    match ctx.driver(&new.driver) {
        None => faults.push(FieldFault::new("driver", "unknown")),
        Some(driver) => faults.extend(check_settings(&**driver, &new.settings)),
    }
    faults
}

/// Settings that have columns of their own, and the most characters these hold.
const COLUMNS: &[(&str, usize)] = &[("ingress_domain", 160), ("url_scheme", 8)];

fn check_settings(driver: &dyn Provisioner, settings: &BTreeMap<String, SecretString>) -> Vec<FieldFault> {
    let fields = driver.settings();
    let is_given = |name: &str| settings.get(name).is_some_and(|value| !value.expose_secret().trim().is_empty());
    let missing = fields.iter().filter(|field| field.required && !is_given(field.name));
    let unknown = settings.keys().filter(|name| !fields.iter().any(|field| field.name == name.as_str()));
    let port = settings.get("url_port").map(|port| port.expose_secret().trim());
    let wrong_port = port.filter(|port| !port.is_empty() && !port.parse::<u16>().is_ok_and(|port| port > 0));
    let length = |name: &str| settings.get(name).map_or(0, |value| value.expose_secret().chars().count());
    let too_long = COLUMNS.iter().filter(|(name, max)| length(name) > *max);
    missing
        .map(|field| FieldFault::new(format!("settings.{}", field.name), "required"))
        .chain(too_long.map(|(name, max)| FieldFault::new(format!("settings.{name}"), "too_long").with("max", max)))
        .chain(unknown.map(|name| FieldFault::new(format!("settings.{}", shortened(name)), "unknown")))
        .chain(
            wrong_port
                .map(|_| FieldFault::new("settings.url_port", "out_of_range").with("min", 1).with("max", u16::MAX)),
        )
        .collect()
}

/// A name somebody invented, short enough to be repeated to him.
fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

fn seal(ctx: &Ctx, id: &ClusterId, settings: &BTreeMap<String, SecretString>) -> String {
    let plain: BTreeMap<&str, &str> =
        settings.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    ctx.secrets.seal(id.as_str(), serde_json::json!(plain).to_string().as_bytes())
}

async fn audit(
    ctx: &Ctx,
    tx: &db::WriteTx,
    id: &ClusterId,
    action: &str,
    after: serde_json::Value,
) -> Result<(), DbErr> {
    let change =
        Change { action, target_type: "cluster", target_id: id.as_str(), after: Some(after), ..Change::default() };
    ctx.audit(tx, change).await
}

/// Replaces the settings given; those not given stay (a form never shows secrets again).
///
/// # Errors
/// `NotFound`; `Invalid` by field.
pub async fn change_settings(
    ctx: &Ctx,
    id: &ClusterId,
    changes: BTreeMap<String, SecretString>,
) -> Result<cluster::Model, ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = get(&tx, id).await?;
    let mut settings = open_settings(ctx, &row)?;
    settings.extend(changes);
    let driver = driver_of(ctx, &row)?;
    let faults = check_settings(&*driver, &settings);
    if !faults.is_empty() {
        return Err(ProvisioningError::Invalid(faults));
    }
    let text = |name: &str| settings.get(name).map(|value| value.expose_secret().to_owned());
    let changed = cluster::Entity::update_many()
        .col_expr(cluster::Column::SettingsSealed, Expr::value(seal(ctx, id, &settings)))
        .col_expr(cluster::Column::SettingsVersion, Expr::col(cluster::Column::SettingsVersion).add(1))
        .col_expr(cluster::Column::IngressDomain, Expr::value(text("ingress_domain").unwrap_or_default()))
        .col_expr(
            cluster::Column::UrlScheme,
            Expr::value(text("url_scheme").filter(|scheme| !scheme.is_empty()).unwrap_or_else(|| "https".to_owned())),
        )
        .col_expr(cluster::Column::UrlPort, Expr::value(text("url_port").and_then(|port| port.parse::<i32>().ok())))
        .col_expr(cluster::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(cluster::Column::Id.eq(id))
        .filter(cluster::Column::SettingsVersion.eq(row.settings_version))
        .exec_with_returning(&tx)
        .await?;
    let changed = changed.into_iter().next().ok_or(ProvisioningError::NotFound)?;
    let version = serde_json::json!({"settings_version": changed.settings_version});
    audit(ctx, &tx, id, "provisioning.cluster.change_settings", version).await?;
    tx.wake_after_commit(super::watch::TOPIC);
    tx.commit().await?;
    Ok(changed)
}

/// Sets whether a cluster takes new instances.
///
/// # Errors
/// `NotFound`; `ClusterInUse` when one that carries instances is disabled.
pub async fn set_status(ctx: &Ctx, id: &ClusterId, status: TargetStatus) -> Result<(), ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = get(&tx, id).await?;
    if status == TargetStatus::Disabled {
        let instances = instance::Entity::find()
            .filter(instance::Column::ClusterId.eq(id.as_str()))
            .filter(instance::Column::Status.ne(InstanceStatus::Terminated))
            .count(&tx)
            .await?;
        if instances > 0 {
            return Err(ProvisioningError::ClusterInUse { instances });
        }
    }
    cluster::Entity::update_many()
        .col_expr(cluster::Column::Status, Expr::value(status))
        .col_expr(cluster::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(cluster::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    let after = serde_json::json!({"from": row.status, "to": status});
    audit(ctx, &tx, id, "provisioning.cluster.set_status", after).await?;
    tx.wake_after_commit(super::watch::TOPIC);
    tx.commit().await?;
    Ok(())
}

/// Tests a cluster and keeps what was found. A cluster that fails is an alert until it passes.
///
/// # Errors
/// `NotFound`; `Outside` with what is wrong.
pub async fn check(ctx: &Ctx, id: &ClusterId) -> Result<Acceptance, ProvisioningError> {
    let row = get(&ctx.db, id).await?;
    let (driver, target) = find_target(ctx, &row).await?;
    let found = driver.check(&target).await;
    let (is_ok, note) = match &found {
        Ok(acceptance) => {
            (true, acceptance.facts.iter().chain(&acceptance.warnings).cloned().collect::<Vec<_>>().join("\n"))
        }
        Err(error) => (false, error.to_string()),
    };
    let tx = ctx.begin().await?;
    cluster::Entity::update_many()
        .col_expr(cluster::Column::CheckedAt, Expr::value(ctx.now()))
        .col_expr(cluster::Column::CheckOk, Expr::value(is_ok))
        .col_expr(cluster::Column::CheckNote, Expr::value(note.as_str()))
        .filter(cluster::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    let key = format!("cluster_check:{id}");
    if is_ok {
        alert::resolve(&tx, ctx.now(), &key).await?;
    } else {
        let subject = format!("Cluster {} fails its test", row.name);
        let alert = Alert { code: "cluster_check", subject: &subject, detail: &note, key: &key };
        alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    tx.commit().await?;
    Ok(found?)
}

/// One cluster.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &ClusterId) -> Result<cluster::Model, ProvisioningError> {
    cluster::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)
}

/// Every cluster by name, with its load (two queries).
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<(cluster::Model, Load)>, DbErr> {
    let clusters = cluster::Entity::find().order_by_asc(cluster::Column::Name).all(db).await?;
    let loads = loads(db).await?;
    Ok(clusters
        .into_iter()
        .map(|row| (loads.get(&row.id).copied().unwrap_or_default(), row))
        .map(|(l, r)| (r, l))
        .collect())
}

/// How full each cluster is.
pub(super) async fn loads(db: &impl ConnectionTrait) -> Result<BTreeMap<ClusterId, Load>, DbErr> {
    type Sums = (Option<ClusterId>, i64, Option<i64>, Option<i64>);
    let sums: Vec<Sums> = instance::Entity::find()
        .select_only()
        .column(instance::Column::ClusterId)
        .column_as(instance::Column::Id.count(), "instances")
        .column_as(db::sum_i64(instance::Column::CpuMilli), "cpu_milli")
        .column_as(db::sum_i64(instance::Column::MemoryMb), "memory_mb")
        .filter(instance::Column::ClusterId.is_not_null())
        .filter(instance::Column::Status.ne(InstanceStatus::Terminated))
        .group_by(instance::Column::ClusterId)
        .into_tuple()
        .all(db)
        .await?;
    let load = |(id, instances, cpu, memory): Sums| {
        let load = Load { instances, cpu_milli: cpu.unwrap_or(0), memory_mb: memory.unwrap_or(0) };
        Some((id?, load))
    };
    Ok(sums.into_iter().filter_map(load).collect())
}

fn open_settings(ctx: &Ctx, row: &cluster::Model) -> Result<BTreeMap<String, SecretString>, ProvisioningError> {
    let plain = ctx.secrets.open(row.id.as_str(), &row.settings_sealed)?;
    let settings: BTreeMap<String, String> =
        serde_json::from_slice(&plain).map_err(|_| crate::kernel::secret_box::SecretError::Damaged)?;
    Ok(settings.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}

/// The driver of a cluster.
pub(super) fn driver_of(ctx: &Ctx, row: &cluster::Model) -> Result<Arc<dyn Provisioner>, ProvisioningError> {
    let missing = || OutsideError::unavailable(format!("this node does not have the driver {}", row.driver));
    Ok(ctx.driver(&row.driver).cloned().ok_or_else(missing)?)
}

/// The driver of a cluster and the cluster as drivers want it, its settings opened.
pub async fn find_target(ctx: &Ctx, row: &cluster::Model) -> Result<(Arc<dyn Provisioner>, Target), ProvisioningError> {
    let driver = driver_of(ctx, row)?;
    let mut installation = settings::load(&ctx.db).await?.installation.id;
    if installation.is_empty() {
        installation =
            settings::ensure_installation(ctx).await.map_err(|error| ProvisioningError::Internal(error.to_string()))?;
    }
    let target = Target {
        id: row.id.0.clone(),
        settings_version: row.settings_version,
        settings: open_settings(ctx, row)?,
        installation,
    };
    Ok((driver, target))
}
