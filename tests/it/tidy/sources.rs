//! Habits that guard money and safety, read from the sources.
use super::{code_of, files, rust_files};
use regex::Regex;
use std::collections::BTreeSet;

fn lines_with(folder: &str, marks: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in rust_files(folder) {
        for line in code_of(&text).lines() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    found
}

#[test]
fn money_is_never_a_floating_number() {
    for folder in ["entity/src", "src/domain", "src/integrations/gateways", "src/jobs"] {
        let floats: Vec<String> = lines_with(folder, &["f32", "f64"])
            .into_iter()
            // Coordinates on a page of a document are not money.
            .filter(|line| !line.starts_with("src/domain/documents/"))
            .collect();
        assert!(floats.is_empty(), "{}", floats.join("\n"));
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let unfinished = lines_with("src", &["todo!", "unimplemented!", "dbg!", "FIXME", "#[ignore"]);
    assert!(unfinished.is_empty(), "{}", unfinished.join("\n"));
}

#[test]
fn writing_transactions_are_begun_in_one_place() {
    let begun: Vec<String> = ["src", "entity/src"]
        .iter()
        .flat_map(|folder| lines_with(folder, &[".begin_with", "db.begin()", "connection.begin()", ".transaction("]))
        // The lock of a migration is a transaction that writes nothing.
        .filter(|line| !line.starts_with("src/kernel/db.rs") && !line.starts_with("src/app/schema.rs"))
        .collect();
    assert!(begun.is_empty(), "{}", begun.join("\n"));
}

#[test]
fn doors_know_no_database() {
    let found: Vec<String> =
        ["src/web", "src/api"].iter().flat_map(|folder| lines_with(folder, &["sea_orm"])).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What hangs on a row that was found to be theirs a line before.
const HANGS_ON_THEIRS: &[&str] = &[
    "find::view(ctx, &row.subscription_id)",
    "invoice::get_full(&ctx.db, &invoice_id)",
    "find::get(&ctx.db, &row.instance_id)",
    "cluster_id: Some(id), .. }) => Some(provisioning::clusters::get(&ctx.db, id)",
];

/// A door of customers names the account in every look-up. Deeper down a row is looked up by whoever has found its owner
/// before; that nobody finds what others have is walked over all addresses in `http::tenancy`.
#[test]
fn doors_of_customers_look_up_what_is_theirs() {
    let look_up = Regex::new(r"\b(\w+)::(get|get_full|view|reload|by_id)\(").unwrap();
    let mut found = Vec::new();
    for (path, text) in ["src/web/panel", "src/api/panel"].iter().flat_map(|folder| rust_files(folder)) {
        for line in code_of(&text).lines() {
            let is_theirs = line.contains("customer_id") || HANGS_ON_THEIRS.iter().any(|known| line.contains(known));
            // Routes are registered with `web::get()`.
            if look_up.captures_iter(line).any(|look_up| &look_up[1] != "web") && !is_theirs {
                found.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_commands_write_to_the_terminal() {
    let written: Vec<String> =
        lines_with("src", &["println!(", "print!("]).into_iter().filter(|line| !line.starts_with("src/app/")).collect();
    assert!(written.is_empty(), "{}", written.join("\n"));
}

#[test]
fn gateways_do_not_know_each_other() {
    let sources = rust_files("src/integrations/gateways");
    let vendor = |path: &std::path::Path| {
        let inside = path.strip_prefix("src/integrations/gateways").unwrap();
        let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        parts.next().filter(|_| parts.next().is_some())
    };
    let vendors: BTreeSet<String> = sources.iter().filter_map(|(path, _)| vendor(path)).collect();
    assert!(vendors.len() > 3, "{vendors:?}");
    for (path, text) in &sources {
        let Some(own) = vendor(path) else { continue };
        for other in vendors.iter().filter(|other| **other != own) {
            let named = Regex::new(&format!(r"\b(super|gateways)::(\{{[^}}]*\b)?{other}\b")).unwrap();
            assert!(!named.is_match(&code_of(text)), "{} uses {other}", path.display());
        }
    }
}

#[test]
fn the_domain_knows_no_wire() {
    let found = lines_with("src/domain", &["actix_web", "askama", "reqwest", "kube::"]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn adapters_know_no_tables() {
    let tables = ["identity", "customers", "catalog", "ordering", "ledger", "billing", "payments", "subscriptions"];
    let marks: Vec<String> = tables.iter().map(|table| format!("entity::{table}")).collect();
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let found = lines_with("src/integrations", &marks);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_folder_says_what_it_is() {
    for folder in ["src", "entity/src", "migration/src"] {
        for (path, text) in rust_files(folder) {
            let is_tests = path.file_name().is_some_and(|name| name == "tests.rs");
            assert!(is_tests || text.starts_with("//!"), "{} does not say what it is", path.display());
        }
    }
}

#[test]
fn no_file_grows_beyond_reading() {
    let long: Vec<String> = rust_files("src")
        .into_iter()
        // Samples of pages are data.
        .filter(|(path, text)| text.lines().count() > 700 && !path.ends_with("samples.rs"))
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn pages_trust_no_text() {
    for (path, text) in files("templates", "html") {
        let path = path.display().to_string();
        if !path.starts_with("templates/ui/") {
            assert!(!text.contains("|safe"), "{path} prints something unescaped");
        }
    }
}
