//! `yumna ledger verify`.
use crate::domain::ledger;
use sea_orm::DatabaseConnection;
use std::process::ExitCode;

/// Proves every invariant of the books: exit code 0 and the totals, or 1 and everything that is broken.
pub async fn run(db: &DatabaseConnection) -> anyhow::Result<ExitCode> {
    let verification = ledger::verify(db).await?;
    if !verification.findings.is_empty() {
        for finding in &verification.findings {
            println!("broken: {} at {}: {}", finding.invariant, finding.row, finding.detail);
        }
        return Ok(ExitCode::FAILURE);
    }
    let totals = &verification.totals;
    println!("ok: {} postings, {} invoices, {} payments", totals.postings, totals.invoices, totals.payments);
    for ((kind, currency), balance) in &totals.balances {
        println!("  {kind} {currency} {balance}");
    }
    Ok(ExitCode::SUCCESS)
}
