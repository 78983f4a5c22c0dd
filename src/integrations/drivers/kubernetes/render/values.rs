//! Where values live: fixed ones in config maps, everything that depends on the customer in secrets, data on volumes.
use super::{Kind, Object, Renderer};
use crate::integrations::drivers::service_template::{file::Component, text::Text};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl<'a> Renderer<'a> {
    /// Secrets and config maps of all components.
    pub fn values(&self) -> Vec<Object> {
        let components = &self.file().components;
        components.iter().flat_map(|component| self.component_values(component)).collect()
    }

    fn component_values(&self, component: &'a Component) -> Vec<Object> {
        let label = self.pod_label(component.pod());
        let mut objects = Vec::new();
        let fixed = fixed_env(&component.env);
        if !fixed.is_empty() {
            let name = self.config_name(component);
            objects.push(self.object(Kind::ConfigMap, name, label, json!({}), json!({ "data": fixed })));
        }
        if let Some(secret) = self.secret(self.secret_name(component), label, &component.env) {
            objects.push(secret);
        }
        if !component.files.is_empty() {
            let data: Map<String, Value> =
                component.files.iter().enumerate().map(|(i, file)| (file_key(i), json!(file.text))).collect();
            let name = self.files_name(component);
            objects.push(self.object(Kind::ConfigMap, name, label, json!({}), json!({ "data": data })));
        }
        objects
    }

    /// A secret with the values of `env` that are not fixed; `None` when there is none.
    pub(super) fn secret(&self, name: String, label: &str, env: &BTreeMap<String, Text>) -> Option<Object> {
        let data: Map<String, Value> = env
            .iter()
            .filter(|(_, text)| text.literal().is_none())
            .map(|(key, text)| (key.clone(), json!(STANDARD.encode(text.render(self.spec)))))
            .collect();
        (!data.is_empty())
            .then(|| self.object(Kind::Secret, name, label, json!({}), json!({ "type": "Opaque", "data": data })))
    }

    /// Where a container's environment comes from. Kubernetes expands `$(…)` in `env`, not here.
    pub(super) fn env_from(&self, component: &Component) -> Vec<Value> {
        let mut sources = Vec::new();
        if !fixed_env(&component.env).is_empty() {
            sources.push(json!({ "configMapRef": { "name": self.config_name(component) } }));
        }
        if component.env.values().any(|text| text.literal().is_none()) {
            sources.push(json!({ "secretRef": { "name": self.secret_name(component) } }));
        }
        sources
    }

    /// The claims of the instance. `present` holds size in MiB and class of those that exist: a disk never shrinks and
    /// never changes its class.
    pub fn claims(&self, present: &BTreeMap<String, (i64, Option<String>)>) -> Vec<Object> {
        let sizes = self.spec.template.volume_sizes(&self.spec.resources);
        let file = self.file();
        file.volumes
            .iter()
            .map(|volume| {
                let name = self.claim_name(&volume.key);
                let (present_mb, present_class) = present.get(&name).cloned().unwrap_or((0, None));
                let size_mb = sizes.get(volume.key.as_str()).copied().unwrap_or(0).max(present_mb);
                let mut spec = json!({
                    "accessModes": ["ReadWriteOnce"],
                    "resources": { "requests": { "storage": format!("{size_mb}Mi") } },
                });
                if let Some(class) = present_class.or_else(|| self.settings.storage_class.clone()) {
                    spec["storageClassName"] = json!(class);
                }
                let pod = file
                    .components
                    .iter()
                    .find(|component| component.mounts.iter().any(|mount| mount.volume == volume.key))
                    .map_or(super::MAIN, |component| self.pod_label(component.pod()));
                self.object(Kind::PersistentVolumeClaim, name, pod, json!({}), json!({ "spec": spec }))
            })
            .collect()
    }

    /// Names of the claims the instance should have.
    pub fn claim_names(&self) -> Vec<String> {
        self.file().volumes.iter().map(|volume| self.claim_name(&volume.key)).collect()
    }

    pub(super) fn claim_name(&self, volume: &str) -> String {
        format!("{}-{volume}", self.spec.name)
    }

    fn config_name(&self, component: &Component) -> String {
        format!("{}-{}-cfg", self.spec.name, component.name)
    }

    fn secret_name(&self, component: &Component) -> String {
        format!("{}-{}-env", self.spec.name, component.name)
    }

    pub(super) fn files_name(&self, component: &Component) -> String {
        format!("{}-{}-files", self.spec.name, component.name)
    }
}

/// The values that are the same for every customer.
pub(super) fn fixed_env(env: &BTreeMap<String, Text>) -> BTreeMap<&str, &str> {
    env.iter().filter_map(|(key, text)| text.literal().map(|literal| (key.as_str(), literal))).collect()
}

/// The key of a configuration file: paths hold characters that keys must not.
pub(super) fn file_key(index: usize) -> String {
    format!("file-{index}")
}
