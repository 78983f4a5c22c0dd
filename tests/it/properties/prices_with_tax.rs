//! Prices that hold their tax: what is written is what is paid, to the rupiah, whatever the price and the rule.
use crate::support::money::line;
use entity::billing::tax_rule;
use proptest::prelude::*;
use yumna::domain::billing::{BuyerTax, InvoiceError, NewLine, preview, shown, tax_of_line};

/// A rule of `rate` hundredths on `base` of the price.
fn rule(rate: i64, base: (i64, i64)) -> tax_rule::Model {
    tax_rule::Model {
        id: "txr_1".into(),
        class: "standard".into(),
        country_code: "ID".into(),
        label: "PPN".into(),
        rate_num: rate,
        rate_den: 100,
        base_num: base.0,
        base_den: base.1,
        valid_from: "2025-01-01".parse().unwrap(),
        valid_until: None,
        created_at: Default::default(),
    }
}

fn rules() -> impl Strategy<Value = tax_rule::Model> {
    let base = prop_oneof![Just((11, 12)), Just((1, 1)), (1i64..20).prop_flat_map(|den| (0..=den, Just(den)))];
    (0i64..=100, base).prop_map(|(rate, base)| rule(rate, base))
}

fn owes(rule: &tax_rule::Model) -> BuyerTax {
    BuyerTax { rule: Some(rule.clone()), inside: Some(rule.clone()), collecting: None }
}

fn owes_none(rule: &tax_rule::Model) -> BuyerTax {
    BuyerTax { rule: None, inside: Some(rule.clone()), collecting: None }
}

fn with_tax(unit_minor: i64, discount_minor: i64) -> NewLine {
    NewLine { tax_included: true, discount_minor, ..line(unit_minor) }
}

proptest! {
    #[test]
    fn who_owes_the_tax_pays_exactly_the_price(gross in 0i64..1_000_000_000_000, rule in rules()) {
        let price = shown(gross, true, &owes(&rule)).unwrap();
        prop_assert_eq!(price.net_minor + price.tax_minor, gross);
        prop_assert_eq!((price.total_minor, price.told_minor()), (gross, gross));
        prop_assert!(price.net_minor >= 0 && price.tax_minor >= 0);
    }

    #[test]
    fn who_owes_none_pays_the_net_of_it(gross in 0i64..1_000_000_000_000, rule in rules()) {
        let (taxed, free) = (shown(gross, true, &owes(&rule)).unwrap(), shown(gross, true, &owes_none(&rule)).unwrap());
        prop_assert_eq!((free.net_minor, free.tax_minor, free.total_minor), (taxed.net_minor, 0, taxed.net_minor));
        prop_assert!(!free.tax_included);
        prop_assert_eq!(shown(gross, true, &BuyerTax::default()).unwrap().total_minor, gross, "no PKP, no tax in it");
    }

    #[test]
    fn a_dearer_price_is_never_less_net_nor_less_tax(
        gross in 0i64..1_000_000_000_000, more in 0i64..1_000, rule in rules(),
    ) {
        let (one, other) = (shown(gross, true, &owes(&rule)).unwrap(), shown(gross + more, true, &owes(&rule)).unwrap());
        prop_assert!(one.net_minor <= other.net_minor && one.tax_minor <= other.tax_minor);
    }

    #[test]
    fn the_tax_in_a_price_is_the_tax_of_its_net_to_the_rupiah(gross in 0i64..1_000_000_000_000, rule in rules()) {
        let price = shown(gross, true, &owes(&rule)).unwrap();
        let of_net = tax_of_line(&rule, price.net_minor).unwrap();
        prop_assert!((price.tax_minor - of_net).abs() <= 1, "{} of {}", price.tax_minor, price.net_minor);
    }

    #[test]
    fn what_is_taken_back_is_the_opposite_of_what_was_asked(gross in 0i64..1_000_000_000_000, rule in rules()) {
        let (asked, back) = (shown(gross, true, &owes(&rule)).unwrap(), shown(-gross, true, &owes(&rule)).unwrap());
        prop_assert_eq!((back.net_minor, back.tax_minor), (-asked.net_minor, -asked.tax_minor));
    }

    #[test]
    fn lines_with_tax_and_without_sum_to_the_document(
        prices in proptest::collection::vec((0i64..20_000_000, 0u8..=100, any::<bool>()), 1..20), rule in rules(),
    ) {
        let of = |(unit, percent, tax_included): &(i64, u8, bool)| NewLine {
            tax_included: *tax_included,
            ..with_tax(*unit, unit * i64::from(*percent) / 100)
        };
        let lines: Vec<NewLine> = prices.iter().map(of).collect();
        let totals = preview(&lines, &owes(&rule)).unwrap();
        prop_assert_eq!(totals.subtotal_minor + totals.tax_minor, totals.total_minor);
        prop_assert_eq!(totals.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>(), totals.tax_minor);
        for (line, total) in lines.iter().zip(&totals.lines) {
            // What stands on the document multiplies and subtracts as on every other one.
            prop_assert_eq!(total.unit_minor - total.discount_minor, total.net_minor);
            prop_assert!((0..=total.unit_minor).contains(&total.discount_minor));
            if line.tax_included {
                prop_assert_eq!(total.net_minor + total.tax_minor, line.unit_minor - line.discount_minor);
            }
        }
    }
}

#[test]
fn a_price_of_55_500_is_50_000_and_ppn_of_5_500() {
    let ppn = rule(12, (11, 12));
    let price = shown(55_500, true, &owes(&ppn)).unwrap();
    assert_eq!((price.net_minor, price.tax_minor, price.total_minor), (50_000, 5_500, 55_500));
    // No net has this total by adding its tax: that is why the tax is taken out and not put on.
    let odd = (0..10_000).find(|net| net + tax_of_line(&ppn, *net).unwrap() == 5);
    assert_eq!(odd, None);
    assert_eq!(shown(5, true, &owes(&ppn)).unwrap().total_minor, 5);
    // A tenth that a coupon takes off is a tenth of what is paid.
    let totals = preview(&[with_tax(55_500, 5_550)], &owes(&ppn)).unwrap();
    assert_eq!(
        (totals.discount_minor, totals.subtotal_minor, totals.tax_minor, totals.total_minor),
        (5_000, 45_000, 4_950, 49_950)
    );
}

#[test]
fn a_price_with_tax_is_asked_for_one_by_one() {
    let several = NewLine { quantity: 3, ..with_tax(55_500, 0) };
    let refused = preview(&[several], &owes(&rule(12, (11, 12))));
    assert!(matches!(refused, Err(InvoiceError::InvalidAmount)), "{refused:?}");
}
