//! A customer's history in words.
use super::view::Event;
use crate::{
    domain::reports::timeline::{Happened, Line},
    kernel::format,
    web::frame::Frame,
};
use entity::{platform::audit_log, value::Money};
use serde_json::json;
use std::collections::HashMap;

/// A line of the history as shown; `people` are names by id.
pub fn event(frame: &Frame, line: &Line, people: &HashMap<String, String>) -> Event {
    let amount = |minor: i64, currency: &str| format::money(&Money::new(minor, currency), frame.lang);
    let at = line.at;
    match &line.what {
        Happened::Invoice(row) => {
            let state = frame.word("invoice-status", row.status.as_str());
            let number = row.number.as_deref().unwrap_or(row.id.as_str());
            let text = frame.ta("whm-line-invoice", [("number", number), ("state", &state)]);
            let href = format!("/whm/invoices/{}", row.id);
            Event { amount: amount(row.total_minor, &row.currency), ..entry(at, "file-invoice", "quiet", text, href) }
        }
        Happened::CreditNote(row) => {
            let text = frame.ta("whm-line-credit-note", [("number", row.number.as_str()), ("reason", &row.reason)]);
            let href = format!("/whm/invoices/{}", row.invoice_id);
            Event { amount: amount(-row.total_minor, &row.currency), ..entry(at, "receipt-refund", "info", text, href) }
        }
        Happened::Payment(row) => {
            let state = frame.word("payment-status", row.status.as_str());
            let method = frame.way_to_pay(&row.gateway, &row.method);
            let text = frame.ta("whm-line-payment", [("method", method.as_str()), ("state", &state)]);
            let tone = frame.tone("payment-status", row.status.as_str()).as_str();
            let href = format!("/whm/payments/{}", row.id);
            Event { amount: amount(row.amount_minor, &row.currency), ..entry(at, "credit-card", tone, text, href) }
        }
        Happened::Refund(row) => {
            let state = frame.word("refund-status", row.status.as_str());
            let text = frame.ta("whm-line-refund", [("state", state.as_str()), ("reason", &row.reason)]);
            let href = format!("/whm/payments/{}", row.payment_id);
            Event {
                amount: amount(-row.amount_minor, &row.currency),
                ..entry(at, "receipt-refund", "info", text, href)
            }
        }
        Happened::Mail(row) => {
            let state = frame.word("message-status", row.status.as_str());
            let tone = frame.tone("message-status", row.status.as_str()).as_str();
            let words = [("subject", row.subject.as_str()), ("to", &row.to_address), ("state", &state)];
            let text = frame.ta("whm-line-mail", words);
            let raw = [row.error.as_deref().unwrap_or_default(), row.text.as_str()].join("\n");
            Event { raw: raw.trim().to_owned(), ..entry(at, "mail", tone, text, String::new()) }
        }
        Happened::Task(row) => {
            let state = frame.word("task-status", row.status.as_str());
            let action = frame.word("task-action", row.action.as_str());
            let text = frame.ta("whm-line-task", [("action", action.as_str()), ("state", &state)]);
            let tone = frame.tone("task-status", row.status.as_str()).as_str();
            entry(at, "server", tone, text, format!("/whm/tasks/{}", row.id))
        }
        Happened::Change(row) => change(frame, row, people),
    }
}

/// A row of the audit trail as a line of history.
pub fn change(frame: &Frame, row: &audit_log::Model, people: &HashMap<String, String>) -> Event {
    let who = who(frame, row, people);
    let reason = row.reason.as_deref().map(|reason| format!(": {}", frame.why(reason))).unwrap_or_default();
    let text = format!("{}{reason}", done(frame, &row.action));
    let target = format!("{} {}", row.target_type, row.target_id);
    let mut facts = json!({ "action": row.action, "actor": row.actor_id, "target": target });
    for (name, value) in [("before", &row.before), ("after", &row.after)] {
        if let Some(value) = value {
            facts[name] = json!(value);
        }
    }
    let raw = serde_json::to_string_pretty(&facts).unwrap_or_default();
    Event { who, raw, ..entry(row.created_at, "history", "quiet", text, place_of(&row.target_type, &row.target_id)) }
}

/// Who acted: by name, or what acted where it was no person. Who signs in is nobody yet: the line is about himself.
pub(super) fn who(frame: &Frame, row: &audit_log::Model, people: &HashMap<String, String>) -> String {
    let person =
        people.get(&row.actor_id).or_else(|| people.get(&row.target_id).filter(|_| row.actor_kind == "visitor"));
    person.cloned().unwrap_or_else(|| actor(frame, row))
}

/// What was done, in words; an act that has none yet keeps its name.
pub(super) fn done(frame: &Frame, action: &str) -> String {
    frame.known(&format!("audit-{}", action.replace(['.', '_'], "-"))).unwrap_or_else(|| action.to_owned())
}

/// Who acted where it was no person.
fn actor(frame: &Frame, row: &audit_log::Model) -> String {
    match row.actor_kind.as_str() {
        "system" => frame.t("whm-by-system"),
        "gateway" => frame.t("whm-by-gateway"),
        "visitor" => frame.t("whm-by-visitor"),
        _ => row.actor_id.clone(),
    }
}

/// Where a thing of the trail is shown; empty where it has no page.
fn place_of(kind: &str, id: &str) -> String {
    match kind {
        "customer" => format!("/whm/customers/{id}"),
        "invoice" => format!("/whm/invoices/{id}"),
        "payment" => format!("/whm/payments/{id}"),
        "subscription" => format!("/whm/subscriptions/{id}"),
        "instance" => format!("/whm/instances/{id}"),
        "order" => format!("/whm/orders/{id}"),
        "quote" => format!("/whm/quotes/{id}"),
        "cluster" => format!("/whm/clusters/{id}"),
        "cluster_node" => format!("/whm/nodes/{id}"),
        "plan" => format!("/whm/plans/{id}"),
        _ => String::new(),
    }
}

fn entry(
    at: chrono::DateTime<chrono::Utc>,
    icon: &'static str,
    tone: &'static str,
    text: String,
    href: String,
) -> Event {
    let empty = String::new;
    Event { at, icon, tone, who: empty(), text, href, amount: empty(), raw: empty() }
}
