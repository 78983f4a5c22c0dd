//! Numbers without gaps, from a first number on that people choose before the series of a year is used: one row per series and business year, locked until the transaction of the document ends, so
//! that a document that is rolled back gives its number back.
use super::LedgerError;
use crate::{
    domain::{
        Ctx,
        settings::{self, Numbering, SettingsError},
    },
    kernel::{
        audit::Change,
        db::WriteTx,
        fault::{CommonFault, FieldFault},
    },
};
use chrono::{DateTime, Datelike, Utc};
use entity::{billing::number_series, value::business_day};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde_json::{Map, Value};

/// Largest first number: what came before it in another program fits in nine digits.
const MAX_FIRST: i64 = 999_999_999;

/// What is numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// Invoices, chained by hash.
    Invoice,
    /// Credit notes, chained by hash.
    CreditNote,
    /// Orders.
    Order,
    /// Price quotes.
    Quote,
    /// Movements of wallets.
    Wallet,
}

impl Series {
    /// Every series, in the order of the settings.
    pub const ALL: [Self; 5] = [Self::Invoice, Self::CreditNote, Self::Order, Self::Quote, Self::Wallet];

    /// The first part of its row's key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::Order => "order",
            Self::Quote => "quote",
            Self::Wallet => "wallet",
        }
    }

    /// What its first number is called among the settings.
    pub fn first_field(self) -> String {
        format!("{}_first", self.name())
    }
}

/// A number taken from a series.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The series' row: `invoice:2026`.
    pub series_id: String,
    /// As printed.
    pub number: String,
    /// As counted.
    pub value: i64,
    /// Hash of the document before in this series.
    pub previous_hash: Option<String>,
}

/// Takes the next number of `series` in the business year of now. The series stays locked until `tx` ends.
///
/// # Errors
/// The database.
pub async fn take(ctx: &Ctx, tx: &WriteTx, series: Series) -> Result<Taken, LedgerError> {
    take_all(ctx, tx, series, 1).await?.pop().ok_or(LedgerError::NotFound)
}

/// Takes the next `count` numbers of `series`, in order; each knows the hash of the document before the first of them.
///
/// # Errors
/// The database.
pub async fn take_all(ctx: &Ctx, tx: &WriteTx, series: Series, count: usize) -> Result<Vec<Taken>, LedgerError> {
    let (now, count) = (ctx.now(), i64::try_from(count).map_err(|_| LedgerError::InvalidAmount)?);
    let year = business_day(now).year();
    let series_id = format!("{}:{year}", series.name());
    let row = match advance(tx, &series_id, now, count).await? {
        Some(row) => row,
        None => {
            open(tx, &series_id, now).await?;
            advance(tx, &series_id, now, count).await?.ok_or(LedgerError::NotFound)?
        }
    };
    let patterns = settings::load(tx).await?.numbering;
    let pattern = match series {
        Series::Invoice => patterns.invoice,
        Series::CreditNote => patterns.credit_note,
        Series::Order => patterns.order,
        Series::Quote => patterns.quote,
        Series::Wallet => patterns.wallet,
    };
    let taken = (row.next_value - count..row.next_value).map(|value| Taken {
        number: format_number(&pattern, year, value),
        series_id: series_id.clone(),
        value,
        previous_hash: row.last_hash.clone(),
    });
    Ok(taken.collect())
}

/// The first number of every series in the business year of now.
///
/// # Errors
/// The database.
pub async fn first_numbers(ctx: &Ctx) -> Result<Vec<(Series, i64)>, DbErr> {
    let year = business_day(ctx.now()).year();
    let rows = number_series::Entity::find().all(&ctx.db).await?;
    let first = |series: Series| {
        let id = format!("{}:{year}", series.name());
        rows.iter().find(|row| row.id == id).map_or(1, |row| row.first_value)
    };
    Ok(Series::ALL.map(|series| (series, first(series))).into())
}

/// Saves the patterns of the settings and, for the business year of now, the first number of each series, all or
/// nothing. A later year begins with 1 unless it is said again. Twice is once.
///
/// # Errors
/// `Invalid` by field: a pattern (`invoice`), or a first number (`invoice_first`) that is out of range or belongs to a
/// series that has been used this year; the database.
pub async fn save_numbering(ctx: &Ctx, patterns: Numbering, firsts: &[(Series, i64)]) -> Result<(), SettingsError> {
    let tx = ctx.begin().await?;
    settings::save_section_in(ctx, &tx, patterns).await?;
    set_firsts(ctx, &tx, firsts).await?;
    tx.commit().await?;
    Ok(())
}

/// As `save_numbering`, of the patterns and first numbers that `changes` names: `invoice`, `invoice_first`, … The others
/// stay as they are.
///
/// # Errors
/// As `save_numbering`, and as `settings::change_fields` for names and kinds of values.
pub async fn change_numbering(ctx: &Ctx, changes: &Map<String, Value>) -> Result<(), SettingsError> {
    let mut patterns = changes.clone();
    let mut firsts = Vec::new();
    for series in Series::ALL {
        if let Some(first) = patterns.remove(series.first_field().as_str()) {
            // What is no whole number is out of range.
            firsts.push((series, first.as_i64().unwrap_or(0)));
        }
    }
    let tx = ctx.begin().await?;
    settings::change_fields_in::<Numbering>(ctx, &tx, &patterns).await?;
    set_firsts(ctx, &tx, &firsts).await?;
    tx.commit().await?;
    Ok(())
}

/// The first numbers of this business year.
async fn set_firsts(ctx: &Ctx, tx: &WriteTx, firsts: &[(Series, i64)]) -> Result<(), SettingsError> {
    let year = business_day(ctx.now()).year();
    let mut faults = Vec::new();
    for (series, first) in firsts {
        let field = series.first_field();
        if !(1..=MAX_FIRST).contains(first) {
            faults.push(FieldFault::new(field, "out_of_range").with("min", 1).with("max", MAX_FIRST));
        } else if !begin_with(ctx, tx, *series, year, *first).await? {
            faults.push(FieldFault::new(field, "series_in_use").with("year", year));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(CommonFault::Invalid(faults)) }
}

/// Whether the series of `year` begins with `first` now: a used one keeps the number it began with.
async fn begin_with(ctx: &Ctx, tx: &WriteTx, series: Series, year: i32, first: i64) -> Result<bool, DbErr> {
    let id = format!("{}:{year}", series.name());
    let before = number_series::Entity::find_by_id(id.clone()).one(tx).await?.map_or(1, |row| row.first_value);
    if before == first {
        return Ok(true);
    }
    open(tx, &id, ctx.now()).await?;
    // Guarded: a first document may have been numbered since it was read.
    let changed = number_series::Entity::update_many()
        .col_expr(number_series::Column::FirstValue, Expr::value(first))
        .col_expr(number_series::Column::NextValue, Expr::value(first))
        .filter(number_series::Column::Id.eq(&id))
        .filter(Expr::col(number_series::Column::NextValue).eq(Expr::col(number_series::Column::FirstValue)))
        .exec(tx)
        .await?;
    if changed.rows_affected == 0 {
        return Ok(false);
    }
    let change = Change {
        action: "ledger.series.set_first",
        target_type: "number_series",
        target_id: &id,
        before: Some(serde_json::json!({ "first_value": before })),
        after: Some(serde_json::json!({ "first_value": first })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(true)
}

/// Makes the row of a series that has none yet.
async fn open(tx: &WriteTx, id: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    let first = number_series::ActiveModel {
        id: Set(id.to_owned()),
        next_value: Set(1),
        first_value: Set(1),
        last_hash: Set(None),
        updated_at: Set(now),
    };
    let keep = OnConflict::column(number_series::Column::Id).do_nothing().to_owned();
    number_series::Entity::insert(first).on_conflict(keep).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes the next number of a series whose documents are not chained.
///
/// # Errors
/// The database.
pub async fn next_number(ctx: &Ctx, tx: &WriteTx, series: Series) -> Result<String, LedgerError> {
    Ok(take(ctx, tx, series).await?.number)
}

/// Notes the hash of the document that got `taken`, for the next one to point at.
///
/// # Errors
/// The database.
pub async fn seal(tx: &WriteTx, taken: &Taken, hash: &str) -> Result<(), LedgerError> {
    number_series::Entity::update_many()
        .col_expr(number_series::Column::LastHash, Expr::value(hash))
        .filter(number_series::Column::Id.eq(&taken.series_id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn advance(
    tx: &WriteTx,
    id: &str,
    now: DateTime<Utc>,
    by: i64,
) -> Result<Option<number_series::Model>, LedgerError> {
    let rows = number_series::Entity::update_many()
        .col_expr(number_series::Column::NextValue, Expr::col(number_series::Column::NextValue).add(by))
        .col_expr(number_series::Column::UpdatedAt, Expr::value(now))
        .filter(number_series::Column::Id.eq(id))
        .exec_with_returning(tx)
        .await?;
    Ok(rows.into_iter().next())
}

/// Fills `{year}`, `{number}` and `{number:06}` of a pattern that settings have validated.
fn format_number(pattern: &str, year: i32, value: i64) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        out.push_str(before);
        match name.split_once(':') {
            None if name == "year" => out.push_str(&year.to_string()),
            width => {
                let width = width.and_then(|(_, digits)| digits.parse().ok()).unwrap_or(0);
                out.push_str(&format!("{value:0width$}"));
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_numbers() {
        assert_eq!(format_number("INV/{year}/{number:06}", 2026, 123), "INV/2026/000123");
        assert_eq!(format_number("TXMP-{year}{number:08}", 2027, 1), "TXMP-202700000001");
        assert_eq!(format_number("{number}-{year}-A", 2026, 1_234_567), "1234567-2026-A");
    }
}
