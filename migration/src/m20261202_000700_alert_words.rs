//! Alerts, findings of cluster tests and notes of steps keep what their sentences name, so that each reader has them in
//! his language.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alerts = Table::alter().table("staff_alerts").add_column(json_binary_null("args")).to_owned();
        manager.alter_table(alerts).await?;
        let clusters = Table::alter().table("clusters").add_column(json_binary_null("check_found")).to_owned();
        manager.alter_table(clusters).await?;
        let steps = Table::alter().table("provision_steps").add_column(json_binary_null("said")).to_owned();
        manager.alter_table(steps).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("provision_steps").drop_column("said").to_owned()).await?;
        manager.alter_table(Table::alter().table("clusters").drop_column("check_found").to_owned()).await?;
        manager.alter_table(Table::alter().table("staff_alerts").drop_column("args").to_owned()).await
    }
}
