//! How far wallets may go below zero.
use super::{Account, LedgerError, hand_over::refuse_merged, own::is_own, post, wallet::balance_minor};
use crate::{
    domain::{Ctx, settings},
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    customers::customer,
    platform::approval,
    value::{ApprovalId, ApprovalStatus, CustomerId},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QuerySelect, sea_query::LockType};
use serde_json::json;

/// `kind` of an approval of a credit limit.
pub(super) const APPROVAL: &str = "credit_limit";
/// Highest credit limit, minor units: what is more is a slip of the finger.
const HIGHEST_MINOR: i64 = 1_000_000_000_000;
/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 160;

/// What became of a new credit limit.
#[derive(Clone, Debug)]
pub enum Limited {
    /// It holds.
    Done(CustomerId),
    /// Somebody else has to decide.
    Waiting(approval::Model),
}

/// Sets how far the wallet of a customer may go below zero, minor units of his currency. Raised above what staff may
/// give by hand alone (`wallet.adjust_limit_minor`) it waits for somebody else. Twice is once.
///
/// # Errors
/// `InvalidAmount` below zero and beyond all measure, `ReasonRequired`; `OwnPayout` where who raises it belongs to the
/// account; `CreditInUse` where the wallet is further below zero already; `NotFound`, `CustomerMerged`; the database.
pub async fn set_credit_limit(
    ctx: &Ctx,
    customer_id: &CustomerId,
    limit_minor: i64,
    reason: &str,
) -> Result<Limited, LedgerError> {
    let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
    if reason.is_empty() {
        return Err(LedgerError::ReasonRequired);
    }
    if !(0..=HIGHEST_MINOR).contains(&limit_minor) {
        return Err(LedgerError::InvalidAmount);
    }
    let tx = ctx.begin().await?;
    let before = lock_customer(&tx, customer_id).await?.credit_limit_minor;
    refuse_merged(&tx, customer_id).await?;
    // Neither by himself nor by asking a friend: what he may take is not for him to say.
    if limit_minor > before && is_own(ctx, &tx, &[customer_id]).await? {
        return Err(LedgerError::OwnPayout);
    }
    let alone = settings::load(&tx).await?.wallet.adjust_limit_minor;
    // By the limit it comes to, not by the step: ten small steps are one large one.
    let limited = if limit_minor <= before || limit_minor <= alone {
        set(ctx, &tx, customer_id, limit_minor, &reason).await?;
        ctx.made(&tx, customer_id.as_str()).await?;
        Limited::Done(customer_id.clone())
    } else {
        let row = ask(ctx, &tx, customer_id, limit_minor, &reason).await?;
        ctx.made(&tx, row.id.as_str()).await?;
        Limited::Waiting(row)
    };
    tx.commit().await?;
    Ok(limited)
}

async fn ask(
    ctx: &Ctx,
    tx: &WriteTx,
    customer_id: &CustomerId,
    limit_minor: i64,
    reason: &str,
) -> Result<approval::Model, LedgerError> {
    let row = approval::Model {
        id: ApprovalId::generate(),
        kind: APPROVAL.to_owned(),
        customer_id: Some(customer_id.0.clone()),
        payload: json!({ "customer_id": customer_id, "amount_minor": limit_minor, "reason": reason }),
        amount_minor: limit_minor,
        requested_by: ctx.actor.id().to_owned(),
        decided_by: None,
        status: ApprovalStatus::Pending,
        created_at: ctx.now(),
        decided_at: None,
    };
    let active = approval::ActiveModel::from(row.clone()).reset_all();
    approval::Entity::insert(active).exec_without_returning(tx).await?;
    let change = Change {
        action: "ledger.credit_limit.ask",
        target_type: "approval",
        target_id: row.id.as_str(),
        customer_id: Some(customer_id),
        after: Some(json!({ "credit_limit_minor": limit_minor })),
        reason: Some(reason),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit("staff");
    Ok(row)
}

/// Sets it in `tx`. Whoever spends from the wallet waits, so that none is left below its limit.
pub(super) async fn set(
    ctx: &Ctx,
    tx: &WriteTx,
    customer_id: &CustomerId,
    limit_minor: i64,
    reason: &str,
) -> Result<(), LedgerError> {
    let before = lock_customer(tx, customer_id).await?;
    refuse_merged(tx, customer_id).await?;
    if before.credit_limit_minor == limit_minor {
        return Ok(());
    }
    post::lock(ctx, tx, &before.currency, &[Account::Wallet(customer_id.clone())]).await?;
    let used_minor = balance_minor(tx, customer_id, &before.currency).await?.saturating_neg();
    if used_minor > limit_minor {
        return Err(LedgerError::CreditInUse { used_minor });
    }
    let row = customer::ActiveModel {
        id: Set(customer_id.clone()),
        credit_limit_minor: Set(limit_minor),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    row.update(tx).await?;
    let change = Change {
        action: "ledger.credit_limit.set",
        target_type: "customer",
        target_id: customer_id.as_str(),
        customer_id: Some(customer_id),
        before: Some(json!({ "credit_limit_minor": before.credit_limit_minor })),
        after: Some(json!({ "credit_limit_minor": limit_minor })),
        reason: Some(reason),
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{customer_id}"));
    Ok(())
}

/// Locked first, before the wallet: two who set it wait for each other in this order.
async fn lock_customer(tx: &WriteTx, id: &CustomerId) -> Result<customer::Model, LedgerError> {
    let find = customer::Entity::find_by_id(id.clone()).lock(LockType::NoKeyUpdate);
    find.one(tx).await?.ok_or(LedgerError::NotFound)
}
