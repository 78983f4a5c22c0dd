//! What the whole database holds, to see that a refused request left nothing behind.
use super::World;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use std::collections::BTreeMap;

/// Tables that change by being looked at: when a session was last seen, how often somebody failed to sign in.
const RESTLESS: &[&str] = &["sessions", "login_attempts"];

/// Tables and a text that differs where their rows differ.
pub type Snapshot = BTreeMap<String, String>;

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<Vec<String>> {
    let backend = db.get_database_backend();
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    let columns = |row: &sea_orm::QueryResult| row.column_names().len();
    let cell = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<Option<String>>(at).unwrap().unwrap_or_default();
    rows.iter().map(|row| (0..columns(row)).map(|at| cell(row, at)).collect()).collect()
}

async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        _ => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1",
    };
    let names = texts(db, sql).await.into_iter().map(|mut row| row.remove(0));
    let names: Vec<String> = names.filter(|name| !RESTLESS.contains(&name.as_str())).collect();
    assert!(names.len() > 50, "{names:?}");
    names
}

impl World {
    /// How many rows every table has.
    pub async fn row_counts(&self) -> Snapshot {
        let db = &self.services.db;
        let counts: Vec<String> = tables(db)
            .await
            .iter()
            .map(|name| format!("SELECT '{name}', CAST(count(*) AS varchar) FROM \"{name}\""))
            .collect();
        texts(db, &counts.join(" UNION ALL ")).await.into_iter().map(|mut row| (row.remove(0), row.remove(0))).collect()
    }

    /// Everything in every table.
    pub async fn snapshot(&self) -> Snapshot {
        let db = &self.services.db;
        let mut found = Snapshot::new();
        for name in tables(db).await {
            let sql = match db.get_database_backend() {
                DbBackend::Postgres => format!("SELECT t::text FROM \"{name}\" t ORDER BY 1"),
                _ => {
                    let columns = texts(db, &format!("SELECT name FROM pragma_table_info('{name}')")).await;
                    let quoted: Vec<String> = columns.iter().map(|row| format!("quote(\"{}\")", row[0])).collect();
                    format!("SELECT {} FROM \"{name}\" ORDER BY 1", quoted.join(" || ',' || "))
                }
            };
            let rows: Vec<String> = texts(db, &sql).await.into_iter().flatten().collect();
            found.insert(name, rows.join("\n"));
        }
        found
    }
}

/// The tables that hold a text longer than anybody types.
pub fn overfull(snapshot: &Snapshot) -> Vec<String> {
    let endless = "x".repeat(4_500);
    snapshot.iter().filter(|(_, rows)| rows.contains(&endless)).map(|(name, _)| name.clone()).collect()
}

/// Like `changed`, where people sign in and prove who they are meanwhile.
pub fn left_behind(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut names = changed(before, after);
    names.retain(|name| !["refresh_tokens", "step_ups"].contains(&name.as_str()));
    names
}

/// The tables in which two snapshots differ.
pub fn changed(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    before.iter().filter(|(name, text)| after.get(*name) != Some(text)).map(|(name, _)| name.clone()).collect()
}
