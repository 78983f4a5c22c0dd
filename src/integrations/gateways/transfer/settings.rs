//! Our bank accounts and the terms of a transfer, as staff type them.
use crate::integrations::{
    SettingField, SettingKind,
    gateways::{AccountSettings, BankAccount, MethodOffer, SettingFault, Terms},
};
use chrono::Duration;

/// One bank account per line: bank, number, holder, separated by `|`.
pub(super) const ACCOUNTS: &str = "accounts";
/// How long a payer has, in hours.
pub(super) const LIFETIME_HOURS: &str = "lifetime_hours";
/// Smallest unique code.
pub(super) const CODE_FROM: &str = "code_from";
/// Largest unique code; 0: no code is added.
pub(super) const CODE_TO: &str = "code_to";
/// For how many days an amount is not given out again.
pub(super) const QUARANTINE_DAYS: &str = "quarantine_days";

const DEFAULT_HOURS: i64 = 48;
/// A month: longer than that nobody remembers why he has to pay.
const MOST_HOURS: i64 = 720;
/// Three digits, which is what people read as a code (payments sheet, part D).
const LARGEST_CODE: i64 = 999;
const DEFAULT_QUARANTINE: i64 = 7;
const MOST_QUARANTINE: i64 = 90;
const MOST_ACCOUNTS: usize = 10;
/// Longest name of a bank or a holder, in characters.
const LONGEST_NAME: usize = 60;
/// Numbers of Indonesian bank accounts have 8 to 18 digits; a few banks use fewer.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=20;

const MIN_MINOR: i64 = 1_000;
/// Largest amount with its code: what the number fields of bank apps hold for one transfer.
const MAX_MINOR: i64 = 999_000_000;

/// The form in WHM.
pub(super) fn fields() -> Vec<SettingField> {
    let field = |name, kind, required, label_key, help_key| SettingField { name, kind, required, label_key, help_key };
    vec![
        field(ACCOUNTS, SettingKind::LongText, true, "gateways-transfer-accounts", "gateways-transfer-accounts-help"),
        field(
            LIFETIME_HOURS,
            SettingKind::Number,
            false,
            "gateways-transfer-lifetime-hours",
            "gateways-transfer-lifetime-hours-help",
        ),
        field(CODE_FROM, SettingKind::Number, false, "gateways-transfer-code-from", "gateways-transfer-code-from-help"),
        field(CODE_TO, SettingKind::Number, false, "gateways-transfer-code-to", "gateways-transfer-code-to-help"),
        field(
            QUARANTINE_DAYS,
            SettingKind::Number,
            false,
            "gateways-transfer-quarantine-days",
            "gateways-transfer-quarantine-days-help",
        ),
    ]
}

/// The way to pay. Its lifetime is the usual one; the account's own is in its terms.
pub(super) fn methods() -> Vec<MethodOffer> {
    vec![MethodOffer {
        method: "bank_transfer",
        option: None,
        name: "Transfer bank",
        min_minor: MIN_MINOR,
        max_minor: MAX_MINOR,
        lifetime: Duration::hours(DEFAULT_HOURS),
        guide_keys: &[
            "gateways-guide-transfer-app",
            "gateways-guide-transfer-other-bank",
            "gateways-guide-transfer-atm",
        ],
        refunds: false,
        needs: None,
    }]
}

/// The terms of an account.
pub(super) fn terms(settings: &AccountSettings) -> Result<Terms, SettingFault> {
    let accounts = accounts(settings.get(ACCOUNTS))?;
    let hours = number(settings, LIFETIME_HOURS, DEFAULT_HOURS, (1, MOST_HOURS))?;
    let from = number(settings, CODE_FROM, 1, (1, LARGEST_CODE))?;
    let to = number(settings, CODE_TO, LARGEST_CODE, (0, LARGEST_CODE))?;
    let days = number(settings, QUARANTINE_DAYS, DEFAULT_QUARANTINE, (0, MOST_QUARANTINE))?;
    if to != 0 && to < from {
        return Err(SettingFault { field: CODE_TO, code: "out_of_range", range: Some((from, LARGEST_CODE)) });
    }
    Ok(Terms {
        accounts,
        lifetime: Duration::hours(hours),
        codes: (to != 0).then_some(from..=to),
        quarantine_days: i32::try_from(days).unwrap_or(i32::MAX),
    })
}

fn number(settings: &AccountSettings, field: &'static str, usual: i64, range: (i64, i64)) -> Result<i64, SettingFault> {
    let text = settings.get(field).trim();
    if text.is_empty() {
        return Ok(usual);
    }
    let fits = |value: &i64| (range.0..=range.1).contains(value);
    let wrong = SettingFault { field, code: "out_of_range", range: Some(range) };
    text.parse::<i64>().ok().filter(fits).ok_or(wrong)
}

fn accounts(text: &str) -> Result<Vec<BankAccount>, SettingFault> {
    let wrong = |code| SettingFault { field: ACCOUNTS, code, range: None };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        return Err(wrong("required"));
    }
    let read: Option<Vec<BankAccount>> = lines.iter().map(|line| account(line)).collect();
    read.filter(|accounts| accounts.len() <= MOST_ACCOUNTS).ok_or(wrong("invalid"))
}

/// `Bank | 1234567890 | PT Contoh`; spaces, dots and hyphens in the number are for the eye.
fn account(line: &str) -> Option<BankAccount> {
    let mut parts = line.split('|').map(str::trim);
    let (bank, number, holder) = (parts.next()?, parts.next()?, parts.next()?);
    let is_name = |name: &str| {
        let length = name.chars().count();
        (1..=LONGEST_NAME).contains(&length) && !name.chars().any(char::is_control)
    };
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    let is_number = DIGITS.contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    (parts.next().is_none() && is_name(bank) && is_name(holder) && is_number).then(|| BankAccount {
        bank: bank.to_owned(),
        account_number: digits,
        account_holder: holder.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn with(pairs: &[(&str, &str)]) -> AccountSettings {
        let values = pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from((*value).to_owned())));
        AccountSettings { base_url: None, values: values.collect() }
    }

    const BANKS: &str = "Bank Contoh | 123-456 7890 | PT Nusa Awan\n\n Bank Lain|00987654321|Budi ";

    #[test]
    fn accounts_are_read_line_by_line_and_everything_else_has_its_usual_value() {
        let terms = terms(&with(&[(ACCOUNTS, BANKS)])).unwrap();
        let told: Vec<_> = terms
            .accounts
            .iter()
            .map(|a| (a.bank.as_str(), a.account_number.as_str(), a.account_holder.as_str()))
            .collect();
        assert_eq!(told, [("Bank Contoh", "1234567890", "PT Nusa Awan"), ("Bank Lain", "00987654321", "Budi")]);
        assert_eq!((terms.lifetime, terms.codes), (Duration::hours(48), Some(1..=999)));
        assert_eq!(terms.quarantine_days, 7);
    }

    #[test]
    fn nought_as_the_largest_code_leaves_amounts_as_they_are() {
        assert_eq!(terms(&with(&[(ACCOUNTS, BANKS), (CODE_TO, "0")])).unwrap().codes, None);
        let narrow = with(&[(ACCOUNTS, BANKS), (CODE_FROM, "100"), (CODE_TO, "199")]);
        assert_eq!(terms(&narrow).unwrap().codes, Some(100..=199));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (field, value, code) in [
            (ACCOUNTS, "", "required"),
            (ACCOUNTS, "Bank Contoh 1234567890", "invalid"),
            (ACCOUNTS, "Bank Contoh | 12ab4567 | Budi", "invalid"),
            (ACCOUNTS, "Bank Contoh | 123 | Budi", "invalid"),
            (ACCOUNTS, "Bank Contoh | 1234567890 | ", "invalid"),
            (ACCOUNTS, "Bank Contoh | 1234567890 | Budi | lagi", "invalid"),
            (LIFETIME_HOURS, "0", "out_of_range"),
            (LIFETIME_HOURS, "soon", "out_of_range"),
            (CODE_TO, "1000", "out_of_range"),
            (CODE_FROM, "0", "out_of_range"),
            (QUARANTINE_DAYS, "-1", "out_of_range"),
        ] {
            let mut settings = with(&[(ACCOUNTS, BANKS)]);
            settings.values.insert(field.to_owned(), SecretString::from(value.to_owned()));
            let fault = terms(&settings).unwrap_err();
            assert_eq!((fault.field, fault.code), (field, code), "{value}");
        }
        let crossed = with(&[(ACCOUNTS, BANKS), (CODE_FROM, "500"), (CODE_TO, "400")]);
        assert_eq!(terms(&crossed).unwrap_err().field, CODE_TO);
    }
}
