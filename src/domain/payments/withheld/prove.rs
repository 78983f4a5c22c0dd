//! The proof of what was withheld comes and becomes a payment, or turns out to be none.
use super::{note, over, turn};
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding as declared},
        ledger::{self, Account, Posting},
        payments::{
            PaymentError,
            attempt::{self, Arrival},
            transfer::{FileKind, LARGEST_PROOF_BYTES},
        },
    },
    kernel::{db::WriteTx, fault::FieldFault, token::sha256_hex},
};
use chrono::{Days, NaiveDate};
use entity::{
    billing::withholding,
    payments::payment,
    platform::file,
    value::{
        FileId, InvoiceStatus, Money, PaymentId, PaymentStatus, WithholdingId, WithholdingStatus, business_day, contact,
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
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
    // What the proof pays may be another amount than was declared.
    attempt::cancel_others(ctx, &tx, &bill.id).await?;
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
    let change =
        withholding::ActiveModel { reason: Set(Some(reason.clone())), ..over(ctx, WithholdingStatus::Reverted) };
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
