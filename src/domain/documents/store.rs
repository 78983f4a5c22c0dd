//! Making a document once and keeping it: the key names what it shows, so that a payment makes a new one.
use super::{
    DocumentError, credit_note_pdf::CreditSheet, draw, invoice_pdf::Sheet, layout::Mark, receipt_pdf::Receipt, receipts,
};
use crate::{
    domain::{
        Ctx,
        billing::{
            InvoiceError, credit_note,
            invoice::{self, Full},
            withholding,
        },
    },
    kernel::{
        locale::{Lang, t},
        token::sha256_hex,
    },
};
use entity::{
    billing::invoice as invoice_row,
    payments::payment,
    platform::file,
    value::{CreditNoteId, FileId, InvoiceId, InvoiceStatus},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::OnConflict,
};
use serde_json::json;

/// Changes whenever the drawing changes, so that old files are not shown for new ones.
const LAYOUT_VERSION: i32 = 1;

/// A document ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdfFile {
    /// Name to save it under.
    pub name: String,
    /// Its content.
    pub body: Vec<u8>,
    /// Hash of the content, lower-case hex: its ETag.
    pub sha256: String,
}

/// Where an invoice can be seen and paid without signing in.
pub fn pay_url(ctx: &Ctx, invoice: &invoice_row::Model) -> String {
    format!("{}/pay/{}", ctx.config.public_url(), invoice.public_token)
}

/// An invoice as PDF, in its own language; whose it is, is the caller's check. A draft is no document. Drawn once for each state it shows and
/// kept in `files`.
///
/// # Errors
/// `Invoice(NotFound)`; drawing; the database.
pub async fn invoice_pdf(ctx: &Ctx, id: &InvoiceId) -> Result<PdfFile, DocumentError> {
    let full = invoice::get_full(&ctx.db, id).await?;
    if full.invoice.status == InvoiceStatus::Draft {
        return Err(InvoiceError::NotFound.into());
    }
    let payments = payment::Entity::find()
        .filter(payment::Column::InvoiceId.eq(id))
        .filter(payment::Column::AppliedMinor.gt(0))
        .order_by_asc(payment::Column::Id)
        .all(&ctx.db)
        .await?;
    let url = pay_url(ctx, &full.invoice);
    let key = format!("invoice_pdf:{id}:{}", &state_of(&full, &payments, &url)[..16]);
    let number = full.invoice.number.clone().unwrap_or_else(|| id.0.clone());
    let lang = Lang::parse(&full.invoice.locale).unwrap_or_default();
    once(ctx, key, number, lang, move || Sheet { full: &full, payments: &payments, pay_url: &url, lang }.pages()).await
}

/// A credit note of an invoice as PDF, in the language of the invoice, which is its customer's; whose invoice it is, is
/// the caller's check. Drawn once and kept in `files`: a credit note never changes.
///
/// # Errors
/// `Invoice(NotFound)`, also for a note of another invoice; drawing; the database.
pub async fn credit_note_pdf(ctx: &Ctx, invoice_id: &InvoiceId, id: &CreditNoteId) -> Result<PdfFile, DocumentError> {
    let credit = credit_note::get_full(&ctx.db, invoice_id, id).await?;
    let full = invoice::get_full(&ctx.db, invoice_id).await?;
    let state = json!([LAYOUT_VERSION, credit.note.document_hash, full.invoice.document_hash]);
    let key = format!("credit_note_pdf:{id}:{}", &sha256_hex(state.to_string())[..16]);
    let lang = Lang::parse(&full.invoice.locale).unwrap_or_default();
    let number = credit.note.number.clone();
    once(ctx, key, number, lang, move || CreditSheet { full: &full, credit: &credit, lang }.pages()).await
}

/// The receipt of a payment of an invoice as PDF, in the language of the invoice; whose it is, is the caller's check.
/// Drawn once for each state it shows and kept in `files`.
///
/// # Errors
/// `NoReceipt` where no money came by it, or it was taken back; drawing; the database.
pub async fn receipt_pdf(ctx: &Ctx, payment: payment::Model) -> Result<PdfFile, DocumentError> {
    let id = payment.invoice_id.clone().filter(|_| has_receipt(&payment)).ok_or(DocumentError::NoReceipt)?;
    let full = invoice::get_full(&ctx.db, &id).await?;
    let state = json!([LAYOUT_VERSION, full.invoice.document_hash, payment.applied_minor, payment.refunded_minor]);
    let key = format!("receipt_pdf:{}:{}", payment.id, &sha256_hex(state.to_string())[..16]);
    let lang = Lang::parse(&full.invoice.locale).unwrap_or_default();
    let number = format!("{} {}", t(lang, "receipt-title"), payment.reference);
    once(ctx, key, number, lang, move || Receipt { full: &full, payment: &payment, lang }.pages()).await
}

/// Whether a payment of an invoice has a receipt: money came by it and was not taken back. Withheld tax is no money: its
/// proof is the customer's paper.
pub fn has_receipt(payment: &payment::Model) -> bool {
    payment.applied_minor > 0 && payment.gateway != withholding::GATEWAY && receipts::STANDING.contains(&payment.status)
}

/// The document called `key`: as it is kept, or drawn and kept.
async fn once(
    ctx: &Ctx,
    key: String,
    title: String,
    lang: Lang,
    pages: impl FnOnce() -> Vec<Vec<Mark>> + Send + 'static,
) -> Result<PdfFile, DocumentError> {
    if let Some(kept) = file::Entity::find().filter(file::Column::Key.eq(&key)).one(&ctx.db).await? {
        return Ok(PdfFile { name: kept.name, body: kept.body, sha256: kept.sha256 });
    }
    let name = format!("{}.pdf", title.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let file = drawn(lang, title, name, pages).await?;
    keep(ctx, key, file).await
}

/// A document that is drawn and not kept.
pub(super) async fn drawn(
    lang: Lang,
    title: String,
    name: String,
    pages: impl FnOnce() -> Vec<Vec<Mark>> + Send + 'static,
) -> Result<PdfFile, DocumentError> {
    // Drawing takes tens of milliseconds of a core: not on a thread that answers requests.
    let drawn = tokio::task::spawn_blocking(move || draw::pdf(&title, lang.code(), &pages()));
    let body = drawn.await.map_err(|error| DocumentError::Drawing(error.to_string()))??;
    Ok(PdfFile { name, sha256: sha256_hex(&body), body })
}

/// What the drawing depends on.
fn state_of(full: &Full, payments: &[payment::Model], url: &str) -> String {
    let invoice = &full.invoice;
    let payments: Vec<_> = payments.iter().map(|payment| (&payment.id, payment.applied_minor)).collect();
    // Drawings of before there were write-offs stay what they were kept under.
    let taken_off = match invoice.written_off_minor {
        0 => json!(invoice.credited_minor),
        written_off => json!([invoice.credited_minor, written_off]),
    };
    sha256_hex(
        json!([
            LAYOUT_VERSION,
            invoice.document_hash,
            invoice.status,
            invoice.paid_minor,
            invoice.refunded_minor,
            taken_off,
            payments,
            url,
        ])
        .to_string(),
    )
}

async fn keep(ctx: &Ctx, key: String, drawn: PdfFile) -> Result<PdfFile, DocumentError> {
    let row = file::Model {
        id: FileId::generate(),
        key,
        sha256: drawn.sha256.clone(),
        content_type: "application/pdf".to_owned(),
        name: drawn.name.clone(),
        body: drawn.body.clone(),
        created_at: ctx.now(),
    };
    let tx = ctx.begin().await?;
    let first_wins = OnConflict::column(file::Column::Key).do_nothing().to_owned();
    file::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(first_wins)
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(drawn)
}
