//! Codes that are Coretax's own, in one place: an adviser confirms them before the first file (docs/CORETAX.md).

use entity::value::VatCollector;

/// Invoices in one file: what Coretax imports at once (DJP, February 2025).
pub const MOST_PER_FILE: usize = 1_000;
/// A tax invoice that replaces none.
pub const NORMAL: &str = "Normal";
/// A transaction with another value as its base (DPP nilai lain, PMK 131/2024).
const OTHER_VALUE: &str = "04";
/// A sale to an office of the state that collects the tax itself: whatever the base (PER-11/PJ/2025, attachment D).
const TO_GOVERNMENT: &str = "02";
/// A sale to another collector.
const TO_COLLECTOR: &str = "03";
/// A transaction whose price is its base.
const FULL_VALUE: &str = "01";
/// A service (`A` would be goods).
pub const SERVICE: &str = "B";
/// Any goods or service: no code of its own.
pub const ANY_CODE: &str = "000000";
/// Unit of quantity: other (*lainnya*).
pub const UNIT: &str = "UM.0033";
/// A buyer with a tax number, which for persons is the NIK.
pub const DOCUMENT_TIN: &str = "TIN";
/// A buyer with neither tax number nor NIK nor passport.
pub const DOCUMENT_OTHER: &str = "Other ID";
/// What stands for a number nobody knows.
pub const NO_NUMBER: &str = "-";
/// Tax number of somebody without one.
pub const TIN_OF_NOBODY: &str = "0000000000000000";
/// Place of business of somebody without a tax number.
pub const NITKU_OF_NOBODY: &str = "000000";
/// Head office: what follows the tax number where no place of business was named.
const HEAD_OFFICE: &str = "000000";

/// Countries of buyers, ISO 3166 alpha-2 and alpha-3.
const COUNTRIES: &[(&str, &str)] = &[
    ("ID", "IDN"),
    ("SG", "SGP"),
    ("MY", "MYS"),
    ("AU", "AUS"),
    ("BN", "BRN"),
    ("CN", "CHN"),
    ("DE", "DEU"),
    ("FR", "FRA"),
    ("GB", "GBR"),
    ("HK", "HKG"),
    ("IN", "IND"),
    ("JP", "JPN"),
    ("KR", "KOR"),
    ("NL", "NLD"),
    ("NZ", "NZL"),
    ("PH", "PHL"),
    ("TH", "THA"),
    ("TL", "TLS"),
    ("TW", "TWN"),
    ("US", "USA"),
    ("VN", "VNM"),
];

/// Code of a transaction whose tax `collector` collects, or the seller, and whose base is `base_num / base_den` of the
/// price.
pub fn transaction(collector: Option<VatCollector>, base_num: i64, base_den: i64) -> &'static str {
    match collector {
        Some(VatCollector::Government) => TO_GOVERNMENT,
        Some(VatCollector::Other) => TO_COLLECTOR,
        None if base_num == base_den => FULL_VALUE,
        None => OTHER_VALUE,
    }
}

/// A tax number of 15 or 16 digits as the 16 digits of Coretax: an old one gets a zero in front (PMK 112/2022). None
/// for anything else.
pub fn tin(npwp: &str) -> Option<String> {
    let digits = digits(npwp);
    match digits.len() {
        15 => Some(format!("0{digits}")),
        16 => Some(digits),
        _ => None,
    }
}

/// The number of a place of business: 22 digits, the tax number and six more. What is stored may be the six alone;
/// nothing stored is the head office. None where it belongs to another tax number.
pub fn nitku(tin: &str, stored: Option<&str>) -> Option<String> {
    let stored = digits(stored.unwrap_or_default());
    match stored.len() {
        0 => Some(format!("{tin}{HEAD_OFFICE}")),
        6 => Some(format!("{tin}{stored}")),
        22 if stored.starts_with(tin) => Some(stored),
        _ => None,
    }
}

/// A country's code of three letters.
pub fn country(alpha_2: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|(short, _)| *short == alpha_2).map(|(_, long)| *long)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_collects_the_tax_decides_the_code_before_its_base() {
        assert_eq!(transaction(None, 11, 12), "04");
        assert_eq!(transaction(None, 1, 1), "01");
        assert_eq!(transaction(Some(VatCollector::Government), 11, 12), "02");
        assert_eq!(transaction(Some(VatCollector::Other), 11, 12), "03");
    }

    #[test]
    fn numbers_get_the_length_coretax_wants() {
        assert_eq!(tin("01.855.081.4-412.000").as_deref(), Some("0018550814412000"));
        assert_eq!(tin("0018550814412000").as_deref(), Some("0018550814412000"));
        assert_eq!(tin("123"), None);
        let tin = "0018550814412000";
        assert_eq!(nitku(tin, None).as_deref(), Some("0018550814412000000000"));
        assert_eq!(nitku(tin, Some("000003")).as_deref(), Some("0018550814412000000003"));
        assert_eq!(nitku(tin, Some("0018550814412000000004")).as_deref(), Some("0018550814412000000004"));
        assert_eq!(nitku(tin, Some("0998550814412000000004")), None, "of another company");
    }
}
