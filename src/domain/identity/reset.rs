//! Forgotten and changed passwords. A new password ends every session and every token.
use super::{
    IdentityError,
    events::{PasswordChanged, PasswordForgotten, occasion},
    password,
    register::parse_email,
    session, step_up, throttle, tokens, verification,
};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx, token},
};
use chrono::Duration;
use entity::{
    identity::{password_reset, user},
    value::{UserId, UserStatus},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, sea_query::Expr};

/// Minutes a link works.
const LINK_MINUTES: i64 = 60;
/// Hours the link of an invitation works: people do not read mail on the day they are taken on.
const INVITATION_HOURS: i64 = 72;
/// Links per hour and user.
const LINKS_PER_HOUR: u64 = 3;

/// What the writer of a reset mail needs.
#[derive(Clone, Debug)]
pub struct ResetMail {
    /// To whom.
    pub user: user::Model,
    /// The token for the link; it is stored as a hash only.
    pub token: String,
    /// Minutes the link works.
    pub minutes: i64,
}

/// Asks for a reset mail. The answer is the same for every address.
///
/// # Errors
/// `Invalid` for something that is no address; the database.
pub async fn request_reset(ctx: &Ctx, email: &str) -> Result<(), IdentityError> {
    let email = parse_email(email)?;
    let tx = ctx.begin().await?;
    ctx.publish(&tx, &PasswordForgotten { email, occasion: occasion() }).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a one-time link for the user with `email`, in `tx`. `None`: no such user, or enough links within the hour.
///
/// # Errors
/// The database.
pub async fn make_reset_link(ctx: &Ctx, tx: &WriteTx, email: &str) -> Result<Option<ResetMail>, IdentityError> {
    let found = user::Entity::find()
        .filter(user::Column::Email.eq(email))
        .filter(user::Column::Status.eq(UserStatus::Active))
        // Two requests at once count each other's link.
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(user) = found else { return Ok(None) };
    let now = ctx.now();
    let recent = password_reset::Entity::find()
        .filter(password_reset::Column::UserId.eq(&user.id))
        .filter(password_reset::Column::CreatedAt.gt(now - Duration::hours(1)))
        .count(tx)
        .await?;
    if recent >= LINKS_PER_HOUR {
        return Ok(None);
    }
    let token = insert_link(ctx, tx, &user.id, Duration::minutes(LINK_MINUTES)).await?;
    Ok(Some(ResetMail { user, token, minutes: LINK_MINUTES }))
}

/// Makes the one-time link of an invitation, in `tx`: its token and the hours it works.
///
/// # Errors
/// The database.
pub async fn make_invitation_link(ctx: &Ctx, tx: &WriteTx, user_id: &UserId) -> Result<(String, i64), IdentityError> {
    Ok((insert_link(ctx, tx, user_id, Duration::hours(INVITATION_HOURS)).await?, INVITATION_HOURS))
}

async fn insert_link(ctx: &Ctx, tx: &WriteTx, user_id: &UserId, lifetime: Duration) -> Result<String, IdentityError> {
    let (token, now) = (token::random(), ctx.now());
    let row = password_reset::ActiveModel {
        token_hash: Set(token::sha256_hex(&token)),
        user_id: Set(user_id.clone()),
        used_at: Set(None),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
    };
    password_reset::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(token)
}

/// Sets a new password by a one-time link: ends every session and token, forgives failed tries, spends every other
/// link, and proves the address (the link came by mail). A weak password does not spend the link.
///
/// # Errors
/// `LinkInvalid`; `Invalid` for a weak password; the database.
pub async fn reset_password(ctx: &Ctx, token: &str, new_password: &str) -> Result<(), IdentityError> {
    let hash = token::sha256_hex(token);
    let now = ctx.now();
    let (_, user) = password_reset::Entity::find_by_id(hash.clone())
        .find_also_related(user::Entity)
        .one(&ctx.db)
        .await?
        .and_then(|(link, user)| user.map(|user| (link, user)))
        .filter(|(link, user)| link.used_at.is_none() && link.expires_at > now && user.status == UserStatus::Active)
        .ok_or(IdentityError::LinkInvalid)?;
    refuse_weak(new_password, &user)?;
    let password_hash = password::hash(ctx, new_password).await?;
    let tx = ctx.begin().await?;
    let spent = password_reset::Entity::update_many()
        .col_expr(password_reset::Column::UsedAt, Expr::value(now))
        .filter(password_reset::Column::TokenHash.eq(&hash))
        .filter(password_reset::Column::UsedAt.is_null())
        .exec(&tx)
        .await?;
    if spent.rows_affected != 1 {
        return Err(IdentityError::LinkInvalid);
    }
    verification::mark_verified(ctx, &tx, &user.id).await?;
    set_password(ctx, &tx, &user, password_hash, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the password of somebody signed in, who proves himself with the present one. Every session and token ends
/// but the one called `keep` (key hash of a session or token family).
///
/// # Errors
/// `InvalidCredentials` for a wrong present password, counted as a failed try; `TooManyAttempts`; `Invalid` for a weak
/// new one; the database.
pub async fn change_password(
    ctx: &Ctx,
    user_id: &UserId,
    present: &str,
    new_password: &str,
    keep: &str,
) -> Result<(), IdentityError> {
    let user = user::Entity::find_by_id(user_id.clone()).one(&ctx.db).await?.ok_or(IdentityError::NotFound)?;
    refuse_weak(new_password, &user)?;
    step_up::prove_password(ctx, &user, present).await?;
    let password_hash = password::hash(ctx, new_password).await?;
    let tx = ctx.begin().await?;
    set_password(ctx, &tx, &user, password_hash, Some(keep)).await?;
    tx.commit().await?;
    Ok(())
}

fn refuse_weak(new_password: &str, user: &user::Model) -> Result<(), IdentityError> {
    match password::weakness(new_password, &[&user.name, &user.email]) {
        Some(fault) => Err(IdentityError::Invalid(vec![fault])),
        None => Ok(()),
    }
}

async fn set_password(
    ctx: &Ctx,
    tx: &WriteTx,
    user: &user::Model,
    password_hash: String,
    keep: Option<&str>,
) -> Result<(), IdentityError> {
    let now = ctx.now();
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(password_hash))
        .col_expr(user::Column::UpdatedAt, Expr::value(now))
        .filter(user::Column::Id.eq(&user.id))
        .exec(tx)
        .await?;
    password_reset::Entity::update_many()
        .col_expr(password_reset::Column::UsedAt, Expr::value(now))
        .filter(password_reset::Column::UserId.eq(&user.id))
        .filter(password_reset::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    session::destroy_all_in(tx, &user.id, keep).await?;
    tokens::revoke_all_in(tx, now, &user.id, keep).await?;
    throttle::succeed(tx, &user.email).await?;
    ctx.publish(tx, &PasswordChanged { user_id: user.id.clone(), occasion: occasion() }).await?;
    let change = Change {
        action: "identity.user.change_password",
        target_type: "user",
        target_id: user.id.as_str(),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(())
}
