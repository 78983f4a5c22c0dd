//! Whatever happens to what is deferred, the books are right, and their proof sees where they are not.
use super::{a_year, bills, books, credits, day, defers, earns, ends, held, sold, was_never_below_nothing};
use crate::support::World;
use chrono::{Days, Duration};
use entity::{
    billing::invoice,
    value::{Cycle, InvoiceStatus, SubscriptionId, business_day},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use yumna::domain::{
    billing::{NewLine, credit_note::Credit, invoice as invoices, write_off},
    ledger,
    reports::{deferred, range::Range, revenue},
};

#[tokio::test]
async fn the_proof_sees_revenue_that_was_earned_wrongly() {
    for (damage, invariant) in [
        ("UPDATE revenue_schedules SET recognised_minor = 5", "deferred revenue is what is not earned yet"),
        ("UPDATE revenue_schedules SET whole_minor = 364000", "a revenue schedule is what is left of its line"),
        ("UPDATE revenue_schedules SET recognised_minor = 365001", "nothing is earned beyond its line"),
        ("UPDATE revenue_schedules SET recognised_minor = -1", "nothing is earned beyond its line"),
        (
            "UPDATE ledger_transactions SET source_id = 'rvs_x' WHERE kind = 'revenue_earned'",
            "a posting has its source",
        ),
    ] {
        let (world, _) = a_year().await;
        world.advance(Duration::days(3));
        earns(&world).await;
        world.tampers(damage).await;
        let found = ledger::verify(&world.services.db).await.unwrap().findings;
        assert!(found.iter().any(|finding| finding.invariant == invariant), "{damage}: {found:?}");
    }
}

/// Whatever happens to invoices in whatever order, the books are right and what was foretold comes true.
#[tokio::test]
async fn whatever_happens_every_rupiah_is_earned_credited_given_up_or_deferred() {
    let seed: u64 = rand::random_range(0..1_000_000);
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let world = World::new().await;
    defers(&world, true).await;
    let (ctx, ana, budi) = (world.system(), world.staff("ana"), world.customer().await);
    let cycles = [Cycle::Quarterly, Cycle::Semiannually, Cycle::Annually, Cycle::Biennially, Cycle::Monthly];
    let mut open: Vec<invoice::Model> = Vec::new();
    for step in 0..70 {
        match random.random_range(0..9) {
            0..=1 => {
                let lines = (0..random.random_range(1..4)).map(|_| {
                    let start = business_day(ctx.now()) + Days::new(random.random_range(0..15));
                    let net = random.random_range(1..3_000_000);
                    let contract = SubscriptionId(format!("sub_{}", random.random_range(0..6)));
                    let cycle = cycles[random.random_range(0..cycles.len())];
                    NewLine { subscription_id: Some(contract), ..sold(net, cycle, start) }
                });
                let lines: Vec<_> = lines.collect();
                open.push(bills(&world, &budi, lines).await);
            }
            2..=4 => world.advance(Duration::hours(random.random_range(1..1_400))),
            5 if !open.is_empty() => {
                let bill = world.reload(&open[random.random_range(0..open.len())]).await;
                let left = invoices::open_minor(&bill);
                if bill.status == InvoiceStatus::Issued && left > 0 {
                    let amount = random.random_range(1..=left);
                    credits(&world, &bill, Credit::Gross(amount), &format!("{step}")).await;
                }
            }
            6 if !open.is_empty() => {
                let bill = open.swap_remove(random.random_range(0..open.len()));
                world.advance(Duration::seconds(1));
                // What cannot be given up or voided any more is left alone.
                if random.random_range(0..2) == 0 {
                    let _ = write_off::write_off(&ana, &bill.id, "Pailit").await;
                } else {
                    let _ = invoices::void_now(&ana, &bill.id, "Salah").await;
                }
            }
            7 => ends(&world, &SubscriptionId(format!("sub_{}", random.random_range(0..6)))).await,
            _ => {
                earns(&world).await;
                assert_eq!(earns(&world).await, 0, "seed {seed}");
            }
        }
        let report = deferred::report(&ctx).await.unwrap();
        assert!(report.ties(), "seed {seed}, step {step}: {report:?}");
        world.books_are_right().await;
    }
    earns(&world).await;
    let foretold = deferred::report(&ctx).await.unwrap();
    let (before, waits) = (held(&world, "revenue").await, foretold.waiting_minor + foretold.stopped_minor);
    world.advance(Duration::days(1_200));
    earns(&world).await;
    assert_eq!(books(&world).await, (waits, before + foretold.running_minor()), "seed {seed}");
    let far = Range { from: day("2026-01-01"), until: day("2031-01-01") };
    assert!(revenue::report(&ctx, far).await.unwrap().ties(), "seed {seed}");
    was_never_below_nothing(&world).await;
    world.books_are_right().await;
}
