//! Taking a file in, and the dry run: what taking it over would do, row by row. Nothing but the file is written.
use super::{
    TakeoverError,
    columns::{Columns, Role},
    find::{get, locked_draft},
    judge::{Finding, judge},
    known,
    rows::{self, Row, What},
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
    value::{Cycle, FileId, ImportId, ImportKind, ImportStatus, ImportVerdict, business_day},
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
use std::collections::BTreeMap;

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
}

/// Contracts of one cycle: how many, and what a cycle of all of them comes to, whole rupiah.
pub type ByCycle = BTreeMap<Cycle, (usize, i64)>;

/// What a file comes to, so that it can be compared with the other system; whole rupiah.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows of the file.
    pub rows: usize,
    /// Rows by verdict.
    pub verdicts: BTreeMap<&'static str, usize>,
    /// Balances of all rows that can be read.
    pub file_balance_minor: i64,
    /// Balances that come into wallets.
    pub balance_minor: i64,
    /// Contracts of all rows that can be read.
    pub file_cycles: ByCycle,
    /// Contracts that are taken over.
    pub cycles: ByCycle,
    /// Of these, how many are invoiced at once.
    pub overdue: usize,
    /// Of these, how many make their plan grow.
    pub over_quota: usize,
}

/// What contracts come to in a month: each cycle's sum divided by its months, rounded half up once.
pub fn monthly_minor(cycles: &ByCycle) -> i64 {
    let monthly = cycles.iter().map(|(cycle, (_, minor))| {
        let months = i64::from(cycle.months().unwrap_or(1));
        (minor + months / 2) / months
    });
    monthly.sum()
}

impl Totals {
    /// What contracts come to in a month, rounded half up once per cycle: of the file, and taken over.
    pub fn monthly_minor(&self) -> (i64, i64) {
        (monthly_minor(&self.file_cycles), monthly_minor(&self.cycles))
    }

    /// Rows with this verdict.
    pub fn count(&self, verdict: ImportVerdict) -> usize {
        self.verdicts.get(verdict.as_str()).copied().unwrap_or(0)
    }

    /// Rows that something comes of.
    pub fn taken(&self) -> usize {
        self.count(ImportVerdict::New) + self.count(ImportVerdict::Linked)
    }

    fn of(findings: &[(Row, Finding)]) -> Self {
        let mut totals = Self { rows: findings.len(), ..Self::default() };
        let add = |cycles: &mut ByCycle, cycle: Cycle, minor: i64| {
            let sum = cycles.entry(cycle).or_default();
            *sum = (sum.0 + 1, sum.1.saturating_add(minor));
        };
        for (row, finding) in findings {
            *totals.verdicts.entry(finding.verdict.as_str()).or_default() += 1;
            match &row.what {
                Ok(What::Customer(told)) => {
                    totals.file_balance_minor = totals.file_balance_minor.saturating_add(told.balance_minor);
                    if finding.is_taken() {
                        totals.balance_minor = totals.balance_minor.saturating_add(told.balance_minor);
                    }
                }
                Ok(What::Contract(told)) => {
                    add(&mut totals.file_cycles, told.cycle, told.price_minor);
                    if finding.is_taken() {
                        add(&mut totals.cycles, told.cycle, told.price_minor);
                        totals.overdue += usize::from(finding.is_overdue);
                        totals.over_quota += usize::from(finding.is_over_quota);
                    }
                }
                Err(_) => {}
            }
        }
        totals
    }
}

/// A file before it is taken over.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The file.
    pub import: import::Model,
    /// Headings of its table.
    pub headings: Vec<String>,
    /// Which of them says what.
    pub columns: Columns,
    /// What is missing before it can be read.
    pub missing: Option<Role>,
    /// What staff decided for all rows.
    pub options: Options,
    /// The rows, with what was found.
    pub findings: Vec<(Row, Finding)>,
    /// What they come to.
    pub totals: Totals,
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

/// Takes in a file of `source` (a short word for the system its keys are those of); nothing is taken over. Its columns
/// are those of the last file of that kind and source where they fit, and guessed otherwise. The same file again while
/// it is looked at is the draft it was before.
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
    let source = source_of(source)?;
    let table = table::read(&body, &LIMITS).map_err(refused)?;
    let columns = columns_for(ctx, kind, &source, &table).await?;
    let (id, file_id, now, sha256) = (ImportId::generate(), FileId::generate(), ctx.now(), sha256_hex(&body));
    let tx = ctx.begin().await?;
    db::exclusively(&tx, &format!("yumna.takeover.send_in.{source}")).await?;
    let same = import::Entity::find()
        .filter(import::Column::Kind.eq(kind))
        .filter(import::Column::Source.eq(&source))
        .filter(import::Column::FileKey.eq(&sha256));
    if let Some(known) = same.one(&tx).await? {
        ctx.made(&tx, known.id.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    let kept = file::Model {
        id: file_id.clone(),
        key: format!("import:{id}"),
        sha256: sha256.clone(),
        content_type: "text/csv".to_owned(),
        // A name of ours: the sender's may be anything.
        name: format!("{source}-{kind}-{}.csv", business_day(now)),
        body,
        created_at: now,
    };
    file::Entity::insert(kept.into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let row = import::Model {
        id: id.clone(),
        kind,
        source: source.clone(),
        file_id,
        file_key: Some(sha256.clone()),
        columns: json!(columns),
        options: json!(options),
        status: ImportStatus::Draft,
        rows: i32::try_from(table.rows.len()).unwrap_or(i32::MAX),
        created_by: ctx.staff_id(),
        created_at: now,
        started_by: None,
        started_at: None,
        finished_at: None,
    };
    import::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let change = Change {
        action: "takeover.import.send_in",
        target_type: "import",
        target_id: id.as_str(),
        after: Some(json!({ "kind": kind, "source": source, "sha256": sha256, "rows": row.rows })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// The columns of the last file of that kind and source where its table looks the same.
async fn columns_for(ctx: &Ctx, kind: ImportKind, source: &str, table: &Table) -> Result<Columns, TakeoverError> {
    let last = import::Entity::find()
        .filter(import::Column::Status.eq(ImportStatus::Done))
        .filter(import::Column::Kind.eq(kind))
        .filter(import::Column::Source.eq(source))
        .order_by_desc(import::Column::Id)
        .one(&ctx.db)
        .await?;
    let known = last.and_then(|last| serde_json::from_value::<Columns>(last.columns).ok());
    let fitting = known.filter(|columns| columns.fit(&table.headings));
    Ok(fitting.unwrap_or_else(|| Columns::guess(kind, &table.headings)))
}

/// The table of a file and its columns, as stored.
pub(super) async fn table_of(
    db: &impl ConnectionTrait,
    import: &import::Model,
) -> Result<(Table, Columns), TakeoverError> {
    let file = file::Entity::find_by_id(import.file_id.clone()).one(db).await?.ok_or(TakeoverError::NotFound)?;
    let table = table::read(&file.body, &LIMITS).map_err(refused)?;
    Ok((table, serde_json::from_value(import.columns.clone()).unwrap_or_default()))
}

/// What staff decided for all rows of a file.
pub(super) fn options_of(import: &import::Model) -> Options {
    serde_json::from_value(import.options.clone()).unwrap_or_default()
}

/// The dry run: what taking a file over would do, row by row. Nothing changes.
///
/// # Errors
/// `NotFound`; `Over` where it is no draft any more; the database.
pub async fn preview(ctx: &Ctx, id: &ImportId) -> Result<Preview, TakeoverError> {
    let import = get(ctx, id).await?;
    if import.status != ImportStatus::Draft {
        return Err(TakeoverError::Over);
    }
    let (table, columns) = table_of(&ctx.db, &import).await?;
    let (options, missing) = (options_of(&import), columns.missing(import.kind));
    let rows = match missing {
        None => rows::read(ctx, import.kind, &table, &columns),
        Some(_) => Vec::new(),
    };
    let mut known = known::load(&ctx.db, import.kind, &import.source, &rows).await?;
    let today = business_day(ctx.now());
    let judged = rows.into_iter().map(|row| {
        let finding = judge(&row, &mut known, &options, today);
        (row, finding)
    });
    let findings: Vec<(Row, Finding)> = judged.collect();
    let totals = Totals::of(&findings);
    Ok(Preview { headings: table.headings, columns, missing, options, totals, findings, import })
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
    let (table, _) = table_of(&ctx.db, &import).await?;
    let wrong = |role: Role, code: &'static str| {
        TakeoverError::Invalid(vec![FieldFault::new(format!("column_{}", role.as_str()), code)])
    };
    if let Some((role, _)) = columns.0.iter().find(|(_, heading)| !table.headings.contains(heading)) {
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

/// Puts a file away that is not to be taken over. Twice is once.
///
/// # Errors
/// `NotFound`; `Over` where it was begun; the database.
pub async fn discard(ctx: &Ctx, id: &ImportId) -> Result<(), TakeoverError> {
    if get(ctx, id).await?.status == ImportStatus::Discarded {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    locked_draft(&tx, id).await?;
    let set = import::ActiveModel { status: Set(ImportStatus::Discarded), file_key: Set(None), ..Default::default() };
    import::Entity::update_many().set(set).filter(import::Column::Id.eq(id)).exec(&tx).await?;
    let change = Change {
        action: "takeover.import.discard",
        target_type: "import",
        target_id: id.as_str(),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    Ok(tx.commit().await?)
}
