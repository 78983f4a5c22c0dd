//! A payer shows that he has transferred. His attempt is then under review and does not end by time any more.
use super::{is_by_people, picture::FileKind};
use crate::{
    domain::{
        Ctx,
        payments::{
            PaymentError,
            attempt::{get_for, lock, store},
        },
    },
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        said::{Arg, args},
        token::sha256_hex,
    },
};
use entity::{
    payments::{payment, proof},
    platform::file,
    value::{CustomerId, FileId, PaymentId, PaymentProofId, PaymentStatus, contact},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde_json::json;

/// Largest proof, in bytes: a photograph of a phone as its gallery keeps it.
pub const LARGEST_PROOF_BYTES: usize = 5 * 1024 * 1024;
/// So many proofs of one attempt are kept.
pub const MOST_PROOFS: u64 = 5;
/// Longest note of a payer, in characters.
const LONGEST_NOTE: usize = 255;
/// One alert for all that wait.
pub(super) const ALERT_KEY: &str = "transfers_to_check";

/// What a payer sends.
#[derive(Clone, Debug)]
pub struct NewProof {
    /// Content of the file.
    pub body: Vec<u8>,
    /// What he says about it; may be empty.
    pub note: String,
}

/// Takes in a proof for a transfer of `customer_id`: file, proof and the state `review` are one transaction. The same
/// file for the same attempt again changes nothing. Staff are told.
///
/// # Errors
/// `NotFound` for somebody else's; `NotByTransfer`; `WrongState` where the attempt is over; `ProofMissing`,
/// `ProofTooLarge`, `ProofTypeNotTaken`, `ProofsUsedUp`; `Invalid` for the note; the database.
pub async fn send_proof(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &PaymentId,
    new: NewProof,
) -> Result<payment::Model, PaymentError> {
    let found = get_for(&ctx.db, customer_id, id).await?;
    if !is_by_people(ctx, &found) {
        return Err(PaymentError::NotByTransfer);
    }
    let kind = checked(&new.body)?;
    let note = contact::optional_line(&new.note, LONGEST_NOTE)
        .map_err(|wrong| PaymentError::Invalid(vec![FieldFault::of("note", wrong)]))?;
    let sha256 = sha256_hex(&new.body);
    let tx = ctx.begin().await?;
    let mut payment = lock(&tx, id).await?;
    if !matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Review) {
        return Err(PaymentError::WrongState { status: payment.status.as_str() });
    }
    let of_payment = proof::Entity::find().filter(proof::Column::PaymentId.eq(id));
    let is_known = of_payment.clone().filter(proof::Column::Sha256.eq(&sha256)).count(&tx).await? > 0;
    if is_known && payment.status == PaymentStatus::Review {
        ctx.made(&tx, payment.id.as_str()).await?;
        tx.commit().await?;
        return Ok(payment);
    }
    if is_known {
        // It was refused before: the same picture once more tells nothing new.
        return Err(PaymentError::ProofRefusedBefore);
    }
    if of_payment.count(&tx).await? >= MOST_PROOFS {
        return Err(PaymentError::ProofsUsedUp);
    }
    let row = keep(ctx, &tx, &payment, kind, new.body, sha256, note).await?;
    payment.status = PaymentStatus::Review;
    store(ctx, &tx, &mut payment).await?;
    let change = Change {
        action: "payments.transfer.prove",
        target_type: "payment",
        target_id: id.as_str(),
        customer_id: Some(customer_id),
        after: Some(json!({"reference": payment.reference, "proof_id": row.id, "size_bytes": row.size_bytes})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tell(ctx, &tx, &payment).await?;
    ctx.made(&tx, payment.id.as_str()).await?;
    tx.commit().await?;
    tracing::info!(payment.id = %id, size_bytes = row.size_bytes, "A proof of transfer {} came", payment.reference);
    Ok(payment)
}

fn checked(body: &[u8]) -> Result<FileKind, PaymentError> {
    if body.is_empty() {
        return Err(PaymentError::ProofMissing);
    }
    if body.len() > LARGEST_PROOF_BYTES {
        return Err(PaymentError::ProofTooLarge);
    }
    FileKind::of(body).ok_or(PaymentError::ProofTypeNotTaken)
}

async fn keep(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    kind: FileKind,
    body: Vec<u8>,
    sha256: String,
    note: Option<String>,
) -> Result<proof::Model, PaymentError> {
    let (id, file_id, now) = (PaymentProofId::generate(), FileId::generate(), ctx.now());
    let body = kind.without_metadata(body);
    let size_bytes = i64::try_from(body.len()).unwrap_or(i64::MAX);
    let content_type = kind.content_type().to_owned();
    let kept = file::Model {
        id: file_id.clone(),
        key: format!("payment_proof:{id}"),
        sha256: sha256.clone(),
        content_type: content_type.clone(),
        // A name of ours: the sender's may be anything.
        name: format!("{}.{}", payment.reference, kind.extension()),
        body,
        created_at: now,
    };
    file::Entity::insert(kept.into_active_model().reset_all()).exec_without_returning(tx).await?;
    let row = proof::Model {
        id,
        payment_id: payment.id.clone(),
        customer_id: payment.customer_id.clone(),
        file_id,
        sha256,
        content_type,
        size_bytes,
        note,
        sent_at: now,
        rejected_at: None,
        reason: None,
    };
    proof::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(row)
}

async fn tell(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model) -> Result<(), PaymentError> {
    let amount = Arg::money(payment.amount_minor, &payment.currency);
    let args = args([("payment", Arg::from(&payment.reference)), ("amount", amount)]);
    let alert = Alert { code: ALERT_KEY, args, key: ALERT_KEY };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}
