//! Whether a cluster can be used: version, rights, storage, ingress, measurements.
use super::{
    client::{Cluster, within_time},
    phases::name_of,
    render::Kind,
    rights::{Question, TENANT_ROLE, covers, is_forbidden, may, would_be_bound},
};
use crate::{
    integrations::{Acceptance, OutsideError},
    kernel::said::{Arg, Said},
};

/// The oldest minor version of Kubernetes 1 the driver is built for.
const OLDEST_MINOR: u32 = 30;
/// Verbs for what is applied, read and removed. An apply that makes something new needs `create` beside `patch`.
const FULL: &[&str] = &["get", "list", "create", "patch", "delete"];

/// Resource, part of it, verbs. The group is that of the kind.
type Right = (Kind, Option<&'static str>, &'static [&'static str]);

/// What the driver does in the whole cluster: it makes namespaces, and follows what runs in all of them at once.
const IN_THE_CLUSTER: [Right; 5] = [
    (Kind::Namespace, None, &["get", "create", "patch", "delete"]),
    // Their addresses are fenced off.
    (Kind::Node, None, &["list"]),
    (Kind::Deployment, None, &["list", "watch"]),
    (Kind::Job, None, &["list", "watch"]),
    (Kind::Pod, None, &["list", "watch"]),
];
/// What it does in namespaces of its own.
const IN_NAMESPACES: [Right; 13] = [
    (Kind::ServiceAccount, None, FULL),
    (Kind::LimitRange, None, &["get", "create", "patch"]),
    (Kind::ResourceQuota, None, &["get", "create", "patch"]),
    (Kind::NetworkPolicy, None, FULL),
    (Kind::Secret, None, FULL),
    (Kind::ConfigMap, None, FULL),
    (Kind::PersistentVolumeClaim, None, FULL),
    (Kind::Deployment, None, FULL),
    (Kind::Service, None, FULL),
    (Kind::Job, None, FULL),
    (Kind::Ingress, None, FULL),
    (Kind::Pod, None, &["list", "delete"]),
    (Kind::Pod, Some("log"), &["get"]),
];
/// What it needs to give itself the role for one of them.
const TO_BIND: [Right; 1] = [(Kind::RoleBinding, None, &["create", "patch"])];
/// A namespace every cluster has and no customer does.
const BEYOND: &str = "default";

/// Tests a cluster.
///
/// # Errors
/// `Rejected` with code `too_old`, `rights`, `storage_class` or `ingress_class`: nothing could run on it. Its message is
/// only what is too old, missing or not there; the sentence is `found-fails-<code>`.
pub(super) async fn check(cluster: &Cluster) -> Result<Acceptance, OutsideError> {
    let mut acceptance = Acceptance { facts: Vec::new(), warnings: Vec::new() };
    version(cluster, &mut acceptance).await?;
    rights(cluster, &mut acceptance).await?;
    storage(cluster, &mut acceptance).await?;
    ingress(cluster, &mut acceptance).await?;
    match cluster.list(Kind::PodMetrics, None, "").await {
        Ok(_) => acceptance.facts.push(Said::plain("found-cluster-measured")),
        Err(_) => acceptance.warnings.push(Said::plain("found-cluster-not-measured")),
    }
    acceptance.facts.push(Said::new("found-cluster-domain", [("domain", Arg::from(&cluster.settings.ingress_domain))]));
    Ok(acceptance)
}

async fn version(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let version = within_time(cluster.client().apiserver_version()).await?;
    // Some vendors write "33+".
    let minor: u32 = version.minor.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
    if minor < OLDEST_MINOR {
        return Err(OutsideError::rejected("too_old", format!("{} < 1.{OLDEST_MINOR}", version.git_version)));
    }
    acceptance.facts.push(Said::new("found-cluster-version", [("version", Arg::from(&version.git_version))]));
    Ok(())
}

/// Rights come in two ways: all of them in the whole cluster, as an administrator has them, or a few in the cluster and
/// a role for the namespaces of our own.
async fn rights(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let mut missing = lacking(cluster, &IN_THE_CLUSTER).await?;
    let is_broad = may(cluster, Question::of(Kind::Secret, "list")).await?;
    let tells_events = if is_broad {
        missing.extend(lacking(cluster, &IN_NAMESPACES).await?);
        may(cluster, Question::of(Kind::Event, "list")).await?
    } else {
        by_role(cluster, &mut missing).await?
    };
    if !missing.is_empty() {
        return Err(OutsideError::rejected("rights", missing.join(", ")));
    }
    acceptance.facts.push(Said::plain("found-cluster-rights"));
    if is_broad {
        acceptance.warnings.push(Said::plain("found-cluster-every-secret"));
    } else {
        fence(cluster, acceptance).await?;
    }
    if !tells_events {
        acceptance.warnings.push(Said::plain("found-cluster-no-events"));
    }
    if !may(cluster, Question::of(Kind::Namespace, "list")).await? {
        acceptance.warnings.push(Said::plain("found-cluster-no-namespaces"));
    }
    Ok(())
}

/// Whether the account is kept from taking its role where it has nothing to do. It may write bindings everywhere, so
/// only a policy of the cluster can: it is tried.
async fn fence(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let is_kept_out = |code: &str| matches!(code, "policy" | "forbidden");
    match would_be_bound(cluster, BEYOND).await {
        Err(OutsideError::Rejected { code, .. }) if is_kept_out(&code) => {
            acceptance.facts.push(Said::plain("found-cluster-fence"));
        }
        Ok(()) | Err(OutsideError::Rejected { .. }) => {
            acceptance.warnings.push(Said::plain("found-cluster-no-fence"));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The rights that are missing, as people read them.
async fn lacking(cluster: &Cluster, rights: &[Right]) -> Result<Vec<String>, OutsideError> {
    let mut missing = Vec::new();
    for (kind, part, verbs) in rights {
        for verb in *verbs {
            if !may(cluster, Question { part: *part, ..Question::of(*kind, verb) }).await? {
                missing.push(words(*kind, *part, verb));
            }
        }
    }
    Ok(missing)
}

fn words(kind: Kind, part: Option<&str>, verb: &str) -> String {
    let plural = kind.resource().plural;
    part.map_or_else(|| format!("{verb} {plural}"), |part| format!("{verb} {plural}/{part}"))
}

/// Whether the role for our own namespaces can be taken and holds everything; adds what is missing. Returns whether
/// events may be listed by it.
async fn by_role(cluster: &Cluster, missing: &mut Vec<String>) -> Result<bool, OutsideError> {
    missing.extend(lacking(cluster, &TO_BIND).await?);
    let bind = Question { name: Some(TENANT_ROLE), ..Question::of(Kind::ClusterRole, "bind") };
    if !may(cluster, bind).await? {
        missing.push(format!("bind clusterroles/{TENANT_ROLE}"));
    }
    let role = match cluster.get(Kind::ClusterRole, None, TENANT_ROLE).await {
        Ok(Some(role)) => role.data,
        Ok(None) => {
            missing.push(format!("clusterroles/{TENANT_ROLE} (deploy/k8s/driver-rbac.yaml)"));
            return Ok(true);
        }
        Err(error) if is_forbidden(&error) => {
            missing.push(format!("get clusterroles/{TENANT_ROLE}"));
            return Ok(true);
        }
        Err(error) => return Err(error),
    };
    for (kind, part, verbs) in &IN_NAMESPACES {
        let lacks = |verb: &&&str| !covers(&role, *kind, *part, verb);
        missing
            .extend(verbs.iter().filter(lacks).map(|verb| format!("{} in {TENANT_ROLE}", words(*kind, *part, verb))));
    }
    Ok(covers(&role, Kind::Event, None, "list"))
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
        let named = cluster.settings.storage_class.as_deref().unwrap_or("(default)");
        return Err(OutsideError::rejected("storage_class", named));
    };
    let named = || [("class", Arg::from(name_of(class)))];
    acceptance.facts.push(Said::new("found-cluster-storage", named()));
    if class.data["allowVolumeExpansion"] != true {
        acceptance.warnings.push(Said::new("found-cluster-cannot-grow", named()));
    }
    if class.data["provisioner"] == "rancher.io/local-path" {
        acceptance.warnings.push(Said::plain("found-cluster-local-path"));
    }
    Ok(())
}

async fn ingress(cluster: &Cluster, acceptance: &mut Acceptance) -> Result<(), OutsideError> {
    let class = &cluster.settings.ingress_class;
    if cluster.get(Kind::IngressClass, None, class).await?.is_none() {
        return Err(OutsideError::rejected("ingress_class", class));
    }
    acceptance.facts.push(Said::new("found-cluster-ingress", [("class", Arg::from(class))]));
    Ok(())
}
