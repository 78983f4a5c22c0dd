//! What is sold: categories, products, plans, prices, templates.
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
        categories(manager).await?;
        service_templates(manager).await?;
        products(manager).await?;
        plans(manager).await?;
        prices(manager).await?;
        plan_features(manager).await?;
        waitlist_entries(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in
            ["waitlist_entries", "plan_features", "prices", "plans", "products", "service_templates", "categories"]
        {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn categories(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("categories")
        .col(string_len("id", 40))
        .col(string_len("slug", 60))
        .col(string_len("name_id", 80))
        .col(string_len("name_en", 80))
        .col(integer("position"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "categories", &["slug"]).await?;
    Ok(())
}

async fn service_templates(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("service_templates")
        .col(string_len("id", 40))
        .col(string_len("slug", 60))
        .col(string_len("version", 20))
        .col(text("body"))
        .col(string_len("resale", 20))
        .col(text_null("agreement_note"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "service_templates", &["slug", "version"]).await?;
    Ok(())
}

async fn products(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("products")
        .col(string_len("id", 40))
        .col(string_len("category_id", 40))
        .col(string_len("slug", 60))
        .col(string_len("kind", 32))
        .col(string_len("name", 80))
        .col(string_len("tagline_id", 200))
        .col(string_len("tagline_en", 200))
        .col(text("description_id"))
        .col(text("description_en"))
        .col(boolean("is_featured"))
        .col(boolean("is_hidden"))
        .col(integer("position"))
        .col(string_len("driver", 32))
        .col(string_len_null("service_template_id", 40))
        .col(string_len("purchase_policy", 32))
        .col(boolean("releases_quota_on_suspension"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("products", "category_id", "categories"))
        .foreign_key(&mut foreign_key("products", "service_template_id", "service_templates"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "products", &["slug"]).await?;
    index(manager, "products", &["category_id"]).await?;
    Ok(())
}

async fn plans(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("plans")
        .col(string_len("id", 40))
        .col(string_len("product_id", 40))
        .col(string_len("code", 60))
        .col(string_len("name", 80))
        .col(integer("tier"))
        .col(big_integer("cpu_milli"))
        .col(big_integer("memory_mb"))
        .col(big_integer("storage_gb"))
        .col(big_integer("quota_total"))
        .col(big_integer("quota_used"))
        .col(boolean("is_hidden"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("plans", "product_id", "products"))
        .check(Expr::cust("quota_used >= 0 AND quota_used <= quota_total"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "plans", &["code"]).await?;
    index(manager, "plans", &["product_id", "tier"]).await?;
    Ok(())
}

async fn prices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("prices")
        .col(string_len("id", 40))
        .col(string_len("plan_id", 40))
        .col(string_len("cycle", 32))
        .col(big_integer("amount_minor"))
        .col(big_integer("setup_fee_minor"))
        .col(string_len("currency", 3))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("prices", "plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "prices", &["plan_id", "cycle", "currency"]).await?;
    Ok(())
}

async fn plan_features(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("plan_features")
        .col(string_len("plan_id", 40))
        .col(integer("position"))
        .col(string_len("label_id", 120))
        .col(string_len("label_en", 120))
        .col(string_len("value_id", 120))
        .col(string_len("value_en", 120))
        .primary_key(&mut primary_key(&["plan_id", "position"]))
        .foreign_key(&mut foreign_key("plan_features", "plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn waitlist_entries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("waitlist_entries")
        .col(string_len("id", 40))
        .col(string_len("plan_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len_null("subscription_id", 40))
        .col(integer("priority"))
        .col(timestamp_with_time_zone_null("notified_at"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("waitlist_entries", "plan_id", "plans"))
        .foreign_key(&mut foreign_key("waitlist_entries", "customer_id", "customers"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "waitlist_entries", &["subscription_id"]).await?;
    index(manager, "waitlist_entries", &["customer_id"]).await?;
    index(manager, "waitlist_entries", &["plan_id", "notified_at", "priority", "created_at"]).await?;
    Ok(())
}
