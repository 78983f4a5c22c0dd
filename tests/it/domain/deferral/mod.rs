//! What is sold for longer than a month at a time becomes revenue day by day of its service, to the rupiah.
mod contracts;
mod days;
mod proofs;
mod taken;

use crate::support::{
    World,
    money::{line, with_gateway},
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use entity::{
    billing::{invoice, revenue_schedule},
    customers::customer,
    ledger::{account, entry},
    value::{Cycle, InvoiceKind, Period, SubscriptionId},
};
use sea_orm::{EntityTrait, QueryOrder};
use std::collections::BTreeMap;
use yumna::domain::{
    billing::{
        NewLine,
        credit_note::{self, Against, Credit, NewCreditNote},
        deferral,
        invoice::{self as invoices, NewInvoice},
    },
    reports::{range::Range, revenue},
    settings,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn month(text: &str) -> Range {
    Range::month_of(day(&format!("{text}-01")))
}

/// The world's clock stands at this instant.
fn moves_to(world: &World, at: DateTime<Utc>) {
    world.advance(at - world.services.clock.now());
}

async fn defers(world: &World, is_on: bool) {
    settings::save_section(&world.system(), settings::Books { defers_revenue: is_on }).await.unwrap();
}

/// What accounts of this kind hold, credit above zero.
async fn held(world: &World, kind: &str) -> i64 {
    let rows = account::Entity::find().all(&world.services.db).await.unwrap();
    -rows.iter().filter(|row| row.kind.as_str() == kind).map(|row| row.balance_minor).sum::<i64>()
}

/// What is deferred, and what is revenue.
async fn books(world: &World) -> (i64, i64) {
    (held(world, "deferred_revenue").await, held(world, "revenue").await)
}

async fn earns(world: &World) -> u64 {
    deferral::earn_due(&world.system()).await.unwrap()
}

async fn earned_in(world: &World, range: Range) -> i64 {
    let report = revenue::report(&world.system(), range).await.unwrap();
    assert!(report.ties(), "{report:?}");
    report.total().earned_minor
}

async fn schedules(world: &World) -> Vec<revenue_schedule::Model> {
    revenue_schedule::Entity::find().order_by_asc(revenue_schedule::Column::Id).all(&world.services.db).await.unwrap()
}

/// The account of what is deferred was at no moment below nothing, as its postings are dated.
async fn was_never_below_nothing(world: &World) {
    let rows = account::Entity::find().all(&world.services.db).await.unwrap();
    let deferred: Vec<_> =
        rows.into_iter().filter(|row| row.kind.as_str() == "deferred_revenue").map(|row| row.id).collect();
    let mut moved: BTreeMap<DateTime<Utc>, i64> = BTreeMap::new();
    for entry in entry::Entity::find().all(&world.services.db).await.unwrap() {
        if deferred.contains(&entry.account_id) {
            *moved.entry(entry.created_at).or_default() -= entry.amount_minor;
        }
    }
    let mut held = 0;
    for (at, minor) in moved {
        held += minor;
        assert!(held >= 0, "{held} at {at}");
    }
}

/// A contract ends now.
async fn ends(world: &World, id: &SubscriptionId) {
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    deferral::end(&ctx, &tx, id).await.unwrap();
    tx.commit().await.unwrap();
}

/// The part of `whole` that so many days of so many are, rounded half up.
fn part(whole: i64, days: i64, all: i64) -> i64 {
    (whole * days * 2 + all) / (all * 2)
}

/// A line for this cycle from `start` on.
fn sold(net: i64, cycle: Cycle, start: NaiveDate) -> NewLine {
    NewLine { sold_for: Some(cycle), period: Some(Period::starting(start, cycle, start.day())), ..line(net) }
}

async fn bills(world: &World, customer: &customer::Model, lines: Vec<NewLine>) -> invoice::Model {
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let due_at = ctx.now();
    let new = NewInvoice { customer, kind: InvoiceKind::Manual, lines, due_at, notes: None };
    let bill = invoices::issue(&ctx, &tx, new).await.unwrap();
    tx.commit().await.unwrap();
    bill
}

/// Books in which a year of Rp 365.000 began today, and an invoice of it.
async fn a_year() -> (World, invoice::Model) {
    let (world, _) = with_gateway().await;
    defers(&world, true).await;
    let budi = world.customer().await;
    let bill = bills(&world, &budi, vec![sold(365_000, Cycle::Annually, day("2026-11-21"))]).await;
    (world, bill)
}

async fn credits(world: &World, bill: &invoice::Model, credit: Credit, key: &str) {
    let new = NewCreditNote { invoice_id: &bill.id, credit, against: Against::Open, reason: "Maaf", key };
    credit_note::issue_now(&world.staff("ana"), new).await.unwrap();
}
