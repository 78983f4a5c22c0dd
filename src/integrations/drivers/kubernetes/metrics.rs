//! Present use of an instance, and the machines of a cluster.
use super::{
    client::Cluster,
    quantity::{mebibytes, milli},
    render::{Kind, Renderer},
};
use crate::integrations::{
    OutsideError,
    drivers::{Node, Resources, Sample},
};
use chrono::{DateTime, Utc};
use k8s_openapi::api::core::v1::{self, Pod};
use serde_json::Value;
use std::net::Ipv4Addr;

/// CPU and memory of all containers together, and their restarts. Empty while the cluster has no data: "no data" must
/// never look like "nothing used".
pub(super) async fn samples(cluster: &Cluster, render: &Renderer<'_>) -> Result<Vec<Sample>, OutsideError> {
    let namespace = render.namespace();
    let selector = render.selector();
    let metrics = match cluster.list(Kind::PodMetrics, Some(&namespace), &selector).await {
        Ok(metrics) => metrics,
        // No metrics server, or not yet.
        Err(OutsideError::Rejected { code, .. }) if code == "not_found" => return Ok(Vec::new()),
        Err(OutsideError::Unavailable { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let instant = |object: &Value| {
        let text = object["timestamp"].as_str()?;
        Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc))
    };
    let Some(at) = metrics.iter().filter_map(|object| instant(&object.data)).max() else {
        return Ok(Vec::new());
    };
    let sum = |resource: &str, read: fn(&str) -> Option<i64>| -> i64 {
        metrics
            .iter()
            .flat_map(|object| object.data["containers"].as_array().cloned().unwrap_or_default())
            .filter_map(|container| container["usage"][resource].as_str().and_then(read))
            .sum()
    };
    let restarts: i64 = cluster
        .list(Kind::Pod, Some(&namespace), &selector)
        .await?
        .into_iter()
        .filter_map(|object| object.try_parse::<Pod>().ok())
        .flat_map(|pod| pod.status.and_then(|status| status.container_statuses).unwrap_or_default())
        .map(|container| i64::from(container.restart_count))
        .sum();
    let sample = |metric: &str, value| Sample { metric: metric.into(), value, at };
    Ok(vec![
        sample("cpu_milli", sum("cpu", milli)),
        sample("memory_mb", sum("memory", mebibytes)),
        sample("restarts", restarts),
    ])
}

/// The machines of a cluster.
pub(super) async fn nodes(cluster: &Cluster) -> Result<Vec<Node>, OutsideError> {
    let nodes = cluster.list(Kind::Node, None, "").await?;
    Ok(nodes.into_iter().filter_map(|object| object.try_parse::<v1::Node>().ok()).map(node).collect())
}

/// Addresses of the machines, inside and outside.
pub(super) async fn addresses(cluster: &Cluster) -> Result<Vec<Ipv4Addr>, OutsideError> {
    let nodes = cluster.list(Kind::Node, None, "").await?;
    let addresses = nodes
        .iter()
        .filter_map(|node| node.data["status"]["addresses"].as_array())
        .flatten()
        .filter(|address| matches!(address["type"].as_str(), Some("ExternalIP" | "InternalIP")))
        .filter_map(|address| address["address"].as_str()?.parse().ok());
    Ok(addresses.collect())
}

fn node(node: v1::Node) -> Node {
    let status = node.status.unwrap_or_default();
    let is_ready = status.conditions.iter().flatten().any(|c| c.type_ == "Ready" && c.status == "True");
    let is_open = !node.spec.and_then(|spec| spec.unschedulable).unwrap_or(false);
    let allocatable = status.allocatable.unwrap_or_default();
    let read = |key: &str, read: fn(&str) -> Option<i64>| {
        allocatable.get(key).and_then(|quantity| read(&quantity.0)).unwrap_or(0)
    };
    Node {
        name: node.metadata.name.unwrap_or_default(),
        is_ready: is_ready && is_open,
        allocatable: Resources {
            cpu_milli: read("cpu", milli),
            memory_mb: read("memory", mebibytes),
            storage_gb: read("ephemeral-storage", mebibytes) / 1024,
        },
    }
}
