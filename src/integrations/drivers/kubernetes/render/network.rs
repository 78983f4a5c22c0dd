//! Who may talk to whom, and the way in.
use super::{COMPONENT, INSTANCE, Kind, MAIN, Object, Renderer, fingerprint};
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// Addresses that are never the internet: private ranges, link-local (cloud metadata) and this machine.
const NOT_INTERNET: [&str; 6] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"];

/// The policy that lets in whoever may reach the service from outside the instance.
const WAY_IN: &str = "web";
/// Port of what proves a name to an issuer of certificates (cert-manager, "HTTP01").
const SOLVER_PORT: u16 = 8089;

/// Where the certificate of a customer's own name lies, by the name of its way in.
pub(in super::super) fn certificate_name(ingress: &str) -> String {
    format!("{ingress}-tls")
}

/// Whether an address lies in none of the ranges that are fenced off anyway.
fn is_public(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    !(address.is_private() || address.is_link_local() || address.is_loopback() || is_shared)
}

impl Renderer<'_> {
    /// Policies of the namespace: nothing is allowed but names.
    pub fn shared_policies(&self) -> Vec<Object> {
        let deny = json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] });
        let dns = json!({
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{
                "to": [{
                    "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } },
                    "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
                }],
                "ports": [{ "protocol": "UDP", "port": 53 }, { "protocol": "TCP", "port": 53 }],
            }],
        });
        [("default-deny", deny), ("allow-dns", dns)]
            .into_iter()
            .map(|(name, spec)| self.shared(Kind::NetworkPolicy, name.into(), json!({}), json!({ "spec": spec })))
            .collect()
    }

    /// Policies of the instance. The way in comes last: where it is, all others are. What is `fenced` is not reached as
    /// the internet is: the cluster's machines and its API server.
    pub fn policies(&self, fenced: &[Ipv4Addr]) -> Vec<Object> {
        let fenced = fenced.iter().filter(|address| is_public(**address)).map(|address| format!("{address}/32"));
        let except: Vec<String> = NOT_INTERNET.iter().map(|range| (*range).to_owned()).chain(fenced).collect();
        let members = json!({ "matchLabels": { INSTANCE: self.spec.instance_id } });
        let main = json!({ "matchLabels": { INSTANCE: self.spec.instance_id, COMPONENT: MAIN } });
        let mut policies = vec![self.policy(
            "internal",
            json!({
                "podSelector": members,
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{ "from": [{ "podSelector": members }] }],
                "egress": [{ "to": [{ "podSelector": members }] }],
            }),
        )];
        if self.file().network.internet {
            policies.push(self.policy(
                "egress",
                json!({
                    "podSelector": main,
                    "policyTypes": ["Egress"],
                    "egress": [{
                        "to": [{ "ipBlock": { "cidr": "0.0.0.0/0", "except": except } }],
                        // Everything but 25: mail leaves through a relay, spam not at all.
                        "ports": [
                            { "protocol": "TCP", "port": 1, "endPort": 24 },
                            { "protocol": "TCP", "port": 26, "endPort": 65535 },
                            { "protocol": "UDP", "port": 1, "endPort": 65535 },
                        ],
                    }],
                }),
            ));
        }
        let port = json!({ "protocol": "TCP", "port": self.spec.template.exposed_port() });
        let is_on_the_web = self.spec.template.is_on_the_web();
        if !is_on_the_web {
            // The other side of the way in: nothing in the namespace may go anywhere it was not let.
            policies.push(self.policy(
                "guests",
                json!({
                    "podSelector": {},
                    "policyTypes": ["Egress"],
                    "egress": [{ "to": [{ "podSelector": main }], "ports": [port] }],
                }),
            ));
        }
        let from = if is_on_the_web { self.ingress_controller() } else { json!({ "podSelector": {} }) };
        policies.push(self.policy(
            WAY_IN,
            json!({
                "podSelector": main,
                "policyTypes": ["Ingress"],
                "ingress": [{ "from": [from], "ports": [port] }],
            }),
        ));
        policies
    }

    /// The name of the instance's last policy.
    pub fn last_policy(&self) -> String {
        format!("{}-{WAY_IN}", self.spec.name)
    }

    fn policy(&self, suffix: &str, spec: Value) -> Object {
        let name = format!("{}-{suffix}", self.spec.name);
        self.object(Kind::NetworkPolicy, name, MAIN, json!({}), json!({ "spec": spec }))
    }

    fn ingress_controller(&self) -> Value {
        let namespace = json!({ "matchLabels": { "kubernetes.io/metadata.name": self.settings.ingress_namespace } });
        if self.settings.ingress_class == "traefik" {
            let pods = json!({ "matchLabels": { "app.kubernetes.io/name": "traefik" } });
            json!({ "namespaceSelector": namespace, "podSelector": pods })
        } else {
            json!({ "namespaceSelector": namespace })
        }
    }

    /// The way in. It is made last, when the service has its owner; `None` where there is none from outside.
    pub fn ingress(&self) -> Option<Object> {
        if !self.spec.template.is_on_the_web() {
            return None;
        }
        let spec = json!({ "spec": self.way_in(&self.spec.host) });
        Some(self.object(Kind::Ingress, self.spec.name.clone(), MAIN, self.doors(self.settings.is_https), spec))
    }

    /// Ways in for the customer's own names: one each, so that a name that gets no certificate holds up no other. The
    /// wildcard certificate of our zone is not theirs; without an issuer they answer without encryption.
    pub fn custom_ingresses(&self) -> Vec<Object> {
        let hosts = self.spec.custom_hosts.iter().filter(|_| self.spec.template.is_on_the_web());
        hosts.map(|host| self.custom_ingress(host)).collect()
    }

    fn custom_ingress(&self, host: &str) -> Object {
        let name = format!("{}-{}", self.spec.name, &fingerprint(&json!(host))[..10]);
        let mut way_in = self.way_in(host);
        let issuer = self.issuer();
        let mut annotations = self.doors(issuer.is_some());
        if let Some(issuer) = issuer {
            way_in["tls"] = json!([{ "hosts": [host], "secretName": certificate_name(&name) }]);
            annotations["cert-manager.io/cluster-issuer"] = json!(issuer);
            // What the issuer makes carries our mark, so that it goes with the instance.
            let made = json!({ "labels": self.labels(MAIN) });
            annotations["cert-manager.io/secret-template"] = json!(made.to_string());
        }
        self.object(Kind::Ingress, name, MAIN, annotations, json!({ "spec": way_in }))
    }

    /// Who gives customers' own names their certificates.
    fn issuer(&self) -> Option<&str> {
        self.settings.certificate_issuer.as_deref().filter(|_| self.settings.is_https)
    }

    /// Lets the ingress controller reach what proves a name to the issuer of certificates; `None`: nothing does.
    pub fn proof_policy(&self) -> Option<Object> {
        if self.issuer().is_none() || self.spec.custom_hosts.is_empty() {
            return None;
        }
        let solver = json!({ "matchLabels": { "acme.cert-manager.io/http01-solver": "true" } });
        Some(self.policy(
            "acme",
            json!({
                "podSelector": solver,
                "policyTypes": ["Ingress"],
                "ingress": [{
                    "from": [self.ingress_controller()],
                    "ports": [{ "protocol": "TCP", "port": SOLVER_PORT }],
                }],
            }),
        ))
    }

    /// Which doors of the ingress controller a way in has.
    fn doors(&self, is_encrypted: bool) -> Value {
        match (self.settings.ingress_class.as_str(), self.settings.is_https) {
            ("traefik", true) if is_encrypted => json!({
                "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
                "traefik.ingress.kubernetes.io/router.tls": "true",
            }),
            ("traefik", true) => json!({ "traefik.ingress.kubernetes.io/router.entrypoints": "web" }),
            _ => json!({}),
        }
    }

    fn way_in(&self, host: &str) -> Value {
        let file = self.file();
        let service = self.spec.template.service_name(&self.spec.name, &file.expose.component);
        json!({
            "ingressClassName": self.settings.ingress_class,
            "rules": [{
                "host": host,
                "http": { "paths": [{
                    "path": "/",
                    "pathType": "Prefix",
                    "backend": { "service": { "name": service, "port": { "name": file.expose.port } } },
                }] },
            }],
        })
    }
}
