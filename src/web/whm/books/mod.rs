//! The books: every invariant of money, whether it held when it was last proven, and what broke it; beside it the months
//! that are closed, what accounts held at the beginning, and what is deferred.
pub mod deferred;
pub mod openings;
pub mod periods;

use super::{
    EmptyForm, done, search,
    view::{Action, Cell, DetailPage, Part, Table},
};
use crate::{
    domain::ledger,
    jobs::books::CheckBooks,
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use entity::{ledger::check, value::Money};
use serde_json::Value;

const HOME: &str = "/whm/books";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/books", web::get().to(show)).route("/books/check", web::post().to(prove));
    periods::routes(config);
    openings::routes(config);
    deferred::routes(config);
}

/// `GET /whm/books`
pub async fn show(staff: Staff<can::ReadBooks>) -> Result<HttpResponse, WebError> {
    let last = ledger::last_check(&staff.ctx).await.map_err(CommonFault::from)?;
    respond::page(&page(staff.frame(), last.as_ref()))
}

pub(super) fn page(frame: Frame, last: Option<&check::Model>) -> DetailPage {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings: Vec<&Value> = last.and_then(|last| last.findings.as_array()).into_iter().flatten().collect();
    let proven = last.map_or_else(|| Cell::Text("–".to_owned()), |last| Cell::Time(last.finished_at));
    let mut facts = vec![(frame.t("whm-books-proven"), proven)];
    if let Some(last) = last {
        for name in ["postings", "invoices", "payments"] {
            let count = last.totals[name].as_i64().unwrap_or(0);
            facts.push((frame.t(&format!("whm-books-{name}")), Cell::Text(count.to_string())));
        }
        for balance in last.totals["balances"].as_array().into_iter().flatten() {
            let money = Money::new(balance[2].as_i64().unwrap_or(0), &text(&balance[1]));
            facts.push((frame.word("ledger-account-kind", &text(&balance[0])), Cell::Money(money)));
        }
    }
    let heads = [(frame.t("whm-books-rule"), "cell-main"), (frame.t("whm-status"), "cell-side")];
    let checks = ledger::invariants().into_iter().map(|word| {
        let broken = findings.iter().filter(|finding| finding["invariant"] == word.as_str()).count();
        let state = match (last, broken) {
            (None, _) => Cell::Nothing,
            (Some(_), 0) => Cell::Status("books-state", "ok"),
            (Some(_), _) => Cell::Status("books-state", "failed"),
        };
        vec![Cell::Text(frame.word("books", &word)), state]
    });
    let wrong_heads = [
        (frame.t("whm-books-where"), "cell-main"),
        (frame.t("whm-books-rule"), "cell-sub"),
        (frame.t("whm-books-detail"), ""),
    ];
    let wrong = findings.iter().map(|finding| {
        let row = text(&finding["row"]);
        vec![
            match search::place_of(&row) {
                Some(place) => Cell::Link(row, place),
                None => Cell::Code(row),
            },
            Cell::Text(frame.word("books", &text(&finding["invariant"]))),
            Cell::Text(text(&finding["detail"])),
        ]
    });
    let notice = match last {
        None => ("info", frame.t("whm-books-never")),
        Some(last) if last.found > 0 => ("bad", frame.ta("whm-books-wrong", [("n", last.found)])),
        Some(_) => ("good", frame.t("whm-books-right")),
    };
    DetailPage {
        title: frame.t("nav-books"),
        subtitle: frame.t("whm-books-text"),
        back: "/whm".to_owned(),
        back_label: frame.t("nav-dashboard"),
        notice,
        actions: vec![
            Action::link(frame.t("whm-periods"), periods::HOME, "lock"),
            Action::link(frame.t("whm-openings"), openings::HOME, "building-bank"),
            Action::link(frame.t("whm-deferred"), deferred::HOME, "calendar"),
            Action::post(frame.t("whm-books-check"), format!("{HOME}/check"), "refresh"),
        ],
        facts,
        parts: vec![
            Part::Rows(
                frame.t("whm-books-findings"),
                Table::new(frame.t("whm-books-findings"), wrong_heads).with(wrong),
            ),
            Part::Rows(frame.t("whm-books-rules"), Table::new(frame.t("whm-books-rules"), heads).with(checks)),
        ],
        frame,
    }
}

/// `POST /whm/books/check`
pub async fn prove(staff: Staff<can::ReadBooks>, _: SafeForm<EmptyForm>) -> Result<HttpResponse, WebError> {
    let tx = staff.ctx.begin().await.map_err(CommonFault::from)?;
    staff.ctx.enqueue(&tx, &CheckBooks {}).await.map_err(CommonFault::from)?;
    tx.commit().await.map_err(CommonFault::from)?;
    Ok(done(HOME, "whm-books-asked"))
}
