//! Finding what was declared as withheld.
use crate::{
    domain::{Ctx, billing::InvoiceError},
    kernel::page::{Page, PageRequest},
};
use entity::{
    billing::withholding,
    value::{CustomerId, InvoiceId, WithholdingId, WithholdingStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// The one that waits for its proof or has it, of an invoice.
///
/// # Errors
/// The database.
pub async fn live_of(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Option<withholding::Model>, DbErr> {
    withholding::Entity::find().filter(withholding::Column::LiveKey.eq(id.as_str())).one(db).await
}

/// Whether a proof stands for a part of an invoice.
///
/// # Errors
/// The database.
pub async fn is_proven(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<bool, DbErr> {
    Ok(live_of(db, id).await?.is_some_and(|row| row.status == WithholdingStatus::Received))
}

/// All of an invoice, oldest first.
///
/// # Errors
/// The database.
pub async fn list_of(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Vec<withholding::Model>, DbErr> {
    let of = withholding::Entity::find().filter(withholding::Column::InvoiceId.eq(id));
    of.order_by_asc(withholding::Column::Id).all(db).await
}

/// One of them.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &WithholdingId) -> Result<withholding::Model, InvoiceError> {
    withholding::Entity::find_by_id(id.clone()).one(db).await?.ok_or(InvoiceError::NotFound)
}

/// One of a customer's.
///
/// # Errors
/// `NotFound`, also for somebody else's; the database.
pub async fn get_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &WithholdingId,
) -> Result<withholding::Model, InvoiceError> {
    let found = get(db, id).await?;
    if found.customer_id == *customer_id { Ok(found) } else { Err(InvoiceError::NotFound) }
}

/// As staff look for them, newest first.
///
/// # Errors
/// The database.
pub async fn list(
    ctx: &Ctx,
    status: Option<WithholdingStatus>,
    customer_id: Option<&CustomerId>,
    request: &PageRequest,
) -> Result<Page<withholding::Model>, DbErr> {
    use withholding::Column::{CustomerId, Id, Status};
    let mut find = withholding::Entity::find();
    if let Some(status) = status {
        find = find.filter(Status.eq(status));
    }
    if let Some(customer_id) = customer_id {
        find = find.filter(CustomerId.eq(customer_id));
    }
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}
