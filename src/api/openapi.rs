//! The document that describes the API, collected from the handlers themselves. What is true of every operation (who
//! may call it, which refusals it shares with all others) is added here once.
use super::{handlers, http};
use actix_web::{
    App, HttpResponse,
    dev::ResourceDef,
    get,
    http::{Method, StatusCode},
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

/// Groups of operations, in the order a reader needs them.
const GROUPS: &[(&str, &str, &str)] = &[
    ("auth", "Signing in", "Accounts, tokens and proof of identity."),
    ("catalog", "Catalogue", "What is sold, with stock and prices as they will be charged. Open to everybody."),
    ("profile", "Profile", "Name and address as they are printed on documents."),
    ("orders", "Orders", "An order makes its invoice, its contracts and reserves its slots in one step."),
    ("payments", "Invoices and payments", "Documents, and ways to pay them."),
    ("wallet", "Wallet", "Balance, movements and top-ups."),
    ("subscriptions", "Subscriptions", "Contracts: what was bought, until when it is paid, how it ends."),
    ("services", "Services", "What runs under the contracts, and the work on it."),
    ("whm-customers", "Staff: customers", "Customers, wallets and approvals."),
    ("whm-money", "Staff: money", "Invoices and payments of all customers."),
    (
        "whm-reports",
        "Staff: reports",
        "Revenue, receivables, gateways, recurring revenue, wallets and tax, each with the figure of the ledger.",
    ),
    (
        "whm-operations",
        "Staff: operations",
        "Orders, quotes, coupons, contracts, what runs, clusters, take-over, background work and mail, colleagues, settings, audit trail.",
    ),
    (
        "whm-automation",
        "Staff: automation and books",
        "The billing day, pauses of automation, and the proof of the books.",
    ),
    ("webhooks", "Notifications of gateways", "Called by payment gateways, not by you."),
    ("document", "This document", "The description of the API itself."),
];

#[derive(OpenApi)]
#[openapi(info(
    title = "Yumna API",
    description = "Everything the panel and WHM can do. Money is whole minor units with its currency, times are RFC 3339 in UTC, lists are keyset pages, errors are problem documents with a stable code.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Document;

static JSON: LazyLock<String> = LazyLock::new(|| {
    let (_, document) = App::new().into_utoipa_app().openapi(Document::openapi()).configure(handlers).split_for_parts();
    let mut document = serde_json::to_value(document).expect("a document of plain values is valid JSON");
    complete(&mut document);
    serde_json::to_string_pretty(&document).expect("a JSON value can be written")
});

/// Every documented path with its methods.
static ROUTES: LazyLock<Vec<(ResourceDef, Vec<String>)>> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(document_json()).expect("written a moment ago");
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    paths
        .iter()
        .map(|(path, item)| {
            let mut methods: Vec<String> =
                item.as_object().into_iter().flatten().map(|(m, _)| m.to_uppercase()).collect();
            if methods.iter().any(|method| method == "GET") {
                methods.push("HEAD".to_owned());
            }
            methods.push("OPTIONS".to_owned());
            (ResourceDef::new(path.as_str()), methods)
        })
        .collect()
});

/// The OpenAPI document.
pub fn document_json() -> &'static str {
    &JSON
}

/// The methods a documented path knows; `None` for an unknown path.
pub fn methods_of(path: &str) -> Option<&'static [String]> {
    ROUTES.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.as_slice())
}

/// This document.
#[utoipa::path(tag = "document", responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
#[get("/api/openapi.json")]
pub async fn show_document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document_json())
}

fn complete(document: &mut Value) {
    document["info"]["termsOfService"] = json!("/terms");
    document["externalDocs"] = json!({ "url": "/privacy", "description": "Privacy statement" });
    document["tags"] = GROUPS
        .iter()
        .map(|(name, title, words)| json!({ "name": name, "description": words, "x-title": title }))
        .collect();
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The `access_token` of `POST /api/auth/login`." }
    });
    let paths = document["paths"].as_object_mut().expect("there are paths");
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_operation(path, method, operation);
        }
    }
}

/// Whether an operation asks for a token.
fn needs_token(path: &str) -> bool {
    path.starts_with("/api/panel/")
        || path.starts_with("/api/whm/")
        || matches!(path, "/api/auth/logout" | "/api/auth/me" | "/api/auth/step-up")
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let needs_token = needs_token(path);
    operation["security"] = if needs_token { json!([{ "bearer": [] }]) } else { json!([]) };
    let mut has_key = false;
    if operation["parameters"].is_null() {
        operation["parameters"] = json!([]);
    }
    let parameters = operation["parameters"].as_array_mut().expect("made above");
    // The macro knows parts of paths by their names only where they are plain texts.
    for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        if !parameters.iter().any(|parameter| parameter["name"] == name) {
            parameters
                .insert(0, json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
        }
    }
    for parameter in parameters.iter_mut().filter(|parameter| parameter["name"] == "Idempotency-Key") {
        has_key = true;
        parameter["description"] =
            json!("The same key, sent again within 24 hours, gets the same answer and does nothing a second time.");
    }
    if path.starts_with("/api/panel/") {
        parameters.push(json!({
            "name": "Yumna-Customer", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "Which account, where the user belongs to several."
        }));
    }
    let has_body = operation.get("requestBody").is_some();
    let is_limited = Method::from_bytes(method.to_uppercase().as_bytes())
        .is_ok_and(|method| http::act_of(&method, &path.replace(['{', '}'], "")).is_some());
    let responses = operation["responses"].as_object_mut().expect("every operation answers");
    let shared = [
        (400, has_body || path.contains("/whm/") || has_key),
        (401, needs_token),
        (403, path.starts_with("/api/panel/") || path.starts_with("/api/whm/")),
        (404, path.contains('{')),
        (409, has_key),
        (413, has_body),
        (415, has_body && !path.starts_with("/api/webhooks/")),
        (422, has_body || has_key),
        (429, is_limited),
        (503, true),
    ];
    for (status, applies) in shared {
        if applies {
            responses.entry(status.to_string()).or_insert_with(|| json!({ "description": "" }));
        }
    }
    for (status, response) in responses {
        complete_response(status, response);
    }
}

fn complete_response(status: &str, response: &mut Value) {
    let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    if response["description"].as_str().unwrap_or_default().is_empty() {
        response["description"] = json!(status.canonical_reason().unwrap_or("Answer"));
    }
    if !status.is_client_error() && !status.is_server_error() {
        return;
    }
    let schema = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    response["content"] = Value::Object(Map::from_iter([("application/problem+json".to_owned(), schema)]));
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response["headers"] =
            json!({ "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer" } } });
    }
}
