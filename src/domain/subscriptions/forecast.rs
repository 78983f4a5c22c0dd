//! What a billing run would do, without doing it, and what happens next to one contract.
use super::{
    NextEvent, SubscriptionError, advance, next_event, renew,
    timetable::{self, Decision, Facts, Step},
};
use crate::domain::{Ctx, billing::invoice as invoices, ledger, settings};
use chrono::{DateTime, Utc};
use entity::{
    customers::customer,
    subscriptions::{cycle, subscription},
    value::{SubscriptionId, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// Contracts looked at in one go.
const BLOCK: u64 = 500;
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
}

/// What a billing run would do at `at`. Changes nothing. Contracts that it would invoice are not followed further.
///
/// # Errors
/// The database.
pub async fn forecast(ctx: &Ctx, at: DateTime<Utc>) -> Result<Forecast, SubscriptionError> {
    let mut forecast = Forecast::default();
    for (currency, count, net) in renew::due_by_currency(&ctx.db, at).await? {
        forecast.renewals += count;
        forecast.net.insert(currency, net);
    }
    let rules = settings::current(ctx).await?.billing.clone();
    let mut last: Option<SubscriptionId> = None;
    loop {
        let mut select = subscription::Entity::find()
            .filter(subscription::Column::NextStepAt.lte(at))
            .order_by_asc(subscription::Column::Id)
            .limit(BLOCK);
        if let Some(last) = &last {
            select = select.filter(subscription::Column::Id.gt(last.as_str()));
        }
        let contracts = select.all(&ctx.db).await?;
        let Some(newest) = contracts.last() else { return Ok(forecast) };
        last = Some(newest.id.clone());
        for contract in &contracts {
            let (mut facts, open) = advance::facts(&ctx.db, contract).await?;
            let is_covered = is_covered(ctx, contract, open.as_ref()).await?;
            for step in steps(&mut facts, &rules, at, is_covered) {
                *forecast.steps.entry(step.word()).or_default() += 1;
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

/// Whether the wallet would pay the open invoice.
async fn is_covered(
    ctx: &Ctx,
    contract: &subscription::Model,
    open: Option<&cycle::Model>,
) -> Result<bool, SubscriptionError> {
    let Some(invoice_id) = open.and_then(|open| open.invoice_id.as_ref()) else { return Ok(false) };
    let customer = customer::Entity::find_by_id(contract.customer_id.clone()).one(&ctx.db).await?;
    if !customer.is_some_and(|customer| customer.auto_debit) {
        return Ok(false);
    }
    let bill = invoices::get(&ctx.db, invoice_id).await?;
    let balance = ledger::balance_minor(&ctx.db, &contract.customer_id, &bill.currency).await;
    Ok(balance.map_err(|error| sea_orm::DbErr::Custom(error.to_string()))? >= invoices::open_minor(&bill))
}

/// What happens next to a contract by itself, also where that is its suspension or its removal.
///
/// # Errors
/// The database.
pub async fn outlook(ctx: &Ctx, contract: &subscription::Model) -> Result<Option<NextEvent>, SubscriptionError> {
    let is_late = matches!(contract.status, SubscriptionStatus::PastDue | SubscriptionStatus::Suspended);
    if !is_late || contract.next_step_at.is_none() {
        return Ok(next_event(contract));
    }
    let rules = settings::current(ctx).await?.billing.clone();
    let (facts, _) = advance::facts(&ctx.db, contract).await?;
    let unpaid = facts.cycle.as_ref().filter(|cycle| !cycle.is_paid);
    Ok(match (unpaid, facts.unpaid_hold_since) {
        (Some(_), Some(since)) => {
            Some(NextEvent { what: "removal", at: timetable::removes_at(&facts, since, &rules, ctx.now()) })
        }
        (Some(cycle), None) if contract.status == SubscriptionStatus::PastDue => {
            Some(NextEvent { what: "suspension", at: timetable::suspends_at(cycle, &rules).max(ctx.now()) })
        }
        _ => next_event(contract),
    })
}
