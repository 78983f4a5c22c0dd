//! Lines sum to the document whatever is sold.
use crate::support::money::line;
use entity::billing::tax_rule;
use proptest::prelude::*;
use yumna::domain::{
    billing::{BuyerTax, NewLine, TaxTable, preview, tax_of_line},
    settings,
};

fn ppn() -> tax_rule::Model {
    tax_rule::Model {
        id: "txr_1".into(),
        class: "standard".into(),
        country_code: "ID".into(),
        label: "PPN 11%".into(),
        rate_num: 12,
        rate_den: 100,
        base_num: 11,
        base_den: 12,
        valid_from: "2025-01-01".parse().unwrap(),
        valid_until: None,
        created_at: Default::default(),
    }
}

fn lines() -> impl Strategy<Value = Vec<NewLine>> {
    let one = (1i64..50, 0i64..20_000_000, 0u8..=100).prop_map(|(quantity, unit, percent)| NewLine {
        quantity,
        discount_minor: quantity * unit * i64::from(percent) / 100,
        ..line(unit)
    });
    proptest::collection::vec(one, 0..20)
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole(lines in lines(), is_taxed in any::<bool>()) {
        let tax = BuyerTax { rule: is_taxed.then(ppn), ..BuyerTax::default() };
        let totals = preview(&lines, &tax).unwrap();
        prop_assert_eq!(totals.lines.len(), lines.len());
        prop_assert_eq!(totals.lines.iter().map(|line| line.net_minor).sum::<i64>(), totals.subtotal_minor);
        prop_assert_eq!(totals.lines.iter().map(|line| line.tax_minor).sum::<i64>(), totals.tax_minor);
        prop_assert_eq!(totals.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>(), totals.tax_minor);
        prop_assert_eq!(totals.subtotal_minor + totals.tax_minor, totals.total_minor);
        prop_assert_eq!(totals.lines.iter().map(|line| line.net_minor).sum::<i64>() + totals.discount_minor,
            lines.iter().map(|line| line.quantity * line.unit_minor).sum::<i64>());
        if !is_taxed {
            prop_assert!(totals.tax_minor == 0 && totals.taxes.is_empty());
        }
    }

    #[test]
    fn the_tax_of_a_line_is_eleven_percent_to_the_half_rupiah(net in 0i64..1_000_000_000_000) {
        let tax = tax_of_line(&ppn(), net).unwrap();
        // |tax − net × 11/100| ≤ 1/2, in hundredths.
        prop_assert!((tax * 100 - net * 11).abs() <= 50);
    }

    #[test]
    fn nothing_overflows_silently(quantity in 1i64..i64::MAX, unit in 1i64..i64::MAX) {
        let product = i128::from(quantity) * i128::from(unit);
        let outcome = preview(&[NewLine { quantity, ..line(unit) }], &BuyerTax { rule: Some(ppn()), ..BuyerTax::default() });
        match outcome {
            Ok(totals) => prop_assert_eq!(i128::from(totals.subtotal_minor), product),
            Err(_) => prop_assert!(product > i128::from(i64::MAX) / 2),
        }
    }
}

#[test]
fn a_visitor_sees_the_price_a_customer_at_home_pays() {
    let seller = settings::Tax { is_pkp: true, pkp_since: "2025-01-01".parse().ok(), ..Default::default() };
    let table = TaxTable::new(seller, vec![ppn()]);
    let shown = preview(&[line(50_000)], &table.for_visitor("2026-11-21".parse().unwrap())).unwrap();
    assert_eq!((shown.subtotal_minor, shown.tax_minor, shown.total_minor), (50_000, 5_500, 55_500));
}
