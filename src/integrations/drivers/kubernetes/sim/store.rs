//! What the cluster holds: objects, one growing version over all of them, and the last changes for those who watch.
use super::{http::Reply, journal::Journal, logbook::LogBook, refusal::Refusal, trouble::Troubles};
use crate::kernel::clock::SharedClock;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};
use tokio::sync::watch;

/// How many changes are kept for watches that resume.
const KEPT_CHANGES: usize = 400;

/// Where an object lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// `deployments.apps`, `pods`.
    pub resource: String,
    /// Empty for objects of the cluster.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Key {
    /// A key.
    pub fn new(resource: impl Into<String>, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { resource: resource.into(), namespace: namespace.into(), name: name.into() }
    }
}

/// One change, as watches report it.
#[derive(Clone)]
pub struct Change {
    /// Version after it.
    pub version: u64,
    /// What was changed.
    pub key: Key,
    /// The object before, if it was there.
    pub before: Option<Arc<Value>>,
    /// The object after it, or as it was when it went.
    pub after: Arc<Value>,
    /// Whether it went.
    pub is_removal: bool,
}

/// What the simulator itself remembers.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Bearer token of the kubeconfig.
    pub token: String,
    /// Port of the API server of last time.
    pub api_port: u16,
    /// Port of the ingress of last time.
    pub ingress_port: u16,
    /// What goes wrong on purpose.
    pub troubles: Troubles,
    /// Set-up calls that were answered: `<uid of the service> <path>`.
    pub set_up: BTreeSet<String>,
    /// Whether rights are judged by roles; else the token may do everything.
    pub is_rbac: bool,
    /// Whether the fence of `deploy/k8s/driver-rbac.yaml` is up around that account.
    pub is_fenced: bool,
}

/// The whole state.
pub struct State {
    objects: BTreeMap<Key, Arc<Value>>,
    version: u64,
    changes: VecDeque<Change>,
    oldest: u64,
    unsaved: BTreeMap<Key, Option<Arc<Value>>>,
    are_facts_unsaved: bool,
    facts: Facts,
    journal: Option<Journal>,
    /// Product time.
    pub clock: SharedClock,
    /// When things last happened to an object, by uid and what: monotonic time, not kept over restarts.
    pub moments: HashMap<(String, &'static str), Instant>,
    /// Lines the containers wrote.
    pub book: LogBook,
}

impl State {
    /// The state a journal kept, or an empty one.
    pub fn open(clock: SharedClock, dir: Option<&std::path::Path>) -> anyhow::Result<Self> {
        let mut state = Self {
            objects: BTreeMap::new(),
            version: 1,
            changes: VecDeque::new(),
            oldest: 1,
            unsaved: BTreeMap::new(),
            are_facts_unsaved: false,
            facts: Facts::default(),
            journal: None,
            clock,
            moments: HashMap::new(),
            book: LogBook::default(),
        };
        if let Some(dir) = dir {
            let (journal, kept) = Journal::open(dir)?;
            state.objects = kept.objects.into_iter().map(|(key, object)| (key, Arc::new(object))).collect();
            state.version = kept.version.max(1);
            state.oldest = state.version;
            state.facts = kept.facts;
            state.journal = Some(journal);
        }
        Ok(state)
    }

    /// Product time as Kubernetes writes it: whole seconds.
    pub fn now_text(&self) -> String {
        self.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// Product time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Version of the newest change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Watches from before this version have missed changes.
    pub fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Makes every version before now too old to watch from.
    pub fn forget_changes(&mut self) {
        self.version += 1;
        self.oldest = self.version;
        self.changes.clear();
    }

    /// Changes after a version.
    pub fn changes_after(&self, version: u64) -> impl Iterator<Item = &Change> {
        let start = self.changes.partition_point(|change| change.version <= version);
        self.changes.range(start..)
    }

    /// What the simulator remembers.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The same, to change.
    pub fn facts_mut(&mut self) -> &mut Facts {
        self.are_facts_unsaved = true;
        &mut self.facts
    }

    /// An object.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.objects.get(&Key::new(resource, namespace, name)).cloned()
    }

    /// Objects of a kind, of one namespace or of all, by namespace and name.
    pub fn list<'a>(
        &'a self,
        resource: &'a str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> {
        let start = Key::new(resource, namespace.unwrap_or_default(), "");
        self.objects
            .range(start..)
            .take_while(move |(key, _)| key.resource == resource && namespace.is_none_or(|name| key.namespace == name))
    }

    /// The same as owned handles, for code that changes the state while it goes through them.
    pub fn listed(&self, resource: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
        self.list(resource, namespace).map(|(_, object)| object.clone()).collect()
    }

    /// Everything there is.
    pub fn everything(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    /// Writes an object under a new version; a write that changes nothing keeps the old one. An object that was
    /// marked for deletion and has nothing left to wait for goes.
    pub fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        let before = self.objects.get(&key).cloned();
        if let Some(before) = &before {
            object["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
            if **before == object {
                return before.clone();
            }
        }
        if is_done_waiting(&key, &object) {
            self.objects.entry(key.clone()).or_insert_with(|| Arc::new(object.clone()));
            return self.remove(&key).unwrap_or_else(|| Arc::new(object));
        }
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let after = Arc::new(object);
        self.objects.insert(key.clone(), after.clone());
        self.unsaved.insert(key.clone(), Some(after.clone()));
        self.remember(Change { version: self.version, key, before, after: after.clone(), is_removal: false });
        after
    }

    /// Takes an object away at once.
    pub fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.objects.remove(key)?;
        self.version += 1;
        let mut last = (*before).clone();
        last["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let after = Arc::new(last);
        if let Some(uid) = after["metadata"]["uid"].as_str() {
            self.moments.retain(|(owner, _), _| !owner.starts_with(uid));
            self.book.forget(uid);
        }
        self.unsaved.insert(key.clone(), None);
        let change = Change {
            version: self.version,
            key: key.clone(),
            before: Some(before),
            after: after.clone(),
            is_removal: true,
        };
        self.remember(change);
        Some(after)
    }

    /// When something first happened to an object, as this process remembers it: now, if it does not.
    pub fn moment(&mut self, uid: &str, what: &'static str) -> Instant {
        *self.moments.entry((uid.to_owned(), what)).or_insert_with(Instant::now)
    }

    fn remember(&mut self, change: Change) {
        self.changes.push_back(change);
        if self.changes.len() > KEPT_CHANGES
            && let Some(dropped) = self.changes.pop_front()
        {
            self.oldest = dropped.version;
        }
    }

    fn save(&mut self) -> std::io::Result<()> {
        let changes = std::mem::take(&mut self.unsaved);
        let facts = std::mem::take(&mut self.are_facts_unsaved).then_some(&self.facts);
        let Some(journal) = &mut self.journal else { return Ok(()) };
        if changes.is_empty() && facts.is_none() {
            return Ok(());
        }
        journal.append(self.version, &changes, facts)?;
        if journal.is_long() {
            journal.compact(self.version, &self.facts, &self.objects)?;
        }
        Ok(())
    }
}

/// Marked for deletion, and neither a finalizer nor the kubelet nor the namespace's content holds it.
fn is_done_waiting(key: &Key, object: &Value) -> bool {
    let meta = &object["metadata"];
    let is_empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
    meta["deletionTimestamp"].is_string()
        && is_empty(&meta["finalizers"])
        && (key.resource != "pods" || meta["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0)
        && (key.resource != "namespaces" || is_empty(&object["spec"]["finalizers"]))
}

/// The state behind its lock, and the bell that rings after every change.
pub struct Cluster {
    state: Mutex<State>,
    bell: watch::Sender<u64>,
}

impl Cluster {
    /// A cluster with this state.
    pub fn new(state: State) -> Self {
        let version = state.version();
        Self { state: Mutex::new(state), bell: watch::Sender::new(version) }
    }

    /// Looks.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes, writes the journal, then rings: nothing is answered that a `kill -9` could lose.
    pub fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> std::io::Result<T> {
        let mut state = self.lock();
        let answer = change(&mut state);
        state.save()?;
        let version = state.version();
        drop(state);
        self.bell.send_if_modified(|last| std::mem::replace(last, version) != version);
        Ok(answer)
    }

    /// Rings after changes.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The answer when the journal cannot be written.
pub fn storage_failed(error: &std::io::Error) -> Reply {
    tracing::error!(%error, "The simulated cluster cannot write its journal");
    Refusal::new(500, "InternalError", format!("Internal error occurred: {error}")).reply()
}
