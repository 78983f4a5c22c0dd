//! Whether clusters let us in. A key that ran out or a right that was taken away says nothing about the work at hand:
//! it waits, no attempt is spent, and staff are told at once, not after half an hour of silence.
use super::clusters;
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{Target, refuses_us},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        said::args,
    },
};
use entity::{platform::alert as alert_row, value::ClusterId};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

/// Code of the alert, and word for what work waits for.
pub(super) const REFUSED: &str = "cluster_refuses_us";
/// Code of the alert for news that cannot be listened to.
const DEAF: &str = "cluster_watch";

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
    for code in [REFUSED, DEAF] {
        alert::resolve(tx, ctx.now(), &key(code, id.as_str())).await?;
    }
    Ok(())
}

async fn raise(ctx: &Ctx, code: &str, id: &str, why: &str) -> Result<(), DbErr> {
    let id = ClusterId::from(id);
    let name = clusters::get(&ctx.db, &id).await.map_or_else(|_| id.0.clone(), |row| row.name);
    let tx = ctx.begin().await?;
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
