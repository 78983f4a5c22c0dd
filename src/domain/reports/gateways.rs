//! What gateways and the bank received for us, kept and gave back: read off the ledger's clearing and bank accounts, so
//! that the figures are the ledger's own. A movement counts on the day on which it was booked.
use super::range::{Range, all, one, sum};
use crate::domain::Ctx;
use entity::value::IDR;
use sea_orm::{DbErr, FromQueryResult};
use std::collections::BTreeMap;

/// One way to pay at one account, whole rupiah. What left us is above zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Code of the account in the ledger: `gateway_clearing:pac_…`, `bank`.
    pub account: String,
    /// Its name for staff; none for the bank.
    pub name: Option<String>,
    /// Word of the gateway of the payments; none where no payment stands behind it.
    pub gateway: Option<String>,
    /// Word of the method.
    pub method: Option<String>,
    /// How many payments came.
    pub payments: i64,
    /// What came.
    pub received_minor: i64,
    /// What gateways say they kept; as far as they say it.
    pub fee_minor: i64,
    /// How often something was given back.
    pub refunds: i64,
    /// What was given back.
    pub refunded_minor: i64,
    /// What gateways took back.
    pub reversed_minor: i64,
    /// What else moved, as the ledger signs it: payouts, fees of disputes.
    pub other_minor: i64,
}

impl Line {
    /// By how much the account changed.
    pub fn change_minor(&self) -> i64 {
        self.received_minor - self.refunded_minor - self.reversed_minor + self.other_minor
    }
}

/// An account of the ledger at both ends of the period, whole rupiah.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Balance {
    /// Code in the ledger.
    pub account: String,
    /// Its name for staff; none for the bank.
    pub name: Option<String>,
    /// When the period began.
    pub opening_minor: i64,
    /// When it ended.
    pub closing_minor: i64,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayReport {
    /// Which days.
    pub range: Range,
    /// By account and method, the largest first.
    pub lines: Vec<Line>,
    /// Accounts at both ends.
    pub balances: Vec<Balance>,
    /// What gateways charged for disputes, less what they gave back of it, by the ledger.
    pub dispute_fees_minor: i64,
}

impl GatewayReport {
    /// Sums over all lines.
    pub fn total(&self) -> Line {
        self.lines.iter().fold(Line::default(), |total, line| Line {
            payments: total.payments + line.payments,
            received_minor: total.received_minor + line.received_minor,
            fee_minor: total.fee_minor + line.fee_minor,
            refunds: total.refunds + line.refunds,
            refunded_minor: total.refunded_minor + line.refunded_minor,
            reversed_minor: total.reversed_minor + line.reversed_minor,
            other_minor: total.other_minor + line.other_minor,
            ..total
        })
    }

    /// What each account received, the most first: its code, its name and the amount.
    pub fn received_by_account(&self) -> Vec<(&str, Option<&String>, i64)> {
        let mut accounts: Vec<(&str, Option<&String>, i64)> = Vec::new();
        for line in &self.lines {
            match accounts.iter_mut().find(|(code, ..)| *code == line.account) {
                Some((.., received_minor)) => *received_minor += line.received_minor,
                None => accounts.push((&line.account, line.name.as_ref(), line.received_minor)),
            }
        }
        accounts.sort_by_key(|(.., received_minor)| std::cmp::Reverse(*received_minor));
        accounts
    }

    /// Whether each account changed by what the lines say.
    pub fn ties(&self) -> bool {
        self.balances.iter().all(|balance| {
            let moved: i64 =
                self.lines.iter().filter(|line| line.account == balance.account).map(Line::change_minor).sum();
            balance.opening_minor + moved == balance.closing_minor
        })
    }
}

#[derive(FromQueryResult)]
struct Fees {
    amount: i64,
}

#[derive(FromQueryResult)]
struct Moved {
    account: String,
    name: Option<String>,
    gateway: Option<String>,
    method: Option<String>,
    what: String,
    times: i64,
    amount: i64,
    fee: i64,
}

/// What an entry `e` of the transaction `t`, with its payout `w`, is: money that fits nothing came in, or was taken back; a
/// refund went out by way of the wallet, or came back.
pub(super) const WHAT: &str = "CASE WHEN t.kind = 'money_unallocated' AND e.amount_minor > 0 THEN 'unfitting'
     WHEN t.kind = 'wallet_paid_out' AND w.refund_id IS NOT NULL THEN 'refund_paid'
     WHEN t.kind = 'wallet_payout_returned' AND w.refund_id IS NOT NULL THEN 'refund_returned' ELSE t.kind END";

/// The payout `w` of a transaction `t`.
pub(super) const PAYOUT: &str = "LEFT JOIN wallet_payouts w ON t.source_type = 'wallet_payout' AND w.id = t.source_id";

const NAMED: &str = "LEFT JOIN payment_accounts pa ON a.code = 'gateway_clearing:' || pa.id";

/// The report over `range`, in three statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, range: Range) -> Result<GatewayReport, DbErr> {
    let span = || vec![range.from_at().into(), range.until_at().into()];
    let amount = sum("e.amount_minor");
    let fee = sum("CASE WHEN t.kind = 'payment_settled' THEN p.fee_minor ELSE 0 END");
    let sql = format!(
        "SELECT a.code AS account, pa.name AS name, COALESCE(p.gateway, rp.gateway) AS gateway,
                COALESCE(p.method, rp.method) AS method, {WHAT} AS what, COUNT(*) AS times, {amount} AS amount,
                {fee} AS fee
         FROM ledger_accounts a {NAMED}
         JOIN ledger_entries e ON e.account_id = a.id AND e.created_at >= $1 AND e.created_at < $2
         JOIN ledger_transactions t ON t.id = e.transaction_id
         LEFT JOIN payments p ON t.source_type = 'payment' AND p.id = t.source_id
         {PAYOUT}
         LEFT JOIN refunds r ON r.id = CASE WHEN t.source_type = 'refund' THEN t.source_id ELSE w.refund_id END
         LEFT JOIN payments rp ON rp.id = r.payment_id
         WHERE a.kind IN ('gateway_clearing', 'bank') AND a.currency = '{IDR}'
         GROUP BY 1, 2, 3, 4, 5"
    );
    let mut lines: BTreeMap<(String, Option<String>, Option<String>), Line> = BTreeMap::new();
    for row in all::<Moved>(ctx, &sql, span()).await? {
        let key = (row.account.clone(), row.gateway.clone(), row.method.clone());
        let line = lines.entry(key).or_insert_with(|| Line {
            account: row.account,
            name: row.name,
            gateway: row.gateway,
            method: row.method,
            ..Line::default()
        });
        match row.what.as_str() {
            "payment_settled" => {
                line.payments += row.times;
                line.received_minor += row.amount;
                line.fee_minor += row.fee;
            }
            "unfitting" => line.received_minor += row.amount,
            "refund_paid" | "money_returned" => {
                line.refunds += row.times;
                line.refunded_minor -= row.amount;
            }
            "refund_returned" => line.refunded_minor -= row.amount,
            "payment_reversed" | "money_unallocated" => line.reversed_minor -= row.amount,
            _ => line.other_minor += row.amount,
        }
    }
    let mut lines: Vec<Line> = lines.into_values().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.received_minor));
    let since = |at: &str| {
        format!(
            "CAST(a.balance_minor - COALESCE((SELECT SUM(e.amount_minor) FROM ledger_entries e
               WHERE e.account_id = a.id AND e.created_at >= {at}), 0) AS bigint)"
        )
    };
    let (opening, closing) = (since("$1"), since("$2"));
    let sql = format!(
        "SELECT a.code AS account, pa.name AS name, {opening} AS opening_minor, {closing} AS closing_minor
         FROM ledger_accounts a {NAMED}
         WHERE a.kind IN ('gateway_clearing', 'bank') AND a.currency = '{IDR}' ORDER BY a.code"
    );
    let balances = all(ctx, &sql, span()).await?;
    let cost = sum("e.amount_minor");
    let sql = format!(
        "SELECT {cost} AS amount FROM ledger_accounts a
         JOIN ledger_entries e ON e.account_id = a.id AND e.created_at >= $1 AND e.created_at < $2
         JOIN ledger_transactions t ON t.id = e.transaction_id AND t.kind IN ('dispute_fee', 'dispute_fee_back')
         WHERE a.kind = 'gateway_fees' AND a.currency = '{IDR}'"
    );
    let fees: Fees = one(ctx, &sql, span()).await?;
    Ok(GatewayReport { range, lines, balances, dispute_fees_minor: fees.amount })
}
