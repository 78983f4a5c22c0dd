//! `yumna billing run`: a billing run by hand, or what it would do.
use super::services;
use crate::{
    domain::{
        Ctx,
        subscriptions::{self, Forecast},
    },
    jobs::contracts,
    kernel::{
        clock::{Clock, OffsetClock, SystemClock},
        config::Config,
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};
use std::{process::ExitCode, sync::Arc};

/// Runs, or says what a run would do. Mails and work on what runs are done by the worker.
///
/// # Errors
/// Configuration, the database, the first thing that failed.
pub async fn run(config: Config, at: Option<DateTime<Utc>>, dry_run: bool) -> anyhow::Result<ExitCode> {
    // The schema must be there already: a billing run is no installation.
    services::open_existing_database(&config).await?;
    let ahead = at.map_or(0, |at| (at - SystemClock.now()).num_seconds());
    let services = services::build(config, Arc::new(OffsetClock::ahead_by(ahead)), false).await?;
    let ctx = Ctx::system(services, "billing", "billing_run");
    let came = match dry_run {
        true => subscriptions::forecast(&ctx, ctx.now()).await.map_err(anyhow::Error::from)?,
        false => contracts::run(&ctx).await.context("the run stopped; what was done before stays done")?,
    };
    say(&came, dry_run);
    Ok(ExitCode::SUCCESS)
}

fn say(came: &Forecast, dry_run: bool) {
    println!("{}", if dry_run { "dry run: nothing was changed" } else { "ok" });
    println!("renewals: {}", came.renewals);
    for (currency, minor) in &came.net {
        println!("amount: {minor} {currency}");
    }
    for (step, count) in &came.steps {
        println!("{step}: {count}");
    }
}
