//! Making a user, and asking for the verification mail again.
use super::{
    IdentityError,
    events::{RegistrationRepeated, UserInvited, UserRegistered, VerificationRequested, occasion},
};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    identity::user,
    value::{UserId, UserStatus, contact},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

/// A user to be made; every text in its stored form.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Lower-case address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Hash of the password.
    pub password_hash: String,
    /// `id` or `en`.
    pub locale: String,
}

/// What became of a registration. The person is told the same in both cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A new user.
    New(UserId),
    /// The address had an account; its owner gets a mail.
    Known(UserId),
}

/// Makes a user in `tx` with its audit row and publishes `user.registered`; for a known address publishes
/// `user.registration_repeated` instead and changes nothing.
///
/// # Errors
/// The database.
pub async fn insert_user(ctx: &Ctx, tx: &WriteTx, new: NewUser) -> Result<Opened, IdentityError> {
    let email = new.email.clone();
    let Some(user_id) = insert(ctx, tx, new).await? else {
        let user_id = known(tx, &email).await?;
        ctx.publish(tx, &RegistrationRepeated { user_id: user_id.clone(), occasion: occasion() }).await?;
        return Ok(Opened::Known(user_id));
    };
    ctx.publish(tx, &UserRegistered { user_id: user_id.clone() }).await?;
    let change = Change {
        action: "identity.user.register",
        target_type: "user",
        target_id: user_id.as_str(),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(Opened::New(user_id))
}

/// Makes the user of somebody who was a customer in another system, in `tx`, with its audit row: nobody knows his
/// password, his address is not proven, and nothing is published, so that he gets no mail. `Known`: the address has a
/// user, and nothing changes.
///
/// # Errors
/// The database.
pub async fn take_over_user(ctx: &Ctx, tx: &WriteTx, new: NewUser) -> Result<Opened, IdentityError> {
    let email = new.email.clone();
    if let Some(user_id) = insert(ctx, tx, new).await? {
        let change = Change {
            action: "identity.user.take_over",
            target_type: "user",
            target_id: user_id.as_str(),
            ..Change::default()
        };
        ctx.audit(tx, change).await?;
        return Ok(Opened::New(user_id));
    }
    Ok(Opened::Known(known(tx, &email).await?))
}

/// Tells, in `tx`, that a user who was taken over is to choose a password: one mail, however often it is told.
///
/// # Errors
/// The database.
pub async fn invite_taken_over(ctx: &Ctx, tx: &WriteTx, user_id: &UserId) -> Result<(), IdentityError> {
    Ok(ctx.publish(tx, &UserInvited { user_id: user_id.clone() }).await?)
}

/// The new user's id; `None` where the address has a user.
async fn insert(ctx: &Ctx, tx: &WriteTx, new: NewUser) -> Result<Option<UserId>, IdentityError> {
    let user_id = UserId::generate();
    let now = ctx.now();
    let row = user::ActiveModel {
        id: Set(user_id.clone()),
        email: Set(new.email),
        name: Set(new.name),
        password_hash: Set(new.password_hash),
        status: Set(UserStatus::Active),
        email_verified_at: Set(None),
        locale: Set(new.locale),
        is_staff: Set(false),
        last_customer_id: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let unless_known = OnConflict::column(user::Column::Email).do_nothing().to_owned();
    let inserted = user::Entity::insert(row).on_conflict(unless_known).exec_without_returning(tx).await?;
    Ok((inserted == 1).then_some(user_id))
}

async fn known(tx: &WriteTx, email: &str) -> Result<UserId, IdentityError> {
    let known = user::Entity::find().filter(user::Column::Email.eq(email)).one(tx).await?;
    Ok(known.ok_or_else(|| IdentityError::Internal("a user vanished in between".to_owned()))?.id)
}

/// Asks for the verification mail again. The answer is the same for every address.
///
/// # Errors
/// `Invalid` for something that is no address; the database.
pub async fn request_verification(ctx: &Ctx, email: &str) -> Result<(), IdentityError> {
    let email = parse_email(email)?;
    let tx = ctx.begin().await?;
    ctx.publish(&tx, &VerificationRequested { email, occasion: occasion() }).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) fn parse_email(text: &str) -> Result<String, IdentityError> {
    let wrong = |wrong| IdentityError::Invalid(vec![crate::kernel::fault::FieldFault::of("email", wrong)]);
    contact::email(text).map_err(wrong)
}
