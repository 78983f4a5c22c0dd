//! Proof that an address belongs to the person.
use super::IdentityError;
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx, token},
};
use chrono::Duration;
use entity::{
    identity::{email_verification, user},
    value::{UserId, UserStatus},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};

/// Hours a link works.
const LINK_HOURS: i64 = 24;
/// Links per hour and user: nobody can have our mails flood a mailbox.
const LINKS_PER_HOUR: u64 = 5;

/// What the writer of a verification mail needs.
#[derive(Clone, Debug)]
pub struct VerificationMail {
    /// To whom.
    pub user: user::Model,
    /// The token for the link; it is stored as a hash only.
    pub token: String,
    /// Hours the link works.
    pub hours: i64,
}

/// Makes a one-time link for the user with `email`, in `tx`. `None`: no such user, proven already, or enough links
/// within the hour.
///
/// # Errors
/// The database.
pub async fn make_verification_link(
    ctx: &Ctx,
    tx: &WriteTx,
    email: &str,
) -> Result<Option<VerificationMail>, IdentityError> {
    let found = user::Entity::find()
        .filter(user::Column::Email.eq(email))
        .filter(user::Column::Status.eq(UserStatus::Active))
        // Two requests at once count each other's link.
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(user) = found.filter(|user| user.email_verified_at.is_none()) else { return Ok(None) };
    let now = ctx.now();
    let recent = email_verification::Entity::find()
        .filter(email_verification::Column::UserId.eq(&user.id))
        .filter(email_verification::Column::CreatedAt.gt(now - Duration::hours(1)))
        .count(tx)
        .await?;
    if recent >= LINKS_PER_HOUR {
        return Ok(None);
    }
    let token = token::random();
    let row = email_verification::ActiveModel {
        token_hash: Set(token::sha256_hex(&token)),
        user_id: Set(user.id.clone()),
        email: Set(user.email.clone()),
        used_at: Set(None),
        created_at: Set(now),
        expires_at: Set(now + Duration::hours(LINK_HOURS)),
    };
    email_verification::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(Some(VerificationMail { user, token, hours: LINK_HOURS }))
}

/// Proves an address by its one-time link. Opening the link again (mail scanners do) answers the same as long as the
/// address is still proven, and changes nothing. Nobody is signed in by it.
///
/// # Errors
/// `LinkInvalid` for an unknown or old link or another address than the user's; the database.
pub async fn verify_email(ctx: &Ctx, token: &str) -> Result<UserId, IdentityError> {
    let tx = ctx.begin().await?;
    let now = ctx.now();
    let (link, user) = email_verification::Entity::find_by_id(token::sha256_hex(token))
        .find_also_related(user::Entity)
        .one(&tx)
        .await?
        .and_then(|(link, user)| user.map(|user| (link, user)))
        .filter(|(link, user)| link.email == user.email)
        .ok_or(IdentityError::LinkInvalid)?;
    if link.used_at.is_some() && user.email_verified_at.is_some() {
        return Ok(user.id);
    }
    if link.used_at.is_some() || link.expires_at <= now {
        return Err(IdentityError::LinkInvalid);
    }
    email_verification::Entity::update_many()
        .col_expr(email_verification::Column::UsedAt, Expr::value(now))
        .filter(email_verification::Column::TokenHash.eq(&link.token_hash))
        .exec(&tx)
        .await?;
    mark_verified(ctx, &tx, &user.id).await?;
    tx.commit().await?;
    Ok(user.id)
}

/// Notes that the address is proven, once.
pub(super) async fn mark_verified(ctx: &Ctx, tx: &WriteTx, user_id: &UserId) -> Result<(), IdentityError> {
    let now = ctx.now();
    let marked = user::Entity::update_many()
        .col_expr(user::Column::EmailVerifiedAt, Expr::value(now))
        .col_expr(user::Column::UpdatedAt, Expr::value(now))
        .filter(user::Column::Id.eq(user_id))
        .filter(user::Column::EmailVerifiedAt.is_null())
        .exec(tx)
        .await?;
    if marked.rows_affected == 1 {
        let change = Change {
            action: "identity.user.verify_email",
            target_type: "user",
            target_id: user_id.as_str(),
            ..Change::default()
        };
        ctx.audit(tx, change).await?;
    }
    Ok(())
}

/// Passes for users whose address is proven: needed before the first order.
///
/// # Errors
/// `EmailNotVerified`; `NotFound`; the database.
pub async fn require_verified(db: &impl ConnectionTrait, user_id: &UserId) -> Result<(), IdentityError> {
    let user = user::Entity::find_by_id(user_id.clone()).one(db).await?.ok_or(IdentityError::NotFound)?;
    user.email_verified_at.map(drop).ok_or(IdentityError::EmailNotVerified)
}
