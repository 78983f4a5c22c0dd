//! What a coupon takes off: the arithmetic, and what of it was sold with a contract. Pure.
use super::{Cycle, Ratio, allocate};
use serde::{Deserialize, Serialize};

/// All of a price, in hundredths of a percent.
pub const WHOLE_BASIS_POINTS: i64 = 10_000;

/// How much a coupon takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// A part of each line, in hundredths of a percent: 1 to 10.000.
    Percent(i64),
    /// An amount of all lines together, minor units, above zero.
    Fixed(i64),
}

impl Discount {
    /// What is taken off each of these lines (net, minor units, not below zero). A percentage is rounded half up once
    /// for each line; an amount is split in proportion to the lines by largest remainder, so that the parts sum to the
    /// amount, or to all lines where they come to less. Nothing is ever below zero or above its line.
    pub fn of_lines(self, nets_minor: &[i64]) -> Vec<i64> {
        let nets: Vec<i64> = nets_minor.iter().map(|net| Ord::max(*net, 0)).collect();
        match self {
            Self::Percent(basis_points) => nets.iter().map(|net| part(*net, basis_points)).collect(),
            Self::Fixed(amount) => {
                let all = nets.iter().fold(0_i64, |sum, net| sum.saturating_add(*net));
                allocate(amount.clamp(0, all), &nets)
            }
        }
    }
}

/// A part of an amount that is not below zero, rounded half up.
fn part(net_minor: i64, basis_points: i64) -> i64 {
    let basis_points = basis_points.clamp(0, WHOLE_BASIS_POINTS);
    // A part is never above the whole, so that it has room where the whole has.
    Ratio::new(basis_points, WHOLE_BASIS_POINTS).of(net_minor).unwrap_or(net_minor)
}

/// What a contract was sold with, kept with it: a later change of the coupon does not touch it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult)]
pub struct SoldDiscount {
    /// Of which coupon.
    pub coupon_id: String,
    /// Its code, as documents name it.
    pub code: String,
    /// What is taken off each cycle; an amount is this contract's share of it.
    pub discount: Discount,
    /// How many renewals it was promised for; none for as long as the contract lives.
    pub renewals: Option<i64>,
}

impl SoldDiscount {
    /// How many of the promised renewals are left after `given` of them; none for as long as the contract lives.
    pub fn renewals_left(&self, given: i64) -> Option<i64> {
        self.renewals.map(|promised| Ord::max(promised - given, 0))
    }

    /// What is taken off the next renewal at `price_minor` (net), where `given` renewals had it already.
    pub fn of_renewal(&self, price_minor: i64, given: i64) -> i64 {
        if self.renewals_left(given) == Some(0) {
            return 0;
        }
        self.of_price(price_minor)
    }

    /// What is taken off a renewal that has it, at `price_minor` (net).
    pub fn of_price(&self, price_minor: i64) -> i64 {
        self.discount.of_lines(&[price_minor]).into_iter().sum()
    }
}

/// What a coupon is for; an empty list stands for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult)]
pub struct CouponScope {
    /// Ids of products.
    pub products: Vec<String>,
    /// Ids of plans.
    pub plans: Vec<String>,
    /// Cycles.
    pub cycles: Vec<Cycle>,
}

impl CouponScope {
    /// Whether it is for this plan of this product in this cycle. A plan named by itself counts even if its product is
    /// not named.
    pub fn covers(&self, product_id: &str, plan_id: &str, cycle: Cycle) -> bool {
        let is_all = self.products.is_empty() && self.plans.is_empty();
        let is_named = self.products.iter().any(|id| id == product_id) || self.plans.iter().any(|id| id == plan_id);
        (is_all || is_named) && (self.cycles.is_empty() || self.cycles.contains(&cycle))
    }
}
