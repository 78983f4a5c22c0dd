//! Amounts, dates and sizes as people read them. Pages reach these through `web::filters`.
use super::locale::{Lang, t, ta};
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use entity::value::{Money, in_wib};

/// `Rp 55.500` (id), `IDR 55,500` (en); a minus comes first.
pub fn money(amount: &Money, lang: Lang) -> String {
    let digits = fraction_digits(&amount.currency);
    let unit = 10u64.pow(digits);
    let absolute = amount.minor.unsigned_abs();
    let (thousands, decimal) = marks(lang);
    let sign = if amount.minor < 0 { "-" } else { "" };
    let currency = match (lang, amount.currency.as_str()) {
        (Lang::Id, "IDR") => "Rp",
        (_, code) => code,
    };
    let whole = grouped(absolute / unit, thousands);
    if digits == 0 {
        format!("{sign}{currency} {whole}")
    } else {
        format!("{sign}{currency} {whole}{decimal}{:0width$}", absolute % unit, width = digits as usize)
    }
}

/// `1.234.567` (id), `1,234,567` (en).
pub fn number(value: i64, lang: Lang) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(value.unsigned_abs(), marks(lang).0))
}

/// `3 × Pelatihan`; one of something is named alone.
pub fn times(quantity: i64, words: &str, lang: Lang) -> String {
    match quantity {
        1 => words.to_owned(),
        _ => format!("{} × {words}", number(quantity, lang)),
    }
}

/// `99,98%` (id), `99.98%` (en), of hundredths of a percent; always with both digits.
pub fn percent(hundredths: i64, lang: Lang) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match lang {
        Lang::Id => format!("{whole},{rest:02}%"),
        Lang::En => format!("{whole}.{rest:02}%"),
    }
}

/// `12 Des 2026, 10.04 WIB`.
pub fn date_wib(at: DateTime<Utc>, lang: Lang) -> String {
    format!("{}, {} WIB", day(in_wib(at).date_naive(), lang), time_of_day(at, lang))
}

/// `12 Des 2026`.
pub fn day(date: NaiveDate, lang: Lang) -> String {
    format!("{} {} {}", date.day(), month_short(date, lang), date.year())
}

/// `12 Des`.
pub fn day_month(date: NaiveDate, lang: Lang) -> String {
    format!("{} {}", date.day(), month_short(date, lang))
}

/// `10.04` (id), `10:04` (en), on the wall clock of the business zone.
pub fn time_of_day(at: DateTime<Utc>, lang: Lang) -> String {
    let local = in_wib(at);
    let mark = match lang {
        Lang::Id => '.',
        Lang::En => ':',
    };
    format!("{:02}{mark}{:02}", local.hour(), local.minute())
}

/// `5 menit lalu`, `dalam 3 hari`, `baru saja`: how far `at` is from `now`.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>, lang: Lang) -> String {
    let seconds = (now - at).num_seconds();
    let direction = if seconds >= 0 { "ago" } else { "in" };
    let distance = seconds.unsigned_abs();
    let (unit, n) = match distance {
        0..45 => return t(lang, if seconds >= 0 { "just-now" } else { "in-a-moment" }),
        45..3_570 => ("minutes", (distance + 30) / 60),
        3_570..84_600 => ("hours", (distance + 1_800) / 3_600),
        84_600..2_592_000 => ("days", (distance + 43_200) / 86_400),
        2_592_000..31_536_000 => ("months", distance / 2_592_000),
        _ => ("years", distance / 31_536_000),
    };
    ta(lang, &format!("{direction}-{unit}"), &[("n", n)])
}

/// `8 dtk`, `2 mnt 5 dtk`, `3 jam 20 mnt`: how long something took.
pub fn duration(seconds: i64, lang: Lang) -> String {
    let seconds = seconds.max(0);
    let part = |value: i64, key: &str| ta(lang, key, &[("n", value)]);
    let two = |big: String, small: i64, key: &str| if small == 0 { big } else { format!("{big} {}", part(small, key)) };
    match seconds {
        0..60 => part(seconds, "short-seconds"),
        60..3_600 => two(part(seconds / 60, "short-minutes"), seconds % 60, "short-seconds"),
        3_600..86_400 => two(part(seconds / 3_600, "short-hours"), seconds % 3_600 / 60, "short-minutes"),
        _ => two(part(seconds / 86_400, "short-days"), seconds % 86_400 / 3_600, "short-hours"),
    }
}

/// `512 B`, `1,5 MB` (id), `1.5 MB` (en); steps of 1,024.
pub fn bytes(size: u64, lang: Lang) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut tenths = u128::from(size) * 10;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths = (tenths + 512) / 1_024;
        unit += 1;
    }
    let decimal = marks(lang).1;
    if tenths % 10 == 0 {
        format!("{} {}", tenths / 10, UNITS[unit])
    } else {
        format!("{}{decimal}{} {}", tenths / 10, tenths % 10, UNITS[unit])
    }
}

/// `2 vCPU`, `0,5 vCPU`: thousandths of a processor.
pub fn cpu(milli: i64, lang: Lang) -> String {
    let rest = (milli % 1_000).unsigned_abs();
    if rest == 0 {
        return format!("{} vCPU", number(milli / 1_000, lang));
    }
    let digits = format!("{rest:03}");
    format!("{}{}{} vCPU", number(milli / 1_000, lang), marks(lang).1, digits.trim_end_matches('0'))
}

/// `2 GB`, `1,5 GB`, `512 MB`: memory counted in MiB.
pub fn memory(mib: i64, lang: Lang) -> String {
    let tenths = mib.saturating_mul(10) / 1_024;
    match mib {
        ..1_024 => format!("{} MB", number(mib, lang)),
        _ if tenths % 10 == 0 => format!("{} GB", number(tenths / 10, lang)),
        _ => format!("{}{}{} GB", number(tenths / 10, lang), marks(lang).1, tenths % 10),
    }
}

fn month_short(date: NaiveDate, lang: Lang) -> String {
    t(lang, &format!("month-short-{}", date.month()))
}

fn marks(lang: Lang) -> (char, char) {
    match lang {
        Lang::Id => ('.', ','),
        Lang::En => (',', '.'),
    }
}

/// Digits after the decimal mark (ISO 4217). The rupiah is traded without any.
fn fraction_digits(currency: &str) -> u32 {
    match currency {
        "IDR" | "JPY" | "KRW" | "VND" => 0,
        _ => 2,
    }
}

fn grouped(value: u64, mark: char) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn resources_read_in_the_units_people_buy() {
        assert_eq!((cpu(2_000, Lang::Id), cpu(250, Lang::Id)), ("2 vCPU".into(), "0,25 vCPU".into()));
        assert_eq!((memory(512, Lang::En), memory(1_536, Lang::En)), ("512 MB".into(), "1.5 GB".into()));
        assert_eq!((memory(4_000_000, Lang::Id), cpu(4_000_000, Lang::Id)), ("3.906,2 GB".into(), "4.000 vCPU".into()));
    }

    #[test]
    fn money_reads_as_the_country_writes_it() {
        assert_eq!(money(&Money::idr(55_500), Lang::Id), "Rp 55.500");
        assert_eq!(money(&Money::idr(55_500), Lang::En), "IDR 55,500");
        assert_eq!(money(&Money::idr(-1_234_567), Lang::Id), "-Rp 1.234.567");
        assert_eq!(money(&Money::idr(i64::MIN), Lang::En), "-IDR 9,223,372,036,854,775,808");
        assert_eq!(money(&Money::new(123_405, "USD"), Lang::Id), "USD 1.234,05");
        assert_eq!(money(&Money::idr(0), Lang::Id), "Rp 0");
    }

    #[test]
    fn how_many_stands_before_the_words_unless_it_is_one() {
        assert_eq!(times(3, "Pelatihan", Lang::Id), "3 × Pelatihan");
        assert_eq!(times(1_500, "Training", Lang::En), "1,500 × Training");
        assert_eq!(times(1, "Pelatihan", Lang::Id), "Pelatihan");
    }

    #[test]
    fn dates_are_shown_in_the_business_zone() {
        assert_eq!(date_wib(at("2026-12-12T03:04:00Z"), Lang::Id), "12 Des 2026, 10.04 WIB");
        assert_eq!(date_wib(at("2026-12-11T17:00:00Z"), Lang::En), "12 Dec 2026, 00:00 WIB");
    }

    #[test]
    fn distances_look_both_ways() {
        let now = at("2026-11-21T03:00:00Z");
        assert_eq!(ago(at("2026-11-21T02:59:50Z"), now, Lang::Id), "baru saja");
        assert_eq!(ago(at("2026-11-21T01:00:00Z"), now, Lang::En), "2 hours ago");
        assert_eq!(ago(at("2026-11-24T03:00:00Z"), now, Lang::Id), "dalam 3 hari");
        assert_eq!(ago(at("2026-11-22T02:50:00Z"), now, Lang::En), "in 1 day");
    }

    #[test]
    fn durations_and_sizes_keep_two_figures_at_most() {
        assert_eq!(duration(8, Lang::Id), "8 dtk");
        assert_eq!(duration(125, Lang::En), "2 min 5 s");
        assert_eq!(duration(3_600, Lang::En), "1 h");
        assert_eq!(bytes(512, Lang::Id), "512 B");
        assert_eq!(bytes(1_572_864, Lang::Id), "1,5 MB");
        assert_eq!(bytes(2_147_483_648, Lang::En), "2 GB");
    }
}
