//! Finding bundles and what they pay.
use crate::domain::payments::PaymentError;
use entity::{
    billing::invoice,
    payments::{bundle, bundle_item, payment},
    value::{CustomerId, InvoiceId, PaymentBundleId, PaymentId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::HashMap;

/// An invoice of a bundle, and whether the bundle paid it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Which.
    pub invoice_id: InvoiceId,
    /// Its number.
    pub number: String,
    /// What was open of it when the bundle was made, minor units.
    pub amount_minor: i64,
    /// The payment that paid it.
    pub paid_by: Option<PaymentId>,
    /// What it paid, minor units.
    pub paid_minor: i64,
}

/// A bundle of `customer_id`; somebody else's is missing.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &PaymentBundleId,
) -> Result<bundle::Model, PaymentError> {
    let found =
        bundle::Entity::find_by_id(id.clone()).filter(bundle::Column::CustomerId.eq(customer_id)).one(db).await?;
    found.ok_or(PaymentError::NotFound)
}

/// The bundle a charge pays, if it pays one.
///
/// # Errors
/// The database.
pub async fn of_payment(db: &impl ConnectionTrait, id: &PaymentId) -> Result<Option<bundle::Model>, DbErr> {
    bundle::Entity::find().filter(bundle::Column::PaymentId.eq(id)).one(db).await
}

/// Whether a payment is one of several that were made in one go.
///
/// # Errors
/// The database.
pub async fn is_part(db: &impl ConnectionTrait, id: &PaymentId) -> Result<bool, DbErr> {
    Ok(bundle_item::Entity::find().filter(bundle_item::Column::PaidBy.eq(id)).one(db).await?.is_some())
}

/// The invoices of a bundle in the order they are paid, in three statements.
///
/// # Errors
/// The database.
pub async fn paid(db: &impl ConnectionTrait, id: &PaymentBundleId) -> Result<Vec<Paid>, DbErr> {
    let items = items_of(db, id).await?;
    let numbers: Vec<(InvoiceId, Option<String>)> = invoice::Entity::find()
        .select_only()
        .columns([invoice::Column::Id, invoice::Column::Number])
        .filter(invoice::Column::Id.is_in(items.iter().map(|item| item.invoice_id.0.clone())))
        .into_tuple()
        .all(db)
        .await?;
    let mut numbers: HashMap<InvoiceId, Option<String>> = numbers.into_iter().collect();
    let payments: Vec<(PaymentId, i64)> = payment::Entity::find()
        .select_only()
        .columns([payment::Column::Id, payment::Column::AmountMinor])
        .filter(payment::Column::Id.is_in(items.iter().filter_map(|item| item.paid_by.as_ref()).map(|id| id.0.clone())))
        .into_tuple()
        .all(db)
        .await?;
    let payments: HashMap<PaymentId, i64> = payments.into_iter().collect();
    let paid_minor = |item: &bundle_item::Model| item.paid_by.as_ref().and_then(|id| payments.get(id)).copied();
    let shown = items.into_iter().map(|item| Paid {
        paid_minor: paid_minor(&item).unwrap_or_default(),
        number: numbers.remove(&item.invoice_id).flatten().unwrap_or_default(),
        invoice_id: item.invoice_id,
        amount_minor: item.amount_minor,
        paid_by: item.paid_by,
    });
    Ok(shown.collect())
}

/// The items of a bundle in the order they are paid.
pub(super) async fn items_of(
    db: &impl ConnectionTrait,
    id: &PaymentBundleId,
) -> Result<Vec<bundle_item::Model>, DbErr> {
    bundle_item::Entity::find()
        .filter(bundle_item::Column::BundleId.eq(id))
        .order_by_asc(bundle_item::Column::Position)
        .all(db)
        .await
}

/// Charges that may still be paid and whose money is meant for one of these invoices, oldest first.
///
/// # Errors
/// The database.
pub(in crate::domain::payments::attempt) async fn open_charges_of(
    db: &impl ConnectionTrait,
    invoices: &[InvoiceId],
) -> Result<Vec<payment::Model>, DbErr> {
    let bundles = bundle_item::Entity::find()
        .select_only()
        .column(bundle_item::Column::BundleId)
        .filter(bundle_item::Column::InvoiceId.is_in(invoices.iter().map(|id| id.0.clone())))
        .into_query();
    let charges = bundle::Entity::find()
        .select_only()
        .column(bundle::Column::PaymentId)
        .filter(bundle::Column::PaymentId.is_not_null())
        .filter(bundle::Column::SettledAt.is_null())
        .filter(bundle::Column::Id.in_subquery(bundles))
        .into_query();
    let mut found = payment::Entity::find()
        .filter(payment::Column::Id.in_subquery(charges))
        .order_by_asc(payment::Column::Id)
        .all(db)
        .await?;
    found.retain(|payment| payment.status.is_open());
    Ok(found)
}
