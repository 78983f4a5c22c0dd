//! What programs expect of every HTTP service.
use super::house::{House, STAFF_PASSWORD, request};
use actix_web::{http::header, test::TestRequest};
use serde_json::json;
use std::net::SocketAddr;
use yumna::{
    domain::catalog,
    kernel::{config::Limits, rate_limit::RateLimits},
};

#[actix_web::test]
async fn unknown_paths_and_methods_are_told_in_the_callers_form() {
    let house = House::new().await;

    let unknown = house.asks("GET", "/api/panel/nothing", json!(null)).await;
    assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (404, "NOT_FOUND"));
    assert_eq!(unknown.header(header::CONTENT_TYPE), "application/problem+json");
    assert_eq!(unknown.header(header::CACHE_CONTROL), "no-store");

    let wrong = house.asks("DELETE", "/api/panel/profile", json!(null)).await;
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
    let allow: Vec<&str> = wrong.header(header::ALLOW).split(", ").collect();
    for method in ["GET", "HEAD", "PATCH", "OPTIONS"] {
        assert!(allow.contains(&method), "{allow:?}");
    }
    assert!(!allow.contains(&"DELETE"));

    let options = house.asks("OPTIONS", "/api/panel/orders/ord_1", json!(null)).await;
    assert_eq!((options.status.as_u16(), options.header(header::ALLOW)), (204, "GET, HEAD, OPTIONS"));
}

#[actix_web::test]
async fn head_is_get_without_more_rights_or_other_answers() {
    let house = House::new().await;
    assert_eq!(house.asks("HEAD", "/api/panel/wallet", json!(null)).await.status, 200);
    assert_eq!(house.call("", "HEAD", "/api/panel/wallet", json!(null)).await.status, 401);
    assert_eq!(house.asks("HEAD", "/api/panel/invoices/inv_nobody", json!(null)).await.status, 404);
    assert_eq!(house.call("", "HEAD", "/health/live", json!(null)).await.status, 200);
    assert_eq!(house.asks("HEAD", "/api/panel/invoices/inv_1/payments", json!(null)).await.status, 405);
}

#[actix_web::test]
async fn private_answers_are_kept_by_nobody_and_the_catalogue_is_compared() {
    let house = House::new().await;
    for path in ["/api/panel/wallet", "/api/auth/me", "/api/panel/invoices"] {
        assert_eq!(house.asks("GET", path, json!(null)).await.header(header::CACHE_CONTROL), "no-store", "{path}");
    }
    for path in ["/api/catalog/services", "/api/catalog/services/ghost/plans", "/api/openapi.json"] {
        let first = house.call("", "GET", path, json!(null)).await;
        let tag = first.header(header::ETAG).to_owned();
        assert!(tag.starts_with("W/\"") && !first.bytes.is_empty(), "{path}: {tag}");
        assert!(!first.header(header::CACHE_CONTROL).contains("no-store"), "{path}");

        let known = TestRequest::get().uri(path).insert_header((header::IF_NONE_MATCH, tag.as_str()));
        let same = house.send(known).await;
        assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0), "{path}");
        assert_eq!(same.header(header::ETAG), tag);
    }

    let before = house.call("", "GET", "/api/catalog/services/ghost/plans", json!(null)).await;
    assert_eq!(house.posts("k", "/api/panel/orders", House::order()).await.status, 201);
    let known = TestRequest::get()
        .uri("/api/catalog/services/ghost/plans")
        .insert_header((header::IF_NONE_MATCH, before.header(header::ETAG)));
    assert_eq!(house.send(known).await.status, 200, "a slot was taken: the plan is another");
}

#[actix_web::test]
async fn bodies_that_are_too_long_are_refused_before_they_are_read() {
    let house = House::new().await;
    let long = "x".repeat(1024 * 1024 + 1);
    let body = house.asks("PATCH", "/api/panel/profile", json!({ "name": long })).await;
    assert_eq!((body.status.as_u16(), body.code().as_str()), (413, "BODY_TOO_LARGE"));
    let notification = "x".repeat(256 * 1024 + 1);
    let refused = house.call("", "POST", "/api/webhooks/scripted/notification", json!(notification)).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (413, "BODY_TOO_LARGE"));
}

fn from(address: &str, request: TestRequest) -> TestRequest {
    request.peer_addr(SocketAddr::new(address.parse().unwrap(), 40_000))
}

fn forgot() -> TestRequest {
    request("", "POST", "/api/auth/password/forgot", json!({ "email": "budi@example.test" }))
}

#[actix_web::test]
async fn an_address_that_asks_too_often_waits_on_pages_and_api_alike() {
    let limits = Limits { mail: 2, ..Limits::default() };
    let house = House::with(|services| {
        services.limits = RateLimits::new(&limits);
        services.config.server.trusted_proxies = vec!["10.0.0.0/24".parse().unwrap()];
    })
    .await;
    let form = || {
        TestRequest::post()
            .uri("/forgot")
            .insert_header(("sec-fetch-site", "same-origin"))
            .set_form([("email", "budi@example.test")])
    };

    assert_eq!(house.send(from("203.0.113.7", forgot())).await.status, 202);
    assert_ne!(house.send(from("203.0.113.7", form())).await.status, 429, "the second of two");

    let api = house.send(from("203.0.113.7", forgot())).await;
    assert_eq!((api.status.as_u16(), api.code().as_str()), (429, "RATE_LIMITED"));
    assert_eq!(api.header(header::CONTENT_TYPE), "application/problem+json");
    assert!(api.header(header::RETRY_AFTER).parse::<u64>().unwrap() >= 1);
    let page = house.send(from("203.0.113.7", form())).await;
    assert_eq!(page.status, 429);
    assert!(page.header(header::CONTENT_TYPE).starts_with("text/html"));
    assert!(page.header(header::RETRY_AFTER).parse::<u64>().unwrap() >= 1);

    assert_eq!(house.send(from("203.0.113.8", forgot())).await.status, 202, "others do not wait");
    let lies = forgot().insert_header(("x-forwarded-for", "198.51.100.1"));
    assert_eq!(house.send(from("203.0.113.7", lies)).await.status, 429, "what a visitor writes is not believed");
    for visitor in ["198.51.100.1", "198.51.100.2"] {
        let through = forgot().insert_header(("x-forwarded-for", visitor));
        assert_eq!(house.send(from("10.0.0.1", through)).await.status, 202, "our proxy names its visitors");
    }
    for (line, status) in [("198.51.100.9", 202), ("198.51.100.10", 202), ("198.51.100.11", 429)] {
        // Each proxy adds a line of its own: the last address that is not ours counts, not the first that is written.
        let lines =
            forgot().append_header(("x-forwarded-for", line)).append_header(("x-forwarded-for", "203.0.113.50"));
        let through = lines.append_header(("x-forwarded-for", "10.0.0.2"));
        assert_eq!(house.send(from("10.0.0.1", through)).await.status.as_u16(), status, "{line}");
    }
}

#[actix_web::test]
async fn in_maintenance_people_read_and_links_of_mails_are_not_used_up() {
    let house = House::with(|services| services.config.server.maintenance = true).await;
    let page = |path: &str| TestRequest::get().uri(path);
    for (path, status) in
        [("/", 200), ("/verify", 200), ("/verify/a-token", 503), ("/verify?token=a", 503), ("/reset/a-token", 200)]
    {
        let answer = house.send(page(path)).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(status == 503, !answer.header(header::RETRY_AFTER).is_empty(), "{path}");
    }

    let wrong = json!({ "email": "sari@example.test", "password": "wrong" });
    assert_eq!(house.call("", "POST", "/api/auth/login", wrong).await.status, 401);
    let right = json!({ "email": "sari@example.test", "password": STAFF_PASSWORD });
    let tokens = house.call("", "POST", "/api/auth/login", right).await;
    assert_eq!(tokens.status, 200, "programs may still get the tokens they read with");
    let refresh = json!({ "refresh_token": tokens.json()["refresh_token"] });
    assert_eq!(house.call("", "POST", "/api/auth/refresh", refresh).await.status, 200);
    let forgot = house.send(forgot()).await;
    assert_eq!((forgot.status.as_u16(), forgot.code().as_str()), (503, "MAINTENANCE"));
}

#[actix_web::test]
async fn a_database_that_is_away_is_told_without_its_own_words() {
    let house = House::new().await;
    house.world.services.db.clone().close().await.unwrap();
    let answer = house.call("", "GET", "/health/ready", json!(null)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["reasons"], json!(["database: not reachable"]));
}

#[actix_web::test]
async fn who_uses_an_older_name_is_led_to_the_present_one() {
    let house = House::new().await;
    for (older, present) in [
        ("/api/user/wallet/transactions?limit=1", "/api/panel/wallet/transactions?limit=1"),
        ("/api/user/services", "/api/panel/services"),
        ("/api/user/services/usage", "/api/panel/usage"),
        ("/api/user/services/subscriptions", "/api/panel/subscriptions"),
        ("/api/subscriptions", "/api/panel/subscriptions"),
    ] {
        let led = house.asks("GET", older, json!(null)).await;
        assert_eq!((led.status.as_u16(), led.header(header::LOCATION)), (308, present), "{older}");
        assert_eq!(house.asks("GET", present, json!(null)).await.status, 200, "{present}");
    }
}

#[actix_web::test]
async fn private_reads_are_compared_but_stored_by_no_cache_and_credentials_are_neither() {
    let house = House::new().await;
    let instance = house.running().await;
    for (token, path) in [
        (&house.token, "/api/panel/wallet".to_owned()),
        (&house.token, "/api/panel/invoices".to_owned()),
        (&house.staff, "/api/whm/customers".to_owned()),
    ] {
        let first = house.call(token, "GET", &path, json!(null)).await;
        let tag = first.header(header::ETAG).to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        let known = || request(token, "GET", &path, json!(null)).insert_header((header::IF_NONE_MATCH, tag.as_str()));
        let same = house.send(known()).await;
        assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0), "{path}");
        assert_eq!(same.header(header::CACHE_CONTROL), "no-store", "{path}");
        let foreign = TestRequest::get().uri(&path).insert_header((header::IF_NONE_MATCH, tag.as_str()));
        assert_eq!(house.send(foreign).await.status, 401, "{path}: a tag opens nothing");
    }
    let wallet = house.asks("GET", "/api/panel/wallet", json!(null)).await;
    house.world.gives(&house.buyer, 1_000).await;
    let known = request(&house.token, "GET", "/api/panel/wallet", json!(null))
        .insert_header((header::IF_NONE_MATCH, wallet.header(header::ETAG)));
    assert_eq!(house.send(known).await.status, 200, "the balance is another");

    let secret = house.asks("GET", &format!("/api/panel/instances/{}/credentials", instance.id), json!(null)).await;
    assert_eq!((secret.status.as_u16(), secret.header(header::ETAG)), (200, ""));
    assert_eq!(secret.header(header::CACHE_CONTROL), "no-store");
}

#[actix_web::test]
async fn a_limited_call_says_how_many_are_left() {
    let limits = Limits { mail: 2, ..Limits::default() };
    let house = House::with(|services| services.limits = RateLimits::new(&limits)).await;
    let mut told = Vec::new();
    for _ in 0..3 {
        let answer = house.send(from("203.0.113.7", forgot())).await;
        let said = ["ratelimit-limit", "ratelimit-remaining"].map(|name| answer.header(name).to_owned());
        assert!(answer.header("ratelimit-reset").parse::<u64>().unwrap() >= 1);
        told.push((answer.status.as_u16(), said.join("/")));
    }
    assert_eq!(told, [(202, "2/1".to_owned()), (202, "2/0".to_owned()), (429, "2/0".to_owned())]);
    let free = house.send(from("203.0.113.7", request(&house.token, "GET", "/api/panel/wallet", json!(null)))).await;
    assert_eq!(free.header("ratelimit-limit"), "", "what is not limited says nothing");
}

/// Walks a list two rows at a time; gives what `field` names, in order.
async fn walk(house: &House, token: &str, path: &str, field: &str) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = house.call(token, "GET", &format!("{path}{mark}limit=2&cursor={cursor}"), json!(null)).await;
        assert_eq!(page.status, 200, "{path}: {}", page.json());
        let page = page.json();
        let rows = page["data"].as_array().unwrap();
        assert!((1..=2).contains(&rows.len()), "{path}: {page}");
        seen.extend(rows.iter().map(|row| row[field].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return seen,
        }
    }
}

#[actix_web::test]
async fn every_list_honours_limit_and_cursor() {
    let house = House::new().await;
    let ghost = catalog::find::service(&house.world.services.db, "ghost").await.unwrap().product;
    for (tier, code) in [(2, "ghost-2"), (3, "ghost-3")] {
        house.world.plan(&ghost, code, tier, 5).await;
    }
    for name in ["three", "two"] {
        house.world.cluster(name, 64_000).await;
    }
    let plans = walk(&house, "", "/api/catalog/services/ghost/plans", "code").await;
    assert_eq!(plans, ["ghost-1", "ghost-2", "ghost-3"]);
    assert_eq!(walk(&house, &house.staff, "/api/whm/clusters", "name").await, ["one", "three", "two"]);
    for path in ["services", "featured", "search?q=ghost", "categories", "categories/apps/services"] {
        assert_eq!(walk(&house, "", &format!("/api/catalog/{path}"), "slug").await.len(), 1, "{path}");
    }
    let foreign = house.call("", "GET", "/api/catalog/services?cursor=!", json!(null)).await;
    assert_eq!(foreign.status, 400);
}

#[actix_web::test]
async fn staff_lists_name_the_customer_and_invoices_come_with_lines_and_payments() {
    let house = House::new().await;
    house.running().await;
    for noun in ["invoices", "payments", "orders"] {
        let list = house.call(&house.staff, "GET", &format!("/api/whm/{noun}"), json!(null)).await.json();
        assert_eq!(list["data"][0]["customer_id"], json!(house.customer_id()), "{noun}");
    }
    let invoices = house.call(&house.staff, "GET", "/api/whm/invoices", json!(null)).await.json();
    let invoice = &invoices["data"][0];
    assert_eq!(
        (invoice["items"].as_array().unwrap().len(), &invoice["payments"][0]["status"]),
        (1, &json!("succeeded"))
    );
}
