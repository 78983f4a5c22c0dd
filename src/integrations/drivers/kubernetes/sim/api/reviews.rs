//! "Who am I, and may I?": reviews. Where rights are not judged by roles, the token may do everything but enter
//! containers.
use super::{body, place::Place};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    objects::text,
    refusal::{Refusal, Refused},
    rights::{self, Wish},
    store::State,
};
use serde_json::{Value, json};

/// Answers a review.
pub fn reply(state: &State, place: &Place, request: &Request) -> Result<Reply, Refused> {
    if request.method != "POST" {
        return Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        ));
    }
    let mut review = body(request)?;
    if !review["metadata"].is_object() {
        review["metadata"] = json!({});
    }
    review["status"] = match (place.group.as_str(), place.plural.as_str()) {
        ("authorization.k8s.io", "selfsubjectaccessreviews") => {
            json!({"allowed": is_allowed(state, &review["spec"]["resourceAttributes"])})
        }
        ("authorization.k8s.io", "selfsubjectrulesreviews") if !state.facts().is_rbac => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [], "incomplete": false,
        }),
        ("authentication.k8s.io", "selfsubjectreviews") => {
            let (username, groups) = rights::caller(state);
            json!({"userInfo": {"username": username, "groups": groups}})
        }
        _ => return Ok(super::discovery::unknown()),
    };
    Ok(Reply::json(201, &review))
}

fn is_allowed(state: &State, wanted: &Value) -> bool {
    let resource = match text(wanted, "/subresource") {
        "" => text(wanted, "/resource").to_owned(),
        part => format!("{}/{part}", text(wanted, "/resource")),
    };
    let wish = Wish {
        verb: text(wanted, "/verb"),
        group: text(wanted, "/group"),
        resource: &resource,
        namespace: text(wanted, "/namespace"),
        name: text(wanted, "/name"),
    };
    let enters = matches!(resource.as_str(), "pods/exec" | "pods/attach" | "pods/portforward");
    !enters && rights::allows(state, &wish)
}
