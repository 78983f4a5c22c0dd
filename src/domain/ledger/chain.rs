//! What makes a document tamper-evident: its hash covers what was issued and the hash of the document before in its
//! series. What changes later (payments, credit, status) is not part of it.
use chrono::{DateTime, SecondsFormat, Utc};
use entity::billing::{credit_note, credit_note_item, invoice, invoice_item, invoice_tax};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Hash of an issued invoice, lower-case hex.
pub fn invoice_hash(
    previous: Option<&str>,
    invoice: &invoice::Model,
    items: &[invoice_item::Model],
    taxes: &[invoice_tax::Model],
) -> String {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_key(|item| item.position);
    let mut taxes: Vec<_> = taxes.iter().collect();
    taxes.sort_by_key(|tax| &tax.id);
    let collected: Vec<i64> = items.iter().map(|item| item.collected_tax_minor).collect();
    let items: Vec<Value> = items
        .into_iter()
        .map(|item| {
            json!([
                item.position,
                item.description,
                item.quantity,
                item.unit_minor,
                item.discount_minor,
                item.net_minor,
                item.tax_minor,
                item.product_kind,
                item.subscription_id,
                item.cycle_number,
                item.period_start,
                item.period_end,
            ])
        })
        .collect();
    let taxes: Vec<Value> = taxes
        .into_iter()
        .map(|tax| json!([tax.label, tax.rate_num, tax.rate_den, tax.base_minor, tax.tax_minor]))
        .collect();
    let mut document = json!([
        "invoice",
        previous,
        invoice.number,
        invoice.customer_id,
        invoice.kind,
        invoice.currency,
        invoice.subtotal_minor,
        invoice.discount_minor,
        invoice.tax_minor,
        invoice.total_minor,
        invoice.buyer,
        invoice.seller,
        invoice.locale,
        invoice.calculation_version,
        invoice.public_token,
        invoice.notes,
        invoice.issued_at.map(instant),
        invoice.due_at.map(instant),
        items,
        taxes,
    ]);
    // Documents of before anybody collected his own tax keep their hashes.
    if let (Some(collector), Some(parts)) = (invoice.vat_collector, document.as_array_mut()) {
        parts.push(json!([collector, invoice.collected_tax_minor, collected]));
    }
    hash(&document)
}

/// Hash of a credit note, lower-case hex.
pub fn credit_note_hash(
    previous: Option<&str>,
    note: &credit_note::Model,
    items: &[credit_note_item::Model],
) -> String {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_key(|item| &item.id);
    let item = |item: &credit_note_item::Model| match item.collected_tax_minor {
        0 => json!([item.invoice_item_id, item.net_minor, item.tax_minor]),
        collected => json!([item.invoice_item_id, item.net_minor, item.tax_minor, collected]),
    };
    let items: Vec<Value> = items.into_iter().map(item).collect();
    hash(&json!([
        "credit_note",
        previous,
        note.number,
        note.invoice_id,
        note.customer_id,
        note.reason,
        note.subtotal_minor,
        note.tax_minor,
        note.total_minor,
        note.currency,
        instant(note.issued_at),
        items,
    ]))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn hash(document: &Value) -> String {
    let mut text = String::new();
    canonical(document, &mut text);
    hex::encode(Sha256::digest(text))
}

/// JSON with the members of objects in order of their names: PostgreSQL keeps them in an order of its own.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(values) => {
            out.push('[');
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                canonical(value, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (i, (name, value)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{}:", Value::from(name.as_str()));
                canonical(value, out);
            }
            out.push('}');
        }
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter_but_every_value_does() {
        let (mut a, mut b) = (String::new(), String::new());
        canonical(&json!({"b": 1, "a": [true, null, "x\""]}), &mut a);
        canonical(&serde_json::from_str(r#"{"a":[true,null,"x\""],"b":1}"#).unwrap(), &mut b);
        assert_eq!(a, b);
        assert_ne!(hash(&json!([1])), hash(&json!([2])));
    }
}
