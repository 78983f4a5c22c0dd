//! Revenue that is earned day by day.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What is still to be earned is little beside what was.
const OPEN: &str = "CREATE INDEX ix_revenue_schedules_open ON revenue_schedules (currency, ends_on)
                    WHERE whole_minor <> recognised_minor";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["write_offs", "write_off_items"] {
            let deferred = big_integer("deferred_minor").default(0).to_owned();
            manager.alter_table(Table::alter().table(table).add_column(deferred).to_owned()).await?;
        }
        let table = Table::create()
            .table("revenue_schedules")
            .col(string_len("id", 40))
            .col(string_len("invoice_item_id", 40))
            .col(string_len("invoice_id", 40))
            .col(string_len_null("subscription_id", 40))
            .col(string_len("product_kind", 32))
            .col(string_len("currency", 3))
            .col(big_integer("whole_minor"))
            .col(big_integer("recognised_minor"))
            .col(date_null("starts_on"))
            .col(date_null("ends_on"))
            .col(date_null("even_from"))
            .col(big_integer("even_minor"))
            .col(date_null("earned_to"))
            .col(date_null("next_on"))
            .col(date_null("ended_on"))
            .col(integer("turns"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key("revenue_schedules", "invoice_item_id", "invoice_items"))
            .foreign_key(&mut foreign_key("revenue_schedules", "invoice_id", "invoices"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "revenue_schedules", &["invoice_item_id"]).await?;
        index(manager, "revenue_schedules", &["invoice_id"]).await?;
        index(manager, "revenue_schedules", &["subscription_id"]).await?;
        index(manager, "revenue_schedules", &["next_on", "id"]).await?;
        manager.get_connection().execute_unprepared(OPEN).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("revenue_schedules").to_owned()).await?;
        for table in ["write_offs", "write_off_items"] {
            manager.alter_table(Table::alter().table(table).drop_column("deferred_minor").to_owned()).await?;
        }
        Ok(())
    }
}
