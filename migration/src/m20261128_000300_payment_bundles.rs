//! Several invoices paid in one go.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("payment_bundles")
            .col(string_len("id", 40))
            .col(string_len("customer_id", 40))
            .col(string_len_null("payment_id", 40))
            .col(big_integer("total_minor"))
            .col(string_len("currency", 3))
            .col(timestamp_with_time_zone_null("settled_at"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key("payment_bundles", "customer_id", "customers"))
            .foreign_key(&mut foreign_key("payment_bundles", "payment_id", "payments"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "payment_bundles", &["payment_id"]).await?;
        index(manager, "payment_bundles", &["customer_id", "id"]).await?;
        let table = Table::create()
            .table("payment_bundle_items")
            .col(string_len("bundle_id", 40))
            .col(string_len("invoice_id", 40))
            .col(integer("position"))
            .col(big_integer("amount_minor"))
            .col(string_len_null("paid_by", 40))
            .primary_key(&mut primary_key(&["bundle_id", "invoice_id"]))
            .foreign_key(&mut foreign_key("payment_bundle_items", "bundle_id", "payment_bundles"))
            .foreign_key(&mut foreign_key("payment_bundle_items", "invoice_id", "invoices"))
            .foreign_key(&mut foreign_key("payment_bundle_items", "paid_by", "payments"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "payment_bundle_items", &["invoice_id"]).await?;
        // A payment pays one invoice of one bundle.
        unique(manager, "payment_bundle_items", &["paid_by"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("payment_bundle_items").to_owned()).await?;
        manager.drop_table(Table::drop().table("payment_bundles").to_owned()).await
    }
}
