//! Kubernetes quantities (`250m`, `512Mi`, `12345678n`, `1e3`) as whole numbers, without floats.
//! Source: Kubernetes documentation, "Quantity".

/// In billionths; `None` when it is not a quantity.
fn nanos(text: &str) -> Option<i128> {
    let split = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let is_negative = whole.starts_with('-');
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i128 = format!("{fraction:0<9}").parse().ok()?;
    let value = whole.checked_mul(1_000_000_000)?.checked_add(if is_negative { -part } else { part })?;
    let scaled = |factor: i128| value.checked_mul(factor);
    match suffix {
        "" => Some(value),
        "n" => Some(value / 1_000_000_000),
        "u" => Some(value / 1_000_000),
        "m" => Some(value / 1_000),
        "k" => scaled(1_000),
        "M" => scaled(1_000_000),
        "G" => scaled(1_000_000_000),
        "T" => scaled(1_000_000_000_000),
        "P" => scaled(1_000_000_000_000_000),
        "E" => scaled(1_000_000_000_000_000_000),
        "Ki" => scaled(1 << 10),
        "Mi" => scaled(1 << 20),
        "Gi" => scaled(1 << 30),
        "Ti" => scaled(1 << 40),
        "Pi" => scaled(1 << 50),
        "Ei" => scaled(1 << 60),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let factor = 10i128.checked_pow(power.unsigned_abs())?;
            if power >= 0 { value.checked_mul(factor) } else { Some(value / factor) }
        }
    }
}

/// Thousandths, rounded up: what is used is never shown as nothing.
pub(super) fn milli(text: &str) -> Option<i64> {
    i64::try_from(ceil(nanos(text)?, 1_000_000)).ok()
}

/// MiB, rounded up.
pub(super) fn mebibytes(text: &str) -> Option<i64> {
    i64::try_from(ceil(nanos(text)?, 1_000_000_000 << 20)).ok()
}

/// Whether `text` is more than `limit`; false where one of them is not a quantity.
pub(super) fn exceeds(text: &str, limit: &str) -> bool {
    nanos(text).zip(nanos(limit)).is_some_and(|(value, limit)| value > limit)
}

fn ceil(value: i128, unit: i128) -> i128 {
    value.div_euclid(unit) + i128::from(value.rem_euclid(unit) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_quantity_is_read() {
        for (text, expected) in
            [("250m", 250), ("1", 1000), ("1.5", 1500), ("12345678n", 13), ("500u", 1), ("2e3", 2_000_000), ("0", 0)]
        {
            assert_eq!(milli(text), Some(expected), "{text}");
        }
        for (text, expected) in
            [("512Mi", 512), ("5Gi", 5120), ("123456Ki", 121), ("1G", 954), ("134217728", 128), ("1e9", 954)]
        {
            assert_eq!(mebibytes(text), Some(expected), "{text}");
        }
        for text in ["", "abc", "1x", "Mi", "1.0000000001"] {
            assert_eq!(milli(text), None, "{text}");
        }
    }
}
