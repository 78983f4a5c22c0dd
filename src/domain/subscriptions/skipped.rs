//! What did not happen to a contract by itself, and why: a step that was due and not taken leaves one row for its cycle and
//! reason, with when it was first and last looked at. What a pause held back is read off the pause.
use super::{SubscriptionError, automation};
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding},
    },
    kernel::db::WriteTx,
};
use chrono::{DateTime, Utc};
use entity::{
    customers::customer,
    subscriptions::{cycle, dunning_step, skipped_step, subscription},
    value::{InvoiceStatus, PauseHolds, SubscriptionId, next_ulid},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};

/// Rows told of a contract, newest first.
const TOLD: u64 = 50;

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The circuit breaker holds it back.
    Breaker,
    /// No notice of the debt has reached the customer yet.
    NotTold,
    /// A binding warning has not gone out so far ahead.
    NotWarned,
    /// The wallet does not hold enough.
    WalletShort,
    /// The customer does not want his wallet to pay by itself.
    WalletOff,
    /// The plan has no slot free.
    QuotaFull,
    /// The invoice could not be reckoned.
    NotPriced,
}

impl Reason {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaker => "breaker",
            Self::NotTold => "not_told",
            Self::NotWarned => "not_warned",
            Self::WalletShort => "wallet_short",
            Self::WalletOff => "wallet_off",
            Self::QuotaFull => "quota_full",
            Self::NotPriced => "not_priced",
        }
    }
}

/// Something that did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// What: a step of the billing day, `activate`; for a pause `everything` or `mails`.
    pub step: String,
    /// Why: the word of a [`Reason`]; `paused`; `overtaken` for a reminder or warning whose successor was due meanwhile.
    pub reason: String,
    /// Since when.
    pub first_at: DateTime<Utc>,
    /// Until when, as far as is known by now.
    pub last_at: DateTime<Utc>,
    /// What people said of it, for staff.
    pub note: Option<String>,
}

/// Notes in `tx` that a step of a contract was due and not taken. The same again moves the time it was last seen.
///
/// # Errors
/// The database.
pub(super) async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &SubscriptionId,
    cycle_number: i32,
    (step, reason): (&str, Reason),
) -> Result<(), DbErr> {
    use skipped_step::Column;
    let row = skipped_step::ActiveModel {
        id: Set(format!("skp_{}", next_ulid())),
        subscription_id: Set(id.clone()),
        cycle_number: Set(cycle_number),
        step: Set(step.to_owned()),
        reason: Set(reason.as_str().to_owned()),
        first_at: Set(ctx.now()),
        last_at: Set(ctx.now()),
    };
    let once = [Column::SubscriptionId, Column::CycleNumber, Column::Step, Column::Reason];
    skipped_step::Entity::insert(row)
        .on_conflict(OnConflict::columns(once).update_column(Column::LastAt).to_owned())
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Why the wallet did not pay the invoice of a cycle, where it is open; nothing where it is not.
///
/// # Errors
/// `NotFound`; the database.
pub(super) async fn not_debited(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &SubscriptionId,
    cycle_number: i32,
) -> Result<Option<Reason>, SubscriptionError> {
    let asked = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(id))
        .filter(cycle::Column::Number.eq(cycle_number))
        .one(tx)
        .await?;
    let Some(invoice_id) = asked.and_then(|asked| asked.invoice_id) else { return Ok(None) };
    let bill = invoice::get(tx, &invoice_id).await?;
    if bill.status != InvoiceStatus::Issued || withholding::asked_minor(tx, ctx.now(), &bill).await? <= 0 {
        return Ok(None);
    }
    let is_wanted =
        customer::Entity::find_by_id(bill.customer_id.clone()).one(tx).await?.is_some_and(|row| row.auto_debit);
    Ok(Some(if is_wanted { Reason::WalletShort } else { Reason::WalletOff }))
}

/// What did not happen to a contract, the newest first: a constant number of statements.
///
/// # Errors
/// The database.
pub async fn of(ctx: &Ctx, contract: &subscription::Model) -> Result<Vec<Skipped>, DbErr> {
    let rows = skipped_step::Entity::find()
        .filter(skipped_step::Column::SubscriptionId.eq(&contract.id))
        .order_by_desc(skipped_step::Column::LastAt)
        .limit(TOLD)
        .all(&ctx.db)
        .await?;
    let overtaken = dunning_step::Entity::find()
        .filter(dunning_step::Column::SubscriptionId.eq(&contract.id))
        .filter(dunning_step::Column::IsSkipped.eq(true))
        .order_by_desc(dunning_step::Column::DoneAt)
        .limit(TOLD)
        .all(&ctx.db)
        .await?;
    let pauses = automation::pauses_of(&ctx.db, &contract.id, contract.created_at, TOLD).await?;
    let until = |end: DateTime<Utc>| Ord::min(end, contract.terminated_at.unwrap_or_else(|| ctx.now()));
    let noted = rows.into_iter().map(|row| Skipped {
        step: row.step,
        reason: row.reason,
        first_at: row.first_at,
        last_at: row.last_at,
        note: None,
    });
    let overtaken = overtaken.into_iter().map(|row| Skipped {
        step: row.step.split('_').next().unwrap_or_default().to_owned(),
        reason: "overtaken".to_owned(),
        first_at: row.done_at,
        last_at: row.done_at,
        note: None,
    });
    let paused = pauses.into_iter().map(|row| Skipped {
        step: match row.holds {
            PauseHolds::Everything => "everything".to_owned(),
            PauseHolds::Mails => "mails".to_owned(),
        },
        reason: "paused".to_owned(),
        first_at: Ord::max(row.placed_at, contract.created_at),
        last_at: until(row.lifted_at.unwrap_or(row.ends_at)),
        note: Some(row.reason),
    });
    let mut all: Vec<Skipped> = noted.chain(overtaken).chain(paused).collect();
    all.retain(|one| one.first_at <= one.last_at);
    all.sort_by_key(|one| std::cmp::Reverse(one.last_at));
    all.truncate(usize::try_from(TOLD).unwrap_or_default());
    Ok(all)
}
