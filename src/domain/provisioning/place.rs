//! Which cluster takes a new instance, and why that one.
use super::{
    ProvisioningError,
    capacity::{self, Level, Measured, Rules},
    clusters::{self, Load},
    nodes,
};
use crate::{
    domain::Ctx,
    integrations::drivers::{Power, Resources},
    kernel::{
        db::{self, WriteTx},
        locale::Lang,
        said::{self, Arg, Said},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    provisioning::{cluster, placement},
    value::{ClusterId, InstanceId, TargetStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::OnConflict,
};

/// What was seen of machines longer ago says nothing about how much they have to do now.
const FRESH: Duration = Duration::minutes(15);

/// The cluster that was chosen, and what was said of each.
pub(super) struct Choice {
    pub cluster: cluster::Model,
    pub considered: Vec<Said>,
}

/// A cluster an instance could be placed on.
struct Candidate {
    row: cluster::Model,
    load: Load,
    most: Power,
    measured: Option<Measured>,
}

/// The least used active cluster of `driver` that passed its test, with room for `resources` and machines that have not too
/// much to do already; or why there is none. Placing is done in turns, so that two instances do not take the same room.
pub(super) async fn choose(
    ctx: &Ctx,
    tx: &WriteTx,
    driver: &str,
    resources: &Resources,
) -> Result<Result<Choice, Vec<Said>>, ProvisioningError> {
    db::exclusively(tx, "yumna.provisioning.place").await?;
    let rows = cluster::Entity::find().filter(cluster::Column::Driver.eq(driver)).order_by_asc(cluster::Column::Name);
    let rows = rows.all(tx).await?;
    if rows.is_empty() {
        return Ok(Err(vec![Said::new("room-no-cluster", [("driver", driver.into())])]));
    }
    let loads = clusters::loads(tx).await?;
    let mut machines = nodes::by_cluster(tx).await?;
    let candidates = rows.into_iter().map(|row| {
        let load = loads.get(&row.id).copied().unwrap_or_default();
        let measured = capacity::measure(&machines.remove(&row.id).unwrap_or_default(), Rules::of(&row));
        Candidate { most: capacity::most(&row, measured.as_ref()), row, load, measured }
    });
    let candidates: Vec<Candidate> = candidates.collect();
    let now = ctx.now();
    let refusals: Vec<Option<Said>> = candidates.iter().map(|one| refusal(one, resources, now)).collect();
    let fitting = candidates.iter().zip(&refusals).filter(|(_, refusal)| refusal.is_none()).map(|(one, _)| one);
    // The first of those that are used alike.
    let best = fitting.reduce(|best, one| if is_less_used(one, best) { one } else { best });
    let Some(best) = best.map(|best| best.row.id.clone()) else {
        return Ok(Err(candidates.iter().zip(refusals).filter_map(|(one, why)| Some(about(one, why?))).collect()));
    };
    let considered = candidates.iter().zip(refusals).map(|(one, refusal)| {
        let why = refusal.unwrap_or_else(|| told(one, if one.row.id == best { "room-chosen" } else { "room-fuller" }));
        about(one, why)
    });
    let considered = considered.collect();
    let chosen = candidates.into_iter().find(|one| one.row.id == best);
    let cluster = chosen.ok_or(ProvisioningError::NotFound)?.row;
    Ok(Ok(Choice { cluster, considered }))
}

fn about(one: &Candidate, why: Said) -> Said {
    Said::new("room-of-cluster", [("cluster", Arg::from(&one.row.name)), ("why", Arg::Lines(vec![why]))])
}

/// How much is free on a cluster, and how much of its memory is sold.
fn told(one: &Candidate, key: &str) -> Said {
    let region = if one.row.region.is_empty() { "–" } else { one.row.region.as_str() };
    let free = free(one);
    let sold = capacity::percent(one.load.memory_mb, one.most.memory_mb);
    let named = [
        ("region", Arg::from(region)),
        ("cpu", free.cpu_milli.into()),
        ("memory", free.memory_mb.into()),
        ("percent", sold.into()),
    ];
    Said::new(key, named)
}

fn free(one: &Candidate) -> Power {
    Power { cpu_milli: one.most.cpu_milli - one.load.cpu_milli, memory_mb: one.most.memory_mb - one.load.memory_mb }
}

fn refusal(one: &Candidate, resources: &Resources, now: DateTime<Utc>) -> Option<Said> {
    if one.row.status != TargetStatus::Active {
        let status = Arg::word(format!("target-status-{}", one.row.status.as_str().replace('_', "-")));
        return Some(Said::new("room-status", [("status", status)]));
    }
    // An empty cluster looks best: one that does not work would draw every order.
    match one.row.check_ok {
        Some(true) => {}
        Some(false) => return Some(Said::plain("room-fails-test")),
        None => return Some(Said::plain("room-untested")),
    }
    let free = free(one);
    let lacks_cpu = free.cpu_milli < resources.cpu_milli;
    let lacks_memory = free.memory_mb < resources.memory_mb;
    if lacks_cpu || lacks_memory {
        // Where machines bind, a higher capacity would change nothing.
        let do_machines_bind = (lacks_cpu && one.most.cpu_milli < one.row.capacity_cpu_milli)
            || (lacks_memory && one.most.memory_mb < one.row.capacity_memory_mb);
        let key = if do_machines_bind { "room-machines-full" } else { "room-full" };
        // Less than nothing is free where machines went after their room was sold.
        let (cpu, memory) = (free.cpu_milli.max(0), free.memory_mb.max(0));
        return Some(Said::new(key, [("cpu", cpu.into()), ("memory", memory.into())]));
    }
    let is_fresh = one.row.surveyed_at.is_some_and(|at| at > now - FRESH);
    let measured = one.measured.as_ref().filter(|_| is_fresh)?;
    let strain = capacity::strains(measured).into_iter().find(|strain| strain.level == Level::Over)?;
    let percent = strain.requested_percent.max(strain.used_percent.unwrap_or(0));
    let resource = Arg::word(format!("resource-{}", strain.resource));
    Some(Said::new("room-busy", [("resource", resource), ("percent", percent.into())]))
}

/// Compares the used shares of memory without fractions; memory is what runs out first.
fn is_less_used(a: &Candidate, b: &Candidate) -> bool {
    let used_a = i128::from(a.load.memory_mb) * i128::from(b.most.memory_mb);
    let used_b = i128::from(b.load.memory_mb) * i128::from(a.most.memory_mb);
    used_a < used_b
}

/// Keeps why an instance is where it is.
pub(super) async fn keep(
    ctx: &Ctx,
    tx: &WriteTx,
    instance_id: &InstanceId,
    cluster_id: &ClusterId,
    considered: &[Said],
) -> Result<(), DbErr> {
    let row = placement::Model {
        instance_id: instance_id.clone(),
        cluster_id: cluster_id.clone(),
        considered: serde_json::json!(considered),
        placed_at: ctx.now(),
    };
    let once = OnConflict::column(placement::Column::InstanceId).do_nothing().to_owned();
    placement::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(tx).await.map(drop)
}

/// Why an instance is where it is, in `lang`, a line for each cluster there was; nothing of those placed before that was
/// kept.
///
/// # Errors
/// The database.
pub async fn of(db: &impl ConnectionTrait, id: &InstanceId, lang: Lang) -> Result<Option<String>, DbErr> {
    let row = placement::Entity::find_by_id(id.clone()).one(db).await?;
    let considered = row.and_then(|row| serde_json::from_value::<Vec<Said>>(row.considered).ok());
    Ok(considered.map(|considered| said::lines(lang, &considered)))
}
