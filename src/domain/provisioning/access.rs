//! Whether clusters let us in. A key that ran out or a right that was taken away says nothing about the work at hand:
//! it waits, no attempt is spent, and staff are told at once, not after half an hour of silence.
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{Target, refuses_us},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        said::{Arg, Said, args},
    },
};
use entity::{
    platform::alert as alert_row,
    provisioning::cluster,
    value::{ClusterId, TargetStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

/// Code of the alert, and word for what work waits for.
pub(super) const REFUSED: &str = "cluster_refuses_us";
/// Code of the alert for news that cannot be listened to.
const DEAF: &str = "cluster_watch";
/// Code of the alert for a test that was not passed.
const FAILED: &str = "cluster_check";

fn key(code: &str, id: &str) -> String {
    format!("{code}:{id}")
}

/// Keeps in mind what a call to `target` came to: an alert while it refuses us, none once it does not.
pub(super) async fn note<T>(ctx: &Ctx, target: &Target, result: &Result<T, OutsideError>) -> Result<(), DbErr> {
    match result {
        Err(error) if refuses_us(error) => raise(ctx, REFUSED, &target.id, error.message()).await,
        Ok(_) | Err(OutsideError::Rejected { .. }) => resolve(ctx, REFUSED, &target.id).await,
        Err(_) => Ok(()),
    }
}

/// News of a cluster cannot be listened to: until they can, instances are only looked at every few minutes.
pub(super) async fn note_deaf(ctx: &Ctx, id: &ClusterId, why: &str) -> Result<(), DbErr> {
    raise(ctx, DEAF, id.as_str(), why).await
}

/// News of a cluster come in.
pub(super) async fn note_news(ctx: &Ctx, id: &ClusterId) -> Result<(), DbErr> {
    resolve(ctx, DEAF, id.as_str()).await
}

/// A cluster passed its test, which asks for every right there is.
pub(super) async fn note_passed(ctx: &Ctx, tx: &WriteTx, id: &ClusterId) -> Result<(), DbErr> {
    forget_cluster(ctx, tx, id).await
}

/// A cluster failed its test. Of one that is out of use nobody is told: who tests it by hand reads what was found.
pub(super) async fn note_failed(ctx: &Ctx, tx: &WriteTx, id: &ClusterId, found: Vec<Said>) -> Result<(), DbErr> {
    let used = cluster::Entity::find_by_id(id.clone()).filter(cluster::Column::Status.ne(TargetStatus::Disabled));
    let Some(row) = used.one(tx).await? else { return Ok(()) };
    let args = args([("cluster", Arg::from(&row.name)), ("found", Arg::Lines(found))]);
    let alert = Alert { code: FAILED, args, key: &key(FAILED, id.as_str()) };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
}

/// Nothing keeps us out of a cluster any more: it lets us in, or it is out of use and nobody calls it.
pub(super) async fn forget_cluster(ctx: &Ctx, tx: &WriteTx, id: &ClusterId) -> Result<(), DbErr> {
    let keys = [FAILED, REFUSED, DEAF].map(|code| key(code, id.as_str()));
    alert::resolve_all(tx, ctx.now(), keys.to_vec()).await.map(drop)
}

async fn raise(ctx: &Ctx, code: &str, id: &str, why: &str) -> Result<(), DbErr> {
    let id = ClusterId::from(id);
    let tx = ctx.begin().await?;
    let row = cluster::Entity::find_by_id(id.clone()).one(&tx).await?;
    // A last answer of one that was taken out of use meanwhile.
    if row.as_ref().is_some_and(|row| row.status == TargetStatus::Disabled) {
        return Ok(());
    }
    let name = row.map_or_else(|| id.0.clone(), |row| row.name);
    let alert =
        Alert { code, args: args([("cluster", name.into()), ("why", why.into())]), key: &key(code, id.as_str()) };
    alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    tx.commit().await
}

/// Asked after nearly every call, so it only writes where there is something to take back.
async fn resolve(ctx: &Ctx, code: &str, id: &str) -> Result<(), DbErr> {
    let key = key(code, id);
    let open = alert_row::Entity::find().filter(alert_row::Column::OpenKey.eq(key.as_str()));
    if open.count(&ctx.db).await? == 0 {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    alert::resolve(&tx, ctx.now(), &key).await?;
    tx.commit().await
}
