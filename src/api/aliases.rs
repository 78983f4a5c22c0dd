//! Older names of paths. Reads and writes answer 308 (method and body are kept); webhook aliases are served directly,
//! because gateways do not follow redirects (see `webhooks`).
use actix_web::{HttpRequest, HttpResponse, http::header, web};

/// Where gateways may still be configured to report to.
pub(super) const OLDER_DOOR: &str = "/api/payments/{gateway}/webhook";

/// Whether gateways report to `path`, under its present or its older name.
pub fn is_door_of_gateways(path: &str) -> bool {
    let (start, end) = OLDER_DOOR.split_once("{gateway}").unwrap_or((OLDER_DOOR, ""));
    path.starts_with("/api/webhooks/") || (path.starts_with(start) && path.ends_with(end))
}

/// Older name and what it is called now. A name that ends with `/` stands for everything below it.
const OLDER: &[(&str, &str)] = &[
    ("/api/user/wallet", "/api/panel/wallet"),
    ("/api/user/wallet/", "/api/panel/wallet/"),
    ("/api/user/services", "/api/panel/services"),
    ("/api/user/services/", "/api/panel/"),
    ("/api/subscriptions", "/api/panel/subscriptions"),
    ("/api/subscriptions/", "/api/panel/subscriptions/"),
    ("/api/instances/", "/api/panel/instances/"),
];

/// Registers the redirects.
pub fn routes(config: &mut web::ServiceConfig) {
    for (old, _) in OLDER {
        let below = if old.ends_with('/') { "{tail:.+}" } else { "" };
        config.route(&format!("{old}{below}"), web::to(redirect));
    }
}

async fn redirect(request: HttpRequest) -> HttpResponse {
    match renamed(request.path(), request.query_string()) {
        Some(target) => HttpResponse::PermanentRedirect().insert_header((header::LOCATION, target)).finish(),
        None => HttpResponse::NotFound().finish(),
    }
}

/// Today's name of an older path, query included.
fn renamed(path: &str, query: &str) -> Option<String> {
    let target = OLDER.iter().find_map(|(old, new)| match path.strip_prefix(old)? {
        "" => Some((*new).to_owned()),
        rest => old.ends_with('/').then(|| format!("{new}{rest}")),
    })?;
    Some(if query.is_empty() { target } else { format!("{target}?{query}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::openapi;

    #[test]
    fn gateways_report_to_two_doors() {
        let doors = ["/api/webhooks/midtrans/notification", "/api/webhooks/m/t/notification"];
        assert!(doors.into_iter().all(is_door_of_gateways) && is_door_of_gateways("/api/payments/midtrans/webhook"));
        for other in ["/api/payments/midtrans", "/api/panel/payments/pay_1/webhook", "/api/panel/orders"] {
            assert!(!is_door_of_gateways(other), "{other}");
        }
    }

    #[test]
    fn older_names_lead_to_the_present_ones() {
        assert_eq!(renamed("/api/user/wallet", "").as_deref(), Some("/api/panel/wallet"));
        assert_eq!(
            renamed("/api/subscriptions/sub_1/cancel", "a=b").as_deref(),
            Some("/api/panel/subscriptions/sub_1/cancel?a=b")
        );
        assert_eq!(
            renamed("/api/user/services/instances/ins_1/restart", "").as_deref(),
            Some("/api/panel/instances/ins_1/restart")
        );
        assert_eq!(renamed("/api/instancesx", ""), None);
    }

    #[test]
    fn every_older_name_leads_to_a_route() {
        let document: serde_json::Value = serde_json::from_str(openapi::document_json()).unwrap();
        let paths: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
        for (old, new) in OLDER {
            let reached: Vec<_> =
                paths.iter().filter(|path| *path == new || new.ends_with('/') && path.starts_with(new)).collect();
            assert!(!reached.is_empty(), "{old} leads nowhere");
            for path in reached {
                let path = path.replace(['{', '}'], "");
                let older = path.replacen(new, old, 1);
                assert_eq!(renamed(&older, "").as_deref(), Some(path.as_str()), "{older}");
                assert!(openapi::methods_of(&path).is_some(), "{path}");
            }
        }
    }
}
