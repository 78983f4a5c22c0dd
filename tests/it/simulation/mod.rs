//! A shop over many days: people join, pay in every way there is and in none, change their minds; the gateway and the
//! cluster err, news comes twice and late. Every night the books and the rules of contracts are checked.
//!
//! `SIMULATION=customers,days,seed` says how much; without it a small shop lives for a season with a new seed each time,
//! which is printed. What people do is decided by the seed; the order in which work at the same instant ends is not.
mod acts;
mod rules;

use crate::support::{
    World,
    driver::Scripted,
    gateway::ScriptedGateway,
    shop::{Buyer, GHOST, N8N},
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    messaging::message,
    value::{MessageStatus, PurchasePolicy, business_day, day_start},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::{EntityTrait, sea_query::Expr};
use std::{collections::BTreeMap, sync::Arc};
use yumna::{
    domain::{provisioning::clusters, settings, subscriptions::automation},
    jobs::worker,
    kernel::fault::{Fault, Kind},
};

/// Plans and how many slots they have: two are scarce. Who is suspended for non-payment gives his slot back.
const PLANS: [(&str, i32, i64); 4] =
    [("ghost-basic", 1, 500), ("ghost-pro", 2, 500), ("n8n-basic", 1, 3), ("n8n-pro", 2, 6)];

struct Shop {
    world: World,
    gateway: ScriptedGateway,
    driver: Scripted,
    random: StdRng,
    people: Vec<Buyer>,
    /// What was done how often, and how often the house said no.
    done: BTreeMap<String, u32>,
}

impl Shop {
    async fn open(seed: u64) -> Self {
        let (gateway, driver) = (ScriptedGateway::default(), Scripted::default());
        let (at_gateway, at_driver) = (gateway.clone(), driver.clone());
        let world = World::with(move |services| {
            services.gateways = vec![Arc::new(at_gateway)];
            services.drivers = vec![Arc::new(at_driver)];
        })
        .await;
        world.account().await;
        world.open_shop().await;
        // Every other shop earns what is sold for a year day by day.
        let books = settings::Books { defers_revenue: seed.is_multiple_of(2) };
        settings::save_section(&world.system(), books).await.unwrap();
        world.cluster("Jakarta 1", 640_000_000).await;
        let ghost = world.service(GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
        let n8n = world.service(N8N, PurchasePolicy::Multiple).await;
        for (code, tier, quota) in PLANS {
            let product = if code.starts_with("ghost") { &ghost } else { &n8n };
            world.plan(product, code, tier, quota).await;
        }
        let random = StdRng::seed_from_u64(seed);
        Self { world, gateway, driver, random, people: Vec::new(), done: BTreeMap::new() }
    }

    /// Whether something happens that happens so often in a hundred.
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.random.random_range(0..choices.len())]
    }

    /// Counts an act. The house may refuse; it may not fail.
    fn note<T, E: Fault + std::fmt::Debug>(&mut self, act: &str, result: Result<T, E>) -> Option<T> {
        let (word, value) = match result {
            Ok(value) => (act.to_owned(), Some(value)),
            Err(fault) => {
                assert!(!matches!(fault.kind(), Kind::Internal), "{act}: {fault:?}");
                (format!("{act}: {}", fault.code()), None)
            }
        };
        *self.done.entry(word).or_default() += 1;
        value
    }

    /// Runs what is due, sometimes on two nodes at once; every mail reaches its reader.
    async fn work(&mut self) {
        let services = self.world.services.clone();
        let drained = if self.chance(20) {
            let (one, other) = tokio::join!(worker::run_due(&services), worker::run_due(&services));
            one.unwrap().failed + other.unwrap().failed
        } else {
            worker::run_due(&services).await.unwrap().failed
        };
        assert_eq!(drained, 0, "work was given up");
        let sent = Expr::value(MessageStatus::Sent);
        message::Entity::update_many().col_expr(message::Column::Status, sent).exec(&services.db).await.unwrap();
    }

    async fn until(&mut self, when: DateTime<Utc>) {
        let now = self.world.services.clock.now();
        self.world.advance(when - now);
        self.work().await;
    }

    /// One day: the billing run just after midnight, people at ten, what follows from it in the afternoon.
    async fn day(&mut self, customers: usize) {
        let midnight = day_start(business_day(self.world.services.clock.now()) + chrono::Days::new(1));
        self.world.advance(midnight - self.world.services.clock.now());
        // News that never comes would trip the circuit breaker every other day: staff have looked and let go.
        automation::release(&self.world.staff("ana")).await.unwrap();
        self.until(midnight + Duration::minutes(5)).await;
        self.trouble();
        self.until(midnight + Duration::hours(10)).await;
        if self.people.len() < customers && self.chance(60) {
            self.joins().await;
        }
        for place in 0..self.people.len() {
            let buyer = self.people[place].clone();
            self.lives(&buyer).await;
        }
        self.until(midnight + Duration::hours(15)).await;
        self.quiet().await;
        self.rules_hold().await;
    }

    /// The outside world errs for a while.
    fn trouble(&mut self) {
        use crate::support::{driver::Mishap, gateway::Trouble};
        if self.chance(15) {
            let trouble = self.one_of(&[Trouble::LostBefore, Trouble::LostAfter, Trouble::Unavailable]);
            self.gateway.spoil(trouble);
        }
        if self.chance(10) {
            let phase = self.one_of(crate::support::driver::CREATE);
            let mishap = self.one_of(&[Mishap::Unavailable, Mishap::UnknownBefore, Mishap::UnknownAfterEffect]);
            let times = self.random.random_range(1..4);
            self.driver.meets(phase, mishap, times);
        }
        if self.chance(2) {
            self.driver.meets("workload", Mishap::Rejected, 3);
        }
    }

    /// Everything outside works again, and what waited for it is done.
    async fn quiet(&mut self) {
        self.driver.heals();
        self.gateway.recovers();
        let now = self.world.services.clock.now();
        for hours in 1..4 {
            self.until(now + Duration::hours(hours)).await;
        }
        let ctx = self.world.system();
        let ids: Vec<_> = clusters::list(&ctx.db).await.unwrap().into_iter().map(|(row, _)| row.id).collect();
        for id in ids {
            clusters::check(&ctx, &id).await.unwrap();
        }
    }
}

/// How many customers, how many days, which seed.
fn wanted() -> (usize, u32, u64) {
    let seed = rand::random_range(0..1_000_000);
    let Ok(wanted) = std::env::var("SIMULATION") else { return (10, 60, seed) };
    let numbers: Vec<u64> = wanted.split(',').map(|number| number.trim().parse().unwrap()).collect();
    let customers = usize::try_from(numbers[0]).unwrap();
    (customers, u32::try_from(numbers[1]).unwrap(), numbers.get(2).copied().unwrap_or(seed))
}

#[tokio::test]
async fn a_shop_keeps_its_books_and_its_promises_whatever_people_and_machines_do() {
    let (customers, days, seed) = wanted();
    println!("SIMULATION={customers},{days},{seed}");
    let mut shop = Shop::open(seed).await;
    for _ in 0..days {
        shop.day(customers).await;
    }
    shop.no_money_is_lost().await;
    println!("{:#?}", shop.done);
    for act in ["joins", "orders", "pays", "pays the renewal", "upgrades"] {
        assert!(shop.done.contains_key(act), "nobody {act}: {:?}", shop.done);
    }
}
