//! News from the clusters as they happen: whatever moves is looked at.
use super::{ProvisioningError, access, clusters, observe};
use crate::{
    domain::Ctx,
    integrations::drivers::{Provisioner, Target, refuses_us},
};
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

/// How a line to a cluster ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It broke: it is opened anew soon.
    Broke,
    /// The cluster refuses it: a person has to act first, and was told.
    Refused,
}

/// Watches one cluster: every instance that moves there is queued to be looked at. Returns when the line ends. A
/// cluster that refuses it (a right is missing, a key ran out) is an alert until news come in or it passes its test.
///
/// # Errors
/// The database; a cluster that does not answer. The caller opens the line anew after a pause.
pub async fn follow(ctx: &Ctx, id: &ClusterId) -> Result<Line, ProvisioningError> {
    let row = clusters::get(&ctx.db, id).await?;
    let (driver, target) = clusters::find_target(ctx, &row).await?;
    match listen(ctx, id, &*driver, &target).await {
        Err(ProvisioningError::Outside(error)) if refuses_us(&error) => {
            access::note_deaf(ctx, id, error.message()).await?;
            Ok(Line::Refused)
        }
        other => other.map(|()| Line::Broke),
    }
}

async fn listen(ctx: &Ctx, id: &ClusterId, driver: &dyn Provisioner, target: &Target) -> Result<(), ProvisioningError> {
    let mut news = driver.watch(target).await?;
    let mut is_first = true;
    while let Some(instance_id) = news.next().await {
        let instance_id = instance_id?;
        if std::mem::take(&mut is_first) {
            access::note_news(ctx, id).await?;
        }
        moved(ctx, &instance_id).await?;
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
