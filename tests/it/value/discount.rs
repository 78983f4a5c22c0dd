use entity::value::*;
use proptest::prelude::*;

#[test]
fn a_percentage_is_rounded_half_up_once_for_each_line() {
    assert_eq!(Discount::Percent(1_000).of_lines(&[50_000, 15, 14]), [5_000, 2, 1]);
    assert_eq!(Discount::Percent(3_333).of_lines(&[49_999]), [16_665]);
    assert_eq!(Discount::Percent(10_000).of_lines(&[49_999, 0]), [49_999, 0]);
}

#[test]
fn an_amount_is_split_over_the_lines_to_the_last_rupiah() {
    assert_eq!(Discount::Fixed(10_000).of_lines(&[50_000, 50_000, 50_000]), [3_334, 3_333, 3_333]);
    assert_eq!(Discount::Fixed(10_000).of_lines(&[90_000, 0, 10_000]), [9_000, 0, 1_000]);
    assert_eq!(Discount::Fixed(10_000).of_lines(&[4_000, 2_000]), [4_000, 2_000], "never below zero");
    assert_eq!(Discount::Fixed(10_000).of_lines(&[]), Vec::<i64>::new());
    assert_eq!(Discount::Fixed(10_000).of_lines(&[0]), [0]);
}

#[test]
fn a_contract_keeps_what_it_was_sold_with_for_as_long_as_promised() {
    let sold = |discount, renewals| SoldDiscount { coupon_id: "cpn_1".into(), code: "X".into(), discount, renewals };
    let twice = sold(Discount::Percent(2_000), Some(2));
    assert_eq!([0, 1, 2, 3].map(|given| twice.of_renewal(50_000, given)), [10_000, 10_000, 0, 0]);
    assert_eq!(sold(Discount::Fixed(60_000), None).of_renewal(50_000, 99), 50_000, "at most the price");
    assert_eq!(sold(Discount::Fixed(60_000), Some(0)).of_renewal(50_000, 0), 0, "the first invoice only");
}

#[test]
fn a_scope_names_products_plans_and_cycles() {
    let names = |products: &[&str], plans: &[&str], cycles: &[Cycle]| CouponScope {
        products: products.iter().map(|id| (*id).to_owned()).collect(),
        plans: plans.iter().map(|id| (*id).to_owned()).collect(),
        cycles: cycles.to_vec(),
    };
    assert!(names(&[], &[], &[]).covers("prd_1", "pln_1", Cycle::Monthly));
    assert!(names(&["prd_1"], &[], &[]).covers("prd_1", "pln_9", Cycle::Monthly));
    assert!(names(&["prd_2"], &["pln_1"], &[]).covers("prd_1", "pln_1", Cycle::Monthly));
    assert!(!names(&["prd_2"], &["pln_2"], &[]).covers("prd_1", "pln_1", Cycle::Monthly));
    assert!(!names(&[], &[], &[Cycle::Annually]).covers("prd_1", "pln_1", Cycle::Monthly));
}

fn discounts() -> impl Strategy<Value = Discount> {
    prop_oneof![(1_i64..=10_000).prop_map(Discount::Percent), (1_i64..10_000_000_000).prop_map(Discount::Fixed)]
}

proptest! {
    #[test]
    fn no_line_is_ever_below_zero_or_dearer(
        discount in discounts(),
        nets in proptest::collection::vec(0_i64..1_000_000_000_000, 0..20),
    ) {
        let parts = discount.of_lines(&nets);
        prop_assert_eq!(parts.len(), nets.len());
        for (part, net) in parts.iter().zip(&nets) {
            prop_assert!(*part >= 0 && part <= net, "{} of {}", part, net);
        }
    }

    #[test]
    fn the_parts_of_an_amount_sum_to_it_or_to_all_there_is(
        amount in 1_i64..10_000_000_000,
        nets in proptest::collection::vec(0_i64..1_000_000_000, 1..20),
    ) {
        let parts = Discount::Fixed(amount).of_lines(&nets);
        prop_assert_eq!(parts.iter().sum::<i64>(), Ord::min(amount, nets.iter().sum()));
    }

    #[test]
    fn a_percentage_is_off_by_less_than_a_rupiah(basis_points in 1_i64..=10_000, net in 0_i64..1_000_000_000_000) {
        let taken = i128::from(Discount::Percent(basis_points).of_lines(&[net])[0]);
        let exact = i128::from(net) * i128::from(basis_points);
        prop_assert!((taken * 10_000 - exact).abs() * 2 <= 10_000);
    }
}
