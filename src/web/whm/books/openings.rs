//! Opening balances: what accounts held when the business came here.
use super::super::{
    done,
    view::{Action, Cell, DetailPage, Field, Kind, Part, Table},
};
use crate::{
    domain::{
        ledger::{self, NewOpening},
        payments::accounts,
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
    web::{
        WebError,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use chrono::NaiveDate;
use entity::{
    ledger::opening_balance,
    value::{Money, OpeningBalanceId, business_day},
};
use serde::Deserialize;

pub(super) const HOME: &str = "/whm/books/openings";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/books/openings", web::get().to(show))
        .route("/books/openings", web::post().to(enter))
        .route("/books/openings/{id}/reverse", web::post().to(reverse));
}

/// What the page shows.
#[derive(Default)]
pub struct Facts {
    /// What was entered, the newest first.
    pub rows: Vec<opening_balance::Model>,
    /// Our accounts at gateways: code in the ledger, name.
    pub gateways: Vec<(String, String)>,
    /// Whether the reader may enter and take back, and no month is closed.
    pub may_enter: bool,
    /// Whether a month is closed.
    pub is_closed: bool,
}

/// `GET /whm/books/openings`
pub async fn show(staff: Staff<can::ReadBooks>) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let gateways = accounts::list(ctx).await?;
    let facts = Facts {
        rows: ledger::openings(ctx).await.map_err(CommonFault::from)?,
        gateways: gateways.into_iter().map(|row| (format!("gateway_clearing:{}", row.id), row.name)).collect(),
        may_enter: staff.may::<can::EnterOpenings>(),
        is_closed: ledger::closed_through(&ctx.db).await.map_err(CommonFault::from)?.is_some(),
    };
    respond::page(&page(staff.frame(), &facts))
}

/// An account in words.
fn account(frame: &Frame, facts: &Facts, code: &str) -> String {
    let (kind, of) = code.split_once(':').map_or((code, None), |(kind, _)| (kind, Some(code)));
    let name =
        of.and_then(|code| facts.gateways.iter().find(|(known, _)| known == code)).map(|(_, name)| name.as_str());
    let word = frame.word("ledger-account-kind", kind);
    name.map_or(word.clone(), |name| format!("{word}: {name}"))
}

pub(in crate::web::whm) fn page(frame: Frame, facts: &Facts) -> DetailPage {
    let mut actions = Vec::new();
    if facts.may_enter && !facts.is_closed {
        let known = ["bank", "tax_payable"].map(str::to_owned).into_iter();
        let codes = known.chain(facts.gateways.iter().map(|(code, _)| code.clone()));
        let choices = codes.map(|code| (code.clone(), account(&frame, facts, &code))).collect();
        let sides = ["debit", "credit"].map(|side| (side.to_owned(), frame.t(&format!("whm-opening-{side}")))).into();
        let today = business_day(frame.now).to_string();
        let fields = vec![
            Field::new("account", frame.t("journal-account"), Kind::Choice(choices)),
            Field::new("side", frame.t("whm-opening-side"), Kind::Choice(sides)),
            Field::number("amount", frame.t("whm-amount")).unit("IDR"),
            Field::new("day", frame.t("whm-opening-day"), Kind::Line("date")).value(today),
        ];
        let text = frame.t("whm-opening-enter-text");
        let ask = Action::ask(frame.t("whm-opening-enter"), text, "enter-opening", HOME.to_owned(), "plus");
        actions.push(ask.with(fields));
    }
    let columns = [
        (frame.t("journal-account"), "cell-main"),
        (frame.t("whm-opening-day"), "cell-sub"),
        (frame.t("journal-debit"), "num"),
        (frame.t("journal-credit"), "cell-side num"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-opening-reversed-at"), ""),
        (frame.t("whm-act"), ""),
    ];
    let rows = facts.rows.iter().map(|row| {
        let side = |minor: i64| if minor > 0 { Cell::Money(Money::idr(minor)) } else { Cell::Nothing };
        let act = match row.reversed_at {
            None if facts.may_enter => {
                Cell::Posts(vec![(frame.t("whm-opening-reverse"), format!("{HOME}/{}/reverse", row.id), "danger")])
            }
            _ => Cell::Nothing,
        };
        vec![
            Cell::Text(account(&frame, facts, &row.account)),
            Cell::Day(row.day),
            side(row.amount_minor),
            side(-row.amount_minor),
            Cell::Time(row.created_at),
            Cell::maybe_time(row.reversed_at),
            act,
        ]
    });
    let notice = match (facts.is_closed, facts.rows.is_empty()) {
        (true, _) => ("info", frame.t("whm-openings-closed")),
        (false, true) => ("info", frame.t("whm-openings-none")),
        (false, false) => ("info", String::new()),
    };
    DetailPage {
        title: frame.t("whm-openings"),
        subtitle: frame.t("whm-openings-text"),
        back: "/whm/books".to_owned(),
        back_label: frame.t("nav-books"),
        notice,
        actions,
        facts: Vec::new(),
        parts: vec![Part::Rows(frame.t("whm-openings"), Table::new(frame.t("whm-openings"), columns).with(rows))],
        frame,
    }
}

/// A balance as typed.
#[derive(Deserialize)]
pub struct OpeningForm {
    account: String,
    side: String,
    amount: i64,
    day: String,
}

/// `POST /whm/books/openings`
pub async fn enter(
    staff: Fresh<can::EnterOpenings>,
    SafeForm(form): SafeForm<OpeningForm>,
) -> Result<HttpResponse, WebError> {
    let wrong = |field: &str| CommonFault::Invalid(vec![FieldFault::new(field, "invalid")]);
    let day: NaiveDate = form.day.trim().parse().map_err(|_| wrong("day"))?;
    let sign = match form.side.as_str() {
        "debit" => 1,
        "credit" => -1,
        _ => return Err(wrong("side").into()),
    };
    // The side says the sign: a number below zero would turn it round unseen.
    if form.amount < 1 {
        return Err(wrong("amount").into());
    }
    ledger::enter_opening(&staff.ctx, NewOpening { account: &form.account, day, amount_minor: sign * form.amount })
        .await?;
    Ok(done(HOME, "whm-opening-entered"))
}

/// `POST /whm/books/openings/{id}/reverse`
pub async fn reverse(
    staff: Fresh<can::EnterOpenings>,
    id: Path<OpeningBalanceId>,
    _: SafeForm<super::super::EmptyForm>,
) -> Result<HttpResponse, WebError> {
    ledger::reverse_opening(&staff.ctx, &id).await?;
    Ok(done(HOME, "whm-opening-reversed"))
}
