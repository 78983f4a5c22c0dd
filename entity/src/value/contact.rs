//! How people and places are written: mail addresses, telephone numbers, tax numbers, countries, lines of text. Each
//! function takes what a person typed and gives the one form that is stored, or the stable word that says what is
//! wrong with it (`required`, `too_long`, `invalid`, …).

/// What is wrong with a text: a stable word, and the limit where it is about length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// `required`, `too_long`, `invalid_email`, …
    pub code: &'static str,
    /// Most characters, for `too_long`.
    pub max: Option<usize>,
}

impl Wrong {
    /// Wrong by a word.
    pub const fn new(code: &'static str) -> Self {
        Self { code, max: None }
    }
}

/// Longest mail address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX_LENGTH: usize = 254;

/// ISO 3166-1 alpha-2 codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ \
    IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML \
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
    PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
    TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A line of text without surrounding space, at most `max` characters, without control or writing-direction
/// characters (they break mail headers and disguise names).
pub fn line(text: &str, max: usize) -> Result<String, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Wrong::new("required"));
    }
    optional_line(text, max).map(Option::unwrap_or_default)
}

/// Like `line`; empty is nothing.
pub fn optional_line(text: &str, max: usize) -> Result<Option<String>, Wrong> {
    let text = text.trim();
    if text.chars().any(|c| c.is_control() || is_direction_mark(c)) {
        return Err(Wrong::new("control_characters"));
    }
    if text.chars().count() > max {
        return Err(Wrong { code: "too_long", max: Some(max) });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// A person's or company's name: a line without an address of the web, because names are printed in mails and nobody
/// may use our mails to spread links.
pub fn name(text: &str, max: usize) -> Result<String, Wrong> {
    let name = line(text, max)?;
    if name.contains("://") || name.to_ascii_lowercase().contains("www.") {
        return Err(Wrong::new("contains_link"));
    }
    Ok(name)
}

/// A mail address in lower case. Quoted local parts and address literals are refused: no person has one.
pub fn email(text: &str) -> Result<String, Wrong> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Err(Wrong::new("required"));
    }
    if text.len() > EMAIL_MAX_LENGTH {
        return Err(Wrong { code: "too_long", max: Some(EMAIL_MAX_LENGTH) });
    }
    let is_local = |local: &str| {
        (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b))
    };
    match text.rsplit_once('@') {
        Some((local, domain)) if is_local(local) && is_mail_domain(domain) => Ok(text),
        _ => Err(Wrong::new("invalid_email")),
    }
}

fn is_mail_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last_has_letter = domain.rsplit('.').next().is_some_and(|label| label.bytes().any(|b| b.is_ascii_alphabetic()));
    domain.contains('.') && domain.split('.').all(is_label) && last_has_letter
}

/// A telephone number as ITU-T E.164 writes it: `+` and 7 to 15 digits. A leading 0 means Indonesia, `00` means abroad.
pub fn phone(text: &str) -> Result<String, Wrong> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let international = if let Some(rest) = bare.strip_prefix("00") {
        format!("+{rest}")
    } else if let Some(rest) = bare.strip_prefix('0') {
        format!("+62{rest}")
    } else {
        bare
    };
    let digits = international.strip_prefix('+').ok_or(Wrong::new("invalid_phone"))?;
    let is_number =
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if is_number { Ok(international) } else { Err(Wrong::new("invalid_phone")) }
}

/// An Indonesian tax number as 15 or 16 digits, dots and dashes removed. The first nine of fifteen digits carry a Luhn
/// check digit; sixteen digits are a zero and such a number (companies) or a person's NIK (PMK 112/PMK.03/2022).
pub fn npwp(text: &str) -> Result<String, Wrong> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Wrong::new("invalid_npwp"));
    }
    let is_right = match digits.len() {
        15 => passes_luhn(&digits[..9]),
        16 if digits.starts_with('0') => passes_luhn(&digits[1..10]),
        16 => is_nik(&digits),
        _ => false,
    };
    if is_right { Ok(digits) } else { Err(Wrong::new("invalid_npwp")) }
}

/// The number of a place of business (NITKU): 22 digits, the tax number of sixteen and six more; dots, dashes and spaces
/// removed.
pub fn nitku(text: &str) -> Result<String, Wrong> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
    let is_right = digits.len() == 22 && digits.bytes().all(|b| b.is_ascii_digit());
    if is_right { Ok(digits) } else { Err(Wrong::new("invalid_nitku")) }
}

/// Whether a place of business belongs to a tax number, both as they are stored. Fifteen digits have a zero before them.
pub fn is_nitku_of(nitku: &str, npwp: &str) -> bool {
    let rest = if npwp.len() == 15 { nitku.strip_prefix('0') } else { Some(nitku) };
    rest.is_some_and(|rest| rest.starts_with(npwp))
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = digit * 2;
            match place % 2 {
                0 => digit,
                _ if doubled > 9 => doubled - 9,
                _ => doubled,
            }
        })
        .sum();
    sum.is_multiple_of(10) && digits.bytes().any(|b| b != b'0')
}

/// Province, regency and district, then the day of birth (women: plus 40), month and year, then a number above zero.
fn is_nik(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits[from..to].parse::<u32>().unwrap_or_default();
    let day = part(6, 8);
    (11..=96).contains(&part(0, 2))
        && (matches!(day, 1..=31) || matches!(day, 41..=71))
        && (1..=12).contains(&part(8, 10))
        && part(12, 16) > 0
}

/// A country's ISO 3166-1 alpha-2 code in capitals.
pub fn country(text: &str) -> Result<String, Wrong> {
    let code = text.trim().to_ascii_uppercase();
    if code.is_empty() {
        return Err(Wrong::new("required"));
    }
    if code.len() == 2 && COUNTRIES.split_whitespace().any(|known| known == code) {
        Ok(code)
    } else {
        Err(Wrong::new("invalid_country"))
    }
}

/// A postal code of `country`: five digits in Indonesia, otherwise up to 16 letters, digits, spaces and dashes.
pub fn postal_code(text: &str, country: &str) -> Result<String, Wrong> {
    let code = text.trim().to_ascii_uppercase();
    let is_right = if country == "ID" {
        code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit())
    } else {
        (2..=16).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-')
    };
    if is_right { Ok(code) } else { Err(Wrong::new("invalid_postal_code")) }
}
