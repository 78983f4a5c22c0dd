//! Code only uses floors below its own, and contexts only contexts of a smaller rank.
use super::{code_of, rust_files};
use std::path::Path;

const FLOORS: &[(&str, u8)] =
    &[("kernel", 2), ("integrations", 3), ("domain", 4), ("jobs", 5), ("web", 6), ("api", 6), ("app", 7)];

const RANKS: &[(&str, u8)] = &[
    ("settings", 0),
    ("identity", 1),
    ("ledger", 1),
    ("customers", 2),
    ("catalog", 2),
    ("messaging", 3),
    ("billing", 4),
    ("documents", 5),
    ("payments", 5),
    ("subscriptions", 5),
    ("provisioning", 6),
    ("ordering", 7),
    ("reports", 8),
    ("takeover", 9),
];

/// Paths a file names under `root::` (`crate::domain::x`, also inside `use crate::{domain::{x, y}, …}`).
fn named(code: &str, roots: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for statement in uses(code) {
        for path in expand(&statement) {
            for root in roots {
                if let Some(rest) = path.strip_prefix(root) {
                    found.push(rest.split("::").next().unwrap_or_default().trim().to_owned());
                }
            }
        }
    }
    for root in roots {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push(name);
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn uses(code: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("use ") {
        let is_start = at == 0 || rest[..at].ends_with(['\n', ' ', '(']);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        if is_start {
            statements.push(rest[at + 4..end].split_whitespace().collect::<String>());
        }
        rest = &rest[end.min(rest.len() - 1) + 1..];
    }
    statements
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(path: &str) -> Vec<String> {
    let Some(open) = path.find('{') else { return vec![path.to_owned()] };
    let prefix = &path[..open];
    let inner = path[open + 1..].strip_suffix('}').unwrap_or(&path[open + 1..]);
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    parts.iter().filter(|part| !part.is_empty()).flat_map(|part| expand(&format!("{prefix}{part}"))).collect()
}

fn part(path: &Path, index: usize) -> String {
    let part = path.components().nth(index).map(|part| part.as_os_str().to_string_lossy().into_owned());
    part.unwrap_or_default().trim_end_matches(".rs").to_owned()
}

#[test]
fn code_only_uses_floors_below_its_own() {
    let mut wrong = Vec::new();
    for (path, text) in rust_files("src") {
        let own = part(&path, 1);
        let Some((_, floor)) = FLOORS.iter().find(|(name, _)| *name == own) else { continue };
        for name in named(&code_of(&text), &["crate::"]) {
            if let Some((other, above)) = FLOORS.iter().find(|(other, _)| *other == name)
                && *other != own
                && above >= floor
            {
                wrong.push(format!("{}: {own} uses {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn contexts_only_use_contexts_of_a_smaller_rank() {
    let mut wrong = Vec::new();
    for (path, text) in rust_files("src/domain") {
        let own = part(&path, 2);
        let Some((_, rank)) = RANKS.iter().find(|(name, _)| *name == own) else {
            assert!(["mod", "ctx"].contains(&own.as_str()), "{own} has no rank");
            continue;
        };
        for name in named(&code_of(&text), &["crate::domain::"]) {
            if let Some((other, above)) = RANKS.iter().find(|(other, _)| *other == name)
                && *other != own
                && above >= rank
            {
                wrong.push(format!("{}: {own} uses {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_finds_what_it_should() {
    let code = "use crate::{\n    domain::{Ctx, billing},\n    kernel::db,\n};\nfn f() { crate::jobs::x() }";
    assert_eq!(named(code, &["crate::domain::"]), ["Ctx", "billing"]);
    assert!(named(code, &["crate::"]).contains(&"jobs".to_owned()));
    assert!(named(code, &["crate::"]).contains(&"kernel".to_owned()));
}
