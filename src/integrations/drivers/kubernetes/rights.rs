//! Rights: what the driver may do on a cluster, and how it gets the rest.
//!
//! The account of `deploy/k8s/driver-rbac.yaml` may make namespaces and watch what runs, but it reads and writes nothing
//! in them. It may give itself one role, and nothing but that one, in a namespace (the verb `bind`): it does so right
//! after it has made the namespace, so that secrets are in its reach only where its own customers are (ADR 0095). A
//! kubeconfig that may do everything anyway needs no binding and gets none.
use super::{
    client::{Cluster, within_time},
    phases::{is_going, label_of},
    render::{INSTALL, Kind, MANAGED_BY, MANAGER},
};
use crate::integrations::OutsideError;
use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use std::time::Duration;

/// The role the driver takes in each of its namespaces.
pub(super) const TENANT_ROLE: &str = "yumna-tenant";
/// Name of the binding by which it does.
const BINDING: &str = "yumna";
/// Name of a binding that is judged and never stored.
const TRIAL: &str = "yumna-fence-trial";
const RBAC: &str = "rbac.authorization.k8s.io";
/// Authorizers learn of a new binding within milliseconds. How often, and how long apart, they are asked.
const ASKED: usize = 10;
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// "May I?"
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub kind: Kind,
    pub verb: &'a str,
    /// A part of the object: `log`.
    pub part: Option<&'a str>,
    /// `None`: in all namespaces.
    pub namespace: Option<&'a str>,
    pub name: Option<&'a str>,
}

impl<'a> Question<'a> {
    /// Whether `verb` may be done to objects of `kind` anywhere.
    pub fn of(kind: Kind, verb: &'a str) -> Self {
        Self { kind, verb, part: None, namespace: None, name: None }
    }
}

/// Asks the cluster.
pub(super) async fn may(cluster: &Cluster, question: Question<'_>) -> Result<bool, OutsideError> {
    let resource = question.kind.resource();
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: Some(resource.group),
                resource: Some(resource.plural),
                subresource: question.part.map(str::to_owned),
                verb: Some(question.verb.to_owned()),
                namespace: question.namespace.map(str::to_owned),
                name: question.name.map(str::to_owned),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let api: Api<SelfSubjectAccessReview> = Api::all(cluster.client());
    let answer = within_time(api.create(&PostParams::default(), &review)).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// Whether a call was refused for want of a right.
pub(super) fn is_forbidden(error: &OutsideError) -> bool {
    matches!(error, OutsideError::Rejected { code, .. } if code == "forbidden")
}

/// What is to be done about a call inside a namespace that was refused.
pub(super) enum Standing {
    /// The namespace is not there, so nothing is in it: who has no binding in it is refused instead of hearing that.
    Nothing,
    /// The rights are there now: the call is made again, once.
    Again,
    /// It stays refused.
    Refused,
}

/// Looks into a refusal inside a namespace. Rights of ours that are missing in a namespace of ours (made before there
/// were bindings, or taken away) are taken.
///
/// # Errors
/// `Unavailable` while the namespace goes away, or while the cluster does not know of the rights yet.
pub(super) async fn standing(
    cluster: &Cluster,
    namespace: Option<&str>,
    error: &OutsideError,
) -> Result<Standing, OutsideError> {
    let Some(namespace) = namespace.filter(|_| is_forbidden(error)) else { return Ok(Standing::Refused) };
    // Asked directly: the ways of `Cluster` lead back to here.
    let found = within_time(cluster.api(Kind::Namespace, None).get_opt(namespace)).await?;
    let Some(found) = found else { return Ok(Standing::Nothing) };
    if label_of(&found, INSTALL) != Some(cluster.installation.as_str()) {
        return Ok(Standing::Refused);
    }
    // Its bindings may have gone before the rest of it.
    if is_going(&found) {
        return Err(OutsideError::unavailable(format!("Namespace {namespace} is being removed.")));
    }
    if !are_there(cluster, namespace).await? {
        return Err(OutsideError::unavailable(format!("The rights in namespace {namespace} are not in force yet.")));
    }
    Ok(Standing::Again)
}

/// Sees to it that the driver may work in one of its namespaces. False: the binding is there, but the cluster does not
/// act on it yet.
///
/// # Errors
/// `Rejected` with code `forbidden` where the role may not be bound: the test of the cluster says so too.
pub(super) async fn are_there(cluster: &Cluster, namespace: &str) -> Result<bool, OutsideError> {
    // One right stands for all of the role: the one this is all about.
    let question = Question { namespace: Some(namespace), ..Question::of(Kind::Secret, "create") };
    if may(cluster, question).await? {
        return Ok(true);
    }
    let body = binding(&cluster.installation, namespace, &subject(&account(cluster).await?));
    let api = cluster.api(Kind::RoleBinding, Some(namespace));
    let params = PatchParams::apply(MANAGER).force();
    within_time(api.patch(BINDING, &params, &Patch::Apply(&body))).await?;
    for _ in 0..ASKED {
        if may(cluster, question).await? {
            return Ok(true);
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
    Ok(false)
}

/// Asks for our role in `namespace` without anything being stored: admission judges it all the same.
///
/// # Errors
/// `Rejected` with code `policy` where a fence stands before it.
pub(super) async fn would_be_bound(cluster: &Cluster, namespace: &str) -> Result<(), OutsideError> {
    let mut body = binding(&cluster.installation, namespace, &subject(&account(cluster).await?));
    body["metadata"]["name"] = json!(TRIAL);
    let api = cluster.api(Kind::RoleBinding, Some(namespace));
    let params = PatchParams::apply(MANAGER).force().dry_run();
    within_time(api.patch(TRIAL, &params, &Patch::Apply(&body))).await.map(drop)
}

/// The name under which the cluster knows us, asked once per connection.
async fn account(cluster: &Cluster) -> Result<String, OutsideError> {
    cluster.account.get_or_try_init(|| ask_account(cluster)).await.cloned()
}

async fn ask_account(cluster: &Cluster) -> Result<String, OutsideError> {
    let api: Api<SelfSubjectReview> = Api::all(cluster.client());
    let review = within_time(api.create(&PostParams::default(), &SelfSubjectReview::default())).await?;
    let name = review.status.and_then(|status| status.user_info).and_then(|user| user.username);
    name.ok_or_else(|| OutsideError::unknown("The cluster does not say who we are."))
}

/// A caller as bindings name him.
fn subject(account: &str) -> Value {
    let parts = account.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match parts {
        Some((namespace, name)) => json!({ "kind": "ServiceAccount", "namespace": namespace, "name": name }),
        None => json!({ "apiGroup": RBAC, "kind": "User", "name": account }),
    }
}

fn binding(installation: &str, namespace: &str, subject: &Value) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "RoleBinding",
        "metadata": {
            "name": BINDING,
            "namespace": namespace,
            "labels": { MANAGED_BY: MANAGER, INSTALL: installation },
        },
        "roleRef": { "apiGroup": RBAC, "kind": "ClusterRole", "name": TENANT_ROLE },
        "subjects": [subject],
    })
}

/// Whether the rules of a role let `verb` be done to objects of `kind`, or to a part of them. Pure.
pub(super) fn covers(role: &Value, kind: Kind, part: Option<&str>, verb: &str) -> bool {
    let resource = kind.resource();
    let wanted = part.map_or_else(|| resource.plural.clone(), |part| format!("{}/{part}", resource.plural));
    let has = |rule: &Value, field: &str, word: &str| {
        rule[field].as_array().is_some_and(|list| list.iter().any(|found| found == word || found == "*"))
    };
    role["rules"].as_array().into_iter().flatten().any(|rule| {
        has(rule, "verbs", verb)
            && has(rule, "apiGroups", &resource.group)
            && has(rule, "resources", &wanted)
            && rule["resourceNames"].as_array().is_none_or(Vec::is_empty)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_bound_as_one_and_everybody_else_as_a_user() {
        assert_eq!(
            subject("system:serviceaccount:yumna-system:yumna"),
            json!({ "kind": "ServiceAccount", "namespace": "yumna-system", "name": "yumna" })
        );
        assert_eq!(subject("kubernetes-admin")["kind"], "User");
    }

    #[test]
    fn a_role_covers_what_its_rules_name() {
        let role = json!({ "rules": [
            { "apiGroups": [""], "resources": ["secrets", "pods/log"], "verbs": ["get", "list"] },
            { "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["one"], "verbs": ["get"] },
            { "apiGroups": ["apps"], "resources": ["*"], "verbs": ["*"] },
        ] });

        assert!(covers(&role, Kind::Secret, None, "list") && covers(&role, Kind::Pod, Some("log"), "get"));
        assert!(covers(&role, Kind::Deployment, None, "patch"));
        assert!(!covers(&role, Kind::Secret, None, "delete") && !covers(&role, Kind::Pod, None, "get"));
        assert!(!covers(&role, Kind::ConfigMap, None, "get"), "one config map is not all of them");
        assert!(!covers(&Value::Null, Kind::Secret, None, "get"));
    }
}
