//! What is on clusters though nobody has it: every object of an instance that has ended or is unknown here, and the ground
//! of customers who have no service on it. Found every hour and kept, so that pages ask no cluster; reported to staff, and
//! removed only when one of them says so. What the database says lives is never an orphan and never removed: that is looked
//! up when it is found, when its removal is asked for, and again right before it is removed.
use super::{ProvisioningError, clusters};
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{Found, Mark},
    },
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        job::{Job, JobError},
        page::{Page, PageRequest},
    },
};
use chrono::Duration;
use entity::{
    provisioning::{cluster, instance, orphan},
    value::{ClusterId, InstanceStatus, OrphanId, TargetStatus},
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
    let orphans = judge(ctx, &row.id, driver.list(&target).await?).await?;
    let tx = ctx.begin().await?;
    keep(ctx, &tx, &row.id, &orphans).await?;
    tell(ctx, &tx, row, &orphans).await?;
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
                None => "unknown",
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

/// Customers who have, or had a moment ago, an instance on this cluster, or one that has no place yet.
async fn served_customers(ctx: &Ctx, cluster_id: &ClusterId, ids: BTreeSet<String>) -> Result<BTreeSet<String>, DbErr> {
    let ids: Vec<String> = ids.into_iter().collect();
    let mut served = BTreeSet::new();
    for ids in ids.chunks(AT_ONCE) {
        let here =
            Condition::any().add(instance::Column::ClusterId.is_null()).add(instance::Column::ClusterId.eq(cluster_id));
        let rows = instance::Entity::find()
            .filter(instance::Column::CustomerId.is_in(ids.iter().map(String::as_str)))
            .filter(here)
            .all(&ctx.db)
            .await?;
        served.extend(rows.into_iter().filter(|row| lives(ctx, row)).map(|row| row.customer_id.0));
    }
    Ok(served)
}

/// Brings the list of a cluster to what was found.
async fn keep(ctx: &Ctx, tx: &WriteTx, cluster_id: &ClusterId, orphans: &[(Found, &'static str)]) -> Result<(), DbErr> {
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
    let gone: Vec<OrphanId> =
        known.into_values().filter(|row| !stays.contains(&row.mark)).map(|row| row.id.clone()).collect();
    for gone in gone.chunks(AT_ONCE) {
        orphan::Entity::delete_many()
            .filter(orphan::Column::Id.is_in(gone.iter().map(OrphanId::as_str)))
            .exec(tx)
            .await?;
    }
    Ok(())
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
    let line = |(found, why): &(Found, &'static str)| format!("{} ({why}): {}", found.place, found.what);
    let mut lines: Vec<String> = orphans.iter().take(LINES).map(line).collect();
    if orphans.len() > LINES {
        lines.push(format!("and {} more: WHM, Clusters, Leftovers", orphans.len() - LINES));
    }
    let subject = format!("{} orphans on {}", orphans.len(), row.name);
    let alert = Alert { code: "orphans", subject: &subject, detail: &lines.join("\n"), key: &key(&row.id) };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
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
/// once.
///
/// # Errors
/// `NotFound` where it is gone, or turns out to belong to somebody: then it is taken off the list.
pub async fn remove(ctx: &Ctx, id: &OrphanId) -> Result<(), ProvisioningError> {
    let OrphanView { row, cluster } = get(&ctx.db, id).await?;
    if !is_still_one(ctx, &row).await? {
        forget(ctx, id).await?;
        return Err(ProvisioningError::NotFound);
    }
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
            "why": row.why,
        })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.enqueue(&tx, &SweepOrphan { orphan_id: id.clone(), cluster_id: row.cluster_id }).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether it still belongs to nobody, as far as the database knows.
async fn is_still_one(ctx: &Ctx, row: &orphan::Model) -> Result<bool, ProvisioningError> {
    Ok(!judge(ctx, &row.cluster_id, vec![found_of(row)]).await?.is_empty())
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
    if !is_still_one(&ctx, &row).await? {
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
