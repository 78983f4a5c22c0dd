//! What the program is made of may be used by everybody who runs it. `.ci/deny.toml` says which licences and sources
//! are fine; `cargo deny` reads the same file.
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, process::Command};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn packages() -> Vec<Value> {
    // Crates of other systems were never fetched.
    let here = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let about = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", &here])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(about.status.success(), "{}", String::from_utf8_lossy(&about.stderr));
    let about: Value = serde_json::from_slice(&about.stdout).unwrap();
    about["packages"].as_array().unwrap().clone()
}

fn rules() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/deny.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// Whether a licence expression leaves a choice that is allowed: `MIT OR Apache-2.0`, `(A OR B) AND C`, `MIT/A`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let plain = expression.replace('/', " OR ");
    let mut depth = 0_i32;
    // The outermost operator decides, AND before OR where both stand bare, as in SPDX.
    for (operator, all) in [(" OR ", false), (" AND ", true)] {
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, letter) in plain.char_indices() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            if depth == 0 && at >= from && plain[at..].starts_with(operator) {
                parts.push(&plain[from..at]);
                from = at + operator.len();
            }
        }
        if !parts.is_empty() {
            parts.push(&plain[from..]);
            let mut fine = parts.into_iter().map(|part| is_allowed(part, allowed));
            return if all { fine.all(|fine| fine) } else { fine.any(|fine| fine) };
        }
    }
    let name = plain.trim();
    match name.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner, allowed),
        None => allowed.contains(name),
    }
}

#[test]
fn every_crate_has_a_licence_that_is_allowed_and_comes_from_the_public_registry() {
    let rules = rules();
    let words = rules["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<&str> = words.iter().map(|word| word.as_str().unwrap()).collect();
    let mut wrong = Vec::new();
    let packages = packages();
    assert!(packages.len() > 300, "the tree is larger than that");
    for package in packages.iter().filter(|package| !package["source"].is_null()) {
        let (name, licence) = (&package["name"], package["license"].as_str().unwrap_or_default());
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{name}: licence {licence:?}"));
        }
        if package["source"] != REGISTRY {
            wrong.push(format!("{name}: from {}", package["source"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_that_are_ruled_out_are_not_compiled() {
    let rules = rules();
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    for rule in rules["bans"]["deny"].as_array().unwrap() {
        let name = rule["name"].as_str().unwrap();
        assert!(!lock.contains(&format!("\nname = \"{name}\"\n")), "{name} is part of the tree");
    }
}

#[test]
fn a_licence_is_read_as_it_is_written() {
    let allowed = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
    for fine in ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(GPL-3.0 OR MIT) AND ISC", "Apache-2.0 WITH LLVM-exception"] {
        assert!(is_allowed(fine, &allowed), "{fine}");
    }
    for wrong in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "GPL-3.0 OR MIT AND AGPL-3.0"] {
        assert!(!is_allowed(wrong, &allowed), "{wrong}");
    }
}
