//! Ways to pay whose money only people see: it arrives on our own bank account, and whoever reads the statement says
//! so. There is no remote that could be asked, cancelled at or notified by; instead of pretending one, such a gateway
//! says what the payer has to do and under which terms, and the domain leaves everything else to staff.
use super::{AccountSettings, Instructions};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// One of our own bank accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccount {
    /// Name of the bank.
    pub bank: String,
    /// Number of the account, digits.
    pub account_number: String,
    /// Whose name it bears.
    pub account_holder: String,
}

/// What somebody who pays this way agrees to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where money may be sent, the first one first; never empty.
    pub accounts: Vec<BankAccount>,
    /// How long a payer has.
    pub lifetime: Duration,
    /// Rupiah that are added so that no two open amounts are the same; `None`: amounts stay as they are.
    pub codes: Option<RangeInclusive<i64>>,
    /// An amount is not given out again for so many days after its attempt ended: late money must not look like
    /// somebody else's.
    pub quarantine_days: i32,
}

/// A setting that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// Which setting.
    pub field: &'static str,
    /// `required`, `invalid` or `out_of_range`.
    pub code: &'static str,
    /// Least and most, where a number is out of range.
    pub range: Option<(i64, i64)>,
}

/// What a gateway can do whose money is confirmed by people. Pure: nothing here talks to anybody.
pub trait ConfirmedByPeople: Send + Sync {
    /// The terms of one account.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    fn terms(&self, account: &AccountSettings) -> Result<Terms, SettingFault>;

    /// What the payer has to do: send exactly `exact_minor` rupiah, `unique_code` of which are the code.
    fn instructions(&self, terms: &Terms, exact_minor: i64, unique_code: i64) -> Instructions;
}
