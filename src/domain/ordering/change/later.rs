//! Another plan or cycle from the next period on: a smaller plan, or one that is paid for longer or shorter at a time.
//!
//! Nothing is paid and nothing runs differently before that period begins. It is asked for at the new price; as long as
//! nothing of it is paid the customer can keep what he has.
use super::{
    OrderingError, accept,
    events::{ChangeScheduled, PlanChanged},
    find, quote,
};
use crate::{
    domain::{
        Ctx,
        catalog::{self, CatalogError, find::Offer, quota},
        provisioning::{ProvisioningError, resize},
        subscriptions::{self, SubscriptionView, terms},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        fault::FieldFault,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    catalog::price,
    subscriptions::{plan_change, subscription},
    value::{
        CustomerId, Cycle, PlanChangeId, PlanChangeStatus, ProvisionTaskId, SubscriptionId, SubscriptionStatus, Terms,
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

/// Changes whose period has begun and that are looked at in one go.
const BATCH: u64 = 200;

/// What a contract can be renewed with instead: plans that are not higher, each with the prices of its cycles, the
/// present one left out; the highest plan first. Empty where nothing can be agreed on now.
///
/// # Errors
/// `NotFound`, also for somebody else's contract; the database.
pub async fn choices(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
) -> Result<Vec<(Offer, price::Model)>, OrderingError> {
    let view = subscriptions::find::view_owned(ctx, customer_id, subscription_id).await?;
    if !is_open(&view.subscription, ctx.now()) {
        return Ok(Vec::new());
    }
    if find::open_of(&ctx.db, subscription_id).await?.is_some_and(|open| open.status != PlanChangeStatus::Scheduled) {
        return Ok(Vec::new());
    }
    possible(ctx, &view).await
}

/// Whether a contract is in a state in which other terms can be agreed on: paid for, running on, and to be renewed.
fn is_open(contract: &subscription::Model, now: DateTime<Utc>) -> bool {
    contract.status == SubscriptionStatus::Active && contract.auto_renew && quote::is_changeable(contract, now)
}

async fn possible(ctx: &Ctx, view: &SubscriptionView) -> Result<Vec<(Offer, price::Model)>, OrderingError> {
    let contract = &view.subscription;
    let ids = catalog::find::plan_ids_of(&ctx.db, &contract.product_id).await?;
    let mut offers = catalog::find::offers_by_id(&ctx.db, &ids).await?;
    let can_resize = resize::is_possible(ctx, &contract.id).await?;
    offers.retain(|offer| {
        let is_smaller = offer.plan.tier < view.plan.tier && offer.product.allows_downgrade;
        offer.plan.id == contract.plan_id || can_resize && is_smaller
    });
    offers.sort_by_key(|offer| std::cmp::Reverse(offer.plan.tier));
    let fits = |offer: &Offer, price: &price::Model| {
        let is_present = offer.plan.id == contract.plan_id && price.cycle == contract.cycle;
        price.currency == contract.currency && price.cycle != Cycle::OneTime && !is_present
    };
    let mut found = Vec::new();
    for offer in offers {
        let mut prices: Vec<_> = offer.prices.iter().filter(|price| fits(&offer, price)).cloned().collect();
        prices.sort_by_key(|price| price.cycle.months());
        found.extend(prices.into_iter().map(|price| (offer.clone(), price)));
    }
    Ok(found)
}

/// Agrees that the contract is renewed with the plan called `code` in `cycle`. What was agreed before is replaced.
///
/// # Errors
/// `NotFound`, also for somebody else's contract; `Invalid` for what it cannot be renewed with;
/// `Subscription(InvalidState)` where nothing can be agreed on now; `ChangeUnderWay` where another change has begun or
/// the coming period is paid with other terms; `QuotaExceeded`; the database.
pub async fn schedule(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
    code: &str,
    cycle: &str,
) -> Result<plan_change::Model, OrderingError> {
    let view = subscriptions::find::view_owned(ctx, customer_id, subscription_id).await?;
    let status = view.subscription.status;
    if !is_open(&view.subscription, ctx.now()) {
        return Err(subscriptions::SubscriptionError::InvalidState(status).into());
    }
    let unknown = |field| OrderingError::Invalid(vec![FieldFault::new(field, "unknown")]);
    let cycle = Cycle::parse(cycle).ok_or_else(|| unknown("cycle"))?;
    let possible = possible(ctx, &view).await?;
    let wanted = possible.into_iter().find(|(offer, price)| offer.plan.code == code && price.cycle == cycle);
    let (offer, price) = wanted.ok_or_else(|| unknown("plan"))?;

    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, subscription_id).await?;
    let is_as_seen = contract.plan_id == view.subscription.plan_id && contract.cycle == view.subscription.cycle;
    if !is_as_seen || !is_open(&contract, ctx.now()) {
        return Err(OrderingError::ChangeUnderWay);
    }
    accept::make_way(ctx, &tx, subscription_id).await?;
    if offer.plan.id != contract.plan_id {
        quota::take_slot(&tx, &offer.plan.id).await.map_err(|error| match error {
            CatalogError::QuotaExceeded { .. } => OrderingError::QuotaExceeded(offer.plan.code.clone()),
            other => other.into(),
        })?;
    }
    let agreed = Terms {
        plan_id: offer.plan.id.clone(),
        cycle,
        price_minor: price.amount_minor,
        discount: quote::kept_discount(&tx, &contract, &offer.plan.id, cycle).await?,
    };
    let from = terms::agree(ctx, &tx, &contract, Some(agreed)).await?.ok_or(OrderingError::ChangeUnderWay)?;
    let change = row(ctx, &contract, (&offer, &price), from);
    plan_change::Entity::insert(change.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let event = ChangeScheduled {
        change_id: change.id.clone(),
        subscription_id: contract.id.clone(),
        customer_id: contract.customer_id.clone(),
    };
    ctx.publish(&tx, &event).await?;
    accept::record(ctx, &tx, &change, "ordering.plan_change.schedule").await?;
    tx.commit().await?;
    Ok(change)
}

fn row(
    ctx: &Ctx,
    contract: &subscription::Model,
    (offer, price): (&Offer, &price::Model),
    from: NaiveDate,
) -> plan_change::Model {
    plan_change::Model {
        id: PlanChangeId::generate(),
        subscription_id: contract.id.clone(),
        customer_id: contract.customer_id.clone(),
        status: PlanChangeStatus::Scheduled,
        open_key: Some(contract.id.to_string()),
        from_plan_id: contract.plan_id.clone(),
        to_plan_id: offer.plan.id.clone(),
        from_price_minor: contract.price_minor,
        to_price_minor: price.amount_minor,
        from_cycle: contract.cycle,
        to_cycle: price.cycle,
        takes_effect_on: Some(from),
        period_end: from,
        lines: serde_json::json!([]),
        tax_minor: 0,
        total_minor: 0,
        currency: contract.currency.clone(),
        valid_until: ctx.now(),
        payment_id: None,
        hold_id: None,
        task_id: None,
        invoice_id: None,
        end_reason: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    }
}

/// Takes a change back that waits for its day, in `tx`, which has locked the contract.
///
/// # Errors
/// `ChangeUnderWay` where the period it begins with has begun or is paid; the database.
pub(super) async fn take_back(ctx: &Ctx, tx: &WriteTx, contract: &subscription::Model) -> Result<(), OrderingError> {
    if contract.next_terms.is_none() {
        return Err(OrderingError::ChangeUnderWay);
    }
    terms::agree(ctx, tx, contract, None).await?.ok_or(OrderingError::ChangeUnderWay)?;
    Ok(())
}

/// The period has begun with which a change was to be made: the contract's slot moves and what runs gets its size. What
/// cannot be given another size at the moment is left for [`finish_begun`].
///
/// # Errors
/// To be tried again: the database.
pub async fn on_terms_begun(ctx: &Ctx, id: &SubscriptionId) -> Result<(), OrderingError> {
    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, id).await?;
    let Some(change) = find::open_of(&tx, id).await? else { return Ok(()) };
    if change.status != PlanChangeStatus::Scheduled || contract.next_terms.is_some() {
        return Ok(());
    }
    let mut task_id = None;
    if change.to_plan_id != change.from_plan_id {
        let (detail, _) = catalog::find::plan(&tx, &change.to_plan_id).await?;
        quota::move_to(ctx, &tx, id, &change.to_plan_id).await?;
        match resize::request(ctx, &tx, id, &detail.plan).await {
            Ok(task) => task_id = task.map(|task| task.id),
            Err(ProvisioningError::InvalidState { .. }) => return Ok(()),
            Err(error) => return Err(OrderingError::Provisioning(Box::new(error))),
        }
    }
    plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::Done))
        .col_expr(plan_change::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(plan_change::Column::TaskId, Expr::value(task_id))
        .col_expr(plan_change::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan_change::Column::Id.eq(&change.id))
        .exec(&tx)
        .await?;
    let event = PlanChanged {
        change_id: change.id.clone(),
        subscription_id: change.subscription_id.clone(),
        customer_id: change.customer_id.clone(),
    };
    ctx.publish(&tx, &event).await?;
    accept::record(ctx, &tx, &change, "ordering.plan_change.finish").await?;
    Ok(tx.commit().await?)
}

/// Goes on with changes whose period has begun while what runs could not be given another size. Returns how many are
/// left.
///
/// # Errors
/// The database.
pub async fn finish_begun(ctx: &Ctx) -> Result<u64, OrderingError> {
    let begun: Vec<SubscriptionId> = plan_change::Entity::find()
        .select_only()
        .column(plan_change::Column::SubscriptionId)
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::Scheduled))
        .filter(plan_change::Column::TakesEffectOn.lte(entity::value::business_day(ctx.now())))
        .order_by_asc(plan_change::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let mut left = 0;
    for id in begun {
        on_terms_begun(ctx, &id).await?;
        left += u64::from(find::open_of(&ctx.db, &id).await?.is_some());
    }
    Ok(left)
}

/// What runs could not be given the size that is paid for now and has its old one: staff are told.
///
/// # Errors
/// The database.
pub(super) async fn tell_staff(
    ctx: &Ctx,
    tx: &WriteTx,
    change: &plan_change::Model,
    task_id: &ProvisionTaskId,
) -> Result<(), DbErr> {
    let detail = format!(
        "The plan of {} changed with its period, but what runs could not be given its new size (task {task_id}). It has \
         its old one.",
        change.subscription_id
    );
    let key = format!("plan_change_size:{}", change.id);
    let subject = "A service has another size than its plan";
    alert::raise(
        tx,
        ctx.now(),
        &ctx.correlation,
        Alert { code: "plan_change_size", subject, detail: &detail, key: &key },
    )
    .await
    .map(drop)
}
