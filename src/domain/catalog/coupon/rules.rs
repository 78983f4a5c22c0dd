//! Whether a coupon may be used, and what it takes off. Pure.
use super::MAX_CODE;
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use entity::{
    catalog::coupon,
    value::{Cycle, Discount, PlanId, ProductId, SoldDiscount, business_day, day_start},
};

/// Why a coupon is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such code.
    Unknown,
    /// It does not work yet.
    NotYet,
    /// It works no more.
    Expired,
    /// All its uses are taken.
    UsedUp,
    /// The customer has used it as often as one may.
    UsedByCustomer,
    /// It takes nothing off what is ordered.
    NotForThis,
    /// What it is for comes to too little.
    BelowMinimum {
        /// What it must come to, net, minor units.
        minimum_minor: i64,
        /// Currency of that.
        currency: String,
    },
    /// The customer has ordered before.
    NewCustomersOnly,
}

impl Refusal {
    /// The stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::UsedUp => "used_up",
            Self::UsedByCustomer => "used_by_customer",
            Self::NotForThis => "not_for_this",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::NewCustomersOnly => "new_customers_only",
        }
    }
}

/// Something to be ordered, as far as a coupon cares; amounts net, minor units.
#[derive(Clone, Debug)]
pub struct Item {
    /// Of which product.
    pub product_id: ProductId,
    /// Which plan.
    pub plan_id: PlanId,
    /// For how long.
    pub cycle: Cycle,
    /// Currency of its amounts.
    pub currency: String,
    /// Price of the first cycle.
    pub price_minor: i64,
    /// Once at the beginning.
    pub setup_fee_minor: i64,
}

/// What is taken off one item, minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemDiscount {
    /// Off the price of the first cycle.
    pub price_minor: i64,
    /// Off the setup fee.
    pub setup_minor: i64,
    /// What its renewals are promised; none where nothing is.
    pub sold: Option<SoldDiscount>,
}

/// What a coupon takes off an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// One per item, in their order.
    pub items: Vec<ItemDiscount>,
    /// All of it, net, minor units; above zero.
    pub total_minor: i64,
}

/// The one way a code is stored and looked up: capitals without space around them. Nothing for what cannot be a code.
pub fn normal_code(typed: &str) -> Option<String> {
    let code = typed.trim().to_ascii_uppercase();
    let is_code = (1..=MAX_CODE).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
    is_code.then_some(code)
}

/// How a coupon stands at `now`: `over`, `later` (it does not work yet), `used_up` or `active`.
pub fn state_of(coupon: &coupon::Model, now: DateTime<Utc>) -> &'static str {
    if coupon.ended_at.is_some() || coupon.ends_at.is_some_and(|end| end <= now) {
        "over"
    } else if coupon.starts_at.is_some_and(|start| now < start) {
        "later"
    } else if coupon.max_uses.is_some_and(|most| coupon.used >= most) {
        "used_up"
    } else {
        "active"
    }
}

/// The last business day on which what ends at `ends_at` works.
pub fn last_day(ends_at: DateTime<Utc>) -> NaiveDate {
    business_day(ends_at - Duration::seconds(1))
}

/// The first instant after the business day `day`: where what works on it for the last time ends. Nothing where there
/// is no day after it.
pub fn end_of_day(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.checked_add_days(Days::new(1)).map(day_start)
}

/// What a coupon takes off.
pub fn discount_of(coupon: &coupon::Model) -> Discount {
    match coupon.basis_points {
        Some(basis_points) => Discount::Percent(basis_points),
        None => Discount::Fixed(coupon.amount_minor.unwrap_or(0)),
    }
}

/// What `coupon` takes off `items` at `now`. Its uses are not counted here.
///
/// # Errors
/// `NotYet`, `Expired`, `NotForThis`, `BelowMinimum`.
pub fn judge(coupon: &coupon::Model, items: &[Item], now: DateTime<Utc>) -> Result<Offered, Refusal> {
    if coupon.ended_at.is_some() || coupon.ends_at.is_some_and(|end| end <= now) {
        return Err(Refusal::Expired);
    }
    if coupon.starts_at.is_some_and(|start| now < start) {
        return Err(Refusal::NotYet);
    }
    let is_covered = |item: &Item| {
        item.currency == coupon.currency
            && coupon.scope.covers(item.product_id.as_str(), item.plan_id.as_str(), item.cycle)
    };
    let covered: Vec<bool> = items.iter().map(is_covered).collect();
    let prices = covered_amounts(items, &covered, |item| item.price_minor);
    let setups = match coupon.includes_setup {
        true => covered_amounts(items, &covered, |item| item.setup_fee_minor),
        false => vec![0; items.len()],
    };
    let offered = split(coupon, items, &covered, &prices, &setups);
    if offered.total_minor == 0 {
        return Err(Refusal::NotForThis);
    }
    let worth = covered_amounts(items, &covered, |item| item.price_minor.saturating_add(item.setup_fee_minor));
    if worth.iter().fold(0_i64, |sum, amount| sum.saturating_add(*amount)) < coupon.minimum_minor {
        let currency = coupon.currency.clone();
        return Err(Refusal::BelowMinimum { minimum_minor: coupon.minimum_minor, currency });
    }
    Ok(offered)
}

fn covered_amounts(items: &[Item], covered: &[bool], amount: impl Fn(&Item) -> i64) -> Vec<i64> {
    items.iter().zip(covered).map(|(item, is_covered)| if *is_covered { amount(item) } else { 0 }).collect()
}

fn split(coupon: &coupon::Model, items: &[Item], covered: &[bool], prices: &[i64], setups: &[i64]) -> Offered {
    let discount = discount_of(coupon);
    let off = discount.of_lines(&[prices, setups].concat());
    let (off_prices, off_setups) = off.split_at(prices.len());
    // Renewals have no setup fee: what they are promised is shared over the prices alone.
    let shares = discount.of_lines(prices);
    let sold = |at: usize, item: &Item| {
        let is_promised = covered[at] && coupon.renewals != Some(0) && item.cycle != Cycle::OneTime && shares[at] > 0;
        is_promised.then(|| SoldDiscount {
            coupon_id: coupon.id.0.clone(),
            code: coupon.code.clone(),
            discount: match discount {
                Discount::Percent(_) => discount,
                Discount::Fixed(_) => Discount::Fixed(shares[at]),
            },
            renewals: coupon.renewals,
        })
    };
    let one = |(at, item): (usize, &Item)| ItemDiscount {
        price_minor: off_prices[at],
        setup_minor: off_setups[at],
        sold: sold(at, item),
    };
    Offered {
        items: items.iter().enumerate().map(one).collect(),
        total_minor: off.iter().fold(0_i64, |sum, part| sum.saturating_add(*part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::value::CouponScope;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn coupon(discount: Discount) -> coupon::Model {
        let (basis_points, amount_minor) = match discount {
            Discount::Percent(basis_points) => (Some(basis_points), None),
            Discount::Fixed(amount) => (None, Some(amount)),
        };
        coupon::Model {
            id: "cpn_1".into(),
            code: "HEMAT".into(),
            note: None,
            basis_points,
            amount_minor,
            currency: "IDR".into(),
            scope: CouponScope::default(),
            includes_setup: false,
            renewals: Some(0),
            is_for_new_customers: false,
            minimum_minor: 0,
            max_uses: None,
            max_uses_per_customer: None,
            used: 0,
            starts_at: None,
            ends_at: None,
            ended_at: None,
            created_at: at("2026-11-01T00:00:00Z"),
            updated_at: at("2026-11-01T00:00:00Z"),
        }
    }

    fn item(plan: &str, price_minor: i64, setup_fee_minor: i64) -> Item {
        Item {
            product_id: "prd_1".into(),
            plan_id: plan.into(),
            cycle: Cycle::Monthly,
            currency: "IDR".into(),
            price_minor,
            setup_fee_minor,
        }
    }

    const NOW: &str = "2026-11-21T03:00:00Z";

    fn judged(coupon: &coupon::Model, items: &[Item]) -> Result<Offered, Refusal> {
        judge(coupon, items, at(NOW))
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        assert_eq!(normal_code("  hemat-50 ").as_deref(), Some("HEMAT-50"));
        for bad in ["", " ", "HEMAT 50", "HÉMAT", "<b>", &"X".repeat(41)] {
            assert_eq!(normal_code(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_coupon_works_from_its_first_instant_until_its_last() {
        let items = [item("pln_1", 50_000, 0)];
        let base = coupon(Discount::Percent(1_000));
        let with = |starts_at, ends_at, ended_at| coupon::Model { starts_at, ends_at, ended_at, ..base.clone() };
        let instant = Some(at(NOW));
        assert!(judged(&with(instant, None, None), &items).is_ok());
        let later = instant.map(|at| at + chrono::Duration::seconds(1));
        assert_eq!(judged(&with(later, None, None), &items), Err(Refusal::NotYet));
        assert!(judged(&with(None, later, None), &items).is_ok());
        assert_eq!(judged(&with(None, instant, None), &items), Err(Refusal::Expired));
        assert_eq!(judged(&with(None, later, instant), &items), Err(Refusal::Expired), "ended by staff");
    }

    #[test]
    fn it_takes_off_only_what_it_is_for() {
        let scope = CouponScope { plans: vec!["pln_2".into()], ..CouponScope::default() };
        let ten = coupon::Model { scope, minimum_minor: 60_000, ..coupon(Discount::Percent(1_000)) };
        assert_eq!(judged(&ten, &[item("pln_1", 90_000, 0)]), Err(Refusal::NotForThis));
        let items = [item("pln_1", 90_000, 0), item("pln_2", 60_000, 0)];
        let off = judged(&ten, &items).unwrap();
        assert_eq!(off.items.iter().map(|item| item.price_minor).collect::<Vec<_>>(), [0, 6_000]);
        let small = judged(&ten, &[item("pln_1", 90_000, 0), item("pln_2", 59_999, 0)]);
        assert!(matches!(small, Err(Refusal::BelowMinimum { minimum_minor: 60_000, .. })), "{small:?}");
        let foreign = Item { currency: "USD".into(), ..item("pln_2", 60_000, 0) };
        assert_eq!(judged(&ten, &[foreign]), Err(Refusal::NotForThis));
        assert_eq!(judged(&ten, &[item("pln_2", 0, 70_000)]), Err(Refusal::NotForThis), "nothing to take off");
    }

    #[test]
    fn setup_fees_are_spared_unless_it_says_so() {
        let items = [item("pln_1", 50_000, 25_000)];
        let plain = judged(&coupon(Discount::Percent(10_000)), &items).unwrap();
        assert_eq!((plain.items[0].price_minor, plain.items[0].setup_minor), (50_000, 0));
        let all = coupon::Model { includes_setup: true, ..coupon(Discount::Percent(10_000)) };
        let all = judged(&all, &items).unwrap();
        assert_eq!((all.items[0].price_minor, all.items[0].setup_minor, all.total_minor), (50_000, 25_000, 75_000));
    }

    #[test]
    fn renewals_are_promised_their_share_of_an_amount() {
        let forever = coupon::Model { includes_setup: true, renewals: None, ..coupon(Discount::Fixed(30_000)) };
        let once = Item { cycle: Cycle::OneTime, ..item("pln_3", 50_000, 0) };
        let off = judged(&forever, &[item("pln_1", 50_000, 50_000), once]).unwrap();
        assert_eq!(
            (off.items[0].price_minor, off.items[0].setup_minor, off.items[1].price_minor),
            (10_000, 10_000, 10_000)
        );
        assert_eq!(off.items[0].sold.as_ref().map(|sold| sold.discount), Some(Discount::Fixed(15_000)));
        assert_eq!(off.items[1].sold, None, "what is paid once has no renewals");
        assert_eq!(judged(&coupon(Discount::Fixed(30_000)), &[item("pln_1", 50_000, 0)]).unwrap().items[0].sold, None);
    }

    proptest! {
        #[test]
        fn what_is_taken_off_is_the_sum_of_its_parts_and_never_more_than_there_is(
            amount in 1_i64..1_000_000,
            amounts in proptest::collection::vec((1_i64..500_000, 0_i64..100_000), 1..10),
            includes_setup in any::<bool>(),
        ) {
            let coupon = coupon::Model { includes_setup, ..coupon(Discount::Fixed(amount)) };
            let items: Vec<Item> = amounts.iter().map(|(price, setup)| item("pln_1", *price, *setup)).collect();
            let off = judged(&coupon, &items).unwrap();
            let most: i64 = amounts.iter().map(|(price, setup)| price + if includes_setup { *setup } else { 0 }).sum();
            prop_assert_eq!(off.total_minor, Ord::min(amount, most));
            prop_assert_eq!(off.items.iter().map(|item| item.price_minor + item.setup_minor).sum::<i64>(), off.total_minor);
            for (item, (price, setup)) in off.items.iter().zip(&amounts) {
                prop_assert!((0..=*price).contains(&item.price_minor) && (0..=*setup).contains(&item.setup_minor));
            }
        }
    }
}
