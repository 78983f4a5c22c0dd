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
        ordering::options,
        provisioning::{ProvisioningError, resize},
        subscriptions::{self, SubscriptionView, terms},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        fault::FieldFault,
        said::{Arg, Said, args},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    catalog::price,
    subscriptions::{plan_change, subscription},
    value::{
        CustomerId, Cycle, PlanChangeId, PlanChangeStatus, ProvisionTaskId, SubscriptionId, SubscriptionStatus, Terms,
        business_day,
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

/// Changes whose period has begun and that are looked at in one go.
const BATCH: u64 = 200;

/// What a contract can be renewed with instead: plans that are not higher, each at the prices of its cycles with the options
/// of the contract, the present one left out; the highest plan first. Empty where nothing can be agreed on now.
///
/// # Errors
/// `NotFound`, also for somebody else's contract; the database.
pub async fn choices(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
) -> Result<Vec<quote::Possible>, OrderingError> {
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

/// What it can be renewed with, each with its price and the options that are carried over into it.
async fn possible(ctx: &Ctx, view: &SubscriptionView) -> Result<Vec<quote::Possible>, OrderingError> {
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
        prices.sort_by_key(|price| price.cycle.twelfths_of_days());
        let with_options = |price: &price::Model| {
            let (price, options) = options::carried(contract, &offer, price)?;
            Some((offer.clone(), price, options))
        };
        found.extend(prices.iter().filter_map(with_options));
    }
    Ok(found)
}

/// Agrees that the contract is renewed with the plan called `code` in `cycle`. What was agreed before is replaced;
/// agreeing on the same again changes nothing.
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
    let wanted = possible.into_iter().find(|(offer, price, _)| offer.plan.code == code && price.cycle == cycle);
    let (offer, price, options) = wanted.ok_or_else(|| unknown("plan"))?;

    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, subscription_id).await?;
    let is_as_seen = contract.plan_id == view.subscription.plan_id && contract.cycle == view.subscription.cycle;
    if !is_as_seen || !is_open(&contract, ctx.now()) {
        return Err(OrderingError::ChangeUnderWay);
    }
    // Sent twice, it is agreed once.
    let is_same = |open: &plan_change::Model| {
        open.status == PlanChangeStatus::Scheduled
            && (&open.to_plan_id, open.to_cycle) == (&offer.plan.id, cycle)
            && (open.to_price_minor, open.to_tax_included) == (price.amount_minor, price.tax_included)
    };
    if let Some(open) = find::open_of(&tx, subscription_id).await?.filter(is_same) {
        return Ok(open);
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
        tax_included: price.tax_included,
        discount: quote::kept_discount(&tx, &contract, &offer.plan.id, cycle).await?,
        options: options.clone(),
    };
    let from = terms::agree(ctx, &tx, &contract, Some(agreed)).await?.ok_or(OrderingError::ChangeUnderWay)?;
    let change = plan_change::Model {
        status: PlanChangeStatus::Scheduled,
        open_key: Some(contract.id.to_string()),
        takes_effect_on: Some(from),
        period_end: from,
        agreed_by: ctx.staff_id().map(|id| id.0),
        options,
        ..quote::blank(ctx, &contract, &price)
    };
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
/// cannot be given another size at the moment is left for [`finish_begun`]; what never can keeps its size, and staff are
/// told. A contract that ended keeps its slot for its end to give back. Calling twice, or beside its twin, moves once.
///
/// # Errors
/// To be tried again: provisioning, the database.
pub async fn on_terms_begun(ctx: &Ctx, id: &SubscriptionId) -> Result<(), OrderingError> {
    let tx = ctx.begin().await?;
    let contract = subscriptions::lock(ctx, &tx, id).await?;
    let Some(change) = find::open_of(&tx, id).await? else { return Ok(()) };
    if contract.next_terms.is_some() || contract.status == SubscriptionStatus::Terminated {
        return Ok(());
    }
    // The end of a contract withdraws its change without the lock: whoever is first has it.
    let done = plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::Done))
        .col_expr(plan_change::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(plan_change::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan_change::Column::Id.eq(&change.id))
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::Scheduled))
        .exec(&tx)
        .await?;
    if done.rows_affected == 0 {
        return Ok(());
    }
    if change.to_plan_id != change.from_plan_id {
        let (detail, _) = catalog::find::plan(&tx, &change.to_plan_id).await?;
        quota::move_to(ctx, &tx, id, &change.to_plan_id).await?;
        match resize::request(ctx, &tx, id, &detail.plan).await {
            Ok(Some(task)) => note_task(&tx, &change, &task.id).await?,
            Ok(None) => {}
            Err(ProvisioningError::InvalidState { .. }) => return Ok(()),
            Err(ProvisioningError::NotCapable { .. }) => tell_staff(ctx, &tx, &change, None).await?,
            Err(error) => return Err(OrderingError::Provisioning(Box::new(error))),
        }
    }
    ctx.publish(&tx, &PlanChanged::of(&change)).await?;
    accept::record(ctx, &tx, &change, "ordering.plan_change.finish").await?;
    Ok(tx.commit().await?)
}

async fn note_task(tx: &WriteTx, change: &plan_change::Model, task_id: &ProvisionTaskId) -> Result<(), DbErr> {
    plan_change::Entity::update_many()
        .col_expr(plan_change::Column::TaskId, Expr::value(Some(task_id.as_str())))
        .filter(plan_change::Column::Id.eq(&change.id))
        .exec(tx)
        .await
        .map(drop)
}

/// Goes on with changes whose period has begun while what runs could not be given another size. One that fails keeps
/// none of the others back. Returns how many are left.
///
/// # Errors
/// The first that failed, after all were looked at.
pub async fn finish_begun(ctx: &Ctx) -> Result<u64, OrderingError> {
    let (mut left, mut failed, mut last) = (0, None, None);
    loop {
        let begun = begun(ctx, last.as_ref()).await?;
        let Some((newest, _)) = begun.last() else { return failed.map_or(Ok(left), Err) };
        last = Some(newest.clone());
        for (_, id) in begun {
            if let Err(error) = on_terms_begun(ctx, &id).await {
                failed.get_or_insert(error);
            }
            left += u64::from(find::open_of(&ctx.db, &id).await?.is_some());
        }
    }
}

/// The next of the changes whose day has come, after `last`, with their contracts.
async fn begun(ctx: &Ctx, last: Option<&PlanChangeId>) -> Result<Vec<(PlanChangeId, SubscriptionId)>, DbErr> {
    let mut select = plan_change::Entity::find()
        .select_only()
        .columns([plan_change::Column::Id, plan_change::Column::SubscriptionId])
        .filter(plan_change::Column::Status.eq(PlanChangeStatus::Scheduled))
        .filter(plan_change::Column::TakesEffectOn.lte(business_day(ctx.now())))
        .order_by_asc(plan_change::Column::Id)
        .limit(BATCH);
    if let Some(last) = last {
        select = select.filter(plan_change::Column::Id.gt(last.as_str()));
    }
    select.into_tuple().all(&ctx.db).await
}

/// Tells staff that what runs kept its old size, although its contract has another plan since its period began.
///
/// # Errors
/// The database.
pub(super) async fn tell_staff(
    ctx: &Ctx,
    tx: &WriteTx,
    change: &plan_change::Model,
    task_id: Option<&ProvisionTaskId>,
) -> Result<(), DbErr> {
    let why = match task_id {
        None => Said::plain("alert-plan-change-size-not-able"),
        Some(id) => Said::new("alert-plan-change-size-failed", [("task", id.as_str().into())]),
    };
    let args = args([("contract", change.subscription_id.as_str().into()), ("why", Arg::Lines(vec![why]))]);
    let key = format!("plan_change_size:{}", change.id);
    let alert = Alert { code: "plan_change_size", args, key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
}
