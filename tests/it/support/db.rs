//! A fresh, migrated database per test: a copied file on SQLite, a database made from a template on PostgreSQL.
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::{path::PathBuf, sync::Mutex};
use tokio::sync::OnceCell;
use yumna::kernel::db;

/// A database of one test; gone when dropped, on PostgreSQL when the next one is made.
pub struct TestDatabase {
    pub connection: DatabaseConnection,
    pub url: String,
    _folder: Option<tempfile::TempDir>,
    _name: Option<DoneWith>,
}

/// A database on a server nobody needs any more once this is dropped.
struct DoneWith(String);

static DONE_WITH: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Drop for DoneWith {
    fn drop(&mut self) {
        DONE_WITH.lock().unwrap().push(std::mem::take(&mut self.0));
    }
}

/// The address of the PostgreSQL server to test on, if any.
pub fn postgres_url() -> Option<String> {
    std::env::vars().find(|(name, _)| name == "TEST_DATABASE_URL").map(|(_, url)| url).filter(|url| !url.is_empty())
}

/// Where the programs of the newest installed PostgreSQL lie, if any.
pub fn postgres_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| entry.ok());
    let newest = versions
        .filter(|version| version.path().join("bin/initdb").exists())
        .max_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().unwrap_or_default());
    newest.map(|version| version.path().join("bin"))
}

/// Opens a fresh database with `pool` connections.
pub async fn fresh(pool: u32) -> TestDatabase {
    match postgres_url() {
        None => fresh_sqlite(pool).await,
        Some(server) => fresh_postgres(&server, pool).await,
    }
}

async fn fresh_sqlite(pool: u32) -> TestDatabase {
    static TEMPLATE: OnceCell<(tempfile::TempDir, PathBuf)> = OnceCell::const_new();
    let (_, template) = TEMPLATE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("template.db");
            let connection = db::connect(&format!("sqlite://{}", file.display()), 2).await.unwrap();
            Migrator::up(&connection, None).await.unwrap();
            connection.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
            connection.close().await.unwrap();
            (folder, file)
        })
        .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    std::fs::copy(template, &file).unwrap();
    let url = format!("sqlite://{}", file.display());
    let connection = db::connect(&url, pool).await.unwrap();
    TestDatabase { connection, url, _folder: Some(folder), _name: None }
}

async fn fresh_postgres(server: &str, pool: u32) -> TestDatabase {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = format!("template_{}", name_part());
            let admin = db::connect(server, 2).await.unwrap();
            admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
            admin.close().await.unwrap();
            let connection = db::connect(&on_database(server, &name), 2).await.unwrap();
            Migrator::up(&connection, None).await.unwrap();
            connection.close().await.unwrap();
            name
        })
        .await;
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let name = format!("t_{}", name_part());
    {
        // PostgreSQL refuses to copy one template twice at once.
        let _guard = ONE_AT_A_TIME.lock().await;
        let admin = db::connect(server, 2).await.unwrap();
        // Hundreds of them would fill a disk, or the memory they lie in.
        let done_with = std::mem::take(&mut *DONE_WITH.lock().unwrap());
        for old in done_with {
            let drop = format!("DROP DATABASE IF EXISTS {old} WITH (FORCE)");
            // Whose connections are slow to go is tried again with the next test.
            if admin.execute_unprepared(&drop).await.is_err() {
                DONE_WITH.lock().unwrap().push(old);
            }
        }
        admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        admin.close().await.unwrap();
    }
    let url = on_database(server, &name);
    let connection = db::connect(&url, pool).await.unwrap();
    TestDatabase { connection, url, _folder: None, _name: Some(DoneWith(name)) }
}

fn name_part() -> String {
    entity::value::next_ulid().to_string().to_lowercase()
}

/// `server`'s address with another database name.
fn on_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, String::new()), |(b, q)| (b, format!("?{q}")));
    let scheme_end = base.find("://").map_or(0, |i| i + 3);
    let path = base[scheme_end..].find('/').map_or(base.len(), |i| scheme_end + i);
    format!("{}/{name}{query}", &base[..path])
}
