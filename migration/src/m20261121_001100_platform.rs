//! The clockwork's own tables: news, jobs, schedules, sagas, audit, settings.
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
        outbox_events(manager).await?;
        outbox_deliveries(manager).await?;
        jobs(manager).await?;
        schedules(manager).await?;
        sagas(manager).await?;
        audit_logs(manager).await?;
        idempotency_keys(manager).await?;
        settings(manager).await?;
        files(manager).await?;
        staff_alerts(manager).await?;
        approvals(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "approvals",
            "staff_alerts",
            "files",
            "settings",
            "idempotency_keys",
            "audit_logs",
            "sagas",
            "schedules",
            "jobs",
            "outbox_deliveries",
            "outbox_events",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn outbox_events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("outbox_events")
        .col(string_len("id", 40))
        .col(string_len("aggregate_id", 40))
        .col(string_len("name", 60))
        .col(json_binary("payload"))
        .col(string_len("correlation_id", 60))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("dispatched_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "outbox_events", &["dispatched_at", "id"]).await?;
    index(manager, "outbox_events", &["aggregate_id", "id"]).await?;
    Ok(())
}

async fn outbox_deliveries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("outbox_deliveries")
        .col(string_len("id", 40))
        .col(string_len("event_id", 40))
        .col(string_len("aggregate_id", 40))
        .col(string_len("reaction", 80))
        .col(string_len("status", 32))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("run_at"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(string_len_null("lease_token", 40))
        .col(text_null("last_error"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("outbox_deliveries", "event_id", "outbox_events"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "outbox_deliveries", &["event_id", "reaction"]).await?;
    index(manager, "outbox_deliveries", &["reaction", "aggregate_id", "status"]).await?;
    index(manager, "outbox_deliveries", &["status", "run_at"]).await?;
    Ok(())
}

async fn jobs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("jobs")
        .col(string_len("id", 40))
        .col(string_len("queue", 32))
        .col(string_len("name", 60))
        .col(string_len_null("target_key", 80))
        .col(json_binary("payload"))
        .col(string_len("status", 32))
        .col(integer("attempts"))
        .col(integer("max_attempts"))
        .col(timestamp_with_time_zone("run_at"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(string_len_null("lease_token", 40))
        .col(string_len_null("dedupe_key", 160))
        .col(string_len_null("once_key", 160))
        .col(string_len("correlation_id", 60))
        .col(text_null("last_error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "jobs", &["once_key"]).await?;
    index(manager, "jobs", &["status", "finished_at"]).await?;
    // Only what still has to run is indexed for claiming: the table keeps its history without slowing the workers.
    let connection = manager.get_connection();
    connection
        .execute_unprepared(
            "CREATE INDEX ix_jobs_ready ON jobs (queue, run_at, id) WHERE status IN ('queued','running')",
        )
        .await?;
    connection
        .execute_unprepared("CREATE UNIQUE INDEX uq_jobs_dedupe_key ON jobs (dedupe_key) WHERE status = 'queued'")
        .await?;
    Ok(())
}

async fn schedules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("schedules")
        .col(string_len("name", 60))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone("fired_at"))
        .primary_key(&mut primary_key(&["name", "due_at"]))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn sagas(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("sagas")
        .col(string_len("id", 40))
        .col(string_len("name", 60))
        .col(string_len("subject_id", 40))
        .col(json_binary("params"))
        .col(string_len("status", 32))
        .col(json_binary_null("failure"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "sagas", &["subject_id"]).await?;
    index(manager, "sagas", &["status", "updated_at"]).await?;
    Ok(())
}

async fn audit_logs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("audit_logs")
        .col(string_len("id", 40))
        .col(big_integer_null("sequence"))
        .col(string_len("actor_kind", 16))
        .col(string_len("actor_id", 60))
        .col(string_len_null("on_behalf_of", 60))
        .col(string_len_null("customer_id", 40))
        .col(string_len("action", 80))
        .col(string_len("target_type", 40))
        .col(string_len("target_id", 60))
        .col(json_binary_null("before"))
        .col(json_binary_null("after"))
        .col(string_len_null("reason", 255))
        .col(string_len_null("address", 64))
        .col(string_len("correlation_id", 60))
        .col(string_len_null("previous_hash", 64))
        .col(string_len_null("hash", 64))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "audit_logs", &["sequence"]).await?;
    index(manager, "audit_logs", &["target_type", "target_id", "id"]).await?;
    index(manager, "audit_logs", &["customer_id", "id"]).await?;
    index(manager, "audit_logs", &["actor_id", "id"]).await?;
    Ok(())
}

async fn idempotency_keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("idempotency_keys")
        .col(string_len("id", 64))
        .col(string_len("request_hash", 64))
        .col(timestamp_with_time_zone_null("locked_until"))
        .col(string_len("holder", 26))
        .col(string_len_null("made", 80))
        .col(integer_null("status_code"))
        .col(text_null("response"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "idempotency_keys", &["expires_at"]).await?;
    Ok(())
}

async fn settings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("settings")
        .col(string_len("key", 80))
        .col(json_binary("value"))
        .col(string_len("updated_by", 60))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["key"]))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn files(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("files")
        .col(string_len("id", 40))
        .col(string_len("key", 160))
        .col(string_len("sha256", 64))
        .col(string_len("content_type", 80))
        .col(string_len("name", 160))
        .col(blob("body"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "files", &["key"]).await?;
    index(manager, "files", &["sha256"]).await?;
    Ok(())
}

async fn staff_alerts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("staff_alerts")
        .col(string_len("id", 40))
        .col(string_len("code", 60))
        .col(string_len("subject", 200))
        .col(text("detail"))
        .col(string_len_null("open_key", 160))
        .col(integer("occurrences"))
        .col(timestamp_with_time_zone("first_at"))
        .col(timestamp_with_time_zone("last_at"))
        .col(timestamp_with_time_zone_null("resolved_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "staff_alerts", &["open_key"]).await?;
    index(manager, "staff_alerts", &["last_at"]).await?;
    Ok(())
}

async fn approvals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("approvals")
        .col(string_len("id", 40))
        .col(string_len("kind", 40))
        .col(string_len_null("customer_id", 40))
        .col(json_binary("payload"))
        .col(big_integer("amount_minor"))
        .col(string_len("requested_by", 60))
        .col(string_len_null("decided_by", 60))
        .col(string_len("status", 32))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "approvals", &["status", "id"]).await?;
    Ok(())
}
