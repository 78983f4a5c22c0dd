//! Configuration: built-in defaults, then a TOML file, then the environment (`YUMNA__SECTION__KEY` and a few plain
//! names of vendors). What a business decides (tax, days of grace) are settings in the database, not configuration.
use super::address::Network;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::{collections::BTreeMap, ffi::OsString, net::IpAddr, path::PathBuf};

/// What is wrong with the configuration, in one sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// All sections.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// HTTP server.
    pub server: Server,
    /// Database.
    pub database: Database,
    /// Keys for secrets at rest.
    pub secrets: Secrets,
    /// Outgoing mail.
    pub mail: Mail,
    /// Background work.
    pub jobs: Jobs,
    /// Where a process of background work alone tells how it is.
    pub worker: Worker,
    /// What is known here of backups, which others make.
    pub backup: Backup,
    /// Logs.
    pub log: Log,
    /// Midtrans account of the environment.
    pub midtrans: Midtrans,
    /// Where data files lie.
    pub data: Data,
    /// How often one network address may ask.
    pub limits: Limits,
    /// Who signs in, and how.
    pub identity: Identity,
}

/// HTTP server.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on.
    pub port: u16,
    /// Address people use; links in mail begin with it. Empty: `http://<bind>:<port>`.
    pub public_url: String,
    /// Threads that answer requests.
    pub workers: usize,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or ranges (`10.0.0.0/8`).
    pub trusted_proxies: Vec<Network>,
    /// Answers reads only and lets background work rest; notifications of gateways are still stored.
    pub maintenance: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            bind: IpAddr::from([127, 0, 0, 1]),
            port: 8080,
            public_url: String::new(),
            workers: 2,
            trusted_proxies: Vec::new(),
            maintenance: false,
        }
    }
}

/// Database.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:///path/yumna.db` or `postgres://…`. Empty: `yumna.db` in the data folder.
    pub url: String,
    /// Connections at most.
    pub pool: u32,
    /// Whether the schema is brought up to date at start.
    pub auto_migrate: bool,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: String::new(), pool: 16, auto_migrate: true }
    }
}

/// Keys for secrets at rest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Key file. Empty: `keys.toml` in the data folder.
    pub key_file: String,
    /// The key file's content instead of a file.
    pub keys: Option<SecretString>,
}

/// Outgoing mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// `smtp://user:password@host:587?tls=required`, `smtps://…:465`, `smtp://host:25` (no TLS). Empty: mail waits.
    pub url: Option<SecretString>,
    /// Sender's address.
    pub from: String,
    /// Sender's name.
    pub from_name: String,
    /// Where staff alerts go. Empty: every active admin.
    pub alerts_to: String,
    /// Selector of the sender's DKIM key, as the mail server names it: `yumna doctor` then looks for its record.
    pub dkim_selector: String,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            url: None,
            from: "no-reply@localhost".to_owned(),
            from_name: "Yumna".to_owned(),
            alerts_to: String::new(),
            dkim_selector: String::new(),
        }
    }
}

/// Background work.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// Jobs at once per queue.
    pub concurrency: usize,
    /// Jobs of one queue at once per outside target (a cluster, a server); below `concurrency`, so that one that does
    /// not answer leaves places to the others.
    pub per_target: usize,
    /// Address called every five minutes while background work goes on (a dead man's switch of a monitoring service,
    /// which tells people when the calls stop). Empty: none.
    pub ping_url: String,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { concurrency: 8, per_target: 4, ping_url: String::new() }
    }
}

/// Where a process of background work alone (`yumna worker`) tells how it is: `/health/*` and `/metrics`, nothing else.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Worker {
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on; 0: it does not listen.
    pub port: u16,
}

impl Default for Worker {
    fn default() -> Self {
        Self { bind: IpAddr::from([127, 0, 0, 1]), port: 0 }
    }
}

/// What is known here of backups, which others make.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// File that every good backup touches or replaces; staff are told when that was long ago. Empty: nobody looks.
    pub watch_file: String,
    /// How many hours old it may become.
    pub max_age_hours: u32,
}

impl Default for Backup {
    fn default() -> Self {
        // A backup each night may take two hours longer than the day before.
        Self { watch_file: String::new(), max_age_hours: 26 }
    }
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `tracing` filter.
    pub filter: String,
    /// `json` or `text`.
    pub format: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info,sqlx=warn".to_owned(), format: "json".to_owned() }
    }
}

/// Midtrans account of the environment: becomes the default payment account, read-only in WHM.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Midtrans {
    /// Server key.
    pub server_key: Option<SecretString>,
    /// Client key.
    pub client_key: Option<String>,
    /// Production instead of sandbox.
    pub is_production: bool,
    /// Address instead of the vendor's.
    pub base_url: Option<String>,
}

/// Where data files lie.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Folder of the embedded database and the key file.
    pub dir: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: PathBuf::from("data") }
    }
}

/// Requests per minute of one network address; 0: not limited. Failed passwords are counted besides.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Passwords, codes and tokens named.
    pub sign_in: u32,
    /// Accounts opened.
    pub register: u32,
    /// Mails asked for: verification, reset, waiting lists.
    pub mail: u32,
    /// Orders placed.
    pub order: u32,
    /// Payments and top-ups started.
    pub pay: u32,
    /// Notifications of gateways.
    pub webhook: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sign_in: 60, register: 20, mail: 20, order: 60, pay: 60, webhook: 60_000 }
    }
}

/// Who signs in, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Whether staff come into WHM and its API only with a second factor. The demo never asks.
    pub require_staff_totp: bool,
}

impl Default for Identity {
    fn default() -> Self {
        Self { require_staff_totp: true }
    }
}

/// Plain names of the environment and the configuration they stand for.
const PLAIN_NAMES: &[(&str, &str, &str)] = &[
    ("DATABASE_URL", "database", "url"),
    ("MIDTRANS_SERVER_KEY", "midtrans", "server_key"),
    ("MIDTRANS_CLIENT_KEY", "midtrans", "client_key"),
    ("MIDTRANS_IS_PRODUCTION", "midtrans", "is_production"),
];

impl Config {
    /// Reads `file` (if given) and the environment.
    pub fn load(file: Option<&std::path::Path>) -> Result<Self, ConfigError> {
        Self::load_over("", file)
    }

    /// The same, where `defaults` (TOML of the program's own) stand in for what neither sets.
    pub fn load_over(defaults: &str, file: Option<&std::path::Path>) -> Result<Self, ConfigError> {
        let text = match file {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| ConfigError(format!("cannot read the configuration {}: {error}", path.display())))?,
        };
        Self::from_parts(defaults, &text, readable(std::env::vars_os())?)
    }

    /// The configuration from the program's defaults, a file's text and environment variables.
    pub fn from_parts(
        defaults: &str,
        toml_text: &str,
        environment: BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut table: toml::Table = toml_text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| toml_text[..span.start].matches('\n').count() + 1);
            ConfigError(format!("the configuration is not TOML: line {line}: {}", error.message()))
        })?;
        for (name, value) in &environment {
            // `NAME: ${NAME:-}` of a compose file hands over an empty text where nothing was set.
            let plain = PLAIN_NAMES.iter().find(|(plain, _, _)| plain == name && !value.trim().is_empty());
            if let Some((_, section, key)) = plain {
                put(&mut table, section, key, value);
            }
        }
        for (name, value) in &environment {
            let Some(path) = name.strip_prefix("YUMNA__") else { continue };
            let Some((section, key)) = path.split_once("__").filter(|(section, key)| ![*section, *key].contains(&""))
            else {
                return Err(ConfigError(format!("{name} names no setting: it should read YUMNA__SECTION__KEY")));
            };
            put(&mut table, &section.to_lowercase(), &key.to_lowercase(), value);
        }
        fill_in(&mut table, defaults);
        let mut config: Config = table.try_into().map_err(|error| wrong_value(&error, &environment))?;
        config.forget_blanks();
        config.validate()?;
        Ok(config)
    }

    /// What is optional and left empty was not set: an empty key would otherwise be a key.
    fn forget_blanks(&mut self) {
        for secret in [&mut self.midtrans.server_key, &mut self.mail.url, &mut self.secrets.keys] {
            secret.take_if(|secret| secret.expose_secret().trim().is_empty());
        }
        for text in [&mut self.midtrans.client_key, &mut self.midtrans.base_url] {
            text.take_if(|text| text.trim().is_empty());
        }
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let url = &self.database.url;
        if !url.is_empty() && !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(ConfigError("database.url must begin with sqlite: or postgres:".to_owned()));
        }
        if self.database.pool < 2 {
            return Err(ConfigError("database.pool must be at least 2".to_owned()));
        }
        if !matches!(self.log.format.as_str(), "json" | "text") {
            return Err(ConfigError("log.format must be json or text".to_owned()));
        }
        let public = &self.server.public_url;
        if !public.is_empty() && !public.starts_with("http://") && !public.starts_with("https://") {
            return Err(ConfigError("server.public_url must begin with http:// or https://".to_owned()));
        }
        let ping = &self.jobs.ping_url;
        if !ping.is_empty() && !ping.starts_with("http://") && !ping.starts_with("https://") {
            return Err(ConfigError("jobs.ping_url must begin with http:// or https://".to_owned()));
        }
        if self.server.workers == 0 || self.jobs.concurrency == 0 || self.jobs.per_target == 0 {
            return Err(ConfigError("server.workers, jobs.concurrency and jobs.per_target must be above 0".to_owned()));
        }
        if self.backup.max_age_hours == 0 {
            return Err(ConfigError("backup.max_age_hours must be above 0".to_owned()));
        }
        if self.jobs.per_target >= self.jobs.concurrency {
            return Err(ConfigError(format!(
                "jobs.per_target ({}) must be below jobs.concurrency ({}): a cluster that does not answer would take \
                 every place",
                self.jobs.per_target, self.jobs.concurrency
            )));
        }
        Ok(())
    }

    /// Address people use, without a slash at the end.
    pub fn public_url(&self) -> String {
        match self.server.public_url.trim_end_matches('/') {
            "" => format!("http://{}:{}", self.server.bind, self.server.port),
            url => url.to_owned(),
        }
    }

    /// The database's address, with the default filled in.
    pub fn database_url(&self) -> String {
        match self.database.url.as_str() {
            "" => format!("sqlite://{}", self.data.dir.join("yumna.db").display()),
            url => url.to_owned(),
        }
    }

    /// Whether cookies are marked Secure and get the `__Host-` prefix.
    pub fn is_secure(&self) -> bool {
        self.public_url().starts_with("https://")
    }
}

/// The environment as text. Somebody else's variable may hold anything; one of ours must be text.
fn readable(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut environment = BTreeMap::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        let is_ours = name.starts_with("YUMNA__") || PLAIN_NAMES.iter().any(|(plain, _, _)| *plain == name);
        match value.into_string() {
            Ok(value) => {
                environment.insert(name, value);
            }
            Err(_) if is_ours => return Err(ConfigError(format!("{name} is wrong: it is not text in UTF-8"))),
            Err(_) => {}
        }
    }
    Ok(environment)
}

/// Puts the program's own `defaults` where `table` says nothing.
fn fill_in(table: &mut toml::Table, defaults: &str) {
    let defaults: toml::Table = defaults.parse().expect("the program's own defaults are TOML");
    for (section, values) in defaults {
        let place = table.entry(section).or_insert_with(|| toml::Table::new().into());
        if let (Some(place), toml::Value::Table(values)) = (place.as_table_mut(), values) {
            for (key, value) in values {
                place.entry(key).or_insert(value);
            }
        }
    }
}

/// A value of the wrong kind, with the place it stands in.
fn wrong_value(error: &toml::de::Error, environment: &BTreeMap<String, String>) -> ConfigError {
    let mut message = error.message().to_owned();
    for (kind, words) in [
        ("u16", "a whole number from 0 to 65535"),
        ("u32", "a whole number"),
        ("usize", "a whole number"),
        ("IP address", "an IP address"),
    ] {
        message = message.replace(&format!("expected {kind}"), &format!("expected {words}"));
    }
    // The library names the place only in its whole text: in `server.port`.
    let told = error.to_string();
    let place = told.lines().find_map(|line| line.strip_prefix("in `")?.strip_suffix('`')).unwrap_or_default();
    let variable = format!("YUMNA__{}", place.replacen('.', "__", 1).to_uppercase());
    let plain = PLAIN_NAMES.iter().find(|(name, section, key)| {
        environment.contains_key(*name) && place.strip_prefix(section).is_some_and(|rest| rest == format!(".{key}"))
    });
    let place = match plain {
        _ if environment.contains_key(&variable) => format!("{variable} is wrong"),
        Some((name, _, _)) => format!("{name} is wrong"),
        None if place.is_empty() => "the configuration is wrong".to_owned(),
        None => format!("the configuration is wrong at {place}"),
    };
    ConfigError(format!("{place}: {message}"))
}

/// Puts an environment variable in its place; whole numbers and switches become such, everything else stays text.
fn put(table: &mut toml::Table, section: &str, key: &str, value: &str) {
    let text_keys = [
        "url",
        "key_file",
        "keys",
        "from",
        "from_name",
        "alerts_to",
        "dkim_selector",
        "server_key",
        "client_key",
        "filter",
        "watch_file",
    ];
    let parsed = match value {
        _ if text_keys.contains(&key) => toml::Value::String(value.to_owned()),
        "true" | "1" if key.starts_with("is_") || key == "maintenance" || key == "auto_migrate" => true.into(),
        "false" | "0" if key.starts_with("is_") || key == "maintenance" || key == "auto_migrate" => false.into(),
        "true" | "1" if key == "require_staff_totp" => true.into(),
        "false" | "0" if key == "require_staff_totp" => false.into(),
        _ if key == "trusted_proxies" => value
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .into(),
        _ => value.parse::<i64>().map_or_else(|_| toml::Value::String(value.to_owned()), toml::Value::Integer),
    };
    let section = table.entry(section).or_insert_with(|| toml::Table::new().into());
    if let Some(section) = section.as_table_mut() {
        section.insert(key.to_owned(), parsed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_parts("", toml, environment.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect())
    }

    #[test]
    fn staff_need_a_second_factor_unless_the_operator_says_otherwise() {
        assert!(load("", &[]).unwrap().identity.require_staff_totp);
        let named = [("YUMNA__IDENTITY__REQUIRE_STAFF_TOTP", "false"), ("YUMNA__MAIL__DKIM_SELECTOR", "2026")];
        let config = load("", &named).unwrap();
        assert!(!config.identity.require_staff_totp);
        assert_eq!(config.mail.dkim_selector, "2026");
    }

    #[test]
    fn the_environment_beats_the_file_and_the_file_beats_the_defaults() {
        let config = load("[server]\nport = 9000\nworkers = 3\n", &[("YUMNA__SERVER__PORT", "9001")]).unwrap();
        assert_eq!((config.server.port, config.server.workers, config.database.pool), (9001, 3, 16));
    }

    #[test]
    fn plain_vendor_names_are_understood() {
        let config = load("", &[("DATABASE_URL", "postgres://a/b"), ("MIDTRANS_IS_PRODUCTION", "true")]).unwrap();
        assert_eq!(config.database_url(), "postgres://a/b");
        assert!(config.midtrans.is_production);
    }

    #[test]
    fn what_is_left_empty_is_not_set() {
        let empty = ["DATABASE_URL", "MIDTRANS_SERVER_KEY", "MIDTRANS_CLIENT_KEY", "MIDTRANS_IS_PRODUCTION"];
        let config = load("", &empty.map(|name| (name, ""))).unwrap();
        assert!(config.midtrans.server_key.is_none() && config.midtrans.client_key.is_none());
        assert!(!config.midtrans.is_production && config.database.url.is_empty());

        let toml = "[midtrans]\nserver_key = \" \"\nbase_url = \"\"\n[mail]\nurl = \"\"\n";
        let config = load(toml, &[("YUMNA__SECRETS__KEYS", "")]).unwrap();
        assert!(config.midtrans.server_key.is_none() && config.midtrans.base_url.is_none());
        assert!(config.mail.url.is_none() && config.secrets.keys.is_none());
    }

    #[test]
    fn a_commands_own_defaults_give_way_to_file_and_environment() {
        let own = "[log]\nfilter = \"warn\"\nformat = \"text\"\n";
        let load = |toml: &str, name: &str, value: &str| {
            let environment = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            Config::from_parts(own, toml, environment).unwrap().log
        };
        let log = load("[log]\nfilter = \"debug\"\n", "OTHER", "1");
        assert_eq!((log.filter.as_str(), log.format.as_str()), ("debug", "text"));
        let log = load("", "YUMNA__LOG__FORMAT", "json");
        assert_eq!((log.filter.as_str(), log.format.as_str()), ("warn", "json"));
    }

    #[test]
    fn only_our_own_variables_have_to_be_text() {
        use std::os::unix::ffi::OsStringExt;
        let broken = |name: &str| [(OsString::from(name), OsString::from_vec(vec![0xff]))].into_iter();
        assert_eq!(readable(broken("LS_COLORS")), Ok(BTreeMap::new()));
        assert!(readable(broken("YUMNA__MAIL__FROM")).unwrap_err().0.starts_with("YUMNA__MAIL__FROM is wrong"));
        assert!(readable(broken("DATABASE_URL")).unwrap_err().0.starts_with("DATABASE_URL is wrong"));
    }

    #[test]
    fn mistakes_are_told_in_one_sentence() {
        assert!(load("[server]\nprot = 1\n", &[]).unwrap_err().0.contains("prot"));
        assert!(load("not toml", &[]).is_err());
        assert!(load("", &[("DATABASE_URL", "mysql://x")]).unwrap_err().0.contains("database.url"));
        let told = |toml: &str, environment: &[(&str, &str)]| load(toml, environment).unwrap_err().0;
        assert!(told("", &[("YUMNA__SERVER__PORT", "eighty")]).starts_with("YUMNA__SERVER__PORT is wrong: "));
        assert!(told("", &[("MIDTRANS_IS_PRODUCTION", "perhaps")]).starts_with("MIDTRANS_IS_PRODUCTION is wrong: "));
        assert!(
            told("[server]\nport = 70000\n", &[]).contains("wrong at server.port"),
            "{}",
            told("[server]\nport = 70000\n", &[])
        );
        assert!(told("[server]\nport = 1\n[x", &[]).contains("line 3"));
        assert!(told("", &[("YUMNA__SERVER", "1")]).contains("YUMNA__SECTION__KEY"));
    }
}
