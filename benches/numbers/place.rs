//! Where a measurement happens: a folder and a database of its own, and the release program running on them.
use anyhow::{Context, bail};
use sea_orm::ConnectionTrait;
use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use yumna::kernel::{config::Config, db, secret_box::SecretBox};

/// The program under measurement.
const PROGRAM: &str = env!("CARGO_BIN_EXE_yumna");
/// How long a program may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with keys and a database.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub url: String,
    server: Option<(String, String)>,
}

impl Place {
    /// A fresh one, on the server of `BENCH_DATABASE_URL` where that is set.
    pub async fn fresh() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        SecretBox::load(&folder.path().join("keys.toml"), true)?;
        let server = std::env::vars().find(|(name, _)| name == "BENCH_DATABASE_URL").map(|(_, url)| url);
        let Some(server) = server.filter(|url| !url.is_empty()) else {
            let url = format!("sqlite://{}", folder.path().join("yumna.db").display());
            return Ok(Self { folder, url, server: None });
        };
        let name = format!("bench_{}", entity::value::next_ulid().to_string().to_lowercase());
        let admin = db::connect(&server, 1).await.context("BENCH_DATABASE_URL does not answer")?;
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
        admin.close().await?;
        let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
        Ok(Self { folder, url: format!("{base}/{name}"), server: Some((server.clone(), name)) })
    }

    /// The configuration of a program that works here.
    pub fn config(&self) -> Config {
        let mut config = Config::default();
        config.data.dir = self.folder.path().to_owned();
        config.database.url = self.url.clone();
        config
    }

    /// The word people use for the database.
    pub fn database(&self) -> &'static str {
        if self.server.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// Takes the database away; the folder goes by itself.
    pub async fn leave(self) -> anyhow::Result<()> {
        if let Some((server, name)) = &self.server {
            let admin = db::connect(server, 1).await?;
            admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
            admin.close().await?;
        }
        Ok(())
    }

    /// Runs `yumna serve` here until dropped.
    pub async fn serve(&self) -> anyhow::Result<Running> {
        let port = free_port()?;
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--port", &port.to_string()]).env("DATABASE_URL", &self.url);
        command.env("YUMNA__DATA__DIR", self.folder.path()).env("YUMNA__LOG__FILTER", "warn");
        // The sessions of staff are written straight into the database, without a second factor.
        command.env("YUMNA__IDENTITY__REQUIRE_STAFF_TOTP", "false");
        Running::start(command, port).await
    }

    /// Runs `yumna demo` here until dropped.
    pub async fn demo(&self) -> anyhow::Result<Running> {
        let port = free_port()?;
        let mut command = Command::new(PROGRAM);
        command.args(["demo", "--port", &port.to_string(), "--data-dir"]).arg(self.folder.path());
        if self.server.is_some() {
            command.args(["--database-url", &self.url]);
        }
        Running::start(command, port).await
    }
}

/// A program that answers requests.
pub struct Running {
    pub base: String,
    /// From its start until it was ready.
    pub ready_after: Duration,
    child: Child,
}

impl Running {
    async fn start(mut command: Command, port: u16) -> anyhow::Result<Self> {
        let base = format!("http://127.0.0.1:{port}");
        let began = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut running = Self { base, ready_after: Duration::ZERO, child };
        let client = yumna::kernel::http::client();
        loop {
            let answer = client.get(format!("{}/health/ready", running.base)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                running.ready_after = began.elapsed();
                return Ok(running);
            }
            if let Some(status) = running.child.try_wait()? {
                bail!("the program ended at once: {status}");
            }
            if began.elapsed() > PATIENCE {
                bail!("the program was not ready within {PATIENCE:?}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Memory the program holds, MiB.
    pub fn memory_mib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(Path::new("/proc").join(self.child.id().to_string()).join("status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; a measurement leaves nothing behind that would have to be saved.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
