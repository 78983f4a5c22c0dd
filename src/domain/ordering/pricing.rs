//! Prices as people see them: net, tax and total of every price, by the same function that prices the invoice.
use super::{
    OrderingError,
    coupon::{self, Applied},
    options::{joined, with_options},
};
use crate::{
    domain::{
        Ctx,
        billing::{BuyerTax, NewLine, Shown, TaxTable, Totals, preview, shown, words::LONGEST_LINE},
        catalog::{Offer, PlanDetail, coupon::ItemDiscount},
        customers,
        subscriptions::{options, trial},
    },
    kernel::locale::{Lang, ta, word},
};
use entity::{
    catalog::price,
    customers::customer,
    value::{AgreedOptions, CustomerId, Cycle, ProductId, ProductKind, SubscriptionId, business_day},
};
use sea_orm::ConnectionTrait;
use std::collections::HashSet;

/// A price of a plan; minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceView {
    /// For how long.
    pub cycle: Cycle,
    /// Price of a cycle: with its tax where `tax_included`, else without.
    pub amount: i64,
    /// Whether the price is told with its tax in it, as it was written; never to who pays none (ADR 0101).
    pub tax_included: bool,
    /// Tax of a cycle.
    pub tax: i64,
    /// To pay for a cycle.
    pub total: i64,
    /// Once at the first order, told as the price is.
    pub setup_fee: i64,
    /// Currency.
    pub currency: String,
}

/// How the buyer at the other end is taxed today: a known customer, or a visitor as somebody at home.
///
/// # Errors
/// `NotFound` for an unknown customer; the database.
pub async fn buyer_tax(ctx: &Ctx, customer_id: Option<&CustomerId>) -> Result<BuyerTax, OrderingError> {
    let table = TaxTable::load(&ctx.db).await?;
    let today = business_day(ctx.now());
    Ok(match customer_id {
        None => table.for_visitor(today),
        Some(id) => table.for_customer(&customers::get(&ctx.db, id).await?, today),
    })
}

/// A price with its tax. Pure.
///
/// # Errors
/// Arithmetic beyond 64 bits.
pub fn price_view(price: &price::Model, tax: &BuyerTax) -> Result<PriceView, OrderingError> {
    let cycle = shown(price.amount_minor, price.tax_included, tax)?;
    Ok(PriceView {
        cycle: price.cycle,
        amount: cycle.told_minor(),
        tax_included: cycle.tax_included,
        tax: cycle.tax_minor,
        total: cycle.total_minor,
        setup_fee: shown(price.setup_fee_minor, price.tax_included, tax)?.told_minor(),
        currency: price.currency.clone(),
    })
}

/// What a choice comes to for a cycle, whoever collects the tax. Pure.
///
/// # Errors
/// Arithmetic beyond 64 bits.
pub fn shown_of(choice: &Choice, tax: &BuyerTax) -> Result<Shown, OrderingError> {
    let price = &choice.price;
    Ok(options::shown(price.amount_minor, price.tax_included, &choice.options, tax)?)
}

/// The price of a choice with its options and their tax. Pure.
///
/// # Errors
/// Arithmetic beyond 64 bits.
pub fn choice_view(choice: &Choice, tax: &BuyerTax) -> Result<PriceView, OrderingError> {
    let cycle = shown_of(choice, tax)?;
    let view = price_view(&choice.price, tax)?;
    Ok(PriceView { amount: cycle.told_minor(), tax: cycle.tax_minor, total: cycle.total_minor, ..view })
}

/// The prices of a plan with their tax, shortest cycle first. Pure.
///
/// # Errors
/// Arithmetic beyond 64 bits.
pub fn price_views(plan: &PlanDetail, tax: &BuyerTax) -> Result<Vec<PriceView>, OrderingError> {
    plan.prices.iter().map(|price| price_view(price, tax)).collect()
}

/// A plan and cycle to be sold.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What.
    pub offer: Offer,
    /// At which price: that of the plan with its options.
    pub price: price::Model,
    /// Which part of it is for which option.
    pub options: AgreedOptions,
    /// Answers of the customer, defaults filled in.
    pub config: serde_json::Value,
    /// Days at the beginning that cost nothing; 0: none.
    pub trial_days: i32,
}

/// Lets those of `choices` begin with a trial that may: the product offers one, `customer_id` has not had it (a visitor is
/// taken for somebody who has not), and nothing is to be paid at the beginning anyway, as a setup fee is. A coupon is for
/// what is paid at once, so that an order with one has no trials.
///
/// # Errors
/// The database.
pub async fn grant_trials(
    db: &impl ConnectionTrait,
    customer_id: Option<&CustomerId>,
    choices: &mut [Choice],
    has_coupon: bool,
) -> Result<(), OrderingError> {
    let offers = |choice: &Choice| {
        let is_paid_later = choice.price.cycle != Cycle::OneTime && choice.price.setup_fee_minor == 0;
        !has_coupon && is_paid_later && choice.offer.product.trial_days > 0
    };
    let products: Vec<ProductId> =
        choices.iter().filter(|choice| offers(choice)).map(|choice| choice.offer.product.id.clone()).collect();
    let mut used = match customer_id {
        Some(customer_id) if !products.is_empty() => trial::used(db, customer_id, &products).await?,
        _ => HashSet::new(),
    };
    for choice in choices {
        // Of several of one product in an order the first is tried.
        let is_granted = offers(choice) && used.insert(choice.offer.product.id.clone());
        choice.trial_days = if is_granted { choice.offer.product.trial_days } else { 0 };
    }
    Ok(())
}

impl Choice {
    /// An offer at a price of its plan, with options that are added to it.
    pub fn of(offer: Offer, price: &price::Model, config: serde_json::Value, options: AgreedOptions) -> Self {
        let price = with_options(price, &options);
        Self { offer, price, options, config, trial_days: 0 }
    }

    /// The answers that lead to it, those to the options among them.
    pub fn answers(&self) -> serde_json::Value {
        joined(&self.config, &self.options)
    }

    /// Its words in documents.
    pub fn description(&self, lang: Lang) -> String {
        describe(lang, &self.offer.product.name, &self.offer.plan.name, self.price.cycle)
    }

    /// Its lines less what a coupon takes off: the first cycle, its options, and the setup fee where there is one.
    pub(super) fn lines(
        &self,
        lang: Lang,
        subscription_id: Option<&SubscriptionId>,
        discount: &ItemDiscount,
    ) -> Vec<NewLine> {
        let kind = self.offer.product.kind;
        if self.trial_days > 0 {
            let words = [
                ("service", self.offer.product.name.clone()),
                ("plan", self.offer.plan.name.clone()),
                ("days", self.trial_days.to_string()),
            ];
            let line = line(ta(lang, "ordering-line-trial", &words), kind, 0);
            return vec![NewLine { subscription_id: subscription_id.cloned(), cycle_number: Some(1), ..line }];
        }
        let for_contract =
            |line: NewLine, cycle_number| NewLine { subscription_id: subscription_id.cloned(), cycle_number, ..line };
        let amounts = (self.price.amount_minor, self.price.setup_fee_minor);
        let (first, setup) = priced_lines(kind, amounts, self.price.tax_included);
        let first = NewLine {
            description: self.description(lang),
            sold_for: Some(self.price.cycle),
            discount_minor: discount.price_minor,
            ..first
        };
        let mut lines = options::split(for_contract(first, Some(1)), &self.options, lang);
        if let Some(setup) = setup {
            let words = [("service", &self.offer.product.name), ("plan", &self.offer.plan.name)];
            let description = ta(lang, "ordering-line-setup", &words);
            let setup = NewLine { description, discount_minor: discount.setup_minor, ..setup };
            lines.push(for_contract(setup, None));
        }
        lines
    }
}

/// What the choices come to for a buyer taxed like `tax`, less what a coupon takes off. Pure; no choices come to zero.
///
/// # Errors
/// Arithmetic beyond 64 bits.
pub fn totals(choices: &[Choice], tax: &BuyerTax, applied: Option<&Applied>) -> Result<Totals, OrderingError> {
    let discounts = coupon::discounts(applied, choices.len());
    let priced = choices.iter().zip(&discounts);
    let lines: Vec<NewLine> = priced.flat_map(|(choice, discount)| choice.lines(Lang::Id, None, discount)).collect();
    Ok(preview(&lines, tax)?)
}

/// The language of a customer's documents.
pub(super) fn lang_of(customer: &customer::Model) -> Lang {
    Lang::parse(&customer.locale).unwrap_or_default()
}

/// The words of a plan for a cycle in documents.
pub(super) fn describe(lang: Lang, service: &str, plan: &str, cycle: Cycle) -> String {
    let cycle = word(lang, "cycle", cycle.as_str());
    let words = [("service", service), ("plan", plan), ("cycle", cycle.as_str())];
    ta(lang, "ordering-line", &words).chars().take(LONGEST_LINE).collect()
}

/// What a contract asks for at its beginning, still without words: its first cycle, and its setup fee where there is one.
/// Each is a line of its own wherever it is added up, so that tax is rounded alike.
pub(super) fn priced_lines(
    kind: ProductKind,
    (price_minor, setup_minor): (i64, i64),
    tax_included: bool,
) -> (NewLine, Option<NewLine>) {
    let one = |unit_minor| NewLine { tax_included, ..line(String::new(), kind, unit_minor) };
    (one(price_minor), (setup_minor > 0).then(|| one(setup_minor)))
}

/// One of something for so much, net, that belongs to no contract.
pub(super) fn line(description: String, product_kind: ProductKind, unit_minor: i64) -> NewLine {
    NewLine {
        description,
        quantity: 1,
        unit_minor,
        discount_minor: 0,
        tax_included: false,
        product_kind,
        subscription_id: None,
        cycle_number: None,
        sold_for: None,
        period: None,
    }
}
