//! Whatever a person can do on a page of the panel or of WHM, a program can do through the API: the same path below
//! `/api`, or another one that is named here. What is left is named with its reason, so that the gap can only shrink.
use crate::http::routes::{self, Route};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Acts of pages whose call of the API lies elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/panel/invoices/{id}/pay", "POST /api/panel/invoices/{id}/payments"),
    ("/panel/invoices/{id}/pay/cancel", "POST /api/panel/payments/{id}/cancel"),
    ("/panel/invoices/{id}/pay/check", "POST /api/panel/payments/{id}/check"),
    ("/panel/invoices/{id}/pay/proof", "POST /api/panel/payments/{id}/proof"),
    ("/panel/invoices/{id}/pay/withheld", "POST /api/panel/invoices/{id}/withholding"),
    ("/panel/invoices/{id}/pay/withheld/proof", "POST /api/panel/withholdings/{id}/prove"),
    ("/panel/invoices/{id}/pay/withheld/undo", "POST /api/panel/withholdings/{id}/withdraw"),
    ("/panel/services/{id}/domains", "POST /api/panel/instances/{id}/custom-domains"),
    ("/panel/services/{id}/credentials", "GET /api/panel/instances/{id}/credentials"),
    ("/panel/services/{id}/restart", "POST /api/panel/instances/{id}/restart"),
    ("/panel/services/{id}/retry", "POST /api/panel/instances/{id}/retry-provisioning"),
    ("/panel/services/{id}/settings", "PATCH /api/panel/instances/{id}/environment"),
    ("/panel/services/{id}/settings/apply", "PATCH /api/panel/instances/{id}/environment"),
    ("/panel/services/{id}/start", "POST /api/panel/instances/{id}/start"),
    ("/panel/services/{id}/stop", "POST /api/panel/instances/{id}/stop"),
    ("/panel/subscriptions/{id}/auto-renew", "PATCH /api/panel/subscriptions/{id}"),
    ("/panel/subscriptions/{id}/change/later", "POST /api/panel/subscriptions/{id}/change-at-renewal"),
    ("/panel/subscriptions/{id}/change/{change}", "POST /api/panel/subscriptions/{id}/change"),
    ("/panel/subscriptions/{id}/change/{change}/cancel", "POST /api/panel/subscriptions/{id}/changes/{change}/cancel"),
    ("/panel/wallet/auto-debit", "PATCH /api/panel/wallet"),
    ("/whm/billing-day/pause", "POST /api/whm/pauses"),
    ("/whm/billing-day/pauses/{id}/lift", "POST /api/whm/pauses/{id}/lift"),
    ("/whm/customers/{id}/late-fees", "POST /api/whm/customers/{id}/late-fee-exemption"),
    ("/whm/customers/{id}/late-fees/again", "POST /api/whm/customers/{id}/late-fee-exemption/lift"),
    ("/whm/customers/{id}/merge/{into}", "POST /api/whm/customers/{id}/merge"),
    ("/whm/customers/{id}/pay-out", "POST /api/whm/customers/{id}/payout"),
    ("/whm/customers/{id}/tax-exemption/lift", "POST /api/whm/customers/{id}/tax-exemption"),
    ("/whm/customers/{id}/wallet", "POST /api/whm/customers/{id}/wallet/adjust"),
    ("/whm/drafts/new", "POST /api/whm/invoices"),
    ("/whm/drafts/{id}/discard", "POST /api/whm/invoices/{id}/discard"),
    ("/whm/drafts/{id}/edit", "PATCH /api/whm/invoices/{id}"),
    ("/whm/drafts/{id}/issue", "POST /api/whm/invoices/{id}/issue"),
    ("/whm/drafts/{id}/line", "PATCH /api/whm/invoices/{id}"),
    ("/whm/drafts/{id}/lines/{line}/remove", "PATCH /api/whm/invoices/{id}"),
    ("/whm/instances/{id}/settings", "PATCH /api/whm/instances/{id}/environment"),
    ("/whm/invoices/{id}/credit", "POST /api/whm/invoices/{id}/credit-notes"),
    ("/whm/quotes/{id}/lines/{line}/remove", "PATCH /api/whm/quotes/{id}"),
    ("/whm/quotes/{id}/plan-line", "PATCH /api/whm/quotes/{id}"),
    ("/whm/quotes/{id}/words-line", "PATCH /api/whm/quotes/{id}"),
    ("/whm/settings/accounts/new/{gateway}", "POST /api/whm/payment-accounts"),
    ("/whm/settings/accounts/{id}", "PATCH /api/whm/payment-accounts/{id}"),
    ("/whm/settings/accounts/{id}/test", "POST /api/whm/payment-accounts/{id}/test"),
    ("/whm/settings/accounts/{id}/ways", "POST /api/whm/payment-accounts/{id}/ways"),
    ("/whm/settings/tax-rules/new", "POST /api/whm/tax-rules"),
    ("/whm/settings/tax-rules/{id}/withdraw", "POST /api/whm/tax-rules/{id}/withdraw"),
    ("/whm/setup/selling/{word}", "POST /api/whm/setup/selling"),
    ("/whm/staff/{id}", "POST /api/whm/staff/{id}/roles"),
    ("/whm/step-up", "POST /api/auth/step-up"),
    ("/whm/subscriptions/{id}/change/later", "POST /api/whm/subscriptions/{id}/change-at-renewal"),
    ("/whm/subscriptions/{id}/change/{change}", "POST /api/whm/subscriptions/{id}/change"),
    ("/whm/subscriptions/{id}/change/{change}/cancel", "POST /api/whm/subscriptions/{id}/changes/{change}/cancel"),
    ("/whm/subscriptions/{id}/move-here", "POST /api/whm/services/provision"),
    ("/whm/subscriptions/{id}/suspend", "POST /api/whm/services/suspend"),
    ("/whm/subscriptions/{id}/terminate", "POST /api/whm/services/terminate"),
    ("/whm/subscriptions/{id}/unsuspend", "POST /api/whm/services/unsuspend"),
    ("/whm/unallocated/{id}/customer", "POST /api/whm/unallocated/{id}/allocate"),
    ("/whm/unallocated/{id}/invoice", "POST /api/whm/unallocated/{id}/allocate"),
];

/// How a person gets in is changed by the person, who sees what he does: a program that holds his token must not be able
/// to keep him out or to stay in.
const OF_THE_PERSON: &str = "a token must not change how its owner signs in";

/// Acts of pages that no call of the API does, and why.
const ON_PAGES_ONLY: &[(&str, &str)] = &[
    ("/panel/account", "a program says which account it means with every call (`Yumna-Customer`)"),
    ("/panel/profile/password", OF_THE_PERSON),
    ("/panel/profile/second-factor", OF_THE_PERSON),
    ("/panel/profile/second-factor/confirm", OF_THE_PERSON),
    ("/panel/profile/second-factor/recovery-codes", OF_THE_PERSON),
    ("/panel/profile/second-factor/remove", OF_THE_PERSON),
    ("/panel/profile/sessions/end-all", OF_THE_PERSON),
    ("/whm/second-factor", OF_THE_PERSON),
    ("/whm/second-factor/confirm", OF_THE_PERSON),
];

/// A path whose places have no names: doors call the same thing by different words.
fn nameless(path: &str) -> String {
    Regex::new(r"\{[^}]*\}").unwrap().replace_all(path, "{}").into_owned()
}

/// Names under which the API would have an act of a page: the same path; for the form of a new thing that of its list, for
/// the form of a change a PATCH of the thing.
fn likely(path: &str) -> Vec<String> {
    let thing = |end: &str| path.strip_suffix(end);
    let mut names = vec![format!("POST /api{path}")];
    names.extend(thing("/new").map(|list| format!("POST /api{list}")));
    names.push(format!("PATCH /api{}", thing("/edit").unwrap_or(path)));
    names.iter().map(|name| nameless(name)).collect()
}

#[test]
fn what_a_page_can_do_the_api_can_do() {
    let calls: BTreeSet<String> = routes::api().iter().map(Route::name).collect();
    let known: BTreeSet<String> = calls.iter().map(|name| nameless(name)).collect();
    let is_act =
        |route: &Route| route.method != "GET" && ["/panel", "/whm"].iter().any(|door| route.pattern.starts_with(door));
    let acts: BTreeSet<String> = routes::pages().into_iter().filter(is_act).map(|route| route.pattern).collect();
    let (elsewhere, only): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (ELSEWHERE.iter().copied().collect(), ON_PAGES_ONLY.iter().copied().collect());
    assert_eq!((elsewhere.len(), only.len()), (ELSEWHERE.len(), ON_PAGES_ONLY.len()), "a page is named twice");

    let mut wrong = Vec::new();
    for path in &acts {
        let has_own = likely(path).iter().any(|name| known.contains(name));
        match (has_own, elsewhere.get(path.as_str()), only.get(path.as_str())) {
            (true, None, None) | (false, None, Some(_)) => {}
            (false, Some(call), None) if calls.contains(*call) => {}
            (false, Some(call), None) => wrong.push(format!("POST {path} is said to be {call}, which is not there")),
            (false, None, None) => wrong.push(format!("POST {path} has no call of the API")),
            _ => wrong.push(format!("POST {path} has a call of the API: it need not be named here")),
        }
    }
    let gone = elsewhere.keys().chain(only.keys()).filter(|path| !acts.contains(**path));
    wrong.extend(gone.map(|path| format!("there is no page that does {path}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(acts.len() > 140, "the pages were read: {}", acts.len());
}
