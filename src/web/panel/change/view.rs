//! What the pages of a change of plan show.
use crate::{
    domain::{
        billing::{BuyerTax, InvoiceError},
        ordering::change::{Possible, Quote},
        payments::accounts,
        subscriptions::{self, SubscriptionView},
    },
    kernel::format,
    web::{
        filters,
        form_errors::FormErrors,
        frame::Frame,
        panel::{
            services::view::resources,
            wallet::view::{MethodChoice, method},
        },
    },
};
use askama::Template;
use entity::{
    catalog::plan,
    subscriptions::plan_change,
    value::{AgreedOptions, Cycle, Money, PlanChangeStatus, business_day},
};

/// A plan to choose.
pub struct PlanChoice {
    pub code: String,
    pub name: String,
    pub note: String,
    pub checked: bool,
}

/// What a contract can be changed to, each plan with its price: at once, and from the next period on.
pub struct Choices<'a> {
    pub now: &'a [Possible],
    pub later: &'a [Possible],
}

/// Which plan it is to be.
#[derive(Template)]
#[template(path = "panel/change/choose.html")]
pub struct ChoosePage {
    pub frame: Frame,
    pub name: String,
    pub present: String,
    pub back: String,
    pub action: String,
    pub plans: Vec<PlanChoice>,
    pub later_action: String,
    pub later: Vec<PlanChoice>,
    /// Its last day on the present terms.
    pub until: String,
    /// A disk stays as large as it is.
    pub shrinks: bool,
    pub errors: FormErrors,
}

impl ChoosePage {
    /// The page for a customer taxed like `tax`, with what was wrong.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(
        frame: Frame,
        view: &SubscriptionView,
        choices: Choices<'_>,
        tax: &BuyerTax,
        errors: FormErrors,
    ) -> Result<Self, InvoiceError> {
        let contract = &view.subscription;
        let back = format!("/panel/subscriptions/{}", contract.id);
        let note = |plan: &plan::Model, price: (i64, bool), options: &AgreedOptions, cycle: Cycle| {
            let cycle = frame.word("per-cycle", cycle.as_str());
            let price = told(&frame, price, options, &contract.currency, tax)?;
            let size = resources(&frame, plan.cpu_milli, plan.memory_mb, plan.storage_gb);
            let with = frame.with_options(options).map_or_else(String::new, |words| format!(" · {words}"));
            Ok::<_, InvoiceError>(format!("{price} {cycle} · {size}{with}"))
        };
        let mut plans = Vec::with_capacity(choices.now.len());
        for (place, (offer, price, options)) in choices.now.iter().enumerate() {
            plans.push(PlanChoice {
                code: offer.plan.code.clone(),
                name: offer.plan.name.clone(),
                note: note(&offer.plan, (price.amount_minor, price.tax_included), options, price.cycle)?,
                checked: place == 0,
            });
        }
        let mut later = Vec::with_capacity(choices.later.len());
        for (offer, price, options) in choices.later {
            later.push(PlanChoice {
                code: format!("{}:{}", offer.plan.code, price.cycle.as_str()),
                name: format!("{}, {}", offer.plan.name, frame.word("cycle", price.cycle.as_str())),
                note: note(&offer.plan, (price.amount_minor, price.tax_included), options, price.cycle)?,
                checked: false,
            });
        }
        let last = contract.period_end.and_then(|end| end.pred_opt());
        let price = (contract.price_minor, contract.tax_included);
        let present = note(&view.plan, price, &contract.options, contract.cycle)?;
        Ok(Self {
            plans,
            later,
            later_action: format!("{back}/change/later"),
            until: last.map(|last| format::day(last, frame.lang)).unwrap_or_default(),
            shrinks: choices.later.iter().any(|(offer, ..)| offer.plan.storage_gb < view.plan.storage_gb),
            name: view.product.name.clone(),
            present: format!("{}, {present}", view.plan.name),
            action: format!("{back}/change"),
            back,
            errors,
            frame,
        })
    }
}

/// A price with its options as this customer is told it: with its tax where it was written so and he owes it.
fn told(
    frame: &Frame,
    (price_minor, tax_included): (i64, bool),
    options: &AgreedOptions,
    currency: &str,
    tax: &BuyerTax,
) -> Result<String, InvoiceError> {
    let shown = subscriptions::options::shown(price_minor, tax_included, options, tax)?;
    Ok(frame.price(&Money::new(shown.told_minor(), currency), shown.tax_included))
}

/// A line of the quote.
pub struct Line {
    pub description: String,
    pub amount: String,
}

/// What the page of a quote is made of.
pub struct Facts<'a> {
    pub view: &'a SubscriptionView,
    pub plan: &'a plan::Model,
    pub quote: &'a Quote,
    /// How the customer is taxed.
    pub tax: &'a BuyerTax,
    pub balance_minor: i64,
    pub spendable_minor: i64,
    /// What becomes of a coupon: its code, and what the next renewal has off, minor units.
    pub coupon: Option<&'a (String, i64)>,
    /// Ways to pay, where the wallet does not hold enough.
    pub offers: &'a [accounts::Offer],
}

/// What it costs, and the button that agrees.
#[derive(Template)]
#[template(path = "panel/change/confirm.html")]
pub struct ConfirmPage {
    pub frame: Frame,
    pub title: String,
    pub back: String,
    pub action: String,
    pub lines: Vec<Line>,
    pub total: String,
    pub valid_until: String,
    pub later: String,
    /// What becomes of a coupon.
    pub coupon: String,
    /// How it is paid.
    pub payment: String,
    pub lacks: bool,
    pub methods: Vec<MethodChoice>,
    /// It can still be agreed to.
    pub is_open: bool,
    pub state: &'static str,
    pub errors: FormErrors,
}

impl ConfirmPage {
    /// The page with what was wrong.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(frame: Frame, facts: &Facts<'_>, errors: FormErrors) -> Result<Self, InvoiceError> {
        let change = &facts.quote.change;
        let money = |minor: i64| frame.money(&Money::new(minor, &change.currency));
        let home = format!("/panel/subscriptions/{}/change", change.subscription_id);
        let lacks = facts.spendable_minor < change.total_minor;
        let cycle = frame.word("per-cycle", facts.view.subscription.cycle.as_str());
        let payment = if lacks {
            let lacking = money(change.total_minor - facts.spendable_minor);
            frame.ta("panel-change-lacks", [("balance", money(facts.balance_minor)), ("lacking", lacking)])
        } else if facts.balance_minor < change.total_minor {
            frame.ta("panel-change-covered-by-credit", [("balance", money(facts.balance_minor))])
        } else {
            let left = money(facts.balance_minor - change.total_minor);
            frame.ta("panel-change-covered", [("balance", money(facts.balance_minor)), ("left", left)])
        };
        let lines = facts.quote.lines.iter();
        let price = (change.to_price_minor, change.to_tax_included);
        let price = told(&frame, price, &change.options, &change.currency, facts.tax)?;
        Ok(Self {
            title: frame
                .ta("panel-change-title", [("plan", format!("{} {}", facts.view.product.name, facts.plan.name))]),
            lines: lines
                .map(|line| Line { description: line.description.clone(), amount: money(line.amount_minor) })
                .collect(),
            total: money(change.total_minor),
            valid_until: format::time_of_day(change.valid_until, frame.lang),
            later: frame.ta("panel-change-later", [("price", format!("{price} {cycle}"))]),
            coupon: facts.coupon.map_or_else(String::new, |(code, off)| match off {
                0 => frame.ta("coupon-change-over", [("code", code)]),
                off => frame.ta("coupon-change-kept", [("code", code.clone()), ("amount", money(*off))]),
            }),
            payment,
            lacks,
            methods: facts.offers.iter().enumerate().map(|(place, offer)| method(&frame, offer, place, "")).collect(),
            is_open: change.status == PlanChangeStatus::Quoted && frame.now <= change.valid_until,
            state: change.status.as_str(),
            action: format!("{home}/{}", change.id),
            back: home,
            errors,
            frame,
        })
    }
}

/// A change that is not over, on the page of its service.
pub struct UnderWay {
    pub plan: String,
    /// What it waits for, in words.
    pub state: String,
    pub is_scheduled: bool,
    pub waits_for_money: bool,
    pub pay_url: Option<String>,
    pub cancel_url: String,
}

impl UnderWay {
    /// What is said about it to a customer taxed like `tax`.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(
        frame: &Frame,
        change: &plan_change::Model,
        plan: &plan::Model,
        tax: &BuyerTax,
    ) -> Result<Self, InvoiceError> {
        let state = match (change.status, change.takes_effect_on) {
            (PlanChangeStatus::AwaitingPayment, _) => frame.t("panel-change-waits"),
            (PlanChangeStatus::Scheduled, Some(from)) if business_day(frame.now) < from => {
                let price = (change.to_price_minor, change.to_tax_included);
                let price = told(frame, price, &change.options, &change.currency, tax)?;
                let cycle = frame.word("per-cycle", change.to_cycle.as_str());
                frame.ta(
                    "panel-change-from",
                    [("date", format::day(from, frame.lang)), ("price", format!("{price} {cycle}"))],
                )
            }
            _ => frame.t("panel-change-runs"),
        };
        Ok(Self {
            plan: plan.name.clone(),
            state,
            is_scheduled: change.takes_effect_on.is_some_and(|from| business_day(frame.now) < from),
            waits_for_money: change.status == PlanChangeStatus::AwaitingPayment,
            pay_url: change.payment_id.as_ref().map(|id| format!("/panel/payments/{id}")),
            cancel_url: format!("/panel/subscriptions/{}/change/{}/cancel", change.subscription_id, change.id),
        })
    }
}
