//! Staff alerts: something a person must know. The same trouble is one alert while it is open; the first sight of it
//! is published as news, so that mail goes out.
use super::{
    db::WriteTx,
    outbox::{self, Event},
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

/// What staff must know.
#[derive(Clone, Copy, Debug)]
pub struct Alert<'a> {
    /// What kind: `job_dead`, `saga_stuck`, `gateway_silent`, …
    pub code: &'a str,
    /// One line.
    pub subject: &'a str,
    /// What happened and what to do.
    pub detail: &'a str,
    /// Names the trouble: while it is open, seeing it again only counts.
    pub key: &'a str,
}

/// How often the same alert may be closed by others while it is raised.
const TRIES: usize = 5;

/// Raises `alert` in `tx`, or counts it where the same trouble is open. Returns whether it is new; a new one is
/// published as `alert.raised`.
pub async fn raise(tx: &WriteTx, now: DateTime<Utc>, correlation: &str, alert: Alert<'_>) -> Result<bool, DbErr> {
    for _ in 0..TRIES {
        if let Some(is_new) = raise_once(tx, now, correlation, &alert).await? {
            tx.wake_after_commit("staff");
            return Ok(is_new);
        }
    }
    Err(DbErr::RecordNotUpdated)
}

/// `None`: it was open a moment ago and has just been closed by somebody else.
async fn raise_once(
    tx: &WriteTx,
    now: DateTime<Utc>,
    correlation: &str,
    alert: &Alert<'_>,
) -> Result<Option<bool>, DbErr> {
    let id = AlertId::generate();
    let row = alert::ActiveModel {
        id: Set(id.clone()),
        code: Set(alert.code.to_owned()),
        subject: Set(alert.subject.chars().take(200).collect()),
        detail: Set(alert.detail.to_owned()),
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
        .col_expr(alert::Column::Detail, Expr::value(alert.detail))
        .filter(alert::Column::OpenKey.eq(alert.key))
        .exec(tx)
        .await?;
    Ok((counted.rows_affected > 0).then_some(false))
}

/// Closes the open alert named `key`, if there is one. Returns whether there was.
pub async fn resolve(tx: &WriteTx, now: DateTime<Utc>, key: &str) -> Result<bool, DbErr> {
    resolve_all(tx, now, vec![key.to_owned()]).await
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
