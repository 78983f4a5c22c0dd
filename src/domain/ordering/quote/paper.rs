//! A quote on paper.
use super::{
    find::{Full, standing},
    lines,
    send::public_url,
};
use crate::domain::{
    Ctx,
    documents::{self, DocumentError, PdfFile, QuotePaper},
};
use serde_json::Value;

/// A sent quote as PDF, in its own language, drawn from what was stored when it was sent, with where it stands now; whose
/// it is, is the caller's check.
///
/// # Errors
/// Drawing.
pub async fn pdf(ctx: &Ctx, full: &Full) -> Result<PdfFile, DocumentError> {
    let row = &full.quote;
    let paper = QuotePaper {
        lang: full.lang(),
        number: row.number.clone().unwrap_or_default(),
        standing: standing(row, ctx.now()),
        currency: row.currency.clone(),
        seller: row.seller.clone().unwrap_or(Value::Null),
        buyer: row.buyer.clone().unwrap_or(Value::Null),
        sent_at: row.sent_at.unwrap_or(row.created_at),
        valid_until: row.valid_until,
        intro: row.intro.clone(),
        terms: row.terms.clone(),
        lines: lines::shown(full),
        renews: full.renews(),
        subtotal_minor: row.subtotal_minor,
        tax: row.tax_label.clone().map(|label| (label, row.tax_minor)),
        total_minor: row.total_minor,
        url: public_url(ctx, row),
    };
    documents::quote_pdf(paper).await
}
