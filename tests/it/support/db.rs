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

/// A database of SQLite in its folder.
const FILE: &str = "test.db";

static DONE_WITH: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl DoneWith {
    /// It is needed after all.
    fn kept(mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl Drop for DoneWith {
    fn drop(&mut self) {
        if self.0.is_empty() {
            return;
        }
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

/// What a database holds, kept so that others begin with it: a file on SQLite, a database nobody uses on PostgreSQL.
pub enum Template {
    File(tempfile::TempDir),
    Named(String),
}

/// Opens a fresh, migrated database with `pool` connections.
pub async fn fresh(pool: u32) -> TestDatabase {
    static MIGRATED: OnceCell<Template> = OnceCell::const_new();
    let template = MIGRATED.get_or_init(async || {
        let database = empty().await;
        Migrator::up(&database.connection, None).await.unwrap();
        keep(database).await
    });
    copy_of(template.await, pool).await
}

async fn empty() -> TestDatabase {
    let Some(server) = postgres_url() else {
        let folder = tempfile::tempdir().unwrap();
        return at_file(folder, 2).await;
    };
    let name = format!("template_{}", name_part());
    let admin = db::connect(&server, 2).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    named(&server, name, 2).await
}

/// Keeps what `database` holds. Nobody may use it any more.
pub async fn keep(mut database: TestDatabase) -> Template {
    match database._folder.take() {
        Some(folder) => {
            database.connection.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
            database.connection.close().await.unwrap();
            Template::File(folder)
        }
        None => {
            let name = database._name.take().map(DoneWith::kept).unwrap_or_default();
            database.connection.close().await.unwrap();
            Template::Named(name)
        }
    }
}

/// Opens a database of its own that begins with what `template` holds, with `pool` connections.
pub async fn copy_of(template: &Template, pool: u32) -> TestDatabase {
    match template {
        Template::File(kept) => {
            let folder = tempfile::tempdir().unwrap();
            std::fs::copy(kept.path().join(FILE), folder.path().join(FILE)).unwrap();
            at_file(folder, pool).await
        }
        Template::Named(template) => {
            let server = postgres_url().unwrap();
            let name = format!("t_{}", name_part());
            copy_on_server(&server, template, &name).await;
            named(&server, name, pool).await
        }
    }
}

async fn copy_on_server(server: &str, template: &str, name: &str) {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
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

async fn at_file(folder: tempfile::TempDir, pool: u32) -> TestDatabase {
    let url = format!("sqlite://{}", folder.path().join(FILE).display());
    let connection = db::connect(&url, pool).await.unwrap();
    TestDatabase { connection, url, _folder: Some(folder), _name: None }
}

async fn named(server: &str, name: String, pool: u32) -> TestDatabase {
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
