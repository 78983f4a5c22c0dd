//! Carries queued notices.
use crate::{
    domain::{
        Ctx,
        messaging::{self, Deliver, Delivery},
    },
    kernel::job::{Job, JobError},
};
use serde::{Deserialize, Serialize};

/// Does `Deliver`. Staff hear of a refusal from the context itself; the job has done its work then.
pub async fn deliver(ctx: Ctx, work: Deliver) -> Result<(), JobError> {
    match messaging::deliver(&ctx, &work.message_id).await? {
        Delivery::Later { after, why } => Err(JobError::retry_in(why, after)),
        Delivery::Sent | Delivery::Suppressed | Delivery::Failed | Delivery::Waiting => Ok(()),
    }
}

/// Queues messages that wait without a job.
#[derive(Debug, Serialize, Deserialize)]
pub struct QueueWaiting {}

impl Job for QueueWaiting {
    const NAME: &'static str = "messaging.queue_waiting";
    const QUEUE: &'static str = "mail";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `QueueWaiting`.
pub async fn queue_waiting(ctx: Ctx, _: QueueWaiting) -> Result<(), JobError> {
    messaging::queue_waiting(&ctx).await?;
    Ok(())
}
