//! What is still open in a month of the books that is about to be closed.
use super::{
    deferred,
    range::{Range, one},
    tax,
};
use crate::domain::Ctx;
use entity::value::IDR;
use sea_orm::{DbErr, FromQueryResult};

/// What people look at before they close a month; balances at its end, whole rupiah.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenItems {
    /// Invoices that were begun and not issued.
    pub drafts: i64,
    /// Payments of the month that wait for a person.
    pub reviews: i64,
    /// What gateways held for us.
    pub clearing_minor: i64,
    /// Money that fitted nothing, above zero.
    pub unallocated_minor: i64,
    /// What customers owed.
    pub receivable_minor: i64,
    /// Tax of the month that is to be declared.
    pub tax_minor: i64,
    /// What was invoiced for service that was still to be given, above zero.
    pub deferred_minor: i64,
    /// Of what is deferred now: earned by the end of the month and not booked yet.
    pub unbooked_minor: i64,
    /// Of what is deferred now: earned in the month after.
    pub next_minor: i64,
}

#[derive(FromQueryResult)]
struct Row {
    drafts: i64,
    reviews: i64,
    clearing: i64,
    unallocated: i64,
    receivable: i64,
    deferred: i64,
}

/// What is open in the month `range`, in a constant number of statements.
///
/// # Errors
/// The database.
pub async fn open_items(ctx: &Ctx, range: Range) -> Result<OpenItems, DbErr> {
    let held = |kind: &str| {
        format!(
            "CAST(COALESCE((SELECT SUM(a.balance_minor) FROM ledger_accounts a
               WHERE a.kind = '{kind}' AND a.currency = '{IDR}'), 0)
             - COALESCE((SELECT SUM(e.amount_minor) FROM ledger_transactions t
               JOIN ledger_entries e ON e.transaction_id = t.id
               JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = '{kind}' AND a.currency = '{IDR}'
               WHERE t.posted_at >= $1), 0) AS bigint)"
        )
    };
    let sql = format!(
        "SELECT (SELECT COUNT(*) FROM invoices WHERE status = 'draft' AND created_at < $1) AS drafts,
                (SELECT COUNT(*) FROM payments WHERE status = 'review' AND created_at < $1) AS reviews,
                {} AS clearing, {} AS unallocated, {} AS receivable, {} AS deferred",
        held("gateway_clearing"),
        held("unallocated"),
        held("receivable"),
        held("deferred_revenue")
    );
    let row: Row = one(ctx, &sql, vec![range.until_at().into()]).await?;
    let (end, next) = (Some(range.until), Some(range.next().until));
    let earned = deferred::earned_in(ctx, &[(None, end), (end, next)]).await?;
    let tax = tax::report(ctx, range).await?;
    Ok(OpenItems {
        drafts: row.drafts,
        reviews: row.reviews,
        clearing_minor: row.clearing,
        unallocated_minor: -row.unallocated,
        receivable_minor: row.receivable,
        tax_minor: tax.total().tax_minor,
        deferred_minor: -row.deferred,
        unbooked_minor: earned.first().copied().unwrap_or_default(),
        next_minor: earned.get(1).copied().unwrap_or_default(),
    })
}
