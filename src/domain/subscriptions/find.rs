//! Reading contracts. Lists run a constant number of statements.
use super::{NextEvent, SubscriptionError, next_event};
use crate::{
    domain::{
        Services,
        billing::withholding,
        catalog::{self, quota, waitlist},
    },
    kernel::page::{Page, PageRequest},
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{invoice, invoice_item},
    catalog::{plan, product, waitlist_entry},
    payments::payment,
    subscriptions::{cycle, hold, subscription},
    value::{
        CustomerId, HoldReason, InvoiceId, InvoiceItemId, InvoiceStatus, OrderId, PaymentStatus, PlanId,
        SubscriptionCycleStatus, SubscriptionId, SubscriptionStatus, business_day,
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
    Select,
    sea_query::{Expr, ExprTrait},
};
use std::collections::HashMap;

/// A contract with what pages say about it. What runs for it is provisioning's to tell.
#[derive(Clone, Debug)]
pub struct SubscriptionView {
    /// The contract.
    pub subscription: subscription::Model,
    /// Its plan.
    pub plan: plan::Model,
    /// The plan it is renewed with, where that is agreed to be something else than it has.
    pub next_plan: Option<plan::Model>,
    /// Its product.
    pub product: product::Model,
    /// What holds it at present.
    pub holds: Vec<hold::Model>,
    /// Whether it is paid and waits for a slot, to run for the first time or again.
    pub is_waiting: bool,
    /// Until when it waits; its money goes back then.
    pub waits_until: Option<DateTime<Utc>>,
}

impl SubscriptionView {
    /// What happens next to the contract, as far as it hangs on no invoice (see [`super::outlook`]).
    pub fn next_event(&self) -> Option<NextEvent> {
        match self.waits_until {
            Some(at) => Some(NextEvent { what: "refund", at }),
            None => next_event(&self.subscription),
        }
    }
}

impl SubscriptionView {
    /// Whether room is all it waits for: nothing else holds it.
    pub fn waits_only_for_room(&self) -> bool {
        self.is_waiting && self.holds.iter().all(|hold| hold.reason == HoldReason::Capacity)
    }
}

/// Which contracts staff want to see.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only in this state.
    pub status: Option<SubscriptionStatus>,
}

/// The contract `id`.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<subscription::Model, SubscriptionError> {
    subscription::Entity::find_by_id(id.clone()).one(db).await?.ok_or(SubscriptionError::NotFound)
}

/// The contract `id` of this customer.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn get_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &SubscriptionId,
) -> Result<subscription::Model, SubscriptionError> {
    subscription::Entity::find_by_id(id.clone())
        .filter(subscription::Column::CustomerId.eq(customer_id))
        .one(db)
        .await?
        .ok_or(SubscriptionError::NotFound)
}

/// The contract `id` of this customer with what pages say about it.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn view_owned(
    services: &Services,
    customer_id: &CustomerId,
    id: &SubscriptionId,
) -> Result<SubscriptionView, SubscriptionError> {
    let subscription = get_owned(&services.db, customer_id, id).await?;
    views(services, vec![subscription]).await?.pop().ok_or(SubscriptionError::NotFound)
}

/// Any contract with what pages say about it, for staff.
///
/// # Errors
/// `NotFound`.
pub async fn view(services: &Services, id: &SubscriptionId) -> Result<SubscriptionView, SubscriptionError> {
    views(services, vec![get(&services.db, id).await?]).await?.pop().ok_or(SubscriptionError::NotFound)
}

/// A customer's contracts, newest first.
pub async fn list_owned(
    services: &Services,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<SubscriptionView>, DbErr> {
    let filter = Filter { customer_id: Some(customer_id.clone()), status: None };
    list(services, &filter, request).await
}

/// Contracts for staff, newest first.
pub async fn list(
    services: &Services,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<SubscriptionView>, DbErr> {
    let mut select: Select<subscription::Entity> =
        subscription::Entity::find().order_by_desc(subscription::Column::Id).limit(request.fetch());
    if let Some(customer_id) = &filter.customer_id {
        select = select.filter(subscription::Column::CustomerId.eq(customer_id));
    }
    if let Some(status) = filter.status {
        select = select.filter(subscription::Column::Status.eq(status));
    }
    if let Some(after) = &request.after {
        select = select.filter(subscription::Column::Id.lt(after.as_str()));
    }
    let page = Page::of(select.all(&services.db).await?, request, |row| row.id.as_str());
    Ok(Page { rows: views(services, page.rows).await?, next_cursor: page.next_cursor })
}

/// These contracts by id, as people see them, for lists of other things (constant queries).
///
/// # Errors
/// The database.
pub async fn views_of(
    services: &Services,
    ids: &[SubscriptionId],
) -> Result<HashMap<SubscriptionId, SubscriptionView>, DbErr> {
    let ids = ids.iter().map(SubscriptionId::as_str);
    let rows = subscription::Entity::find().filter(subscription::Column::Id.is_in(ids)).all(&services.db).await?;
    Ok(views(services, rows).await?.into_iter().map(|view| (view.subscription.id.clone(), view)).collect())
}

/// The contracts an order became.
pub async fn of_order(db: &impl ConnectionTrait, order_id: &OrderId) -> Result<Vec<subscription::Model>, DbErr> {
    subscription::Entity::find()
        .filter(subscription::Column::OrderId.eq(order_id.as_str()))
        .order_by_asc(subscription::Column::Id)
        .all(db)
        .await
}

/// The open holds of these contracts.
pub async fn open_holds(db: &impl ConnectionTrait, ids: &[SubscriptionId]) -> Result<Vec<hold::Model>, DbErr> {
    hold::Entity::find()
        .filter(hold::Column::SubscriptionId.is_in(ids.iter().cloned()))
        .filter(hold::Column::OpenKey.is_not_null())
        .order_by_asc(hold::Column::PlacedAt)
        .all(db)
        .await
}

/// The cycles of a contract, newest first.
pub async fn cycles(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<Vec<cycle::Model>, DbErr> {
    cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(id))
        .order_by_desc(cycle::Column::Number)
        .limit(120)
        .all(db)
        .await
}

/// The live contract under an exclusive key (`open::exclusive_key`).
pub async fn by_exclusive_key(db: &impl ConnectionTrait, key: &str) -> Result<Option<subscription::Model>, DbErr> {
    subscription::Entity::find().filter(subscription::Column::ExclusiveKey.eq(key)).one(db).await
}

/// When the invoice was paid; `None` for one that is not paid or does not exist.
pub(super) async fn invoice_paid_at(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Option<DateTime<Utc>>, DbErr> {
    Ok(invoice::Entity::find_by_id(id.clone()).one(db).await?.and_then(|invoice| invoice.paid_at))
}

/// Whether an invoice waits for money.
pub(super) async fn is_invoice_open(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<bool, DbErr> {
    let invoice = invoice::Entity::find_by_id(id.clone()).one(db).await?;
    Ok(invoice.is_some_and(|invoice| invoice.status == InvoiceStatus::Issued))
}

/// The contracts any of whose cycles was asked for by an invoice.
pub async fn invoiced_by(db: &impl ConnectionTrait, invoice_id: &InvoiceId) -> Result<Vec<subscription::Model>, DbErr> {
    let cycles = cycle::Entity::find().filter(cycle::Column::InvoiceId.eq(invoice_id)).all(db).await?;
    let ids = cycles.into_iter().map(|cycle| cycle.subscription_id.0);
    subscription::Entity::find()
        .filter(subscription::Column::Id.is_in(ids))
        .order_by_asc(subscription::Column::Id)
        .all(db)
        .await
}

/// Whether an invoice of the contract is open because money that had paid it was taken back. What is left of one that was
/// paid again but for withheld tax does not count, nor does a proof of that which was none.
pub(super) async fn owes_what_was_taken_back(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<bool, DbErr> {
    let cycles = cycle::Entity::find().filter(cycle::Column::SubscriptionId.eq(id)).all(db).await?;
    let invoices = cycles.into_iter().filter_map(|cycle| cycle.invoice_id).map(|id| id.0);
    let taken_back: Vec<InvoiceId> = payment::Entity::find()
        .select_only()
        .column(payment::Column::InvoiceId)
        .distinct()
        .join(JoinType::InnerJoin, payment::Relation::Invoice.def())
        .filter(payment::Column::InvoiceId.is_in(invoices))
        .filter(payment::Column::Gateway.ne(withholding::GATEWAY))
        .filter(payment::Column::Status.is_in([PaymentStatus::Reversed, PaymentStatus::Chargeback]))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .into_tuple()
        .all(db)
        .await?;
    Ok(withholding::covered(db, &taken_back).await?.len() < taken_back.len())
}

/// The contracts whose first cycle was asked for by an invoice.
pub(super) async fn first_invoiced_by(
    db: &impl ConnectionTrait,
    invoice_id: &InvoiceId,
) -> Result<Vec<subscription::Model>, DbErr> {
    let to_contract = cycle::Relation::Subscription.def().rev();
    subscription::Entity::find()
        .join(JoinType::InnerJoin, to_contract)
        .filter(cycle::Column::InvoiceId.eq(invoice_id))
        .filter(Expr::col((cycle::Entity, cycle::Column::Number)).eq(1))
        .order_by_asc(subscription::Column::PlanId)
        .all(db)
        .await
}

/// Whether every contract that begins with this invoice has its slot or still holds it at `now`: once it is paid, all
/// of them are set up at once.
pub async fn is_room_sure(
    db: &impl ConnectionTrait,
    invoice_id: &InvoiceId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    // The first invoice after a trial begins nothing: what it pays runs already.
    let of_invoice = cycle::Entity::find().filter(cycle::Column::InvoiceId.eq(invoice_id));
    let is_later = of_invoice.filter(cycle::Column::Number.gt(1)).limit(1).one(db).await?.is_some();
    let ids: Vec<_> = first_invoiced_by(db, invoice_id).await?.into_iter().map(|contract| contract.id).collect();
    // Where nothing was ordered that runs, nothing begins.
    Ok(!is_later && !ids.is_empty() && quota::have_slots(db, &ids, now).await?)
}

/// Whether the first cycle of a contract is paid.
pub async fn is_first_cycle_paid(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<bool, DbErr> {
    let first = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(cycle::Column::Status.eq(SubscriptionCycleStatus::Paid))
        .filter(Expr::col(cycle::Column::Number).eq(1))
        .one(db)
        .await?;
    Ok(first.is_some())
}

/// The lines of an invoice that are for a contract.
pub async fn lines_on(
    db: &impl ConnectionTrait,
    invoice_id: &InvoiceId,
    id: &SubscriptionId,
) -> Result<Vec<InvoiceItemId>, DbErr> {
    invoice_item::Entity::find()
        .select_only()
        .column(invoice_item::Column::Id)
        .filter(invoice_item::Column::InvoiceId.eq(invoice_id))
        .filter(invoice_item::Column::SubscriptionId.eq(id.as_str()))
        .into_tuple()
        .all(db)
        .await
}

/// Renewals of an ended contract that were asked for, or paid while there was no room, and are not delivered.
pub async fn undelivered(db: &impl ConnectionTrait, id: &SubscriptionId) -> Result<Vec<cycle::Model>, DbErr> {
    cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(cycle::Column::Status.eq(SubscriptionCycleStatus::Void))
        .filter(cycle::Column::Number.gt(1))
        .order_by_asc(cycle::Column::Number)
        .limit(120)
        .all(db)
        .await
}

async fn views(services: &Services, rows: Vec<subscription::Model>) -> Result<Vec<SubscriptionView>, DbErr> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let those = |status: SubscriptionStatus| -> Vec<SubscriptionId> {
        rows.iter().filter(|row| row.status == status).map(|row| row.id.clone()).collect()
    };
    let next = rows.iter().filter_map(|row| Some(&row.next_terms.as_ref()?.plan_id));
    let wanted: Vec<&PlanId> = rows.iter().map(|row| &row.plan_id).chain(next).collect();
    let (db, plans) = (&services.db, catalog::known_plans(services, &wanted).await?);
    // What is held is suspended. What is pending waits for a slot where it is in the queue, what is suspended where that
    // holds it.
    let holds = match those(SubscriptionStatus::Suspended) {
        held if held.is_empty() => Vec::new(),
        held => open_holds(db, &held).await?,
    };
    let held_up =
        holds.iter().filter(|hold| hold.reason == HoldReason::Capacity).map(|hold| hold.subscription_id.clone());
    let waiting = match those(SubscriptionStatus::Pending).into_iter().chain(held_up).collect::<Vec<_>>() {
        candidates if candidates.is_empty() => Vec::new(),
        candidates => {
            waitlist_entry::Entity::find()
                .filter(waitlist_entry::Column::SubscriptionId.is_in(candidates.into_iter().map(|id| id.0)))
                .all(db)
                .await?
        }
    };
    Ok(rows
        .into_iter()
        .filter_map(|subscription| {
            let (plan, product) = plans.get(&subscription.plan_id)?.clone();
            let own = |hold: &&hold::Model| hold.subscription_id == subscription.id;
            let holds: Vec<hold::Model> = holds.iter().filter(own).cloned().collect();
            let entry = waiting.iter().find(|entry| entry.subscription_id.as_deref() == Some(subscription.id.as_str()));
            let waits_until = entry.map(waitlist::ends_at);
            let is_waiting = waits_until.is_some() || holds.iter().any(|hold| hold.reason == HoldReason::Capacity);
            let next = subscription.next_terms.as_ref().and_then(|terms| plans.get(&terms.plan_id));
            let next_plan = next.map(|(plan, _)| plan.clone());
            Some(SubscriptionView { plan, next_plan, product, holds, is_waiting, waits_until, subscription })
        })
        .collect())
}

/// The present cycle and those after it, as far as they are paid, in order.
pub async fn paid_cycles(
    db: &impl ConnectionTrait,
    id: &SubscriptionId,
    now: DateTime<Utc>,
) -> Result<Vec<cycle::Model>, DbErr> {
    cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(cycle::Column::Status.eq(SubscriptionCycleStatus::Paid))
        .filter(cycle::Column::PeriodEnd.gt(business_day(now)))
        .order_by_asc(cycle::Column::Number)
        .all(db)
        .await
}
