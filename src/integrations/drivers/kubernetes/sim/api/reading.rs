//! Get and list.
use super::place::Place;
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    kinds::Kind,
    refusal::{Refusal, Refused},
    selecting::Selection,
    store::State,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::sync::Arc;

/// Whether the client asked for metadata only.
pub fn is_metadata_only(request: &Request) -> bool {
    request.header("accept").is_some_and(|accept| accept.contains("as=PartialObjectMetadata"))
}

/// Only the metadata of an object.
pub fn metadata_only(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

/// Answers one object.
pub fn object_reply(status: u16, object: &Value, request: &Request) -> Reply {
    if is_metadata_only(request) { Reply::json(status, &metadata_only(object)) } else { Reply::json(status, object) }
}

/// Get.
pub fn get(state: &State, kind: &Kind, place: &Place, name: &str, request: &Request) -> Result<Reply, Refused> {
    let object = find(state, kind, place, name)?;
    Ok(object_reply(200, &object, request))
}

/// The object an address names.
pub fn find(state: &State, kind: &Kind, place: &Place, name: &str) -> Result<Arc<Value>, Refused> {
    let namespace = place.namespace.as_deref().unwrap_or_default();
    state.get(&kind.resource(), namespace, name).ok_or_else(|| Refusal::not_found(kind, name))
}

/// The selection a request makes.
pub fn selection(kind: &Kind, request: &Request) -> Result<Selection, Refused> {
    Selection::parse(&kind.resource(), request.parameter("labelSelector"), request.parameter("fieldSelector"))
}

/// List, page by page where the client asks for pages.
pub fn list(state: &State, kind: &Kind, place: &Place, request: &Request) -> Result<Reply, Refused> {
    let selection = selection(kind, request)?;
    let limit = request.parameter("limit").and_then(|limit| limit.parse::<usize>().ok()).unwrap_or(0);
    let token = request.parameter("continue").filter(|token| !token.is_empty());
    let page = token.map(|token| read_token(state, token)).transpose()?;
    let version = page.as_ref().map_or(state.version(), |page| page.0);
    let after = page.map(|page| (page.1, page.2));

    let resource = kind.resource();
    let mut rest = state
        .list(&resource, place.namespace.as_deref())
        .filter(|(_, object)| selection.fits(object))
        .filter(|(key, _)| {
            after.as_ref().is_none_or(|(namespace, name)| (&key.namespace, &key.name) > (namespace, name))
        })
        .peekable();
    let mut items = Vec::new();
    let mut last = None;
    while let Some((key, object)) = rest.next_if(|_| limit == 0 || items.len() < limit) {
        last = Some(key);
        items.push(if is_metadata_only(request) { metadata_only(object) } else { bare(object) });
    }
    let mut meta = json!({"resourceVersion": version.to_string()});
    if rest.peek().is_some()
        && let Some(last) = last
    {
        let token = json!([version, last.namespace, last.name]).to_string();
        meta["continue"] = json!(URL_SAFE_NO_PAD.encode(token));
        meta["remainingItemCount"] = json!(rest.count());
    }
    let (list, api_version) = if is_metadata_only(request) {
        ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned())
    } else {
        (format!("{}List", kind.kind), kind.api_version())
    };
    Ok(Reply::json(200, &json!({"kind": list, "apiVersion": api_version, "metadata": meta, "items": items})))
}

/// Items of lists say neither kind nor version.
pub fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("kind");
        map.remove("apiVersion");
    }
    object
}

fn read_token(state: &State, token: &str) -> Result<(u64, String, String), Refused> {
    let refused = || Refusal::bad_request("continue key is not valid");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
    let page: (u64, String, String) = serde_json::from_slice(&bytes).map_err(|_| refused())?;
    if page.0 < state.oldest() {
        return Err(Refusal::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list \
             without the continue parameter, or use the continue token in this response to retrieve the remainder of \
             the results. Continuing with the provided token results in an inconsistent list - objects that were \
             created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
        ));
    }
    Ok(page)
}
