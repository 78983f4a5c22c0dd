//! The history of one thing: what was changed about it, field by field, by whom, when and why.
//!
//! It reads the audit trail, which keeps what was and what is as the program calls it. Here it is said in words: the
//! labels of the settings' own forms, `history-field-…` for everything else, amounts, days and states as everywhere.
use super::{
    coupon_form::percent,
    query::ListQuery,
    settings, timeline,
    view::{Action, Cell, Table},
};
use crate::{
    domain::{
        billing::invoice,
        catalog::{self, find as plans},
        customers,
        reports::audit::{self, Filter},
        subscriptions::find as contracts,
    },
    kernel::{
        fault::CommonFault,
        format, locale,
        permission::{Permission, can},
    },
    web::{WebError, filters, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    platform::audit_log,
    value::{CustomerId, IDR, InvoiceId, Money, PlanId, ProductId, SubscriptionId},
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/customers/{id}/history", web::get().to(of_customer))
        .route("/invoices/{id}/history", web::get().to(of_invoice))
        .route("/subscriptions/{id}/history", web::get().to(of_contract))
        .route("/plans/{id}/history", web::get().to(of_plan))
        .route("/products/{id}/history", web::get().to(of_product))
        .route("/settings/{section}/history", web::get().to(of_settings));
}

/// One change.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: DateTime<Utc>,
    pub who: String,
    pub what: String,
    /// The reason somebody gave; empty where nobody did.
    pub why: String,
    /// Fields with what was and what is.
    pub fields: Table,
}

/// A history, newest first.
#[derive(askama::Template)]
#[template(path = "whm/history.html")]
pub struct HistoryPage {
    pub frame: Frame,
    pub name: String,
    pub back: String,
    pub entries: Vec<Entry>,
    pub next: String,
}

/// The thing a history is about: its kind and id in the trail, what people call it, its page.
struct Thing {
    kind: &'static str,
    id: String,
    name: String,
    page: String,
}

/// The link to the history of the thing whose page this is, for those who may read the trail.
pub(super) fn offer<P: Permission>(staff: &Staff<P>, frame: &Frame, actions: &mut Vec<Action>, page: &str) {
    if staff.may::<can::ReadAudit>() {
        actions.push(Action::link(frame.t("whm-history"), format!("{page}/history"), "history"));
    }
}

/// `GET /whm/customers/{id}/history`
pub async fn of_customer(
    staff: Staff<can::ReadAudit>,
    id: Path<CustomerId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let row = customers::get(&staff.ctx.db, &id).await?;
    let page = format!("/whm/customers/{id}");
    let thing = Thing { kind: "customer", name: customers::name_of(&row).to_owned(), id: row.id.0, page };
    show(&staff, thing, &query).await
}

/// `GET /whm/invoices/{id}/history`
pub async fn of_invoice(
    staff: Staff<can::ReadAudit>,
    id: Path<InvoiceId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let row = invoice::get(&staff.ctx.db, &id).await?;
    let page = format!("/whm/invoices/{id}");
    let name = row.number.unwrap_or_else(|| row.id.0.clone());
    show(&staff, Thing { kind: "invoice", id: row.id.0, name, page }, &query).await
}

/// `GET /whm/subscriptions/{id}/history`
pub async fn of_contract(
    staff: Staff<can::ReadAudit>,
    id: Path<SubscriptionId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let view = contracts::view(&staff.ctx, &id).await?;
    let page = format!("/whm/subscriptions/{id}");
    let name = format!("{} {}", view.product.name, view.plan.name);
    show(&staff, Thing { kind: "subscription", id: view.subscription.id.0, name, page }, &query).await
}

/// `GET /whm/products/{id}/history`
pub async fn of_product(
    staff: Staff<can::ReadAudit>,
    id: Path<ProductId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let row = plans::product(&staff.ctx.db, &id).await?;
    let page = format!("/whm/products/{id}");
    show(&staff, Thing { kind: "product", id: row.id.0, name: row.name, page }, &query).await
}

/// `GET /whm/plans/{id}/history`
pub async fn of_plan(
    staff: Staff<can::ReadAudit>,
    id: Path<PlanId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let (detail, product) = plans::plan(&staff.ctx.db, &id).await?;
    let page = format!("/whm/plans/{id}");
    let name = format!("{} {}", product.name, detail.plan.name);
    show(&staff, Thing { kind: "plan", id: detail.plan.id.0, name, page }, &query).await
}

/// `GET /whm/settings/{section}/history`
pub async fn of_settings(
    staff: Staff<can::ReadAudit>,
    section: Path<String>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let section = section.into_inner();
    if !settings::is_section(&section) {
        return Err(CommonFault::NotFound.into());
    }
    let name = staff.frame().t(&format!("settings-{section}"));
    let page = format!("/whm/settings/{section}");
    show(&staff, Thing { kind: "setting", id: section, name, page }, &query).await
}

async fn show(staff: &Staff<can::ReadAudit>, thing: Thing, query: &ListQuery) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let filter = Filter { target: Some((thing.kind.to_owned(), thing.id.clone())), ..Filter::default() };
    let page = audit::list(ctx, &filter, &query.page()).await.map_err(CommonFault::from)?;
    let actors = page.rows.iter().map(|row| row.actor_id.clone());
    let people = audit::names_of(ctx, actors).await.map_err(CommonFault::from)?;
    // Contracts name their plans by id.
    let known = catalog::known_plans(ctx, &[]).await.map_err(CommonFault::from)?;
    let named = known.iter().map(|(id, (plan, product))| (id.0.clone(), format!("{} {}", product.name, plan.name)));
    let words = Words { kind: thing.kind, id: &thing.id, names: named.collect() };
    let frame = staff.frame();
    let entries = page.rows.iter().map(|row| entry(&frame, &words, row, &people)).collect();
    let next = query.next(&format!("{}/history", thing.page), page.next_cursor.as_deref());
    respond::page(&HistoryPage { name: thing.name, back: thing.page, entries, next, frame })
}

/// What the words of a history depend on.
pub(super) struct Words<'a> {
    /// Kind of the thing in the trail.
    pub kind: &'static str,
    /// Which; of settings the section.
    pub id: &'a str,
    /// Names of plans by id.
    pub names: HashMap<String, String>,
}

/// A row of the trail as a change of the thing.
pub(super) fn entry(
    frame: &Frame,
    words: &Words<'_>,
    row: &audit_log::Model,
    people: &HashMap<String, String>,
) -> Entry {
    let columns = [
        (frame.t("whm-history-field"), "cell-main"),
        (frame.t("whm-history-before"), "cell-sub"),
        (frame.t("whm-history-after"), "cell-side"),
    ];
    let what = timeline::done(frame, &row.action);
    let fields = changes(row.before.as_ref(), row.after.as_ref()).into_iter().map(|(name, before, after)| {
        let cell = |value: Option<Value>, all: Option<&Value>| match value {
            None => Cell::Nothing,
            Some(value) => Cell::maybe(shown(frame, words, &name, &value, all)),
        };
        vec![Cell::text(label(frame, words, &name)), cell(before, row.before.as_ref()), cell(after, row.after.as_ref())]
    });
    Entry {
        at: row.created_at,
        who: timeline::who(frame, row, people),
        why: row.reason.as_deref().map(|reason| frame.why(reason)).unwrap_or_default(),
        fields: Table::new(what.clone(), columns).with(fields),
        what,
    }
}

/// A field with what was and what is; nothing where the trail does not say.
type Changed = (String, Option<Value>, Option<Value>);

/// The fields that changed. What was kept beside them of the time before, and not of the time after, did not change;
/// where nothing is kept of the time after, everything that was is gone.
fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Changed> {
    let (before, after) = (before.map(flat).unwrap_or_default(), after.map(flat));
    let Some(after) = after else {
        return before.into_iter().map(|(name, value)| (name, Some(value), None)).collect();
    };
    after
        .into_iter()
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| {
            let was = before.get(&name).cloned();
            (name, was, Some(value))
        })
        .collect()
}

/// The members of an object and of the objects inside by their names with dots between.
fn flat(value: &Value) -> BTreeMap<String, Value> {
    fn walk(name: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(members) => {
                for (member, value) in members {
                    let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                    walk(&name, value, found);
                }
            }
            value => drop(found.insert(name.to_owned(), value.clone())),
        }
    }
    let mut found = BTreeMap::new();
    walk("", value, &mut found);
    found
}

/// What a field is called: as in its form, else by its own words, else as the program calls it.
fn label(frame: &Frame, words: &Words<'_>, name: &str) -> String {
    let key = name.replace(['_', '.'], "-");
    let of_form = (words.kind == "setting").then(|| frame.known(&format!("settings-{}-{key}", words.id))).flatten();
    let own = || frame.known(&format!("history-field-{}-{key}", words.kind));
    let common = || frame.known(&format!("history-field-{key}"));
    of_form.or_else(own).or_else(common).unwrap_or_else(|| name.replace(['_', '.'], " "))
}

/// A value in words; `all` is what it stands among, for its currency. Nothing where it is empty.
fn shown(frame: &Frame, words: &Words<'_>, name: &str, value: &Value, all: Option<&Value>) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(yes) => Some(frame.t(if *yes { "whm-yes" } else { "whm-no" })),
        Value::Number(number) => Some(match number.as_i64() {
            Some(minor) if name.ends_with("_minor") => {
                let currency = all.and_then(|all| all["currency"].as_str()).unwrap_or(IDR);
                format::money(&Money::new(minor, currency), frame.lang)
            }
            Some(points) if name.ends_with("_bp") && points >= 0 => format!("{}%", percent(points, frame.lang)),
            Some(number) => format::number(number, frame.lang),
            None => number.to_string(),
        }),
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(said(frame, words, name, text)),
        Value::Array(values) => {
            let parts: Vec<String> = values.iter().filter_map(|value| shown(frame, words, name, value, all)).collect();
            Some(parts.join(", ")).filter(|text| !text.is_empty())
        }
        // Objects are taken apart before.
        Value::Object(_) => Some(value.to_string()),
    }
}

/// A stored word as people read it: the name of a plan, an instant, a day, a state.
fn said(frame: &Frame, words: &Words<'_>, name: &str, text: &str) -> String {
    if let Some(name) = words.names.get(text) {
        return name.clone();
    }
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return format::date_wib(at, frame.lang);
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return format::day(day, frame.lang);
    }
    let family = match name {
        "status" => format!("{}-status", words.kind),
        "hold" => "hold-reason".to_owned(),
        "cycle" => "cycle".to_owned(),
        "purchase_policy" => "purchase-policy".to_owned(),
        "kind" if words.kind == "product" => "product-kind".to_owned(),
        "kind" | "tax_point" if words.kind == "setting" => format!("settings-{}", words.id),
        _ => return text.to_owned(),
    };
    locale::known_word(frame.lang, &family, text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernel::locale::Lang,
        web::{
            frame::{Door, Frame},
            page_checks,
        },
    };
    use askama::Template;
    use serde_json::json;

    fn told(kind: &'static str, id: &str, before: Value, after: Value) -> Vec<(String, String, String)> {
        let frame = Frame::sample(Door::Whm, Lang::En);
        let names = [("pln_1".to_owned(), "Ghost Basic".to_owned())].into();
        let words = Words { kind, id, names };
        let text = |value: Option<Value>, name: &str, all: &Value| {
            value.and_then(|value| shown(&frame, &words, name, &value, Some(all))).unwrap_or_default()
        };
        let given = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        changes(given(&before).as_ref(), given(&after).as_ref())
            .into_iter()
            .map(|(name, was, is)| (label(&frame, &words, &name), text(was, &name, &before), text(is, &name, &after)))
            .collect()
    }

    fn row(label: &str, before: &str, after: &str) -> (String, String, String) {
        (label.to_owned(), before.to_owned(), after.to_owned())
    }

    #[test]
    fn what_changed_is_told_field_by_field_and_what_stayed_is_not() {
        let before = json!({ "cycle": "monthly", "amount_minor": 50_000, "setup_fee_minor": 0, "currency": "IDR" });
        let after = json!({ "cycle": "monthly", "amount_minor": 60_000, "setup_fee_minor": 0, "currency": "IDR" });
        assert_eq!(told("plan", "pln_1", before, after), [row("Amount", "IDR 50,000", "IDR 60,000")]);
        let after = json!({ "cycle": "days_10" });
        assert_eq!(
            told("plan", "pln_1", json!({ "cycle": "monthly" }), after),
            [row("Cycle", "Monthly", "Every 10 days")]
        );
    }

    #[test]
    fn states_plans_instants_and_settings_have_their_words() {
        let before = json!({ "status": "active", "plan": "pln_1", "auto_renew": true });
        let after = json!({ "status": "past_due", "plan": null, "period": { "start": "2026-12-12" } });
        let expected = [
            row("First day of the period", "", "12 Dec 2026"),
            row("Plan", "Ghost Basic", ""),
            row("Status", "Active", "Past due"),
        ];
        assert_eq!(told("subscription", "sub_1", before, after), expected);
        let (before, after) = (json!({ "grace_days": 7 }), json!({ "grace_days": 10 }));
        let told = told("setting", "billing", before, after);
        assert_eq!((told.len(), told[0].1.as_str(), told[0].2.as_str()), (1, "7", "10"));
        assert!(!told[0].0.contains("grace_days"), "{}", told[0].0);
    }

    #[test]
    fn what_is_gone_and_what_is_new_are_told_too() {
        assert_eq!(told("customer", "cus_1", json!({ "exempt": true }), Value::Null), [row("No late fees", "Yes", "")]);
        assert_eq!(told("customer", "cus_1", Value::Null, json!({ "exempt": true })), [row("No late fees", "", "Yes")]);
        assert!(told("customer", "cus_1", Value::Null, Value::Null).is_empty());
    }

    #[test]
    fn a_history_is_well_made_whatever_is_in_it() {
        for lang in Lang::ALL {
            let make = |rows: usize| {
                let frame = Frame::sample(Door::Whm, *lang);
                let words = Words { kind: "customer", id: "cus_1", names: HashMap::new() };
                let strange = audit_log::Model {
                    id: "aud_1".into(),
                    sequence: None,
                    actor_kind: "staff".into(),
                    actor_id: "usr_1".into(),
                    on_behalf_of: None,
                    customer_id: None,
                    action: "customers.profile.update".into(),
                    target_type: "customer".into(),
                    target_id: "cus_1".into(),
                    before: Some(json!({ "name": "<script>", "list": [1, "<b>"], "unknown_thing": null })),
                    after: Some(json!({ "name": "\"<b>&", "list": [], "unknown_thing": "x".repeat(300) })),
                    reason: Some("<i>".into()),
                    address: None,
                    correlation_id: "c".into(),
                    previous_hash: None,
                    hash: None,
                    created_at: frame.now,
                };
                let entries = (0..rows).map(|_| entry(&frame, &words, &strange, &HashMap::new())).collect();
                let next = if rows > 0 { "/whm/customers/cus_1/history?cursor=x".into() } else { String::new() };
                HistoryPage { name: "CV \"<b>".into(), back: "/whm/customers/cus_1".into(), entries, next, frame }
            };
            for rows in [0, 2] {
                let html = make(rows).render().unwrap();
                assert_eq!(page_checks::problems(&html), Vec::<String>::new(), "{rows} in {lang:?}");
                assert!(!html.contains("<i>") && !html.contains("<b>"), "{html}");
            }
        }
    }
}
