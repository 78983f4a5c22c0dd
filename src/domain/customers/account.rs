//! Which accounts a user belongs to, and which one he acts in.
use super::CustomerError;
use crate::domain::{
    Ctx,
    identity::{Membership, SignedIn},
};
use chrono::{DateTime, Utc};
use entity::{
    customers::{customer, member},
    identity::user,
    value::{CustomerId, CustomerStatus, Grant, UserId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

/// A user's place in an account, seen from the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// What he may do.
    pub grant: Grant,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The account in which somebody signed in acts: the one asked for, else the last used, else the oldest.
///
/// # Errors
/// `NotFound` for an account that is not his, existing or not, and for somebody who has none; a closed one is nobody's.
pub fn resolve<'a>(signed_in: &'a SignedIn, asked: Option<&CustomerId>) -> Result<&'a Membership, CustomerError> {
    let of = |id: &str| signed_in.memberships.iter().find(|membership| membership.customer_id.as_str() == id);
    match asked {
        Some(id) => of(id.as_str()),
        None => signed_in.user.last_customer_id.as_deref().and_then(of).or_else(|| signed_in.memberships.first()),
    }
    .ok_or(CustomerError::NotFound)
}

/// Remembers the account a user chose, for his next visit.
///
/// # Errors
/// `NotFound` for an account that is not his, or closed; the database.
pub async fn remember_choice(ctx: &Ctx, user_id: &UserId, customer_id: &CustomerId) -> Result<(), CustomerError> {
    let tx = ctx.begin().await?;
    let own = member::Entity::find()
        .filter(member::Column::UserId.eq(user_id))
        .filter(member::Column::CustomerId.eq(customer_id))
        .find_also_related(customer::Entity)
        .one(&tx)
        .await?;
    own.and_then(|(_, customer)| customer)
        .filter(|customer| customer.status != CustomerStatus::Closed)
        .ok_or(CustomerError::NotFound)?;
    user::Entity::update_many()
        .col_expr(user::Column::LastCustomerId, Expr::value(customer_id.as_str()))
        .filter(user::Column::Id.eq(user_id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// A user's accounts, oldest first.
///
/// # Errors
/// The database.
pub async fn accounts_of(db: &impl ConnectionTrait, user_id: &UserId) -> Result<Vec<Membership>, DbErr> {
    let rows = member::Entity::find()
        .filter(member::Column::UserId.eq(user_id))
        .order_by_asc(member::Column::CustomerId)
        .find_also_related(customer::Entity)
        .all(db)
        .await?;
    let memberships = rows.into_iter().filter_map(|(member, customer)| {
        customer.map(|customer| Membership {
            customer_id: customer.id,
            customer_name: customer.name,
            currency: customer.currency,
            status: customer.status,
            grant: member.grant,
        })
    });
    Ok(memberships.collect())
}

/// The users of an account, oldest first.
///
/// # Errors
/// The database.
pub async fn members_of(db: &impl ConnectionTrait, customer_id: &CustomerId) -> Result<Vec<Member>, DbErr> {
    let rows = member::Entity::find()
        .filter(member::Column::CustomerId.eq(customer_id))
        .order_by_asc(member::Column::Id)
        .find_also_related(user::Entity)
        .all(db)
        .await?;
    let members = rows.into_iter().filter_map(|(member, user)| {
        user.map(|user| Member {
            user_id: user.id,
            name: user.name,
            email: user.email,
            grant: member.grant,
            since: member.created_at,
        })
    });
    Ok(members.collect())
}
