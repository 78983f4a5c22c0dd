//! The payer, or staff, say that tax is withheld of an invoice, or that it is not after all.
use super::{note, over, turn};
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding as declared},
        payments::{PaymentError, attempt},
        settings::{self, Tax},
    },
    kernel::actor::Actor,
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    billing::{invoice as bills, withholding},
    value::{InvoiceId, WithholdingId, WithholdingStatus},
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, sea_query::OnConflict};
use serde_json::json;

/// What may be withheld of an invoice, minor units, and until when its proof is awaited.
struct Offer {
    base_minor: i64,
    amount_minor: i64,
    proof_due_at: DateTime<Utc>,
}

async fn offer(
    ctx: &Ctx,
    db: &impl ConnectionTrait,
    bill: &bills::Model,
    rules: &Tax,
) -> Result<Option<Offer>, PaymentError> {
    if !attempt::payer(db, &bill.customer_id).await?.withholds_income_tax {
        return Ok(None);
    }
    let reckoned = declared::reckoned(db, bill, rules.withholding_rate_bp).await?;
    let Some((base_minor, amount_minor)) = reckoned else { return Ok(None) };
    let mut proof_due_at = ctx.now() + Duration::days(rules.withholding_proof_days);
    if matches!(ctx.actor, Actor::Visitor | Actor::User { .. }) {
        let before = declared::list_of(db, &bill.id).await?;
        // Staff took a proof back: whether there may be another is theirs to say.
        if before.iter().any(|row| row.status == WithholdingStatus::Reverted) {
            return Ok(None);
        }
        // Who declares again does not get more time than the first time.
        proof_due_at = before.iter().map(|row| row.proof_due_at).fold(proof_due_at, Ord::min);
    }
    Ok(Some(Offer { base_minor, amount_minor, proof_due_at }))
}

/// What whoever acts may declare as withheld of an invoice that nothing is declared of: base and amount, minor units.
///
/// # Errors
/// The database.
pub async fn offered(ctx: &Ctx, bill: &bills::Model) -> Result<Option<(i64, i64)>, PaymentError> {
    let offer = offer(ctx, &ctx.db, bill, &settings::current(ctx).await?.tax).await?;
    Ok(offer.map(|offer| (offer.base_minor, offer.amount_minor)))
}

/// Declares that the customer of an invoice withholds income tax of it: from now on the invoice is asked for without it,
/// and nobody is reminded of it until the proof is due. Attempts to pay another amount are cancelled. One that waits for
/// its proof already is given back as it is.
///
/// # Errors
/// `Invoice(NotFound)`; `WithholdingNotAllowed` where the customer does not withhold, or nothing can be withheld of this
/// invoice, or staff took a proof of it back and it is not staff who declare; `AlreadyDealtWith` where it was proven
/// before; the database.
pub async fn declare(ctx: &Ctx, id: &InvoiceId) -> Result<withholding::Model, PaymentError> {
    let tx = ctx.begin().await?;
    // Under this lock nobody begins to pay the whole of it meanwhile.
    let bill = invoice::lock(&tx, id).await?;
    if let Some(known) = declared::live_of(&tx, id).await? {
        return match known.status {
            WithholdingStatus::Outstanding => {
                ctx.made(&tx, known.id.as_str()).await?;
                tx.commit().await?;
                Ok(known)
            }
            _ => Err(PaymentError::AlreadyDealtWith),
        };
    }
    let offer = offer(ctx, &tx, &bill, &settings::load(&tx).await?.tax).await?;
    let Offer { base_minor, amount_minor, proof_due_at } = offer.ok_or(PaymentError::WithholdingNotAllowed)?;
    let row = withholding::Model {
        id: WithholdingId::generate(),
        invoice_id: id.clone(),
        customer_id: bill.customer_id.clone(),
        status: WithholdingStatus::Outstanding,
        base_minor,
        amount_minor,
        currency: bill.currency.clone(),
        live_key: Some(id.0.clone()),
        proof_due_at,
        reminded_at: None,
        proof_number: None,
        proof_date: None,
        file_id: None,
        payment_id: None,
        declared_by: ctx.actor.id().to_owned(),
        declared_at: ctx.now(),
        received_at: None,
        closed_by: None,
        closed_at: None,
        reason: None,
    };
    let once = OnConflict::column(withholding::Column::LiveKey).do_nothing().to_owned();
    let insert = withholding::Entity::insert(row.clone().into_active_model().reset_all()).on_conflict(once);
    if insert.exec_without_returning(&tx).await? == 0 {
        return Err(PaymentError::AlreadyDealtWith);
    }
    attempt::cancel_others(ctx, &tx, id).await?;
    declared::announce_covered(ctx, &tx, &bill).await?;
    let after = json!({"invoice_id": id, "base_minor": base_minor, "amount_minor": amount_minor});
    note(ctx, &tx, &row, "payments.withholding.declare", after, None).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// The customer pays all of it after all, or staff do not believe the declaration: the whole rest is asked for again.
/// Twice is once.
///
/// # Errors
/// `NotFound`; `AlreadyDealtWith` where the proof came; the database.
pub async fn withdraw(ctx: &Ctx, id: &WithholdingId) -> Result<withholding::Model, PaymentError> {
    let known = declared::get(&ctx.db, id).await?;
    let tx = ctx.begin().await?;
    invoice::lock(&tx, &known.invoice_id).await?;
    let is_new = turn(&tx, id, WithholdingStatus::Outstanding, over(ctx, WithholdingStatus::Withdrawn)).await?;
    let row = declared::get(&tx, id).await?;
    if !is_new && row.status != WithholdingStatus::Withdrawn {
        return Err(PaymentError::AlreadyDealtWith);
    }
    if is_new {
        attempt::cancel_others(ctx, &tx, &row.invoice_id).await?;
        let after = json!({"amount_minor": row.amount_minor});
        note(ctx, &tx, &row, "payments.withholding.withdraw", after, None).await?;
    }
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}
