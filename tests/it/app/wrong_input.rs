//! Wrong configuration and arguments, given to the real program: one clear sentence on stderr, exit code 2, at once.
use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// Runs the program in an environment of its own.
pub fn yumna(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_yumna"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied().collect::<BTreeMap<_, _>>())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "{arguments:?} took {:?}", began.elapsed());
    output
}

pub fn refuses(arguments: &[&str], environment: &[(&str, &str)], says: &[&str]) {
    let output = yumna(arguments, environment);
    let told = String::from_utf8(output.stderr).unwrap();
    let case = format!("{arguments:?} {environment:?} said {told:?}");
    assert_eq!(output.status.code(), Some(2), "{case}");
    assert!(told.starts_with("yumna: ") && told.trim_end().lines().count() == 1, "one sentence: {case}");
    for part in says {
        assert!(told.contains(part), "{part:?} is missing: {case}");
    }
    assert!(!told.contains("panicked") && !told.contains("s3cret"), "{case}");
}

/// A configuration file of `text` in a folder of its own, with the data beside it.
pub fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("yumna.toml");
    std::fs::write(&path, format!("{text}\n[data]\ndir = \"{}\"\n", folder.path().join("data").display())).unwrap();
    (folder, path.display().to_string())
}

#[test]
fn a_configuration_file_that_cannot_be_used_is_told_with_its_place() {
    refuses(&["migrate", "--config", "/nowhere/yumna.toml"], &[], &["/nowhere/yumna.toml", "cannot read"]);
    for (text, says) in [
        ("[server\nport = 1", &["line 1"][..]),
        ("[serv]\nport = 1", &["serv", "server"]),
        ("[server]\nprot = 1", &["prot", "port"]),
        ("[server]\nport = \"eighty\"", &["server.port", "0 to 65535"]),
        ("[server]\nport = 70000", &["server.port", "0 to 65535"]),
        ("[server]\nbind = \"everywhere\"", &["server.bind", "IP address"]),
        ("[server]\nworkers = 0", &["server.workers"]),
        ("[server]\npublic_url = \"example.test\"", &["server.public_url", "https://"]),
        ("[database]\nurl = \"mysql://u:s3cret@h/d\"", &["database.url", "postgres:"]),
        ("[database]\npool = 1", &["database.pool"]),
        ("[jobs]\nconcurrency = 0", &["jobs.concurrency"]),
        ("[jobs]\nconcurrency = 4", &["jobs.per_target (4)", "jobs.concurrency (4)"]),
        ("[server]\ntrusted_proxies = [\"10.0.0.0/99\"]", &["server.trusted_proxies", "10.0.0.0/99"]),
        ("[backup]\nmax_age_hours = 0", &["backup.max_age_hours"]),
        ("[worker]\nport = 70000", &["worker.port", "0 to 65535"]),
        ("[jobs]\nping_url = \"ftp://x\"", &["jobs.ping_url"]),
        ("[log]\nformat = \"xml\"", &["log.format"]),
    ] {
        let (_folder, path) = file(text);
        refuses(&["migrate", "--config", &path], &[], says);
    }
    for (text, says) in [
        ("[log]\nfilter = \"a=b=c\"", &["log.filter"][..]),
        ("[mail]\nurl = \"ftp://u:s3cret@h\"", &["mail.url", "smtp"]),
        ("[mail]\nurl = \"smtp://h\"\nfrom = \"nobody\"", &["mail.from"]),
    ] {
        let (_folder, path) = file(text);
        refuses(&["serve", "--port", "0", "--config", &path], &[], says);
    }
}

#[test]
fn a_wrong_variable_of_the_environment_is_named() {
    for (name, value, says) in [
        ("YUMNA__SERVER__PORT", "eighty", &["YUMNA__SERVER__PORT", "0 to 65535"][..]),
        ("YUMNA__SERVER__PRT", "1", &["prt"]),
        ("YUMNA__SERVER", "1", &["YUMNA__SERVER", "YUMNA__SECTION__KEY"]),
        ("YUMNA__DATABASE__AUTO_MIGRATE", "perhaps", &["YUMNA__DATABASE__AUTO_MIGRATE"]),
        ("MIDTRANS_IS_PRODUCTION", "perhaps", &["MIDTRANS_IS_PRODUCTION"]),
        ("DATABASE_URL", "mysql://u:s3cret@h/d", &["database.url"]),
        ("DATABASE_URL", "postgres://u:s3cret@[h", &["database.url"]),
    ] {
        refuses(&["migrate"], &[(name, value)], says);
    }
}

#[test]
fn the_demo_minds_its_environment() {
    refuses(&["demo"], &[("YUMNA__LOG__FILTER", "a=b=c")], &["log.filter"]);
    refuses(&["demo"], &[("YUMNA__JOBS__CONCURRENCY", "many")], &["YUMNA__JOBS__CONCURRENCY"]);
}

#[test]
fn what_was_seeded_by_half_is_not_served() {
    let (folder, path) = file("");
    assert_eq!(yumna(&["migrate", "--config", &path], &[]).status.code(), Some(0));
    let data = folder.path().join("data");
    let url = format!("sqlite://{}", data.join("yumna.db").display());
    let mark = data.join("seeding");
    std::fs::write(&mark, format!("{} alone\n", yumna::kernel::token::sha256_hex(url))).unwrap();

    let says = ["`seed --demo`", "did not end", "seeding"];
    refuses(&["serve", "--port", "0", "--config", &path], &[], &says);
    refuses(&["worker", "--config", &path], &[], &says);
    let person = ["admin", "create", "--email", "ana@example.test", "--name", "Ana", "--config", &path];
    assert_eq!(yumna(&person, &[]).status.code(), Some(0));
    refuses(&["seed", "--demo", "--config", &path], &[], &["other people", "users: 1", "not emptied"]);
    std::fs::remove_file(&mark).unwrap();
    refuses(&person, &[], &["already"]);
}

#[test]
fn wrong_arguments_are_told_in_one_sentence() {
    for (arguments, says) in [
        (&["bogus"][..], "bogus"),
        (&["serve", "--port", "70000"], "70000"),
        (&["serve", "--prot", "1"], "--prot"),
        (&["admin", "create", "--email", "a@example.test"], "--name"),
        (&["demo", "--config", "/nowhere/demo.toml"], "/nowhere/demo.toml"),
        (&["demo", "--database-url", "mysql://h"], "--database-url"),
        (&["demo", "--data-dir", "/proc/nowhere"], "/proc/nowhere"),
    ] {
        refuses(arguments, &[], &[says]);
    }
    assert_eq!(yumna(&["--help"], &[]).status.code(), Some(0));
    assert_eq!(yumna(&["--version"], &[]).status.code(), Some(0));
}

#[test]
fn keys_that_are_missing_short_or_unreadable_are_told() {
    let (_folder, path) = file("");
    let serve = ["serve", "--port", "0", "--config", &path];
    for (keys, says) in [
        ("gibberish", "secrets.keys"),
        ("active = \"k1\"\n[keys]\nk1 = \"AAAA\"", "32 bytes"),
        ("active = \"k2\"\n[keys]\nk1 = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", "k2"),
    ] {
        refuses(&serve, &[("YUMNA__SECRETS__KEYS", keys)], &[says]);
    }
    // Nodes on one PostgreSQL share their keys: none is made there.
    refuses(&serve, &[("DATABASE_URL", "postgres://u:s3cret@127.0.0.1:1/d")], &["YUMNA__SECRETS__KEYS", "keys.toml"]);
}

#[test]
fn a_place_that_cannot_be_used_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (folder, path) = file("");
    refuses(&["serve", "--port", &port, "--config", &path], &[], &["cannot listen on 127.0.0.1", &port]);
    assert!(!folder.path().join("data").exists(), "nothing was made for a server that does not run");
    refuses(&["demo", "--port", &port, "--data-dir", &folder.path().display().to_string()], &[], &["cannot listen"]);
    refuses(&["migrate"], &[("YUMNA__DATA__DIR", "/proc/nowhere")], &["/proc/nowhere"]);
    refuses(&["migrate"], &[("DATABASE_URL", "sqlite:///proc")], &["cannot open the database"]);
    let keys = "active = \"k1\"\n[keys]\nk1 = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"";
    let nobody = [("DATABASE_URL", "postgres://u:s3cret@127.0.0.1:1/shop"), ("YUMNA__SECRETS__KEYS", keys)];
    refuses(&["migrate"], &nobody, &["127.0.0.1:1/shop", "refused"]);
}

#[test]
fn who_only_looks_makes_no_database() {
    let (folder, path) = file("");
    refuses(&["ledger", "verify", "--config", &path], &[], &["there is no database", "yumna migrate"]);
    let doctor = yumna(&["doctor", "--config", &path], &[]);
    assert_eq!(doctor.status.code(), Some(1));
    assert!(String::from_utf8(doctor.stdout).unwrap().contains("there is no database"));
    assert!(!folder.path().join("data").exists());
}

fn change_schema(folder: &Path, sql: &str) {
    let url = format!("sqlite://{}", folder.join("data/yumna.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use sea_orm::ConnectionTrait;
        let connection = yumna::kernel::db::connect(&url, 2).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn a_schema_that_does_not_fit_stops_the_start_and_says_how_to_go_on() {
    let (folder, path) = file("[database]\nauto_migrate = false");
    let serve = ["serve", "--port", "0", "--config", &path];
    refuses(&serve, &[], &["yumna migrate", "m20261121_000100_identity"]);
    assert_eq!(yumna(&["migrate", "--config", &path], &[]).status.code(), Some(0));
    change_schema(folder.path(), "INSERT INTO seaql_migrations VALUES ('m20991231_000000_hover_cars', 0)");
    for command in [&serve[..], &["migrate", "--config", &path], &["worker", "--config", &path]] {
        refuses(command, &[], &["newer", "m20991231_000000_hover_cars"]);
    }
}
