//! Finding invoices.
use super::Bill;
use crate::{
    domain::{Ctx, billing::InvoiceError},
    kernel::page::{Page, PageRequest},
};
use entity::{
    billing::{invoice, invoice_item, invoice_tax},
    value::{CustomerId, InvoiceId, InvoiceStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr},
};
use std::collections::HashMap;

/// An invoice with everything on it.
#[derive(Clone, Debug)]
pub struct Full {
    /// The invoice.
    pub invoice: invoice::Model,
    /// Its lines in order.
    pub items: Vec<invoice_item::Model>,
    /// Its taxes.
    pub taxes: Vec<invoice_tax::Model>,
}

/// What staff look for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only invoices that are so.
    pub status: Option<InvoiceStatus>,
    /// Only issued invoices whose due date has passed.
    pub is_overdue: bool,
    /// Only invoices of one customer.
    pub customer_id: Option<CustomerId>,
    /// Only invoices whose number begins so.
    pub number: Option<String>,
    /// Drafts too, which nobody but staff may see.
    pub with_drafts: bool,
}

/// What may be seen outside the house: everything but drafts.
fn seen() -> Select<invoice::Entity> {
    invoice::Entity::find().filter(invoice::Column::Status.ne(InvoiceStatus::Draft))
}

/// Invoices as staff look for them, newest first.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, filter: &Filter, request: &PageRequest) -> Result<Page<Bill>, InvoiceError> {
    let mut find = if filter.with_drafts { invoice::Entity::find() } else { seen() };
    if filter.is_overdue {
        find =
            find.filter(invoice::Column::Status.eq(InvoiceStatus::Issued)).filter(invoice::Column::DueAt.lt(ctx.now()));
    } else if let Some(status) = filter.status {
        find = find.filter(invoice::Column::Status.eq(status));
    }
    if let Some(customer_id) = &filter.customer_id {
        find = find.filter(invoice::Column::CustomerId.eq(customer_id));
    }
    if let Some(number) = filter.number.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
        let pattern: String =
            number.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c])).collect();
        let prefix = LikeExpr::new(format!("{pattern}%")).escape('\\');
        find = find.filter(Expr::col(invoice::Column::Number).like(prefix));
    }
    Ok(page(ctx, find, request).await?)
}

async fn page(ctx: &Ctx, mut find: Select<invoice::Entity>, request: &PageRequest) -> Result<Page<Bill>, DbErr> {
    if let Some(after) = &request.after {
        find = find.filter(invoice::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(invoice::Column::Id).limit(request.fetch()).into_partial_model().all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// An invoice of anybody.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<invoice::Model, InvoiceError> {
    invoice::Entity::find_by_id(id.clone()).one(db).await?.ok_or(InvoiceError::NotFound)
}

/// An invoice of `customer_id`; somebody else's is missing, and so is a draft.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &InvoiceId,
) -> Result<invoice::Model, InvoiceError> {
    let own = seen().filter(invoice::Column::Id.eq(id)).filter(invoice::Column::CustomerId.eq(customer_id));
    own.one(db).await?.ok_or(InvoiceError::NotFound)
}

/// An invoice of anybody with everything on it.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_full(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Full, InvoiceError> {
    find_full(db, get(db, id).await?).await
}

/// Everything on `invoice`.
///
/// # Errors
/// The database.
pub async fn find_full(db: &impl ConnectionTrait, invoice: invoice::Model) -> Result<Full, InvoiceError> {
    let items = items_of(db, &invoice.id).await?;
    let taxes = taxes_of(db, &invoice.id).await?;
    Ok(Full { invoice, items, taxes })
}

/// The lines of an invoice in order.
///
/// # Errors
/// The database.
pub async fn items_of(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Vec<invoice_item::Model>, DbErr> {
    items_of_all(db, std::slice::from_ref(id)).await
}

/// The lines of several invoices, in their order; one statement.
///
/// # Errors
/// The database.
pub async fn items_of_all(db: &impl ConnectionTrait, ids: &[InvoiceId]) -> Result<Vec<invoice_item::Model>, DbErr> {
    invoice_item::Entity::find()
        .filter(invoice_item::Column::InvoiceId.is_in(ids.iter().map(|id| id.0.clone())))
        .order_by_asc(invoice_item::Column::InvoiceId)
        .order_by_asc(invoice_item::Column::Position)
        .all(db)
        .await
}

/// The taxes of an invoice.
///
/// # Errors
/// The database.
pub async fn taxes_of(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Vec<invoice_tax::Model>, DbErr> {
    invoice_tax::Entity::find()
        .filter(invoice_tax::Column::InvoiceId.eq(id))
        .order_by_asc(invoice_tax::Column::Id)
        .all(db)
        .await
}

/// The invoice behind a public pay link; a draft has none.
///
/// # Errors
/// `NotFound`; the database.
pub async fn by_public_token(db: &impl ConnectionTrait, token: &str) -> Result<invoice::Model, InvoiceError> {
    let found = seen().filter(invoice::Column::PublicToken.eq(token)).one(db).await?;
    found.ok_or(InvoiceError::NotFound)
}

/// Invoices a customer still has to pay, the one due first first; at most 200.
///
/// # Errors
/// The database.
pub async fn open_of_customer(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
) -> Result<Vec<invoice::Model>, DbErr> {
    invoice::Entity::find()
        .filter(invoice::Column::CustomerId.eq(customer_id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .order_by_asc(invoice::Column::DueAt)
        .order_by_asc(invoice::Column::Id)
        .limit(200)
        .all(db)
        .await
}

/// What is left to pay of an issued invoice of a query, minor units, as [`super::open_minor`] has it.
pub fn open_expr() -> SimpleExpr {
    use invoice::Column::{CreditedMinor, PaidMinor, RefundedMinor, TotalMinor, WrittenOffMinor};
    let column = |column: invoice::Column| Expr::col((invoice::Entity, column));
    column(TotalMinor)
        .sub(column(CreditedMinor))
        .sub(column(WrittenOffMinor))
        .sub(column(PaidMinor))
        .add(column(RefundedMinor))
}

/// What a customer still has to pay: on how many invoices, and how much by currency, minor units.
///
/// # Errors
/// The database.
pub async fn owed_by(db: &impl ConnectionTrait, customer_id: &CustomerId) -> Result<Vec<(String, i64, i64)>, DbErr> {
    use invoice::Column::Currency;
    let rows: Vec<(String, i64, Option<i64>)> = invoice::Entity::find()
        .select_only()
        .column(Currency)
        .column_as(invoice::Column::Id.count(), "found")
        .column_as(SimpleExpr::from(Func::sum(open_expr())).cast_as("bigint"), "open")
        .filter(invoice::Column::CustomerId.eq(customer_id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .group_by(Currency)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(currency, count, open)| (currency, count, open.unwrap_or_default())).collect())
}

/// These invoices as lists show them, by id.
///
/// # Errors
/// The database.
pub async fn bills(db: &impl ConnectionTrait, ids: Vec<InvoiceId>) -> Result<HashMap<InvoiceId, Bill>, DbErr> {
    let rows: Vec<Bill> =
        invoice::Entity::find().filter(invoice::Column::Id.is_in(ids)).into_partial_model().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}
