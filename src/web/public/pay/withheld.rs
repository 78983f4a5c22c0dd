//! Whoever pays withholds income tax: he says so, takes it back, and sends the proof.
use super::{Place, back_with};
use crate::{
    domain::{
        billing::withholding,
        payments::{
            PaymentError,
            withheld::{self, NewProof},
        },
    },
    kernel::{fault::CommonFault, permission::may},
    web::{
        WebError, flash,
        forms::{NoFields, SafeForm},
        frame::Frame,
        principal::{Member, Visitor},
        tone::Tone,
        upload::UploadForm,
    },
};
use actix_web::{HttpResponse, web::Path};
use entity::{billing::withholding as rows, value::WithholdingStatus};

/// `POST /panel/invoices/{id}/pay/withheld`
pub async fn declare_member(
    member: Member<may::Pay>,
    id: Path<String>,
    _: SafeForm<NoFields>,
) -> Result<HttpResponse, WebError> {
    declare(&Place::of_member(&member, &id).await?, &member.frame()).await
}

/// `POST /pay/{token}/withheld`
pub async fn declare_public(
    visitor: Visitor,
    token: Path<String>,
    _: SafeForm<NoFields>,
) -> Result<HttpResponse, WebError> {
    declare(&Place::of_link(&visitor, &token).await?, &visitor.frame()).await
}

async fn declare(place: &Place, frame: &Frame) -> Result<HttpResponse, WebError> {
    match withheld::declare(&place.ctx, &place.invoice.id).await {
        Ok(_) => Ok(flash::see_other(&place.base, Tone::Good, "pay-withheld-done")),
        Err(fault) => back_with::<()>(place, frame, Err(fault)),
    }
}

/// `POST /panel/invoices/{id}/pay/withheld/undo`
pub async fn undo_member(
    member: Member<may::Pay>,
    id: Path<String>,
    _: SafeForm<NoFields>,
) -> Result<HttpResponse, WebError> {
    undo(&Place::of_member(&member, &id).await?, &member.frame()).await
}

/// `POST /pay/{token}/withheld/undo`
pub async fn undo_public(
    visitor: Visitor,
    token: Path<String>,
    _: SafeForm<NoFields>,
) -> Result<HttpResponse, WebError> {
    undo(&Place::of_link(&visitor, &token).await?, &visitor.frame()).await
}

/// Where nothing was declared there is nothing to take back.
async fn undo(place: &Place, frame: &Frame) -> Result<HttpResponse, WebError> {
    let Some(row) = awaited(place).await? else { return Ok(flash::redirect(&place.base)) };
    match withheld::withdraw(&place.ctx, &row.id).await {
        Ok(_) => Ok(flash::see_other(&place.base, Tone::Info, "pay-withheld-undone")),
        Err(fault) => back_with::<()>(place, frame, Err(fault)),
    }
}

/// `POST /panel/invoices/{id}/pay/withheld/proof`
pub async fn prove_member(
    member: Member<may::Pay>,
    id: Path<String>,
    form: UploadForm,
) -> Result<HttpResponse, WebError> {
    let (place, frame) = (Place::of_member(&member, &id).await?, member.frame());
    let row = awaited(&place).await?;
    let sent = async {
        let row = row.ok_or(PaymentError::AlreadyDealtWith)?;
        if form.is_too_large {
            return Err(PaymentError::ProofTooLarge);
        }
        if form.file.is_empty() {
            return Err(PaymentError::ProofMissing);
        }
        let date = form.field("date").trim().parse().ok();
        let number = form.field("number").to_owned();
        withheld::prove(&place.ctx, &row.id, NewProof { number, date, amount_minor: None, file: Some(form.file) }).await
    };
    match sent.await {
        Ok(_) => Ok(flash::see_other(&place.base, Tone::Good, "pay-withheld-sent")),
        // The form is part of the page: what is wrong is said above it.
        Err(PaymentError::Invalid(_)) => Ok(flash::see_other(&place.base, Tone::Bad, "pay-withheld-invalid")),
        Err(fault) => back_with::<()>(&place, &frame, Err(fault)),
    }
}

async fn awaited(place: &Place) -> Result<Option<rows::Model>, WebError> {
    let live = withholding::live_of(&place.ctx.db, &place.invoice.id).await.map_err(CommonFault::from)?;
    Ok(live.filter(|row| row.status == WithholdingStatus::Outstanding))
}
