//! Idempotency keys: the same request sent twice is done once and answered twice. Answers are kept for 24 hours.
//!
//! What a request makes is bound to its key in the very transaction that makes it. Should the process die before the
//! answer is kept, the next try finds what was made and is answered from it; nothing is made a second time. A request
//! that was overtaken because it took too long cannot bind any more, so that its transaction fails as a whole.
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
    ColumnTrait, Condition, DatabaseConnection, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

/// How long an answer is kept (product time).
const KEPT: Duration = Duration::hours(24);
/// How long a request may be in flight before another may take its place (machine time): its process has died, or it
/// can no longer make anything.
const IN_FLIGHT: Duration = Duration::seconds(10);

/// How long a request that is asking an outside system may be in flight: longer than such a call may take.
const ASKING: Duration = Duration::seconds(40);

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Not seen before: do it, then `complete` or `release` the key.
    Fresh(Key),
    /// What it makes was made, but the answer was lost: answer from what was made, then `complete`.
    Made {
        /// The key.
        key: Key,
        /// Id of what was made.
        made: String,
    },
    /// Done: answer the same again.
    Replay {
        /// HTTP status of the answer.
        status: u16,
        /// Its body.
        body: String,
    },
    /// The same request is being worked on: 409.
    InFlight,
    /// The key came with another body: 422 `IDEMPOTENCY_KEY_REUSED`.
    Mismatch,
}

/// A key held by the request that works on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    id: String,
    holder: String,
}

/// What becomes of a key whose request is under way when its work is bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Everything is made with this transaction: whoever asks again may be answered from it.
    Answer,
    /// An outside system is still to be asked: whoever asks again waits for the answer.
    GoOn,
}

/// Takes `key` within `scope` (caller and route) for a request whose body hashes to `request_hash`.
pub async fn begin(
    db: &DatabaseConnection,
    live: &Live,
    now: DateTime<Utc>,
    scope: &str,
    key: &str,
    request_hash: &str,
) -> Result<Begin, DbErr> {
    let machine = machine_now();
    let key = Key { id: token::sha256_hex(format!("{scope}\n{key}")), holder: entity::value::next_ulid().to_string() };
    let fresh = row::ActiveModel {
        id: Set(key.id.clone()),
        request_hash: Set(request_hash.to_owned()),
        locked_until: Set(Some(machine + IN_FLIGHT)),
        holder: Set(key.holder.clone()),
        made: Set(None),
        status_code: Set(None),
        response: Set(None),
        created_at: Set(now),
        expires_at: Set(now + KEPT),
    };
    let tx = db::begin_write(db, live).await?;
    row::Entity::delete_many()
        .filter(row::Column::Id.eq(&key.id))
        .filter(row::Column::ExpiresAt.lte(now))
        .exec(&tx)
        .await?;
    let insert = row::Entity::insert(fresh).on_conflict(OnConflict::column(row::Column::Id).do_nothing().to_owned());
    if insert.exec_without_returning(&tx).await? == 1 {
        tx.commit().await?;
        return Ok(Begin::Fresh(key));
    }
    let found = row::Entity::find_by_id(&key.id).one(&tx).await?;
    let Some(found) = found else { return Ok(Begin::InFlight) };
    if found.request_hash != request_hash {
        return Ok(Begin::Mismatch);
    }
    if let (Some(status), Some(body)) = (found.status_code, found.response) {
        return Ok(Begin::Replay { status: u16::try_from(status).unwrap_or(500), body });
    }
    let is_free = Condition::any().add(row::Column::LockedUntil.is_null()).add(row::Column::LockedUntil.lt(machine));
    let taken_over = row::Entity::update_many()
        .col_expr(row::Column::LockedUntil, Expr::value(machine + IN_FLIGHT))
        .col_expr(row::Column::Holder, Expr::value(key.holder.as_str()))
        .filter(row::Column::Id.eq(&key.id))
        .filter(row::Column::Holder.eq(&found.holder))
        .filter(row::Column::StatusCode.is_null())
        .filter(is_free)
        .exec(&tx)
        .await?;
    if taken_over.rows_affected != 1 {
        return Ok(Begin::InFlight);
    }
    tx.commit().await?;
    Ok(match found.made {
        Some(made) => Begin::Made { key, made },
        None => Begin::Fresh(key),
    })
}

/// Binds what the request makes to its key, in the transaction that makes it. Once per request.
///
/// # Errors
/// The request was overtaken: nothing may be made any more, the transaction must not be committed.
pub async fn bind(tx: &WriteTx, key: &Key, made: &str, then: Then) -> Result<(), DbErr> {
    let locked_until = match then {
        Then::Answer => None,
        Then::GoOn => Some(machine_now() + ASKING),
    };
    let bound = row::Entity::update_many()
        .col_expr(row::Column::Made, Expr::value(Some(made.to_owned())))
        .col_expr(row::Column::LockedUntil, Expr::value(locked_until))
        .filter(row::Column::Id.eq(&key.id))
        .filter(row::Column::Holder.eq(&key.holder))
        .filter(row::Column::Made.is_null())
        .filter(row::Column::StatusCode.is_null())
        .exec(tx)
        .await?;
    match bound.rows_affected {
        1 => Ok(()),
        _ => Err(DbErr::Custom("the request was overtaken by a later one with the same key".to_owned())),
    }
}

/// Keeps the answer to what was made. Twins that answer from the same thing may both do so; the first answer stays.
pub async fn complete(tx: &WriteTx, key: &Key, status: u16, body: &str) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::StatusCode, Expr::value(i32::from(status)))
        .col_expr(row::Column::Response, Expr::value(body))
        .col_expr(row::Column::LockedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(row::Column::Id.eq(&key.id))
        .filter(row::Column::StatusCode.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets what was made, because it came to nothing: the request is done once more by whoever holds the key.
pub async fn unbind(tx: &WriteTx, key: &Key) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::Made, Expr::value(Option::<String>::None))
        .filter(row::Column::Id.eq(&key.id))
        .filter(row::Column::Holder.eq(&key.holder))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lets go of a key whose request failed, so that it may be tried again. What was made stays bound to it unless the
/// request was refused (`is_refusal`), which means that it came to nothing. False: somebody else holds it by now.
pub async fn release(tx: &WriteTx, key: &Key, is_refusal: bool) -> Result<bool, DbErr> {
    let ours = Condition::all()
        .add(row::Column::Id.eq(&key.id))
        .add(row::Column::Holder.eq(&key.holder))
        .add(row::Column::StatusCode.is_null());
    let mut delete = row::Entity::delete_many().filter(ours.clone());
    if !is_refusal {
        delete = delete.filter(row::Column::Made.is_null());
    }
    if delete.exec(tx).await?.rows_affected == 1 {
        return Ok(true);
    }
    let kept = row::Entity::update_many()
        .col_expr(row::Column::LockedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(ours);
    Ok(kept.exec(tx).await?.rows_affected == 1)
}
