//! Income tax (PPh 23) that customers withhold: declared, proven, taken back (ADR 0074). A proof is a payment that moves
//! no money: what the state owes us against what the customer does.
use super::{
    CancelAttempt, PaymentError,
    attempt::{self, Arrival},
    transfer::{FileKind, LARGEST_PROOF_BYTES},
};
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding as declared},
        ledger::{self, Account, Posting},
        settings,
    },
    kernel::{actor::Actor, audit::Change, db::WriteTx, fault::FieldFault, token::sha256_hex},
};
use chrono::{Days, Duration, NaiveDate};
use entity::{
    billing::{invoice as bills, withholding},
    customers::customer,
    payments::payment,
    platform::file,
    value::{
        CustomerId, FileId, InvoiceId, InvoiceStatus, Money, PaymentId, PaymentStatus, WithholdingId,
        WithholdingStatus, business_day, contact,
    },
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::OnConflict,
};
use serde_json::json;

/// How they are paid.
const METHOD: &str = "pph23";
/// Longest number of a proof, in characters.
const LONGEST_NUMBER: usize = 60;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 255;
/// Proofs bear a day of so many days back at most.
const OLDEST_DAYS: u64 = 3 * 366;

/// A proof (*bukti potong*) as it came.
#[derive(Clone, Debug, Default)]
pub struct NewProof {
    /// Its number.
    pub number: String,
    /// The day it bears.
    pub date: Option<NaiveDate>,
    /// What it proves, minor units; without one what was declared.
    pub amount_minor: Option<i64>,
    /// The document; may be missing where staff have it elsewhere.
    pub file: Option<Vec<u8>>,
}

/// What may be withheld of an invoice of a customer who withholds: base and amount, minor units.
///
/// # Errors
/// The database.
pub async fn offered(ctx: &Ctx, bill: &bills::Model) -> Result<Option<(i64, i64)>, PaymentError> {
    let customer = payer(&ctx.db, &bill.customer_id).await?;
    if !customer.withholds_income_tax {
        return Ok(None);
    }
    let before = declared::list_of(&ctx.db, &bill.id).await?;
    if before.iter().any(|row| row.status == WithholdingStatus::Reverted) {
        return Ok(None);
    }
    let rate = settings::current(ctx).await?.tax.withholding_rate_bp;
    Ok(declared::reckoned(&ctx.db, bill, rate).await?)
}

/// Declares that the customer of an invoice withholds income tax of it: from now on the invoice is asked for without it,
/// and nobody is reminded of it until the proof is due. Attempts to pay another amount are cancelled. One that waits for
/// its proof already is given back as it is.
///
/// # Errors
/// `Invoice(NotFound)`; `WithholdingNotAllowed` where the customer does not withhold, or nothing can be withheld of this
/// invoice, or staff took a proof of it back and it is not staff who declare; `AlreadyDealtWith` where it was proven before; the database.
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
    let customer = payer(&tx, &bill.customer_id).await?;
    let rules = settings::load(&tx).await?.tax;
    let reckoned = match customer.withholds_income_tax {
        true => declared::reckoned(&tx, &bill, rules.withholding_rate_bp).await?,
        false => None,
    };
    let (base_minor, amount_minor) = reckoned.ok_or(PaymentError::WithholdingNotAllowed)?;
    let before = declared::list_of(&tx, id).await?;
    let mut proof_due_at = ctx.now() + Duration::days(rules.withholding_proof_days);
    if matches!(ctx.actor, Actor::Visitor | Actor::User { .. }) {
        if before.iter().any(|row| row.status == WithholdingStatus::Reverted) {
            return Err(PaymentError::WithholdingNotAllowed);
        }
        // Who declares again does not get more time than the first time.
        proof_due_at = before.iter().map(|row| row.proof_due_at).fold(proof_due_at, Ord::min);
    }
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
    close_open_attempts(ctx, &tx, id).await?;
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
    let change = withholding::ActiveModel {
        status: Set(WithholdingStatus::Withdrawn),
        live_key: Set(None),
        closed_by: Set(Some(ctx.actor.id().to_owned())),
        closed_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    let is_new = turn(&tx, id, WithholdingStatus::Outstanding, change).await?;
    let row = declared::get(&tx, id).await?;
    if !is_new && row.status != WithholdingStatus::Withdrawn {
        return Err(PaymentError::AlreadyDealtWith);
    }
    if is_new {
        close_open_attempts(ctx, &tx, &row.invoice_id).await?;
        let after = json!({"amount_minor": row.amount_minor});
        note(ctx, &tx, &row, "payments.withholding.withdraw", after, None).await?;
    }
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// The proof of what was withheld came: it pays that part of the invoice, which is paid when nothing else is open. The
/// same proof again changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` by field (`number`, `date`, `amount` beyond what is open); `ProofTooLarge`,
/// `ProofTypeNotTaken`; `AlreadyDealtWith` where another proof came before or it is over; `InvoiceNotPayable`; billing,
/// the ledger, the database.
pub async fn prove(ctx: &Ctx, id: &WithholdingId, new: NewProof) -> Result<withholding::Model, PaymentError> {
    let (number, date, kind) = checked(ctx, &new)?;
    let known = declared::get(&ctx.db, id).await?;
    let tx = ctx.begin().await?;
    let bill = invoice::lock(&tx, &known.invoice_id).await?;
    let known = declared::get(&tx, id).await?;
    if known.status != WithholdingStatus::Outstanding {
        let is_same = known.status == WithholdingStatus::Received && known.proof_number.as_deref() == Some(&number);
        if !is_same {
            return Err(PaymentError::AlreadyDealtWith);
        }
        ctx.made(&tx, id.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    let open = invoice::open_minor(&bill);
    if bill.status != InvoiceStatus::Issued || open <= 0 {
        return Err(PaymentError::InvoiceNotPayable);
    }
    let amount = new.amount_minor.unwrap_or_else(|| known.amount_minor.min(open));
    if !(1..=open).contains(&amount) {
        let fault = FieldFault::new("amount", "out_of_range").with("min", 1).with("max", open);
        return Err(PaymentError::Invalid(vec![fault]));
    }
    let file_id = match (kind, new.file) {
        (Some(kind), Some(body)) => Some(keep(ctx, &tx, id, kind, body, &number).await?),
        _ => None,
    };
    // Received before its money counts, so that the invoice which it pays does not end it as awaited in vain.
    let payment_id = PaymentId::generate();
    let change = withholding::ActiveModel {
        status: Set(WithholdingStatus::Received),
        amount_minor: Set(amount),
        proof_number: Set(Some(number.clone())),
        proof_date: Set(Some(date)),
        file_id: Set(file_id),
        received_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    if !turn(&tx, id, WithholdingStatus::Outstanding, change).await? {
        return Err(PaymentError::AlreadyDealtWith);
    }
    close_open_attempts(ctx, &tx, &known.invoice_id).await?;
    let arrival = Arrival {
        id: payment_id.clone(),
        prefix: "PPH",
        customer_id: bill.customer_id.clone(),
        invoice_id: Some(bill.id.clone()),
        account_id: None,
        gateway: declared::GATEWAY.to_owned(),
        method: METHOD,
        external_id: Some(number.clone()),
        amount: Money::new(amount, &bill.currency),
        lies: vec![(Account::PrepaidTax, amount)],
    };
    attempt::arrive(ctx, &tx, arrival).await?;
    let paid = withholding::ActiveModel { payment_id: Set(Some(payment_id)), ..Default::default() };
    withholding::Entity::update_many().set(paid).filter(withholding::Column::Id.eq(id)).exec(&tx).await?;
    let row = declared::get(&tx, id).await?;
    let after = json!({"number": number, "date": date, "amount_minor": amount, "payment_id": row.payment_id});
    note(ctx, &tx, &row, "payments.withholding.prove", after, None).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    tracing::info!(invoice.id = %bill.id, amount_minor = amount, "A proof of withheld tax came");
    Ok(row)
}

/// A proof was none: what it paid is open again. Twice is once.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `AlreadyDealtWith` where it is not received; `WrongState` where something depends on it
/// (it was given back, or its invoice was given up); billing, the ledger, the database.
pub async fn revert(ctx: &Ctx, id: &WithholdingId, reason: &str) -> Result<withholding::Model, PaymentError> {
    let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
    if reason.is_empty() {
        return Err(PaymentError::ReasonRequired);
    }
    let known = declared::get(&ctx.db, id).await?;
    let payment_id = known.payment_id.clone();
    let tx = ctx.begin().await?;
    let mut pay = match &payment_id {
        Some(payment_id) => attempt::lock(&tx, payment_id).await?,
        None => return Err(PaymentError::AlreadyDealtWith),
    };
    let bill = invoice::lock(&tx, &known.invoice_id).await?;
    let change = withholding::ActiveModel {
        status: Set(WithholdingStatus::Reverted),
        live_key: Set(None),
        closed_by: Set(Some(ctx.actor.id().to_owned())),
        closed_at: Set(Some(ctx.now())),
        reason: Set(Some(reason.clone())),
        ..Default::default()
    };
    if !turn(&tx, id, WithholdingStatus::Received, change).await? {
        let row = declared::get(&tx, id).await?;
        if row.status != WithholdingStatus::Reverted {
            return Err(PaymentError::AlreadyDealtWith);
        }
        ctx.made(&tx, id.as_str()).await?;
        tx.commit().await?;
        return Ok(row);
    }
    let is_whole = pay.status == PaymentStatus::Succeeded && pay.refunded_minor == 0;
    if !is_whole || bill.status == InvoiceStatus::WrittenOff {
        return Err(PaymentError::WrongState { status: pay.status.as_str() });
    }
    invoice::reverse_money(ctx, &tx, &bill.id, pay.applied_minor).await?;
    ledger::post(ctx, &tx, reversal(&pay)).await?;
    pay.status = PaymentStatus::Reversed;
    (pay.received_minor, pay.applied_minor) = (0, 0);
    attempt::store(ctx, &tx, &mut pay).await?;
    let row = declared::get(&tx, id).await?;
    let after = json!({"amount_minor": row.amount_minor, "payment_id": row.payment_id});
    note(ctx, &tx, &row, "payments.withholding.revert", after, Some(&reason)).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// The document of a proof.
///
/// # Errors
/// `NotFound` where there is none; the database.
pub async fn file_of(ctx: &Ctx, row: &withholding::Model) -> Result<file::Model, PaymentError> {
    let id = row.file_id.clone().ok_or(PaymentError::NotFound)?;
    file::Entity::find_by_id(id).one(&ctx.db).await?.ok_or(PaymentError::NotFound)
}

async fn payer(db: &impl ConnectionTrait, id: &CustomerId) -> Result<customer::Model, PaymentError> {
    customer::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

fn reversal(pay: &payment::Model) -> Posting {
    Posting {
        idempotency_key: format!("payment_reversed:{}:withheld", pay.id),
        kind: "payment_reversed",
        source_type: "payment",
        source_id: pay.id.0.clone(),
        description: format!("Proof of withheld tax {} taken back", pay.reference),
        currency: pay.currency.clone(),
        entries: vec![
            (Account::PrepaidTax, -pay.received_minor),
            (Account::Receivable(pay.customer_id.clone()), pay.applied_minor),
        ],
        wallet: None,
    }
}

/// What was sent, in its usual form.
fn checked(ctx: &Ctx, new: &NewProof) -> Result<(String, NaiveDate, Option<FileKind>), PaymentError> {
    let mut faults = Vec::new();
    let number = contact::line(&new.number, LONGEST_NUMBER).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of("number", wrong));
        String::new()
    });
    let today = business_day(ctx.now());
    let oldest = today.checked_sub_days(Days::new(OLDEST_DAYS)).unwrap_or(today);
    let date = new.date.filter(|date| (oldest..=today).contains(date));
    if date.is_none() {
        faults.push(FieldFault::new("date", if new.date.is_none() { "required" } else { "invalid" }));
    }
    let (true, Some(date)) = (faults.is_empty(), date) else { return Err(PaymentError::Invalid(faults)) };
    let kind = match new.file.as_deref() {
        None => None,
        Some(body) if body.len() > LARGEST_PROOF_BYTES => return Err(PaymentError::ProofTooLarge),
        Some(body) => Some(FileKind::of(body).ok_or(PaymentError::ProofTypeNotTaken)?),
    };
    Ok((number, date, kind))
}

async fn keep(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &WithholdingId,
    kind: FileKind,
    body: Vec<u8>,
    number: &str,
) -> Result<FileId, PaymentError> {
    let sha256 = sha256_hex(&body);
    let safe: String = number.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let row = file::Model {
        id: FileId::generate(),
        key: format!("withholding_proof:{id}"),
        sha256,
        content_type: kind.content_type().to_owned(),
        // A name of ours: the sender's may be anything.
        name: format!("bukti-potong-{safe}.{}", kind.extension()),
        body: kind.without_metadata(body),
        created_at: ctx.now(),
    };
    let file_id = row.id.clone();
    file::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(file_id)
}

/// Another amount is asked for from now on.
async fn close_open_attempts(ctx: &Ctx, tx: &WriteTx, id: &InvoiceId) -> Result<(), PaymentError> {
    let mut open = attempt::of_invoice(tx, id).await?;
    open.retain(|one| one.status.is_open());
    open.extend(attempt::together::open_charges_of(tx, std::slice::from_ref(id)).await?);
    for one in open {
        ctx.enqueue(tx, &CancelAttempt { payment_id: one.id }).await?;
    }
    Ok(())
}

/// Changes a row that stands so; the guard against a twin.
async fn turn(
    tx: &WriteTx,
    id: &WithholdingId,
    from: WithholdingStatus,
    change: withholding::ActiveModel,
) -> Result<bool, PaymentError> {
    let updated = withholding::Entity::update_many()
        .set(change)
        .filter(withholding::Column::Id.eq(id))
        .filter(withholding::Column::Status.eq(from))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &withholding::Model,
    action: &'static str,
    after: serde_json::Value,
    reason: Option<&str>,
) -> Result<(), PaymentError> {
    let change = Change {
        action,
        target_type: "withholding",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        after: Some(after),
        reason,
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("invoice:{}", row.invoice_id));
    tx.wake_after_commit(format!("customer:{}", row.customer_id));
    Ok(())
}
