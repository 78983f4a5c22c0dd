//! Carrying queued notices to the mail server, and what becomes of those that cannot be carried.
use super::{MessagingError, template};
use crate::{
    domain::Ctx,
    integrations::notifiers::{DeliveryError, Enclosure, Letter},
    kernel::{
        alert::{self, Alert},
        job::{self, Job},
        said::{Arg, args},
    },
};
use entity::{
    messaging::{message, suppression},
    platform::file,
    value::{MessageId, MessageStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many waiting messages are queued in one go.
const WAITING_BATCH: u64 = 500;
/// The pause after the first try; it doubles with each one.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause. With it the tries of one message span more than two days: a mail server that is away for a
/// weekend loses nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 3600);
/// After so many tries (about half an hour) staff hear that mail does not go.
const TRIES_BEFORE_ALERT: i32 = 6;

/// Carries one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// Which.
    pub message_id: MessageId,
}

impl Job for Deliver {
    const NAME: &'static str = "messaging.deliver";
    const QUEUE: &'static str = "mail";
    const MAX_ATTEMPTS: i32 = 24;

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
        /// When.
        after: Duration,
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
    let attachment = match &message.attachment_id {
        None => None,
        Some(id) => file::Entity::find_by_id(id.clone()).one(&ctx.db).await?,
    };
    if message.attachment_id.is_some() && attachment.is_none() {
        close(ctx, &message, MessageStatus::Failed, Some("What was attached is kept no longer"), true).await?;
        return Ok(Delivery::Failed);
    }
    let letter = Letter {
        id: message.id.0.clone(),
        to: message.to_address.clone(),
        to_name: message.to_name.clone(),
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
        attachment: attachment.map(|file| Enclosure {
            name: file.name,
            content_type: file.content_type,
            body: file.body,
        }),
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
            postpone(ctx, &message, &why).await?;
            let pause = pause_after(message.attempts + 1);
            Ok(Delivery::Later { after: retry_after.map_or(pause, |asked| asked.max(pause)), why })
        }
    }
}

/// How long to wait after the try `attempts`, counted from one.
fn pause_after(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

/// Notes a try that did not work, and tells staff once mail has not gone for a while.
async fn postpone(ctx: &Ctx, message: &message::Model, why: &str) -> Result<(), DbErr> {
    let attempts = message.attempts + 1;
    let tx = ctx.begin().await?;
    message::Entity::update_many()
        .col_expr(message::Column::Attempts, Expr::value(attempts))
        .col_expr(message::Column::Error, Expr::value(why))
        .filter(message::Column::Id.eq(&message.id))
        .filter(message::Column::Status.eq(MessageStatus::Queued))
        .exec(&tx)
        .await?;
    if attempts == TRIES_BEFORE_ALERT && message.template != "staff_alert" {
        let alert = Alert { code: "mail_delayed", args: args([("error", why.into())]), key: "mail_delayed" };
        alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    tx.commit().await
}

/// Notes the end of a message. Its one-time links are struck out however it ended: only the queue needs them.
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
        .col_expr(message::Column::Error, Expr::value(error))
        .col_expr(message::Column::Text, Expr::value(template::strike_tokens(&message.text)))
        .col_expr(message::Column::Html, Expr::value(template::strike_tokens(&message.html)));
    if status == MessageStatus::Sent {
        update = update.col_expr(message::Column::SentAt, Expr::value(now));
    }
    let closed = update
        .filter(message::Column::Id.eq(&message.id))
        .filter(message::Column::Status.eq(MessageStatus::Queued))
        .exec(&tx)
        .await?;
    // A refused alert must not raise the next alert for ever.
    if closed.rows_affected == 1 && tells_staff && message.template != "staff_alert" {
        let key = format!("mail_refused:{}", message.to_address);
        let args = args([
            ("notice", Arg::from(&message.template)),
            ("id", Arg::from(message.id.as_str())),
            ("error", error.unwrap_or("-").into()),
        ]);
        let alert = Alert { code: "mail_refused", args, key: &key };
        alert::raise(&tx, now, &ctx.correlation, alert).await?;
    }
    if let Some(customer_id) = &message.customer_id {
        tx.wake_after_commit(format!("customer:{customer_id}"));
    }
    tx.commit().await
}

/// Queues delivery of messages that wait without a job, oldest first: after a mail server was configured, or after a
/// job was lost. What somebody is carrying in this moment is left to him: a second job would carry it beside the first.
/// Gives how many. Twice is fine.
///
/// # Errors
/// The database.
pub async fn queue_waiting(ctx: &Ctx) -> Result<u64, MessagingError> {
    if ctx.mailer.is_none() {
        return Ok(0);
    }
    let tx = ctx.begin().await?;
    let carried = job::keys_at_work(&tx, Deliver::QUEUE).await?;
    let waiting: Vec<MessageId> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::Status.eq(MessageStatus::Queued))
        .order_by_asc(message::Column::Id)
        .limit(WAITING_BATCH)
        .into_tuple()
        .all(&tx)
        .await?;
    let mut queued = 0;
    for message_id in waiting {
        let work = Deliver { message_id };
        if work.dedupe_key().is_none_or(|key| !carried.contains(&key)) {
            queued += u64::from(ctx.enqueue(&tx, &work).await?);
        }
    }
    tx.commit().await?;
    Ok(queued)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_tried_for_more_than_two_days_with_growing_pauses() {
        let pauses: Vec<Duration> = (1..Deliver::MAX_ATTEMPTS).map(pause_after).collect();

        assert_eq!(pauses[0], FIRST_PAUSE);
        assert!(pauses.is_sorted() && pauses.iter().all(|pause| *pause <= LONGEST_PAUSE));
        assert!(pauses.iter().sum::<Duration>() >= Duration::from_secs(2 * 86_400), "{pauses:?}");
    }
}
