//! Emptying machines: what runs on one moves to others, one at a time, as disruption budgets let it. It is long work, done
//! a step per job, so that whoever dies in the middle is followed by somebody who goes on: where it stands is asked of the
//! cluster every time. It ends when the machine is empty, when staff stop it, when the cluster refuses, or at its deadline;
//! the machine stays closed in any case.
use super::{ProvisioningError, clusters, nodes};
use crate::{
    domain::Ctx,
    integrations::{OutsideError, drivers::Draining},
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        job::{Job, JobError},
        said::{Arg, args},
    },
};
use chrono::Duration;
use entity::{
    provisioning::{
        cluster_node,
        node_drain::{self, Column},
    },
    value::{ClusterId, ClusterNodeId, DrainStatus, NodeDrainId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};

/// How long a machine is being emptied at most.
const DEADLINE: Duration = Duration::minutes(30);
/// Pause after something was asked to go.
const STEP: Duration = Duration::seconds(2);
/// Pause after a cluster did not answer.
const SILENCE: Duration = Duration::seconds(10);
/// Longest sentence of a cluster that is kept.
const LONGEST_WHY: usize = 500;
/// Code of the alert about a machine that could not be emptied.
const STUCK: &str = "node_drain";

/// One step of emptying a machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DrainNode {
    /// Which emptying.
    pub drain_id: NodeDrainId,
    /// Where.
    pub cluster_id: ClusterId,
}

impl Job for DrainNode {
    const NAME: &'static str = "provisioning.drain_node";
    const QUEUE: &'static str = "provisioning";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("provisioning.drain_node:{}", self.drain_id))
    }

    fn target_key(&self) -> Option<String> {
        Some(format!("drain:{}", self.cluster_id))
    }
}

/// The last time a machine was, or is, emptied.
///
/// # Errors
/// The database.
pub async fn last_of(db: &impl ConnectionTrait, id: &ClusterNodeId) -> Result<Option<node_drain::Model>, DbErr> {
    node_drain::Entity::find().filter(Column::NodeId.eq(id)).order_by_desc(Column::Id).one(db).await
}

fn key(id: &ClusterNodeId) -> String {
    format!("{STUCK}:{id}")
}

/// Staff have a machine emptied, in the background. Asking while it goes on is asking once.
///
/// # Errors
/// `NotFound`; the database.
pub async fn start(ctx: &Ctx, id: &ClusterNodeId) -> Result<(), ProvisioningError> {
    let node = nodes::get(&ctx.db, id).await?.row;
    let now = ctx.now();
    let row = node_drain::Model {
        id: NodeDrainId::generate(),
        cluster_id: node.cluster_id.clone(),
        node_id: id.clone(),
        node_name: node.name.clone(),
        status: DrainStatus::Running,
        open_key: Some(id.0.clone()),
        moved: 0,
        remaining: node.pods,
        waits_for: None,
        requested_by: format!("{}:{}", ctx.actor.kind(), ctx.actor.id()),
        deadline_at: now + DEADLINE,
        ended_at: None,
        created_at: now,
        updated_at: now,
    };
    let work = DrainNode { drain_id: row.id.clone(), cluster_id: row.cluster_id.clone() };
    let tx = ctx.begin().await?;
    let once = OnConflict::column(Column::OpenKey).do_nothing().to_owned();
    let insert = node_drain::Entity::insert(row.into_active_model()).on_conflict(once);
    if insert.exec_without_returning(&tx).await? == 0 {
        return Ok(());
    }
    nodes::audit(ctx, &tx, &node, "provisioning.node.drain", None).await?;
    alert::resolve(&tx, now, &key(id)).await?;
    ctx.enqueue(&tx, &work).await?;
    tx.commit().await?;
    Ok(())
}

/// Staff stop the emptying of a machine: nothing more is asked to go. Stopping what has ended changes nothing.
///
/// # Errors
/// `NotFound`; the database.
pub async fn stop(ctx: &Ctx, id: &ClusterNodeId) -> Result<(), ProvisioningError> {
    let view = nodes::get(&ctx.db, id).await?;
    let Some(row) = view.drain.filter(|drain| drain.status == DrainStatus::Running) else { return Ok(()) };
    let tx = ctx.begin().await?;
    if end(ctx, &tx, &row, DrainStatus::Stopped, None).await? {
        nodes::audit(ctx, &tx, &view.row, "provisioning.node.stop_drain", None).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Does `DrainNode`: one step, and the next is queued with what came of it.
///
/// # Errors
/// To be retried: the database.
pub async fn run_drain(ctx: Ctx, work: DrainNode) -> Result<(), JobError> {
    let running = node_drain::Entity::find_by_id(work.drain_id.clone()).filter(Column::Status.eq(DrainStatus::Running));
    let Some(row) = running.one(&ctx.db).await? else { return Ok(()) };
    if ctx.now() >= row.deadline_at {
        return Ok(finish(&ctx, &row, DrainStatus::Late, row.waits_for.clone()).await?);
    }
    match step(&ctx, &row).await {
        Ok(Draining::Empty) => Ok(finish(&ctx, &row, DrainStatus::Done, None).await?),
        Ok(Draining::Moved { what, left }) => Ok(go_on(&ctx, &row, &work, 1, Some(left), what, STEP).await?),
        Ok(Draining::Waiting { why, left, retry_in }) => {
            let pause = Duration::from_std(retry_in).unwrap_or(SILENCE);
            Ok(go_on(&ctx, &row, &work, 0, Some(left), why, pause).await?)
        }
        Err(ProvisioningError::Database(error)) => Err(error.into()),
        // It was taken out of the cluster: nothing runs on it any more.
        Err(ProvisioningError::Outside(OutsideError::Rejected { code, .. })) if code == "not_found" => {
            Ok(finish(&ctx, &row, DrainStatus::Done, None).await?)
        }
        Err(ProvisioningError::Outside(OutsideError::Rejected { message, .. })) => {
            Ok(finish(&ctx, &row, DrainStatus::Refused, Some(message)).await?)
        }
        Err(error) => Ok(go_on(&ctx, &row, &work, 0, None, error.to_string(), SILENCE).await?),
    }
}

async fn step(ctx: &Ctx, row: &node_drain::Model) -> Result<Draining, ProvisioningError> {
    let cluster = clusters::get(&ctx.db, &row.cluster_id).await?;
    let (driver, target) = clusters::find_target(ctx, &cluster).await?;
    Ok(driver.drain(&target, &row.node_name).await?)
}

/// Keeps how far it got and queues the next step. One that was stopped meanwhile goes no further.
async fn go_on(
    ctx: &Ctx,
    row: &node_drain::Model,
    work: &DrainNode,
    moved: i64,
    left: Option<usize>,
    why: String,
    pause: Duration,
) -> Result<(), DbErr> {
    let remaining = left.map_or(row.remaining, |left| i64::try_from(left).unwrap_or(i64::MAX));
    let tx = ctx.begin().await?;
    let kept = node_drain::Entity::update_many()
        .col_expr(Column::Moved, Expr::col(Column::Moved).add(moved))
        .col_expr(Column::Remaining, Expr::value(remaining))
        .col_expr(Column::WaitsFor, Expr::value(Some(nodes::cut(&why, LONGEST_WHY))))
        .col_expr(Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(Column::Id.eq(&row.id))
        .filter(Column::Status.eq(DrainStatus::Running))
        .exec(&tx)
        .await?;
    if kept.rows_affected == 0 {
        return Ok(());
    }
    // Never later than its deadline, at which somebody must look.
    let next = Ord::min(ctx.now() + pause, row.deadline_at);
    ctx.enqueue_at(&tx, work, next).await?;
    tx.commit().await
}

/// It ended by itself: told in the trail, and to staff where the machine is not empty.
async fn finish(ctx: &Ctx, row: &node_drain::Model, status: DrainStatus, why: Option<String>) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    let why = why.map(|why| nodes::cut(&why, LONGEST_WHY));
    if !end(ctx, &tx, row, status, why.clone()).await? {
        return Ok(());
    }
    let change = Change {
        action: "provisioning.node.end_drain",
        target_type: "cluster_node",
        target_id: row.node_id.as_str(),
        before: Some(serde_json::json!({ "cluster": row.cluster_id, "name": row.node_name })),
        after: Some(serde_json::json!({ "status": status, "why": why })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    // One that is gone is empty, whatever became of the emptying.
    let is_there = cluster_node::Entity::find_by_id(row.node_id.clone()).one(&tx).await?.is_some();
    if status != DrainStatus::Done && is_there {
        let cluster = clusters::names(&tx).await?.into_iter().find(|(id, _)| *id == row.cluster_id);
        let args = args([
            ("node", Arg::from(&row.node_name)),
            ("cluster", cluster.map(|(_, name)| name).unwrap_or_default().into()),
            ("status", Arg::word(format!("drain-status-{}", status.as_str()))),
            ("why", why.unwrap_or_default().into()),
            ("left", row.remaining.into()),
        ]);
        alert::raise(&tx, ctx.now(), &ctx.correlation, Alert { code: STUCK, args, key: &key(&row.node_id) }).await?;
    }
    tx.commit().await
}

/// Ends it, once. Whether this call did.
async fn end(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &node_drain::Model,
    status: DrainStatus,
    why: Option<String>,
) -> Result<bool, DbErr> {
    let mut ended = node_drain::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::OpenKey, Expr::value(None::<String>))
        .col_expr(Column::WaitsFor, Expr::value(why))
        .col_expr(Column::EndedAt, Expr::value(Some(ctx.now())))
        .col_expr(Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(Column::Id.eq(&row.id))
        .filter(Column::Status.eq(DrainStatus::Running));
    if status == DrainStatus::Done {
        ended = ended.col_expr(Column::Remaining, Expr::value(0_i64));
    }
    Ok(ended.exec(tx).await?.rows_affected > 0)
}

/// These machines are gone, or open again: that they are not empty is no trouble any more.
pub(super) async fn forget(ctx: &Ctx, tx: &WriteTx, nodes: &[cluster_node::Model]) -> Result<(), DbErr> {
    if nodes.is_empty() {
        return Ok(());
    }
    alert::resolve_all(tx, ctx.now(), nodes.iter().map(|node| key(&node.id)).collect()).await.map(drop)
}

/// A cluster is out of use: nothing on it is emptied any more.
pub(super) async fn forget_cluster(ctx: &Ctx, tx: &WriteTx, id: &ClusterId) -> Result<(), DbErr> {
    let of_it = node_drain::Entity::find().filter(Column::ClusterId.eq(id));
    let running = of_it.filter(Column::Status.eq(DrainStatus::Running)).all(tx).await?;
    for row in running {
        end(ctx, tx, &row, DrainStatus::Stopped, None).await?;
    }
    forget(ctx, tx, &nodes::list(tx, id).await?).await
}
