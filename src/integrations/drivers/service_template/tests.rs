use super::*;
use crate::integrations::drivers::InstanceSpec;
use proptest::prelude::*;
use rand::SeedableRng;
use std::sync::Arc;

const N8N: &str = include_str!("../../../../seeds/services/n8n.toml");
const GHOST: &str = include_str!("../../../../seeds/services/ghost.toml");
const WORDPRESS: &str = include_str!("../../../../seeds/services/wordpress.toml");

fn parse(source: &str) -> ServiceTemplate {
    ServiceTemplate::parse(source).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn spec(template: ServiceTemplate) -> InstanceSpec {
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    InstanceSpec {
        instance_id: "ins_01J".into(),
        customer_id: "cus_01J".into(),
        name: "n8n-7k3f9q".into(),
        secrets: template.generate_secrets(&mut rng),
        parameters: template.validate_parameters(&BTreeMap::new()).unwrap(),
        template: Arc::new(template),
        resources: Resources { cpu_milli: 1000, memory_mb: 1024, storage_gb: 5 },
        host: "n8n-7k3f9q.apps.example.id".into(),
        url: "https://n8n-7k3f9q.apps.example.id".into(),
        custom_hosts: Vec::new(),
        owner_email: "budi@example.test".into(),
        owner_name: "Budi".into(),
        restart_revision: 0,
    }
}

/// The errors of the n8n template after `change`, as text.
fn errors_after(from: &str, to: &str) -> String {
    assert!(N8N.contains(from), "{from} is not in the template");
    let errors = ServiceTemplate::parse(&N8N.replacen(from, to, 1)).expect_err("must be refused");
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_three_services_of_the_shop_are_sound_and_need_nothing_of_the_customer() {
    for source in [N8N, GHOST, WORDPRESS] {
        let template = parse(source);

        let answers = template.validate_parameters(&BTreeMap::new()).unwrap();

        assert_eq!(answers.len(), template.parameters().len());
        assert_eq!(template.source(), source);
    }
    assert_eq!(parse(N8N).license().resale, Resale::NeedsAgreement);
}

#[test]
fn every_template_that_comes_along_is_sound_pinned_and_needs_nothing_of_the_customer() {
    let mut ids = std::collections::BTreeSet::new();
    for shipped in SHIPPED {
        let template = parse(shipped.source);

        assert!(ids.insert(template.slug().to_owned()), "{} is there twice", template.slug());
        assert_eq!(shipped.file, format!("seeds/services/{}.toml", template.slug()));
        assert_eq!(template.validate_parameters(&BTreeMap::new()).unwrap().len(), template.parameters().len());
        for component in &template.file().components {
            let tag = &component.tag;
            let has_number = tag.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).count() >= 2;
            assert!(has_number, "{}: {tag} pins no minor version", shipped.file);
        }
    }
}

#[test]
fn what_has_no_address_takes_none_and_is_reached_by_name_and_port() {
    let source = SHIPPED.iter().find(|shipped| shipped.file.ends_with("/postgresql.toml")).unwrap().source;
    let errors_of = |from: &str, to: &str| {
        assert!(source.contains(from), "{from} is not in the template");
        let errors = ServiceTemplate::parse(&source.replacen(from, to, 1)).expect_err("must be refused");
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };

    assert_eq!(parse(source).name_and_port("postgresql-7k3f9q"), "postgresql-7k3f9q:5432");
    assert!(errors_of("\"${param.database}\"", "\"${url}\"").contains("has no address"));
    assert!(errors_of("password = \"password\"", "password = \"password\"\npath = \"/\"").contains("credentials.path"));
    assert!(errors_of("reach = \"namespace\"", "reach = \"web\"").contains("credentials.path"));
    assert!(errors_of("reach = \"namespace\"", "reach = \"everywhere\"").contains("toml"));
}

#[test]
fn it_is_asked_from_outside_where_its_exposed_container_is_asked() {
    assert_eq!(parse(N8N).health_path(), "/healthz");
    let elsewhere = N8N.replace("\"/healthz\", port = 5678", "\"/healthz\", port = 5680");
    assert_eq!(ServiceTemplate::parse(&elsewhere).map_or("/".into(), |it| it.health_path().to_owned()), "/");
    for shipped in SHIPPED {
        assert!(parse(shipped.source).health_path().starts_with('/'), "{}", shipped.file);
    }
}

#[test]
fn the_owner_signs_in_with_a_password_the_services_accept() {
    let spec = spec(parse(N8N));

    let credentials = spec.template.credentials(&spec);

    let password = secrecy::ExposeSecret::expose_secret(&credentials.password).to_owned();
    assert_eq!(credentials.username, "budi@example.test");
    assert_eq!(credentials.url, "https://n8n-7k3f9q.apps.example.id/signin");
    assert_eq!(password.len(), 20);
    assert!(password.bytes().any(|b| b.is_ascii_uppercase()) && password.bytes().any(|b| b.is_ascii_digit()));
}

#[test]
fn secrets_have_the_length_and_alphabet_their_kind_promises_and_never_repeat() {
    let mut rng = rand::rngs::StdRng::seed_from_u64(7);
    let mut make = |kind, len| SecretNeed { key: "k".into(), kind, len }.generate(&mut rng);

    let hex = make(SecretKind::Hex, 64);
    assert!(hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(make(SecretKind::Base64, 32).len(), 44);
    assert_eq!(make(SecretKind::Base64url, 32).len(), 43);
    let uuid = make(SecretKind::Uuid, 0);
    assert!(uuid.len() == 36 && uuid.as_bytes()[14] == b'4');
    assert_ne!(make(SecretKind::Alnum, 32), make(SecretKind::Alnum, 32));
}

#[test]
fn a_template_with_a_slip_is_refused_with_the_place_of_the_slip() {
    assert!(errors_after("template_version = 1", "template_versions = 1").contains("template_versions"));
    assert!(errors_after("schema = 1", "schema = 2").contains("schema"));
    assert!(errors_after("tag = \"2.34.1\"", "tag = \"latest\"").contains("component.app: tag"));
    assert!(errors_after("uid = 1000, gid", "uid = 0, gid").contains("root"));
    assert!(errors_after("volume = \"data\"", "volume = \"date\"").contains("unknown volume `date`"));
    assert!(errors_after("${param.timezone}", "${param.timezones}").contains("timezones"));
    assert!(errors_after("\"${secret.jwt}\"", "\"${secret.jwt|bash}\"").contains("filter"));
    assert!(errors_after("default = \"Asia/Jakarta\"", "default = \"Asia Jakarta\"").contains("default"));
    assert!(errors_after("\"node\", \"-e\"", "\"node\", \"${param.timezone}\"").contains("no placeholders"));
    assert!(errors_after("password = \"owner_password\"", "password = \"nobody\"").contains("credentials.password"));
    assert!(errors_after("key = \"history_hours\"", "key = \"options\"").contains("`options` is no key"));
    let unasked = "[component.probe]\nlive = { http = \"/healthz\", port = 5680, seconds = 120 }\n";
    assert!(errors_after(unasked, "").contains("component.runners: needs a probe"));
    assert!(errors_after("key = \"jwt\"", "key = \"runner_token\"").contains("twice"));
}

#[test]
fn a_companion_may_not_be_named_like_a_part_the_drivers_know() {
    for name in ["app", "seed"] {
        let crooked = WORDPRESS
            .replace("name = \"app\"", "name = \"site\"")
            .replace("component = \"app\"", "component = \"site\"");
        let crooked = crooked.replace("name = \"db\"", &format!("name = \"{name}\""));
        let errors = ServiceTemplate::parse(&crooked).expect_err("must be refused");
        assert!(errors.iter().any(|error| error.message.contains("taken")), "{name}: {errors:?}");
    }
}

#[test]
fn answers_that_break_a_rule_are_named() {
    let template = parse(N8N);
    let answers = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let refused = |pairs: &[(&str, &str)]| {
        let errors = template.validate_parameters(&answers(pairs)).expect_err("must be refused");
        errors.into_iter().map(|error| format!("{} {}", error.field, error.code)).collect::<Vec<_>>()
    };

    assert_eq!(refused(&[("timezone", "Asia/Jakarta\n; rm -rf /")]), ["timezone control_characters"]);
    assert_eq!(refused(&[("timezone", "$(reboot)")]), ["timezone pattern"]);
    assert_eq!(refused(&[("history_hours", "many")]), ["history_hours number"]);
    assert_eq!(refused(&[("history_hours", "0")]), ["history_hours out_of_range"]);
    assert_eq!(refused(&[("colour", "red")]), ["colour unknown"]);
}

#[test]
fn a_value_that_looks_like_a_placeholder_stays_text() {
    let mut spec = spec(parse(GHOST));
    spec.parameters.insert("title".into(), "${secret.db_password} $${x}".into());

    let title = spec.template.file().seed.as_ref().unwrap().env["SITE_TITLE"].render(&spec);

    assert_eq!(title, "${secret.db_password} $${x}");
}

#[test]
fn a_plan_below_the_minimum_does_not_fit() {
    let template = parse(WORDPRESS);
    let minimum = template.minimum();

    assert!(template.fits(&minimum));
    assert!(template.limits(&Resources { memory_mb: minimum.memory_mb - 1, ..minimum }).is_none());
}

proptest! {
    #[test]
    fn the_containers_of_an_instance_get_the_plan_exactly_and_none_less_than_its_minimum(
        cpu in 150i64..16_000, memory in 512i64..65_536, storage in 1i64..1_000,
    ) {
        for source in [N8N, GHOST, WORDPRESS] {
            let template = parse(source);
            let plan = Resources { cpu_milli: cpu, memory_mb: memory, storage_gb: storage };

            let limits = template.limits(&plan).unwrap();

            prop_assert_eq!(limits.values().map(|limit| limit.cpu_milli).sum::<i64>(), cpu);
            prop_assert_eq!(limits.values().map(|limit| limit.memory_mb).sum::<i64>(), memory);
            prop_assert_eq!(template.volume_sizes(&plan).values().sum::<i64>(), storage * 1024);
            for component in &template.file().components {
                let limit = limits[component.name.as_str()];
                prop_assert!(limit.cpu_milli >= component.cpu.request_milli);
                prop_assert!(limit.memory_mb >= component.memory.request_mb);
            }
        }
    }
}
