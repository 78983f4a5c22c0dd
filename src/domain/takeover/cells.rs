//! Words of a cell as other systems and people write them. Pure; what cannot be read is told, never guessed.
use super::columns::plain;
use crate::domain::payments::settlement;
use chrono::NaiveDate;
use entity::value::Cycle;

/// Largest amount: a thousand billions of rupiah, as in the ledger.
const MOST_MINOR: i64 = 1_000_000_000_000_000;

/// An amount in whole rupiah, not below zero; `Err` holds the word of what is wrong.
pub(super) fn amount(text: &str) -> Result<i64, &'static str> {
    match settlement::amount(text) {
        Some(minor) if minor < 0 => Err("negative"),
        Some(minor) if minor > MOST_MINOR => Err("too_large"),
        Some(minor) => Ok(minor),
        None => Err("amount"),
    }
}

/// A day; nothing where the cell is empty or the other system writes nothing as `0000-00-00`.
pub(super) fn day(text: &str) -> Result<Option<NaiveDate>, &'static str> {
    if text.chars().all(|c| !c.is_ascii_digit() || c == '0') {
        return if text.is_empty() || text.starts_with('0') { Ok(None) } else { Err("day") };
    }
    settlement::day(text).map(Some).ok_or("day")
}

/// How often, in the words of WHMCS, of the API and of people.
pub(super) fn cycle(text: &str) -> Result<Cycle, &'static str> {
    Ok(match plain(text).as_str() {
        "monthly" | "month" | "1m" | "1" | "1month" | "bulanan" | "bulan" | "1bulan" | "perbulan" => Cycle::Monthly,
        "quarterly" | "3m" | "3" | "3months" | "triwulan" | "triwulanan" | "3bulan" | "kuartalan" => Cycle::Quarterly,
        "semiannually" | "semiannual" | "halfyearly" | "6m" | "6" | "6months" | "semester" | "semesteran"
        | "6bulan" => Cycle::Semiannually,
        "annually" | "annual" | "yearly" | "year" | "1y" | "12m" | "12" | "12months" | "tahunan" | "tahun"
        | "1tahun" | "12bulan" | "pertahun" => Cycle::Annually,
        "biennially" | "biennial" | "2y" | "24m" | "24" | "24months" | "2tahun" | "24bulan" | "duatahunan" => {
            Cycle::Biennially
        }
        "triennially" | "triennial" | "3y" | "36m" | "36" | "36months" | "3tahun" | "36bulan" | "tigatahunan" => {
            Cycle::Triennially
        }
        "" => return Err("required"),
        "onetime" | "freeaccount" | "free" | "gratis" | "sekali" | "sekalibayar" => return Err("not_renewed"),
        other => days(other).ok_or("unknown")?,
    })
}

/// A cycle of days: `10 hari`, `every 10 days`, `days_10`, without what [`plain`] takes off.
fn days(plain: &str) -> Option<Cycle> {
    const BEFORE: [&str; 6] = ["setiap", "tiap", "every", "per", "days", "hari"];
    const AFTER: [&str; 5] = ["harian", "hari", "days", "day", "d"];
    let before = BEFORE.into_iter().find(|word| plain.starts_with(word)).unwrap_or_default();
    let rest = plain.strip_prefix(before)?;
    let after = AFTER.into_iter().find(|word| rest.ends_with(word)).unwrap_or_default();
    // A number alone counts months where it counts anything.
    let says_days = !after.is_empty() || matches!(before, "days" | "hari");
    let number = rest.strip_suffix(after).filter(|_| says_days)?;
    number.parse().ok().and_then(Cycle::of_days)
}

/// Whether a contract is suspended; `Err` for one that does not run.
pub(super) fn is_suspended(text: &str) -> Result<bool, &'static str> {
    match plain(text).as_str() {
        "" | "active" | "aktif" | "running" | "berjalan" => Ok(false),
        "suspended" | "ditangguhkan" | "isolir" | "nonaktifsementara" => Ok(true),
        "terminated" | "cancelled" | "canceled" | "pending" | "fraud" | "completed" | "closed" | "berhenti"
        | "batal" | "nonaktif" | "selesai" => Err("not_running"),
        _ => Err("unknown"),
    }
}

/// The language we write in: ours where it is one of ours, English for everybody else's.
pub(super) fn locale(text: &str) -> &'static str {
    match plain(text).as_str() {
        "" | "id" | "in" | "idid" | "indonesian" | "indonesia" | "bahasa" | "bahasaindonesia" => "id",
        _ => "en",
    }
}

/// The code of a country; empty where it is home.
pub(super) fn country(text: &str) -> String {
    match plain(text).as_str() {
        "indonesia" | "idn" | "id" => "ID".to_owned(),
        _ => text.trim().to_ascii_uppercase(),
    }
}

/// A telephone number with the sign of a country where only its figures were written (`62812…`).
pub(super) fn phone(text: &str) -> String {
    let text = text.trim();
    if text.starts_with("62") { format!("+{text}") } else { text.to_owned() }
}

/// Whether amounts are rupiah. Figures are the key of a currency in the other system and say nothing.
pub(super) fn is_rupiah(text: &str) -> bool {
    let word = plain(text);
    word.bytes().all(|byte| byte.is_ascii_digit()) || matches!(word.as_str(), "idr" | "rp" | "rupiah")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_days_and_states_are_read_as_they_are_written() {
        for (text, expected) in [
            ("50000.00", Ok(50_000)),
            ("Rp 1.250.000,00", Ok(1_250_000)),
            ("0.00", Ok(0)),
            ("-5000", Err("negative")),
            ("12.50", Err("amount")),
            ("abc", Err("amount")),
        ] {
            assert_eq!(amount(text), expected, "{text}");
        }
        let of = |text: &str| day(text).map(|day| day.map(|day| day.to_string()));
        assert_eq!(of("2026-12-31"), Ok(Some("2026-12-31".to_owned())));
        assert_eq!(of("31/12/2026"), Ok(Some("2026-12-31".to_owned())));
        assert_eq!((of(""), of("0000-00-00"), of("-"), of("soon")), (Ok(None), Ok(None), Err("day"), Err("day")));
        assert_eq!((is_suspended("Active"), is_suspended("Suspended")), (Ok(false), Ok(true)));
        assert_eq!((is_suspended("Cancelled"), is_suspended("huh")), (Err("not_running"), Err("unknown")));
        assert_eq!((locale("indonesian"), locale(""), locale("dutch")), ("id", "id", "en"));
        assert!(is_rupiah("1") && is_rupiah("IDR") && is_rupiah("") && !is_rupiah("USD"));
    }

    #[test]
    fn the_cycles_of_others_are_ours() {
        for (text, expected) in [
            ("Monthly", Ok(Cycle::Monthly)),
            ("Quarterly", Ok(Cycle::Quarterly)),
            ("Semi-Annually", Ok(Cycle::Semiannually)),
            ("Annually", Ok(Cycle::Annually)),
            ("Biennially", Ok(Cycle::Biennially)),
            ("Triennially", Ok(Cycle::Triennially)),
            ("tahunan", Ok(Cycle::Annually)),
            ("6 bulan", Ok(Cycle::Semiannually)),
            ("10 hari", Ok(Cycle::of_days(10).unwrap())),
            ("Every 45 days", Ok(Cycle::of_days(45).unwrap())),
            ("days_7", Ok(Cycle::of_days(7).unwrap())),
            ("0 hari", Err("unknown")),
            ("every 10", Err("unknown")),
            ("One Time", Err("not_renewed")),
            ("Free Account", Err("not_renewed")),
            ("", Err("required")),
            ("weekly", Err("unknown")),
        ] {
            assert_eq!(cycle(text), expected, "{text}");
        }
    }
}
