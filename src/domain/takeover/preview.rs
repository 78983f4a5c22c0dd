//! The dry run: what taking a file over would do, row by row. Nothing is written.
use super::{
    TakeoverError,
    columns::{Columns, Role},
    find::get,
    import::{Options, columns_of, drafted, options_of, table_of},
    judge::{Finding, judge},
    known,
    rows::{self, Row, What},
};
use crate::{
    domain::Ctx,
    kernel::{table::Table, token::sha256_hex},
};
use entity::{
    takeover::import,
    value::{Cycle, ImportId, ImportKind, ImportStatus, ImportVerdict, business_day},
};
use serde_json::json;
use std::collections::BTreeMap;

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

/// What contracts come to in a month: each cycle's sum by the month, rounded half up once.
pub fn monthly_minor(cycles: &ByCycle) -> i64 {
    cycles.iter().map(|(cycle, (_, minor))| cycle.monthly_minor(*minor)).sum()
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
    /// Names what was looked at; `start` asks for it.
    pub fingerprint: String,
}

/// Names what was looked at: a file, its columns, and what was decided for all rows. What is begun must be that.
pub(super) fn fingerprint(sha256: &str, columns: &Columns, options: &Options) -> String {
    sha256_hex(json!([sha256, columns, options]).to_string())
}

/// The dry run of a file that was sent in. Nothing changes.
///
/// # Errors
/// `NotFound`; `Over` where it is no draft any more; the database.
pub async fn preview(ctx: &Ctx, id: &ImportId) -> Result<Preview, TakeoverError> {
    let import = get(ctx, id).await?;
    if import.status != ImportStatus::Draft {
        return Err(TakeoverError::Over);
    }
    let table = table_of(&ctx.db, &import).await?;
    judged(ctx, import, table).await
}

/// The dry run of a file that is not sent in: nothing is kept of it, and a draft of the same file stays as it is.
///
/// # Errors
/// `Invalid` for `source`; `TooLarge`, `Unreadable`; the database.
pub async fn look(
    ctx: &Ctx,
    kind: ImportKind,
    source: &str,
    options: Options,
    body: &[u8],
) -> Result<Preview, TakeoverError> {
    let (draft, table) = drafted(ctx, kind, source, options, body).await?;
    judged(ctx, draft, table).await
}

async fn judged(ctx: &Ctx, import: import::Model, table: Table) -> Result<Preview, TakeoverError> {
    let (columns, options) = (columns_of(&import), options_of(&import));
    let missing = columns.missing(import.kind);
    let rows = match missing {
        None => rows::read(ctx, import.kind, &table, &columns),
        Some(_) => Vec::new(),
    };
    let mut known = known::load(&ctx.db, import.kind, &import.source, &rows).await?;
    let today = business_day(ctx.now());
    let findings: Vec<(Row, Finding)> = rows
        .into_iter()
        .map(|row| {
            let finding = judge(&row, &mut known, &options, today);
            (row, finding)
        })
        .collect();
    // A draft's key is the hash of its file.
    let fingerprint = fingerprint(import.file_key.as_deref().unwrap_or_default(), &columns, &options);
    let totals = Totals::of(&findings);
    Ok(Preview { headings: table.headings, columns, missing, options, totals, findings, fingerprint, import })
}
