//! Habits that guard money and safety, read from the sources.
use super::{code_of, files, rust_files};

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
