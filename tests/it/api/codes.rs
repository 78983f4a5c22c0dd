//! docs/API.md lists every code a fault can have, and no other.
use crate::tidy::rust_files;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Words that say everything by their kind: the generic sentence is enough.
const GENERIC: &[&str] = &["NOT_FOUND", "VALIDATION_FAILED", "INVALID_STATE", "INTERNAL", "IDEMPOTENCY_KEY_REUSED"];

fn words_in(folder: &str) -> BTreeSet<String> {
    let word = Regex::new("\"([A-Z][A-Z0-9_]+)\"").unwrap();
    let mut found = BTreeSet::new();
    for (_, text) in rust_files(folder) {
        let mut rest = text.as_str();
        // A code is named in `fn code` of a fault, and in the function it borrows for databases.
        while let Some(at) = rest.find("fn code(&self)").into_iter().chain(rest.find("pub fn database_code(")).min() {
            rest = &rest[at + 1..];
            let body =
                &rest[..rest.find("\n    }\n").unwrap_or(rest.len()).min(rest.find("\n}\n").unwrap_or(rest.len()))];
            found.extend(word.captures_iter(body).map(|hit| hit[1].to_owned()));
        }
    }
    found
}

fn listed() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/API.md")).unwrap();
    let line = Regex::new(r"(?m)^\| `([A-Z0-9_]+)` \| (\d{3}) \| (.+) \|$").unwrap();
    line.captures_iter(&text).map(|hit| (hit[1].to_owned(), hit[2].to_owned())).collect()
}

#[test]
fn every_code_is_listed_with_its_meaning_and_no_other_is() {
    let (codes, listed) = (words_in("src"), listed());
    assert!(codes.len() > 40, "the sources are read: {codes:?}");
    let missing: Vec<_> = codes.iter().filter(|code| !listed.contains_key(*code)).collect();
    let unknown: Vec<_> = listed.keys().filter(|code| !codes.contains(*code)).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "not in docs/API.md: {missing:?}; nobody says: {unknown:?}");
    for (code, status) in [("NOT_FOUND", "404"), ("RATE_LIMITED", "429"), ("INSUFFICIENT_CREDIT", "409")] {
        assert_eq!(listed[code], status);
    }
}

#[test]
fn every_code_of_the_business_has_its_sentence_in_both_languages_and_no_sentence_is_left_over() {
    let codes = words_in("src/domain");
    for lang in ["id", "en"] {
        let folder = format!("{}/locales/{lang}", env!("CARGO_MANIFEST_DIR"));
        let mut keys = BTreeSet::new();
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            if !name.starts_with("errors-") {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let named = text.lines().filter_map(|line| line.strip_prefix("error-")?.split(' ').next());
            keys.extend(named.map(|key| key.to_uppercase().replace('-', "_")));
        }
        let silent: Vec<_> =
            codes.iter().filter(|code| !GENERIC.contains(&code.as_str()) && !keys.contains(*code)).collect();
        let left_over: Vec<_> = keys.iter().filter(|key| !codes.contains(*key)).collect();
        assert!(
            silent.is_empty() && left_over.is_empty(),
            "{lang}: without words {silent:?}, without use {left_over:?}"
        );
    }
}
