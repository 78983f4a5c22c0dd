//! Settings of a service that are changed while it runs: how often they were, and those of before while the work goes on.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const INSTANCES: &str = "instances";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let revision = big_integer("parameters_revision").default(0).to_owned();
        for column in [revision, json_binary_null("parameters_before")] {
            manager.alter_table(Table::alter().table(INSTANCES).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["parameters_before", "parameters_revision"] {
            manager.alter_table(Table::alter().table(INSTANCES).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
