//! What staff decide about money that fits nothing. Decided once: whoever comes second is told.
use super::find::row;
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceError, invoice},
        customers::{self, CustomerError},
        ledger::{self, Account, Posting},
        payments::{
            PaymentError,
            attempt::{self, Arrival},
            transfer,
        },
    },
    kernel::{alert, audit::Change, db::WriteTx, fault::FieldFault},
};
use entity::{
    payments::unallocated_money,
    value::{CustomerId, InvoiceId, InvoiceStatus, Money, PaymentId, UnallocatedMoneyId, UnallocatedStatus},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 255;
/// Longest reference of a bank, in characters.
const LONGEST_BANK_REFERENCE: usize = 80;

/// Whose money it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A customer's: it goes to his wallet.
    Customer(CustomerId),
    /// It pays this invoice; what the invoice does not need goes to its customer's wallet.
    Invoice(InvoiceId),
}

/// A transfer back to who paid, made by staff at the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned<'a> {
    /// The bank's name for it.
    pub bank_reference: &'a str,
    /// Why.
    pub reason: &'a str,
}

fn one_line(text: &str, longest: usize) -> Option<String> {
    let line: String = text.trim().chars().filter(|c| !c.is_control()).take(longest).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// Says whose money it is. It becomes a payment, settled now: the tax of an invoice it pays belongs to the day on which
/// it was found, as the month in which it came may have been declared. The same decision again changes nothing.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `Invalid` for a customer or invoice that does not exist; `InvoiceNotPayable`;
/// `CurrencyDiffers`; `OwnTransfer` where who decides belongs to the account that gains; `AlreadyDealtWith`; billing, the
/// ledger, the database.
pub async fn allocate(
    ctx: &Ctx,
    id: &UnallocatedMoneyId,
    owner: &Owner,
    reason: &str,
) -> Result<unallocated_money::Model, PaymentError> {
    let reason = one_line(reason, LONGEST_REASON).ok_or(PaymentError::ReasonRequired)?;
    let found = row(&ctx.db, id).await?;
    if found.status != UnallocatedStatus::Open {
        return known(ctx, found, |row| is_owner(row, owner)).await;
    }
    let (customer_id, invoice_id) = gainer(ctx, &found, owner).await?;
    if transfer::is_own(ctx, &customer_id).await? {
        return Err(PaymentError::OwnTransfer);
    }
    let payment_id = PaymentId::generate();
    let tx = ctx.begin().await?;
    ledger::refuse_merged(&tx, &customer_id).await?;
    let claim = unallocated_money::ActiveModel {
        status: Set(UnallocatedStatus::Allocated),
        customer_id: Set(Some(customer_id.clone())),
        invoice_id: Set(invoice_id.clone()),
        reason: Set(Some(reason.clone())),
        ..Default::default()
    };
    if !claimed(ctx, &tx, id, claim).await? {
        drop(tx);
        return known(ctx, row(&ctx.db, id).await?, |row| is_owner(row, owner)).await;
    }
    let arrival = Arrival {
        id: payment_id.clone(),
        prefix: "UNM",
        customer_id: customer_id.clone(),
        invoice_id,
        // It was booked at its account when it came; from here on nobody at the gateway can be asked about it.
        account_id: None,
        gateway: found.gateway.clone(),
        method: "unallocated",
        external_id: Some(found.reference.chars().take(LONGEST_BANK_REFERENCE).collect()),
        amount: Money::new(found.amount_minor, &found.currency),
        lies: vec![(Account::Unallocated, found.amount_minor)],
    };
    attempt::arrive(ctx, &tx, arrival).await?;
    let set = unallocated_money::ActiveModel { payment_id: Set(Some(payment_id.clone())), ..Default::default() };
    let of_row = unallocated_money::Column::Id.eq(id);
    unallocated_money::Entity::update_many().set(set).filter(of_row).exec(&tx).await?;
    let change = Change {
        action: "payments.unallocated.allocate",
        target_type: "unallocated_money",
        target_id: id.as_str(),
        customer_id: Some(&customer_id),
        after: Some(json!({
            "reference": found.reference, "amount_minor": found.amount_minor, "payment_id": payment_id,
        })),
        reason: Some(&reason),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    finish(ctx, tx, &found).await
}

/// Who gains, and by which invoice.
async fn gainer(
    ctx: &Ctx,
    money: &unallocated_money::Model,
    owner: &Owner,
) -> Result<(CustomerId, Option<InvoiceId>), PaymentError> {
    let unknown = |field| PaymentError::Invalid(vec![FieldFault::new(field, "unknown")]);
    let (gainer, currency) = match owner {
        Owner::Customer(id) => {
            let customer = customers::get(&ctx.db, id).await.map_err(|error| match error {
                CustomerError::NotFound => unknown("customer_id"),
                CustomerError::Database(error) => error.into(),
                _ => PaymentError::NotFound,
            })?;
            ((customer.id, None), customer.currency)
        }
        Owner::Invoice(id) => {
            let bill = invoice::get(&ctx.db, id).await.map_err(|error| match error {
                InvoiceError::NotFound => unknown("invoice_id"),
                other => other.into(),
            })?;
            if bill.status != InvoiceStatus::Issued || invoice::open_minor(&bill) <= 0 {
                return Err(PaymentError::InvoiceNotPayable);
            }
            ((bill.customer_id, Some(bill.id)), bill.currency)
        }
    };
    if currency != money.currency {
        return Err(PaymentError::CurrencyDiffers);
    }
    Ok(gainer)
}

fn is_owner(row: &unallocated_money::Model, owner: &Owner) -> bool {
    row.status == UnallocatedStatus::Allocated
        && match owner {
            Owner::Customer(id) => row.customer_id.as_ref() == Some(id) && row.invoice_id.is_none(),
            Owner::Invoice(id) => row.invoice_id.as_ref() == Some(id),
        }
}

/// Says that staff sent the money back to who paid, by a bank transfer. The same decision again changes nothing.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `Invalid` for the bank's reference; `AlreadyDealtWith`; the ledger, the database.
pub async fn give_back(
    ctx: &Ctx,
    id: &UnallocatedMoneyId,
    returned: &Returned<'_>,
) -> Result<unallocated_money::Model, PaymentError> {
    let reason = one_line(returned.reason, LONGEST_REASON).ok_or(PaymentError::ReasonRequired)?;
    let missing = || PaymentError::Invalid(vec![FieldFault::new("bank_reference", "required")]);
    let bank_reference = one_line(returned.bank_reference, LONGEST_BANK_REFERENCE).ok_or_else(missing)?;
    let is_same = |row: &unallocated_money::Model| {
        row.status == UnallocatedStatus::Returned && row.bank_reference.as_deref() == Some(bank_reference.as_str())
    };
    let found = row(&ctx.db, id).await?;
    if found.status != UnallocatedStatus::Open {
        return known(ctx, found, is_same).await;
    }
    let tx = ctx.begin().await?;
    let claim = unallocated_money::ActiveModel {
        status: Set(UnallocatedStatus::Returned),
        bank_reference: Set(Some(bank_reference.clone())),
        reason: Set(Some(reason.clone())),
        ..Default::default()
    };
    if !claimed(ctx, &tx, id, claim).await? {
        drop(tx);
        return known(ctx, row(&ctx.db, id).await?, is_same).await;
    }
    let posting = Posting {
        idempotency_key: format!("money_returned:{id}"),
        kind: "money_returned",
        source_type: "unallocated_money",
        source_id: id.0.clone(),
        description: format!("Given back to who paid: {}", found.reference),
        currency: found.currency.clone(),
        entries: vec![(Account::Unallocated, found.amount_minor), (Account::Bank, -found.amount_minor)],
        wallet: None,
    };
    ledger::post(ctx, &tx, posting).await?;
    let change = Change {
        action: "payments.unallocated.return",
        target_type: "unallocated_money",
        target_id: id.as_str(),
        after: Some(json!({
            "reference": found.reference, "amount_minor": found.amount_minor, "bank_reference": bank_reference,
        })),
        reason: Some(&reason),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    finish(ctx, tx, &found).await
}

/// Closes the row as `claim` says, if it is still open; the guard against a twin.
async fn claimed(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &UnallocatedMoneyId,
    claim: unallocated_money::ActiveModel,
) -> Result<bool, PaymentError> {
    let claim =
        unallocated_money::ActiveModel { decided_by: Set(ctx.staff_id()), decided_at: Set(Some(ctx.now())), ..claim };
    let updated = unallocated_money::Entity::update_many()
        .set(claim)
        .filter(unallocated_money::Column::Id.eq(id))
        .filter(unallocated_money::Column::Status.eq(UnallocatedStatus::Open))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// What was decided before: the same is answered again, another is refused.
async fn known(
    ctx: &Ctx,
    row: unallocated_money::Model,
    is_same: impl Fn(&unallocated_money::Model) -> bool,
) -> Result<unallocated_money::Model, PaymentError> {
    if !is_same(&row) {
        return Err(PaymentError::AlreadyDealtWith);
    }
    let tx = ctx.begin().await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// The alert about it is over; the row as it stands.
async fn finish(
    ctx: &Ctx,
    tx: WriteTx,
    money: &unallocated_money::Model,
) -> Result<unallocated_money::Model, PaymentError> {
    alert::resolve(&tx, ctx.now(), &money.posting_key).await?;
    tx.wake_after_commit("staff");
    let decided = row(&tx, &money.id).await?;
    ctx.made(&tx, money.id.as_str()).await?;
    tx.commit().await?;
    Ok(decided)
}
