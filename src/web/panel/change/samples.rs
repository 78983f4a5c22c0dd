//! The pages of a change of plan as they may look.
use super::view::{Choices, ChoosePage, ConfirmPage, Facts, UnderWay};
use crate::{
    domain::{
        billing::BuyerTax,
        catalog::find::Offer,
        ordering::change::{Quote, QuoteLine},
        payments::accounts,
        subscriptions::SubscriptionView,
    },
    kernel::locale::Lang,
    web::{
        form_errors::FormErrors,
        frame::{Frame, Theme},
        panel::samples::{contract, frame},
    },
};
use askama::Template;
use chrono::{DateTime, Duration, Utc};
use entity::{
    catalog::{plan, price},
    subscriptions::plan_change,
    value::{AgreedOptions, Cycle, PlanChangeStatus, SubscriptionStatus},
};

fn pro(view: &SubscriptionView) -> plan::Model {
    plan::Model { id: "pln_2".into(), code: "n8n-pro".into(), name: "Pro".into(), tier: 2, ..view.plan.clone() }
}

fn change(view: &SubscriptionView, now: DateTime<Utc>, status: PlanChangeStatus) -> plan_change::Model {
    plan_change::Model {
        id: "chg_1".into(),
        subscription_id: view.subscription.id.clone(),
        customer_id: "cus_1".into(),
        status,
        open_key: None,
        from_plan_id: view.plan.id.clone(),
        to_plan_id: "pln_2".into(),
        from_price_minor: 50_000,
        from_tax_included: false,
        to_price_minor: 150_000,
        to_tax_included: false,
        options: AgreedOptions::default(),
        from_cycle: view.subscription.cycle,
        to_cycle: view.subscription.cycle,
        takes_effect_on: None,
        period_end: view.subscription.period_end.unwrap_or_default(),
        lines: serde_json::json!([]),
        tax_minor: 8_250,
        total_minor: 83_250,
        currency: "IDR".into(),
        valid_until: now + Duration::minutes(15),
        payment_id: Some("pay_1".into()),
        hold_id: None,
        task_id: None,
        invoice_id: None,
        end_reason: None,
        agreed_by: None,
        created_at: now,
        updated_at: now,
    }
}

/// A change that waits for its money.
pub fn under_way(frame: &Frame) -> UnderWay {
    let view = contract(frame.now, SubscriptionStatus::Active, "n8n");
    let waits = change(&view, frame.now, PlanChangeStatus::AwaitingPayment);
    UnderWay::build(frame, &waits, &pro(&view), &BuyerTax::default()).unwrap()
}

/// A change that waits for its day.
pub fn scheduled(frame: &Frame) -> UnderWay {
    let view = contract(frame.now, SubscriptionStatus::Active, "n8n");
    let takes_effect_on = view.subscription.period_end;
    let waits = change(&view, frame.now, PlanChangeStatus::Scheduled);
    let waits = plan_change::Model { takes_effect_on, ..waits };
    UnderWay::build(frame, &waits, &pro(&view), &BuyerTax::default()).unwrap()
}

/// Every page, named.
pub fn pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let frame = frame(lang, theme, "/panel/services");
    let view = contract(frame.now, SubscriptionStatus::Active, "n8n");
    let (plan, tax) = (pro(&view), BuyerTax::default());
    let offer = Offer {
        plan: plan.clone(),
        product: view.product.clone(),
        template: None,
        prices: Vec::new(),
        options: Vec::new(),
    };
    let price = price::Model {
        id: "prc_1".into(),
        plan_id: plan.id.clone(),
        cycle: view.subscription.cycle,
        currency: "IDR".into(),
        amount_minor: 150_000,
        setup_fee_minor: 0,
        tax_included: false,
    };
    let yearly = price::Model { cycle: Cycle::Annually, amount_minor: 1_500_000, ..price.clone() };
    let mut wrong_later = FormErrors::none();
    wrong_later.add("terms", frame.t("panel-change-later-unknown"));
    let mut wrong = FormErrors::none();
    wrong.add("plan", frame.t("error-invalid-upgrade"));
    let none = AgreedOptions::default;
    let mut pages: Vec<(String, String)> = [
        (
            "change-choose",
            vec![(offer.clone(), price.clone(), none())],
            vec![(offer.clone(), yearly, none())],
            FormErrors::none(),
        ),
        ("change-none", Vec::new(), Vec::new(), FormErrors::none()),
        ("change-wrong", vec![(offer.clone(), price.clone(), none())], Vec::new(), wrong),
        ("change-later-wrong", Vec::new(), vec![(offer, price, none())], wrong_later),
    ]
    .into_iter()
    .map(|(name, now, later, errors)| {
        let page = ChoosePage::build(frame.clone(), &view, Choices { now: &now, later: &later }, &tax, errors).unwrap();
        (name.to_owned(), page.render().unwrap())
    })
    .collect();
    let line = |description: &str, amount_minor| QuoteLine { description: description.to_owned(), amount_minor };
    let lines = vec![
        line("n8n Pro, 12 Des 2026 – 20 Des 2026", 112_500),
        line("Sisa n8n Basic, 12 Des 2026 – 20 Des 2026", -37_500),
        line("PPN 11%", 8_250),
    ];
    for (name, status, balance_minor, age) in [
        ("change-covered", PlanChangeStatus::Quoted, 200_000, 0),
        ("change-lacks", PlanChangeStatus::Quoted, 20_000, 0),
        ("change-expired", PlanChangeStatus::Quoted, 200_000, 60),
        ("change-done", PlanChangeStatus::Done, 200_000, 0),
    ] {
        let made = frame.now - Duration::minutes(age);
        let quote = Quote { change: change(&view, made, status), lines: lines.clone() };
        let offers: Vec<accounts::Offer> = Vec::new();
        let coupon = ("HEMAT20".to_owned(), if balance_minor == 20_000 { 0 } else { 30_000 });
        let facts = Facts {
            view: &view,
            plan: &plan,
            quote: &quote,
            tax: &tax,
            balance_minor,
            spendable_minor: balance_minor,
            coupon: Some(&coupon),
            offers: &offers,
        };
        let page = ConfirmPage::build(frame.clone(), &facts, FormErrors::none()).unwrap();
        pages.push((name.to_owned(), page.render().unwrap()));
    }
    pages
}
