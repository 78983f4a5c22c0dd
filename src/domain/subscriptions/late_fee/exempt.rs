//! Customers who are charged no late fees.
use super::super::SubscriptionError;
use crate::{
    domain::Ctx,
    kernel::{audit::Change, fault::FieldFault},
};
use entity::{
    billing::late_fee_exemption,
    customers::customer,
    value::{CustomerId, contact},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::OnConflict,
};
use serde_json::json;

/// Characters of a reason at most.
const LONGEST_REASON: usize = 255;

/// Why and by whom a customer was let off, if he was.
///
/// # Errors
/// The database.
pub async fn exemption(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
) -> Result<Option<late_fee_exemption::Model>, DbErr> {
    late_fee_exemption::Entity::find_by_id(customer_id.clone()).one(db).await
}

/// Lets a customer off: no fee is charged from now on; those that were stay until staff void them. Placing it again
/// keeps the first.
///
/// # Errors
/// `NotFound`; `Invalid` for the reason; the database.
pub async fn place_exemption(ctx: &Ctx, customer_id: &CustomerId, reason: &str) -> Result<(), SubscriptionError> {
    let reason = contact::line(reason, LONGEST_REASON)
        .map_err(|wrong| SubscriptionError::Invalid(vec![FieldFault::of("reason", wrong)]))?;
    if customer::Entity::find_by_id(customer_id.clone()).count(&ctx.db).await? == 0 {
        return Err(SubscriptionError::NotFound);
    }
    let row = late_fee_exemption::Model {
        customer_id: customer_id.clone(),
        reason,
        placed_by: ctx.actor.id().to_owned(),
        placed_at: ctx.now(),
    };
    let tx = ctx.begin().await?;
    let keep = OnConflict::column(late_fee_exemption::Column::CustomerId).do_nothing().to_owned();
    let placed = late_fee_exemption::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(keep)
        .exec_without_returning(&tx)
        .await?;
    if placed == 1 {
        let change = Change {
            action: "subscriptions.late_fee.exempt",
            target_type: "customer",
            target_id: customer_id.as_str(),
            customer_id: Some(customer_id),
            after: Some(json!({ "exempt": true })),
            reason: Some(&row.reason),
            ..Change::default()
        };
        ctx.audit(&tx, change).await?;
    }
    Ok(tx.commit().await?)
}

/// Charges a customer again; twice is once.
///
/// # Errors
/// The database.
pub async fn lift_exemption(ctx: &Ctx, customer_id: &CustomerId) -> Result<(), SubscriptionError> {
    let tx = ctx.begin().await?;
    let lifted = late_fee_exemption::Entity::delete_many()
        .filter(late_fee_exemption::Column::CustomerId.eq(customer_id))
        .exec(&tx)
        .await?;
    if lifted.rows_affected == 1 {
        let change = Change {
            action: "subscriptions.late_fee.charge_again",
            target_type: "customer",
            target_id: customer_id.as_str(),
            customer_id: Some(customer_id),
            before: Some(json!({ "exempt": true })),
            ..Change::default()
        };
        ctx.audit(&tx, change).await?;
    }
    Ok(tx.commit().await?)
}
