//! What a change of plan costs: the rest of what is paid for, at the new price minus at the old one, to the second.
//! The new price is that of today; the old one is what was really paid, less what a coupon took off. A promised renewal
//! that is paid already keeps its coupon on the new plan.
use super::{
    OrderingError, find,
    lines::{self, Plans, StoredLine},
};
use crate::{
    domain::{
        Ctx,
        billing::{BuyerTax, InvoiceError, NewLine, TaxTable, preview},
        catalog::{self, find::Offer},
        customers,
        ordering::{
            options,
            pricing::{buyer_tax, lang_of},
        },
        provisioning::resize,
        subscriptions,
    },
    kernel::fault::FieldFault,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    catalog::{plan, price},
    subscriptions::{cycle, plan_change, subscription},
    value::{
        AgreedOptions, CouponId, CustomerId, Cycle, Period, PlanChangeId, PlanChangeStatus, PlanId, Ratio,
        SoldDiscount, SubscriptionId, SubscriptionStatus, business_day, day_start,
    },
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};

/// How long a quote holds.
const VALID: Duration = Duration::minutes(15);

/// A line of a quote as people read it, minor units; tax is a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// Words in the customer's language.
    pub description: String,
    /// Below zero for what is taken back.
    pub amount_minor: i64,
}

/// A quote: its lines sum to its total.
#[derive(Clone, Debug)]
pub struct Quote {
    /// What is kept of it.
    pub change: plan_change::Model,
    /// Its lines with the tax.
    pub lines: Vec<QuoteLine>,
}

/// What renewals of a contract are promised by a coupon once its plan is `plan_id` in `cycle`: what they were promised
/// before, if the coupon is for that as well. What a coupon that has been used is for does not change.
///
/// # Errors
/// The database.
pub(super) async fn kept_discount(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
    plan_id: &PlanId,
    cycle: Cycle,
) -> Result<Option<SoldDiscount>, OrderingError> {
    let Some(sold) = &contract.discount else { return Ok(None) };
    let coupon = catalog::coupon::find::get(db, &CouponId::from(sold.coupon_id.as_str())).await?;
    let covers = coupon.scope.covers(contract.product_id.as_str(), plan_id.as_str(), cycle);
    Ok(covers.then(|| sold.clone()))
}

/// What becomes of a contract's coupon with a change of its plan: its code, and what the first renewal after the
/// change has off (net, minor units). Nothing off where the coupon is not for the new plan; `None` where nothing is
/// promised any more.
///
/// # Errors
/// The database.
pub async fn coupon_after(ctx: &Ctx, change: &plan_change::Model) -> Result<Option<(String, i64)>, OrderingError> {
    let contract = subscriptions::find::get(&ctx.db, &change.subscription_id).await?;
    let Some(before) = subscriptions::discount::next(&ctx.db, &contract).await? else { return Ok(None) };
    let kept = kept_discount(&ctx.db, &contract, &change.to_plan_id, change.to_cycle).await?;
    let price_minor = change.to_price_minor;
    let tax_included = change.to_tax_included;
    let changed = subscription::Model { discount: kept, price_minor, tax_included, next_terms: None, ..contract };
    let after = subscriptions::discount::next(&ctx.db, &changed).await?;
    Ok(Some((before.code, after.map_or(0, |next| next.discount_minor))))
}

/// What a contract can be changed to: a plan, its price of a cycle with the options of the contract, and these options.
pub type Possible = (Offer, price::Model, AgreedOptions);

/// The plans a contract can be changed to now, cheapest first, each at its price of the contract's cycle. Empty where
/// nothing can be changed.
///
/// # Errors
/// `NotFound`, also for somebody else's contract; the database.
pub async fn choices(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
) -> Result<Vec<Possible>, OrderingError> {
    let view = subscriptions::find::view_owned(ctx, customer_id, subscription_id).await?;
    let contract = &view.subscription;
    if !is_changeable(contract, ctx.now())
        || !resize::is_possible(ctx, subscription_id).await?
        || find::open_of(&ctx.db, subscription_id).await?.is_some_and(|open| open.status != PlanChangeStatus::Scheduled)
    {
        return Ok(Vec::new());
    }
    let ids = catalog::find::plan_ids_of(&ctx.db, &contract.product_id).await?;
    let offers = catalog::find::offers_by_id(&ctx.db, &ids).await?;
    let tax = buyer_tax(ctx, Some(customer_id)).await?;
    let mut found = Vec::with_capacity(offers.len());
    for offer in offers.into_iter().filter(|offer| offer.plan.tier > view.plan.tier) {
        if let Some((price, options)) = price_of(&offer, contract, &tax)? {
            found.push((net(&tax, price.amount_minor, price.tax_included)?, (offer, price, options)));
        }
    }
    found.sort_by_key(|(net_minor, _)| *net_minor);
    Ok(found.into_iter().map(|(_, possible)| possible).collect())
}

/// Whether a contract is in a state in which its plan can be changed: paid for, and its period runs.
pub(super) fn is_changeable(contract: &subscription::Model, now: DateTime<Utc>) -> bool {
    matches!(contract.status, SubscriptionStatus::Active | SubscriptionStatus::Cancelled)
        && contract.cycle != Cycle::OneTime
        // What was only tried has cost nothing that could be credited.
        && contract.activated_at.is_some()
        && subscriptions::current_period(contract)
            .is_some_and(|period| period.start_at() <= now && now < period.end_at())
}

/// What the offer costs with the contract's options in its cycle and currency, and these options, where that is more than
/// what is paid now. A price with tax and one without are compared by what they are without.
fn price_of(
    offer: &Offer,
    contract: &subscription::Model,
    tax: &BuyerTax,
) -> Result<Option<(price::Model, AgreedOptions)>, OrderingError> {
    let fits = |price: &&price::Model| price.cycle == contract.cycle && price.currency == contract.currency;
    let Some(price) = offer.prices.iter().find(fits) else { return Ok(None) };
    let Some((price, options)) = options::carried(contract, offer, price) else { return Ok(None) };
    let is_dearer = if price.tax_included == contract.tax_included {
        price.amount_minor > contract.price_minor
    } else {
        net(tax, price.amount_minor, price.tax_included)? > net(tax, contract.price_minor, contract.tax_included)?
    };
    Ok(is_dearer.then_some((price, options)))
}

fn net(tax: &BuyerTax, price_minor: i64, tax_included: bool) -> Result<i64, OrderingError> {
    Ok(tax.net_of(price_minor, tax_included).map_err(InvoiceError::from)?)
}

/// Prices the change to the plan called `code` and keeps the quote for 15 minutes. Asking again makes another quote.
///
/// # Errors
/// `NotFound`, also for somebody else's contract; `Invalid` for an unknown plan; `InvalidUpgrade` for one that is not
/// higher; `Subscription(InvalidState)` where nothing can be changed now; `ChangeUnderWay`; the database.
pub async fn quote(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
    code: &str,
) -> Result<Quote, OrderingError> {
    let view = subscriptions::find::view_owned(ctx, customer_id, subscription_id).await?;
    let contract = &view.subscription;
    let refused = || subscriptions::SubscriptionError::InvalidState(contract.status);
    if !is_changeable(contract, ctx.now()) {
        return Err(refused().into());
    }
    if find::open_of(&ctx.db, subscription_id).await?.is_some_and(|open| open.status == PlanChangeStatus::Changing) {
        return Err(OrderingError::ChangeUnderWay);
    }
    let unknown = || OrderingError::Invalid(vec![FieldFault::new("plan", "unknown")]);
    let codes = [code.chars().take(60).collect::<String>()];
    let offer = catalog::find::offers_by_code(&ctx.db, &codes).await?.pop().ok_or_else(unknown)?;
    if offer.product.id != contract.product_id {
        return Err(unknown());
    }
    let customer = customers::get(&ctx.db, customer_id).await?;
    let tax = TaxTable::load(&ctx.db).await?.for_customer(&customer, business_day(ctx.now()));
    let is_higher = offer.plan.tier > view.plan.tier;
    let found = price_of(&offer, contract, &tax)?.filter(|_| is_higher);
    let (price, options) = found.ok_or(OrderingError::InvalidUpgrade)?;
    if !resize::is_possible(ctx, subscription_id).await? {
        return Err(refused().into());
    }

    let (from, to) = ((&view.plan, &contract.options), (&offer.plan, &options));
    let plans = Plans { product: &view.product, from, to };
    let paid = paid_for(&ctx.db, contract, ctx.now()).await?;
    let has_other_terms = |span: &PaidSpan| span.cycle.as_ref().is_some_and(|row| row.terms.is_some());
    if paid.iter().skip(1).any(has_other_terms) {
        return Err(OrderingError::ChangeUnderWay);
    }
    let kept = kept_discount(&ctx.db, contract, &offer.plan.id, contract.cycle).await?;
    let mut lines = lines::of(contract, plans, (&price, kept.as_ref()), &paid, lang_of(&customer))?;
    let kind = view.product.kind;
    let invoiced: Vec<NewLine> =
        lines.iter().map(|line| line.to_invoice(kind, subscription_id, contract.cycle)).collect();
    let totals = preview(&invoiced, &tax)?;
    if totals.total_minor <= 0 {
        return Err(OrderingError::InvalidUpgrade);
    }
    lines.iter_mut().zip(&totals.lines).for_each(|(line, total)| line.net_minor = total.net_minor);
    let change = plan_change::Model {
        period_end: paid_until(&paid),
        lines: serde_json::json!(lines),
        tax_minor: totals.tax_minor,
        total_minor: totals.total_minor,
        valid_until: ctx.now() + VALID,
        options: options.clone(),
        ..blank(ctx, contract, &price)
    };
    let tx = ctx.begin().await?;
    plan_change::Entity::insert(change.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    tx.commit().await?;
    let label = totals.taxes.first().map(|tax| tax.label.clone());
    Ok(with_lines(change, lines, label))
}

/// What the invoice of a change would be over if it were made now, minor units: its lines are those that were quoted, its tax
/// is that of the day.
pub(super) async fn asked_now(
    ctx: &Ctx,
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
    change: &plan_change::Model,
) -> Result<i64, OrderingError> {
    let customer = customers::get(db, &change.customer_id).await?;
    let tax = TaxTable::load(db).await?.for_customer(&customer, business_day(ctx.now()));
    let kind = catalog::find::kind_of(db, &contract.product_id).await?;
    let quoted = lines::stored(change)?;
    let invoiced: Vec<NewLine> =
        quoted.iter().map(|line| line.to_invoice(kind, &contract.id, contract.cycle)).collect();
    Ok(preview(&invoiced, &tax)?.total_minor)
}

/// A change of a contract to the plan and cycle of `price` that is offered and costs nothing yet.
pub(super) fn blank(ctx: &Ctx, contract: &subscription::Model, price: &price::Model) -> plan_change::Model {
    plan_change::Model {
        id: PlanChangeId::generate(),
        subscription_id: contract.id.clone(),
        customer_id: contract.customer_id.clone(),
        status: PlanChangeStatus::Quoted,
        open_key: None,
        from_plan_id: contract.plan_id.clone(),
        to_plan_id: price.plan_id.clone(),
        from_price_minor: contract.price_minor,
        from_tax_included: contract.tax_included,
        to_price_minor: price.amount_minor,
        to_tax_included: price.tax_included,
        options: AgreedOptions::default(),
        from_cycle: contract.cycle,
        to_cycle: price.cycle,
        takes_effect_on: None,
        period_end: contract.period_end.unwrap_or_default(),
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
        agreed_by: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    }
}

/// A quote that was made before, as people read it. The tax's label is that of today.
///
/// # Errors
/// `NotFound`, also for somebody else's; the database.
pub async fn get(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
    id: &PlanChangeId,
) -> Result<Quote, OrderingError> {
    let change = find::get_owned(&ctx.db, customer_id, subscription_id, id).await?;
    let customer = customers::get(&ctx.db, customer_id).await?;
    let tax = TaxTable::load(&ctx.db).await?.for_customer(&customer, business_day(ctx.now()));
    let lines = lines::stored(&change)?;
    Ok(with_lines(change, lines, tax.rule.map(|rule| rule.label)))
}

/// The plan a change leads to.
///
/// # Errors
/// The database.
pub async fn plan_of(ctx: &Ctx, change: &plan_change::Model) -> Result<plan::Model, OrderingError> {
    let (detail, _) = catalog::find::plan(&ctx.db, &change.to_plan_id).await?;
    Ok(detail.plan)
}

fn with_lines(change: plan_change::Model, stored: Vec<StoredLine>, tax_label: Option<String>) -> Quote {
    let mut lines: Vec<QuoteLine> = stored
        .into_iter()
        .map(|line| QuoteLine { description: line.description, amount_minor: line.net_minor })
        .collect();
    if change.tax_minor != 0 {
        let description = tax_label.unwrap_or_else(|| "PPN".to_owned());
        lines.push(QuoteLine { description, amount_minor: change.tax_minor });
    }
    Quote { change, lines }
}

/// A span that is paid for and not used up, with the part of its cycle it is, and that cycle where it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PaidSpan {
    pub days: Period,
    pub part: Ratio,
    pub cycle: Option<cycle::Model>,
}

/// What is left of the present period, and the cycles after it that are paid already.
pub(super) async fn paid_for(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
    now: DateTime<Utc>,
) -> Result<Vec<PaidSpan>, OrderingError> {
    let Some(period) = subscriptions::current_period(contract) else { return Ok(Vec::new()) };
    let cycles = subscriptions::find::paid_cycles(db, &contract.id, now).await?;
    let (mut present, ahead): (Vec<_>, Vec<_>) =
        cycles.into_iter().partition(|row| row.period_start.is_some_and(|start| start < period.end));
    let (days, part) = rest_of(period, now);
    let mut spans = vec![PaidSpan { days, part, cycle: present.pop() }];
    for row in ahead {
        if let (Some(start), Some(end)) = (row.period_start, row.period_end) {
            spans.push(PaidSpan { days: Period { start, end }, part: Ratio::new(1, 1), cycle: Some(row) });
        }
    }
    Ok(spans)
}

/// The day after the last that is paid for.
pub(super) fn paid_until(spans: &[PaidSpan]) -> NaiveDate {
    spans.iter().map(|span| span.days.end).max().unwrap_or_default()
}

/// The rest of a period: its days, and which part of it that is in seconds (DECISIONS 9).
fn rest_of(period: Period, now: DateTime<Utc>) -> (Period, Ratio) {
    let whole = (period.end_at() - period.start_at()).num_seconds().max(1);
    let rest = (period.end_at() - now.max(period.start_at())).num_seconds().clamp(0, whole);
    let today = business_day(now).max(period.start);
    debug_assert!(day_start(today) <= now.max(period.start_at()));
    (Period { start: today, end: period.end }, Ratio::new(rest, whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period() -> Period {
        Period { start: "2026-11-21".parse().unwrap(), end: "2026-12-21".parse().unwrap() }
    }

    #[test]
    fn the_rest_of_a_period_is_counted_in_seconds() {
        let whole = 30 * 86_400;
        let at_once = rest_of(period(), period().start_at());
        assert_eq!(at_once.1, Ratio::new(whole, whole));
        let second = rest_of(period(), period().start_at() + Duration::seconds(1));
        assert_eq!(second.1, Ratio::new(whole - 1, whole));
        let late = rest_of(period(), period().end_at() - Duration::seconds(1));
        assert_eq!((late.1, late.0.start), (Ratio::new(1, whole), "2026-12-20".parse().unwrap()));
        assert_eq!(rest_of(period(), period().end_at()).1, Ratio::new(0, whole));
    }

    proptest! {
        #[test]
        fn who_changes_later_never_pays_more(old in 0_i64..10_000_000, more in 1_i64..10_000_000, at in 0_i64..2_592_000) {
            let net = |seconds: i64| {
                let part = rest_of(period(), period().start_at() + Duration::seconds(seconds)).1;
                part.of(old + more).unwrap() - part.of(old).unwrap()
            };
            // Both parts are rounded once: a rupiah of difference may come from that.
            prop_assert!(net(at) <= more + 1 && net(at) >= -1);
            prop_assert!(net(at) + 1 >= net((at + 3_600).min(2_592_000)));
        }
    }
}
