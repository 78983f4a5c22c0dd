//! metrics.k8s.io: present use of pods and nodes. Figures wander around a third of what containers request.
use super::{place::Place, reading, subresources::is_ready};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    kinds,
    objects::{name, namespace, text, uid},
    quantity,
    refusal::{Refusal, Refused},
    store::State,
};
use serde_json::{Value, json};

/// Answers get and list of `pods` and `nodes`.
pub fn reply(state: &State, place: &Place, request: &Request) -> Result<Reply, Refused> {
    if request.method != "GET" || place.version != "v1beta1" || !matches!(place.plural.as_str(), "pods" | "nodes") {
        return Ok(super::discovery::unknown());
    }
    let kind = kinds::built_in(&place.plural);
    let selection = reading::selection(kind, request)?;
    let all = state
        .list(&place.plural, place.namespace.as_deref())
        .filter(|(_, object)| selection.fits(object))
        .filter(|(_, object)| place.plural == "nodes" || is_ready(object));
    let mut items: Vec<Value> = all.map(|(_, object)| sample(state, &place.plural, object)).collect();
    if let Some(wanted) = &place.name {
        items.retain(|item| item["metadata"]["name"] == **wanted);
        let resource = format!("{}.metrics.k8s.io", place.plural);
        return match items.pop() {
            Some(mut item) => {
                item["kind"] = json!(if place.plural == "pods" { "PodMetrics" } else { "NodeMetrics" });
                item["apiVersion"] = json!("metrics.k8s.io/v1beta1");
                Ok(Reply::json(200, &item))
            }
            None => Err(Refusal::new(404, "NotFound", format!("{resource} \"{wanted}\" not found"))),
        };
    }
    let list = if place.plural == "pods" { "PodMetricsList" } else { "NodeMetricsList" };
    Ok(Reply::json(200, &json!({"kind": list, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items})))
}

fn sample(state: &State, plural: &str, object: &Value) -> Value {
    let meta = json!({
        "name": name(object), "namespace": object["metadata"]["namespace"], "labels": object["metadata"]["labels"],
        "creationTimestamp": state.now_text(),
    });
    let mut sample = json!({"metadata": meta, "timestamp": state.now_text(), "window": "15s"});
    if plural == "pods" {
        let containers = object["spec"]["containers"].as_array().into_iter().flatten();
        sample["containers"] = containers
            .map(|container| {
                let (cpu_milli, memory_bytes) = usage(state, object, container);
                json!({"name": container["name"], "usage": usage_text(cpu_milli, memory_bytes)})
            })
            .collect();
    } else {
        let mut total = (120, 900 << 20);
        for (_, pod) in
            state.list("pods", None).filter(|(_, pod)| text(pod, "/spec/nodeName") == name(object) && is_ready(pod))
        {
            for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
                let (cpu_milli, memory_bytes) = usage(state, pod, container);
                total = (total.0 + cpu_milli, total.1 + memory_bytes);
            }
        }
        let size = |resource: &str| quantity::parse(&object["status"]["allocatable"][resource]).unwrap_or(0);
        if let Some((cpu, memory)) = state.facts().troubles.busy_percent {
            total = (size("cpu") * i128::from(cpu) / 100, size("memory") / 1000 * i128::from(memory) / 100);
        }
        sample["usage"] = usage_text(total.0, total.1);
    }
    shorn(sample)
}

fn shorn(mut sample: Value) -> Value {
    crate::integrations::drivers::kubernetes::sim::shapes::without_nulls(&mut sample);
    sample
}

fn usage_text(cpu_milli: i128, memory_bytes: i128) -> Value {
    json!({"cpu": format!("{}n", cpu_milli * 1_000_000), "memory": format!("{}Ki", memory_bytes / 1024)})
}

/// Thousandths of a CPU and bytes: between a fifth and a half of the request, the same within a minute.
fn usage(state: &State, pod: &Value, container: &Value) -> (i128, i128) {
    let requests = &container["resources"]["requests"];
    let cpu_milli = quantity::parse(&requests["cpu"]).unwrap_or(50);
    let memory_bytes = quantity::parse(&requests["memory"]).unwrap_or((64 << 20) * 1000) / 1000;
    let minute = state.now().timestamp() / 60;
    let seed = format!("{}{}{}{minute}", namespace(pod), uid(pod), container["name"]);
    let sum = seed.bytes().fold(17_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let share_percent = 20 + i128::from(sum % 31);
    (cpu_milli * share_percent / 100, memory_bytes * (share_percent + 30) / 100)
}
