//! Another plan or cycle from the next period on.
use crate::parts::index;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            ("products", boolean("allows_downgrade").default(true).to_owned()),
            ("subscriptions", json_binary_null("next_terms")),
            ("subscription_cycles", json_binary_null("terms")),
            ("plan_changes", string_len("from_cycle", 32).default("monthly").to_owned()),
            ("plan_changes", string_len("to_cycle", 32).default("monthly").to_owned()),
            ("plan_changes", date_null("takes_effect_on")),
        ];
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        // Changes whose day has come, and quotes nobody accepted, are looked for every hour.
        index(manager, "plan_changes", &["status", "id"]).await?;
        // A plan was only ever changed within its cycle.
        let of_contract = "(SELECT s.cycle FROM subscriptions s WHERE s.id = plan_changes.subscription_id)";
        let fill = format!("UPDATE plan_changes SET from_cycle = {of_contract}, to_cycle = {of_contract}");
        manager.get_connection().execute_unprepared(&fill).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            ("products", "allows_downgrade"),
            ("subscriptions", "next_terms"),
            ("subscription_cycles", "terms"),
            ("plan_changes", "from_cycle"),
            ("plan_changes", "to_cycle"),
            ("plan_changes", "takes_effect_on"),
        ];
        manager.drop_index(Index::drop().name("ix_plan_changes_status_id").table("plan_changes").to_owned()).await?;
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
