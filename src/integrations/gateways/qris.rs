//! QRIS codes: the national QR standard is an EMVCo "merchant presented" string of tag, length and value, closed by a
//! checksum. Pure functions; drawing the code is the page's business. Source: payments sheet, part F.

/// Tag of the point of initiation: `11` static, `12` dynamic.
const INITIATION: &str = "01";
/// Tag of the currency, ISO 4217 numeric.
const CURRENCY: &str = "53";
/// Tag of the amount, decimal text.
const AMOUNT: &str = "54";
/// Tag and length of the checksum; it closes the string and covers itself up to here.
const CHECKSUM_HEAD: &str = "6304";
/// The rupiah in ISO 4217 numbers.
const IDR_NUMERIC: &str = "360";
/// A length has two digits.
const MAX_VALUE_LENGTH: usize = 99;

/// Why a text is no QRIS code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrisError {
    /// Letters outside ASCII make lengths ambiguous.
    #[error("the code holds characters outside ASCII")]
    NotAscii,
    /// Tag, length or value is cut off, or tag or length are no digits.
    #[error("the field at position {0} cannot be read")]
    BadField(usize),
    /// The checksum is not the last field.
    #[error("the checksum is missing or not at the end")]
    NoChecksum,
    /// A value to encode is longer than 99 characters.
    #[error("the value of tag {0} is too long")]
    TooLong(String),
}

/// A code that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qris {
    /// Tags and values in the order of the text: vendors do not sort them.
    pub fields: Vec<(String, String)>,
    /// Whether the checksum fits. Vendor samples exist where it does not, so a wrong one is told, not refused.
    pub checksum_fits: bool,
}

impl Qris {
    /// The value of `tag`.
    pub fn value(&self, tag: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == tag).map(|(_, value)| value.as_str())
    }

    /// What speaks against showing this code for a payment of `amount_minor` whole rupiah; empty when all is well.
    pub fn doubts(&self, amount_minor: i64) -> Vec<&'static str> {
        let amount_fits = self.value(AMOUNT).and_then(whole_units) == Some(amount_minor);
        let checks = [
            (self.checksum_fits, "the checksum does not fit"),
            (amount_fits, "the amount is another"),
            (self.value(CURRENCY) == Some(IDR_NUMERIC), "the currency is not the rupiah"),
            (self.value(INITIATION) == Some("12"), "the code is not made for one payment"),
        ];
        checks.into_iter().filter(|(fine, _)| !fine).map(|(_, doubt)| doubt).collect()
    }
}

/// Reads a code.
///
/// # Errors
/// `NotAscii`, `BadField` and `NoChecksum`; a checksum that does not fit is no error, see [`Qris::checksum_fits`].
pub fn parse(text: &str) -> Result<Qris, QrisError> {
    let fields = split(text)?;
    match fields.last() {
        Some((tag, value)) if tag == "63" && value.len() == 4 => {
            let covered = &text[..text.len() - 4];
            let checksum_fits = format!("{:04X}", crc16(covered.as_bytes())) == value.to_ascii_uppercase();
            Ok(Qris { fields, checksum_fits })
        }
        _ => Err(QrisError::NoChecksum),
    }
}

/// Joins fields (without the checksum) to a code and closes it.
///
/// # Errors
/// `NotAscii` and `TooLong`.
pub fn encode(fields: &[(&str, &str)]) -> Result<String, QrisError> {
    let mut text = join(fields)?;
    text.push_str(CHECKSUM_HEAD);
    let checksum = crc16(text.as_bytes());
    Ok(format!("{text}{checksum:04X}"))
}

/// A code for one payment of `payable_minor` whole rupiah, as simulators print it.
pub(super) fn example(domain: &str, merchant: &str, number: u64, payable_minor: i64) -> String {
    let template = |fields: &[(&str, &str)]| join(fields).unwrap_or_default();
    let account = template(&[("00", domain), ("01", "936009180000000018"), ("02", "G000000001"), ("03", "UKE")]);
    let national = template(&[("00", "ID.CO.QRIS.WWW"), ("02", "ID1020000000018"), ("03", "UKE")]);
    let (reference, amount) = (format!("{number:020}"), payable_minor.to_string());
    let additional = template(&[("05", reference.as_str()), ("07", "A01")]);
    let fields = [
        ("00", "01"),
        (INITIATION, "12"),
        ("26", account.as_str()),
        ("51", national.as_str()),
        ("52", "4816"),
        (CURRENCY, IDR_NUMERIC),
        (AMOUNT, amount.as_str()),
        ("58", "ID"),
        ("59", merchant),
        ("60", "JAKARTA"),
        ("61", "10110"),
        ("62", additional.as_str()),
    ];
    encode(&fields).unwrap_or_default()
}

/// Joins the fields of a template, a value that holds fields itself (tags 26–51 and 62).
///
/// # Errors
/// `NotAscii` and `TooLong`.
pub fn join(fields: &[(&str, &str)]) -> Result<String, QrisError> {
    let mut text = String::new();
    for (tag, value) in fields {
        if !value.is_ascii() {
            return Err(QrisError::NotAscii);
        }
        if value.len() > MAX_VALUE_LENGTH {
            return Err(QrisError::TooLong((*tag).to_owned()));
        }
        text.push_str(&format!("{tag}{:02}{value}", value.len()));
    }
    Ok(text)
}

/// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc: u16, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

fn split(text: &str) -> Result<Vec<(String, String)>, QrisError> {
    if !text.is_ascii() {
        return Err(QrisError::NotAscii);
    }
    let mut fields = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let bad = QrisError::BadField(at);
        let digits = |from: usize| text.get(from..from + 2).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let tag = digits(at).ok_or(bad.clone())?;
        let length: usize = digits(at + 2).and_then(|part| part.parse().ok()).ok_or(bad.clone())?;
        let value = text.get(at + 4..at + 4 + length).ok_or(bad)?;
        fields.push((tag.to_owned(), value.to_owned()));
        at += 4 + length;
    }
    Ok(fields)
}

fn whole_units(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    fraction.bytes().all(|digit| digit == b'0').then(|| whole.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From the vendor's documentation; its tags are not sorted.
    const VENDOR_SAMPLE: &str = "00020101021226620014COM.GO-JEK.WWW011993600914337918182570210G3791818250303UKE51440014ID.CO.QRIS.WWW0215AID7720513752290303UKE5204359353033605802ID5910PAPI LIVE26005KUKAR6105755535409100000.0062475036b1855b6c-70ab-4449-9778-61b8ffe43fd20703A016304C385";

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(crc16(b"123456789"), 0x29B1);
    }

    #[test]
    fn the_vendors_sample_is_read_in_its_own_order() {
        let code = parse(VENDOR_SAMPLE).unwrap();

        assert!(code.checksum_fits);
        assert_eq!(code.value("59"), Some("PAPI LIVE2"));
        assert_eq!(code.doubts(100_000), Vec::<&str>::new());
        assert_eq!(code.doubts(100_001), vec!["the amount is another"]);
    }

    #[test]
    fn a_changed_letter_breaks_the_checksum_but_not_the_reading() {
        let code = parse(&VENDOR_SAMPLE.replace("PAPI", "MAMI")).unwrap();

        assert!(!code.checksum_fits);
        assert_eq!(code.doubts(100_000), vec!["the checksum does not fit"]);
    }

    #[test]
    fn what_is_encoded_can_be_read_again() {
        let template = join(&[("00", "ID.CO.QRIS.WWW"), ("02", "ID1020304050607")]).unwrap();
        let text = encode(&[("00", "01"), ("01", "12"), ("51", &template), ("53", "360"), ("54", "55500")]).unwrap();

        let code = parse(&text).unwrap();

        assert_eq!(code.doubts(55_500), Vec::<&str>::new());
        assert_eq!(code.value("51"), Some(template.as_str()));
    }

    #[test]
    fn broken_codes_are_refused_where_they_break() {
        assert_eq!(parse(""), Err(QrisError::NoChecksum));
        assert_eq!(parse("000201"), Err(QrisError::NoChecksum));
        assert_eq!(parse("0002016304"), Err(QrisError::BadField(6)));
        assert_eq!(parse("00+201"), Err(QrisError::BadField(0)));
        assert_eq!(parse("5903Ünü"), Err(QrisError::NotAscii));
        assert_eq!(encode(&[("59", &"x".repeat(100))]), Err(QrisError::TooLong("59".into())));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fall(text in "\\PC{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn truncated_codes_never_pass_for_whole_ones(cut in 0..VENDOR_SAMPLE.len()) {
            prop_assert!(parse(&VENDOR_SAMPLE[..cut]).is_err());
        }
    }
}
