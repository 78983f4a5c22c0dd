//! What a gateway charges for a dispute. It is a cost of ours and counts once, whoever says it first: staff, who read it
//! in the gateway's mail, or a report of payouts, which then only settles it. Nobody but the gateway makes it come back:
//! a dispute that is won brings the fee only where staff or a report say that the gateway gave it.
use super::{
    PaymentError, attempt,
    dispute::{get, row},
    settlement,
};
use crate::{
    domain::{
        Ctx,
        ledger::{self, Account, Posting},
    },
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use entity::{
    payments::dispute,
    value::{DisputeId, DisputeStatus, PaymentAccountId, next_ulid},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// The largest fee that is believed, minor units: beyond it an amount was mistyped.
pub(super) const LARGEST_FEE: i64 = 100_000_000;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 255;

/// What a line of a report says about the fee of a dispute, minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeTold {
    /// The gateway charged so much.
    Charged(i64),
    /// It gave so much of it back.
    GivenBack(i64),
}

fn note_of(text: &str) -> Result<String, PaymentError> {
    let line: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NOTE).collect();
    if line.trim().is_empty() { Err(PaymentError::ReasonRequired) } else { Ok(line) }
}

/// Staff say what the gateway charges for a dispute. Said again otherwise, the difference is booked; the same again
/// changes nothing.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `Invalid` (`amount`) for what is no fee; `AlreadyDealtWith` where a report has told the
/// fee, or some of it came back; the ledger, the database.
pub async fn charge(ctx: &Ctx, id: &DisputeId, amount_minor: i64, note: &str) -> Result<dispute::Model, PaymentError> {
    let note = note_of(note)?;
    let known = get(ctx, id).await?;
    if !(0..=LARGEST_FEE).contains(&amount_minor) {
        let fault = FieldFault::new("amount", "out_of_range").with("min", 0).with("max", LARGEST_FEE);
        return Err(PaymentError::Invalid(vec![fault]));
    }
    let account_id = account_of(ctx, &known).await?;
    let tx = ctx.begin().await?;
    settlement::one_at_a_time(&tx, &account_id).await?;
    let known = row(&tx, id).await?;
    if known.fee_minor != amount_minor {
        if known.is_fee_told || known.fee_back_minor > 0 {
            return Err(PaymentError::AlreadyDealtWith);
        }
        change(ctx, &tx, &known, &account_id, FeeTold::Charged(amount_minor), false).await?;
        audit(ctx, &tx, &known, "payments.dispute.charge_fee", json!({"fee_minor": amount_minor}), Some(&note)).await?;
    }
    let changed = row(&tx, id).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Staff say that the gateway gave the fee of a dispute back that was won. Twice is once.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `AlreadyDealtWith` where the dispute was not won or had no fee; the ledger, the database.
pub async fn give_back(ctx: &Ctx, id: &DisputeId, note: &str) -> Result<dispute::Model, PaymentError> {
    let note = note_of(note)?;
    let account_id = account_of(ctx, &get(ctx, id).await?).await?;
    let tx = ctx.begin().await?;
    settlement::one_at_a_time(&tx, &account_id).await?;
    let known = row(&tx, id).await?;
    if known.fee_back_minor == 0 {
        if known.status != DisputeStatus::Won || known.fee_minor == 0 {
            return Err(PaymentError::AlreadyDealtWith);
        }
        change(ctx, &tx, &known, &account_id, FeeTold::GivenBack(known.fee_minor), false).await?;
        let after = json!({"fee_back_minor": known.fee_minor});
        audit(ctx, &tx, &known, "payments.dispute.return_fee", after, Some(&note)).await?;
    }
    let changed = row(&tx, id).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(changed)
}

/// A report that is being booked in `tx` tells the fee of a dispute: it stands from now on. What staff had said before is
/// corrected by the difference.
///
/// # Errors
/// `SettlementChanged` where another report told it in the same moment; the ledger, the database.
pub(super) async fn told(
    ctx: &Ctx,
    tx: &WriteTx,
    account_id: &PaymentAccountId,
    (id, told): (&DisputeId, FeeTold),
) -> Result<(), PaymentError> {
    let known = row(tx, id).await?;
    change(ctx, tx, &known, account_id, told, true).await?;
    let after = match told {
        FeeTold::Charged(minor) => json!({"fee_minor": minor}),
        FeeTold::GivenBack(minor) => json!({"fee_back_minor": minor}),
    };
    audit(ctx, tx, &known, "payments.dispute.tell_fee", after, None).await
}

/// Writes what is known now, and books by how much it differs from what was known before.
async fn change(
    ctx: &Ctx,
    tx: &WriteTx,
    known: &dispute::Model,
    account_id: &PaymentAccountId,
    told: FeeTold,
    by_report: bool,
) -> Result<(), PaymentError> {
    use dispute::Column::{FeeBackMinor, FeeMinor, Id, IsFeeBackTold, IsFeeTold};
    let as_seen = dispute::Entity::update_many()
        .filter(Id.eq(&known.id))
        .filter(FeeMinor.eq(known.fee_minor))
        .filter(FeeBackMinor.eq(known.fee_back_minor));
    let (cost_minor, kind, update) = match told {
        FeeTold::Charged(minor) => {
            let set = dispute::ActiveModel { fee_minor: Set(minor), is_fee_told: Set(by_report), ..Default::default() };
            (minor - known.fee_minor, "dispute_fee", as_seen.filter(IsFeeTold.eq(false)).set(set))
        }
        FeeTold::GivenBack(minor) => {
            let set = dispute::ActiveModel {
                fee_back_minor: Set(minor),
                is_fee_back_told: Set(by_report),
                ..Default::default()
            };
            (known.fee_back_minor - minor, "dispute_fee_back", as_seen.filter(IsFeeBackTold.eq(false)).set(set))
        }
    };
    if update.exec(tx).await?.rows_affected != 1 {
        return Err(PaymentError::SettlementChanged);
    }
    if cost_minor == 0 {
        return Ok(());
    }
    let posting = Posting {
        // A fee may be corrected, and corrected back: the guard above lets each change through once.
        idempotency_key: format!("{kind}:{}:{}", known.id, next_ulid()),
        kind,
        source_type: "dispute",
        source_id: known.id.0.clone(),
        description: format!("Fee of the dispute about {}", known.reference),
        currency: known.currency.clone(),
        entries: vec![(Account::GatewayFees, cost_minor), (Account::GatewayClearing(account_id.clone()), -cost_minor)],
        wallet: None,
    };
    ledger::post(ctx, tx, posting).await?;
    tx.wake_after_commit("staff");
    Ok(())
}

async fn account_of(ctx: &Ctx, known: &dispute::Model) -> Result<PaymentAccountId, PaymentError> {
    let payment = attempt::get(&ctx.db, &known.payment_id).await?;
    payment.account_id.ok_or(PaymentError::NotConfigured)
}

async fn audit(
    ctx: &Ctx,
    tx: &WriteTx,
    known: &dispute::Model,
    action: &'static str,
    after: serde_json::Value,
    note: Option<&str>,
) -> Result<(), PaymentError> {
    let change = Change {
        action,
        target_type: "dispute",
        target_id: known.id.as_str(),
        customer_id: Some(&known.customer_id),
        before: Some(json!({"fee_minor": known.fee_minor, "fee_back_minor": known.fee_back_minor})),
        after: Some(after),
        reason: note,
    };
    ctx.audit(tx, change).await?;
    Ok(())
}
