//! Statement of account of one customer: what was asked for, what came, what went back, and how the account stands after
//! each. Read off the ledger: the customer's receivable and wallet accounts together, so that money which moves between
//! the two (an invoice paid from the wallet) is no line, and the last balance is what the books say.
use super::range::{Range, all, one, sum};
use crate::domain::Ctx;
use chrono::{DateTime, Utc};
use entity::value::{CustomerId, IDR};
use sea_orm::{DbErr, FromQueryResult};

/// Lines shown at most; the balances count all of them.
pub const MOST_LINES: usize = 1_000;

/// The accounts of a customer.
const ACCOUNTS: &str = "ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
    AND a.customer_id = $1 AND a.currency = $2 AND a.kind IN ('receivable', 'wallet')";

/// One posting as the customer sees it, minor units.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Line {
    /// When.
    pub posted_at: DateTime<Utc>,
    /// Kind of the posting: `invoice_issued`, `payment_settled`, …
    pub kind: String,
    /// Number of the invoice or credit note, reference of the payment.
    pub document: Option<String>,
    /// The invoice it is about.
    pub invoice_id: Option<String>,
    /// Above zero: the customer owes more; below zero: less.
    pub amount_minor: i64,
    /// How the account stands after it; below zero: in the customer's favour.
    pub balance_minor: i64,
}

impl Line {
    /// What the posting is, in a word: the words for it are `statement-…`.
    pub fn word(&self) -> &'static str {
        match self.kind.as_str() {
            "invoice_issued" => "invoice-issued",
            "invoice_voided" => "invoice-voided",
            "credit_note_issued" => "credit-note-issued",
            "payment_reversed" => "payment-reversed",
            "money_unallocated" => "money-unallocated",
            "refund_paid" => "refund-paid",
            "wallet_adjusted" => "wallet-adjusted",
            "wallet_taken_over" => "wallet-taken-over",
            "wallet_paid_out" => "wallet-paid-out",
            "wallet_payout_returned" => "wallet-payout-returned",
            "receivable_moved" => "receivable-moved",
            "wallet_moved_out" => "wallet-moved-out",
            "wallet_moved_in" => "wallet-moved-in",
            "invoice_written_off" => "invoice-written-off",
            "invoice_recovered" => "invoice-recovered",
            "payment_settled" if self.invoice_id.is_none() => "top-up",
            "payment_settled" => "payment-settled",
            _ => "other",
        }
    }
}

/// A statement, whole rupiah. `opening + charged − credited = closing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Which days.
    pub range: Range,
    /// How the account stood when it began; below zero: in the customer's favour.
    pub opening_minor: i64,
    /// What was asked for.
    pub charged_minor: i64,
    /// What was paid, credited or given, above zero.
    pub credited_minor: i64,
    /// Oldest first.
    pub lines: Vec<Line>,
    /// There are more lines than are shown.
    pub is_cut: bool,
}

impl Statement {
    /// How the account stood when it ended; below zero: in the customer's favour.
    pub fn closing_minor(&self) -> i64 {
        self.opening_minor + self.charged_minor - self.credited_minor
    }
}

#[derive(FromQueryResult)]
struct Opening {
    opening: i64,
}

#[derive(FromQueryResult)]
struct Moved {
    charged: i64,
    credited: i64,
}

/// The statement of a customer over `range`, in three statements.
///
/// # Errors
/// The database.
pub async fn of(ctx: &Ctx, customer_id: &CustomerId, range: Range) -> Result<Statement, DbErr> {
    let values = || vec![customer_id.as_str().into(), IDR.into(), range.from_at().into(), range.until_at().into()];
    let until_then = format!("SELECT {} AS opening FROM {ACCOUNTS} WHERE e.created_at < $3", sum("e.amount_minor"));
    let opening: Opening = one(ctx, &until_then, values()[..3].to_vec()).await?;
    let by_posting = format!(
        "SELECT e.transaction_id AS id, CAST(SUM(e.amount_minor) AS bigint) AS amount FROM {ACCOUNTS}
         WHERE e.created_at >= $3 AND e.created_at < $4 GROUP BY e.transaction_id HAVING SUM(e.amount_minor) <> 0"
    );
    let (charged, credited) = (
        sum("CASE WHEN m.amount > 0 THEN m.amount ELSE 0 END"),
        sum("CASE WHEN m.amount < 0 THEN -m.amount ELSE 0 END"),
    );
    let moved = format!("SELECT {charged} AS charged, {credited} AS credited FROM ({by_posting}) m");
    let moved: Moved = one(ctx, &moved, values()).await?;
    let lines = format!(
        "SELECT t.posted_at, t.kind, COALESCE(i.number, c.number, p.reference, q.reference) AS document,
                COALESCE(i.id, c.invoice_id, p.invoice_id, q.invoice_id) AS invoice_id, m.amount AS amount_minor,
                CAST(0 AS bigint) AS balance_minor
         FROM ({by_posting}) m JOIN ledger_transactions t ON t.id = m.id
         LEFT JOIN invoices i ON t.source_type = 'invoice' AND i.id = t.source_id
         LEFT JOIN credit_notes c ON t.source_type = 'credit_note' AND c.id = t.source_id
         LEFT JOIN payments p ON t.source_type = 'payment' AND p.id = t.source_id
         LEFT JOIN wallet_payouts w ON t.source_type = 'wallet_payout' AND w.id = t.source_id
         LEFT JOIN refunds r ON r.id = CASE WHEN t.source_type = 'refund' THEN t.source_id ELSE w.refund_id END
         LEFT JOIN payments q ON q.id = r.payment_id
         ORDER BY t.posted_at, t.id LIMIT {}",
        MOST_LINES + 1
    );
    let mut lines: Vec<Line> = all(ctx, &lines, values()).await?;
    let is_cut = lines.len() > MOST_LINES;
    lines.truncate(MOST_LINES);
    let mut balance = opening.opening;
    for line in &mut lines {
        balance += line.amount_minor;
        line.balance_minor = balance;
    }
    Ok(Statement {
        range,
        opening_minor: opening.opening,
        charged_minor: moved.charged,
        credited_minor: moved.credited,
        lines,
        is_cut,
    })
}
