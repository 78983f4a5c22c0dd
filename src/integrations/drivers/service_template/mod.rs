//! Service templates: what a service consists of, declared in TOML (schema 1).
//!
//! A template says which containers run, what they need, which secrets are made for them, what the customer may choose,
//! and how the first owner is made. What a customer chose only ever becomes a value of an environment variable: never
//! part of a command, a file, or the structure of an object. Pure: no input, no output.
use super::{InstanceSpec, Resources};
use entity::value::allocate;
use rand::CryptoRng;
use secrecy::SecretString;
use std::collections::BTreeMap;

mod check;
pub mod file;
mod parameter;
mod secret;
mod shipped;
#[cfg(test)]
pub mod testing;
pub mod text;

pub use file::{About, License, Resale, Translations};
pub use parameter::{Edit, FieldError, Parameter, ParameterKind};
pub use secret::{SecretKind, SecretNeed};
pub use shipped::{SHIPPED, Shipped};

/// A parsed and checked template.
#[derive(Clone, Debug)]
pub struct ServiceTemplate {
    source: String,
    file: file::File,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct TemplateError {
    /// Where: `component.app.env.URL`; `toml` when the text itself cannot be read.
    pub field: String,
    /// What, for staff.
    pub message: String,
}

/// How the owner signs in.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Name or e-mail.
    pub username: String,
    /// Password made for them.
    pub password: SecretString,
    /// Where to sign in; name and port of what has no address.
    pub url: String,
}

/// Of what the reader of TOML says, so much is told, in characters.
const LONGEST_REASON: usize = 300;

/// What one container gets of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerLimits {
    /// Thousandths of a CPU.
    pub cpu_milli: i64,
    /// MiB.
    pub memory_mb: i64,
}

/// Where it cannot be read and why; the line itself is not repeated, however long it is.
fn unreadable(source: &str, error: &toml::de::Error) -> TemplateError {
    let before = error.span().and_then(|span| source.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let why: String = error.message().chars().take(LONGEST_REASON).collect();
    TemplateError { field: "toml".into(), message: format!("line {line}: {why}") }
}

impl ServiceTemplate {
    /// Reads and checks a template.
    ///
    /// # Errors
    /// Everything that is wrong with it, so that an author can mend it in one go.
    pub fn parse(source: &str) -> Result<Self, Vec<TemplateError>> {
        let file: file::File = toml::from_str(source).map_err(|error| vec![unreadable(source, &error)])?;
        let errors = check::check(&file);
        if errors.is_empty() { Ok(Self { source: source.to_owned(), file }) } else { Err(errors) }
    }

    /// The text it was read from: an instance keeps the very template it was made from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its name in addresses: `n8n`.
    pub fn slug(&self) -> &str {
        &self.file.id
    }

    /// The name people know.
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// Category's slug.
    pub fn category(&self) -> &str {
        &self.file.category
    }

    /// Version of the software.
    pub fn version(&self) -> &str {
        &self.file.version
    }

    /// Version of the template itself.
    pub fn template_version(&self) -> u32 {
        self.file.template_version
    }

    /// The software's own page.
    pub fn homepage(&self) -> &str {
        &self.file.homepage
    }

    /// What it is, in both languages.
    pub fn about(&self) -> &Translations<About> {
        &self.file.text
    }

    /// Its licence, and whether it may be sold.
    pub fn license(&self) -> &License {
        &self.file.license
    }

    /// What a customer may choose. Every one has a default.
    pub fn parameters(&self) -> &[Parameter] {
        &self.file.parameters
    }

    /// The parameter called `key`.
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.file.parameters.iter().find(|parameter| parameter.key == key)
    }

    /// The secrets an instance needs.
    pub fn secrets_needed(&self) -> &[SecretNeed] {
        &self.file.secrets
    }

    /// Makes the secrets of a new instance. To be called once in an instance's life: databases keep their first
    /// password.
    pub fn generate_secrets(&self, rng: &mut impl CryptoRng) -> BTreeMap<String, SecretString> {
        self.file.secrets.iter().map(|secret| (secret.key.clone(), SecretString::from(secret.generate(rng)))).collect()
    }

    /// Checks a customer's answers and fills in defaults.
    ///
    /// # Errors
    /// One per answer that breaks a rule or answers no question.
    pub fn validate_parameters(
        &self,
        answers: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Vec<FieldError>> {
        let mut errors: Vec<FieldError> = answers
            .keys()
            .filter(|key| self.parameter(key).is_none())
            .map(|key| FieldError { field: key.clone(), code: "unknown" })
            .collect();
        let mut filled = BTreeMap::new();
        for parameter in &self.file.parameters {
            let value = answers.get(&parameter.key).unwrap_or(&parameter.default);
            match parameter.check(value) {
                Ok(()) => {
                    filled.insert(parameter.key.clone(), value.clone());
                }
                Err(code) => errors.push(FieldError { field: parameter.key.clone(), code }),
            }
        }
        if errors.is_empty() { Ok(filled) } else { Err(errors) }
    }

    /// How the owner of an instance signs in.
    pub fn credentials(&self, spec: &InstanceSpec) -> Credentials {
        let texts = &self.file.credentials;
        let url = match self.is_on_the_web() {
            true => format!("{}{}", spec.url.trim_end_matches('/'), texts.path),
            false => self.name_and_port(&spec.name),
        };
        Credentials {
            username: texts.username.render(spec),
            password: spec.secrets.get(&texts.password).cloned().unwrap_or_default(),
            url,
        }
    }

    /// Whether instances have an address that is opened in a browser.
    pub fn is_on_the_web(&self) -> bool {
        self.file.expose.reach == file::Reach::Web
    }

    /// How the customer's other services reach the instance called `instance`.
    pub fn name_and_port(&self, instance: &str) -> String {
        format!("{instance}:{}", self.exposed_port())
    }

    /// The port that is reached from outside the instance.
    pub fn exposed_port(&self) -> u16 {
        let expose = &self.file.expose;
        self.file
            .components
            .iter()
            .filter(|component| component.name == expose.component)
            .flat_map(|component| &component.ports)
            .find(|port| port.name == expose.port)
            .map_or(80, |port| port.port)
    }

    /// Where it tells from outside that it is well: the path that is asked of the exposed container, else its door.
    pub fn health_path(&self) -> &str {
        let expose = &self.file.expose;
        let exposed = self.file.components.iter().filter(|component| component.name == expose.component);
        let port = Some(self.exposed_port());
        exposed
            .flat_map(|component| [&component.probe.ready, &component.probe.live, &component.probe.startup])
            .flatten()
            .filter(|probe| probe.port == port)
            .find_map(|probe| probe.http.as_deref())
            .unwrap_or("/")
    }

    /// The smallest plan the service can run in.
    pub fn minimum(&self) -> Resources {
        Resources {
            cpu_milli: self.file.components.iter().map(|component| component.cpu.request_milli).sum(),
            memory_mb: self.file.components.iter().map(|component| component.memory.request_mb).sum(),
            storage_gb: i64::from(!self.file.volumes.is_empty()),
        }
    }

    /// Whether an instance can run within `resources`.
    pub fn fits(&self, resources: &Resources) -> bool {
        let minimum = self.minimum();
        resources.cpu_milli >= minimum.cpu_milli
            && resources.memory_mb >= minimum.memory_mb
            && resources.storage_gb >= minimum.storage_gb
    }

    /// What each container may use at most: its minimum plus its share of what the plan has beyond all minimums, so
    /// that the parts sum to the plan exactly. `None` when the plan is too small.
    pub fn limits(&self, plan: &Resources) -> Option<BTreeMap<&str, ContainerLimits>> {
        if !self.fits(plan) {
            return None;
        }
        let minimum = self.minimum();
        let components = &self.file.components;
        let cpu_shares: Vec<i64> = components.iter().map(|component| component.cpu.share).collect();
        let memory_shares: Vec<i64> = components.iter().map(|component| component.memory.share).collect();
        let cpu = allocate(plan.cpu_milli - minimum.cpu_milli, &cpu_shares);
        let memory = allocate(plan.memory_mb - minimum.memory_mb, &memory_shares);
        Some(
            components
                .iter()
                .zip(cpu.into_iter().zip(memory))
                .map(|(component, (cpu, memory))| {
                    let limits = ContainerLimits {
                        cpu_milli: component.cpu.request_milli + cpu,
                        memory_mb: component.memory.request_mb + memory,
                    };
                    (component.name.as_str(), limits)
                })
                .collect(),
        )
    }

    /// Size of each volume in MiB: the plan's storage by the volumes' shares.
    pub fn volume_sizes(&self, plan: &Resources) -> BTreeMap<&str, i64> {
        let shares: Vec<i64> = self.file.volumes.iter().map(|volume| volume.share).collect();
        let sizes = allocate(plan.storage_gb * 1024, &shares);
        self.file.volumes.iter().map(|volume| volume.key.as_str()).zip(sizes).collect()
    }

    /// The name under which `component` of the instance called `instance` is reached inside the cluster.
    pub fn service_name(&self, instance: &str, component: &str) -> String {
        if component == self.file.expose.component { instance.to_owned() } else { format!("{instance}-{component}") }
    }

    /// Everything, for drivers.
    pub fn file(&self) -> &file::File {
        &self.file
    }
}

#[cfg(test)]
mod tests;
