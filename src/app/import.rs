//! `yumna import`: customers and contracts of another system, looked at or taken over, as WHM does it.
use super::services;
use crate::{
    domain::{
        Ctx,
        takeover::{self, Options, Preview, TakeoverError},
    },
    kernel::{
        clock::SystemClock,
        config::{Config, ConfigError},
    },
};
use anyhow::Context;
use entity::value::{ImportKind, ImportVerdict};
use std::{path::PathBuf, process::ExitCode, sync::Arc};

/// What is to be read, and what is decided for all rows.
#[derive(clap::Args)]
pub struct ImportArgs {
    /// What the rows are.
    #[arg(value_parser = ["customers", "contracts"])]
    kind: String,
    /// CSV with a line of headings.
    file: PathBuf,
    /// Word for the system the keys are those of; the same for all its files.
    #[arg(long)]
    source: String,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Tie a customer whose mail address is here already to that account.
    #[arg(long)]
    link_known_mail: bool,
    /// Write to each new customer once, to choose a password.
    #[arg(long)]
    invite: bool,
    /// Let full plans grow.
    #[arg(long)]
    allow_over_quota: bool,
    /// Invoice at once what is overdue.
    #[arg(long)]
    bill_overdue: bool,
    /// The agreed prices of the file hold the tax.
    #[arg(long)]
    prices_include_tax: bool,
}

/// Takes a file over, or says what that would do; of that nothing is kept. The file and what became of its rows are in WHM
/// afterwards. A draft of the same file there is left as it is: it is somebody's who looks at it with decisions of his own.
///
/// # Errors
/// Configuration, a file that cannot be read, the first thing that failed: what was done before stays done, and the same
/// command goes on.
pub async fn run(config: Config, args: ImportArgs) -> anyhow::Result<ExitCode> {
    let body = std::fs::read(&args.file)
        .map_err(|error| ConfigError(format!("cannot read {}: {error}", args.file.display())))?;
    services::open_existing_database(&config).await?;
    let services = services::build(config, Arc::new(SystemClock), false).await?;
    let ctx = Ctx::system(services, "import", "import");
    let kind = ImportKind::parse(&args.kind).context("the kind is checked by the parser")?;
    let options = Options {
        link_known_mail: args.link_known_mail,
        invite: args.invite,
        allow_over_quota: args.allow_over_quota,
        bill_overdue: args.bill_overdue,
        prices_include_tax: args.prices_include_tax,
    };
    let preview = takeover::look(&ctx, kind, &args.source, options, &body).await?;
    if preview.missing.is_some() {
        anyhow::bail!(
            "the columns are not recognised: send the file in under WHM, Take-over, say which column says what, and \
             take it over there"
        );
    }
    say(&preview, args.dry_run);
    if args.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    let draft = takeover::send_in(&ctx, kind, &args.source, options, body).await?;
    let place = format!("{}/whm/take-over/{}", ctx.config.public_url(), draft.id);
    match takeover::start(&ctx, &draft.id, &preview.fingerprint).await {
        Err(TakeoverError::Changed) => anyhow::bail!(
            "this file lies in WHM as a draft with other columns or choices: take it over or put it away there, see \
             {place}"
        ),
        other => other?,
    }
    while !takeover::run_some(&ctx, &draft.id, takeover::AT_ONCE).await? {}
    let outcome = takeover::outcome(&ctx, &draft.id).await?;
    println!("done: {} rows, see {place}", outcome.done);
    for (verdict, rows) in &outcome.verdicts {
        println!("{verdict}: {rows}");
    }
    Ok(ExitCode::SUCCESS)
}

fn say(preview: &Preview, is_dry: bool) {
    let totals = &preview.totals;
    println!("{}", if is_dry { "dry run: nothing was taken over" } else { "what is to be taken over" });
    println!("rows: {}", totals.rows);
    for (verdict, rows) in &totals.verdicts {
        println!("{verdict}: {rows}");
    }
    match preview.import.kind {
        ImportKind::Customers => {
            println!("balances in the file: {} IDR", totals.file_balance_minor);
            println!("balances taken over: {} IDR", totals.balance_minor);
        }
        ImportKind::Contracts => {
            for (cycle, (contracts, minor)) in &totals.cycles {
                println!("{}: {contracts} contracts, {minor} IDR", cycle.as_str());
            }
            let (file, taken) = totals.monthly_minor();
            println!("per month: {file} IDR in the file, {taken} IDR taken over");
        }
    }
    for (row, finding) in preview.findings.iter().filter(|found| found.1.verdict == ImportVerdict::Faulty) {
        let why: Vec<String> = finding.reasons.iter().map(|why| format!("{} {}", why.field, why.code)).collect();
        println!("line {}: {}", row.number, why.join(", "));
    }
}
