//! Builds the services of the house from the configuration.
use super::{
    demo::resolver::Obliging,
    schema::{self, SchemaError},
};
use crate::{
    domain::{Kept, Services, payments::Inbox},
    integrations::{
        drivers, gateways,
        notifiers::{self, Notifier},
        resolvers::{self, Resolver},
        visitors,
    },
    kernel::{
        clock::SharedClock,
        config::{Config, ConfigError},
        db,
        live::Live,
        rate_limit::RateLimits,
        secret_box::SecretBox,
    },
};
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long a PostgreSQL server that is still coming up is waited for.
const POSTGRES_PATIENCE: Duration = Duration::from_secs(8);

/// Connects, migrates and puts everything together.
pub async fn build(config: Config, clock: SharedClock, is_demo: bool) -> Result<Arc<Services>, SchemaError> {
    // Everything a person may have got wrong is read before anything is made or migrated.
    let mailer = mailer(&config)?;
    let is_sqlite = config.database_url().starts_with("sqlite:");
    let secrets = load_keys(&config, is_sqlite)?;
    let connection = open_database(&config).await?;
    Ok(assemble(config, clock, is_demo, secrets, mailer, connection))
}

/// As `build`, but on what is there: no key file and no database is made, nothing is migrated.
pub async fn build_on_existing(config: Config, clock: SharedClock) -> Result<Arc<Services>, SchemaError> {
    let mailer = mailer(&config)?;
    let connection = open_existing_database(&config).await?;
    let secrets = load_keys(&config, false)?;
    Ok(assemble(config, clock, false, secrets, mailer, connection))
}

fn mailer(config: &Config) -> Result<Option<Arc<dyn Notifier>>, ConfigError> {
    crate::kernel::http::init_crypto();
    notifiers::from_config(&config.mail)
}

fn assemble(
    config: Config,
    clock: SharedClock,
    is_demo: bool,
    secrets: SecretBox,
    mailer: Option<Arc<dyn Notifier>>,
    db: DatabaseConnection,
) -> Arc<Services> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let resolver: Arc<dyn Resolver> = if is_demo { Arc::new(Obliging { db: db.clone() }) } else { resolvers::system() };
    Arc::new(Services {
        db,
        clock,
        live: Live::default(),
        secrets,
        mailer,
        gateways: gateways::registry(),
        drivers: drivers::registry(),
        resolver,
        visitor: visitors::web(),
        password_slots: Arc::new(tokio::sync::Semaphore::new(cores)),
        is_demo,
        limits: RateLimits::new(&config.limits),
        kept: Kept::default(),
        inbox: Inbox::default(),
        stop: CancellationToken::new(),
        config,
    })
}

/// Opens the database, made where it is an SQLite file that does not exist, and brings its schema up to date.
pub async fn open_database(config: &Config) -> Result<DatabaseConnection, SchemaError> {
    if let Some(file) = sqlite_file(config)
        && let Some(folder) = file.parent()
    {
        std::fs::create_dir_all(folder)
            .map_err(|error| ConfigError(format!("cannot make the folder {}: {error}", folder.display())))?;
    }
    let connection = connect(config).await?;
    schema::ensure(&connection, config.database.auto_migrate).await?;
    Ok(connection)
}

/// Opens the database as it is, for commands that only look: nothing is made and nothing is migrated.
pub async fn open_existing_database(config: &Config) -> Result<DatabaseConnection, SchemaError> {
    if let Some(file) = sqlite_file(config).filter(|file| !file.exists()) {
        return Err(ConfigError(format!(
            "there is no database at {}: `yumna migrate` makes one, --config names the configuration",
            file.display()
        ))
        .into());
    }
    let connection = connect(config).await?;
    schema::ensure(&connection, false).await?;
    Ok(connection)
}

async fn connect(config: &Config) -> Result<DatabaseConnection, ConfigError> {
    let url = config.database_url();
    if !url.starts_with("sqlite:") {
        wait_for_postgres(&url).await?;
    }
    db::connect(&url, config.database.pool).await.map_err(|error| {
        let place = sqlite_file(config).map_or_else(String::new, |file| format!(" {}", file.display()));
        ConfigError(format!("cannot open the database{place}: {error}"))
    })
}

/// The right to do the background work of an SQLite database, held as long as the file is kept. Nothing is needed on
/// PostgreSQL, where several processes share the work.
///
/// # Errors
/// Another process does it: what that one holds would be taken for left behind by a dead one.
pub fn hold_work(config: &Config) -> Result<Option<File>, ConfigError> {
    let Some(database) = sqlite_file(config) else { return Ok(None) };
    let mut name = database.clone().into_os_string();
    name.push("-work");
    let place = PathBuf::from(name);
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&place);
    let file = open.map_err(|error| ConfigError(format!("cannot open {}: {error}", place.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(ConfigError(format!(
            "another process does the background work of {}: an SQLite database has one; stop that process, or start \
             this one as `serve --no-worker`",
            database.display()
        ))),
        Err(TryLockError::Error(error)) => Err(ConfigError(format!("cannot lock {}: {error}", place.display()))),
    }
}

fn sqlite_file(config: &Config) -> Option<PathBuf> {
    let url = config.database_url();
    let path = url.strip_prefix("sqlite:")?;
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path).split('?').next().unwrap_or(path)))
}

/// Asks the server with one plain connection, because a pool only says that it waited in vain. A server that is still
/// coming up is waited for.
async fn wait_for_postgres(url: &str) -> Result<(), ConfigError> {
    use sea_orm::sqlx::{
        Connection,
        postgres::{PgConnectOptions, PgConnection},
    };
    // The library's words could repeat the address with its password.
    let options: PgConnectOptions =
        url.parse().map_err(|_| ConfigError("database.url is not a PostgreSQL address".to_owned()))?;
    let place = format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or_default());
    let since = Instant::now();
    loop {
        let trouble = match timeout(POSTGRES_PATIENCE, PgConnection::connect_with(&options)).await {
            Ok(Ok(connection)) => {
                // It was only asked whether it is there.
                let _ = connection.close().await;
                return Ok(());
            }
            Ok(Err(error)) if !is_coming_up(&error) || since.elapsed() > POSTGRES_PATIENCE => error.to_string(),
            Ok(Err(_)) => {
                sleep(Duration::from_millis(250)).await;
                continue;
            }
            Err(_) => "it does not answer".to_owned(),
        };
        return Err(ConfigError(format!("cannot open the database at {place}: {trouble}")));
    }
}

/// Nobody listens yet, or PostgreSQL says that it is starting up (57P03).
fn is_coming_up(error: &sea_orm::sqlx::Error) -> bool {
    use sea_orm::sqlx::Error;
    match error {
        Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        Error::Database(told) => told.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

fn load_keys(config: &Config, may_create: bool) -> Result<SecretBox, ConfigError> {
    let plain = |error: crate::kernel::secret_box::SecretError| ConfigError(error.to_string());
    if let Some(keys) = &config.secrets.keys {
        return SecretBox::parse("secrets.keys", keys.expose_secret()).map_err(plain);
    }
    let path = match config.secrets.key_file.as_str() {
        "" => config.data.dir.join("keys.toml"),
        file => PathBuf::from(file),
    };
    // Several nodes on one PostgreSQL must share their keys, and who only looks makes nothing.
    if !may_create && !path.exists() {
        return Err(ConfigError(format!(
            "no keys: put a key file at {} (the same on every node: active = \"k1\" and under [keys] k1 = 32 random bytes \
             in base64, as `openssl rand -base64 32` makes them) or set its text as YUMNA__SECRETS__KEYS",
            path.display()
        )));
    }
    SecretBox::load(&path, may_create).map_err(plain)
}
