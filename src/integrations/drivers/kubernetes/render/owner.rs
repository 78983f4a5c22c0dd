//! What makes the first owner, before anybody outside can reach the service and become it.
use super::{
    Kind, Object, Renderer, SEED,
    values::fixed_env,
    workload::{container_security, pod_security},
};
use serde_json::json;

/// A job and the secret it reads.
pub(in super::super) struct OwnerJob {
    pub secret: Option<Object>,
    pub job: Object,
}

impl Renderer<'_> {
    /// The job that makes the first owner, and the secret it reads; `None` when the template needs none.
    pub fn owner_job(&self) -> Option<OwnerJob> {
        let seed = self.file().seed.as_ref()?;
        let component = self.file().components.iter().find(|component| component.name == seed.component)?;
        let name = format!("{}-{}", self.spec.name, SEED);
        let secret = self.secret(name.clone(), SEED, &seed.env);
        let mut container = json!({
            "name": SEED,
            "image": component.image_reference(),
            "imagePullPolicy": "IfNotPresent",
            "command": seed.command,
            "resources": {
                "requests": { "cpu": "25m", "memory": "64Mi", "ephemeral-storage": "16Mi" },
                "limits": { "cpu": "500m", "memory": "256Mi", "ephemeral-storage": "256Mi" },
            },
            "securityContext": container_security(component),
            "env": fixed_env(&seed.env).into_iter()
                .map(|(name, value)| json!({ "name": name, "value": value.replace("$(", "$$(") }))
                .collect::<Vec<_>>(),
            "volumeMounts": [{ "name": "tmp", "mountPath": "/tmp" }],
        });
        if secret.is_some() {
            container["envFrom"] = json!([{ "secretRef": { "name": name } }]);
        }
        let pod_labels = self.labels(SEED);
        let spec = json!({ "spec": {
            "backoffLimit": 3,
            "activeDeadlineSeconds": 240,
            "template": {
                "metadata": { "labels": pod_labels },
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": self.spec.name,
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "securityContext": pod_security(),
                    "containers": [container],
                    "volumes": [{ "name": "tmp", "emptyDir": { "sizeLimit": "64Mi" } }],
                },
            },
        } });
        let job = self.object(Kind::Job, name, SEED, json!({}), spec);
        Some(OwnerJob { secret, job })
    }
}
