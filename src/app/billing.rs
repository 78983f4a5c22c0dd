//! `yumna billing run`: a billing run by hand, or what it would do.
use super::services;
use crate::{
    domain::{
        Ctx,
        subscriptions::{self, Forecast, automation},
    },
    jobs::contracts,
    kernel::{
        clock::{Clock, OffsetClock, SystemClock, machine_now},
        config::Config,
    },
};
use anyhow::Context;
use chrono::{DateTime, Duration, Utc};
use entity::value::{business_day, day_start};
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
    // A day that is still to come is compared with nothing: the day before it has not happened either.
    if dry_run && day_start(business_day(ctx.now())) <= machine_now() {
        compare(&ctx, &came).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what the day would come to by then, with what is done of it, against the whole business day before.
async fn compare(ctx: &Ctx, rest: &Forecast) -> anyhow::Result<()> {
    let today = business_day(ctx.now());
    let before = today.pred_opt().unwrap_or(today);
    let (morning, start) = (day_start(today), day_start(before));
    let yesterday = automation::done_between(&ctx.db, start, morning).await?;
    let done = automation::done_between(&ctx.db, morning, ctx.now() + Duration::seconds(1)).await?;
    let difference = automation::against(&yesterday, &done, rest);
    println!("against yesterday ({before}):");
    println!("  renewals: {:+}", difference.renewals);
    for (currency, minor) in &difference.net {
        println!("  amount: {minor:+} {currency}");
    }
    for (step, count) in &difference.steps {
        println!("  {step}: {count:+}");
    }
    Ok(())
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
