//! Finding attempts.
use crate::{
    domain::{Ctx, payments::PaymentError},
    integrations::gateways::ChargeName,
    kernel::page::{Page, PageRequest},
};
use entity::{
    payments::payment,
    value::{CustomerId, InvoiceId, PaymentId, PaymentStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

/// What staff look for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only attempts that are so.
    pub status: Option<PaymentStatus>,
    /// Only attempts of one customer.
    pub customer_id: Option<CustomerId>,
    /// The one with this reference.
    pub reference: Option<String>,
}

/// An attempt by the names both sides have for its charge.
pub(super) fn name_of(payment: &payment::Model) -> ChargeName<'_> {
    ChargeName { reference: &payment.reference, external_id: payment.external_id.as_deref() }
}

/// An attempt of anybody.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &PaymentId) -> Result<payment::Model, PaymentError> {
    payment::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

/// An attempt of `customer_id`; somebody else's is missing.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &PaymentId,
) -> Result<payment::Model, PaymentError> {
    let found =
        payment::Entity::find_by_id(id.clone()).filter(payment::Column::CustomerId.eq(customer_id)).one(db).await?;
    found.ok_or(PaymentError::NotFound)
}

/// The attempt with this reference, never by taking the reference apart.
///
/// # Errors
/// The database.
pub async fn find_by_reference(db: &impl ConnectionTrait, reference: &str) -> Result<Option<payment::Model>, DbErr> {
    payment::Entity::find().filter(payment::Column::Reference.eq(reference)).one(db).await
}

/// The attempts of an invoice, oldest first.
///
/// # Errors
/// The database.
pub async fn of_invoice(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Vec<payment::Model>, DbErr> {
    of_invoices(db, std::slice::from_ref(id)).await
}

/// The attempts of several invoices in one query, oldest first.
///
/// # Errors
/// The database.
pub async fn of_invoices(db: &impl ConnectionTrait, ids: &[InvoiceId]) -> Result<Vec<payment::Model>, DbErr> {
    payment::Entity::find()
        .filter(payment::Column::InvoiceId.is_in(ids.iter().map(|id| id.0.clone())))
        .order_by_asc(payment::Column::Id)
        .all(db)
        .await
}

/// Attempts of a customer, newest first.
///
/// # Errors
/// The database.
pub async fn list_for(
    ctx: &Ctx,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<payment::Model>, PaymentError> {
    let find = payment::Entity::find().filter(payment::Column::CustomerId.eq(customer_id));
    Ok(page(ctx, find, request).await?)
}

/// Attempts as staff look for them, newest first.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, filter: &Filter, request: &PageRequest) -> Result<Page<payment::Model>, PaymentError> {
    let mut find = payment::Entity::find();
    if let Some(status) = filter.status {
        find = find.filter(payment::Column::Status.eq(status));
    }
    if let Some(customer_id) = &filter.customer_id {
        find = find.filter(payment::Column::CustomerId.eq(customer_id));
    }
    if let Some(reference) = &filter.reference {
        find = find.filter(payment::Column::Reference.eq(reference.trim()));
    }
    Ok(page(ctx, find, request).await?)
}

async fn page(
    ctx: &Ctx,
    mut find: Select<payment::Entity>,
    request: &PageRequest,
) -> Result<Page<payment::Model>, DbErr> {
    if let Some(after) = &request.after {
        find = find.filter(payment::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(payment::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// What its payer hands over, minor units: with the gateway's fee where that is on him, or with the code of a transfer.
pub fn payable_minor(payment: &payment::Model) -> i64 {
    payment.instructions["payable_minor"].as_i64().unwrap_or(payment.amount_minor)
}
