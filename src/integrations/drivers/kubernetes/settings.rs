//! What the driver has to know about a cluster, and what it refuses to accept as a kubeconfig.
use super::super::{SettingField, Target};
use crate::integrations::{OutsideError, SettingKind};
use kube::config::{AuthInfo, Kubeconfig};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// Settings in the order of the form.
pub(super) fn fields() -> Vec<SettingField> {
    vec![
        SettingField {
            name: "kubeconfig",
            kind: SettingKind::Secret,
            required: true,
            label_key: "driver-kubernetes-kubeconfig",
            help_key: "driver-kubernetes-kubeconfig-help",
        },
        SettingField {
            name: "ingress_domain",
            kind: SettingKind::Text,
            required: true,
            label_key: "driver-kubernetes-ingress-domain",
            help_key: "driver-kubernetes-ingress-domain-help",
        },
        SettingField {
            name: "ingress_class",
            kind: SettingKind::Text,
            required: false,
            label_key: "driver-kubernetes-ingress-class",
            help_key: "driver-kubernetes-ingress-class-help",
        },
        SettingField {
            name: "ingress_namespace",
            kind: SettingKind::Text,
            required: false,
            label_key: "driver-kubernetes-ingress-namespace",
            help_key: "driver-kubernetes-ingress-namespace-help",
        },
        SettingField {
            name: "storage_class",
            kind: SettingKind::Text,
            required: false,
            label_key: "driver-kubernetes-storage-class",
            help_key: "driver-kubernetes-storage-class-help",
        },
        SettingField {
            name: "url_scheme",
            kind: SettingKind::Text,
            required: false,
            label_key: "driver-kubernetes-url-scheme",
            help_key: "driver-kubernetes-url-scheme-help",
        },
        SettingField {
            name: "url_port",
            kind: SettingKind::Number,
            required: false,
            label_key: "driver-kubernetes-url-port",
            help_key: "driver-kubernetes-url-port-help",
        },
        SettingField {
            name: "ingress_addresses",
            kind: SettingKind::Text,
            required: false,
            label_key: "driver-kubernetes-ingress-addresses",
            help_key: "driver-kubernetes-ingress-addresses-help",
        },
        SettingField {
            name: "certificate_issuer",
            kind: SettingKind::Text,
            required: false,
            label_key: "driver-kubernetes-certificate-issuer",
            help_key: "driver-kubernetes-certificate-issuer-help",
        },
    ]
}

/// The settings of one cluster, typed.
#[derive(Clone)]
pub(super) struct Settings {
    pub kubeconfig: SecretString,
    pub ingress_domain: String,
    /// K3s brings Traefik.
    pub ingress_class: String,
    /// Where the ingress controller's pods run: only they may reach the services.
    pub ingress_namespace: String,
    /// The cluster's default class when absent.
    pub storage_class: Option<String>,
    /// Whether customers open `https://` addresses.
    pub is_https: bool,
    /// The ClusterIssuer of cert-manager that gives customers' own names their certificates; without one they answer
    /// without encryption.
    pub certificate_issuer: Option<String>,
}

impl Settings {
    /// Reads a target's settings.
    ///
    /// # Errors
    /// `Rejected` with code `settings` when one is missing or cannot be.
    pub fn read(target: &Target) -> Result<Self, OutsideError> {
        let text = |name: &str| {
            let value = target.settings.get(name).map(|value| value.expose_secret().trim().to_owned());
            value.filter(|value| !value.is_empty())
        };
        let required = |name: &str| {
            text(name).ok_or_else(|| OutsideError::rejected("settings", format!("The setting `{name}` is missing.")))
        };
        let scheme = text("url_scheme").unwrap_or_else(|| "https".into());
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(OutsideError::rejected("settings", "The setting `url_scheme` must be http or https."));
        }
        if text("url_port").is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(OutsideError::rejected("settings", "The setting `url_port` must be a port number."));
        }
        Ok(Self {
            kubeconfig: SecretString::from(required("kubeconfig")?),
            ingress_domain: required("ingress_domain")?,
            ingress_class: text("ingress_class").unwrap_or_else(|| "traefik".into()),
            ingress_namespace: text("ingress_namespace").unwrap_or_else(|| "kube-system".into()),
            storage_class: text("storage_class"),
            is_https: scheme == "https",
            certificate_issuer: text("certificate_issuer"),
        })
    }
}

/// Whether the text of a setting may stand.
type IsFine = fn(&str) -> bool;

/// What is wrong with settings, by name and word. They become parts of addresses and of objects.
pub(super) fn faults(settings: &BTreeMap<String, SecretString>) -> Vec<(&'static str, &'static str)> {
    let is_wrong = |name: &str, is_fine: IsFine| {
        let value = settings.get(name).map(|value| value.expose_secret().trim()).filter(|value| !value.is_empty());
        value.is_some_and(|value| !is_fine(value))
    };
    let rules: [(&'static str, IsFine); 7] = [
        ("ingress_domain", is_domain),
        ("ingress_class", is_domain),
        ("ingress_namespace", is_label),
        ("storage_class", is_domain),
        ("url_scheme", |scheme| matches!(scheme, "http" | "https")),
        ("certificate_issuer", is_domain),
        ("ingress_addresses", are_addresses),
    ];
    rules.into_iter().filter(|(name, is_fine)| is_wrong(name, *is_fine)).map(|(name, _)| (name, "invalid")).collect()
}

/// A plain name of the DNS in small letters: no wildcard, no path, no port. Names of classes follow the same rule. A
/// service's own label still has to fit in front of it.
fn is_domain(text: &str) -> bool {
    text.len() <= 190 && text.split('.').all(is_label)
}

/// Addresses of the internet, with commas or blanks between them.
fn are_addresses(text: &str) -> bool {
    let mut addresses = text.split([',', ' ']).filter(|address| !address.is_empty());
    text.len() <= 400 && addresses.all(|address| address.parse::<std::net::IpAddr>().is_ok())
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Parses a kubeconfig and refuses everything in it that would run a program on this machine, read its files, weaken
/// the connection or speak in somebody else's name.
///
/// # Errors
/// `Rejected` with code `kubeconfig` naming the field; its value is never repeated.
pub(super) fn parse_kubeconfig(text: &SecretString) -> Result<Kubeconfig, OutsideError> {
    let refuse = |why: &str| OutsideError::rejected("kubeconfig", format!("The kubeconfig is refused: {why}."));
    let config = Kubeconfig::from_yaml(text.expose_secret()).map_err(|_| refuse("it is not valid YAML"))?;
    for entry in &config.auth_infos {
        if let Some(field) = entry.auth_info.as_ref().and_then(forbidden_credential) {
            return Err(refuse(&format!("`{field}` is not allowed")));
        }
    }
    for cluster in config.clusters.iter().filter_map(|entry| entry.cluster.as_ref()) {
        if cluster.certificate_authority.is_some() {
            return Err(refuse("`certificate-authority` names a file; use `certificate-authority-data`"));
        }
        if cluster.insecure_skip_tls_verify == Some(true) {
            return Err(refuse("`insecure-skip-tls-verify` is not allowed"));
        }
        if cluster.proxy_url.is_some() {
            return Err(refuse("`proxy-url` is not allowed"));
        }
        let server = cluster.server.as_deref().unwrap_or_default();
        let address = reqwest::Url::parse(server).map_err(|_| refuse("`server` is not an address"))?;
        let host = address.host_str().unwrap_or_default();
        let is_loopback = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        if address.scheme() != "https" && !is_loopback {
            return Err(refuse("`server` must be an https address"));
        }
        if host.starts_with("169.254.") {
            return Err(refuse("`server` must not be a link-local address"));
        }
    }
    Ok(config)
}

fn forbidden_credential(user: &AuthInfo) -> Option<&'static str> {
    [
        (user.exec.is_some(), "exec"),
        (user.auth_provider.is_some(), "auth-provider"),
        (user.token_file.is_some(), "tokenFile"),
        (user.client_certificate.is_some(), "client-certificate"),
        (user.client_key.is_some(), "client-key"),
        (user.username.is_some(), "username"),
        (user.password.is_some(), "password"),
        (user.impersonate.is_some(), "as"),
        (user.impersonate_uid.is_some(), "as-uid"),
        (user.impersonate_groups.is_some(), "as-groups"),
        (user.impersonate_user_extra.is_some(), "as-user-extra"),
    ]
    .into_iter()
    .find_map(|(is_there, field)| is_there.then_some(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(cluster: &str, user: &str) -> SecretString {
        SecretString::from(format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n\
             clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
        ))
    }

    #[test]
    fn settings_that_become_addresses_are_plain_names() {
        let wrong = |name: &str, value: &str| {
            let settings = BTreeMap::from([(name.to_owned(), SecretString::from(value.to_owned()))]);
            faults(&settings).iter().any(|(field, _)| *field == name)
        };

        for fine in ["apps.example.id", "localhost", " apps.example.id "] {
            assert!(!wrong("ingress_domain", fine), "{fine}");
        }
        for bad in
            ["*.apps.example.id", "https://apps.example.id", "apps.example.id/", "Apps.example.id", "a..id", ".id"]
        {
            assert!(wrong("ingress_domain", bad), "{bad}");
        }
        assert!(wrong("ingress_namespace", "kube.system") && !wrong("ingress_namespace", "kube-system"));
        assert!(wrong("ingress_class", "traefik/x") && !wrong("ingress_class", "traefik"));
        assert!(!wrong("ingress_addresses", "203.0.113.7, 2001:db8::7") && wrong("ingress_addresses", "203.0.113"));
        assert!(!wrong("certificate_issuer", "letsencrypt") && wrong("certificate_issuer", "Let's Encrypt"));
        assert!(wrong("url_scheme", "ftp") && !wrong("url_scheme", "http") && !wrong("url_scheme", ""));
    }

    #[test]
    fn a_token_over_https_is_accepted_and_plain_http_only_on_this_machine() {
        assert!(parse_kubeconfig(&kubeconfig("server: 'https://k.example.id:6443'", "token: t")).is_ok());
        assert!(parse_kubeconfig(&kubeconfig("server: 'http://127.0.0.1:6443'", "token: t")).is_ok());
        assert!(parse_kubeconfig(&kubeconfig("server: 'http://k.example.id:6443'", "token: t")).is_err());
    }

    #[test]
    fn whatever_runs_programs_reads_files_or_weakens_the_connection_is_refused() {
        let https = "server: 'https://k.example.id:6443'";
        let refused = [
            (https.to_owned(), "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}"),
            (https.to_owned(), "auth-provider: {name: gcp, config: {cmd-path: sh}}"),
            (https.to_owned(), "tokenFile: /etc/shadow"),
            (https.to_owned(), "client-certificate: /etc/a"),
            (https.to_owned(), "client-key: /etc/b"),
            (https.to_owned(), "username: a, password: b"),
            (https.to_owned(), "token: t, as: admin"),
            (format!("{https}, insecure-skip-tls-verify: true"), "token: t"),
            (format!("{https}, certificate-authority: /etc/ca"), "token: t"),
            (format!("{https}, proxy-url: 'http://evil'"), "token: t"),
            ("server: 'https://169.254.169.254'".to_owned(), "token: t"),
        ];
        for (cluster, user) in refused {
            assert!(parse_kubeconfig(&kubeconfig(&cluster, user)).is_err(), "{cluster} {user}");
        }
    }
}
