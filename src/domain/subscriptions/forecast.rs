//! What a billing run would do, without doing it, and what happens next to one contract.
use super::{
    NextEvent, SubscriptionError, automation, late_fee, next_event, renew, room, standing,
    timetable::{self, Decision, Facts, Step},
};
use crate::domain::{
    Ctx,
    billing::{TaxTable, invoice as invoices, withholding},
    ledger, settings,
};
use chrono::{DateTime, Utc};
use entity::{
    customers::customer,
    subscriptions::{cycle, subscription},
    value::{CustomerId, InvoiceId, SubscriptionId, SubscriptionStatus, business_day},
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Contracts looked at in one go.
const BLOCK: u64 = 500;
/// Contracts named that would be suspended or removed.
const HITS: usize = 50;
/// Steps of one contract at most; there are fewer.
const STEPS: usize = 60;

/// What a run at some time would come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Contracts whose renewal would be invoiced.
    pub renewals: u64,
    /// What these renewals ask for by currency, net, minor units.
    pub net: BTreeMap<String, i64>,
    /// How often each step of a timetable would be taken.
    pub steps: BTreeMap<&'static str, u64>,
    /// What late fees come to by currency, net, minor units.
    pub late_fees: BTreeMap<String, i64>,
    /// Contracts that would be suspended or removed, the first of them.
    pub hit: Vec<(SubscriptionId, &'static str)>,
}

/// What a billing run would do at `at`. Changes nothing. Contracts that it would invoice are not followed further.
///
/// # Errors
/// The database.
pub async fn forecast(ctx: &Ctx, at: DateTime<Utc>) -> Result<Forecast, SubscriptionError> {
    let mut forecast = Forecast::default();
    let tax = TaxTable::load(&ctx.db).await?.for_visitor(business_day(ctx.now()));
    for (currency, count, net) in renew::due_by_currency(&ctx.db, at, &tax).await? {
        forecast.renewals += count;
        forecast.net.insert(currency, net);
    }
    let fees = late_fee::expected(ctx, at).await?;
    if fees.fees > 0 {
        forecast.steps.insert("late_fee", fees.fees);
    }
    forecast.late_fees = fees.totals;
    let settings = settings::current(ctx).await?;
    let mut last: Option<SubscriptionId> = None;
    loop {
        let mut select = subscription::Entity::find()
            .filter(subscription::Column::NextStepAt.lte(at))
            .filter(automation::covers(at).not())
            .order_by_asc(subscription::Column::Id)
            .limit(BLOCK);
        if let Some(last) = &last {
            select = select.filter(subscription::Column::Id.gt(last.as_str()));
        }
        let contracts = select.all(&ctx.db).await?;
        let Some(newest) = contracts.last() else { return Ok(forecast) };
        last = Some(newest.id.clone());
        let standing = standing::facts_of(&ctx.db, &contracts).await?;
        let covered = covered(ctx, &contracts, &standing).await?;
        for (contract, (mut facts, _)) in contracts.iter().zip(standing) {
            for step in steps(&mut facts, &settings.billing, at, covered.contains(&contract.id)) {
                *forecast.steps.entry(step.word()).or_default() += 1;
                if matches!(step, Step::Suspend | Step::Terminate) && forecast.hit.len() < HITS {
                    forecast.hit.push((contract.id.clone(), step.word()));
                }
            }
        }
    }
}

/// The steps that would be taken one after the other.
fn steps(facts: &mut Facts, rules: &settings::Billing, at: DateTime<Utc>, is_covered: bool) -> Vec<Step> {
    let mut taken = Vec::new();
    while let Decision::Take(step, skipped) = timetable::decide(facts, rules, at) {
        if taken.len() >= STEPS {
            break;
        }
        taken.push(step);
        facts.done.extend(skipped.into_iter().chain(step.code()).map(|code| (code, at)));
        match step {
            Step::Debit(_) => {
                if let Some(cycle) = facts.cycle.as_mut().filter(|_| is_covered) {
                    cycle.is_paid = true;
                }
            }
            Step::Settle => {
                facts.unpaid_hold_since = None;
                if let Some(cycle) = &mut facts.cycle {
                    cycle.is_settled = true;
                }
            }
            Step::Begin => facts.period_end = facts.cycle.as_ref().map(|cycle| cycle.period.end),
            Step::Suspend => facts.unpaid_hold_since = Some(at),
            Step::Terminate => facts.status = SubscriptionStatus::Terminated,
            Step::Remind(_) | Step::Warn(_) => {}
        }
    }
    taken
}

/// The contracts whose wallet would pay their open invoice.
async fn covered(
    ctx: &Ctx,
    contracts: &[subscription::Model],
    standing: &[(Facts, Option<cycle::Model>)],
) -> Result<HashSet<SubscriptionId>, SubscriptionError> {
    let owing: Vec<(&subscription::Model, &InvoiceId)> = contracts
        .iter()
        .zip(standing)
        .filter_map(|(contract, (_, open))| Some((contract, open.as_ref()?.invoice_id.as_ref()?)))
        .collect();
    if owing.is_empty() {
        return Ok(HashSet::new());
    }
    let customers: Vec<CustomerId> = owing.iter().map(|(contract, _)| contract.customer_id.clone()).collect();
    let willing: HashMap<CustomerId, i64> = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .column(customer::Column::CreditLimitMinor)
        .filter(customer::Column::Id.is_in(customers.iter().cloned()))
        .filter(customer::Column::AutoDebit.eq(true))
        .into_tuple::<(CustomerId, i64)>()
        .all(&ctx.db)
        .await?
        .into_iter()
        .collect();
    let bills = invoices::bills(&ctx.db, owing.iter().map(|(_, id)| (*id).clone()).collect()).await?;
    let declared = withholding::declared(&ctx.db, ctx.now(), bills.keys()).await?;
    let balances = ledger::balances_minor(&ctx.db, &customers).await.map_err(database)?;
    let is_covered = |contract: &subscription::Model, id: &InvoiceId| {
        let bill = bills.get(id)?;
        let limit = willing.get(&contract.customer_id)?;
        let held = balances.get(&(contract.customer_id.clone(), bill.currency.clone())).copied().unwrap_or(0);
        (held.saturating_add(*limit) >= declared.asked_minor(id, bill)).then(|| contract.id.clone())
    };
    Ok(owing.into_iter().filter_map(|(contract, id)| is_covered(contract, id)).collect())
}

fn database(error: ledger::LedgerError) -> sea_orm::DbErr {
    sea_orm::DbErr::Custom(error.to_string())
}

/// What happens next to a contract by itself, also where that is its suspension, its removal, or that its money goes back
/// because there was no room for it.
///
/// # Errors
/// The database.
pub async fn outlook(ctx: &Ctx, contract: &subscription::Model) -> Result<Option<NextEvent>, SubscriptionError> {
    if matches!(contract.status, SubscriptionStatus::Pending | SubscriptionStatus::Suspended)
        && let Some(at) = room::waits_until(&ctx.db, &contract.id).await?
    {
        return Ok(Some(NextEvent { what: "refund", at }));
    }
    let is_late = matches!(contract.status, SubscriptionStatus::PastDue | SubscriptionStatus::Suspended);
    if !is_late || contract.next_step_at.is_none() {
        return Ok(next_event(contract));
    }
    if automation::is_paused(&ctx.db, contract, ctx.now()).await? {
        return Ok(None);
    }
    let rules = settings::current(ctx).await?.billing.clone();
    let (facts, _) = standing::facts(&ctx.db, contract).await?;
    let unpaid = facts.cycle.as_ref().filter(|cycle| !cycle.is_paid);
    Ok(match (unpaid, facts.unpaid_hold_since) {
        (Some(_), Some(since)) => {
            Some(NextEvent { what: "removal", at: timetable::removes_at(&facts, since, &rules, ctx.now()) })
        }
        (Some(cycle), None) if contract.status == SubscriptionStatus::PastDue => {
            Some(NextEvent { what: "suspension", at: Ord::max(timetable::suspends_at(cycle, &rules), ctx.now()) })
        }
        _ => next_event(contract),
    })
}
