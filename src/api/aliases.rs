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

/// Older prefix and what it is called now.
const PREFIXES: &[(&str, &str)] = &[
    ("/api/user/wallet", "/api/panel/wallet"),
    ("/api/user/services", "/api/panel/services"),
    ("/api/subscriptions", "/api/panel/subscriptions"),
    ("/api/instances", "/api/panel/instances"),
];

/// Registers the redirects.
pub fn routes(config: &mut web::ServiceConfig) {
    for (old, _) in PREFIXES {
        config.route(old, web::to(redirect));
        config.route(&format!("{old}/{{tail:.*}}"), web::to(redirect));
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
    let (old, new) = PREFIXES.iter().find(|(old, _)| path == *old || path.starts_with(&format!("{old}/")))?;
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    Some(format!("{new}{}{query}", &path[old.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(renamed("/api/instancesx", ""), None);
    }
}
