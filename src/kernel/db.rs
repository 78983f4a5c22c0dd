//! Connections and transactions on SQLite and PostgreSQL.
use super::{live::Live, memo::Family};
use sea_orm::{
    ActiveModelTrait, ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, Iterable, QueryResult, SqliteTransactionMode,
    SqlxPostgresConnector, Statement, TransactionOptions, TransactionTrait,
    sea_query::{Expr, ExprTrait, Func, OnConflict, SimpleExpr},
    sqlx::postgres::PgPoolOptions,
};
use std::{collections::BTreeSet, sync::Mutex, time::Duration};
use tokio::sync::OwnedSemaphorePermit;

/// How long somebody waits for the turn at writing to SQLite.
const TURN_PATIENCE: Duration = Duration::from_secs(10);

/// A connection to PostgreSQL that has rested so long is asked whether it still lives before it is used.
const PING_AFTER: Duration = Duration::from_secs(5);

/// Values of one statement at most; SQLite takes 32,766, PostgreSQL 65,535.
const MAX_VALUES: usize = 30_000;

/// Channel on which PostgreSQL nodes wake each other.
pub const NOTIFY_CHANNEL: &str = "yumna";

/// Opens a pool of at most `max` connections on `url` (`sqlite:///path`, `sqlite::memory:` is not supported, or
/// `postgres://…`). SQLite is opened in WAL mode with `synchronous=FULL`: a confirmed payment survives a power cut.
pub async fn connect(url: &str, max: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max)
        .min_connections(1)
        .connect_timeout(Duration::from_secs(5))
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_secs(600))
        .max_lifetime(Duration::from_secs(1800))
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    if url.starts_with("sqlite:") {
        // A file does not hang up: asking each time costs as much as a small question itself.
        options.test_before_acquire(false);
        options.map_sqlx_sqlite_opts(|sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                .pragma("cache_size", "-4000")
                .pragma("temp_store", "MEMORY")
                // A page of a list is handed over at once: the reader is not woken row by row.
                .row_buffer_size(512)
                .optimize_on_close(true, None)
        });
    } else {
        options.test_before_acquire_if_idle_for(PING_AFTER);
        options.map_sqlx_postgres_opts(|postgres| {
            postgres.application_name("yumna").options([("statement_timeout", "30s")])
        });
    }
    Database::connect(options).await
}

/// A few connections to the same PostgreSQL database whose statements may take as long as they need: for migrations,
/// and for waiting until another node has migrated.
pub fn without_time_limit(connection: &DatabaseConnection) -> DatabaseConnection {
    let options = (*connection.get_postgres_connection_pool().connect_options()).clone();
    // The last of several settings of one name counts.
    let options = options.options([("statement_timeout", "0")]);
    let pool = PgPoolOptions::new().max_connections(3).connect_lazy_with(options);
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

/// Whether the database is PostgreSQL.
pub fn is_postgres(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == DbBackend::Postgres
}

/// A writing transaction. Dropped without `commit`, it rolls back. Topics added to it are woken after the commit.
pub struct WriteTx {
    tx: DatabaseTransaction,
    /// The turn at writing on SQLite; given on when the transaction has ended.
    turn: Option<OwnedSemaphorePermit>,
    live: Live,
    topics: Mutex<BTreeSet<String>>,
}

/// Begins a writing transaction: the only way to write. IMMEDIATE on SQLite, because a deferred transaction that reads
/// and then writes dies with "database is locked" under load.
pub async fn begin_write(db: &DatabaseConnection, live: &Live) -> Result<WriteTx, DbErr> {
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let turn = if is_postgres(db) { None } else { Some(wait_for_turn(live).await?) };
    Ok(WriteTx { tx: db.begin_with_options(options).await?, turn, live: live.clone(), topics: Mutex::default() })
}

async fn wait_for_turn(live: &Live) -> Result<OwnedSemaphorePermit, DbErr> {
    match tokio::time::timeout(TURN_PATIENCE, live.turn().acquire_owned()).await {
        Ok(turn) => turn.map_err(|closed| DbErr::Custom(closed.to_string())),
        Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
    }
}

impl WriteTx {
    /// Wakes `topic` here and on the other nodes once the transaction is committed.
    pub fn wake_after_commit(&self, topic: impl Into<String>) {
        self.topics.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(topic.into());
    }

    /// What is kept in memory of the rows `sql` changes is forgotten after the commit.
    fn note(&self, sql: &str) {
        if let Some(family) = Family::changed_by(sql) {
            self.wake_after_commit(family.topic());
        }
    }

    /// Makes everything true at once, then wakes those who wait.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self { tx, turn, live, topics } = self;
        let topics = topics.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (mut ordered, others): (Vec<_>, Vec<_>) = topics.into_iter().partition(|topic| Family::is_topic(topic));
        ordered.extend(others);
        let topics = ordered;
        if is_postgres(&tx) {
            notify(&tx, &topics).await?;
        }
        // Also where the answer to the commit is lost, or nobody waits for it any more: what is kept in memory must not
        // outlive a change that may have been made.
        let _waking = Waking { live, topics };
        tx.commit().await?;
        drop(turn);
        Ok(())
    }

    /// Takes everything back and waits for it: one that is merely dropped holds its locks until its connection is used
    /// again.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.tx.rollback().await
    }
}

/// Wakes its topics when it goes.
struct Waking {
    live: Live,
    topics: Vec<String>,
}

impl Drop for Waking {
    fn drop(&mut self) {
        self.topics.iter().for_each(|topic| self.live.wake(topic));
    }
}

/// Tells the other nodes at commit, in this order, in one statement however many there are.
async fn notify(tx: &DatabaseTransaction, topics: &[String]) -> Result<(), DbErr> {
    for topics in topics.chunks(MAX_VALUES) {
        let places: Vec<String> = (2..topics.len() + 2).map(|place| format!("(${place})")).collect();
        let sql = format!("SELECT pg_notify($1, topic) FROM (VALUES {}) AS topics(topic)", places.join(","));
        let values = std::iter::once(NOTIFY_CHANNEL.into()).chain(topics.iter().map(|topic| topic.as_str().into()));
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl ConnectionTrait for WriteTx {
    fn get_database_backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.note(&statement.sql);
        self.tx.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(sql);
        self.tx.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note(&statement.sql);
        self.tx.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(&statement.sql);
        self.tx.query_all_raw(statement).await
    }

    fn support_returning(&self) -> bool {
        self.tx.support_returning()
    }
}

/// Writes rows with as many statements as the databases' limit of values asks for. Returns how many rows were written:
/// fewer than given where `conflict` says so.
pub async fn insert_all<A: ActiveModelTrait>(
    tx: &WriteTx,
    rows: Vec<A>,
    conflict: Option<OnConflict>,
) -> Result<u64, DbErr> {
    let columns = <A::Entity as EntityTrait>::Column::iter().count().max(1);
    let (mut rows, mut written) = (rows.into_iter(), 0);
    while rows.len() > 0 {
        let mut insert = A::Entity::insert_many(rows.by_ref().take(MAX_VALUES / columns));
        if let Some(conflict) = &conflict {
            insert = insert.on_conflict(conflict.clone());
        }
        written += insert.exec_without_returning(tx).await?;
    }
    Ok(written)
}

/// Holds everybody else who asks for `name` until `tx` ends, on every node. On SQLite there is one writer anyway.
pub async fn exclusively(tx: &WriteTx, name: &str) -> Result<(), DbErr> {
    if is_postgres(tx) {
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            [name.into()],
        );
        tx.execute_raw(lock).await?;
    }
    Ok(())
}

/// Holds those who ask for `name` exclusively until `tx` ends, and nobody else; waits for one who has it.
pub async fn together(tx: &WriteTx, name: &str) -> Result<(), DbErr> {
    if is_postgres(tx) {
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))",
            [name.into()],
        );
        tx.execute_raw(lock).await?;
    }
    Ok(())
}

/// SUM of a bigint column as i64 on both databases (PostgreSQL sums to NUMERIC, which does not decode to i64). The
/// result is NULL where there is no row: read it as `Option<i64>`.
pub fn sum_i64<C: sea_orm::ColumnTrait>(column: C) -> SimpleExpr {
    SimpleExpr::from(Func::sum(Expr::col((column.entity_name(), column)))).cast_as("bigint")
}

/// `text` begins with `words`, in the form for which the database uses the index: SQLite's LIKE ignores binary indexes,
/// PostgreSQL's ranges depend on the collation.
pub fn begins_with(db: &impl ConnectionTrait, text: SimpleExpr, words: &str) -> SimpleExpr {
    if is_postgres(db) {
        let escaped = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        text.like(format!("{escaped}%"))
    } else {
        text.clone().gte(words).and(text.lt(format!("{words}\u{10ffff}")))
    }
}

/// Whether an error says that the unique index over `columns` of `table` was violated, in either dialect.
pub fn violates_unique(error: &DbErr, table: &str, columns: &[&str]) -> bool {
    let Some(sea_orm::SqlErr::UniqueConstraintViolation(message)) = error.sql_err() else { return false };
    let sqlite: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
    message.contains(&format!("uq_{table}_{}", columns.join("_"))) || message.contains(&sqlite.join(", "))
}
