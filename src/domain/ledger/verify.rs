//! Proof that the books are right: every invariant of money, by name and row.
//!
//! Reads tables of the contexts above because that is the point: the ledger and the documents must tell one story.
//! Every query returns a row's name with the two figures that should be equal; no row, no finding.
use super::{credit_note_hash, invoice_hash};
use chrono::{DateTime, Datelike, Utc};
use entity::{
    billing::{credit_note, credit_note_item, invoice, invoice_item, invoice_tax, moved_document, number_series},
    value::{CustomerId, InvoiceStatus, business_day},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use std::collections::{BTreeMap, BTreeSet};

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which invariant.
    pub invariant: &'static str,
    /// Which row breaks it.
    pub row: String,
    /// What was found, and what should have been.
    pub detail: String,
}

/// What the books come to, minor units by kind of account and currency, and how much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Postings.
    pub postings: i64,
    /// Invoices.
    pub invoices: i64,
    /// Payments.
    pub payments: i64,
    /// Balance by kind of account and currency: debit positive.
    pub balances: BTreeMap<(String, String), i64>,
}

/// The result of a verification.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// What is broken; empty = the books are right.
    pub findings: Vec<Finding>,
    /// What they come to.
    pub totals: Totals,
}

/// Invariants that are proven by reading the documents.
pub(super) const INVARIANTS: [&str; 3] = [GAPLESS, CHAINED, UNCHANGED];
const GAPLESS: &str = "a number series has no gap";
const CHAINED: &str = "documents are chained";
const UNCHANGED: &str = "an issued document is unchanged";

/// Names of the invariants that are one query each.
pub(super) fn queried() -> impl Iterator<Item = &'static str> {
    QUERIES.iter().map(|(name, _)| *name)
}

/// Invariants that are one query each: name, then SQL giving `name`, `found` and `expected` where they differ.
const QUERIES: &[(&str, &str)] = &[
    (
        "a posting sums to zero in each currency",
        "SELECT transaction_id AS name, CAST(SUM(amount_minor) AS bigint) AS found, CAST(0 AS bigint) AS expected
         FROM ledger_entries GROUP BY transaction_id, currency HAVING SUM(amount_minor) <> 0",
    ),
    (
        "a posting has entries",
        "SELECT t.id AS name, CAST(0 AS bigint) AS found, CAST(2 AS bigint) AS expected FROM ledger_transactions t
         WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.transaction_id = t.id)",
    ),
    (
        "an account's balance is the sum of its entries",
        "SELECT a.code AS name, a.balance_minor AS found, CAST(COALESCE(SUM(e.amount_minor), 0) AS bigint) AS expected
         FROM ledger_accounts a LEFT JOIN ledger_entries e ON e.account_id = a.id AND e.currency = a.currency
         GROUP BY a.id, a.code, a.balance_minor HAVING a.balance_minor <> COALESCE(SUM(e.amount_minor), 0)",
    ),
    (
        "receivables are the open invoices",
        "SELECT customer_id AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT customer_id, currency, balance_minor AS ledger, 0 AS documents
               FROM ledger_accounts WHERE kind = 'receivable'
               UNION ALL
               SELECT customer_id, currency, 0,
                      total_minor - credited_minor - written_off_minor - (paid_minor - refunded_minor)
               FROM invoices WHERE status IN ('issued', 'paid', 'written_off')) both_sides
         GROUP BY customer_id, currency HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "wallets are the sum of their movements",
        "SELECT customer_id AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT customer_id, currency, -balance_minor AS ledger, 0 AS documents
               FROM ledger_accounts WHERE kind = 'wallet'
               UNION ALL
               SELECT customer_id, currency, 0, amount_minor FROM wallet_transactions) both_sides
         GROUP BY customer_id, currency HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "a wallet is not below its credit limit",
        "SELECT a.code AS name, -a.balance_minor AS found, -c.credit_limit_minor AS expected
         FROM ledger_accounts a JOIN customers c ON c.id = a.customer_id
         WHERE a.kind = 'wallet' AND a.balance_minor > c.credit_limit_minor AND a.balance_minor > 0",
    ),
    (
        "clearing is the money gateways hold for us",
        "SELECT code AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT code, balance_minor AS ledger, 0 AS documents
               FROM ledger_accounts WHERE kind = 'gateway_clearing'
               UNION ALL
               SELECT 'gateway_clearing:' || account_id || CASE currency WHEN 'IDR' THEN '' ELSE ':' || currency END,
                      0, received_minor FROM payments WHERE account_id IS NOT NULL
               UNION ALL
               SELECT 'gateway_clearing:' || p.account_id
                      || CASE r.currency WHEN 'IDR' THEN '' ELSE ':' || r.currency END, 0, -r.amount_minor
               FROM refunds r JOIN payments p ON p.id = r.payment_id
               WHERE r.destination = 'gateway' AND r.status = 'succeeded'
               UNION ALL
               SELECT a.code, 0, e.amount_minor FROM ledger_entries e
               JOIN ledger_transactions t ON t.id = e.transaction_id
                 AND t.kind IN ('money_unallocated', 'opening_balance', 'opening_reversed')
               JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'gateway_clearing'
               UNION ALL
               SELECT 'gateway_clearing:' || account_id, 0, -clearing_minor FROM settlement_lines
               WHERE clearing_minor <> 0
               UNION ALL
               SELECT 'gateway_clearing:' || p.account_id
                      || CASE d.currency WHEN 'IDR' THEN '' ELSE ':' || d.currency END, 0,
                      CASE WHEN d.won_payment_id IS NULL THEN d.amount_minor ELSE d.lost_minor END
               FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.status = 'won'
               UNION ALL
               SELECT 'gateway_clearing:' || p.account_id
                      || CASE d.currency WHEN 'IDR' THEN '' ELSE ':' || d.currency END, 0,
                      d.fee_back_minor - d.fee_minor
               FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.fee_back_minor <> d.fee_minor) both_sides
         GROUP BY code HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "an invoice is paid by its payments",
        "SELECT i.id AS name, i.paid_minor AS found, CAST(COALESCE(SUM(p.applied_minor), 0) AS bigint) AS expected
         FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id
         GROUP BY i.id, i.paid_minor HAVING i.paid_minor <> COALESCE(SUM(p.applied_minor), 0)",
    ),
    (
        "an invoice is credited by its credit notes",
        "SELECT i.id AS name, i.credited_minor AS found, CAST(COALESCE(SUM(c.total_minor), 0) AS bigint) AS expected
         FROM invoices i LEFT JOIN credit_notes c ON c.invoice_id = i.id
         GROUP BY i.id, i.credited_minor HAVING i.credited_minor <> COALESCE(SUM(c.total_minor), 0)",
    ),
    (
        "an invoice is given up by its write-offs",
        "SELECT i.id AS name, i.written_off_minor AS found, CAST(COALESCE(SUM(w.total_minor), 0) AS bigint) AS expected
         FROM invoices i LEFT JOIN write_offs w ON w.invoice_id = i.id AND w.recovered_at IS NULL
         GROUP BY i.id, i.written_off_minor HAVING i.written_off_minor <> COALESCE(SUM(w.total_minor), 0)",
    ),
    (
        "a write-off has its posting",
        "SELECT w.id AS name, CAST(0 AS bigint) AS found, w.total_minor AS expected FROM write_offs w
         WHERE NOT EXISTS
           (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'invoice_written_off:' || w.id)
           OR (w.recovered_at IS NULL) = EXISTS
           (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'invoice_recovered:' || w.id)",
    ),
    (
        "bad debts are what was given up",
        "SELECT currency AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT currency, balance_minor AS ledger, 0 AS documents
               FROM ledger_accounts WHERE kind = 'bad_debts'
               UNION ALL
               SELECT currency, 0, total_minor - tax_minor - deferred_minor FROM write_offs
               WHERE recovered_at IS NULL) both_sides
         GROUP BY currency HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "tax withheld by customers is what their proofs say",
        "SELECT currency AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT currency, balance_minor AS ledger, 0 AS documents
               FROM ledger_accounts WHERE kind = 'prepaid_tax'
               UNION ALL
               SELECT currency, 0, amount_minor FROM withholdings WHERE status = 'received') both_sides
         GROUP BY currency HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "a proof of withheld tax is a payment",
        "SELECT w.id AS name, COALESCE(p.applied_minor, 0) AS found,
                CASE w.status WHEN 'received' THEN w.amount_minor ELSE 0 END AS expected
         FROM withholdings w LEFT JOIN payments p ON p.id = w.payment_id
         WHERE COALESCE(p.applied_minor, 0) <> CASE w.status WHEN 'received' THEN w.amount_minor ELSE 0 END",
    ),
    (
        "deferred revenue is what is not earned yet",
        "SELECT currency AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT currency, -balance_minor AS ledger, 0 AS documents
               FROM ledger_accounts WHERE kind = 'deferred_revenue'
               UNION ALL
               SELECT currency, 0, whole_minor - recognised_minor FROM revenue_schedules) both_sides
         GROUP BY currency HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "a revenue schedule is what is left of its line",
        "SELECT name, found, expected FROM (SELECT s.id AS name, s.whole_minor AS found,
           CASE WHEN i.status = 'void' AND i.credited_minor = 0 THEN CAST(0 AS bigint) ELSE CAST(l.net_minor
             - COALESCE((SELECT SUM(c.net_minor) FROM credit_note_items c WHERE c.invoice_item_id = l.id), 0)
             - COALESCE((SELECT SUM(g.deferred_minor) FROM write_off_items g
                 JOIN write_offs w ON w.id = g.write_off_id AND w.recovered_at IS NULL
                 WHERE g.invoice_item_id = l.id), 0) AS bigint) END AS expected
         FROM revenue_schedules s JOIN invoice_items l ON l.id = s.invoice_item_id
         JOIN invoices i ON i.id = s.invoice_id) counted WHERE found <> expected",
    ),
    (
        "nothing is earned beyond its line",
        "SELECT id AS name, recognised_minor AS found, whole_minor AS expected FROM revenue_schedules
         WHERE (whole_minor >= 0 AND (recognised_minor < 0 OR recognised_minor > whole_minor))
            OR (whole_minor < 0 AND (recognised_minor > 0 OR recognised_minor < whole_minor))",
    ),
    (
        "equity is the other side of opening balances",
        "SELECT currency AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT currency, balance_minor AS ledger, 0 AS documents FROM ledger_accounts WHERE kind = 'equity'
               UNION ALL
               SELECT currency, 0, -amount_minor FROM opening_balances WHERE reversed_at IS NULL
               UNION ALL
               SELECT 'IDR', 0, wallet_minor FROM import_links WHERE wallet_minor <> 0) both_sides
         GROUP BY currency HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "what an invoice gave back are its refunds",
        "SELECT i.id AS name, i.refunded_minor AS found, CAST(COALESCE(SUM(r.amount_minor), 0) AS bigint) AS expected
         FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id AND p.applied_minor > 0
         LEFT JOIN refunds r ON r.payment_id = p.id AND r.status = 'succeeded'
         GROUP BY i.id, i.refunded_minor HAVING i.refunded_minor <> COALESCE(SUM(r.amount_minor), 0)",
    ),
    (
        "a payment's refunds are reserved on it",
        "SELECT p.id AS name, p.refunded_minor AS found, CAST(COALESCE(SUM(r.amount_minor), 0) AS bigint) AS expected
         FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id AND r.status <> 'failed'
         GROUP BY p.id, p.refunded_minor HAVING p.refunded_minor <> COALESCE(SUM(r.amount_minor), 0)",
    ),
    (
        "a paid invoice has nothing open",
        "SELECT id AS name, total_minor - credited_minor - written_off_minor - (paid_minor - refunded_minor) AS found,
                CAST(0 AS bigint) AS expected
         FROM invoices WHERE status IN ('paid', 'written_off')
           AND total_minor - credited_minor - written_off_minor - (paid_minor - refunded_minor) <> 0",
    ),
    (
        "an invoice is the sum of its lines",
        "SELECT i.id AS name, i.total_minor AS found, CAST(COALESCE(SUM(l.net_minor + l.tax_minor), 0) AS bigint) AS expected
         FROM invoices i LEFT JOIN invoice_items l ON l.invoice_id = i.id WHERE i.status <> 'draft'
         GROUP BY i.id, i.total_minor HAVING i.total_minor <> COALESCE(SUM(l.net_minor + l.tax_minor), 0)",
    ),
    (
        "an issued invoice has its posting",
        "SELECT i.id AS name, CAST(0 AS bigint) AS found, i.total_minor AS expected FROM invoices i
         WHERE i.status <> 'draft' AND i.total_minor > 0 AND NOT EXISTS
         (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'invoice_issued:' || i.id)",
    ),
    (
        "a void invoice has its counter-posting",
        "SELECT i.id AS name, CAST(0 AS bigint) AS found, i.total_minor AS expected FROM invoices i
         WHERE i.status = 'void' AND i.total_minor > 0 AND i.credited_minor = 0 AND NOT EXISTS
         (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'invoice_voided:' || i.id)",
    ),
    (
        "money that came has its posting",
        "SELECT p.id AS name, CAST(0 AS bigint) AS found, p.received_minor AS expected FROM payments p
         WHERE p.received_minor > 0 AND NOT EXISTS
         (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'payment_settled:' || p.id)",
    ),
    (
        "money that went back has its posting",
        "SELECT r.id AS name, CAST(0 AS bigint) AS found, r.amount_minor AS expected FROM refunds r
         WHERE r.status = 'succeeded' AND NOT EXISTS
         (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'refund_paid:' || r.id)
         AND NOT EXISTS
         (SELECT 1 FROM wallet_payouts w JOIN ledger_transactions t ON t.idempotency_key = 'wallet_paid_out:' || w.id
          WHERE w.refund_id = r.id)",
    ),
    (
        "a credit note has its posting",
        "SELECT c.id AS name, CAST(0 AS bigint) AS found, c.total_minor AS expected FROM credit_notes c
         WHERE NOT EXISTS
         (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'credit_note_issued:' || c.id)",
    ),
    (
        "a posting has its source",
        "SELECT t.id AS name, CAST(0 AS bigint) AS found, CAST(1 AS bigint) AS expected FROM ledger_transactions t
         WHERE (t.source_type = 'invoice' AND NOT EXISTS (SELECT 1 FROM invoices s WHERE s.id = t.source_id))
            OR (t.source_type = 'credit_note' AND NOT EXISTS (SELECT 1 FROM credit_notes s WHERE s.id = t.source_id))
            OR (t.source_type = 'payment' AND NOT EXISTS (SELECT 1 FROM payments s WHERE s.id = t.source_id))
            OR (t.source_type = 'refund' AND NOT EXISTS (SELECT 1 FROM refunds s WHERE s.id = t.source_id))
            OR (t.source_type = 'opening_balance'
                AND NOT EXISTS (SELECT 1 FROM opening_balances s WHERE s.id = t.source_id))
            OR (t.source_type = 'import_link'
                AND NOT EXISTS (SELECT 1 FROM import_links s WHERE s.id = t.source_id))
            OR (t.source_type = 'gateway_event' AND NOT EXISTS (SELECT 1 FROM gateway_events s WHERE s.id = t.source_id))
            OR (t.source_type = 'settlement' AND NOT EXISTS (SELECT 1 FROM settlements s WHERE s.id = t.source_id))
            OR (t.source_type = 'settlement_line'
                AND NOT EXISTS (SELECT 1 FROM settlement_lines s WHERE s.id = t.source_id))
            OR (t.source_type = 'dispute' AND NOT EXISTS (SELECT 1 FROM disputes s WHERE s.id = t.source_id))
            OR (t.source_type = 'revenue_schedule'
                AND NOT EXISTS (SELECT 1 FROM revenue_schedules s WHERE s.id = t.source_id))
            OR (t.source_type = 'unallocated_money'
                AND NOT EXISTS (SELECT 1 FROM unallocated_money s WHERE s.id = t.source_id))
            OR (t.source_type = 'wallet_payout'
                AND NOT EXISTS (SELECT 1 FROM wallet_payouts s WHERE s.id = t.source_id))
            OR (t.source_type = 'customer_merge'
                AND NOT EXISTS (SELECT 1 FROM customer_merges s WHERE s.id = t.source_id))",
    ),
    (
        "unallocated money has its postings",
        "SELECT u.id AS name, CAST(0 AS bigint) AS found, u.amount_minor AS expected FROM unallocated_money u
         WHERE NOT EXISTS (SELECT 1 FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
                           JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'unallocated'
                           WHERE t.idempotency_key = u.posting_key AND e.amount_minor = -u.amount_minor)
            OR (u.status = 'returned' AND NOT EXISTS
                (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'money_returned:' || u.id))
            OR (u.status = 'allocated' AND NOT EXISTS
                (SELECT 1 FROM payments p WHERE p.id = u.payment_id AND p.amount_minor = u.amount_minor))",
    ),
    (
        "what came to the bank are the lines paid out",
        "SELECT 'bank' AS name, CAST(SUM(ledger) AS bigint) AS found, CAST(SUM(documents) AS bigint) AS expected
         FROM (SELECT e.amount_minor AS ledger, 0 AS documents FROM ledger_transactions t
               JOIN ledger_entries e ON e.transaction_id = t.id
               JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'bank'
               WHERE t.kind = 'payout_booked'
               UNION ALL
               SELECT 0, net_minor FROM settlement_lines WHERE status = 'booked') both_sides
         HAVING SUM(ledger) <> SUM(documents)",
    ),
    (
        "a payment is paid out by one line",
        "SELECT p.id AS name, CAST(CASE WHEN p.paid_out_at IS NULL THEN 0 ELSE 1 END AS bigint) AS found,
           (SELECT COUNT(*) FROM settlement_lines l WHERE l.payment_id = p.id AND l.status = 'booked'
              AND (l.kind = 'payment' OR l.kind = 'returned' AND p.method = 'dispute')) AS expected
         FROM payments p WHERE (CASE WHEN p.paid_out_at IS NULL THEN 0 ELSE 1 END) <>
           (SELECT COUNT(*) FROM settlement_lines l WHERE l.payment_id = p.id AND l.status = 'booked'
              AND (l.kind = 'payment' OR l.kind = 'returned' AND p.method = 'dispute'))",
    ),
    (
        "the end of a dispute is booked",
        "SELECT d.id AS name, CAST(0 AS bigint) AS found, d.amount_minor AS expected FROM disputes d
         WHERE (d.status = 'won' AND d.won_payment_id IS NULL AND NOT EXISTS
                (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'dispute_won:' || d.id))
            OR (d.status = 'won' AND d.won_payment_id IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'payment_settled:' || d.won_payment_id))
            OR (d.status = 'lost' AND d.lost_minor > 0 AND NOT EXISTS
                (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'dispute_lost:' || d.id))",
    ),
    (
        "money is received only where a payment says so",
        "SELECT id AS name, received_minor AS found, CAST(0 AS bigint) AS expected FROM payments
         WHERE (received_minor > 0) <> (status IN ('succeeded', 'partially_refunded', 'refunded')
            OR (status IN ('reversed', 'chargeback') AND refunded_minor > 0))",
    ),
    (
        "a cycle is invoiced once",
        "SELECT l.subscription_id AS name, COUNT(DISTINCT i.id) AS found, CAST(1 AS bigint) AS expected
         FROM invoice_items l JOIN invoices i ON i.id = l.invoice_id
         WHERE l.subscription_id IS NOT NULL AND l.cycle_number IS NOT NULL AND i.status <> 'void'
           AND (i.credited_minor < i.total_minor OR i.total_minor = 0)
         GROUP BY l.subscription_id, l.cycle_number HAVING COUNT(DISTINCT i.id) > 1",
    ),
    (
        "used quota is the slots that are taken",
        // A change of plan that is under way has taken a slot of its new plan.
        "SELECT name, found, expected FROM (SELECT p.id AS name, p.quota_used AS found,
           (SELECT COUNT(*) FROM quota_reservations r WHERE r.plan_id = p.id AND r.status IN ('held', 'allocated'))
           + (SELECT COUNT(*) FROM plan_changes c WHERE c.to_plan_id = p.id AND (c.status = 'changing'
              OR c.status = 'scheduled' AND c.from_plan_id <> c.to_plan_id)) AS expected
         FROM plans p) counted WHERE found <> expected",
    ),
    (
        "used coupons are their redemptions",
        "SELECT name, found, expected FROM (SELECT c.id AS name, c.used AS found,
           (SELECT COUNT(*) FROM coupon_redemptions r WHERE r.coupon_id = c.id AND r.status IN ('reserved', 'committed'))
           AS expected
         FROM coupons c) counted WHERE found <> expected",
    ),
    (
        "money is set aside only for something under way",
        "SELECT h.id AS name, h.amount_minor AS found, CAST(0 AS bigint) AS expected FROM wallet_holds h
         WHERE h.status = 'open' AND NOT EXISTS
         (SELECT 1 FROM plan_changes c WHERE c.hold_id = h.id AND c.status = 'changing')
         AND NOT EXISTS
         (SELECT 1 FROM wallet_payouts p WHERE p.hold_id = h.id AND p.status IN ('waiting', 'open'))",
    ),
    (
        "a payout of a wallet is set aside or posted",
        "SELECT p.id AS name, CAST(0 AS bigint) AS found, p.amount_minor AS expected FROM wallet_payouts p
         WHERE (p.status IN ('waiting', 'open') AND NOT EXISTS
                (SELECT 1 FROM wallet_holds h WHERE h.id = p.hold_id AND h.status = 'open'
                   AND h.amount_minor = p.amount_minor AND h.customer_id = p.customer_id))
            OR (p.status IN ('paid', 'returned')) <> EXISTS
                (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'wallet_paid_out:' || p.id)
            OR (p.status = 'returned') <> EXISTS
                (SELECT 1 FROM ledger_transactions t WHERE t.idempotency_key = 'wallet_payout_returned:' || p.id)",
    ),
    (
        "a refund to a bank account is paid out whole",
        "SELECT r.id AS name, CAST(0 AS bigint) AS found, r.amount_minor AS expected FROM refunds r
         WHERE r.destination = 'bank' AND r.status = 'pending'
           AND NOT EXISTS (SELECT 1 FROM wallet_payouts w WHERE w.refund_id = r.id)
         UNION ALL
         SELECT w.id, w.amount_minor, COALESCE(r.amount_minor, 0) FROM wallet_payouts w
         LEFT JOIN refunds r ON r.id = w.refund_id AND r.destination = 'bank'
         WHERE w.refund_id IS NOT NULL AND w.amount_minor <> COALESCE(r.amount_minor, 0)
         UNION ALL
         SELECT refund_id, CAST(COUNT(*) AS bigint), CAST(1 AS bigint) FROM wallet_payouts
         WHERE refund_id IS NOT NULL AND status IN ('waiting', 'open', 'paid')
         GROUP BY refund_id HAVING COUNT(*) > 1",
    ),
    (
        "a document that moved belongs to whom its customer was merged into",
        "SELECT d.document_id AS name, CAST(0 AS bigint) AS found, CAST(1 AS bigint) AS expected FROM moved_documents d
         WHERE NOT EXISTS
           (SELECT 1 FROM customer_merges m WHERE m.from_id = d.issued_to AND (
              EXISTS (SELECT 1 FROM invoices i WHERE i.id = d.document_id AND i.customer_id = m.now_id)
              OR EXISTS (SELECT 1 FROM credit_notes c WHERE c.id = d.document_id AND c.customer_id = m.now_id)))",
    ),
    (
        "who was merged owes and owns nothing",
        "SELECT m.from_id AS name, CAST(counted.n AS bigint) AS found, CAST(0 AS bigint) AS expected
         FROM customer_merges m JOIN (SELECT customer_id, COUNT(*) AS n FROM
           (SELECT customer_id FROM invoices UNION ALL SELECT customer_id FROM credit_notes
            UNION ALL SELECT customer_id FROM payments UNION ALL SELECT customer_id FROM subscriptions
            UNION ALL SELECT customer_id FROM ledger_accounts
              WHERE kind IN ('wallet', 'receivable') AND balance_minor <> 0) held GROUP BY customer_id) counted
         ON counted.customer_id = m.from_id",
    ),
];

#[derive(FromQueryResult)]
struct Row {
    name: Option<String>,
    found: i64,
    expected: i64,
}

/// Checks every invariant. Reads without a lock: run it while nothing is written, or again, before believing a finding.
///
/// # Errors
/// The database.
pub async fn verify(db: &impl ConnectionTrait) -> Result<Verification, DbErr> {
    let mut result = Verification::default();
    for (invariant, sql) in QUERIES {
        let rows = Row::find_by_statement(Statement::from_string(db.get_database_backend(), *sql)).all(db).await?;
        result.findings.extend(rows.into_iter().map(|row| Finding {
            invariant,
            row: row.name.unwrap_or_default(),
            detail: format!("is {}, should be {}", row.found, row.expected),
        }));
    }
    chains(db, &mut result.findings).await?;
    result.totals = totals(db).await?;
    Ok(result)
}

async fn totals(db: &impl ConnectionTrait) -> Result<Totals, DbErr> {
    let count = async |table: &str| -> Result<i64, DbErr> {
        let sql = format!("SELECT COUNT(*) AS n FROM {table}");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
        row.map_or(Ok(0), |row| row.try_get("", "n"))
    };
    let sql =
        "SELECT kind, currency, CAST(SUM(balance_minor) AS bigint) AS sum FROM ledger_accounts GROUP BY kind, currency";
    let mut balances = BTreeMap::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await? {
        balances.insert((row.try_get("", "kind")?, row.try_get("", "currency")?), row.try_get("", "sum")?);
    }
    Ok(Totals {
        postings: count("ledger_transactions").await?,
        invoices: count("invoices").await?,
        payments: count("payments").await?,
        balances,
    })
}

/// One document of a chained series.
struct Link {
    name: String,
    hash: String,
    previous: Option<String>,
}

/// Numbers without gaps and hashes that fit: in every series each document points at another one, one is the first,
/// the series points at the last, and there are as many documents as numbers were taken.
async fn chains(db: &impl ConnectionTrait, findings: &mut Vec<Finding>) -> Result<(), DbErr> {
    let mut series: BTreeMap<String, Vec<Link>> = BTreeMap::new();
    let issued_to = moved(db).await?;
    invoices(db, &issued_to, &mut series, findings).await?;
    credit_notes(db, &issued_to, &mut series, findings).await?;
    for row in number_series::Entity::find().all(db).await? {
        let is_chained = row.id.starts_with("invoice:") || row.id.starts_with("credit_note:");
        let links = series.remove(&row.id).unwrap_or_default();
        if !is_chained {
            continue;
        }
        let mut report = |invariant, detail| findings.push(Finding { invariant, row: row.id.clone(), detail });
        let (documents, taken) = (i64::try_from(links.len()).unwrap_or(i64::MAX), row.next_value - row.first_value);
        if documents != taken {
            report(GAPLESS, format!("has {documents} documents for {taken} numbers"));
        }
        let mut ends: BTreeSet<&str> = links.iter().map(|link| link.hash.as_str()).collect();
        let mut firsts = 0;
        for link in &links {
            match &link.previous {
                None => firsts += 1,
                Some(previous) if ends.remove(previous.as_str()) => {}
                Some(_) => report(CHAINED, format!("{} points at no document before it", link.name)),
            }
        }
        let ends_well = links.is_empty() || (firsts == 1 && ends.into_iter().eq(row.last_hash.as_deref()));
        if !ends_well {
            report(CHAINED, format!("{firsts} first documents, or the last one is not the last"));
        }
    }
    for (id, links) in series {
        let detail = format!("{} documents belong to a series that does not exist", links.len());
        findings.push(Finding { invariant: GAPLESS, row: id, detail });
    }
    Ok(())
}

fn series_of(kind: &str, at: DateTime<Utc>) -> String {
    format!("{kind}:{}", business_day(at).year())
}

/// To whom a document was issued that belongs to somebody else today: that is what its hash was made of.
type IssuedTo = BTreeMap<String, CustomerId>;

async fn moved(db: &impl ConnectionTrait) -> Result<IssuedTo, DbErr> {
    let rows = moved_document::Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.document_id, row.issued_to)).collect())
}

/// How many documents are read at once.
const BATCH: u64 = 200;

async fn invoices(
    db: &impl ConnectionTrait,
    issued_to: &IssuedTo,
    series: &mut BTreeMap<String, Vec<Link>>,
    findings: &mut Vec<Finding>,
) -> Result<(), DbErr> {
    let mut after = String::new();
    loop {
        let batch = invoice::Entity::find()
            .filter(invoice::Column::Id.gt(after.as_str()))
            .filter(invoice::Column::Status.ne(InvoiceStatus::Draft))
            .order_by_asc(invoice::Column::Id)
            .limit(BATCH)
            .all(db)
            .await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.id.0.clone();
        let ids: Vec<String> = batch.iter().map(|row| row.id.0.clone()).collect();
        let items =
            invoice_item::Entity::find().filter(invoice_item::Column::InvoiceId.is_in(ids.clone())).all(db).await?;
        let taxes = invoice_tax::Entity::find().filter(invoice_tax::Column::InvoiceId.is_in(ids)).all(db).await?;
        for mut row in batch {
            if let Some(customer) = issued_to.get(row.id.as_str()) {
                row.customer_id = customer.clone();
            }
            let items: Vec<_> = items.iter().filter(|item| item.invoice_id == row.id).cloned().collect();
            let taxes: Vec<_> = taxes.iter().filter(|tax| tax.invoice_id == row.id).cloned().collect();
            let hash = invoice_hash(row.previous_hash.as_deref(), &row, &items, &taxes);
            let name = row.number.clone().unwrap_or_else(|| row.id.0.clone());
            if row.document_hash.as_ref() != Some(&hash) {
                findings.push(altered(&name));
            }
            let stored = row.document_hash.unwrap_or_default();
            let id = series_of("invoice", row.issued_at.unwrap_or(row.created_at));
            series.entry(id).or_default().push(Link { name, hash: stored, previous: row.previous_hash });
        }
    }
}

async fn credit_notes(
    db: &impl ConnectionTrait,
    issued_to: &IssuedTo,
    series: &mut BTreeMap<String, Vec<Link>>,
    findings: &mut Vec<Finding>,
) -> Result<(), DbErr> {
    let mut after = String::new();
    loop {
        let batch = credit_note::Entity::find()
            .filter(credit_note::Column::Id.gt(after.as_str()))
            .order_by_asc(credit_note::Column::Id)
            .limit(BATCH)
            .all(db)
            .await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.id.0.clone();
        let ids = batch.iter().map(|row| row.id.0.clone());
        let items =
            credit_note_item::Entity::find().filter(credit_note_item::Column::CreditNoteId.is_in(ids)).all(db).await?;
        for mut row in batch {
            if let Some(customer) = issued_to.get(row.id.as_str()) {
                row.customer_id = customer.clone();
            }
            let items: Vec<_> = items.iter().filter(|item| item.credit_note_id == row.id).cloned().collect();
            if row.document_hash != credit_note_hash(row.previous_hash.as_deref(), &row, &items) {
                findings.push(altered(&row.number));
            }
            let id = series_of("credit_note", row.issued_at);
            series.entry(id).or_default().push(Link {
                name: row.number,
                hash: row.document_hash,
                previous: row.previous_hash,
            });
        }
    }
}

fn altered(name: &str) -> Finding {
    Finding { invariant: UNCHANGED, row: name.to_owned(), detail: "its content does not fit its hash".to_owned() }
}
