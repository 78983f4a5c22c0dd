//! What we owe customers in their wallets, how it came about, and that it is what the wallet accounts of the ledger say.
use super::range::{OfMonth, Range, all, every_month, month_sql, one, sum};
use crate::{
    domain::Ctx,
    kernel::page::{Page, PageRequest},
};
use entity::value::{IDR, WalletTransactionType};
use sea_orm::{DbErr, FromQueryResult};

/// Movements of one kind, whole rupiah.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Why money moved.
    pub r#type: WalletTransactionType,
    /// How often.
    pub times: i64,
    /// What went into wallets.
    pub in_minor: i64,
    /// What left them, above zero.
    pub out_minor: i64,
}

/// The report, whole rupiah.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletReport {
    /// Which days.
    pub range: Range,
    /// What we owed when the period began, by the ledger.
    pub opening_minor: i64,
    /// What we owed when it ended, by the ledger.
    pub closing_minor: i64,
    /// Wallets with money in them when it ended.
    pub filled: i64,
    /// What they held in all.
    pub filled_minor: i64,
    /// Wallets below zero when it ended.
    pub overdrawn: i64,
    /// What customers owe by that, above zero.
    pub overdrawn_minor: i64,
    /// Set aside at this moment for changes under way.
    pub held_minor: i64,
    /// Why it changed.
    pub movements: Vec<Movement>,
}

impl WalletReport {
    /// What went in less what left.
    pub fn change_minor(&self) -> i64 {
        self.movements.iter().map(|moved| moved.in_minor - moved.out_minor).sum()
    }

    /// Whether the customers' histories explain the ledger.
    pub fn ties(&self) -> bool {
        self.opening_minor + self.change_minor() == self.closing_minor
            && self.filled_minor - self.overdrawn_minor == self.closing_minor
    }
}

/// A wallet at the end of the period, whole rupiah.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Holder {
    /// Whose.
    pub customer_id: String,
    /// Name of the customer.
    pub name: Option<String>,
    /// What it held.
    pub balance_minor: i64,
}

#[derive(FromQueryResult)]
struct Ends {
    opening: i64,
    closing: i64,
    filled: i64,
    filled_minor: i64,
    overdrawn: i64,
    overdrawn_minor: i64,
}

#[derive(FromQueryResult)]
struct Moved {
    word: String,
    times: i64,
    came: i64,
    went: i64,
}

#[derive(FromQueryResult)]
struct Held {
    amount: i64,
}

/// SQL of what we owed by wallet account `a` at an instant.
fn owed_at(at: &str) -> String {
    format!(
        "CAST(COALESCE((SELECT SUM(e.amount_minor) FROM ledger_entries e
           WHERE e.account_id = a.id AND e.created_at >= {at}), 0) - a.balance_minor AS bigint)"
    )
}

/// The report over `range`, in three statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, range: Range) -> Result<WalletReport, DbErr> {
    let span = || vec![range.from_at().into(), range.until_at().into()];
    let (before, after) = (owed_at("$1"), owed_at("$2"));
    let (opening, closing) = (sum("opening"), sum("closing"));
    let (filled, filled_minor) =
        (sum("CASE WHEN closing > 0 THEN 1 ELSE 0 END"), sum("CASE WHEN closing > 0 THEN closing ELSE 0 END"));
    let (overdrawn, overdrawn_minor) =
        (sum("CASE WHEN closing < 0 THEN 1 ELSE 0 END"), sum("CASE WHEN closing < 0 THEN -closing ELSE 0 END"));
    let sql = format!(
        "SELECT {opening} AS opening, {closing} AS closing, {filled} AS filled, {filled_minor} AS filled_minor,
                {overdrawn} AS overdrawn, {overdrawn_minor} AS overdrawn_minor
         FROM (SELECT {before} AS opening, {after} AS closing FROM ledger_accounts a
               WHERE a.kind = 'wallet' AND a.currency = '{IDR}') w"
    );
    let ends: Ends = one(ctx, &sql, span()).await?;
    let came = sum("CASE WHEN w.amount_minor > 0 THEN w.amount_minor ELSE 0 END");
    let went = sum("CASE WHEN w.amount_minor < 0 THEN -w.amount_minor ELSE 0 END");
    // The history is written a moment after the posting: the posting says to which day a movement belongs.
    let sql = format!(
        "SELECT w.type AS word, COUNT(*) AS times, {came} AS came, {went} AS went FROM wallet_transactions w
         JOIN ledger_transactions t ON t.id = w.ledger_transaction_id
         WHERE w.created_at >= $1 AND w.created_at < $3 AND t.posted_at >= $1 AND t.posted_at < $2
           AND w.currency = '{IDR}' GROUP BY w.type"
    );
    let mut values = span();
    values.push((range.until_at() + chrono::Duration::hours(1)).into());
    let found: Vec<Moved> = all(ctx, &sql, values).await?;
    let movements = WalletTransactionType::ALL.iter().filter_map(|r#type| {
        let row = found.iter().find(|row| row.word == r#type.as_str())?;
        Some(Movement { r#type: *r#type, times: row.times, in_minor: row.came, out_minor: row.went })
    });
    let movements = movements.collect();
    let held = sum("h.amount_minor");
    let sql = format!("SELECT {held} AS amount FROM wallet_holds h WHERE h.status = 'open' AND h.currency = '{IDR}'");
    let held: Held = one(ctx, &sql, Vec::new()).await?;
    Ok(WalletReport {
        range,
        opening_minor: ends.opening,
        closing_minor: ends.closing,
        filled: ends.filled,
        filled_minor: ends.filled_minor,
        overdrawn: ends.overdrawn,
        overdrawn_minor: ends.overdrawn_minor,
        held_minor: held.amount,
        movements,
    })
}

/// What we owed at the end of each month of `range`, by the ledger, oldest first; `closing_minor` is what we owed when
/// it ended. One statement.
///
/// # Errors
/// The database.
pub async fn by_month(ctx: &Ctx, range: Range, closing_minor: i64) -> Result<Vec<(String, i64)>, DbErr> {
    let (month, amount) = (month_sql(ctx, "e.created_at"), sum("-e.amount_minor"));
    let sql = format!(
        "SELECT {month} AS month, {amount} AS amount FROM ledger_accounts a
         JOIN ledger_entries e ON e.account_id = a.id AND e.created_at >= $1 AND e.created_at < $2
         WHERE a.kind = 'wallet' AND a.currency = '{IDR}' GROUP BY 1"
    );
    let changes = all::<OfMonth>(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await?;
    let mut months = every_month(range, &changes);
    let mut owed = closing_minor;
    for (_, amount) in months.iter_mut().rev() {
        let change = std::mem::replace(amount, owed);
        owed -= change;
    }
    Ok(months)
}

/// Wallets that were not empty when `range` ended, the fullest first.
///
/// # Errors
/// The database.
pub async fn holders(ctx: &Ctx, range: Range, request: &PageRequest) -> Result<Page<Holder>, DbErr> {
    let after = request.after.as_deref().and_then(super::ageing::parse_cursor);
    let found = read(ctx, range, after, Some(request.fetch())).await?;
    Ok(super::ageing::keyed(found, request, |row| (row.balance_minor, row.customer_id.as_str())))
}

/// All of them, in one statement: for a download.
///
/// # Errors
/// The database.
pub async fn all_holders(ctx: &Ctx, range: Range) -> Result<Vec<Holder>, DbErr> {
    read(ctx, range, None, None).await
}

async fn read(ctx: &Ctx, range: Range, after: Option<(i64, String)>, limit: Option<u64>) -> Result<Vec<Holder>, DbErr> {
    let owed = owed_at("$1");
    let mut values = vec![range.until_at().into()];
    let mut further = String::new();
    if let Some((amount, customer_id)) = after {
        values.extend([amount.into(), customer_id.into()]);
        further = " AND (w.balance_minor < $2 OR (w.balance_minor = $2 AND w.customer_id > $3))".to_owned();
    }
    let most = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    let sql = format!(
        "SELECT w.customer_id, w.name, w.balance_minor FROM
           (SELECT a.customer_id, COALESCE(c.company, c.name) AS name, {owed} AS balance_minor
            FROM ledger_accounts a JOIN customers c ON c.id = a.customer_id
            WHERE a.kind = 'wallet' AND a.currency = '{IDR}') w
         WHERE w.balance_minor <> 0{further} ORDER BY w.balance_minor DESC, w.customer_id{most}"
    );
    all(ctx, &sql, values).await
}
