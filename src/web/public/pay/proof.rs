//! A payer shows that he has transferred: the same form stands on the pay page of an invoice, behind its link, and on
//! the page of a top-up.
use super::{Place, back_with, own, own_back, payment};
use crate::{
    domain::payments::{
        PaymentError,
        transfer::{self, NewProof},
    },
    kernel::permission::may,
    web::{
        WebError, flash,
        frame::Frame,
        principal::{Member, Visitor},
        tone::Tone,
        upload::UploadForm,
    },
};
use actix_web::{HttpResponse, web::Path};
use entity::value::PaymentId;

const SENT: &str = "pay-proof-sent";

fn new_proof(form: UploadForm) -> Result<NewProof, PaymentError> {
    if form.is_too_large {
        return Err(PaymentError::ProofTooLarge);
    }
    let note = form.field("note").to_owned();
    Ok(NewProof { body: form.file, note })
}

/// `POST /panel/invoices/{id}/pay/proof`
pub async fn of_member(member: Member<may::Pay>, id: Path<String>, form: UploadForm) -> Result<HttpResponse, WebError> {
    send(&Place::of_member(&member, &id).await?, &member.frame(), form).await
}

/// `POST /pay/{token}/proof`
pub async fn of_link(visitor: Visitor, token: Path<String>, form: UploadForm) -> Result<HttpResponse, WebError> {
    send(&Place::of_link(&visitor, &token).await?, &visitor.frame(), form).await
}

async fn send(place: &Place, frame: &Frame, form: UploadForm) -> Result<HttpResponse, WebError> {
    let id = own(place, form.field("payment")).await?;
    let sent = match new_proof(form) {
        Ok(proof) => transfer::send_proof(&place.ctx, &place.customer_id, &id, proof).await,
        Err(fault) => Err(fault),
    };
    match sent {
        Ok(_) => Ok(flash::see_other(&place.base, Tone::Good, SENT)),
        Err(fault) => back_with::<()>(place, frame, Err(fault)),
    }
}

/// `POST /panel/payments/{id}/proof`
pub async fn of_top_up(
    member: Member<may::Pay>,
    id: Path<PaymentId>,
    form: UploadForm,
) -> Result<HttpResponse, WebError> {
    let base = payment::begin(&member, &id, form.field("payment")).await?;
    let sent = match new_proof(form) {
        Ok(proof) => transfer::send_proof(&member.ctx, &member.customer_id, &id, proof).await,
        Err(fault) => Err(fault),
    };
    match sent {
        Ok(_) => Ok(flash::see_other(&base, Tone::Good, SENT)),
        Err(fault) => own_back::<()>(&base, &member.frame(), Err(fault)),
    }
}
