use entity::value::*;
use proptest::prelude::*;

#[test]
fn a_ratio_in_its_smallest_numbers_is_the_same_ratio() {
    assert_eq!(Ratio::new(132, 1_332).reduced(), Ratio::new(11, 111));
    assert_eq!(Ratio::new(0, 100).reduced(), Ratio::new(0, 1));
    assert_eq!(Ratio::new(7, 0).reduced(), Ratio::new(1, 0), "no rate stays none");
    assert_eq!(Ratio::new(11, 111).reduced().of(i64::MAX / 2), Ratio::new(132, 1_332).of(i64::MAX / 2));
}

#[test]
fn ppn_of_a_price_is_eleven_twelfths_of_twelve_percent() {
    assert_eq!(Ratio::new(11 * 12, 12 * 100).of(50_000), Ok(5_500));
    assert_eq!(Ratio::new(11 * 12, 12 * 100).of(49_999), Ok(5_500));
    assert_eq!(Ratio::new(1, 2).of(1), Ok(1));
    assert_eq!(Ratio::new(1, 2).of(-1), Ok(-1));
}

#[test]
fn currencies_never_mix_and_sums_never_wrap() {
    assert!(Money::idr(1).checked_add(&Money::new(1, "USD")).is_err());
    assert_eq!(Money::idr(i64::MAX).checked_add(&Money::idr(1)), Err(MoneyError::Overflow));
    assert_eq!(Ratio::new(3, 1).of(i64::MAX), Err(MoneyError::Overflow));
    assert_eq!(Ratio::new(1, 0).of(1), Err(MoneyError::ZeroDenominator));
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole(total in 0i64..1_000_000_000_000, weights in proptest::collection::vec(0i64..1_000_000, 1..20)) {
        prop_assert_eq!(allocate(total, &weights).iter().sum::<i64>(), total);
    }

    #[test]
    fn the_opposite_amount_has_the_opposite_share(amount in -1_000_000_000_000i64..1_000_000_000_000) {
        let ppn = Ratio::new(132, 1200);
        prop_assert_eq!(ppn.of(-amount).unwrap(), -ppn.of(amount).unwrap());
    }
}
