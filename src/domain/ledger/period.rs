//! Months of the books: once a month is closed nothing is booked in it any more (ADR 0071). Months are closed in order;
//! only the last closed one can be opened again.
use super::{Account, LedgerError, post};
use crate::{
    domain::Ctx,
    kernel::{
        audit::Change,
        db::{self, WriteTx},
    },
};
use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc};
use entity::{
    ledger::period,
    value::{IDR, business_day, day_start},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;

/// A month can be closed so long after its end: whatever was being booked at midnight is booked by then.
const SETTLED_AFTER: Duration = Duration::hours(1);
/// The lock between who closes a month and who dates a fact back into one.
const CLOSING: &str = "ledger.close_period";
/// Months read for people.
const SHOWN: u64 = 24;

/// The word of the month of a business day: `2026-11`.
pub fn month_of(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

/// The first day of a month that is written so: `2026-11`.
///
/// # Errors
/// `InvalidMonth`.
pub fn parse_month(month: &str) -> Result<NaiveDate, LedgerError> {
    let first = NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").ok();
    // Years that people mean; and words compare as months do only where all are equally long.
    let is_meant = |first: &NaiveDate| (2000..2200).contains(&first.year()) && month_of(*first) == month;
    first.filter(is_meant).ok_or(LedgerError::InvalidMonth)
}

/// The first day of the month after that of `day`.
pub fn next_of(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
}

/// The last month that is closed; all before it are closed too. Where every month that was closed is open again, it is
/// the one before the first of them: opening one never opened those before it.
///
/// # Errors
/// The database.
pub async fn closed_through(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let found: Option<(Option<String>, Option<String>)> = period::Entity::find()
        .select_only()
        .column_as(Expr::cust("MAX(CASE WHEN reopened_at IS NULL THEN month END)"), "closed")
        .column_as(Expr::cust("MIN(month)"), "first")
        .into_tuple()
        .one(db)
        .await?;
    let Some((closed, first)) = found else { return Ok(None) };
    let before = |month: &String| Some(month_of(parse_month(month).ok()?.pred_opt()?));
    Ok(closed.or_else(|| first.as_ref().and_then(before)))
}

/// Nothing is booked at `at` if its month is closed.
pub(super) async fn guard(db: &impl ConnectionTrait, at: DateTime<Utc>) -> Result<(), LedgerError> {
    let month = month_of(business_day(at));
    match closed_through(db).await? {
        Some(closed) if month <= closed => Err(LedgerError::PeriodClosed { month }),
        _ => Ok(()),
    }
}

/// When something counts that happened at `at` and is learnt now: then, or now where that month is closed. Until `tx` ends
/// no month is closed where it counts then: whoever closes one waits, and finds the fact in its month. A lock of its own,
/// not that of an account: money is booked in the order of accounts, and this comes before and among them.
///
/// # Errors
/// The database.
pub async fn counts_at(ctx: &Ctx, tx: &WriteTx, at: DateTime<Utc>) -> Result<DateTime<Utc>, LedgerError> {
    let (now, month) = (ctx.now(), |at| month_of(business_day(at)));
    if month(at) >= month(now) {
        return Ok(at);
    }
    db::together(tx, CLOSING).await?;
    let is_closed = closed_through(tx).await?.is_some_and(|closed| month(at) <= closed);
    Ok(if is_closed { now } else { at })
}

/// Keeps months from being closed or opened until `tx` ends, for whoever dates a posting back in it; locked before every
/// other account. The last month that is closed.
///
/// # Errors
/// The database.
pub async fn hold_months(ctx: &Ctx, tx: &WriteTx) -> Result<Option<String>, LedgerError> {
    post::lock(ctx, tx, IDR, &[Account::Equity]).await?;
    Ok(closed_through(tx).await?)
}

/// Months that were ever closed, the newest first; at most 24.
///
/// # Errors
/// The database.
pub async fn periods(ctx: &Ctx) -> Result<Vec<period::Model>, DbErr> {
    period::Entity::find().order_by_desc(period::Column::Month).limit(SHOWN).all(&ctx.db).await
}

/// The month that can be closed next, if it is over: the one after the last closed, or the one before this.
///
/// # Errors
/// The database.
pub async fn closable(ctx: &Ctx) -> Result<Option<NaiveDate>, LedgerError> {
    let first = match closed_through(&ctx.db).await? {
        Some(closed) => next_of(parse_month(&closed)?),
        None => {
            let this = parse_month(&month_of(business_day(ctx.now())))?;
            this.checked_sub_months(Months::new(1)).unwrap_or(this)
        }
    };
    Ok(is_over(first, ctx.now()).then_some(first))
}

fn is_over(first: NaiveDate, now: DateTime<Utc>) -> bool {
    day_start(next_of(first)) + SETTLED_AFTER <= now
}

/// Closes `month` (`2026-11`) and with it all before it. Whoever dates an entry or a payment back waits for this or is
/// seen by it.
///
/// # Errors
/// `InvalidMonth`; `PeriodClosed` where it is closed; `PeriodNotOver` until an hour after its end; `PeriodOutOfOrder`
/// where another month comes first; the database.
pub async fn close(ctx: &Ctx, month: &str) -> Result<(), LedgerError> {
    let first = parse_month(month)?;
    if !is_over(first, ctx.now()) {
        return Err(LedgerError::PeriodNotOver { month: month.to_owned() });
    }
    let tx = ctx.begin().await?;
    // Before any account: who counts a fact in this month may go on to book it.
    db::exclusively(&tx, CLOSING).await?;
    post::lock(ctx, &tx, IDR, &[Account::Equity]).await?;
    if let Some(closed) = closed_through(&tx).await? {
        if month <= closed.as_str() {
            return Err(LedgerError::PeriodClosed { month: month.to_owned() });
        }
        let next = next_of(parse_month(&closed)?);
        if first != next {
            return Err(LedgerError::PeriodOutOfOrder { month: month_of(next) });
        }
    }
    let row = period::ActiveModel {
        month: Set(month.to_owned()),
        closed_at: Set(ctx.now()),
        closed_by: Set(ctx.actor.id().to_owned()),
        reopened_at: Set(None),
        reopened_by: Set(None),
        reopen_reason: Set(None),
    };
    let again = [
        period::Column::ClosedAt,
        period::Column::ClosedBy,
        period::Column::ReopenedAt,
        period::Column::ReopenedBy,
        period::Column::ReopenReason,
    ];
    let again = OnConflict::column(period::Column::Month).update_columns(again).to_owned();
    period::Entity::insert(row).on_conflict(again).exec_without_returning(&tx).await?;
    let change = Change {
        action: "ledger.period.close",
        target_type: "ledger_period",
        target_id: month,
        after: Some(json!({ "closed": true })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit("staff");
    Ok(tx.commit().await?)
}

/// Opens the last closed month again.
///
/// # Errors
/// `InvalidMonth`, `ReasonRequired`; `PeriodNotLast` unless it is the last closed month; the database.
pub async fn reopen(ctx: &Ctx, month: &str, reason: &str) -> Result<(), LedgerError> {
    parse_month(month)?;
    let reason: String = reason.trim().chars().take(160).collect();
    if reason.is_empty() {
        return Err(LedgerError::ReasonRequired);
    }
    let tx = ctx.begin().await?;
    post::lock(ctx, &tx, IDR, &[Account::Equity]).await?;
    if closed_through(&tx).await?.as_deref() != Some(month) {
        return Err(LedgerError::PeriodNotLast { month: month.to_owned() });
    }
    let opened = period::Entity::update_many()
        .col_expr(period::Column::ReopenedAt, Expr::value(Some(ctx.now())))
        .col_expr(period::Column::ReopenedBy, Expr::value(Some(ctx.actor.id().to_owned())))
        .col_expr(period::Column::ReopenReason, Expr::value(Some(reason.clone())))
        .filter(period::Column::Month.eq(month))
        .filter(period::Column::ReopenedAt.is_null())
        .exec(&tx)
        .await?;
    if opened.rows_affected != 1 {
        return Err(LedgerError::PeriodNotLast { month: month.to_owned() });
    }
    let change = Change {
        action: "ledger.period.reopen",
        target_type: "ledger_period",
        target_id: month,
        before: Some(json!({ "closed": true })),
        after: Some(json!({ "closed": false })),
        reason: Some(&reason),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit("staff");
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_with_year_and_two_digits() {
        assert_eq!(parse_month("2026-02").unwrap().to_string(), "2026-02-01");
        for wrong in ["2026-2", "2026-13", "", "2026", "26-02", "2026-02-01", "+2026-02", "-0001-05", "1999-12"] {
            assert!(parse_month(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_month_is_over_an_hour_after_its_end_in_jakarta() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let november = parse_month("2026-11").unwrap();
        assert!(!is_over(november, at("2026-11-30T17:59:59Z")));
        assert!(is_over(november, at("2026-11-30T18:00:00Z")));
    }
}
