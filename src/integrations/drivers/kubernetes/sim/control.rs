//! How the control desk and tests act on the cluster.
use super::{
    controllers,
    store::{Cluster, Key},
    trouble::{Ill, Scope},
};
use crate::integrations::sim::{ControlError, SimulatorControl};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The handle.
pub struct Control {
    /// What it acts on.
    pub cluster: Arc<Cluster>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Switch {
    on: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Busy {
    cpu_percent: i64,
    memory_percent: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Crash {
    #[serde(flatten)]
    scope: LooseScope,
    reason: Option<String>,
}

/// A scope among other fields.
#[derive(Deserialize, Default)]
#[serde(default)]
struct LooseScope {
    instance: Option<String>,
    image_contains: Option<String>,
    namespace: Option<String>,
}

#[async_trait]
impl SimulatorControl for Control {
    /// Acts: `objects {namespace?}`; `crash {instance?, image_contains?, namespace?, reason?: "OOMKilled"}` and
    /// `image_pull_error`, `mount_error`, `unready` `{instance?, image_contains?, namespace?}` for pods that are there
    /// and to come; `busy {cpu_percent, memory_percent}`: what machines are said to use; `pending_volume {on}`; `no_room {on}`; `node_down {node?}`; `heal {instance?}`; `expire_watches`;
    /// `rbac {on}`: rights are judged by the roles in the cluster; `fence {on}`: the account of those roles is fenced in.
    async fn act(&self, act: &str, input: Value) -> Result<Value, ControlError> {
        match act {
            "objects" => Ok(self.objects(input["namespace"].as_str())),
            "crash" => {
                let crash: Crash = read(input)?;
                let is_memory = crash.reason.as_deref() == Some("OOMKilled");
                self.strike(crash.scope, if is_memory { Ill::OutOfMemory } else { Ill::Crash })
            }
            "image_pull_error" => self.strike(read(input)?, Ill::ImagePull),
            "mount_error" => self.strike(read(input)?, Ill::Unmounted),
            "unready" => self.strike(read(input)?, Ill::Unready),
            "pending_volume" => {
                let switch: Switch = read(input)?;
                self.change(|state| state.facts_mut().troubles.are_volumes_pending = switch.on.unwrap_or(true))
            }
            "no_room" => {
                let switch: Switch = read(input)?;
                self.change(|state| state.facts_mut().troubles.is_full = switch.on.unwrap_or(true))
            }
            "busy" => {
                let Busy { cpu_percent, memory_percent } = read(input)?;
                let busy = (cpu_percent.clamp(0, 100), memory_percent.clamp(0, 100));
                self.change(|state| state.facts_mut().troubles.busy_percent = Some(busy))
            }
            "rbac" => {
                let switch: Switch = read(input)?;
                self.change(|state| state.facts_mut().is_rbac = switch.on.unwrap_or(true))
            }
            "fence" => {
                let switch: Switch = read(input)?;
                self.change(|state| state.facts_mut().is_fenced = switch.on.unwrap_or(true))
            }
            "node_down" => self.node_down(input["node"].as_str()),
            "heal" => {
                let instance = input["instance"].as_str().map(str::to_owned);
                self.change(|state| state.facts_mut().troubles.heal(instance.as_deref()))
            }
            "expire_watches" => self.change(super::store::State::forget_changes),
            _ => Err(ControlError::NotFound(format!("the simulated cluster knows no act {act:?}"))),
        }
    }

    async fn tick(&self) {
        // Controllers hand work to each other: a few rounds settle what needs no real time.
        for _ in 0..4 {
            if let Err(error) = self.cluster.write(controllers::tick) {
                tracing::error!(%error, "The simulated cluster cannot write its journal");
            }
        }
    }

    async fn due_deliveries(&self) -> usize {
        0
    }

    fn beat(&self) -> Duration {
        Duration::from_millis(50)
    }
}

impl Control {
    fn change(&self, change: impl FnOnce(&mut super::store::State)) -> Result<Value, ControlError> {
        let done = self.cluster.write(|state| {
            change(state);
            controllers::tick(state);
        });
        done.map(|()| json!({})).map_err(|error| ControlError::Refused(error.to_string()))
    }

    fn strike(&self, scope: LooseScope, ill: Ill) -> Result<Value, ControlError> {
        let LooseScope { instance, image_contains, namespace } = scope;
        if instance.is_none() && image_contains.is_none() && namespace.is_none() {
            return Err(ControlError::Refused("name an instance, an image or a namespace".to_owned()));
        }
        let scope = Scope { instance, image_contains, namespace };
        self.change(|state| {
            let troubles = &mut state.facts_mut().troubles;
            troubles.pods.retain(|(old, _)| *old != scope);
            troubles.pods.push((scope, ill));
        })
    }

    fn node_down(&self, node: Option<&str>) -> Result<Value, ControlError> {
        let names: Vec<String> =
            self.cluster.read(|state| state.list("nodes", None).map(|(key, _)| key.name.clone()).collect());
        let chosen = match node {
            Some(node) => names.iter().find(|name| *name == node),
            None => names.first(),
        };
        let chosen = chosen.cloned().ok_or_else(|| ControlError::NotFound("there is no such node".to_owned()))?;
        self.change(|state| {
            let down = &mut state.facts_mut().troubles.nodes_down;
            if !down.contains(&chosen) {
                down.push(chosen);
            }
        })
    }

    fn objects(&self, namespace: Option<&str>) -> Value {
        let namespace = namespace.filter(|name| !name.is_empty());
        let list: Vec<Value> = self.cluster.read(|state| {
            let all = state.everything().filter(|(key, _)| namespace.is_none_or(|name| key.namespace == name));
            all.map(|(key, object)| shown(key, object)).collect()
        });
        json!({"data": list})
    }
}

/// An object as the demo shows it; what secrets hold stays hidden.
fn shown(key: &Key, object: &Value) -> Value {
    let mut copy = object.clone();
    if key.resource == "secrets" {
        for (_, value) in copy["data"].as_object_mut().into_iter().flatten() {
            *value = json!("(hidden)");
        }
    }
    json!({
        "api_version": object["apiVersion"], "kind": object["kind"], "namespace": key.namespace, "name": key.name,
        "object": copy,
    })
}

fn read<T: serde::de::DeserializeOwned + Default>(input: Value) -> Result<T, ControlError> {
    if input.is_null() {
        return Ok(T::default());
    }
    serde_json::from_value(input).map_err(|error| ControlError::Refused(error.to_string()))
}
