//! Staff alerts: something a person must know. The same trouble is one alert while it is open; the first sight of it
//! is published as news, so that mail goes out. An alert is a code and what its sentences name; the sentences are those
//! of its reader's language: `alert-<code>` in one line, `alert-<code>-text` what happened, and, where something is to be
//! done, `alert-<code>-do`.
use super::{
    db::WriteTx,
    locale::{self, Lang},
    outbox::{self, Event},
    said::{self, Args},
};
use chrono::{DateTime, Utc};
use entity::{platform::alert, value::AlertId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};

/// A new alert is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRaised {
    /// Which.
    pub alert_id: AlertId,
}

impl Event for AlertRaised {
    const NAME: &'static str = "alert.raised";

    fn aggregate_id(&self) -> String {
        self.alert_id.0.clone()
    }
}

/// Every code there is. What to do about each stands in docs/OPERATIONS.md.
pub const CODES: [&str; 42] = [
    "backup_old",
    "billing_breaker",
    "books_wrong",
    "cluster_busy",
    "cluster_check",
    "cluster_refuses_us",
    "cluster_unseen",
    "cluster_watch",
    "disk_low",
    "gateway_differences",
    "gateway_refuses_key",
    "gateway_silent",
    "instance_down",
    "instance_drift",
    "job_dead",
    "jobs_overdue",
    "machine_elsewhere",
    "mail_delayed",
    "mail_refused",
    "method_not_enabled",
    "money_unallocated",
    "no_room",
    "node_down",
    "node_drain",
    "orphans",
    "orphans_unseen",
    "payment_mismatch",
    "payment_reversed",
    "payment_to_wallet",
    "plan_change_size",
    "proof_of_undelivered",
    "provisioning_review",
    "provisioning_silent",
    "reaction_dead",
    "renewal_failed",
    "revenue_not_earned",
    "timetable_late",
    "transfers_to_check",
    "undelivered_partly_paid",
    "volume_missing",
    "webhook_changed",
    "webhook_odd",
];

/// What staff must know.
#[derive(Clone, Debug)]
pub struct Alert<'a> {
    /// What kind: one of [`CODES`].
    pub code: &'a str,
    /// What its sentences name.
    pub args: Args,
    /// Names the trouble: while it is open, seeing it again only counts.
    pub key: &'a str,
}

/// An alert in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// What happened and what to do.
    pub detail: String,
}

/// `row` in `lang`. What was written before there were sentences, or under a code this program does not know, is shown
/// as it was written.
pub fn words(row: &alert::Model, lang: Lang) -> Words {
    let args = row.args.clone().and_then(|args| serde_json::from_value::<Args>(args).ok());
    match args {
        Some(args) if CODES.contains(&row.code.as_str()) => say(&row.code, &args, lang),
        _ => Words { subject: row.subject.clone(), detail: row.detail.clone() },
    }
}

/// The sentences of `code` in `lang`, with what they name.
pub fn say(code: &str, args: &Args, lang: Lang) -> Words {
    let key = format!("alert-{}", code.replace('_', "-"));
    let mut detail = said::say(lang, &format!("{key}-text"), args);
    let to_do = format!("{key}-do");
    if locale::exists(lang, &to_do) {
        detail.push(if detail.contains('\n') { '\n' } else { ' ' });
        detail.push_str(&said::say(lang, &to_do, args));
    }
    Words { subject: said::say(lang, &key, args), detail }
}

/// How often the same alert may be closed by others while it is raised.
const TRIES: usize = 5;
/// Characters of a subject that are kept.
const SUBJECT_LENGTH: usize = 200;

/// Raises `alert` in `tx`, or counts it where the same trouble is open. Returns whether it is new; a new one is
/// published as `alert.raised`.
pub async fn raise(tx: &WriteTx, now: DateTime<Utc>, correlation: &str, alert: Alert<'_>) -> Result<bool, DbErr> {
    debug_assert!(is_complete(&alert), "a sentence of this alert is missing, or something it names: {alert:?}");
    for _ in 0..TRIES {
        if let Some(is_new) = raise_once(tx, now, correlation, &alert).await? {
            tx.wake_after_commit("staff");
            return Ok(is_new);
        }
    }
    Err(DbErr::RecordNotUpdated)
}

/// Whether `alert` can be told in every language.
fn is_complete(alert: &Alert<'_>) -> bool {
    let is_told = |lang: &Lang| {
        let Words { subject, detail } = say(alert.code, &alert.args, *lang);
        !subject.contains('⟦') && !detail.contains('⟦')
    };
    CODES.contains(&alert.code) && Lang::ALL.iter().all(is_told)
}

/// `None`: it was open a moment ago and has just been closed by somebody else.
async fn raise_once(
    tx: &WriteTx,
    now: DateTime<Utc>,
    correlation: &str,
    alert: &Alert<'_>,
) -> Result<Option<bool>, DbErr> {
    let id = AlertId::generate();
    let Words { subject, detail } = say(alert.code, &alert.args, Lang::En);
    let subject: String = subject.chars().take(SUBJECT_LENGTH).collect();
    let args = serde_json::json!(alert.args);
    let row = alert::ActiveModel {
        id: Set(id.clone()),
        code: Set(alert.code.to_owned()),
        subject: Set(subject.clone()),
        detail: Set(detail.clone()),
        args: Set(Some(args.clone())),
        open_key: Set(Some(alert.key.to_owned())),
        occurrences: Set(1),
        first_at: Set(now),
        last_at: Set(now),
        resolved_at: Set(None),
    };
    let insert =
        alert::Entity::insert(row).on_conflict(OnConflict::column(alert::Column::OpenKey).do_nothing().to_owned());
    let is_new = insert.exec_without_returning(tx).await? == 1;
    if is_new {
        outbox::publish(tx, now, correlation, &AlertRaised { alert_id: id }).await?;
        return Ok(Some(true));
    }
    let counted = alert::Entity::update_many()
        .col_expr(alert::Column::Occurrences, Expr::col(alert::Column::Occurrences).add(1))
        .col_expr(alert::Column::LastAt, Expr::value(now))
        .col_expr(alert::Column::Subject, Expr::value(subject))
        .col_expr(alert::Column::Detail, Expr::value(detail))
        .col_expr(alert::Column::Args, Expr::value(args))
        .filter(alert::Column::OpenKey.eq(alert.key))
        .exec(tx)
        .await?;
    Ok((counted.rows_affected > 0).then_some(false))
}

/// Closes the open alert named `key`, if there is one. Returns whether there was.
pub async fn resolve(tx: &WriteTx, now: DateTime<Utc>, key: &str) -> Result<bool, DbErr> {
    resolve_all(tx, now, vec![key.to_owned()]).await
}

/// Closes the open alerts of these kinds that nobody has seen again since `since`: whoever would is gone. Returns how many
/// there were.
///
/// # Errors
/// The database.
pub async fn resolve_unseen(
    tx: &WriteTx,
    now: DateTime<Utc>,
    codes: &[&str],
    since: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let closed = alert::Entity::update_many()
        .col_expr(alert::Column::OpenKey, Expr::value(Option::<String>::None))
        .col_expr(alert::Column::ResolvedAt, Expr::value(now))
        .filter(alert::Column::OpenKey.is_not_null())
        .filter(alert::Column::Code.is_in(codes.iter().copied()))
        .filter(alert::Column::LastAt.lt(since))
        .exec(tx)
        .await?;
    if closed.rows_affected > 0 {
        tx.wake_after_commit("staff");
    }
    Ok(closed.rows_affected)
}

/// As [`resolve`], for several keys with one statement.
///
/// # Errors
/// The database.
pub async fn resolve_all(tx: &WriteTx, now: DateTime<Utc>, keys: Vec<String>) -> Result<bool, DbErr> {
    let closed = alert::Entity::update_many()
        .col_expr(alert::Column::OpenKey, Expr::value(Option::<String>::None))
        .col_expr(alert::Column::ResolvedAt, Expr::value(now))
        .filter(alert::Column::OpenKey.is_in(keys))
        .exec(tx)
        .await?;
    if closed.rows_affected > 0 {
        tx.wake_after_commit("staff");
    }
    Ok(closed.rows_affected > 0)
}
