//! The templates that come with the program.

/// A template that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Where it lies in the sources.
    pub file: &'static str,
    /// TOML, schema 1.
    pub source: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(Shipped {
            file: concat!("seeds/services/", $name, ".toml"),
            source: include_str!(concat!("../../../../seeds/services/", $name, ".toml")),
        }),*]
    };
}

/// All of them.
pub const SHIPPED: [Shipped; 15] = shipped![
    "n8n",
    "ghost",
    "wordpress",
    "directus",
    "forgejo",
    "mattermost",
    "metabase",
    "nextcloud",
    "odoo",
    "plausible",
    "postgresql",
    "umami",
    "uptime-kuma",
    "valkey",
    "vaultwarden",
];
