use super::*;
use crate::integrations::drivers::service_template::{ParameterKind, ServiceTemplate};
use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch, core::v1 as core, networking::v1 as networking};
use proptest::prelude::*;
use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

mod shipped;

const TEMPLATES: [&str; 3] = [
    include_str!("../../../../../seeds/services/n8n.toml"),
    include_str!("../../../../../seeds/services/ghost.toml"),
    include_str!("../../../../../seeds/services/wordpress.toml"),
];

fn settings() -> Settings {
    Settings {
        kubeconfig: SecretString::default(),
        ingress_domain: "apps.example.id".into(),
        ingress_class: "traefik".into(),
        ingress_namespace: "kube-system".into(),
        storage_class: Some("fast".into()),
        is_https: true,
        certificate_issuer: None,
    }
}

/// An instance whose secrets are their own names, so that snapshots are the same every time.
fn spec(source: &str) -> InstanceSpec {
    let template = ServiceTemplate::parse(source).unwrap();
    let name = format!("{}-7k3f9q", template.slug());
    InstanceSpec {
        instance_id: "ins_01J000000000000000000000AA".into(),
        customer_id: "cus_01J000000000000000000000BB".into(),
        secrets: template
            .secrets_needed()
            .iter()
            .map(|secret| (secret.key.clone(), SecretString::from(format!("<{}>", secret.key))))
            .collect(),
        parameters: template.validate_parameters(&BTreeMap::new()).unwrap(),
        template: Arc::new(template),
        resources: Resources { cpu_milli: 1000, memory_mb: 1024, storage_gb: 6 },
        host: format!("{name}.apps.example.id"),
        url: format!("https://{name}.apps.example.id"),
        custom_hosts: Vec::new(),
        name,
        owner_email: "budi@example.test".into(),
        owner_name: "Budi Santoso".into(),
        restart_revision: 0,
    }
}

/// Every object of an instance, in the order of its life.
fn everything(spec: &InstanceSpec) -> Vec<Object> {
    let settings = settings();
    let render = Renderer { spec, settings: &settings, installation: "inst-1" };
    let mut objects = vec![render.namespace_object(), render.account(), render.limit_range()];
    objects.push(render.quota(&[spec.resources]));
    objects.extend(render.shared_policies());
    objects.extend(render.policies(&[]));
    objects.extend(render.values());
    objects.extend(render.claims(&BTreeMap::new()));
    objects.extend(render.companions(1).unwrap());
    objects.extend(render.main_workload(1).unwrap());
    objects.extend(render.services());
    if let Some(owner) = render.owner_job() {
        objects.extend(owner.secret);
        objects.push(owner.job);
    }
    objects.extend(render.ingress());
    objects
}

fn of_kind(objects: &[Object], kind: Kind) -> Vec<&Value> {
    objects.iter().filter(|object| object.kind == kind).map(|object| &object.body).collect()
}

/// Pod specs of all deployments and jobs.
fn pods(objects: &[Object]) -> Vec<&Value> {
    [of_kind(objects, Kind::Deployment), of_kind(objects, Kind::Job)]
        .concat()
        .into_iter()
        .map(|body| &body["spec"]["template"]["spec"])
        .collect()
}

fn containers(objects: &[Object]) -> Vec<&Value> {
    pods(objects).into_iter().flat_map(|pod| pod["containers"].as_array().unwrap()).collect()
}

#[test]
fn the_objects_of_the_shops_services_are_these() {
    for source in TEMPLATES {
        let spec = spec(source);
        let text: Vec<String> =
            everything(&spec).iter().map(|object| serde_json::to_string_pretty(&object.body).unwrap()).collect();
        insta::assert_snapshot!(spec.template.slug(), text.join("\n---\n"));
    }
}

/// Panics where `object` has a field its kind does not have.
fn is_known_to_the_api_server(object: &Object) {
    fn round<K: DeserializeOwned + Serialize>(body: &Value) {
        let typed: K = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(&serde_json::to_value(typed).unwrap(), body);
    }
    match object.kind {
        Kind::Namespace => round::<core::Namespace>(&object.body),
        Kind::ServiceAccount => round::<core::ServiceAccount>(&object.body),
        Kind::LimitRange => round::<core::LimitRange>(&object.body),
        Kind::ResourceQuota => round::<core::ResourceQuota>(&object.body),
        Kind::Secret => round::<core::Secret>(&object.body),
        Kind::ConfigMap => round::<core::ConfigMap>(&object.body),
        Kind::PersistentVolumeClaim => round::<core::PersistentVolumeClaim>(&object.body),
        Kind::Service => round::<core::Service>(&object.body),
        Kind::Deployment => round::<apps::Deployment>(&object.body),
        Kind::Job => round::<batch::Job>(&object.body),
        Kind::Ingress => round::<networking::Ingress>(&object.body),
        Kind::NetworkPolicy => round::<networking::NetworkPolicy>(&object.body),
        other => panic!("{other:?} is not rendered"),
    }
}

#[test]
fn every_field_is_one_the_api_server_knows() {
    for source in TEMPLATES {
        everything(&spec(source)).iter().for_each(is_known_to_the_api_server);
    }
}

#[test]
fn every_object_of_an_instance_carries_its_id_and_every_object_the_installations() {
    let shared = [Kind::Namespace, Kind::LimitRange, Kind::ResourceQuota];
    for source in TEMPLATES {
        let spec = spec(source);
        for object in everything(&spec) {
            assert_eq!(object.label(INSTALL), Some("inst-1"), "{}", object.name);
            let is_shared =
                shared.contains(&object.kind) || matches!(object.name.as_str(), "default-deny" | "allow-dns");
            let expected = (!is_shared).then_some(spec.instance_id.as_str());
            assert_eq!(object.label(INSTANCE), expected, "{:?} {}", object.kind, object.name);
            assert!(object.name.len() <= 52, "{}", object.name);
        }
    }
}

#[test]
fn every_pod_passes_the_restricted_standard() {
    for source in TEMPLATES {
        let objects = everything(&spec(source));
        for pod in pods(&objects) {
            assert_eq!(pod["enableServiceLinks"], false);
            assert_eq!(pod["automountServiceAccountToken"], false);
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
            assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
        }
        for container in containers(&objects) {
            let security = &container["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"], false);
            assert_eq!(security["capabilities"]["drop"], json!(["ALL"]));
            assert!(security["runAsUser"].as_i64().unwrap() > 0);
        }
    }
}

#[test]
fn limits_of_the_pods_sum_to_the_plan() {
    for source in TEMPLATES {
        let spec = spec(source);
        let objects = everything(&spec);
        let deployments = of_kind(&objects, Kind::Deployment);
        let sum = |resource: &str, unit: &str| -> i64 {
            deployments
                .iter()
                .flat_map(|body| body["spec"]["template"]["spec"]["containers"].as_array().unwrap())
                .map(|container| container["resources"]["limits"][resource].as_str().unwrap())
                .map(|text| text.strip_suffix(unit).unwrap().parse::<i64>().unwrap())
                .sum()
        };
        assert_eq!(sum("cpu", "m"), spec.resources.cpu_milli);
        assert_eq!(sum("memory", "Mi"), spec.resources.memory_mb);
    }
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    for source in TEMPLATES {
        let spec = spec(source);
        let text = || everything(&spec).iter().map(|object| object.body.to_string()).collect::<String>();
        assert_eq!(text(), text());
    }
}

#[test]
fn only_a_changed_value_or_a_restart_changes_the_pods() {
    let pod_template = |spec: &InstanceSpec| {
        let objects = everything(spec);
        of_kind(&objects, Kind::Deployment).last().unwrap()["spec"]["template"].clone()
    };
    let base = spec(TEMPLATES[0]);
    let mut with_parameter = base.clone();
    with_parameter.parameters.insert("timezone".into(), "Asia/Makassar".into());
    let mut restarted = base.clone();
    restarted.restart_revision = 1;

    assert_eq!(pod_template(&base), pod_template(&base.clone()));
    assert_ne!(pod_template(&base), pod_template(&with_parameter));
    assert_ne!(pod_template(&base), pod_template(&restarted));
}

#[test]
fn a_disk_keeps_its_size_and_class_when_the_plan_shrinks() {
    let spec = spec(TEMPLATES[0]);
    let settings = settings();
    let render = Renderer { spec: &spec, settings: &settings, installation: "inst-1" };
    let present = BTreeMap::from([("n8n-7k3f9q-data".to_owned(), (10_240, Some("old".to_owned())))]);

    let claims = render.claims(&present);

    assert_eq!(claims[0].body["spec"]["resources"]["requests"]["storage"], "10240Mi");
    assert_eq!(claims[0].body["spec"]["storageClassName"], "old");
}

#[test]
fn the_machines_and_the_api_server_of_a_cluster_are_not_the_internet() {
    let spec = spec(TEMPLATES[0]);
    let settings = settings();
    let render = Renderer { spec: &spec, settings: &settings, installation: "inst-1" };

    let policies = render.policies(&["203.0.113.7".parse().unwrap(), "10.0.0.4".parse().unwrap()]);

    let egress = policies.iter().find(|policy| policy.name.ends_with("-egress")).unwrap();
    let except = egress.body["spec"]["egress"][0]["to"][0]["ipBlock"]["except"].as_array().unwrap();
    assert!(except.contains(&json!("203.0.113.7/32")) && except.contains(&json!("10.0.0.0/8")), "{except:?}");
    assert!(!except.contains(&json!("10.0.0.4/32")), "its range is there already");
}

#[test]
fn each_name_of_the_customer_has_a_way_in_of_its_own_with_a_certificate_where_there_is_an_issuer() {
    let mut spec = spec(TEMPLATES[0]);
    spec.custom_hosts = vec!["blog.example.id".into(), "toko.example.id".into()];
    let plain = settings();
    let issued = Settings { certificate_issuer: Some("letsencrypt".into()), ..settings() };
    let ways = |settings: &Settings| {
        let render = Renderer { spec: &spec, settings, installation: "inst-1" };
        let bodies = render.custom_ingresses().into_iter().map(|object| object.body).collect::<Vec<_>>();
        (bodies, render.proof_policy().is_some())
    };

    let (open, has_policy) = ways(&plain);
    let hosts: Vec<_> = open.iter().map(|body| body["spec"]["rules"][0]["host"].as_str().unwrap()).collect();
    assert_eq!((hosts, has_policy), (vec!["blog.example.id", "toko.example.id"], false));
    assert_ne!(open[0]["metadata"]["name"], open[1]["metadata"]["name"]);
    for body in &open {
        assert!(body["spec"]["tls"].is_null(), "the certificate of our zone is not theirs");
        let doors = &body["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.entrypoints"];
        assert_eq!(doors, "web");
    }

    let (encrypted, has_policy) = ways(&issued);
    assert!(has_policy, "the issuer reaches what proves the name");
    for (body, host) in encrypted.iter().zip(&spec.custom_hosts) {
        let name = body["metadata"]["name"].as_str().unwrap();
        let tls = json!([{ "hosts": [host], "secretName": certificate_name(name) }]);
        assert_eq!(body["spec"]["tls"], tls);
        let annotations = &body["metadata"]["annotations"];
        assert_eq!(annotations["cert-manager.io/cluster-issuer"], "letsencrypt");
        assert!(annotations["cert-manager.io/secret-template"].as_str().unwrap().contains(&spec.instance_id));
        assert_eq!(annotations["traefik.ingress.kubernetes.io/router.entrypoints"], "websecure");
        let typed: networking::Ingress = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(&serde_json::to_value(typed).unwrap(), body);
    }
    let http = Settings { is_https: false, ..issued };
    assert!(ways(&http).0.iter().all(|body| body["spec"]["tls"].is_null()));
}

#[test]
fn the_namespace_is_named_by_the_customers_ulid() {
    assert_eq!(namespace_name("cus_01JABC"), "user-01jabc");
}

/// Where `needle` stands: paths outside the data of secrets.
fn leaks(objects: &[Object], needle: &str) -> Vec<String> {
    fn walk(value: &Value, path: &str, needle: &str, found: &mut Vec<String>) {
        match value {
            Value::String(text) if text.contains(needle) => found.push(path.to_owned()),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| walk(item, &format!("{path}[{i}]"), needle, found));
            }
            Value::Object(fields) => {
                for (key, item) in fields {
                    if key.contains(needle) {
                        found.push(format!("{path}.{key} (name)"));
                    }
                    walk(item, &format!("{path}.{key}"), needle, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for object in objects {
        let mut body = object.body.clone();
        if object.kind == Kind::Secret {
            body["data"] = Value::Null;
        }
        walk(&body, object.kind.word(), needle, &mut found);
    }
    found
}

/// Decoded values of all secrets.
fn secret_values(objects: &[Object]) -> Vec<String> {
    use base64::Engine;
    of_kind(objects, Kind::Secret)
        .into_iter()
        .flat_map(|body| body["data"].as_object().unwrap().values())
        .map(|value| base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap())
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect()
}

/// What breaks out of quotes, lines, placeholders, YAML, TOML, JSON, shells and PHP where it is not a value.
const HOSTILE: [&str; 9] = [
    "HOSTILE\n  privileged: true\n",
    "HOSTILE\r\n[[component]]\nname = \"evil\"\n",
    "HOSTILE'; rm -rf / #",
    "HOSTILE$(reboot)`id`",
    "HOSTILE$(POSTGRES_PASSWORD)",
    "HOSTILE${secret.owner_password}$${x}",
    "HOSTILE\"}]}, {\"kind\": \"ClusterRoleBinding\"",
    "HOSTILE<?php system('id'); ?>",
    "HOSTILE{{ .Values.x }}%{x} --requirepass ''",
];

#[test]
fn hostile_text_in_any_field_stays_a_value_of_a_secret() {
    for source in TEMPLATES {
        let base = spec(source);
        let keys: Vec<String> = base.parameters.keys().cloned().collect();
        let shape = |spec: &InstanceSpec| {
            everything(spec).iter().map(|object| (object.kind.word(), object.name.clone())).collect::<Vec<_>>()
        };
        for text in HOSTILE {
            for key in &keys {
                let mut spec = base.clone();
                spec.parameters.insert(key.clone(), text.to_owned());
                let objects = everything(&spec);
                assert_eq!(leaks(&objects, "HOSTILE"), Vec::<String>::new(), "{key} = {text}");
                assert!(secret_values(&objects).iter().any(|value| value == text), "{key} reaches no environment");
                assert_eq!(shape(&spec), shape(&base));
            }
            let mut spec = base.clone();
            spec.owner_name = text.to_owned();
            spec.owner_email = text.to_owned();
            assert_eq!(leaks(&everything(&spec), "HOSTILE"), Vec::<String>::new(), "owner = {text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_answer_is_accepted_never_leaves_the_secrets(text in "\\PC{0,60}", number in 1i64..2000) {
        for source in TEMPLATES {
            let base = spec(source);
            let answers: BTreeMap<String, String> = base
                .template
                .parameters()
                .iter()
                .map(|parameter| {
                    let answer = match parameter.kind {
                        ParameterKind::Int => number.to_string(),
                        _ => format!("zq{text}"),
                    };
                    (parameter.key.clone(), answer)
                })
                .filter(|(key, answer)| base.template.parameter(key).unwrap().check(answer).is_ok())
                .collect();
            let mut spec = base.clone();
            spec.parameters = base.template.validate_parameters(&answers).unwrap();

            let objects = everything(&spec);

            for (key, answer) in &answers {
                if answer.starts_with("zq") {
                    prop_assert_eq!(leaks(&objects, answer), Vec::<String>::new(), "{}", key);
                }
                prop_assert!(secret_values(&objects).contains(answer), "{}", key);
            }
        }
    }
}
