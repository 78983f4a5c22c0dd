//! Finding files, what became of their rows, and the rows that are to be repaired.
use super::{
    TakeoverError,
    import::table_of,
    judge::Reason,
    preview::{ByCycle, monthly_minor, preview},
};
use crate::{
    domain::Ctx,
    kernel::{
        db::{WriteTx, sum_i64},
        page::{Page, PageRequest},
    },
};
use entity::{
    subscriptions::subscription,
    takeover::{import, import_link, import_row},
    value::{Cycle, ImportId, ImportKind, ImportStatus, ImportVerdict},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What became of a file so far; whole rupiah.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that are done.
    pub done: u64,
    /// Rows by verdict.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// What came into wallets.
    pub balance_minor: i64,
    /// Contracts that were taken over.
    pub cycles: ByCycle,
}

impl Outcome {
    /// What its contracts come to in a month, rounded half up once per cycle.
    pub fn monthly_minor(&self) -> i64 {
        monthly_minor(&self.cycles)
    }
}

/// One file.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(ctx: &Ctx, id: &ImportId) -> Result<import::Model, TakeoverError> {
    import::Entity::find_by_id(id.clone()).one(&ctx.db).await?.ok_or(TakeoverError::NotFound)
}

/// Reads a file and keeps others from changing it until `tx` ends.
pub(super) async fn locked(tx: &WriteTx, id: &ImportId) -> Result<import::Model, TakeoverError> {
    let found = import::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?;
    found.ok_or(TakeoverError::NotFound)
}

/// As [`locked`], of a draft.
pub(super) async fn locked_draft(tx: &WriteTx, id: &ImportId) -> Result<import::Model, TakeoverError> {
    let found = locked(tx, id).await?;
    if found.status == ImportStatus::Draft { Ok(found) } else { Err(TakeoverError::Over) }
}

/// Files, newest first; those that were put away are left out.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, request: &PageRequest) -> Result<Page<import::Model>, TakeoverError> {
    use import::Column::{Id, Status};
    let mut find = import::Entity::find().filter(Status.ne(ImportStatus::Discarded));
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// What became of the rows of a file, in the order they were done.
///
/// # Errors
/// The database.
pub async fn row_list(
    ctx: &Ctx,
    id: &ImportId,
    verdict: Option<ImportVerdict>,
    request: &PageRequest,
) -> Result<Page<import_row::Model>, TakeoverError> {
    use import_row::Column::{Id, ImportId, Verdict};
    let mut find = import_row::Entity::find().filter(ImportId.eq(id));
    if let Some(verdict) = verdict {
        find = find.filter(Verdict.eq(verdict));
    }
    if let Some(after) = &request.after {
        find = find.filter(Id.gt(after.as_str()));
    }
    let rows = find.order_by_asc(Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// What became of a file so far: three statements, however large it is.
///
/// # Errors
/// The database.
pub async fn outcome(ctx: &Ctx, id: &ImportId) -> Result<Outcome, TakeoverError> {
    let counts: Vec<(ImportVerdict, i64)> = import_row::Entity::find()
        .select_only()
        .column(import_row::Column::Verdict)
        .column_as(import_row::Column::Id.count(), "rows")
        .filter(import_row::Column::ImportId.eq(id))
        .group_by(import_row::Column::Verdict)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let whole = |count: i64| u64::try_from(count).unwrap_or_default();
    let balance: Option<Option<i64>> = import_link::Entity::find()
        .select_only()
        .column_as(sum_i64(import_link::Column::WalletMinor), "balance")
        .filter(import_link::Column::ImportId.eq(id))
        .into_tuple()
        .one(&ctx.db)
        .await?;
    let ours = Query::select()
        .column(import_link::Column::TargetId)
        .from(import_link::Entity)
        .and_where(import_link::Column::ImportId.eq(id))
        .and_where(import_link::Column::Kind.eq(ImportKind::Contracts))
        .to_owned();
    let cycles: Vec<(Cycle, i64, Option<i64>)> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Cycle)
        .column_as(subscription::Column::Id.count(), "contracts")
        .column_as(sum_i64(subscription::Column::PriceMinor), "price")
        .filter(subscription::Column::Id.in_subquery(ours))
        .group_by(subscription::Column::Cycle)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    Ok(Outcome {
        done: counts.iter().map(|(_, count)| whole(*count)).sum(),
        verdicts: counts.into_iter().map(|(verdict, count)| (verdict.as_str(), whole(count))).collect(),
        balance_minor: balance.flatten().unwrap_or(0),
        cycles: cycles
            .into_iter()
            .map(|(cycle, count, price)| (cycle, (usize::try_from(count).unwrap_or_default(), price.unwrap_or(0))))
            .collect(),
    })
}

/// The rows of a file that are done, by the line they begin at.
///
/// # Errors
/// The database.
pub(super) async fn numbers_done(db: &impl ConnectionTrait, id: &ImportId) -> Result<HashSet<i32>, TakeoverError> {
    let numbers: Vec<i32> = import_row::Entity::find()
        .select_only()
        .column(import_row::Column::Number)
        .filter(import_row::Column::ImportId.eq(id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(numbers.into_iter().collect())
}

/// A table of rows that are to be repaired: headings, and each row as it stands in the file with what is wrong with it.
pub type Faulty = (Vec<String>, Vec<(Vec<String>, Vec<Reason>)>);

/// The faulty rows of a file as they stand in it, to be repaired and sent in again: those the dry run finds, or those that
/// were found when it was taken over.
///
/// # Errors
/// `NotFound`, also where the content of the file was given up; the database.
pub async fn faulty(ctx: &Ctx, id: &ImportId) -> Result<Faulty, TakeoverError> {
    let import = get(ctx, id).await?;
    let table = table_of(&ctx.db, &import).await?;
    let found: HashMap<usize, Vec<Reason>> = if import.status == ImportStatus::Draft {
        let preview = preview(ctx, id).await?;
        let faulty = preview.findings.into_iter().filter(|(_, finding)| finding.verdict == ImportVerdict::Faulty);
        faulty.map(|(row, finding)| (row.number, finding.reasons)).collect()
    } else {
        let rows = import_row::Entity::find()
            .filter(import_row::Column::ImportId.eq(id))
            .filter(import_row::Column::Verdict.eq(ImportVerdict::Faulty))
            .all(&ctx.db)
            .await?;
        let reasons = |row: import_row::Model| {
            let reasons = serde_json::from_value(row.reasons).unwrap_or_default();
            (usize::try_from(row.number).unwrap_or_default(), reasons)
        };
        rows.into_iter().map(reasons).collect()
    };
    let mut rows = Vec::new();
    for (number, cells) in table.rows {
        if let Some(reasons) = found.get(&number) {
            rows.push((cells, reasons.clone()));
        }
    }
    Ok((table.headings, rows))
}
