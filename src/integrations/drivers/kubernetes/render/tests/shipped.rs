//! Every template that comes with the program, as objects: pods keep the restricted standard, secrets stand in secrets
//! alone, and what a customer answers is a value and nothing else.
use super::*;
use crate::integrations::drivers::service_template::SHIPPED;

/// Stands where an answer stands, and nowhere else.
const BENIGN: &str = "benignanswer";

/// An instance with room for the largest of them.
fn roomy(source: &str) -> InstanceSpec {
    InstanceSpec { resources: Resources { cpu_milli: 2000, memory_mb: 4096, storage_gb: 20 }, ..spec(source) }
}

/// The kind of a volume: its one field beside the name.
fn kinds_of_volumes(pod: &Value) -> Vec<&str> {
    let volumes = pod["volumes"].as_array().unwrap().iter();
    let fields = volumes.flat_map(|volume| volume.as_object().unwrap().keys()).map(String::as_str);
    fields.filter(|field| *field != "name").collect()
}

#[test]
fn every_pod_of_every_template_keeps_the_restricted_standard() {
    for shipped in SHIPPED {
        let file = shipped.file;
        let objects = everything(&roomy(shipped.source));
        objects.iter().for_each(is_known_to_the_api_server);
        assert!(objects.iter().all(|object| object.name.len() <= 52), "{file}");
        for pod in pods(&objects) {
            assert_eq!(pod["enableServiceLinks"], false, "{file}");
            assert_eq!(pod["automountServiceAccountToken"], false, "{file}");
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{file}");
            assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{file}");
            for field in ["hostNetwork", "hostPID", "hostIPC", "initContainers"] {
                assert!(pod[field].is_null(), "{file}: {field}");
            }
            for sysctl in pod["securityContext"]["sysctls"].as_array().into_iter().flatten() {
                assert_eq!(sysctl["name"], "net.ipv4.ip_unprivileged_port_start", "{file}");
            }
            let allowed = ["persistentVolumeClaim", "emptyDir", "configMap"];
            assert!(kinds_of_volumes(pod).iter().all(|kind| allowed.contains(kind)), "{file}");
        }
        for container in containers(&objects) {
            let place = format!("{file}: {}", container["name"]);
            let security = &container["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"], false, "{place}");
            assert_eq!(security["capabilities"], json!({ "drop": ["ALL"] }), "{place}");
            assert_eq!(security["runAsNonRoot"], true, "{place}");
            assert!(security["runAsUser"].as_i64().unwrap() > 0, "{place}");
            for side in ["requests", "limits"] {
                for resource in ["cpu", "memory", "ephemeral-storage"] {
                    assert!(container["resources"][side][resource].is_string(), "{place}: {side} {resource}");
                }
            }
            assert!(!container["image"].as_str().unwrap().ends_with(":latest"), "{place}");
        }
        for deployment in of_kind(&objects, Kind::Deployment) {
            assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate", "{file}: there is room for one");
            let deadline = deployment["spec"]["progressDeadlineSeconds"].as_i64().unwrap();
            for container in deployment["spec"]["template"]["spec"]["containers"].as_array().unwrap() {
                let startup = &container["startupProbe"];
                let tries = startup["failureThreshold"].as_i64().unwrap_or(0);
                let starting = tries * startup["periodSeconds"].as_i64().unwrap_or(0);
                assert!(starting <= deadline, "{file}: {} has {starting} s to start", container["name"]);
                let probes = ["startupProbe", "readinessProbe", "livenessProbe"];
                assert!(probes.iter().any(|probe| container[probe].is_object()), "{file}: {}", container["name"]);
            }
        }
    }
}

#[test]
fn a_generated_secret_of_any_template_stands_in_secrets_alone() {
    for shipped in SHIPPED {
        let spec = roomy(shipped.source);
        let objects = everything(&spec);
        let values = secret_values(&objects);
        for need in spec.template.secrets_needed() {
            // `spec` gives every secret its own name in brackets.
            let value = format!("<{}>", need.key);
            assert_eq!(leaks(&objects, &value), Vec::<String>::new(), "{}", shipped.file);
            assert!(values.iter().any(|text| text.contains(&value)), "{}: {value} reaches nothing", shipped.file);
        }
    }
}

/// Bodies without the data of secrets and without the fingerprints that must follow them.
fn structure(objects: &[Object]) -> Vec<Value> {
    let mut bodies: Vec<Value> = objects.iter().map(|object| object.body.clone()).collect();
    for body in &mut bodies {
        for annotations in ["/metadata/annotations", "/spec/template/metadata/annotations"] {
            if let Some(Value::Object(annotations)) = body.pointer_mut(annotations) {
                annotations.remove("yumna.dev/spec-hash");
                annotations.remove("yumna.dev/env-hash");
            }
        }
        if body["kind"] == "Secret" {
            let keys: Vec<String> = body["data"].as_object().unwrap().keys().cloned().collect();
            body["data"] = json!(keys);
        }
    }
    bodies
}

#[test]
fn whatever_is_answered_to_any_template_changes_its_own_values_and_nothing_else() {
    for shipped in SHIPPED {
        let base = roomy(shipped.source);
        for parameter in base.template.parameters() {
            let with = |answer: &str| {
                let mut spec = base.clone();
                spec.parameters.insert(parameter.key.clone(), answer.to_owned());
                everything(&spec)
            };
            let benign = with(BENIGN);
            let (shape, values) = (structure(&benign), secret_values(&benign));
            assert!(values.iter().any(|value| value.contains(BENIGN)), "{}: {}", shipped.file, parameter.key);
            for hostile in HOSTILE {
                let place = format!("{}: {} = {hostile}", shipped.file, parameter.key);
                // Most never come so far: only lines of free text are taken as they are.
                let is_free = parameter.kind == ParameterKind::String && parameter.pattern.is_none();
                let is_refused = parameter.check(hostile).is_err();
                assert!(is_refused || (is_free && !hostile.contains('\n')), "{place}");
                let objects = with(hostile);
                assert_eq!(structure(&objects), shape, "{place}");
                let literally: Vec<String> = values.iter().map(|value| value.replace(BENIGN, hostile)).collect();
                assert_eq!(secret_values(&objects), literally, "{place}");
            }
        }
    }
}

#[test]
fn what_has_no_address_is_let_in_to_by_the_namespace_alone() {
    for shipped in SHIPPED.iter().filter(|shipped| shipped.source.contains("reach = \"namespace\"")) {
        let spec = roomy(shipped.source);
        let objects = everything(&spec);
        let port = spec.template.exposed_port();
        let credentials = spec.template.credentials(&spec);

        assert_eq!(credentials.url, format!("{}:{port}", spec.name));
        assert!(of_kind(&objects, Kind::Ingress).is_empty(), "{}", shipped.file);
        let services = of_kind(&objects, Kind::Service);
        assert_eq!(services.len(), 1);
        assert_eq!(
            (&services[0]["metadata"]["name"], &services[0]["spec"]["ports"][0]["port"]),
            (&json!(spec.name), &json!(port))
        );
        let policy = |suffix: &str| {
            let name = format!("{}-{suffix}", spec.name);
            objects.iter().find(|object| object.name == name).unwrap().body["spec"].clone()
        };
        let ports = json!([{ "protocol": "TCP", "port": port }]);
        assert_eq!(policy("web")["ingress"], json!([{ "from": [{ "podSelector": {} }], "ports": ports }]));
        let guests = policy("guests");
        assert_eq!((&guests["podSelector"], &guests["egress"][0]["ports"]), (&json!({}), &ports));
        assert_eq!(guests["egress"][0]["to"][0]["podSelector"]["matchLabels"][INSTANCE], spec.instance_id);
        assert!(objects.iter().all(|object| !object.name.ends_with("-egress")), "{}: no internet", shipped.file);
    }
    assert_eq!(SHIPPED.iter().filter(|shipped| shipped.source.contains("reach = \"namespace\"")).count(), 2);
}

#[test]
fn no_template_asks_its_makers_for_news_or_tells_them_who_runs_it() {
    for (place, switches) in [
        ("umami", &["DISABLE_TELEMETRY", "DISABLE_UPDATES"][..]),
        ("metabase", &["MB_ANON_TRACKING_ENABLED", "MB_CHECK_FOR_UPDATES"][..]),
        ("forgejo", &["FORGEJO__cron_0X2E_update_checker__ENABLED"][..]),
        ("mattermost", &["MM_LOGSETTINGS_ENABLEDIAGNOSTICS", "MM_SERVICESETTINGS_ENABLESECURITYFIXALERT"][..]),
        ("directus", &["TELEMETRY"][..]),
    ] {
        let shipped = SHIPPED.iter().find(|shipped| shipped.file.contains(place)).unwrap();
        let objects = everything(&roomy(shipped.source));
        let maps = of_kind(&objects, Kind::ConfigMap);
        for switch in switches {
            let off = maps.iter().find_map(|map| map["data"][*switch].as_str());
            let expected = if switch.starts_with("DISABLE_") { "1" } else { "false" };
            assert_eq!(off, Some(expected), "{place}: {switch}");
        }
    }
}

#[test]
fn postgresql_takes_no_name_it_would_not_start_with() {
    let shipped = SHIPPED.iter().find(|shipped| shipped.file.contains("postgresql")).unwrap();
    let template = roomy(shipped.source).template;
    let username = template.parameter("username").unwrap();
    for name in ["pg_monitor", "pg_", "App", "1app", "", "a-b"] {
        assert!(username.check(name).is_err(), "{name}");
    }
    for name in ["app", "a", "p", "pg", "pga", "pg1", "p_g", "postgres", "php_app", "zeta_9"] {
        assert_eq!(username.check(name), Ok(()), "{name}");
    }
}

/// What an empty or a half-filled database of Odoo is asked, answered by programs that stand for Odoo and the client of
/// PostgreSQL.
#[test]
fn odoo_fills_its_database_until_that_is_done_and_never_again() {
    use std::{fs, os::unix::fs::PermissionsExt, process::Command};
    let shipped = SHIPPED.iter().find(|shipped| shipped.file.contains("odoo")).unwrap();
    let objects = everything(&roomy(shipped.source));
    let app = containers(&objects).into_iter().find(|container| container["name"] == "app").unwrap();
    let command: Vec<&str> = app["command"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let folder = std::env::temp_dir().join(format!("yumna-odoo-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let client = "case \"$*\" in *information_schema*) echo $TABLES;; *ir_module_module*) echo $FILLED;; esac";
    for (name, text) in [("psql", client), ("odoo", "echo \"$*\"")] {
        fs::write(folder.join(name), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (tables, filled, fills) in [("0", "none", true), ("1", "0", true), ("1", "1", false)] {
        let run = Command::new(command[0])
            .args(&command[1..])
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .envs([("PGHOST", "db"), ("PGUSER", "odoo"), ("TABLES", tables), ("FILLED", filled)])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{told}");
        assert_eq!(told.contains("-i base"), fills, "{tables} {filled}: {told}");
        assert!(told.trim_end().ends_with("-d odoo"), "it runs afterwards: {told}");
    }
    fs::remove_dir_all(&folder).unwrap();
}
