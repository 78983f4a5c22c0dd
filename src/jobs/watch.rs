//! The dead man's watch: every process looks once a minute whether the timetable and the queue go on, and tells staff
//! by itself where they do not, since nobody else would carry the mail. Whether this machine is there at all only
//! somebody outside can see: `jobs.ping_url` is called by the queue every five minutes, and its owner minds the silence.
use super::{
    Clockwork,
    messaging::{deliver, notices},
    queue, schedule,
};
use crate::{
    domain::{Ctx, Services, messaging::Deliver},
    kernel::{
        alert::{self, Alert},
        config::Backup,
        http,
        job::{Job, JobError},
        locale::Lang,
        said::{Arg, Args, Said, args},
        task,
    },
};
use chrono::Duration;
use entity::{
    messaging::message,
    platform::{alert as alert_row, job},
    value::{JobStatus, MessageStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Pause between two looks (machine time).
const BEAT: std::time::Duration = std::time::Duration::from_secs(60);
/// How long due work may wait before staff are told.
const OVERDUE: Duration = Duration::minutes(10);
/// How long a disk may take to tell of a file (machine time).
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// What lies further ahead than this is no time of a backup.
const A_DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
/// Less free space than this on the disk of the data folder is told.
const LEAST_FREE_BYTES: u64 = 1 << 30;
/// What the watch can find, in the order of importance.
const CODES: [&str; 4] = ["timetable_late", "jobs_overdue", "disk_low", BACKUP_OLD];
/// What only a machine or a file of its own can take back.
const OF_ONE: [&str; 2] = ["disk_low", BACKUP_OLD];
/// What was not seen again for so long is minded by nobody any more: its machine is gone, or backups touch another file.
/// Several looks of a program that starts anew fit into it.
const FORGOTTEN: Duration = Duration::hours(1);
/// The file that backups touch is old.
const BACKUP_OLD: &str = "backup_old";

/// What is wrong at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Code of the alert.
    pub code: &'static str,
    args: Args,
}

/// Names the alert: while one process finds a disk full, another must not take that back because its own is not. What
/// backups touch is named by its file: who watches it may be another machine tomorrow.
fn key_of(ctx: &Ctx, code: &str) -> String {
    match code {
        "disk_low" => format!("{code}:{}", node_name()),
        BACKUP_OLD => format!("{code}:{}", ctx.config.backup.watch_file),
        _ => code.to_owned(),
    }
}

/// What this machine calls itself.
pub fn node_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Keeps watch until the process stops. In maintenance everything stands still on purpose.
pub fn start(services: Arc<Services>) -> JoinHandle<()> {
    task::spawn("jobs.watch", async move {
        if services.config.server.maintenance {
            return;
        }
        let ctx = Ctx::system(services.clone(), "watch", "watch");
        let clockwork = Clockwork::house();
        let mut before = BTreeSet::new();
        loop {
            tokio::select! {
                () = services.stop.cancelled() => return,
                () = sleep(BEAT) => {}
            }
            match stand(&ctx, &clockwork, &before).await {
                Ok(seen) => before = seen,
                Err(error) => tracing::warn!(%error, "The watch could not look"),
            }
        }
    })
}

/// One look: tells what was there at the look before too (a program that starts or a clock that is moved needs a
/// moment to catch up), takes back what is over and what nobody minds any more, and gives what it saw.
///
/// # Errors
/// The database, or a notice that cannot be written.
pub async fn stand(
    ctx: &Ctx,
    clockwork: &Clockwork,
    before: &BTreeSet<&'static str>,
) -> Result<BTreeSet<&'static str>, JobError> {
    let found = look(ctx, clockwork).await?;
    for code in CODES {
        match found.iter().find(|trouble| trouble.code == code) {
            Some(trouble) if before.contains(code) => tell(ctx, trouble).await?,
            Some(_) => {}
            // A process that was told of no file knows nothing of backups.
            None if code == BACKUP_OLD && ctx.config.backup.watch_file.is_empty() => {}
            None => {
                let tx = ctx.begin().await?;
                alert::resolve(&tx, ctx.now(), &key_of(ctx, code)).await?;
                tx.commit().await?;
            }
        }
    }
    let tx = ctx.begin().await?;
    alert::resolve_unseen(&tx, ctx.now(), &OF_ONE, ctx.now() - FORGOTTEN).await?;
    tx.commit().await?;
    Ok(found.iter().map(|trouble| trouble.code).collect())
}

async fn look(ctx: &Ctx, clockwork: &Clockwork) -> Result<Vec<Trouble>, DbErr> {
    let mut found = Vec::new();
    let late = schedule::late(ctx, clockwork).await?;
    if !late.is_empty() {
        found.push(Trouble { code: "timetable_late", args: args([("late", late.join(", ").into())]) });
    }
    let waiting = overdue(ctx).await?;
    if waiting > 0 {
        found.push(Trouble {
            code: "jobs_overdue",
            args: args([("n", waiting.into()), ("minutes", OVERDUE.num_minutes().into())]),
        });
    }
    if let Some(free) = free_bytes(&ctx.config.data.dir).filter(|free| *free < LEAST_FREE_BYTES) {
        found.push(Trouble {
            code: "disk_low",
            args: args([
                ("free", (free >> 20).into()),
                ("folder", ctx.config.data.dir.display().to_string().into()),
                ("node", node_name().into()),
            ]),
        });
    }
    found.extend(old_backup(&ctx.config.backup).await);
    Ok(found)
}

/// Says so where the file that backups touch is missing or old (machine time: it is the disk that dates it).
async fn old_backup(backup: &Backup) -> Option<Trouble> {
    let file = Some(backup.watch_file.as_str()).filter(|file| !file.is_empty())?;
    // Backups lie on disks of others: one that hangs must not stop the watch.
    let about = timeout(PATIENCE, tokio::fs::metadata(file)).await;
    let touched = about.ok().and_then(|about| about.and_then(|about| about.modified()).ok());
    // A time a little ahead is no age: somebody's clock goes fast. One that lies far ahead says nothing.
    let hours = touched.and_then(|touched| match touched.elapsed() {
        Ok(age) => Some(age.as_secs() / 3600),
        Err(ahead) => (ahead.duration() < A_DAY).then_some(0),
    });
    let is_old = hours.is_none_or(|hours| hours >= u64::from(backup.max_age_hours));
    is_old.then(|| Trouble {
        code: BACKUP_OLD,
        args: args([
            ("file", file.into()),
            ("node", node_name().into()),
            (
                "what",
                Arg::Lines(vec![match hours {
                    Some(hours) => Said::new("found-backup-touched", [("n", hours.into())]),
                    None => Said::plain("found-backup-unreadable"),
                }]),
            ),
        ]),
    })
}

/// How many jobs have been due for long and wait: above 0 means that no worker runs or that they cannot keep up.
async fn overdue(ctx: &Ctx) -> Result<u64, DbErr> {
    job::Entity::find()
        .filter(Expr::cust("status IN ('queued','running')"))
        .filter(job::Column::Status.eq(JobStatus::Queued))
        .filter(job::Column::RunAt.lt(ctx.now() - OVERDUE))
        .count(&ctx.db)
        .await
}

/// Free space where `folder` lies; `None` where there is no such folder.
fn free_bytes(folder: &std::path::Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Raises the alert. Its mail is carried from here, through its job: the queue that would carry it may be what stands
/// still, but it or the watch of another process may be at it as well.
async fn tell(ctx: &Ctx, trouble: &Trouble) -> Result<(), JobError> {
    let words = alert::say(trouble.code, &trouble.args, Lang::En);
    tracing::error!(code = trouble.code, "{}: {}", words.subject, words.detail);
    let key = key_of(ctx, trouble.code);
    let alert = Alert { code: trouble.code, args: trouble.args.clone(), key: &key };
    let tx = ctx.begin().await?;
    alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    tx.commit().await?;
    let open = alert_row::Entity::find().filter(alert_row::Column::OpenKey.eq(&key)).one(&ctx.db).await?;
    let Some(open) = open else { return Ok(()) };
    notices::tell_staff(ctx, &open).await?;
    let letters = message::Entity::find()
        .filter(message::Column::OnceKey.starts_with(notices::staff_alert_key(&open, "")))
        .filter(message::Column::Status.eq(MessageStatus::Queued))
        .all(&ctx.db)
        .await?;
    if ctx.mailer.is_none() {
        return Ok(());
    }
    for letter in letters {
        let work = Deliver { message_id: letter.id };
        let key = work.dedupe_key().unwrap_or_default();
        let Some(job) = queue::claim_one(ctx, Deliver::QUEUE, &key, Deliver::TIMEOUT).await? else { continue };
        let carried = timeout(Deliver::TIMEOUT, deliver::deliver(ctx.clone(), work)).await;
        let result = carried.unwrap_or_else(|_| Err(JobError::retry("the mail server took too long")));
        // What cannot go now goes at the next look, or by the queue.
        queue::finish(ctx, &job, &result).await?;
    }
    Ok(())
}

/// Says outside that the queue of this installation still works.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ping {}

impl Job for Ping {
    const NAME: &'static str = "platform.ping";
    /// The next one comes soon.
    const MAX_ATTEMPTS: i32 = 1;

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `Ping`. An address that does not answer is no trouble of ours: its owner will miss the call.
pub(super) async fn ping(ctx: Ctx, _: Ping) -> Result<(), JobError> {
    if ctx.config.jobs.ping_url.is_empty() {
        return Ok(());
    }
    if let Err(error) = http::client().get(&ctx.config.jobs.ping_url).send().await {
        // Without its address, which can hold a token.
        tracing::warn!(error = %error.without_url(), "jobs.ping_url could not be called");
    }
    Ok(())
}
