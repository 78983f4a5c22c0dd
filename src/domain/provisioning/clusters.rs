//! Where instances run.
use super::{ProvisioningError, access, capacity, cluster_settings, drains, nodes, orphans, tasks};
use crate::{
    domain::Ctx,
    integrations::{
        Acceptance, OutsideError,
        drivers::{Provisioner, Target},
    },
    kernel::{
        audit::Change,
        db,
        fault::FieldFault,
        job::{Job, JobError},
        locale::Lang,
        said::{self, Arg, Said},
    },
};
use chrono::Duration;
use entity::{
    provisioning::{cluster, instance},
    value::{ClusterId, InstanceStatus, TargetStatus, contact},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Largest capacity, so that sums over clusters stay far from overflowing.
pub(super) const MAX_CAPACITY: i64 = 1_000_000_000_000;
/// Refusals of a test that have sentences of their own; the message of these is only what they are about.
pub(super) const SAID_REFUSALS: [&str; 4] = ["too_old", "rights", "storage_class", "ingress_class"];

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

/// Adds a cluster. It takes new instances once it has passed its test, which is queued with it.
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
    let settings = cluster_settings::trimmed(new.settings);
    let text = |name: &str| cluster_settings::text(&settings, name);
    let row = cluster::Model {
        settings_sealed: cluster_settings::seal(ctx, &id, &settings),
        settings_version: 1,
        ingress_domain: text("ingress_domain").unwrap_or_default(),
        url_scheme: text("url_scheme").unwrap_or_else(|| "https".to_owned()),
        url_port: text("url_port").and_then(|port| port.parse().ok()),
        id,
        name: new.name.trim().to_owned(),
        driver: new.driver,
        region: new.region,
        status: TargetStatus::Active,
        capacity_cpu_milli: new.capacity_cpu_milli,
        capacity_memory_mb: new.capacity_memory_mb,
        cpu_ratio_percent: capacity::USUAL.cpu_ratio_percent,
        memory_ratio_percent: capacity::USUAL.memory_ratio_percent,
        reserve_percent: capacity::USUAL.reserve_percent,
        surveyed_at: None,
        cpu_over_since: None,
        memory_over_since: None,
        checked_at: None,
        check_ok: None,
        check_note: None,
        check_found: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    cluster::Entity::insert(cluster::ActiveModel::from(row.clone())).exec_without_returning(&tx).await?;
    let after = serde_json::json!({"name": row.name, "driver": row.driver, "region": row.region});
    audit(ctx, &tx, &row.id, "provisioning.cluster.add", after).await?;
    ctx.enqueue(&tx, &CheckCluster { cluster_id: row.id.clone() }).await?;
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
        Some(driver) => {
            faults.extend(cluster_settings::check(&**driver, &cluster_settings::trimmed(new.settings.clone())))
        }
    }
    faults
}

pub(super) async fn audit(
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
    if status == TargetStatus::Disabled {
        orphans::forget_cluster(ctx, &tx, id).await?;
        access::forget_cluster(ctx, &tx, id).await?;
        drains::forget_cluster(ctx, &tx, id).await?;
        nodes::forget_cluster(ctx, &tx, id).await?;
    }
    let after = serde_json::json!({"from": row.status, "to": status});
    audit(ctx, &tx, id, "provisioning.cluster.set_status", after).await?;
    tx.wake_after_commit(super::watch::TOPIC);
    tx.commit().await?;
    Ok(())
}

/// Until a cluster that failed its test is tested again.
const TEST_AGAIN: Duration = Duration::seconds(30);

/// Tests one cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckCluster {
    /// Which.
    pub cluster_id: ClusterId,
}

impl Job for CheckCluster {
    const NAME: &'static str = "provisioning.check_cluster";
    const QUEUE: &'static str = "provisioning";
    // The next test comes anyway.
    const MAX_ATTEMPTS: i32 = 3;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("provisioning.check_cluster:{}", self.cluster_id))
    }

    fn target_key(&self) -> Option<String> {
        Some(format!("check:{}", self.cluster_id))
    }
}

/// Has every cluster tested that is in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckClusters {}

impl Job for CheckClusters {
    const NAME: &'static str = "provisioning.check_clusters";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `CheckCluster`. A cluster that fails is a finding, not an error: it is tested again soon, because orders wait for
/// it.
///
/// # Errors
/// To be retried: the database.
pub async fn run_check_cluster(ctx: Ctx, work: CheckCluster) -> Result<(), JobError> {
    match check(&ctx, &work.cluster_id).await {
        Ok(_) | Err(ProvisioningError::NotFound) => Ok(()),
        Err(ProvisioningError::Outside(_)) => {
            if get(&ctx.db, &work.cluster_id).await.is_ok_and(|row| row.status != TargetStatus::Disabled) {
                let tx = ctx.begin().await?;
                ctx.enqueue_at(&tx, &work, ctx.now() + TEST_AGAIN).await?;
                tx.commit().await?;
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Does `CheckClusters`: a job per cluster, so that a silent one holds up no other.
///
/// # Errors
/// To be retried: the database.
pub async fn run_check_clusters(ctx: Ctx, _: CheckClusters) -> Result<(), JobError> {
    let rows = cluster::Entity::find().filter(cluster::Column::Status.ne(TargetStatus::Disabled)).all(&ctx.db).await?;
    let tx = ctx.begin().await?;
    for row in rows {
        ctx.enqueue(&tx, &CheckCluster { cluster_id: row.id }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Tests a cluster and keeps what was found. A cluster that fails takes no new instances and is an alert until it
/// passes.
///
/// # Errors
/// `NotFound`; `Outside` with what is wrong.
pub async fn check(ctx: &Ctx, id: &ClusterId) -> Result<Acceptance, ProvisioningError> {
    let row = get(&ctx.db, id).await?;
    let (driver, target) = find_target(ctx, &row).await?;
    let found = cluster_settings::test(&*driver, &target).await;
    let tx = ctx.begin().await?;
    match &found {
        Ok(acceptance) => keep_passed(ctx, &tx, id, acceptance).await?,
        Err(error) => {
            let found = vec![refusal(error)];
            keep_check(ctx, &tx, id, false, &found).await?;
            access::note_failed(ctx, &tx, id, found).await?;
        }
    }
    tx.commit().await?;
    Ok(found?)
}

/// Why a cluster did not pass its test, in a sentence.
fn refusal(error: &OutsideError) -> Said {
    let why = [("why", Arg::from(error.message()))];
    match error {
        OutsideError::Rejected { code, .. } if SAID_REFUSALS.contains(&code.as_str()) => {
            Said::new(format!("found-fails-{}", code.replace('_', "-")), why)
        }
        OutsideError::Rejected { .. } => Said::new("found-fails-refused", why),
        OutsideError::Unavailable { .. } | OutsideError::Unknown { .. } => Said::new("found-fails-unavailable", why),
    }
}

/// What the last test of a cluster found, in `lang`; tests older than the sentences in the words they were kept in.
pub fn found(row: &cluster::Model, lang: Lang) -> String {
    let found = row.check_found.clone().and_then(|found| serde_json::from_value::<Vec<Said>>(found).ok());
    found.map_or_else(|| row.check_note.clone().unwrap_or_default(), |found| said::lines(lang, &found))
}

/// Keeps that a cluster passed its test, and wakes the work that waits for a place.
pub(super) async fn keep_passed(
    ctx: &Ctx,
    tx: &db::WriteTx,
    id: &ClusterId,
    acceptance: &Acceptance,
) -> Result<(), DbErr> {
    let before = cluster::Entity::find_by_id(id.clone()).one(tx).await?;
    let found: Vec<Said> = acceptance.facts.iter().chain(&acceptance.warnings).cloned().collect();
    keep_check(ctx, tx, id, true, &found).await?;
    access::note_passed(ctx, tx, id).await?;
    match before.filter(|row| !is_ready(row)) {
        Some(row) => tasks::hasten_placeless(ctx, tx, &row.driver).await,
        None => Ok(()),
    }
}

async fn keep_check(ctx: &Ctx, tx: &db::WriteTx, id: &ClusterId, is_ok: bool, found: &[Said]) -> Result<(), DbErr> {
    cluster::Entity::update_many()
        .col_expr(cluster::Column::CheckedAt, Expr::value(ctx.now()))
        .col_expr(cluster::Column::CheckOk, Expr::value(is_ok))
        .col_expr(cluster::Column::CheckNote, Expr::value(said::lines(Lang::En, found)))
        .col_expr(cluster::Column::CheckFound, Expr::value(serde_json::json!(found)))
        .filter(cluster::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether a cluster takes new instances: it is active and passed its last test.
pub fn is_ready(row: &cluster::Model) -> bool {
    row.status == TargetStatus::Active && row.check_ok == Some(true)
}

/// Whether any cluster takes new instances.
pub async fn is_any_ready(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(cluster::Entity::find().all(db).await?.iter().any(is_ready))
}

/// One cluster.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &ClusterId) -> Result<cluster::Model, ProvisioningError> {
    cluster::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)
}

/// Every cluster by name: its id and that.
///
/// # Errors
/// The database.
pub async fn names(db: &impl ConnectionTrait) -> Result<Vec<(ClusterId, String)>, DbErr> {
    let names = cluster::Entity::find().select_only().columns([cluster::Column::Id, cluster::Column::Name]);
    names.order_by_asc(cluster::Column::Name).into_tuple().all(db).await
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

/// The driver of a cluster.
pub(super) fn driver_of(ctx: &Ctx, row: &cluster::Model) -> Result<Arc<dyn Provisioner>, ProvisioningError> {
    let missing = || OutsideError::unavailable(format!("this node does not have the driver {}", row.driver));
    Ok(ctx.driver(&row.driver).cloned().ok_or_else(missing)?)
}

/// The driver of a cluster and the cluster as drivers want it, its settings opened.
pub async fn find_target(ctx: &Ctx, row: &cluster::Model) -> Result<(Arc<dyn Provisioner>, Target), ProvisioningError> {
    Ok((driver_of(ctx, row)?, cluster_settings::target(ctx, row).await?))
}
