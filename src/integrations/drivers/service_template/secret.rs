//! Values that are made once for an instance and never again.
use base64::{Engine, engine::general_purpose};
use rand::{CryptoRng, RngExt, seq::SliceRandom};
use serde::Deserialize;

/// A secret a service needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretNeed {
    /// Its name in the template.
    pub key: String,
    /// Its alphabet.
    pub kind: SecretKind,
    /// How long: characters, or bytes before encoding for the base64 kinds. 0 for `uuid`.
    #[serde(default)]
    pub len: usize,
}

/// The alphabet of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// Letters and digits: safe in URLs and connection strings.
    Alnum,
    /// Hexadecimal digits.
    Hex,
    /// Real base64 of random bytes.
    Base64,
    /// The same with the alphabet of URLs and no padding.
    Base64url,
    /// A random UUID.
    Uuid,
    /// For people: letters and digits without those that look alike, at least one small, one capital and one digit.
    Password,
}

const SMALL: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
const CAPITAL: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"23456789";

impl SecretNeed {
    /// A fresh value. `rng` must be one for cryptography.
    pub fn generate(&self, rng: &mut impl CryptoRng) -> String {
        match self.kind {
            SecretKind::Alnum => pick(rng, b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", self.len),
            SecretKind::Hex => pick(rng, b"0123456789abcdef", self.len),
            SecretKind::Base64 => general_purpose::STANDARD.encode(bytes(rng, self.len)),
            SecretKind::Base64url => general_purpose::URL_SAFE_NO_PAD.encode(bytes(rng, self.len)),
            SecretKind::Uuid => {
                let mut raw = bytes(rng, 16);
                raw[6] = (raw[6] & 0x0f) | 0x40;
                raw[8] = (raw[8] & 0x3f) | 0x80;
                let hex = hex::encode(raw);
                format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
            }
            SecretKind::Password => {
                let all = [SMALL, CAPITAL, DIGITS].concat();
                let mut characters = Vec::with_capacity(self.len);
                for set in [SMALL, CAPITAL, DIGITS] {
                    characters.extend(pick(rng, set, 1).into_bytes());
                }
                characters.extend(pick(rng, &all, self.len.saturating_sub(3)).into_bytes());
                characters.shuffle(rng);
                characters.into_iter().map(char::from).collect()
            }
        }
    }
}

fn pick(rng: &mut impl CryptoRng, alphabet: &[u8], len: usize) -> String {
    (0..len).map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())])).collect()
}

fn bytes(rng: &mut impl CryptoRng, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    rng.fill(&mut bytes[..]);
    bytes
}
