//! What runs and the work on it.
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
        clusters(manager).await?;
        instances(manager).await?;
        provision_tasks(manager).await?;
        provision_steps(manager).await?;
        usage_samples(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["usage_samples", "provision_steps", "provision_tasks", "instances", "clusters"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn clusters(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("clusters")
        .col(string_len("id", 40))
        .col(string_len("name", 80))
        .col(string_len("driver", 32))
        .col(string_len("region", 40))
        .col(string_len("status", 32))
        .col(text("settings_sealed"))
        .col(big_integer("settings_version"))
        .col(string_len("ingress_domain", 160))
        .col(string_len("url_scheme", 8))
        .col(integer_null("url_port"))
        .col(big_integer("capacity_cpu_milli"))
        .col(big_integer("capacity_memory_mb"))
        .col(timestamp_with_time_zone_null("checked_at"))
        .col(boolean_null("check_ok"))
        .col(text_null("check_note"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "clusters", &["name"]).await?;
    Ok(())
}

async fn instances(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("instances")
        .col(string_len("id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("subscription_id", 40))
        .col(string_len("product_id", 40))
        .col(string_len_null("cluster_id", 40))
        .col(string_len("driver", 32))
        .col(string_len_null("service_template_id", 40))
        .col(string_len("name", 60))
        .col(string_len_null("host", 200))
        .col(string_len_null("url", 255))
        .col(string_len("status", 32))
        .col(string_len_null("health", 32))
        .col(json_binary_null("reason"))
        .col(json_binary("parameters"))
        .col(text("secrets_sealed"))
        .col(big_integer("cpu_milli"))
        .col(big_integer("memory_mb"))
        .col(big_integer("storage_gb"))
        .col(big_integer("restart_revision"))
        .col(timestamp_with_time_zone("status_since"))
        .col(timestamp_with_time_zone_null("observed_at"))
        .col(timestamp_with_time_zone_null("terminated_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("instances", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("instances", "subscription_id", "subscriptions"))
        .foreign_key(&mut foreign_key("instances", "product_id", "products"))
        .foreign_key(&mut foreign_key("instances", "cluster_id", "clusters"))
        .foreign_key(&mut foreign_key("instances", "service_template_id", "service_templates"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "instances", &["name"]).await?;
    unique(manager, "instances", &["host"]).await?;
    index(manager, "instances", &["subscription_id"]).await?;
    index(manager, "instances", &["customer_id", "id"]).await?;
    index(manager, "instances", &["status", "id"]).await?;
    index(manager, "instances", &["cluster_id", "status"]).await?;
    Ok(())
}

async fn provision_tasks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("provision_tasks")
        .col(string_len("id", 40))
        .col(string_len("instance_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("action", 32))
        .col(string_len("status", 32))
        .col(string_len_null("open_key", 40))
        .col(string_len_null("saga_id", 40))
        .col(integer("attempts"))
        .col(string_len_null("error_code", 60))
        .col(text_null("error_message"))
        .col(string_len("requested_by", 80))
        .col(json_binary("input"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("provision_tasks", "instance_id", "instances"))
        .foreign_key(&mut foreign_key("provision_tasks", "customer_id", "customers"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "provision_tasks", &["open_key"]).await?;
    index(manager, "provision_tasks", &["customer_id", "id"]).await?;
    index(manager, "provision_tasks", &["saga_id"]).await?;
    index(manager, "provision_tasks", &["instance_id", "id"]).await?;
    index(manager, "provision_tasks", &["status", "action"]).await?;
    index(manager, "provision_tasks", &["status", "id"]).await?;
    Ok(())
}

async fn provision_steps(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("provision_steps")
        .col(string_len("id", 40))
        .col(string_len("saga_id", 40))
        .col(integer("position"))
        .col(string_len("name", 60))
        .col(string_len("status", 32))
        .col(integer("attempts"))
        .col(json_binary_null("output"))
        .col(text_null("note"))
        .col(json_binary_null("reason"))
        .col(timestamp_with_time_zone_null("waiting_since"))
        .col(timestamp_with_time_zone_null("trouble_since"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "provision_steps", &["saga_id", "position"]).await?;
    Ok(())
}

async fn usage_samples(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("usage_samples")
        .col(string_len("id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("instance_id", 40))
        .col(string_len("metric", 40))
        .col(big_integer("value"))
        .col(timestamp_with_time_zone("recorded_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("usage_samples", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("usage_samples", "instance_id", "instances"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "usage_samples", &["instance_id", "metric", "recorded_at"]).await?;
    index(manager, "usage_samples", &["customer_id", "id"]).await?;
    index(manager, "usage_samples", &["recorded_at"]).await?;
    Ok(())
}
