//! The statement of account as it may look.
use super::view::StatementPage;
use crate::{
    domain::reports::{
        range::Range,
        statement::{Line, Statement},
    },
    kernel::locale::Lang,
    web::{frame::Theme, panel::samples::frame},
};
use askama::Template;
use chrono::Duration;
use entity::value::business_day;

/// Every page, named.
pub fn pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let frame = frame(lang, theme, "/panel/statement");
    let range = Range::month_of(business_day(frame.now));
    let line = |kind: &str, amount_minor: i64, balance_minor: i64| Line {
        posted_at: frame.now - Duration::days(1),
        kind: kind.to_owned(),
        document: (kind != "wallet_adjusted").then(|| "INV/2026/000123".to_owned()),
        invoice_id: (kind == "invoice_issued").then(|| "inv_1".to_owned()),
        amount_minor,
        balance_minor,
    };
    let full = Statement {
        range,
        opening_minor: 0,
        charged_minor: 55_500,
        credited_minor: 155_500,
        lines: vec![
            line("invoice_issued", 55_500, 55_500),
            line("payment_settled", -55_500, 0),
            line("wallet_adjusted", -100_000, -100_000),
        ],
        is_cut: true,
    };
    let empty =
        Statement { range, opening_minor: 0, charged_minor: 0, credited_minor: 0, lines: Vec::new(), is_cut: false };
    let page = |statement, is_read| StatementPage::build(frame.clone(), statement, is_read).render().unwrap();
    vec![("statement".to_owned(), page(&full, true)), ("statement-empty".to_owned(), page(&empty, false))]
}
