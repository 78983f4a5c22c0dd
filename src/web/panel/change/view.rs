//! What the pages of a change of plan show.
use crate::{
    domain::{catalog::find::Offer, ordering::change::Quote, payments::accounts, subscriptions::SubscriptionView},
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
    catalog::{plan, price},
    subscriptions::plan_change,
    value::{Money, PlanChangeStatus},
};

/// A plan to choose.
pub struct PlanChoice {
    pub code: String,
    pub name: String,
    pub note: String,
    pub checked: bool,
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
    pub errors: FormErrors,
}

impl ChoosePage {
    /// The page with what was wrong.
    pub fn build(frame: Frame, view: &SubscriptionView, choices: &[(Offer, price::Model)], errors: FormErrors) -> Self {
        let back = format!("/panel/subscriptions/{}", view.subscription.id);
        let cycle = frame.word("per-cycle", view.subscription.cycle.as_str());
        let note = |plan: &plan::Model, minor: i64| {
            let price = frame.money(&Money::new(minor, &view.subscription.currency));
            let size = resources(&frame, plan.cpu_milli, plan.memory_mb, plan.storage_gb);
            format!("{price} {cycle} · {size}")
        };
        let plans = choices.iter().enumerate().map(|(place, (offer, price))| PlanChoice {
            code: offer.plan.code.clone(),
            name: offer.plan.name.clone(),
            note: note(&offer.plan, price.amount_minor),
            checked: place == 0,
        });
        Self {
            plans: plans.collect(),
            name: view.product.name.clone(),
            present: format!("{}, {}", view.plan.name, note(&view.plan, view.subscription.price_minor)),
            action: format!("{back}/change"),
            back,
            errors,
            frame,
        }
    }
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
    pub balance_minor: i64,
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
    pub fn build(frame: Frame, facts: &Facts<'_>, errors: FormErrors) -> Self {
        let change = &facts.quote.change;
        let money = |minor: i64| frame.money(&Money::new(minor, &change.currency));
        let home = format!("/panel/subscriptions/{}/change", change.subscription_id);
        let lacks = facts.balance_minor < change.total_minor;
        let cycle = frame.word("per-cycle", facts.view.subscription.cycle.as_str());
        let payment = if lacks {
            let lacking = money(change.total_minor - facts.balance_minor);
            frame.ta("panel-change-lacks", [("balance", money(facts.balance_minor)), ("lacking", lacking)])
        } else {
            let left = money(facts.balance_minor - change.total_minor);
            frame.ta("panel-change-covered", [("balance", money(facts.balance_minor)), ("left", left)])
        };
        let lines = facts.quote.lines.iter();
        Self {
            title: frame
                .ta("panel-change-title", [("plan", format!("{} {}", facts.view.product.name, facts.plan.name))]),
            lines: lines
                .map(|line| Line { description: line.description.clone(), amount: money(line.amount_minor) })
                .collect(),
            total: money(change.total_minor),
            valid_until: format::time_of_day(change.valid_until, frame.lang),
            later: frame.ta("panel-change-later", [("price", format!("{} {cycle}", money(change.to_price_minor)))]),
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
        }
    }
}

/// A change that is not over, on the page of its service.
pub struct UnderWay {
    pub plan: String,
    pub waits_for_money: bool,
    pub pay_url: Option<String>,
    pub cancel_url: String,
}

impl UnderWay {
    /// What is said about it.
    pub fn build(change: &plan_change::Model, plan: &plan::Model) -> Self {
        Self {
            plan: plan.name.clone(),
            waits_for_money: change.status == PlanChangeStatus::AwaitingPayment,
            pay_url: change.payment_id.as_ref().map(|id| format!("/panel/payments/{id}")),
            cancel_url: format!("/panel/subscriptions/{}/change/{}/cancel", change.subscription_id, change.id),
        }
    }
}
