//! Which lines of an invoice are earned later: the one place that decides.
use crate::domain::{billing::invoice::Full, ledger::Account, settings::Books};
use entity::{
    billing::{invoice_item, revenue_schedule},
    value::{Cycle, RevenueScheduleId},
};

/// The schedules of those lines of a fresh invoice that are sold for longer than a month at a time; `sold_for` says that
/// of each line. Nothing where the books are not kept so. What is sold with days that are not known yet waits until its
/// service begins, see [`super::begin`].
pub(in crate::domain::billing) fn schedules(
    rules: &Books,
    full: &Full,
    sold_for: &[Option<Cycle>],
) -> Vec<revenue_schedule::Model> {
    if !rules.defers_revenue {
        return Vec::new();
    }
    let is_long = |cycle: &Option<Cycle>| cycle.is_some_and(Cycle::is_longer_than_a_month);
    let lines = full.items.iter().zip(sold_for);
    let later = lines.filter(|(item, sold_for)| item.net_minor != 0 && is_long(sold_for));
    later.map(|(item, _)| schedule(full, item)).collect()
}

fn schedule(full: &Full, item: &invoice_item::Model) -> revenue_schedule::Model {
    let days = item.period_start.zip(item.period_end);
    let start = days.map(|(start, _)| start);
    revenue_schedule::Model {
        id: RevenueScheduleId::generate(),
        invoice_item_id: item.id.clone(),
        invoice_id: item.invoice_id.clone(),
        subscription_id: item.subscription_id.clone(),
        product_kind: item.product_kind,
        currency: full.invoice.currency.clone(),
        whole_minor: item.net_minor,
        recognised_minor: 0,
        starts_on: start,
        ends_on: days.map(|(_, end)| end),
        even_from: start,
        even_minor: 0,
        earned_to: start,
        next_on: start.and_then(|start| start.succ_opt()),
        ended_on: None,
        turns: 0,
        created_at: full.invoice.created_at,
    }
}

/// Which account a line is credited to when its invoice is issued.
pub(in crate::domain::billing) fn account(
    item: &invoice_item::Model,
    schedules: &[revenue_schedule::Model],
) -> Account {
    // Those of an invoice lie together, and there are few of them.
    let is_later = schedules.iter().any(|schedule| schedule.invoice_item_id == item.id);
    if is_later { Account::DeferredRevenue } else { Account::Revenue(item.product_kind) }
}
