//! Older names of pages: they lead on to the present ones.
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, ServiceConfig},
};

/// Older beginnings of paths and what replaced them.
const OLDER: &[(&str, &str)] =
    &[("/dashboard", "/panel"), ("/customer", "/panel"), ("/admin", "/whm"), ("/users", "/whm/users")];

/// The older names.
pub fn routes(config: &mut ServiceConfig) {
    for (older, _) in OLDER {
        config.route(older, web::get().to(lead_on));
        if *older != "/dashboard" {
            config.route(&format!("{older}/{{rest:.*}}"), web::get().to(lead_on));
        }
    }
}

async fn lead_on(request: HttpRequest) -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, present(&request.uri().to_string()))).finish()
}

/// The present path of an older one; query and what follows stay.
fn present(path: &str) -> String {
    OLDER
        .iter()
        .find_map(|(older, new)| {
            let rest = path.strip_prefix(older)?;
            (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| format!("{new}{rest}"))
        })
        .unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::present;

    #[test]
    fn older_names_lead_to_the_same_place_under_the_new_name() {
        for (older, new) in [
            ("/dashboard", "/panel"),
            ("/customer/invoices/inv_1?tab=pay", "/panel/invoices/inv_1?tab=pay"),
            ("/admin/orders", "/whm/orders"),
            ("/admin", "/whm"),
            ("/users", "/whm/users"),
            ("/users/usr_1", "/whm/users/usr_1"),
        ] {
            assert_eq!(present(older), new);
        }
    }
}
