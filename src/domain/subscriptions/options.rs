//! The options of a contract: agreed with it, a part of its price for as long as it lives, and lines of their own on its
//! invoices (ADR 0122). Pure.
use crate::{
    domain::billing::{self, BuyerTax, InvoiceError, NewLine, Shown, words::LONGEST_LINE},
    kernel::{
        format,
        locale::{Lang, ta},
    },
};
use entity::value::{AgreedOption, AgreedOptions, MoneyError, OptionKind, allocate};

/// An option in words: `Dukungan: Prioritas`, `Konsultasi: 3 jam`, `Laporan bulanan`.
pub fn label(option: &AgreedOption, lang: Lang) -> String {
    let (name, value) = (lang.of(&option.name_id, &option.name_en), lang.of(&option.value_id, &option.value_en));
    match option.kind {
        OptionKind::Choice => format!("{name}: {value}"),
        OptionKind::Quantity => format!("{name}: {} {value}", format::number(option.quantity, lang)),
        OptionKind::Switch => name.to_owned(),
    }
}

/// A plan with its options in words; the plan alone where it has none.
pub fn named(plan: &str, options: &AgreedOptions, lang: Lang) -> String {
    options.0.iter().fold(plan.to_owned(), |all, option| format!("{all} + {}", label(option, lang)))
}

/// What is left of a price (minor units) for the plan itself, and what is for each option that costs something: together
/// it is the price.
pub fn parts(price_minor: i64, options: &AgreedOptions) -> (i64, Vec<(&AgreedOption, i64)>) {
    let priced: Vec<(&AgreedOption, i64)> = options
        .0
        .iter()
        .filter(|option| option.amount_minor != 0)
        .map(|option| (option, option.amount_minor))
        .collect();
    let rest = priced.iter().fold(price_minor, |rest, (_, amount)| rest.saturating_sub(*amount));
    (rest, priced)
}

/// What a price with its options comes to for a buyer taxed like `tax`, whoever collects it: plan and options, each with its
/// own tax as on the invoice.
///
/// # Errors
/// Arithmetic beyond 64 bits.
pub fn shown(
    price_minor: i64,
    tax_included: bool,
    options: &AgreedOptions,
    tax: &BuyerTax,
) -> Result<Shown, InvoiceError> {
    let (rest, priced) = parts(price_minor, options);
    let mut sum = billing::shown(rest, tax_included, tax)?;
    for (_, amount) in priced {
        let part = billing::shown(amount, tax_included, tax)?;
        let add = |a: i64, b: i64| a.checked_add(b).ok_or(MoneyError::Overflow);
        sum.net_minor = add(sum.net_minor, part.net_minor)?;
        sum.tax_minor = add(sum.tax_minor, part.tax_minor)?;
        sum.total_minor = add(sum.total_minor, part.total_minor)?;
    }
    Ok(sum)
}

/// The line of a cycle, over the whole price, as lines of the plan and of each option that costs something. Prices and
/// discounts of the lines sum to those of `whole`: what a coupon takes off is shared in proportion, to the last rupiah.
pub fn split(whole: NewLine, options: &AgreedOptions, lang: Lang) -> Vec<NewLine> {
    let (rest, priced) = parts(whole.unit_minor, options);
    if priced.is_empty() {
        return vec![whole];
    }
    let amounts: Vec<i64> = std::iter::once(rest).chain(priced.iter().map(|(_, amount)| *amount)).collect();
    let off = allocate(whole.discount_minor, &amounts);
    let words = |option: &AgreedOption| {
        let words = [("line", whole.description.clone()), ("option", label(option, lang))];
        ta(lang, "ordering-line-option", &words).chars().take(LONGEST_LINE).collect()
    };
    let plan = NewLine { unit_minor: rest, discount_minor: off[0], ..whole.clone() };
    let of_option = |((option, amount), off): (&(&AgreedOption, i64), &i64)| NewLine {
        description: words(option),
        unit_minor: *amount,
        discount_minor: *off,
        ..whole.clone()
    };
    std::iter::once(plan).chain(priced.iter().zip(&off[1..]).map(of_option)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::value::{Cycle, ProductKind};
    use proptest::prelude::*;

    fn option(kind: OptionKind, quantity: i64, amount_minor: i64) -> AgreedOption {
        AgreedOption {
            code: "support".into(),
            kind,
            value: "x".into(),
            quantity,
            name_id: "Dukungan".into(),
            name_en: "Support".into(),
            value_id: "jam".into(),
            value_en: "hours".into(),
            amount_minor,
        }
    }

    fn line(unit_minor: i64, discount_minor: i64) -> NewLine {
        NewLine {
            description: "n8n Basic".into(),
            quantity: 1,
            unit_minor,
            discount_minor,
            tax_included: false,
            product_kind: ProductKind::PaasService,
            subscription_id: None,
            cycle_number: Some(1),
            sold_for: Some(Cycle::Monthly),
            period: None,
        }
    }

    #[test]
    fn an_option_is_named_by_how_it_was_answered() {
        let said = |kind, quantity| label(&option(kind, quantity, 0), Lang::Id);
        assert_eq!(said(OptionKind::Choice, 1), "Dukungan: jam");
        assert_eq!(said(OptionKind::Quantity, 1_500), "Dukungan: 1.500 jam");
        assert_eq!(said(OptionKind::Switch, 1), "Dukungan");
        let both = AgreedOptions(vec![option(OptionKind::Switch, 1, 0), option(OptionKind::Quantity, 2, 5)]);
        assert_eq!(named("Basic", &both, Lang::En), "Basic + Support + Support: 2 hours");
        assert_eq!(named("Basic", &AgreedOptions::default(), Lang::En), "Basic");
    }

    #[test]
    fn what_costs_nothing_is_no_line() {
        let free = AgreedOptions(vec![option(OptionKind::Choice, 1, 0)]);
        assert_eq!(split(line(50_000, 500), &free, Lang::Id), [line(50_000, 500)]);
        let lines = split(line(75_000, 0), &AgreedOptions(vec![option(OptionKind::Switch, 1, 25_000)]), Lang::Id);
        assert_eq!(lines.iter().map(|line| line.unit_minor).collect::<Vec<_>>(), [50_000, 25_000]);
        assert_eq!(lines[1].description, "n8n Basic: Dukungan");
        assert!(lines.iter().all(|line| line.sold_for == Some(Cycle::Monthly) && line.cycle_number == Some(1)));
    }

    proptest! {
        #[test]
        fn the_lines_are_the_whole_and_none_takes_more_off_than_it_costs(
            plan in 0_i64..5_000_000,
            amounts in proptest::collection::vec(0_i64..2_000_000, 0..8),
            off in 0_u32..=10_000,
        ) {
            let options = AgreedOptions(amounts.iter().map(|amount| option(OptionKind::Switch, 1, *amount)).collect());
            let price = plan + amounts.iter().sum::<i64>();
            let discount = price * i64::from(off) / 10_000;
            let lines = split(line(price, discount), &options, Lang::Id);
            prop_assert_eq!(lines.iter().map(|line| line.unit_minor).sum::<i64>(), price);
            prop_assert_eq!(lines.iter().map(|line| line.discount_minor).sum::<i64>(), discount);
            for line in &lines {
                prop_assert!((0..=line.unit_minor).contains(&line.discount_minor));
            }
        }
    }
}
