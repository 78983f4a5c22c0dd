//! Reading changes of plan.
use super::OrderingError;
use entity::{
    subscriptions::plan_change,
    value::{CustomerId, PlanChangeId, SubscriptionId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

/// The change `id` of this customer's contract.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn get_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
    id: &PlanChangeId,
) -> Result<plan_change::Model, OrderingError> {
    plan_change::Entity::find_by_id(id.clone())
        .filter(plan_change::Column::CustomerId.eq(customer_id))
        .filter(plan_change::Column::SubscriptionId.eq(subscription_id))
        .one(db)
        .await?
        .ok_or(OrderingError::NotFound)
}

/// The change `id`.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &PlanChangeId) -> Result<plan_change::Model, OrderingError> {
    plan_change::Entity::find_by_id(id.clone()).one(db).await?.ok_or(OrderingError::NotFound)
}

/// The accepted change of a contract that is not over.
///
/// # Errors
/// The database.
pub async fn open_of(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<Option<plan_change::Model>, DbErr> {
    plan_change::Entity::find().filter(plan_change::Column::OpenKey.eq(id.as_str())).one(db).await
}

pub(super) async fn by_payment(db: &impl ConnectionTrait, id: &str) -> Result<Option<plan_change::Model>, DbErr> {
    plan_change::Entity::find().filter(plan_change::Column::PaymentId.eq(id)).one(db).await
}

pub(super) async fn by_task(db: &impl ConnectionTrait, id: &str) -> Result<Option<plan_change::Model>, DbErr> {
    plan_change::Entity::find().filter(plan_change::Column::TaskId.eq(id)).one(db).await
}
