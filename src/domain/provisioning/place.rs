//! Which cluster takes a new instance.
use super::{
    ProvisioningError,
    clusters::{self, Load},
};
use crate::{
    integrations::drivers::Resources,
    kernel::{
        db::WriteTx,
        said::{Arg, Said},
    },
};
use entity::{provisioning::cluster, value::TargetStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// The least used active cluster of `driver` that passed its test, with room for `resources`, or why there is none. Placing is done in
/// turns, so that two instances do not take the same room.
pub(super) async fn choose(
    tx: &WriteTx,
    driver: &str,
    resources: &Resources,
) -> Result<Result<cluster::Model, Vec<Said>>, ProvisioningError> {
    crate::kernel::db::exclusively(tx, "yumna.provisioning.place").await?;
    let candidates = cluster::Entity::find().filter(cluster::Column::Driver.eq(driver)).all(tx).await?;
    let loads = clusters::loads(tx).await?;
    let mut reasons = Vec::new();
    let mut best: Option<(cluster::Model, Load)> = None;
    for candidate in candidates {
        let load = loads.get(&candidate.id).copied().unwrap_or_default();
        match refusal(&candidate, &load, resources) {
            Some(why) => {
                let named = [("cluster", Arg::from(&candidate.name)), ("why", Arg::Lines(vec![why]))];
                reasons.push(Said::new("room-of-cluster", named));
            }
            None => {
                let is_better =
                    best.as_ref().is_none_or(|(other, other_load)| is_less_used(&candidate, &load, other, other_load));
                if is_better {
                    best = Some((candidate, load));
                }
            }
        }
    }
    Ok(match best {
        Some((cluster, _)) => Ok(cluster),
        None if reasons.is_empty() => Err(vec![Said::new("room-no-cluster", [("driver", driver.into())])]),
        None => Err(reasons),
    })
}

fn refusal(cluster: &cluster::Model, load: &Load, resources: &Resources) -> Option<Said> {
    if cluster.status != TargetStatus::Active {
        let status = Arg::word(format!("target-status-{}", cluster.status.as_str().replace('_', "-")));
        return Some(Said::new("room-status", [("status", status)]));
    }
    // An empty cluster looks best: one that does not work would draw every order.
    match cluster.check_ok {
        Some(true) => {}
        Some(false) => return Some(Said::plain("room-fails-test")),
        None => return Some(Said::plain("room-untested")),
    }
    let free_cpu = cluster.capacity_cpu_milli - load.cpu_milli;
    let free_memory = cluster.capacity_memory_mb - load.memory_mb;
    (free_cpu < resources.cpu_milli || free_memory < resources.memory_mb)
        .then(|| Said::new("room-full", [("cpu", free_cpu.into()), ("memory", free_memory.into())]))
}

/// Compares the used shares of memory without fractions; memory is what runs out first.
fn is_less_used(a: &cluster::Model, load_a: &Load, b: &cluster::Model, load_b: &Load) -> bool {
    let used_a = i128::from(load_a.memory_mb) * i128::from(b.capacity_memory_mb);
    let used_b = i128::from(load_b.memory_mb) * i128::from(a.capacity_memory_mb);
    used_a < used_b
}
