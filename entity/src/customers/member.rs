//! Table `customer_members`.
use crate::value::{CustomerId, Grant, MemberId, UserId};
use sea_orm::entity::prelude::*;

/// A user's place in a customer's account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_members")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    /// The account.
    pub customer_id: CustomerId,
    /// The user.
    pub user_id: UserId,
    /// What he may do.
    pub grant: Grant,
    /// When added.
    pub created_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<crate::identity::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
