//! The proof of the books by night, and revenue that is earned day by day.
use super::registry::{Registered, job};
use crate::{
    domain::{
        Ctx,
        billing::deferral::{self, EarnRevenue},
        ledger,
    },
    kernel::job::{Job, JobError},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Proves every invariant of money and keeps the result.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckBooks {}

impl Job for CheckBooks {
    const NAME: &'static str = "ledger.check_books";
    /// It reads every document there is.
    const TIMEOUT: Duration = Duration::from_secs(3600);

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Every job of this family.
pub fn all() -> Vec<Registered> {
    vec![job::<CheckBooks>(check_books), job::<EarnRevenue>(earn_revenue)]
}

async fn earn_revenue(ctx: Ctx, _: EarnRevenue) -> Result<(), JobError> {
    let lines = deferral::earn_due(&ctx).await?;
    if lines > 0 {
        tracing::info!(lines, "Booked what was earned");
    }
    Ok(())
}

async fn check_books(ctx: Ctx, _: CheckBooks) -> Result<(), JobError> {
    let check = ledger::check(&ctx).await?;
    if check.found > 0 {
        tracing::error!(found = check.found, "The books are not right");
    }
    Ok(())
}
