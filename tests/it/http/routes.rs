//! Every address there is. The API's come from its OpenAPI document, the pages' from where they are registered.
use crate::support::town::Town;
use entity::value::next_ulid;
use regex::Regex;
use serde_json::Value;
use std::{fs, path::Path};

/// One address and what may be done there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub method: String,
    pub pattern: String,
}

impl Route {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }

    /// Whether it answers without end.
    pub fn is_stream(&self) -> bool {
        self.pattern.ends_with("/live")
    }

    pub fn is_post(&self) -> bool {
        self.method == "POST"
    }

    /// The address of what is in `town`.
    pub fn here(&self, town: &Town) -> String {
        fill(&self.pattern, &|place| what_of(&self.pattern, place).to_owned(), town)
    }

    /// The names of its places, in order: `id`, `change`.
    pub fn places(&self) -> Vec<String> {
        place().captures_iter(&self.pattern).map(|found| found[1].to_owned()).collect()
    }

    /// What the town calls that which stands in a place.
    pub fn thing_at(&self, place: &str) -> &'static str {
        what_of(&self.pattern, place)
    }

    /// The same address with these ids in these places.
    pub fn here_with(&self, town: &Town, ids: &[(&str, &str)]) -> String {
        let what = |place: &str| match ids.iter().find(|(name, _)| *name == place) {
            Some((_, id)) => format!("={id}"),
            None => self.thing_at(place).to_owned(),
        };
        fill(&self.pattern, &what, town)
    }

    /// The same address with an id that nobody has.
    pub fn nowhere(&self, town: &Town) -> String {
        let here = self.here(town);
        let Some(at) = self.pattern.find('{') else { return here };
        let end = here[at..].find('/').map_or(here.len(), |length| at + length);
        format!("{}{}{}", &here[..at], nobodys(&here[at..end]), &here[end..])
    }
}

/// An id that looks like `id` and that nobody has.
pub fn nobodys(id: &str) -> String {
    let prefix = id.split_once('_').map_or(String::new(), |(prefix, _)| format!("{prefix}_"));
    format!("{prefix}{}", next_ulid())
}

fn place() -> Regex {
    Regex::new(r"\{([a-z]+)(:[^}]*)?\}").unwrap()
}

fn fill(pattern: &str, what: &dyn Fn(&str) -> String, town: &Town) -> String {
    let path = place().replace_all(pattern, |found: &regex::Captures<'_>| {
        let name = what(&found[1]);
        match name.strip_prefix('=') {
            Some(literal) => literal.to_owned(),
            None => town.id(&name).to_owned(),
        }
    });
    path.into_owned()
}

/// What stands in a place of an address: a name of the town, or `=` and the word itself. The longest beginning counts.
const PLACES: &[(&str, &str, &str)] = &[
    ("/panel/services/", "id", "instance"),
    ("/panel/services/{id}/retry", "id", "broken_instance"),
    ("/panel/custom-domains/", "id", "custom_domain"),
    ("/api/panel/custom-domains/", "id", "custom_domain"),
    ("/panel/subscriptions/", "id", "subscription"),
    ("/panel/subscriptions/", "change", "plan_change"),
    ("/api/panel/subscriptions/", "change", "plan_change"),
    ("/panel/invoices/", "id", "invoice"),
    ("/panel/invoices/{id}/receipts/", "id", "paid_invoice"),
    ("/panel/invoices/{id}/receipts/", "payment", "paid_payment"),
    ("/panel/invoices/{id}/credit-notes/", "id", "credited_invoice"),
    ("/panel/invoices/{id}/credit-notes/", "note", "credit_note"),
    ("/whm/invoices/{id}/credit-notes/", "id", "credited_invoice"),
    ("/whm/invoices/{id}/credit-notes/", "note", "credit_note"),
    ("/api/panel/invoices/{id}/credit-notes", "id", "credited_invoice"),
    ("/api/panel/invoices/{id}/credit-notes/", "note", "credit_note"),
    ("/panel/orders/", "id", "order"),
    ("/panel/quotes/", "id", "quote"),
    ("/quote/", "token", "quote_token"),
    ("/whm/quotes/", "id", "draft_quote"),
    ("/whm/quotes/", "line", "quote_line"),
    ("/whm/quotes/{id}/pdf", "id", "quote"),
    ("/whm/quotes/{id}/withdraw", "id", "quote"),
    ("/whm/quotes/{id}/copy", "id", "quote"),
    ("/api/panel/quotes/", "id", "quote"),
    ("/api/whm/quotes/", "id", "draft_quote"),
    ("/api/whm/quotes/{id}/withdraw", "id", "quote"),
    ("/panel/payments/", "id", "top_up"),
    ("/pay/", "token", "pay_token"),
    ("/verify/", "token", "verify_token"),
    ("/reset/", "token", "reset_token"),
    ("/catalog/", "slug", "slug"),
    ("/plans/", "slug", "slug"),
    ("/whm/customers/", "id", "customer"),
    ("/whm/customers/{id}/close", "id", "leaver"),
    ("/whm/customers/{id}/reopen", "id", "closed_customer"),
    ("/whm/customers/{id}/pay-out", "id", "closed_customer"),
    ("/api/whm/customers/{id}/close", "id", "leaver"),
    ("/api/whm/customers/{id}/closing", "id", "customer"),
    ("/api/whm/customers/{id}/reopen", "id", "closed_customer"),
    ("/api/whm/customers/{id}/payout", "id", "closed_customer"),
    ("/whm/customers/{id}/merge", "id", "duplicate"),
    ("/whm/customers/", "into", "customer"),
    ("/api/whm/customers/{id}/merge", "id", "duplicate"),
    ("/api/whm/customers/", "into", "customer"),
    ("/whm/payouts/", "id", "payout"),
    ("/whm/payouts/{id}/return", "id", "paid_payout"),
    ("/whm/payouts/{id}/again", "id", "refund_payout"),
    ("/api/whm/payouts/", "id", "payout"),
    ("/api/whm/payouts/{id}/return", "id", "paid_payout"),
    ("/api/whm/payouts/{id}/again", "id", "refund_payout"),
    ("/whm/take-over/", "id", "import"),
    ("/whm/take-over/{id}/go-on", "id", "done_import"),
    ("/whm/approvals/", "id", "approval"),
    ("/whm/payments/", "id", "payment"),
    ("/whm/payments/{id}/refund", "id", "paid_payment"),
    ("/whm/payments/{id}/approve", "id", "transfer"),
    ("/whm/payments/{id}/reject", "id", "transfer"),
    ("/whm/payments/{id}/proofs/", "id", "transfer"),
    ("/whm/payments/{id}/proofs/", "proof", "proof"),
    ("/whm/disputes/", "id", "dispute"),
    ("/whm/report-mails/", "id", "report_mail"),
    ("/api/whm/report-mails/", "id", "report_mail"),
    ("/whm/differences/", "id", "difference"),
    ("/whm/settlements/", "id", "settlement"),
    ("/whm/settlements/{id}/again", "id", "booked_settlement"),
    ("/whm/settlement-lines/", "id", "settlement_line"),
    ("/whm/unallocated/", "id", "unallocated"),
    ("/api/whm/unallocated/", "id", "unallocated"),
    ("/api/whm/settlements/", "id", "booked_settlement"),
    ("/api/whm/settlements/{id}/preview", "id", "settlement"),
    ("/api/whm/settlements/{id}/columns", "id", "settlement"),
    ("/api/whm/settlements/{id}/book", "id", "settlement"),
    ("/api/whm/settlements/{id}/discard", "id", "settlement"),
    ("/api/whm/settlement-lines/", "id", "settlement_line"),
    ("/api/whm/differences/", "id", "difference"),
    ("/api/whm/disputes/", "id", "dispute"),
    ("/api/whm/withholdings/", "id", "withholding"),
    ("/api/whm/withholdings/{id}/revert", "id", "proven_withholding"),
    ("/api/whm/withholdings/{id}/file", "id", "proven_withholding"),
    ("/api/whm/plans/", "id", "plan"),
    ("/api/whm/products/", "id", "product"),
    ("/api/whm/options/", "id", "option"),
    ("/whm/options/", "id", "option"),
    ("/whm/invoices/", "id", "invoice"),
    ("/whm/drafts/", "id", "draft_invoice"),
    ("/whm/drafts/", "line", "draft_line"),
    ("/whm/books/openings/", "id", "opening"),
    ("/whm/withholdings/", "id", "withholding"),
    ("/whm/receipts/", "id", "paid_payment"),
    ("/whm/withholdings/{id}/file", "id", "proven_withholding"),
    ("/whm/withholdings/{id}/revert", "id", "proven_withholding"),
    ("/whm/invoices/{id}/credit", "id", "paid_invoice"),
    ("/whm/orders/", "id", "order"),
    ("/whm/subscriptions/", "id", "subscription"),
    ("/whm/subscriptions/", "change", "plan_change"),
    ("/api/whm/subscriptions/", "change", "plan_change"),
    ("/whm/subscriptions/{id}/move-here", "id", "elsewhere_subscription"),
    ("/whm/billing-day/pauses/", "id", "pause"),
    ("/api/whm/pauses/", "id", "pause"),
    ("/whm/instances/", "id", "instance"),
    ("/whm/tasks/", "id", "broken_task"),
    ("/whm/plans/", "id", "plan"),
    ("/whm/products/", "id", "product"),
    ("/whm/categories/", "id", "category"),
    ("/api/whm/categories/", "id", "category"),
    ("/api/whm/templates/", "id", "template"),
    ("/api/panel/waitlist/", "id", "waiting"),
    ("/whm/coupons/", "id", "coupon"),
    ("/whm/templates/", "id", "template"),
    ("/whm/jobs/", "id", "job"),
    ("/whm/alerts/", "id", "alert"),
    ("/whm/clusters/", "id", "cluster"),
    ("/whm/clusters/", "file", "=driver-nodes-rbac.yaml"),
    ("/whm/nodes/", "id", "node"),
    ("/whm/orphans/", "id", "orphan"),
    ("/whm/staff/", "id", "colleague"),
    ("/whm/mail/", "id", "message"),
    ("/whm/settings/accounts/", "id", "account"),
    ("/whm/settings/accounts/new/", "gateway", "=scripted"),
    ("/whm/settings/", "section", "=company"),
    ("/whm/settings/tax-rules/", "id", "tax_rule"),
    ("/api/whm/tax-rules/", "id", "tax_rule"),
    ("/whm/setup/selling/", "word", "=on"),
    ("/api/panel/instances/", "id", "instance"),
    ("/api/panel/subscriptions/", "id", "subscription"),
    ("/api/panel/invoices/", "id", "invoice"),
    ("/api/panel/payments/", "id", "payment"),
    ("/api/panel/payments/{id}/proof", "id", "transfer"),
    ("/api/panel/payments/{id}/receipt", "id", "paid_payment"),
    ("/api/panel/orders/", "id", "order"),
    ("/api/panel/withholdings/", "id", "withholding"),
    ("/api/panel/tasks/", "id", "task"),
    ("/api/catalog/services/", "slug", "slug"),
    ("/api/catalog/categories/", "slug", "=apps"),
    ("/api/whm/customers/", "id", "customer"),
    ("/api/whm/invoices/", "id", "invoice"),
    ("/api/whm/books/openings/", "id", "opening"),
    ("/api/whm/invoices/{id}/credit-notes", "id", "paid_invoice"),
    ("/api/whm/invoices/{id}/issue", "id", "draft_invoice"),
    ("/api/whm/invoices/{id}/discard", "id", "draft_invoice"),
    ("/api/whm/orders/", "id", "order"),
    ("/api/whm/coupons/", "id", "coupon"),
    ("/api/whm/settings/", "section", "=company"),
    ("/api/whm/subscriptions/", "id", "subscription"),
    ("/api/whm/instances/", "id", "instance"),
    ("/api/whm/tasks/", "id", "broken_task"),
    ("/api/whm/approvals/", "id", "approval"),
    ("/api/whm/audit/", "id", "audit"),
    ("/api/whm/clusters/", "id", "cluster"),
    ("/api/whm/nodes/", "id", "node"),
    ("/api/webhooks/", "gateway", "=scripted"),
    ("/api/webhooks/", "account", "=nobody"),
    ("/api/whm/payments/", "id", "payment"),
    ("/api/whm/payments/{id}/refund", "id", "paid_payment"),
    ("/api/whm/payments/{id}/approve", "id", "transfer"),
    ("/api/whm/payments/{id}/reject", "id", "transfer"),
    ("/api/whm/payments/{id}/receipt", "id", "paid_payment"),
    ("/api/whm/payments/{id}/proofs/", "id", "transfer"),
    ("/api/whm/payments/{id}/proofs/", "proof", "proof"),
    ("/api/whm/payment-accounts/", "id", "account"),
    ("/api/whm/take-over/", "id", "import"),
    ("/api/whm/take-over/{id}/go-on", "id", "done_import"),
    ("/api/whm/take-over/{id}/rows", "id", "done_import"),
    ("/api/whm/orphans/", "id", "orphan"),
    ("/api/whm/jobs/", "id", "job"),
    ("/api/whm/alerts/", "id", "alert"),
    ("/api/whm/mail/", "id", "message"),
    ("/api/whm/staff/", "id", "colleague"),
    ("/api/whm/templates/", "id", "template"),
    ("/api/whm/quotes/{id}/pdf", "id", "quote"),
    ("/api/whm/invoices/{id}/credit-notes/", "id", "credited_invoice"),
    ("/api/whm/invoices/{id}/credit-notes/", "note", "credit_note"),
];

fn what_of(pattern: &str, place: &str) -> &'static str {
    let fitting = PLACES.iter().filter(|(start, name, _)| pattern.starts_with(start) && *name == place);
    let best = fitting.max_by_key(|(start, _, _)| start.len());
    best.unwrap_or_else(|| panic!("say in PLACES what {{{place}}} of {pattern} is")).2
}

/// The OpenAPI document.
pub fn document() -> Value {
    serde_json::from_str(yumna::api::document_json()).unwrap()
}

/// Every address of the API.
pub fn api() -> Vec<Route> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(|method| Route { method: method.to_uppercase(), pattern: path.clone() }).collect::<Vec<_>>()
    });
    let routes: Vec<Route> = routes.collect();
    assert!(routes.len() > 50, "the document lists the API");
    routes
}

/// Registrations that name no page of these doors: the two that catch the rest, the older names that lead on, and the reference
/// of the API, which lies among the API's paths.
const OTHERS: usize = 2 + 2 + 1;

/// Every page and form, read from the lines that register them: `.route("/path", web::get().to(…))`.
pub fn pages() -> Vec<Route> {
    let route = Regex::new(r#"\.route\(\s*([^,]+),\s*web::(get|post|put|patch|delete)\(\)\.to\("#).unwrap();
    let registration = Regex::new(r"web::(get|post|put|patch|delete|head|to|method)\(").unwrap();
    let mut routes = Vec::new();
    let mut registrations = 0;
    for (path, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web")) {
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        registrations += registration.find_iter(text).count();
        let below = if path.contains("/web/whm/") { "/whm" } else { "" };
        for found in route.captures_iter(text) {
            let Some(pattern) = pattern_of(&found[1], text) else { continue };
            routes.push(Route { method: found[2].to_uppercase(), pattern: format!("{below}{pattern}") });
        }
    }
    assert_eq!(routes.len() + OTHERS, registrations, "a page is registered in a way this test cannot read");
    routes.retain(|route| !route.pattern.starts_with("/static/"));
    routes
}

/// The path a registration names: a literal, a constant of the file, or a constant with something behind it. None for
/// the older names, whose paths are computed.
fn pattern_of(written: &str, text: &str) -> Option<String> {
    let written = written.trim();
    if let Some(literal) = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Some(literal.to_owned());
    }
    let built = Regex::new(r#"^&format!\("\{([A-Z]+)\}([^"]*)"\)$"#).unwrap();
    let (name, rest) = match built.captures(written) {
        Some(found) => (found[1].to_owned(), found[2].to_owned()),
        None => (written.to_owned(), String::new()),
    };
    if name == "preferences::PATH" {
        return Some(yumna::web::preferences::PATH.to_owned());
    }
    let constant = Regex::new(&format!(r#"const {}: &str = "([^"]+)";"#, regex::escape(&name))).unwrap();
    constant.captures(text).map(|found| format!("{}{rest}", &found[1]))
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

#[test]
fn every_page_is_known() {
    let pages = pages();
    for known in ["GET /", "GET /preferences", "GET /whm", "POST /pay/{token}/check", "POST /whm/settings/{section}"] {
        assert!(pages.iter().any(|route| route.name() == known), "{known}");
    }
    assert!(pages.len() > 130, "{}", pages.len());
}
