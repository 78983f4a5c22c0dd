//! Staff decide about payments that the gateway's fraud detection doubts: until then the money is neither come nor lost.
use super::{apply_report, find::name_of, get};
use crate::{
    domain::{
        Ctx,
        payments::{PaymentError, accounts, transfer},
    },
    kernel::audit::Change,
};
use entity::{
    payments::payment,
    value::{PaymentId, PaymentStatus},
};
use serde_json::json;

/// Whether staff can decide about a payment.
pub fn is_decidable(ctx: &Ctx, payment: &payment::Model) -> bool {
    let reviews = ctx.gateway(&payment.gateway).is_some_and(|gateway| gateway.describe().reviews);
    reviews && payment.status == PaymentStatus::Review && !transfer::is_by_people(ctx, payment)
}

/// Trusts a payment under suspicion, or refuses it. The gateway carries it out and says what the payment became; where
/// its answer is lost, it is asked by plan like any other.
///
/// # Errors
/// `NotFound`; `WrongState` for a payment nobody doubts; what the gateway says (`GatewayRefused`, `GatewayUnavailable`,
/// `GatewayUnknown`); the database.
pub async fn decide(ctx: &Ctx, id: &PaymentId, is_trusted: bool) -> Result<payment::Model, PaymentError> {
    let payment = get(&ctx.db, id).await?;
    let account_id = match &payment.account_id {
        Some(account_id) if is_decidable(ctx, &payment) => account_id,
        _ => return Err(PaymentError::WrongState { status: payment.status.as_str() }),
    };
    let account = accounts::open_by_id(ctx, account_id).await?;
    let tx = ctx.begin().await?;
    let change = Change {
        action: "payments.payment.decide",
        target_type: "payment",
        target_id: id.as_str(),
        customer_id: Some(&payment.customer_id),
        after: Some(json!({"is_trusted": is_trusted})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    let report = account.gateway.decide(&account.settings, name_of(&payment), is_trusted).await?;
    apply_report(ctx, id, &report).await
}
