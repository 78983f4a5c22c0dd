//! Pages of drafts with empty, typical and extreme contents.
use super::{Known, detail_page, form};
use crate::{domain::billing::invoice::Full, web::whm::samples::look};
use chrono::{DateTime, Days, Utc};
use entity::{
    billing::{invoice, invoice_item},
    value::{InvoiceItemId, InvoiceKind, InvoiceStatus, ProductKind},
};
use serde_json::json;
use std::collections::HashMap;

fn sample(now: DateTime<Utc>, lines: i32, days: u64) -> Full {
    let row = invoice::Model {
        id: "inv_1".into(),
        number: None,
        customer_id: "cus_1".into(),
        kind: InvoiceKind::Manual,
        status: InvoiceStatus::Draft,
        currency: "IDR".into(),
        subtotal_minor: 9_000_000_000_000,
        discount_minor: 0,
        tax_minor: 990_000_000_000,
        vat_collector: None,
        collected_tax_minor: 0,
        total_minor: 9_990_000_000_000,
        paid_minor: 0,
        refunded_minor: 0,
        credited_minor: 0,
        written_off_minor: 0,
        buyer: json!({}),
        seller: json!({}),
        locale: "id".into(),
        calculation_version: 1,
        public_token: "abc".into(),
        document_hash: None,
        previous_hash: None,
        notes: (lines > 0).then(|| "Sesuai berita acara \"<b>&\nTahap pertama".into()),
        issued_at: None,
        due_at: now.checked_sub_days(Days::new(days)),
        paid_at: None,
        voided_at: None,
        void_reason: None,
        tax_point_at: None,
        created_at: now,
        updated_at: now,
    };
    let item = |position: i32| invoice_item::Model {
        id: InvoiceItemId::generate(),
        invoice_id: "inv_1".into(),
        position,
        description: "Pemasangan jaringan untuk grup usaha dengan nama yang panjang \"<b>&".into(),
        quantity: 10_000,
        unit_minor: 1_000_000_000_000,
        discount_minor: 0,
        net_minor: 10_000_000_000_000_000,
        tax_minor: 1_100_000_000_000_000,
        collected_tax_minor: 0,
        product_kind: ProductKind::Custom,
        subscription_id: None,
        cycle_number: None,
        period_start: None,
        period_end: None,
    };
    Full { invoice: row, items: (1..=lines).map(item).collect(), taxes: Vec::new() }
}

#[test]
fn drafts_have_no_problems() {
    for (name, lines, days, may_issue) in
        [("empty", 0, 0, true), ("full", 3, 0, true), ("late", 1, 2, true), ("read", 2, 0, false)]
    {
        look(&format!("draft-{name}"), |frame| {
            let full = sample(frame.now, lines, days);
            let known = Known { full: &full, customer: "CV Maju \"<b>&", acts: &[] };
            detail_page(frame, &known, &HashMap::new(), may_issue)
        });
    }
}

#[test]
fn forms_of_drafts_have_no_problems() {
    let sent = form::blank_line();
    look("draft-new", |frame| form::new_page(frame, &sent));
    look("draft-edit", |frame| {
        let row = sample(frame.now, 1, 0).invoice;
        form::edit_page(frame, &row, &form::stored(&row))
    });
    look("draft-line", |frame| {
        let row = sample(frame.now, 1, 0).invoice;
        form::line_page(frame, &row, &sent)
    });
}
