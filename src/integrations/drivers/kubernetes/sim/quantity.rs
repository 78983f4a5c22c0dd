//! Quantities (`250m`, `512Mi`, `1.5`), reckoned in thousandths.
use serde_json::Value;

const SUFFIXES: &[(&str, i128)] = &[
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
];

/// A quantity in thousandths, `None` for what is none.
pub fn parse(value: &Value) -> Option<i128> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let (digits, unit_milli) = match text.strip_suffix('m') {
        Some(digits) => (digits, 1),
        None => SUFFIXES
            .iter()
            .find_map(|(suffix, factor)| text.strip_suffix(suffix).map(|digits| (digits, factor * 1000)))
            .unwrap_or((&text, 1000)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    // Rounded up, as the API server does for what is finer than a thousandth.
    Some((number * unit_milli).div_euclid(scale) + i128::from((number * unit_milli).rem_euclid(scale) != 0))
}

/// The usual way to write thousandths of the resource `name`.
pub fn format(name: &str, milli: i128) -> String {
    if milli % 1000 != 0 {
        return format!("{milli}m");
    }
    let whole = milli / 1000;
    if !name.contains("memory") && !name.contains("storage") || whole == 0 {
        return whole.to_string();
    }
    SUFFIXES[..5]
        .iter()
        .rev()
        .find(|(_, factor)| whole % factor == 0)
        .map_or_else(|| whole.to_string(), |(suffix, factor)| format!("{}{suffix}", whole / factor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_read_and_written() {
        assert_eq!(parse(&json!("250m")), Some(250));
        assert_eq!(parse(&json!("1.5")), Some(1500));
        assert_eq!(parse(&json!(2)), Some(2000));
        assert_eq!(parse(&json!("1Gi")), Some((1 << 30) * 1000));
        assert_eq!(parse(&json!("x")), None);
        assert_eq!(format("limits.memory", (3 << 29) * 1000), "1536Mi");
        assert_eq!(format("requests.cpu", 1250), "1250m");
    }
}
