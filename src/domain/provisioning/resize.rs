//! Another size for an instance that runs: asked for with a change of plan, put back where it cannot be made.
use super::{ProvisioningError, elsewhere, follow, tasks};
use crate::{domain::Ctx, integrations::drivers::Resources, kernel::db::WriteTx};
use entity::{
    catalog::plan,
    provisioning::{instance, task},
    subscriptions::subscription,
    value::{InstanceId, InstanceStatus, SubscriptionId, TaskAction},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

/// Where the size of before stands in the input of a task.
const BEFORE: &str = "size_before";

/// Asks in `tx` that what runs for the contract gets the size of `plan`; its disk is not made smaller. `None` where
/// nothing of ours runs for it; where its machine is elsewhere, staff are told to change that by hand. The caller has
/// locked the contract, so that it is not moved here meanwhile.
///
/// # Errors
/// `InvalidState` where the instance cannot be changed now, `NotCapable` where its driver cannot; the database.
pub async fn request(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription_id: &SubscriptionId,
    plan: &plan::Model,
) -> Result<Option<task::Model>, ProvisioningError> {
    let Some(row) = follow::newest(tx, subscription_id).await? else {
        let contract = subscription::Entity::find_by_id(subscription_id.clone()).one(tx).await?;
        if let Some(contract) = contract.filter(|contract| contract.elsewhere.is_some()) {
            elsewhere::tell_resize(ctx, tx, &contract, plan).await?;
        }
        return Ok(None);
    };
    if row.status == InstanceStatus::Terminated {
        return Ok(None);
    }
    let before = json!({ "cpu_milli": row.cpu_milli, "memory_mb": row.memory_mb, "storage_gb": row.storage_gb });
    // A volume can only grow.
    let storage_gb = Ord::max(plan.storage_gb, row.storage_gb);
    let size = Resources { cpu_milli: plan.cpu_milli, memory_mb: plan.memory_mb, storage_gb };
    let input = json!({ BEFORE: before });
    let task = tasks::request_with(ctx, tx, &row, TaskAction::ChangePlan, &tasks::by(ctx), input).await?;
    write(tx, ctx, &row.id, &size).await?;
    Ok(Some(task))
}

/// Whether what runs for the contract could be given another size now. True where nothing runs for it.
///
/// # Errors
/// The database.
pub async fn is_possible(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<bool, DbErr> {
    let Some(row) = follow::instance_of(ctx, subscription_id).await? else { return Ok(true) };
    let can = ctx.driver(&row.driver).is_some_and(|driver| driver.capabilities().resize);
    Ok(row.status == InstanceStatus::Terminated
        || can && matches!(row.status, InstanceStatus::Running | InstanceStatus::Stopped))
}

/// The size an instance had before `task`.
pub(super) fn size_of_before(task: &task::Model) -> Option<Resources> {
    let before = &task.input[BEFORE];
    let number = |field: &str| before[field].as_i64();
    Some(Resources {
        cpu_milli: number("cpu_milli")?,
        memory_mb: number("memory_mb")?,
        storage_gb: number("storage_gb")?,
    })
}

/// Notes the size an instance is to have.
pub(super) async fn set_size(ctx: &Ctx, id: &InstanceId, size: &Resources) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    write(&tx, ctx, id, size).await?;
    tx.commit().await
}

async fn write(db: &impl ConnectionTrait, ctx: &Ctx, id: &InstanceId, size: &Resources) -> Result<(), DbErr> {
    instance::Entity::update_many()
        .col_expr(instance::Column::CpuMilli, Expr::value(size.cpu_milli))
        .col_expr(instance::Column::MemoryMb, Expr::value(size.memory_mb))
        .col_expr(instance::Column::StorageGb, Expr::value(size.storage_gb))
        .col_expr(instance::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(instance::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}
