//! What does not fit: reports that are not believed, and money that belongs to nobody we know.
use super::settle::{EXTERNAL_ID_LENGTH, lock, note_change, store};
use crate::{
    domain::{
        Ctx,
        ledger::Account,
        payments::{
            PaymentError,
            unallocated::{self, NewMoney},
        },
    },
    integrations::gateways::PaymentReport,
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        said::{Arg, Said, args},
    },
};
use entity::{
    payments::payment,
    value::{PaymentAccountId, PaymentId, PaymentStatus},
};

/// What does not fit between an attempt and a report about it.
pub(super) fn mismatch(payment: &payment::Model, report: &PaymentReport) -> Option<&'static str> {
    let told: String = report.external_id.chars().take(EXTERNAL_ID_LENGTH).collect();
    let is_other_charge = |known: &String| !told.is_empty() && *known != told;
    if report.reference != payment.reference {
        return Some("reference");
    }
    if payment.external_id.as_ref().is_some_and(is_other_charge) {
        return Some("charge");
    }
    let is_money = report.status.rank() >= PaymentStatus::Succeeded.rank();
    if is_money && report.amount.currency != payment.currency {
        return Some("currency");
    }
    (is_money && report.amount.minor <= 0).then_some("amount")
}

/// A report that does not fit changes nothing but tells staff; money in it is booked as unallocated, once.
pub(super) async fn hold(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    report: &PaymentReport,
    wrong: &str,
) -> Result<(), PaymentError> {
    if payment.status.rank() < PaymentStatus::Review.rank() {
        payment.status = PaymentStatus::Review;
    }
    if wrong == "currency"
        && report.status == PaymentStatus::Succeeded
        && report.amount.minor > 0
        && payment.status.rank() < PaymentStatus::Succeeded.rank()
        && let Some(account_id) = &payment.account_id
    {
        let (gateway, id) = (payment.gateway.as_str(), payment.id.as_str());
        book_unallocated(ctx, tx, (account_id, gateway), ("payment", id), (unallocated::WRONG_CURRENCY, report))
            .await?;
    }
    let what = Said::new(
        "alert-payment-mismatch-report",
        [
            ("wrong", Arg::word(format!("alert-payment-mismatch-{wrong}"))),
            ("status", Arg::word(format!("payment-status-{}", report.status.as_str().replace('_', "-")))),
            ("amount", Arg::Money(report.amount.clone())),
            ("charge", Arg::from(&report.external_id)),
        ],
    );
    tell(ctx, tx, payment, what).await
}

/// The gateway knows an attempt, but says of it what cannot be booked: staff are told, and it is asked again by plan.
///
/// # Errors
/// `NotFound`; the database.
pub(in crate::domain::payments) async fn hold_unclear(
    ctx: &Ctx,
    id: &PaymentId,
    why: &str,
) -> Result<payment::Model, PaymentError> {
    let tx = ctx.begin().await?;
    let before = lock(&tx, id).await?;
    let mut payment = before.clone();
    if payment.status.rank() < PaymentStatus::Review.rank() {
        payment.status = PaymentStatus::Review;
    }
    store(ctx, &tx, &mut payment).await?;
    if payment.status != before.status {
        note_change(ctx, &tx, &before, &payment).await?;
    }
    let what = Said::new("alert-payment-mismatch-unclear", [("why", why.into())]);
    tell(ctx, &tx, &payment, what).await?;
    tx.commit().await?;
    Ok(payment)
}

async fn tell(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model, what: Said) -> Result<(), PaymentError> {
    let key = format!("payment_mismatch:{}", payment.id);
    let args = args([("payment", Arg::from(&payment.reference)), ("what", Arg::Lines(vec![what]))]);
    let alert = Alert { code: "payment_mismatch", args, key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// Books money of a report that fits nothing, once per account and reference, in `tx`. Whether it is new.
///
/// # Errors
/// The ledger; the database.
pub(in crate::domain::payments) async fn book_unallocated(
    ctx: &Ctx,
    tx: &WriteTx,
    (account_id, gateway): (&PaymentAccountId, &str),
    (source_type, source_id): (&'static str, &str),
    (why, report): (&'static str, &PaymentReport),
) -> Result<bool, PaymentError> {
    let new = NewMoney {
        key: format!("money_unallocated:{account_id}:{}", report.reference),
        account_id,
        gateway,
        reference: &report.reference,
        external_id: &report.external_id,
        source_type,
        source_id,
        why,
        amount: &report.amount,
        lies: vec![(Account::GatewayClearing(account_id.clone()), report.amount.minor)],
    };
    unallocated::take(ctx, tx, new).await
}
