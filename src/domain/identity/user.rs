//! Users as such.
use super::IdentityError;
use crate::{
    domain::Ctx,
    kernel::{db::WriteTx, fault::FieldFault},
};
use entity::{identity::user, value::UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

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
