//! Calls to an API server: connections kept per target, a time limit on every call, and the three meanings of an error.
//!
//! Every write of this driver is a server-side apply or a delete by name, so doing it twice is doing it once. A call
//! whose answer was lost is therefore reported as `Unavailable` (ask again) and not as `Unknown`: repeating it is
//! exactly the inquiry that `Unknown` would ask for. Only an answer nobody can read is `Unknown`: something stands
//! between us and the server that a person should look at.
//!
//! A refusal inside a namespace of ours is looked into (`rights`): where our rights in it are missing they are taken and
//! the call is made again, and where the namespace is not there at all, neither is what was asked for.
use super::{
    phases::label_of,
    render::{INSTALL, INSTANCE, Kind, MANAGER, Object},
    rights::{Standing, standing},
    settings::{Settings, parse_kubeconfig},
};
use crate::{
    integrations::{OutsideError, drivers::Target},
    kernel::http::init_crypto,
};
use kube::{
    Api, Client, Config,
    api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams},
    config::KubeConfigOptions,
    core::{ObjectList, ObjectMeta, Status},
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    future::Future,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::OnceCell;

/// Longest time for one call: an API server answers within milliseconds, one that takes longer than this is not well.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence on a stream; watches are closed by the server every minute.
const STREAM_SILENCE: Duration = Duration::from_secs(300);
/// Objects per page of a list.
const PAGE: u32 = 500;
/// How often an apply is tried again when somebody changed the object meanwhile.
const CONFLICT_TRIES: usize = 3;

/// A connection to a cluster with its settings.
pub(super) struct Cluster {
    pub settings: Settings,
    pub installation: String,
    /// The name under which the cluster knows us, once it was asked.
    pub account: OnceCell<String>,
    /// Host of the API server.
    server: String,
    client: Client,
    streams: Client,
}

/// Connections by target. A changed version or changed settings make a new one; so does another runtime, because a
/// connection lives on the runtime that opened it.
#[derive(Default)]
pub(super) struct Connections(Mutex<HashMap<(String, tokio::runtime::Id), Kept>>);

struct Kept {
    version: i64,
    fingerprint: [u8; 32],
    cluster: Arc<Cluster>,
}

impl Connections {
    /// The connection to `target`.
    ///
    /// # Errors
    /// `Rejected` when its settings cannot be used.
    pub async fn get(&self, target: &Target) -> Result<Arc<Cluster>, OutsideError> {
        let key = (target.id.clone(), tokio::runtime::Handle::current().id());
        let fingerprint = fingerprint(target);
        {
            let kept = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Some(kept) = kept.get(&key)
                && kept.version == target.settings_version
                && kept.fingerprint == fingerprint
            {
                return Ok(kept.cluster.clone());
            }
        }
        let cluster = Arc::new(Cluster::connect(target).await?);
        let mut kept = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        kept.insert(key, Kept { version: target.settings_version, fingerprint, cluster: cluster.clone() });
        Ok(cluster)
    }
}

fn only_v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn fingerprint(target: &Target) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(target.installation.as_bytes());
    for (name, value) in &target.settings {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(value.expose_secret().as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

impl Cluster {
    async fn connect(target: &Target) -> Result<Self, OutsideError> {
        init_crypto();
        let settings = Settings::read(target)?;
        let kubeconfig = parse_kubeconfig(&settings.kubeconfig)?;
        // The error could repeat parts of the kubeconfig, so only its meaning is passed on.
        let unusable = |_| OutsideError::rejected("kubeconfig", "The kubeconfig names no usable cluster and user.");
        let mut config =
            Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.map_err(unusable)?;
        // The library would repeat a 429 or 503 up to fifteen times, for minutes; the saga has its own patience.
        config.default_retry = false;
        config.connect_timeout = Some(Duration::from_secs(5));
        config.read_timeout = Some(CALL_TIMEOUT);
        config.write_timeout = Some(CALL_TIMEOUT);
        let server = config.cluster_url.host().unwrap_or_default().to_owned();
        let mut for_streams = config.clone();
        for_streams.read_timeout = Some(STREAM_SILENCE);
        let build = |config| {
            Client::try_from(config)
                .map_err(|_| OutsideError::rejected("kubeconfig", "The kubeconfig's certificates cannot be used."))
        };
        Ok(Self {
            settings,
            installation: target.installation.clone(),
            account: OnceCell::new(),
            server,
            client: build(config)?,
            streams: build(for_streams)?,
        })
    }

    /// Where the API server is.
    ///
    /// # Errors
    /// `Unavailable` while its name leads nowhere.
    pub async fn server_addresses(&self) -> Result<Vec<Ipv4Addr>, OutsideError> {
        if let Ok(address) = self.server.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(only_v4(address).into_iter().collect());
        }
        let found = tokio::time::timeout(CALL_TIMEOUT, tokio::net::lookup_host((self.server.as_str(), 443))).await;
        match found {
            Ok(Ok(found)) => Ok(found.filter_map(|address| only_v4(address.ip())).collect()),
            _ => Err(OutsideError::unavailable(format!("The name {} leads nowhere.", self.server))),
        }
    }

    /// For single calls; wrap them in [`within_time`].
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// For watches and logs that go on.
    pub fn streams(&self) -> Client {
        self.streams.clone()
    }

    /// Objects of a kind, of one namespace or of all.
    pub fn api(&self, kind: Kind, namespace: Option<&str>) -> Api<DynamicObject> {
        let resource = kind.resource();
        match namespace {
            Some(namespace) => Api::namespaced_with(self.client(), namespace, &resource),
            None => Api::all_with(self.client(), &resource),
        }
    }

    /// Makes a call, and once more where a refusal inside a namespace was looked into and mended. `None`: the namespace
    /// is not there, so nothing is in it.
    pub async fn inside<T, F>(&self, namespace: Option<&str>, call: impl Fn() -> F) -> Result<Option<T>, OutsideError>
    where
        F: Future<Output = Result<T, OutsideError>>,
    {
        match call().await {
            Err(error) => match standing(self, namespace, &error).await? {
                Standing::Nothing => Ok(None),
                Standing::Again => call().await.map(Some),
                Standing::Refused => Err(error),
            },
            Ok(answer) => Ok(Some(answer)),
        }
    }

    /// The object, or `None`.
    pub async fn get(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<DynamicObject>, OutsideError> {
        let api = &self.api(kind, namespace);
        self.inside(namespace, || within_time(api.get_opt(name))).await.map(Option::flatten)
    }

    /// Everything that fits `selector`, in one namespace or all.
    pub async fn list(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        selector: &str,
    ) -> Result<Vec<DynamicObject>, OutsideError> {
        self.objects(kind, namespace, &ListParams::default().labels(selector), usize::MAX).await
    }

    /// What fits the field selector `fields` in a namespace, at most `most` pages of it. For what there may be too much
    /// of.
    pub async fn list_some(
        &self,
        kind: Kind,
        namespace: &str,
        fields: &str,
        most: usize,
    ) -> Result<Vec<DynamicObject>, OutsideError> {
        self.objects(kind, Some(namespace), &ListParams::default().fields(fields), most).await
    }

    /// Shows `see` every object of a kind in the whole cluster that fits the field selector `fields`. Of what there are
    /// thousands no more than a page is held at a time.
    pub async fn look_through(
        &self,
        kind: Kind,
        fields: &str,
        mut see: impl FnMut(&DynamicObject) + Send,
    ) -> Result<(), OutsideError> {
        let api = self.api(kind, None);
        let mut params = ListParams::default().fields(fields).limit(PAGE);
        loop {
            let page = within_time(api.list(&params)).await?;
            page.items.iter().for_each(&mut see);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => return Ok(()),
            }
        }
    }

    async fn objects(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        params: &ListParams,
        most: usize,
    ) -> Result<Vec<DynamicObject>, OutsideError> {
        let api = &self.api(kind, namespace);
        let read = || pages(params, most, move |params| async move { api.list(&params).await });
        self.inside(namespace, read).await.map(Option::unwrap_or_default)
    }

    /// Names, labels and ages of everything that fits `selector`, in one namespace or all. What is in it stays where it
    /// is.
    pub async fn list_marks(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        selector: &str,
    ) -> Result<Vec<ObjectMeta>, OutsideError> {
        let api = &self.api(kind, namespace);
        let params = &ListParams::default().labels(selector);
        let read = || pages(params, usize::MAX, move |params| async move { api.list_metadata(&params).await });
        let found = self.inside(namespace, read).await?.unwrap_or_default();
        Ok(found.into_iter().map(|object| object.metadata).collect())
    }

    /// Makes the object what it should be. Doing it again changes nothing.
    ///
    /// # Errors
    /// `Rejected` with code `name_taken` when an object of that name is not ours: it is never adopted.
    pub async fn apply(&self, namespace: Option<&str>, object: &Object) -> Result<DynamicObject, OutsideError> {
        let present = self.get(object.kind, namespace, &object.name).await?;
        self.apply_over(present.as_ref(), namespace, object).await
    }

    /// The same, where it was looked at already what is there.
    pub async fn apply_over(
        &self,
        present: Option<&DynamicObject>,
        namespace: Option<&str>,
        object: &Object,
    ) -> Result<DynamicObject, OutsideError> {
        if let Some(present) = present {
            self.refuse_foreign(present, object)?;
            if present.metadata.deletion_timestamp.is_some() {
                let message = format!("{} {} is being removed.", object.kind.word(), object.name);
                return Err(OutsideError::unavailable(message));
            }
        }
        let api = self.api(object.kind, namespace);
        let params = PatchParams::apply(MANAGER).force();
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = timed(api.patch(&object.name, &params, &Patch::Apply(&object.body))).await;
            match outcome {
                Ok(applied) => return Ok(applied),
                Err(Failure::Api(status)) if status.code == 409 && tries < CONFLICT_TRIES => {}
                Err(failure) => return Err(failure.meaning()),
            }
        }
    }

    fn refuse_foreign(&self, existing: &DynamicObject, wanted: &Object) -> Result<(), OutsideError> {
        let is_ours = label_of(existing, INSTALL) == Some(self.installation.as_str())
            && label_of(existing, INSTANCE) == wanted.label(INSTANCE);
        if is_ours {
            return Ok(());
        }
        let message = format!("{} {} exists already and is not ours.", wanted.kind.word(), wanted.name);
        Err(OutsideError::rejected("name_taken", message))
    }

    /// Asks for the object's removal; "not there" is success.
    pub async fn delete(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Result<(), OutsideError> {
        self.inside(namespace, || self.ask_removal(kind, namespace, name)).await.map(drop)
    }

    async fn ask_removal(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Result<(), OutsideError> {
        // Foreground: a workload is gone only when its pods are, so polling for it is polling for them.
        let params = if kind == Kind::Deployment { DeleteParams::foreground() } else { DeleteParams::background() };
        match timed(self.api(kind, namespace).delete(name, &params)).await {
            Ok(_) => Ok(()),
            Err(Failure::Api(status)) if status.code == 404 => Ok(()),
            // "Conflict" while a namespace goes away means that it goes away.
            Err(Failure::Api(status)) if status.code == 409 && kind == Kind::Namespace => Ok(()),
            Err(failure) => Err(failure.meaning()),
        }
    }
}

/// The pages of a list, at most `most`.
async fn pages<T: Clone, F>(
    params: &ListParams,
    most: usize,
    list: impl Fn(ListParams) -> F,
) -> Result<Vec<T>, OutsideError>
where
    F: Future<Output = Result<ObjectList<T>, kube::Error>>,
{
    let mut params = params.clone().limit(PAGE);
    let (mut objects, mut read) = (Vec::new(), 0);
    loop {
        let page = within_time(list(params.clone())).await?;
        objects.extend(page.items);
        read += 1;
        match page.metadata.continue_.filter(|token| !token.is_empty() && read < most) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(objects),
        }
    }
}

/// How a call failed, before it is given a meaning.
pub(super) enum Failure {
    /// The server answered with a status.
    Api(Box<Status>),
    /// No answer within the limit.
    TimedOut,
    /// Anything else.
    Other(Box<kube::Error>),
}

/// Runs a call within the time limit.
pub(super) async fn timed<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Failure> {
    match tokio::time::timeout(CALL_TIMEOUT, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(kube::Error::Api(status))) => Err(Failure::Api(status)),
        Ok(Err(error)) => Err(Failure::Other(Box::new(error))),
        Err(_) => Err(Failure::TimedOut),
    }
}

/// Runs a call within the time limit and gives its error a meaning.
pub(super) async fn within_time<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, OutsideError> {
    timed(call).await.map_err(Failure::meaning)
}

impl Failure {
    /// What the failure means to us.
    pub fn meaning(self) -> OutsideError {
        match self {
            Self::Api(status) => meaning_of_status(&status),
            Self::TimedOut => OutsideError::unavailable("The cluster did not answer in time."),
            Self::Other(error) => meaning_of_error(&error),
        }
    }
}

/// What a library error means.
pub(super) fn meaning_of_error(error: &kube::Error) -> OutsideError {
    match error {
        kube::Error::Api(status) => meaning_of_status(status),
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => {
            OutsideError::unknown("The cluster's answer could not be read.")
        }
        kube::Error::Auth(_) => OutsideError::rejected("unauthorized", "The kubeconfig's credentials cannot be used."),
        kube::Error::BuildRequest(error) => OutsideError::rejected("request", short(&error.to_string())),
        other => OutsideError::unavailable(short(&format!("The cluster cannot be reached: {other}"))),
    }
}

/// What an answer of the API server means. Source: Kubernetes "API conventions", section "Response status kind", and
/// the texts of the admission plugins.
fn meaning_of_status(status: &Status) -> OutsideError {
    let message = short(&status.message);
    let later = |seconds: u64| OutsideError::Unavailable {
        retry_after: Some(Duration::from_secs(seconds)),
        message: message.clone(),
    };
    let asked_to_wait = status.details.as_ref().map(|details| u64::from(details.retry_after_seconds));
    match status.code {
        401 => OutsideError::rejected("unauthorized", message),
        403 => meaning_of_forbidden(status, message),
        404 if status.message.starts_with("namespaces ") => later(2),
        404 => OutsideError::rejected("not_found", message),
        // Another writer, or an expired page of a list: the next try starts from the present state.
        409 | 410 => later(2),
        429 => later(asked_to_wait.filter(|seconds| *seconds > 0).unwrap_or(5)),
        408 | 500..=599 => later(asked_to_wait.filter(|seconds| *seconds > 0).unwrap_or(5)),
        413 => OutsideError::rejected("too_large", message),
        422 => OutsideError::rejected("invalid", message),
        400..=499 => OutsideError::rejected("refused", message),
        _ => OutsideError::unknown(message),
    }
}

fn meaning_of_forbidden(status: &Status, message: String) -> OutsideError {
    let text = status.message.as_str();
    let is_terminating = text.contains("because it is being terminated")
        || status
            .details
            .as_ref()
            .is_some_and(|details| details.causes.iter().any(|cause| cause.reason == "NamespaceTerminating"));
    // The quota controller fills in a new quota within seconds; until then everything is refused.
    if is_terminating || text.contains("status unknown for quota") {
        return OutsideError::Unavailable { retry_after: Some(Duration::from_secs(5)), message };
    }
    if text.contains("exceeded quota") || text.contains("failed quota") {
        return OutsideError::rejected("quota", message);
    }
    // Pod security, limits of a namespace, webhooks and policies of the cluster judge the object; what is left is a
    // right we do not have.
    let is_judged = ["violates PodSecurity", "denied the request", "denied request", "usage per"];
    if is_judged.iter().any(|words| text.contains(words)) {
        return OutsideError::rejected("policy", message);
    }
    if text.contains("must support resize") {
        return OutsideError::rejected("volume_resize", message);
    }
    OutsideError::rejected("forbidden", message)
}

fn short(text: &str) -> String {
    const LIMIT: usize = 500;
    if text.chars().count() <= LIMIT { text.to_owned() } else { text.chars().take(LIMIT).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(code: u16, message: &str) -> OutsideError {
        let status = Status { code, message: message.into(), ..Status::default() };
        Failure::Api(Box::new(status)).meaning()
    }

    fn code(error: OutsideError) -> String {
        match error {
            OutsideError::Rejected { code, .. } => code,
            OutsideError::Unavailable { .. } => "later".into(),
            OutsideError::Unknown { .. } => "unknown".into(),
        }
    }

    #[test]
    fn every_answer_of_the_api_server_has_one_meaning() {
        let cases = [
            (401, "Unauthorized", "unauthorized"),
            (403, "pods is forbidden: User \"x\" cannot list", "forbidden"),
            (403, "exceeded quota: plan, requested: limits.memory=1Gi", "quota"),
            (403, "failed quota: plan: must specify cpu for: app", "quota"),
            (403, "status unknown for quota: plan", "later"),
            (403, "unable to create new content in namespace x because it is being terminated", "later"),
            (403, "violates PodSecurity \"restricted:v1.33\"", "policy"),
            (403, "admission webhook \"guard.example\" denied the request: no", "policy"),
            (403, "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", "policy"),
            (403, "pods \"x\" is forbidden: maximum memory usage per Container is 1Gi", "policy"),
            (403, "the storageclass that provisions the pvc must support resize", "volume_resize"),
            (404, "namespaces \"user-x\" not found", "later"),
            (404, "404 page not found", "not_found"),
            (409, "the object has been modified", "later"),
            (410, "The provided continue parameter is too old", "later"),
            (413, "too large", "too_large"),
            (422, "is invalid", "invalid"),
            (429, "too many requests", "later"),
            (500, "boom", "later"),
            (503, "no", "later"),
            (302, "found", "unknown"),
        ];
        for (status, message, expected) in cases {
            assert_eq!(code(meaning(status, message)), expected, "{status} {message}");
        }
        assert_eq!(code(Failure::TimedOut.meaning()), "later");
    }
}
