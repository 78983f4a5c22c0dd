//! The months before today: the real use cases, run at the times of `seeds/demo/story.toml` under a clock of the past.
use super::people::{self, Person, Registered};
use crate::{
    domain::{
        Ctx, Services,
        catalog::quota,
        customers, ledger,
        ordering::{
            self, Checkout, CheckoutItem,
            quote::{self, LineInput, QuoteInput, What},
        },
        payments::attempt,
        subscriptions::{
            self,
            cancel::{self, When},
        },
    },
    jobs::{Clockwork, outbox, reactions},
    kernel::{actor::Actor, clock::TestClock, page::PageRequest},
};
use anyhow::Context;
use chrono::{DateTime, Days, NaiveTime, Utc};
use entity::value::{InvoiceId, UserId, business_day, day_start};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc};

const STORY: &str = include_str!("../../../seeds/demo/story.toml");

#[derive(Deserialize)]
struct File {
    events: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    ago: u64,
    at: NaiveTime,
    who: String,
    #[serde(flatten)]
    deed: Deed,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Deed {
    Credit { amount: i64, why: String },
    Order { plan: String, cycle: String },
    Pay,
    Drop,
    Notice { why: String },
    Remark { why: String },
    Quote(Box<Offered>),
    Accept,
}

/// A price quote: a plan at an agreed price and something in words.
#[derive(Deserialize)]
struct Offered {
    plan: String,
    cycle: String,
    price: i64,
    why: String,
    extra: String,
    extra_price: i64,
    intro: String,
    /// Whether it stays a draft.
    #[serde(default)]
    is_draft: bool,
}

impl Offered {
    fn input(self) -> QuoteInput {
        let plan = What::Plan {
            plan: self.plan,
            cycle: self.cycle,
            price_minor: Some(self.price),
            setup_minor: None,
            tax_included: None,
            reason: self.why,
        };
        let extra = What::Words { description: self.extra, unit_minor: self.extra_price };
        let lines = [plan, extra].map(|what| LineInput { id: None, quantity: 1, what });
        QuoteInput { valid_until: None, intro: self.intro, terms: String::new(), lines: lines.into() }
    }
}

/// What happens at one time.
enum Event {
    Joins(Box<Person>),
    Does(String, Deed),
}

/// Tells the story up to now. `past` works on the same database as `services` but under `clock`. Afterwards only what
/// runs is left to be made: the news of the past have been heard long ago, so that nobody gets mail about them.
pub async fn tell(services: &Services, past: Arc<Services>, clock: &TestClock, staff: &UserId) -> anyhow::Result<()> {
    let now = services.clock.now();
    let mut told = Teller { past, staff: staff.clone(), known: HashMap::new() };
    for (at, event) in story(now)? {
        clock.advance(at - told.past.clock.now());
        told.let_time_pass().await?;
        told.happens(event).await.with_context(|| format!("story at {at}"))?;
    }
    clock.advance(now - told.past.clock.now());
    told.let_time_pass().await?;
    let left: Vec<_> =
        reactions::all().into_iter().filter(|reaction| reaction.name.starts_with("provisioning.")).collect();
    let clockwork = Clockwork::of(Vec::new(), left, Vec::new());
    while outbox::expand(services, &clockwork).await? > 0 {}
    Ok(())
}

fn story(now: DateTime<Utc>) -> anyhow::Result<Vec<(DateTime<Utc>, Event)>> {
    let file: File = toml::from_str(STORY).context("seeds/demo/story.toml")?;
    let today = business_day(now);
    let on = |ago: u64, at: NaiveTime| day_start(today - Days::new(ago)) + (at - NaiveTime::MIN);
    let opening = NaiveTime::from_hms_opt(8, 0, 0).context("eight o'clock exists")?;
    let mut events: Vec<(DateTime<Utc>, Event)> = Vec::new();
    for person in people::everybody()? {
        events.push((on(person.joined.unsigned_abs(), opening), Event::Joins(Box::new(person))));
    }
    for line in file.events {
        events.push((on(line.ago.max(1), line.at), Event::Does(line.who, line.deed)));
    }
    events.sort_by_key(|(at, _)| *at);
    Ok(events)
}

struct Teller {
    past: Arc<Services>,
    staff: UserId,
    known: HashMap<String, Registered>,
}

impl Teller {
    fn ctx(&self, actor: Actor) -> Ctx {
        Ctx { actor, ..Ctx::system(self.past.clone(), "seed", "seed") }
    }

    /// What the timetable would have done by now.
    async fn let_time_pass(&self) -> anyhow::Result<()> {
        let ctx = self.ctx(Actor::System("seed"));
        quota::expire_due(&ctx).await?;
        ordering::cancel_overdue(&ctx).await?;
        quote::expire_due(&ctx).await?;
        subscriptions::end_due(&ctx).await?;
        Ok(())
    }

    async fn happens(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Joins(person) => {
                let email = person.email.clone();
                let registered = people::register(&self.ctx(Actor::System("seed")), *person).await?;
                self.known.insert(email, registered);
            }
            Event::Does(who, deed) => {
                let who = self.known.get(&who).with_context(|| format!("{who} has not joined"))?.clone();
                self.does(who, deed).await?;
            }
        }
        Ok(())
    }

    async fn does(&self, who: Registered, deed: Deed) -> anyhow::Result<()> {
        let Registered { user_id, customer_id } = who.clone();
        let staff = self.ctx(Actor::Staff { user_id: self.staff.clone() });
        let own = self.ctx(Actor::User { user_id: user_id.clone(), customer_id: customer_id.clone() });
        match deed {
            Deed::Credit { amount, why } => drop(ledger::adjust(&staff, &customer_id, amount, &why).await?),
            Deed::Remark { why } => drop(customers::add_note(&staff, &customer_id, &why).await?),
            Deed::Order { plan, cycle } => {
                let items = vec![CheckoutItem { plan, cycle, config: serde_json::Value::Null }];
                ordering::place(&own, Checkout { customer_id, user_id, items, coupon: None, cart: None }).await?;
            }
            Deed::Quote(offered) => {
                let is_draft = offered.is_draft;
                let draft = quote::create(&staff, &customer_id, offered.input()).await?;
                if !is_draft {
                    quote::send(&staff, &draft.id, None).await?;
                }
            }
            Deed::Accept => {
                let newest = PageRequest { after: None, limit: 1 };
                let page = quote::find::list_owned(&own.db, &customer_id, &newest).await?;
                let quote_id = page.rows.into_iter().next().context("nothing was quoted")?.id;
                quote::accept(&own, &customer_id, &user_id, &quote_id, &quote::Answers::new()).await?;
            }
            Deed::Pay => {
                let order = self.newest_order(&who).await?;
                let invoice_id = InvoiceId(order.invoice_id.context("an order has an invoice")?);
                let wallet = attempt::Choice::wallet();
                attempt::start(&own, &customer_id, &invoice_id, &wallet).await?;
                let system = self.ctx(Actor::System("seed"));
                ordering::on_invoice_paid(&system, &invoice_id).await?;
                subscriptions::activate_for_invoice(&system, &invoice_id).await?;
            }
            Deed::Drop => {
                let order = self.newest_order(&who).await?;
                ordering::cancel_unpaid(&own, &order.id, "customer").await?;
            }
            Deed::Notice { why } => {
                let newest = PageRequest { after: None, limit: 1 };
                let page = subscriptions::find::list_owned(&own, &customer_id, &newest).await?;
                let contract = page.rows.into_iter().next().context("nothing to give notice of")?.subscription;
                cancel::cancel(&own, &customer_id, &contract.id, When::PeriodEnd, &why).await?;
            }
        }
        Ok(())
    }

    async fn newest_order(&self, who: &Registered) -> anyhow::Result<entity::ordering::order::Model> {
        let newest = PageRequest { after: None, limit: 1 };
        let page = ordering::find::list_owned(&self.past.db, &who.customer_id, &newest).await?;
        Ok(page.rows.into_iter().next().context("nothing was ordered")?.order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_is_told_in_order_and_only_about_people_who_joined() {
        let events = story("2026-11-21T03:00:00Z".parse().unwrap()).unwrap();
        assert!(events.is_sorted_by_key(|(at, _)| *at));
        let mut known = Vec::new();
        for (_, event) in events {
            match event {
                Event::Joins(person) => known.push(person.email),
                Event::Does(who, _) => assert!(known.contains(&who), "{who}"),
            }
        }
        assert_eq!(known.len(), 11);
    }
}
