//! Fresh proof of identity before something dangerous: the password or a code, good for a quarter of an hour.
use super::{IdentityError, password, throttle, totp};
use crate::domain::Ctx;
use chrono::{DateTime, Duration, Utc};
use entity::{
    identity::{step_up, user},
    value::UserId,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

/// Minutes a proof counts as fresh.
const FRESH_MINUTES: i64 = 15;

/// How somebody proves himself.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// The password.
    Password(&'a str),
    /// A code of the second factor, or a recovery code.
    Otp(&'a str),
}

/// Checks a proof and notes it for `holder` (`SignedIn::holder`: key hash of the session or token family).
///
/// # Errors
/// `InvalidCredentials`, counted as a failed try; `TooManyAttempts`; the database.
pub async fn prove(ctx: &Ctx, user_id: &UserId, holder: &str, proof: Proof<'_>) -> Result<(), IdentityError> {
    let user = user::Entity::find_by_id(user_id.clone()).one(&ctx.db).await?.ok_or(IdentityError::NotFound)?;
    match proof {
        Proof::Password(password) => prove_password(ctx, &user, password).await?,
        Proof::Otp(code) => prove_code(ctx, &user, code).await?,
    }
    let row = step_up::ActiveModel {
        holder: Set(holder.to_owned()),
        user_id: Set(user.id.clone()),
        expires_at: Set(ctx.now() + Duration::minutes(FRESH_MINUTES)),
    };
    let again = OnConflict::column(step_up::Column::Holder)
        .update_columns([step_up::Column::UserId, step_up::Column::ExpiresAt])
        .to_owned();
    let tx = ctx.begin().await?;
    throttle::succeed(&tx, &user.email).await?;
    step_up::Entity::insert(row).on_conflict(again).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn prove_password(ctx: &Ctx, user: &user::Model, typed: &str) -> Result<(), IdentityError> {
    throttle::check(ctx, &ctx.db, &user.email).await?;
    let _slot = password::slot(ctx).await?;
    throttle::begin(ctx, &user.email).await?;
    if password::verify_in_slot(typed, Some(user.password_hash.clone())).await? {
        Ok(())
    } else {
        Err(IdentityError::InvalidCredentials)
    }
}

async fn prove_code(ctx: &Ctx, user: &user::Model, code: &str) -> Result<(), IdentityError> {
    throttle::begin(ctx, &user.email).await?;
    if totp::is_active(&ctx.db, &user.id).await? && totp::accept(ctx, &user.id, code.trim()).await? {
        Ok(())
    } else {
        Err(IdentityError::InvalidCredentials)
    }
}

/// Passes where `holder` has given fresh proof.
///
/// # Errors
/// `StepUpRequired`; the database.
pub async fn require(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    user_id: &UserId,
    holder: &str,
) -> Result<(), IdentityError> {
    let fresh = step_up::Entity::find_by_id(holder)
        .filter(step_up::Column::UserId.eq(user_id))
        .filter(step_up::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    fresh.map(drop).ok_or(IdentityError::StepUpRequired)
}
