//! News of customers' own names that become mail.
use super::notices::{commit_if_new, lang, link};
use crate::{
    domain::{
        Ctx, customers,
        messaging::{Notice, Recipient},
        provisioning::{
            ProvisioningError,
            custom_domains::{self, PATIENCE},
            events::{CustomDomainActive, CustomDomainFailing, CustomDomainGivenUp},
            find,
        },
    },
    kernel::{format, job::JobError, locale::word},
};
use entity::{
    customers::customer,
    provisioning::custom_domain,
    value::{CustomDomainId, CustomDomainStatus, CustomerId, InstanceId, in_wib},
};

/// What every such mail is about; nothing where the name was forgotten since.
async fn subject(
    ctx: &Ctx,
    id: &CustomDomainId,
    instance_id: &InstanceId,
    customer_id: &CustomerId,
) -> Result<Option<Subject>, JobError> {
    let row = match custom_domains::find::get(&ctx.db, id).await {
        Err(ProvisioningError::NotFound) => return Ok(None),
        row => row?,
    };
    let instance = find::get(&ctx.db, instance_id).await?;
    let customer = customers::get(&ctx.db, customer_id).await?;
    let values = vec![
        ("link", link(ctx, &format!("/panel/services/{instance_id}/domains"))),
        ("service", instance.name),
        ("domain", row.host.clone()),
    ];
    Ok(Some(Subject { row, customer, values }))
}

struct Subject {
    row: custom_domain::Model,
    customer: customer::Model,
    values: Vec<(&'static str, String)>,
}

/// The customer hears that his service answers under his name.
pub async fn custom_domain_active(ctx: Ctx, news: CustomDomainActive) -> Result<(), JobError> {
    let id = &news.custom_domain_id;
    let Some(about) = subject(&ctx, id, &news.instance_id, &news.customer_id).await? else { return Ok(()) };
    let notice = Notice {
        template: "domain_active",
        to: Recipient::customer(&about.customer),
        values: about.values,
        once_key: Some(format!("domain_active:{id}")),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that something about his name is not as it should be, unless it is well again.
pub async fn custom_domain_failing(ctx: Ctx, news: CustomDomainFailing) -> Result<(), JobError> {
    let id = &news.custom_domain_id;
    let Some(about) = subject(&ctx, id, &news.instance_id, &news.customer_id).await? else { return Ok(()) };
    let Some(failure) = about.row.failure.filter(|_| about.row.status == CustomDomainStatus::Failing) else {
        return Ok(());
    };
    let lang = lang(&about.customer.locale);
    let mut values = about.values;
    values.push(("trouble", word(lang, "panel-domain-trouble", failure.as_str())));
    values.push(("until", format::day(in_wib(news.since + PATIENCE).date_naive(), lang)));
    let notice = Notice {
        template: "domain_failing",
        to: Recipient::customer(&about.customer),
        values,
        once_key: Some(format!("domain_failing:{id}:{}", news.since.timestamp())),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that his name was given up: before it was ever used, or after it was not well for too long.
pub async fn custom_domain_given_up(ctx: Ctx, news: CustomDomainGivenUp) -> Result<(), JobError> {
    let id = &news.custom_domain_id;
    let Some(about) = subject(&ctx, id, &news.instance_id, &news.customer_id).await? else { return Ok(()) };
    let template = if news.was_used { "domain_removed" } else { "domain_given_up" };
    let notice = Notice {
        template,
        to: Recipient::customer(&about.customer),
        values: about.values,
        once_key: Some(format!("domain_given_up:{id}")),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}
