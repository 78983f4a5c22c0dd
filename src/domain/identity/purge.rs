//! Forgetting what has ended.
use super::IdentityError;
use crate::domain::Ctx;
use chrono::Duration;
use entity::identity::{email_verification, login_attempt, password_reset, refresh_token, session, step_up};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// Days tries to sign in are kept.
const ATTEMPT_DAYS: i64 = 30;

/// How many rows were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Sessions.
    pub sessions: u64,
    /// Tokens and one-time links.
    pub tokens: u64,
    /// Tries to sign in.
    pub attempts: u64,
}

/// Deletes sessions, tokens, links and fresh proofs that have ended and tries older than 30 days. Twice is fine.
///
/// # Errors
/// The database.
pub async fn purge_expired(ctx: &Ctx) -> Result<Purged, IdentityError> {
    let now = ctx.now();
    let tx = ctx.begin().await?;
    let mut purged = Purged::default();
    step_up::Entity::delete_many().filter(step_up::Column::ExpiresAt.lt(now)).exec(&tx).await?;
    purged.sessions +=
        session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(now)).exec(&tx).await?.rows_affected;
    // A used refresh token is kept until it would have ended: before that, seeing it again means theft.
    purged.tokens += refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::ExpiresAt.lt(now))
        .exec(&tx)
        .await?
        .rows_affected;
    purged.tokens += email_verification::Entity::delete_many()
        .filter(email_verification::Column::ExpiresAt.lt(now))
        .exec(&tx)
        .await?
        .rows_affected;
    purged.tokens += password_reset::Entity::delete_many()
        .filter(password_reset::Column::ExpiresAt.lt(now))
        .exec(&tx)
        .await?
        .rows_affected;
    purged.attempts += login_attempt::Entity::delete_many()
        .filter(login_attempt::Column::At.lt(now - Duration::days(ATTEMPT_DAYS)))
        .exec(&tx)
        .await?
        .rows_affected;
    tx.commit().await?;
    Ok(purged)
}
