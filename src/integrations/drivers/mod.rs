//! Drivers make things run: one trait, one folder per driver, one line in `registry()`.
//!
//! Work is done in phases that the domain's saga walks through and shows to the customer. Every phase is idempotent:
//! "already so" is success, and our instance id is the key. A phase that must wait says for what and is asked again.
use super::{Acceptance, OutsideError, SettingField, sim::Simulator};
use crate::kernel::said::Said;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::value::Health;
use futures_util::stream::BoxStream;
use secrecy::SecretString;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

#[cfg(feature = "kubernetes")]
mod kubernetes;
mod machines;
pub mod service_template;

pub use machines::{Draining, Machine, Power};

/// Every driver this program knows.
pub fn registry() -> Vec<Arc<dyn Provisioner>> {
    vec![
        #[cfg(feature = "kubernetes")]
        kubernetes::driver(),
    ]
}

/// The driver called `code`.
pub fn find(code: &str) -> Option<Arc<dyn Provisioner>> {
    registry().into_iter().find(|driver| driver.code() == code)
}

/// Whether a target refuses us and not the work: keys that ran out, rights that were taken, settings that cannot be
/// used. That says nothing about any instance; it is over when a person has mended it, and until then nothing happened.
pub fn refuses_us(error: &OutsideError) -> bool {
    const WORDS: [&str; 4] = ["unauthorized", "forbidden", "kubeconfig", "settings"];
    matches!(error, OutsideError::Rejected { code, .. } if WORDS.contains(&code.as_str()))
}

/// A cluster or server, with its settings decrypted for the length of a call.
#[derive(Clone)]
pub struct Target {
    /// Our id of it: connections are kept per id and `settings_version`.
    pub id: String,
    /// Grows whenever the settings change.
    pub settings_version: i64,
    /// Values by setting name (`kubeconfig`, `ingress_domain`, …).
    pub settings: BTreeMap<String, SecretString>,
    /// Id of this installation: two installations on one cluster never touch each other's objects.
    pub installation: String,
}

/// What a driver can do beyond create and terminate; pages show only that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Stop and start.
    pub stop: bool,
    /// Restart.
    pub restart: bool,
    /// Change of resources.
    pub resize: bool,
    /// Change of the answers of the customer.
    pub reconfigure: bool,
    /// Logs.
    pub logs: bool,
    /// Samples of use.
    pub metrics: bool,
    /// Backups: a last one is made and read back before anything is removed. Where false, warnings say that data are lost
    /// at termination.
    pub backup: bool,
    /// Names of customers before their services.
    pub domains: bool,
}

/// Limits of a plan (DECISIONS: plan resources are limits, requests are the template's minimum).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Resources {
    /// Thousandths of a CPU.
    pub cpu_milli: i64,
    /// Memory in MiB.
    pub memory_mb: i64,
    /// Volume in GiB.
    pub storage_gb: i64,
}

/// Everything a driver has to know to make one instance what it should be.
#[derive(Clone)]
pub struct InstanceSpec {
    /// Our id of the instance (`ins_…`): the key of everything.
    pub instance_id: String,
    /// Our id of the customer: names the namespace.
    pub customer_id: String,
    /// Short unique name, a DNS label: `n8n-7k3f9q`.
    pub name: String,
    /// The service template (TOML text, schema 1) this instance was made from.
    pub template: Arc<service_template::ServiceTemplate>,
    /// Answers of the customer by parameter name.
    pub parameters: BTreeMap<String, String>,
    /// Generated values by secret name: made once, never again.
    pub secrets: BTreeMap<String, SecretString>,
    /// Limits of the plan.
    pub resources: Resources,
    /// Host name under which it answers: `n8n-7k3f9q.apps.example.id`.
    pub host: String,
    /// Address customers open: `https://…`.
    pub url: String,
    /// Further names under which it answers, in small letters as punycode, sorted: customers have shown that they are
    /// theirs and that they lead here.
    pub custom_hosts: Vec<String>,
    /// E-mail of the first owner inside the service.
    pub owner_email: String,
    /// Name of the first owner inside the service.
    pub owner_name: String,
    /// Grows with every restart the customer asks for: drivers stamp it, so that a repeated restart is one restart.
    pub restart_revision: i64,
}

/// What should be done to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Make it run.
    Create,
    /// Start it again after a stop.
    Start,
    /// Stop it, keep its data.
    Stop,
    /// Restart it.
    Restart,
    /// Take it away from the customer, keep its data.
    Suspend,
    /// Give it back.
    Unsuspend,
    /// Bring its resources to the spec's.
    Resize,
    /// Bring what it is told to the spec's parameters; what is stopped stays so.
    Reconfigure,
    /// Bring the names under which it answers to the spec's; what runs is not touched.
    Sync,
    /// Remove it and its data.
    Terminate,
}

/// What came of one phase.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// It is so. The facts are shown in the task's log and kept (never secrets).
    Done {
        /// A sentence for the log, for example "Volume of 5 GiB bound".
        note: Said,
    },
    /// Not yet: ask again.
    Waiting {
        /// What it waits for, as `Reason` shows it.
        reason: Reason,
        /// When to ask again.
        retry_in: Duration,
    },
}

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Where it lies, in the driver's own words.
    pub place: String,
    /// Its size.
    pub size_bytes: i64,
    /// What it is verified by, in the driver's own words.
    pub checksum: String,
}

/// What came of asking for a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackingUp {
    /// There is nothing of the instance that could be kept.
    Nothing,
    /// Not yet: ask again.
    Waiting {
        /// What it waits for.
        reason: Reason,
        /// When to ask again.
        retry_in: Duration,
    },
    /// It is made, and not read back.
    Made(Backup),
}

/// Why something is as it is: a word for programs and translations, and the outside system's own sentence for staff.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// Stable word (`image_pull`, `crash_loop`, `volume_pending`, `quota`, `starting`, …): key `reason-<code>` of the
    /// translations, a sentence a person understands.
    pub code: String,
    /// The outside system's own words, for staff only.
    pub detail: String,
}

/// What runs, as the outside system sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Nothing of it is there.
    Absent,
    /// It is there.
    Present {
        /// Whether it should run (replicas above zero) and is reachable from outside.
        is_started: bool,
        /// How it feels.
        health: Health,
        /// Why, where it is not well.
        reason: Option<Reason>,
        /// Since when.
        since: Option<DateTime<Utc>>,
        /// How often its containers were restarted.
        restarts: i32,
    },
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LogLine {
    /// When it was written.
    pub time: DateTime<Utc>,
    /// Which container wrote it.
    pub container: String,
    /// Text without control sequences.
    pub text: String,
}

/// Which lines of a log.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// The last so many lines (at most 5,000).
    pub tail: Option<i64>,
    /// Lines after this instant.
    pub since: Option<DateTime<Utc>>,
    /// Whether to go on as lines are written.
    pub follow: bool,
    /// Of the container before its last crash.
    pub previous: bool,
}

/// One sample of use.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Sample {
    /// `cpu_milli`, `memory_mb`, `restarts`.
    pub metric: String,
    /// Value in the unit the metric's name ends with.
    pub value: i64,
    /// When it was taken.
    pub at: DateTime<Utc>,
}

/// Something that went wrong with an instance, as the outside system tells it. The same thing again is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Word for programs and translations, as in [`Reason`].
    pub code: String,
    /// The outside system's own word: `FailedScheduling`.
    pub word: String,
    /// Its own sentence, for staff only.
    pub detail: String,
    /// What it happened to, for staff only: `Pod n8n-7k3f9q-5c9f`.
    pub about: String,
    /// How often it happened.
    pub times: i64,
    /// When first.
    pub first_at: DateTime<Utc>,
    /// When last.
    pub last_at: DateTime<Utc>,
}

/// Whose mark a thing outside carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// That of an instance, by its id.
    Instance(String),
    /// That of a customer, by his id: the ground on which his instances stand.
    Customer(String),
}

/// Things of ours found outside that carry one mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The mark.
    pub mark: Mark,
    /// Where they lie, for staff: `user-…/n8n-7k3f9q`.
    pub place: String,
    /// What they are, for staff: `1 Deployment, 2 Secret`.
    pub what: String,
    /// How many they are.
    pub objects: usize,
    /// Since when the oldest of them is there.
    pub since: Option<DateTime<Utc>>,
}

impl Found {
    /// What they lie in: the first part of their place.
    pub fn home(&self) -> &str {
        self.place.split('/').next().unwrap_or_default()
    }
}

/// What a search of a target came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// What was found.
    pub found: Vec<Found>,
    /// Places that could not be looked into: the first part of `Found::place`. Nothing is told of what lies there.
    pub unseen: Vec<String>,
}

/// One machine of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Whether it takes work.
    pub is_ready: bool,
    /// What it can give.
    pub allocatable: Resources,
}

/// A driver. Every verb is idempotent and keyed by our instance id.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// Stable word in tables and configuration.
    fn code(&self) -> &'static str;
    /// The name people know.
    fn name(&self) -> &'static str;
    /// What it needs to know about a target.
    fn settings(&self) -> Vec<SettingField>;
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// What is wrong with these settings, by name and word (`required`, `invalid`, …). Pure; nothing is asked outside.
    fn faults(&self, _settings: &BTreeMap<String, SecretString>) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
    /// Tests a target: version, rights, storage, ingress.
    async fn check(&self, target: &Target) -> Result<Acceptance, OutsideError>;
    /// Machines of a target.
    async fn nodes(&self, target: &Target) -> Result<Vec<Node>, OutsideError>;
    /// Machines of a target with what runs on them and how they feel. None: this driver cannot tell.
    async fn machines(&self, _target: &Target) -> Result<Vec<Machine>, OutsideError> {
        Ok(Vec::new())
    }
    /// What the target does not let us do that closing and emptying a machine needs, as people read it; empty: all of it
    /// may be done.
    async fn lacks_for_machines(&self, _target: &Target) -> Result<Vec<String>, OutsideError> {
        Err(OutsideError::rejected("no_machines", "this driver cannot close machines"))
    }
    /// Lets a machine take new work, or no more. "Already so" is success.
    async fn set_open(&self, _target: &Target, _machine: &str, _is_open: bool) -> Result<(), OutsideError> {
        Err(OutsideError::rejected("no_machines", "this driver cannot close machines"))
    }
    /// One step of emptying a machine: it takes no new work, and one thing on it is asked to go elsewhere, unless that
    /// would take more of a service away than may be missing. Asked again until it is `Empty`.
    async fn drain(&self, _target: &Target, _machine: &str) -> Result<Draining, OutsideError> {
        Err(OutsideError::rejected("no_machines", "this driver cannot empty machines"))
    }
    /// What gives the account its rights on a target, as files to be applied there: name and content.
    fn manifests(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
    /// Names of the phases of a verb, in order: keys `phase-<name>` of the translations. Pure.
    fn phases(&self, verb: Verb) -> &'static [&'static str];
    /// Does one phase. `Waiting` is not an error; a failed rollout is `Rejected`.
    async fn run(
        &self,
        target: &Target,
        spec: &InstanceSpec,
        verb: Verb,
        phase: &str,
    ) -> Result<Progress, OutsideError>;
    /// Makes a backup of an instance and its data, named `key`: asked again with the same name it is the same backup. Asked
    /// only of drivers whose capabilities say so.
    async fn back_up(&self, _target: &Target, _spec: &InstanceSpec, _key: &str) -> Result<BackingUp, OutsideError> {
        Err(OutsideError::rejected("no_backup", "this driver makes no backups"))
    }
    /// Reads the backup named `key` back, where it lies: `Done` only where it is whole, `Rejected` where it is not.
    async fn verify_backup(&self, _target: &Target, _key: &str, _made: &Backup) -> Result<Progress, OutsideError> {
        Err(OutsideError::rejected("no_backup", "this driver makes no backups"))
    }
    /// Looks at one instance.
    async fn inspect(&self, target: &Target, spec: &InstanceSpec) -> Result<Observed, OutsideError>;
    /// What went wrong with an instance lately, newest first, at most some twenty kinds of it.
    async fn troubles(&self, _target: &Target, _spec: &InstanceSpec) -> Result<Vec<Trouble>, OutsideError> {
        Ok(Vec::new())
    }
    /// Everything on the target that carries this installation's mark, for the search for orphans: what is there of
    /// each instance, and each customer's ground on which no instance stands. A place that cannot be looked into keeps
    /// no other from being, and never counts as empty.
    async fn list(&self, target: &Target) -> Result<Listed, OutsideError>;
    /// Removes what carries a mark. Ground is removed only where nothing stands on it. `Unavailable`: it is going; ask
    /// again.
    async fn sweep(&self, target: &Target, found: &Found) -> Result<(), OutsideError>;
    /// News of instances on the target as they happen: the id of each instance that should be looked at again. The
    /// stream heals itself (expired watches and lost lines are opened anew) and ends only with an error that a person
    /// must see; who follows it tells staff and opens it anew later.
    async fn watch(&self, target: &Target) -> Result<BoxStream<'static, Result<String, OutsideError>>, OutsideError>;
    /// Reads or follows the log.
    async fn logs(
        &self,
        target: &Target,
        spec: &InstanceSpec,
        query: LogQuery,
    ) -> Result<BoxStream<'static, Result<LogLine, OutsideError>>, OutsideError>;
    /// Present use.
    async fn metrics(&self, target: &Target, spec: &InstanceSpec) -> Result<Vec<Sample>, OutsideError>;
    /// The driver's double for demo and tests.
    fn simulator(&self) -> Option<Box<dyn Simulator>>;
}
