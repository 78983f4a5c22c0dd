//! What was invoiced and what was received.
//!
//! *Issued* is net revenue as the ledger books it: invoices when issued, less what was voided, less credit notes, each
//! in its own month. *Received* is money that reached a gateway or the bank, tax included, less what went back; payments
//! from wallets are not received again. *Paid* by product is the net of the lines of invoices whose last part came in
//! the period. *Written off* is what the account of bad debts gained, and what had been deferred of such debts: revenue
//! that was issued and will not come. *Earned* is what the revenue accounts gained by whatever posting, *deferred* by how
//! much more is still to be earned (ADR 0073): what was issued was earned, deferred or given up unearned.
use super::{
    gateways::{PAYOUT, WHAT},
    range::{Range, all, month_sql, month_word, one, sum},
};
use crate::domain::Ctx;
use entity::value::IDR;
use sea_orm::{DbErr, FromQueryResult};
use std::collections::BTreeMap;

/// One month, whole rupiah.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Month {
    /// `2026-11`.
    pub month: String,
    /// Net of invoices issued.
    pub invoiced_minor: i64,
    /// Net of invoices voided, as a number above zero.
    pub voided_minor: i64,
    /// Net of credit notes, above zero.
    pub credited_minor: i64,
    /// Debts given up, less those that came all the same.
    pub written_off_minor: i64,
    /// Of that: what had not been earned.
    pub unearned_minor: i64,
    /// Net revenue as it is earned: what the revenue accounts gained.
    pub earned_minor: i64,
    /// By how much more is still to be earned than before; below zero where more was earned than deferred.
    pub deferred_minor: i64,
    /// Money that came, tax included.
    pub received_minor: i64,
    /// Money given back by gateway or bank, above zero.
    pub refunded_minor: i64,
    /// Money gateways took back (reversals, chargebacks), above zero.
    pub reversed_minor: i64,
}

impl Month {
    /// Net revenue: invoiced less voided and credited.
    pub fn issued_minor(&self) -> i64 {
        self.invoiced_minor - self.voided_minor - self.credited_minor
    }

    /// Money that came and stayed.
    pub fn kept_minor(&self) -> i64 {
        self.received_minor - self.refunded_minor - self.reversed_minor
    }

    fn add(&mut self, other: &Self) {
        self.invoiced_minor += other.invoiced_minor;
        self.voided_minor += other.voided_minor;
        self.credited_minor += other.credited_minor;
        self.written_off_minor += other.written_off_minor;
        self.unearned_minor += other.unearned_minor;
        self.earned_minor += other.earned_minor;
        self.deferred_minor += other.deferred_minor;
        self.received_minor += other.received_minor;
        self.refunded_minor += other.refunded_minor;
        self.reversed_minor += other.reversed_minor;
    }
}

/// One product, or a kind of product where a line names no contract; whole rupiah.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Its name; none for lines without a contract.
    pub name: Option<String>,
    /// Word of its kind.
    pub kind: String,
    /// Net issued.
    pub issued_minor: i64,
    /// Net of lines of invoices paid in full in the period.
    pub paid_minor: i64,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevenueReport {
    /// Which days.
    pub range: Range,
    /// Every month of the span, oldest first.
    pub months: Vec<Month>,
    /// By product, the largest first.
    pub products: Vec<Product>,
    /// What the revenue accounts of the ledger gained by documents in the period, whole rupiah.
    pub ledger_minor: i64,
}

impl RevenueReport {
    /// Sums over all months.
    pub fn total(&self) -> Month {
        let mut total = Month::default();
        self.months.iter().for_each(|month| total.add(month));
        total
    }

    /// Whether issued revenue is what the ledger booked, and became what it can become.
    pub fn ties(&self) -> bool {
        let total = self.total();
        let became = total.earned_minor + total.deferred_minor + total.unearned_minor;
        total.issued_minor() == self.ledger_minor && total.issued_minor() == became
    }
}

#[derive(FromQueryResult)]
struct Issued {
    month: String,
    what: String,
    name: Option<String>,
    kind: String,
    net: i64,
}

#[derive(FromQueryResult)]
struct Moved {
    month: String,
    what: String,
    amount: i64,
}

#[derive(FromQueryResult)]
struct Paid {
    name: Option<String>,
    kind: String,
    net: i64,
}

#[derive(FromQueryResult)]
struct Ledger {
    amount: i64,
}

/// The report over `range`, in a constant number of statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, range: Range) -> Result<RevenueReport, DbErr> {
    let empty = |month| Month { month: month_word(month), ..Month::default() };
    let mut months: BTreeMap<String, Month> =
        range.months().into_iter().map(|month| (month_word(month), empty(month))).collect();
    let mut products: BTreeMap<(Option<String>, String), Product> = BTreeMap::new();
    for row in issued(ctx, range).await? {
        let month = months.entry(row.month.clone()).or_insert_with(|| Month { month: row.month, ..Month::default() });
        let signed = if row.what == "invoice_issued" { row.net } else { -row.net };
        match row.what.as_str() {
            "invoice_issued" => month.invoiced_minor += row.net,
            "invoice_voided" => month.voided_minor += row.net,
            _ => month.credited_minor += row.net,
        }
        product(&mut products, row.name, row.kind).issued_minor += signed;
    }
    for row in paid(ctx, range).await? {
        product(&mut products, row.name, row.kind).paid_minor += row.net;
    }
    for row in moved(ctx, range).await? {
        let month = months.entry(row.month.clone()).or_insert_with(|| Month { month: row.month, ..Month::default() });
        match row.what.as_str() {
            "invoice_written_off" | "invoice_recovered" => month.written_off_minor += row.amount,
            "payment_settled" | "unfitting" => month.received_minor += row.amount,
            "refund_paid" | "refund_returned" | "money_returned" => month.refunded_minor -= row.amount,
            _ => month.reversed_minor -= row.amount,
        }
    }
    for row in earned(ctx, range).await? {
        let month = months.entry(row.month.clone()).or_insert_with(|| Month { month: row.month, ..Month::default() });
        match row.what.as_str() {
            "earned" => month.earned_minor -= row.amount,
            "deferred" => month.deferred_minor -= row.amount,
            // Left the deferred revenue because nobody will pay it.
            _ => {
                month.deferred_minor -= row.amount;
                month.unearned_minor += row.amount;
                month.written_off_minor += row.amount;
            }
        }
    }
    let mut products: Vec<Product> = products.into_values().collect();
    products.sort_by_key(|product| (std::cmp::Reverse(product.issued_minor), product.name.clone()));
    let ledger_minor = ledger(ctx, range).await?;
    Ok(RevenueReport { range, months: months.into_values().collect(), products, ledger_minor })
}

fn product(
    products: &mut BTreeMap<(Option<String>, String), Product>,
    name: Option<String>,
    kind: String,
) -> &mut Product {
    let fresh = Product { name: name.clone(), kind: kind.clone(), ..Product::default() };
    products.entry((name, kind)).or_insert(fresh)
}

/// Lines by the month in which the ledger booked their document.
async fn issued(ctx: &Ctx, range: Range) -> Result<Vec<Issued>, DbErr> {
    let (month, net) = (month_sql(ctx, "d.posted_at"), sum("d.net"));
    let sql = format!(
        "SELECT {month} AS month, d.what, p.name AS name, d.kind, {net} AS net FROM
           (SELECT t.posted_at, t.kind AS what, l.subscription_id, l.product_kind AS kind, l.net_minor AS net
            FROM ledger_transactions t JOIN invoices i ON i.id = t.source_id
            JOIN invoice_items l ON l.invoice_id = i.id
            WHERE t.posted_at >= $1 AND t.posted_at < $2 AND t.kind IN ('invoice_issued', 'invoice_voided')
              AND i.currency = '{IDR}'
            UNION ALL
            SELECT t.posted_at, t.kind, l.subscription_id, l.product_kind, c.net_minor
            FROM ledger_transactions t JOIN credit_notes n ON n.id = t.source_id
            JOIN credit_note_items c ON c.credit_note_id = n.id JOIN invoice_items l ON l.id = c.invoice_item_id
            WHERE t.posted_at >= $1 AND t.posted_at < $2 AND t.kind = 'credit_note_issued'
              AND n.currency = '{IDR}') d
         LEFT JOIN subscriptions s ON s.id = d.subscription_id LEFT JOIN products p ON p.id = s.product_id
         GROUP BY 1, 2, 3, 4"
    );
    all(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await
}

/// Lines of invoices whose last part came in the period.
async fn paid(ctx: &Ctx, range: Range) -> Result<Vec<Paid>, DbErr> {
    let net = sum("l.net_minor");
    let sql = format!(
        "SELECT p.name AS name, l.product_kind AS kind, {net} AS net FROM invoices i
         JOIN invoice_items l ON l.invoice_id = i.id
         LEFT JOIN subscriptions s ON s.id = l.subscription_id LEFT JOIN products p ON p.id = s.product_id
         WHERE i.paid_at >= $1 AND i.paid_at < $2 AND i.currency = '{IDR}'
         GROUP BY 1, 2"
    );
    all(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await
}

/// Money that moved at gateways and the bank, and debts that were given up, by month and occasion.
async fn moved(ctx: &Ctx, range: Range) -> Result<Vec<Moved>, DbErr> {
    let (month, amount) = (month_sql(ctx, "e.created_at"), sum("e.amount_minor"));
    let sql = format!(
        "SELECT {month} AS month, {WHAT} AS what, {amount} AS amount FROM ledger_accounts a
         JOIN ledger_entries e ON e.account_id = a.id AND e.created_at >= $1 AND e.created_at < $2
         JOIN ledger_transactions t ON t.id = e.transaction_id {PAYOUT}
         WHERE a.currency = '{IDR}' AND (a.kind IN ('gateway_clearing', 'bank')
             AND (t.kind IN ('payment_settled', 'refund_paid', 'payment_reversed', 'money_unallocated',
                             'money_returned') OR w.refund_id IS NOT NULL)
           OR a.kind = 'bad_debts' AND t.kind IN ('invoice_written_off', 'invoice_recovered'))
         GROUP BY 1, 2"
    );
    all(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await
}

/// What moved on the accounts of revenue, earned and deferred, by month.
async fn earned(ctx: &Ctx, range: Range) -> Result<Vec<Moved>, DbErr> {
    let (month, amount) = (month_sql(ctx, "e.created_at"), sum("e.amount_minor"));
    let sql = format!(
        "SELECT {month} AS month, CASE WHEN a.kind <> 'deferred_revenue' THEN 'earned'
           WHEN t.kind IN ('invoice_written_off', 'invoice_recovered') THEN 'given_up' ELSE 'deferred' END AS what,
           {amount} AS amount
         FROM ledger_accounts a
         JOIN ledger_entries e ON e.account_id = a.id AND e.created_at >= $1 AND e.created_at < $2
         JOIN ledger_transactions t ON t.id = e.transaction_id
         WHERE a.currency = '{IDR}' AND a.kind IN ('revenue', 'late_fees', 'deferred_revenue')
         GROUP BY 1, 2"
    );
    all(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await
}

/// What documents moved on accounts other than receivables and tax: revenue, wherever it is kept until it is earned.
pub(super) async fn ledger(ctx: &Ctx, range: Range) -> Result<i64, DbErr> {
    let amount = sum("-e.amount_minor");
    let sql = format!(
        "SELECT {amount} AS amount FROM ledger_accounts a
         JOIN ledger_entries e ON e.account_id = a.id AND e.created_at >= $1 AND e.created_at < $2
         JOIN ledger_transactions t ON t.id = e.transaction_id
         WHERE a.kind NOT IN ('receivable', 'tax_payable', 'wallet', 'gateway_clearing', 'bank')
           AND a.currency = '{IDR}' AND t.kind IN ('invoice_issued', 'invoice_voided', 'credit_note_issued')"
    );
    let row: Ledger = one(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await?;
    Ok(row.amount)
}
