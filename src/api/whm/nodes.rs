//! `/api/whm`: machines of clusters, and how much of a cluster is sold.
use super::operations::{ClusterAnswer, cluster_answer};
use crate::{
    api::{
        ApiResult,
        extract::Body,
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        provisioning::{
            capacity::{self, NewCapacity, Rules},
            clusters, drains,
            nodes::{self, NodeView},
        },
    },
    integrations::drivers::Power,
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use entity::{
    provisioning::{cluster_node, node_drain},
    value::{ClusterId, ClusterNodeId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct PowerOut {
    /// Thousandths of a CPU.
    cpu_milli: i64,
    /// MiB.
    memory_mb: i64,
}

/// A machine of a cluster, as it was last seen.
#[derive(Serialize, ToSchema)]
struct NodeOut {
    id: String,
    cluster_id: String,
    /// Its name in the cluster.
    name: String,
    /// Whether it is well.
    is_ready: bool,
    /// Since when it was seen not to be.
    unready_since: Option<DateTime<Utc>>,
    /// Whether it takes new work.
    is_open: bool,
    /// Whether a taint keeps it for other work than ours; nothing is sold on it.
    is_reserved: bool,
    /// What it runs short of: `memory`, `disk`, `pid`.
    pressures: Vec<String>,
    /// What it can give.
    allocatable: PowerOut,
    /// What is set aside for what runs there.
    requested: PowerOut,
    /// What is used; null where nobody measures.
    used: Option<PowerOut>,
    version: String,
    born_at: Option<DateTime<Utc>>,
    pods: i64,
    /// Our instances there.
    instances: Vec<String>,
    seen_at: DateTime<Utc>,
}

impl From<cluster_node::Model> for NodeOut {
    fn from(row: cluster_node::Model) -> Self {
        let used = row.used_cpu_milli.zip(row.used_memory_mb);
        Self {
            instances: nodes::instance_ids(&row),
            id: row.id.0,
            cluster_id: row.cluster_id.0,
            name: row.name,
            is_ready: row.is_ready,
            unready_since: row.unready_since,
            is_open: row.is_open,
            is_reserved: row.is_reserved,
            pressures: row.pressures.split_whitespace().map(str::to_owned).collect(),
            allocatable: PowerOut { cpu_milli: row.cpu_milli, memory_mb: row.memory_mb },
            requested: PowerOut { cpu_milli: row.requested_cpu_milli, memory_mb: row.requested_memory_mb },
            used: used.map(|(cpu_milli, memory_mb)| PowerOut { cpu_milli, memory_mb }),
            version: row.version,
            born_at: row.born_at,
            pods: row.pods,
            seen_at: row.seen_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct NodeList {
    data: Vec<NodeOut>,
}

/// The emptying of a machine.
#[derive(Serialize, ToSchema)]
struct DrainOut {
    id: String,
    /// `running`, `done`, `stopped`, `late` or `refused`.
    status: &'static str,
    /// How many pods were asked to go.
    moved: i64,
    /// How many were there when last looked.
    left: i64,
    /// What it waits for or why it ended, in the cluster's words.
    waits_for: Option<String>,
    deadline_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<node_drain::Model> for DrainOut {
    fn from(row: node_drain::Model) -> Self {
        Self {
            id: row.id.0,
            status: row.status.as_str(),
            moved: row.moved,
            left: row.remaining,
            waits_for: row.waits_for,
            deadline_at: row.deadline_at,
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}

/// A machine and what was last done to empty it.
#[derive(Serialize, ToSchema)]
struct NodeAnswer {
    node: NodeOut,
    drain: Option<DrainOut>,
    /// How many other machines of its cluster are well and take new work. Where there is none, what is moved from this one
    /// stops until there is.
    others: u64,
}

async fn answer(ctx: &Ctx, id: &ClusterNodeId) -> ApiResult<NodeAnswer> {
    let NodeView { row, drain, others, .. } = nodes::get(&ctx.db, id).await?;
    Ok(NodeAnswer { node: NodeOut::from(row), drain: drain.map(DrainOut::from), others })
}

/// The machines of a cluster as they were last seen, by name: once a minute.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = NodeList), (status = 404, body = Problem)))]
#[get("/api/whm/clusters/{id}/nodes")]
pub async fn list_nodes(staff: Staff<can::ReadClusters>, id: web::Path<ClusterId>) -> ApiResult<HttpResponse> {
    clusters::get(&staff.ctx.db, &id).await?;
    let rows = nodes::list(&staff.ctx.db, &id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(NodeList { data: rows.into_iter().map(NodeOut::from).collect() }))
}

/// One machine.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = NodeAnswer), (status = 404, body = Problem)))]
#[get("/api/whm/nodes/{id}")]
pub async fn show_node(staff: Staff<can::ReadClusters>, id: web::Path<ClusterNodeId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(answer(&staff.ctx, &id).await?))
}

/// Closes a machine: no new work comes to it, what runs there stays. 502 `CLUSTER_REFUSED` where the rights are missing.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = NodeAnswer), (status = 404, body = Problem), (status = 502, body = Problem)))]
#[post("/api/whm/nodes/{id}/cordon")]
pub async fn cordon_node(staff: Staff<can::ManageClusters>, id: web::Path<ClusterNodeId>) -> ApiResult<HttpResponse> {
    nodes::set_open(&staff.ctx, &id, false).await?;
    Ok(HttpResponse::Ok().json(answer(&staff.ctx, &id).await?))
}

/// Opens a machine again. 409 `NODE_DRAINING` while it is being emptied.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = NodeAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 502, body = Problem)))]
#[post("/api/whm/nodes/{id}/uncordon")]
pub async fn uncordon_node(staff: Staff<can::ManageClusters>, id: web::Path<ClusterNodeId>) -> ApiResult<HttpResponse> {
    nodes::set_open(&staff.ctx, &id, true).await?;
    Ok(HttpResponse::Ok().json(answer(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct DrainIn {
    /// Its `name`, to say that this one is meant.
    confirm: String,
}

/// Empties a machine in the background: it is closed, and what runs there moves to others one at a time, as disruption
/// budgets let it. Each service stops for a moment. Asking while it goes on is asking once.
#[utoipa::path(tag = "whm-operations", request_body = DrainIn, responses((status = 202, body = NodeAnswer), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/nodes/{id}/drain")]
pub async fn drain_node(
    staff: Fresh<can::ManageClusters>,
    id: web::Path<ClusterNodeId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let view = nodes::get(&staff.ctx.db, &id).await?;
    if body.parse::<DrainIn>()?.confirm.trim() != view.row.name {
        return Err(CommonFault::Invalid(vec![FieldFault::new("confirm", "invalid")]).into());
    }
    drains::start(&staff.ctx, &id).await?;
    Ok(HttpResponse::Accepted().json(answer(&staff.ctx, &id).await?))
}

/// Stops the emptying of a machine. It stays closed.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = NodeAnswer), (status = 404, body = Problem)))]
#[post("/api/whm/nodes/{id}/stop-drain")]
pub async fn stop_node_drain(
    staff: Staff<can::ManageClusters>,
    id: web::Path<ClusterNodeId>,
) -> ApiResult<HttpResponse> {
    drains::stop(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(answer(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct CapacityIn {
    /// The most that is sold, whatever the machines have.
    capacity_cpu_milli: i64,
    capacity_memory_mb: i64,
    /// How much CPU may be promised for what is there: 100 to 1000.
    cpu_ratio_percent: i64,
    /// How much memory may be promised for what is there: 100 to 200.
    memory_ratio_percent: i64,
    /// How much is kept for machines that fail: 0 to 90; where it is not 0 at least the largest machine.
    reserve_percent: i64,
}

/// Says how much of a cluster is sold. Orders that wait for a place are tried again.
#[utoipa::path(tag = "whm-operations", request_body = CapacityIn, responses((status = 200, body = ClusterAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/clusters/{id}/capacity")]
pub async fn change_cluster_capacity(
    staff: Staff<can::ManageClusters>,
    id: web::Path<ClusterId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    clusters::get(&staff.ctx.db, &id).await?;
    let input: CapacityIn = body.parse()?;
    let new = NewCapacity {
        allowed: Power { cpu_milli: input.capacity_cpu_milli, memory_mb: input.capacity_memory_mb },
        rules: Rules {
            cpu_ratio_percent: input.cpu_ratio_percent,
            memory_ratio_percent: input.memory_ratio_percent,
            reserve_percent: input.reserve_percent,
        },
    };
    capacity::change(&staff.ctx, &id, new).await?;
    Ok(HttpResponse::Ok().json(cluster_answer(&staff.ctx, &id).await?))
}
