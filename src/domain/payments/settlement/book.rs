//! Booking a report as a whole: its lines, the payments it pays out and one posting are one transaction.
use super::{
    find::{locked_draft, row},
    import::{Totals, one_at_a_time, read_lines, table_of},
    matching::{Match, match_all},
};
use crate::{
    domain::{
        Ctx,
        ledger::{self, Account, Posting},
        payments::{PaymentError, dispute_fee},
    },
    kernel::{
        audit::Change,
        db::{WriteTx, insert_all},
    },
};
use entity::{
    payments::{payment, settlement, settlement_line, unallocated_money},
    value::{IDR, PaymentAccountId, SettlementId, SettlementLineId, SettlementLineStatus, SettlementStatus},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};
use serde_json::json;

/// Rows changed with one statement.
const AT_ONCE: usize = 1_000;
/// Longest reference that is kept with a line.
const NAME_LENGTH: usize = 200;

/// Books a report: what its lines say of payments, refunds and fees goes from clearing to bank and fees; lines that do
/// not fit wait for a person; lines that were booked before are passed over. Booking twice is booking once.
///
/// # Errors
/// `NotFound`; `SettlementOver` where it was put away; `Invalid` where its columns are not known; `SettlementChanged`
/// where a line or a payment was booked by somebody else in the same moment: look at it again; the ledger, the database.
pub async fn book(ctx: &Ctx, id: &SettlementId) -> Result<settlement::Model, PaymentError> {
    let known = row(&ctx.db, id).await?;
    if known.status == SettlementStatus::Booked {
        let tx = ctx.begin().await?;
        ctx.made(&tx, id.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    let (table, _) = table_of(&ctx.db, &known).await?;
    let tx = ctx.begin().await?;
    one_at_a_time(&tx, &known.account_id).await?;
    let draft = locked_draft(&tx, id).await?;
    let columns = serde_json::from_value(draft.columns.clone()).unwrap_or_default();
    let (told, _) = read_lines(&table, &columns);
    if told.is_empty() {
        return Err(PaymentError::SettlementUnreadable);
    }
    let told = told.into_iter().map(|told| (told, None)).collect();
    let matches = match_all(&tx, &draft.account_id, id, told).await?;
    let totals = Totals::of(&matches);
    keep(ctx, &tx, &draft, &matches).await?;
    pay_out(ctx, &tx, &matches).await?;
    tell_fees(ctx, &tx, &draft.account_id, &matches).await?;
    let source = ("settlement", id.as_str());
    post(ctx, &tx, &draft.account_id, source, format!("settlement_booked:{id}"), &totals).await?;
    let now = ctx.now();
    let booked = settlement::ActiveModel {
        status: Set(SettlementStatus::Booked),
        gross_minor: Set(totals.gross_minor),
        fee_minor: Set(totals.fee_minor),
        net_minor: Set(totals.net_minor),
        booked_by: Set(ctx.staff_id()),
        booked_at: Set(Some(now)),
        ..Default::default()
    };
    settlement::Entity::update_many().set(booked).filter(settlement::Column::Id.eq(id)).exec(&tx).await?;
    let change = Change {
        action: "payments.settlement.book",
        target_type: "settlement",
        target_id: id.as_str(),
        after: Some(json!({
            "account_id": draft.account_id, "booked": totals.booked, "waiting": totals.waiting,
            "gross_minor": totals.gross_minor, "fee_minor": totals.fee_minor, "net_minor": totals.net_minor,
        })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit("staff");
    let done = row(&tx, id).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    tracing::info!(settlement.id = %id, net_minor = totals.net_minor, lines = totals.booked, "Booked a report of payouts");
    Ok(done)
}

/// Writes the lines that are booked or wait. Each has its key: one that another report brought in this moment is a
/// reason to look again.
async fn keep(ctx: &Ctx, tx: &WriteTx, draft: &settlement::Model, matches: &[Match]) -> Result<(), PaymentError> {
    let now = ctx.now();
    let cut = |text: &str| text.chars().take(NAME_LENGTH).collect::<String>();
    let rows: Vec<settlement_line::ActiveModel> = matches
        .iter()
        .filter(|line| line.verdict.is_booked() || line.verdict.waits())
        .map(|line| {
            let is_booked = line.verdict.is_booked();
            let row = settlement_line::Model {
                id: SettlementLineId::generate(),
                settlement_id: draft.id.clone(),
                account_id: draft.account_id.clone(),
                line_key: line.line_key.clone(),
                number: i32::try_from(line.told.number).unwrap_or(i32::MAX),
                kind: line.told.kind.as_str().to_owned(),
                reference: cut(&line.told.reference),
                external_id: cut(&line.told.external_id),
                day: line.told.day,
                gross_minor: line.told.gross_minor,
                net_minor: line.told.net_minor,
                verdict: line.verdict.as_str().to_owned(),
                status: if is_booked { SettlementLineStatus::Booked } else { SettlementLineStatus::Waiting },
                clearing_minor: line.clearing_minor,
                // What a waiting line may mean is not yet what it pays out.
                payment_id: line.payment_id.clone().filter(|_| is_booked),
                refund_id: line.refund_id.clone(),
                unallocated_id: line.unallocated_id.clone(),
                reason: None,
                decided_by: None,
                decided_at: None,
                created_at: now,
            };
            row.into_active_model().reset_all()
        })
        .collect();
    let count = rows.len() as u64;
    let twin = OnConflict::new().do_nothing().to_owned();
    if insert_all(tx, rows, Some(twin)).await? != count {
        return Err(PaymentError::SettlementChanged);
    }
    Ok(())
}

/// The payments and the other money that booked lines pay out are paid out from now on, each once.
pub(super) async fn pay_out(ctx: &Ctx, tx: &WriteTx, matches: &[Match]) -> Result<(), PaymentError> {
    let now = ctx.now();
    let booked = || matches.iter().filter(|line| line.verdict.is_booked());
    let paid = booked().filter(|line| line.verdict.pays_out()).filter_map(|line| line.payment_id.clone());
    let paid: Vec<String> = paid.map(|id| id.0).collect();
    for ids in paid.chunks(AT_ONCE) {
        let set = payment::ActiveModel { paid_out_at: Set(Some(now)), ..Default::default() };
        let updated = payment::Entity::update_many()
            .set(set)
            .filter(payment::Column::Id.is_in(ids.iter().cloned()))
            .filter(payment::Column::PaidOutAt.is_null())
            .exec(tx)
            .await?;
        if updated.rows_affected != ids.len() as u64 {
            return Err(PaymentError::SettlementChanged);
        }
    }
    let money: Vec<String> = booked().filter_map(|line| line.unallocated_id.clone()).map(|id| id.0).collect();
    for ids in money.chunks(AT_ONCE) {
        let set = unallocated_money::ActiveModel { paid_out_at: Set(Some(now)), ..Default::default() };
        let updated = unallocated_money::Entity::update_many()
            .set(set)
            .filter(unallocated_money::Column::Id.is_in(ids.iter().cloned()))
            .filter(unallocated_money::Column::PaidOutAt.is_null())
            .exec(tx)
            .await?;
        if updated.rows_affected != ids.len() as u64 {
            return Err(PaymentError::SettlementChanged);
        }
    }
    Ok(())
}

/// The fees of disputes that booked lines tell are known from now on.
pub(super) async fn tell_fees(
    ctx: &Ctx,
    tx: &WriteTx,
    account_id: &PaymentAccountId,
    matches: &[Match],
) -> Result<(), PaymentError> {
    let booked = matches.iter().filter(|line| line.verdict.is_booked());
    for (id, told) in booked.filter_map(|line| line.dispute_fee.as_ref()) {
        dispute_fee::told(ctx, tx, account_id, (id, *told)).await?;
    }
    Ok(())
}

/// Bank and fees against clearing. Nothing is posted where nothing moved.
pub(super) async fn post(
    ctx: &Ctx,
    tx: &WriteTx,
    account_id: &PaymentAccountId,
    (source_type, source_id): (&'static str, &str),
    idempotency_key: String,
    totals: &Totals,
) -> Result<(), PaymentError> {
    let Totals { gross_minor, fee_minor, net_minor, .. } = *totals;
    if (gross_minor, fee_minor, net_minor) == (0, 0, 0) {
        return Ok(());
    }
    let posting = Posting {
        idempotency_key,
        kind: "payout_booked",
        source_type,
        source_id: source_id.to_owned(),
        description: "Paid out by the gateway".to_owned(),
        currency: IDR.to_owned(),
        entries: vec![
            (Account::Bank, net_minor),
            (Account::GatewayFees, fee_minor),
            (Account::GatewayClearing(account_id.clone()), -gross_minor),
        ],
        wallet: None,
    };
    ledger::post(ctx, tx, posting).await?;
    Ok(())
}
