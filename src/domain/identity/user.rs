//! Users as such.
use super::{IdentityError, NewUser, Opened, password, register, roles, verification};
use crate::{
    domain::Ctx,
    kernel::{db::WriteTx, fault::FieldFault, token},
};
use entity::{
    identity::user,
    value::{UserId, contact},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

/// A new admin.
#[derive(Clone)]
pub struct CreatedAdmin {
    /// Who.
    pub user_id: UserId,
    /// The password that was generated; `None` where one was given.
    pub generated_password: Option<String>,
}

/// Makes a member of staff with the role `admin`, whose address counts as proven. Without a password one is generated.
///
/// # Errors
/// `Invalid` by field; `EmailTaken`; the database.
pub async fn create_admin(
    ctx: &Ctx,
    email: &str,
    name: &str,
    password: Option<&str>,
) -> Result<CreatedAdmin, IdentityError> {
    let mut faults = Vec::new();
    let email = contact::email(email).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of("email", wrong));
        String::new()
    });
    let name = contact::name(name, 120).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of("name", wrong));
        String::new()
    });
    faults.extend(password.and_then(|password| password::weakness(password, &[&email, &name])));
    if !faults.is_empty() {
        return Err(IdentityError::Invalid(faults));
    }
    let generated_password = password.is_none().then(|| token::random().chars().take(20).collect::<String>());
    let chosen = password.or(generated_password.as_deref()).unwrap_or_default();
    let password_hash = password::hash(ctx, chosen).await?;
    roles::seed(ctx).await?;
    let tx = ctx.begin().await?;
    let new = NewUser { email, name, password_hash, locale: "id".to_owned() };
    let Opened::New(user_id) = register::insert_user(ctx, &tx, new).await? else {
        return Err(IdentityError::EmailTaken);
    };
    verification::mark_verified(ctx, &tx, &user_id).await?;
    roles::assign_in(ctx, &tx, &user_id, "admin").await?;
    tx.commit().await?;
    Ok(CreatedAdmin { user_id, generated_password })
}

/// Sets the language pages and mails use for a user, in `tx`.
///
/// # Errors
/// `Invalid` for a language we do not speak; the database.
pub async fn set_locale(ctx: &Ctx, tx: &WriteTx, user_id: &UserId, locale: &str) -> Result<(), IdentityError> {
    if !matches!(locale, "id" | "en") {
        return Err(IdentityError::Invalid(vec![FieldFault::new("locale", "unknown")]));
    }
    user::Entity::update_many()
        .col_expr(user::Column::Locale, Expr::value(locale))
        .col_expr(user::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}
