//! The machines of clusters. They are looked at every minute and kept, so that pages and placing ask no cluster. A machine
//! that is not well for a minute, and a cluster whose machines have too much to do for some, are told to staff, until they
//! are well again. Staff close machines and open them; emptying them is `drains`.
use super::{
    ProvisioningError,
    capacity::{self, Level, Rules, Strain},
    clusters, drains,
};
use crate::{
    domain::Ctx,
    integrations::{OutsideError, drivers::Machine},
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        job::{Job, JobError},
        said::{Arg, Said, args},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    provisioning::{cluster, cluster_node, instance, node_drain},
    value::{ClusterId, ClusterNodeId, TargetStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable, PaginatorTrait, QueryFilter,
    QueryOrder,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long a machine may be unwell before staff are told.
const UNWELL: Duration = Duration::minutes(1);
/// How long a cluster may have too much to do before staff are told: a moment of it is nothing.
const STRAINED: Duration = Duration::minutes(5);
/// How long the machines of a cluster that works may not be seen before staff are told.
const UNSEEN: Duration = Duration::minutes(15);
/// How long a person waits for a cluster.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
/// Longest names and versions that are kept.
const LONGEST_NAME: usize = 253;
const LONGEST_VERSION: usize = 80;
/// Machines kept in one statement.
const BATCH: usize = 200;

/// Looks at the machines of every cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SurveyClusters {}

impl Job for SurveyClusters {
    const NAME: &'static str = "provisioning.survey_clusters";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Looks at the machines of one cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SurveyCluster {
    /// Which.
    pub cluster_id: ClusterId,
}

impl Job for SurveyCluster {
    const NAME: &'static str = "provisioning.survey_cluster";
    const QUEUE: &'static str = "observation";
    // The next look comes anyway.
    const MAX_ATTEMPTS: i32 = 3;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("provisioning.survey_cluster:{}", self.cluster_id))
    }

    fn target_key(&self) -> Option<String> {
        Some(format!("observe:{}", self.cluster_id))
    }
}

/// Does `SurveyClusters`: a job per cluster, so that a silent one holds up no other.
///
/// # Errors
/// To be retried: the database.
pub async fn run_survey_clusters(ctx: Ctx, _: SurveyClusters) -> Result<(), JobError> {
    let rows = cluster::Entity::find().filter(cluster::Column::Status.ne(TargetStatus::Disabled)).all(&ctx.db).await?;
    let tx = ctx.begin().await?;
    for row in rows {
        ctx.enqueue(&tx, &SurveyCluster { cluster_id: row.id }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Does `SurveyCluster`. A cluster that does not answer is left as it was seen last: its silence is told elsewhere, and that
/// its machines alone are not seen here.
///
/// # Errors
/// To be retried: the database.
pub async fn run_survey_cluster(ctx: Ctx, work: SurveyCluster) -> Result<(), JobError> {
    match survey(&ctx, &work.cluster_id).await {
        Ok(()) | Err(ProvisioningError::NotFound) => Ok(()),
        Err(ProvisioningError::Database(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(cluster.id = %work.cluster_id, %error, "Could not look at the machines of a cluster");
            Ok(tell_unseen(&ctx, &work.cluster_id, error.to_string()).await?)
        }
    }
}

fn unseen_key(id: &ClusterId) -> String {
    format!("cluster_unseen:{id}")
}

/// Staff hear of a cluster that passes its test though its machines are not seen for long: what is sold there rests on what
/// was seen last.
async fn tell_unseen(ctx: &Ctx, id: &ClusterId, why: String) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    let Some(row) = cluster::Entity::find_by_id(id.clone()).one(&tx).await? else { return Ok(()) };
    let is_unseen = ctx.now() - row.surveyed_at.unwrap_or(row.created_at) >= UNSEEN;
    if row.status == TargetStatus::Disabled || row.check_ok != Some(true) || !is_unseen {
        return Ok(());
    }
    let args = args([("cluster", Arg::from(&row.name)), ("why", why.into())]);
    let alert = Alert { code: "cluster_unseen", args, key: &unseen_key(id) };
    alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    tx.commit().await
}

async fn survey(ctx: &Ctx, id: &ClusterId) -> Result<(), ProvisioningError> {
    let row = clusters::get(&ctx.db, id).await?;
    if row.status == TargetStatus::Disabled {
        return Ok(());
    }
    let (driver, target) = clusters::find_target(ctx, &row).await?;
    let late = |_| Err(OutsideError::unavailable("The cluster did not answer in time."));
    let machines = tokio::time::timeout(PATIENCE, driver.machines(&target)).await.unwrap_or_else(late)?;
    let tx = ctx.begin().await?;
    // Put out of use while it was looked at.
    let row = clusters::get(&tx, id).await?;
    if row.status == TargetStatus::Disabled {
        return Ok(());
    }
    let known = list(&tx, id).await?;
    let seen: Vec<_> = machines.into_iter().map(|machine| row_of(ctx, id, &known, machine)).collect();
    keep(&tx, &seen).await?;
    let gone: Vec<cluster_node::Model> =
        known.into_iter().filter(|node| !seen.iter().any(|other| other.name == node.name)).collect();
    if !gone.is_empty() {
        let ids = gone.iter().map(|node| node.id.as_str());
        cluster_node::Entity::delete_many().filter(cluster_node::Column::Id.is_in(ids)).exec(&tx).await?;
    }
    drains::forget(ctx, &tx, &gone).await?;
    tell_unwell(ctx, &tx, &row, &seen, &gone).await?;
    tell_strains(ctx, &tx, &row, &seen).await?;
    tx.commit().await?;
    Ok(())
}

/// How a machine was seen; one that was known keeps its id, and since when it is not well.
fn row_of(ctx: &Ctx, cluster_id: &ClusterId, known: &[cluster_node::Model], machine: Machine) -> cluster_node::Model {
    let name = cut(&machine.name, LONGEST_NAME);
    let before = known.iter().find(|node| node.name == name);
    let unready_since = before.and_then(|node| node.unready_since).unwrap_or_else(|| ctx.now());
    cluster_node::Model {
        id: before.map_or_else(ClusterNodeId::generate, |node| node.id.clone()),
        cluster_id: cluster_id.clone(),
        name,
        is_ready: machine.is_ready,
        unready_since: (!machine.is_ready).then_some(unready_since),
        is_open: machine.is_open,
        is_reserved: machine.is_reserved,
        pressures: machine.pressures.join(" "),
        cpu_milli: machine.allocatable.cpu_milli,
        memory_mb: machine.allocatable.memory_mb,
        requested_cpu_milli: machine.requested.cpu_milli,
        requested_memory_mb: machine.requested.memory_mb,
        used_cpu_milli: machine.used.map(|used| used.cpu_milli),
        used_memory_mb: machine.used.map(|used| used.memory_mb),
        version: cut(&machine.version, LONGEST_VERSION),
        born_at: machine.since,
        pods: i64::try_from(machine.pods).unwrap_or(i64::MAX),
        instances: serde_json::json!(machine.instances),
        seen_at: ctx.now(),
    }
}

/// Keeps how machines were seen; one that is there already is seen anew.
async fn keep(tx: &WriteTx, seen: &[cluster_node::Model]) -> Result<(), DbErr> {
    use cluster_node::Column;
    let anew = Column::iter().filter(|column| !matches!(column, Column::Id | Column::ClusterId | Column::Name));
    let upsert = OnConflict::columns([Column::ClusterId, Column::Name]).update_columns(anew).to_owned();
    for rows in seen.chunks(BATCH) {
        let rows = rows.iter().map(|row| row.clone().into_active_model());
        cluster_node::Entity::insert_many(rows).on_conflict(upsert.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// At most so many characters of what a cluster says.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn unwell_key(node: &cluster_node::Model) -> String {
    format!("node_down:{}:{}", node.cluster_id, node.name)
}

/// Staff hear of each machine that is not well for a while, and how many services it carries.
async fn tell_unwell(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &cluster::Model,
    seen: &[cluster_node::Model],
    gone: &[cluster_node::Model],
) -> Result<(), DbErr> {
    let well: Vec<String> = seen.iter().filter(|node| node.is_ready).chain(gone).map(unwell_key).collect();
    if !well.is_empty() {
        alert::resolve_all(tx, ctx.now(), well).await?;
    }
    let is_told = |node: &&cluster_node::Model| node.unready_since.is_some_and(|since| ctx.now() - since >= UNWELL);
    for node in seen.iter().filter(is_told) {
        let args = args([
            ("node", Arg::from(&node.name)),
            ("cluster", Arg::from(&row.name)),
            ("n", instance_ids(node).len().into()),
        ]);
        let alert = Alert { code: "node_down", args, key: &unwell_key(node) };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    Ok(())
}

fn strain_key(id: &ClusterId, resource: &str) -> String {
    format!("cluster_busy:{resource}:{id}")
}

/// Since when something has been over its limit, given since when it was: near the limit nothing changes.
fn over_since(before: Option<DateTime<Utc>>, level: Level, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match level {
        Level::Over => Some(before.unwrap_or(now)),
        Level::Near => before,
        Level::Calm => None,
    }
}

/// Staff hear that machines have had too much to do for a while, and no more of it once they have clearly less.
async fn tell_strains(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &cluster::Model,
    seen: &[cluster_node::Model],
) -> Result<(), DbErr> {
    let now = ctx.now();
    let strains = capacity::measure(seen, Rules::of(row)).map(|measured| capacity::strains(&measured));
    let level = |place: usize| strains.as_ref().map_or(Level::Calm, |strains| strains[place].level);
    let cpu = over_since(row.cpu_over_since, level(0), now);
    let memory = over_since(row.memory_over_since, level(1), now);
    cluster::Entity::update_many()
        .col_expr(cluster::Column::SurveyedAt, Expr::value(Some(now)))
        .col_expr(cluster::Column::CpuOverSince, Expr::value(cpu))
        .col_expr(cluster::Column::MemoryOverSince, Expr::value(memory))
        .filter(cluster::Column::Id.eq(&row.id))
        .exec(tx)
        .await?;
    if row.surveyed_at.is_none_or(|seen| now - seen >= UNSEEN) {
        alert::resolve(tx, now, &unseen_key(&row.id)).await?;
    }
    for (resource, since, before) in [("cpu", cpu, row.cpu_over_since), ("memory", memory, row.memory_over_since)] {
        if since.is_none() && before.is_some() {
            alert::resolve(tx, now, &strain_key(&row.id, resource)).await?;
        }
    }
    for (strain, since) in strains.iter().flatten().zip([cpu, memory]) {
        if strain.level == Level::Over && since.is_some_and(|since| now - since >= STRAINED) {
            tell_strain(ctx, tx, row, strain).await?;
        }
    }
    Ok(())
}

async fn tell_strain(ctx: &Ctx, tx: &WriteTx, row: &cluster::Model, strain: &Strain) -> Result<(), DbErr> {
    let used = match strain.used_percent {
        Some(percent) => Said::new("alert-cluster-busy-used", [("percent", percent.into())]),
        None => Said::plain("alert-cluster-busy-unmeasured"),
    };
    let args = args([
        ("cluster", Arg::from(&row.name)),
        ("resource", Arg::word(format!("resource-{}", strain.resource))),
        ("limit", strain.limit_percent.into()),
        ("requested", strain.requested_percent.into()),
        ("used", Arg::Lines(vec![used])),
    ]);
    let alert = Alert { code: "cluster_busy", args, key: &strain_key(&row.id, strain.resource) };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
}

/// A cluster is not looked at any more: what was seen of it is no news.
pub(super) async fn forget_cluster(ctx: &Ctx, tx: &WriteTx, id: &ClusterId) -> Result<(), DbErr> {
    let nodes = list(tx, id).await?;
    let strains = ["cpu", "memory"].map(|resource| strain_key(id, resource));
    let keys = nodes.iter().map(unwell_key).chain(strains).chain([unseen_key(id)]).collect();
    alert::resolve_all(tx, ctx.now(), keys).await?;
    cluster_node::Entity::delete_many().filter(cluster_node::Column::ClusterId.eq(id)).exec(tx).await?;
    cluster::Entity::update_many()
        .col_expr(cluster::Column::SurveyedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(cluster::Column::CpuOverSince, Expr::value(None::<DateTime<Utc>>))
        .col_expr(cluster::Column::MemoryOverSince, Expr::value(None::<DateTime<Utc>>))
        .filter(cluster::Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// A machine with the name of its cluster and what was last done to empty it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// The machine.
    pub row: cluster_node::Model,
    /// Its cluster.
    pub cluster: String,
    /// The last time it was, or is, emptied.
    pub drain: Option<node_drain::Model>,
    /// How many other machines of its cluster are well and take new work.
    pub others: u64,
}

/// The machines of a cluster as they were last seen, by name.
///
/// # Errors
/// The database.
pub async fn list(db: &impl ConnectionTrait, id: &ClusterId) -> Result<Vec<cluster_node::Model>, DbErr> {
    let found = cluster_node::Entity::find().filter(cluster_node::Column::ClusterId.eq(id));
    found.order_by_asc(cluster_node::Column::Name).all(db).await
}

/// The machines of every cluster.
pub(super) async fn by_cluster(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<ClusterId, Vec<cluster_node::Model>>, DbErr> {
    let mut found: BTreeMap<ClusterId, Vec<cluster_node::Model>> = BTreeMap::new();
    for row in cluster_node::Entity::find().all(db).await? {
        found.entry(row.cluster_id.clone()).or_default().push(row);
    }
    Ok(found)
}

/// One machine.
///
/// # Errors
/// `NotFound`, also once it left its cluster.
pub async fn get(db: &impl ConnectionTrait, id: &ClusterNodeId) -> Result<NodeView, ProvisioningError> {
    let row = cluster_node::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)?;
    let cluster = clusters::get(db, &row.cluster_id).await?.name;
    let drain = drains::last_of(db, id).await?;
    let others = cluster_node::Entity::find()
        .filter(cluster_node::Column::ClusterId.eq(&row.cluster_id))
        .filter(cluster_node::Column::Id.ne(id))
        .filter(cluster_node::Column::IsReady.eq(true))
        .filter(cluster_node::Column::IsOpen.eq(true))
        .filter(cluster_node::Column::IsReserved.eq(false))
        .count(db)
        .await?;
    Ok(NodeView { row, cluster, drain, others })
}

/// Ids of our instances that were last seen on a machine.
pub fn instance_ids(row: &cluster_node::Model) -> Vec<String> {
    serde_json::from_value(row.instances.clone()).unwrap_or_default()
}

/// Our instances that were last seen on a machine, by name. Those that this database does not know are left out.
///
/// # Errors
/// The database.
pub async fn instances_on(db: &impl ConnectionTrait, row: &cluster_node::Model) -> Result<Vec<instance::Model>, DbErr> {
    let ids = instance_ids(row);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let here = instance::Entity::find()
        .filter(instance::Column::Id.is_in(ids.iter().map(String::as_str)))
        .filter(instance::Column::ClusterId.eq(row.cluster_id.as_str()));
    here.order_by_asc(instance::Column::Name).all(db).await
}

/// What the cluster does not let us do that closing and emptying a machine needs; `None` where it did not say.
pub async fn lacking(ctx: &Ctx, id: &ClusterId, patience: std::time::Duration) -> Option<Vec<String>> {
    let row = clusters::get(&ctx.db, id).await.ok()?;
    let (driver, target) = clusters::find_target(ctx, &row).await.ok()?;
    tokio::time::timeout(patience, driver.lacks_for_machines(&target)).await.ok()?.ok()
}

/// Staff let a machine take new work, or no more. What runs on it stays. "Already so" is success.
///
/// # Errors
/// `NotFound`; `NodeDraining` where one that is being emptied is to be opened; `Outside`.
pub async fn set_open(ctx: &Ctx, id: &ClusterNodeId, is_open: bool) -> Result<(), ProvisioningError> {
    let NodeView { row, drain, .. } = get(&ctx.db, id).await?;
    if is_open && drain.is_some_and(|drain| drain.open_key.is_some()) {
        return Err(ProvisioningError::NodeDraining { machine: row.name });
    }
    let cluster = clusters::get(&ctx.db, &row.cluster_id).await?;
    let (driver, target) = clusters::find_target(ctx, &cluster).await?;
    let late = |_| Err(OutsideError::unavailable("The cluster did not answer in time."));
    let asked = tokio::time::timeout(PATIENCE, driver.set_open(&target, &row.name, is_open)).await;
    let asked = asked.unwrap_or_else(late);
    if matches!(asked, Err(OutsideError::Rejected { .. })) {
        return Ok(asked?);
    }
    let tx = ctx.begin().await?;
    if asked.is_ok() {
        cluster_node::Entity::update_many()
            .col_expr(cluster_node::Column::IsOpen, Expr::value(is_open))
            .filter(cluster_node::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        if is_open {
            drains::forget(ctx, &tx, std::slice::from_ref(&row)).await?;
        }
    }
    // What was not answered may have happened: the next look tells, and the trail who asked.
    let after = asked.as_ref().err().map(|error| serde_json::json!({ "outcome": "unknown", "why": error.message() }));
    let action = if is_open { "provisioning.node.open" } else { "provisioning.node.close" };
    audit(ctx, &tx, &row, action, after).await?;
    tx.commit().await?;
    Ok(asked?)
}

/// Writes into the trail what was done to a machine.
pub(super) async fn audit(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &cluster_node::Model,
    action: &str,
    after: Option<serde_json::Value>,
) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "cluster_node",
        target_id: row.id.as_str(),
        before: Some(serde_json::json!({ "cluster": row.cluster_id, "name": row.name })),
        after,
        ..Change::default()
    };
    ctx.audit(tx, change).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_around_its_limit_is_over_it_once_until_it_is_clearly_below() {
        use Level::{Calm, Near, Over};
        let start: DateTime<Utc> = "2026-12-04T03:00:00Z".parse().unwrap();
        let mut since = None;
        let mut told = Vec::new();
        for (minute, level) in
            [Near, Over, Near, Over, Near, Over, Over, Near, Calm, Near, Over].into_iter().enumerate()
        {
            let now = start + Duration::minutes(i64::try_from(minute).unwrap());
            since = over_since(since, level, now);
            told.push(since.map(|since| (now - since).num_minutes()));
        }
        let expected = [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), None, None, Some(0)];
        assert_eq!(told, expected);
    }
}
