//! News from the clusters as they happen: whatever moves is looked at.
use super::{ProvisioningError, clusters, observe};
use crate::domain::Ctx;
use entity::{
    provisioning::{cluster, instance},
    value::{ClusterId, TargetStatus},
};
use futures_util::StreamExt;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

/// Topic that says that clusters were added or changed.
pub const TOPIC: &str = "clusters";

/// Clusters to be watched, with the version of their settings.
pub async fn clusters_to_watch(ctx: &Ctx) -> Result<Vec<(ClusterId, i64)>, DbErr> {
    let rows = cluster::Entity::find().filter(cluster::Column::Status.ne(TargetStatus::Disabled)).all(&ctx.db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.settings_version)).collect())
}

/// Watches one cluster: every instance that moves there is queued to be looked at. Returns when the line breaks.
///
/// # Errors
/// What a person must see; the caller opens the line anew after a pause.
pub async fn follow(ctx: &Ctx, id: &ClusterId) -> Result<(), ProvisioningError> {
    let row = clusters::get(&ctx.db, id).await?;
    let (driver, target) = clusters::find_target(ctx, &row).await?;
    let mut news = driver.watch(&target).await?;
    while let Some(instance_id) = news.next().await {
        moved(ctx, &instance_id?).await?;
    }
    Ok(())
}

async fn moved(ctx: &Ctx, instance_id: &str) -> Result<(), ProvisioningError> {
    let Some(row) = instance::Entity::find_by_id(instance_id).one(&ctx.db).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    observe::enqueue(ctx, &tx, &row).await?;
    tx.commit().await?;
    Ok(())
}
