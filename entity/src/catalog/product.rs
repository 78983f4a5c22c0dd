//! Table `products`.
use crate::value::{CategoryId, ProductId, ProductKind, PurchasePolicy, ServiceTemplateId};
use sea_orm::entity::prelude::*;

/// A service in the shop.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    /// Its shelf.
    pub category_id: CategoryId,
    /// Word in URLs.
    #[sea_orm(unique)]
    pub slug: String,
    /// Kind: decides the revenue account.
    pub kind: ProductKind,
    /// Its name.
    pub name: String,
    /// One line, Indonesian.
    pub tagline_id: String,
    /// One line, English.
    pub tagline_en: String,
    /// Paragraphs, Indonesian.
    #[sea_orm(column_type = "Text")]
    pub description_id: String,
    /// Paragraphs, English.
    #[sea_orm(column_type = "Text")]
    pub description_en: String,
    /// Shown on the home page.
    pub is_featured: bool,
    /// Not in the shop; running contracts go on, and staff may quote it.
    pub is_hidden: bool,
    /// Since when it is sold to nobody any more, for good; it is hidden then.
    pub retired_at: Option<DateTimeUtc>,
    /// Order on the page.
    pub position: i32,
    /// Driver that makes it run.
    pub driver: String,
    /// What new instances are made from.
    pub service_template_id: Option<ServiceTemplateId>,
    /// How many live contracts one customer may have.
    pub purchase_policy: PurchasePolicy,
    /// Whether a contract may be given a smaller plan with its next period.
    pub allows_downgrade: bool,
    /// Days for which a new customer of it pays nothing; 0: none.
    pub trial_days: i32,
    /// Whether a contract that is suspended because nobody paid gives its slot back.
    pub releases_quota_on_suspension: bool,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// A shelf of the shop.
    #[sea_orm(belongs_to, from = "category_id", to = "id")]
    pub category: BelongsTo<super::category::Entity>,
    /// One version of a service's declaration.
    #[sea_orm(belongs_to, from = "service_template_id", to = "id")]
    pub service_template: BelongsTo<Option<super::service_template::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
