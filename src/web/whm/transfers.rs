//! Bank transfers that wait for somebody to compare them with the statement: the queue, what belongs to one of them on
//! the page of its payment, and the decision.
use super::{
    KeyedReasonForm, done, form_key, once,
    payments::Looked,
    query::ListQuery,
    sent_key,
    view::{Action, Cell, Chip, DetailPage, Field, Kind, ListPage, Part, Table},
};
use crate::{
    domain::{
        Ctx, customers,
        payments::transfer::{self, Approval, FileKind, Filter, Stage, TransferView},
    },
    kernel::{fault::CommonFault, format, permission::can},
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
use chrono::NaiveDate;
use entity::{
    payments::{payment, proof},
    value::{CustomerId, Money, PaymentId, PaymentProofId, PaymentStatus, business_day},
};
use serde::Deserialize;
use std::collections::HashMap;

const HOME: &str = "/whm/transfers";
const PAYMENTS: &str = "/whm/payments";
/// The word of the chip that shows every stage.
const EVERY: &str = "all";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/transfers", web::get().to(list))
        .route("/payments/{id}/proofs/{proof}", web::get().to(show_proof))
        .route("/payments/{id}/approve", web::post().to(approve))
        .route("/payments/{id}/reject", web::post().to(reject));
}

/// What is asked for: those to check where nobody says; an amount is looked for in every stage.
fn filter_of(query: &ListQuery) -> Filter {
    let digits: String = query.search().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    let amount_minor = digits.parse().ok();
    let stage = match query.state() {
        "" if amount_minor.is_none() => Some(Stage::Check),
        word => Stage::parse(word),
    };
    Filter { stage, amount_minor }
}

/// `GET /whm/transfers`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = transfer::list(&staff.ctx, &filter_of(&query), &query.page()).await?;
    let ids = page.rows.iter().map(|row| row.payment.customer_id.clone());
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

fn chips(frame: &Frame, query: &ListQuery) -> Vec<Chip> {
    let filter = filter_of(query);
    let stages = Stage::ALL.into_iter().map(|(stage, word)| Chip {
        label: frame.word("transfer-stage", word),
        href: if stage == Stage::Check { HOME.to_owned() } else { format!("{HOME}?status={word}") },
        active: filter.stage == Some(stage),
    });
    let every =
        Chip { label: frame.t("whm-all"), href: format!("{HOME}?status={EVERY}"), active: filter.stage.is_none() };
    stages.chain([every]).collect()
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[TransferView],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    ListPage {
        title: frame.t("whm-transfers"),
        subtitle: frame.t("whm-transfers-text"),
        actions: Vec::new(),
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-search-amount")),
        chips: chips(&frame, query),
        table: table(&frame, rows, names),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

fn table(frame: &Frame, rows: &[TransferView], names: &HashMap<CustomerId, String>) -> Table {
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-invoice"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-transfer-proof"), ""),
        (frame.t("whm-transfer-code"), "num"),
        (frame.t("whm-transfer-expected"), "cell-side num"),
    ];
    let rows = rows.iter().map(|row| {
        let payment = &row.payment;
        let code = transfer::unique_code(payment);
        vec![
            Cell::link(&payment.reference, format!("{PAYMENTS}/{}", payment.id)),
            Cell::customer(names.get(&payment.customer_id), payment.customer_id.as_str()),
            match (&payment.invoice_id, &row.invoice_number) {
                (Some(id), Some(number)) => Cell::link(number, format!("/whm/invoices/{id}")),
                _ => Cell::text(frame.word("payment-purpose", payment.purpose.as_str())),
            },
            Cell::Status("payment-status", payment.status.as_str()),
            row.proofs.last().map_or(Cell::Nothing, |proof| Cell::Ago(proof.sent_at)),
            if code > 0 { Cell::Text(format!("{code:03}")) } else { Cell::Nothing },
            Cell::Money(Money::new(payment.amount_minor, &payment.currency)),
        ]
    });
    Table::new(frame.t("whm-transfers"), columns).with(rows)
}

/// Adds to the page of a payment what a bank transfer has besides: its code, its proofs, and what may be decided.
pub(super) async fn extend(looked: &Looked, payment: &payment::Model, page: &mut DetailPage) -> Result<(), WebError> {
    let db = &looked.ctx.db;
    let proofs = transfer::proofs_of(db, &payment.id).await.map_err(CommonFault::from)?;
    let others = transfer::used_elsewhere(db, &payment.id, &proofs).await.map_err(CommonFault::from)?;
    add_to(page, payment, &proofs, &others);
    if looked.may::<can::ConfirmTransfers>() {
        page.actions.extend(decisions(&page.frame, payment));
    }
    Ok(())
}

/// The part of `extend` that only draws.
pub(super) fn add_to(page: &mut DetailPage, payment: &payment::Model, proofs: &[proof::Model], others: &[PaymentId]) {
    let frame = &page.frame;
    let code = transfer::unique_code(payment);
    let told = if code > 0 { Cell::Text(format!("{code:03}")) } else { Cell::Nothing };
    page.facts.push((frame.t("whm-transfer-code"), told));
    let others = others.iter().map(|id| {
        (frame.t("whm-transfer-same-file-at"), Cell::link(frame.t("action-open"), format!("{PAYMENTS}/{id}")))
    });
    let others: Vec<_> = others.collect();
    if !others.is_empty() {
        page.notice = ("bad", frame.t("whm-transfer-same-file"));
    }
    let columns = [
        (frame.t("whm-transfer-proof"), "cell-main"),
        (frame.t("whm-transfer-kind"), ""),
        (frame.t("whm-note"), ""),
        (frame.t("whm-when"), "cell-sub"),
        (frame.t("whm-transfer-refused"), "cell-side"),
    ];
    let rows = proofs.iter().zip(1..).map(|(proof, number)| {
        vec![
            Cell::link(
                frame.ta("whm-transfer-proof-number", [("n", number)]),
                format!("{PAYMENTS}/{}/proofs/{}", payment.id, proof.id),
            ),
            Cell::text(format!("{} · {}", kind_of(proof), size_of(proof, frame))),
            Cell::maybe(proof.note.clone()),
            Cell::Time(proof.sent_at),
            Cell::maybe(proof.reason.clone()),
        ]
    });
    let table = Table::new(frame.t("whm-transfer-proofs"), columns).with(rows);
    page.parts.insert(0, Part::Rows(frame.t("whm-transfer-proofs"), table));
    page.facts.extend(others);
}

fn size_of(proof: &proof::Model, frame: &Frame) -> String {
    format::bytes(u64::try_from(proof.size_bytes).unwrap_or_default(), frame.lang)
}

fn kind_of(proof: &proof::Model) -> String {
    let kinds = [FileKind::Jpeg, FileKind::Png, FileKind::Webp, FileKind::Pdf];
    let kind = kinds.into_iter().find(|kind| kind.content_type() == proof.content_type);
    kind.map_or_else(String::new, |kind| kind.extension().to_uppercase())
}

/// What may be decided about a transfer as it stands: late money is taken whatever became of the attempt.
pub(super) fn decisions(frame: &Frame, payment: &payment::Model) -> Vec<Action> {
    let mut found = Vec::new();
    let path = format!("{PAYMENTS}/{}", payment.id);
    if payment.status.rank() < PaymentStatus::Succeeded.rank() {
        let expected = format::money(&Money::new(payment.amount_minor, &payment.currency), frame.lang);
        let text = frame.ta("whm-transfer-approve-text", [("amount", expected)]);
        let action = Action::ask(frame.t("whm-transfer-approve"), text, "approve", format!("{path}/approve"), "check");
        found.push(action.with(vec![
            Field::number("amount", frame.t("whm-received"))
                .value(payment.amount_minor.to_string())
                .unit(&payment.currency),
            Field::new("received_on", frame.t("whm-transfer-received-on"), Kind::Line("date"))
                .value(business_day(frame.now).to_string()),
            Field::hidden("key", form_key()),
        ]));
    }
    if payment.status == PaymentStatus::Review {
        let text = frame.t("whm-transfer-reject-text");
        let action = Action::ask(frame.t("whm-reject"), text, "reject", format!("{path}/reject"), "x");
        found.push(action.danger().with(vec![
            Field::line("reason", frame.t("whm-transfer-reason")).help(frame.t("whm-transfer-reason-help")),
            Field::hidden("key", form_key()),
        ]));
    }
    found
}

/// `GET /whm/payments/{id}/proofs/{proof}`: the file as it was sent.
pub async fn show_proof(
    staff: Staff<can::ReadPayments>,
    path: Path<(PaymentId, PaymentProofId)>,
) -> Result<HttpResponse, WebError> {
    let (id, proof_id) = path.into_inner();
    let (_, file) = transfer::get_proof(&staff.ctx, &id, &proof_id).await?;
    Ok(respond::foreign_file(file))
}

/// What was read on the statement, as typed.
#[derive(Deserialize)]
pub struct ApproveForm {
    amount: i64,
    received_on: NaiveDate,
    key: String,
}

/// `POST /whm/payments/{id}/approve`
pub async fn approve(
    staff: Fresh<can::ConfirmTransfers>,
    id: Path<PaymentId>,
    SafeForm(form): SafeForm<ApproveForm>,
) -> Result<HttpResponse, WebError> {
    let seen = Approval { received_minor: form.amount, received_on: form.received_on };
    let act = async |ctx: &Ctx| Ok(transfer::approve(ctx, &id, seen).await?);
    once(&staff.ctx, "transfer-approve", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{PAYMENTS}/{id}"), "whm-transfer-approved"))
}

/// `POST /whm/payments/{id}/reject`
pub async fn reject(
    staff: Fresh<can::ConfirmTransfers>,
    id: Path<PaymentId>,
    SafeForm(form): SafeForm<KeyedReasonForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(transfer::reject(ctx, &id, &form.reason).await?);
    once(&staff.ctx, "transfer-reject", sent_key(&form.key)?, act).await?;
    Ok(done(HOME, "whm-transfer-rejected"))
}
