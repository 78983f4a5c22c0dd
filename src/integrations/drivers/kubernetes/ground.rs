//! The ground of a customer's namespace: laid before anything runs on it, taken away when nothing is left on it.
use super::{
    metrics,
    phases::{Work, done, instance_of, is_going, label_of, name_of, namespace_trouble, waiting},
    quantity::exceeds,
    render::{INSTALL, INSTANCE, Kind, Object, PLAN},
    rights,
};
use crate::{
    integrations::{
        OutsideError,
        drivers::{Progress, Resources},
    },
    kernel::said::{Arg, Said},
};
use kube::api::DynamicObject;
use serde_json::Value;
use std::{collections::BTreeSet, net::Ipv4Addr};

/// How often the sum of a namespace's plans is read again while instances of one customer are made at the same time.
const QUOTA_ROUNDS: usize = 5;

impl Work<'_> {
    pub(super) async fn namespace(&self) -> Result<Progress, OutsideError> {
        let name = self.render.namespace();
        let present = self.cluster.get(Kind::Namespace, None, &name).await?;
        if let Some(going) = present.as_ref().filter(|present| is_going(present)) {
            return Ok(waiting("namespace_terminating", namespace_trouble(going), 2));
        }
        self.cluster.apply_over(present.as_ref(), None, &self.render.namespace_object()).await?;
        // Where it was there already our rights are, too, or the next call into it takes them (`Cluster::inside`).
        if present.is_none() && !rights::are_there(self.cluster, &name).await? {
            return Ok(waiting("rights_pending", format!("The rights in {name} are not in force yet"), 1));
        }
        Ok(done(Said::new("did-namespace", [("namespace", Arg::from(name))])))
    }

    /// Begins with the namespace: it may have gone since the phase before, and nothing can be written into nothing.
    pub(super) async fn policies(&self) -> Result<Progress, OutsideError> {
        if let waiting @ Progress::Waiting { .. } = self.namespace().await? {
            return Ok(waiting);
        }
        let namespace = self.render.namespace();
        let namespace = Some(namespace.as_str());
        self.cluster.apply(namespace, &self.render.account()).await?;
        self.cluster.apply(namespace, &self.render.limit_range()).await?;
        self.quota().await?;
        let fenced = self.fenced().await?;
        for policy in self.render.shared_policies().iter().chain(&self.render.policies(&fenced)) {
            self.cluster.apply(namespace, policy).await?;
        }
        Ok(done(Said::plain("did-policies")))
    }

    /// Addresses of the cluster's own machines and of its API server. They may be public and are not the internet.
    async fn fenced(&self) -> Result<Vec<Ipv4Addr>, OutsideError> {
        let mut addresses = self.cluster.server_addresses().await?;
        match metrics::addresses(self.cluster).await {
            Ok(found) => addresses.extend(found),
            // The test of the cluster names the missing right; services that run are not held up by it.
            Err(OutsideError::Rejected { code, message }) if code == "forbidden" => {
                tracing::warn!(message, "The machines of a cluster cannot be read, so that services may reach them");
            }
            Err(error) => return Err(error),
        }
        Ok(addresses.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// Sets the namespace's quota to what its instances were sold. Every instance adds its account before it sums up,
    /// and sums up again after it wrote: of several at the same time, the last writer has seen all.
    pub(super) async fn quota(&self) -> Result<(), OutsideError> {
        let namespace = self.render.namespace();
        let mut written: Option<Vec<Resources>> = None;
        for _ in 0..QUOTA_ROUNDS {
            let plans = self.plans().await?;
            if written.as_ref() == Some(&plans) {
                return Ok(());
            }
            let mut quota = self.render.quota(&plans);
            let present = self.cluster.get(Kind::ResourceQuota, Some(&namespace), &quota.name).await?;
            if let Some(present) = &present {
                never_below_use(&mut quota, present);
            }
            self.cluster.apply_over(present.as_ref(), Some(&namespace), &quota).await?;
            written = Some(plans);
        }
        Err(OutsideError::unavailable("Instances of this customer keep changing; the quota could not be settled."))
    }

    /// The plans of all instances in the namespace, as their accounts say.
    ///
    /// # Errors
    /// `Unavailable` where a plan cannot be read: an instance that is left out of the sum would be squeezed.
    async fn plans(&self) -> Result<Vec<Resources>, OutsideError> {
        let namespace = self.render.namespace();
        let accounts =
            self.cluster.list(Kind::ServiceAccount, Some(&namespace), &self.render.accounts_selector()).await?;
        accounts.iter().map(|account| plan_of(account).ok_or_else(|| unreadable(&namespace, account))).collect()
    }

    /// A namespace that lost its last instance is removed; an instance that is being made at that moment would find its
    /// ground gone. Then it is laid again.
    pub(super) async fn restore_ground(&self) -> Result<Option<Progress>, OutsideError> {
        let namespace = self.render.namespace();
        let last = self.render.last_policy();
        match self.cluster.get(Kind::NetworkPolicy, Some(&namespace), &last).await? {
            Some(policy) if !is_going(&policy) => return Ok(None),
            _ => {}
        }
        if let waiting @ Progress::Waiting { .. } = self.policies().await? {
            return Ok(Some(waiting));
        }
        self.secrets().await?;
        self.volume().await?;
        Ok(None)
    }

    /// Removes the namespace, and with it everything in it: only where nothing of any other instance is there, whoever
    /// wrote it and whatever is left of it.
    pub(super) async fn remove_namespace(&self) -> Result<Progress, OutsideError> {
        let name = self.render.namespace();
        let Some(namespace) = self.cluster.get(Kind::Namespace, None, &name).await? else {
            return Ok(done(Said::plain("did-nothing-left")));
        };
        if label_of(&namespace, INSTALL) != Some(self.render.installation) {
            return Ok(done(Said::plain("did-nothing-left-not-ours")));
        }
        if is_going(&namespace) {
            return Ok(waiting("removing", namespace_trouble(&namespace), 1));
        }
        let mut accounts = self.others(Kind::ServiceAccount, INSTANCE).await?;
        accounts.extend(self.others(Kind::ServiceAccount, &self.render.accounts_selector()).await?);
        let mut things = self.others(Kind::PersistentVolumeClaim, INSTANCE).await?;
        things.extend(self.others(Kind::Deployment, INSTANCE).await?);
        if accounts.is_empty() && things.is_empty() {
            self.cluster.delete(Kind::Namespace, None, &name).await?;
            return Ok(waiting("removing", format!("Namespace {name} is being removed"), 1));
        }
        // What has no account is in no sum: the quota stays as it is until its next work puts the account back.
        if things.is_subset(&accounts) {
            self.quota().await?;
        }
        Ok(done(Said::plain("did-nothing-left-others")))
    }

    /// Marks of the other instances that have objects of this kind in the namespace.
    async fn others(&self, kind: Kind, selector: &str) -> Result<BTreeSet<String>, OutsideError> {
        let namespace = self.render.namespace();
        let objects = self.cluster.list(kind, Some(&namespace), selector).await?;
        let is_own = |object: &&DynamicObject| {
            instance_of(object) == Some(self.render.spec.instance_id.as_str())
                && label_of(object, INSTALL) == Some(self.render.installation)
        };
        let mark = |object: &DynamicObject| instance_of(object).map_or_else(|| name_of(object), str::to_owned);
        Ok(objects.iter().filter(|object| !is_own(object)).map(mark).collect())
    }
}

fn plan_of(account: &DynamicObject) -> Option<Resources> {
    serde_json::from_str(account.metadata.annotations.as_ref()?.get(PLAN)?).ok()
}

fn unreadable(namespace: &str, account: &DynamicObject) -> OutsideError {
    OutsideError::unavailable(format!(
        "The annotation {PLAN} of the service account {} in {namespace} cannot be read. Restart that instance to have \
         it written again.",
        name_of(account)
    ))
}

/// A quota below what is in use lets nothing start again that stops.
fn never_below_use(quota: &mut Object, present: &DynamicObject) {
    let used = &present.data["status"]["used"];
    let Some(limits) = quota.body["spec"]["hard"].as_object_mut() else { return };
    for (resource, limit) in limits {
        let in_use = used[resource.as_str()].as_str().filter(|used| limit.as_str().is_some_and(|l| exceeds(used, l)));
        if let Some(in_use) = in_use {
            *limit = Value::from(in_use);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_quota_never_falls_below_what_is_in_use() {
        let hard =
            json!({ "spec": { "hard": { "limits.memory": "1536Mi", "pods": "10", "requests.storage": "5Gi" } } });
        let mut quota = Object { kind: Kind::ResourceQuota, name: "plan".into(), body: hard };
        let status = json!({ "used": { "limits.memory": "2Gi", "pods": "2", "requests.storage": "5Gi" } });
        let present: DynamicObject =
            serde_json::from_value(json!({ "metadata": { "name": "plan" }, "status": status })).unwrap();

        never_below_use(&mut quota, &present);

        let expected = json!({ "limits.memory": "2Gi", "pods": "10", "requests.storage": "5Gi" });
        assert_eq!(quota.body["spec"]["hard"], expected);
    }
}
