//! Products and plans, and their stock: empty, typical and extreme.
use super::{
    products, quota,
    samples::{MOST, long_name, look, year},
};
use crate::domain::reports::{
    products::{Figures, Line, ProductsReport},
    quota::{Line as Stock, QuotaReport},
};

#[test]
fn products_and_plans() {
    let line = |place: i64| Line {
        product_id: Some(format!("prd_{place}")),
        product: Some(if place == 0 { long_name() } else { format!("Layanan {place}") }),
        plan_id: Some(format!("pln_{place}")),
        plan: Some(if place == 0 { long_name() } else { "Basic".to_owned() }),
        figures: Figures {
            start: 12_345,
            began: 200 * place,
            moved: -3,
            ended: 10,
            running: 12_332 + 200 * place,
            mrr_minor: MOST / (place + 1),
            issued_minor: MOST / (place + 1),
        },
    };
    let loose = Line { figures: Figures { issued_minor: -5_500, ..Figures::default() }, ..Line::default() };
    let plans: Vec<Line> = (0..9).map(line).chain([loose]).collect();
    let report = ProductsReport { range: year(), plans, ledger_minor: 1 };
    look("products", |frame| products::page(frame, &report));
    let one = ProductsReport { range: year(), plans: vec![line(1)], ledger_minor: MOST / 2 };
    look("products-one", |frame| products::page(frame, &one));
    let none = ProductsReport { range: year(), plans: Vec::new(), ledger_minor: 0 };
    look("products-empty", |frame| products::page(frame, &none));
}

#[test]
fn quota_use() {
    let line = |total: i64, taken: i64, name: String| Stock {
        product: name,
        plan_id: "pln_1".to_owned(),
        plan: "Basic".to_owned(),
        total,
        taken,
        reserved: taken / 3,
        waiting: 12,
        waiting_paid: 3,
    };
    let plans = vec![
        line(1_000_000_000, 1_000_000_000, long_name()),
        line(0, 0, "Ghost".to_owned()),
        line(500, 61, "n8n".to_owned()),
    ];
    look("quota", |frame| quota::page(frame, &QuotaReport { plans: plans.clone() }));
    look("quota-empty", |frame| quota::page(frame, &QuotaReport::default()));
}
