//! Housekeeping: forgets what has expired, and seals secrets anew after the key was changed.
use crate::{
    domain::{
        Ctx, messaging,
        provisioning::{custom_domains, troubles, uptime, usage},
        takeover,
    },
    kernel::{
        audit::Change,
        db,
        job::{Job, JobError},
        sealed,
    },
};
use chrono::Duration;
use entity::{
    catalog::waitlist_entry,
    identity::{email_verification, login_attempt, password_reset, refresh_token, session, step_up},
    messaging::message,
    platform::{alert, file, idempotency_key, job, outbox_delivery, outbox_event, schedule},
    provisioning::{custom_domain, trouble, uptime_day, uptime_outage, uptime_watch, usage_sample},
    value::{JobStatus, MessageStatus, UptimeState, business_day},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long finished work and ticks are kept.
const HISTORY: Duration = Duration::days(14);
/// How long failed sign-ins are kept.
const ATTEMPTS_KEPT: Duration = Duration::days(90);
/// How long news are kept once every reaction has run.
const NEWS_KEPT: Duration = Duration::days(30);
/// How long messages that are over are kept: the customer's page of mails reaches as far back.
const MESSAGES_KEPT: Duration = Duration::days(365);
/// How long places in queues are kept of who was told that there is room: he asks again where he still waits.
const TOLD_KEPT: Duration = Duration::days(90);
/// How long alerts that were dealt with are kept.
const ALERTS_KEPT: Duration = Duration::days(365);

/// Deletes expired sessions, tokens, idempotency keys, the history of finished work, news, mail and alerts, places in queues
/// of who was told long ago, and the content of files that were taken over long ago.
#[derive(Debug, Serialize, Deserialize)]
pub struct CleanUp {}

impl Job for CleanUp {
    const NAME: &'static str = "platform.clean_up";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `CleanUp`.
pub async fn clean_up(ctx: Ctx, _: CleanUp) -> Result<(), JobError> {
    let now = ctx.now();
    // One short transaction per table: nobody waits long for the write lock.
    macro_rules! delete {
        ($entity:ident where $($condition:expr),+) => {{
            let tx = ctx.begin().await?;
            $entity::Entity::delete_many()$(.filter($condition))+.exec(&tx).await?;
            tx.commit().await?;
        }};
    }
    delete!(session where session::Column::ExpiresAt.lt(now));
    delete!(refresh_token where refresh_token::Column::ExpiresAt.lt(now));
    delete!(email_verification where email_verification::Column::ExpiresAt.lt(now - HISTORY));
    delete!(password_reset where password_reset::Column::ExpiresAt.lt(now - HISTORY));
    delete!(step_up where step_up::Column::ExpiresAt.lt(now));
    delete!(login_attempt where login_attempt::Column::At.lt(now - ATTEMPTS_KEPT));
    delete!(usage_sample where usage_sample::Column::RecordedAt.lt(now - usage::KEPT));
    delete!(trouble where trouble::Column::LastAt.lt(now - troubles::KEPT));
    delete!(uptime_day where uptime_day::Column::Day.lt(business_day(now - uptime::KEPT)));
    delete!(uptime_outage where uptime_outage::Column::EndedAt.lt(now - uptime::KEPT));
    delete!(uptime_watch where uptime_watch::Column::State.eq(UptimeState::Idle),
        uptime_watch::Column::CountedUntil.lt(now - uptime::IDLE_KEPT));
    delete!(custom_domain where custom_domain::Column::RemovedAt.lt(now - custom_domains::KEPT),
        custom_domain::Column::IsPublished.eq(false));
    delete!(idempotency_key where idempotency_key::Column::ExpiresAt.lt(now));
    delete!(job where job::Column::Status.is_in([JobStatus::Done, JobStatus::Cancelled]),
        job::Column::FinishedAt.lt(now - HISTORY), job::Column::OnceKey.is_null());
    delete!(outbox_delivery where outbox_delivery::Column::Status.eq(JobStatus::Done),
        outbox_delivery::Column::FinishedAt.lt(now - HISTORY));
    delete!(outbox_event where outbox_event::Column::DispatchedAt.lt(now - NEWS_KEPT),
        Expr::cust("NOT EXISTS (SELECT 1 FROM outbox_deliveries waiting WHERE waiting.event_id = outbox_events.id)"));
    delete!(message where message::Column::Status.ne(MessageStatus::Queued),
        message::Column::QueuedAt.lt(now - MESSAGES_KEPT));
    delete!(file where db::begins_with(&ctx.db, Expr::col(file::Column::Key), messaging::ATTACHED),
        file::Column::CreatedAt.lt(now - MESSAGES_KEPT));
    delete!(waitlist_entry where waitlist_entry::Column::NotifiedAt.lt(now - TOLD_KEPT),
        waitlist_entry::Column::SubscriptionId.is_null());
    delete!(alert where alert::Column::ResolvedAt.lt(now - ALERTS_KEPT));
    // The latest tick of each entry stays: it says from where to go on.
    delete!(schedule where schedule::Column::DueAt.lt(now - HISTORY),
        Expr::cust("due_at < (SELECT MAX(latest.due_at) FROM schedules latest WHERE latest.name = schedules.name)"));
    takeover::forget_files(&ctx).await?;
    Ok(())
}

/// Seals every secret that lies under another key than this node's active one anew.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reseal {}

impl Job for Reseal {
    const NAME: &'static str = "platform.reseal";
    /// After a change of keys every instance has a secret to be sealed.
    const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(3600);

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `Reseal`: short transactions, each with its line in the trail. While nodes disagree about the active key, they
/// seal to and fro without harm, since all of them hold both.
pub async fn reseal(ctx: Ctx, _: Reseal) -> Result<(), JobError> {
    for place in &sealed::PLACES {
        let mut after = String::new();
        loop {
            let tx = ctx.begin().await?;
            let batch = sealed::seal_anew(&tx, &ctx.secrets, place, &after).await?;
            if batch.sealed > 0 {
                let change = Change {
                    action: "platform.secrets.reseal",
                    target_type: "key",
                    target_id: ctx.secrets.active_key_id(),
                    after: Some(json!({ "table": place.table, "secrets": batch.sealed })),
                    ..Change::default()
                };
                ctx.audit(&tx, change).await?;
            }
            tx.commit().await?;
            if !batch.closed.is_empty() {
                let (table, owners) = (place.table, batch.closed.join(", "));
                tracing::error!(table, owners, "Secrets cannot be opened on this node: see `yumna doctor`");
            }
            match batch.last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok(())
}
