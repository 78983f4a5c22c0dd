//! Passwords: strength, hashing off the async threads, at most as many at once as the house has slots.
use super::IdentityError;
use crate::{domain::Services, kernel::fault::FieldFault};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use std::sync::OnceLock;

/// Fewest characters (OWASP ASVS 2.1.1 asks for 8 with a strength check; we ask for more and no composition rules).
pub const MIN_LENGTH: usize = 10;
/// Fewest characters beside the person's own name and address.
const MIN_LEFT: usize = 6;
/// Most characters: longer ones only cost time.
pub const MAX_LENGTH: usize = 128;

/// Argon2id with 19 MiB, two passes, one lane: second row of the OWASP Password Storage Cheat Sheet.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What is wrong with `password` for somebody called `about` (name, address: words an attacker tries first).
pub fn weakness(password: &str, about: &[&str]) -> Option<FieldFault> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Some(FieldFault::new("password", "too_short").with("min", MIN_LENGTH));
    }
    if length > MAX_LENGTH {
        return Some(FieldFault::new("password", "too_long").with("max", MAX_LENGTH));
    }
    let about = format!("yumna {}", about.join(" ")).to_lowercase();
    let words: Vec<&str> = about.split(['@', '.', ' ', '-', '_', '+']).filter(|word| word.len() > 2).collect();
    // The estimator rates any three parts as fair, also "BudiSantoso1": what is left beside those words must count.
    let left = words.iter().fold(password.to_lowercase(), |left, word| left.replace(word, ""));
    let is_weak = left.chars().count() < MIN_LEFT || zxcvbn::zxcvbn(password, &words).score() < zxcvbn::Score::Three;
    is_weak.then(|| FieldFault::new("password", "password_weak"))
}

/// Hashes a password (PHC text). Waits for a slot.
///
/// # Errors
/// `Internal` where the house is closing.
pub async fn hash(services: &Services, password: &str) -> Result<String, IdentityError> {
    let _slot = slot(services).await?;
    let password = zeroize::Zeroizing::new(password.to_owned());
    run(move || hash_now(&password)).await?
}

fn hash_now(password: &str) -> Result<String, IdentityError> {
    let hash = hasher().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| IdentityError::Internal(error.to_string()))
}

/// Whether `password` is the one behind `phc`. Without one (unknown address) a dummy is verified, so that the answer
/// takes as long. The caller holds a slot.
pub(super) async fn verify_in_slot(password: &str, phc: Option<String>) -> Result<bool, IdentityError> {
    static DUMMY: OnceLock<String> = OnceLock::new();
    let password = zeroize::Zeroizing::new(password.chars().take(MAX_LENGTH).collect::<String>());
    run(move || {
        let known = phc.is_some();
        let phc = match phc {
            Some(phc) => phc,
            None => match DUMMY.get() {
                Some(dummy) => dummy.clone(),
                None => DUMMY.get_or_init(|| hash_now(&crate::kernel::token::random()).unwrap_or_default()).clone(),
            },
        };
        let is_right =
            PasswordHash::new(&phc).is_ok_and(|parsed| hasher().verify_password(password.as_bytes(), &parsed).is_ok());
        known && is_right
    })
    .await
}

/// A place among the few hashes that run at once.
pub(super) async fn slot(services: &Services) -> Result<tokio::sync::OwnedSemaphorePermit, IdentityError> {
    let slots = services.password_slots.clone();
    slots.acquire_owned().await.map_err(|_| IdentityError::Internal("no password slots: closing down".to_owned()))
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, IdentityError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| IdentityError::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str, about: &[&str]) -> Option<String> {
        weakness(password, about).map(|fault| fault.code.into_owned())
    }

    #[test]
    fn weak_passwords_are_refused_by_reason() {
        assert_eq!(code("short1!", &[]).as_deref(), Some("too_short"));
        assert_eq!(code(&"long-enough".repeat(20), &[]).as_deref(), Some("too_long"));
        assert_eq!(code("password123", &[]).as_deref(), Some("password_weak"));
        assert_eq!(code("BudiSantoso1", &["Budi Santoso", "budi@example.test"]).as_deref(), Some("password_weak"));
        assert_eq!(code("Panel-kuat-2026!", &["Budi Santoso", "budi@example.test"]), None);
        assert_eq!(code("delapan kuda makan rumput", &[]), None);
    }
}
