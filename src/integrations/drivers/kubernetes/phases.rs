//! The phases of every verb. Each can be asked any number of times: what is so already is success.
use super::{
    Patience,
    client::Cluster,
    inspect::{Assessment, Seen, explanation, is_unexplained, look},
    render::{COMPONENT, INSTANCE, Kind, MAIN, Object, Renderer, SEED, certificate_name},
};
use crate::{
    integrations::{
        OutsideError,
        drivers::{self, InstanceSpec, Progress, Reason, Verb},
    },
    kernel::said::{Arg, Said},
};
use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::Job,
    core::v1::{Namespace, PersistentVolumeClaim},
};
use kube::{api::DynamicObject, core::ObjectMeta};
use std::{collections::BTreeMap, time::Duration};

/// How soon an instance that is coming up is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The phases of `verb`, in order.
pub(super) fn names(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::Create => {
            &["namespace", "policies", "secrets", "volume", "companions", "workload", "health", "owner", "ingress"]
        }
        Verb::Start | Verb::Unsuspend => &["policies", "secrets", "companions", "workload", "health", "ingress"],
        Verb::Stop | Verb::Suspend => &["unpublish", "stop"],
        // A restart puts back whatever is missing but data.
        Verb::Restart => &["policies", "secrets", "companions", "restart", "health", "ingress"],
        Verb::Resize => &["policies", "volume", "companions", "workload", "health"],
        // Pods are replaced where the fingerprint of their environment changed, and only there.
        Verb::Reconfigure => &["settings", "companions", "workload", "health"],
        Verb::Sync => &["names"],
        Verb::Terminate => &["unpublish", "remove_workload", "remove_data", "remove_namespace"],
    }
}

/// One verb on one instance.
pub(super) struct Work<'a> {
    pub cluster: &'a Cluster,
    pub render: Renderer<'a>,
    pub verb: Verb,
    pub patience: &'a Patience,
}

impl<'a> Work<'a> {
    pub fn new(cluster: &'a Cluster, spec: &'a InstanceSpec, verb: Verb, patience: &'a Patience) -> Self {
        let render = Renderer { spec, settings: &cluster.settings, installation: &cluster.installation };
        Self { cluster, render, verb, patience }
    }

    /// Does one phase.
    pub async fn run(&self, phase: &str) -> Result<Progress, OutsideError> {
        let needs_ground = self.verb == Verb::Create && !matches!(phase, "namespace" | "policies");
        if needs_ground && let Some(waiting) = self.restore_ground().await? {
            return Ok(waiting);
        }
        match phase {
            "namespace" => self.namespace().await,
            "policies" => self.policies().await,
            "secrets" | "settings" => self.secrets().await,
            "volume" => self.volume().await,
            "companions" => self.companions().await,
            "workload" | "restart" => self.workload().await,
            "health" => self.health().await,
            "owner" => self.owner().await,
            "ingress" => self.ingress().await,
            "names" => self.names().await,
            "unpublish" => self.unpublish().await,
            "stop" => self.stop().await,
            "remove_workload" => self.remove_workload().await,
            "remove_data" => self.remove_data().await,
            "remove_namespace" => self.remove_namespace().await,
            other => Err(OutsideError::rejected("phase", format!("There is no phase `{other}`."))),
        }
    }

    // --- making -------------------------------------------------------------------------------------------------

    pub(super) async fn secrets(&self) -> Result<Progress, OutsideError> {
        let namespace = self.render.namespace();
        let objects = self.render.values();
        for object in &objects {
            self.cluster.apply(Some(&namespace), object).await?;
        }
        let note = if self.verb == Verb::Reconfigure { "did-settings" } else { "did-secrets" };
        Ok(done(Said::new(note, [("n", objects.len().into())])))
    }

    pub(super) async fn volume(&self) -> Result<Progress, OutsideError> {
        let namespace = self.render.namespace();
        let present = self.present_claims().await?;
        // Not waited for: many storage classes bind only when a pod asks for the volume.
        let claims = self.render.claims(&present);
        let mut sizes = Vec::new();
        for claim in &claims {
            self.cluster.apply(Some(&namespace), claim).await?;
            let size = claim.body["spec"]["resources"]["requests"]["storage"].as_str().unwrap_or_default();
            sizes.push(format!("{} {size}", claim.name));
        }
        Ok(done(match sizes.is_empty() {
            true => Said::plain("did-no-volume"),
            false => Said::new("did-volumes", [("volumes", sizes.join(", ").into())]),
        }))
    }

    async fn present_claims(&self) -> Result<BTreeMap<String, (i64, Option<String>)>, OutsideError> {
        let namespace = self.render.namespace();
        let claims = self.cluster.list(Kind::PersistentVolumeClaim, Some(&namespace), &self.render.selector()).await?;
        Ok(claims
            .into_iter()
            .filter_map(|claim| claim.try_parse::<PersistentVolumeClaim>().ok())
            .filter_map(|claim| {
                let spec = claim.spec?;
                let size =
                    spec.resources?.requests?.get("storage").and_then(|size| super::quantity::mebibytes(&size.0));
                Some((claim.metadata.name?, (size.unwrap_or(0), spec.storage_class_name)))
            })
            .collect())
    }

    async fn companions(&self) -> Result<Progress, OutsideError> {
        self.require_claims().await?;
        let replicas = self.replicas().await?;
        let companions = self.render.companions(replicas)?;
        if companions.is_empty() {
            return Ok(done(Said::plain("did-no-companions")));
        }
        self.apply_all(&companions).await?;
        let labels: Vec<_> = companions.iter().filter_map(|object| object.label(COMPONENT)).collect();
        for service in self.render.services() {
            if service.label(COMPONENT).is_some_and(|label| labels.contains(&label)) {
                self.apply_all(std::slice::from_ref(&service)).await?;
            }
        }
        self.begin_afresh(|label| labels.contains(&label)).await?;
        let (seen, assessment) = look(self.cluster, &self.render, |label| labels.contains(&label)).await?;
        self.judge(&seen, assessment, replicas, "did-companions").await
    }

    async fn workload(&self) -> Result<Progress, OutsideError> {
        self.require_claims().await?;
        let replicas = self.replicas().await?;
        // What gave up earlier gets a fresh start, or a new attempt would fail by the old one's count.
        self.remove_hopeless_pods(|label| label == MAIN).await?;
        let workload = self.render.main_workload(replicas)?;
        self.apply_all(&workload).await?;
        self.apply_all(&self.render.services()).await?;
        Ok(done(Said::new("did-deployed", [("service", self.render.spec.template.name().into())])))
    }

    /// A phase that gave up is asked again only in a new attempt: what it gave up on goes first.
    async fn begin_afresh(&self, belongs: impl Fn(&str) -> bool) -> Result<(), OutsideError> {
        if self.patience.has_given_up(&self.render.spec.instance_id) {
            self.remove_hopeless_pods(belongs).await?;
        }
        Ok(())
    }

    async fn remove_hopeless_pods(&self, belongs: impl Fn(&str) -> bool) -> Result<(), OutsideError> {
        let (_, assessment) = look(self.cluster, &self.render, &belongs).await?;
        self.patience.forgive(&self.render.spec.instance_id);
        if !assessment.is_hopeless && !assessment.has_given_up {
            return Ok(());
        }
        let namespace = self.render.namespace();
        for pod in self.cluster.list(Kind::Pod, Some(&namespace), &self.render.selector()).await? {
            if label_of(&pod, COMPONENT).is_some_and(&belongs) {
                self.cluster.delete(Kind::Pod, Some(&namespace), &name_of(&pod)).await?;
            }
        }
        Ok(())
    }

    /// How many pods a deployment should have: a larger plan or other settings for a stopped instance leave it stopped.
    async fn replicas(&self) -> Result<i64, OutsideError> {
        if !matches!(self.verb, Verb::Resize | Verb::Reconfigure) {
            return Ok(1);
        }
        let namespace = self.render.namespace();
        let main = self.cluster.get(Kind::Deployment, Some(&namespace), &self.render.main_deployment()).await?;
        let replicas = main
            .and_then(|object| object.try_parse::<Deployment>().ok())
            .and_then(|deployment| deployment.spec.and_then(|spec| spec.replicas));
        Ok(i64::from(replicas.unwrap_or(1)))
    }

    /// Data that vanished must never be replaced by an empty volume in silence.
    async fn require_claims(&self) -> Result<(), OutsideError> {
        if self.verb == Verb::Create {
            return Ok(());
        }
        let present = self.present_claims().await?;
        match self.render.claim_names().into_iter().find(|name| !present.contains_key(name)) {
            None => Ok(()),
            Some(name) => Err(OutsideError::rejected("volume_missing", format!("The volume {name} is gone."))),
        }
    }

    async fn apply_all(&self, objects: &[Object]) -> Result<(), OutsideError> {
        let namespace = self.render.namespace();
        for object in objects {
            self.cluster.apply(Some(&namespace), object).await?;
        }
        Ok(())
    }

    async fn health(&self) -> Result<Progress, OutsideError> {
        let replicas = self.replicas().await?;
        self.begin_afresh(|label| label != SEED).await?;
        let (seen, assessment) = look(self.cluster, &self.render, |label| label != SEED).await?;
        self.judge(&seen, assessment, replicas, "did-answering").await
    }

    async fn judge(
        &self,
        seen: &Seen,
        assessment: Assessment,
        replicas: i64,
        ready: &str,
    ) -> Result<Progress, OutsideError> {
        let id = &self.render.spec.instance_id;
        if replicas == 0 {
            self.patience.forget(id);
            return Ok(done(Said::plain("did-stopped-change")));
        }
        if assessment.is_ready {
            self.patience.forget(id);
            return Ok(done(Said::plain(ready)));
        }
        let assessment = self.explained(seen, assessment).await;
        let starting = || Reason { code: "starting".into(), detail: String::new() };
        // A rollout's deadline is judged once: pods that were replaced get time of their own.
        let is_forgiven = self.patience.is_forgiven(id);
        let has_given_up = assessment.has_given_up && !is_forgiven;
        let reason = assessment.reason.filter(|reason| !is_forgiven || reason.code != "rollout_timeout");
        let reason = reason.unwrap_or_else(starting);
        if assessment.is_hopeless || has_given_up || self.patience.is_over(id, &reason.code) {
            self.patience.give_up(id);
            return Err(OutsideError::rejected(reason.code, reason.detail));
        }
        Ok(Progress::Waiting { reason, retry_in: LOOK_AGAIN })
    }

    /// What is slow to come up is explained by what the cluster warned of, where the objects do not tell. Who comes up
    /// in time is looked at often, and none of these looks asks.
    async fn explained(&self, seen: &Seen, assessment: Assessment) -> Assessment {
        let id = &self.render.spec.instance_id;
        let is_to_be_asked = self.patience.is_to_be_asked(id);
        if !is_unexplained(seen, &assessment) {
            return assessment;
        }
        if is_to_be_asked {
            self.patience.learn(id, explanation(self.cluster, &self.render, seen, &assessment).await);
        }
        match self.patience.learnt(id) {
            Some(why) => Assessment { reason: Some(why), ..assessment },
            None => assessment,
        }
    }

    async fn owner(&self) -> Result<Progress, OutsideError> {
        let Some(owner) = self.render.owner_job() else {
            return Ok(done(Said::plain("did-no-owner")));
        };
        let namespace = self.render.namespace();
        let namespace = Some(namespace.as_str());
        let Some(existing) = self.cluster.get(Kind::Job, namespace, &owner.job.name).await? else {
            for object in owner.secret.iter().chain([&owner.job]) {
                self.cluster.apply(namespace, object).await?;
            }
            return Ok(waiting("owner", String::new(), 1));
        };
        if is_going(&existing) {
            return Ok(waiting("owner", "The job of before is being removed.".into(), 1));
        }
        let status = existing.try_parse::<Job>().ok().and_then(|job| job.status).unwrap_or_default();
        let condition = |kind: &str| {
            status.conditions.iter().flatten().find(|condition| condition.type_ == kind && condition.status == "True")
        };
        let is_done = condition("Complete").is_some();
        let failure = condition("Failed");
        if !is_done && failure.is_none() {
            return Ok(waiting("owner", format!("{} tries failed", status.failed.unwrap_or(0)), 1));
        }
        // Neither the password nor a failed job stays behind: the next attempt starts anew.
        self.cluster.delete(Kind::Job, namespace, &owner.job.name).await?;
        if let Some(secret) = &owner.secret {
            self.cluster.delete(Kind::Secret, namespace, &secret.name).await?;
        }
        match failure {
            None => Ok(done(Said::plain("did-owner"))),
            Some(failure) => {
                let detail = failure.message.clone().unwrap_or_default();
                Err(OutsideError::rejected("owner_failed", format!("The first owner could not be made. {detail}")))
            }
        }
    }

    async fn ingress(&self) -> Result<Progress, OutsideError> {
        let spec = self.render.spec;
        let Some(ingress) = self.render.ingress() else {
            let address = spec.template.name_and_port(&spec.name);
            return Ok(done(Said::new("did-answers-inside", [("address", address.into())])));
        };
        self.cluster.apply(Some(&self.render.namespace()), &ingress).await?;
        // The service opens all the same: names alone are asked for, and their refusal told, by what follows.
        match self.custom_names().await {
            Err(error @ OutsideError::Rejected { .. }) if !drivers::refuses_us(&error) => {
                tracing::warn!(instance.id = %spec.instance_id, %error, "A cluster refuses a name of a customer");
            }
            come_to => come_to?,
        }
        Ok(done(Said::new("did-answers", [("url", Arg::from(&spec.url))])))
    }

    /// The names alone; what runs is not touched.
    async fn names(&self) -> Result<Progress, OutsideError> {
        // Customers of before have room for fewer.
        self.quota().await?;
        self.custom_names().await?;
        Ok(done(Said::new("did-names", [("n", self.render.spec.custom_hosts.len().into())])))
    }

    /// Lets the customer's own names in, and no others of his any more. One that is refused holds up no other.
    async fn custom_names(&self) -> Result<(), OutsideError> {
        let namespace = self.render.namespace();
        let namespace = Some(namespace.as_str());
        let wanted = self.render.custom_ingresses();
        for present in self.cluster.list(Kind::Ingress, namespace, &self.render.selector()).await? {
            let name = name_of(&present);
            let is_wanted = name == self.render.spec.name || wanted.iter().any(|object| object.name == name);
            if !is_wanted && !is_going(&present) {
                self.cluster.delete(Kind::Ingress, namespace, &name).await?;
                // The issuer leaves it behind.
                self.cluster.delete(Kind::Secret, namespace, &certificate_name(&name)).await?;
            }
        }
        let mut refusal = None;
        for object in self.render.proof_policy().iter().chain(&wanted) {
            match self.cluster.apply(namespace, object).await {
                Err(error @ OutsideError::Rejected { .. }) => refusal = refusal.or(Some(error)),
                come_to => come_to.map(drop)?,
            }
        }
        refusal.map_or(Ok(()), Err)
    }

    // --- taking away --------------------------------------------------------------------------------------------

    async fn unpublish(&self) -> Result<Progress, OutsideError> {
        Ok(match self.remove(&[Kind::Ingress]).await? {
            0 => done(Said::plain("did-unpublished")),
            left => waiting("removing", format!("{left} ingresses left"), 1),
        })
    }

    async fn stop(&self) -> Result<Progress, OutsideError> {
        let namespace = self.render.namespace();
        let mut deployments = self.render.main_workload(0)?;
        deployments.extend(self.render.companions(0)?);
        for deployment in &deployments {
            // What was never made is stopped already.
            if self.cluster.get(Kind::Deployment, Some(&namespace), &deployment.name).await?.is_some() {
                self.cluster.apply(Some(&namespace), deployment).await?;
            }
        }
        let pods = self.cluster.list(Kind::Pod, Some(&namespace), &self.render.selector()).await?;
        let running = pods.iter().filter(|pod| label_of(pod, COMPONENT) != Some(SEED)).count();
        Ok(match running {
            0 => done(Said::plain("did-stopped")),
            left => waiting("stopping", format!("{left} pods left"), 1),
        })
    }

    async fn remove_workload(&self) -> Result<Progress, OutsideError> {
        let left = self.remove(&[Kind::Deployment, Kind::Job, Kind::Service]).await?;
        let namespace = self.render.namespace();
        let pods = self.cluster.list(Kind::Pod, Some(&namespace), &self.render.selector()).await?.len();
        Ok(match left + pods {
            0 => done(Said::plain("did-nothing-runs")),
            _ => waiting("removing", format!("{left} workloads and {pods} pods left"), 1),
        })
    }

    async fn remove_data(&self) -> Result<Progress, OutsideError> {
        let kinds = [Kind::Secret, Kind::ConfigMap, Kind::PersistentVolumeClaim, Kind::NetworkPolicy];
        let left = self.remove(&kinds).await?;
        if left > 0 {
            return Ok(waiting("removing", format!("{left} secrets, volumes and policies left"), 1));
        }
        // The account goes last: as long as it is there, the search for orphans finds what is left.
        Ok(match self.remove(&[Kind::ServiceAccount]).await? {
            0 => done(Said::plain("did-data-removed")),
            left => waiting("removing", format!("{left} accounts left"), 1),
        })
    }

    /// Asks for the removal of everything of these kinds and says how many objects are still there.
    async fn remove(&self, kinds: &[Kind]) -> Result<usize, OutsideError> {
        let namespace = self.render.namespace();
        remove(self.cluster, &namespace, &self.render.selector(), kinds).await
    }
}

/// Asks for the removal of everything that fits `selector` and says how much is still there.
pub(super) async fn remove(
    cluster: &Cluster,
    namespace: &str,
    selector: &str,
    kinds: &[Kind],
) -> Result<usize, OutsideError> {
    let mut left = 0;
    for kind in kinds {
        for object in cluster.list(*kind, Some(namespace), selector).await? {
            if !is_going(&object) {
                cluster.delete(*kind, Some(namespace), &name_of(&object)).await?;
            }
        }
        left += cluster.list(*kind, Some(namespace), selector).await?.len();
    }
    Ok(left)
}

pub(super) fn name_of(object: &DynamicObject) -> String {
    object.metadata.name.clone().unwrap_or_default()
}

pub(super) fn label_of<'o>(object: &'o DynamicObject, key: &str) -> Option<&'o str> {
    label(&object.metadata, key)
}

pub(super) fn label<'o>(object: &'o ObjectMeta, key: &str) -> Option<&'o str> {
    object.labels.as_ref()?.get(key).map(String::as_str)
}

/// The instance an object belongs to.
pub(super) fn instance_of(object: &DynamicObject) -> Option<&str> {
    label_of(object, INSTANCE)
}

pub(super) fn is_going(object: &DynamicObject) -> bool {
    object.metadata.deletion_timestamp.is_some() || object.data["status"]["phase"] == "Terminating"
}

/// What keeps a namespace from going away, in the cluster's words.
pub(super) fn namespace_trouble(namespace: &DynamicObject) -> String {
    let conditions = namespace.clone().try_parse::<Namespace>().ok().and_then(|namespace| namespace.status?.conditions);
    let words: Vec<_> = conditions
        .into_iter()
        .flatten()
        .filter(|condition| condition.status == "True")
        .filter_map(|condition| condition.message)
        .collect();
    words.join("; ")
}

pub(super) fn done(note: Said) -> Progress {
    Progress::Done { note }
}

pub(super) fn waiting(code: &str, detail: String, seconds: u64) -> Progress {
    Progress::Waiting { reason: Reason { code: code.into(), detail }, retry_in: Duration::from_secs(seconds) }
}
