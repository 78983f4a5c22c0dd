//! Service templates: what a service consists of, declared in TOML.

/// A parsed and validated template.
pub struct ServiceTemplate;
