//! Amounts and days as vendors and spreadsheets write them. Pure; nothing is guessed that could change an amount.
use chrono::{DateTime, NaiveDate};

/// An amount in whole rupiah and what is left of it, in hundredths: `1.250.000,50` is (1250000, 50). Points and commas
/// part thousands or the fraction; which, is read off the number itself, as whole rupiah have no three-digit fraction.
/// `Rp`, `IDR`, spaces, signs and the brackets of accountants are understood; anything else is none.
fn parts(text: &str) -> Option<(i64, i64)> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let bare = upper.trim_start_matches("IDR").trim_start_matches("RP").trim_start_matches('.').trim();
    // The sign may stand before or after the currency.
    let (mut is_negative, mut digits) = (false, bare.to_owned());
    if let Some(inner) = digits.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (is_negative, digits) = (true, inner.trim().to_owned());
    }
    if let Some(rest) = digits.strip_prefix(['-', '−']).or_else(|| digits.strip_suffix('-')) {
        (is_negative, digits) =
            (true, rest.trim().trim_start_matches("IDR").trim_start_matches("RP").trim().to_owned());
    } else if let Some(rest) = digits.strip_prefix('+') {
        digits = rest.trim().to_owned();
    }
    digits.retain(|c| c != ' ' && c != '\u{a0}');
    let (whole, fraction) = split(&digits)?;
    let whole: i64 = whole.parse().ok()?;
    let sign = if is_negative { -1 } else { 1 };
    Some((sign * whole, sign * fraction))
}

/// Digits of the whole part, and the fraction in hundredths (rounded half up from more digits).
fn split(digits: &str) -> Option<(String, i64)> {
    let last = digits.rfind(['.', ',']);
    let Some(last) = last else {
        return is_digits(digits).then(|| (digits.to_owned(), 0));
    };
    let mark = digits[last..].chars().next()?;
    let (before, after) = (&digits[..last], &digits[last + 1..]);
    let is_only = !before.contains(['.', ',']);
    let other = if mark == '.' { ',' } else { '.' };
    let is_thousands = after.len() == 3 && (is_only || before.contains(mark)) && !before.contains(other);
    if is_thousands {
        return grouped(digits, mark).map(|whole| (whole, 0));
    }
    if !is_digits(after) || after.len() > 6 || before.contains(mark) {
        return None;
    }
    let whole = if before.contains(other) { grouped(before, other)? } else { before.to_owned() };
    if !is_digits(&whole) {
        return None;
    }
    let cents: i64 = format!("{after:0<3}")[..3].parse().ok()?;
    Some((whole, (cents + 5) / 10))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1.250.000` without its marks: every group but the first has three digits.
fn grouped(text: &str, mark: char) -> Option<String> {
    let groups: Vec<&str> = text.split(mark).collect();
    let (first, rest) = groups.split_first()?;
    let fits = is_digits(first) && first.len() <= 3 && rest.iter().all(|group| group.len() == 3 && is_digits(group));
    let whole = groups.concat();
    (fits && is_digits(&whole)).then_some(whole)
}

/// An amount in whole rupiah; a fraction that is not zero is none of ours.
pub fn amount(text: &str) -> Option<i64> {
    parts(text).filter(|(_, fraction)| *fraction == 0).map(|(whole, _)| whole)
}

/// A fee, which may have a fraction: rounded half up, away from zero.
pub fn fee(text: &str) -> Option<i64> {
    let (whole, fraction) = parts(text)?;
    Some(if fraction.abs() >= 50 { whole + fraction.signum() } else { whole })
}

const MONTHS: [(&str, u32); 19] = [
    ("jan", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("mei", 5),
    ("may", 5),
    ("jun", 6),
    ("jul", 7),
    ("agu", 8),
    ("ags", 8),
    ("agt", 8),
    ("aug", 8),
    ("sep", 9),
    ("okt", 10),
    ("oct", 10),
    ("nop", 11),
    ("nov", 11),
    ("des", 12),
    ("dec", 12),
];

/// A day, whatever time stands behind it: `2026-11-28`, `28/11/2026 10:00`, `28 Nov 2026`, `2026-11-27T20:00:00Z` (which
/// is the 28th in Jakarta). Where day and month could be either, the day comes first, as everywhere in Indonesia.
pub fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(entity::value::business_day(at.to_utc()));
    }
    let pieces: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty()).collect();
    let [first, second, third, ..] = pieces.as_slice() else { return None };
    let third = third.split(['T', 't']).next()?;
    let number = |piece: &str| piece.parse::<u32>().ok();
    if first.len() == 4 {
        return NaiveDate::from_ymd_opt(first.parse().ok()?, month(second)?, number(third)?);
    }
    let year: i32 = match third.len() {
        4 => third.parse().ok()?,
        2 => 2000 + third.parse::<i32>().ok()?,
        _ => return None,
    };
    match month(second).and_then(|month| NaiveDate::from_ymd_opt(year, month, number(first)?)) {
        Some(day) => Some(day),
        None => NaiveDate::from_ymd_opt(year, month(first)?, number(second)?),
    }
}

fn month(word: &str) -> Option<u32> {
    let start: String = word.to_lowercase().chars().take(3).collect();
    let named = MONTHS.iter().find(|(name, _)| *name == start).map(|(_, number)| *number);
    named.or_else(|| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them_and_never_guessed() {
        for (text, minor) in [
            ("50000", Some(50_000)),
            ("1.250.000,00", Some(1_250_000)),
            ("1,250,000.00", Some(1_250_000)),
            ("150000.00", Some(150_000)),
            ("150000,0", Some(150_000)),
            ("1.250", Some(1_250)),
            ("1,250", Some(1_250)),
            ("Rp 1.250.000", Some(1_250_000)),
            ("Rp1.250.000,00", Some(1_250_000)),
            ("Rp. 75.000", Some(75_000)),
            ("IDR 75,000.00", Some(75_000)),
            ("-75.000", Some(-75_000)),
            ("Rp -75.000", Some(-75_000)),
            ("-Rp 75.000", Some(-75_000)),
            ("(75.000)", Some(-75_000)),
            ("75.000-", Some(-75_000)),
            ("+75 000", Some(75_000)),
            ("0", Some(0)),
            ("0,00", Some(0)),
            ("999999999999999", Some(999_999_999_999_999)),
            ("9999999999999999", None),
            ("150000.50", None),
            ("1.25.000", None),
            ("1,25,000.00", None),
            ("1.250.00", None),
            ("12.34.56", None),
            ("1e5", None),
            ("", None),
            ("-", None),
            ("abc", None),
            (".", None),
            ("1.", None),
        ] {
            assert_eq!(amount(text), minor, "{text:?}");
        }
        for (text, minor) in [("4.440,50", 4_441), ("388.885", 388_885), ("388,88", 389), ("388.4", 388), ("-1,5", -2)]
        {
            assert_eq!(fee(text), Some(minor), "{text:?}");
        }
    }

    #[test]
    fn days_are_read_in_the_usual_forms() {
        let expected = NaiveDate::from_ymd_opt(2026, 11, 28);
        for text in [
            "2026-11-28",
            "2026-11-28 23:59:59",
            "2026/11/28",
            "2026-11-28T10:00:00",
            "28/11/2026",
            "28-11-2026 10:00",
            "28.11.26",
            "28 Nov 2026",
            "28 Nopember 2026, 10.00 WIB",
            "11/28/2026",
            "2026-11-27T20:00:00Z",
            "2026-11-28T05:00:00+07:00",
        ] {
            assert_eq!(day(text), expected, "{text:?}");
        }
        assert_eq!(day("03/04/2026"), NaiveDate::from_ymd_opt(2026, 4, 3), "the day comes first");
        for text in ["", "2026", "28/13/2026x", "31/02/2026", "kemarin", "28-11", "99/99/9999"] {
            assert_eq!(day(text), None, "{text:?}");
        }
    }
}
