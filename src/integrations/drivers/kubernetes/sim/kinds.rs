//! The kinds this cluster knows: the built-in ones that a K3s serves and those a CustomResourceDefinition adds.
use super::store::State;
use serde_json::Value;
use std::borrow::Cow;

type Text = Cow<'static, str>;

/// A kind of object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// API group, empty for the core group.
    pub group: Text,
    /// Version.
    pub version: Text,
    /// `deployments`.
    pub plural: Text,
    /// `Deployment`.
    pub kind: Text,
    /// Whether objects lie in namespaces.
    pub is_namespaced: bool,
    /// Whether the status is written apart from the rest.
    pub has_status: bool,
    /// Subresources besides the status.
    pub subresources: &'static [&'static str],
}

impl Kind {
    const fn new(group: &'static str, version: &'static str, plural: &'static str, kind: &'static str) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            plural: Cow::Borrowed(plural),
            kind: Cow::Borrowed(kind),
            is_namespaced: true,
            has_status: false,
            subresources: &[],
        }
    }

    const fn cluster(mut self) -> Self {
        self.is_namespaced = false;
        self
    }

    const fn status(mut self) -> Self {
        self.has_status = true;
        self
    }

    const fn with(mut self, subresources: &'static [&'static str]) -> Self {
        self.subresources = subresources;
        self
    }

    /// `deployments.apps`, or `pods` in the core group: how messages name it and the key of the store.
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_string() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether it is this kind of the core or another group.
    pub fn is(&self, resource: &str) -> bool {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        self.plural == plural && self.group == group
    }
}

/// Every built-in kind.
pub static BUILT_IN: &[Kind] = &[
    Kind::new("", "v1", "namespaces", "Namespace").cluster().status(),
    Kind::new("", "v1", "nodes", "Node").cluster().status(),
    Kind::new("", "v1", "persistentvolumes", "PersistentVolume").cluster().status(),
    Kind::new("", "v1", "pods", "Pod").status().with(&["log", "eviction", "resize", "proxy"]),
    Kind::new("", "v1", "services", "Service").status().with(&["proxy"]),
    Kind::new("", "v1", "secrets", "Secret"),
    Kind::new("", "v1", "configmaps", "ConfigMap"),
    Kind::new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim").status(),
    Kind::new("", "v1", "serviceaccounts", "ServiceAccount"),
    Kind::new("", "v1", "resourcequotas", "ResourceQuota").status(),
    Kind::new("", "v1", "limitranges", "LimitRange"),
    Kind::new("", "v1", "events", "Event"),
    Kind::new("events.k8s.io", "v1", "events", "Event"),
    Kind::new("apps", "v1", "deployments", "Deployment").status().with(&["scale"]),
    Kind::new("apps", "v1", "replicasets", "ReplicaSet").status().with(&["scale"]),
    Kind::new("batch", "v1", "jobs", "Job").status(),
    Kind::new("batch", "v1", "cronjobs", "CronJob").status(),
    Kind::new("networking.k8s.io", "v1", "ingresses", "Ingress").status(),
    Kind::new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
    Kind::new("networking.k8s.io", "v1", "ingressclasses", "IngressClass").cluster(),
    Kind::new("storage.k8s.io", "v1", "storageclasses", "StorageClass").cluster(),
    Kind::new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget").status(),
    Kind::new("coordination.k8s.io", "v1", "leases", "Lease"),
    Kind::new("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Kind::new("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    Kind::new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole").cluster(),
    Kind::new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding").cluster(),
    Kind::new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition").cluster().status(),
    Kind::new("traefik.io", "v1alpha1", "middlewares", "Middleware"),
];

/// The built-in kind named `deployments.apps` or `pods`.
pub fn built_in(resource: &str) -> &'static Kind {
    BUILT_IN.iter().find(|kind| kind.is(resource)).expect("only names out of the table above are asked for")
}

/// All kinds: the built-in ones and those of the definitions in the store.
pub fn all(state: &State) -> Vec<Kind> {
    BUILT_IN
        .iter()
        .cloned()
        .chain(
            state
                .list("customresourcedefinitions.apiextensions.k8s.io", None)
                .flat_map(|(_, definition)| custom(definition)),
        )
        .collect()
}

/// The kind served under `/apis/{group}/{version}/{plural}`.
pub fn find(state: &State, group: &str, version: &str, plural: &str) -> Option<Kind> {
    let fits = |kind: &Kind| kind.group == group && kind.version == version && kind.plural == plural;
    BUILT_IN.iter().find(|kind| fits(kind)).cloned().or_else(|| all(state).into_iter().find(fits))
}

fn custom(definition: &Value) -> Vec<Kind> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array).cloned().unwrap_or_default();
    versions
        .iter()
        .filter(|version| version["served"] == true)
        .map(|version| Kind {
            group: text("/spec/group").into(),
            version: version["name"].as_str().unwrap_or_default().to_owned().into(),
            plural: text("/spec/names/plural").into(),
            kind: text("/spec/names/kind").into(),
            is_namespaced: text("/spec/scope") != "Cluster",
            has_status: version.pointer("/subresources/status").is_some(),
            subresources: &[],
        })
        .collect()
}
