//! Reports by mail.
use super::registry::{Registered, job};
use crate::{
    domain::{Ctx, reports::mailed},
    kernel::job::{Job, JobError},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Mails the reports whose period is over.
#[derive(Debug, Serialize, Deserialize)]
pub struct MailReports {}

impl Job for MailReports {
    const NAME: &'static str = "reports.mail";
    /// Each of them is reckoned anew.
    const TIMEOUT: Duration = Duration::from_secs(1800);

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Every job of this family.
pub fn all() -> Vec<Registered> {
    vec![job::<MailReports>(mail_reports)]
}

async fn mail_reports(ctx: Ctx, _: MailReports) -> Result<(), JobError> {
    let mails = mailed::mail_due(&ctx).await?;
    if mails > 0 {
        tracing::info!(mails, "Mailed reports");
    }
    Ok(())
}
