//! Housekeeping: forgets what has expired and looks for trouble nobody would otherwise tell.
use crate::{
    domain::Ctx,
    kernel::{
        alert::{self, Alert},
        job::{Job, JobError},
    },
};
use chrono::Duration;
use entity::{
    identity::{email_verification, login_attempt, password_reset, refresh_token, session, step_up},
    platform::{idempotency_key, job, outbox_delivery, schedule},
    value::JobStatus,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};

/// How long finished work and ticks are kept.
const HISTORY: Duration = Duration::days(14);
/// How long failed sign-ins are kept.
const ATTEMPTS_KEPT: Duration = Duration::days(90);
/// How long due work may wait before staff are told.
const OVERDUE: Duration = Duration::minutes(10);

/// Deletes expired sessions, tokens, idempotency keys and the history of finished work.
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
    delete!(idempotency_key where idempotency_key::Column::ExpiresAt.lt(now));
    delete!(job where job::Column::Status.is_in([JobStatus::Done, JobStatus::Cancelled]),
        job::Column::FinishedAt.lt(now - HISTORY), job::Column::OnceKey.is_null());
    delete!(outbox_delivery where outbox_delivery::Column::Status.eq(JobStatus::Done),
        outbox_delivery::Column::FinishedAt.lt(now - HISTORY));
    // The latest tick of each entry stays: it says from where to go on.
    delete!(schedule where schedule::Column::DueAt.lt(now - HISTORY),
        Expr::cust("due_at < (SELECT MAX(latest.due_at) FROM schedules latest WHERE latest.name = schedules.name)"));
    Ok(())
}

/// Tells staff when due work is not done.
#[derive(Debug, Serialize, Deserialize)]
pub struct LookForTrouble {}

impl Job for LookForTrouble {
    const NAME: &'static str = "platform.look_for_trouble";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `LookForTrouble`.
pub async fn look_for_trouble(ctx: Ctx, _: LookForTrouble) -> Result<(), JobError> {
    let waiting = overdue(&ctx).await?;
    let key = "jobs_overdue";
    let tx = ctx.begin().await?;
    if waiting == 0 {
        alert::resolve(&tx, ctx.now(), key).await?;
    } else {
        let alert = Alert {
            code: "jobs_overdue",
            subject: "Background work is late",
            detail: &format!("{waiting} jobs have been due for more than {} minutes.", OVERDUE.num_minutes()),
            key,
        };
        alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// How many jobs have been due for long and wait: above 0 means that no worker runs or that they cannot keep up.
pub async fn overdue(ctx: &Ctx) -> Result<u64, DbErr> {
    job::Entity::find()
        .filter(Expr::cust("status IN ('queued','running')"))
        .filter(job::Column::Status.eq(JobStatus::Queued))
        .filter(job::Column::RunAt.lt(ctx.now() - OVERDUE))
        .count(&ctx.db)
        .await
}
