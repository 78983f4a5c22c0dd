//! Paying from the wallet: settled at once, in one transaction.
use super::settle;
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding},
        ledger::{self, Account, LedgerError, Movement},
        payments::PaymentError,
    },
    kernel::{
        db::WriteTx,
        locale::{Lang, ta},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice as bills,
    customers::customer,
    payments::payment,
    value::{CustomerId, InvoiceId, InvoiceKind, PaymentId, PaymentPurpose, PaymentStatus, WalletTransactionType},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

/// Takes renewals whose date has come from their customer's wallet: the one due first first, whole invoices only
/// (DECISIONS 5). Ends quietly where the wallet does not cover the next one or the customer does not want it. Each
/// invoice is a transaction of its own; calling twice pays once.
///
/// # Errors
/// `NotFound`; the database.
pub async fn debit_renewals(ctx: &Ctx, customer_id: &CustomerId) -> Result<u32, PaymentError> {
    let customer = customer::Entity::find_by_id(customer_id.clone()).one(&ctx.db).await?;
    if !customer.is_some_and(|customer| customer.auto_debit) {
        return Ok(0);
    }
    let open = invoice::open_of_customer(&ctx.db, customer_id).await?;
    // A proof that is late is a debt for people to settle: nothing is taken for it that renews other services.
    let covered = withholding::covered(&ctx.db, open.iter().map(|bill| &bill.id)).await?;
    let mut paid = 0;
    for bill in open {
        let is_due = bill.due_at.is_some_and(|due_at| due_at <= ctx.now());
        if bill.kind != InvoiceKind::Renewal || !is_due || covered.contains(&bill.id) {
            continue;
        }
        let tx = ctx.begin().await?;
        match pay_from_wallet(ctx, &tx, &bill.id).await {
            Ok(_) => {
                tx.commit().await?;
                paid += 1;
            }
            // Paid or withdrawn since it was read.
            Err(PaymentError::InvoiceNotPayable) => {}
            Err(PaymentError::Ledger(LedgerError::InsufficientCredit { .. })) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(paid)
}

/// Pays everything that is asked for of an invoice from its customer's wallet in `tx`: what is open without what was
/// declared as withheld.
///
/// # Errors
/// `InvoiceNotPayable`; `Ledger(InsufficientCredit)` (nothing then changes); the database.
pub async fn pay_from_wallet(ctx: &Ctx, tx: &WriteTx, invoice_id: &InvoiceId) -> Result<payment::Model, PaymentError> {
    let bill = invoice::lock(tx, invoice_id).await?;
    let amount = withholding::asked_minor(tx, ctx.now(), &bill).await?;
    pay(ctx, tx, bill, amount, ctx.now()).await
}

/// Pays all that is open with money that came into the wallet at `came_at` for this invoice: its tax falls due then.
pub(super) async fn pay_at(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice_id: &InvoiceId,
    came_at: DateTime<Utc>,
) -> Result<payment::Model, PaymentError> {
    let bill = invoice::lock(tx, invoice_id).await?;
    let amount = invoice::open_minor(&bill);
    pay(ctx, tx, bill, amount, came_at).await
}

/// Pays `amount` of an invoice that `tx` has locked.
async fn pay(
    ctx: &Ctx,
    tx: &WriteTx,
    bill: bills::Model,
    amount: i64,
    came_at: DateTime<Utc>,
) -> Result<payment::Model, PaymentError> {
    let invoice_id = &bill.id;
    if bill.status != entity::value::InvoiceStatus::Issued || amount <= 0 {
        return Err(PaymentError::InvoiceNotPayable);
    }
    let (id, now) = (PaymentId::generate(), ctx.now());
    let payment = payment::Model {
        reference: settle::reference("WAL", &id),
        id,
        customer_id: bill.customer_id.clone(),
        invoice_id: Some(invoice_id.clone()),
        purpose: PaymentPurpose::Invoice,
        account_id: None,
        gateway: "wallet".to_owned(),
        method: "wallet".to_owned(),
        option: None,
        entry_hash: None,
        status: PaymentStatus::Succeeded,
        amount_minor: amount,
        received_minor: amount,
        applied_minor: amount,
        refunded_minor: 0,
        fee_minor: 0,
        currency: bill.currency.clone(),
        external_id: None,
        instructions: json!({}),
        is_late: false,
        failure_code: None,
        expires_at: now,
        settled_at: Some(came_at),
        paid_out_at: None,
        inquire_at: None,
        inquiries: 0,
        unheard: 0,
        created_at: now,
        updated_at: now,
    };
    payment::Entity::insert(payment.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let words = [("number", bill.number.clone().unwrap_or_default())];
    let movement = Movement {
        customer_id: bill.customer_id.clone(),
        amount_minor: amount,
        r#type: WalletTransactionType::Payment,
        against: Account::Receivable(bill.customer_id.clone()),
        kind: "payment_settled",
        source_type: "payment",
        source_id: payment.id.0.clone(),
        description: ta(Lang::parse(&bill.locale).unwrap_or_default(), "wallet-words-payment", &words),
    };
    ledger::debit(ctx, tx, movement).await?;
    let applied = invoice::apply_money(ctx, tx, invoice_id, amount, came_at, &[]).await?;
    settle::announce(ctx, tx, &payment, applied.is_paid_now).await?;
    Ok(payment)
}
