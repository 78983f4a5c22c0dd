//! Beginning to pay several invoices: from the wallet all or none, or by one charge.
use super::{
    super::{
        find::of_invoices,
        start::{self, Choice, New},
    },
    find::{items_of, of_payment, open_charges_of},
    settle,
};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceError, invoice},
        ledger::{self, Account, LedgerError},
        payments::{CancelAttempt, PaymentError, PaymentStarted},
    },
    kernel::{
        audit::Change,
        db::{WriteTx, insert_all},
        fault::FieldFault,
        locale::{Lang, ta},
    },
};
use entity::{
    billing::invoice as billed,
    customers::customer,
    payments::{bundle, bundle_item, payment},
    value::{CustomerId, InvoiceId, InvoiceStatus, Money, PaymentBundleId, PaymentId},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;
use std::collections::BTreeSet;

/// Invoices that are paid in one go, at most.
pub const MOST: usize = 50;

/// These invoices of `customer_id`, the one due first first, each with something open and in the customer's currency.
///
/// # Errors
/// `Invalid` for none and for more than [`MOST`]; `NotFound` where one is missing or somebody else's;
/// `InvoiceNotPayable`; the database.
pub async fn open_of(
    db: &impl ConnectionTrait,
    customer: &customer::Model,
    ids: &[InvoiceId],
) -> Result<Vec<billed::Model>, PaymentError> {
    let wanted: BTreeSet<&str> = ids.iter().map(InvoiceId::as_str).collect();
    let wrong = match wanted.len() {
        0 => Some(FieldFault::new("invoices", "required")),
        n if n > MOST => Some(FieldFault::new("invoices", "too_many").with("max", MOST)),
        _ => None,
    };
    if let Some(wrong) = wrong {
        return Err(PaymentError::Invalid(vec![wrong]));
    }
    let mut bills = billed::Entity::find()
        .filter(billed::Column::Id.is_in(wanted.iter().copied()))
        .filter(billed::Column::CustomerId.eq(&customer.id))
        .filter(billed::Column::Status.ne(InvoiceStatus::Draft))
        .all(db)
        .await?;
    if bills.len() != wanted.len() {
        return Err(PaymentError::NotFound);
    }
    if bills.iter().any(|bill| !is_payable(bill, &customer.currency)) {
        return Err(PaymentError::InvoiceNotPayable);
    }
    bills.sort_by(|one, other| (one.due_at, &one.id).cmp(&(other.due_at, &other.id)));
    Ok(bills)
}

fn is_payable(bill: &billed::Model, currency: &str) -> bool {
    bill.status == InvoiceStatus::Issued && invoice::open_minor(bill) > 0 && bill.currency == currency
}

/// Begins to collect what is open of several invoices in one go. The wallet pays all of them at once, or none.
/// Otherwise an open charge of the same way for exactly these invoices and amounts is given back as it is; every other
/// open attempt of one of them is cancelled in the background, and one charge over the sum is made.
///
/// # Errors
/// As [`open_of`]; `MethodUnavailable`, `AmountOutOfRange`, `Ledger(InsufficientCredit)` with what is missing of the
/// sum; `GatewayRefused` and `GatewayUnavailable` (nothing was charged); the database.
pub async fn pay(
    ctx: &Ctx,
    customer_id: &CustomerId,
    ids: &[InvoiceId],
    choice: &Choice,
) -> Result<bundle::Model, PaymentError> {
    let customer = start::payer(&ctx.db, customer_id).await?;
    let bills = open_of(&ctx.db, &customer, ids).await?;
    if choice.is_wallet() {
        from_wallet(ctx, &customer, &bills).await
    } else {
        by_charge(ctx, &customer, &bills, choice).await
    }
}

async fn from_wallet(
    ctx: &Ctx,
    customer: &customer::Model,
    bills: &[billed::Model],
) -> Result<bundle::Model, PaymentError> {
    // Said before anything is locked, and with what is missing of the sum; the ledger's own guard decides.
    let total = sum(bills)?;
    let held = ledger::balance_minor(&ctx.db, &customer.id, &customer.currency).await?;
    let shortfall_minor = total.saturating_sub(held).saturating_sub(customer.credit_limit_minor);
    if shortfall_minor > 0 {
        return Err(LedgerError::InsufficientCredit { shortfall_minor }.into());
    }
    let tx = ctx.begin().await?;
    let bills = locked(&tx, customer, bills).await?;
    let accounts = [Account::Receivable(customer.id.clone()), Account::Wallet(customer.id.clone())];
    ledger::lock(ctx, &tx, &customer.currency, &accounts).await?;
    let mut made = insert(ctx, &tx, customer, &bills, None).await?;
    let mut items = items_of(&tx, &made.id).await?;
    settle::pay_items(ctx, &tx, &mut items, &bills, sum(&bills)?, ctx.now()).await?;
    settle::close(ctx, &tx, &mut made, ctx.now()).await?;
    ctx.made(&tx, made.id.as_str()).await?;
    tx.commit().await?;
    Ok(made)
}

async fn by_charge(
    ctx: &Ctx,
    customer: &customer::Model,
    bills: &[billed::Model],
    choice: &Choice,
) -> Result<bundle::Model, PaymentError> {
    let (account, offer) = start::find_method(ctx, choice).await?;
    let choice = &choice.complete(&offer)?;
    let tx = ctx.begin().await?;
    // Under these locks twins cannot both make a charge, and the amounts cannot change.
    let bills = locked(&tx, customer, bills).await?;
    let total = sum(&bills)?;
    start::check_range(&offer, total)?;
    if let Some(known) = give_way(ctx, &tx, &bills, choice).await? {
        ctx.made(&tx, known.id.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    let amount = Money::new(total, &customer.currency);
    let new = New { id: PaymentId::generate(), customer_id: &customer.id, invoice_id: None, amount, choice };
    let payment = start::insert(ctx, &tx, &account, &offer, new).await?;
    let made = insert(ctx, &tx, customer, &bills, Some(&payment.id)).await?;
    for bill in &bills {
        // What is reserved for these invoices is kept as long as the charge can be paid.
        let (payment_id, expires_at) = (payment.id.clone(), payment.expires_at);
        ctx.publish(&tx, &PaymentStarted { payment_id, invoice_id: bill.id.clone(), expires_at }).await?;
    }
    let lang = Lang::parse(&customer.locale).unwrap_or_default();
    let words = ta(lang, "payment-words-invoices", &[("n", bills.len())]);
    start::commit_and_charge(ctx, tx, &account, payment, &choice.entered, made.id.as_str(), words).await?;
    Ok(made)
}

/// Cancels what else is open for these invoices, but for a charge of the same way over exactly them that can be paid:
/// its bundle is given back.
async fn give_way(
    ctx: &Ctx,
    tx: &WriteTx,
    bills: &[billed::Model],
    choice: &Choice,
) -> Result<Option<bundle::Model>, PaymentError> {
    let ids: Vec<InvoiceId> = bills.iter().map(|bill| bill.id.clone()).collect();
    let mut reusable = None;
    for charge in open_charges_of(tx, &ids).await? {
        match of_payment(tx, &charge.id).await? {
            Some(known) if is_same(ctx, tx, &charge, &known, bills, choice).await? => reusable = Some(known),
            _ => cancel(ctx, tx, charge).await?,
        }
    }
    for single in of_invoices(tx, &ids).await?.into_iter().filter(|one| one.status.is_open()) {
        cancel(ctx, tx, single).await?;
    }
    Ok(reusable)
}

async fn cancel(ctx: &Ctx, tx: &WriteTx, payment: payment::Model) -> Result<(), PaymentError> {
    ctx.enqueue(tx, &CancelAttempt { payment_id: payment.id }).await?;
    Ok(())
}

async fn is_same(
    ctx: &Ctx,
    tx: &WriteTx,
    charge: &payment::Model,
    known: &bundle::Model,
    bills: &[billed::Model],
    choice: &Choice,
) -> Result<bool, PaymentError> {
    if !choice.is_of(charge) || !start::is_usable(ctx, charge, known.total_minor) {
        return Ok(false);
    }
    let items = items_of(tx, &known.id).await?;
    let asked: BTreeSet<(&str, i64)> = items.iter().map(|item| (item.invoice_id.as_str(), item.amount_minor)).collect();
    let open: BTreeSet<(&str, i64)> = bills.iter().map(|bill| (bill.id.as_str(), invoice::open_minor(bill))).collect();
    Ok(asked == open)
}

/// The same invoices, locked in the order of their ids, so that two bundles never wait for each other in a circle; in
/// the order they are paid.
async fn locked(
    tx: &WriteTx,
    customer: &customer::Model,
    bills: &[billed::Model],
) -> Result<Vec<billed::Model>, PaymentError> {
    let ids: BTreeSet<&InvoiceId> = bills.iter().map(|bill| &bill.id).collect();
    let mut held = Vec::with_capacity(bills.len());
    for id in ids {
        held.push(invoice::lock(tx, id).await?);
    }
    if held.iter().any(|bill| bill.customer_id != customer.id) {
        // Some went to another customer since they were read (customers were merged).
        return Err(PaymentError::NotFound);
    }
    if held.iter().any(|bill| !is_payable(bill, &customer.currency)) {
        return Err(PaymentError::InvoiceNotPayable);
    }
    held.sort_by(|one, other| (one.due_at, &one.id).cmp(&(other.due_at, &other.id)));
    Ok(held)
}

fn sum(bills: &[billed::Model]) -> Result<i64, PaymentError> {
    let mut total: i64 = 0;
    for bill in bills {
        total = total.checked_add(invoice::open_minor(bill)).ok_or(InvoiceError::InvalidAmount)?;
    }
    Ok(total)
}

async fn insert(
    ctx: &Ctx,
    tx: &WriteTx,
    customer: &customer::Model,
    bills: &[billed::Model],
    payment_id: Option<&PaymentId>,
) -> Result<bundle::Model, PaymentError> {
    let row = bundle::Model {
        id: PaymentBundleId::generate(),
        customer_id: customer.id.clone(),
        payment_id: payment_id.cloned(),
        total_minor: sum(bills)?,
        currency: customer.currency.clone(),
        settled_at: None,
        created_at: ctx.now(),
    };
    bundle::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let items = bills.iter().zip(0..).map(|(bill, position)| {
        let item = bundle_item::Model {
            bundle_id: row.id.clone(),
            invoice_id: bill.id.clone(),
            position,
            amount_minor: invoice::open_minor(bill),
            paid_by: None,
        };
        item.into_active_model().reset_all()
    });
    insert_all(tx, items.collect(), None).await?;
    let numbers: Vec<&str> = bills.iter().filter_map(|bill| bill.number.as_deref()).collect();
    let change = Change {
        action: "payments.invoices.pay_together",
        target_type: "customer",
        target_id: customer.id.as_str(),
        customer_id: Some(&customer.id),
        after: Some(json!({ "invoices": numbers, "total_minor": row.total_minor, "payment_id": row.payment_id })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(row)
}
