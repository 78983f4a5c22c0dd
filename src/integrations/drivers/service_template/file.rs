//! The shapes of a template file (schema 1), exactly as they stand in TOML. Unknown keys are refused.
use super::{parameter::Parameter, secret::SecretNeed, text::Text};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A whole template file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub schema: u32,
    pub id: String,
    pub name: String,
    pub category: String,
    pub version: String,
    pub template_version: u32,
    pub homepage: String,
    pub text: Translations<About>,
    pub license: License,
    #[serde(default, rename = "param")]
    pub parameters: Vec<Parameter>,
    #[serde(default, rename = "secret")]
    pub secrets: Vec<SecretNeed>,
    #[serde(default, rename = "volume")]
    pub volumes: Vec<Volume>,
    #[serde(rename = "component")]
    pub components: Vec<Component>,
    pub expose: Expose,
    #[serde(default)]
    pub network: Network,
    pub seed: Option<Seed>,
    pub credentials: CredentialTexts,
}

/// The same words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translations<T> {
    /// Indonesian.
    pub id: T,
    /// English.
    pub en: T,
}

/// What a service is, in a person's words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// One line.
    pub summary: String,
}

/// Under which terms the software may be run for others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct License {
    /// The name of the licence.
    pub name: String,
    /// Whether it may be sold as a hosted service.
    pub resale: Resale,
}

/// Whether a licence allows selling the software as a hosted service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resale {
    /// It does.
    Ok,
    /// Only with an agreement, which the operator records before the service can be published.
    NeedsAgreement,
    /// The operator has to read the licence and confirm.
    Check,
}

/// A disk that outlives pods.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    pub key: String,
    /// Weight of this volume in the plan's storage.
    pub share: i64,
}

/// What a component is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the customer opens.
    App,
    /// Its database.
    Db,
    /// Its cache.
    Cache,
    /// A helper.
    Worker,
}

/// One container.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    pub name: String,
    pub role: Role,
    /// Components with the same pod name run side by side; the component's own name when absent.
    pub pod: Option<String>,
    pub image: String,
    pub tag: String,
    /// `sha256:…`; pins the image beyond its tag.
    pub digest: Option<String>,
    pub user: User,
    #[serde(default)]
    pub read_only_root: bool,
    /// Folders that are writable and lost with the pod.
    #[serde(default)]
    pub writable: Vec<String>,
    /// Whether ports below 1024 may be opened without being root (Apache images).
    #[serde(default)]
    pub low_ports: bool,
    #[serde(default)]
    pub ports: Vec<Port>,
    #[serde(default)]
    pub mounts: Vec<Mount>,
    #[serde(default, rename = "file")]
    pub files: Vec<ConfigFile>,
    /// Literal words: placeholders are refused here, so that no value ever becomes a command.
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub args: Vec<String>,
    pub cpu: CpuShare,
    pub memory: MemoryShare,
    #[serde(default = "thirty")]
    pub stop_seconds: u32,
    #[serde(default)]
    pub probe: Probes,
    #[serde(default)]
    pub env: BTreeMap<String, Text>,
}

impl Component {
    /// The pod this container belongs to.
    pub fn pod(&self) -> &str {
        self.pod.as_deref().unwrap_or(&self.name)
    }

    /// The image with everything that pins it.
    pub fn image_reference(&self) -> String {
        match self.digest.as_deref() {
            Some(digest) if !digest.is_empty() => format!("{}:{}@{digest}", self.image, self.tag),
            _ => format!("{}:{}", self.image, self.tag),
        }
    }
}

fn thirty() -> u32 {
    30
}

/// As whom a container runs; never root.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub uid: i64,
    pub gid: i64,
    pub fs_group: Option<i64>,
}

/// A port a container listens on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    pub name: String,
    pub port: u16,
}

/// Where a volume is seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    pub volume: String,
    pub path: String,
}

/// A configuration file with fixed text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    pub path: String,
    pub text: String,
}

/// What a container needs of the CPU at least, and its weight in what the plan gives beyond all minimums.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CpuShare {
    pub request_milli: i64,
    pub share: i64,
}

/// The same for memory.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryShare {
    pub request_mb: i64,
    pub share: i64,
}

/// How a container is asked for its health.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probes {
    pub startup: Option<Probe>,
    pub ready: Option<Probe>,
    pub live: Option<Probe>,
}

/// One way of asking: a path over HTTP, a fixed command, or (with neither) whether the port is open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub http: Option<String>,
    pub port: Option<u16>,
    #[serde(default)]
    pub exec: Vec<String>,
    /// How long it may fail before it counts.
    pub seconds: Option<u32>,
}

/// What the customer opens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expose {
    pub component: String,
    pub port: String,
    #[serde(default)]
    pub reach: Reach,
}

/// From where it is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// From everywhere, at an address of its own.
    #[default]
    Web,
    /// By the customer's other services alone, at its name and port: databases and caches.
    Namespace,
}

/// What the service may reach.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    #[serde(default)]
    pub internet: bool,
}

/// How the first owner is made, inside the cluster, before anybody can reach the service from outside. The command
/// must be repeatable: an owner who exists already is success.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Whose image and user it runs with.
    pub component: String,
    pub command: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, Text>,
}

/// How the owner signs in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialTexts {
    pub username: Text,
    /// Which secret is the password.
    pub password: String,
    /// Where to sign in, below the address; empty where there is none.
    #[serde(default)]
    pub path: String,
}
