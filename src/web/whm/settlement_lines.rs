//! Lines of reports of payouts that do not fit by themselves, and what staff decide about them.
use super::{
    KeyedReasonForm, done, form_key, once,
    query::ListQuery,
    sent_key,
    view::{Action, Cell, DetailPage, Field, ListPage, Table},
};
use crate::{
    domain::{
        Ctx,
        payments::settlement::{self, LineFilter, LineView},
    },
    kernel::permission::can,
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
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    payments::settlement_line,
    value::{Money, SettlementLineId, SettlementLineStatus},
};
use serde::Deserialize;

pub(super) const HOME: &str = "/whm/settlement-lines";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/settlement-lines", web::get().to(list))
        .route("/settlement-lines/{id}", web::get().to(show))
        .route("/settlement-lines/{id}/match", web::post().to(match_by_hand))
        .route("/settlement-lines/{id}/unallocated", web::post().to(to_unallocated))
        .route("/settlement-lines/{id}/dismiss", web::post().to(dismiss));
}

/// What waits, where nobody says.
fn status_of(query: &ListQuery) -> Option<SettlementLineStatus> {
    match query.state() {
        "" => Some(SettlementLineStatus::Waiting),
        word => SettlementLineStatus::parse(word),
    }
}

/// `GET /whm/settlement-lines`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let filter = LineFilter { settlement_id: None, status: status_of(&query) };
    let page = settlement::line_list(&staff.ctx, &filter, &query.page()).await?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, page.next_cursor.as_deref()))
}

/// Lines of one report: their account and kind are told by the report and the finding.
pub(super) fn table_of_one(frame: &Frame, rows: &[LineView]) -> Table {
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-settlement-verdict"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-settlement-net"), "cell-side num"),
    ];
    let rows = rows.iter().map(|row| {
        let line = &row.line;
        vec![
            Cell::link(name_of(row, frame), format!("{HOME}/{}", line.id)),
            Cell::text(frame.word("settlement-verdict", &line.verdict)),
            Cell::Status("settlement-line-status", line.status.as_str()),
            Cell::Money(Money::idr(line.net_minor)),
        ]
    });
    Table::new(frame.t("whm-settlement-lines"), columns).with(rows)
}

/// Lines as rows.
pub(super) fn table(frame: &Frame, rows: &[LineView]) -> Table {
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-settlement-account"), ""),
        (frame.t("whm-settlement-kind"), ""),
        (frame.t("whm-settlement-verdict"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-settlement-gross"), "num"),
        (frame.t("whm-settlement-net"), "cell-side num"),
    ];
    let rows = rows.iter().map(|row| {
        let line = &row.line;
        vec![
            Cell::link(name_of(row, frame), format!("{HOME}/{}", line.id)),
            Cell::text(&row.account_name),
            Cell::text(frame.word("settlement-kind", &line.kind)),
            Cell::text(frame.word("settlement-verdict", &line.verdict)),
            Cell::Status("settlement-line-status", line.status.as_str()),
            Cell::Money(Money::idr(line.gross_minor)),
            Cell::Money(Money::idr(line.net_minor)),
        ]
    });
    Table::new(frame.t("whm-settlement-lines"), columns).with(rows)
}

fn name_of(row: &LineView, frame: &Frame) -> String {
    match (row.line.reference.as_str(), row.line.external_id.as_str()) {
        ("", "") => frame.ta("whm-settlement-line-number", [("n", row.line.number)]),
        ("", name) | (name, _) => name.to_owned(),
    }
}

pub(super) fn list_page(frame: Frame, query: &ListQuery, rows: &[LineView], next: Option<&str>) -> ListPage {
    let states = [SettlementLineStatus::Waiting, SettlementLineStatus::Unallocated, SettlementLineStatus::Dismissed];
    let states = states.map(|status| status.as_str());
    let chosen = status_of(query).map(|status| status.as_str());
    let chips = ListQuery::queue_chips(&frame, HOME, "settlement-line-status", &states, chosen);
    ListPage {
        title: frame.t("whm-settlement-lines-waiting"),
        subtitle: frame.t("whm-settlement-lines-text"),
        actions: vec![Action::link(frame.t("nav-settlements"), super::settlements::HOME, "arrow-left")],
        search: (String::new(), String::new(), String::new()),
        chips,
        table: table(&frame, rows),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/settlement-lines/{id}`
pub async fn show(staff: Staff<can::ReadPayments>, id: Path<SettlementLineId>) -> Result<HttpResponse, WebError> {
    let found = settlement::get_line(&staff.ctx, &id).await?;
    let mut page = detail_page(staff.frame(), &found);
    if found.line.status == SettlementLineStatus::Waiting && staff.may::<can::BookSettlements>() {
        page.actions = decisions(&page.frame, &found);
    }
    respond::page(&page)
}

pub(super) fn detail_page(frame: Frame, found: &LineView) -> DetailPage {
    let line = &found.line;
    let money = |minor| Cell::Money(Money::idr(minor));
    let code = |text: &str| if text.is_empty() { Cell::Nothing } else { Cell::Code(text.to_owned()) };
    let open = |path: String| Cell::link(frame.t("action-open"), path);
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("settlement-line-status", line.status.as_str())),
        (frame.t("whm-settlement-verdict"), Cell::text(frame.word("settlement-verdict", &line.verdict))),
        (frame.t("whm-settlement-kind"), Cell::text(frame.word("settlement-kind", &line.kind))),
        (frame.t("whm-settlement"), open(format!("{}/{}", super::settlements::HOME, line.settlement_id))),
        (frame.t("whm-settlement-line"), Cell::text(line.number.to_string())),
        (frame.t("whm-settlement-account"), Cell::text(&found.account_name)),
        (frame.t("whm-reference"), code(&line.reference)),
        (frame.t("whm-external-id"), code(&line.external_id)),
        (frame.t("whm-settlement-day"), line.day.map_or(Cell::Nothing, Cell::Day)),
        (frame.t("whm-settlement-gross"), money(line.gross_minor)),
        (frame.t("whm-settlement-fee"), money(line.gross_minor - line.net_minor)),
        (frame.t("whm-settlement-net"), money(line.net_minor)),
        (frame.t("whm-settlement-cleared"), money(line.clearing_minor)),
        (
            frame.t("whm-settlement-payment"),
            line.payment_id.as_ref().map_or(Cell::Nothing, |id| open(format!("/whm/payments/{id}"))),
        ),
        (
            frame.t("nav-unallocated"),
            line.unallocated_id.as_ref().map_or(Cell::Nothing, |id| open(format!("/whm/unallocated/{id}"))),
        ),
        (frame.t("whm-reason"), Cell::maybe(line.reason.clone())),
        (frame.t("whm-unallocated-decided"), Cell::maybe_time(line.decided_at)),
    ];
    DetailPage {
        title: name_of(found, &frame),
        subtitle: found.account_name.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("whm-settlement-lines-waiting"),
        notice: ("info", advice(&frame, line)),
        actions: Vec::new(),
        facts,
        parts: Vec::new(),
        frame,
    }
}

/// What to do about a line that waits, where the decisions alone do not say it.
fn advice(frame: &Frame, line: &settlement_line::Model) -> String {
    match line.verdict.as_str() {
        word @ ("not_settled" | "taken_back" | "chargeback_unknown")
            if line.status == SettlementLineStatus::Waiting =>
        {
            frame.word("whm-settlement-advice", word)
        }
        _ => String::new(),
    }
}

/// What may be decided about a line that waits.
pub(super) fn decisions(frame: &Frame, found: &LineView) -> Vec<Action> {
    let path = format!("{HOME}/{}", found.line.id);
    let reason = || Field::line("reason", frame.t("whm-reason"));
    let key = || Field::hidden("key", form_key());
    let label = frame.t("whm-settlement-dismiss");
    let text = frame.t("whm-settlement-dismiss-text");
    let dismiss =
        Action::ask(label, text, "dismiss", format!("{path}/dismiss"), "x").danger().with(vec![reason(), key()]);
    let label = frame.t("whm-settlement-to-unallocated");
    let text = frame.t("whm-settlement-to-unallocated-text");
    let unallocated = Action::ask(label, text, "unallocated", format!("{path}/unallocated"), "help-circle")
        .with(vec![reason(), key()]);
    let label = frame.t("whm-settlement-match");
    let text = frame.t("whm-settlement-match-text");
    let by_hand = Action::ask(label, text, "match", format!("{path}/match"), "check").with(vec![
        Field::line("reference", frame.t("whm-settlement-match-reference")),
        reason(),
        key(),
    ]);
    let is_money = matches!(found.line.kind.as_str(), "payment" | "returned") && found.line.net_minor > 0;
    match found.line.verdict.as_str() {
        // Its payment is known, and nothing of it will ever be booked by itself.
        "taken_back" => vec![dismiss, unallocated],
        _ if is_money => vec![dismiss, unallocated, by_hand],
        _ => vec![dismiss, by_hand],
    }
}

/// Which payment it is, as typed.
#[derive(Deserialize)]
pub struct MatchForm {
    reference: String,
    reason: String,
    key: String,
}

/// `POST /whm/settlement-lines/{id}/match`
pub async fn match_by_hand(
    staff: Fresh<can::BookSettlements>,
    id: Path<SettlementLineId>,
    SafeForm(form): SafeForm<MatchForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(settlement::match_line(ctx, &id, &form.reference, &form.reason).await?);
    once(&staff.ctx, "settlement-match", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-settlement-matched"))
}

/// `POST /whm/settlement-lines/{id}/unallocated`
pub async fn to_unallocated(
    staff: Fresh<can::BookSettlements>,
    id: Path<SettlementLineId>,
    SafeForm(form): SafeForm<KeyedReasonForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(settlement::to_unallocated(ctx, &id, &form.reason).await?);
    once(&staff.ctx, "settlement-unallocated", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-settlement-unallocated"))
}

/// `POST /whm/settlement-lines/{id}/dismiss`
pub async fn dismiss(
    staff: Fresh<can::BookSettlements>,
    id: Path<SettlementLineId>,
    SafeForm(form): SafeForm<KeyedReasonForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(settlement::dismiss(ctx, &id, &form.reason).await?);
    once(&staff.ctx, "settlement-dismiss", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-settlement-dismissed"))
}
