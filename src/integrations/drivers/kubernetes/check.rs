//! Whether a cluster can be used: version, rights, storage, ingress, measurements.
use super::{
    client::{Cluster, within_time},
    phases::name_of,
    render::Kind,
};
use crate::integrations::{Acceptance, OutsideError};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::{Api, api::PostParams};

/// The oldest minor version of Kubernetes 1 the driver is built for.
const OLDEST_MINOR: u32 = 30;
/// Verbs for what is applied, read and removed. An apply that makes something new needs `create` beside `patch`.
const FULL: &[&str] = &["get", "list", "create", "patch", "delete"];
const WATCHED: &[&str] = &["get", "list", "watch", "create", "patch", "delete"];
/// What the driver does: resource and verbs. The group is that of the kind.
const RIGHTS: [(Kind, &[&str]); 14] = [
    (Kind::Namespace, &["get", "create", "patch", "delete"]),
    (Kind::ServiceAccount, FULL),
    (Kind::LimitRange, &["get", "create", "patch"]),
    (Kind::ResourceQuota, &["get", "create", "patch"]),
    (Kind::NetworkPolicy, FULL),
    (Kind::Secret, FULL),
    (Kind::ConfigMap, FULL),
    (Kind::PersistentVolumeClaim, FULL),
    (Kind::Deployment, WATCHED),
    (Kind::Service, FULL),
    (Kind::Job, WATCHED),
    (Kind::Ingress, FULL),
    (Kind::Pod, &["list", "watch", "delete"]),
    // Their addresses are fenced off.
    (Kind::Node, &["list"]),
];

/// Tests a cluster.
///
/// # Errors
/// `Rejected` with code `too_old`, `rights`, `storage_class` or `ingress_class`: nothing could run on it.
pub(super) async fn check(cluster: &Cluster) -> Result<Acceptance, OutsideError> {
    let mut acceptance = Acceptance { facts: Vec::new(), warnings: Vec::new() };
    version(cluster, &mut acceptance).await?;
    rights(cluster, &mut acceptance).await?;
    storage(cluster, &mut acceptance).await?;
    ingress(cluster, &mut acceptance).await?;
    match cluster.list(Kind::PodMetrics, None, "").await {
        Ok(_) => acceptance.facts.push("Use of CPU and memory is measured".into()),
        Err(_) => acceptance.warnings.push("No metrics server: use of CPU and memory is not shown".into()),
    }
    acceptance.facts.push(format!("Services answer below {}", cluster.settings.ingress_domain));
    Ok(acceptance)
}

async fn version(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let version = within_time(cluster.client().apiserver_version()).await?;
    // Some vendors write "33+".
    let minor: u32 = version.minor.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
    if minor < OLDEST_MINOR {
        let message = format!("Kubernetes {} is too old; 1.{OLDEST_MINOR} is the oldest.", version.git_version);
        return Err(OutsideError::rejected("too_old", message));
    }
    acceptance.facts.push(format!("Kubernetes {} with pod security admission", version.git_version));
    Ok(())
}

async fn rights(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let mut missing = Vec::new();
    for (kind, verbs) in RIGHTS {
        for verb in verbs {
            if !may(cluster, kind, verb, None).await? {
                missing.push(format!("{verb} {}", kind.resource().plural));
            }
        }
    }
    if !may(cluster, Kind::Pod, "get", Some("log")).await? {
        missing.push("get pods/log".into());
    }
    if !missing.is_empty() {
        return Err(OutsideError::rejected("rights", format!("Missing rights: {}.", missing.join(", "))));
    }
    acceptance.facts.push("All rights are there".into());
    Ok(())
}

async fn may(cluster: &Cluster, kind: Kind, verb: &str, part: Option<&str>) -> Result<bool, OutsideError> {
    let resource = kind.resource();
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: Some(resource.group),
                resource: Some(resource.plural),
                subresource: part.map(str::to_owned),
                verb: Some(verb.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let api: Api<SelfSubjectAccessReview> = Api::all(cluster.client());
    let answer = within_time(api.create(&PostParams::default(), &review)).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

async fn storage(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let classes = cluster.list(Kind::StorageClass, None, "").await?;
    let is_default = |class: &&kube::api::DynamicObject| {
        let annotations = class.metadata.annotations.as_ref();
        annotations.and_then(|a| a.get("storageclass.kubernetes.io/is-default-class")).is_some_and(|v| v == "true")
    };
    let class = match &cluster.settings.storage_class {
        Some(name) => classes.iter().find(|class| &name_of(class) == name),
        None => classes.iter().find(is_default),
    };
    let Some(class) = class else {
        let message = match &cluster.settings.storage_class {
            Some(name) => format!("There is no storage class {name}."),
            None => "There is no default storage class; name one in the settings.".into(),
        };
        return Err(OutsideError::rejected("storage_class", message));
    };
    acceptance.facts.push(format!("Volumes come from storage class {}", name_of(class)));
    if class.data["allowVolumeExpansion"] != true {
        acceptance.warnings.push(format!("Volumes of class {} cannot grow with a larger plan", name_of(class)));
    }
    if class.data["provisioner"] == "rancher.io/local-path" {
        acceptance.warnings.push("local-path enforces no sizes and ties data to one machine".into());
    }
    Ok(())
}

async fn ingress(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let class = &cluster.settings.ingress_class;
    if cluster.get(Kind::IngressClass, None, class).await?.is_none() {
        return Err(OutsideError::rejected("ingress_class", format!("There is no ingress class {class}.")));
    }
    acceptance.facts.push(format!("Requests come in by ingress class {class}"));
    Ok(())
}
