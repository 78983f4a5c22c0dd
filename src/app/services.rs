//! Builds the services of the house from the configuration.
use super::schema::{self, SchemaError};
use crate::{
    domain::Services,
    integrations::{drivers, gateways, notifiers},
    kernel::{
        clock::SharedClock,
        config::{Config, ConfigError},
        db,
        live::Live,
        secret_box::SecretBox,
    },
};
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use std::{path::PathBuf, sync::Arc};
use tokio_util::sync::CancellationToken;

/// Connects, migrates and puts everything together.
pub async fn build(config: Config, clock: SharedClock, is_demo: bool) -> Result<Arc<Services>, SchemaError> {
    crate::kernel::http::init_crypto();
    let is_sqlite = config.database_url().starts_with("sqlite:");
    let secrets = load_keys(&config, is_sqlite)?;
    let connection = open_database(&config).await?;
    let mailer = notifiers::from_config(&config.mail)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Arc::new(Services {
        db: connection,
        clock,
        live: Live::default(),
        secrets,
        mailer,
        gateways: gateways::registry(),
        drivers: drivers::registry(),
        password_slots: Arc::new(tokio::sync::Semaphore::new(cores)),
        is_demo,
        stop: CancellationToken::new(),
        config,
    }))
}

/// Opens the database and brings its schema up to date: what commands need that touch no secrets.
pub async fn open_database(config: &Config) -> Result<DatabaseConnection, SchemaError> {
    let url = config.database_url();
    if let Some(path) = url.strip_prefix("sqlite://")
        && let Some(folder) = PathBuf::from(path.split('?').next().unwrap_or(path)).parent()
    {
        std::fs::create_dir_all(folder)
            .map_err(|error| ConfigError(format!("cannot make the folder {}: {error}", folder.display())))?;
    }
    let connection = db::connect(&url, config.database.pool)
        .await
        .map_err(|error| ConfigError(format!("cannot open the database: {error}")))?;
    schema::ensure(&connection, config.database.auto_migrate).await?;
    Ok(connection)
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
    // Several nodes on one PostgreSQL must share their keys: none is made silently there.
    if !may_create && !path.exists() {
        return Err(ConfigError(format!(
            "no keys: put a key file at {} (the same on every node) or set YUMNA__SECRETS__KEYS",
            path.display()
        )));
    }
    SecretBox::load(&path, may_create).map_err(plain)
}
