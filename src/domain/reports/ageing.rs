//! What customers owe, by how long it is overdue, at the end of a day.
//!
//! What was open at an instant is what is open now less everything the receivable accounts booked since, so that the
//! figures of a past day stay what they were, and a report of today reads open invoices alone.
use super::range::{all, one, sum};
use crate::{
    domain::Ctx,
    kernel::page::{Page, PageRequest},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::value::{IDR, day_start};
use sea_orm::{DbErr, FromQueryResult, Value};

/// Amounts by age, whole rupiah.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// Not due yet.
    pub not_due_minor: i64,
    /// Up to 30 days overdue.
    pub days_30_minor: i64,
    /// 31 to 60 days.
    pub days_60_minor: i64,
    /// 61 to 90 days.
    pub days_90_minor: i64,
    /// More than 90 days.
    pub older_minor: i64,
}

impl Ages {
    /// Everything.
    pub fn total_minor(&self) -> i64 {
        self.not_due_minor + self.overdue_minor()
    }

    /// What is overdue.
    pub fn overdue_minor(&self) -> i64 {
        self.days_30_minor + self.days_60_minor + self.days_90_minor + self.older_minor
    }

    /// The five amounts in order of age.
    pub fn each(&self) -> [i64; 5] {
        [self.not_due_minor, self.days_30_minor, self.days_60_minor, self.days_90_minor, self.older_minor]
    }
}

/// What one customer owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debtor {
    /// Who.
    pub customer_id: String,
    /// Name.
    pub name: Option<String>,
    /// On how many invoices.
    pub invoices: i64,
    /// How much.
    pub ages: Ages,
}

/// The report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeingReport {
    /// At which instant: the end of the day asked for, or now.
    pub at: DateTime<Utc>,
    /// How many customers owed something.
    pub customers: i64,
    /// On how many invoices.
    pub invoices: i64,
    /// How much.
    pub ages: Ages,
    /// What the receivable accounts of the ledger came to, whole rupiah.
    pub ledger_minor: i64,
    /// What had been given up as bad debts until then and was not recovered, whole rupiah without tax that fell due no
    /// more.
    pub written_off_minor: i64,
}

impl AgeingReport {
    /// Whether invoices and ledger tell one story.
    pub fn ties(&self) -> bool {
        self.ages.total_minor() == self.ledger_minor
    }
}

#[derive(FromQueryResult)]
struct Row {
    customer_id: Option<String>,
    name: Option<String>,
    customers: i64,
    invoices: i64,
    not_due: i64,
    days_30: i64,
    days_60: i64,
    days_90: i64,
    older: i64,
}

impl Row {
    fn ages(&self) -> Ages {
        Ages {
            not_due_minor: self.not_due,
            days_30_minor: self.days_30,
            days_60_minor: self.days_60,
            days_90_minor: self.days_90,
            older_minor: self.older,
        }
    }
}

#[derive(FromQueryResult)]
struct Ledger {
    amount: i64,
    written_off: i64,
}

/// Open amounts by invoice at `$1`.
fn open_invoices() -> String {
    format!(
        "SELECT o.invoice_id, o.customer_id, SUM(o.amount) AS amount FROM
           (SELECT i.id AS invoice_id, i.customer_id,
                   i.total_minor - i.credited_minor - i.written_off_minor - i.paid_minor + i.refunded_minor AS amount
            FROM invoices i WHERE i.status = 'issued' AND i.currency = '{IDR}'
            UNION ALL
            SELECT COALESCE(CASE WHEN t.source_type = 'invoice' THEN t.source_id END, n.invoice_id, p.invoice_id,
                            rp.invoice_id), a.customer_id, -e.amount_minor
            FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
            JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'receivable' AND a.currency = '{IDR}'
            LEFT JOIN credit_notes n ON t.source_type = 'credit_note' AND n.id = t.source_id
            LEFT JOIN payments p ON t.source_type = 'payment' AND p.id = t.source_id
            LEFT JOIN refunds r ON t.source_type = 'refund' AND r.id = t.source_id
            LEFT JOIN payments rp ON rp.id = r.payment_id
            WHERE t.posted_at >= $1) o
         GROUP BY o.invoice_id, o.customer_id HAVING SUM(o.amount) <> 0"
    )
}

/// The five amounts; `$1` … `$4` are the instants at which the ages begin.
fn amounts() -> String {
    let between = |condition: &str| sum(&format!("CASE WHEN {condition} THEN d.amount ELSE 0 END"));
    let parts = [
        ("not_due", between("i.due_at IS NULL OR i.due_at >= $1")),
        ("days_30", between("i.due_at < $1 AND i.due_at >= $2")),
        ("days_60", between("i.due_at < $2 AND i.due_at >= $3")),
        ("days_90", between("i.due_at < $3 AND i.due_at >= $4")),
        ("older", between("i.due_at < $4")),
    ];
    parts.iter().map(|(name, sum)| format!("{sum} AS {name}")).collect::<Vec<_>>().join(", ")
}

fn instants(at: DateTime<Utc>) -> Vec<Value> {
    [0, 30, 60, 90].into_iter().map(|days| (at - Duration::days(days)).into()).collect()
}

/// The end of `day`, or now where it has not come. What was booked at this very instant counts: an end is not part of
/// what it ends.
pub fn end_of(ctx: &Ctx, day: NaiveDate) -> DateTime<Utc> {
    day_start(day.succ_opt().unwrap_or(day)).min(ctx.now() + Duration::microseconds(1))
}

/// What everybody owed at `at`, in two statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, at: DateTime<Utc>) -> Result<AgeingReport, DbErr> {
    let (open, amounts) = (open_invoices(), amounts());
    let sql = format!(
        "SELECT NULL AS customer_id, NULL AS name, COUNT(DISTINCT d.customer_id) AS customers, COUNT(*) AS invoices,
                {amounts}
         FROM ({open}) d LEFT JOIN invoices i ON i.id = d.invoice_id"
    );
    let row: Row = one(ctx, &sql, instants(at)).await?;
    let at_then = |kind: &str| {
        format!(
            "CAST(COALESCE((SELECT SUM(a.balance_minor) FROM ledger_accounts a
               WHERE a.kind = '{kind}' AND a.currency = '{IDR}'), 0)
             - COALESCE((SELECT SUM(e.amount_minor) FROM ledger_transactions t
               JOIN ledger_entries e ON e.transaction_id = t.id
               JOIN ledger_accounts b ON b.id = e.account_id AND b.kind = '{kind}' AND b.currency = '{IDR}'
               WHERE t.posted_at >= $1), 0) AS bigint)"
        )
    };
    // What had not been earned of such debts is on no account any more.
    let sql = format!(
        "SELECT {} AS amount, CAST({} + COALESCE((SELECT SUM(w.deferred_minor) FROM write_offs w
           WHERE w.currency = '{IDR}' AND w.created_at < $1 AND (w.recovered_at IS NULL OR w.recovered_at >= $1)), 0)
           AS bigint) AS written_off",
        at_then("receivable"),
        at_then("bad_debts")
    );
    let ledger: Ledger = one(ctx, &sql, vec![at.into()]).await?;
    Ok(AgeingReport {
        at,
        customers: row.customers,
        invoices: row.invoices,
        ages: row.ages(),
        ledger_minor: ledger.amount,
        written_off_minor: ledger.written_off,
    })
}

/// Who owed something at `at`, the most first.
///
/// # Errors
/// The database.
pub async fn debtors(ctx: &Ctx, at: DateTime<Utc>, request: &PageRequest) -> Result<Page<Debtor>, DbErr> {
    let after = request.after.as_deref().and_then(parse_cursor);
    let found = read(ctx, at, after, Some(request.fetch())).await?;
    Ok(keyed(found, request, |row| (row.ages.total_minor(), row.customer_id.as_str())))
}

/// All of them, in one statement: for a download.
///
/// # Errors
/// The database.
pub async fn all_debtors(ctx: &Ctx, at: DateTime<Utc>) -> Result<Vec<Debtor>, DbErr> {
    read(ctx, at, None, None).await
}

async fn read(
    ctx: &Ctx,
    at: DateTime<Utc>,
    after: Option<(i64, String)>,
    limit: Option<u64>,
) -> Result<Vec<Debtor>, DbErr> {
    let (open, amounts) = (open_invoices(), amounts());
    let mut values = instants(at);
    let mut further = String::new();
    if let Some((amount, customer_id)) = after {
        values.extend([amount.into(), customer_id.into()]);
        further = " HAVING SUM(d.amount) < $5 OR (SUM(d.amount) = $5 AND d.customer_id > $6)".to_owned();
    }
    let most = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    let sql = format!(
        "SELECT d.customer_id, COALESCE(c.company, c.name) AS name, CAST(1 AS bigint) AS customers,
                COUNT(*) AS invoices, {amounts}
         FROM ({open}) d LEFT JOIN invoices i ON i.id = d.invoice_id LEFT JOIN customers c ON c.id = d.customer_id
         GROUP BY d.customer_id, c.company, c.name{further} ORDER BY SUM(d.amount) DESC, d.customer_id{most}"
    );
    let rows: Vec<Row> = all(ctx, &sql, values).await?;
    let debtor = |row: Row| Debtor {
        ages: row.ages(),
        customer_id: row.customer_id.unwrap_or_default(),
        name: row.name,
        invoices: row.invoices,
    };
    Ok(rows.into_iter().map(debtor).collect())
}

/// A page of a list that is sorted by an amount, the largest first, and by id.
pub(super) fn keyed<T>(rows: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> (i64, &str)) -> Page<T> {
    let cursor = |row: &T| {
        let (amount, id) = key(row);
        // A cursor has letters, digits and `_`: a sign becomes a letter.
        format!("{}{}_{id}", if amount < 0 { "m" } else { "p" }, amount.unsigned_abs())
    };
    let keyed = rows.into_iter().map(|row| (cursor(&row), row)).collect();
    let page = Page::of(keyed, request, |(key, _): &(String, T)| key.as_str());
    Page { rows: page.rows.into_iter().map(|(_, row)| row).collect(), next_cursor: page.next_cursor }
}

/// Amount and id of the last row of the page before.
pub(super) fn parse_cursor(text: &str) -> Option<(i64, String)> {
    let (amount, id) = text.split_once('_')?;
    let amount = match (amount.strip_prefix('p'), amount.strip_prefix('m')) {
        (Some(digits), _) => digits.parse::<i64>().ok()?,
        (_, Some(digits)) => digits.parse::<i64>().ok()?.checked_neg()?,
        _ => return None,
    };
    Some((amount, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_after_the_last_amount() {
        let request = PageRequest { after: None, limit: 1 };
        let page = keyed(vec![(-5, "cus_1".to_owned()), (-7, "cus_2".to_owned())], &request, |row| (row.0, &row.1));
        let next = PageRequest::parse(page.next_cursor.as_deref(), None).unwrap();
        assert_eq!(parse_cursor(&next.after.unwrap()), Some((-5, "cus_1".to_owned())));
        assert_eq!(parse_cursor("x5_cus"), None);
    }
}
