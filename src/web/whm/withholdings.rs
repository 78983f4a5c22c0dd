//! Tax that the customer of an invoice withholds: declared, proven and taken back from the page of the invoice.
use super::{
    EmptyForm, ReasonForm, done, form_key, once, sent_key,
    view::{Action, Cell, DetailPage, Field, Kind, Part, Table},
};
use crate::{
    domain::{
        Ctx,
        billing::withholding as declared,
        payments::withheld::{self, NewProof},
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
    billing::{invoice, withholding},
    value::{InvoiceId, Money, WithholdingId, WithholdingStatus, business_day},
};
use serde::Deserialize;

const INVOICES: &str = "/whm/invoices";
const HOME: &str = "/whm/withholdings";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/invoices/{id}/withholding", web::post().to(declare))
        .route("/withholdings/{id}/prove", web::post().to(prove))
        .route("/withholdings/{id}/withdraw", web::post().to(withdraw))
        .route("/withholdings/{id}/revert", web::post().to(revert))
        .route("/withholdings/{id}/file", web::get().to(file));
}

/// Adds to the page of an invoice what was withheld of it, and what may be done about it.
pub(super) async fn extend(
    looked: &Staff<can::ReadInvoices>,
    bill: &invoice::Model,
    page: &mut DetailPage,
) -> Result<(), WebError> {
    let rows = declared::list_of(&looked.ctx.db, &bill.id).await.map_err(CommonFault::from)?;
    let is_live = rows.iter().any(|row| row.live_key.is_some());
    let offer = if is_live { None } else { withheld::offered(&looked.ctx, bill).await? };
    add_to(page, bill, &rows, offer, looked.may::<can::RecordWithholdings>());
    Ok(())
}

/// The same from what was read.
pub(super) fn add_to(
    page: &mut DetailPage,
    bill: &invoice::Model,
    rows: &[withholding::Model],
    offer: Option<(i64, i64)>,
    may_record: bool,
) {
    if !rows.is_empty() {
        page.parts.push(Part::Rows(page.frame.t("whm-withheld"), table(&page.frame, rows)));
    }
    if !may_record {
        return;
    }
    if let Some((base, amount)) = offer {
        let money = |minor| page.frame.money(&Money::new(minor, &bill.currency));
        let text = page.frame.ta("whm-withheld-declare-text", [("amount", money(amount)), ("base", money(base))]);
        let action = format!("{INVOICES}/{}/withholding", bill.id);
        let label = page.frame.t("whm-withheld-declare");
        page.actions.push(Action::ask(label, text, "withhold", action, "receipt"));
    }
    let Some(live) = rows.iter().find(|row| row.live_key.is_some()) else { return };
    let acts =
        if live.status == WithholdingStatus::Outstanding { waiting(page, live) } else { vec![taking(page, live)] };
    page.actions.extend(acts);
}

fn waiting(page: &DetailPage, row: &withholding::Model) -> Vec<Action> {
    let frame = &page.frame;
    let fields = vec![
        Field::line("number", frame.t("report-withheld-number")),
        Field::new("date", frame.t("report-withheld-date"), Kind::Line("date"))
            .value(business_day(frame.now).to_string()),
        Field::number("amount", frame.t("report-withheld-amount"))
            .value(row.amount_minor.to_string())
            .unit(&row.currency)
            .help(frame.t("whm-withheld-amount-help")),
        Field::hidden("key", form_key()),
    ];
    let (label, text) = (frame.t("whm-withheld-prove"), frame.t("whm-withheld-prove-text"));
    let prove = Action::ask(label, text, "prove", format!("{HOME}/{}/prove", row.id), "check").with(fields);
    let (label, text) = (frame.t("whm-withheld-withdraw"), frame.t("whm-withheld-withdraw-text"));
    let withdraw = Action::ask(label, text, "withdraw", format!("{HOME}/{}/withdraw", row.id), "x");
    vec![prove, withdraw]
}

fn taking(page: &DetailPage, row: &withholding::Model) -> Action {
    let frame = &page.frame;
    let amount = frame.money(&Money::new(row.amount_minor, &row.currency));
    let text = frame.ta("whm-withheld-revert-text", [("amount", amount)]);
    let action = format!("{HOME}/{}/revert", row.id);
    let ask = Action::ask(frame.t("whm-withheld-revert"), text, "revert", action, "arrow-back-up");
    ask.danger().with(vec![Field::line("reason", frame.t("whm-reason"))])
}

fn table(frame: &Frame, rows: &[withholding::Model]) -> Table {
    let columns = [
        (frame.t("whm-status"), "cell-main"),
        (frame.t("report-withheld-number"), "cell-sub"),
        (frame.t("report-withheld-date"), ""),
        (frame.t("report-withheld-due"), ""),
        (frame.t("whm-reason"), ""),
        (frame.t("report-withheld-amount"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        let number = row.proof_number.clone();
        vec![
            Cell::Status("withholding-status", row.status.as_str()),
            match (number, &row.file_id) {
                (Some(number), Some(_)) => Cell::link(number, format!("{HOME}/{}/file", row.id)),
                (number, _) => Cell::maybe(number),
            },
            row.proof_date.map_or(Cell::Nothing, Cell::Day),
            Cell::Day(business_day(row.proof_due_at)),
            Cell::maybe(row.reason.clone()),
            Cell::Money(Money::new(row.amount_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("whm-withheld"), columns).with(cells)
}

/// `POST /whm/invoices/{id}/withholding`
pub async fn declare(
    staff: Staff<can::RecordWithholdings>,
    id: Path<InvoiceId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    withheld::declare(&staff.ctx, &id).await?;
    Ok(done(&format!("{INVOICES}/{id}"), "whm-withheld-declared"))
}

/// A proof as typed.
#[derive(Deserialize)]
pub struct ProofForm {
    number: String,
    date: String,
    amount: i64,
    key: String,
}

/// `POST /whm/withholdings/{id}/prove`
pub async fn prove(
    staff: Fresh<can::RecordWithholdings>,
    id: Path<WithholdingId>,
    SafeForm(form): SafeForm<ProofForm>,
) -> Result<HttpResponse, WebError> {
    let known = declared::get(&staff.ctx.db, &id).await?;
    let date: NaiveDate =
        form.date.trim().parse().map_err(|_| CommonFault::Invalid(vec![FieldFault::new("date", "invalid")]))?;
    let act = async |ctx: &Ctx| {
        let proof =
            NewProof { number: form.number.clone(), date: Some(date), amount_minor: Some(form.amount), file: None };
        Ok(withheld::prove(ctx, &id, proof).await?)
    };
    once(&staff.ctx, "withholding-prove", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{INVOICES}/{}", known.invoice_id), "whm-withheld-proven"))
}

/// `POST /whm/withholdings/{id}/withdraw`
pub async fn withdraw(
    staff: Staff<can::RecordWithholdings>,
    id: Path<WithholdingId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let row = withheld::withdraw(&staff.ctx, &id).await?;
    Ok(done(&format!("{INVOICES}/{}", row.invoice_id), "whm-withheld-withdrawn"))
}

/// `POST /whm/withholdings/{id}/revert`
pub async fn revert(
    staff: Fresh<can::RecordWithholdings>,
    id: Path<WithholdingId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    let row = withheld::revert(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{INVOICES}/{}", row.invoice_id), "whm-withheld-reverted"))
}

/// `GET /whm/withholdings/{id}/file`: the proof as it was sent.
pub async fn file(staff: Staff<can::ReadInvoices>, id: Path<WithholdingId>) -> Result<HttpResponse, WebError> {
    let row = declared::get(&staff.ctx.db, &id).await?;
    Ok(respond::foreign_file(withheld::file_of(&staff.ctx, &row).await?))
}
