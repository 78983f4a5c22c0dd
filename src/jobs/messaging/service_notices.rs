//! News of services that become mail.
use super::notices::{commit_if_new, link};
use crate::{
    domain::{
        Ctx,
        catalog::{
            events::WaitlistOffered,
            find::{self, PlanDetail},
        },
        customers,
        messaging::{Notice, Recipient},
        ordering::{self, events::OrderCancelled},
        provisioning::{
            self,
            events::{InstanceFailed, InstanceRunning},
        },
    },
    kernel::job::JobError,
};

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
            ("address", instance.url.clone().unwrap_or_default()),
        ],
        once_key: Some(format!("service_ready:{}", instance.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
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
