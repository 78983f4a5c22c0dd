//! Those who wait for a slot of a full plan. Contracts that are paid go first; the others are told when there is room,
//! one person per free slot.
use super::{CatalogError, events::WaitlistOffered, find, quota};
use crate::{
    domain::Ctx,
    kernel::{
        audit::Change,
        db::WriteTx,
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{plan, product, waitlist_entry},
    value::{CustomerId, PlanId, SubscriptionId, WaitlistEntryId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict, SimpleExpr},
};

/// Priority of a contract that is paid and has no slot.
const PAID: i32 = 100;
/// Priority of somebody who would like to buy.
const INTERESTED: i32 = 0;
/// Entries looked at in one go.
const BATCH: u64 = 200;

/// Puts a paid contract that found its plan full at the head of the queue. Whether it is new there; calling twice
/// queues it once.
pub async fn join_paid(
    ctx: &Ctx,
    tx: &WriteTx,
    plan_id: &PlanId,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
) -> Result<bool, DbErr> {
    let entry = entry(ctx, plan_id, customer_id, Some(subscription_id.to_string()), PAID);
    let inserted = waitlist_entry::Entity::insert(entry)
        .on_conflict(OnConflict::column(waitlist_entry::Column::SubscriptionId).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Queues a customer who wants to be told when the plan called `plan_code` has room. Asking again while queued changes
/// nothing. His place in the queue.
///
/// # Errors
/// `NotFound` where there is no such plan on sale.
pub async fn join(ctx: &Ctx, customer_id: &CustomerId, plan_code: &str) -> Result<WaitlistEntryId, CatalogError> {
    let tx = ctx.begin().await?;
    let offers = find::offers_by_code(&tx, &[plan_code.to_owned()]).await?;
    let plan = offers.into_iter().next().ok_or(CatalogError::NotFound)?.plan;
    // Kept from others: of two clicks at once the second finds the place of the first, and who retires it finds both.
    let plan = plan::Entity::find_by_id(plan.id).lock_exclusive().one(&tx).await?.ok_or(CatalogError::NotFound)?;
    if plan.retired_at.is_some() {
        return Err(CatalogError::NotFound);
    }
    let queued = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::CustomerId.eq(customer_id))
        .filter(waitlist_entry::Column::PlanId.eq(&plan.id))
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .one(&tx)
        .await?;
    if let Some(queued) = queued {
        return Ok(queued.id);
    }
    let id = WaitlistEntryId::generate();
    let entry =
        waitlist_entry::ActiveModel { id: Set(id.clone()), ..entry(ctx, &plan.id, customer_id, None, INTERESTED) };
    waitlist_entry::Entity::insert(entry).exec_without_returning(&tx).await?;
    record(ctx, &tx, "catalog.waitlist.join", &plan.id, customer_id).await?;
    if plan.quota_used < plan.quota_total {
        // A slot fell free since he looked: nobody else would tell him.
        quota::tell_of_room(ctx, &tx, &plan.id).await?;
    }
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes a customer out of the queue in which he only waits to be told. What is paid waits on: it is cancelled as a
/// contract.
///
/// # Errors
/// `NotFound`, also for somebody else's place and that of a paid contract.
pub async fn give_up(ctx: &Ctx, customer_id: &CustomerId, id: &WaitlistEntryId) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let own = Condition::all()
        .add(waitlist_entry::Column::Id.eq(id))
        .add(waitlist_entry::Column::CustomerId.eq(customer_id))
        .add(waitlist_entry::Column::SubscriptionId.is_null());
    let entry = waitlist_entry::Entity::find().filter(own.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    if waitlist_entry::Entity::delete_many().filter(own).exec(&tx).await?.rows_affected == 0 {
        return Err(CatalogError::NotFound);
    }
    record(ctx, &tx, "catalog.waitlist.leave", &entry.plan_id, customer_id).await?;
    tx.commit().await?;
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    plan_id: &PlanId,
    customer_id: &CustomerId,
) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "plan",
        target_id: plan_id.as_str(),
        customer_id: Some(customer_id),
        ..Change::default()
    };
    ctx.audit(tx, change).await
}

/// Whose places in the queue are looked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only those for this plan.
    pub plan_id: Option<PlanId>,
}

/// Places in the queues with what they wait for, who came first first; two statements.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<(waitlist_entry::Model, plan::Model, product::Model)>, DbErr> {
    let mut select = waitlist_entry::Entity::find()
        .find_also_related(plan::Entity)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(request.fetch());
    if let Some(customer_id) = &filter.customer_id {
        select = select.filter(waitlist_entry::Column::CustomerId.eq(customer_id));
    }
    if let Some(plan_id) = &filter.plan_id {
        select = select.filter(waitlist_entry::Column::PlanId.eq(plan_id));
    }
    if let Some(after) = &request.after {
        select = select.filter(waitlist_entry::Column::Id.gt(after.as_str()));
    }
    let page = Page::of(select.all(db).await?, request, |(row, _)| row.id.as_str());
    let ids = page.rows.iter().filter_map(|(_, plan)| Some(plan.as_ref()?.product_id.clone()));
    let products = product::Entity::find().filter(product::Column::Id.is_in(ids)).all(db).await?;
    let rows = page.rows.into_iter().filter_map(|(row, plan)| {
        let plan = plan?;
        let product = products.iter().find(|product| product.id == plan.product_id)?.clone();
        Some((row, plan, product))
    });
    Ok(Page { rows: rows.collect(), next_cursor: page.next_cursor })
}

/// One customer's place in a queue, with what it waits for.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn get_owned(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &WaitlistEntryId,
) -> Result<(waitlist_entry::Model, plan::Model, product::Model), CatalogError> {
    let found = waitlist_entry::Entity::find_by_id(id.clone())
        .filter(waitlist_entry::Column::CustomerId.eq(customer_id))
        .find_also_related(plan::Entity)
        .one(db)
        .await?;
    let (row, plan) = found.ok_or(CatalogError::NotFound)?;
    let plan = plan.ok_or(CatalogError::NotFound)?;
    let product = find::product(db, &plan.product_id).await?;
    Ok((row, plan, product))
}

fn entry(
    ctx: &Ctx,
    plan_id: &PlanId,
    customer_id: &CustomerId,
    subscription_id: Option<String>,
    priority: i32,
) -> waitlist_entry::ActiveModel {
    waitlist_entry::ActiveModel {
        id: Set(WaitlistEntryId::generate()),
        plan_id: Set(plan_id.clone()),
        customer_id: Set(customer_id.clone()),
        subscription_id: Set(subscription_id),
        priority: Set(priority),
        notified_at: Set(None),
        created_at: Set(ctx.now()),
    }
}

/// The paid contracts that wait for a plan, first come first.
pub async fn paid_waiting(db: &impl ConnectionTrait, plan_id: &PlanId) -> Result<Vec<SubscriptionId>, DbErr> {
    let entries = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::PlanId.eq(plan_id))
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .filter(waitlist_entry::Column::SubscriptionId.is_not_null())
        .order_by_desc(waitlist_entry::Column::Priority)
        .order_by_asc(waitlist_entry::Column::CreatedAt)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(BATCH)
        .all(db)
        .await?;
    Ok(entries.into_iter().filter_map(|entry| entry.subscription_id).map(SubscriptionId).collect())
}

/// Paid contracts that have waited since before `before`, whatever the plan: their money goes back.
pub async fn paid_waiting_since(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<Vec<SubscriptionId>, DbErr> {
    let entries = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::SubscriptionId.is_not_null())
        .filter(waitlist_entry::Column::CreatedAt.lte(before))
        .order_by_asc(waitlist_entry::Column::CreatedAt)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(BATCH)
        .all(db)
        .await?;
    Ok(entries.into_iter().filter_map(|entry| entry.subscription_id).map(SubscriptionId).collect())
}

/// Offers the free slots of a plan to as many waiting people, first come first: each is marked as told and
/// `waitlist.offered` is published. Paid contracts are not among them, see `paid_waiting`. Each is told once per time
/// in the queue. Returns how many.
pub async fn offer_room(ctx: &Ctx, plan_id: &PlanId) -> Result<u64, DbErr> {
    let tx = ctx.begin().await?;
    // Nobody is called to a shelf that is empty; it is offered once it is shown again.
    let offer = find::offers_by_id(&tx, std::slice::from_ref(plan_id)).await?.into_iter().next();
    let Some(plan) = offer.map(|offer| offer.plan) else { return Ok(0) };
    let free = u64::try_from(plan.quota_total - plan.quota_used).unwrap_or(0);
    let next = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::PlanId.eq(plan_id))
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .order_by_desc(waitlist_entry::Column::Priority)
        .order_by_asc(waitlist_entry::Column::CreatedAt)
        .order_by_asc(waitlist_entry::Column::Id)
        .limit(Ord::min(free, BATCH))
        .all(&tx)
        .await?;
    let mut told = 0;
    for entry in next {
        let changed = waitlist_entry::Entity::update_many()
            .col_expr(waitlist_entry::Column::NotifiedAt, Expr::value(Some(ctx.now())))
            .filter(waitlist_entry::Column::Id.eq(&entry.id))
            .filter(waitlist_entry::Column::NotifiedAt.is_null())
            .exec(&tx)
            .await?;
        if changed.rows_affected == 1 {
            let (entry_id, customer_id, plan_id) = (entry.id, entry.customer_id, entry.plan_id);
            ctx.publish(&tx, &WaitlistOffered { entry_id, customer_id, plan_id }).await?;
            told += 1;
        }
    }
    tx.commit().await?;
    Ok(told)
}

/// Takes a contract out of the queue: it has its slot, or it ended.
pub async fn leave(tx: &WriteTx, subscription_id: &SubscriptionId) -> Result<bool, DbErr> {
    let gone = waitlist_entry::Entity::delete_many()
        .filter(waitlist_entry::Column::SubscriptionId.eq(subscription_id.as_str()))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected == 1)
}

/// Takes a customer out of every queue in which he only waits to be told: he buys nothing more.
///
/// # Errors
/// The database.
pub async fn leave_all(tx: &WriteTx, customer_id: &CustomerId) -> Result<(), DbErr> {
    waitlist_entry::Entity::delete_many()
        .filter(waitlist_entry::Column::CustomerId.eq(customer_id))
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes everybody off the list who only waits to be told of room in one of these plans: they are sold no more.
pub(super) async fn forget(tx: &WriteTx, plan_ids: Vec<PlanId>) -> Result<(), DbErr> {
    waitlist_entry::Entity::delete_many()
        .filter(waitlist_entry::Column::PlanId.is_in(plan_ids))
        .filter(waitlist_entry::Column::SubscriptionId.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The plans that `is_shown` of, that have room and that somebody waits for; one statement.
pub(super) async fn wanted(tx: &WriteTx, is_shown: SimpleExpr) -> Result<Vec<PlanId>, DbErr> {
    let waiting = waitlist_entry::Entity::find().select_only().column(waitlist_entry::Column::PlanId);
    let awaited = waiting.filter(waitlist_entry::Column::NotifiedAt.is_null()).into_query();
    plan::Entity::find()
        .select_only()
        .column(plan::Column::Id)
        .filter(is_shown)
        .filter(Expr::col(plan::Column::QuotaUsed).lt(Expr::col(plan::Column::QuotaTotal)))
        .filter(plan::Column::Id.in_subquery(awaited))
        .order_by_asc(plan::Column::Id)
        .into_tuple()
        .all(tx)
        .await
}

/// Whether anybody waits for a slot of the plan.
pub(super) async fn somebody_waits(tx: &WriteTx, plan_id: &PlanId) -> Result<bool, DbErr> {
    let first = waitlist_entry::Entity::find()
        .filter(waitlist_entry::Column::PlanId.eq(plan_id))
        .filter(waitlist_entry::Column::NotifiedAt.is_null())
        .one(tx)
        .await?;
    Ok(first.is_some())
}
