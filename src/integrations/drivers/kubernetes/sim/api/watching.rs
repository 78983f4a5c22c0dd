//! Watches: one JSON document per line in an answer that goes on.
use super::{place::Place, reading};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Body, Reply, Request},
    kinds::Kind,
    refusal::{Refusal, Refused},
    selecting::Selection,
    store::{Change, Cluster, State},
};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Without a `timeoutSeconds` a watch ends after this.
const USUAL_LENGTH: Duration = Duration::from_secs(1800);
/// How often a quiet watch says up to which version it has seen everything.
const BOOKMARK_EVERY: Duration = Duration::from_secs(15);

struct Watch {
    cluster: Arc<Cluster>,
    bell: tokio::sync::watch::Receiver<u64>,
    kind: Kind,
    resource: String,
    namespace: Option<String>,
    selection: Selection,
    is_metadata_only: bool,
    wants_bookmarks: bool,
    /// Everything up to here was told.
    seen: u64,
    first: Vec<u8>,
    ends_at: Instant,
    bookmark_at: Instant,
    is_over: bool,
}

/// Opens a watch.
pub fn reply(cluster: &Arc<Cluster>, kind: &Kind, place: &Place, request: &Request) -> Result<Reply, Refused> {
    let selection = reading::selection(kind, request)?;
    let from = request.parameter("resourceVersion").unwrap_or_default();
    let wants_initial = request.parameter("sendInitialEvents") == Some("true");
    let from: u64 = if from.is_empty() {
        0
    } else {
        from.parse().map_err(|_| Refusal::bad_request(format!("Invalid value: \"{from}\": invalid resourceVersion")))?
    };
    let length = request.parameter("timeoutSeconds").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let now = Instant::now();
    let mut watch = Watch {
        bell: cluster.bell(),
        cluster: cluster.clone(),
        kind: kind.clone(),
        resource: kind.resource(),
        namespace: place.namespace.clone(),
        selection,
        is_metadata_only: reading::is_metadata_only(request),
        wants_bookmarks: request.parameter("allowWatchBookmarks") == Some("true"),
        seen: from,
        first: vec![],
        ends_at: now + length.unwrap_or(USUAL_LENGTH),
        bookmark_at: now + BOOKMARK_EVERY,
        is_over: false,
    };
    if from == 0 || wants_initial {
        cluster.read(|state| watch.tell_everything(state, wants_initial));
    }
    let pieces = futures_util::stream::unfold(watch, |mut watch| async move {
        let piece = watch.next().await?;
        Some((piece, watch))
    });
    let headers =
        vec![("content-type", "application/json".to_owned()), ("cache-control", "no-cache, private".to_owned())];
    Ok(Reply { status: 200, headers, body: Body::Stream(Box::pin(pieces)) })
}

impl Watch {
    fn tell_everything(&mut self, state: &State, ends_with_bookmark: bool) {
        let mut lines = Vec::new();
        for (_, object) in state.list(&self.resource, self.namespace.as_deref()) {
            if self.selection.fits(object) {
                self.tell(&mut lines, "ADDED", object);
            }
        }
        self.seen = state.version();
        if ends_with_bookmark {
            let mut meta = self.bookmark();
            meta["object"]["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            lines.extend(line(&meta));
        }
        self.first = lines;
    }

    async fn next(&mut self) -> Option<Vec<u8>> {
        if !self.first.is_empty() {
            return Some(std::mem::take(&mut self.first));
        }
        loop {
            if self.is_over || Instant::now() >= self.ends_at {
                return None;
            }
            // Marked as seen before looking, so that a change between looking and waiting rings again.
            self.bell.mark_unchanged();
            let cluster = self.cluster.clone();
            let lines = cluster.read(|state| self.news(state));
            if !lines.is_empty() {
                return Some(lines);
            }
            if self.wants_bookmarks && Instant::now() >= self.bookmark_at {
                self.bookmark_at = Instant::now() + BOOKMARK_EVERY;
                return Some(line(&self.bookmark()));
            }
            let wake = self.ends_at.min(self.bookmark_at).into();
            tokio::select! {
                changed = self.bell.changed() => changed.ok()?,
                () = tokio::time::sleep_until(wake) => {
                    if !self.wants_bookmarks {
                        self.bookmark_at = Instant::now() + BOOKMARK_EVERY;
                    }
                }
            }
        }
    }

    fn news(&mut self, state: &State) -> Vec<u8> {
        let mut lines = Vec::new();
        if self.seen < state.oldest() || self.seen > state.version() {
            let why = format!("too old resource version: {} ({})", self.seen, state.oldest());
            let status = Refusal::expired(why).status();
            self.is_over = true;
            return line(&json!({"type": "ERROR", "object": status}));
        }
        for change in state.changes_after(self.seen) {
            let is_here = change.key.resource == self.resource
                && self.namespace.as_ref().is_none_or(|namespace| *namespace == change.key.namespace);
            if is_here {
                self.tell_change(&mut lines, change);
            }
        }
        self.seen = state.version();
        lines
    }

    fn tell_change(&self, lines: &mut Vec<u8>, change: &Change) {
        let was_meant = change.before.as_ref().is_some_and(|before| self.selection.fits(before));
        let is_meant = !change.is_removal && self.selection.fits(&change.after);
        match (was_meant, is_meant) {
            (false, true) => self.tell(lines, "ADDED", &change.after),
            (true, true) => self.tell(lines, "MODIFIED", &change.after),
            (true, false) => self.tell(lines, "DELETED", &change.after),
            (false, false) => {}
        }
    }

    fn tell(&self, lines: &mut Vec<u8>, what: &str, object: &Value) {
        let told = if self.is_metadata_only {
            line(&json!({"type": what, "object": reading::metadata_only(object)}))
        } else {
            line(&json!({"type": what, "object": object}))
        };
        lines.extend(told);
    }

    fn bookmark(&self) -> Value {
        json!({"type": "BOOKMARK", "object": {
            "kind": self.kind.kind, "apiVersion": self.kind.api_version(),
            "metadata": {"resourceVersion": self.seen.to_string(), "creationTimestamp": null},
        }})
    }
}

fn line(value: &Value) -> Vec<u8> {
    let mut bytes = value.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}
