//! Table `plan_features`.
use crate::value::PlanId;
use sea_orm::entity::prelude::*;

/// A row of the comparison table.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_features")]
pub struct Model {
    /// Of which plan.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plan_id: PlanId,
    /// Order in the table.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// What is compared, Indonesian.
    pub label_id: String,
    /// What is compared, English.
    pub label_en: String,
    /// Value, Indonesian.
    pub value_id: String,
    /// Value, English.
    pub value_en: String,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<super::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
