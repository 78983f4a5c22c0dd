//! Reading price quotes. Lists run a constant number of statements.
use crate::{
    domain::ordering::OrderingError,
    kernel::{
        db::{WriteTx, begins_with},
        locale::Lang,
        page::{Page, PageRequest},
        token,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    catalog::plan,
    ordering::{quote, quote_item},
    value::{CustomerId, Cycle, OrderId, PlanId, QuoteId, QuoteStatus, business_day},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr,
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A quote with its lines in order.
#[derive(Clone, Debug)]
pub struct Full {
    /// The quote.
    pub quote: quote::Model,
    /// Its lines.
    pub items: Vec<quote_item::Model>,
}

impl Full {
    /// The language of the quote: its customer's until it is sent, and from then on that of the moment it was sent in.
    pub fn lang(&self) -> Lang {
        Lang::parse(&self.quote.locale).unwrap_or_default()
    }

    /// Whether something of it goes on, at the agreed price, after the first cycle.
    pub fn renews(&self) -> bool {
        self.items.iter().any(|item| item.cycle.is_some_and(|cycle| cycle != Cycle::OneTime))
    }

    /// Names what was seen by whoever saw it at `status`: the state, the words, the day, every line and price. Sending
    /// puts the plans into the customer's language and taxes them anew, so that neither is part of it.
    pub fn seen_at(&self, status: QuoteStatus) -> String {
        let line = |item: &quote_item::Model| {
            let what = match &item.plan_id {
                Some(plan_id) => json!([plan_id, item.cycle.map(Cycle::as_str)]),
                None => json!(item.description),
            };
            json!([what, item.quantity, item.unit_minor, item.setup_minor, item.price_reason])
        };
        let lines: Vec<Value> = self.items.iter().map(line).collect();
        let row = &self.quote;
        let seen = json!([status.as_str(), row.valid_until, row.currency, row.intro, row.terms, lines]);
        token::sha256_hex(seen.to_string())
    }
}

/// Which quotes staff want to see.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only in this state.
    pub status: Option<QuoteStatus>,
    /// Only those whose number begins so.
    pub number: Option<String>,
}

/// Where a quote stands at `now`: the last day it can be accepted on may be over although nobody has noted it yet.
pub fn standing(row: &quote::Model, now: DateTime<Utc>) -> QuoteStatus {
    let is_over = row.status == QuoteStatus::Sent && row.valid_until < business_day(now);
    if is_over { QuoteStatus::Expired } else { row.status }
}

/// The quote `id`.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &QuoteId) -> Result<quote::Model, OrderingError> {
    quote::Entity::find_by_id(id.clone()).one(db).await?.ok_or(OrderingError::NotFound)
}

/// The quote `id` with its lines, for staff.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_full(db: &impl ConnectionTrait, id: &QuoteId) -> Result<Full, OrderingError> {
    full(db, get(db, id).await?).await
}

/// A quote that was sent to this customer, with its lines.
///
/// # Errors
/// `NotFound`, also for somebody else's and for one that was never sent; the database.
pub async fn get_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &QuoteId,
) -> Result<Full, OrderingError> {
    let found = sent().filter(quote::Column::Id.eq(id)).filter(quote::Column::CustomerId.eq(customer_id));
    full(db, found.one(db).await?.ok_or(OrderingError::NotFound)?).await
}

/// The quote behind the link of its mail, with its lines.
///
/// # Errors
/// `NotFound`, also for one that was never sent; the database.
pub async fn by_public_token(db: &impl ConnectionTrait, token: &str) -> Result<Full, OrderingError> {
    let found = sent().filter(quote::Column::PublicToken.eq(token)).one(db).await?;
    full(db, found.ok_or(OrderingError::NotFound)?).await
}

/// Quotes that reached their customer at some time.
fn sent() -> Select<quote::Entity> {
    quote::Entity::find().filter(quote::Column::SentAt.is_not_null())
}

async fn full(db: &impl ConnectionTrait, quote: quote::Model) -> Result<Full, OrderingError> {
    let items = items_of(db, std::slice::from_ref(&quote.id)).await?;
    Ok(Full { quote, items })
}

/// The lines of quotes, in their order; one statement.
///
/// # Errors
/// The database.
pub async fn items_of(db: &impl ConnectionTrait, ids: &[QuoteId]) -> Result<Vec<quote_item::Model>, DbErr> {
    quote_item::Entity::find()
        .filter(quote_item::Column::QuoteId.is_in(ids.iter().cloned()))
        .order_by_asc(quote_item::Column::QuoteId)
        .order_by_asc(quote_item::Column::Position)
        .all(db)
        .await
}

/// Quotes for staff, newest first.
///
/// # Errors
/// The database.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<quote::Model>, DbErr> {
    let mut select = quote::Entity::find();
    if let Some(customer_id) = &filter.customer_id {
        select = select.filter(quote::Column::CustomerId.eq(customer_id));
    }
    if let Some(status) = filter.status {
        select = select.filter(quote::Column::Status.eq(status));
    }
    if let Some(number) = &filter.number {
        select = select.filter(begins_with(db, Expr::col(quote::Column::Number), &number.to_uppercase()));
    }
    page(db, select, request).await
}

/// The quotes that were sent to a customer, newest first.
///
/// # Errors
/// The database.
pub async fn list_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<quote::Model>, DbErr> {
    page(db, sent().filter(quote::Column::CustomerId.eq(customer_id)), request).await
}

async fn page(
    db: &impl ConnectionTrait,
    mut select: Select<quote::Entity>,
    request: &PageRequest,
) -> Result<Page<quote::Model>, DbErr> {
    if let Some(after) = &request.after {
        select = select.filter(quote::Column::Id.lt(after.as_str()));
    }
    let rows = select.order_by_desc(quote::Column::Id).limit(request.fetch()).all(db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// These quotes with their lines; one statement more.
///
/// # Errors
/// The database.
pub async fn with_items(db: &impl ConnectionTrait, page: Page<quote::Model>) -> Result<Page<Full>, DbErr> {
    let ids: Vec<QuoteId> = page.rows.iter().map(|row| row.id.clone()).collect();
    let mut items = items_of(db, &ids).await?;
    Ok(page.map(|quote| {
        let own = items.extract_if(.., |item| item.quote_id == quote.id).collect();
        Full { quote, items: own }
    }))
}

/// The quotes these orders come from, by order, each with its lines; two statements.
///
/// # Errors
/// The database.
pub async fn of_orders(db: &impl ConnectionTrait, ids: &[OrderId]) -> Result<HashMap<String, Full>, DbErr> {
    let rows =
        quote::Entity::find().filter(quote::Column::OrderId.is_in(ids.iter().map(|id| id.0.clone()))).all(db).await?;
    let of_quotes: Vec<QuoteId> = rows.iter().map(|row| row.id.clone()).collect();
    let mut items = items_of(db, &of_quotes).await?;
    let full = rows.into_iter().filter_map(|quote| {
        let own = items.extract_if(.., |item| item.quote_id == quote.id).collect();
        Some((quote.order_id.clone()?, Full { quote, items: own }))
    });
    Ok(full.collect())
}

/// Codes of plans, by id.
pub(super) async fn codes_of(
    db: &impl ConnectionTrait,
    items: &[quote_item::Model],
) -> Result<HashMap<PlanId, String>, DbErr> {
    let rows: Vec<(PlanId, String)> = plan::Entity::find()
        .select_only()
        .columns([plan::Column::Id, plan::Column::Code])
        .filter(plan::Column::Id.is_in(items.iter().filter_map(|item| item.plan_id.clone())))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The codes of the plans of these lines, by id.
///
/// # Errors
/// The database.
pub async fn plan_codes(db: &impl ConnectionTrait, quotes: &[Full]) -> Result<HashMap<PlanId, String>, DbErr> {
    let items: Vec<quote_item::Model> = quotes.iter().flat_map(|full| full.items.iter().cloned()).collect();
    codes_of(db, &items).await
}

/// Reads a quote and keeps others from changing it until `tx` ends.
pub(super) async fn lock(tx: &WriteTx, id: &QuoteId) -> Result<quote::Model, OrderingError> {
    quote::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?.ok_or(OrderingError::NotFound)
}

/// The same with its lines, which change only together with it.
pub(super) async fn lock_full(tx: &WriteTx, id: &QuoteId) -> Result<Full, OrderingError> {
    full(tx, lock(tx, id).await?).await
}

/// Sent quotes whose last day is before `today`, longest over first.
pub(super) async fn over(db: &impl ConnectionTrait, today: NaiveDate, most: u64) -> Result<Vec<quote::Model>, DbErr> {
    quote::Entity::find()
        .filter(quote::Column::Status.eq(QuoteStatus::Sent))
        .filter(quote::Column::ValidUntil.lt(today))
        .order_by_asc(quote::Column::ValidUntil)
        .limit(most)
        .all(db)
        .await
}

/// Sent quotes that can be accepted from `today` to `until` at the latest, were sent before `sent_before`, and whose
/// customers were not reminded.
pub(super) async fn ending(
    db: &impl ConnectionTrait,
    today: NaiveDate,
    until: NaiveDate,
    sent_before: DateTime<Utc>,
    most: u64,
) -> Result<Vec<quote::Model>, DbErr> {
    quote::Entity::find()
        .filter(quote::Column::Status.eq(QuoteStatus::Sent))
        .filter(quote::Column::ValidUntil.between(today, until))
        .filter(quote::Column::RemindedAt.is_null())
        .filter(quote::Column::SentAt.lt(sent_before))
        .order_by_asc(quote::Column::ValidUntil)
        .limit(most)
        .all(db)
        .await
}
