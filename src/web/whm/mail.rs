//! Outgoing mail: what went, what waits, what was given up, and the addresses that are not written to.
use super::{
    EmptyForm, done,
    query::ListQuery,
    view::{Action, Cell, Chip, DetailPage, Field, Kind, ListPage, Part, Table},
};
use crate::{
    domain::messaging::{self, Shown},
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    messaging::{message, suppression},
    value::{MessageId, MessageStatus},
};
use serde::Deserialize;

const HOME: &str = "/whm/mail";
const SUPPRESSIONS: &str = "/whm/suppressions";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/mail", web::get().to(list))
        .route("/mail/retry-failed", web::post().to(retry_failed))
        .route("/mail/{id}", web::get().to(show))
        .route("/mail/{id}/retry", web::post().to(retry))
        .route("/suppressions", web::get().to(list_suppressions))
        .route("/suppressions", web::post().to(suppress))
        .route("/suppressions/remove", web::post().to(unsuppress));
}

/// `GET /whm/mail`
pub async fn list(staff: Staff<can::ReadMail>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let status = MessageStatus::parse(query.state());
    let page = messaging::list(&staff.ctx.db, status, &query.page()).await.map_err(CommonFault::from)?;
    let may_manage = staff.may::<can::ManageMail>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, may_manage, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[message::Model],
    may_manage: bool,
    next: Option<&str>,
) -> ListPage {
    let columns = [
        (frame.t("whm-subject"), "cell-main cell-wrap"),
        (frame.t("whm-to"), "cell-sub"),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("whm-attempts"), "num"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-last-error"), "cell-sub cell-error"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(&row.subject, format!("{HOME}/{}", row.id)),
            Cell::text(&row.to_address),
            Cell::Status("message-status", row.status.as_str()),
            Cell::text(row.attempts.to_string()),
            Cell::Time(row.sent_at.unwrap_or(row.queued_at)),
            Cell::maybe(row.error.clone()),
        ]
    });
    let states: Vec<&str> = MessageStatus::ALL.iter().map(|status| status.as_str()).collect();
    let mut chips = query.chips(&frame, HOME, "message-status", &states);
    chips.push(Chip { label: frame.t("whm-suppressions"), href: SUPPRESSIONS.to_owned(), active: false });
    let again = Action::ask(
        frame.t("whm-mail-retry-failed"),
        frame.t("whm-mail-retry-failed-text"),
        "retry-failed",
        format!("{HOME}/retry-failed"),
        "refresh",
    )
    .with(vec![Field::number("days", frame.t("whm-mail-retry-days")).value("3").unit(frame.t("whm-days"))]);
    ListPage {
        title: frame.t("nav-mail"),
        subtitle: frame.t("whm-mail-text"),
        actions: if may_manage { vec![again] } else { Vec::new() },
        search: Default::default(),
        chips,
        table: Table::new(frame.t("nav-mail"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/mail/{id}`
pub async fn show(staff: Staff<can::ReadMail>, id: Path<MessageId>) -> Result<HttpResponse, WebError> {
    let shown = messaging::get_shown(&staff.ctx.db, &id).await?;
    let may_manage = staff.may::<can::ManageMail>();
    respond::page(&detail_page(staff.frame(), &shown, may_manage))
}

pub(super) fn detail_page(frame: Frame, shown: &Shown, may_manage: bool) -> DetailPage {
    let row = &shown.message;
    let is_over = matches!(row.status, MessageStatus::Failed | MessageStatus::Suppressed);
    let notice = if is_over && shown.has_one_time_link { frame.t("whm-mail-link-gone") } else { String::new() };
    let customer = row.customer_id.as_ref().map(|id| Cell::customer(None, id)).unwrap_or(Cell::Nothing);
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("message-status", row.status.as_str())),
        (frame.t("whm-to"), Cell::text(format!("{} <{}>", row.to_name, row.to_address))),
        (frame.t("whm-customer"), customer),
        (frame.t("whm-notice"), Cell::text(&row.template)),
        (frame.t("whm-language"), Cell::text(&row.locale)),
        (frame.t("whm-attempts"), Cell::text(row.attempts.to_string())),
        (frame.t("whm-last-error"), Cell::maybe(row.error.clone())),
        (frame.t("whm-when"), Cell::Time(row.queued_at)),
        (frame.t("whm-sent-at"), Cell::maybe_time(row.sent_at)),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    let retry = Action::post(frame.t("action-retry"), format!("{HOME}/{}/retry", row.id), "refresh");
    DetailPage {
        title: row.subject.clone(),
        subtitle: String::new(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-mail"),
        notice: ("warn", notice),
        actions: if may_manage && shown.can_retry { vec![retry] } else { Vec::new() },
        facts,
        parts: vec![Part::Raw(frame.t("whm-mail-message"), row.text.clone())],
        frame,
    }
}

/// `POST /whm/mail/{id}/retry`
pub async fn retry(
    staff: Staff<can::ManageMail>,
    id: Path<MessageId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    messaging::retry(&staff.ctx, &id).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-mail-retried"))
}

/// How far back.
#[derive(Deserialize)]
pub struct DaysForm {
    days: i64,
}

/// `POST /whm/mail/retry-failed`
pub async fn retry_failed(
    staff: Staff<can::ManageMail>,
    SafeForm(form): SafeForm<DaysForm>,
) -> Result<HttpResponse, WebError> {
    messaging::retry_failed(&staff.ctx, form.days).await?;
    Ok(done("/whm/mail?status=queued", "whm-mail-retried-all"))
}

/// `GET /whm/suppressions`
pub async fn list_suppressions(staff: Staff<can::ReadMail>) -> Result<HttpResponse, WebError> {
    let rows = messaging::suppressions(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let may_manage = staff.may::<can::ManageMail>();
    respond::page(&suppressions_page(staff.frame(), &rows, may_manage))
}

pub(super) fn suppressions_page(frame: Frame, rows: &[suppression::Model], may_manage: bool) -> ListPage {
    let columns =
        [(frame.t("whm-email"), "cell-main"), (frame.t("whm-reason"), "cell-sub"), (frame.t("whm-since"), "cell-side")];
    let cells =
        rows.iter().map(|row| vec![Cell::text(&row.address), Cell::text(&row.reason), Cell::Time(row.created_at)]);
    let ask = |key: &str, text: &str, id, action, icon| Action::ask(frame.t(key), text.to_owned(), id, action, icon);
    let address = || Field::new("address", frame.t("whm-email"), Kind::Line("email"));
    let add = ask("whm-suppress", &frame.t("whm-suppress-text"), "suppress", SUPPRESSIONS.to_owned(), "plus")
        .with(vec![address(), Field::line("reason", frame.t("whm-reason"))]);
    let remove = ask("whm-unsuppress", "", "unsuppress", format!("{SUPPRESSIONS}/remove"), "arrow-back-up")
        .with(vec![address()]);
    ListPage {
        title: frame.t("whm-suppressions"),
        subtitle: frame.t("whm-suppressions-text"),
        actions: if may_manage { vec![add, remove] } else { Vec::new() },
        search: Default::default(),
        chips: vec![Chip { label: frame.t("nav-mail"), href: HOME.to_owned(), active: false }],
        table: Table::new(frame.t("whm-suppressions"), columns).with(cells),
        is_filtered: false,
        home: SUPPRESSIONS.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// An address and why it is not written to.
#[derive(Deserialize)]
pub struct SuppressForm {
    address: String,
    reason: String,
}

/// `POST /whm/suppressions`
pub async fn suppress(
    staff: Staff<can::ManageMail>,
    SafeForm(form): SafeForm<SuppressForm>,
) -> Result<HttpResponse, WebError> {
    messaging::suppress(&staff.ctx, &form.address, &form.reason).await?;
    Ok(done(SUPPRESSIONS, "whm-suppressed"))
}

/// An address.
#[derive(Deserialize)]
pub struct AddressForm {
    address: String,
}

/// `POST /whm/suppressions/remove`
pub async fn unsuppress(
    staff: Staff<can::ManageMail>,
    SafeForm(form): SafeForm<AddressForm>,
) -> Result<HttpResponse, WebError> {
    messaging::unsuppress(&staff.ctx, &form.address).await?;
    Ok(done(SUPPRESSIONS, "whm-unsuppressed"))
}
