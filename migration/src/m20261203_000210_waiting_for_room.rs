//! Who waits for a slot and has paid: since which cycle nothing was delivered, and when the money came.
use crate::parts::index;
use sea_orm_migration::{
    prelude::*,
    schema::{integer_null, timestamp_with_time_zone_null},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "waitlist_entries";
/// Until now only contracts that never ran waited, and they were queued as soon as they were paid.
const PAID: &str =
    "UPDATE waitlist_entries SET cycle_number = 1, paid_at = created_at WHERE subscription_id IS NOT NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [integer_null("cycle_number"), timestamp_with_time_zone_null("paid_at")] {
            manager.alter_table(Table::alter().table(TABLE).add_column(column).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared(PAID).await?;
        index(manager, TABLE, &["plan_id", "paid_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("ix_waitlist_entries_plan_id_paid_at").table(TABLE).to_owned()).await?;
        for column in ["paid_at", "cycle_number"] {
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
