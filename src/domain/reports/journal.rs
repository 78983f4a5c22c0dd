//! The journal: every posting of a span of business days in the order of time, each with its accounts, debit and credit.
//! Read in pieces of whole postings, so that a year of a large shop passes through little memory.
use super::range::{Range, all, sum};
use crate::{
    domain::Ctx,
    kernel::page::{self, Page, PageRequest},
};
use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult};

/// Postings read at once for a download.
const PIECE: u64 = 1_000;

/// One side of a posting.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Line {
    /// The posting.
    pub id: String,
    /// When it was booked.
    pub posted_at: DateTime<Utc>,
    /// `invoice_issued`, `payment_settled`, …
    pub kind: String,
    /// Words for staff.
    pub description: String,
    /// Table (singular) of the fact behind it.
    pub source_type: String,
    /// Row of the fact.
    pub source_id: String,
    /// Number of the invoice or credit note, reference of the payment, number of the wallet's movement.
    pub document: Option<String>,
    /// Code of the account.
    pub account: String,
    /// Word of its kind.
    pub account_kind: String,
    /// Whose account it is: a customer, one of our accounts at a gateway.
    pub owner: Option<String>,
    /// Debit positive, credit negative, minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

impl Line {
    /// The amount, where it is a debit, else zero.
    pub fn debit_minor(&self) -> i64 {
        self.amount_minor.max(0)
    }

    /// The amount above zero, where it is a credit, else zero.
    pub fn credit_minor(&self) -> i64 {
        (-self.amount_minor).max(0)
    }
}

/// Both sides of a currency, minor units. In books that are right they are equal.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Total {
    /// ISO 4217 code.
    pub currency: String,
    /// Sum of debits.
    pub debit_minor: i64,
    /// Sum of credits, above zero.
    pub credit_minor: i64,
}

/// Both sides of every currency that moved in `range`, in one statement.
///
/// # Errors
/// The database.
pub async fn totals(ctx: &Ctx, range: Range) -> Result<Vec<Total>, DbErr> {
    let side = |sign: &str| sum(&format!("CASE WHEN {sign}e.amount_minor > 0 THEN {sign}e.amount_minor ELSE 0 END"));
    let sql = format!(
        "SELECT e.currency, {} AS debit_minor, {} AS credit_minor FROM ledger_transactions t
         JOIN ledger_entries e ON e.transaction_id = t.id
         WHERE t.posted_at >= $1 AND t.posted_at < $2 GROUP BY e.currency ORDER BY e.currency",
        side(""),
        side("-")
    );
    all(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await
}

/// A page of postings with all their lines, oldest first; `limit` counts postings. A cursor names the instant in
/// microseconds and the id of the last posting.
///
/// # Errors
/// The database.
pub async fn lines(ctx: &Ctx, range: Range, request: &PageRequest) -> Result<Page<Line>, DbErr> {
    let after = request.after.as_deref().and_then(parse_place);
    let mut rows = read(ctx, range, after, request.fetch()).await?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let mut seen = 0;
    let mut last: Option<&Line> = None;
    let mut kept = rows.len();
    for (place, line) in rows.iter().enumerate() {
        if last.is_none_or(|last| last.id != line.id) {
            seen += 1;
            if seen > limit {
                kept = place;
                break;
            }
            last = Some(line);
        }
    }
    let next_cursor = if seen > limit { last.map(|line| page::cursor_of(&place_of(line))) } else { None };
    rows.truncate(kept);
    Ok(Page { rows, next_cursor })
}

/// The next piece of a download after the posting `after`; empty at the end.
///
/// # Errors
/// The database.
pub async fn piece(ctx: &Ctx, range: Range, after: Option<&Line>) -> Result<Vec<Line>, DbErr> {
    read(ctx, range, after.map(|line| (line.posted_at, line.id.clone())), PIECE).await
}

fn place_of(line: &Line) -> String {
    format!("{}_{}", line.posted_at.timestamp_micros(), line.id)
}

fn parse_place(text: &str) -> Option<(DateTime<Utc>, String)> {
    let (micros, id) = text.split_once('_')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, id.to_owned()))
}

async fn read(
    ctx: &Ctx,
    range: Range,
    after: Option<(DateTime<Utc>, String)>,
    postings: u64,
) -> Result<Vec<Line>, DbErr> {
    let mut values = vec![range.from_at().into(), range.until_at().into()];
    let mut further = "";
    if let Some((instant, id)) = after {
        values.extend([instant.into(), id.into()]);
        further = " AND (t.posted_at > $3 OR (t.posted_at = $3 AND t.id > $4))";
    }
    let sql = format!(
        "SELECT t.id, t.posted_at, t.kind, t.description, t.source_type, t.source_id,
                COALESCE(i.number, n.number, p.reference, q.reference, w.number) AS document, a.code AS account,
                a.kind AS account_kind, COALESCE(c.company, c.name, g.name) AS owner, e.amount_minor, e.currency
         FROM (SELECT t.* FROM ledger_transactions t WHERE t.posted_at >= $1 AND t.posted_at < $2{further}
               ORDER BY t.posted_at, t.id LIMIT {postings}) t
         JOIN ledger_entries e ON e.transaction_id = t.id JOIN ledger_accounts a ON a.id = e.account_id
         LEFT JOIN customers c ON c.id = a.customer_id
         LEFT JOIN payment_accounts g ON a.code = 'gateway_clearing:' || g.id
         LEFT JOIN invoices i ON t.source_type = 'invoice' AND i.id = t.source_id
         LEFT JOIN credit_notes n ON t.source_type = 'credit_note' AND n.id = t.source_id
         LEFT JOIN payments p ON t.source_type = 'payment' AND p.id = t.source_id
         LEFT JOIN refunds r ON t.source_type = 'refund' AND r.id = t.source_id
         LEFT JOIN payments q ON q.id = r.payment_id
         LEFT JOIN wallet_transactions w ON w.ledger_transaction_id = t.id
         ORDER BY t.posted_at, t.id, CASE WHEN e.amount_minor > 0 THEN 0 ELSE 1 END, a.code"
    );
    all(ctx, &sql, values).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_instant_and_posting() {
        let at: DateTime<Utc> = "2026-11-21T03:00:00.000001Z".parse().unwrap();
        assert_eq!(parse_place(&format!("{}_ltx_01", at.timestamp_micros())), Some((at, "ltx_01".to_owned())));
        assert_eq!(parse_place("ltx_01"), None);
    }
}
