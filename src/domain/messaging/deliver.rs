//! Carrying queued notices to the mail server, and what becomes of those that cannot be carried.
use super::{MessagingError, template};
use crate::{
    domain::Ctx,
    integrations::notifiers::{DeliveryError, Letter},
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        job::Job,
    },
};
use entity::{
    messaging::{message, suppression},
    value::{MessageId, MessageStatus},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many waiting messages are queued in one go.
const WAITING_BATCH: u64 = 500;

/// Carries one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// Which.
    pub message_id: MessageId,
}

impl Job for Deliver {
    const NAME: &'static str = "messaging.deliver";
    const QUEUE: &'static str = "mail";
    const MAX_ATTEMPTS: i32 = 12;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("deliver:{}", self.message_id))
    }
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It has gone, now or before.
    Sent,
    /// The address is on the suppression list.
    Suppressed,
    /// It will never go: refused, or tried too often. Staff are told.
    Failed,
    /// No mail server is configured: it waits until one is (`queue_waiting`).
    Waiting,
    /// To be tried again.
    Later {
        /// When the mail server wants to be asked again.
        after: Option<Duration>,
        /// Why, for staff.
        why: String,
    },
}

/// Carries a message once. A message that has gone or was given up is left alone, so that twice is fine; where the
/// connection breaks after the mail server took it, it goes twice under one Message-ID.
///
/// # Errors
/// `NotFound`; the database.
pub async fn deliver(ctx: &Ctx, id: &MessageId) -> Result<Delivery, MessagingError> {
    let message = message::Entity::find_by_id(id.clone()).one(&ctx.db).await?.ok_or(MessagingError::NotFound)?;
    match message.status {
        MessageStatus::Sent => return Ok(Delivery::Sent),
        MessageStatus::Suppressed => return Ok(Delivery::Suppressed),
        MessageStatus::Failed => return Ok(Delivery::Failed),
        MessageStatus::Queued => {}
    }
    if let Some(entry) = suppression::Entity::find_by_id(message.to_address.clone()).one(&ctx.db).await? {
        close(ctx, &message, MessageStatus::Suppressed, Some(&entry.reason), false).await?;
        return Ok(Delivery::Suppressed);
    }
    let Some(mailer) = &ctx.mailer else { return Ok(Delivery::Waiting) };
    let letter = Letter {
        id: message.id.0.clone(),
        to: message.to_address.clone(),
        to_name: message.to_name.clone(),
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
    };
    match mailer.deliver(&letter).await {
        Ok(()) => {
            close(ctx, &message, MessageStatus::Sent, None, false).await?;
            Ok(Delivery::Sent)
        }
        Err(DeliveryError::Refused(why)) => {
            close(ctx, &message, MessageStatus::Failed, Some(&why), true).await?;
            Ok(Delivery::Failed)
        }
        Err(DeliveryError::Deferred { message: why, .. }) if message.attempts + 1 >= Deliver::MAX_ATTEMPTS => {
            close(ctx, &message, MessageStatus::Failed, Some(&why), true).await?;
            Ok(Delivery::Failed)
        }
        Err(DeliveryError::Deferred { retry_after, message: why }) => {
            let tx = ctx.begin().await?;
            message::Entity::update_many()
                .col_expr(message::Column::Attempts, Expr::value(message.attempts + 1))
                .col_expr(message::Column::Error, Expr::value(&why))
                .filter(message::Column::Id.eq(id))
                .filter(message::Column::Status.eq(MessageStatus::Queued))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            Ok(Delivery::Later { after: retry_after, why })
        }
    }
}

/// Notes the end of a message. Once it has gone its one-time links are struck out: until then the queue needs them.
async fn close(
    ctx: &Ctx,
    message: &message::Model,
    status: MessageStatus,
    error: Option<&str>,
    tells_staff: bool,
) -> Result<(), DbErr> {
    let now = ctx.now();
    let tx = ctx.begin().await?;
    let mut update = message::Entity::update_many()
        .col_expr(message::Column::Status, Expr::value(status))
        .col_expr(message::Column::Attempts, Expr::value(message.attempts + 1))
        .col_expr(message::Column::Error, Expr::value(error));
    if status == MessageStatus::Sent {
        update = update
            .col_expr(message::Column::SentAt, Expr::value(now))
            .col_expr(message::Column::Text, Expr::value(template::strike_tokens(&message.text)))
            .col_expr(message::Column::Html, Expr::value(template::strike_tokens(&message.html)));
    }
    let closed = update
        .filter(message::Column::Id.eq(&message.id))
        .filter(message::Column::Status.eq(MessageStatus::Queued))
        .exec(&tx)
        .await?;
    // A refused alert must not raise the next alert for ever.
    if closed.rows_affected == 1 && tells_staff && message.template != "staff_alert" {
        let detail = format!(
            "The notice {} ({}) could not be delivered: {}. Check the customer's address, then send it again.",
            message.template,
            message.id,
            error.unwrap_or("no reason given")
        );
        let key = format!("mail_refused:{}", message.to_address);
        let alert = Alert { code: "mail_refused", subject: "Mail refused", detail: &detail, key: &key };
        alert::raise(&tx, now, &ctx.correlation, alert).await?;
    }
    if let Some(customer_id) = &message.customer_id {
        tx.wake_after_commit(format!("customer:{customer_id}"));
    }
    tx.commit().await
}

/// Queues delivery of messages that wait without a job, oldest first: after a mail server was configured, or after a
/// job was lost. Gives how many. Twice is fine.
///
/// # Errors
/// The database.
pub async fn queue_waiting(ctx: &Ctx) -> Result<u64, MessagingError> {
    if ctx.mailer.is_none() {
        return Ok(0);
    }
    let waiting: Vec<MessageId> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::Status.eq(MessageStatus::Queued))
        .order_by_asc(message::Column::Id)
        .limit(WAITING_BATCH)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let tx = ctx.begin().await?;
    let mut queued = 0;
    for message_id in waiting {
        queued += u64::from(ctx.enqueue(&tx, &Deliver { message_id }).await?);
    }
    tx.commit().await?;
    Ok(queued)
}

/// Sends a message again that was given up or suppressed.
///
/// # Errors
/// `NotFound`; `InvalidState` where it has gone or still waits; the database.
pub async fn retry(ctx: &Ctx, id: &MessageId) -> Result<(), MessagingError> {
    let tx = ctx.begin().await?;
    message::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(MessagingError::NotFound)?;
    let reopened = message::Entity::update_many()
        .col_expr(message::Column::Status, Expr::value(MessageStatus::Queued))
        .col_expr(message::Column::Attempts, Expr::value(0))
        .filter(message::Column::Id.eq(id))
        .filter(message::Column::Status.is_in([MessageStatus::Failed, MessageStatus::Suppressed]))
        .exec(&tx)
        .await?;
    if reopened.rows_affected != 1 {
        return Err(MessagingError::InvalidState);
    }
    ctx.enqueue(&tx, &Deliver { message_id: id.clone() }).await?;
    audit(ctx, &tx, "messaging.message.retry", "message", id.as_str(), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Stops writing to an address, with the reason. Twice keeps the first reason.
///
/// # Errors
/// The database.
pub async fn suppress(ctx: &Ctx, address: &str, reason: &str) -> Result<(), MessagingError> {
    let address = address.trim().to_lowercase();
    let row = suppression::ActiveModel {
        address: Set(address.clone()),
        reason: Set(reason.chars().take(160).collect()),
        created_at: Set(ctx.now()),
    };
    let tx = ctx.begin().await?;
    let first = OnConflict::column(suppression::Column::Address).do_nothing().to_owned();
    if suppression::Entity::insert(row).on_conflict(first).exec_without_returning(&tx).await? == 1 {
        audit(ctx, &tx, "messaging.address.suppress", "suppression", &address, Some(reason)).await?;
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
