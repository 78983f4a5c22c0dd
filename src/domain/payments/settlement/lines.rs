//! Lines that wait: matched by hand, matched again, booked as nobody's money, or put away. Each is decided once.
use super::{
    book::{pay_out, post, tell_fees},
    columns::{Kind, Told},
    find::{line, row},
    import::{Totals, one_at_a_time},
    known::{Returned, disputes_of, expected_of, refunds_of, returned, taken_back},
    matching::{Match, Verdict, match_all, may_come_back},
};
use crate::{
    domain::{
        Ctx,
        ledger::Account,
        payments::{
            PaymentError, attempt, dispute,
            unallocated::{self, NewMoney},
        },
    },
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use entity::{
    payments::{dispute as disputes, payment, settlement_line},
    value::{IDR, Money, PaymentId, SettlementId, SettlementLineId, SettlementLineStatus},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 255;
/// Lines matched again in one go.
const MOST_AGAIN: u64 = 5_000;

fn reason_of(text: &str) -> Result<String, PaymentError> {
    let line: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
    if line.trim().is_empty() { Err(PaymentError::ReasonRequired) } else { Ok(line) }
}

fn told_of(line: &settlement_line::Model) -> Told {
    Told {
        number: usize::try_from(line.number).unwrap_or_default(),
        kind: Kind::parse(&line.kind).unwrap_or(Kind::Payment),
        reference: line.reference.clone(),
        external_id: line.external_id.clone(),
        gross_minor: line.gross_minor,
        fee_minor: line.gross_minor - line.net_minor,
        net_minor: line.net_minor,
        day: line.day,
        is_inconsistent: line.verdict == Verdict::Inconsistent.as_str(),
    }
}

/// What a waiting line becomes.
fn becomes(ctx: &Ctx, status: SettlementLineStatus, found: Option<&Match>) -> settlement_line::ActiveModel {
    let set = settlement_line::ActiveModel {
        status: Set(status),
        decided_by: Set(ctx.staff_id()),
        decided_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    match found {
        None => set,
        Some(found) => settlement_line::ActiveModel {
            verdict: Set(found.verdict.as_str().to_owned()),
            clearing_minor: Set(found.clearing_minor),
            payment_id: Set(found.payment_id.clone()),
            refund_id: Set(found.refund_id.clone()),
            unallocated_id: Set(found.unallocated_id.clone()),
            ..set
        },
    }
}

/// Changes a line that waits; the guard against a twin.
async fn decide(
    tx: &WriteTx,
    id: &SettlementLineId,
    set: settlement_line::ActiveModel,
) -> Result<settlement_line::Model, PaymentError> {
    let updated = settlement_line::Entity::update_many()
        .set(set)
        .filter(settlement_line::Column::Id.eq(id))
        .filter(settlement_line::Column::Status.eq(SettlementLineStatus::Waiting))
        .exec(tx)
        .await?;
    if updated.rows_affected != 1 {
        return Err(PaymentError::AlreadyDealtWith);
    }
    line(tx, id).await
}

async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &'static str,
    line: &settlement_line::Model,
    reason: &str,
) -> Result<(), PaymentError> {
    let change = Change {
        action,
        target_type: "settlement_line",
        target_id: line.id.as_str(),
        after: Some(json!({
            "reference": line.reference, "net_minor": line.net_minor, "clearing_minor": line.clearing_minor,
            "payment_id": line.payment_id, "refund_id": line.refund_id,
        })),
        reason: Some(reason),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit("staff");
    ctx.made(tx, line.id.as_str()).await?;
    Ok(())
}

/// Staff say that a line speaks of the payment `reference`: what comes to our bank account of it is booked, and what is
/// missing to the payment's amount is a fee. A line of a refund deducts the oldest refund of that payment that no report
/// has deducted yet; one of money that comes back brings what a dispute about the payment gave back that was won. The same
/// decision again is answered as before.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `Invalid` where no payment of the account has the reference; `LineDoesNotFit` where the
/// payment is paid out already, was never paid, or more came than it was over, and where its dispute is not won;
/// `AlreadyDealtWith`; the ledger, the database.
pub async fn match_line(
    ctx: &Ctx,
    id: &SettlementLineId,
    reference: &str,
    reason: &str,
) -> Result<settlement_line::Model, PaymentError> {
    let reason = reason_of(reason)?;
    let known = line(&ctx.db, id).await?;
    let unknown = || PaymentError::Invalid(vec![FieldFault::new("reference", "unknown")]);
    let payment = attempt::find_by_reference(&ctx.db, reference.trim()).await?;
    let payment =
        payment.filter(|payment| payment.account_id.as_ref() == Some(&known.account_id)).ok_or_else(unknown)?;
    if known.status != SettlementLineStatus::Waiting {
        let won = dispute::won_payment(&ctx.db, &payment.id).await?;
        let is_it = |id: &PaymentId| *id == payment.id || won.as_ref() == Some(id);
        let is_same = known.status == SettlementLineStatus::Booked && known.payment_id.as_ref().is_some_and(is_it);
        return if is_same { Ok(known) } else { Err(PaymentError::AlreadyDealtWith) };
    }
    let tx = ctx.begin().await?;
    one_at_a_time(&tx, &known.account_id).await?;
    let payment = attempt::lock(&tx, &payment.id).await?;
    let found = by_hand(&tx, &known, &payment).await?;
    let set = becomes(ctx, SettlementLineStatus::Booked, Some(&found));
    let set = settlement_line::ActiveModel { reason: Set(Some(reason.clone())), ..set };
    let decided = decide(&tx, id, set).await?;
    let found = [found];
    pay_out(ctx, &tx, &found).await?;
    tell_fees(ctx, &tx, &known.account_id, &found).await?;
    let source = ("settlement_line", id.as_str());
    post(ctx, &tx, &known.account_id, source, format!("settlement_line:{id}"), &Totals::of(&found)).await?;
    note(ctx, &tx, "payments.settlement.match_line", &decided, &reason).await?;
    tx.commit().await?;
    Ok(decided)
}

/// The line as one of `payment`, whose row is locked.
async fn by_hand(tx: &WriteTx, line: &settlement_line::Model, payment: &payment::Model) -> Result<Match, PaymentError> {
    let told = told_of(line);
    let mut found = Match {
        line_key: line.line_key.clone(),
        verdict: Verdict::Matched,
        clearing_minor: 0,
        expected_minor: None,
        told_fee_minor: None,
        payment_id: None,
        refund_id: None,
        unallocated_id: None,
        dispute_fee: None,
        told,
    };
    if payment.currency != IDR {
        return Err(PaymentError::LineDoesNotFit);
    }
    let id = payment.id.0.clone();
    let mut about = match found.told.kind {
        Kind::Chargeback | Kind::Returned => disputes_of(tx, vec![id.clone()]).await?.remove(&payment.id),
        _ => None,
    };
    let is_alone = |dispute: &&mut disputes::Model| {
        let minor = found.told.net_minor;
        minor == dispute.fee_minor && may_come_back(dispute, minor)
    };
    if let Some(dispute) = about.as_mut().filter(is_alone).filter(|_| found.told.kind == Kind::Returned) {
        found.verdict = found.bring_fee_back(dispute);
        return Ok(found);
    }
    let (is_won, is_in) = (payment.method == dispute::METHOD, found.told.net_minor >= 0);
    match found.told.kind {
        Kind::Returned if is_in && !is_won => {
            let Some(Returned::Won { minor, became }) = returned(tx, vec![id]).await?.remove(&payment.id) else {
                return Err(PaymentError::LineDoesNotFit);
            };
            // What comes to us again is that money, less a fee: a small part of it is something else.
            if found.told.net_minor < minor / 2 {
                return Err(PaymentError::LineDoesNotFit);
            }
            found.verdict = found.bring_back(&payment.id, minor, became);
        }
        Kind::Payment | Kind::Returned => {
            let expected = expected_of(tx, payment).await?.filter(|_| payment.paid_out_at.is_none() && is_in);
            found.clearing_minor = expected.ok_or(PaymentError::LineDoesNotFit)?;
            found.payment_id = Some(payment.id.clone());
        }
        Kind::Refund => {
            let open = refunds_of(tx, vec![id]).await?.remove(&payment.id).unwrap_or_default();
            // The refund of this very amount; another one only where there is no choice.
            let same = open.iter().position(|refund| -refund.amount_minor == found.told.gross_minor);
            let place = same.or((open.len() == 1).then_some(0)).ok_or(PaymentError::LineDoesNotFit)?;
            let refund = open.into_iter().nth(place).ok_or(PaymentError::LineDoesNotFit)?;
            (found.clearing_minor, found.refund_id) = (-refund.amount_minor, Some(refund.id));
            found.verdict = Verdict::Refund;
        }
        Kind::Chargeback => {
            let (sums, deducted) = taken_back(tx, vec![id]).await?;
            let taken = sums.get(&payment.id).filter(|_| !deducted.contains(&payment.id));
            found.clearing_minor = *taken.ok_or(PaymentError::LineDoesNotFit)?;
            (found.payment_id, found.verdict) = (Some(payment.id.clone()), Verdict::Chargeback);
        }
        Kind::Fee | Kind::DisputeFee | Kind::Sum => return Err(PaymentError::LineDoesNotFit),
    }
    if let Some(about) = &mut about {
        found.tell_fee(about);
    }
    // More came than it was over: that is somebody else's money, not a fee below nothing.
    if found.fee_minor() < 0 { Err(PaymentError::LineDoesNotFit) } else { Ok(found) }
}

/// Matches the waiting lines of a report once more and books those that fit by now. How many were booked.
///
/// # Errors
/// `NotFound`; `SettlementChanged` where somebody else decided one of them in the same moment; the ledger, the database.
pub async fn again(ctx: &Ctx, id: &SettlementId) -> Result<usize, PaymentError> {
    let settlement = row(&ctx.db, id).await?;
    let tx = ctx.begin().await?;
    one_at_a_time(&tx, &settlement.account_id).await?;
    let waiting = settlement_line::Entity::find()
        .filter(settlement_line::Column::SettlementId.eq(id))
        .filter(settlement_line::Column::Status.eq(SettlementLineStatus::Waiting))
        .order_by_asc(settlement_line::Column::Id)
        .limit(MOST_AGAIN)
        .lock_exclusive()
        .all(&tx)
        .await?;
    let told = waiting.iter().map(|line| (told_of(line), Some(line.line_key.clone()))).collect();
    let matches = match_all(&tx, &settlement.account_id, id, told).await?;
    let mut first = None;
    for (line, found) in waiting.iter().zip(&matches) {
        if found.verdict.is_booked() {
            first = first.or(Some(&line.id));
            decide(&tx, &line.id, becomes(ctx, SettlementLineStatus::Booked, Some(found))).await?;
        } else if found.verdict.as_str() != line.verdict {
            let set =
                settlement_line::ActiveModel { verdict: Set(found.verdict.as_str().to_owned()), ..Default::default() };
            decide(&tx, &line.id, set).await?;
        }
    }
    let totals = Totals::of(&matches);
    if let Some(first) = first {
        pay_out(ctx, &tx, &matches).await?;
        tell_fees(ctx, &tx, &settlement.account_id, &matches).await?;
        let source = ("settlement", id.as_str());
        post(ctx, &tx, &settlement.account_id, source, format!("settlement_again:{first}"), &totals).await?;
        let change = Change {
            action: "payments.settlement.match_again",
            target_type: "settlement",
            target_id: id.as_str(),
            after: Some(json!({"booked": totals.booked, "net_minor": totals.net_minor})),
            ..Change::default()
        };
        ctx.audit(&tx, change).await?;
    }
    tx.wake_after_commit("staff");
    tx.commit().await?;
    Ok(totals.booked)
}

/// Books what a line says came to our bank account as money that fits nothing: it goes on under *unallocated*. So does
/// money of a payment that was taken back before it was booked, which nothing else will bring into the books: what the
/// gateway takes from us in turn is the return of that money. The same decision again is answered as before.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `LineDoesNotFit` where no money came by it, or where it fits a payment of ours (match it,
/// or ask the gateway about it) or a dispute that is not decided; `AlreadyDealtWith`; the ledger, the database.
pub async fn to_unallocated(
    ctx: &Ctx,
    id: &SettlementLineId,
    reason: &str,
) -> Result<settlement_line::Model, PaymentError> {
    let reason = reason_of(reason)?;
    let known = line(&ctx.db, id).await?;
    if known.status == SettlementLineStatus::Unallocated {
        return Ok(known);
    }
    let fee = known.gross_minor - known.net_minor;
    let is_in = matches!(Kind::parse(&known.kind), Some(Kind::Payment | Kind::Returned));
    let has_money = is_in && known.gross_minor > 0 && known.net_minor > 0;
    if !has_money || fee < 0 {
        return Err(PaymentError::LineDoesNotFit);
    }
    let tx = ctx.begin().await?;
    one_at_a_time(&tx, &known.account_id).await?;
    // What a payment of ours or a known sum will bring into the books by itself is not brought in twice.
    let told = vec![(told_of(&known), Some(known.line_key.clone()))];
    let found = match_all(&tx, &known.account_id, &known.settlement_id, told).await?;
    if found.iter().any(|line| line.verdict.is_booked() || line.verdict == Verdict::NotSettled) {
        return Err(PaymentError::LineDoesNotFit);
    }
    let why = match found.iter().any(|line| line.verdict == Verdict::TakenBack) {
        true => unallocated::TAKEN_BACK,
        false => unallocated::UNMATCHED_LINE,
    };
    let set = becomes(ctx, SettlementLineStatus::Unallocated, None);
    let decided = decide(&tx, id, settlement_line::ActiveModel { reason: Set(Some(reason.clone())), ..set }).await?;
    let account = super::find::account_of(&tx, &known.account_id).await?;
    let name = if known.reference.is_empty() { &known.external_id } else { &known.reference };
    let new = NewMoney {
        key: format!("money_unallocated:{id}"),
        account_id: &known.account_id,
        gateway: &account.gateway,
        reference: name,
        external_id: &known.external_id,
        source_type: "settlement_line",
        source_id: id.as_str(),
        why,
        amount: &Money::new(known.gross_minor, IDR),
        lies: vec![(Account::Bank, known.net_minor), (Account::GatewayFees, fee)],
    };
    unallocated::take(ctx, &tx, new).await?;
    unallocated::is_paid_out(ctx, &tx, &format!("money_unallocated:{id}")).await?;
    note(ctx, &tx, "payments.settlement.unallocate_line", &decided, &reason).await?;
    tx.commit().await?;
    Ok(decided)
}

/// Puts a line away: nothing is booked for it. The same decision again is answered as before.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; `AlreadyDealtWith`; the database.
pub async fn dismiss(ctx: &Ctx, id: &SettlementLineId, reason: &str) -> Result<settlement_line::Model, PaymentError> {
    let reason = reason_of(reason)?;
    let known = line(&ctx.db, id).await?;
    if known.status == SettlementLineStatus::Dismissed {
        return Ok(known);
    }
    let tx = ctx.begin().await?;
    let set = becomes(ctx, SettlementLineStatus::Dismissed, None);
    let decided = decide(&tx, id, settlement_line::ActiveModel { reason: Set(Some(reason.clone())), ..set }).await?;
    note(ctx, &tx, "payments.settlement.dismiss_line", &decided, &reason).await?;
    tx.commit().await?;
    Ok(decided)
}
