//! The billing run: so many renewals that are due become invoices, each with its lines, tax, postings, cycle, audit and
//! news, on documents that are chained. Beside it, the same rows written by plain inserts of many rows.
//!
//! `cargo bench --bench billing_run` takes 10,000 and 100,000 renewals on SQLite; `-- 1000000` takes that many. With
//! `BENCH_DATABASE_URL=postgres://user@host/postgres` it runs on PostgreSQL in databases made for it and dropped again.
#[path = "../numbers/place.rs"]
#[expect(dead_code, reason = "no program is started here")]
mod place;
mod plain;
mod renewals;

use anyhow::Context;
use place::Place;
use sea_orm::ConnectionTrait;
use std::{sync::Arc, time::Instant};
use yumna::{app::services, domain::Ctx, domain::subscriptions::renew, kernel::clock::SystemClock};

/// How many renewals are due, where nobody says.
const SIZES: [u32; 2] = [10_000, 100_000];

fn main() -> anyhow::Result<()> {
    yumna::kernel::http::init_crypto();
    let wanted: Vec<u32> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if wanted.is_empty() { SIZES.to_vec() } else { wanted };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!("\n| renewals | invoices/s | of plain inserts | memory at most |\n| --- | --- | --- | --- |");
    for size in sizes {
        runtime.block_on(measure(size))?;
    }
    Ok(())
}

async fn measure(size: u32) -> anyhow::Result<()> {
    let place = Place::fresh().await?;
    let services = services::build(place.config(), Arc::new(SystemClock), false).await?;
    let ctx = Ctx::system(services.clone(), "bench", "bench");
    renewals::write(&ctx, size).await?;
    // A database that has run for a day knows its tables. Of those that are still empty it must not be told so:
    // PostgreSQL would check foreign keys by reading them whole, and go on with that while they grow.
    for table in ["customers", "subscriptions", "subscription_cycles"] {
        services.db.execute_unprepared(&format!("ANALYZE {table}")).await?;
    }
    forget_peak()?;
    let began = Instant::now();
    let issued = renew::issue_due(&ctx).await?;
    let took = began.elapsed().as_secs_f64();
    anyhow::ensure!(issued.invoices == u64::from(size), "{} invoices instead of {size}", issued.invoices);
    let (speed, peak) = (f64::from(size) / took, peak_mib()?);
    let plain = plain::speed(&services).await?;
    println!(
        "| {size}, {} | {speed:.0} | {:.0} % of {plain:.0}/s | {peak:.0} MiB |",
        place.database(),
        100.0 * speed / plain
    );
    services.db.clone().close().await?;
    drop(services);
    place.leave().await
}

/// The most memory held is counted anew from now on.
fn forget_peak() -> anyhow::Result<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

/// The most memory held since, MiB.
fn peak_mib() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
    Ok(kilobytes / 1024.0)
}
