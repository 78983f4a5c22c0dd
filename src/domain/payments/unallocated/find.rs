//! Finding money that fits nothing. A constant number of statements, whatever there is to show.
use super::Owner;
use crate::{
    domain::{Ctx, payments::PaymentError},
    kernel::{
        fault::FieldFault,
        memo::{Family, Memo},
        page::{Page, PageRequest},
    },
};
use entity::{
    billing::invoice,
    customers::customer,
    payments::{payment_account, unallocated_money},
    value::{CustomerId, InvoiceId, InvoiceStatus, PaymentAccountId, UnallocatedMoneyId, UnallocatedStatus},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, Func},
};
use std::collections::HashMap;

/// Invoices shown beside a sum at most.
const MOST_CANDIDATES: u64 = 8;

/// What staff look for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only what became this.
    pub status: Option<UnallocatedStatus>,
    /// The one the gateway calls so.
    pub reference: Option<String>,
}

/// Money that fits nothing, with what a list says of it.
#[derive(Clone, Debug)]
pub struct UnallocatedView {
    /// The row.
    pub money: unallocated_money::Model,
    /// Name of the account it came to.
    pub account_name: String,
}

/// Money that fits nothing as staff look for it, newest first.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, filter: &Filter, request: &PageRequest) -> Result<Page<UnallocatedView>, PaymentError> {
    use unallocated_money::Column;
    let mut find = unallocated_money::Entity::find();
    if let Some(status) = filter.status {
        find = find.filter(Column::Status.eq(status));
    }
    if let Some(reference) = filter.reference.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        find = find.filter(Column::Reference.eq(reference));
    }
    if let Some(after) = &request.after {
        find = find.filter(Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    let page = Page::of(rows, request, |row| row.id.as_str());
    let names = account_names(&ctx.db).await?;
    Ok(page.map(|money| UnallocatedView {
        account_name: names.get(&money.account_id).cloned().unwrap_or_default(),
        money,
    }))
}

/// Names of our accounts at gateways; there are few.
pub(in crate::domain::payments) async fn account_names(
    db: &impl ConnectionTrait,
) -> Result<HashMap<PaymentAccountId, String>, DbErr> {
    let rows: Vec<(PaymentAccountId, String)> = payment_account::Entity::find()
        .select_only()
        .columns([payment_account::Column::Id, payment_account::Column::Name])
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// One sum.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(ctx: &Ctx, id: &UnallocatedMoneyId) -> Result<UnallocatedView, PaymentError> {
    let money = row(&ctx.db, id).await?;
    let account = payment_account::Entity::find_by_id(money.account_id.clone()).one(&ctx.db).await?;
    Ok(UnallocatedView { account_name: account.map(|account| account.name).unwrap_or_default(), money })
}

pub(super) async fn row(
    db: &impl ConnectionTrait,
    id: &UnallocatedMoneyId,
) -> Result<unallocated_money::Model, PaymentError> {
    unallocated_money::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

/// Open invoices over exactly this sum, oldest first: most often one of them is meant.
///
/// # Errors
/// The database.
pub async fn candidates(ctx: &Ctx, money: &unallocated_money::Model) -> Result<Vec<invoice::Model>, DbErr> {
    invoice::Entity::find()
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .filter(invoice::Column::TotalMinor.eq(money.amount_minor))
        .filter(invoice::Column::Currency.eq(&money.currency))
        .order_by_asc(invoice::Column::Id)
        .limit(MOST_CANDIDATES)
        .all(&ctx.db)
        .await
}

/// How many sums wait for staff, kept in memory until one of them changes: every page of WHM shows it.
pub struct KnownOpen(Memo<(), u64>);

impl Default for KnownOpen {
    fn default() -> Self {
        Self(Memo::new(&[Family::Payments], 1))
    }
}

/// How many sums wait for staff.
///
/// # Errors
/// The database.
pub async fn open_count(ctx: &Ctx) -> Result<u64, DbErr> {
    let open = unallocated_money::Column::Status.eq(UnallocatedStatus::Open);
    let read = async { unallocated_money::Entity::find().filter(open).count(&ctx.db).await.map(Some) };
    Ok(ctx.kept.unallocated.0.get(&ctx.live, &(), read).await?.unwrap_or_default())
}

/// The customer staff mean by `text`: his id, or an address that one customer alone has.
///
/// # Errors
/// `Invalid` where there is no such customer, or more than one; the database.
pub async fn by_customer(ctx: &Ctx, text: &str) -> Result<Owner, PaymentError> {
    let text = text.trim();
    let is_he = if text.contains('@') {
        Expr::expr(Func::lower(Expr::col(customer::Column::Email))).eq(text.to_lowercase())
    } else {
        customer::Column::Id.eq(text)
    };
    let found: Vec<CustomerId> = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(is_he)
        .limit(2)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    match <[CustomerId; 1]>::try_from(found) {
        Ok([id]) => Ok(Owner::Customer(id)),
        Err(_) => Err(PaymentError::Invalid(vec![FieldFault::new("customer", "unknown")])),
    }
}

/// The invoice staff mean by `text`: its number or its id.
///
/// # Errors
/// `Invalid` where there is no such invoice; the database.
pub async fn by_invoice(ctx: &Ctx, text: &str) -> Result<Owner, PaymentError> {
    let text = text.trim();
    let is_it = Condition::any().add(invoice::Column::Number.eq(text)).add(invoice::Column::Id.eq(text));
    let found: Option<InvoiceId> = invoice::Entity::find()
        .select_only()
        .column(invoice::Column::Id)
        .filter(is_it)
        .filter(invoice::Column::Status.ne(InvoiceStatus::Draft))
        .into_tuple()
        .one(&ctx.db)
        .await?;
    found.map(Owner::Invoice).ok_or_else(|| PaymentError::Invalid(vec![FieldFault::new("invoice", "unknown")]))
}
