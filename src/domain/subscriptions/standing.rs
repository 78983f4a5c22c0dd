//! How contracts stand: the facts their timetables go by, read for many contracts with as many statements as for one.
use super::{
    automation, find,
    timetable::{Facts, OpenCycle},
    trial,
};
use crate::domain::billing::withholding;
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice,
    messaging::message,
    subscriptions::{cycle, dunning_step, hold, subscription},
    value::{HoldReason, InvoiceId, InvoiceStatus, MessageStatus, Period, SubscriptionCycleStatus, SubscriptionId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder,
};
use std::collections::{HashMap, HashSet};

/// What counts of an invoice here.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "invoice::Entity")]
struct Asked {
    id: InvoiceId,
    status: InvoiceStatus,
    due_at: Option<DateTime<Utc>>,
    issued_at: Option<DateTime<Utc>>,
}

/// How a contract stands, and the cycle its timetable is about.
///
/// # Errors
/// The database.
pub async fn facts(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
) -> Result<(Facts, Option<cycle::Model>), DbErr> {
    let all = facts_of(db, std::slice::from_ref(contract)).await?;
    all.into_iter().next().ok_or_else(|| DbErr::RecordNotFound(contract.id.to_string()))
}

/// The same for many, in their order.
///
/// # Errors
/// The database.
pub async fn facts_of(
    db: &impl ConnectionTrait,
    contracts: &[subscription::Model],
) -> Result<Vec<(Facts, Option<cycle::Model>)>, DbErr> {
    let ids: Vec<SubscriptionId> = contracts.iter().map(|contract| contract.id.clone()).collect();
    let holds = find::open_holds(db, &ids).await?;
    let mut open = open_cycles(db, contracts).await?;
    let bills = bills_of(db, open.values()).await?;
    let unpaid = bills.values().filter(|bill| bill.status == InvoiceStatus::Issued).map(|bill| &bill.id);
    let covered = withholding::covered(db, unpaid).await?;
    let mut done = steps_of(db, &open).await?;
    let told = told_of(db, &open, &done).await?;
    let owing: Vec<SubscriptionId> = open.keys().cloned().collect();
    // What ended before any of these invoices was issued holds nothing back, whenever it is now.
    let mut rest = match open.values().map(|row| row.created_at).min() {
        Some(oldest) => automation::mails_rest_until(db, &owing, oldest).await?,
        None => HashMap::new(),
    };
    let all = contracts.iter().map(|contract| {
        let held = |reason: HoldReason| {
            holds.iter().find(|hold: &&hold::Model| hold.subscription_id == contract.id && hold.reason == reason)
        };
        let unpaid = held(HoldReason::NonPayment);
        let mut facts = Facts {
            status: contract.status,
            period_end: contract.period_end,
            unpaid_hold_since: unpaid.map(|hold| hold.placed_at),
            waits_for_room: held(HoldReason::Capacity).is_some(),
            mails_rest_until: rest.remove(&contract.id),
            cycle: None,
            done: Default::default(),
        };
        let row = open.remove(&contract.id);
        let bill = row.as_ref().and_then(|row| bills.get(row.invoice_id.as_ref()?));
        let period = row.as_ref().and_then(period_of);
        let (Some(row), Some(bill), Some(period)) = (row, bill, period) else { return (facts, None) };
        facts.done = done.remove(&contract.id).unwrap_or_default();
        facts.cycle = Some(OpenCycle {
            number: row.number,
            period,
            is_settled: row.status == SubscriptionCycleStatus::Paid,
            // Neither a debt that was given up nor withheld tax reminds of anything and suspends anything.
            is_paid: matches!(bill.status, InvoiceStatus::Paid | InvoiceStatus::WrittenOff)
                || covered.contains(&bill.id),
            due_at: bill.due_at.unwrap_or_else(|| period.start_at()),
            issued_at: bill.issued_at.unwrap_or(row.created_at),
            is_told: told.contains_key(&contract.id),
            is_reminded: told.get(&contract.id).is_some_and(|is_reminder| *is_reminder),
            is_after_trial: trial::is_unpaid(contract),
            grace_until: row.grace_until,
        });
        (facts, Some(row))
    });
    Ok(all.collect())
}

/// Of each contract the oldest cycle that is not paid, or is paid and has not begun.
async fn open_cycles(
    db: &impl ConnectionTrait,
    contracts: &[subscription::Model],
) -> Result<HashMap<SubscriptionId, cycle::Model>, DbErr> {
    let ends: HashMap<&SubscriptionId, _> =
        contracts.iter().filter_map(|contract| Some((&contract.id, contract.period_end?))).collect();
    let Some(first_end) = ends.values().min() else { return Ok(HashMap::new()) };
    let rows = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.is_in(ends.keys().map(|id| id.as_str())))
        .filter(cycle::Column::Number.gt(1))
        .filter(
            Condition::any().add(cycle::Column::Status.eq(SubscriptionCycleStatus::Invoiced)).add(
                Condition::all()
                    .add(cycle::Column::Status.eq(SubscriptionCycleStatus::Paid))
                    .add(cycle::Column::PeriodStart.gte(*first_end)),
            ),
        )
        .order_by_asc(cycle::Column::Number)
        .all(db)
        .await?;
    let mut open = HashMap::new();
    for row in rows {
        let is_ahead = row.period_start.zip(ends.get(&row.subscription_id)).is_some_and(|(start, end)| start >= *end);
        if row.status == SubscriptionCycleStatus::Invoiced || is_ahead {
            open.entry(row.subscription_id.clone()).or_insert(row);
        }
    }
    Ok(open)
}

async fn bills_of(
    db: &impl ConnectionTrait,
    open: impl Iterator<Item = &cycle::Model>,
) -> Result<HashMap<InvoiceId, Asked>, DbErr> {
    let ids: HashSet<String> = open.filter_map(|row| row.invoice_id.as_ref()).map(|id| id.0.clone()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Asked> =
        invoice::Entity::find().filter(invoice::Column::Id.is_in(ids)).into_partial_model().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

type Done = HashMap<SubscriptionId, std::collections::BTreeMap<String, DateTime<Utc>>>;

/// Steps that were taken of the open cycles.
async fn steps_of(db: &impl ConnectionTrait, open: &HashMap<SubscriptionId, cycle::Model>) -> Result<Done, DbErr> {
    if open.is_empty() {
        return Ok(Done::new());
    }
    let steps = dunning_step::Entity::find()
        .filter(dunning_step::Column::SubscriptionId.is_in(open.keys().map(|id| id.as_str())))
        .all(db)
        .await?;
    let mut done = Done::new();
    for step in steps {
        if open.get(&step.subscription_id).is_some_and(|row| row.number == step.cycle_number) {
            done.entry(step.subscription_id).or_default().insert(step.step, step.done_at);
        }
    }
    Ok(done)
}

/// The contracts of whose open invoice a notice was accepted by a mail server, and whether that was a reminder rather than
/// the invoice itself.
async fn told_of(
    db: &impl ConnectionTrait,
    open: &HashMap<SubscriptionId, cycle::Model>,
    done: &Done,
) -> Result<HashMap<SubscriptionId, bool>, DbErr> {
    let mut whose: HashMap<String, Vec<&SubscriptionId>> = HashMap::new();
    for (id, row) in open {
        let Some(invoice_id) = &row.invoice_id else { continue };
        let reminders = done.get(id).into_iter().flat_map(|steps| steps.keys());
        let reminders = reminders.filter(|code| code.starts_with("remind_"));
        let keys = reminders.map(|code| format!("renewal_reminder:{id}:{invoice_id}:{code}"));
        for key in keys.chain([format!("invoice_issued:{invoice_id}")]) {
            whose.entry(key).or_default().push(id);
        }
    }
    if whose.is_empty() {
        return Ok(HashMap::new());
    }
    let sent = message::Entity::find()
        .filter(message::Column::OnceKey.is_in(whose.keys().cloned()))
        .filter(message::Column::Status.eq(MessageStatus::Sent))
        .all(db)
        .await?;
    let mut told = HashMap::new();
    for key in sent.into_iter().filter_map(|row| row.once_key) {
        for id in whose.get(&key).into_iter().flatten() {
            *told.entry((*id).clone()).or_default() |= key.starts_with("renewal_reminder:");
        }
    }
    Ok(told)
}

/// The days of a cycle.
pub fn period_of(row: &cycle::Model) -> Option<Period> {
    Some(Period { start: row.period_start?, end: row.period_end? })
}
