//! Closing an account, and opening it again. What has to be over before is judged by who calls (`desk`).
use super::CustomerError;
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    customers::customer,
    value::{CustomerId, CustomerStatus},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

/// Closes an account in `tx`: nobody acts in it any more, everything in it stays. Whoever orders for it meanwhile waits
/// for the end of `tx`. Whether it was open.
///
/// # Errors
/// `NotFound`; the database.
pub async fn close(ctx: &Ctx, tx: &WriteTx, id: &CustomerId, reason: &str) -> Result<bool, CustomerError> {
    turn(ctx, tx, id, CustomerStatus::Closed, "customers.customer.close", reason).await
}

/// Opens a closed account again in `tx`. Whether it was closed.
///
/// # Errors
/// `NotFound`; the database.
pub async fn reopen(ctx: &Ctx, tx: &WriteTx, id: &CustomerId, reason: &str) -> Result<bool, CustomerError> {
    turn(ctx, tx, id, CustomerStatus::Active, "customers.customer.reopen", reason).await
}

/// Whether an account is served, read so that nobody closes it before `tx` ends; `None` where there is none.
///
/// # Errors
/// The database.
pub async fn status_of(tx: &WriteTx, id: &CustomerId) -> Result<Option<CustomerStatus>, DbErr> {
    let row = customer::Entity::find_by_id(id.clone()).lock_shared().one(tx).await?;
    Ok(row.map(|row| row.status))
}

async fn turn(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &CustomerId,
    to: CustomerStatus,
    action: &str,
    reason: &str,
) -> Result<bool, CustomerError> {
    let before = super::get(tx, id).await?.status;
    let is_from = match to {
        CustomerStatus::Closed => customer::Column::Status.ne(CustomerStatus::Closed),
        _ => customer::Column::Status.eq(CustomerStatus::Closed),
    };
    let set = customer::ActiveModel { status: Set(to), updated_at: Set(ctx.now()), ..Default::default() };
    let turned =
        customer::Entity::update_many().set(set).filter(customer::Column::Id.eq(id)).filter(is_from).exec(tx).await?;
    if turned.rows_affected == 0 {
        return Ok(false);
    }
    let change = Change {
        action,
        target_type: "customer",
        target_id: id.as_str(),
        customer_id: Some(id),
        before: Some(json!({ "status": before })),
        after: Some(json!({ "status": to })),
        reason: Some(reason),
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{id}"));
    tx.wake_after_commit("staff");
    Ok(true)
}
