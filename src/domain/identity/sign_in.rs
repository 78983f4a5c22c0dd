//! Signing in with address, password and, where it is on, a code of the second factor.
use super::{IdentityError, password, throttle, totp};
use crate::{domain::Ctx, kernel::audit::Change};
use entity::{
    identity::user,
    value::{UserStatus, contact},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// What a person types to sign in.
#[derive(Clone)]
pub struct Credentials<'a> {
    /// Address.
    pub email: &'a str,
    /// Password.
    pub password: &'a str,
    /// Code of the second factor, or a recovery code.
    pub otp: Option<&'a str>,
}

/// Checks `credentials` and gives the user. The caller makes a session (`session::create`) or tokens (`tokens::issue`).
/// Every failure takes as long and answers the same, whether the address has an account or not.
///
/// # Errors
/// `InvalidCredentials`; `OtpRequired` after a right password; `TooManyAttempts`; the database.
pub async fn sign_in(ctx: &Ctx, credentials: Credentials<'_>) -> Result<user::Model, IdentityError> {
    // Something that is no address cannot have an account, but is throttled and answered like one that has none.
    let typed: String = credentials.email.trim().to_lowercase().chars().take(contact::EMAIL_MAX_LENGTH).collect();
    let email: String = typed.chars().filter(|c| !c.is_control()).collect();
    throttle::check(ctx, &ctx.db, &email).await?;
    let slot = password::slot(ctx).await?;
    let attempt = throttle::begin(ctx, &email).await?;
    let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(&ctx.db).await?;
    let phc = found.as_ref().map(|user| user.password_hash.clone());
    let is_right = password::verify_in_slot(credentials.password, phc).await?;
    drop(slot);
    let user =
        found.filter(|user| is_right && user.status == UserStatus::Active).ok_or(IdentityError::InvalidCredentials)?;
    if totp::is_active(&ctx.db, &user.id).await? {
        let Some(otp) = credentials.otp.map(str::trim).filter(|otp| !otp.is_empty()) else {
            throttle::withdraw(ctx, &attempt).await?;
            return Err(IdentityError::OtpRequired);
        };
        if !totp::accept(ctx, &user.id, otp).await? {
            return Err(IdentityError::InvalidCredentials);
        }
    }
    let tx = ctx.begin().await?;
    throttle::succeed(&tx, &email).await?;
    let change = Change {
        action: "identity.user.sign_in",
        target_type: "user",
        target_id: user.id.as_str(),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(user)
}
