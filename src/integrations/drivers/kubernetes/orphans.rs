//! What is on a cluster of ours, by whose mark it carries; and its removal. Contents are not asked for: names and labels
//! tell enough, and secrets stay where they are.
use super::{
    client::Cluster,
    inspect::instant,
    phases::{is_going, label, label_of, remove},
    render::{CUSTOMER, INSTALL, INSTANCE, Kind, SHORT_NAME},
    rights::is_forbidden,
};
use crate::integrations::{
    OutsideError,
    drivers::{Found, Listed, Mark},
};
use kube::core::ObjectMeta;
use std::collections::{BTreeMap, BTreeSet};

/// Everything an instance is made of, in the order in which it is removed. The account stays until all else is gone, as
/// it does when an instance is removed.
const PARTS: [Kind; 10] = [
    Kind::Ingress,
    Kind::Deployment,
    Kind::Job,
    Kind::Pod,
    Kind::Service,
    Kind::Secret,
    Kind::ConfigMap,
    Kind::PersistentVolumeClaim,
    Kind::NetworkPolicy,
    Kind::ServiceAccount,
];
/// Where these are, somebody has something, whoever made them.
const PRECIOUS: [Kind; 4] = [Kind::Deployment, Kind::Job, Kind::Pod, Kind::PersistentVolumeClaim];

/// What is there, by its mark.
#[derive(Default)]
struct Inventory {
    found: BTreeMap<Mark, (Found, BTreeMap<&'static str, usize>)>,
    /// Namespaces in which something of an instance is.
    occupied: BTreeSet<String>,
}

impl Inventory {
    fn take(&mut self, kind: Kind, object: &ObjectMeta) {
        let Some(instance_id) = label(object, INSTANCE) else { return };
        let namespace = object.namespace.clone().unwrap_or_default();
        let place = format!("{namespace}/{}", label(object, SHORT_NAME).unwrap_or_default());
        self.occupied.insert(namespace);
        self.add(Mark::Instance(instance_id.to_owned()), place, kind, object);
    }

    fn add(&mut self, mark: Mark, place: String, kind: Kind, object: &ObjectMeta) {
        let since = object.creation_timestamp.as_ref().and_then(instant);
        let (found, kinds) = self.found.entry(mark.clone()).or_insert_with(|| {
            let found = Found { mark, place, what: String::new(), objects: 0, since };
            (found, BTreeMap::new())
        });
        found.objects += 1;
        found.since = [found.since, since].into_iter().flatten().min();
        *kinds.entry(kind.word()).or_default() += 1;
    }

    /// Of what is there half, nothing is told.
    fn leave_out(&mut self, homes: &BTreeSet<String>) {
        self.found.retain(|_, (found, _)| !homes.contains(found.home()));
    }

    fn list(self) -> Vec<Found> {
        let named = |(found, kinds): (Found, BTreeMap<&'static str, usize>)| {
            let what: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            Found { what: what.join(", "), ..found }
        };
        self.found.into_values().map(named).collect()
    }
}

/// Everything that carries our mark. What may be listed in the whole cluster is listed at once, the rest namespace by
/// namespace: secrets, above all, are nobody's to list everywhere. A namespace that cannot be looked into is left out.
pub(super) async fn list(cluster: &Cluster) -> Result<Listed, OutsideError> {
    let homes = homes(cluster).await?;
    let selector = format!("{INSTALL}={},{INSTANCE}", cluster.installation);
    let mut inventory = Inventory::default();
    let mut unseen = BTreeSet::<String>::new();
    for kind in PARTS {
        match (cluster.list_marks(kind, None, &selector).await, &homes) {
            (Ok(objects), _) => objects.iter().for_each(|object| inventory.take(kind, object)),
            (Err(error), Some(homes)) if is_forbidden(&error) => {
                for name in homes.iter().filter_map(|home| home.name.as_deref()) {
                    if unseen.contains(name) {
                        continue;
                    }
                    match cluster.list_marks(kind, Some(name), &selector).await {
                        Ok(objects) => objects.iter().for_each(|object| inventory.take(kind, object)),
                        Err(error) => {
                            is_there(cluster, name).await?;
                            tracing::warn!(namespace = name, %error, "A namespace could not be looked into");
                            unseen.insert(name.to_owned());
                        }
                    }
                }
            }
            (Err(error), _) => return Err(error),
        }
    }
    inventory.leave_out(&unseen);
    for home in homes.iter().flatten() {
        let (name, customer) = (home.name.clone().unwrap_or_default(), label(home, CUSTOMER));
        if let Some(customer) = customer.filter(|_| !inventory.occupied.contains(&name) && !unseen.contains(&name)) {
            inventory.add(Mark::Customer(customer.to_owned()), name, Kind::Namespace, home);
        }
    }
    Ok(Listed { found: inventory.list(), unseen: unseen.into_iter().collect() })
}

/// Whether the cluster answers at all, asked after one namespace did not: where it does not, nothing was searched.
async fn is_there(cluster: &Cluster, namespace: &str) -> Result<(), OutsideError> {
    cluster.get(Kind::Namespace, None, namespace).await.map(drop)
}

/// Our namespaces that stay; `None` where they may not be listed: the test of the cluster says so.
async fn homes(cluster: &Cluster) -> Result<Option<Vec<ObjectMeta>>, OutsideError> {
    match cluster.list_marks(Kind::Namespace, None, &format!("{INSTALL}={}", cluster.installation)).await {
        Ok(homes) => Ok(Some(homes.into_iter().filter(|home| home.deletion_timestamp.is_none()).collect())),
        Err(error) if is_forbidden(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes what carries a mark.
///
/// # Errors
/// `Unavailable` while it goes. `Rejected` with code `not_empty` where something stands on a ground that is to go.
pub(super) async fn sweep(cluster: &Cluster, found: &Found) -> Result<(), OutsideError> {
    let namespace = found.home();
    match &found.mark {
        Mark::Instance(id) => sweep_instance(cluster, namespace, id).await,
        Mark::Customer(id) => sweep_ground(cluster, namespace, id).await,
    }
}

async fn sweep_instance(cluster: &Cluster, namespace: &str, id: &str) -> Result<(), OutsideError> {
    let selector = format!("{INSTALL}={},{INSTANCE}={id}", cluster.installation);
    let (account, rest) = PARTS.split_last().expect("an instance has parts");
    if remove(cluster, namespace, &selector, rest).await? > 0 {
        return Err(OutsideError::unavailable("Some objects are still being removed; sweep again."));
    }
    remove(cluster, namespace, &selector, std::slice::from_ref(account)).await?;
    Ok(())
}

async fn sweep_ground(cluster: &Cluster, name: &str, customer: &str) -> Result<(), OutsideError> {
    let Some(namespace) = cluster.get(Kind::Namespace, None, name).await? else { return Ok(()) };
    let is_ours = label_of(&namespace, INSTALL) == Some(cluster.installation.as_str());
    if !is_ours || label_of(&namespace, CUSTOMER) != Some(customer) {
        return Err(OutsideError::rejected("not_ours", format!("Namespace {name} does not carry this mark.")));
    }
    let going = || OutsideError::unavailable(format!("Namespace {name} is being removed; sweep again."));
    if is_going(&namespace) {
        return Err(going());
    }
    for kind in PARTS {
        let selector = if PRECIOUS.contains(&kind) { "" } else { INSTANCE };
        let left = cluster.list_marks(kind, Some(name), selector).await?;
        if let Some(left) = left.first() {
            let thing = format!("{} {}", kind.word(), left.name.as_deref().unwrap_or_default());
            return Err(OutsideError::rejected("not_empty", format!("In namespace {name} there is {thing}.")));
        }
    }
    cluster.delete(Kind::Namespace, None, name).await?;
    match cluster.get(Kind::Namespace, None, name).await? {
        None => Ok(()),
        Some(_) => Err(going()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(namespace: &str, labels: Value, created: &str) -> ObjectMeta {
        let meta = json!({ "name": "x", "namespace": namespace, "labels": labels, "creationTimestamp": created });
        serde_json::from_value(meta).unwrap()
    }

    #[test]
    fn of_a_namespace_that_could_not_be_looked_into_nothing_is_told() {
        let mut inventory = Inventory::default();
        for (namespace, instance) in [("user-a", "ins_1"), ("user-b", "ins_2")] {
            let labels = json!({ INSTANCE: instance, SHORT_NAME: "n8n-1" });
            inventory.take(Kind::Pod, &object(namespace, labels, "2026-11-03T00:00:00Z"));
        }

        inventory.leave_out(&BTreeSet::from(["user-a".to_owned()]));

        let marks: Vec<Mark> = inventory.list().into_iter().map(|found| found.mark).collect();
        assert_eq!(marks, [Mark::Instance("ins_2".into())]);
    }

    #[test]
    fn what_is_found_is_told_by_its_mark_with_kinds_and_age() {
        let mut inventory = Inventory::default();
        let labels = json!({ INSTANCE: "ins_1", SHORT_NAME: "n8n-1" });
        inventory.take(Kind::Secret, &object("user-a", labels.clone(), "2026-11-03T00:00:00Z"));
        inventory.take(Kind::Secret, &object("user-a", labels.clone(), "2026-11-01T00:00:00Z"));
        inventory.take(Kind::Deployment, &object("user-a", labels, "2026-11-02T00:00:00Z"));
        inventory.take(Kind::Secret, &object("user-b", json!({}), "2026-11-01T00:00:00Z"));

        assert!(inventory.occupied.contains("user-a") && !inventory.occupied.contains("user-b"));
        let found = inventory.list();

        assert_eq!(found.len(), 1, "what carries no mark is nobody's here: {found:?}");
        assert_eq!(found[0].mark, Mark::Instance("ins_1".into()));
        assert_eq!((found[0].place.as_str(), found[0].what.as_str()), ("user-a/n8n-1", "1 Deployment, 2 Secret"));
        assert_eq!(found[0].since.unwrap().to_rfc3339(), "2026-11-01T00:00:00+00:00");
    }
}
