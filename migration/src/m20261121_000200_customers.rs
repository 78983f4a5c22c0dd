//! Who pays: accounts, their members and consents.
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
        customers(manager).await?;
        customer_members(manager).await?;
        consents(manager).await?;
        customer_notes(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["customer_notes", "consents", "customer_members", "customers"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn customers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("customers")
        .col(string_len("id", 40))
        .col(string_len("name", 120))
        .col(string_len_null("company", 160))
        .col(string_len("email", 254))
        .col(string_len_null("phone", 20))
        .col(string_len_null("street_1", 160))
        .col(string_len_null("street_2", 160))
        .col(string_len_null("city", 80))
        .col(string_len_null("state", 80))
        .col(string_len_null("postal_code", 16))
        .col(string_len("country_code", 2))
        .col(string_len_null("npwp", 16))
        .col(string_len_null("nitku", 22))
        .col(string_len_null("tax_exempt_reason", 160))
        .col(string_len("locale", 5))
        .col(string_len("currency", 3))
        .col(string_len("status", 32))
        .col(big_integer("credit_limit_minor"))
        .col(string_len("risk_level", 16))
        .col(string_len_null("rdash_customer_id", 40))
        .col(timestamp_with_time_zone_null("rdash_synced_at"))
        .col(string_len_null("rdash_sync_status", 16))
        .col(text_null("rdash_sync_error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "customers", &["email"]).await?;
    index(manager, "customers", &["rdash_sync_status", "rdash_customer_id"]).await?;
    index(manager, "customers", &["status", "id"]).await?;
    prefix_indexes(manager).await
}

/// Indexes for searching by the beginning of a name, company or address. PostgreSQL uses an index for LIKE only under
/// `text_pattern_ops`; SQLite compares bytes anyway.
async fn prefix_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let is_postgres = manager.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Postgres;
    let class = if is_postgres { " text_pattern_ops" } else { "" };
    for (name, expression) in [("name", "lower(name)"), ("company", "lower(company)"), ("email", "email")] {
        if name == "email" && !is_postgres {
            continue; // The plain index serves.
        }
        let sql = format!("CREATE INDEX ix_customers_{name}_prefix ON customers (({expression}){class})");
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

async fn customer_members(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("customer_members")
        .col(string_len("id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("user_id", 40))
        .col(string_len("grant", 32))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("customer_members", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("customer_members", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "customer_members", &["customer_id", "user_id"]).await?;
    index(manager, "customer_members", &["user_id"]).await?;
    Ok(())
}

async fn consents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("consents")
        .col(string_len("id", 40))
        .col(string_len("user_id", 40))
        .col(string_len("document", 32))
        .col(string_len("version", 20))
        .col(string_len_null("address", 64))
        .col(timestamp_with_time_zone("accepted_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("consents", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "consents", &["user_id"]).await?;
    Ok(())
}

async fn customer_notes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("customer_notes")
        .col(string_len("id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("user_id", 40))
        .col(text("body"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("customer_notes", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("customer_notes", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "customer_notes", &["customer_id", "created_at"]).await?;
    Ok(())
}
