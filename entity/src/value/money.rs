//! Money as whole minor units of one currency, and exact ratios to multiply it with.
//!
//! The rupiah has no minor unit in the trade: `Money::idr(55_500)` is Rp 55.500. No floating point anywhere.
use serde::{Deserialize, Serialize};

/// ISO 4217 code of the home currency.
pub const IDR: &str = "IDR";

/// Why an amount could not be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
    /// Two currencies were mixed.
    #[error("amounts in {0} and {1} cannot be combined")]
    CurrencyMismatch(String, String),
    /// A ratio with denominator zero.
    #[error("a rate needs a denominator above zero")]
    ZeroDenominator,
}

/// An amount in minor units of `currency`; negative = owed the other way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units (whole rupiah for IDR).
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

impl Money {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: &str) -> Self {
        Self { minor, currency: currency.to_owned() }
    }

    /// Whole rupiah.
    pub fn idr(minor: i64) -> Self {
        Self::new(minor, IDR)
    }

    /// Sum of two amounts of one currency.
    pub fn checked_add(&self, other: &Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        Ok(Money::new(self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?, &self.currency))
    }

    /// Difference of two amounts of one currency.
    pub fn checked_sub(&self, other: &Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        Ok(Money::new(self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?, &self.currency))
    }

    /// This amount times `ratio`, rounded half up once.
    pub fn times(&self, ratio: Ratio) -> Result<Money, MoneyError> {
        Ok(Money::new(ratio.of(self.minor)?, &self.currency))
    }

    fn same_currency(&self, other: &Money) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency.clone(), other.currency.clone()))
        }
    }
}

/// An exact rate `num / den`, for example PPN = 11 × 12 / (12 × 100).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// Numerator.
    pub num: i64,
    /// Denominator, above zero.
    pub den: i64,
}

impl Ratio {
    /// The ratio `num / den`.
    pub const fn new(num: i64, den: i64) -> Self {
        Self { num, den }
    }

    /// The same ratio in its smallest numbers.
    pub fn reduced(self) -> Self {
        let (mut larger, mut smaller) = (self.num.unsigned_abs(), self.den.unsigned_abs());
        while smaller != 0 {
            (larger, smaller) = (smaller, larger % smaller);
        }
        match i64::try_from(larger) {
            Ok(common) if common > 1 => Self { num: self.num / common, den: self.den / common },
            _ => self,
        }
    }

    /// `amount × num / den` rounded half up (away from zero for negative amounts, so that a credit note of a line
    /// is exactly the line's opposite).
    pub fn of(self, amount: i64) -> Result<i64, MoneyError> {
        if self.den <= 0 {
            return Err(MoneyError::ZeroDenominator);
        }
        let product = i128::from(amount).checked_mul(i128::from(self.num)).ok_or(MoneyError::Overflow)?;
        let den = i128::from(self.den);
        let rounded = (product.abs() * 2 + den) / (den * 2) * product.signum();
        i64::try_from(rounded).map_err(|_| MoneyError::Overflow)
    }
}

/// Splits `total` over `weights` so that the parts sum to the whole (largest remainder; earlier parts win ties).
/// All weights zero: everything goes to the first part. No weights: no parts.
pub fn allocate(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if weights.is_empty() {
        return Vec::new();
    }
    if sum <= 0 {
        let mut parts = vec![0; weights.len()];
        parts[0] = total;
        return parts;
    }
    let exact = |w: &i64| i128::from(total) * i128::from(*w);
    let mut parts: Vec<i64> =
        weights.iter().map(|w| i64::try_from(exact(w).div_euclid(sum)).unwrap_or(i64::MAX)).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(exact(&weights[*i]).rem_euclid(sum)));
    let mut left = total - parts.iter().sum::<i64>();
    for i in order {
        if left == 0 {
            break;
        }
        parts[i] += 1;
        left -= 1;
    }
    parts
}
