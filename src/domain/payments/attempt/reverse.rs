//! Money that came and was taken back by the gateway: a reversal, a chargeback.
use super::{settle::lang_of, together};
use crate::{
    domain::{
        Ctx,
        billing::invoice,
        ledger::{self, Account, Posting, WalletNote},
        payments::{
            PaymentError, PaymentReversed, dispute,
            refund::{self, GivenBack},
            refund_transfer,
        },
        settings,
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        locale::t,
        said::{Arg, Said, args},
    },
};
use entity::{
    payments::payment,
    value::{PaymentStatus, WalletTransactionType},
};

/// What a reversal took, minor units.
#[derive(Default)]
struct Taken {
    /// By the gateway, in all.
    by_gateway: i64,
    /// So much of the invoice is open again.
    reopened: i64,
    /// So much of the invoices that its money paid by way of the wallet is open again.
    of_invoices: i64,
    /// So much could not be had back from the wallet.
    lost: i64,
}

/// Money that came was taken back: what was not given back before is open again on the invoice, and what the customer
/// holds besides leaves the wallet as far as it is still there; the rest is booked as unallocated for staff to follow
/// up. Publishes `payment.reversed`. The payment is stored by the caller.
pub(super) async fn reverse(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    status: PaymentStatus,
) -> Result<(), PaymentError> {
    if matches!(payment.status, PaymentStatus::Reversed | PaymentStatus::Chargeback) {
        return Ok(());
    }
    refund_transfer::stop(ctx, tx, payment).await?;
    let back = refund::given_back(tx, &payment.id).await?;
    // What the gateway gave back itself it does not take once more.
    if payment.status == PaymentStatus::Refunded && back.by_gateway >= payment.received_minor {
        return Ok(());
    }
    refund::give_up_open(ctx, tx, payment).await?;
    payment.status = status;
    payment.inquire_at = None;
    let mut taken = Taken::default();
    if payment.received_minor > 0 {
        // What it paid is open again before the wallet is asked for the money.
        let of_invoices = together::reverse(ctx, tx, payment, status).await?;
        taken = take_back(ctx, tx, payment, &back).await?;
        taken.of_invoices = of_invoices;
        // What was given back stays with the payment, because documents and refunds stand behind it.
        payment.received_minor = payment.refunded_minor;
        payment.applied_minor = payment.applied_minor.min(payment.refunded_minor);
    }
    if status == PaymentStatus::Chargeback && taken.by_gateway > 0 {
        let reopened = payment.invoice_id.clone().filter(|_| taken.reopened > 0);
        dispute::open(ctx, tx, payment, reopened.as_ref(), (taken.by_gateway, taken.lost)).await?;
    }
    let event = PaymentReversed {
        payment_id: payment.id.clone(),
        customer_id: payment.customer_id.clone(),
        invoice_id: payment.invoice_id.clone(),
        status,
        taken_minor: taken.by_gateway,
        reopened_minor: taken.reopened,
    };
    ctx.publish(tx, &event).await?;
    tell(ctx, tx, payment, &taken).await
}

async fn take_back(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model, back: &GivenBack) -> Result<Taken, PaymentError> {
    let customer = &payment.customer_id;
    let account_id = payment.account_id.clone().ok_or(PaymentError::NotConfigured)?;
    let rest = payment.received_minor - payment.refunded_minor;
    let reopened = (payment.applied_minor - payment.refunded_minor).max(0);
    if let (Some(invoice_id), true) = (&payment.invoice_id, reopened > 0) {
        invoice::reverse_money(ctx, tx, invoice_id, reopened).await?;
    }
    let accounts = [
        Account::GatewayClearing(account_id),
        Account::Receivable(customer.clone()),
        Account::Wallet(customer.clone()),
        Account::Unallocated,
    ];
    // Two postings may follow: nobody may wait for an account of the first while holding one of the second.
    ledger::lock(ctx, tx, &payment.currency, &accounts).await?;
    let held = ledger::balance_minor(tx, customer, &payment.currency).await?.max(0);
    let from_wallet = (rest - reopened).min(held);
    if rest > 0 {
        let amounts = [-rest, reopened, from_wallet, rest - reopened - from_wallet];
        post(ctx, tx, payment, "payment_reversed", accounts.clone().into_iter().zip(amounts).collect()).await?;
    }
    // What we gave back by other ways the gateway takes all the same: the customer has it twice.
    let twice = back.elsewhere.min(held - from_wallet);
    if back.elsewhere > 0 {
        let amounts = [-back.elsewhere, 0, twice, back.elsewhere - twice];
        post(ctx, tx, payment, "money_unallocated", accounts.into_iter().zip(amounts).collect()).await?;
    }
    let by_gateway = rest + back.elsewhere;
    Ok(Taken { by_gateway, reopened, of_invoices: 0, lost: by_gateway - reopened - from_wallet - twice })
}

async fn post(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    kind: &'static str,
    entries: Vec<(Account, i64)>,
) -> Result<(), PaymentError> {
    let moves_wallet = entries.iter().any(|(account, amount)| matches!(account, Account::Wallet(_)) && *amount != 0);
    let description = t(lang_of(tx, payment).await?, "wallet-words-reversed");
    let posting = Posting {
        idempotency_key: format!("payment_reversed:{}:{kind}", payment.id),
        kind,
        source_type: "payment",
        source_id: payment.id.0.clone(),
        description: format!("Payment {} taken back by the gateway", payment.reference),
        currency: payment.currency.clone(),
        entries,
        wallet: moves_wallet.then_some(WalletNote { r#type: WalletTransactionType::Adjustment, description }),
    };
    ledger::post(ctx, tx, posting).await?;
    Ok(())
}

async fn tell(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model, taken: &Taken) -> Result<(), PaymentError> {
    let (currency, status) = (&payment.currency, payment.status);
    let amount = |minor| ("amount", Arg::money(minor, currency));
    let word = || ("status", Arg::word(format!("payment-status-{}", status.as_str().replace('_', "-"))));
    let mut what = vec![match taken.by_gateway {
        0 => Said::new("alert-payment-reversed-nothing", [word()]),
        gone => Said::new("alert-payment-reversed-gone", [amount(gone), word()]),
    }];
    let holds = settings::load(tx).await?.automation.chargeback_hold;
    let held = if holds { "alert-payment-reversed-held" } else { "alert-payment-reversed-goes-on" };
    for (open, key) in
        [(taken.reopened, "alert-payment-reversed-invoice"), (taken.of_invoices, "alert-payment-reversed-invoices")]
    {
        if open > 0 {
            what.push(Said::new(key, [amount(open), ("held", Arg::word(held))]));
        }
    }
    if status == PaymentStatus::Chargeback && taken.by_gateway > 0 {
        what.push(Said::plain("alert-payment-reversed-dispute"));
    }
    if taken.lost > 0 {
        what.push(Said::new("alert-payment-reversed-lost", [amount(taken.lost)]));
    }
    let args = args([("payment", Arg::from(&payment.reference)), ("what", Arg::Lines(what))]);
    let key = format!("payment_reversed:{}", payment.id);
    let alert = Alert { code: "payment_reversed", args, key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}
