//! The one function that changes money: what a gateway says of an attempt, applied under a lock, in one transaction.
//!
//! Ranks only rise; the same report again changes nothing; any order of the same reports ends in the same balances.
use crate::{
    domain::{
        Ctx,
        billing::invoice,
        ledger::{self, Account, Posting, WalletNote},
        payments::{CloseAttempts, PaymentClosed, PaymentError, PaymentSettled, refund, timing},
    },
    integrations::gateways::PaymentReport,
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        locale::{Lang, t, ta},
    },
};
use entity::{
    customers::customer,
    payments::payment,
    value::{PaymentId, PaymentPurpose, PaymentStatus, WalletTransactionType},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect};
use serde_json::json;

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
    let tx = ctx.begin().await?;
    let before = lock(&tx, payment_id).await?;
    let mut payment = before.clone();
    apply(ctx, &tx, &mut payment, report).await?;
    if payment != before {
        store(ctx, &tx, &mut payment).await?;
    }
    if payment.status != before.status {
        note_change(ctx, &tx, &before, &payment).await?;
    }
    tx.commit().await?;
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
        payment.external_id = Some(report.external_id.clone());
    }
    let silent = payment.instructions.as_object().is_none_or(serde_json::Map::is_empty);
    let told = json!(report.instructions);
    if silent && told.as_object().is_some_and(|told| !told.is_empty()) {
        payment.instructions = told;
    }
    match report.status {
        // Neither success nor failure: the schedule asks again.
        S::Created | S::Unknown => Ok(()),
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
        S::Reversed | S::Chargeback => reverse(ctx, tx, payment, report).await,
    }
}

/// What does not fit between an attempt and a report about it.
fn mismatch(payment: &payment::Model, report: &PaymentReport) -> Option<&'static str> {
    let is_other_charge = |known: &String| !report.external_id.is_empty() && *known != report.external_id;
    if report.reference != payment.reference {
        return Some("reference");
    }
    if payment.external_id.as_ref().is_some_and(is_other_charge) {
        return Some("external id");
    }
    let is_money = report.status.rank() >= PaymentStatus::Succeeded.rank();
    if is_money && report.amount.currency != payment.currency {
        return Some("currency");
    }
    (is_money && report.amount.minor <= 0).then_some("amount")
}

/// A report that does not fit changes nothing but tells staff; money in it is booked as unallocated, once.
async fn hold(
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
    {
        unallocated(ctx, tx, payment.account_id.as_ref(), "payment", payment.id.as_str(), report).await?;
    }
    // The gateway's word on when money came counts, as far as it can be true.
    let now = ctx.now();
    let came_at = report.settled_at.unwrap_or(now).max(payment.created_at).min(now);
    let detail = format!(
        "The gateway's report about {} does not fit: {wrong}. It says {} {} {} for charge {}. Nothing was credited.",
        payment.reference, report.status, report.amount.currency, report.amount.minor, report.external_id
    );
    let key = format!("payment_mismatch:{}", payment.id);
    let subject = format!("Payment {} needs a look", payment.reference);
    let alert = Alert { code: "payment_mismatch", subject: &subject, detail: &detail, key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// Books money that fits nothing, once per source.
pub(in crate::domain::payments) async fn unallocated(
    ctx: &Ctx,
    tx: &WriteTx,
    account_id: Option<&entity::value::PaymentAccountId>,
    source_type: &'static str,
    source_id: &str,
    report: &PaymentReport,
) -> Result<(), PaymentError> {
    let Some(account_id) = account_id else { return Ok(()) };
    let posting = Posting {
        idempotency_key: format!("money_unallocated:{account_id}:{}", report.reference),
        kind: "money_unallocated",
        source_type,
        source_id: source_id.to_owned(),
        description: format!("Money that fits nothing: {}", report.reference),
        currency: report.amount.currency.clone(),
        entries: vec![
            (Account::GatewayClearing(account_id.clone()), report.amount.minor),
            (Account::Unallocated, -report.amount.minor),
        ],
        wallet: None,
    };
    ledger::post(ctx, tx, posting).await?;
    Ok(())
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
    let applied = match &payment.invoice_id {
        Some(invoice_id) => Some(invoice::apply_money(ctx, tx, invoice_id, received, came_at).await?),
        None => None,
    };
    payment.status = PaymentStatus::Succeeded;
    payment.received_minor = received;
    payment.applied_minor = applied.map_or(0, |applied| applied.applied);
    payment.settled_at = Some(came_at);
    payment.is_late = was_closed || came_at > payment.expires_at;
    payment.inquire_at = None;
    post_settled(ctx, tx, payment).await?;
    if payment.invoice_id.is_some() && payment.applied_minor == 0 {
        let detail = format!(
            "{} {} came for an invoice that was not open any more and is in the customer's wallet.",
            payment.currency, received
        );
        let (key, subject) =
            (format!("payment_to_wallet:{}", payment.id), format!("Payment {} went to the wallet", payment.reference));
        let alert = Alert { code: "payment_to_wallet", subject: &subject, detail: &detail, key: &key };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    announce(ctx, tx, payment, applied.is_some_and(|applied| applied.is_paid_now)).await
}

/// Clearing against receivable and wallet.
async fn post_settled(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model) -> Result<(), PaymentError> {
    let surplus = payment.received_minor - payment.applied_minor;
    let account_id = payment.account_id.clone().ok_or(PaymentError::NotConfigured)?;
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
        entries: vec![
            (Account::GatewayClearing(account_id), payment.received_minor),
            (Account::Receivable(payment.customer_id.clone()), -payment.applied_minor),
            (Account::Wallet(payment.customer_id.clone()), -surplus),
        ],
        wallet: (surplus != 0).then_some(WalletNote { r#type, description: words }),
    };
    ledger::post(ctx, tx, posting).await?;
    Ok(())
}

/// Money that came was taken back (reversal, chargeback): the invoice is open again, and what went to the wallet leaves
/// it as far as it is still there; the rest is booked as unallocated for staff to follow up.
async fn reverse(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    report: &PaymentReport,
) -> Result<(), PaymentError> {
    let before = payment.status;
    if before.rank() >= report.status.rank() {
        return Ok(());
    }
    payment.status = report.status;
    payment.inquire_at = None;
    if payment.received_minor > 0 && payment.refunded_minor == 0 {
        take_back(ctx, tx, payment).await?;
        payment.received_minor = 0;
        payment.applied_minor = 0;
    }
    let detail = format!(
        "The gateway took the money of {} back ({}). Its invoice is open again; look at the customer and the service.",
        payment.reference, report.status
    );
    let (key, subject) =
        (format!("payment_reversed:{}", payment.id), format!("Payment {} was taken back", payment.reference));
    let alert = Alert { code: "payment_reversed", subject: &subject, detail: &detail, key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

async fn take_back(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model) -> Result<(), PaymentError> {
    if let (Some(invoice_id), true) = (&payment.invoice_id, payment.applied_minor > 0) {
        invoice::reverse_money(ctx, tx, invoice_id, payment.applied_minor).await?;
    }
    let account_id = payment.account_id.clone().ok_or(PaymentError::NotConfigured)?;
    let surplus = payment.received_minor - payment.applied_minor;
    let held = ledger::balance_minor(tx, &payment.customer_id, &payment.currency).await?.max(0);
    let from_wallet = surplus.min(held);
    let posting = Posting {
        idempotency_key: format!("payment_reversed:{}", payment.id),
        kind: "payment_reversed",
        source_type: "payment",
        source_id: payment.id.0.clone(),
        description: format!("Payment {} taken back by the gateway", payment.reference),
        currency: payment.currency.clone(),
        entries: vec![
            (Account::GatewayClearing(account_id), -payment.received_minor),
            (Account::Receivable(payment.customer_id.clone()), payment.applied_minor),
            (Account::Wallet(payment.customer_id.clone()), from_wallet),
            (Account::Unallocated, surplus - from_wallet),
        ],
        wallet: (from_wallet != 0).then_some(WalletNote {
            r#type: WalletTransactionType::Adjustment,
            description: t(lang_of(tx, payment).await?, "wallet-words-reversed"),
        }),
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

/// Writes `payment` (whose row is locked) and plans when to ask again.
pub(in crate::domain::payments) async fn store(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
) -> Result<(), PaymentError> {
    payment.updated_at = ctx.now();
    let next = timing::next_inquiry(payment, ctx.now());
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

async fn note_change(
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
