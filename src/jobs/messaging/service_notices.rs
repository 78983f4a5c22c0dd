//! News of services that become mail, and the silence that does.
use super::notices::{commit_if_new, lang, link};
use crate::{
    domain::{
        Ctx,
        catalog::{
            events::WaitlistOffered,
            find::{self, PlanDetail},
            waitlist::{self, WAITING_DAYS},
        },
        customers,
        messaging::{self, Notice, Recipient},
        ordering::{self, events::OrderCancelled},
        provisioning::{
            self,
            events::{InstanceFailed, InstanceRunning},
        },
        subscriptions::{self, events::SubscriptionWaiting},
    },
    kernel::{
        format,
        job::{Job, JobError},
    },
};
use chrono::{Duration, NaiveDate};
use entity::{
    catalog::waitlist_entry,
    provisioning::task,
    value::{SubscriptionId, business_day},
};
use serde::{Deserialize, Serialize};

/// A set-up that takes longer is late.
const SOON: Duration = Duration::minutes(5);
/// Older ones are staff's: they have long been told.
const TOLD_WITHIN: Duration = Duration::days(1);
/// How many customers are told in one go.
const DELAYS_AT_ONCE: u64 = 200;
/// Days before a wait for room is over on which who waits is reminded, the earliest first.
const REMINDED_BEFORE: [i64; 2] = [2, 1];

/// The customer hears where his new service is. Its password stays behind a click that is recorded.
pub async fn instance_running(ctx: Ctx, news: InstanceRunning) -> Result<(), JobError> {
    if !news.is_first {
        return Ok(());
    }
    let instance = provisioning::find::get(&ctx.db, &news.instance_id).await?;
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let notice = Notice {
        template: "service_ready",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/services/{}", instance.id))),
            ("service", instance.name.clone()),
            // What has no address is reached by its name.
            ("address", instance.url.clone().unwrap_or_else(|| instance.name.clone())),
        ],
        once_key: Some(format!("service_ready:{}", instance.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// Tells the customers whose set-up takes long.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellDelays {}

impl Job for TellDelays {
    const NAME: &'static str = "messaging.tell_delays";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `TellDelays`: whoever paid and waits for five minutes hears that it is being worked on, once per task.
pub async fn tell_delays(ctx: Ctx, _: TellDelays) -> Result<(), JobError> {
    let now = ctx.now();
    let late = provisioning::find::late_creations(&ctx.db, now - TOLD_WITHIN, now - SOON, DELAYS_AT_ONCE).await?;
    let key = |task: &task::Model| format!("provisioning_delayed:{}", task.id);
    let told = messaging::told(&ctx.db, late.iter().map(key).collect()).await?;
    for task in late.iter().filter(|task| !told.contains(&key(task))) {
        let instance = provisioning::find::get(&ctx.db, &task.instance_id).await?;
        let customer = customers::get(&ctx.db, &task.customer_id).await?;
        let notice = Notice {
            template: "provisioning_delayed",
            to: Recipient::customer(&customer),
            values: vec![("link", link(&ctx, &format!("/panel/services/{}", instance.id))), ("service", instance.name)],
            once_key: Some(key(task)),
        };
        commit_if_new(&ctx, ctx.begin().await?, notice).await?;
    }
    Ok(())
}

/// The customer hears that his service cannot be made. The mail about the money follows when it is back.
pub async fn instance_failed(ctx: Ctx, news: InstanceFailed) -> Result<(), JobError> {
    let instance = provisioning::find::get(&ctx.db, &news.instance_id).await?;
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let notice = Notice {
        template: "provisioning_failed",
        to: Recipient::customer(&customer),
        values: vec![("link", link(&ctx, "/panel/wallet")), ("service", instance.name.clone())],
        once_key: Some(format!("provisioning_failed:{}", instance.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that what he paid for waits for a slot, and until when at most: once for what never ran, else once
/// for each cycle it waits with.
pub async fn contract_waiting(ctx: Ctx, news: SubscriptionWaiting) -> Result<(), JobError> {
    let id = &news.subscription_id;
    let Some(own) = waitlist::of_contract(&ctx.db, id).await? else { return Ok(()) };
    let view = subscriptions::find::view(&ctx, id).await?;
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let mut values = vec![
        ("link", link(&ctx, &format!("/panel/subscriptions/{id}"))),
        ("service", format!("{} {}", view.product.name, view.plan.name)),
    ];
    let (template, once_key) = match own.cycle_number.filter(|number| *number > 1) {
        None => {
            values.push(("days", WAITING_DAYS.to_string()));
            ("service_waiting", format!("service_waiting:{id}"))
        }
        Some(number) => {
            let until = business_day(waitlist::ends_at(&own));
            values.push(("until", format::day(until, lang(&customer.locale))));
            ("service_waiting_again", format!("service_waiting:{id}:{number}"))
        }
    };
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key: Some(once_key) };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// Reminds customers whose paid services wait for room that their data is removed soon.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindWaiting {}

impl Job for RemindWaiting {
    const NAME: &'static str = "messaging.remind_waiting";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `RemindWaiting`: two days and one day before the wait of a contract that ran before is over, each told once. One that
/// was missed is made up for by the next, and one that fails keeps none of the others back.
pub async fn remind_waiting(ctx: Ctx, _: RemindWaiting) -> Result<(), JobError> {
    let (now, mut failed, mut last) = (ctx.now(), None, None);
    let before = now - Duration::days(WAITING_DAYS - REMINDED_BEFORE[0] - 1);
    loop {
        let waiting = waitlist::paid_waiting_since(&ctx.db, before, last.as_ref()).await?;
        let Some(newest) = waiting.last() else { return failed.map_or(Ok(()), Err) };
        last = Some(newest.id.clone());
        // Of what never ran nothing is removed.
        for own in waiting.into_iter().filter(|own| own.cycle_number.is_some_and(|number| number > 1)) {
            let until = business_day(waitlist::ends_at(&own));
            let left = (until - business_day(now)).num_days();
            // A day that is over is promised to nobody.
            let step = REMINDED_BEFORE.into_iter().filter(|days| (0..=*days).contains(&left)).min();
            let Some(step) = step else { continue };
            if let Err(error) = remind_of_waiting(&ctx, &own, until, step).await {
                failed.get_or_insert(error);
            }
        }
    }
}

async fn remind_of_waiting(
    ctx: &Ctx,
    own: &waitlist_entry::Model,
    until: NaiveDate,
    step: i64,
) -> Result<(), JobError> {
    let Some(id) = own.subscription_id.clone().map(SubscriptionId) else { return Ok(()) };
    let once_key = format!("service_waiting_near:{}:{step}", own.id);
    if !messaging::told(&ctx.db, vec![once_key.clone()]).await?.is_empty() {
        return Ok(());
    }
    let view = subscriptions::find::view(ctx, &id).await?;
    let customer = customers::get(&ctx.db, &own.customer_id).await?;
    let notice = Notice {
        template: "service_waiting_near",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(ctx, &format!("/panel/subscriptions/{id}"))),
            ("service", format!("{} {}", view.product.name, view.plan.name)),
            ("until", format::day(until, lang(&customer.locale))),
        ],
        once_key: Some(once_key),
    };
    let tx = ctx.begin().await?;
    // Who was let in since he was read hears nothing of an end.
    if waitlist::of_contract(&tx, &id).await?.is_none() {
        return Ok(());
    }
    commit_if_new(ctx, tx, notice).await
}

/// Somebody who waits for a plan hears that there is room.
pub async fn waitlist_offered(ctx: Ctx, news: WaitlistOffered) -> Result<(), JobError> {
    let (PlanDetail { plan, .. }, product) = find::plan(&ctx.db, &news.plan_id).await?;
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let notice = Notice {
        template: "waitlist_slot",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/services/{}", product.slug))),
            ("plan", format!("{} {}", product.name, plan.name)),
        ],
        once_key: Some(format!("waitlist_slot:{}", news.entry_id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that an order is off, unless he said so himself.
pub async fn order_cancelled(ctx: Ctx, news: OrderCancelled) -> Result<(), JobError> {
    if news.reason == "customer" {
        return Ok(());
    }
    let order = ordering::find::get(&ctx.db, &news.order_id).await?;
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let notice = Notice {
        template: "order_cancelled",
        to: Recipient::customer(&customer),
        values: vec![("link", link(&ctx, "/services")), ("number", order.number)],
        once_key: Some(format!("order_cancelled:{}", order.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}
