//! From what was sold to the objects a cluster should hold. Pure: the same spec always gives the same objects.
//!
//! Bodies are JSON values built field by field, never text with holes: a value can only ever be a value. What a customer
//! typed appears in the data of secrets and nowhere else.
use super::settings::Settings;
use crate::integrations::{
    OutsideError,
    drivers::{
        InstanceSpec, Resources,
        service_template::{
            ContainerLimits,
            file::{Component, File},
        },
    },
};
use kube::api::ApiResource;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

mod ground;
mod network;
mod owner;
mod values;
mod workload;

pub(super) use ground::namespace_name;
pub(super) use network::certificate_name;

/// Our name as a writer of fields.
pub(super) const MANAGER: &str = "yumna";
/// Label with the name of whoever manages an object.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Label with the full id of the instance: on every object of one.
pub(super) const INSTANCE: &str = "yumna.dev/instance";
/// Label with the id of this installation.
pub(super) const INSTALL: &str = "yumna.dev/install";
/// Label with the full id of the customer.
pub(super) const CUSTOMER: &str = "yumna.dev/customer";
/// Label with the part an object plays.
pub(super) const COMPONENT: &str = "app.kubernetes.io/component";
/// Label with the instance's short name.
pub(super) const SHORT_NAME: &str = "app.kubernetes.io/instance";
/// Annotation with the plan of an instance, from which the namespace's quota is summed up.
pub(super) const PLAN: &str = "yumna.dev/plan";
/// Value of the component label of the exposed pod.
pub(super) const MAIN: &str = "app";
/// Value of the component label of what makes the first owner.
pub(super) const SEED: &str = "seed";

macro_rules! kinds {
    ($($name:ident $group:literal $version:literal $plural:literal;)*) => {
        /// The kinds of objects the driver handles.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind { $($name),* }

        impl Kind {
            /// How the API server knows it.
            pub fn resource(self) -> ApiResource {
                match self {
                    $(Self::$name => ApiResource {
                        group: $group.into(),
                        version: $version.into(),
                        api_version: if $group.is_empty() { $version.into() } else { concat!($group, "/", $version).into() },
                        kind: stringify!($name).into(),
                        plural: $plural.into(),
                    }),*
                }
            }

            /// Its name in sentences.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

kinds! {
    Namespace "" "v1" "namespaces";
    ServiceAccount "" "v1" "serviceaccounts";
    LimitRange "" "v1" "limitranges";
    ResourceQuota "" "v1" "resourcequotas";
    Secret "" "v1" "secrets";
    ConfigMap "" "v1" "configmaps";
    PersistentVolumeClaim "" "v1" "persistentvolumeclaims";
    Service "" "v1" "services";
    Pod "" "v1" "pods";
    Node "" "v1" "nodes";
    Event "" "v1" "events";
    Deployment "apps" "v1" "deployments";
    Job "batch" "v1" "jobs";
    Ingress "networking.k8s.io" "v1" "ingresses";
    NetworkPolicy "networking.k8s.io" "v1" "networkpolicies";
    IngressClass "networking.k8s.io" "v1" "ingressclasses";
    StorageClass "storage.k8s.io" "v1" "storageclasses";
    RoleBinding "rbac.authorization.k8s.io" "v1" "rolebindings";
    ClusterRole "rbac.authorization.k8s.io" "v1" "clusterroles";
    PodMetrics "metrics.k8s.io" "v1beta1" "pods";
    NodeMetrics "metrics.k8s.io" "v1beta1" "nodes";
}

/// One object as it should be.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub kind: Kind,
    pub name: String,
    pub body: Value,
}

impl Object {
    /// The label `key` it should carry.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.body["metadata"]["labels"][key].as_str()
    }
}

/// Everything known about one instance on one cluster.
pub(super) struct Renderer<'a> {
    pub spec: &'a InstanceSpec,
    pub settings: &'a Settings,
    pub installation: &'a str,
}

impl<'a> Renderer<'a> {
    fn file(&self) -> &'a File {
        self.spec.template.file()
    }

    /// The customer's namespace.
    pub fn namespace(&self) -> String {
        namespace_name(&self.spec.customer_id)
    }

    /// Selects every object of the instance.
    pub fn selector(&self) -> String {
        format!("{INSTALL}={},{INSTANCE}={}", self.installation, self.spec.instance_id)
    }

    /// The pod customers reach.
    fn main_pod(&self) -> &'a str {
        let file = self.file();
        file.components.iter().find(|component| component.name == file.expose.component).map_or(MAIN, Component::pod)
    }

    /// The component label of a pod: the reachable one is always `app`.
    fn pod_label(&self, pod: &'a str) -> &'a str {
        if pod == self.main_pod() { MAIN } else { pod }
    }

    /// Name of a pod's deployment.
    fn deployment_name(&self, pod: &str) -> String {
        if pod == self.main_pod() { self.spec.name.clone() } else { format!("{}-{pod}", self.spec.name) }
    }

    /// The deployment customers reach.
    pub fn main_deployment(&self) -> String {
        self.spec.name.clone()
    }

    /// What each container may use.
    ///
    /// # Errors
    /// `Rejected` with code `plan_too_small` when the plan gives less than the template's minimum.
    fn limits(&self) -> Result<BTreeMap<&'a str, ContainerLimits>, OutsideError> {
        self.spec.template.limits(&self.spec.resources).ok_or_else(|| {
            let Resources { cpu_milli, memory_mb, storage_gb } = self.spec.template.minimum();
            let message =
                format!("The plan is below {cpu_milli}m CPU, {memory_mb} MiB memory, {storage_gb} GiB storage.");
            OutsideError::rejected("plan_too_small", message)
        })
    }

    /// Labels of every object of the customer.
    fn shared_labels(&self) -> Map<String, Value> {
        let mut labels = Map::new();
        labels.insert(MANAGED_BY.into(), json!(MANAGER));
        labels.insert(CUSTOMER.into(), json!(self.spec.customer_id));
        labels.insert(INSTALL.into(), json!(self.installation));
        labels
    }

    /// Labels of every object of the instance.
    fn labels(&self, component: &str) -> Map<String, Value> {
        let mut labels = self.shared_labels();
        labels.insert("app.kubernetes.io/name".into(), json!(self.spec.template.slug()));
        labels.insert(SHORT_NAME.into(), json!(self.spec.name));
        labels.insert(COMPONENT.into(), json!(component));
        labels.insert(INSTANCE.into(), json!(self.spec.instance_id));
        labels
    }

    /// An object of the instance; `rest` holds everything but kind and metadata.
    fn object(&self, kind: Kind, name: String, component: &str, annotations: Value, rest: Value) -> Object {
        let template = format!("{}@{}", self.spec.template.slug(), self.spec.template.template_version());
        let mut all = json!({ "yumna.dev/template": template });
        merge(&mut all, annotations);
        // Secrets get no fingerprint: somebody who may read annotations but not secrets could test guesses against it.
        if kind != Kind::Secret {
            merge(&mut all, json!({ "yumna.dev/spec-hash": fingerprint(&rest) }));
        }
        self.build(kind, name, Some(self.namespace()), self.labels(component), all, rest)
    }

    /// An object of the customer, shared by all instances.
    fn shared(&self, kind: Kind, name: String, extra_labels: Value, rest: Value) -> Object {
        let mut labels = Value::Object(self.shared_labels());
        merge(&mut labels, extra_labels);
        let Value::Object(labels) = labels else { unreachable!("labels are made as an object") };
        let namespace = (kind != Kind::Namespace).then(|| self.namespace());
        self.build(kind, name, namespace, labels, json!({}), rest)
    }

    fn build(
        &self,
        kind: Kind,
        name: String,
        namespace: Option<String>,
        labels: Map<String, Value>,
        annotations: Value,
        rest: Value,
    ) -> Object {
        let resource = kind.resource();
        let mut metadata = json!({ "name": name, "labels": labels });
        if let Some(namespace) = namespace {
            metadata["namespace"] = json!(namespace);
        }
        if annotations.as_object().is_some_and(|annotations| !annotations.is_empty()) {
            metadata["annotations"] = annotations;
        }
        let mut body = json!({ "apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata });
        merge(&mut body, rest);
        Object { kind, name, body }
    }
}

/// Puts the fields of `from` into `into`.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn fingerprint(value: &Value) -> String {
    hex::encode(Sha256::digest(value.to_string().as_bytes()))
}

#[cfg(test)]
mod tests;
