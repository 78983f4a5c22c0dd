//! A round of visits each minute, and what is counted of it.
use super::{
    super::find as instances,
    judge::{self, Kind, Known, Step, Verdict},
};
use crate::{
    domain::Ctx,
    integrations::{
        drivers::service_template::ServiceTemplate,
        visitors::{Answer, Visitor},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        job::{Job, JobError},
        said::{Arg, args},
    },
};
use chrono::{DateTime, Days, Duration, NaiveDate, SubsecRound, Utc};
use entity::{
    catalog::service_template,
    provisioning::{cluster, instance, uptime_day, uptime_outage, uptime_watch},
    value::{ClusterId, InstanceId, InstanceStatus, ServiceTemplateId, TargetStatus, UptimeState, day_start},
};
use futures_util::{StreamExt, stream};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// An instance is visited and counted this seldom at least, however often the job runs.
const APART: Duration = Duration::seconds(30);
/// Instances of one cluster that are visited at once.
const AT_ONCE: usize = 32;
/// Visits to one cluster before it is asked whether more of them make sense.
const AT_A_TIME: usize = 64;
/// Clusters that are visited at once: one that is silent holds up no other.
const CLUSTERS_AT_ONCE: usize = 8;
/// Instances that are counted in one transaction.
const BATCH: usize = 200;
/// How long an instance is down before staff hear of it.
const TOLD_AFTER: Duration = Duration::minutes(5);

/// Visits everything that is watched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckUptime {}

impl Job for CheckUptime {
    const NAME: &'static str = "provisioning.check_uptime";
    const QUEUE: &'static str = "observation";
    // The next round comes anyway.
    const MAX_ATTEMPTS: i32 = 3;
    const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(300);

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Something that is watched.
#[derive(Clone, Debug)]
struct Site {
    id: InstanceId,
    cluster_id: ClusterId,
    address: String,
}

/// What a look at an instance came to, and since when it is as it is.
struct Finding {
    id: InstanceId,
    verdict: Verdict,
    since: Option<DateTime<Utc>>,
}

/// Does `CheckUptime`. The instant of a round is its beginning; a round that was overtaken by another counts nothing.
///
/// # Errors
/// To be retried: the database.
pub async fn run_check_uptime(ctx: Ctx, _: CheckUptime) -> Result<(), JobError> {
    let now = ctx.now().trunc_subsecs(0);
    let rows = uptime_watch::Entity::find().all(&ctx.db).await?;
    let known: HashMap<InstanceId, Known> =
        rows.into_iter().map(|row| (row.instance_id.clone(), known(&row))).collect();
    let sites = sites(&ctx).await?;
    let watched: BTreeSet<InstanceId> = sites.iter().map(|site| site.id.clone()).collect();
    let is_due = |site: &Site| known.get(&site.id).is_none_or(|known| known.counted_until + APART <= now);
    let due: Vec<Site> = sites.into_iter().filter(is_due).collect();
    let visited = visit_all(&ctx, due).await;
    // Whatever was begun while they were visited is no fault of theirs.
    let running = running(&ctx, now).await?;
    let mut findings: Vec<Finding> = judged(visited)
        .into_iter()
        .map(|(id, verdict)| match running.get(&id) {
            Some(since) => Finding { id, verdict, since: Some(*since) },
            None => Finding { id, verdict: Verdict::Idle, since: None },
        })
        .collect();
    let left = known
        .iter()
        .filter(|(id, known)| !watched.contains(*id) && (known.state != UptimeState::Idle || known.is_failing));
    findings.extend(left.map(|(id, _)| Finding { id: id.clone(), verdict: Verdict::Idle, since: None }));
    begin(&ctx, now, &known, &findings).await?;
    for (group, ids) in groups(now, &known, findings) {
        for ids in ids.chunks(BATCH) {
            count(&ctx, now, &group, ids).await?;
        }
    }
    Ok(())
}

fn known(row: &uptime_watch::Model) -> Known {
    Known { state: row.state, is_failing: row.is_failing, counted_until: row.counted_until, down_since: row.down_since }
}

type Placed = (InstanceId, Option<ClusterId>, Option<String>, Option<ServiceTemplateId>);

/// Everything that runs, has an address, and whose cluster is in use. Three questions however many they are.
async fn sites(ctx: &Ctx) -> Result<Vec<Site>, DbErr> {
    let open: Vec<ClusterId> = cluster::Entity::find()
        .select_only()
        .column(cluster::Column::Id)
        .filter(cluster::Column::Status.is_not_in([TargetStatus::Maintenance, TargetStatus::Disabled]))
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let open: BTreeSet<ClusterId> = open.into_iter().collect();
    let rows: Vec<Placed> = instance::Entity::find()
        .select_only()
        .column(instance::Column::Id)
        .column(instance::Column::ClusterId)
        .column(instance::Column::Url)
        .column(instance::Column::ServiceTemplateId)
        .filter(instance::Column::Status.eq(InstanceStatus::Running))
        .filter(instance::Column::Url.is_not_null())
        .order_by_asc(instance::Column::Id)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let templates: BTreeSet<String> = rows.iter().filter_map(|row| row.3.as_ref()).map(|id| id.0.clone()).collect();
    let templates =
        service_template::Entity::find().filter(service_template::Column::Id.is_in(templates)).all(&ctx.db).await?;
    // A template that cannot be read says nothing; its services are visited at their door.
    let paths: HashMap<ServiceTemplateId, String> = templates
        .into_iter()
        .filter_map(|row| {
            ServiceTemplate::parse(&row.body).ok().map(|template| (row.id, template.health_path().to_owned()))
        })
        .collect();
    let sites = rows.into_iter().filter_map(|(id, cluster_id, url, template)| {
        let cluster_id = cluster_id.filter(|cluster_id| open.contains(cluster_id))?;
        let path = template.and_then(|template| paths.get(&template)).map_or("/", String::as_str);
        Some(Site { id, cluster_id, address: format!("{}{path}", url?.trim_end_matches('/')) })
    });
    Ok(sites.collect())
}

/// What runs now and did when the round began, with since when.
async fn running(ctx: &Ctx, now: DateTime<Utc>) -> Result<HashMap<InstanceId, DateTime<Utc>>, DbErr> {
    let rows: Vec<(InstanceId, DateTime<Utc>)> = instance::Entity::find()
        .select_only()
        .column(instance::Column::Id)
        .column(instance::Column::StatusSince)
        .filter(instance::Column::Status.eq(InstanceStatus::Running))
        // Within the second that was cut off it is the same round.
        .filter(instance::Column::StatusSince.lt(now + Duration::seconds(1)))
        .into_tuple()
        .all(&ctx.db)
        .await?;
    Ok(rows.into_iter().collect())
}

type Visited = Vec<(Site, Answer)>;

/// Visits them, cluster by cluster.
async fn visit_all(ctx: &Ctx, sites: Vec<Site>) -> Vec<Visited> {
    let mut clusters: BTreeMap<ClusterId, Vec<Site>> = BTreeMap::new();
    for site in sites {
        clusters.entry(site.cluster_id.clone()).or_default().push(site);
    }
    let visitor = ctx.visitor.clone();
    stream::iter(clusters.into_values())
        .map(move |sites| visit_cluster(visitor.clone(), sites))
        .buffer_unordered(CLUSTERS_AT_ONCE)
        .collect()
        .await
}

/// Visits the sites of one cluster. Where most of the first are silent the rest would be too, and each would take as
/// long as patience lasts: they are not visited.
async fn visit_cluster(visitor: Arc<dyn Visitor>, sites: Vec<Site>) -> Visited {
    let mut visited: Visited = Vec::with_capacity(sites.len());
    let mut rest = sites.into_iter();
    loop {
        let next: Vec<Site> = rest.by_ref().take(AT_A_TIME).collect();
        if next.is_empty() {
            return visited;
        }
        let visitor = visitor.clone();
        let part: Visited =
            stream::iter(next).map(move |site| visit(visitor.clone(), site)).buffer_unordered(AT_ONCE).collect().await;
        visited.extend(part);
        if judge::is_blind(silent(&visited), visited.len()) {
            visited.extend(rest.map(|site| (site, Answer::Silent)));
            return visited;
        }
    }
}

async fn visit(visitor: Arc<dyn Visitor>, site: Site) -> (Site, Answer) {
    let answer = visitor.visit(&site.address).await;
    (site, answer)
}

fn silent(visited: &[(Site, Answer)]) -> usize {
    visited.iter().filter(|(_, answer)| *answer == Answer::Silent).count()
}

/// What the answers mean. Silence of most of a cluster, or of everybody, may be our own.
fn judged(clusters: Vec<Visited>) -> Vec<(InstanceId, Verdict)> {
    let asked: usize = clusters.iter().map(Vec::len).sum();
    let all_silent = clusters.iter().map(|visited| silent(visited)).sum::<usize>() == asked;
    let is_cut_off = all_silent && judge::is_blind(asked, asked);
    let mut verdicts = Vec::with_capacity(asked);
    for visited in clusters {
        let is_blind = is_cut_off || judge::is_blind(silent(&visited), visited.len());
        if is_blind {
            let cluster = visited.first().map(|(site, _)| site.cluster_id.as_str()).unwrap_or_default();
            tracing::warn!(cluster.id = cluster, "Most services are silent from here: it may be our own line");
        }
        verdicts.extend(visited.into_iter().map(|(site, answer)| (site.id, judge::verdict(answer, is_blind))));
    }
    verdicts
}

/// Begins to count what was never counted. Who is second finds it begun.
async fn begin(
    ctx: &Ctx,
    now: DateTime<Utc>,
    known: &HashMap<InstanceId, Known>,
    findings: &[Finding],
) -> Result<(), DbErr> {
    let new = findings.iter().filter(|found| found.verdict != Verdict::Idle && !known.contains_key(&found.id));
    let rows: Vec<uptime_watch::Model> = new
        .map(|found| {
            let first = judge::first(found.verdict, now);
            uptime_watch::Model {
                instance_id: found.id.clone(),
                state: first.state,
                is_failing: first.is_failing,
                counted_until: first.counted_until,
                down_since: first.down_since,
            }
        })
        .collect();
    for rows in rows.chunks(BATCH) {
        let tx = ctx.begin().await?;
        let once = OnConflict::column(uptime_watch::Column::InstanceId).do_nothing().to_owned();
        uptime_watch::Entity::insert_many(rows.iter().map(|row| row.clone().into_active_model()))
            .on_conflict(once)
            .exec_without_returning(&tx)
            .await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Instances of which the same was known and to which the same happened.
struct Group {
    known: Known,
    step: Step,
    verdict: Verdict,
}

/// They are counted together: after an ordinary minute that is nearly everybody.
fn groups(
    now: DateTime<Utc>,
    known: &HashMap<InstanceId, Known>,
    findings: Vec<Finding>,
) -> Vec<(Group, Vec<InstanceId>)> {
    let mut groups: BTreeMap<_, (Group, Vec<InstanceId>)> = BTreeMap::new();
    for found in findings {
        // What is counted further than now was counted by a twin, or by a clock that was set back since.
        let Some(known) = known.get(&found.id).filter(|known| known.counted_until < now) else { continue };
        let is_fresh = found.since.is_some_and(|since| since > known.counted_until);
        let key =
            (known.state.as_str(), known.is_failing, known.counted_until, known.down_since, found.verdict, is_fresh);
        let group =
            || Group { known: *known, step: judge::step(known, found.verdict, is_fresh, now), verdict: found.verdict };
        groups.entry(key).or_insert_with(|| (group(), Vec::new())).1.push(found.id);
    }
    groups.into_values().collect()
}

/// Counts the time of `ids` up to now. Whom somebody else has counted meanwhile is left out.
async fn count(ctx: &Ctx, now: DateTime<Utc>, group: &Group, ids: &[InstanceId]) -> Result<(), DbErr> {
    use uptime_watch::Column;
    let Group { known, step, .. } = group;
    let tx = ctx.begin().await?;
    let moved = uptime_watch::Entity::update_many()
        .col_expr(Column::State, Expr::value(step.next.state))
        .col_expr(Column::IsFailing, Expr::value(step.next.is_failing))
        .col_expr(Column::CountedUntil, Expr::value(now))
        .col_expr(Column::DownSince, Expr::value(step.next.down_since))
        .filter(Column::InstanceId.is_in(ids.iter().map(InstanceId::as_str)))
        .filter(Column::CountedUntil.eq(known.counted_until))
        .exec_with_returning(&tx)
        .await?;
    let moved: Vec<InstanceId> = moved.into_iter().map(|row| row.instance_id).collect();
    if moved.is_empty() {
        return Ok(());
    }
    if let Some(kind) = step.counted {
        // What ends with this span began before it.
        let down_since = known.down_since.or(step.next.down_since);
        let days = parts(known.counted_until, now, kind, down_since);
        add(&tx, &moved, &days).await?;
    }
    if let Some((began_at, ended_at)) = step.ended {
        let rows = moved
            .iter()
            .map(|id| uptime_outage::Model { instance_id: id.clone(), began_at, ended_at }.into_active_model());
        let once = [uptime_outage::Column::InstanceId, uptime_outage::Column::BeganAt];
        uptime_outage::Entity::insert_many(rows)
            .on_conflict(OnConflict::columns(once).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
    }
    tell(ctx, &tx, group, &moved).await?;
    tx.commit().await
}

/// What a span adds to one day.
struct Part {
    day: NaiveDate,
    up_seconds: i64,
    down_seconds: i64,
    unknown_seconds: i64,
    longest_seconds: i64,
}

fn parts(from: DateTime<Utc>, until: DateTime<Utc>, kind: Kind, down_since: Option<DateTime<Utc>>) -> Vec<Part> {
    let of = |wanted: Kind, seconds: i64| if kind == wanted { seconds } else { 0 };
    let part = |(day, seconds): (NaiveDate, i64)| {
        let end = Ord::min(day_start(day + Days::new(1)), until);
        let began = Ord::max(down_since.unwrap_or(from), day_start(day));
        Part {
            day,
            up_seconds: of(Kind::Up, seconds),
            down_seconds: of(Kind::Down, seconds),
            unknown_seconds: of(Kind::Unknown, seconds),
            longest_seconds: of(Kind::Down, (end - began).num_seconds()),
        }
    };
    judge::by_day(from, until).into_iter().map(part).collect()
}

/// Adds the parts to the days of each instance.
async fn add(tx: &WriteTx, ids: &[InstanceId], parts: &[Part]) -> Result<(), DbErr> {
    use uptime_day::Column::{Day, DownSeconds, InstanceId as Id, LongestSeconds, UnknownSeconds, UpSeconds};
    let own = |column| Expr::col((uptime_day::Entity, column));
    let longer = "CASE WHEN excluded.longest_seconds > uptime_days.longest_seconds \
                  THEN excluded.longest_seconds ELSE uptime_days.longest_seconds END";
    for part in parts {
        let rows = ids.iter().map(|id| {
            uptime_day::Model {
                instance_id: id.clone(),
                day: part.day,
                up_seconds: part.up_seconds,
                down_seconds: part.down_seconds,
                unknown_seconds: part.unknown_seconds,
                longest_seconds: part.longest_seconds,
            }
            .into_active_model()
        });
        let mut more = OnConflict::columns([Id, Day]);
        more.value(UpSeconds, own(UpSeconds).add(Expr::cust("excluded.up_seconds")))
            .value(DownSeconds, own(DownSeconds).add(Expr::cust("excluded.down_seconds")))
            .value(UnknownSeconds, own(UnknownSeconds).add(Expr::cust("excluded.unknown_seconds")))
            .value(LongestSeconds, Expr::cust(longer));
        uptime_day::Entity::insert_many(rows).on_conflict(more).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn down_key(id: &InstanceId) -> String {
    format!("instance_down:{id}")
}

/// Tells staff of what runs and is down for five minutes, once, and takes it back when it answers again or is not to be
/// watched any more.
async fn tell(ctx: &Ctx, tx: &WriteTx, group: &Group, ids: &[InstanceId]) -> Result<(), DbErr> {
    let Group { known, step, verdict } = group;
    let was_up = known.state == UptimeState::Up;
    if matches!(step.next.state, UptimeState::Up | UptimeState::Idle) && !was_up && *verdict != Verdict::Down {
        alert::resolve_all(tx, ctx.now(), ids.iter().map(down_key).collect()).await?;
    }
    let told_at = step.next.down_since.map(|since| since + TOLD_AFTER);
    let is_time = told_at.is_some_and(|at| at <= step.next.counted_until && known.counted_until < at);
    if !is_time {
        return Ok(());
    }
    let names = instances::names_of(tx, ids.iter().cloned()).await?;
    for id in ids {
        let name = names.get(id).map_or_else(|| id.0.clone(), Clone::clone);
        let args = args([("instance", Arg::from(&name)), ("id", id.as_str().into())]);
        let alert = Alert { code: "instance_down", args, key: &down_key(id) };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(cluster: &str, number: usize) -> Site {
        Site { id: format!("ins_{cluster}{number}").into(), cluster_id: cluster.into(), address: String::new() }
    }

    fn cluster(name: &str, answers: &[Answer]) -> Visited {
        answers.iter().enumerate().map(|(number, answer)| (site(name, number), *answer)).collect()
    }

    fn words(clusters: Vec<Visited>) -> Vec<Verdict> {
        judged(clusters).into_iter().map(|(_, verdict)| verdict).collect()
    }

    #[test]
    fn silence_of_most_of_a_cluster_is_unknown_and_what_answers_there_is_believed() {
        use Answer::{Silent, Status};
        use Verdict::{Down, Unknown, Up};
        let most = [Silent, Silent, Silent, Status(200), Status(503)];

        assert_eq!(words(vec![cluster("a", &most)]), [Unknown, Unknown, Unknown, Up, Down]);
        let half = [Silent, Silent, Silent, Status(200), Status(404), Status(302)];
        assert_eq!(words(vec![cluster("a", &half)]), [Down, Down, Down, Up, Up, Up]);
        assert_eq!(words(vec![cluster("a", &[Silent])]), [Down], "one alone says nothing about us");
        assert_eq!(words(vec![cluster("a", &[Status(503); 4])]), [Down; 4], "who says 503 can be reached");
    }

    #[test]
    fn nobody_anywhere_is_unknown() {
        use Answer::{Silent, Status};
        let few = |third: Answer| vec![cluster("a", &[Silent]), cluster("b", &[Silent]), cluster("c", &[third])];

        assert_eq!(words(few(Silent)), [Verdict::Unknown; 3]);
        assert_eq!(words(few(Status(200))), [Verdict::Down, Verdict::Down, Verdict::Up]);
        assert!(words(Vec::new()).is_empty());
    }

    #[test]
    fn a_span_over_midnight_of_jakarta_is_two_days_and_the_longest_outage_is_that_of_each() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (from, until) = (at("2026-11-21T16:59:00Z"), at("2026-11-21T17:00:30Z"));

        let days = parts(from, until, Kind::Down, Some(at("2026-11-21T16:50:00Z")));

        let told: Vec<_> =
            days.iter().map(|part| (part.day.to_string(), part.down_seconds, part.longest_seconds)).collect();
        assert_eq!(told, [("2026-11-21".to_owned(), 60, 600), ("2026-11-22".to_owned(), 30, 30)]);
        assert!(days.iter().all(|part| part.up_seconds == 0 && part.unknown_seconds == 0));
    }
}
