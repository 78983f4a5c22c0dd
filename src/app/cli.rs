//! The command line. Wrong input: one clear sentence on stderr, exit code 2.
use super::{logs, schema::SchemaError, server, services};
use crate::{
    domain::{Services, identity},
    jobs::{watch, worker},
    kernel::{
        clock::SystemClock,
        config::{Config, ConfigError},
        permission::BUILTIN_ROLES,
        task,
    },
};
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, error::ErrorKind};
use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

/// Wrong input.
const EXIT_INPUT: u8 = 2;
/// Something does not work.
const EXIT_FAILURE: u8 = 1;

#[derive(Parser)]
#[command(name = "yumna", version, about = "Runs a hosting, PaaS and ISP business end to end")]
struct Cli {
    /// TOML file with the configuration; the environment (`YUMNA__SECTION__KEY`) wins over it.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything with simulators of all outside systems, on 127.0.0.1.
    Demo(super::demo::DemoArgs),
    /// Web server, with a worker in the process.
    Serve {
        /// Port to listen on.
        #[arg(long)]
        port: Option<u16>,
        /// Leave background work to `yumna worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Background work alone.
    Worker,
    /// Bring the schema up to date.
    Migrate,
    /// Write the base data: roles, tax rules.
    Seed {
        /// Also the demo's company, products and customers.
        #[arg(long)]
        demo: bool,
    },
    /// Staff accounts.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// The ledger.
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
    /// Renewals and what follows from unpaid ones.
    Billing {
        #[command(subcommand)]
        command: BillingCommand,
    },
    /// Take customers or contracts over from another system.
    Import(super::import::ImportArgs),
    /// Templates of services.
    Templates {
        #[command(subcommand)]
        command: TemplatesCommand,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Check configuration, database, drivers, gateways, mail and keys.
    Doctor,
    /// Ask the server on this machine whether it lives (for container health checks).
    Health {
        /// Ask `yumna worker` instead, at `worker.bind` and `worker.port`.
        #[arg(long)]
        worker: bool,
    },
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make a member of staff; the password comes from standard input, or is made and printed once. Somebody who has an
    /// account already becomes staff and keeps his password.
    Create(AdminCreate),
}

#[derive(Args)]
struct AdminCreate {
    /// Address to sign in with.
    #[arg(long)]
    email: String,
    /// Name.
    #[arg(long)]
    name: String,
    /// What the person may do.
    #[arg(long, default_value = "admin", value_parser = clap::builder::PossibleValuesParser::new(BUILTIN_ROLES))]
    role: String,
}

#[derive(Subcommand)]
enum BillingCommand {
    /// Issue the renewals that are due, take what wallets hold, remind, suspend and end. The worker does the same by
    /// itself.
    Run {
        /// As if it were that time: `2026-12-21T00:00:00+07:00`.
        #[arg(long)]
        at: Option<DateTime<Utc>>,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum TemplatesCommand {
    /// Say everything that is wrong with templates, as WHM does when one is stored.
    Check {
        /// TOML files; those that come with the program where none is named.
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Prove every invariant of the books.
    Verify,
}

/// Entry of the program.
pub fn main() -> ExitCode {
    crate::kernel::http::init_crypto();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                // Printing can only fail when nobody listens.
                let _ = error.print();
                return if error.use_stderr() { ExitCode::from(EXIT_INPUT) } else { ExitCode::SUCCESS };
            }
            eprintln!("yumna: {} (see `yumna --help`)", sentence(&error.to_string()));
            return ExitCode::from(EXIT_INPUT);
        }
    };
    let runtime = actix_web::rt::System::new();
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("yumna: {error:#}");
            let is_input = error.is::<ConfigError>()
                || error.downcast_ref::<SchemaError>().is_some_and(|error| matches!(error, SchemaError::Config(_)));
            ExitCode::from(if is_input { EXIT_INPUT } else { EXIT_FAILURE })
        }
    }
}

/// The first paragraph of what the parser says, on one line.
fn sentence(told: &str) -> String {
    let paragraph = told.strip_prefix("error: ").unwrap_or(told).split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Demo(args) = cli.command {
        return super::demo::run(args, Config::load_over(super::demo::DEFAULTS, cli.config.as_deref())?).await;
    }
    if let Command::Openapi = cli.command {
        println!("{}", crate::api::document_json());
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Templates { command: TemplatesCommand::Check { files } } = &cli.command {
        return super::templates::check(files);
    }
    let mut config = Config::load(cli.config.as_deref())?;
    match cli.command {
        Command::Serve { port, no_worker } => {
            config.server.port = port.unwrap_or(config.server.port);
            logs::start(&config.log)?;
            super::seed::refuse_half_seeded(&config)?;
            // Before anything is written: a second start by mistake changes nothing.
            let listener = listen(config.server.bind, config.server.port)?;
            config.server.port = listener.local_addr()?.port();
            serve(services::build(config, Arc::new(SystemClock), false).await?, listener, !no_worker).await
        }
        Command::Worker => {
            logs::start(&config.log)?;
            super::seed::refuse_half_seeded(&config)?;
            let listener = match config.worker.port {
                0 => None,
                port => Some(listen(config.worker.bind, port)?),
            };
            work(services::build(config, Arc::new(SystemClock), false).await?, listener).await
        }
        Command::Migrate => {
            config.database.auto_migrate = true;
            services::open_database(&config).await?;
            println!("ok: the schema is up to date");
            Ok(ExitCode::SUCCESS)
        }
        Command::Seed { demo } => {
            let services = services::build(config, Arc::new(SystemClock), false).await?;
            super::seed::base(&services).await?;
            if demo {
                super::seed::demo(&services).await?;
            }
            println!("ok: seeded");
            Ok(ExitCode::SUCCESS)
        }
        Command::Admin { command: AdminCommand::Create(person) } => {
            let services = services::build(config, Arc::new(SystemClock), false).await?;
            super::seed::base(&services).await?;
            super::admin::create(&services, &person.email, &person.name, &person.role).await
        }
        Command::Ledger { command: LedgerCommand::Verify } => {
            super::verify::run(&services::open_existing_database(&config).await?).await
        }
        Command::Billing { command: BillingCommand::Run { at, dry_run } } => {
            super::billing::run(config, at, dry_run).await
        }
        Command::Import(args) => super::import::run(config, args).await,
        Command::Doctor => super::doctor::run(config).await,
        Command::Health { worker: false } => super::doctor::health(config.server.bind, config.server.port).await,
        Command::Health { worker: true } if config.worker.port == 0 => {
            Err(ConfigError("worker.port is not set: the worker listens nowhere".to_owned()).into())
        }
        Command::Health { worker: true } => super::doctor::health(config.worker.bind, config.worker.port).await,
        Command::Demo(_) | Command::Openapi | Command::Templates { .. } => unreachable!("answered above"),
    }
}

fn listen(bind: IpAddr, port: u16) -> Result<TcpListener, ConfigError> {
    let address = SocketAddr::new(bind, port);
    TcpListener::bind(address).map_err(|error| ConfigError(format!("cannot listen on {address}: {error}")))
}

/// Works in the background until the process is told to stop, and says on `listener` how it is.
async fn work(services: Arc<Services>, listener: Option<TcpListener>) -> anyhow::Result<ExitCode> {
    let _only_here = services::hold_work(&services.config)?;
    super::seed::base(&services).await?;
    stop_on_signal(&services);
    watch::start(services.clone());
    let workers = worker::start(services.clone());
    if let Some(listener) = listener {
        let told = server::serve_worker(&services, listener, workers.pulse())?;
        task::spawn("worker-http", async move {
            if let Err(error) = told.await {
                tracing::error!(%error, "Nobody can ask the worker how it is any more");
            }
        });
    }
    workers.stopped().await;
    Ok(ExitCode::SUCCESS)
}

async fn serve(services: Arc<Services>, listener: TcpListener, with_worker: bool) -> anyhow::Result<ExitCode> {
    let _only_here = if with_worker { services::hold_work(&services.config)? } else { None };
    super::seed::base(&services).await?;
    stop_on_signal(&services);
    if identity::roles::admins(&services.db).await?.is_empty() {
        tracing::warn!("Nobody can sign in to WHM yet: make an administrator with `yumna admin create`");
    }
    let workers = with_worker.then(|| worker::start(services.clone()));
    watch::start(services.clone());
    tracing::info!(url = %services.config.public_url(), "Yumna listens");
    server::serve(&services, listener, Arc::new(|_| {}))?.await?;
    services.stop.cancel();
    if let Some(workers) = workers {
        workers.stopped().await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends everything at SIGTERM or Ctrl-C.
pub fn stop_on_signal(services: &Arc<Services>) {
    let stop = services.stop.clone();
    task::spawn("signals", async move {
        let terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        let Ok(mut terminated) = terminated else { return };
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("Shutting down");
        stop.cancel();
    });
}
