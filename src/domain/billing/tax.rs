//! Tax: rules with validity, loaded once, and the one rounding.
//!
//! PPN since 2025: 12 % of 11/12 of the price (PMK 131/2024, art. 3), so that a rule stores the nominal rate and the
//! fraction of the price that is taxed; the product of both is applied with one half-up rounding per line.
use super::tax_rules::STANDARD;
use crate::{
    domain::{customers::HOME_COUNTRY, settings},
    kernel::db::WriteTx,
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    billing::tax_rule,
    customers::customer,
    value::{MoneyError, Ratio, TaxRuleId, VatCollector},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, QueryOrder, sea_query::OnConflict};

/// The rules and the seller's status, read once per request or run.
#[derive(Clone, Debug, Default)]
pub struct TaxTable {
    seller: settings::Tax,
    rules: Vec<tax_rule::Model>,
}

/// How one buyer is taxed on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuyerTax {
    /// The rule that applies; none = no tax lines and no tax wording.
    pub rule: Option<tax_rule::Model>,
    /// The rule of the tax that prices with tax hold: the one that applies, and of a buyer who owes none the one of home;
    /// none = they hold none (ADR 0101).
    pub inside: Option<tax_rule::Model>,
    /// Who collects it, where that is the buyer himself.
    pub collecting: Option<Collecting>,
}

/// A buyer who pays the PPN of larger invoices to the state himself (*pemungut PPN*): smaller ones are taxed as
/// everybody's are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collecting {
    /// As what.
    pub collector: VatCollector,
    /// He collects above this amount, minor units.
    pub above_minor: i64,
    /// Whether the tax counts for the comparison.
    pub counts_tax: bool,
}

impl Collecting {
    /// Whether the tax of a document over `net_minor` is his to pay to the state.
    pub(super) fn covers(self, net_minor: i64, tax_minor: i64) -> bool {
        let compared = if self.counts_tax { net_minor.saturating_add(tax_minor) } else { net_minor };
        tax_minor > 0 && compared > self.above_minor
    }
}

impl TaxTable {
    /// Reads rules and settings.
    ///
    /// # Errors
    /// The database.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let rules = tax_rule::Entity::find().order_by_asc(tax_rule::Column::ValidFrom).all(db).await?;
        Ok(Self { seller: settings::load(db).await?.tax, rules })
    }

    /// A table of given parts.
    pub fn new(seller: settings::Tax, rules: Vec<tax_rule::Model>) -> Self {
        Self { seller, rules }
    }

    /// How a customer is taxed on `day` (business day): by the country staff vouch for, not by his address.
    pub fn for_customer(&self, customer: &customer::Model, day: NaiveDate) -> BuyerTax {
        let tax = self.for_buyer(&customer.tax_country, customer.tax_exempt_reason.is_some(), day);
        let collecting = customer.vat_collector.map(|collector| match collector {
            VatCollector::Government => Collecting {
                collector,
                above_minor: self.seller.government_above_minor,
                counts_tax: self.seller.government_counts_tax,
            },
            VatCollector::Other => Collecting {
                collector,
                above_minor: self.seller.collector_above_minor,
                counts_tax: self.seller.collector_counts_tax,
            },
        });
        BuyerTax { collecting: collecting.filter(|_| tax.rule.is_some()), ..tax }
    }

    /// How somebody we do not know yet is taxed on `day`: prices are shown as for a buyer at home.
    pub fn for_visitor(&self, day: NaiveDate) -> BuyerTax {
        self.for_buyer(HOME_COUNTRY, false, day)
    }

    fn for_buyer(&self, country_code: &str, is_exempt: bool, day: NaiveDate) -> BuyerTax {
        if !self.seller.charges_ppn_on(day) {
            return BuyerTax::default();
        }
        let rule = self.rule_of(country_code, day).filter(|_| !is_exempt);
        BuyerTax {
            rule: rule.cloned(),
            inside: rule.or_else(|| self.rule_of(HOME_COUNTRY, day)).cloned(),
            collecting: None,
        }
    }

    fn rule_of(&self, country_code: &str, day: NaiveDate) -> Option<&tax_rule::Model> {
        let holds = |rule: &&tax_rule::Model| {
            rule.country_code == country_code
                && rule.class == STANDARD
                && rule.valid_from <= day
                && rule.valid_until.is_none_or(|until| day < until)
        };
        self.rules.iter().rev().find(holds)
    }
}

impl BuyerTax {
    /// Tax of a net amount, minor units, rounded half up once.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn of_line(&self, net_minor: i64) -> Result<i64, MoneyError> {
        self.rule.as_ref().map_or(Ok(0), |rule| tax_of_line(rule, net_minor))
    }

    /// The tax that an amount with tax holds, minor units, rounded half up once; what is left of it is net. Of a buyer who
    /// owes no tax it is what he does not pay.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn inside_line(&self, gross_minor: i64) -> Result<i64, MoneyError> {
        self.inside.as_ref().map_or(Ok(0), |rule| tax_inside_line(rule, gross_minor))
    }

    /// A price without tax, however it was written, minor units: what prices are compared and added up by.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn net_of(&self, price_minor: i64, tax_included: bool) -> Result<i64, MoneyError> {
        if !tax_included {
            return Ok(price_minor);
        }
        price_minor.checked_sub(self.inside_line(price_minor)?).ok_or(MoneyError::Overflow)
    }

    /// SQL of [`Self::net_of`] for a price that is not below zero; both are columns.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn net_sql(&self, price: &str, tax_included: &str) -> Result<String, MoneyError> {
        let Some(rule) = &self.inside else { return Ok(price.to_owned()) };
        // In its smallest numbers: what it is multiplied with may be a large price.
        let Ratio { num, den } = rate_inside(rule)?.reduced();
        Ok(format!("({price} - CASE WHEN {tax_included} THEN ({price} * {num} * 2 + {den}) / ({den} * 2) ELSE 0 END)"))
    }
}

/// The rate of a rule as applied to a price: nominal rate times taxed fraction, exact.
pub(super) fn applied_rate(rule: &tax_rule::Model) -> Result<Ratio, MoneyError> {
    Ok(Ratio::new(
        rule.rate_num.checked_mul(rule.base_num).ok_or(MoneyError::Overflow)?,
        rule.rate_den.checked_mul(rule.base_den).ok_or(MoneyError::Overflow)?,
    ))
}

/// Tax of one line under `rule`, minor units: one half-up rounding.
///
/// # Errors
/// `Overflow`; `ZeroDenominator` for a damaged rule.
pub fn tax_of_line(rule: &tax_rule::Model, net_minor: i64) -> Result<i64, MoneyError> {
    applied_rate(rule)?.of(net_minor)
}

/// Tax of one line under `rule` that is in its amount already, minor units: one half-up rounding.
///
/// # Errors
/// `Overflow`; `ZeroDenominator` for a damaged rule.
pub fn tax_inside_line(rule: &tax_rule::Model, gross_minor: i64) -> Result<i64, MoneyError> {
    rate_inside(rule)?.of(gross_minor)
}

/// The part of a price with tax that is tax.
fn rate_inside(rule: &tax_rule::Model) -> Result<Ratio, MoneyError> {
    let rate = applied_rate(rule)?;
    Ok(Ratio::new(rate.num, rate.den.checked_add(rate.num).ok_or(MoneyError::Overflow)?))
}

/// A rule every installation begins with; days are year, month, day.
struct DefaultRule {
    id: &'static str,
    label: &'static str,
    rate: Ratio,
    base: Ratio,
    from: (i32, u32, u32),
    until: Option<(i32, u32, u32)>,
}

const DEFAULT_RULES: &[DefaultRule] = &[
    // UU 7/2021 (HPP), art. 7: 11 % from April 2022 on.
    DefaultRule {
        id: "txr_00000000000000000000PPN022",
        label: "PPN 11%",
        rate: Ratio::new(11, 100),
        base: Ratio::new(1, 1),
        from: (2022, 4, 1),
        until: Some((2025, 1, 1)),
    },
    DefaultRule {
        id: "txr_00000000000000000000PPN025",
        label: "PPN 11%",
        rate: Ratio::new(12, 100),
        base: Ratio::new(11, 12),
        from: (2025, 1, 1),
        until: None,
    },
];

/// Writes the rules every installation begins with. Safe to repeat: a rule that is there stays as it is.
///
/// # Errors
/// The database.
pub async fn seed_tax_rules(tx: &WriteTx, now: DateTime<Utc>) -> Result<(), DbErr> {
    let day = |(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).expect("the dates of the table exist");
    for rule in DEFAULT_RULES {
        let row = tax_rule::ActiveModel {
            id: Set(TaxRuleId::from(rule.id)),
            class: Set(STANDARD.to_owned()),
            country_code: Set(HOME_COUNTRY.to_owned()),
            label: Set(rule.label.to_owned()),
            rate_num: Set(rule.rate.num),
            rate_den: Set(rule.rate.den),
            base_num: Set(rule.base.num),
            base_den: Set(rule.base.den),
            valid_from: Set(day(rule.from)),
            valid_until: Set(rule.until.map(day)),
            created_at: Set(now),
        };
        let keep = OnConflict::column(tax_rule::Column::Id).do_nothing().to_owned();
        tax_rule::Entity::insert(row).on_conflict(keep).exec_without_returning(tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TaxTable {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let rule = |id: &str, rate, base: (i64, i64), from, until: Option<&str>| tax_rule::Model {
            id: id.into(),
            class: "standard".into(),
            country_code: "ID".into(),
            label: "PPN 11%".into(),
            rate_num: rate,
            rate_den: 100,
            base_num: base.0,
            base_den: base.1,
            valid_from: day(from),
            valid_until: until.map(day),
            created_at: Default::default(),
        };
        let seller = settings::Tax { is_pkp: true, pkp_since: Some(day("2024-07-01")), ..Default::default() };
        TaxTable::new(
            seller,
            vec![
                rule("txr_old", 11, (1, 1), "2022-04-01", Some("2025-01-01")),
                rule("txr_new", 12, (11, 12), "2025-01-01", None),
            ],
        )
    }

    #[test]
    fn the_rule_of_the_day_applies_from_its_first_day_on() {
        let rule_on = |text: &str| table().for_visitor(text.parse().unwrap()).rule.map(|rule| rule.id.0);
        assert_eq!(rule_on("2024-06-30"), None, "not yet a PKP");
        assert_eq!(rule_on("2024-12-31").as_deref(), Some("txr_old"));
        assert_eq!(rule_on("2025-01-01").as_deref(), Some("txr_new"));
    }

    #[test]
    fn exempt_and_foreign_buyers_pay_no_tax() {
        let day = "2026-11-21".parse().unwrap();
        assert_eq!(table().for_buyer("ID", true, day).of_line(50_000), Ok(0));
        assert_eq!(table().for_buyer("SG", false, day).of_line(50_000), Ok(0));
        assert_eq!(table().for_buyer("ID", false, day).of_line(50_000), Ok(5_500));
    }

    #[test]
    fn prices_with_tax_hold_that_of_home_for_buyers_who_owe_none_and_nothing_before_the_seller_is_a_pkp() {
        let day = "2026-11-21".parse().unwrap();
        for (country, is_exempt) in [("ID", false), ("ID", true), ("SG", false)] {
            assert_eq!(
                table().for_buyer(country, is_exempt, day).inside_line(55_500),
                Ok(5_500),
                "{country} {is_exempt}"
            );
        }
        let before = "2024-06-30".parse().unwrap();
        assert_eq!(table().for_buyer("ID", false, before).inside_line(55_500), Ok(0));
    }
}
