//! Taking a file over: begun by a person, done row by row by a job, each row in a transaction of its own with the line
//! that says it is done. Killed at any point and begun again it comes to the same.
use super::{
    TakeoverError,
    apply::apply,
    find::{get, locked, numbers_done},
    import::{columns_of, options_of, table_of},
    judge::{Finding, judge},
    known,
    preview::fingerprint,
    rows::{self, Row},
};
use crate::{
    domain::{
        Ctx,
        identity::password,
        ledger::{self, LedgerError},
    },
    kernel::{
        audit::Change,
        db::{self, WriteTx},
        fault::FieldFault,
        job::Job,
        token,
    },
};
use entity::{
    platform::file,
    takeover::{import, import_row},
    value::{ImportId, ImportRowId, ImportStatus, business_day},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// Rows that one run of the job takes over; the next one goes on.
pub const AT_ONCE: usize = 200;

/// Lines after which those who look on are told again how far it is.
const TOLD_EVERY: i32 = 10;

/// The topic of those who look on while a file is taken over.
pub fn topic(id: &ImportId) -> String {
    format!("takeover:{id}")
}

/// Takes the next rows of a file over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeOver {
    /// Which file.
    pub import_id: ImportId,
}

impl Job for TakeOver {
    const NAME: &'static str = "takeover.run";
    const TIMEOUT: Duration = Duration::from_secs(600);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.import_id))
    }
}

/// Begins to take a file over; the job does the rest. What is begun is what was looked at, named by the `fingerprint` of
/// its dry run. It cannot be undone. Twice is once.
///
/// # Errors
/// `NotFound`; `Over` where it was put away; `Changed` where its columns or what was decided are others by now; `Invalid`
/// with `columns` where it cannot be read; `Ledger(PeriodClosed)` where nothing can be booked now; the database.
pub async fn start(ctx: &Ctx, id: &ImportId, looked_at: &str) -> Result<(), TakeoverError> {
    let tx = ctx.begin().await?;
    let import = locked(&tx, id).await?;
    if import.status == ImportStatus::Discarded {
        return Err(TakeoverError::Over);
    }
    let columns = columns_of(&import);
    if fingerprint(&hash_of(&tx, &import).await?, &columns, &options_of(&import)) != looked_at {
        return Err(TakeoverError::Changed);
    }
    if import.status != ImportStatus::Draft {
        return Ok(());
    }
    if columns.missing(import.kind).is_some() {
        return Err(TakeoverError::Invalid(vec![FieldFault::new("columns", "required")]));
    }
    let month = ledger::month_of(business_day(ctx.now()));
    if ledger::closed_through(&tx).await?.is_some_and(|closed| month <= closed) {
        return Err(LedgerError::PeriodClosed { month }.into());
    }
    let set = import::ActiveModel {
        status: Set(ImportStatus::Running),
        // From now on the same file is another one: it is sent in again where what was wrong has been put right.
        file_key: Set(None),
        started_by: Set(ctx.staff_id()),
        started_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    import::Entity::update_many().set(set).filter(import::Column::Id.eq(id)).exec(&tx).await?;
    let change = Change {
        action: "takeover.import.start",
        target_type: "import",
        target_id: id.as_str(),
        after: Some(json!({
            "kind": import.kind, "source": import.source, "columns": import.columns, "options": import.options,
        })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.enqueue(&tx, &TakeOver { import_id: id.clone() }).await?;
    tx.wake_after_commit("staff");
    ctx.made(&tx, id.as_str()).await?;
    Ok(tx.commit().await?)
}

/// The hash of a file, also when it is no draft any more.
async fn hash_of(tx: &WriteTx, import: &import::Model) -> Result<String, TakeoverError> {
    let hash = file::Entity::find_by_id(import.file_id.clone()).select_only().column(file::Column::Sha256);
    hash.into_tuple::<String>().one(tx).await?.ok_or(TakeoverError::NotFound)
}

/// Asks again for the rest of a file whose job was given up. Nothing happens where none is under way.
///
/// # Errors
/// `NotFound`; the database.
pub async fn go_on(ctx: &Ctx, id: &ImportId) -> Result<(), TakeoverError> {
    if get(ctx, id).await?.status != ImportStatus::Running {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    ctx.enqueue(&tx, &TakeOver { import_id: id.clone() }).await?;
    Ok(tx.commit().await?)
}

/// Takes at most `limit` rows over that are not done yet. Whether nothing is left to do: then the file is done, or was
/// never begun. Two at the same time share the work; running it again changes nothing.
///
/// # Errors
/// `NotFound`; what keeps every row from being taken over, as `Ledger(PeriodClosed)`; the database.
pub async fn run_some(ctx: &Ctx, id: &ImportId, limit: usize) -> Result<bool, TakeoverError> {
    let import = get(ctx, id).await?;
    if import.status != ImportStatus::Running {
        return Ok(true);
    }
    let table = table_of(&ctx.db, &import).await?;
    let done = numbers_done(&ctx.db, id).await?;
    let rows = rows::read(ctx, import.kind, &table, &columns_of(&import));
    let left: Vec<&Row> = rows.iter().filter(|row| !done.contains(&line_of(row))).collect();
    if !left.is_empty() {
        // Nobody knows this password; a link of a mail, or of the page for forgotten ones, sets one.
        let password_hash = password::hash(ctx, &token::random()).await?;
        for row in left.iter().take(limit) {
            take(ctx, &import, row, &password_hash).await?;
        }
    }
    if left.len() > limit {
        return Ok(false);
    }
    finish(ctx, &import).await?;
    Ok(true)
}

fn line_of(row: &Row) -> i32 {
    i32::try_from(row.number).unwrap_or(i32::MAX)
}

/// Takes one row over, in a transaction of its own.
async fn take(ctx: &Ctx, import: &import::Model, row: &Row, password_hash: &str) -> Result<(), TakeoverError> {
    let options = options_of(import);
    let tx = ctx.begin().await?;
    // One row of a source after the other: of two files that tell of the same customer one sees the other's link.
    db::exclusively(&tx, &format!("yumna.takeover.{}", import.source)).await?;
    if is_done(&tx, import, row).await? {
        return Ok(());
    }
    let mut known = known::load(&tx, import.kind, &import.source, std::slice::from_ref(row)).await?;
    let finding = judge(row, &mut known, &options, business_day(ctx.now()));
    if !finding.is_taken() {
        let target_id = finding.target_id.clone();
        return note(ctx, tx, import, row, &finding, target_id).await;
    }
    let applied = apply(ctx, &tx, import, &options, row, &finding, password_hash).await?;
    match applied {
        Ok(target_id) => note(ctx, tx, import, row, &finding, Some(target_id)).await,
        Err(reasons) => {
            drop(tx);
            note(ctx, ctx.begin().await?, import, row, &Finding::faulty(reasons), None).await
        }
    }
}

async fn is_done(tx: &WriteTx, import: &import::Model, row: &Row) -> Result<bool, TakeoverError> {
    let found = import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(&import.id))
        .filter(import_row::Column::Number.eq(line_of(row)))
        .one(tx)
        .await?;
    Ok(found.is_some())
}

/// Notes what came of a row and commits: with what was made of it, or nothing.
async fn note(
    ctx: &Ctx,
    tx: WriteTx,
    import: &import::Model,
    row: &Row,
    finding: &Finding,
    target_id: Option<String>,
) -> Result<(), TakeoverError> {
    let line = import_row::Model {
        id: ImportRowId::generate(),
        import_id: import.id.clone(),
        number: line_of(row),
        source_key: row.key.clone(),
        label: row.label.clone(),
        verdict: finding.verdict,
        reasons: json!(finding.reasons),
        target_id,
        created_at: ctx.now(),
    };
    let once = OnConflict::columns([import_row::Column::ImportId, import_row::Column::Number]).do_nothing().to_owned();
    let insert = import_row::Entity::insert(line.into_active_model().reset_all()).on_conflict(once);
    if line_of(row) % TOLD_EVERY == 0 {
        tx.wake_after_commit(topic(&import.id));
    }
    // Somebody else has just done this row: what was made of it here is given up.
    if insert.exec_without_returning(&tx).await? == 1 {
        tx.commit().await?;
    }
    Ok(())
}

/// Every row is done. Twice is once.
async fn finish(ctx: &Ctx, import: &import::Model) -> Result<(), TakeoverError> {
    let tx = ctx.begin().await?;
    let finished = import::Entity::update_many()
        .col_expr(import::Column::Status, Expr::value(ImportStatus::Done))
        .col_expr(import::Column::FinishedAt, Expr::value(Some(ctx.now())))
        .filter(import::Column::Id.eq(&import.id))
        .filter(import::Column::Status.eq(ImportStatus::Running))
        .exec(&tx)
        .await?;
    if finished.rows_affected != 1 {
        return Ok(());
    }
    let change = Change {
        action: "takeover.import.finish",
        target_type: "import",
        target_id: import.id.as_str(),
        after: Some(json!({ "kind": import.kind, "source": import.source, "rows": import.rows })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit("staff");
    tx.wake_after_commit(topic(&import.id));
    Ok(tx.commit().await?)
}
