//! News from a cluster: which instance should be looked at again.
use super::{
    client::{Cluster, meaning_of_error},
    render::{INSTALL, INSTANCE},
};
use crate::integrations::{OutsideError, drivers::refuses_us};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod};
use kube::{
    Api, Resource,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use serde::de::DeserializeOwned;
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

/// Watches are asked to end after this many seconds, so that one that died in silence is noticed within a minute.
const WATCH_SECONDS: u32 = 60;

/// Ids of instances whose deployments, pods or jobs changed: a job is complete only after its pod has ended.
pub(super) fn news(cluster: Arc<Cluster>) -> BoxStream<'static, Result<String, OutsideError>> {
    let deployments = watch::<Deployment>(cluster.clone());
    let pods = watch::<Pod>(cluster.clone());
    let jobs = watch::<Job>(cluster);
    // An error ends the whole: a person must see it, and half the news would look like all of it.
    stream::select_all([deployments, pods, jobs])
        .scan(false, |has_ended, news| {
            let was_over = std::mem::replace(has_ended, news.is_err());
            futures_util::future::ready((!was_over).then_some(news))
        })
        .boxed()
}

struct Watch<K: Resource> {
    cluster: Arc<Cluster>,
    events: BoxStream<'static, watcher::Result<Event<K>>>,
    /// Ids seen, to find those that vanished while the watch was away.
    known: HashSet<String>,
    /// Ids of the list that is being read anew.
    listed: HashSet<String>,
    /// News not yet told.
    queue: VecDeque<String>,
}

fn open<K>(cluster: &Cluster) -> BoxStream<'static, watcher::Result<Event<K>>>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    let api: Api<K> = Api::all(cluster.streams());
    let config = watcher::Config::default()
        .labels(&format!("{INSTALL}={},{INSTANCE}", cluster.installation))
        .timeout(WATCH_SECONDS);
    watcher(api, config).default_backoff().boxed()
}

fn watch<K>(cluster: Arc<Cluster>) -> BoxStream<'static, Result<String, OutsideError>>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    let events = open::<K>(&cluster);
    let state = Watch { cluster, events, known: HashSet::new(), listed: HashSet::new(), queue: VecDeque::new() };
    stream::unfold(state, |mut state| async move {
        loop {
            if let Some(id) = state.queue.pop_front() {
                return Some((Ok(id), state));
            }
            match state.events.next().await {
                Some(Ok(event)) => state.take(event),
                Some(Err(error)) => {
                    if let Some(error) = fatal(&error) {
                        return Some((Err(error), state));
                    }
                    tracing::debug!(%error, "A watch of a cluster was interrupted");
                    // A watch that cannot be resumed would ask for the same version for ever: begin with a list.
                    if is_expired(&error) {
                        state.events = open::<K>(&state.cluster);
                    }
                }
                None => state.events = open::<K>(&state.cluster),
            }
        }
    })
    .boxed()
}

impl<K: Resource> Watch<K> {
    fn take(&mut self, event: Event<K>) {
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(object) => {
                if let Some(id) = id_of(&object) {
                    self.listed.insert(id.clone());
                    self.tell(id);
                }
            }
            Event::InitDone => {
                let listed = std::mem::take(&mut self.listed);
                for vanished in self.known.difference(&listed).cloned().collect::<Vec<_>>() {
                    self.tell(vanished);
                }
                self.known = listed;
            }
            Event::Apply(object) | Event::Delete(object) => {
                if let Some(id) = id_of(&object) {
                    self.known.insert(id.clone());
                    self.tell(id);
                }
            }
        }
    }

    fn tell(&mut self, id: String) {
        if !self.queue.contains(&id) {
            self.queue.push_back(id);
        }
    }
}

fn id_of<K: Resource>(object: &K) -> Option<String> {
    object.meta().labels.as_ref()?.get(INSTANCE).cloned()
}

fn is_expired(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::WatchStartFailed(kube::Error::Api(status)) if status.code == 410)
}

/// What a person must see: rights or settings that are wrong. Everything else heals itself.
fn fatal(error: &watcher::Error) -> Option<OutsideError> {
    let error = match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => error,
        watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => return None,
    };
    Some(meaning_of_error(error)).filter(refuses_us)
}
