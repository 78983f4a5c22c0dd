//! Who may do what, judged by the roles and bindings the cluster holds (RBAC), as the API server judges it. Off unless
//! it is asked for: then the token of the kubeconfig may do everything.
//!
//! The fence of our manifest is an expression only a real server reads; here it is written out, for what is written.
//!
//! Of the rules against escalation only one way is known: whoever writes a binding needs the verb `bind` on its role. A
//! real server also lets those do it who hold every right of the role already.
use super::{
    api::Place,
    http::Request,
    kinds::Kind,
    objects::text,
    refusal::{Refusal, Refused},
    store::State,
};
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";
/// The account the token belongs to where rights are judged: the one of `deploy/k8s/driver-rbac.yaml`.
const ACCOUNT: (&str, &str) = ("yumna-system", "yumna");

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// `get`, `list`, `create`, `bind`, …
    pub verb: &'a str,
    /// API group, empty for the core group.
    pub group: &'a str,
    /// `secrets`, `pods/log`.
    pub resource: &'a str,
    /// Empty: in the whole cluster.
    pub namespace: &'a str,
    /// Empty: none in particular.
    pub name: &'a str,
}

/// Who the token says is calling: name and groups.
pub fn caller(state: &State) -> (String, Vec<String>) {
    if !state.facts().is_rbac {
        return ("system:admin".to_owned(), vec!["system:masters".to_owned(), "system:authenticated".to_owned()]);
    }
    let (home, name) = ACCOUNT;
    let groups = ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{home}")];
    let groups = groups.into_iter().chain(["system:authenticated".to_owned()]).collect();
    (format!("system:serviceaccount:{home}:{name}"), groups)
}

/// Whether the caller may do it.
pub fn allows(state: &State, wish: &Wish<'_>) -> bool {
    if !state.facts().is_rbac {
        return true;
    }
    let (user, groups) = caller(state);
    let is_bound = |binding: &Value| {
        let mut subjects = binding["subjects"].as_array().into_iter().flatten();
        subjects.any(|subject| is_subject(subject, &user, &groups))
    };
    let gives = |binding: &Value, home: &str| is_bound(binding) && role_allows(state, &binding["roleRef"], home, wish);
    let everywhere = format!("clusterrolebindings.{GROUP}");
    if state.list(&everywhere, None).any(|(_, binding)| gives(binding, "")) {
        return true;
    }
    let here = format!("rolebindings.{GROUP}");
    !wish.namespace.is_empty()
        && state.list(&here, Some(wish.namespace)).any(|(_, binding)| gives(binding, wish.namespace))
}

fn is_subject(subject: &Value, user: &str, groups: &[String]) -> bool {
    let name = text(subject, "/name");
    match text(subject, "/kind") {
        "ServiceAccount" => user == format!("system:serviceaccount:{}:{name}", text(subject, "/namespace")),
        "User" => user == name,
        "Group" => groups.iter().any(|group| group == name),
        _ => false,
    }
}

fn role_allows(state: &State, role: &Value, home: &str, wish: &Wish<'_>) -> bool {
    let (resource, home) = match text(role, "/kind") {
        "ClusterRole" => ("clusterroles", ""),
        _ => ("roles", home),
    };
    let role = state.get(&format!("{resource}.{GROUP}"), home, text(role, "/name"));
    role.is_some_and(|role| {
        let mut rules = role["rules"].as_array().into_iter().flatten();
        rules.any(|rule| rule_allows(rule, wish))
    })
}

fn rule_allows(rule: &Value, wish: &Wish<'_>) -> bool {
    let has = |field: &str, wanted: &dyn Fn(&str) -> bool| {
        rule[field].as_array().is_some_and(|list| list.iter().filter_map(Value::as_str).any(wanted))
    };
    let part = wish.resource.split_once('/').map(|(_, part)| format!("*/{part}"));
    let is_meant = |name: &str| name == "*" || name == wish.resource || part.as_deref() == Some(name);
    let names = rule["resourceNames"].as_array().map(Vec::as_slice).unwrap_or_default();
    has("verbs", &|verb| verb == "*" || verb == wish.verb)
        && has("apiGroups", &|group| group == "*" || group == wish.group)
        && has("resources", &is_meant)
        && (names.is_empty() || names.iter().any(|name| name == wish.name))
}

/// Refuses what the caller may not do.
pub fn demand(state: &State, wish: &Wish<'_>) -> Result<(), Refused> {
    if allows(state, wish) {
        return Ok(());
    }
    let (user, _) = caller(state);
    let place = match wish.namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace \"{namespace}\""),
    };
    let why = format!(
        "User \"{user}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
        wish.verb, wish.resource, wish.group
    );
    let plural = wish.resource.split('/').next().unwrap_or_default();
    Err(Refusal::without_right(wish.group, plural, wish.name, &why))
}

/// Refuses a request the caller may not make. `verb` is told where it is not the one of the method.
pub fn demand_of(state: &State, place: &Place, request: &Request, verb: Option<&str>) -> Result<(), Refused> {
    let is_flag = |name: &str| request.parameter(name).is_some_and(|value| value == "true" || value == "1");
    let verb = verb.unwrap_or(match (request.method.as_str(), place.name.is_some()) {
        ("GET", false) if is_flag("watch") => "watch",
        ("GET", false) => "list",
        ("GET" | "HEAD", _) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", false) => "deletecollection",
        ("DELETE", true) => "delete",
        _ => "",
    });
    let resource = match &place.subresource {
        Some(part) => format!("{}/{part}", place.plural),
        None => place.plural.clone(),
    };
    let name = place.name.as_deref().unwrap_or_default();
    // A namespace lies in itself, as far as rights go.
    let namespace = if place.plural == "namespaces" { name } else { place.namespace.as_deref().unwrap_or_default() };
    // What is created has no name yet, as far as rights go.
    let name = if verb == "create" { "" } else { name };
    demand(state, &Wish { verb, group: &place.group, resource: &resource, namespace, name })
}

/// Refuses what the policy `yumna-fence` of `deploy/k8s/driver-rbac.yaml` refuses.
fn fence(state: &State, kind: &Kind, new: &Value) -> Result<(), Refused> {
    if !state.facts().is_rbac || !state.facts().is_fenced {
        return Ok(());
    }
    // Machines are in no namespace. That their labels and taints stay is for a real server to see to.
    if kind.plural == "nodes" {
        return Ok(());
    }
    let is_home = kind.plural == "namespaces";
    let home = if is_home { "/metadata/name" } else { "/metadata/namespace" };
    let level = &new["metadata"]["labels"]["pod-security.kubernetes.io/enforce"];
    let why = if !text(new, home).starts_with("user-") {
        "yumna may only change what lies in user-* namespaces"
    } else if is_home && level != "restricted" {
        "yumna may make only namespaces with pod security restricted"
    } else {
        return Ok(());
    };
    let why = format!("ValidatingAdmissionPolicy 'yumna-fence' with binding 'yumna-fence' denied request: {why}");
    Err(Refusal::forbidden(kind, text(new, "/metadata/name"), &why))
}

/// Refuses a binding that gives away what the caller may not give: he needs the verb `bind` on the role; and what lies
/// beyond the fence.
pub fn demand_bind(state: &State, kind: &Kind, old: Option<&Value>, new: &Value) -> Result<(), Refused> {
    fence(state, kind, new)?;
    let is_binding = kind.group == GROUP && matches!(&*kind.plural, "rolebindings" | "clusterrolebindings");
    let is_same = old.is_some_and(|old| old["roleRef"] == new["roleRef"] && old["subjects"] == new["subjects"]);
    if !is_binding || is_same {
        return Ok(());
    }
    let role = &new["roleRef"];
    let resource = if text(role, "/kind") == "ClusterRole" { "clusterroles" } else { "roles" };
    let namespace = text(new, "/metadata/namespace");
    let wish = Wish { verb: "bind", group: GROUP, resource, namespace, name: text(role, "/name") };
    if allows(state, &wish) {
        return Ok(());
    }
    let (user, groups) = caller(state);
    let groups: Vec<String> = groups.iter().map(|group| format!("\"{group}\"")).collect();
    let rights = match resource {
        "clusterroles" => state.get(&format!("clusterroles.{GROUP}"), "", wish.name),
        _ => state.get(&format!("roles.{GROUP}"), namespace, wish.name),
    };
    let rights = rights.map_or(json!([]), |role| role["rules"].clone());
    let why = format!(
        "user \"{user}\" (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{rights}",
        groups.join(" ")
    );
    Err(Refusal::forbidden(kind, text(new, "/metadata/name"), &why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(rule: &Value, verb: &str, group: &str, resource: &str, name: &str) -> bool {
        rule_allows(rule, &Wish { verb, group, resource, namespace: "a", name })
    }

    #[test]
    fn a_rule_allows_what_it_names_and_nothing_else() {
        let rule = json!({"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]});

        assert!(allowed(&rule, "get", "", "pods", "x") && allowed(&rule, "get", "", "pods/log", "x"));
        assert!(!allowed(&rule, "delete", "", "pods", "x"), "another verb");
        assert!(!allowed(&rule, "get", "apps", "pods", "x"), "another group");
        assert!(!allowed(&rule, "get", "", "pods/exec", "x"), "another part");
    }

    #[test]
    fn a_rule_with_names_allows_those_only_and_stars_allow_all() {
        let one =
            json!({"apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["a"], "verbs": ["bind"]});
        let all = json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]});
        let logs = json!({"apiGroups": [""], "resources": ["*/log"], "verbs": ["get"]});

        assert!(allowed(&one, "bind", GROUP, "clusterroles", "a"));
        assert!(
            !allowed(&one, "bind", GROUP, "clusterroles", "b") && !allowed(&one, "bind", GROUP, "clusterroles", "")
        );
        assert!(allowed(&all, "delete", "apps", "deployments/scale", "x"));
        assert!(allowed(&logs, "get", "", "pods/log", "x") && !allowed(&logs, "get", "", "pods", "x"));
    }
}
