//! What runs: one deployment per pod of the template, and the services that name them.
use super::{COMPONENT, INSTANCE, Kind, Object, Renderer, fingerprint, values::file_key};
use crate::integrations::{
    OutsideError,
    drivers::service_template::{
        ContainerLimits,
        file::{Component, Probe, Role},
    },
};
use serde_json::{Value, json};

/// Restart annotation: it changes when the customer asks for a restart, and only then.
const RESTART: &str = "yumna.dev/restart";
/// A rollout that takes longer has failed, as the cluster sees it; more where the template gives a container more time to
/// start.
const PROGRESS_DEADLINE_SECONDS: u32 = 300;

impl<'a> Renderer<'a> {
    /// Deployments of databases and caches: they run before the rest.
    pub fn companions(&self, replicas: i64) -> Result<Vec<Object>, OutsideError> {
        self.deployments(replicas, |role| matches!(role, Role::Db | Role::Cache))
    }

    /// The other deployments.
    pub fn main_workload(&self, replicas: i64) -> Result<Vec<Object>, OutsideError> {
        self.deployments(replicas, |role| matches!(role, Role::App | Role::Worker))
    }

    /// Services of every component that listens.
    pub fn services(&self) -> Vec<Object> {
        let components = &self.file().components;
        components.iter().filter(|component| !component.ports.is_empty()).map(|c| self.service(c)).collect()
    }

    fn deployments(&self, replicas: i64, belongs: impl Fn(Role) -> bool) -> Result<Vec<Object>, OutsideError> {
        let limits = self.limits()?;
        let mut pods: Vec<&str> = Vec::new();
        for component in &self.file().components {
            if !pods.contains(&component.pod()) {
                pods.push(component.pod());
            }
        }
        let of_pod = |pod: &str| -> Vec<&'a Component> {
            self.file().components.iter().filter(|component| component.pod() == pod).collect()
        };
        Ok(pods
            .into_iter()
            // The first container of a pod says what the pod is for.
            .filter(|pod| of_pod(pod).first().is_some_and(|component| belongs(component.role)))
            .map(|pod| {
                let components = of_pod(pod);
                let limited: Vec<_> =
                    components.iter().map(|component| (*component, limits[component.name.as_str()])).collect();
                self.deployment(pod, &limited, replicas)
            })
            .collect())
    }

    fn deployment(&self, pod: &'a str, components: &[(&'a Component, ContainerLimits)], replicas: i64) -> Object {
        let label = self.pod_label(pod);
        let env: Vec<Value> =
            self.values().into_iter().filter(|o| o.label(COMPONENT) == Some(label)).map(|o| o.body).collect();
        let pod_labels = self.labels(label);
        let starting = components.iter().filter_map(|(component, _)| component.probe.startup.as_ref()?.seconds).max();
        let deadline = starting.unwrap_or(0).max(PROGRESS_DEADLINE_SECONDS);
        let spec = json!({ "spec": {
            "replicas": replicas,
            "revisionHistoryLimit": 3,
            "progressDeadlineSeconds": deadline,
            // The old pod goes first: two must never write to one volume, and the quota has no room for a second.
            "strategy": { "type": "Recreate" },
            "selector": { "matchLabels": { INSTANCE: self.spec.instance_id, COMPONENT: label } },
            "template": {
                "metadata": {
                    "labels": pod_labels,
                    "annotations": {
                        "yumna.dev/env-hash": fingerprint(&json!(env)),
                        RESTART: self.spec.restart_revision.to_string(),
                    },
                },
                "spec": self.pod(components),
            },
        } });
        self.object(Kind::Deployment, self.deployment_name(pod), label, json!({}), spec)
    }

    fn pod(&self, components: &[(&'a Component, ContainerLimits)]) -> Value {
        let mut security = pod_security();
        if let Some(group) = components.iter().find_map(|(component, _)| component.user.fs_group) {
            security["fsGroup"] = json!(group);
            security["fsGroupChangePolicy"] = json!("OnRootMismatch");
        }
        if components.iter().any(|(component, _)| component.low_ports) {
            security["sysctls"] = json!([{ "name": "net.ipv4.ip_unprivileged_port_start", "value": "0" }]);
        }
        let grace = components.iter().map(|(component, _)| component.stop_seconds).max().unwrap_or(30);
        let fast =
            |taint: &str| json!({ "key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60 });
        json!({
            "serviceAccountName": self.spec.name,
            "automountServiceAccountToken": false,
            // A service called `n8n` would otherwise inject N8N_PORT=tcp://… and n8n would not start.
            "enableServiceLinks": false,
            "terminationGracePeriodSeconds": grace,
            "securityContext": security,
            "tolerations": [fast("node.kubernetes.io/not-ready"), fast("node.kubernetes.io/unreachable")],
            "containers": components.iter().map(|(c, limits)| self.container(c, *limits)).collect::<Vec<_>>(),
            "volumes": self.pod_volumes(components.iter().map(|(component, _)| *component)),
        })
    }

    fn pod_volumes(&self, components: impl Iterator<Item = &'a Component>) -> Vec<Value> {
        let mut volumes: Vec<Value> = Vec::new();
        for component in components {
            for mount in &component.mounts {
                let claim = self.claim_name(&mount.volume);
                let volume = json!({ "name": mount.volume, "persistentVolumeClaim": { "claimName": claim } });
                if !volumes.contains(&volume) {
                    volumes.push(volume);
                }
            }
            for index in 0..component.writable.len() {
                let name = scratch_name(component, index);
                volumes.push(json!({ "name": name, "emptyDir": { "sizeLimit": "512Mi" } }));
            }
            if !component.files.is_empty() {
                let name = format!("{}-files", component.name);
                volumes.push(json!({ "name": name, "configMap": { "name": self.files_name(component) } }));
            }
        }
        volumes
    }

    fn container(&self, component: &Component, limits: ContainerLimits) -> Value {
        let mut container = json!({
            "name": component.name,
            "image": component.image_reference(),
            "imagePullPolicy": "IfNotPresent",
            "resources": {
                "requests": {
                    "cpu": format!("{}m", component.cpu.request_milli),
                    "memory": format!("{}Mi", component.memory.request_mb),
                    "ephemeral-storage": "64Mi",
                },
                "limits": {
                    "cpu": format!("{}m", limits.cpu_milli),
                    "memory": format!("{}Mi", limits.memory_mb),
                    "ephemeral-storage": "2Gi",
                },
            },
            "securityContext": container_security(component),
            "envFrom": self.env_from(component),
            "volumeMounts": volume_mounts(component),
        });
        if !component.ports.is_empty() {
            let ports: Vec<_> =
                component.ports.iter().map(|port| json!({ "name": port.name, "containerPort": port.port })).collect();
            container["ports"] = json!(ports);
        }
        if !component.command.is_empty() {
            container["command"] = json!(component.command);
        }
        if !component.args.is_empty() {
            container["args"] = json!(component.args);
        }
        let probes = &component.probe;
        for (key, probe, period) in [
            ("startupProbe", &probes.startup, 5),
            ("readinessProbe", &probes.ready, 5),
            ("livenessProbe", &probes.live, 20),
        ] {
            if let Some(probe) = probe {
                container[key] = probe_body(probe, period);
            }
        }
        container
    }

    fn service(&self, component: &'a Component) -> Object {
        let label = self.pod_label(component.pod());
        let is_exposed = component.name == self.file().expose.component;
        let ports: Vec<_> = component
            .ports
            .iter()
            // The exposed port is 80 inside the cluster, so that addresses need no number.
            .map(|port| {
                let is_web = is_exposed && port.name == self.file().expose.port && self.spec.template.is_on_the_web();
                let number = if is_web { 80 } else { port.port };
                json!({ "name": port.name, "port": number, "targetPort": port.name, "protocol": "TCP" })
            })
            .collect();
        let name = self.spec.template.service_name(&self.spec.name, &component.name);
        let spec = json!({ "spec": {
            "type": "ClusterIP",
            "selector": { INSTANCE: self.spec.instance_id, COMPONENT: label },
            "ports": ports,
        } });
        self.object(Kind::Service, name, label, json!({}), spec)
    }
}

pub(super) fn pod_security() -> Value {
    json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } })
}

pub(super) fn container_security(component: &Component) -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": component.read_only_root,
        "runAsNonRoot": true,
        "runAsUser": component.user.uid,
        "runAsGroup": component.user.gid,
        "capabilities": { "drop": ["ALL"] },
    })
}

fn scratch_name(component: &Component, index: usize) -> String {
    format!("{}-scratch-{index}", component.name)
}

fn volume_mounts(component: &Component) -> Vec<Value> {
    let volumes = component.mounts.iter().map(|mount| json!({ "name": mount.volume, "mountPath": mount.path }));
    let scratch = component
        .writable
        .iter()
        .enumerate()
        .map(|(index, path)| json!({ "name": scratch_name(component, index), "mountPath": path }));
    let files = component.files.iter().enumerate().map(|(index, file)| {
        let name = format!("{}-files", component.name);
        json!({ "name": name, "mountPath": file.path, "subPath": file_key(index), "readOnly": true })
    });
    volumes.chain(scratch).chain(files).collect()
}

fn probe_body(probe: &Probe, period_seconds: u32) -> Value {
    let failures = probe.seconds.map_or(3, |seconds| seconds.div_ceil(period_seconds).max(1));
    let mut body = json!({ "periodSeconds": period_seconds, "failureThreshold": failures, "timeoutSeconds": 5 });
    if !probe.exec.is_empty() {
        body["exec"] = json!({ "command": probe.exec });
    } else if let Some(path) = &probe.http {
        body["httpGet"] = json!({ "path": path, "port": probe.port });
    } else {
        body["tcpSocket"] = json!({ "port": probe.port });
    }
    body
}
