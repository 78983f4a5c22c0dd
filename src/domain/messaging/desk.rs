//! What staff do about mail: send it again, and keep the list of addresses that are not written to.
use super::{Deliver, MessagingError, template};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use chrono::Duration;
use entity::{
    messaging::{message, suppression},
    value::{MessageId, MessageStatus, contact},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

/// How many messages are sent again in one go.
const RETRY_BATCH: u64 = 500;
/// Days of failures that may be sent again in one go: older news help nobody.
const RETRY_DAYS_MAX: i64 = 30;

/// What became of sending failures again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// So many are queued again.
    pub queued: usize,
    /// So many held a one-time link that no longer works, and stay where they are.
    pub expired: usize,
}

/// Sends a message again that was given up or suppressed.
///
/// # Errors
/// `NotFound`; `InvalidState` where it has gone or still waits; `LinkGone` where it held a one-time link; the database.
pub async fn retry(ctx: &Ctx, id: &MessageId) -> Result<(), MessagingError> {
    let tx = ctx.begin().await?;
    let message = message::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(MessagingError::NotFound)?;
    if !matches!(message.status, MessageStatus::Failed | MessageStatus::Suppressed) {
        return Err(MessagingError::InvalidState);
    }
    if template::has_one_time_link(&message.text) {
        return Err(MessagingError::LinkGone);
    }
    if !reopen(ctx, &tx, id).await? {
        return Err(MessagingError::InvalidState);
    }
    tx.commit().await?;
    Ok(())
}

/// Sends again what was given up within the last `days`, newest first, at most 500 at once. Messages with a one-time
/// link stay: the people ask for a new one.
///
/// # Errors
/// `Invalid` for days outside 1 to 30; the database.
pub async fn retry_failed(ctx: &Ctx, days: i64) -> Result<Retried, MessagingError> {
    if !(1..=RETRY_DAYS_MAX).contains(&days) {
        let fault = FieldFault::new("days", "out_of_range").with("min", 1).with("max", RETRY_DAYS_MAX);
        return Err(MessagingError::Invalid(vec![fault]));
    }
    let tx = ctx.begin().await?;
    let failed: Vec<message::Model> = message::Entity::find()
        .filter(message::Column::Status.eq(MessageStatus::Failed))
        .filter(message::Column::QueuedAt.gte(ctx.now() - Duration::days(days)))
        .order_by_desc(message::Column::Id)
        .limit(RETRY_BATCH)
        .all(&tx)
        .await?;
    let mut retried = Retried::default();
    for message in failed {
        if template::has_one_time_link(&message.text) {
            retried.expired += 1;
        } else if reopen(ctx, &tx, &message.id).await? {
            retried.queued += 1;
        }
    }
    tx.commit().await?;
    Ok(retried)
}

async fn reopen(ctx: &Ctx, tx: &WriteTx, id: &MessageId) -> Result<bool, DbErr> {
    let reopened = message::Entity::update_many()
        .col_expr(message::Column::Status, Expr::value(MessageStatus::Queued))
        .col_expr(message::Column::Attempts, Expr::value(0))
        .filter(message::Column::Id.eq(id))
        .filter(message::Column::Status.is_in([MessageStatus::Failed, MessageStatus::Suppressed]))
        .exec(tx)
        .await?;
    if reopened.rows_affected != 1 {
        return Ok(false);
    }
    ctx.enqueue(tx, &Deliver { message_id: id.clone() }).await?;
    audit(ctx, tx, "messaging.message.retry", "message", id.as_str(), None).await?;
    Ok(true)
}

/// Stops writing to an address, with the reason. Twice keeps the first reason.
///
/// # Errors
/// `Invalid` for something that is no address, or without a reason; the database.
pub async fn suppress(ctx: &Ctx, address: &str, reason: &str) -> Result<(), MessagingError> {
    let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(160).collect();
    let parsed = contact::email(address).map_err(|wrong| FieldFault::of("address", wrong));
    let address = match (parsed, reason.is_empty()) {
        (Ok(address), false) => address,
        (parsed, is_empty) => {
            let missing = is_empty.then(|| FieldFault::new("reason", "required"));
            return Err(MessagingError::Invalid(parsed.err().into_iter().chain(missing).collect()));
        }
    };
    let row = suppression::ActiveModel {
        address: Set(address.clone()),
        reason: Set(reason.clone()),
        created_at: Set(ctx.now()),
    };
    let tx = ctx.begin().await?;
    let first = OnConflict::column(suppression::Column::Address).do_nothing().to_owned();
    if suppression::Entity::insert(row).on_conflict(first).exec_without_returning(&tx).await? == 1 {
        audit(ctx, &tx, "messaging.address.suppress", "suppression", &address, Some(&reason)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Writes to an address again. Twice is fine.
///
/// # Errors
/// The database.
pub async fn unsuppress(ctx: &Ctx, address: &str) -> Result<(), MessagingError> {
    let address = address.trim().to_lowercase();
    let tx = ctx.begin().await?;
    let removed = suppression::Entity::delete_by_id(address.clone()).exec(&tx).await?;
    if removed.rows_affected == 1 {
        audit(ctx, &tx, "messaging.address.unsuppress", "suppression", &address, None).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn audit(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    target_type: &str,
    target_id: &str,
    reason: Option<&str>,
) -> Result<(), DbErr> {
    ctx.audit(tx, Change { action, target_type, target_id, reason, ..Change::default() }).await
}
