//! Pages of quotes with empty, typical and extreme contents.
use super::{Known, detail_page, form, list_page};
use crate::{
    domain::{catalog::find::Quotable, ordering::quote::find::Full},
    web::whm::{query::ListQuery, samples::look},
};
use chrono::{DateTime, Utc};
use entity::{
    ordering::{quote, quote_item},
    value::{Cycle, ProductKind, QuoteItemId, QuoteStatus, business_day},
};
use std::collections::HashMap;

pub(crate) fn sample(now: DateTime<Utc>, status: QuoteStatus, lines: i32) -> Full {
    let is_sent = status != QuoteStatus::Draft;
    let row = quote::Model {
        id: "quo_1".into(),
        number: is_sent.then(|| "QUO/2026/000123".into()),
        customer_id: "cus_1".into(),
        status,
        locale: "id".into(),
        currency: "IDR".into(),
        subtotal_minor: 80_000,
        tax_minor: 8_800,
        total_minor: 88_800,
        tax_label: Some("PPN 11%".into()),
        buyer: Some(serde_json::json!({ "name": "Budi", "company": "CV \"<b>& Maju" })),
        seller: Some(serde_json::json!({ "legal_name": "PT Nusa Awan Digital" })),
        intro: "Terima kasih atas pertemuannya.\nBerikut penawaran kami.".into(),
        terms: String::new(),
        valid_until: business_day(now),
        public_token: "abc".into(),
        copied_from: Some("quo_0".into()),
        made_by: "usr_1".into(),
        reason: (status == QuoteStatus::Declined).then(|| "Terlalu mahal".into()),
        order_id: (status == QuoteStatus::Accepted).then(|| "ord_1".into()),
        sent_at: is_sent.then_some(now),
        reminded_at: None,
        decided_at: None,
        created_at: now,
        updated_at: now,
    };
    let item = |position: i32| quote_item::Model {
        id: QuoteItemId::generate(),
        quote_id: "quo_1".into(),
        position,
        plan_id: (position % 2 == 1).then(|| "pln_1".into()),
        cycle: (position % 2 == 1).then_some(Cycle::Monthly),
        description: "n8n Basic (bulanan) untuk grup usaha dengan nama yang panjang".into(),
        quantity: 2,
        unit_minor: 40_000,
        setup_minor: i64::from(position % 2) * 10_000,
        list_minor: (position % 2 == 1).then_some(50_000),
        list_setup_minor: (position % 2 == 1).then_some(10_000),
        tax_included: position == 1,
        price_reason: (position % 2 == 1).then(|| "Kontrak setahun".into()),
        product_kind: ProductKind::PaasService,
    };
    Full { quote: row, items: (1..=lines).map(item).collect() }
}

#[test]
fn quotes_have_no_problems() {
    let (query, none) = (ListQuery::default(), HashMap::new());
    look("quotes", |frame| list_page(frame, &query, &[], &none, true, None));
    look("quotes-full", |frame| {
        let rows: Vec<_> = QuoteStatus::ALL.iter().map(|status| sample(frame.now, *status, 1).quote).collect();
        list_page(frame, &query, &rows, &none, true, Some("x"))
    });
    for status in QuoteStatus::ALL {
        for lines in [0, 3] {
            look(&format!("quote-{status}-{lines}"), |frame| {
                let full = sample(frame.now, *status, lines);
                detail_page(frame, &Known { full: &full, customer: "CV Maju", acts: &[] }, &HashMap::new(), true)
            });
        }
    }
}

#[test]
fn forms_of_quotes_have_no_problems() {
    let sent = form::blank_line();
    look("quote-new", |frame| form::new_page(frame, &sent));
    look("quote-edit", |frame| {
        let row = sample(frame.now, QuoteStatus::Draft, 0).quote;
        form::edit_page(frame, &row, &form::stored(&row))
    });
    look("quote-plan", |frame| {
        let row = sample(frame.now, QuoteStatus::Draft, 0).quote;
        form::plan_page(frame, &row, &[], &sent)
    });
    look("quote-plans", |frame| {
        let row = sample(frame.now, QuoteStatus::Draft, 0).quote;
        let plan = |setup_fee_minor: i64| Quotable {
            service: "n8n \"<b>&".into(),
            plan: "Paket untuk grup usaha dengan nama yang panjang sekali".into(),
            code: "n8n-basic".into(),
            tier: 1,
            cycle: Cycle::Monthly,
            amount_minor: 50_000,
            setup_fee_minor,
            tax_included: setup_fee_minor > 0,
            currency: "IDR".into(),
        };
        form::plan_page(frame, &row, &[plan(0), plan(10_000)], &sent)
    });
    look("quote-words", |frame| {
        let row = sample(frame.now, QuoteStatus::Draft, 0).quote;
        form::words_page(frame, &row, &sent)
    });
}
