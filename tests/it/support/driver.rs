//! A driver that keeps its things in memory and errs on demand.
use super::World;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{
    platform::{job, outbox_delivery},
    value::Health,
};
use futures_util::stream::{self, BoxStream};
use sea_orm::{EntityTrait, sea_query::Expr};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Notify;
use yumna::kernel::said::Said;
use yumna::{
    integrations::{
        Acceptance, OutsideError, SettingField, SettingKind,
        drivers::{
            BackingUp, Backup, Capabilities, Draining, Found, InstanceSpec, Listed, LogLine, LogQuery, Machine, Mark,
            Node, Observed, Power, Progress, Provisioner, Reason, Sample, Target, Trouble, Verb,
        },
        sim::Simulator,
    },
    jobs::worker,
};

/// Phases of a creation.
pub const CREATE: &[&str] = &["ground", "volume", "workload", "health", "ingress"];

/// What goes wrong in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    Rejected,
    /// The key has run out.
    Refused,
    Unavailable,
    UnknownBefore,
    UnknownAfterEffect,
    Waiting,
    /// Never answers; nothing happened.
    HangBefore,
    /// Never answers, though it happened.
    HangAfterEffect,
}

#[derive(Clone, Default)]
struct State {
    /// What is there, by instance id.
    things: BTreeMap<String, BTreeSet<&'static str>>,
    started: BTreeSet<String>,
    /// What was last told to each instance: its parameters.
    told: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether settings of what is there cannot be changed.
    is_fixed: bool,
    mishaps: Vec<(&'static str, Mishap, usize)>,
    calls: Vec<String>,
    samples: Vec<Sample>,
    /// Customers whose ground is there though nothing stands on it.
    grounds: BTreeSet<String>,
    /// Places that cannot be looked into.
    unseen: BTreeSet<String>,
    troubles: Vec<Trouble>,
    /// Its machines by name.
    machines: BTreeMap<String, Machine>,
    /// Rights for them that are missing.
    lacks: Vec<String>,
    /// Whether it makes backups, and those it made by name: of which instance.
    backs_up: bool,
    backups: BTreeMap<String, String>,
}

/// The driver; clones share everything.
#[derive(Clone, Default)]
pub struct Scripted {
    state: Arc<Mutex<State>>,
    pub go_on: Arc<Notify>,
    /// Told whenever a call hangs.
    pub hangs: Arc<Notify>,
}

impl Scripted {
    /// One that has the same things, and goes its own way from now on.
    pub fn copied(&self) -> Self {
        Self { state: Arc::new(Mutex::new(self.state.lock().unwrap().clone())), ..Self::default() }
    }

    /// The next `times` runs of `phase` meet `mishap`.
    pub fn meets(&self, phase: &'static str, mishap: Mishap, times: usize) {
        self.state.lock().unwrap().mishaps.push((phase, mishap, times));
    }

    /// The process dies while a call hangs in what is due, and another takes over once the leases ran out.
    pub async fn outlives(&self, world: &World) {
        tokio::select! {
            over = worker::run_due_with(&world.services, &world.clockwork) => panic!("it should hang: {over:?}"),
            () = self.hangs.notified() => {}
        }
        self.heals();
        let long_ago: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
        let (db, past) = (&world.services.db, Expr::value(long_ago));
        job::Entity::update_many().col_expr(job::Column::LeaseUntil, past.clone()).exec(db).await.unwrap();
        let deliveries = outbox_delivery::Entity::update_many();
        deliveries.col_expr(outbox_delivery::Column::LeaseUntil, past).exec(db).await.unwrap();
    }

    /// What every instance uses from now on.
    pub fn measures(&self, samples: Vec<Sample>) {
        self.state.lock().unwrap().samples = samples;
    }

    /// The parameters an instance was last told.
    pub fn told(&self, instance: &str) -> BTreeMap<String, String> {
        self.state.lock().unwrap().told.get(instance).cloned().unwrap_or_default()
    }

    /// It cannot change settings from now on.
    pub fn is_fixed(&self) {
        self.state.lock().unwrap().is_fixed = true;
    }

    /// It makes backups from now on.
    pub fn backs_up(&self) {
        self.state.lock().unwrap().backs_up = true;
    }

    /// Names of the backups it made.
    pub fn backups(&self) -> Vec<String> {
        self.state.lock().unwrap().backups.keys().cloned().collect()
    }

    /// Nothing goes wrong any more.
    pub fn heals(&self) {
        self.state.lock().unwrap().mishaps.clear();
    }

    /// What is there of `instance`.
    pub fn things(&self, instance: &str) -> Vec<&'static str> {
        self.state.lock().unwrap().things.get(instance).into_iter().flatten().copied().collect()
    }

    pub fn is_started(&self, instance: &str) -> bool {
        self.state.lock().unwrap().started.contains(instance)
    }

    /// Everything asked so far: `Create/ground`, `inspect`, `troubles`.
    pub fn calls(&self) -> Vec<String> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Somebody removes everything behind our back.
    pub fn loses(&self, instance: &str) {
        let mut state = self.state.lock().unwrap();
        state.things.remove(instance);
        state.started.remove(instance);
    }

    /// Something of ours that nobody knows.
    pub fn leaves_behind(&self, instance: &str) {
        self.state.lock().unwrap().things.insert(instance.to_owned(), BTreeSet::from(["workload"]));
    }

    /// The ground of a customer without anything on it.
    pub fn leaves_ground(&self, customer: &str) {
        self.state.lock().unwrap().grounds.insert(customer.to_owned());
    }

    /// Nobody can look into this place any more, or again.
    pub fn hides(&self, home: &str, is_hidden: bool) {
        let mut state = self.state.lock().unwrap();
        state.unseen.remove(home);
        if is_hidden {
            state.unseen.insert(home.to_owned());
        }
    }

    /// A machine that gives plenty joins, or is another from now on.
    pub fn joins(&self, name: &str, change: impl FnOnce(&mut Machine)) {
        let mut state = self.state.lock().unwrap();
        let power = Power { cpu_milli: 8_000_000, memory_mb: 64_000_000 };
        let machine = state.machines.entry(name.to_owned()).or_insert_with(|| Machine {
            name: name.to_owned(),
            is_ready: true,
            is_open: true,
            is_reserved: false,
            pressures: Vec::new(),
            allocatable: power,
            requested: Power { cpu_milli: 1_000, memory_mb: 2_000 },
            used: Some(Power { cpu_milli: 500, memory_mb: 1_000 }),
            version: "v1.33.5+k3s1".into(),
            since: None,
            pods: 2,
            instances: Vec::new(),
        });
        change(machine);
    }

    /// A machine is taken away.
    pub fn parts(&self, name: &str) {
        self.state.lock().unwrap().machines.remove(name);
    }

    /// How a machine is now.
    pub fn machine(&self, name: &str) -> Machine {
        self.state.lock().unwrap().machines[name].clone()
    }

    /// These rights for machines are missing from now on.
    pub fn lacks(&self, rights: &[&str]) {
        self.state.lock().unwrap().lacks = rights.iter().map(|right| (*right).to_owned()).collect();
    }

    pub fn has_ground(&self, customer: &str) -> bool {
        self.state.lock().unwrap().grounds.contains(customer)
    }

    /// What goes wrong with every instance: they were restarted for it, too.
    pub fn tells(&self, troubles: Vec<Trouble>) {
        self.state.lock().unwrap().troubles = troubles;
    }

    fn mishap(&self, phase: &str) -> Option<Mishap> {
        let mut state = self.state.lock().unwrap();
        let found = state.mishaps.iter_mut().find(|(name, _, times)| *name == phase && *times > 0)?;
        found.2 -= 1;
        Some(found.1)
    }

    fn take_effect(&self, spec: &InstanceSpec, verb: Verb, phase: &'static str) {
        let id = spec.instance_id.as_str();
        let mut state = self.state.lock().unwrap();
        match (verb, phase) {
            (Verb::Terminate, "remove") => {
                state.things.remove(id);
                state.started.remove(id);
            }
            (Verb::Stop | Verb::Suspend, "stop") => {
                state.started.remove(id);
            }
            (Verb::Reconfigure, "workload") => {
                state.told.insert(id.to_owned(), spec.parameters.clone());
            }
            (Verb::Create | Verb::Start | Verb::Unsuspend | Verb::Restart | Verb::Resize, phase) => {
                state.things.entry(id.to_owned()).or_default().insert(phase);
                if phase == "workload" {
                    state.started.insert(id.to_owned());
                    state.told.insert(id.to_owned(), spec.parameters.clone());
                }
            }
            _ => {}
        }
    }
}

#[async_trait]
impl Provisioner for Scripted {
    fn code(&self) -> &'static str {
        "kubernetes"
    }

    fn name(&self) -> &'static str {
        "Scripted"
    }

    fn settings(&self) -> Vec<SettingField> {
        let field = |name, required| SettingField {
            name,
            kind: SettingKind::Text,
            required,
            label_key: "driver-kubernetes-kubeconfig",
            help_key: "driver-kubernetes-kubeconfig-help",
        };
        vec![
            field("kubeconfig", true),
            field("ingress_domain", true),
            field("url_scheme", false),
            field("url_port", false),
            field("certificate_issuer", false),
            field("ingress_addresses", false),
        ]
    }

    fn capabilities(&self) -> Capabilities {
        let state = self.state.lock().unwrap();
        Capabilities {
            stop: true,
            restart: true,
            resize: true,
            reconfigure: !state.is_fixed,
            logs: true,
            metrics: true,
            backup: state.backs_up,
            domains: true,
        }
    }

    async fn check(&self, _: &Target) -> Result<Acceptance, OutsideError> {
        match self.mishap("check") {
            None => Ok(Acceptance { facts: vec![Said::plain("found-cluster-rights")], warnings: Vec::new() }),
            Some(_) => Err(OutsideError::rejected("rights", "may not list pods")),
        }
    }

    async fn nodes(&self, _: &Target) -> Result<Vec<Node>, OutsideError> {
        Ok(Vec::new())
    }

    async fn machines(&self, _: &Target) -> Result<Vec<Machine>, OutsideError> {
        match self.mishap("machines") {
            None => Ok(self.state.lock().unwrap().machines.values().cloned().collect()),
            Some(_) => Err(OutsideError::unavailable("connection refused")),
        }
    }

    async fn lacks_for_machines(&self, _: &Target) -> Result<Vec<String>, OutsideError> {
        Ok(self.state.lock().unwrap().lacks.clone())
    }

    async fn set_open(&self, _: &Target, machine: &str, is_open: bool) -> Result<(), OutsideError> {
        self.state.lock().unwrap().calls.push(format!("set_open/{machine}/{is_open}"));
        match self.mishap("set_open") {
            None => {}
            Some(Mishap::Rejected) => return Err(OutsideError::rejected("forbidden", "cannot patch nodes")),
            Some(_) => return Err(OutsideError::unavailable("connection refused")),
        }
        let mut state = self.state.lock().unwrap();
        let gone = || OutsideError::rejected("not_found", "nodes not found");
        state.machines.get_mut(machine).ok_or_else(gone)?.is_open = is_open;
        Ok(())
    }

    async fn drain(&self, target: &Target, machine: &str) -> Result<Draining, OutsideError> {
        self.set_open(target, machine, false).await?;
        self.state.lock().unwrap().calls.push(format!("drain/{machine}"));
        let left = self.machine(machine).pods;
        match self.mishap("drain") {
            None => {}
            Some(Mishap::Waiting) => {
                let why = "user-x/one: The disruption budget one needs 1 healthy pods and has 1 currently".to_owned();
                return Ok(Draining::Waiting { why, left, retry_in: Duration::from_secs(10) });
            }
            Some(Mishap::Rejected) => return Err(OutsideError::rejected("forbidden", "cannot create pods/eviction")),
            Some(Mishap::HangBefore) => {
                self.hangs.notify_one();
                self.go_on.notified().await;
            }
            Some(_) => return Err(OutsideError::unavailable("connection refused")),
        }
        if left == 0 {
            return Ok(Draining::Empty);
        }
        self.joins(machine, |machine| machine.pods -= 1);
        Ok(Draining::Moved { what: format!("user-x/pod-{left}"), left })
    }

    fn manifests(&self) -> &'static [(&'static str, &'static str)] {
        &[("driver-rbac.yaml", "kind: ClusterRole\n"), ("driver-nodes-rbac.yaml", "kind: ClusterRole\n")]
    }

    fn phases(&self, verb: Verb) -> &'static [&'static str] {
        match verb {
            Verb::Create => CREATE,
            Verb::Start | Verb::Unsuspend | Verb::Restart | Verb::Resize | Verb::Reconfigure => &["workload", "health"],
            Verb::Stop | Verb::Suspend => &["stop"],
            Verb::Sync => &["names"],
            Verb::Terminate => &["unpublish", "remove"],
        }
    }

    async fn run(&self, _: &Target, spec: &InstanceSpec, verb: Verb, phase: &str) -> Result<Progress, OutsideError> {
        self.state.lock().unwrap().calls.push(format!("{verb:?}/{phase}"));
        let phase = self.phases(verb).iter().find(|name| **name == phase).expect("a phase of the verb");
        match self.mishap(phase) {
            Some(Mishap::Rejected) => return Err(OutsideError::rejected("quota", "no more pods")),
            Some(Mishap::Refused) => return Err(OutsideError::rejected("unauthorized", "Unauthorized")),
            Some(Mishap::Unavailable) => return Err(OutsideError::unavailable("connection refused")),
            Some(Mishap::UnknownBefore) => return Err(OutsideError::unknown("cut off")),
            Some(Mishap::UnknownAfterEffect) => {
                self.take_effect(spec, verb, phase);
                return Err(OutsideError::unknown("cut off"));
            }
            Some(Mishap::Waiting) => {
                let reason = Reason { code: "starting".into(), detail: "0/1".into() };
                return Ok(Progress::Waiting { reason, retry_in: Duration::from_secs(2) });
            }
            Some(Mishap::HangBefore) => {
                self.hangs.notify_one();
                self.go_on.notified().await;
            }
            Some(Mishap::HangAfterEffect) => {
                self.take_effect(spec, verb, phase);
                self.hangs.notify_one();
                self.go_on.notified().await;
            }
            None => {}
        }
        self.take_effect(spec, verb, phase);
        Ok(Progress::Done { note: Said::new("did-deployed", [("service", (*phase).into())]) })
    }

    async fn back_up(&self, _: &Target, spec: &InstanceSpec, key: &str) -> Result<BackingUp, OutsideError> {
        self.state.lock().unwrap().calls.push("back_up".into());
        match self.mishap("back_up") {
            None => {}
            Some(Mishap::Waiting) => {
                let reason = Reason { code: "starting".into(), detail: "copying".into() };
                return Ok(BackingUp::Waiting { reason, retry_in: Duration::from_secs(2) });
            }
            Some(Mishap::Rejected) => return Err(OutsideError::rejected("disk_full", "no room for a backup")),
            Some(_) => return Err(OutsideError::unavailable("connection refused")),
        }
        if self.things(&spec.instance_id).is_empty() {
            return Ok(BackingUp::Nothing);
        }
        self.state.lock().unwrap().backups.insert(key.to_owned(), spec.instance_id.clone());
        let (place, checksum) = (format!("s3://backups/{key}"), "sha256:1".to_owned());
        Ok(BackingUp::Made(Backup { place, size_bytes: 4_096, checksum }))
    }

    async fn verify_backup(&self, _: &Target, key: &str, made: &Backup) -> Result<Progress, OutsideError> {
        self.state.lock().unwrap().calls.push("verify_backup".into());
        assert!(made.place.ends_with(key) && self.backups().iter().any(|known| known == key));
        match self.mishap("verify_backup") {
            None => Ok(Progress::Done { note: Said::plain("did-nothing-to-keep") }),
            Some(Mishap::Rejected) => Err(OutsideError::rejected("not_whole", "the checksum differs")),
            Some(_) => Err(OutsideError::unavailable("connection refused")),
        }
    }

    async fn inspect(&self, _: &Target, spec: &InstanceSpec) -> Result<Observed, OutsideError> {
        self.state.lock().unwrap().calls.push("inspect".into());
        match self.mishap("inspect") {
            None => {}
            // What it looks for is gone.
            Some(Mishap::Rejected) => {
                let reason = Some(Reason { code: "volume_missing".into(), detail: "data is gone".into() });
                let health = Health::Failing;
                return Ok(Observed::Present { is_started: true, health, reason, since: None, restarts: 0 });
            }
            Some(_) => return Err(OutsideError::unavailable("connection refused")),
        }
        if self.things(&spec.instance_id).is_empty() {
            return Ok(Observed::Absent);
        }
        let is_started = self.is_started(&spec.instance_id);
        let restarts = i32::from(!self.state.lock().unwrap().troubles.is_empty());
        Ok(Observed::Present { is_started, health: Health::Ok, reason: None, since: None, restarts })
    }

    async fn troubles(&self, _: &Target, _: &InstanceSpec) -> Result<Vec<Trouble>, OutsideError> {
        self.state.lock().unwrap().calls.push("troubles".into());
        match self.mishap("troubles") {
            None => Ok(self.state.lock().unwrap().troubles.clone()),
            Some(_) => Err(OutsideError::rejected("forbidden", "cannot list events")),
        }
    }

    async fn list(&self, _: &Target) -> Result<Listed, OutsideError> {
        if self.mishap("list").is_some() {
            return Err(OutsideError::unavailable("connection refused"));
        }
        let state = self.state.lock().unwrap();
        let instance = |(id, things): (&String, &BTreeSet<&str>)| Found {
            mark: Mark::Instance(id.clone()),
            place: format!("user-x/{id}"),
            what: format!("{} Deployment", things.len()),
            objects: things.len(),
            since: None,
        };
        let ground = |customer: &String| Found {
            mark: Mark::Customer(customer.clone()),
            place: format!("user-{customer}"),
            what: "1 Namespace".into(),
            objects: 1,
            since: None,
        };
        let all = state.things.iter().map(instance).chain(state.grounds.iter().map(ground));
        let found = all.filter(|found| !state.unseen.contains(found.home())).collect();
        Ok(Listed { found, unseen: state.unseen.iter().cloned().collect() })
    }

    async fn sweep(&self, _: &Target, found: &Found) -> Result<(), OutsideError> {
        match self.mishap("sweep") {
            Some(Mishap::Rejected) => return Err(OutsideError::rejected("not_empty", "there is Pod x")),
            Some(_) => return Err(OutsideError::unavailable("still going")),
            None => {}
        }
        let mut state = self.state.lock().unwrap();
        match &found.mark {
            Mark::Instance(id) => {
                state.things.remove(id);
            }
            Mark::Customer(id) => {
                state.grounds.remove(id);
            }
        }
        Ok(())
    }

    async fn watch(&self, _: &Target) -> Result<BoxStream<'static, Result<String, OutsideError>>, OutsideError> {
        if self.mishap("watch").is_some() {
            let refusal = Err(OutsideError::rejected("forbidden", "cannot watch pods"));
            return Ok(Box::pin(stream::iter([refusal])));
        }
        let ids: Vec<_> = self.state.lock().unwrap().things.keys().cloned().map(Ok).collect();
        Ok(Box::pin(stream::iter(ids)))
    }

    async fn logs(
        &self,
        _: &Target,
        _: &InstanceSpec,
        _: LogQuery,
    ) -> Result<BoxStream<'static, Result<LogLine, OutsideError>>, OutsideError> {
        Ok(Box::pin(stream::empty()))
    }

    async fn metrics(&self, _: &Target, _: &InstanceSpec) -> Result<Vec<Sample>, OutsideError> {
        Ok(self.state.lock().unwrap().samples.clone())
    }

    fn simulator(&self) -> Option<Box<dyn Simulator>> {
        None
    }
}
