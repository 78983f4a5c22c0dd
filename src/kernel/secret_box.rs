//! Secrets at rest: XChaCha20-Poly1305 under a named key, bound to the row they belong to. A sealed text reads
//! `<key id>.<base64 of nonce and ciphertext>`, so that old rows stay readable while keys rotate.
use super::token;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{collections::BTreeMap, path::Path};
use zeroize::Zeroizing;

/// Why something could not be opened or a key could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Not something we sealed.
    #[error("the sealed value is damaged")]
    Damaged,
    /// Sealed under a key this node does not have.
    #[error("key {0} is not on this node")]
    UnknownKey(String),
    /// The key file is wrong.
    #[error("key file {0}: {1}")]
    KeyFile(String, String),
}

/// The keys of this node.
#[derive(Clone)]
pub struct SecretBox {
    active: String,
    keys: BTreeMap<String, Zeroizing<[u8; 32]>>,
}

impl std::fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretBox {{ active: {}, keys: {} }}", self.active, self.keys.len())
    }
}

/// The key file: `active = "k1"` and a table `keys` of base64 texts of 32 bytes each.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    active: String,
    keys: BTreeMap<String, String>,
}

impl SecretBox {
    /// One fresh key called `k1`.
    pub fn generate() -> Self {
        Self { active: "k1".to_owned(), keys: BTreeMap::from([("k1".to_owned(), Zeroizing::new(token::bytes()))]) }
    }

    /// Reads keys from TOML text (a key file's content, or `YUMNA__SECRETS__KEYS`).
    pub fn parse(origin: &str, text: &str) -> Result<Self, SecretError> {
        let wrong = |message: String| SecretError::KeyFile(origin.to_owned(), message);
        let file: KeyFile = toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
        let mut keys = BTreeMap::new();
        for (id, encoded) in file.keys {
            let bytes = STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).ok();
            let key: [u8; 32] = bytes
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| wrong(format!("key {id} is not 32 bytes in base64")))?;
            keys.insert(id, Zeroizing::new(key));
        }
        if !keys.contains_key(&file.active) {
            return Err(wrong(format!("the active key {} is not among the keys", file.active)));
        }
        Ok(Self { active: file.active, keys })
    }

    /// Reads the key file, or makes it with mode 0600 where `create` allows it.
    pub fn load(path: &Path, create: bool) -> Result<Self, SecretError> {
        let name = path.display().to_string();
        let wrong = |error: std::io::Error| SecretError::KeyFile(name.clone(), error.to_string());
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && create => {
                let fresh = Self::generate();
                match write_private(path, &fresh.to_toml()) {
                    Ok(()) => Ok(fresh),
                    // Another process was quicker: its keys are those of this installation.
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Self::load(path, false),
                    Err(error) => Err(wrong(error)),
                }
            }
            Err(error) => Err(wrong(error)),
        }
    }

    /// The keys as a key file.
    pub fn to_toml(&self) -> String {
        let keys = self.keys.iter().map(|(id, key)| (id.clone(), STANDARD_NO_PAD.encode(key.as_slice()))).collect();
        let file = KeyFile { active: self.active.clone(), keys };
        toml::to_string(&file).expect("a table of texts is valid TOML")
    }

    /// Id of the key new secrets are sealed with.
    pub fn active_key_id(&self) -> &str {
        &self.active
    }

    /// Whether what was sealed under the key `id` can be opened here.
    pub fn holds(&self, id: &str) -> bool {
        self.keys.contains_key(id)
    }

    /// Seals `plain` for the row `owner` (its id): it opens only for the same owner.
    pub fn seal(&self, owner: &str, plain: &[u8]) -> String {
        let key = &self.keys[&self.active];
        let nonce: [u8; 24] = token::bytes();
        let cipher = XChaCha20Poly1305::new((&**key).into());
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: owner.as_bytes() })
            .expect("in-memory encryption of a bounded text does not fail");
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        format!("{}.{}", self.active, STANDARD_NO_PAD.encode(bytes))
    }

    /// Opens what was sealed for `owner`.
    pub fn open(&self, owner: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let (key_id, encoded) = sealed.split_once('.').ok_or(SecretError::Damaged)?;
        let key = self.keys.get(key_id).ok_or_else(|| SecretError::UnknownKey(key_id.to_owned()))?;
        let bytes = STANDARD_NO_PAD.decode(encoded).map_err(|_| SecretError::Damaged)?;
        let (nonce, ciphertext) = bytes.split_at_checked(24).ok_or(SecretError::Damaged)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| SecretError::Damaged)?;
        XChaCha20Poly1305::new((&**key).into())
            .decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: owner.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| SecretError::Damaged)
    }

    /// A key for another purpose (`session`, `jwt`, …), derived from every key so that all nodes agree: the active one
    /// first, then the older ones, for verification.
    pub fn derive(&self, purpose: &str) -> Vec<[u8; 32]> {
        let one = |key: &[u8; 32]| -> [u8; 32] {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
            mac.update(purpose.as_bytes());
            mac.finalize().into_bytes().into()
        };
        let others = self.keys.iter().filter(|(id, _)| **id != self.active);
        std::iter::once(one(&self.keys[&self.active])).chain(others.map(|(_, key)| one(key))).collect()
    }
}

/// Makes the file as a whole or not at all, and never in the place of another: half a key file after a power cut would
/// stop every later start, and a second one would make what was sealed under the first unreadable.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::{fs, io::Write, os::unix::fs::OpenOptionsExt};
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}", entity::value::next_ulid()));
    let written = (|| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&draft, path)
    })();
    // Under its own name it stays; a draft that stays behind is read by nobody.
    let _ = fs::remove_file(&draft);
    written?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_for_its_owner_and_key() {
        let keys = SecretBox::generate();
        let sealed = keys.seal("clu_1", b"kubeconfig");
        assert_eq!(keys.open("clu_1", &sealed).unwrap().as_slice(), b"kubeconfig");
        assert!(keys.open("clu_2", &sealed).is_err());
        assert!(SecretBox::generate().open("clu_1", &sealed).is_err());
        assert!(keys.open("clu_1", "k9.AAAA").is_err() && keys.open("clu_1", "nonsense").is_err());
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/keys.toml");
        let start = std::sync::Barrier::new(8);
        let boxes: Vec<SecretBox> = std::thread::scope(|scope| {
            let load = || {
                start.wait();
                SecretBox::load(&path, true).unwrap()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });

        let sealed = boxes[0].seal("a", b"x");
        assert!(boxes.iter().all(|keys| keys.open("a", &sealed).is_ok()));
        let files: Vec<_> = std::fs::read_dir(folder.path().join("data")).unwrap().collect();
        assert_eq!(files.len(), 1, "no draft stays behind: {files:?}");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn keys_survive_the_way_to_the_file_and_back() {
        let keys = SecretBox::generate();
        let again = SecretBox::parse("test", &keys.to_toml()).unwrap();
        assert_eq!(again.open("a", &keys.seal("a", b"x")).unwrap().as_slice(), b"x");
        assert_eq!(again.derive("jwt"), keys.derive("jwt"));
        assert_ne!(keys.derive("jwt"), keys.derive("session"));
    }
}
