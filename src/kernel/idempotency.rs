//! Idempotency keys: the same request sent twice is done once and answered twice. Answers are kept for 24 hours.
use super::{
    clock::machine_now,
    db::{self, WriteTx},
    live::Live,
    token,
};
use chrono::{DateTime, Duration, Utc};
use entity::platform::idempotency_key as row;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

/// How long an answer is kept (product time).
const KEPT: Duration = Duration::hours(24);
/// How long a request may be in flight before another may take its place (machine time): its process has died.
const IN_FLIGHT: Duration = Duration::seconds(60);

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Not seen before: do it, then `complete` or `abandon` the key.
    Fresh(Key),
    /// Done: answer the same again.
    Replay {
        /// HTTP status of the answer.
        status: u16,
        /// Its body.
        body: String,
    },
    /// The work was done (`note`), but its answer was never kept: the process died in between. Answer from what was
    /// noted, then `complete` the key.
    Made {
        /// The key.
        key: Key,
        /// Id of what was made.
        id: String,
    },
    /// The same request is being worked on: 409.
    InFlight,
    /// The key came with another body: 422 `IDEMPOTENCY_KEY_REUSED`.
    Mismatch,
}

/// A key held by the request that works on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

/// Takes `key` within `scope` (caller and route) for a request whose body hashes to `request_hash`.
pub async fn begin(
    db: &DatabaseConnection,
    live: &Live,
    now: DateTime<Utc>,
    scope: &str,
    key: &str,
    request_hash: &str,
) -> Result<Begin, DbErr> {
    let id = token::sha256_hex(format!("{scope}\n{key}"));
    let machine = machine_now();
    let fresh = row::ActiveModel {
        id: Set(id.clone()),
        request_hash: Set(request_hash.to_owned()),
        locked_until: Set(Some(machine + IN_FLIGHT)),
        status_code: Set(None),
        response: Set(None),
        created_at: Set(now),
        expires_at: Set(now + KEPT),
    };
    let tx = db::begin_write(db, live).await?;
    row::Entity::delete_many()
        .filter(row::Column::Id.eq(&id))
        .filter(row::Column::ExpiresAt.lte(now))
        .exec(&tx)
        .await?;
    let insert = row::Entity::insert(fresh).on_conflict(OnConflict::column(row::Column::Id).do_nothing().to_owned());
    if insert.exec_without_returning(&tx).await? == 1 {
        tx.commit().await?;
        return Ok(Begin::Fresh(Key(id)));
    }
    let found = row::Entity::find_by_id(&id).one(&tx).await?;
    let Some(found) = found else { return Ok(Begin::InFlight) };
    if found.request_hash != request_hash {
        return Ok(Begin::Mismatch);
    }
    if let (Some(status), Some(body)) = (found.status_code, found.response.as_ref()) {
        return Ok(Begin::Replay { status: u16::try_from(status).unwrap_or(500), body: body.clone() });
    }
    if let Some(made) = found.response {
        return Ok(Begin::Made { key: Key(id), id: made });
    }
    let taken_over = row::Entity::update_many()
        .col_expr(row::Column::LockedUntil, Expr::value(machine + IN_FLIGHT))
        .filter(row::Column::Id.eq(&id))
        .filter(row::Column::StatusCode.is_null())
        .filter(row::Column::LockedUntil.lt(machine))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(if taken_over.rows_affected == 1 { Begin::Fresh(Key(id)) } else { Begin::InFlight })
}

/// Notes in the transaction that makes it what the request made; the answer itself follows with `complete`.
pub async fn note(tx: &WriteTx, key: &Key, id: &str) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::Response, Expr::value(id))
        .filter(row::Column::Id.eq(&key.0))
        .filter(row::Column::StatusCode.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Keeps the answer; best in the very transaction that makes it true.
pub async fn complete(tx: &WriteTx, key: &Key, status: u16, body: &str) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::StatusCode, Expr::value(i32::from(status)))
        .col_expr(row::Column::Response, Expr::value(body))
        .col_expr(row::Column::LockedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(row::Column::Id.eq(&key.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets a key whose request came to nothing, so that it may be tried again. Where something was noted as made, only
/// its answer failed: the key stays.
pub async fn abandon(tx: &WriteTx, key: &Key) -> Result<(), DbErr> {
    row::Entity::delete_many()
        .filter(row::Column::Id.eq(&key.0))
        .filter(row::Column::StatusCode.is_null())
        .filter(row::Column::Response.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
