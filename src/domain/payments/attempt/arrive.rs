//! Money that came in another way than by an attempt of the customer: what staff found to be his, what a dispute gave
//! back. It becomes a payment, settled at once, in the caller's transaction.
use super::settle;
use crate::{
    domain::{Ctx, billing::invoice, ledger::Account, payments::PaymentError},
    kernel::db::WriteTx,
};
use entity::{
    payments::payment,
    value::{CustomerId, InvoiceId, Money, PaymentAccountId, PaymentId, PaymentPurpose, PaymentStatus},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

/// Money that came.
#[derive(Clone, Debug)]
pub(in crate::domain::payments) struct Arrival {
    /// The payment it becomes.
    pub id: PaymentId,
    /// Beginning of its reference.
    pub prefix: &'static str,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Which invoice it pays; without one it goes to the wallet.
    pub invoice_id: Option<InvoiceId>,
    /// Through which account it counts as received; none where it was booked there before.
    pub account_id: Option<PaymentAccountId>,
    /// Word of the gateway.
    pub gateway: String,
    /// How it came.
    pub method: &'static str,
    /// What the gateway calls it.
    pub external_id: Option<String>,
    /// How much.
    pub amount: Money,
    /// The accounts of the ledger where it lies, debit positive; sums to the amount.
    pub lies: Vec<(Account, i64)>,
}

/// Writes the payment: its invoice takes what is open, the wallet the rest. The caller sees to it that the same money
/// arrives once. Publishes `payment.settled`.
///
/// # Errors
/// Billing, the ledger, the database.
pub(in crate::domain::payments) async fn arrive(
    ctx: &Ctx,
    tx: &WriteTx,
    arrival: Arrival,
) -> Result<payment::Model, PaymentError> {
    let (now, received) = (ctx.now(), arrival.amount.minor);
    // A debt that was given up is recovered in a posting of its own: all accounts are locked together.
    let customer = &arrival.customer_id;
    let own = [Account::Receivable(customer.clone()), Account::Wallet(customer.clone())];
    let accounts: Vec<Account> = arrival.lies.iter().map(|(account, _)| account.clone()).chain(own).collect();
    let applied = match &arrival.invoice_id {
        Some(invoice_id) => Some(invoice::apply_money(ctx, tx, invoice_id, received, now, &accounts).await?),
        None => None,
    };
    let payment = payment::Model {
        reference: settle::reference(arrival.prefix, &arrival.id),
        id: arrival.id,
        customer_id: arrival.customer_id,
        purpose: if arrival.invoice_id.is_some() { PaymentPurpose::Invoice } else { PaymentPurpose::TopUp },
        invoice_id: arrival.invoice_id,
        account_id: arrival.account_id,
        gateway: arrival.gateway,
        method: arrival.method.to_owned(),
        option: None,
        entry_hash: None,
        status: PaymentStatus::Succeeded,
        amount_minor: received,
        received_minor: received,
        applied_minor: applied.map_or(0, |applied| applied.applied),
        refunded_minor: 0,
        fee_minor: 0,
        currency: arrival.amount.currency,
        external_id: arrival.external_id,
        instructions: json!({}),
        is_late: false,
        failure_code: None,
        expires_at: now,
        settled_at: Some(now),
        paid_out_at: None,
        inquire_at: None,
        inquiries: 0,
        unheard: 0,
        created_at: now,
        updated_at: now,
    };
    payment::Entity::insert(payment.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    settle::post_settled(ctx, tx, &payment, arrival.lies).await?;
    settle::announce(ctx, tx, &payment, applied.is_some_and(|applied| applied.is_paid_now)).await?;
    Ok(payment)
}
