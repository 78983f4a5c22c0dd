//! The sections, their defaults and what makes them valid.
use super::store::{Fields, Section};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::{
    Cycle,
    contact::{self, Wrong},
};
use serde::{Deserialize, Serialize};

/// Who sells; printed on documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Company {
    /// Name of the brand.
    pub name: String,
    /// Name in law: PT …
    pub legal_name: String,
    /// Street and number.
    pub street: String,
    /// City or regency.
    pub city: String,
    /// Province.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166 alpha-2.
    pub country_code: String,
    /// E.164.
    pub phone: String,
    /// Address customers may write to.
    pub email: String,
    /// Tax number, digits only.
    pub npwp: String,
    /// Bank for transfers by hand.
    pub bank_name: String,
    /// Account number there.
    pub bank_account: String,
    /// Who holds the account.
    pub bank_account_name: String,
}

impl Default for Company {
    fn default() -> Self {
        let empty = String::new;
        Self {
            name: "Yumna".to_owned(),
            legal_name: empty(),
            street: empty(),
            city: empty(),
            state: empty(),
            postal_code: empty(),
            country_code: "ID".to_owned(),
            phone: empty(),
            email: empty(),
            npwp: empty(),
            bank_name: empty(),
            bank_account: empty(),
            bank_account_name: empty(),
        }
    }
}

impl Section for Company {
    const KEY: &'static str = "company";

    fn clean(&mut self, fields: &mut Fields) {
        fields.put("name", &mut self.name, |text| contact::name(text, 120));
        for (field, text, max) in [
            ("legal_name", &mut self.legal_name, 160),
            ("street", &mut self.street, 160),
            ("city", &mut self.city, 80),
            ("state", &mut self.state, 80),
            ("bank_name", &mut self.bank_name, 80),
            ("bank_account", &mut self.bank_account, 40),
            ("bank_account_name", &mut self.bank_account_name, 120),
        ] {
            fields.put(field, text, |text| contact::optional_line(text, max).map(Option::unwrap_or_default));
        }
        fields.put("country_code", &mut self.country_code, contact::country);
        let country = self.country_code.clone();
        fields.put_unless_empty("postal_code", &mut self.postal_code, |text| contact::postal_code(text, &country));
        fields.put_unless_empty("phone", &mut self.phone, contact::phone);
        fields.put_unless_empty("email", &mut self.email, contact::email);
        fields.put_unless_empty("npwp", &mut self.npwp, contact::npwp);
    }
}

/// When the tax of a prepaid service falls due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxPoint {
    /// When it is paid.
    #[default]
    Settlement,
    /// When the invoice is issued.
    Issue,
}

/// How the seller is taxed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tax {
    /// Whether the seller is a PKP and charges PPN.
    pub is_pkp: bool,
    /// First business day as PKP.
    pub pkp_since: Option<NaiveDate>,
    /// Whether new prices of the catalog are written with the tax in them, where nobody says otherwise. Prices that are
    /// there stay as they were written.
    pub prices_include_tax: bool,
    /// When tax falls due.
    pub tax_point: TaxPoint,
    /// Offices of the state collect the PPN of invoices above this amount themselves, rupiah.
    pub government_above_minor: i64,
    /// Whether the PPN counts for that comparison.
    pub government_counts_tax: bool,
    /// Other collectors do above this amount, rupiah.
    pub collector_above_minor: i64,
    /// Whether the PPN counts for that comparison.
    pub collector_counts_tax: bool,
    /// Income tax (PPh 23) that customers withhold, hundredths of a percent of the net.
    pub withholding_rate_bp: i64,
    /// Days the proof of it is awaited without a reminder.
    pub withholding_proof_days: i64,
}

/// PMK 231/PMK.03/2019 and PMK 8/PMK.03/2021, both taken over by PMK 81/2024: an office of the state does not collect up
/// to Rp 2,000,000 without PPN, a state-owned company up to Rp 10,000,000 with PPN.
impl Default for Tax {
    fn default() -> Self {
        Self {
            is_pkp: false,
            pkp_since: None,
            prices_include_tax: false,
            tax_point: TaxPoint::default(),
            government_above_minor: 2_000_000,
            government_counts_tax: false,
            collector_above_minor: 10_000_000,
            collector_counts_tax: true,
            // UU PPh, article 23, and PMK 141/PMK.03/2015: 2 % of the price without PPN; the proof is made a month later.
            withholding_rate_bp: 200,
            withholding_proof_days: 60,
        }
    }
}

impl Tax {
    /// Whether PPN is charged on `day` (business day).
    pub fn charges_ppn_on(&self, day: NaiveDate) -> bool {
        self.is_pkp && self.pkp_since.is_some_and(|since| since <= day)
    }
}

impl Section for Tax {
    const KEY: &'static str = "tax";

    fn clean(&mut self, fields: &mut Fields) {
        if self.is_pkp && self.pkp_since.is_none() {
            fields.fault("pkp_since", "required");
        }
        fields.range("government_above_minor", self.government_above_minor, 0, 1_000_000_000);
        fields.range("collector_above_minor", self.collector_above_minor, 0, 1_000_000_000);
        if !(1..=5_000).contains(&self.withholding_rate_bp) {
            fields.fault("withholding_rate_bp", "percent");
        }
        fields.range("withholding_proof_days", self.withholding_proof_days, 0, 365);
    }
}

/// Patterns of document numbers: `{year}` and `{number}`, the latter with leading zeros as `{number:06}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Numbering {
    /// Invoices.
    pub invoice: String,
    /// Credit notes.
    pub credit_note: String,
    /// Orders.
    pub order: String,
    /// Price quotes.
    pub quote: String,
    /// Movements of wallets.
    pub wallet: String,
}

impl Default for Numbering {
    fn default() -> Self {
        Self {
            invoice: "INV/{year}/{number:06}".to_owned(),
            credit_note: "CN/{year}/{number:06}".to_owned(),
            order: "ORD/{year}/{number:06}".to_owned(),
            quote: "QUO/{year}/{number:06}".to_owned(),
            wallet: "TXMP-{year}{number:08}".to_owned(),
        }
    }
}

impl Section for Numbering {
    const KEY: &'static str = "numbering";

    fn clean(&mut self, fields: &mut Fields) {
        for (field, pattern) in [
            ("invoice", &mut self.invoice),
            ("credit_note", &mut self.credit_note),
            ("order", &mut self.order),
            ("quote", &mut self.quote),
            ("wallet", &mut self.wallet),
        ] {
            fields.put(field, pattern, number_pattern);
        }
    }
}

const WRONG_PATTERN: Wrong = Wrong::new("invalid_pattern");

/// A pattern names the year and the number once each, because series begin anew each year: without the year, numbers
/// would repeat.
fn number_pattern(text: &str) -> Result<String, Wrong> {
    let text = contact::line(text, 40)?;
    let (mut years, mut numbers, mut rest) = (0, 0, text.as_str());
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or(WRONG_PATTERN)? + open;
        match &rest[open + 1..close] {
            "year" => years += 1,
            "number" => numbers += 1,
            width if width.strip_prefix("number:0").is_some_and(is_width) => numbers += 1,
            _ => return Err(WRONG_PATTERN),
        }
        rest = &rest[close + 1..];
    }
    if years == 1 && numbers == 1 && !rest.contains('}') { Ok(text) } else { Err(WRONG_PATTERN) }
}

fn is_width(digits: &str) -> bool {
    digits.len() <= 2 && digits.parse::<u8>().is_ok_and(|width| (1..=12).contains(&width))
}

/// Days and words of invoices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Billing {
    /// Days until the invoice of an order is due.
    pub order_due_days: i64,
    /// Days until an unpaid order is cancelled.
    pub order_cancel_days: i64,
    /// Days an unpaid renewal keeps running.
    pub grace_days: i64,
    /// Days a suspended service is kept.
    pub retention_days: i64,
    /// Days before the renewal date at which its invoice is issued.
    pub renewal_notice_days: i64,
    /// The same for contracts that are renewed each month.
    pub monthly_notice_days: i64,
    /// Days before the end of a trial at which the invoice of its first paid cycle is issued.
    pub trial_notice_days: i64,
    /// Days what was tried keeps running after its trial although it is not paid.
    pub trial_grace_days: i64,
    /// Days what was tried and is suspended is kept.
    pub trial_retention_days: i64,
    /// Days around the due date of a renewal on which its customer is reminded, below zero before it: `-7, -3, 0, 3`.
    pub reminder_days: String,
    /// Days before a suspended service is removed on which its customer is warned: `14, 7, 3, 1`.
    pub warning_days: String,
    /// Whether what was suspended because nobody paid begins anew on the day of payment, instead of keeping its days.
    pub late_payment_restarts: bool,
    /// Words at the foot of invoices, in Indonesian.
    pub terms_note: String,
    /// The same in English; those in Indonesian where there are none.
    pub terms_note_en: String,
    /// Words at the foot of receipts, in Indonesian.
    pub receipt_words: String,
    /// The same in English.
    pub receipt_words_en: String,
    /// Words at the foot of credit notes, in Indonesian.
    pub credit_words: String,
    /// The same in English.
    pub credit_words_en: String,
    /// Words at the foot of quotes, in Indonesian.
    pub quote_words: String,
    /// The same in English.
    pub quote_words_en: String,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            order_due_days: 7,
            order_cancel_days: 7,
            grace_days: 7,
            retention_days: 30,
            renewal_notice_days: 14,
            monthly_notice_days: 7,
            trial_notice_days: 7,
            trial_grace_days: 0,
            trial_retention_days: 7,
            reminder_days: "-7, -3, -1, 0, 1, 3, 6".to_owned(),
            warning_days: "14, 7, 3, 1".to_owned(),
            late_payment_restarts: false,
            terms_note: String::new(),
            terms_note_en: String::new(),
            receipt_words: String::new(),
            receipt_words_en: String::new(),
            credit_words: String::new(),
            credit_words_en: String::new(),
            quote_words: String::new(),
            quote_words_en: String::new(),
        }
    }
}

impl Billing {
    /// Days around the due date on which a customer is reminded, earliest first.
    pub fn reminders(&self) -> Vec<i64> {
        let mut days = days_of(&self.reminder_days);
        days.sort_unstable();
        days
    }

    /// Days before removal on which a customer is warned, earliest warning first.
    pub fn warnings(&self) -> Vec<i64> {
        let mut days = days_of(&self.warning_days);
        days.sort_unstable_by(|a, b| b.cmp(a));
        days
    }

    /// What an invoice keeps of the words below itself, its receipts and its credit notes, by the names under which it is
    /// kept, each in both languages: what was issued goes on saying what it said.
    pub fn words_of_invoices(&self) -> [(&'static str, &str); 6] {
        [
            ("terms_note", &self.terms_note),
            ("terms_note_en", &self.terms_note_en),
            ("receipt_words", &self.receipt_words),
            ("receipt_words_en", &self.receipt_words_en),
            ("credit_words", &self.credit_words),
            ("credit_words_en", &self.credit_words_en),
        ]
    }

    /// The same of the words below a quote.
    pub fn words_of_quotes(&self) -> [(&'static str, &str); 2] {
        [("quote_words", &self.quote_words), ("quote_words_en", &self.quote_words_en)]
    }

    /// Days before a cycle of `cycle` begins at which its invoice is issued. One of days that is not longer than a month
    /// is asked for like a month; the next invoice never comes before the period has begun.
    pub fn notice_days(&self, cycle: Cycle) -> i64 {
        let is_long = cycle == Cycle::OneTime || cycle.is_longer_than_a_month();
        let wanted = if is_long { self.renewal_notice_days } else { self.monthly_notice_days };
        match cycle {
            Cycle::Days(days) => Ord::min(wanted, i64::from(days.get()) - 1),
            _ => wanted,
        }
    }
}

fn days_of(list: &str) -> Vec<i64> {
    list.split(',').filter_map(|day| day.trim().parse().ok()).collect()
}

/// A list of at most twelve different days within these bounds, as `-7, -3, 0`.
fn day_list(text: &str, least: i64, most: i64) -> Result<String, Wrong> {
    let wrong = Wrong::new("invalid_days");
    let mut days = Vec::new();
    for day in contact::line(text, 120)?.split(',') {
        let day: i64 = day.trim().replace('−', "-").parse().map_err(|_| wrong)?;
        if !(least..=most).contains(&day) {
            return Err(wrong);
        }
        if !days.contains(&day) {
            days.push(day);
        }
    }
    if days.len() > 12 {
        return Err(wrong);
    }
    Ok(days.iter().map(i64::to_string).collect::<Vec<_>>().join(", "))
}

impl Section for Billing {
    const KEY: &'static str = "billing";

    fn clean(&mut self, fields: &mut Fields) {
        for (field, days, least) in [
            ("order_due_days", self.order_due_days, 0),
            ("order_cancel_days", self.order_cancel_days, 1),
            ("grace_days", self.grace_days, 0),
            // Less would destroy a customer's data before the reminders promised for the days before have gone out.
            ("retention_days", self.retention_days, 7),
            ("renewal_notice_days", self.renewal_notice_days, 1),
            ("trial_notice_days", self.trial_notice_days, 1),
            ("trial_grace_days", self.trial_grace_days, 0),
            ("trial_retention_days", self.trial_retention_days, 7),
        ] {
            fields.range(field, days, least, 365);
        }
        // A month has 28 days at least: the next invoice must not come before the period has begun.
        fields.range("monthly_notice_days", self.monthly_notice_days, 1, 27);
        fields.put("reminder_days", &mut self.reminder_days, |text| day_list(text, -60, 60));
        fields.put("warning_days", &mut self.warning_days, |text| day_list(text, 1, 60));
        // Data are destroyed only after these two went out (DECISIONS 10).
        let warnings = self.warnings();
        if !(warnings.contains(&7) && warnings.contains(&1)) {
            fields.fault("warning_days", "needs_7_and_1");
        }
        for (field, words) in [
            ("terms_note", &mut self.terms_note),
            ("terms_note_en", &mut self.terms_note_en),
            ("receipt_words", &mut self.receipt_words),
            ("receipt_words_en", &mut self.receipt_words_en),
            ("credit_words", &mut self.credit_words),
            ("credit_words_en", &mut self.credit_words_en),
            ("quote_words", &mut self.quote_words),
            ("quote_words_en", &mut self.quote_words_en),
        ] {
            fields.put(field, words, |text| contact::optional_line(text, 500).map(Option::unwrap_or_default));
        }
    }
}

/// How the books are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Books {
    /// Whether what is sold for longer than a month at a time becomes revenue day by day (ADR 0073): of invoices issued
    /// from now on.
    pub defers_revenue: bool,
}

impl Section for Books {
    const KEY: &'static str = "books";

    fn clean(&mut self, _: &mut Fields) {}
}

/// When automation holds itself back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Automation {
    /// Suspensions for non-payment a day, as a multiple of the usual ones, at which nobody else is suspended; 0: never.
    pub suspension_multiple: i64,
    /// Fewer suspensions than this are never too many.
    pub suspension_floor: i64,
    /// Hours in which customers paid and no gateway sent a notification, after which nobody is suspended; 0: never.
    pub silent_hours: i64,
    /// Whether what runs is held while money that was taken back for it is missing.
    pub chargeback_hold: bool,
    /// How much of the time services are promised to answer, hundredths of a percent; 0: no promise. Only shown.
    pub sla_bp: i64,
    /// Business day on which a person let it go on. Changed by `release_breaker` alone.
    pub released_on: Option<NaiveDate>,
}

impl Default for Automation {
    fn default() -> Self {
        Self {
            suspension_multiple: 3,
            suspension_floor: 10,
            silent_hours: 12,
            chargeback_hold: true,
            sla_bp: 0,
            released_on: None,
        }
    }
}

impl Section for Automation {
    const KEY: &'static str = "automation";
    const KEPT: &'static [&'static str] = &["released_on"];

    fn clean(&mut self, fields: &mut Fields) {
        fields.range("suspension_multiple", self.suspension_multiple, 0, 100);
        fields.range("suspension_floor", self.suspension_floor, 1, 1_000_000);
        fields.range("silent_hours", self.silent_hours, 0, 720);
        fields.range("sla_bp", self.sla_bp, 0, 10_000);
    }

    fn keep(&mut self, stored: &Self) {
        self.released_on = stored.released_on;
    }
}

/// How a late fee is reckoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateFeeKind {
    /// The same for everybody.
    #[default]
    Fixed,
    /// A part of what is open.
    Percent,
}

/// Fees for what is paid late. Off until somebody decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LateFees {
    /// Whether fees are charged.
    pub is_on: bool,
    /// Only invoices issued on this business day or later: nobody is charged by a rule he could not know.
    pub issued_since: Option<NaiveDate>,
    /// How they are reckoned.
    pub kind: LateFeeKind,
    /// The fixed fee, minor units.
    pub amount_minor: i64,
    /// The part of what is open, hundredths of a percent.
    pub percent_bp: i64,
    /// Days after the due date on which the first fee is charged.
    pub days_after: i64,
    /// Days from one fee to the next; 0: one fee only.
    pub every_days: i64,
    /// All fees of one invoice at most, minor units; 0: no such limit.
    pub cap_minor: i64,
    /// All fees of one invoice at most, hundredths of a percent of the invoice; 0: no such limit.
    pub cap_percent_bp: i64,
    /// Days until the invoice of a fee is due.
    pub due_days: i64,
    /// Whether tax is charged on fees.
    pub is_taxed: bool,
}

impl Default for LateFees {
    fn default() -> Self {
        Self {
            is_on: false,
            issued_since: None,
            kind: LateFeeKind::Fixed,
            amount_minor: 10_000,
            percent_bp: 200,
            days_after: 3,
            every_days: 0,
            cap_minor: 0,
            cap_percent_bp: 0,
            due_days: 7,
            is_taxed: false,
        }
    }
}

impl Section for LateFees {
    const KEY: &'static str = "late-fees";

    fn clean(&mut self, fields: &mut Fields) {
        if self.is_on && self.issued_since.is_none() {
            fields.fault("issued_since", "required");
        }
        let least = |is_used: bool| i64::from(self.is_on && is_used);
        fields.range("amount_minor", self.amount_minor, least(self.kind == LateFeeKind::Fixed), 1_000_000_000);
        for (field, points, least) in [
            ("percent_bp", self.percent_bp, least(self.kind == LateFeeKind::Percent)),
            ("cap_percent_bp", self.cap_percent_bp, 0),
        ] {
            if !(least..=10_000).contains(&points) {
                fields.fault(field, "percent");
            }
        }
        fields.range("days_after", self.days_after, 1, 365);
        fields.range("every_days", self.every_days, 0, 365);
        fields.range("cap_minor", self.cap_minor, 0, 1_000_000_000);
        fields.range("due_days", self.due_days, 0, 365);
    }
}

/// Rules of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sales {
    /// Minutes a checkout keeps its slot.
    pub reservation_minutes: i64,
    /// Days a price quote is valid where staff choose no other day.
    pub quote_days: i64,
    /// Version of the terms people consent to.
    pub terms_version: String,
    /// Version of the privacy statement people consent to.
    pub privacy_version: String,
    /// Whether orders are taken. Changed by `set_selling` alone.
    pub is_selling: bool,
}

impl Default for Sales {
    fn default() -> Self {
        Self {
            reservation_minutes: 60,
            quote_days: 14,
            terms_version: "1".to_owned(),
            privacy_version: "1".to_owned(),
            is_selling: false,
        }
    }
}

impl Section for Sales {
    const KEY: &'static str = "sales";
    const KEPT: &'static [&'static str] = &["is_selling"];

    fn clean(&mut self, fields: &mut Fields) {
        fields.range("reservation_minutes", self.reservation_minutes, 5, 24 * 60);
        fields.range("quote_days", self.quote_days, 1, 365);
        fields.put("terms_version", &mut self.terms_version, |text| contact::line(text, 20));
        fields.put("privacy_version", &mut self.privacy_version, |text| contact::line(text, 20));
    }

    fn keep(&mut self, stored: &Self) {
        self.is_selling = stored.is_selling;
    }
}

/// Limits of wallets, in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wallet {
    /// Least top-up.
    pub min_top_up_minor: i64,
    /// Largest top-up.
    pub max_top_up_minor: i64,
    /// Largest change by hand that needs no second pair of eyes.
    pub adjust_limit_minor: i64,
}

impl Default for Wallet {
    fn default() -> Self {
        Self { min_top_up_minor: 10_000, max_top_up_minor: 50_000_000, adjust_limit_minor: 1_000_000 }
    }
}

impl Section for Wallet {
    const KEY: &'static str = "wallet";

    fn clean(&mut self, fields: &mut Fields) {
        fields.range("min_top_up_minor", self.min_top_up_minor, 1, 1_000_000_000);
        fields.range("max_top_up_minor", self.max_top_up_minor, self.min_top_up_minor.max(1), 1_000_000_000);
        fields.range("adjust_limit_minor", self.adjust_limit_minor, 0, 1_000_000_000);
    }
}

/// Which installation this is: a label on everything it makes in a cluster, so that two installations in one cluster
/// never take the other's for their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Installation {
    /// Made once, on the first start.
    pub id: String,
}

impl Section for Installation {
    const KEY: &'static str = "installation";

    fn clean(&mut self, _: &mut Fields) {}

    fn keep(&mut self, stored: &Self) {
        self.clone_from(stored);
    }
}

/// What a person has tried or confirmed, for the checklist. Changed by `confirm_numbering` and `record_mail_test`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checks {
    /// When somebody said yes to the number series and their start values.
    pub numbering_confirmed_at: Option<DateTime<Utc>>,
    /// When somebody decided the tax status.
    pub tax_confirmed_at: Option<DateTime<Utc>>,
    /// When a test mail was last accepted.
    pub mail_tested_at: Option<DateTime<Utc>>,
}

impl Section for Checks {
    const KEY: &'static str = "checks";

    fn clean(&mut self, _: &mut Fields) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_patterns_name_year_and_number_once() {
        for right in ["INV/{year}/{number:06}", "TXMP-{year}{number:08}", "{number}-{year}"] {
            assert!(number_pattern(right).is_ok(), "{right}");
        }
        for wrong in [
            "INV/{number}",
            "{year}",
            "{year}{number}{number}",
            "{year}/{number:99}",
            "{year}{numbr}",
            "{year}{number",
            "{year}{number:0}",
        ] {
            assert_eq!(number_pattern(wrong), Err(WRONG_PATTERN), "{wrong}");
        }
    }

    #[test]
    fn ppn_is_charged_from_the_first_day_on() {
        let tax = Tax { is_pkp: true, pkp_since: NaiveDate::from_ymd_opt(2026, 1, 1), ..Tax::default() };
        assert!(tax.charges_ppn_on(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()));
        assert!(!tax.charges_ppn_on(NaiveDate::from_ymd_opt(2025, 12, 31).unwrap()));
        assert!(!Tax::default().charges_ppn_on(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()));
    }
}
