//! Coupons, their uses, and what carts, orders, contracts and cycles keep of them.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns added: table, column.
const ADDED: [(&str, &str); 5] = [
    ("carts", "coupon_code"),
    ("orders", "coupon_code"),
    ("orders", "discount_minor"),
    ("subscriptions", "discount"),
    ("subscription_cycles", "discount_minor"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in ADDED {
            let mut column = match column {
                "coupon_code" => string_len_null(column, 40),
                "discount" => json_binary_null(column),
                _ => big_integer(column).default(0).to_owned(),
            };
            manager.alter_table(Table::alter().table(table).add_column(&mut column).to_owned()).await?;
        }
        coupons(manager).await?;
        coupon_redemptions(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["coupon_redemptions", "coupons"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (table, column) in ADDED {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

async fn coupons(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("coupons")
        .col(string_len("id", 40))
        .col(string_len("code", 40))
        .col(string_len_null("note", 255))
        .col(big_integer_null("basis_points"))
        .col(big_integer_null("amount_minor"))
        .col(string_len("currency", 3))
        .col(json_binary("scope"))
        .col(boolean("includes_setup"))
        .col(big_integer_null("renewals"))
        .col(boolean("is_for_new_customers"))
        .col(big_integer("minimum_minor"))
        .col(big_integer_null("max_uses"))
        .col(big_integer_null("max_uses_per_customer"))
        .col(big_integer("used").default(0))
        .col(timestamp_with_time_zone_null("starts_at"))
        .col(timestamp_with_time_zone_null("ends_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "coupons", &["code"]).await
}

async fn coupon_redemptions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("coupon_redemptions")
        .col(string_len("id", 40))
        .col(string_len("coupon_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("order_id", 40))
        .col(string_len("status", 32))
        .col(string_len_null("welcome_key", 40))
        .col(big_integer("discount_minor"))
        .col(string_len("currency", 3))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("coupon_redemptions", "coupon_id", "coupons"))
        .foreign_key(&mut foreign_key("coupon_redemptions", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("coupon_redemptions", "order_id", "orders"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "coupon_redemptions", &["order_id"]).await?;
    unique(manager, "coupon_redemptions", &["welcome_key"]).await?;
    // Uses of a coupon, newest first; and how often one customer used it.
    index(manager, "coupon_redemptions", &["coupon_id", "id"]).await?;
    index(manager, "coupon_redemptions", &["coupon_id", "customer_id", "status"]).await
}
