//! What needs fresh proof and a second factor, on pages and in the API.
use crate::{
    http::{
        forms,
        routes::{self, Route},
    },
    support::{World, people::PASSWORD, site::Site, town::Town},
};
use yumna::{domain::identity, web::page_checks};

/// Money by hand, roles, secrets and what is removed for good by hand, on both doors.
const NEED_FRESH_PROOF: &[&str] = &[
    "POST /whm/customers/{id}/wallet",
    "POST /whm/customers/{id}/credit-limit",
    "POST /whm/customers/{id}/close",
    "POST /whm/customers/{id}/reopen",
    "POST /whm/customers/{id}/pay-out",
    "POST /whm/customers/{id}/merge/{into}",
    "POST /whm/payouts/{id}/confirm",
    "POST /whm/payouts/{id}/return",
    "POST /whm/payouts/{id}/cancel",
    "POST /whm/payouts/{id}/again",
    "POST /whm/approvals/{id}/approve",
    "POST /whm/approvals/{id}/reject",
    "POST /whm/payments/{id}/refund",
    "POST /whm/subscriptions/{id}/refund",
    "POST /whm/payments/{id}/decide",
    "POST /whm/payments/{id}/approve",
    "POST /whm/payments/{id}/reject",
    "POST /whm/subscriptions/{id}/change/{change}",
    "POST /whm/unallocated/{id}/customer",
    "POST /whm/unallocated/{id}/invoice",
    "POST /whm/unallocated/{id}/return",
    "POST /whm/take-over/{id}/start",
    "POST /whm/take-over/{id}/go-on",
    "POST /whm/settlements/{id}/book",
    "POST /whm/settlements/{id}/again",
    "POST /whm/settlement-lines/{id}/match",
    "POST /whm/settlement-lines/{id}/unallocated",
    "POST /whm/settlement-lines/{id}/dismiss",
    "POST /whm/disputes/{id}/fee",
    "POST /whm/disputes/{id}/fee-back",
    "POST /whm/disputes/{id}/won",
    "POST /whm/disputes/{id}/lost",
    "POST /whm/invoices/{id}/write-off",
    "POST /whm/withholdings/{id}/prove",
    "POST /whm/withholdings/{id}/revert",
    "POST /whm/books/openings",
    "POST /whm/books/openings/{id}/reverse",
    "POST /whm/books/periods/close",
    "POST /whm/books/periods/reopen",
    "POST /whm/clusters/new",
    "POST /whm/clusters/{id}/settings",
    "POST /whm/nodes/{id}/drain",
    "POST /whm/orphans/{id}/remove",
    "POST /whm/tasks/{id}/without-backup",
    "POST /whm/subscriptions/{id}/terminate",
    "POST /whm/settings/accounts/new/{gateway}",
    "POST /whm/settings/accounts/{id}",
    "POST /whm/settings/accounts/{id}/ways",
    "POST /whm/staff/new",
    "POST /whm/staff/{id}",
    "POST /whm/staff/{id}/revoke",
    "POST /whm/second-factor",
    "POST /whm/second-factor/confirm",
    "POST /api/whm/customers/{id}/wallet/adjust",
    "POST /api/whm/customers/{id}/credit-limit",
    "POST /api/whm/customers/{id}/close",
    "POST /api/whm/customers/{id}/reopen",
    "POST /api/whm/customers/{id}/payout",
    "POST /api/whm/customers/{id}/merge",
    "POST /api/whm/payouts/{id}/confirm",
    "POST /api/whm/payouts/{id}/return",
    "POST /api/whm/payouts/{id}/cancel",
    "POST /api/whm/payouts/{id}/again",
    "POST /api/whm/approvals/{id}/approve",
    "POST /api/whm/approvals/{id}/reject",
    "POST /api/whm/payments/{id}/refund",
    "POST /api/whm/subscriptions/{id}/refund",
    "POST /api/whm/payments/{id}/decide",
    "POST /api/whm/payments/{id}/approve",
    "POST /api/whm/payments/{id}/reject",
    "POST /api/whm/subscriptions/{id}/change",
    "POST /api/whm/settlements/{id}/book",
    "POST /api/whm/settlements/{id}/again",
    "POST /api/whm/settlement-lines/{id}/match",
    "POST /api/whm/settlement-lines/{id}/unallocated",
    "POST /api/whm/settlement-lines/{id}/dismiss",
    "POST /api/whm/unallocated/{id}/allocate",
    "POST /api/whm/unallocated/{id}/return",
    "POST /api/whm/invoices/{id}/write-off",
    "POST /api/whm/disputes/{id}/fee",
    "POST /api/whm/disputes/{id}/fee-back",
    "POST /api/whm/disputes/{id}/won",
    "POST /api/whm/disputes/{id}/lost",
    "POST /api/whm/withholdings/{id}/prove",
    "POST /api/whm/withholdings/{id}/revert",
    "POST /api/whm/books/openings",
    "POST /api/whm/books/openings/{id}/reverse",
    "POST /api/whm/books/periods/close",
    "POST /api/whm/books/periods/reopen",
    "POST /api/whm/clusters",
    "PATCH /api/whm/clusters/{id}/settings",
    "POST /api/whm/nodes/{id}/drain",
    "POST /api/whm/orphans/{id}/remove",
    "POST /api/whm/tasks/{id}/without-backup",
    "POST /api/whm/services/terminate",
    "POST /api/whm/take-over/{id}/start",
    "POST /api/whm/take-over/{id}/go-on",
    "POST /api/whm/payment-accounts",
    "PATCH /api/whm/payment-accounts/{id}",
    "POST /api/whm/payment-accounts/{id}/ways",
    "POST /api/whm/staff",
    "POST /api/whm/staff/{id}/roles",
    "POST /api/whm/staff/{id}/revoke",
];

fn needs_proof(route: &Route) -> bool {
    NEED_FRESH_PROOF.contains(&route.name().as_str())
}

#[tokio::test]
async fn money_roles_and_secrets_need_fresh_proof_and_nothing_else_does() {
    let town = Town::new().await;
    let (program, mut browser) = (town.program_of("admin").await, town.browser_of("admin", "id").await);
    let is_asked_for = |route: &Route, start: &str| route.method != "GET" && route.pattern.starts_with(start);
    let is_proof = |route: &Route| route.pattern == "/whm/step-up";
    let mut found = 0;

    for route in routes::pages().into_iter().filter(|route| is_asked_for(route, "/whm") && !is_proof(route)) {
        let form = forms::of(&route, &town);
        let answer = browser.post(&route.nowhere(&town), &forms::pairs(&form)).await;
        let is_asked = answer.location().starts_with("/whm/step-up?next=");
        assert_eq!(is_asked, needs_proof(&route), "{}: {} {}", route.name(), answer.status, answer.location());
        found += usize::from(is_asked);
    }
    for route in routes::api().into_iter().filter(|route| is_asked_for(route, "/api/whm/")) {
        let answer = program.call(&route.method, &route.nowhere(&town), &serde_json::json!({})).await;
        let is_asked = answer.code() == "STEP_UP_REQUIRED";
        assert_eq!(is_asked, needs_proof(&route), "{}: {}", route.name(), answer.body);
        found += usize::from(is_asked);
    }

    assert_eq!(found, NEED_FRESH_PROOF.len());
}

#[tokio::test]
async fn a_proof_leads_back_to_the_page_whose_form_was_sent() {
    let town = Town::new().await;
    let mut browser = town.browser_of("admin", "id").await;
    let page = format!("/whm/customers/{}", town.id("customer"));
    let token = browser.token.clone();
    for (referer, back) in [
        (format!("{}{page}", town.site.url), page.as_str()),
        ("https://evil.test//evil.test/x".to_owned(), "/whm"),
        ("not an address".to_owned(), "/whm"),
    ] {
        let form = [("direction", "in"), ("amount", "1"), ("reason", "x"), ("key", "frm_1"), ("_csrf", token.as_str())];
        let request = browser.request("POST", &format!("{page}/wallet")).header("referer", referer).form(&form);
        let answer = browser.send(request).await;
        assert_eq!(answer.location(), format!("/whm/step-up?next={}", back.replace('/', "%2F")));
    }
}

fn code_now(world: &World, page: &str) -> String {
    let (_, rest) = page.split_once("data-copy=\"").expect("the key can be copied");
    let secret = totp_rs::Secret::try_from_base32(rest.split('"').next().unwrap()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("a").build().unwrap();
    totp.generate(u64::try_from(world.system().now().timestamp()).unwrap()).to_string()
}

#[tokio::test]
async fn staff_without_a_second_factor_are_led_to_it_before_anything_opens() {
    let world = World::with(|services| services.config.identity.require_staff_totp = true).await;
    let admin = identity::create_admin(&world.system(), "sari@example.test", "Sari", Some(PASSWORD)).await.unwrap();
    let site = Site::of(&world);
    let program = site.program(&world, &admin.user_id).await;
    let mut browser = site.browser(Some(&admin.user_id), "en").await;

    let refused = program.get("/api/whm/customers").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "SECOND_FACTOR_REQUIRED"));
    assert_eq!(browser.get("/whm/customers").await.location(), "/whm/second-factor");
    let proof = browser.get("/whm/second-factor").await.location().to_owned();
    assert_eq!(proof, "/whm/step-up?next=%2Fwhm%2Fsecond-factor");
    assert_eq!(browser.get(&proof).await.status, 200);
    let proven = browser.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm/second-factor")]).await;
    assert_eq!(proven.location(), "/whm/second-factor");
    let begin = browser.get("/whm/second-factor").await;
    assert_eq!(page_checks::problems(&begin.body), Vec::<String>::new());
    assert_eq!(browser.post("/whm/second-factor", &[]).await.location(), "/whm/second-factor");
    let scan = browser.get("/whm/second-factor").await;
    assert_eq!(page_checks::problems(&scan.body), Vec::<String>::new());
    assert_eq!(browser.post("/whm/second-factor/confirm", &[("code", "000000")]).await.status, 422);
    let done = browser.post("/whm/second-factor/confirm", &[("code", &code_now(&world, &scan.body))]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.body.contains("Recovery codes"));
    assert_eq!(page_checks::problems(&done.body), Vec::<String>::new());

    assert_eq!(browser.get("/whm/customers").await.status, 200);
    assert_eq!(program.get("/api/whm/customers").await.status, 200);
}
