//! Reports by mail: which are sent to whom reads this, and an end to it.
use crate::{
    domain::reports::{mailed, sheet::Report},
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
    web::{
        WebError,
        forms::SafeForm,
        frame::Frame,
        principal::Staff,
        respond,
        whm::{
            EmptyForm, done,
            view::{Action, Cell, Field, Kind, ListPage, Table},
        },
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    reports::report_mail,
    value::{ReportMailId, ReportRhythm},
};
use serde::Deserialize;

const HOME: &str = "/whm/report-mails";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/report-mails", web::get().to(list))
        .route("/report-mails", web::post().to(subscribe))
        .route("/report-mails/{id}/stop", web::post().to(stop));
}

fn rhythms(frame: &Frame) -> Kind {
    let word = |rhythm: &ReportRhythm| (rhythm.as_str().to_owned(), frame.word("report-rhythm", rhythm.as_str()));
    Kind::Choice(ReportRhythm::ALL.iter().map(word).collect())
}

/// On the page of a report: to where it can be had by mail.
pub(super) fn ask(frame: &Frame, report: Report) -> Action {
    Action::link(frame.t("report-mail-ask"), format!("{HOME}?report={}", report.as_str()), "mail")
}

/// Which report is asked about first.
#[derive(Deserialize)]
pub struct MailQuery {
    #[serde(default)]
    report: String,
}

/// `GET /whm/report-mails`
pub async fn list(staff: Staff<can::ReadReports>, query: Query<MailQuery>) -> Result<HttpResponse, WebError> {
    let rows = mailed::of_mine(&staff.ctx).await?;
    respond::page(&list_page(staff.frame(), &rows, &query.report))
}

pub(super) fn list_page(frame: Frame, rows: &[report_mail::Model], first: &str) -> ListPage {
    let columns = [
        (frame.t("report-mail-report"), "cell-main"),
        (frame.t("report-mail-rhythm"), "cell-sub"),
        (frame.t("report-mail-since"), ""),
        (frame.t("whm-act"), "cell-side"),
    ];
    let cells = rows.iter().map(|row| {
        let title = frame.t(&format!("nav-report-{}", row.report));
        vec![
            Cell::link(title, format!("/whm/reports/{}", row.report)),
            Cell::text(frame.word("report-rhythm", row.rhythm.as_str())),
            Cell::Time(row.created_at),
            Cell::Posts(vec![(frame.t("report-mail-stop"), format!("{HOME}/{}/stop", row.id), "secondary")]),
        ]
    });
    let reports = Report::ALL.iter().map(|report| (report.as_str().to_owned(), report.title(frame.lang)));
    let reports = Kind::Choice(reports.collect());
    let text = frame.t("report-mail-text");
    let ask = Action::ask(frame.t("report-mail-ask"), text, "mail", HOME.to_owned(), "mail").main().with(vec![
        Field::new("report", frame.t("report-mail-report"), reports).value(first),
        Field::new("rhythm", frame.t("report-mail-rhythm"), rhythms(&frame)),
    ]);
    ListPage {
        title: frame.t("nav-report-mails"),
        subtitle: frame.t("report-mails-text"),
        actions: vec![ask],
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-report-mails"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// Which report, how often.
#[derive(Deserialize)]
pub struct MailForm {
    report: String,
    rhythm: String,
}

/// `POST /whm/report-mails`: from the period on that is under way.
pub async fn subscribe(
    staff: Staff<can::ReadReports>,
    SafeForm(form): SafeForm<MailForm>,
) -> Result<HttpResponse, WebError> {
    let unknown = |field: &str| CommonFault::Invalid(vec![FieldFault::new(field, "unknown")]);
    let report = Report::parse(&form.report).ok_or_else(|| unknown("report"))?;
    let rhythm = ReportRhythm::parse(&form.rhythm).ok_or_else(|| unknown("rhythm"))?;
    mailed::subscribe(&staff.ctx, report, rhythm).await?;
    Ok(done(HOME, "report-mail-subscribed"))
}

/// `POST /whm/report-mails/{id}/stop`
pub async fn stop(
    staff: Staff<can::ReadReports>,
    id: Path<ReportMailId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    mailed::stop(&staff.ctx, &id).await?;
    Ok(done(HOME, "report-mail-stopped"))
}
