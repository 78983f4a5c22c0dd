//! What goes wrong on purpose, for pods that are there and for those to come.
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Label under which the product marks everything of an instance.
pub const INSTANCE_LABEL: &str = "yumna.dev/instance";

/// What happens to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ill {
    /// The process ends right after its start, again and again.
    Crash,
    /// As `Crash`, killed for its memory.
    OutOfMemory,
    /// The image cannot be pulled.
    ImagePull,
    /// Its volume cannot be attached to the machine.
    Unmounted,
    /// The process runs and does not answer.
    Unready,
}

/// Which pods are struck. Empty fields fit all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Only pods of this instance.
    pub instance: Option<String>,
    /// Only containers whose image contains this.
    pub image_contains: Option<String>,
    /// Only pods of this namespace.
    pub namespace: Option<String>,
}

/// Everything that goes wrong.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Troubles {
    /// Rules for pods, the newest last.
    pub pods: Vec<(Scope, Ill)>,
    /// No volume is bound.
    pub are_volumes_pending: bool,
    /// No machine has room.
    pub is_full: bool,
    /// Nodes that do not answer.
    pub nodes_down: Vec<String>,
    /// What every node is said to use, in percent of what it has: CPU and memory.
    pub busy_percent: Option<(i64, i64)>,
}

impl Scope {
    fn fits(&self, pod: &Value, image: &str) -> bool {
        let is = |wanted: &Option<String>, found: &Value| wanted.is_none() || wanted.as_deref() == found.as_str();
        is(&self.instance, &pod["metadata"]["labels"][INSTANCE_LABEL])
            && is(&self.namespace, &pod["metadata"]["namespace"])
            && self.image_contains.as_ref().is_none_or(|part| image.contains(part.as_str()))
    }
}

impl Troubles {
    /// What strikes a container of a pod with this image.
    pub fn of(&self, pod: &Value, image: &str) -> Option<Ill> {
        self.pods.iter().rev().find(|(scope, _)| scope.fits(pod, image)).map(|(_, ill)| *ill)
    }

    /// Whether a node answers.
    pub fn is_down(&self, node: &str) -> bool {
        self.nodes_down.iter().any(|down| down == node)
    }

    /// Ends the troubles of one instance, or all.
    pub fn heal(&mut self, instance: Option<&str>) {
        match instance {
            Some(instance) => self.pods.retain(|(scope, _)| scope.instance.as_deref() != Some(instance)),
            None => *self = Self::default(),
        }
    }
}
