//! The numbers of docs/PERFORMANCE.md, measured against the release program with the load on the same machine.
//!
//! `cargo bench --bench numbers` measures all of them on SQLite; `-- pages` (or `journey`, `notifications`, `beside`,
//! `pickup`, `lists`) measures one kind; `lists` writes a million invoices first, which takes minutes. With `BENCH_DATABASE_URL=postgres://user@host/postgres` everything runs on PostgreSQL in databases
//! made for it and dropped again. Pages and notifications are asked by `wrk` (Debian package of that name).
mod beside;
mod journey;
mod lists;
mod load;
mod notifications;
mod pages;
mod pickup;
mod place;
#[path = "../billing_run/renewals.rs"]
mod renewals;
mod volume;

fn main() -> anyhow::Result<()> {
    yumna::kernel::http::init_crypto();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!("\n| what | figure |\n| --- | --- |");
    runtime.block_on(async {
        if is_wanted("journey") {
            journey::measure().await?;
        }
        if is_wanted("pickup") {
            pickup::measure().await?;
        }
        if is_wanted("notifications") {
            notifications::measure().await?;
        }
        if is_wanted("beside") {
            beside::measure().await?;
        }
        if is_wanted("pages") {
            pages::measure().await?;
        }
        if is_wanted("lists") {
            lists::measure().await?;
        }
        Ok(())
    })
}

/// One line of the table.
fn say(what: &str, figure: impl std::fmt::Display) {
    println!("| {what} | {figure} |");
}
