//! `yumna demo`: everything on one machine, with simulators of all outside systems on loopback, a clock that can be
//! moved and faults that can be switched on. Started again on the same folder, it goes on where it was.
mod desk;
pub(super) mod resolver;
mod routes;
mod simulators;
mod state;

use super::{cli, logs, seed, server, services};
use crate::{
    domain::Services,
    jobs::{watch, worker},
    kernel::config::{Config, ConfigError, Jobs, Limits},
};
use clap::Args;
use serde_json::json;
use simulators::Simulators;
use state::DemoState;
use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// Addresses and passwords of the demo; they open nothing but the demo on loopback.
pub const STAFF_EMAIL: &str = "admin@demo.yumna.test";
/// Password of the demo's staff.
pub const STAFF_PASSWORD: &str = "Demo-admin-2026!";
/// The demo's customer.
pub const CUSTOMER_EMAIL: &str = "budi@demo.yumna.test";
/// Password of the demo's customers.
pub const CUSTOMER_PASSWORD: &str = "Demo-pelanggan-2026!";

/// What `yumna demo` takes.
#[derive(Args)]
pub struct DemoArgs {
    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of database, keys and simulators; a fresh temporary one where it is not given.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// PostgreSQL instead of the embedded database.
    #[arg(long)]
    database_url: Option<String>,
    /// Leave out the demo's products and customers.
    #[arg(long)]
    no_seed: bool,
}

/// What the demo does otherwise than `serve` where nobody says so.
pub const DEFAULTS: &str = "[log]\nfilter = \"warn,yumna=info\"\nformat = \"text\"\n";

/// Runs the demo until it is told to stop. Of the configuration it takes what shapes a process (logs, threads, limits of
/// background work); database, keys, mail and gateways are the demo's own, so that nothing leaves the machine.
pub async fn run(args: DemoArgs, given: Config) -> anyhow::Result<ExitCode> {
    logs::start(&given.log)?;
    let dir = data_dir(args.data_dir)?;
    let announcement = dir.join("demo.json");
    // An announcement of an earlier run would tell lies until this run is ready.
    let _ = std::fs::remove_file(&announcement);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
        .map_err(|error| ConfigError(format!("cannot listen on 127.0.0.1:{}: {error}", args.port)))?;
    let port = listener.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}");

    let clock = state::load_clock(&dir)?;
    let simulators = Simulators::start(&dir, &url, clock.clone()).await?;
    let mut config = configuration(given, &dir, port, args.database_url.as_deref())?;
    simulators.configure(&mut config);
    let services = services::build(config, clock.clone(), true).await?;
    let _only_here = services::hold_work(&services.config)?;
    seed::base(&services).await?;
    if !args.no_seed {
        seed::demo(&services).await?;
    }
    simulators.introduce(&services).await?;
    if !args.no_seed {
        seed::open_shop(&services).await?;
    }

    cli::stop_on_signal(&services);
    let workers = worker::start(services.clone());
    watch::start(services.clone());
    let demo = Arc::new(DemoState::new(dir.clone(), clock, simulators, workers));
    let running = server::serve(&services, listener, routes::extra(&demo))?;
    announce(&announcement, &url, &services, &demo)?;
    running.await?;
    services.stop.cancel();
    if let Some(demo) = Arc::into_inner(demo) {
        demo.stopped().await;
    }
    Ok(ExitCode::SUCCESS)
}

fn data_dir(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let dir = given.unwrap_or_else(|| std::env::temp_dir().join(format!("yumna-demo-{}", entity::value::next_ulid())));
    std::fs::create_dir_all(dir.join("simulators"))
        .map_err(|error| ConfigError(format!("cannot make the folder {}: {error}", dir.display())))?;
    Ok(dir.canonicalize()?)
}

fn configuration(given: Config, dir: &Path, port: u16, database_url: Option<&str>) -> Result<Config, ConfigError> {
    let jobs = Jobs { ping_url: String::new(), ..given.jobs };
    let mut config = Config { log: given.log, jobs, ..Config::default() };
    config.server.workers = given.server.workers;
    config.database.pool = given.database.pool;
    config.data.dir = dir.to_owned();
    config.server.port = port;
    config.secrets.key_file = dir.join("keys.toml").display().to_string();
    if let Some(url) = database_url {
        if !url.starts_with("postgres") && !url.starts_with("sqlite:") {
            return Err(ConfigError("--database-url must begin with postgres: or sqlite:".to_owned()));
        }
        config.database.url = url.to_owned();
        // Keys are made beside the demo's data: one node, nothing to share them with.
        crate::kernel::secret_box::SecretBox::load(&dir.join("keys.toml"), true)
            .map_err(|error| ConfigError(error.to_string()))?;
    }
    // Programs try the demo from one address; wrong passwords are counted all the same.
    config.limits = Limits { sign_in: 0, register: 1_000, mail: 1_000, order: 1_000, pay: 1_000, webhook: 0 };
    Ok(config)
}

/// Tells people and programs where everything is, once requests are answered.
fn announce(file: &Path, url: &str, services: &Services, demo: &DemoState) -> anyhow::Result<()> {
    let info = json!({
        "url": url,
        "staff": { "email": STAFF_EMAIL, "password": STAFF_PASSWORD },
        "customer": { "email": CUSTOMER_EMAIL, "password": CUSTOMER_PASSWORD },
        "simulators": demo.simulators.addresses(),
        "midtrans_server_key": demo.simulators.setting("midtrans", "server_key"),
        "database_url": services.config.database_url(),
    });
    let draft = file.with_extension("json.new");
    std::fs::write(&draft, serde_json::to_vec_pretty(&info)?)?;
    std::fs::rename(&draft, file)?;
    println!(
        "\n  Yumna demo\n\n  Shop and panel   {url}\n  WHM              {url}/whm\n  Control desk     {url}/demo\n  API reference    {url}/api/docs\n\n  Customer         {CUSTOMER_EMAIL}  {CUSTOMER_PASSWORD}\n  Staff            {STAFF_EMAIL}  {STAFF_PASSWORD}\n\n  Data             {}\n  Stop with Ctrl-C\n",
        file.parent().unwrap_or(Path::new("")).display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_takes_what_shapes_the_process_and_nothing_that_leads_outside() {
        let mut given = Config::default();
        given.log.filter = "debug".to_owned();
        given.server.workers = 5;
        given.jobs.concurrency = 12;
        given.jobs.ping_url = "https://ping.example.test".to_owned();
        given.database.url = "postgres://live/shop".to_owned();
        given.mail.url = Some("smtp://live.example.test".to_owned().into());
        given.midtrans.is_production = true;

        let config = configuration(given, Path::new("/demo"), 8081, None).unwrap();

        assert_eq!((config.log.filter.as_str(), config.server.workers, config.jobs.concurrency), ("debug", 5, 12));
        assert_eq!(config.database_url(), "sqlite:///demo/yumna.db");
        assert!(config.mail.url.is_none() && config.jobs.ping_url.is_empty() && !config.midtrans.is_production);
    }
}
