//! What must be true of a template before it can be used.
use super::{
    TemplateError,
    file::{Component, File, Reach, Role},
    parameter::ParameterKind,
    secret::SecretKind,
    text::{Name, Text},
};
use std::collections::BTreeSet;

/// Everything that is wrong with `file`; empty when it can be used.
pub(super) fn check(file: &File) -> Vec<TemplateError> {
    let mut checker = Checker { file, errors: Vec::new() };
    checker.head();
    checker.parameters();
    checker.secrets();
    checker.volumes();
    checker.components();
    checker.entrances();
    checker.errors
}

struct Checker<'a> {
    file: &'a File,
    errors: Vec<TemplateError>,
}

impl Checker<'_> {
    fn require(&mut self, holds: bool, field: impl Into<String>, message: impl Into<String>) {
        if !holds {
            self.errors.push(TemplateError { field: field.into(), message: message.into() });
        }
    }

    fn unique<'k>(&mut self, keys: impl Iterator<Item = &'k str>, field: &str) {
        let mut seen = BTreeSet::new();
        for key in keys {
            self.require(seen.insert(key), format!("{field}.{key}"), "is there twice");
        }
    }

    fn head(&mut self) {
        let file = self.file;
        self.require(file.schema == 1, "schema", "must be 1");
        self.require(is_label(&file.id, 20), "id", "must be 2 to 20 small letters, digits and dashes");
        self.require(file.template_version >= 1, "template_version", "must be at least 1");
        self.require(file.homepage.starts_with("https://"), "homepage", "must start with https://");
        for (field, value) in [
            ("name", &file.name),
            ("category", &file.category),
            ("version", &file.version),
            ("text.id.summary", &file.text.id.summary),
            ("text.en.summary", &file.text.en.summary),
            ("license.name", &file.license.name),
        ] {
            self.require(!value.trim().is_empty(), field, "must not be empty");
        }
    }

    fn parameters(&mut self) {
        let file = self.file;
        self.unique(file.parameters.iter().map(|p| p.key.as_str()), "param");
        for parameter in &file.parameters {
            let field = format!("param.{}", parameter.key);
            self.require(is_key(&parameter.key), &field, "key must be small letters, digits and underscores");
            // Among the answers of an order this word stands for what is ordered besides the plan (ADR 0122).
            self.require(parameter.key != "options", &field, "`options` is no key of a parameter");
            self.require(
                (parameter.kind == ParameterKind::Enum) != parameter.options.is_empty(),
                &field,
                "options belong to type enum, and only there",
            );
            match parameter.regex() {
                Err(error) => self.require(false, &field, format!("pattern: {error}")),
                Ok(_) => {
                    if let Err(code) = parameter.check(&parameter.default) {
                        self.require(false, &field, format!("the default breaks the parameter's own rules: {code}"));
                    }
                }
            }
        }
    }

    fn secrets(&mut self) {
        let file = self.file;
        self.unique(file.secrets.iter().map(|s| s.key.as_str()), "secret");
        for secret in &file.secrets {
            let field = format!("secret.{}", secret.key);
            self.require(is_key(&secret.key), &field, "key must be small letters, digits and underscores");
            let fits = match secret.kind {
                SecretKind::Uuid => secret.len == 0,
                SecretKind::Password => (12..=64).contains(&secret.len),
                _ => (16..=512).contains(&secret.len),
            };
            self.require(fits, &field, "len must be 16 to 512 (password: 12 to 64; uuid: none)");
        }
    }

    fn volumes(&mut self) {
        let file = self.file;
        self.unique(file.volumes.iter().map(|v| v.key.as_str()), "volume");
        for volume in &file.volumes {
            let field = format!("volume.{}", volume.key);
            self.require(is_label(&volume.key, 12), &field, "key must be a short DNS label");
            self.require(volume.share > 0, &field, "share must be above 0");
            let pods: BTreeSet<_> = file
                .components
                .iter()
                .filter(|c| c.mounts.iter().any(|mount| mount.volume == volume.key))
                .map(Component::pod)
                .collect();
            self.require(pods.len() == 1, &field, "must be mounted by exactly one pod");
        }
    }

    fn components(&mut self) {
        let file = self.file;
        self.unique(file.components.iter().map(|c| c.name.as_str()), "component");
        let main = file.components.iter().find(|component| component.name == file.expose.component);
        let companions = file.components.iter().filter(|component| main.map(Component::pod) != Some(component.pod()));
        for companion in companions {
            // Drivers mark the exposed pod and the one that makes the owner with these words.
            let is_free = !matches!(companion.pod(), "app" | "seed");
            self.require(
                is_free,
                format!("component.{}", companion.name),
                "`app` and `seed` are taken as names of pods",
            );
        }
        for component in &file.components {
            self.component(component);
        }
    }

    fn component(&mut self, component: &Component) {
        let field = format!("component.{}", component.name);
        self.require(is_label(&component.name, 12), &field, "name must be a short DNS label");
        self.require(is_label(component.pod(), 12), &field, "pod must be a short DNS label");
        self.require(component.image.contains('/'), &field, "image must name its registry");
        self.require(
            !component.tag.is_empty() && component.tag != "latest",
            &field,
            "tag must pin a version, not `latest`",
        );
        self.require(component.user.uid > 0 && component.user.gid > 0, &field, "must not run as root");
        self.require(component.cpu.request_milli > 0 && component.cpu.share > 0, &field, "cpu must be above 0");
        self.require(component.memory.request_mb > 0 && component.memory.share > 0, &field, "memory must be above 0");
        for path in component
            .writable
            .iter()
            .chain(component.mounts.iter().map(|mount| &mount.path))
            .chain(component.files.iter().map(|file| &file.path))
        {
            let is_plain = path.starts_with('/') && path.len() > 1 && !path.contains("..") && !path.contains(':');
            self.require(is_plain, &field, format!("`{path}` must be an absolute path"));
        }
        for mount in &component.mounts {
            let is_known = self.file.volumes.iter().any(|volume| volume.key == mount.volume);
            self.require(is_known, &field, format!("mounts the unknown volume `{}`", mount.volume));
        }
        self.unique(component.ports.iter().map(|port| port.name.as_str()), &field);
        for port in &component.ports {
            self.require(is_label(&port.name, 15), &field, "names of ports must be short DNS labels");
        }
        let probes = &component.probe;
        let is_asked = probes.startup.is_some() || probes.ready.is_some() || probes.live.is_some();
        self.require(is_asked, &field, "needs a probe");
        self.words(&component.command, &field);
        self.words(&component.args, &field);
        for (kind, probe) in
            [("startup", &component.probe.startup), ("ready", &component.probe.ready), ("live", &component.probe.live)]
        {
            let Some(probe) = probe else { continue };
            let field = format!("{field}.probe.{kind}");
            self.words(&probe.exec, &field);
            self.require(
                probe.exec.is_empty() || probe.http.is_none(),
                &field,
                "asks either over HTTP or by a command",
            );
            self.require(!probe.exec.is_empty() || probe.port.is_some(), &field, "needs a port");
        }
        self.env(component.env.iter(), &field);
    }

    fn entrances(&mut self) {
        let file = self.file;
        let main = file.components.iter().find(|component| component.name == file.expose.component);
        self.require(
            main.is_some_and(|c| c.ports.iter().any(|port| port.name == file.expose.port)),
            "expose",
            "names no port of a component",
        );
        self.require(main.is_some_and(|c| c.role == Role::App), "expose", "must name a component of role app");
        self.require(main.is_some_and(|c| c.probe.ready.is_some()), "expose", "that component needs a ready probe");
        if let Some(seed) = &file.seed {
            let is_known = file.components.iter().any(|component| component.name == seed.component);
            self.require(is_known, "seed", "names an unknown component");
            self.require(!seed.command.is_empty(), "seed", "needs a command");
            self.words(&seed.command, "seed");
            self.env(seed.env.iter(), "seed");
        }
        self.names(&file.credentials.username, "credentials.username");
        let is_known = file.secrets.iter().any(|secret| secret.key == file.credentials.password);
        self.require(is_known, "credentials.password", "must name a secret");
        match file.expose.reach {
            Reach::Web => {
                self.require(file.credentials.path.starts_with('/'), "credentials.path", "must start with /");
            }
            Reach::Namespace => {
                self.require(file.credentials.path.is_empty(), "credentials.path", "there is no address it is below");
            }
        }
    }

    /// Commands are fixed words: what a customer typed can only reach a process as a value of its environment.
    /// `$(` would be expanded by Kubernetes itself.
    fn words(&mut self, words: &[String], field: &str) {
        for word in words {
            self.require(!word.contains("${") && !word.contains("$("), field, "commands take no placeholders");
        }
    }

    fn env<'t>(&mut self, env: impl Iterator<Item = (&'t String, &'t Text)>, field: &str) {
        for (name, value) in env {
            let field = format!("{field}.env.{name}");
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !name.is_empty()
                && !name.starts_with(|first: char| first.is_ascii_digit());
            self.require(is_name, &field, "is not a name of an environment variable");
            self.names(value, &field);
        }
    }

    fn names(&mut self, text: &Text, field: &str) {
        for name in text.names() {
            let (is_known, what) = match name {
                Name::Parameter(key) => (self.file.parameters.iter().any(|p| &p.key == key), key),
                Name::Secret(key) => (self.file.secrets.iter().any(|s| &s.key == key), key),
                Name::Service(key) => (self.file.components.iter().any(|c| &c.name == key && !c.ports.is_empty()), key),
                Name::Host | Name::Url | Name::Scheme if self.file.expose.reach == Reach::Namespace => {
                    self.require(false, field, "a service of the reach `namespace` has no address");
                    continue;
                }
                _ => continue,
            };
            self.require(is_known, field, format!("refers to `{what}`, which is not there"));
        }
    }
}

fn is_label(text: &str, max: usize) -> bool {
    (2..=max).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_key(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
