//! Taking a file in, saying how it is read, and putting it away again. Nothing but the file is written.
use super::{
    TakeoverError,
    columns::{Columns, Role},
    files,
    find::{get, locked_draft},
};
use crate::{
    domain::Ctx,
    kernel::{
        audit::Change,
        db,
        fault::FieldFault,
        table::{self, Limits, Table, Unreadable},
        token::sha256_hex,
    },
};
use entity::{
    platform::file,
    takeover::import,
    value::{FileId, ImportId, ImportKind, ImportStatus},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Largest file that is taken in, in bytes.
pub const LARGEST_FILE_BYTES: usize = 5 * 1024 * 1024;
/// Other systems write out all they have, addresses of several lines among it.
const LIMITS: Limits = Limits { bytes: LARGEST_FILE_BYTES, rows: 20_000, columns: 160, cell: 400, line_break: " " };
/// Characters of the name of a system.
const SOURCE_LENGTH: usize = 32;

/// What staff decide for all rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// A customer whose mail address is here already is tied to that account; otherwise such a row is faulty.
    pub link_known_mail: bool,
    /// Who is new gets one mail to choose a password.
    pub invite: bool,
    /// Where a plan is full, its stock grows; otherwise such a row is faulty.
    pub allow_over_quota: bool,
    /// A contract whose due date is over is invoiced at once; otherwise such a row is faulty.
    pub bill_overdue: bool,
    /// The agreed prices of the file hold the tax.
    pub prices_include_tax: bool,
}

/// The name of a system as it is stored.
fn source_of(text: &str) -> Result<String, TakeoverError> {
    let source = text.trim().to_lowercase();
    let is_word = source.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let code = match source.len() {
        0 => "required",
        length if length > SOURCE_LENGTH || !is_word => "invalid",
        _ => return Ok(source),
    };
    Err(TakeoverError::Invalid(vec![FieldFault::new("source", code)]))
}

fn refused(why: Unreadable) -> TakeoverError {
    match why {
        Unreadable::TooLarge | Unreadable::TooManyRows => TakeoverError::TooLarge,
        Unreadable::NoText | Unreadable::NoTable => TakeoverError::Unreadable,
    }
}

/// A file as it would be taken in: a draft that is not kept yet, with its table.
pub(super) async fn drafted(
    ctx: &Ctx,
    kind: ImportKind,
    source: &str,
    options: Options,
    body: &[u8],
) -> Result<(import::Model, Table), TakeoverError> {
    let source = source_of(source)?;
    let table = table::read(body, &LIMITS).map_err(refused)?;
    let columns = columns_for(ctx, kind, &source, &table).await?;
    let draft = import::Model {
        id: ImportId::generate(),
        kind,
        source,
        file_id: FileId::generate(),
        file_key: Some(sha256_hex(body)),
        headings: Some(json!(table.headings)),
        columns: json!(columns),
        options: json!(options),
        status: ImportStatus::Draft,
        rows: i32::try_from(table.rows.len()).unwrap_or(i32::MAX),
        created_by: ctx.staff_id(),
        created_at: ctx.now(),
        started_by: None,
        started_at: None,
        finished_at: None,
        emptied_at: None,
    };
    Ok((draft, table))
}

/// Takes in a file of `source` (a short word for the system its keys are those of); nothing is taken over. Its columns
/// are those of the last file of that kind and source where they fit, and guessed otherwise. The same file again while
/// it is looked at is the draft it was before, with the columns and options it has by now.
///
/// # Errors
/// `Invalid` for `source`; `TooLarge`, `Unreadable`; the database.
pub async fn send_in(
    ctx: &Ctx,
    kind: ImportKind,
    source: &str,
    options: Options,
    body: Vec<u8>,
) -> Result<import::Model, TakeoverError> {
    let (row, _) = drafted(ctx, kind, source, options, &body).await?;
    let tx = ctx.begin().await?;
    db::exclusively(&tx, &format!("yumna.takeover.send_in.{}", row.source)).await?;
    let same = import::Entity::find()
        .filter(import::Column::Kind.eq(kind))
        .filter(import::Column::Source.eq(&row.source))
        .filter(import::Column::FileKey.eq(row.file_key.as_deref()));
    if let Some(known) = same.one(&tx).await? {
        ctx.made(&tx, known.id.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    files::keep(&tx, &row, body).await?;
    import::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let change = Change {
        action: "takeover.import.send_in",
        target_type: "import",
        target_id: row.id.as_str(),
        after: Some(json!({ "kind": kind, "source": row.source, "sha256": row.file_key, "rows": row.rows })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// The columns of the last file of that kind and source where they stand in this table as well, with guesses for
/// headings that one did not have; what it had and staff left out stays out.
async fn columns_for(ctx: &Ctx, kind: ImportKind, source: &str, table: &Table) -> Result<Columns, TakeoverError> {
    let last = import::Entity::find()
        .filter(import::Column::Status.eq(ImportStatus::Done))
        .filter(import::Column::Kind.eq(kind))
        .filter(import::Column::Source.eq(source))
        .order_by_desc(import::Column::Id)
        .one(&ctx.db)
        .await?;
    let Some(last) = last else { return Ok(Columns::guess(kind, &table.headings)) };
    let columns = columns_of(&last);
    if !columns.fit(&table.headings) {
        return Ok(Columns::guess(kind, &table.headings));
    }
    let before: Vec<String> =
        last.headings.and_then(|headings| serde_json::from_value(headings).ok()).unwrap_or_default();
    let new: Vec<String> = table.headings.iter().filter(|heading| !before.contains(heading)).cloned().collect();
    Ok(columns.with_guesses(kind, &new))
}

/// Which column of a file says what.
pub(super) fn columns_of(import: &import::Model) -> Columns {
    serde_json::from_value(import.columns.clone()).unwrap_or_default()
}

/// What staff decided for all rows of a file.
pub(super) fn options_of(import: &import::Model) -> Options {
    serde_json::from_value(import.options.clone()).unwrap_or_default()
}

/// The table of a file, as stored.
///
/// # Errors
/// `NotFound` where its content was given up; the database.
pub(super) async fn table_of(db: &impl ConnectionTrait, import: &import::Model) -> Result<Table, TakeoverError> {
    let file = file::Entity::find_by_id(import.file_id.clone()).one(db).await?;
    let file = file.filter(|_| import.emptied_at.is_none()).ok_or(TakeoverError::NotFound)?;
    table::read(&file.body, &LIMITS).map_err(refused)
}

/// Says which column of a file says what, and what is decided for all rows. Saying the same again changes nothing.
///
/// # Errors
/// `NotFound`; `Over`; `Invalid` for a heading that is none of the table, or where what is needed is missing; the
/// database.
pub async fn remap(
    ctx: &Ctx,
    id: &ImportId,
    columns: Columns,
    options: Options,
) -> Result<import::Model, TakeoverError> {
    let import = get(ctx, id).await?;
    if import.status != ImportStatus::Draft {
        return Err(TakeoverError::Over);
    }
    let headings = table_of(&ctx.db, &import).await?.headings;
    let wrong = |role: Role, code: &'static str| {
        TakeoverError::Invalid(vec![FieldFault::new(format!("column_{}", role.as_str()), code)])
    };
    if let Some((role, _)) = columns.0.iter().find(|(_, heading)| !headings.contains(heading)) {
        return Err(wrong(*role, "unknown"));
    }
    if let Some(role) = columns.missing(import.kind) {
        return Err(wrong(role, "required"));
    }
    let tx = ctx.begin().await?;
    let before = locked_draft(&tx, id).await?;
    let set = import::ActiveModel { columns: Set(json!(columns)), options: Set(json!(options)), ..Default::default() };
    import::Entity::update_many().set(set).filter(import::Column::Id.eq(id)).exec(&tx).await?;
    let change = Change {
        action: "takeover.import.map",
        target_type: "import",
        target_id: id.as_str(),
        before: Some(json!({ "columns": before.columns, "options": before.options })),
        after: Some(json!({ "columns": columns, "options": options })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(import::Model { columns: json!(columns), options: json!(options), ..before })
}

/// Puts a file away that is not to be taken over; its content is given up. Twice is once.
///
/// # Errors
/// `NotFound`; `Over` where it was begun; the database.
pub async fn discard(ctx: &Ctx, id: &ImportId) -> Result<(), TakeoverError> {
    if get(ctx, id).await?.status == ImportStatus::Discarded {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    let draft = locked_draft(&tx, id).await?;
    let set = import::ActiveModel { status: Set(ImportStatus::Discarded), file_key: Set(None), ..Default::default() };
    import::Entity::update_many().set(set).filter(import::Column::Id.eq(id)).exec(&tx).await?;
    files::empty(&tx, ctx.now(), &[draft]).await?;
    let change = Change {
        action: "takeover.import.discard",
        target_type: "import",
        target_id: id.as_str(),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    Ok(tx.commit().await?)
}
