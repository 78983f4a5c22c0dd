//! Asking the gateway where an attempt stands, and closing attempts whose time is over.
use super::{apply_report, find::name_of, get, get_for, hold_unclear, settle};
use crate::{
    domain::{
        Ctx,
        payments::{Inquire, PaymentClosed, PaymentError, accounts, timing, transfer, trouble},
    },
    integrations::{
        OutsideError,
        gateways::{Inquiry, PaymentReport},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        job::{self, Job},
        said::{Arg, Said, args},
    },
};
use chrono::Duration;
use entity::{
    payments::payment,
    value::{CustomerId, PaymentId, PaymentStatus},
};

/// The customer's own question is passed on at most so often.
const PATIENCE: Duration = Duration::seconds(5);
/// From so many unanswered questions on staff are told.
const SILENT: i32 = 4;

/// Queues the question planned for `payment.inquire_at`; an earlier plan is brought forward, a later one finds out by
/// itself that it is too early.
pub(super) async fn plan(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model) -> Result<(), PaymentError> {
    if let Some(at) = payment.inquire_at {
        let work = Inquire { payment_id: payment.id.clone() };
        if !ctx.enqueue_at(tx, &work, at).await? {
            let key = work.dedupe_key().unwrap_or_default();
            job::hasten(tx, &key, at).await?;
        }
    }
    Ok(())
}

/// Asks about an attempt whose question is due and plans the next one. Too early: it is planned again.
///
/// # Errors
/// `NotFound`; the database. What the gateway does not answer is asked again by plan.
pub async fn inquire(ctx: &Ctx, id: &PaymentId) -> Result<payment::Model, PaymentError> {
    let payment = get(&ctx.db, id).await?;
    match payment.inquire_at {
        None => Ok(payment),
        Some(at) if at > ctx.now() => {
            let tx = ctx.begin().await?;
            plan(ctx, &tx, &payment).await?;
            tx.commit().await?;
            Ok(payment)
        }
        Some(_) => ask(ctx, payment).await,
    }
}

/// The customer says that he has paid: asks at once, at most every few seconds.
///
/// # Errors
/// `NotFound` for somebody else's; the database.
pub async fn check_now(ctx: &Ctx, customer_id: &CustomerId, id: &PaymentId) -> Result<payment::Model, PaymentError> {
    let payment = get_for(&ctx.db, customer_id, id).await?;
    let can_be_asked = payment.account_id.is_some() && !transfer::is_by_people(ctx, &payment);
    let is_worth_it = can_be_asked && payment.status.rank() < PaymentStatus::Succeeded.rank();
    if is_worth_it && payment.updated_at + PATIENCE <= ctx.now() { ask(ctx, payment).await } else { Ok(payment) }
}

/// Staff ask at once where a payment stands, whatever it is thought to be. Asking twice changes nothing.
///
/// # Errors
/// `NotFound`; `NotConfigured` for money that never went through a gateway that could be asked; the database.
pub async fn ask_now(ctx: &Ctx, id: &PaymentId) -> Result<payment::Model, PaymentError> {
    let payment = get(&ctx.db, id).await?;
    if payment.account_id.is_none() || transfer::is_by_people(ctx, &payment) {
        return Err(PaymentError::NotConfigured);
    }
    ask(ctx, payment).await
}

/// Asks and applies the answer; a gateway that does not answer is asked again by plan.
async fn ask(ctx: &Ctx, payment: payment::Model) -> Result<payment::Model, PaymentError> {
    match question(ctx, &payment).await {
        Ok(Inquiry::Known(report)) => {
            let payment = answered(ctx, &payment.id, &report).await?;
            Ok(payment)
        }
        Ok(Inquiry::Unclear { why }) => hold_unclear(ctx, &payment.id, &why).await,
        Ok(Inquiry::NeverHeard) => never_heard(ctx, &payment.id).await,
        Err(error @ (PaymentError::Database(_) | PaymentError::Common(_))) => Err(error),
        Err(error) => unanswered(ctx, &payment.id, &error).await,
    }
}

pub(super) async fn question(ctx: &Ctx, payment: &payment::Model) -> Result<Inquiry, PaymentError> {
    let account_id = payment.account_id.as_ref().ok_or(PaymentError::NotConfigured)?;
    let account = accounts::open_by_id(ctx, account_id).await?;
    Ok(account.gateway.inquire(&account.settings, name_of(payment)).await?)
}

async fn answered(ctx: &Ctx, id: &PaymentId, report: &PaymentReport) -> Result<payment::Model, PaymentError> {
    apply_report(ctx, id, report).await?;
    let tx = ctx.begin().await?;
    let mut payment = settle::lock(&tx, id).await?;
    (payment.inquiries, payment.unheard) = (0, 0);
    settle::store(ctx, &tx, &mut payment).await?;
    alert::resolve(&tx, ctx.now(), &silent_key(&payment.gateway)).await?;
    if let Some(account_id) = &payment.account_id {
        trouble::account_works(ctx, &tx, account_id).await?;
    }
    tx.commit().await?;
    Ok(payment)
}

/// The gateway knows nothing of the attempt. Right after the charge that may still change, so that it has to say so
/// several times, some time apart, before it means that nothing was charged (sheet A.9). What a person asks in between
/// does not count.
async fn never_heard(ctx: &Ctx, id: &PaymentId) -> Result<payment::Model, PaymentError> {
    let tx = ctx.begin().await?;
    let mut payment = settle::lock(&tx, id).await?;
    let (now, is_unsure) = (ctx.now(), payment.status.rank() <= PaymentStatus::Unknown.rank());
    let is_due = payment.inquire_at.is_some_and(|at| at <= now);
    payment.unheard += i32::from(is_unsure && is_due);
    if is_unsure && payment.unheard >= timing::UNHEARD_TIMES {
        payment.failure_code = Some("never_heard".to_owned());
        close(ctx, &tx, &mut payment, PaymentStatus::Failed).await?;
    } else if is_unsure {
        payment.updated_at = now;
        if is_due {
            payment.inquire_at = Some(now + timing::UNHEARD_PAUSE);
            plan(ctx, &tx, &payment).await?;
        }
        settle::write(&tx, &payment).await?;
    } else {
        settle::store(ctx, &tx, &mut payment).await?;
    }
    tx.commit().await?;
    Ok(payment)
}

async fn unanswered(ctx: &Ctx, id: &PaymentId, error: &PaymentError) -> Result<payment::Model, PaymentError> {
    tracing::warn!(payment.id = %id, %error, "The gateway did not say where a payment stands");
    let tx = ctx.begin().await?;
    let mut payment = settle::lock(&tx, id).await?;
    payment.inquiries += 1;
    settle::store(ctx, &tx, &mut payment).await?;
    if let PaymentError::GatewayRefused { code, .. } = error {
        trouble::tell(ctx, &tx, &payment, code).await?;
    }
    if payment.inquiries >= SILENT {
        let reference = Arg::from(&payment.reference);
        let what = Said::new(
            "alert-gateway-silent-payment",
            [("n", payment.inquiries.into()), ("payment", reference), ("error", error.to_string().into())],
        );
        tell_silent(ctx, &tx, &payment, what).await?;
    }
    tx.commit().await?;
    Ok(payment)
}

/// Names the alert about a gateway that does not answer; it is over with the next answer.
pub(super) fn silent_key(gateway: &str) -> String {
    format!("gateway_silent:{gateway}")
}

/// Staff hear that the gateway of `payment` does not answer.
pub(super) async fn tell_silent(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    what: Said,
) -> Result<(), PaymentError> {
    let key = silent_key(&payment.gateway);
    let args = args([("gateway", Arg::from(&payment.gateway)), ("what", Arg::Lines(vec![what]))]);
    let alert = Alert { code: "gateway_silent", args, key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// Whether closing an attempt is over, or when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Nothing is left to do.
    Over,
    /// Its time is not over yet, or the gateway still calls it open.
    Again {
        /// When to try again.
        at: chrono::DateTime<chrono::Utc>,
    },
}

/// Closes an attempt whose time is over, after asking the gateway once more. A gateway that calls it open is believed
/// for a quarter of an hour and then told to close it, so that nobody pays what we have given up; money that comes all
/// the same is still taken. What the gateway says unclearly is left to staff. A bank transfer ends without a question,
/// unless its proof waits for staff, and money under suspicion as long as the gateway lets staff decide.
///
/// # Errors
/// `NotFound`; what keeps the gateway from answering; the database.
pub async fn expire(ctx: &Ctx, id: &PaymentId) -> Result<Closing, PaymentError> {
    let payment = get(&ctx.db, id).await?;
    if !payment.status.is_open() {
        return Ok(Closing::Over);
    }
    let (now, ask_at) = (ctx.now(), payment.expires_at + timing::EXPIRE_AFTER);
    if now < ask_at {
        return Ok(Closing::Again { at: ask_at });
    }
    if transfer::is_by_people(ctx, &payment) {
        transfer::close(ctx, id, PaymentStatus::Expired).await?;
        return Ok(Closing::Over);
    }
    match question(ctx, &payment).await? {
        Inquiry::Known(report) => {
            let payment = apply_report(ctx, id, &report).await?;
            // The gateway ends a doubt by itself in time; until then staff decide.
            if report.status == PaymentStatus::Review && super::is_decidable(ctx, &payment) {
                return Ok(Closing::Again { at: now + timing::DOUBT_PAUSE });
            }
            let give_up_at = payment.expires_at + timing::GIVE_UP_AFTER;
            if payment.status.is_open() && now < give_up_at {
                return Ok(Closing::Again { at: give_up_at });
            }
            if payment.status.is_open() {
                end_at_gateway(ctx, &payment).await?;
            }
        }
        Inquiry::Unclear { why } => {
            hold_unclear(ctx, id, &why).await?;
            return Ok(Closing::Over);
        }
        Inquiry::NeverHeard => {}
    }
    end(ctx, id, PaymentStatus::Expired).await?;
    Ok(Closing::Over)
}

/// Closes the code at the gateway, so that it cannot be paid any more, and applies what it became. A gateway that
/// refuses has been asked; the attempt ends here all the same.
async fn end_at_gateway(ctx: &Ctx, payment: &payment::Model) -> Result<(), PaymentError> {
    let Some(account_id) = &payment.account_id else { return Ok(()) };
    let account = accounts::open_by_id(ctx, account_id).await?;
    match account.gateway.expire(&account.settings, name_of(payment)).await {
        Ok(report) => {
            apply_report(ctx, &payment.id, &report).await?;
        }
        Err(OutsideError::Rejected { message, .. }) => {
            tracing::warn!(payment.id = %payment.id, message, "The gateway did not close a payment whose time is over");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Ends an attempt that is still open without money, as a use case of its own. Money that comes all the same is late
/// money.
pub(super) async fn end(ctx: &Ctx, id: &PaymentId, status: PaymentStatus) -> Result<payment::Model, PaymentError> {
    let tx = ctx.begin().await?;
    let mut payment = settle::lock(&tx, id).await?;
    if payment.status.is_open() {
        close(ctx, &tx, &mut payment, status).await?;
    }
    tx.commit().await?;
    Ok(payment)
}

/// Ends an attempt without money, in `tx`.
async fn close(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    status: PaymentStatus,
) -> Result<(), PaymentError> {
    payment.status = status;
    settle::store(ctx, tx, payment).await?;
    let event = PaymentClosed {
        payment_id: payment.id.clone(),
        customer_id: payment.customer_id.clone(),
        invoice_id: payment.invoice_id.clone(),
        status,
    };
    ctx.publish(tx, &event).await?;
    Ok(())
}
