//! Logs of containers, as the kubelet hands them out.
use super::{place::Place, reading};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Body, Reply, Request},
    kinds,
    logbook::Line,
    objects::{namespace, text, uid},
    refusal::{Refusal, Refused},
    store::{Cluster, State},
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::Value;
use std::sync::Arc;

/// How often a follower looks for new lines.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

struct Follower {
    cluster: Arc<Cluster>,
    namespace: String,
    pod: String,
    uid: String,
    container: String,
    /// Which life of the container (its restart count) is followed: the stream ends with it.
    life: i64,
    next_number: u64,
    with_time: bool,
    first: Vec<u8>,
    is_over: bool,
}

/// Answers `GET …/pods/{name}/log`.
pub fn reply(cluster: &Arc<Cluster>, place: &Place, name: &str, request: &Request) -> Result<Reply, Refused> {
    let is = |parameter: &str| request.parameter(parameter) == Some("true");
    let headers = vec![("content-type", "text/plain".to_owned()), ("cache-control", "no-cache, private".to_owned())];
    let (pod, container, lines) = cluster.read(|state| {
        let pod = reading::find(state, kinds::built_in("pods"), place, name)?;
        let container = chosen_container(&pod, name, request.parameter("container"))?;
        let lines = chosen_lines(state, &pod, &container, is("previous"), request)?;
        Ok::<_, Refused>((pod, container, lines))
    })?;
    let next_number =
        cluster.read(|state| state.book.lines(uid(&pod), &container, false).last().map_or(0, |line| line.number + 1));
    let mut first = written(&lines, is("timestamps"));
    if let Some(most) = request.parameter("limitBytes").and_then(|text| text.parse().ok()) {
        first.truncate(most);
    }
    if !is("follow") || is("previous") {
        return Ok(Reply { status: 200, headers, body: Body::Whole(first) });
    }
    let follower = Follower {
        cluster: cluster.clone(),
        namespace: namespace(&pod).to_owned(),
        pod: name.to_owned(),
        uid: uid(&pod).to_owned(),
        life: container_status(&pod, &container)["restartCount"].as_i64().unwrap_or(0),
        container,
        next_number,
        with_time: is("timestamps"),
        first,
        is_over: false,
    };
    follower.count(true);
    let pieces = futures_util::stream::unfold(follower, |mut follower| async move {
        let piece = follower.next().await?;
        Some((piece, follower))
    });
    Ok(Reply { status: 200, headers, body: Body::Stream(Box::pin(pieces)) })
}

fn chosen_container(pod: &Value, name: &str, wanted: Option<&str>) -> Result<String, Refused> {
    let names = |list: &str| -> Vec<String> {
        let list = pod["spec"][list].as_array().into_iter().flatten();
        list.map(|container| text(container, "/name").to_owned()).collect()
    };
    let (mut running, starting) = (names("containers"), names("initContainers"));
    match wanted {
        Some(wanted) if running.iter().chain(&starting).any(|found| found == wanted) => Ok(wanted.to_owned()),
        Some(wanted) => Err(Refusal::bad_request(format!("container {wanted} is not valid for pod {name}"))),
        None if running.len() == 1 => Ok(running.remove(0)),
        None => {
            let mut why =
                format!("a container name must be specified for pod {name}, choose one of: [{}]", running.join(" "));
            if !starting.is_empty() {
                why.push_str(&format!(" or one of the init containers: [{}]", starting.join(" ")));
            }
            Err(Refusal::bad_request(why))
        }
    }
}

/// The status of a container, `Null` while there is none.
fn container_status<'a>(pod: &'a Value, container: &str) -> &'a Value {
    ["containerStatuses", "initContainerStatuses"]
        .iter()
        .flat_map(|list| pod["status"][*list].as_array().into_iter().flatten())
        .find(|status| status["name"] == container)
        .unwrap_or(&Value::Null)
}

fn chosen_lines(
    state: &State,
    pod: &Value,
    container: &str,
    is_previous: bool,
    request: &Request,
) -> Result<Vec<Line>, Refused> {
    let name = text(pod, "/metadata/name");
    let status = container_status(pod, container);
    // While it waits for its next start, the dead container is both the last and the previous one.
    let is_dead = status["state"]["waiting"].is_object() && status["lastState"]["terminated"].is_object();
    let mut lines = state.book.lines(uid(pod), container, is_previous && !is_dead);
    if is_previous && lines.is_empty() {
        let why = format!("previous terminated container \"{container}\" in pod \"{name}\" not found");
        return Err(Refusal::bad_request(why));
    }
    let waiting = text(status, "/state/waiting/reason");
    if !is_previous && lines.is_empty() && (!waiting.is_empty() || status.is_null()) {
        let what = format!("container \"{container}\" in pod \"{name}\" is");
        return Err(Refusal::bad_request(match waiting {
            "ImagePullBackOff" => format!("{what} waiting to start: trying and failing to pull image"),
            "ErrImagePull" => format!("{what} waiting to start: image can't be pulled"),
            "" => format!("{what} waiting to start - no logs yet"),
            waiting => format!("{what} waiting to start: {waiting}"),
        }));
    }
    let since = match (request.parameter("sinceTime"), request.parameter("sinceSeconds")) {
        (Some(time), _) => Some(
            DateTime::parse_from_rfc3339(time)
                .map_err(|error| Refusal::bad_request(format!("invalid sinceTime {time}: {error}")))?
                .to_utc(),
        ),
        (None, Some(seconds)) => seconds.parse().ok().map(|seconds| state.now() - Duration::seconds(seconds)),
        (None, None) => None,
    };
    lines.retain(|line| since.is_none_or(|since: DateTime<Utc>| line.time >= since));
    if let Some(tail) = request.parameter("tailLines").and_then(|text| text.parse::<usize>().ok()) {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    Ok(lines)
}

fn written(lines: &[Line], with_time: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        if with_time {
            bytes.extend_from_slice(line.time.to_rfc3339_opts(SecondsFormat::Nanos, true).as_bytes());
            bytes.push(b' ');
        }
        bytes.extend_from_slice(line.text.as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

impl Follower {
    async fn next(&mut self) -> Option<Vec<u8>> {
        if !self.first.is_empty() {
            return Some(std::mem::take(&mut self.first));
        }
        loop {
            if self.is_over {
                return None;
            }
            let cluster = self.cluster.clone();
            let piece = cluster.read(|state| self.news(state));
            if !piece.is_empty() {
                return Some(piece);
            }
            if !self.is_over {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }

    fn news(&mut self, state: &State) -> Vec<u8> {
        let pod = state.get("pods", &self.namespace, &self.pod);
        let is_same_life = pod.is_some_and(|pod| {
            let status = container_status(&pod, &self.container);
            uid(&pod) == self.uid
                && status["restartCount"].as_i64().unwrap_or(0) == self.life
                && status["state"]["running"].is_object()
        });
        let mut lines = state.book.lines(&self.uid, &self.container, false);
        if !is_same_life {
            // What the container wrote last may be the previous log already.
            self.is_over = true;
            lines.splice(0..0, state.book.lines(&self.uid, &self.container, true));
        }
        lines.retain(|line| line.number >= self.next_number);
        if let Some(last) = lines.last() {
            self.next_number = last.number + 1;
        }
        written(&lines, self.with_time)
    }

    fn count(&self, is_arrival: bool) {
        let counted = self.cluster.write(|state| match is_arrival {
            true => state.book.follow(&self.uid, &self.container),
            false => state.book.unfollow(&self.uid, &self.container),
        });
        if let Err(error) = counted {
            tracing::error!(%error, "The simulated cluster cannot write its journal");
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.count(false);
    }
}
