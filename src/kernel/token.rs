//! Unguessable texts and their hashes. What lets somebody sign in or set a password is stored as a hash only. Stored as
//! they are: the token of an invoice's pay page and of a payment account's address, which are shown again and again.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A token of 256 random bits, URL-safe, 43 characters.
pub fn random() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// `N` random bytes from the operating system's generator.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0u8; N];
    for byte in &mut out {
        *byte = rand::random();
    }
    out
}

/// SHA-256 of a text, lower-case hex.
pub fn sha256_hex(text: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(text.as_ref()))
}
