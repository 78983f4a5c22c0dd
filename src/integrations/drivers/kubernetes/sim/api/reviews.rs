//! "May I?": access reviews. The token may do everything but enter containers.
use super::{body, place::Place};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    refusal::{Refusal, Refused},
};
use serde_json::json;

/// Answers a review.
pub fn reply(place: &Place, request: &Request) -> Result<Reply, Refused> {
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
    review["status"] = match place.plural.as_str() {
        "selfsubjectaccessreviews" => {
            let wanted = &review["spec"]["resourceAttributes"];
            let enters = wanted["resource"] == "pods"
                && wanted["subresource"].as_str().is_some_and(|sub| matches!(sub, "exec" | "attach" | "portforward"));
            json!({"allowed": !enters})
        }
        "selfsubjectrulesreviews" => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [], "incomplete": false,
        }),
        _ => return Ok(super::discovery::unknown()),
    };
    Ok(Reply::json(201, &review))
}
