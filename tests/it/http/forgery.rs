//! No form acts without the token of the very browser that shows it, and none acts for another site.
use super::{forms, routes};
use crate::support::{people::PASSWORD, town::Town};

#[tokio::test]
async fn every_form_refuses_what_it_did_not_give_out() {
    let town = Town::new().await;
    let (mut owner, mut admin) = (town.owner_browser("id").await, town.browser_of("admin", "id").await);
    let other = town.stranger_browser().await.token;
    // Whoever has not proven himself lately is led to do so first, forged or not; here it is all about the token.
    assert_eq!(admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await.status, 303);
    let before = town.world.snapshot().await;
    let posts: Vec<_> = routes::pages().into_iter().filter(routes::Route::is_post).collect();
    assert!(posts.len() > 60);

    for route in posts {
        let browser = if route.pattern.starts_with("/whm") { &mut admin } else { &mut owner };
        let (path, form, own) = (route.here(&town), forms::of(&route, &town), browser.token.clone());
        assert_ne!(own, other);
        let stale = format!("{}x", &own[1..]);
        for token in [None, Some(""), Some("invented"), Some(stale.as_str()), Some(other.as_str())] {
            for is_partial in [false, true] {
                let mut sent = form.clone();
                sent.extend(token.map(|token| ("_csrf", token.to_owned())));
                let mut request = browser.request("POST", &path).form(&sent);
                if is_partial {
                    request = request.header("hx-request", "true").header("hx-request-type", "partial");
                }
                let answer = town.site.send(request).await;
                assert_eq!(answer.status, 403, "{} with {token:?}: {}", route.name(), answer.body);
                assert_eq!(answer.header("hx-retarget") == "#toasts", is_partial, "{}", route.name());
            }
        }
        let header = browser.request("POST", &path).header("x-csrf-token", &other).form(&form);
        assert_eq!(town.site.send(header).await.status, 403, "{} with a header", route.name());
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.test"),
            ("origin", "null"),
            ("accept", "*/*"),
        ] {
            let with_token = [form.clone(), vec![("_csrf", own.clone())]].concat();
            let request = town.site.request("POST", &path).header("cookie", browser.cookie_line()).header(name, value);
            let answer = town.site.send(request.form(&with_token)).await;
            assert_eq!(answer.status, 403, "{} from elsewhere: {name}: {value}", route.name());
        }
    }

    assert_eq!(before, town.world.snapshot().await);
    let (path, token) = ("/panel/profile", owner.token.clone());
    let own = owner.request("POST", path).form(&[("_csrf", token.as_str()), ("city", "Bandung")]);
    assert_eq!(owner.send(own).await.status, 303, "the same form with its own token acts");
}
