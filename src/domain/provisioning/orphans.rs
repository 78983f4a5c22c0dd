//! What is on clusters though nobody has it: every object of an instance that has ended or is unknown here, and the ground
//! of customers who have no service on it. Found every hour and kept, so that pages ask no cluster; reported to staff, and
//! removed only when one of them says so. What the database says lives is never an orphan and never removed: that is looked
//! up when it is found, when its removal is asked for, and again right before it is removed.
use super::{ProvisioningError, clusters};
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{Found, Listed, Mark},
    },
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        job::{Job, JobError},
        page::{Page, PageRequest},
        said::{Arg, Said, args},
    },
};
use chrono::Duration;
use entity::{
    provisioning::{cluster, instance, orphan},
    value::{ClusterId, InstanceStatus, OrphanId, TargetStatus, contact},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What was just terminated may still be on its way out.
const GRACE: Duration = Duration::minutes(30);
/// A removal that was asked for is not asked for again before this.
const ASKED_FOR: Duration = Duration::minutes(10);
/// Marks looked up in one statement.
const AT_ONCE: usize = 500;
/// Why something is an orphan that this database does not know: it may be in use all the same.
pub const UNKNOWN: &str = "unknown";
/// Longest reason of a removal, in characters.
const LONGEST_REASON: usize = 200;
/// Lines of an alert.
const LINES: usize = 20;

/// Looks for orphans on every cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FindOrphans {}

impl Job for FindOrphans {
    const NAME: &'static str = "provisioning.find_orphans";
    const QUEUE: &'static str = "observation";
    const MAX_ATTEMPTS: i32 = 3;
    // Some kinds are listed namespace by namespace.
    const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(900);

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Removes one orphan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SweepOrphan {
    /// Which.
    pub orphan_id: OrphanId,
    /// Where.
    pub cluster_id: ClusterId,
}

impl Job for SweepOrphan {
    const NAME: &'static str = "provisioning.sweep_orphan";
    const QUEUE: &'static str = "provisioning";
    // Volumes wait for their pods, namespaces for all that is in them.
    const MAX_ATTEMPTS: i32 = 15;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("provisioning.sweep_orphan:{}", self.orphan_id))
    }

    fn target_key(&self) -> Option<String> {
        Some(format!("sweep:{}", self.cluster_id))
    }
}

/// An orphan and the name of its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphanView {
    /// The orphan.
    pub row: orphan::Model,
    /// Where it is.
    pub cluster: String,
}

/// Does `FindOrphans`: one alert per cluster that carries any. A cluster that does not answer is left out: silence is
/// told elsewhere, and what was found there before stays on the list.
///
/// # Errors
/// To be retried: the database.
pub async fn run_find_orphans(ctx: Ctx, _: FindOrphans) -> Result<(), JobError> {
    let clusters =
        cluster::Entity::find().filter(cluster::Column::Status.ne(TargetStatus::Disabled)).all(&ctx.db).await?;
    for row in clusters {
        match search(&ctx, &row).await {
            Ok(()) => {}
            Err(ProvisioningError::Database(error)) => return Err(error.into()),
            Err(error) => tracing::warn!(cluster.id = %row.id, %error, "Could not look for orphans"),
        }
    }
    Ok(())
}

async fn search(ctx: &Ctx, row: &cluster::Model) -> Result<(), ProvisioningError> {
    let (driver, target) = clusters::find_target(ctx, row).await?;
    let Listed { found, unseen } = driver.list(&target).await?;
    let orphans = judge(ctx, &row.id, found).await?;
    let tx = ctx.begin().await?;
    // Put out of use while it was searched.
    if clusters::get(&tx, &row.id).await?.status == TargetStatus::Disabled {
        return Ok(());
    }
    let are_others_left = keep(ctx, &tx, &row.id, &orphans, &unseen).await?;
    if !orphans.is_empty() || !are_others_left {
        tell(ctx, &tx, row, &orphans).await?;
    }
    tell_unseen(ctx, &tx, row, &unseen).await?;
    tx.commit().await?;
    Ok(())
}

/// Those of `found` that belong to nobody, and why.
async fn judge(
    ctx: &Ctx,
    cluster_id: &ClusterId,
    found: Vec<Found>,
) -> Result<Vec<(Found, &'static str)>, ProvisioningError> {
    let (mut instances, mut customers) = (BTreeSet::new(), BTreeSet::new());
    for found in &found {
        match &found.mark {
            Mark::Instance(id) => instances.insert(id.clone()),
            Mark::Customer(id) => customers.insert(id.clone()),
        };
    }
    let known = known_instances(ctx, instances).await?;
    let served = served_customers(ctx, cluster_id, customers).await?;
    let judged = found.into_iter().filter_map(|found| {
        let why = match &found.mark {
            Mark::Instance(id) => match known.get(id) {
                None => UNKNOWN,
                Some(row) if lives(ctx, row) => return None,
                Some(_) => "ended",
            },
            Mark::Customer(id) if served.contains(id) => return None,
            Mark::Customer(_) => "empty",
        };
        Some((found, why))
    });
    Ok(judged.collect())
}

/// Whether an instance is there, or was a moment ago.
fn lives(ctx: &Ctx, row: &instance::Model) -> bool {
    row.status != InstanceStatus::Terminated || row.terminated_at.is_some_and(|at| at > ctx.now() - GRACE)
}

async fn known_instances(ctx: &Ctx, ids: BTreeSet<String>) -> Result<HashMap<String, instance::Model>, DbErr> {
    let ids: Vec<String> = ids.into_iter().collect();
    let mut known = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows = instance::Entity::find()
            .filter(instance::Column::Id.is_in(ids.iter().map(String::as_str)))
            .all(&ctx.db)
            .await?;
        known.extend(rows.into_iter().map(|row| (row.id.0.clone(), row)));
    }
    Ok(known)
}

/// Customers on whose ground there is, or was a moment ago, an instance on this cluster, or one that has no place yet. An
/// instance that was handed over still stands on the ground it was made on.
async fn served_customers(ctx: &Ctx, cluster_id: &ClusterId, ids: BTreeSet<String>) -> Result<BTreeSet<String>, DbErr> {
    let ids: Vec<String> = ids.into_iter().collect();
    let mut served = BTreeSet::new();
    for ids in ids.chunks(AT_ONCE) {
        let here =
            Condition::any().add(instance::Column::ClusterId.is_null()).add(instance::Column::ClusterId.eq(cluster_id));
        let theirs = Condition::any()
            .add(instance::Column::CustomerId.is_in(ids.iter().map(String::as_str)))
            .add(instance::Column::TenantId.is_in(ids.iter().map(String::as_str)));
        let rows = instance::Entity::find().filter(theirs).filter(here).all(&ctx.db).await?;
        let ground = |row: instance::Model| row.tenant_id.unwrap_or(row.customer_id).0;
        served.extend(rows.into_iter().filter(|row| lives(ctx, row)).map(ground));
    }
    Ok(served)
}

/// Brings the list of a cluster to what was found. What lies where nobody could look stays as it is; whether there is any.
async fn keep(
    ctx: &Ctx,
    tx: &WriteTx,
    cluster_id: &ClusterId,
    orphans: &[(Found, &'static str)],
    unseen: &[String],
) -> Result<bool, DbErr> {
    let known = orphan::Entity::find().filter(orphan::Column::ClusterId.eq(cluster_id)).all(tx).await?;
    let known: BTreeMap<&str, &orphan::Model> = known.iter().map(|row| (row.mark.as_str(), row)).collect();
    let mut stays = BTreeSet::new();
    for (found, why) in orphans {
        let fresh = row_of(ctx, cluster_id, found, why);
        stays.insert(fresh.mark.clone());
        let Some(row) = known.get(fresh.mark.as_str()) else {
            let once = [orphan::Column::ClusterId, orphan::Column::Mark];
            orphan::Entity::insert(fresh.into_active_model())
                .on_conflict(OnConflict::columns(once).do_nothing().to_owned())
                .exec_without_returning(tx)
                .await?;
            continue;
        };
        orphan::Entity::update_many()
            .col_expr(orphan::Column::Place, Expr::value(fresh.place))
            .col_expr(orphan::Column::What, Expr::value(fresh.what))
            .col_expr(orphan::Column::Objects, Expr::value(fresh.objects))
            .col_expr(orphan::Column::Why, Expr::value(fresh.why))
            .col_expr(orphan::Column::Since, Expr::value(fresh.since))
            .col_expr(orphan::Column::SeenAt, Expr::value(fresh.seen_at))
            .filter(orphan::Column::Id.eq(&row.id))
            .exec(tx)
            .await?;
    }
    let is_unseen = |row: &orphan::Model| unseen.iter().any(|home| home == found_of(row).home());
    let (left, gone): (Vec<&orphan::Model>, Vec<&orphan::Model>) =
        known.into_values().filter(|row| !stays.contains(&row.mark)).partition(|row| is_unseen(row));
    let gone: Vec<OrphanId> = gone.into_iter().map(|row| row.id.clone()).collect();
    for gone in gone.chunks(AT_ONCE) {
        orphan::Entity::delete_many()
            .filter(orphan::Column::Id.is_in(gone.iter().map(OrphanId::as_str)))
            .exec(tx)
            .await?;
    }
    Ok(!left.is_empty())
}

fn row_of(ctx: &Ctx, cluster_id: &ClusterId, found: &Found, why: &str) -> orphan::Model {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let (kind, mark) = match &found.mark {
        Mark::Instance(id) => ("instance", id),
        Mark::Customer(id) => ("customer", id),
    };
    orphan::Model {
        id: OrphanId::generate(),
        cluster_id: cluster_id.clone(),
        kind: kind.to_owned(),
        mark: cut(mark, 80),
        place: cut(&found.place, 160),
        what: cut(&found.what, 255),
        objects: i64::try_from(found.objects).unwrap_or(i64::MAX),
        why: why.to_owned(),
        since: found.since,
        found_at: ctx.now(),
        seen_at: ctx.now(),
        removal_asked_at: None,
    }
}

/// What a row is about, as drivers want it.
fn found_of(row: &orphan::Model) -> Found {
    let mark = match row.kind.as_str() {
        "customer" => Mark::Customer(row.mark.clone()),
        _ => Mark::Instance(row.mark.clone()),
    };
    Found {
        mark,
        place: row.place.clone(),
        what: row.what.clone(),
        objects: usize::try_from(row.objects).unwrap_or(usize::MAX),
        since: row.since,
    }
}

fn key(id: &ClusterId) -> String {
    format!("orphans:{id}")
}

async fn tell(ctx: &Ctx, tx: &WriteTx, row: &cluster::Model, orphans: &[(Found, &'static str)]) -> Result<(), DbErr> {
    if orphans.is_empty() {
        return alert::resolve(tx, ctx.now(), &key(&row.id)).await.map(drop);
    }
    let line = |(found, why): &(Found, &'static str)| {
        let why = match *why {
            UNKNOWN => "alert-orphans-unknown".to_owned(),
            why => format!("orphan-why-{why}"),
        };
        let named = [("place", Arg::from(&found.place)), ("why", Arg::word(why)), ("what", Arg::from(&found.what))];
        Said::new("alert-orphans-one", named)
    };
    let mut lines: Vec<Said> = orphans.iter().take(LINES).map(line).collect();
    if orphans.len() > LINES {
        lines.push(Said::new("alert-orphans-more", [("n", (orphans.len() - LINES).into())]));
    }
    let args = args([("n", orphans.len().into()), ("cluster", Arg::from(&row.name)), ("found", Arg::Lines(lines))]);
    let alert = Alert { code: "orphans", args, key: &key(&row.id) };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
}

fn unseen_key(id: &ClusterId) -> String {
    format!("orphans_unseen:{id}")
}

/// Where nobody could look, nobody knows what is left over.
async fn tell_unseen(ctx: &Ctx, tx: &WriteTx, row: &cluster::Model, unseen: &[String]) -> Result<(), DbErr> {
    if unseen.is_empty() {
        return alert::resolve(tx, ctx.now(), &unseen_key(&row.id)).await.map(drop);
    }
    let mut names: Vec<&str> = unseen.iter().take(LINES).map(String::as_str).collect();
    if unseen.len() > LINES {
        names.push("…");
    }
    let args =
        args([("n", unseen.len().into()), ("cluster", Arg::from(&row.name)), ("namespaces", names.join("\n").into())]);
    let alert = Alert { code: "orphans_unseen", args, key: &unseen_key(&row.id) };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
}

/// A cluster is not searched any more: what was found on it is no news of it.
pub(super) async fn forget_cluster(ctx: &Ctx, tx: &WriteTx, id: &ClusterId) -> Result<(), DbErr> {
    orphan::Entity::delete_many().filter(orphan::Column::ClusterId.eq(id)).exec(tx).await?;
    alert::resolve_all(tx, ctx.now(), vec![key(id), unseen_key(id)]).await.map(drop)
}

/// What the last search found, newest first: on every cluster, or on one.
///
/// # Errors
/// The database.
pub async fn list(
    db: &impl ConnectionTrait,
    cluster_id: Option<&ClusterId>,
    request: &PageRequest,
) -> Result<Page<OrphanView>, DbErr> {
    let mut select = orphan::Entity::find().order_by_desc(orphan::Column::Id).limit(request.fetch());
    if let Some(cluster_id) = cluster_id {
        select = select.filter(orphan::Column::ClusterId.eq(cluster_id));
    }
    if let Some(after) = &request.after {
        select = select.filter(orphan::Column::Id.lt(after.as_str()));
    }
    let page = Page::of(select.all(db).await?, request, |row| row.id.as_str());
    let names = names_of(db).await?;
    Ok(page.map(|row| {
        let cluster = names.get(&row.cluster_id.0).cloned().unwrap_or_default();
        OrphanView { row, cluster }
    }))
}

/// Clusters are few.
async fn names_of(db: &impl ConnectionTrait) -> Result<HashMap<String, String>, DbErr> {
    let clusters = cluster::Entity::find().all(db).await?;
    Ok(clusters.into_iter().map(|row| (row.id.0, row.name)).collect())
}

/// One orphan.
///
/// # Errors
/// `NotFound`, also once it is gone.
pub async fn get(db: &impl ConnectionTrait, id: &OrphanId) -> Result<OrphanView, ProvisioningError> {
    let row = orphan::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)?;
    let cluster = clusters::get(db, &row.cluster_id).await?.name;
    Ok(OrphanView { row, cluster })
}

/// Staff want every cluster searched now.
///
/// # Errors
/// The database.
pub async fn search_now(ctx: &Ctx) -> Result<(), ProvisioningError> {
    let tx = ctx.begin().await?;
    ctx.enqueue(&tx, &FindOrphans {}).await?;
    tx.commit().await?;
    Ok(())
}

/// Staff have an orphan removed, with all that is in it, for good. It is done in the background; asking twice is asking
/// once. What this database does not know may be known to one that is newer: its removal needs a reason.
///
/// # Errors
/// `NotFound` where it is gone, or turns out to belong to somebody: then it is taken off the list; `Invalid` for `reason`.
pub async fn remove(ctx: &Ctx, id: &OrphanId, reason: &str) -> Result<(), ProvisioningError> {
    let OrphanView { row, cluster } = get(&ctx.db, id).await?;
    let Some(why) = judge_again(ctx, &row).await? else {
        forget(ctx, id).await?;
        return Err(ProvisioningError::NotFound);
    };
    let wrong = |wrong| ProvisioningError::Invalid(vec![FieldFault::of("reason", wrong)]);
    let reason = match why {
        UNKNOWN => contact::line(reason, LONGEST_REASON).map(Some),
        _ => contact::optional_line(reason, LONGEST_REASON),
    };
    let reason = reason.map_err(wrong)?;
    let now = ctx.now();
    let tx = ctx.begin().await?;
    let is_free = Condition::any()
        .add(orphan::Column::RemovalAskedAt.is_null())
        .add(orphan::Column::RemovalAskedAt.lt(now - ASKED_FOR));
    let asked = orphan::Entity::update_many()
        .col_expr(orphan::Column::RemovalAskedAt, Expr::value(Some(now)))
        .filter(orphan::Column::Id.eq(id))
        .filter(is_free)
        .exec(&tx)
        .await?;
    if asked.rows_affected == 0 {
        return Ok(());
    }
    let change = Change {
        action: "provisioning.orphan.sweep",
        target_type: "orphan",
        target_id: id.as_str(),
        before: Some(serde_json::json!({
            "cluster": row.cluster_id, "name": cluster, "mark": row.mark, "place": row.place, "what": row.what,
            "why": why,
        })),
        reason: reason.as_deref(),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.enqueue(&tx, &SweepOrphan { orphan_id: id.clone(), cluster_id: row.cluster_id }).await?;
    tx.commit().await?;
    Ok(())
}

/// Why it belongs to nobody, as far as the database knows now; `None` where it belongs to somebody.
async fn judge_again(ctx: &Ctx, row: &orphan::Model) -> Result<Option<&'static str>, ProvisioningError> {
    Ok(judge(ctx, &row.cluster_id, vec![found_of(row)]).await?.pop().map(|(_, why)| why))
}

async fn forget(ctx: &Ctx, id: &OrphanId) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    orphan::Entity::delete_many().filter(orphan::Column::Id.eq(id)).exec(&tx).await?;
    tx.commit().await
}

/// Does `SweepOrphan`. Doing it again finds nothing left.
///
/// # Errors
/// To be retried: the database, and a cluster that is not done yet or does not answer. A refusal is for staff: the
/// removal can be asked for again.
pub async fn run_sweep(ctx: Ctx, work: SweepOrphan) -> Result<(), JobError> {
    let Some(row) = orphan::Entity::find_by_id(work.orphan_id.clone()).one(&ctx.db).await? else { return Ok(()) };
    if judge_again(&ctx, &row).await?.is_none() {
        return Ok(forget(&ctx, &row.id).await?);
    }
    let cluster = clusters::get(&ctx.db, &row.cluster_id).await?;
    let (driver, target) = clusters::find_target(&ctx, &cluster).await?;
    match driver.sweep(&target, &found_of(&row)).await {
        Ok(()) => swept(&ctx, &row, &cluster).await.map_err(JobError::from),
        Err(OutsideError::Rejected { code, message }) => {
            let tx = ctx.begin().await?;
            orphan::Entity::update_many()
                .col_expr(orphan::Column::RemovalAskedAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
                .filter(orphan::Column::Id.eq(&row.id))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            Err(JobError::fail(format!("{code}: {message}")))
        }
        Err(error) => Err(JobError::retry(error)),
    }
}

/// It is gone. What stood on a customer's ground may have been the last: the clusters are searched again.
async fn swept(ctx: &Ctx, row: &orphan::Model, cluster: &cluster::Model) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    orphan::Entity::delete_many().filter(orphan::Column::Id.eq(&row.id)).exec(&tx).await?;
    let others = orphan::Entity::find().filter(orphan::Column::ClusterId.eq(&cluster.id)).limit(1).one(&tx).await?;
    if others.is_none() {
        alert::resolve(&tx, ctx.now(), &key(&cluster.id)).await?;
    }
    if row.kind == "instance" {
        ctx.enqueue(&tx, &FindOrphans {}).await?;
    }
    tx.commit().await
}
