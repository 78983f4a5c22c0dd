//! What a cluster can carry, in whole numbers (docs/adr/0132-capacity-of-clusters.md). Pure but for the change of the
//! rules.
//!
//! What is sold are limits of plans. Of CPU more may be promised than machines have, because few use all of theirs at
//! once, and who wants more waits a little; of memory not, because who gets none is killed. A part of the machines is
//! sold to nobody: what runs on a machine that fails has to find room on the others.
use super::{ProvisioningError, clusters, tasks};
use crate::{domain::Ctx, integrations::drivers::Power, kernel::fault::FieldFault};
use entity::{
    provisioning::{cluster, cluster_node},
    value::ClusterId,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

/// From here on a cluster has too much CPU to give, percent of what its machines have.
pub const CPU_LIMIT_PERCENT: i64 = 80;
/// The same of memory, which cannot be taken back.
pub const MEMORY_LIMIT_PERCENT: i64 = 85;
/// How far below its limit something must fall to be well again: what moves to and fro around a limit is one trouble.
const CALM_PERCENT: i64 = 5;
/// What the rules are where nobody says.
pub const USUAL: Rules = Rules { cpu_ratio_percent: 300, memory_ratio_percent: 100, reserve_percent: 30 };
/// Smallest and largest values of the rules.
const CPU_RATIOS: (i64, i64) = (100, 1_000);
const MEMORY_RATIOS: (i64, i64) = (100, 200);
const RESERVES: (i64, i64) = (0, 90);

/// How a cluster is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How much CPU may be promised for each that is there, percent.
    pub cpu_ratio_percent: i64,
    /// How much memory may be promised for what is there, percent.
    pub memory_ratio_percent: i64,
    /// How much of the machines is sold to nobody, percent. Where it is not 0 it is at least the largest of several
    /// machines, so that any one of them may fail.
    pub reserve_percent: i64,
}

impl Rules {
    /// Those of a cluster.
    pub fn of(row: &cluster::Model) -> Self {
        Self {
            cpu_ratio_percent: row.cpu_ratio_percent,
            memory_ratio_percent: row.memory_ratio_percent,
            reserve_percent: row.reserve_percent,
        }
    }
}

/// What the machines of a cluster come to together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// How many there are.
    pub machines: usize,
    /// How many of them are well and take new work.
    pub takers: usize,
    /// What those can give that are well and not kept for other work than ours.
    pub has: Power,
    /// What is set aside on those for what runs there.
    pub requested: Power,
    /// What is used of those; nothing where it is not measured of each of them: a part would look like less.
    pub used: Option<Power>,
    /// What of the takers is kept for machines that fail.
    pub reserve: Power,
    /// What may be sold on the takers.
    pub sellable: Power,
}

/// Adds up the machines of a cluster; `None` where none was ever seen.
pub fn measure(nodes: &[cluster_node::Model], rules: Rules) -> Option<Measured> {
    if nodes.is_empty() {
        return None;
    }
    let well = || nodes.iter().filter(|node| node.is_ready && !node.is_reserved);
    let takers: Vec<&cluster_node::Model> = well().filter(|node| node.is_open).collect();
    let cpu: Vec<i64> = takers.iter().map(|node| node.cpu_milli).collect();
    let memory: Vec<i64> = takers.iter().map(|node| node.memory_mb).collect();
    let cpu = share(&cpu, rules.cpu_ratio_percent, rules.reserve_percent);
    let memory = share(&memory, rules.memory_ratio_percent, rules.reserve_percent);
    let sum = |power: fn(&cluster_node::Model) -> Power| well().map(power).fold(Power::default(), Power::plus);
    let used = well().map(|node| {
        let (cpu_milli, memory_mb) = (node.used_cpu_milli?, node.used_memory_mb?);
        Some(Power { cpu_milli, memory_mb })
    });
    Some(Measured {
        machines: nodes.len(),
        takers: takers.len(),
        has: sum(|node| Power { cpu_milli: node.cpu_milli, memory_mb: node.memory_mb }),
        requested: sum(|node| Power { cpu_milli: node.requested_cpu_milli, memory_mb: node.requested_memory_mb }),
        used: used.collect::<Option<Vec<Power>>>().map(|used| used.into_iter().fold(Power::default(), Power::plus)),
        reserve: Power { cpu_milli: cpu.0, memory_mb: memory.0 },
        sellable: Power { cpu_milli: cpu.1, memory_mb: memory.1 },
    })
}

/// Reserve and what may be sold of one thing that machines have, each `sizes`. The reserve is rounded up, what may be sold
/// down.
fn share(sizes: &[i64], ratio_percent: i64, reserve_percent: i64) -> (i64, i64) {
    let all: i128 = sizes.iter().map(|size| i128::from(*size)).sum();
    let largest =
        sizes.iter().max().filter(|_| sizes.len() > 1 && reserve_percent > 0).map_or(0, |size| i128::from(*size));
    let part = all * i128::from(reserve_percent);
    let part = part.div_euclid(100) + i128::from(part.rem_euclid(100) != 0);
    let reserve = part.max(largest).min(all);
    let sellable = (all - reserve) * i128::from(ratio_percent) / 100;
    (clamped(reserve), clamped(sellable))
}

fn clamped(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The most that may be sold on a cluster: what staff allow, and no more than its machines carry where those were seen.
pub fn most(row: &cluster::Model, measured: Option<&Measured>) -> Power {
    let allowed = Power { cpu_milli: row.capacity_cpu_milli, memory_mb: row.capacity_memory_mb };
    measured.map_or(allowed, |measured| Power {
        cpu_milli: allowed.cpu_milli.min(measured.sellable.cpu_milli),
        memory_mb: allowed.memory_mb.min(measured.sellable.memory_mb),
    })
}

/// How `part` of `whole` stands to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Well below it.
    Calm,
    /// Below it, and near.
    Near,
    /// Above it.
    Over,
}

/// Judges exactly: no quotient is rounded.
pub fn level(part: i64, whole: i64, limit_percent: i64) -> Level {
    let hundredfold = i128::from(part) * 100;
    let at = |percent: i64| i128::from(whole) * i128::from(percent);
    match () {
        () if hundredfold > at(limit_percent) => Level::Over,
        () if hundredfold > at(limit_percent - CALM_PERCENT) => Level::Near,
        () => Level::Calm,
    }
}

/// Whole percent, rounded down; 0 of nothing.
pub fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 { 0 } else { clamped(i128::from(part) * 100 / i128::from(whole)) }
}

/// One thing machines have, and how much of it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strain {
    /// `cpu` or `memory`.
    pub resource: &'static str,
    /// From where on it is too much, percent.
    pub limit_percent: i64,
    /// What is set aside, percent of what is there.
    pub requested_percent: i64,
    /// What is used, where it is measured.
    pub used_percent: Option<i64>,
    /// The worse of both.
    pub level: Level,
}

/// How much CPU and memory of a cluster is gone.
pub fn strains(measured: &Measured) -> [Strain; 2] {
    let of = |resource, limit_percent, part: fn(&Power) -> i64| {
        let whole = part(&measured.has);
        let requested = part(&measured.requested);
        let used = measured.used.as_ref().map(part);
        let judge = |value| level(value, whole, limit_percent);
        Strain {
            resource,
            limit_percent,
            requested_percent: percent(requested, whole),
            used_percent: used.map(|used| percent(used, whole)),
            level: used.map_or(judge(requested), |used| judge(used).max(judge(requested))),
        }
    };
    [of("cpu", CPU_LIMIT_PERCENT, |power| power.cpu_milli), of("memory", MEMORY_LIMIT_PERCENT, |power| power.memory_mb)]
}

/// How a cluster shall be sold from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCapacity {
    /// The most that is sold, whatever its machines have.
    pub allowed: Power,
    /// The rest.
    pub rules: Rules,
}

/// Changes how much of a cluster is sold. Work that waits for a place is tried again.
///
/// # Errors
/// `NotFound`; `Invalid` by field.
pub async fn change(ctx: &Ctx, id: &ClusterId, new: NewCapacity) -> Result<cluster::Model, ProvisioningError> {
    let NewCapacity { allowed, rules } = new;
    let bounds = [
        ("capacity_cpu_milli", allowed.cpu_milli, (1, clusters::MAX_CAPACITY)),
        ("capacity_memory_mb", allowed.memory_mb, (1, clusters::MAX_CAPACITY)),
        ("cpu_ratio_percent", rules.cpu_ratio_percent, CPU_RATIOS),
        ("memory_ratio_percent", rules.memory_ratio_percent, MEMORY_RATIOS),
        ("reserve_percent", rules.reserve_percent, RESERVES),
    ];
    let wrong = bounds.iter().filter(|(_, value, (least, most))| value < least || value > most);
    let faults: Vec<FieldFault> = wrong
        .map(|(field, _, (least, most))| FieldFault::new(*field, "out_of_range").with("min", least).with("max", most))
        .collect();
    if !faults.is_empty() {
        return Err(ProvisioningError::Invalid(faults));
    }
    let tx = ctx.begin().await?;
    let before = clusters::get(&tx, id).await?;
    let changed = cluster::Entity::update_many()
        .col_expr(cluster::Column::CapacityCpuMilli, Expr::value(allowed.cpu_milli))
        .col_expr(cluster::Column::CapacityMemoryMb, Expr::value(allowed.memory_mb))
        .col_expr(cluster::Column::CpuRatioPercent, Expr::value(rules.cpu_ratio_percent))
        .col_expr(cluster::Column::MemoryRatioPercent, Expr::value(rules.memory_ratio_percent))
        .col_expr(cluster::Column::ReservePercent, Expr::value(rules.reserve_percent))
        .col_expr(cluster::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(cluster::Column::Id.eq(id))
        .exec_with_returning(&tx)
        .await?;
    let changed = changed.into_iter().next().ok_or(ProvisioningError::NotFound)?;
    let told = |row: &cluster::Model| {
        serde_json::json!({
            "capacity_cpu_milli": row.capacity_cpu_milli, "capacity_memory_mb": row.capacity_memory_mb,
            "cpu_ratio_percent": row.cpu_ratio_percent, "memory_ratio_percent": row.memory_ratio_percent,
            "reserve_percent": row.reserve_percent,
        })
    };
    let after = serde_json::json!({ "from": told(&before), "to": told(&changed) });
    clusters::audit(ctx, &tx, id, "provisioning.cluster.change_capacity", after).await?;
    tasks::hasten_placeless(ctx, &tx, &changed.driver).await?;
    tx.commit().await?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::value::ClusterNodeId;

    fn node(name: &str, cpu_milli: i64, memory_mb: i64) -> cluster_node::Model {
        cluster_node::Model {
            id: ClusterNodeId::generate(),
            cluster_id: "clu_1".into(),
            name: name.to_owned(),
            is_ready: true,
            unready_since: None,
            is_open: true,
            is_reserved: false,
            pressures: String::new(),
            cpu_milli,
            memory_mb,
            requested_cpu_milli: 0,
            requested_memory_mb: 0,
            used_cpu_milli: None,
            used_memory_mb: None,
            version: String::new(),
            born_at: None,
            pods: 0,
            instances: serde_json::json!([]),
            seen_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn reserve_and_what_may_be_sold_are_exact() {
        // Sizes, ratio, reserve: what is kept, what may be sold.
        for (sizes, ratio, reserve, kept, sold) in [
            // The largest of three is more than 30 percent.
            (&[8_000, 8_000, 8_000][..], 300, 30, 8_000, 48_000),
            (&[8_000, 8_000, 8_000, 8_000][..], 300, 30, 9_600, 67_200),
            // One machine has no other to fail over to: the part is kept for bursts.
            (&[1_000][..], 100, 30, 300, 700),
            // Rounded to the safe side.
            (&[101][..], 150, 33, 34, 100),
            // Whoever keeps nothing keeps nothing.
            (&[7_500, 7_500][..], 100, 0, 0, 15_000),
            (&[4_000, 1_000][..], 100, 10, 4_000, 1_000),
            (&[][..], 300, 30, 0, 0),
            (&[i64::MAX, i64::MAX][..], 1_000, 0, 0, i64::MAX),
        ] {
            assert_eq!(share(sizes, ratio, reserve), (kept, sold), "{sizes:?} {ratio} {reserve}");
        }
    }

    #[test]
    fn with_every_rule_what_is_sold_once_fits_when_any_one_machine_fails() {
        for reserve in [1, 10, 30, 50, 90] {
            for sizes in [&[1_000, 1_000][..], &[8_000, 4_000, 2_000][..], &[7, 11, 13, 17][..], &[1, 1, 1, 1][..]] {
                let (_, sold) = share(sizes, 100, reserve);
                let all: i64 = sizes.iter().sum();
                for failed in sizes {
                    assert!(sold <= all - failed, "{sizes:?} {reserve}: {sold} does not fit without {failed}");
                }
            }
        }
    }

    #[test]
    fn machines_that_are_ill_or_closed_or_of_others_sell_nothing_and_a_part_of_the_use_is_no_use() {
        let mut nodes = [node("a", 4_000, 8_000), node("b", 4_000, 8_000), node("c", 4_000, 8_000)];
        nodes[1].is_open = false;
        nodes[2].is_ready = false;
        for (node, used) in nodes.iter_mut().zip([1_000, 500, 4_000]) {
            (node.used_cpu_milli, node.used_memory_mb) = (Some(used), Some(used));
            (node.requested_cpu_milli, node.requested_memory_mb) = (used, used);
        }
        let found = measure(&nodes, USUAL).unwrap();
        assert_eq!((found.machines, found.takers), (3, 1));
        assert_eq!(found.has, Power { cpu_milli: 8_000, memory_mb: 16_000 });
        assert_eq!(found.requested, Power { cpu_milli: 1_500, memory_mb: 1_500 });
        assert_eq!(found.used, Some(found.requested));
        assert_eq!(found.sellable, Power { cpu_milli: 8_400, memory_mb: 5_600 });
        nodes[1].is_reserved = true;
        let found = measure(&nodes, USUAL).unwrap();
        assert_eq!(
            (found.machines, found.takers, found.has.cpu_milli, found.requested.cpu_milli),
            (3, 1, 4_000, 1_000)
        );
        nodes[1].is_open = true;
        assert_eq!(measure(&nodes, USUAL).unwrap(), found, "what is kept for others is nothing of ours");
        nodes[0].used_memory_mb = None;
        assert_eq!(measure(&nodes, USUAL).unwrap().used, None);
        assert_eq!(measure(&[], USUAL), None, "what was never seen is not empty");
    }

    #[test]
    fn a_limit_is_passed_above_it_and_forgotten_five_percent_below() {
        for (part, expected) in [
            (0, Level::Calm),
            (750, Level::Calm),
            (751, Level::Near),
            (800, Level::Near),
            (801, Level::Over),
            (5_000, Level::Over),
        ] {
            assert_eq!(level(part, 1_000, 80), expected, "{part}");
        }
        assert_eq!(level(0, 0, 80), Level::Calm, "nothing of nothing");
        assert_eq!((percent(1, 3), percent(2, 0), percent(i64::MAX, 1)), (33, 0, i64::MAX));
    }

    #[test]
    fn the_worse_of_what_is_set_aside_and_what_is_used_counts() {
        let power = |cpu_milli, memory_mb| Power { cpu_milli, memory_mb };
        let found = Measured {
            machines: 1,
            takers: 1,
            has: power(1_000, 1_000),
            requested: power(810, 100),
            used: Some(power(10, 860)),
            reserve: Power::default(),
            sellable: Power::default(),
        };
        let [cpu, memory] = strains(&found);
        assert_eq!((cpu.level, cpu.requested_percent, cpu.used_percent), (Level::Over, 81, Some(1)));
        assert_eq!((memory.level, memory.requested_percent, memory.used_percent), (Level::Over, 10, Some(86)));
        let [cpu, memory] = strains(&Measured { used: None, ..found });
        assert_eq!((cpu.level, memory.level), (Level::Over, Level::Calm));
    }
}
