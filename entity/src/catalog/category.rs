//! Table `categories`.
use crate::value::CategoryId;
use sea_orm::entity::prelude::*;

/// A shelf of the shop.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryId,
    /// Word in URLs.
    #[sea_orm(unique)]
    pub slug: String,
    /// Name, Indonesian.
    pub name_id: String,
    /// Name, English.
    pub name_en: String,
    /// Order on the page.
    pub position: i32,
    /// Not in the shop, with everything that stands on it.
    pub is_hidden: bool,
}

impl ActiveModelBehavior for ActiveModel {}
