//! Nobody deals with the money of an account he belongs to.
use crate::{domain::Ctx, kernel::actor::Actor};
use entity::{customers::member, value::CustomerId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

/// Whether the member of staff who acts belongs to one of these accounts himself. The program belongs to none.
///
/// # Errors
/// The database.
pub async fn is_own(ctx: &Ctx, db: &impl ConnectionTrait, accounts: &[&CustomerId]) -> Result<bool, DbErr> {
    let Actor::Staff { user_id } = &ctx.actor else { return Ok(false) };
    let own = member::Entity::find()
        .filter(member::Column::CustomerId.is_in(accounts.iter().map(|id| id.as_str())))
        .filter(member::Column::UserId.eq(user_id))
        .count(db)
        .await?;
    Ok(own > 0)
}
