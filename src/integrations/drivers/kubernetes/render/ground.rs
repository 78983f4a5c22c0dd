//! What every customer's namespace has before anything runs in it: pod security, quota, limits, an account without a
//! token.
use super::{Kind, Object, PLAN, Renderer, SHORT_NAME};
use crate::integrations::drivers::Resources;
use serde_json::json;

/// Pinned, because "latest" would move under us. An API server that is older judges by the newest level it knows.
const POD_SECURITY_VERSION: &str = "v1.33";
/// Room for what makes the first owner, beyond what was sold.
const SPARE_CPU_MILLI: i64 = 500;
const SPARE_MEMORY_MB: i64 = 512;

/// The namespace of a customer: `user-` and the lower-case ULID of the id (DECISIONS: names in the cluster).
pub(in super::super) fn namespace_name(customer_id: &str) -> String {
    let ulid = customer_id.rsplit_once('_').map_or(customer_id, |(_, ulid)| ulid);
    format!("user-{}", ulid.to_ascii_lowercase())
}

impl Renderer<'_> {
    /// The customer's namespace.
    pub fn namespace_object(&self) -> Object {
        let levels = json!({
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": POD_SECURITY_VERSION,
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/audit-version": POD_SECURITY_VERSION,
            "pod-security.kubernetes.io/warn": "restricted",
            "pod-security.kubernetes.io/warn-version": POD_SECURITY_VERSION,
        });
        self.shared(Kind::Namespace, self.namespace(), levels, json!({}))
    }

    /// The instance's account: it has no rights and no token. It is made first and removed last, and carries the plan,
    /// so that the accounts of a namespace are the list of instances in it.
    pub fn account(&self) -> Object {
        let plan = serde_json::to_string(&self.spec.resources).expect("three numbers are JSON");
        self.object(
            Kind::ServiceAccount,
            self.spec.name.clone(),
            super::MAIN,
            json!({ PLAN: plan }),
            json!({ "automountServiceAccountToken": false }),
        )
    }

    /// Sizes of containers that say nothing of their own.
    pub fn limit_range(&self) -> Object {
        let spec = json!({ "spec": { "limits": [{
            "type": "Container",
            "defaultRequest": { "cpu": "25m", "memory": "64Mi", "ephemeral-storage": "64Mi" },
            "default": { "cpu": "500m", "memory": "256Mi", "ephemeral-storage": "1Gi" },
        }] } });
        self.shared(Kind::LimitRange, "defaults".into(), json!({}), spec)
    }

    /// The namespace's second fence: what `plans` sum up to, with room for jobs.
    pub fn quota(&self, plans: &[Resources]) -> Object {
        let count = i64::try_from(plans.len()).unwrap_or(i64::MAX);
        let cpu: i64 = plans.iter().map(|plan| plan.cpu_milli).sum();
        let memory: i64 = plans.iter().map(|plan| plan.memory_mb).sum();
        let storage: i64 = plans.iter().map(|plan| plan.storage_gb).sum();
        let spec = json!({ "spec": { "hard": {
            "limits.cpu": format!("{}m", cpu + SPARE_CPU_MILLI * count),
            "limits.memory": format!("{}Mi", memory + SPARE_MEMORY_MB * count),
            "requests.storage": format!("{storage}Gi"),
            "persistentvolumeclaims": (6 * count).to_string(),
            "pods": (10 * count).to_string(),
            "services": (12 * count).to_string(),
            "services.loadbalancers": "0",
            "services.nodeports": "0",
            // The service's own way in, those of customers' names, and what proves these to the issuer of certificates.
            "count/ingresses.networking.k8s.io": (12 * count).to_string(),
            "count/secrets": (20 * count).to_string(),
            "count/configmaps": (12 * count + 4).to_string(),
            "count/jobs.batch": (6 * count).to_string(),
        } } });
        self.shared(Kind::ResourceQuota, "plan".into(), json!({}), spec)
    }

    /// Selects the accounts of all instances in the namespace.
    pub fn accounts_selector(&self) -> String {
        format!("{}={},{SHORT_NAME}", super::INSTALL, self.installation)
    }
}
