//! Kubernetes: services run as deployments in a namespace per customer, on any cluster a kubeconfig names (1.30 and
//! later, K3s included), through kube-rs.
//!
//! Everything is written by server-side apply under one name, so every call can be repeated. Every object of an instance
//! carries its id and the id of this installation; an object without them is never touched. Pod security "restricted",
//! quota, limits and network policies are laid before anything runs, and the way in is opened last, when the service
//! has its owner. Rights are few: the driver takes them namespace by namespace (`rights`). Clusters differ: the facts
//! this rests on are in the Kubernetes documentation ("Server-Side Apply", "Pod Security Standards", "Network Policies",
//! "API conventions").
use super::{
    Capabilities, Draining, Found, InstanceSpec, Listed, LogLine, LogQuery, Machine, Node, Observed, Progress,
    Provisioner, Reason, Sample, Target, Trouble, Verb,
};
use crate::integrations::{Acceptance, OutsideError, SettingField, sim::Simulator};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use secrecy::SecretString;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, Instant},
};

mod check;
mod client;
mod events;
mod ground;
mod inspect;
mod logs;
mod machines;
mod metrics;
mod orphans;
mod phases;
mod quantity;
mod render;
mod rights;
mod settings;
mod sim;
mod watch;

use client::Connections;
use phases::Work;
use render::Renderer;

/// What may be a passing trouble (a registry, a missing key) is given up after this time.
const PATIENCE: Duration = Duration::from_secs(90);
/// What comes up within this time needs no explanation; of what does not, the cluster is asked for one this often.
const SLOW: Duration = Duration::from_secs(5);

/// What is applied to a cluster, by whoever may: the rights everything needs, and those for its machines.
const MANIFESTS: &[(&str, &str)] = &[
    ("driver-rbac.yaml", include_str!("../../../../deploy/k8s/driver-rbac.yaml")),
    ("driver-nodes-rbac.yaml", include_str!("../../../../deploy/k8s/driver-nodes-rbac.yaml")),
];

/// The driver; connections are shared by everybody who asks for it.
pub(super) fn driver() -> Arc<dyn Provisioner> {
    static DRIVER: LazyLock<Arc<Kubernetes>> = LazyLock::new(Arc::default);
    DRIVER.clone()
}

#[derive(Default)]
struct Kubernetes {
    connections: Connections,
    patience: Patience,
}

/// What is known of instances that do not come up, in monotonic time. A restart of the process starts anew, which only
/// means more patience.
#[derive(Default)]
struct Patience(Mutex<HashMap<String, Trial>>);

/// How an instance that does not come up was dealt with.
#[derive(Default)]
struct Trial {
    /// The trouble that may pass, and since when.
    trouble: Option<(String, Instant)>,
    /// When the cluster is asked next why it does not come up.
    ask_at: Option<Instant>,
    /// What it said to that last.
    explanation: Option<Reason>,
    verdict: Verdict,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Verdict {
    #[default]
    Open,
    /// Waiting was given up; the next question belongs to a new attempt.
    GivenUp,
    /// What was given up on was replaced: the new attempt is under way.
    Forgiven,
}

impl Patience {
    fn trial<T>(&self, instance: &str, act: impl FnOnce(&mut Trial) -> T) -> T {
        let mut trials = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        act(trials.entry(instance.to_owned()).or_default())
    }

    /// Whether `instance` has had this trouble for too long.
    fn is_over(&self, instance: &str, code: &str) -> bool {
        self.trial(instance, |trial| {
            if !matches!(code, "image_pull" | "container_config") {
                trial.trouble = None;
                return false;
            }
            match &trial.trouble {
                Some((known, since)) if known == code => since.elapsed() > PATIENCE,
                _ => {
                    trial.trouble = Some((code.to_owned(), Instant::now()));
                    false
                }
            }
        })
    }

    /// Whether the cluster is to be asked now why `instance`, which is waited for, does not come up.
    fn is_to_be_asked(&self, instance: &str) -> bool {
        let now = Instant::now();
        self.trial(instance, |trial| *trial.ask_at.get_or_insert(now + SLOW) <= now)
    }

    /// It was asked; the next looks go by what it said.
    fn learn(&self, instance: &str, explanation: Option<Reason>) {
        let ask_at = Some(Instant::now() + SLOW);
        self.trial(instance, |trial| (trial.ask_at, trial.explanation) = (ask_at, explanation));
    }

    fn learnt(&self, instance: &str) -> Option<Reason> {
        self.trial(instance, |trial| trial.explanation.clone())
    }

    fn give_up(&self, instance: &str) {
        self.trial(instance, |trial| *trial = Trial { verdict: Verdict::GivenUp, ..Trial::default() });
    }

    fn has_given_up(&self, instance: &str) -> bool {
        self.trial(instance, |trial| trial.verdict == Verdict::GivenUp)
    }

    fn forgive(&self, instance: &str) {
        self.trial(instance, |trial| trial.verdict = Verdict::Forgiven);
    }

    fn is_forgiven(&self, instance: &str) -> bool {
        self.trial(instance, |trial| trial.verdict == Verdict::Forgiven)
    }

    fn forget(&self, instance: &str) {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(instance);
    }
}

#[async_trait]
impl Provisioner for Kubernetes {
    fn code(&self) -> &'static str {
        "kubernetes"
    }

    fn name(&self) -> &'static str {
        "Kubernetes"
    }

    fn settings(&self) -> Vec<SettingField> {
        settings::fields()
    }

    fn faults(&self, settings: &BTreeMap<String, SecretString>) -> Vec<(&'static str, &'static str)> {
        settings::faults(settings)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            stop: true,
            restart: true,
            resize: true,
            reconfigure: true,
            logs: true,
            metrics: true,
            backup: false,
            domains: true,
        }
    }

    async fn check(&self, target: &Target) -> Result<Acceptance, OutsideError> {
        check::check(&*self.connections.get(target).await?).await
    }

    async fn nodes(&self, target: &Target) -> Result<Vec<Node>, OutsideError> {
        metrics::nodes(&*self.connections.get(target).await?).await
    }

    async fn machines(&self, target: &Target) -> Result<Vec<Machine>, OutsideError> {
        machines::survey(&*self.connections.get(target).await?).await
    }

    async fn lacks_for_machines(&self, target: &Target) -> Result<Vec<String>, OutsideError> {
        machines::lacking(&*self.connections.get(target).await?).await
    }

    async fn set_open(&self, target: &Target, machine: &str, is_open: bool) -> Result<(), OutsideError> {
        machines::set_open(&*self.connections.get(target).await?, machine, is_open).await
    }

    async fn drain(&self, target: &Target, machine: &str) -> Result<Draining, OutsideError> {
        machines::drain(&*self.connections.get(target).await?, machine).await
    }

    fn manifests(&self) -> &'static [(&'static str, &'static str)] {
        MANIFESTS
    }

    fn phases(&self, verb: Verb) -> &'static [&'static str] {
        phases::names(verb)
    }

    async fn run(
        &self,
        target: &Target,
        spec: &InstanceSpec,
        verb: Verb,
        phase: &str,
    ) -> Result<Progress, OutsideError> {
        let cluster = self.connections.get(target).await?;
        Work::new(&cluster, spec, verb, &self.patience).run(phase).await
    }

    async fn inspect(&self, target: &Target, spec: &InstanceSpec) -> Result<Observed, OutsideError> {
        let cluster = self.connections.get(target).await?;
        let render = Renderer { spec, settings: &cluster.settings, installation: &cluster.installation };
        inspect::observe(&cluster, &render).await
    }

    async fn troubles(&self, target: &Target, spec: &InstanceSpec) -> Result<Vec<Trouble>, OutsideError> {
        let cluster = self.connections.get(target).await?;
        let render = Renderer { spec, settings: &cluster.settings, installation: &cluster.installation };
        events::troubles(&cluster, &render).await
    }

    async fn list(&self, target: &Target) -> Result<Listed, OutsideError> {
        orphans::list(&*self.connections.get(target).await?).await
    }

    async fn sweep(&self, target: &Target, found: &Found) -> Result<(), OutsideError> {
        orphans::sweep(&*self.connections.get(target).await?, found).await
    }

    async fn watch(&self, target: &Target) -> Result<BoxStream<'static, Result<String, OutsideError>>, OutsideError> {
        Ok(watch::news(self.connections.get(target).await?))
    }

    async fn logs(
        &self,
        target: &Target,
        spec: &InstanceSpec,
        query: LogQuery,
    ) -> Result<BoxStream<'static, Result<LogLine, OutsideError>>, OutsideError> {
        let cluster = self.connections.get(target).await?;
        let render = Renderer { spec, settings: &cluster.settings, installation: &cluster.installation };
        logs::open(&cluster, &render, query).await
    }

    async fn metrics(&self, target: &Target, spec: &InstanceSpec) -> Result<Vec<Sample>, OutsideError> {
        let cluster = self.connections.get(target).await?;
        let render = Renderer { spec, settings: &cluster.settings, installation: &cluster.installation };
        metrics::samples(&cluster, &render).await
    }

    fn simulator(&self) -> Option<Box<dyn Simulator>> {
        Some(sim::simulator())
    }
}
