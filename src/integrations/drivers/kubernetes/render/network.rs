//! Who may talk to whom, and the way in.
use super::{COMPONENT, INSTANCE, Kind, MAIN, Object, Renderer};
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// Addresses that are never the internet: private ranges, link-local (cloud metadata) and this machine.
const NOT_INTERNET: [&str; 6] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"];

/// The policy that lets in whoever may reach the service from outside the instance.
const WAY_IN: &str = "web";

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
        let file = self.file();
        let annotations = if self.settings.is_https && self.settings.ingress_class == "traefik" {
            json!({
                "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
                "traefik.ingress.kubernetes.io/router.tls": "true",
            })
        } else {
            json!({})
        };
        let service = self.spec.template.service_name(&self.spec.name, &file.expose.component);
        let spec = json!({ "spec": {
            "ingressClassName": self.settings.ingress_class,
            "rules": [{
                "host": self.spec.host,
                "http": { "paths": [{
                    "path": "/",
                    "pathType": "Prefix",
                    "backend": { "service": { "name": service, "port": { "name": file.expose.port } } },
                }] },
            }],
        } });
        Some(self.object(Kind::Ingress, self.spec.name.clone(), MAIN, annotations, spec))
    }
}
