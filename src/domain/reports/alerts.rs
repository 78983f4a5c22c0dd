//! What the program told staff about itself.
use crate::{
    domain::Ctx,
    kernel::{alert as alerts, fault::CommonFault},
};
use entity::{platform::alert, value::AlertId};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Alerts read at most.
const MOST: u64 = 200;

/// Open alerts, the latest first; at most 200.
///
/// # Errors
/// The database.
pub async fn open_alerts(ctx: &Ctx) -> Result<Vec<alert::Model>, DbErr> {
    alert::Entity::find()
        .filter(alert::Column::ResolvedAt.is_null())
        .order_by_desc(alert::Column::LastAt)
        .limit(MOST)
        .all(&ctx.db)
        .await
}

/// Says that an alert is dealt with. Twice is once; the same trouble again is a new alert.
///
/// # Errors
/// `NotFound`; the database.
pub async fn resolve(ctx: &Ctx, id: &AlertId) -> Result<(), CommonFault> {
    let tx = ctx.begin().await?;
    let row = alert::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(CommonFault::NotFound)?;
    if let Some(key) = &row.open_key
        && alerts::resolve(&tx, ctx.now(), key).await?
    {
        let change = crate::kernel::audit::Change {
            action: "platform.alert.resolve",
            target_type: "alert",
            target_id: id.as_str(),
            ..Default::default()
        };
        ctx.audit(&tx, change).await?;
    }
    tx.commit().await?;
    Ok(())
}
