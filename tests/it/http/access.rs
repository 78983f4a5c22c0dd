//! Who may come in: nobody without signing in, customers not behind the counter, staff as far as their role goes.
use super::{forms, permissions, routes};
use crate::support::town::Town;
use std::collections::BTreeSet;
use yumna::kernel::permission;

/// Addresses of the API for those who are signed in.
fn is_guarded(pattern: &str) -> bool {
    ["/api/panel/", "/api/whm/"].iter().any(|start| pattern.starts_with(start))
        || ["/api/auth/logout", "/api/auth/me", "/api/auth/step-up"].contains(&pattern)
}

#[tokio::test]
async fn without_a_token_the_api_says_nothing() {
    let town = Town::new().await;
    let visitor = town.site.stranger();
    let guarded: Vec<_> = routes::api().into_iter().filter(|route| is_guarded(&route.pattern)).collect();
    assert!(guarded.len() > 45);

    for route in guarded {
        let path = format!("{}?limit=many&cursor=!&tail=x", route.here(&town));
        for authorization in [None, Some("Bearer"), Some("Bearer x.y.z"), Some("Basic YTpi")] {
            let mut request = visitor.request(&route.method, &path).body("{");
            if let Some(value) = authorization {
                request = request.header("authorization", value);
            }
            let answer = visitor.send(request).await;
            assert_eq!(answer.status, 401, "{} with {authorization:?}: {}", route.name(), answer.body);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{}", route.name());
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{}", route.name());
        }
    }
}

#[tokio::test]
async fn without_signing_in_pages_lead_to_the_sign_in_page() {
    let town = Town::new().await;
    let mut visitor = town.site.browser(None, "id").await;
    let is_guarded = |pattern: &str| pattern.starts_with("/panel") || pattern.starts_with("/whm");
    let guarded: Vec<_> = routes::pages()
        .into_iter()
        .filter(|route| is_guarded(&route.pattern) || route.pattern == "/checkout")
        .collect();
    assert!(guarded.len() > 100);
    let before = town.world.snapshot().await;

    for route in guarded {
        let path = route.here(&town);
        let answer = match route.is_post() {
            true => visitor.post(&path, &forms::pairs(&forms::of(&route, &town))).await,
            false => visitor.get(&path).await,
        };
        assert_eq!(answer.status, 303, "{}: {}", route.name(), answer.body);
        let expected = match route.is_post() {
            true => "/login?next=%2Fpanel".to_owned(),
            false => format!("/login?next={}", path.replace('/', "%2F")),
        };
        assert_eq!(answer.location(), expected, "{}", route.name());
        let request = visitor.request(&route.method, &path).header("hx-request-type", "partial");
        let request = request.header("x-csrf-token", &visitor.token).form(&forms_of(&route, &town));
        let partial = visitor.send(request).await;
        assert!(partial.header("hx-redirect").starts_with("/login?next="), "{}: {}", route.name(), partial.status);
    }

    assert_eq!(before, town.world.snapshot().await);
}

fn forms_of(route: &routes::Route, town: &Town) -> Vec<(&'static str, String)> {
    if route.is_post() { forms::of(route, town) } else { Vec::new() }
}

#[tokio::test]
async fn customers_do_not_come_behind_the_counter() {
    let town = Town::new().await;
    let (program, mut browser) = (town.owner_program().await, town.owner_browser("id").await);
    let before = town.world.snapshot().await;

    for route in routes::api().into_iter().filter(|route| route.pattern.starts_with("/api/whm/")) {
        for path in [route.here(&town), route.nowhere(&town)] {
            let answer = program.send(program.request(&route.method, &path).body("{")).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "FORBIDDEN"), "{}", route.name());
        }
    }
    for route in routes::pages().into_iter().filter(|route| route.pattern.starts_with("/whm")) {
        for path in [route.here(&town), route.nowhere(&town)] {
            let answer = match route.is_post() {
                true => browser.post(&path, &forms::pairs(&forms::of(&route, &town))).await,
                false => browser.get(&path).await,
            };
            assert_eq!(answer.status, 403, "{}: {}", route.name(), answer.body);
        }
    }

    assert_eq!(before, town.world.snapshot().await);
}

#[tokio::test]
async fn people_of_a_closed_account_are_told_that_it_is_closed() {
    let town = Town::new().await;
    let (customer, _) = town.leaves("dodi", 10_000).await;
    let user = town.world.user("dodi@example.test").await.id;

    let page = town.site.browser(Some(&user), "en").await.get("/panel").await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("This account is closed"), "{}", page.body);
    let program = town.site.program(&town.world, &user).await;
    let refused = program.get("/api/panel/invoices").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "ACCOUNT_CLOSED"));
    let asked = program.request("GET", "/api/panel/invoices").header("yumna-customer", customer.as_str());
    assert_eq!(program.send(asked).await.status, 404, "a closed account is nobody's");
}

#[tokio::test]
async fn staff_come_as_far_as_their_role_goes() {
    let town = Town::new().await;
    let mut used = BTreeSet::new();

    for role in permission::BUILTIN_ROLES {
        let held = permission::defaults_of(role);
        let program = town.program_of(role).await;
        for route in routes::api().into_iter().filter(|route| route.pattern.starts_with("/api/whm/")) {
            let needed = permissions::of(&route.name());
            let request = program.request(&route.method, &route.nowhere(&town));
            let answer = program.send(request.header("idempotency-key", "k1").body("{")).await;
            let is_open = answer.code() != "FORBIDDEN";
            assert_eq!(is_open, held.contains(&needed), "{role} {}: {}", route.name(), answer.status);
            assert!(answer.status < 500, "{role} {}: {}", route.name(), answer.status);
            used.insert(needed);
        }
        let mut browser = town.browser_of(role, "id").await;
        for route in routes::pages().into_iter().filter(|route| route.pattern.starts_with("/whm")) {
            let needed = permissions::of(&route.name());
            let path = route.nowhere(&town);
            let answer = match route.is_post() {
                true => browser.post(&path, &forms::pairs(&forms::of(&route, &town))).await,
                false => browser.get(&path).await,
            };
            let is_open = answer.status != 403;
            assert_eq!(is_open, held.contains(&needed), "{role} {}: {}", route.name(), answer.status);
            assert!(answer.status < 500, "{role} {}: {}", route.name(), answer.status);
            used.insert(needed);
        }
    }

    let unused: Vec<_> = permission::ALL.iter().filter(|code| !used.contains(*code)).collect();
    assert!(unused.is_empty(), "permissions that open nothing: {unused:?}");
}
