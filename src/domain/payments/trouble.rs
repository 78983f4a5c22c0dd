//! What keeps our account at a gateway from working until a person acts: told to staff, and over with the next success.
use super::PaymentError;
use crate::{
    domain::Ctx,
    integrations::gateways::refusal,
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        said::{Arg, args},
    },
};
use entity::{payments::payment, value::PaymentAccountId};

fn account_key(id: &PaymentAccountId) -> String {
    format!("gateway_refuses_key:{id}")
}

fn method_key(id: &PaymentAccountId, payment: &payment::Model) -> String {
    let option = payment.option.as_deref().unwrap_or_default();
    format!("method_not_enabled:{id}:{}:{option}", payment.method)
}

/// Tells staff where the refusal `code` of a call about `payment` lies with our account. Other refusals lie with the
/// payer or his bank and are nobody's work.
pub(super) async fn tell(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model, code: &str) -> Result<(), PaymentError> {
    let Some(account_id) = &payment.account_id else { return Ok(()) };
    let (gateway, method) = (&payment.gateway, &payment.method);
    let option = payment.option.as_deref().map(|option| format!(" ({option})")).unwrap_or_default();
    let (alarm, key) = match code {
        refusal::KEY | refusal::ACCOUNT_CLOSED => ("gateway_refuses_key", account_key(account_id)),
        refusal::METHOD => ("method_not_enabled", method_key(account_id, payment)),
        _ => return Ok(()),
    };
    let args = args([
        ("gateway", Arg::from(gateway)),
        ("method", format!("{method}{option}").into()),
        ("refusal", code.into()),
    ]);
    let alert = Alert { code: alarm, args, key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// A charge for `payment` was taken: account and way to pay work.
pub(super) async fn is_over(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model) -> Result<(), PaymentError> {
    if let Some(account_id) = &payment.account_id {
        account_works(ctx, tx, account_id).await?;
        alert::resolve(tx, ctx.now(), &method_key(account_id, payment)).await?;
    }
    Ok(())
}

/// The gateway accepted the keys of an account.
pub(super) async fn account_works(ctx: &Ctx, tx: &WriteTx, id: &PaymentAccountId) -> Result<(), PaymentError> {
    alert::resolve(tx, ctx.now(), &account_key(id)).await?;
    Ok(())
}
