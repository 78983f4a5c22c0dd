//! The files of `deploy/` and the Dockerfile belong to this program: their settings exist, their commands are understood,
//! their paths and users agree, and their proxies let through what the program takes.
use crate::app::wrong_input::yumna;
use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use yumna::kernel::config::Config;

const DOCKERFILE: &str = include_str!("../../../Dockerfile");
const COMPOSE: &str = include_str!("../../../deploy/compose/compose.yaml");
const KUBERNETES: &str = include_str!("../../../deploy/k8s/yumna.yaml");
const RIGHTS: &str = include_str!("../../../deploy/k8s/driver-rbac.yaml");
const PROXY: &str = include_str!("../../../deploy/nginx/yumna.conf");
const UNITS: [&str; 2] = [
    include_str!("../../../deploy/systemd/yumna.service"),
    include_str!("../../../deploy/systemd/yumna-worker.service"),
];

fn documents(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

fn repository(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The value of a constant of the sources, written as a product.
fn constant(file: &str, name: &str) -> u64 {
    let line = Regex::new(&format!(r"const {name}: usize = ([0-9 *_]+);")).unwrap();
    let text = repository(file);
    let product = &line.captures(&text).unwrap_or_else(|| panic!("{name} is not in {file}"))[1];
    product.split('*').map(|factor| factor.trim().replace('_', "").parse::<u64>().unwrap()).product()
}

/// `33m` in bytes.
fn megabytes(size: &str) -> u64 {
    size.strip_suffix('m').unwrap().parse::<u64>().unwrap() << 20
}

/// Settings of a list of names and values. What the file takes from elsewhere is there.
fn config_of(environment: impl IntoIterator<Item = (String, String)>) -> Config {
    let filled_in = Regex::new(r"\$\{[A-Z_]+(?::[-?]([^}]*))?\}").unwrap();
    let environment =
        environment.into_iter().map(|(name, value)| (name, filled_in.replace_all(&value, "$1").into_owned()));
    Config::from_parts("", "", environment.collect()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list")).iter().map(text).collect()
}

/// A list in the exec form of a Dockerfile.
fn exec(instruction: &str) -> Vec<String> {
    let line = DOCKERFILE.lines().find(|line| line.starts_with(instruction) && line.contains('[')).unwrap();
    texts(&serde_json::from_str(&line[line.find('[').unwrap()..]).unwrap())
}

fn directive<'a>(file: &'a str, name: &str) -> &'a str {
    let line = file.lines().map(str::trim).find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is missing")).trim()
}

/// Web and worker of the manifests for Kubernetes: name, container and pod.
fn containers() -> Vec<(String, Value, Value)> {
    let pods = documents(KUBERNETES).into_iter().filter(|object| object["kind"] == "Deployment");
    pods.map(|object| {
        let pod = object["spec"]["template"]["spec"].clone();
        (text(&object["metadata"]["name"]), pod["containers"][0].clone(), pod)
    })
    .collect()
}

fn environment_of(container: &Value) -> BTreeMap<String, String> {
    container["env"].as_array().unwrap().iter().map(|entry| (text(&entry["name"]), text(&entry["value"]))).collect()
}

#[test]
fn proxies_let_through_what_the_program_reads_of_an_upload() {
    let drained = constant("src/web/upload.rs", "DRAINED_BYTES");
    let largest = [("src/web/upload.rs", "FILE_BYTES"), ("src/api/extract.rs", "UPLOAD_LIMIT_BYTES")];
    assert!(largest.iter().all(|(file, name)| constant(file, name) < drained));

    let nginx = directive(PROXY, "client_max_body_size").trim_end_matches(';');
    assert!(megabytes(nginx) > drained, "{nginx} is less than what the program answers with its own words");
    let objects = documents(KUBERNETES);
    let ingress = objects.iter().find(|object| object["kind"] == "Ingress").unwrap();
    assert_eq!(ingress["spec"]["ingressClassName"], "nginx", "the annotation is of that class");
    let size = text(&ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]);
    assert!(megabytes(&size) > drained, "{size}");
}

#[test]
fn every_setting_that_is_handed_over_exists() {
    for (name, container, _) in containers() {
        let config = config_of(environment_of(&container));
        assert!(config.public_url().starts_with("https://"), "{name}");
        let (bind, port) = match name.as_str() {
            "yumna-web" => (config.server.bind, config.server.port),
            _ => (config.worker.bind, config.worker.port),
        };
        assert!(bind.is_unspecified(), "{name} is asked from outside its container");
        assert_eq!(container["ports"][0]["containerPort"], port, "{name}");
        for probe in ["readinessProbe", "livenessProbe"] {
            let asked = &container[probe]["httpGet"];
            assert_eq!(asked["port"], container["ports"][0]["name"], "{name} {probe}");
            let path = if probe == "livenessProbe" { "/health/live" } else { "/health/ready" };
            assert_eq!(asked["path"], path, "{name} {probe}");
        }
    }

    let compose = &documents(COMPOSE)[0];
    let all_of = |service: &str| -> BTreeMap<String, String> {
        let own = compose["services"][service]["environment"].as_object().unwrap();
        let shared = compose["services"]["web"]["environment"].as_object().unwrap();
        let named = shared.iter().chain(own).filter(|(name, _)| *name != "<<");
        named.map(|(name, value)| (name.clone(), text(value))).collect()
    };
    for service in ["web", "worker"] {
        let config = config_of(all_of(service));
        assert_eq!(config.database_url(), "postgres://yumna:@database/yumna", "{service}");
        assert_eq!(config.secrets.key_file, "/run/secrets/keys");
        assert_eq!(texts(&compose["services"][service]["secrets"]), ["keys"]);
        assert!(service == "web" || config.worker.port > 0, "its health check has somewhere to ask");
    }
    let image = Regex::new(r"(YUMNA__[A-Z_]+)=(\S+)").unwrap();
    let set = image.captures_iter(directive(DOCKERFILE, "ENV ")).map(|hit| (hit[1].to_owned(), hit[2].to_owned()));
    let config = config_of(set);
    assert!(config.server.bind.is_unspecified());
    assert_eq!(config.data.dir.to_str(), Some(directive(DOCKERFILE, "VOLUME ")));
    for unit in UNITS {
        let (name, value) = directive(unit, "Environment=").split_once('=').unwrap();
        let config = config_of([(name.to_owned(), value.to_owned())]);
        assert_eq!(config.data.dir.to_str(), Some(directive(unit, "WorkingDirectory=")));
    }
}

#[test]
fn every_command_is_understood() {
    let compose = &documents(COMPOSE)[0];
    let mut commands = vec![exec("CMD"), exec("HEALTHCHECK")[1..].to_vec()];
    for service in ["web", "worker"] {
        commands.push(texts(&compose["services"][service]["command"]));
    }
    commands.push(texts(&compose["services"]["worker"]["healthcheck"]["test"])[2..].to_vec());
    commands.extend(containers().into_iter().map(|(_, container, _)| texts(&container["args"])));
    for unit in UNITS {
        let words = directive(unit, "ExecStart=").split_whitespace().skip(1);
        commands.push(words.map(str::to_owned).collect());
    }
    assert_eq!(exec("ENTRYPOINT"), ["yumna"]);
    for command in commands {
        let words: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let output = yumna(&words, &[]);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_program_runs_as_one_user_and_finds_its_files() {
    let user: u64 = directive(DOCKERFILE, "USER ").parse().unwrap();
    assert!(DOCKERFILE.contains(&format!("--uid {user} ")));
    assert!(COMPOSE.contains(&format!("chown {user} keys.toml")) && KUBERNETES.contains(&format!("group {user},")));
    let folder = directive(DOCKERFILE, "VOLUME ");
    let mut names = BTreeSet::new();
    for (name, container, pod) in containers() {
        let rights = &pod["securityContext"];
        assert_eq!([&rights["runAsUser"], &rights["fsGroup"]], [&Value::from(user), &Value::from(user)], "{name}");
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true, "{name}");
        let mounts = container["volumeMounts"].as_array().unwrap();
        let place = |of: &str| text(&mounts.iter().find(|mount| mount["name"] == of).unwrap()["mountPath"]);
        assert_eq!(place("data"), folder, "{name} may write in its data folder");
        let keys = environment_of(&container)["YUMNA__SECRETS__KEY_FILE"].clone();
        assert_eq!(keys, format!("{}/keys.toml", place("keys")), "{name}");
        names.insert(name);
    }
    assert_eq!(names, BTreeSet::from(["yumna-web".to_owned(), "yumna-worker".to_owned()]));
    let images: BTreeSet<String> = containers().iter().map(|(_, container, _)| text(&container["image"])).collect();
    let version = format!("registry.example.id/yumna:{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(images, BTreeSet::from([version]));
    assert!(documents(RIGHTS).len() > 4);

    // What a unit names, its head says how to make.
    let head: String = UNITS[0].lines().take_while(|line| line.starts_with('#')).collect();
    for unit in UNITS {
        let program = directive(unit, "ExecStart=").split_whitespace().next().unwrap();
        let file = directive(unit, "ExecStart=").rsplit(' ').next().unwrap();
        let secrets = directive(unit, "EnvironmentFile=-");
        for place in [program.rsplit_once('/').unwrap().0, file, secrets, directive(unit, "WorkingDirectory=")] {
            assert!(head.contains(place), "{place} is nobody's work");
        }
        assert!(head.contains(&format!("nologin {}", directive(unit, "User="))));
    }
}

#[test]
fn keys_and_passwords_stay_out_of_images_and_commits() {
    let ignored = |file: &str| -> BTreeSet<String> { repository(file).lines().map(str::to_owned).collect() };
    let (image, commits) = (ignored(".dockerignore"), ignored(".gitignore"));
    for file in ["deploy", "**/keys.toml", "**/*.env", "**/*.db*", ".git"] {
        assert!(image.contains(file), "{file} comes into the image's build");
    }
    for file in ["keys.toml", "*.env", "*.db"] {
        assert!(commits.contains(file), "{file} may be committed");
    }
    let name = compose_keys();
    assert!(name.ends_with("keys.toml"), "{name} is what is left out");
}

/// Where compose takes the key file from.
fn compose_keys() -> String {
    text(&documents(COMPOSE)[0]["secrets"]["keys"]["file"])
}
