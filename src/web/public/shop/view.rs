//! What the pages of the shop show.
use super::options::{OptionRow, option_rows};
use crate::{
    domain::{
        billing::{BuyerTax, InvoiceError, Shown, shown},
        catalog::{PlanDetail, Service},
        ordering::{self, OrderingError},
        settings::Company,
    },
    kernel::{format, locale::Lang},
    web::{WebError, filters, frame::Frame},
};
use askama::Template;
use entity::{
    catalog::{category, plan, price, product, product_option},
    value::{Cycle, Money},
};

/// So few free slots are told.
const FEW: i64 = 5;

/// The three numbers of a price: net, tax, and what is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// What is paid.
    pub total: Money,
    /// Whether tax is charged at all; without, only one number is shown.
    pub has_tax: bool,
    /// Whether the price was written with the tax in it.
    pub tax_included: bool,
    /// For how long.
    pub cycle: Cycle,
}

impl Price {
    /// The price of a cycle as this buyer pays it.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn of(row: &price::Model, tax: &BuyerTax) -> Result<Self, InvoiceError> {
        Self::of_amount(row, row.amount_minor, row.cycle, tax)
    }

    /// Its setup fee, where there is one.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn of_setup(row: &price::Model, tax: &BuyerTax) -> Result<Option<Self>, InvoiceError> {
        let fee = Some(row.setup_fee_minor).filter(|fee| *fee > 0);
        fee.map(|fee| Self::of_amount(row, fee, Cycle::OneTime, tax)).transpose()
    }

    fn of_amount(row: &price::Model, minor: i64, cycle: Cycle, tax: &BuyerTax) -> Result<Self, InvoiceError> {
        Ok(Self::told(shown(minor, row.tax_included, tax)?, &row.currency, cycle, tax))
    }

    /// The price of a cycle of a choice with its options.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn of_choice(choice: &ordering::pricing::Choice, tax: &BuyerTax) -> Result<Self, OrderingError> {
        let shown = ordering::pricing::shown_of(choice, tax)?;
        Ok(Self::told(shown, &choice.price.currency, choice.price.cycle, tax))
    }

    /// What an amount that is added to the price `row` comes to.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn of_part(row: &price::Model, minor: i64, tax: &BuyerTax) -> Result<Self, InvoiceError> {
        Self::of_amount(row, minor, row.cycle, tax)
    }

    fn told(shown: Shown, currency: &str, cycle: Cycle, tax: &BuyerTax) -> Self {
        let money = |minor| Money::new(minor, currency);
        Self {
            net: money(shown.net_minor),
            tax: money(shown.tax_minor),
            total: money(shown.total_minor),
            has_tax: tax.rule.is_some(),
            tax_included: shown.tax_included,
            cycle,
        }
    }
}

/// The text of a language.
pub fn in_language(lang: Lang, id: &str, en: &str) -> String {
    match lang {
        Lang::Id => id.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// The picture of a service; services we have no picture of share one.
pub fn icon_of(product: &product::Model) -> &'static str {
    match product.slug.as_str() {
        "n8n" => "robot",
        "ghost" => "ghost-2",
        "wordpress" => "brand-wordpress",
        _ => "apps",
    }
}

/// A service in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCard {
    /// Its page.
    pub href: String,
    /// Its picture.
    pub icon: &'static str,
    /// Its name.
    pub name: String,
    /// One line about it.
    pub tagline: String,
    /// Least price of a month: what its reader would pay.
    pub from: Option<Price>,
}

impl ServiceCard {
    fn build(lang: Lang, service: &Service, tax: &BuyerTax) -> Result<Self, InvoiceError> {
        let product = &service.product;
        let prices: Vec<Price> =
            service.lowest_prices.iter().map(|row| Price::of(row, tax)).collect::<Result<_, _>>()?;
        Ok(Self {
            href: format!("/catalog/{}", product.slug),
            icon: icon_of(product),
            name: product.name.clone(),
            tagline: in_language(lang, &product.tagline_id, &product.tagline_en),
            from: prices.into_iter().min_by_key(|price| price.total.minor),
        })
    }

    fn all(lang: Lang, services: &[Service], tax: &BuyerTax) -> Result<Vec<Self>, InvoiceError> {
        services.iter().map(|service| Self::build(lang, service, tax)).collect()
    }
}

/// The first page.
#[derive(Debug, Template)]
#[template(path = "public/shop/home.html")]
pub struct HomePage {
    /// Around the page.
    pub frame: Frame,
    /// What is put forward.
    pub services: Vec<ServiceCard>,
    /// Where people write to, empty where it is not set.
    pub support_email: String,
    /// Whether prices carry PPN.
    pub has_tax: bool,
}

impl HomePage {
    /// The page as it is now.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(frame: Frame, featured: &[Service], tax: &BuyerTax, company: &Company) -> Result<Self, WebError> {
        let services = ServiceCard::all(frame.lang, featured, tax)?;
        Ok(Self { frame, services, support_email: company.email.clone(), has_tax: tax.rule.is_some() })
    }
}

/// The services that were found.
#[derive(Debug, Template)]
#[template(path = "public/shop/_list.html")]
pub struct ListFragment {
    /// For words.
    pub frame: Frame,
    /// What was found.
    pub services: Vec<ServiceCard>,
    /// What was looked for.
    pub wanted: String,
}

impl ListFragment {
    /// The list of `found`.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(frame: Frame, found: &[Service], tax: &BuyerTax, wanted: &str) -> Result<Self, WebError> {
        let services = ServiceCard::all(frame.lang, found, tax)?;
        Ok(Self { frame, services, wanted: wanted.to_owned() })
    }
}

/// A link that narrows or switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Shown.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is what the page shows.
    pub active: bool,
}

/// Everything that is sold.
#[derive(Debug, Template)]
#[template(path = "public/shop/catalog.html")]
pub struct CatalogPage {
    /// Around the page.
    pub frame: Frame,
    /// Shelves.
    pub choices: Vec<Choice>,
    /// What was found.
    pub services: Vec<ServiceCard>,
    /// What was looked for.
    pub wanted: String,
}

impl CatalogPage {
    /// The page around `list`; `shelf` is the slug of the category that is shown.
    pub fn build(list: ListFragment, categories: &[category::Model], shelf: Option<&str>, wanted: String) -> Self {
        let lang = list.frame.lang;
        let all = Choice { text: list.frame.t("shop-all"), href: "/catalog".to_owned(), active: shelf.is_none() };
        let shelves = categories.iter().map(|category| Choice {
            text: in_language(lang, &category.name_id, &category.name_en),
            href: format!("/catalog?category={}", category.slug),
            active: shelf == Some(category.slug.as_str()),
        });
        let choices = std::iter::once(all).chain(shelves).collect();
        Self { frame: list.frame, choices, services: list.services, wanted }
    }
}

/// How many slots are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Enough.
    Free,
    /// So few that it is told.
    Few(i64),
    /// None.
    Full,
}

/// A plan to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCard {
    /// Its word.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its price for the cycle shown; none where it is not sold for it.
    pub price: Option<Price>,
    /// Once at the first order.
    pub setup: Option<Price>,
    /// Processor, memory, storage.
    pub resources: Vec<String>,
    /// Free slots.
    pub stock: Stock,
    /// Where it is ordered.
    pub order_url: String,
}

/// A row of the comparison: what is compared, and the value of each plan (empty where it has none).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureRow {
    /// What is compared.
    pub label: String,
    /// One per plan.
    pub values: Vec<String>,
}

/// The page of a service.
#[derive(Debug, Template)]
#[template(path = "public/shop/service.html")]
pub struct ServicePage {
    /// Around the page.
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// Its picture.
    pub icon: &'static str,
    /// One line about it.
    pub tagline: String,
    /// Paragraphs about it.
    pub paragraphs: Vec<String>,
    /// Where its plans wait for room.
    pub wait_url: String,
    /// Cycles to switch between; empty where there is only one.
    pub cycles: Vec<Choice>,
    /// Its plans, smallest first.
    pub plans: Vec<PlanCard>,
    /// The comparison.
    pub features: Vec<FeatureRow>,
    /// What can be ordered with every plan.
    pub options: Vec<OptionRow>,
    /// Whether the first price is once and the rest repeats.
    pub cycle: Cycle,
    /// Days at the beginning that cost nothing; 0: none.
    pub trial_days: i32,
}

impl ServicePage {
    /// The page of `service`, its prices for `wanted` or the shortest cycle on sale.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(
        frame: Frame,
        service: &Service,
        (plans, options): (&[PlanDetail], &[product_option::Model]),
        tax: &BuyerTax,
        wanted: Option<Cycle>,
    ) -> Result<Self, WebError> {
        let (lang, product) = (frame.lang, &service.product);
        let on_sale = cycles_of(plans);
        let first = on_sale.first().copied().unwrap_or(Cycle::Monthly);
        let cycle = wanted.filter(|cycle| on_sale.contains(cycle)).unwrap_or(first);
        let cards = plans.iter().map(|detail| plan_card(lang, &product.slug, detail, cycle, tax));
        let cards = cards.collect::<Result<Vec<_>, InvoiceError>>()?;
        let cycles = if on_sale.len() > 1 { on_sale } else { Vec::new() };
        let switch = cycles.into_iter().map(|one| Choice {
            text: cycle_label(&frame, plans, first, one),
            href: format!("/catalog/{}?cycle={}", product.slug, one.as_str()),
            active: one == cycle,
        });
        let cycles = switch.collect();
        let description = in_language(lang, &product.description_id, &product.description_en);
        let shown = plans.iter().flat_map(|detail| &detail.prices).find(|row| row.cycle == cycle);
        let options = option_rows(&frame, options, shown, tax)?;
        Ok(Self {
            options,
            name: product.name.clone(),
            icon: icon_of(product),
            tagline: in_language(lang, &product.tagline_id, &product.tagline_en),
            paragraphs: paragraphs(&description),
            wait_url: format!("/catalog/{}/waitlist", product.slug),
            cycles,
            plans: cards,
            features: feature_rows(lang, plans),
            cycle,
            trial_days: product.trial_days,
            frame,
        })
    }
}

/// The paragraphs of a text, parted by empty lines.
pub fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn cycles_of(plans: &[PlanDetail]) -> Vec<Cycle> {
    let mut cycles: Vec<Cycle> = plans.iter().flat_map(|detail| detail.prices.iter().map(|row| row.cycle)).collect();
    cycles.sort_by_key(|cycle| (cycle.twelfths_of_days(), *cycle));
    cycles.dedup();
    cycles
}

/// The cycle's name, with what it saves against the shortest cycle where every plan saves something.
fn cycle_label(frame: &Frame, plans: &[PlanDetail], shortest: Cycle, cycle: Cycle) -> String {
    let name = frame.word("cycle", cycle.as_str());
    let saving = plans.iter().map(|detail| saving_percent(detail, shortest, cycle)).min().flatten();
    match saving.filter(|percent| *percent > 0) {
        Some(percent) => frame.ta("shop-cycle-saving", [("cycle", name), ("percent", percent.to_string())]),
        None => name,
    }
}

fn saving_percent(detail: &PlanDetail, shortest: Cycle, cycle: Cycle) -> Option<i64> {
    let price = |wanted: Cycle| detail.prices.iter().find(|row| row.cycle == wanted);
    let (short, long) = (price(shortest)?, price(cycle)?);
    // With tax and without, they are no measure of each other.
    if short.tax_included != long.tax_included {
        return None;
    }
    let (length, of) = (i64::from(cycle.twelfths_of_days()?), i64::from(shortest.twelfths_of_days()?));
    let singly = short.amount_minor.checked_mul(length)?.checked_div(of)?;
    singly.checked_sub(long.amount_minor)?.checked_mul(100)?.checked_div(singly)
}

fn plan_card(
    lang: Lang,
    slug: &str,
    detail: &PlanDetail,
    cycle: Cycle,
    tax: &BuyerTax,
) -> Result<PlanCard, InvoiceError> {
    let plan = &detail.plan;
    let row = detail.prices.iter().find(|row| row.cycle == cycle);
    Ok(PlanCard {
        code: plan.code.clone(),
        name: plan.name.clone(),
        price: row.map(|row| Price::of(row, tax)).transpose()?,
        setup: row.map(|row| Price::of_setup(row, tax)).transpose()?.flatten(),
        resources: resources_of(lang, plan),
        stock: match detail.available() {
            0 => Stock::Full,
            free if free <= FEW => Stock::Few(free),
            _ => Stock::Free,
        },
        order_url: format!("/catalog/{slug}/order?plan={}&cycle={}", plan.code, cycle.as_str()),
    })
}

/// `0,5 vCPU`, `1 GB memori`, `5 GB penyimpanan`.
pub fn resources_of(lang: Lang, plan: &plan::Model) -> Vec<String> {
    let say = |key: &str, amount: String| crate::kernel::locale::ta(lang, key, &[("amount", amount)]);
    let bytes = |amount: i64, shift: u32| {
        let size = u64::try_from(amount).unwrap_or_default().checked_shl(shift).unwrap_or(u64::MAX);
        format::bytes(size, lang)
    };
    vec![
        say("shop-cpu", thousandths(plan.cpu_milli, lang)),
        say("shop-memory", bytes(plan.memory_mb, 20)),
        say("shop-storage", bytes(plan.storage_gb, 30)),
    ]
}

/// `0,5` of 500.
fn thousandths(milli: i64, lang: Lang) -> String {
    let whole = format::number(milli / 1000, lang);
    let part = format!("{:03}", milli % 1000);
    match part.trim_end_matches('0') {
        "" => whole,
        digits => format!("{whole}{}{digits}", in_language(lang, ",", ".")),
    }
}

fn feature_rows(lang: Lang, plans: &[PlanDetail]) -> Vec<FeatureRow> {
    let mut rows: Vec<FeatureRow> = Vec::new();
    for (place, detail) in plans.iter().enumerate() {
        for feature in &detail.features {
            let label = in_language(lang, &feature.label_id, &feature.label_en);
            let value = in_language(lang, &feature.value_id, &feature.value_en);
            let index = rows.iter().position(|row| row.label == label).unwrap_or_else(|| {
                rows.push(FeatureRow { label, values: vec![String::new(); plans.len()] });
                rows.len() - 1
            });
            rows[index].values[place] = value;
        }
    }
    rows
}
