//! Reading orders. Lists run a constant number of statements.
use super::{OrderingError, quote};
use crate::kernel::page::{Page, PageRequest};
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice,
    catalog::{plan, product},
    ordering::{order, order_item, quote_item},
    provisioning::instance,
    subscriptions::subscription,
    value::{CustomerId, InstanceStatus, InvoiceId, OrderId, OrderStatus, PlanId, SubscriptionId, SubscriptionStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

/// An order with what pages say about it.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// The order.
    pub order: order::Model,
    /// Its items in order, each with plan and product.
    pub items: Vec<ItemView>,
    /// Its invoice.
    pub invoice: Option<invoice::Model>,
    /// The price quote it comes from; its lines in words are on the invoice too.
    pub quote: Option<quote::find::Full>,
}

impl OrderView {
    /// What was ordered in words, beside the plans.
    pub fn in_words(&self) -> impl Iterator<Item = &quote_item::Model> {
        self.quote.iter().flat_map(|full| &full.items).filter(|item| item.plan_id.is_none())
    }
}

/// An item of an order with what it was of.
#[derive(Clone, Debug)]
pub struct ItemView {
    /// The item.
    pub item: order_item::Model,
    /// Its plan.
    pub plan: plan::Model,
    /// Its product.
    pub product: product::Model,
}

/// Which orders staff want to see.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only in this state.
    pub status: Option<OrderStatus>,
}

/// The order `id`.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &OrderId) -> Result<order::Model, OrderingError> {
    order::Entity::find_by_id(id.clone()).one(db).await?.ok_or(OrderingError::NotFound)
}

/// The order `id` of this customer.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn get_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &OrderId,
) -> Result<order::Model, OrderingError> {
    order::Entity::find_by_id(id.clone())
        .filter(order::Column::CustomerId.eq(customer_id))
        .one(db)
        .await?
        .ok_or(OrderingError::NotFound)
}

/// An order with what pages say about it, for staff.
///
/// # Errors
/// `NotFound`.
pub async fn view(db: &impl ConnectionTrait, id: &OrderId) -> Result<OrderView, OrderingError> {
    views(db, vec![get(db, id).await?]).await?.pop().ok_or(OrderingError::NotFound)
}

/// An order of this customer with what pages say about it.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn view_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &OrderId,
) -> Result<OrderView, OrderingError> {
    views(db, vec![get_owned(db, customer_id, id).await?]).await?.pop().ok_or(OrderingError::NotFound)
}

/// A customer's orders, newest first.
pub async fn list_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<OrderView>, DbErr> {
    list(db, &Filter { customer_id: Some(customer_id.clone()), status: None }, request).await
}

/// Orders for staff, newest first.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, request: &PageRequest) -> Result<Page<OrderView>, DbErr> {
    let mut select = order::Entity::find().order_by_desc(order::Column::Id).limit(request.fetch());
    if let Some(customer_id) = &filter.customer_id {
        select = select.filter(order::Column::CustomerId.eq(customer_id));
    }
    if let Some(status) = filter.status {
        select = select.filter(order::Column::Status.eq(status));
    }
    if let Some(after) = &request.after {
        select = select.filter(order::Column::Id.lt(after.as_str()));
    }
    let page = Page::of(select.all(db).await?, request, |row| row.id.as_str());
    Ok(Page { rows: views(db, page.rows).await?, next_cursor: page.next_cursor })
}

/// The order an invoice was issued for.
pub async fn of_invoice(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Option<order::Model>, DbErr> {
    order::Entity::find().filter(order::Column::InvoiceId.eq(id.as_str())).one(db).await
}

/// The order a contract came from.
pub(super) async fn of_contract(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
) -> Result<Option<order::Model>, DbErr> {
    let Some(order_id) = &contract.order_id else { return Ok(None) };
    order::Entity::find_by_id(order_id.as_str()).one(db).await
}

/// The invoice a contract still waits for; `None` where it was paid or the contract is further on.
pub(super) async fn unpaid_invoice_of_contract(
    db: &impl ConnectionTrait,
    id: &SubscriptionId,
) -> Result<Option<InvoiceId>, DbErr> {
    let Some(contract) = subscription::Entity::find_by_id(id.clone()).one(db).await? else { return Ok(None) };
    if contract.status != SubscriptionStatus::Pending {
        return Ok(None);
    }
    let order = of_contract(db, &contract).await?;
    Ok(order.filter(|order| order.status == OrderStatus::Pending).and_then(|order| order.invoice_id).map(InvoiceId))
}

/// How far one has looked at orders, oldest first: when the last one was placed, and which it was.
pub(super) type LookedAt = (DateTime<Utc>, OrderId);

/// The next `limit` orders that have waited for money since before `before`, oldest first, those after `last`, and how far
/// they reach, which is nowhere where there is none any more. Those of which a part is paid, and those whose payment a
/// person is looking at, are left to staff.
pub(super) async fn unpaid_since(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    last: Option<&LookedAt>,
    limit: u64,
) -> Result<(Vec<OrderId>, Option<LookedAt>), DbErr> {
    let mut select = order::Entity::find()
        .select_only()
        .column(order::Column::Id)
        .column(order::Column::InvoiceId)
        .column(order::Column::CreatedAt)
        .filter(order::Column::Status.eq(OrderStatus::Pending))
        .filter(order::Column::CreatedAt.lte(before))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM payments seen WHERE seen.invoice_id = orders.invoice_id AND seen.status = 'review')",
        ))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM payment_bundle_items part JOIN payment_bundles whole ON whole.id = part.bundle_id \
             JOIN payments seen ON seen.id = whole.payment_id \
             WHERE part.invoice_id = orders.invoice_id AND seen.status = 'review')",
        ))
        .order_by_asc(order::Column::CreatedAt)
        .order_by_asc(order::Column::Id)
        .limit(limit);
    if let Some((at, id)) = last {
        let same = order::Column::CreatedAt.eq(*at).and(order::Column::Id.gt(id.as_str()));
        select = select.filter(order::Column::CreatedAt.gt(*at).or(same));
    }
    let pending: Vec<(OrderId, Option<String>, DateTime<Utc>)> = select.into_tuple().all(db).await?;
    let reached = pending.last().map(|(id, _, at)| (*at, id.clone()));
    let invoice_ids = pending.iter().filter_map(|(_, invoice_id, _)| invoice_id.clone());
    let touched: Vec<InvoiceId> = invoice::Entity::find()
        .select_only()
        .column(invoice::Column::Id)
        .filter(invoice::Column::Id.is_in(invoice_ids))
        .filter(invoice::Column::PaidMinor.gt(0_i64))
        .into_tuple()
        .all(db)
        .await?;
    let is_touched = |id: &Option<String>| touched.iter().any(|touched| Some(touched.as_str()) == id.as_deref());
    let untouched = pending.into_iter().filter(|(_, invoice_id, _)| !is_touched(invoice_id)).map(|(id, ..)| id);
    Ok((untouched.collect(), reached))
}

/// Whether everything an order promised and that has not ended has come up at least once.
pub(super) async fn is_delivered(db: &impl ConnectionTrait, order_id: &OrderId) -> Result<bool, DbErr> {
    let contracts: Vec<SubscriptionId> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Id)
        .filter(subscription::Column::OrderId.eq(order_id.as_str()))
        .filter(subscription::Column::Status.ne(SubscriptionStatus::Terminated))
        .into_tuple()
        .all(db)
        .await?;
    let not_up = [InstanceStatus::Pending, InstanceStatus::Provisioning, InstanceStatus::Error];
    let up: Vec<SubscriptionId> = instance::Entity::find()
        .select_only()
        .column(instance::Column::SubscriptionId)
        .filter(instance::Column::SubscriptionId.is_in(contracts.iter().cloned()))
        .filter(instance::Column::Status.is_not_in(not_up))
        .into_tuple()
        .all(db)
        .await?;
    Ok(!contracts.is_empty() && contracts.iter().all(|contract| up.contains(contract)))
}

async fn views(db: &impl ConnectionTrait, orders: Vec<order::Model>) -> Result<Vec<OrderView>, DbErr> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let items = order_item::Entity::find()
        .filter(order_item::Column::OrderId.is_in(orders.iter().map(|order| order.id.clone())))
        .order_by_asc(order_item::Column::Id)
        .all(db)
        .await?;
    let plan_ids: Vec<PlanId> = items.iter().map(|item| item.plan_id.clone()).collect();
    let plans = plan::Entity::find()
        .find_also_related(product::Entity)
        .filter(plan::Column::Id.is_in(plan_ids))
        .all(db)
        .await?;
    let invoice_ids = orders.iter().filter_map(|order| order.invoice_id.clone());
    let invoices = invoice::Entity::find().filter(invoice::Column::Id.is_in(invoice_ids)).all(db).await?;
    let order_ids: Vec<OrderId> = orders.iter().map(|order| order.id.clone()).collect();
    let mut quotes = quote::find::of_orders(db, &order_ids).await?;
    let item_view = |item: &order_item::Model| {
        let (plan, product) = plans.iter().find(|(plan, _)| plan.id == item.plan_id)?.clone();
        Some(ItemView { item: item.clone(), plan, product: product? })
    };
    Ok(orders
        .into_iter()
        .map(|order| OrderView {
            items: items.iter().filter(|item| item.order_id == order.id).filter_map(item_view).collect(),
            invoice: invoices.iter().find(|invoice| Some(invoice.id.as_str()) == order.invoice_id.as_deref()).cloned(),
            quote: quotes.remove(order.id.as_str()),
            order,
        })
        .collect())
}
