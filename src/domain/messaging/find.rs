//! Finding messages.
use crate::kernel::page::{Page, PageRequest};
use entity::{messaging::message, value::CustomerId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

/// Messages to an address, newest first.
///
/// # Errors
/// The database.
pub async fn list_for(
    db: &impl ConnectionTrait,
    address: &str,
    request: &PageRequest,
) -> Result<Page<message::Model>, DbErr> {
    let address = address.trim().to_lowercase();
    page(db, message::Entity::find().filter(message::Column::ToAddress.eq(address)), request).await
}

/// Messages about a customer's account, newest first.
///
/// # Errors
/// The database.
pub async fn list_of(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<message::Model>, DbErr> {
    page(db, message::Entity::find().filter(message::Column::CustomerId.eq(customer_id)), request).await
}

async fn page(
    db: &impl ConnectionTrait,
    mut query: Select<message::Entity>,
    request: &PageRequest,
) -> Result<Page<message::Model>, DbErr> {
    if let Some(after) = &request.after {
        query = query.filter(message::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(message::Column::Id).limit(request.fetch()).all(db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}
