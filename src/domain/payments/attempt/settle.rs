//! The one function that changes money: what a gateway says of an attempt, applied under a lock, in one transaction.
//!
//! Ranks only rise; the same report again changes nothing; any order of the same reports ends in the same balances.
use super::{
    get,
    hold::{hold, mismatch},
    reverse::reverse,
    together,
};
use crate::{
    domain::{
        Ctx,
        billing::invoice,
        ledger::{self, Account, Posting, WalletNote},
        payments::{CloseAttempts, PaymentClosed, PaymentError, PaymentSettled, refund, timing, transfer},
    },
    integrations::gateways::PaymentReport,
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        locale::{Lang, ta},
        said::{Arg, Said, args},
    },
};
use entity::{
    customers::customer,
    payments::payment,
    value::{PaymentId, PaymentPurpose, PaymentStatus, WalletTransactionType},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect};
use serde_json::json;

/// Longest id of a gateway that is kept, in characters.
pub(super) const EXTERNAL_ID_LENGTH: usize = 80;

/// Our reference of an attempt: unique for ever, 30 characters of `A-Z 0-9 -`.
pub(super) fn reference(prefix: &str, id: &PaymentId) -> String {
    format!("{prefix}-{}", id.as_str().rsplit('_').next().unwrap_or_default())
}

/// Reads an attempt and keeps others from changing it until `tx` ends.
pub(in crate::domain::payments) async fn lock(tx: &WriteTx, id: &PaymentId) -> Result<payment::Model, PaymentError> {
    let found = payment::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?;
    found.ok_or(PaymentError::NotFound)
}

/// Applies what a gateway says of an attempt and gives the attempt as it stands then. The caller has asked the gateway:
/// a notification alone is no report.
///
/// # Errors
/// `NotFound`; billing, the ledger, the database: nothing then changed, and the report may be applied again.
pub async fn apply_report(
    ctx: &Ctx,
    payment_id: &PaymentId,
    report: &PaymentReport,
) -> Result<payment::Model, PaymentError> {
    let first = get(&ctx.db, payment_id).await?;
    let has_gone_back = matches!(report.status, PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded);
    let is_news = first.status.rank() < PaymentStatus::Succeeded.rank() && mismatch(&first, report).is_none();
    if has_gone_back && is_news {
        // Money that came and went before we asked is booked in two steps: a posting that comes after a document would
        // otherwise take its locks in another order than everybody else.
        let came = PaymentReport { status: PaymentStatus::Succeeded, refunded_minor: 0, ..report.clone() };
        apply_once(ctx, payment_id, &came).await?;
    }
    apply_once(ctx, payment_id, report).await
}

async fn apply_once(ctx: &Ctx, payment_id: &PaymentId, report: &PaymentReport) -> Result<payment::Model, PaymentError> {
    let tx = ctx.begin().await?;
    let payment = apply_within(ctx, &tx, payment_id, report).await?;
    tx.commit().await?;
    Ok(payment)
}

/// Applies `report` in the caller's transaction, under a lock on the attempt.
pub(in crate::domain::payments) async fn apply_within(
    ctx: &Ctx,
    tx: &WriteTx,
    payment_id: &PaymentId,
    report: &PaymentReport,
) -> Result<payment::Model, PaymentError> {
    let before = lock(tx, payment_id).await?;
    let mut payment = before.clone();
    apply(ctx, tx, &mut payment, report).await?;
    if payment != before {
        store(ctx, tx, &mut payment).await?;
    }
    if payment.status != before.status {
        note_change(ctx, tx, &before, &payment).await?;
    }
    Ok(payment)
}

async fn apply(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    report: &PaymentReport,
) -> Result<(), PaymentError> {
    use PaymentStatus as S;
    if let Some(wrong) = mismatch(payment, report) {
        return hold(ctx, tx, payment, report, wrong).await;
    }
    if payment.external_id.is_none() && !report.external_id.is_empty() {
        payment.external_id = Some(report.external_id.chars().take(EXTERNAL_ID_LENGTH).collect());
    }
    let silent = payment.instructions.as_object().is_none_or(serde_json::Map::is_empty);
    let told = json!(report.instructions);
    if silent && told.as_object().is_some_and(|told| !told.is_empty()) {
        payment.instructions = told;
    }
    match report.status {
        // Neither success nor failure: the schedule asks again.
        S::Created | S::Unknown => Ok(()),
        // Not every gateway has a word of its own for money that it takes back. The attempt's end by time is none.
        S::Failed | S::Cancelled if matches!(payment.status, S::Succeeded | S::PartiallyRefunded) => {
            reverse(ctx, tx, payment, S::Reversed).await
        }
        S::Pending | S::Authorized | S::Review | S::Failed | S::Cancelled | S::Expired => {
            if report.status.rank() > payment.status.rank() {
                payment.status = report.status;
            }
            Ok(())
        }
        S::Succeeded | S::PartiallyRefunded | S::Refunded => {
            if payment.status.rank() < S::Succeeded.rank() {
                settle(ctx, tx, payment, report).await?;
            }
            let refunded = match report.status {
                S::Refunded if report.refunded_minor == 0 => report.amount.minor,
                S::Succeeded => 0,
                _ => report.refunded_minor,
            };
            refund::reconcile(ctx, tx, payment, refunded).await
        }
        S::Reversed | S::Chargeback => reverse(ctx, tx, payment, report.status).await,
    }
}

/// Money came: the invoice takes what is open, the wallet the rest.
async fn settle(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    report: &PaymentReport,
) -> Result<(), PaymentError> {
    let received = report.amount.minor;
    let was_closed = !payment.status.is_open();
    // The gateway's word on when money came counts, as far as it can be true.
    let now = ctx.now();
    let came_at = report.settled_at.unwrap_or(now).max(payment.created_at).min(now);
    let is_late = was_closed || came_at > payment.expires_at;
    // Learnt after its month was closed, it counts now: payment, invoice and posting say the same day.
    let came_at = ledger::counts_at(ctx, tx, came_at).await?;
    let account_id = payment.account_id.clone().ok_or(PaymentError::NotConfigured)?;
    let applied = match &payment.invoice_id {
        Some(invoice_id) => {
            let customer = &payment.customer_id;
            let accounts = [
                Account::GatewayClearing(account_id.clone()),
                Account::Receivable(customer.clone()),
                Account::Wallet(customer.clone()),
            ];
            Some(invoice::apply_money(ctx, tx, invoice_id, received, came_at, &accounts).await?)
        }
        None => None,
    };
    payment.status = PaymentStatus::Succeeded;
    payment.received_minor = received;
    payment.fee_minor = report.fee_minor;
    payment.applied_minor = applied.map_or(0, |applied| applied.applied);
    payment.settled_at = Some(came_at);
    payment.is_late = is_late;
    payment.inquire_at = None;
    let bundle = together::lock_of(ctx, tx, payment).await?;
    post_settled(ctx, tx, payment, vec![(Account::GatewayClearing(account_id), received)]).await?;
    if let Some(bundle) = bundle {
        together::settle(ctx, tx, payment, bundle, came_at).await?;
    }
    if payment.invoice_id.is_some() && payment.applied_minor == 0 {
        let amount = Arg::money(received, &payment.currency);
        let what = Said::new("alert-payment-to-wallet-invoice", [("amount", amount)]);
        let args = args([("payment", Arg::from(&payment.reference)), ("what", Arg::Lines(vec![what]))]);
        let key = format!("payment_to_wallet:{}", payment.id);
        let alert = Alert { code: "payment_to_wallet", args, key: &key };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    announce(ctx, tx, payment, applied.is_some_and(|applied| applied.is_paid_now)).await
}

/// Where the money lies against receivable and wallet.
pub(super) async fn post_settled(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    lies: Vec<(Account, i64)>,
) -> Result<(), PaymentError> {
    let surplus = payment.received_minor - payment.applied_minor;
    let lang = lang_of(tx, payment).await?;
    let words = match payment.purpose {
        PaymentPurpose::TopUp => ta(lang, "wallet-words-top-up", &[("reference", &payment.reference)]),
        PaymentPurpose::Invoice => ta(lang, "wallet-words-overpayment", &[("reference", &payment.reference)]),
    };
    let r#type = match payment.purpose {
        PaymentPurpose::TopUp => WalletTransactionType::TopUp,
        PaymentPurpose::Invoice => WalletTransactionType::Overpayment,
    };
    let posting = Posting {
        idempotency_key: format!("payment_settled:{}", payment.id),
        kind: "payment_settled",
        source_type: "payment",
        source_id: payment.id.0.clone(),
        description: format!("Payment {} settled", payment.reference),
        currency: payment.currency.clone(),
        entries: lies
            .into_iter()
            .chain([
                (Account::Receivable(payment.customer_id.clone()), -payment.applied_minor),
                (Account::Wallet(payment.customer_id.clone()), -surplus),
            ])
            .collect(),
        wallet: (surplus != 0).then_some(WalletNote { r#type, description: words }),
    };
    ledger::post(ctx, tx, posting).await?;
    Ok(())
}

pub(in crate::domain::payments) async fn lang_of(tx: &WriteTx, payment: &payment::Model) -> Result<Lang, PaymentError> {
    let locale: Option<String> = customer::Entity::find_by_id(payment.customer_id.clone())
        .select_only()
        .column(customer::Column::Locale)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(locale.and_then(|code| Lang::parse(&code)).unwrap_or_default())
}

/// News of money that came; the other attempts of an invoice that is now paid are cancelled at their gateways.
pub(super) async fn announce(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    is_invoice_paid: bool,
) -> Result<(), PaymentError> {
    let event = PaymentSettled {
        payment_id: payment.id.clone(),
        customer_id: payment.customer_id.clone(),
        invoice_id: payment.invoice_id.clone(),
        purpose: payment.purpose,
        received_minor: payment.received_minor,
        applied_minor: payment.applied_minor,
    };
    ctx.publish(tx, &event).await?;
    if let (Some(invoice_id), true) = (&payment.invoice_id, is_invoice_paid) {
        ctx.enqueue(tx, &CloseAttempts { invoice_id: invoice_id.clone() }).await?;
    }
    tx.wake_after_commit(format!("payment:{}", payment.id));
    tx.wake_after_commit(format!("customer:{}", payment.customer_id));
    tracing::info!(payment.id = %payment.id, received_minor = payment.received_minor, "Payment {} settled", payment.reference);
    Ok(())
}

/// Writes `payment` (whose row is locked) and plans when to ask again, where there is somebody to ask.
pub(in crate::domain::payments) async fn store(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
) -> Result<(), PaymentError> {
    payment.updated_at = ctx.now();
    if !payment.status.is_open() {
        // It told twins of the attempt while somebody could begin it again.
        payment.entry_hash = None;
    }
    let is_by_people = transfer::is_by_people(ctx, payment);
    if is_by_people && !payment.status.is_open() {
        transfer::set_aside(ctx, tx, payment).await?;
    }
    let next = timing::next_inquiry(payment, ctx.now()).filter(|_| !is_by_people);
    if payment.inquire_at != next {
        payment.inquire_at = next;
        super::inquire::plan(ctx, tx, payment).await?;
    }
    write(tx, payment).await
}

/// Writes `payment` (whose row is locked) as it is.
pub(super) async fn write(tx: &WriteTx, payment: &payment::Model) -> Result<(), PaymentError> {
    payment::Entity::update(payment.clone().into_active_model().reset_all()).exec(tx).await?;
    tx.wake_after_commit(format!("payment:{}", payment.id));
    tx.wake_after_commit(format!("customer:{}", payment.customer_id));
    Ok(())
}

pub(super) async fn note_change(
    ctx: &Ctx,
    tx: &WriteTx,
    before: &payment::Model,
    payment: &payment::Model,
) -> Result<(), PaymentError> {
    let change = Change {
        action: "payments.payment.report",
        target_type: "payment",
        target_id: payment.id.as_str(),
        customer_id: Some(&payment.customer_id),
        before: Some(json!({"status": before.status})),
        after: Some(json!({"status": payment.status, "received_minor": payment.received_minor})),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    if before.status.is_open() && payment.status.rank() == PaymentStatus::Expired.rank() {
        let event = PaymentClosed {
            payment_id: payment.id.clone(),
            customer_id: payment.customer_id.clone(),
            invoice_id: payment.invoice_id.clone(),
            status: payment.status,
        };
        ctx.publish(tx, &event).await?;
    }
    Ok(())
}
