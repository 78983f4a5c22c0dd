//! Options that can be ordered with a product, and those agreed with contracts.
use crate::parts::{foreign_key, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "product_options";
/// Whose price has parts that are for options. What was sold so far has none.
const WITH_OPTIONS: [&str; 3] = ["subscriptions", "plan_changes", "order_items"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("product_id", 40))
            .col(string_len("code", 60))
            .col(string_len("name_id", 80))
            .col(string_len("name_en", 80))
            .col(string_len("kind", 32))
            .col(boolean("is_required"))
            .col(big_integer("minimum"))
            .col(big_integer("maximum"))
            .col(json_binary("offered"))
            .col(integer("position"))
            .col(timestamp_with_time_zone_null("retired_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "product_id", "products"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["product_id", "code"]).await?;
        for table in WITH_OPTIONS {
            let column = json_binary("options").default("[]").to_owned();
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in WITH_OPTIONS {
            manager.alter_table(Table::alter().table(table).drop_column("options").to_owned()).await?;
        }
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
