//! A price with options is its parts: lines, tax and discounts sum to what is shown and asked for, whatever the prices, the
//! rule and the coupon.
use crate::support::money::line;
use entity::{
    billing::tax_rule,
    value::{AgreedOption, AgreedOptions, OptionKind, Ratio},
};
use proptest::prelude::*;
use yumna::{
    domain::{
        billing::{BuyerTax, NewLine, preview, tax_of_line},
        subscriptions::options::{shown, split},
    },
    kernel::locale::Lang,
};

fn rule(rate: i64) -> tax_rule::Model {
    tax_rule::Model {
        id: "txr_1".into(),
        class: "standard".into(),
        country_code: "ID".into(),
        label: "PPN".into(),
        rate_num: rate,
        rate_den: 100,
        base_num: 11,
        base_den: 12,
        valid_from: "2025-01-01".parse().unwrap(),
        valid_until: None,
        created_at: Default::default(),
    }
}

/// Who owes the tax, and who owes none of what prices hold.
fn buyers(rate: i64) -> [BuyerTax; 3] {
    let (rule, inside) = (Some(rule(rate)), Some(rule(rate)));
    [
        BuyerTax { rule, inside: inside.clone(), collecting: None },
        BuyerTax { rule: None, inside, collecting: None },
        BuyerTax::default(),
    ]
}

fn agreed(amounts: &[i64]) -> AgreedOptions {
    let option = |(i, amount): (usize, &i64)| AgreedOption {
        code: format!("option-{i}"),
        kind: OptionKind::Switch,
        value: "yes".into(),
        quantity: 1,
        name_id: format!("Opsi {i}"),
        name_en: format!("Option {i}"),
        value_id: "Ya".into(),
        value_en: "Yes".into(),
        amount_minor: *amount,
    };
    AgreedOptions(amounts.iter().enumerate().map(option).collect())
}

proptest! {
    #[test]
    fn lines_are_the_price_that_is_shown_and_each_has_its_own_tax(
        plan in 0_i64..50_000_000,
        amounts in proptest::collection::vec(0_i64..10_000_000, 0..20),
        rate in 0_i64..=100,
        off in 0_i64..=10_000,
        tax_included in any::<bool>(),
    ) {
        let (options, price) = (agreed(&amounts), plan + amounts.iter().sum::<i64>());
        let discount_minor = Ratio::new(off, 10_000).of(price).unwrap();
        let whole = NewLine { tax_included, ..line(price) };
        for tax in buyers(rate) {
            let told = shown(price, tax_included, &options, &tax).unwrap();
            let asked = preview(&split(whole.clone(), &options, Lang::Id), &tax).unwrap();
            prop_assert_eq!(asked.total_minor, told.total_minor, "shown and asked for");
            prop_assert_eq!((asked.subtotal_minor, asked.tax_minor), (told.net_minor, told.tax_minor));
            if tax_included && tax.rule.is_some() {
                prop_assert_eq!(told.total_minor, price, "what is written is what is paid");
            }
            if !tax_included {
                prop_assert_eq!(told.net_minor, price);
            }
            let lines = split(NewLine { discount_minor, ..whole.clone() }, &options, Lang::Id);
            let less = preview(&lines, &tax).unwrap();
            prop_assert_eq!(lines.iter().map(|line| line.discount_minor).sum::<i64>(), discount_minor);
            prop_assert_eq!(less.lines.iter().map(|line| line.net_minor + line.tax_minor).sum::<i64>(), less.total_minor);
            for (line, total) in lines.iter().zip(&less.lines) {
                prop_assert!(total.net_minor >= 0 && total.discount_minor >= 0);
                match &tax.rule {
                    Some(rule) if !tax_included => {
                        prop_assert_eq!(total.tax_minor, tax_of_line(rule, total.net_minor).unwrap());
                    }
                    Some(_) => prop_assert_eq!(total.net_minor + total.tax_minor, line.unit_minor - line.discount_minor),
                    None => prop_assert_eq!(total.tax_minor, 0),
                }
            }
        }
    }

    #[test]
    fn the_parts_of_a_period_are_the_whole_price_with_its_options(
        plan in 0_i64..50_000_000,
        amounts in proptest::collection::vec(0_i64..10_000_000, 0..20),
        used in 0_i64..=2_592_000,
    ) {
        let price = plan + amounts.iter().sum::<i64>();
        let whole = 2_592_000;
        let (gone, rest) = (Ratio::new(used, whole).of(price).unwrap(), Ratio::new(whole - used, whole).of(price).unwrap());
        // Both halves of a rupiah are rounded up once at most.
        prop_assert!((0..=1).contains(&(gone + rest - price)), "{} + {} of {}", gone, rest, price);
        // The same options on both sides of a change cancel out to the rupiah that rounding leaves.
        let with = |plan: i64| Ratio::new(used, whole).of(plan + amounts.iter().sum::<i64>()).unwrap();
        let bare = |plan: i64| Ratio::new(used, whole).of(plan).unwrap();
        let (dearer, same) = (with(plan + 50_000) - with(plan), bare(plan + 50_000) - bare(plan));
        prop_assert!((dearer - same).abs() <= 1, "{} and {}", dearer, same);
    }
}
