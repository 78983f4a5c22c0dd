//! Brings the schema up to date, one node at a time.
use crate::kernel::{config::ConfigError, db};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait};

/// Any constant: nodes that migrate hold this advisory lock on PostgreSQL.
pub const MIGRATION_LOCK: i64 = 7_986_621;

/// Why the schema is not as this program needs it.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Somebody has to decide: exit code 2.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Applies what is pending, or says what is pending where `auto_migrate` is off.
pub async fn ensure(connection: &DatabaseConnection, auto_migrate: bool) -> Result<(), SchemaError> {
    refuse_newer(connection).await?;
    let pending = pending(connection).await?;
    if pending.is_empty() {
        return Ok(());
    }
    if !auto_migrate {
        return Err(ConfigError(format!(
            "the database needs these migrations, run `yumna migrate`: {}",
            pending.join(", ")
        ))
        .into());
    }
    if !db::is_postgres(connection) {
        return Ok(Migrator::up(connection, None).await?);
    }
    // Another node may migrate for minutes, and so may this one.
    let patient = db::without_time_limit(connection);
    // The lock lives as long as this transaction; the migrations run on another connection.
    let lock = patient.begin().await?;
    lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    Migrator::up(&patient, None).await?;
    lock.commit().await?;
    Ok(patient.close().await?)
}

/// Takes everything away and makes the schema anew.
pub async fn empty(connection: &DatabaseConnection) -> Result<(), SchemaError> {
    if db::is_postgres(connection) {
        let patient = db::without_time_limit(connection);
        Migrator::down(&patient, None).await?;
        patient.close().await?;
    } else {
        Migrator::down(connection, None).await?;
    }
    ensure(connection, true).await
}

/// Names of the migrations that are not applied yet.
pub async fn pending(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let applied = applied(connection).await?;
    Ok(known().into_iter().filter(|name| !applied.contains(name)).collect())
}

async fn refuse_newer(connection: &DatabaseConnection) -> Result<(), SchemaError> {
    let known = known();
    let newer: Vec<String> = applied(connection).await?.into_iter().filter(|name| !known.contains(name)).collect();
    if newer.is_empty() {
        return Ok(());
    }
    Err(ConfigError(format!(
        "the database is newer than this program (unknown migrations: {}); install the newer version",
        newer.join(", ")
    ))
    .into())
}

fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

async fn applied(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    use sea_orm::{DbBackend, Statement};
    let exists = match connection.get_database_backend() {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
        _ => {
            "SELECT table_name AS name FROM information_schema.tables WHERE table_name = 'seaql_migrations' AND table_schema = ANY (current_schemas(false))"
        }
    };
    let backend = connection.get_database_backend();
    if connection.query_one_raw(Statement::from_string(backend, exists)).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = connection
        .query_all_raw(Statement::from_string(backend, "SELECT version FROM seaql_migrations ORDER BY version"))
        .await?;
    rows.iter().map(|row| row.try_get::<String>("", "version")).collect()
}
