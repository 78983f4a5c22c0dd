//! Table `product_options`.
use crate::value::{OptionKind, OptionValues, ProductId, ProductOptionId};
use sea_orm::entity::prelude::*;

/// Something that can be ordered with every plan of a product, at a price for each cycle.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_options")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductOptionId,
    /// Of which product.
    pub product_id: ProductId,
    /// Its word in answers, once in a product, for ever.
    pub code: String,
    /// Its name, Indonesian.
    pub name_id: String,
    /// Its name, English.
    pub name_en: String,
    /// How it is answered.
    pub kind: OptionKind,
    /// Whether it must be answered where it is offered.
    pub is_required: bool,
    /// Least number of units that can be ordered, where units are counted.
    pub minimum: i64,
    /// Largest number of units, where units are counted.
    pub maximum: i64,
    /// Its values with their prices.
    #[sea_orm(column_type = "JsonBinary")]
    pub offered: OptionValues,
    /// Order on the page.
    pub position: i32,
    /// Since when it is offered to nobody any more, for good. Contracts keep it.
    pub retired_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// A service in the shop.
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
