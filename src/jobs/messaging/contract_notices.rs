//! News of contracts that become mail: reminders of renewals, suspension and the way back, removal.
use super::notices::{commit_if_new, lang, link};
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding},
        catalog, customers, ledger,
        messaging::{Notice, Recipient},
        ordering::{
            change::{
                self,
                events::{ChangeScheduled, ChangeToPay, ChangeWithdrawn, PlanChangeFailed, PlanChanged},
            },
            pricing,
        },
        payments::{PaymentError, attempt},
        provisioning, settings,
        subscriptions::{
            self,
            events::{
                RemovalNear, RenewalReminder, SubscriptionCancelled, SubscriptionEnded, SubscriptionSuspended,
                SubscriptionUnsuspended,
            },
            options,
            timetable::{self, Step},
        },
    },
    kernel::{
        format,
        job::JobError,
        locale::{Lang, t, ta, word},
    },
};
use entity::{
    customers::customer,
    subscriptions::{plan_change, subscription},
    value::{
        HoldReason, InvoiceStatus, Money, PaymentId, PaymentStatus, PlanChangeStatus, SubscriptionId,
        SubscriptionStatus, business_day,
    },
};
use std::time::Duration;

/// How soon a payment that is only being started is looked at again.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// A contract with what its mails say.
struct Told {
    contract: subscription::Model,
    customer: customer::Model,
    service: String,
    /// Whether it gives its slot back while it is not paid.
    gives_back: bool,
}

async fn told(ctx: &Ctx, id: &SubscriptionId) -> Result<Told, JobError> {
    let contract = subscriptions::find::get(&ctx.db, id).await?;
    let customer = customers::get(&ctx.db, &contract.customer_id).await?;
    let (detail, product) = catalog::find::plan(&ctx.db, &contract.plan_id).await?;
    let service = format!("{} {}", product.name, detail.plan.name);
    Ok(Told { contract, customer, service, gives_back: product.releases_quota_on_suspension })
}

/// The customer is reminded of a renewal that is open. Before the due date nobody is reminded whose wallet will pay.
pub async fn renewal_reminder(ctx: Ctx, news: RenewalReminder) -> Result<(), JobError> {
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let bill = invoice::get(&ctx.db, &news.invoice_id).await?;
    let open = withholding::asked_minor(&ctx.db, ctx.now(), &bill).await?;
    if bill.status != InvoiceStatus::Issued || open <= 0 {
        return Ok(());
    }
    let balance = ledger::balance_minor(&ctx.db, &customer.id, &bill.currency).await?;
    let is_tried = subscriptions::trial::is_unpaid(&contract);
    let covers = balance.saturating_add(customer.credit_limit_minor) >= open;
    if news.days < 0 && customer.auto_debit && covers && !is_tried {
        return Ok(());
    }
    let lang = lang(&customer.locale);
    let due = bill.due_at.unwrap_or_else(|| ctx.now());
    let mut values = vec![
        ("link", link(&ctx, &format!("/panel/invoices/{}", bill.id))),
        ("number", bill.number.clone().unwrap_or_default()),
        ("service", service),
        ("total", format::money(&Money::new(open, &bill.currency), lang)),
        ("due", format::day(business_day(due), lang)),
    ];
    // What a fee would cost is said before it comes.
    let fee = subscriptions::late_fee::coming(&ctx, &bill).await?;
    if let Some(fee) = &fee {
        values.push(("fee", format::money(&Money::new(fee.amount_minor, &bill.currency), lang)));
        values.push(("fee_from", format::day(business_day(fee.at), lang)));
    }
    let template = if is_tried {
        "trial_ending"
    } else if news.days > 0 {
        let rules = settings::current(&ctx).await?.billing.clone();
        let (facts, _) = subscriptions::facts(&ctx.db, &contract).await?;
        let until = facts.cycle.as_ref().map_or(due, |cycle| timetable::suspends_at(cycle, &rules));
        values.push(("until", format::day(business_day(until), lang)));
        if fee.is_some() { "renewal_overdue_fee" } else { "renewal_overdue" }
    } else if fee.is_some() {
        "renewal_due_fee"
    } else {
        "renewal_due"
    };
    let code = Step::Remind(news.days).code().unwrap_or_default();
    let once_key = Some(format!("renewal_reminder:{}:{}:{code}", contract.id, bill.id));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that a service was suspended because it was not paid. Staff who suspend write themselves.
pub async fn suspended(ctx: Ctx, news: SubscriptionSuspended) -> Result<(), JobError> {
    if news.reason != HoldReason::NonPayment {
        return Ok(());
    }
    let Told { contract, customer, service, gives_back } = told(&ctx, &news.subscription_id).await?;
    let Some(since) = contract.suspended_at else { return Ok(()) };
    let rules = settings::current(&ctx).await?.billing.clone();
    let (facts, open) = subscriptions::facts(&ctx.db, &contract).await?;
    let Some(invoice_id) = open.and_then(|open| open.invoice_id) else { return Ok(()) };
    let removes_at = timetable::removes_at(&facts, since, &rules, ctx.now());
    let notice = Notice {
        template: "service_suspended",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/invoices/{invoice_id}"))),
            ("service", service),
            ("until", format::day(business_day(removes_at), lang(&customer.locale))),
            ("room", if gives_back { t(lang(&customer.locale), "mail-suspended-room") } else { String::new() }),
        ],
        once_key: Some(format!("suspended:{}:{}", contract.id, since.timestamp())),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that a service is on its way back.
pub async fn unsuspended(ctx: Ctx, news: SubscriptionUnsuspended) -> Result<(), JobError> {
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    if contract.status == SubscriptionStatus::Terminated {
        return Ok(());
    }
    // Not by anything of the contract as it is now: news heard again much later would be told again.
    let since = news.suspended_at.map_or(0, |since| since.timestamp());
    // Who had waited for room was told of that, not of a suspension.
    let had_waited = news.reason == Some(HoldReason::Capacity);
    let notice = Notice {
        template: if had_waited { "service_room_again" } else { "service_resumed" },
        to: Recipient::customer(&customer),
        values: vec![("link", link(&ctx, &format!("/panel/subscriptions/{}", contract.id))), ("service", service)],
        once_key: Some(format!("unsuspended:{}:{since}", contract.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer is warned that a suspended service and its data will be removed.
pub async fn removal_near(ctx: Ctx, news: RemovalNear) -> Result<(), JobError> {
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    if contract.status != SubscriptionStatus::Suspended {
        return Ok(());
    }
    let instance = provisioning::follow::instance_of(&ctx, &contract.id).await?;
    let backs_up = instance.is_some_and(|row| provisioning::backups::are_made(&ctx, &row.driver));
    let notice = Notice {
        template: if backs_up { "removal_near_backup" } else { "removal_near" },
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/invoices/{}", news.invoice_id))),
            ("service", service),
            ("days", news.days.to_string()),
            ("until", format::day(business_day(news.removes_at), lang(&customer.locale))),
        ],
        once_key: Some(format!("removal_near:{}:{}:{}", contract.id, news.invoice_id, news.days)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that a service was removed because it was not paid in all that time.
pub async fn ended(ctx: Ctx, news: SubscriptionEnded) -> Result<(), JobError> {
    if news.reason != subscriptions::EndReason::NonPayment.as_str() {
        return Ok(());
    }
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let notice = Notice {
        template: "service_removed",
        to: Recipient::customer(&customer),
        values: vec![("link", link(&ctx, "/catalog")), ("service", service)],
        once_key: Some(format!("service_removed:{}", contract.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that the service has its new plan, and what it cost.
pub async fn plan_changed(ctx: Ctx, news: PlanChanged) -> Result<(), JobError> {
    let change = change::find::get(&ctx.db, &news.change_id).await?;
    let Told { customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let lang = lang(&customer.locale);
    let Some(invoice_id) = &change.invoice_id else { return Ok(()) };
    let notice = Notice {
        template: "plan_changed",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/invoices/{invoice_id}"))),
            ("service", service),
            ("total", format::money(&Money::new(change.total_minor, &change.currency), lang)),
            ("price", new_price(&ctx, &change, lang).await?),
        ],
        once_key: Some(format!("plan_changed:{}", change.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// What a change leads to costs a cycle, as the customer is told it: with its tax where it was written so and he owes it.
async fn new_price(ctx: &Ctx, change: &plan_change::Model, lang: Lang) -> Result<String, JobError> {
    let tax = pricing::buyer_tax(ctx, Some(&change.customer_id)).await?;
    let shown = options::shown(change.to_price_minor, change.to_tax_included, &change.options, &tax)?;
    let amount = format::money(&Money::new(shown.told_minor(), &change.currency), lang);
    Ok(match shown.tax_included {
        true => ta(lang, "price-with-tax", &[("amount", amount)]),
        false if shown.tax_minor > 0 => ta(lang, "price-before-tax", &[("amount", amount)]),
        false => amount,
    })
}

/// The customer hears that a change of plan did not come about and that the money is his.
pub async fn plan_change_failed(ctx: Ctx, news: PlanChangeFailed) -> Result<(), JobError> {
    // Whoever ended the contract knows.
    if news.reason == "contract_ended" {
        return Ok(());
    }
    let change = change::find::get(&ctx.db, &news.change_id).await?;
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let lang = lang(&customer.locale);
    let notice = Notice {
        template: "plan_change_failed",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/subscriptions/{}", contract.id))),
            ("service", service),
            ("total", format::money(&Money::new(change.total_minor, &change.currency), lang)),
        ],
        once_key: Some(format!("plan_change_failed:{}", change.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears what was agreed to begin with a coming period.
pub async fn plan_change_scheduled(ctx: Ctx, news: ChangeScheduled) -> Result<(), JobError> {
    let change = change::find::get(&ctx.db, &news.change_id).await?;
    // Taken back meanwhile, it is no news.
    let waits = change.status == PlanChangeStatus::Scheduled;
    let Some(from) = change.takes_effect_on.filter(|_| waits) else { return Ok(()) };
    let plan = change::plan_of(&ctx, &change).await?;
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let lang = lang(&customer.locale);
    let price = new_price(&ctx, &change, lang).await?;
    let cycle = word(lang, "per-cycle", change.to_cycle.as_str());
    let notice = Notice {
        template: "plan_change_scheduled",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/subscriptions/{}", contract.id))),
            ("service", service),
            ("plan", plan.name),
            ("date", format::day(from, lang)),
            ("price", format!("{price} {cycle}")),
        ],
        once_key: Some(format!("plan_change_scheduled:{}", change.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that staff agreed to a change for him, and how to pay it. While its gateway is still being asked
/// there is nothing to pay yet, and a way that was refused is no news.
pub async fn plan_change_to_pay(ctx: Ctx, news: ChangeToPay) -> Result<(), JobError> {
    let change = change::find::get(&ctx.db, &news.change_id).await?;
    let waits = change.status == PlanChangeStatus::AwaitingPayment;
    let Some(payment_id) = change.payment_id.as_deref().filter(|_| waits) else { return Ok(()) };
    let payment = match attempt::get(&ctx.db, &PaymentId::from(payment_id)).await {
        Ok(payment) if payment.status == PaymentStatus::Created => None,
        Ok(payment) => Some(payment),
        Err(PaymentError::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    // Mostly a moment later; one whose gateway is silent is decided within two hours, so that the pauses grow up to that.
    let pause = ((ctx.now() - change.updated_at) * 2).to_std().unwrap_or_default().max(FIRST_PAUSE);
    let payment = payment.ok_or_else(|| JobError::retry_in("its payment is only being started", pause))?;
    if !payment.status.is_open() {
        return Ok(());
    }
    let plan = change::plan_of(&ctx, &change).await?;
    let Told { customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let lang = lang(&customer.locale);
    let notice = Notice {
        template: "plan_change_to_pay",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/payments/{payment_id}"))),
            ("service", service),
            ("plan", plan.name),
            ("total", format::money(&Money::new(attempt::payable_minor(&payment), &change.currency), lang)),
            ("until", format::date_wib(payment.expires_at, lang)),
        ],
        once_key: Some(format!("plan_change_to_pay:{}:{payment_id}", change.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that staff took a change back that he or they had agreed to.
pub async fn plan_change_withdrawn(ctx: Ctx, news: ChangeWithdrawn) -> Result<(), JobError> {
    let change = change::find::get(&ctx.db, &news.change_id).await?;
    let plan = change::plan_of(&ctx, &change).await?;
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let notice = Notice {
        template: "plan_change_withdrawn",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/subscriptions/{}", contract.id))),
            ("service", service),
            ("plan", plan.name),
        ],
        once_key: Some(format!("plan_change_withdrawn:{}", change.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that his notice came, and when the service ends by it.
pub async fn cancelled(ctx: Ctx, news: SubscriptionCancelled) -> Result<(), JobError> {
    let Told { contract, customer, service, .. } = told(&ctx, &news.subscription_id).await?;
    let mut values = vec![("link", link(&ctx, &format!("/panel/subscriptions/{}", contract.id))), ("service", service)];
    let template = match news.ends_on {
        Some(day) => {
            values.push(("until", format::day(day, lang(&customer.locale))));
            "service_cancelled"
        }
        None => "service_ended",
    };
    let once_key = Some(format!("cancelled:{}:{}", contract.id, news.at.timestamp_millis()));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}
