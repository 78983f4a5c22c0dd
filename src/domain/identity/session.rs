//! Sessions of browsers. The key lies in the cookie; stored is its SHA-256.
use crate::{
    domain::Services,
    kernel::{
        db::{self, WriteTx},
        token,
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    identity::{session, step_up},
    value::{SessionId, UserId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde_json::Value;

/// Days an unused session of a person who is signed in lives.
pub const SIGNED_IN_DAYS: i64 = 14;

/// A session to be made.
#[derive(Clone, Debug, Default)]
pub struct NewSession {
    /// Who is signed in, if anybody.
    pub user_id: Option<UserId>,
    /// The session's values.
    pub state: Value,
    /// Address it is made from.
    pub address: Option<String>,
    /// Browser it is made with.
    pub user_agent: Option<String>,
}

/// Makes a session that lives for `lifetime` and gives its key. A sign-in always makes a new one (session fixation).
///
/// # Errors
/// The database.
pub async fn create(services: &Services, new: NewSession, lifetime: Duration) -> Result<String, DbErr> {
    let key = token::random();
    let now = services.clock.now();
    let row = session::ActiveModel {
        id: Set(SessionId::generate()),
        key_hash: Set(token::sha256_hex(&key)),
        user_id: Set(new.user_id),
        state: Set(new.state),
        address: Set(new.address.map(|text| text.chars().take(64).collect())),
        user_agent: Set(new.user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(255).collect())),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
    };
    let tx = db::begin_write(&services.db, &services.live).await?;
    session::Entity::insert(row).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(key)
}

/// The session with `key`, unless it has ended.
///
/// # Errors
/// The database.
pub async fn find(services: &Services, key: &str) -> Result<Option<session::Model>, DbErr> {
    session::Entity::find()
        .filter(session::Column::KeyHash.eq(token::sha256_hex(key)))
        .filter(session::Column::ExpiresAt.gt(services.clock.now()))
        .one(&services.db)
        .await
}

/// Replaces the values and the person of a session and lets it live for `lifetime` from now on. False where it has
/// ended.
///
/// # Errors
/// The database.
pub async fn update(
    services: &Services,
    key: &str,
    user_id: Option<UserId>,
    state: Value,
    lifetime: Duration,
) -> Result<bool, DbErr> {
    let now = services.clock.now();
    let tx = db::begin_write(&services.db, &services.live).await?;
    let changed = session::Entity::update_many()
        .set(session::ActiveModel {
            user_id: Set(user_id),
            state: Set(state),
            expires_at: Set(now + lifetime),
            ..Default::default()
        })
        .filter(session::Column::KeyHash.eq(token::sha256_hex(key)))
        .filter(session::Column::ExpiresAt.gt(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(changed.rows_affected == 1)
}

/// Lets a session live for `lifetime` from now on. False where it has ended.
///
/// # Errors
/// The database.
pub async fn renew(services: &Services, key: &str, lifetime: Duration) -> Result<bool, DbErr> {
    let now = services.clock.now();
    let tx = db::begin_write(&services.db, &services.live).await?;
    let changed = session::Entity::update_many()
        .col_expr(session::Column::ExpiresAt, Expr::value(now + lifetime))
        .filter(session::Column::KeyHash.eq(token::sha256_hex(key)))
        .filter(session::Column::ExpiresAt.gt(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(changed.rows_affected == 1)
}

/// Ends the session with `key`; one that has ended already is fine.
///
/// # Errors
/// The database.
pub async fn destroy(services: &Services, key: &str) -> Result<(), DbErr> {
    let hash = token::sha256_hex(key);
    let tx = db::begin_write(&services.db, &services.live).await?;
    step_up::Entity::delete_by_id(hash.clone()).exec(&tx).await?;
    session::Entity::delete_many().filter(session::Column::KeyHash.eq(hash)).exec(&tx).await?;
    tx.commit().await
}

/// Signs a user out everywhere: every session, token and fresh proof ends.
///
/// # Errors
/// The database.
pub async fn destroy_all(services: &Services, user_id: &UserId) -> Result<(), DbErr> {
    let tx = db::begin_write(&services.db, &services.live).await?;
    destroy_all_in(&tx, user_id, None).await?;
    super::tokens::revoke_all_in(&tx, services.clock.now(), user_id, None).await?;
    tx.commit().await
}

/// Ends every session of a user but the one whose key hash is `keep`.
pub(super) async fn destroy_all_in(tx: &WriteTx, user_id: &UserId, keep: Option<&str>) -> Result<(), DbErr> {
    let keep = keep.unwrap_or_default();
    step_up::Entity::delete_many()
        .filter(step_up::Column::UserId.eq(user_id))
        .filter(step_up::Column::Holder.ne(keep))
        .exec(tx)
        .await?;
    session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user_id))
        .filter(session::Column::KeyHash.ne(keep))
        .exec(tx)
        .await?;
    Ok(())
}

/// A user's sessions that have not ended, newest first, for the profile page.
///
/// # Errors
/// The database.
pub async fn list_of(
    db: &impl sea_orm::ConnectionTrait,
    now: DateTime<Utc>,
    user_id: &UserId,
) -> Result<Vec<session::Model>, DbErr> {
    session::Entity::find()
        .filter(session::Column::UserId.eq(user_id))
        .filter(session::Column::ExpiresAt.gt(now))
        .order_by_desc(session::Column::Id)
        .all(db)
        .await
}
