//! Recurring revenue by month: what contracts come to in a month, what was won, what was lost.
//!
//! A contract counts from its first payment until it ends, suspended or not; one-time sales do not. Its price as sold,
//! net, is spread over the months of its cycle (one of days: as if each had a twelfth of 365 days) and rounded half up
//! once; of a price with tax that is what today's rule leaves of it. A contract in a plan that changed counts with
//! the price of the time. What came and went adds up: `start + new + expansion − contraction − churned = end`.
use super::range::{Range, all, month_sql, month_word, sum};
use crate::domain::{
    Ctx,
    billing::{BuyerTax, TaxTable},
};
use chrono::{DateTime, Utc};
use entity::value::{Cycle, MoneyError, business_day};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use std::collections::BTreeMap;

/// A contract that counts, once it was paid.
pub(super) const COUNTS: &str = "s.cycle <> 'one_time' AND s.currency = 'IDR' AND s.activated_at IS NOT NULL";

/// One month, whole rupiah.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Month {
    /// `2026-11`.
    pub month: String,
    /// When it began.
    pub start_minor: i64,
    /// Contracts paid for the first time.
    pub new_minor: i64,
    /// Plans changed to dearer ones.
    pub expansion_minor: i64,
    /// Plans changed to cheaper ones, above zero.
    pub contraction_minor: i64,
    /// Contracts that ended, above zero.
    pub churned_minor: i64,
    /// Contracts that began.
    pub began: i64,
    /// Contracts that ended.
    pub ended: i64,
    /// Contracts that counted when it ended.
    pub contracts: i64,
    /// Customers with a contract when it began.
    pub customers_start: i64,
    /// Of those: without one when it ended.
    pub customers_lost: i64,
    /// Customers with a contract when it ended.
    pub customers_end: i64,
}

impl Month {
    /// When it ended.
    pub fn end_minor(&self) -> i64 {
        self.start_minor + self.new_minor + self.expansion_minor - self.contraction_minor - self.churned_minor
    }

    /// Customers lost of those there were, hundredths of a percent, rounded half up; none where there was nobody.
    pub fn logo_churn_bp(&self) -> Option<i64> {
        part_bp(self.customers_lost, self.customers_start)
    }

    /// Revenue lost (ended and cheaper plans) of what there was, hundredths of a percent; none where there was none.
    pub fn revenue_churn_bp(&self) -> Option<i64> {
        part_bp(self.churned_minor + self.contraction_minor, self.start_minor)
    }
}

/// A part of a whole, hundredths of a percent, rounded half up; none where the whole is not above zero.
pub(super) fn part_bp(part: i64, whole: i64) -> Option<i64> {
    if whole <= 0 {
        return None;
    }
    let share = (i128::from(part) * 20_000 + i128::from(whole)).div_euclid(i128::from(whole) * 2);
    i64::try_from(share).ok()
}

/// What the contracts of one product come to in a month, at the end of the span, whole rupiah.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Product {
    /// Its name.
    pub name: String,
    /// How many contracts.
    pub contracts: i64,
    /// What they come to.
    pub mrr_minor: i64,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MrrReport {
    /// Which months, whole ones.
    pub range: Range,
    /// Every month, oldest first; the present one so far.
    pub months: Vec<Month>,
    /// By product, the largest first.
    pub products: Vec<Product>,
}

/// SQL of the price of a cycle by the month, as `Cycle::monthly_minor`; `price` and `cycle` are columns.
fn monthly(price: &str, cycle: &str) -> String {
    let named = Cycle::NAMED.into_iter().filter_map(|cycle| Some((cycle, cycle.twelfths_of_days()?)));
    let named: String = named.map(|(word, length)| format!(" WHEN {cycle} = '{word}' THEN {length}")).collect();
    // What has no name is `days_` and a number. What is paid only once does not get here; it must not break the cast.
    let of_days = format!("WHEN {cycle} LIKE 'days%' THEN 12 * CAST(SUBSTR({cycle}, 6) AS BIGINT)");
    let length = format!("CASE{named} {of_days} ELSE 365 END");
    format!("(({price} * 730 + {length}) / ({length} * 2))")
}

/// Everything that moved recurring revenue: `happened_at`, `what`, `amount` (signed), `product_id`.
fn events(tax: &BuyerTax) -> Result<String, MoneyError> {
    let net = |of: &str| tax.net_sql(&format!("{of}price_minor"), &format!("{of}tax_included"));
    let now = monthly(&net("s.")?, "s.cycle");
    let (from, to) = (monthly(&net("c.from_")?, "c.from_cycle"), monthly(&net("c.to_")?, "c.to_cycle"));
    // What a contract began with is what it has less what its changes brought.
    let begun = format!(
        "{now} - COALESCE((SELECT SUM({to} - {from}) FROM plan_changes c
           WHERE c.subscription_id = s.id AND c.status = 'done'), 0)"
    );
    Ok(format!(
        "SELECT s.activated_at AS happened_at, 'new' AS what, {begun} AS amount, s.product_id
         FROM subscriptions s WHERE {COUNTS}
         UNION ALL
         SELECT c.updated_at, 'change', {to} - {from}, s.product_id
         FROM plan_changes c JOIN subscriptions s ON s.id = c.subscription_id WHERE c.status = 'done' AND {COUNTS}
         UNION ALL
         SELECT s.terminated_at, 'churned', -({now}), s.product_id
         FROM subscriptions s WHERE {COUNTS} AND s.terminated_at IS NOT NULL"
    ))
}

/// SQL of what a contract `s` came to in a month when `border` (an instant, `$2`) began: what it does now, less what its
/// later changes brought.
///
/// # Errors
/// The database.
pub(super) async fn at_sql(ctx: &Ctx, border: &str) -> Result<String, DbErr> {
    let tax = TaxTable::load(&ctx.db).await?.for_visitor(business_day(ctx.now()));
    at_sql_of(&tax, border).map_err(|error| DbErr::Custom(error.to_string()))
}

fn at_sql_of(tax: &BuyerTax, border: &str) -> Result<String, MoneyError> {
    let net = |of: &str| tax.net_sql(&format!("{of}price_minor"), &format!("{of}tax_included"));
    let (now, from, to) = (
        monthly(&net("s.")?, "s.cycle"),
        monthly(&net("c.from_")?, "c.from_cycle"),
        monthly(&net("c.to_")?, "c.to_cycle"),
    );
    Ok(format!(
        "({now} - COALESCE((SELECT SUM({to} - {from}) FROM plan_changes c
            WHERE c.subscription_id = s.id AND c.status = 'done' AND c.updated_at >= {border}), 0))"
    ))
}

#[derive(FromQueryResult)]
struct Moved {
    month: String,
    new: i64,
    expansion: i64,
    contraction: i64,
    churned: i64,
    began: i64,
    ended: i64,
}

/// The report over the months of `range`, in a constant number of statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, range: Range) -> Result<MrrReport, DbErr> {
    let range = range.whole_months();
    let customers = customers(ctx, range).await?;
    let tax = TaxTable::load(&ctx.db).await?.for_visitor(business_day(ctx.now()));
    let events = events(&tax).map_err(|error| DbErr::Custom(error.to_string()))?;
    let month = month_sql(ctx, "d.happened_at");
    let of = |what: &str, value: &str| sum(&format!("CASE WHEN d.what = '{what}' THEN {value} ELSE 0 END"));
    let (new, churned, began, ended) =
        (of("new", "d.amount"), of("churned", "-d.amount"), of("new", "1"), of("churned", "1"));
    let expansion = sum("CASE WHEN d.what = 'change' AND d.amount > 0 THEN d.amount ELSE 0 END");
    let contraction = sum("CASE WHEN d.what = 'change' AND d.amount < 0 THEN -d.amount ELSE 0 END");
    let sql = format!(
        "SELECT CASE WHEN d.happened_at < $1 THEN '' ELSE {month} END AS month, {new} AS new,
                {expansion} AS expansion, {contraction} AS contraction, {churned} AS churned, {began} AS began,
                {ended} AS ended
         FROM ({events}) d WHERE d.happened_at < $2 GROUP BY 1"
    );
    let span = || vec![range.from_at().into(), range.until_at().into()];
    let moved: Vec<Moved> = all(ctx, &sql, span()).await?;
    let moved: BTreeMap<String, Moved> = moved.into_iter().map(|row| (row.month.clone(), row)).collect();
    let (mut start, mut contracts) = moved.get("").map_or((0, 0), |before| {
        (before.new + before.expansion - before.contraction - before.churned, before.began - before.ended)
    });
    let mut months = Vec::new();
    for (first, (customers_start, customers_lost, customers_end)) in range.months().into_iter().zip(customers) {
        let mut month = Month { month: month_word(first), start_minor: start, ..Month::default() };
        if let Some(row) = moved.get(&month.month) {
            month.new_minor = row.new;
            month.expansion_minor = row.expansion;
            month.contraction_minor = row.contraction;
            month.churned_minor = row.churned;
            (month.began, month.ended) = (row.began, row.ended);
        }
        contracts += month.began - month.ended;
        month.contracts = contracts;
        (month.customers_start, month.customers_lost, month.customers_end) =
            (customers_start, customers_lost, customers_end);
        start = month.end_minor();
        months.push(month);
    }
    Ok(MrrReport { range, months, products: products(ctx, range, &events).await? })
}

async fn products(ctx: &Ctx, range: Range, events: &str) -> Result<Vec<Product>, DbErr> {
    let contracts = sum("CASE d.what WHEN 'new' THEN 1 WHEN 'churned' THEN -1 ELSE 0 END");
    let mrr = sum("d.amount");
    let sql = format!(
        "SELECT p.name AS name, {contracts} AS contracts, {mrr} AS mrr_minor FROM ({events}) d
         JOIN products p ON p.id = d.product_id WHERE d.happened_at < $1
         GROUP BY p.id, p.name HAVING SUM(d.amount) <> 0 ORDER BY 3 DESC, 1"
    );
    all(ctx, &sql, vec![range.until_at().into()]).await
}

/// By month: customers with a contract when it began, those of them who had none when it ended, and those with one when
/// it ended.
async fn customers(ctx: &Ctx, range: Range) -> Result<Vec<(i64, i64, i64)>, DbErr> {
    let mut borders: Vec<DateTime<Utc>> = range.months().into_iter().map(entity::value::day_start).collect();
    borders.push(range.until_at());
    let at = |place: usize| {
        let border = place + 1;
        format!(
            "MAX(CASE WHEN s.activated_at < ${border} AND (s.terminated_at IS NULL OR s.terminated_at >= ${border})
               THEN 1 ELSE 0 END) AS at_{place}"
        )
    };
    let inner: Vec<String> = (0..borders.len()).map(at).collect();
    let mut outer: Vec<String> =
        (0..borders.len()).map(|place| format!("{} AS had_{place}", sum(&format!("at_{place}")))).collect();
    outer.extend((1..borders.len()).map(|place| {
        let lost = sum(&format!("CASE WHEN at_{} = 1 AND at_{place} = 0 THEN 1 ELSE 0 END", place - 1));
        format!("{lost} AS lost_{place}")
    }));
    let sql = format!(
        "SELECT {} FROM (SELECT {} FROM subscriptions s WHERE {COUNTS} GROUP BY s.customer_id) c",
        outer.join(", "),
        inner.join(", ")
    );
    let values: Vec<Value> = borders.iter().map(|border| (*border).into()).collect();
    let statement = Statement::from_sql_and_values(ctx.db.get_database_backend(), sql, values);
    let Some(row) = ctx.db.query_one_raw(statement).await? else { return Ok(Vec::new()) };
    let number = |name: String| row.try_get::<i64>("", &name);
    let months = (1..borders.len()).map(|place| {
        Ok::<_, DbErr>((
            number(format!("had_{}", place - 1))?,
            number(format!("lost_{place}"))?,
            number(format!("had_{place}"))?,
        ))
    });
    months.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn churn_is_a_share_of_the_beginning_and_unknown_where_nobody_was() {
        let month = Month { customers_start: 3, customers_lost: 1, ..Month::default() };
        assert_eq!(month.logo_churn_bp(), Some(3_333));
        assert_eq!(Month { customers_start: 3, customers_lost: 2, ..Month::default() }.logo_churn_bp(), Some(6_667));
        assert_eq!((Month::default().logo_churn_bp(), Month::default().revenue_churn_bp()), (None, None));
    }

    proptest! {
        #[test]
        fn what_came_and_went_adds_up(start in 0i64..1_000_000_000, new in 0i64..1_000_000, more in 0i64..1_000_000, less in 0i64..1_000_000, gone in 0i64..1_000_000) {
            let month = Month { start_minor: start, new_minor: new, expansion_minor: more, contraction_minor: less, churned_minor: gone, ..Month::default() };
            prop_assert_eq!(month.end_minor() - start, new + more - less - gone);
        }
    }
}
