//! Every bad day we know of is proven by tests that exist.
use std::path::{Path, PathBuf};

/// Cases of payments that have their numbers for ever.
const PAYMENTS: usize = 54;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Number, what happens and proof of every row.
fn days(text: &str) -> Vec<[&str; 3]> {
    text.lines().filter_map(day).collect()
}

fn day(line: &str) -> Option<[&str; 3]> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let day: [&str; 3] = cells.try_into().ok()?;
    day[0].starts_with(|first: char| first.is_ascii_digit()).then_some(day)
}

/// What a proof names: texts between backticks.
fn named(proof: &str) -> Vec<&str> {
    proof.split('`').skip(1).step_by(2).collect()
}

/// Where a module of the `it` program or of the library may be written.
fn files_of(base: &str, modules: &[&str]) -> [PathBuf; 2] {
    let path = root().join(base).join(modules.join("/"));
    [path.with_extension("rs"), path.join("mod.rs")]
}

fn is_there(name: &str) -> bool {
    if name.contains('/') {
        return root().join(name).exists();
    }
    let mut modules: Vec<&str> = name.split("::").collect();
    let test = modules.pop().unwrap_or_default();
    let base = if modules.first() == Some(&"crate") { "src" } else { "tests/it" };
    modules.retain(|module| *module != "crate");
    let mut files = files_of(base, &modules).to_vec();
    if let Some((&"tests", own)) = modules.split_last() {
        files.extend(files_of(base, own));
    }
    files.iter().any(|file| std::fs::read_to_string(file).is_ok_and(|text| has_test(&text, test)))
}

/// Whether a text has a test of this name: a function alone proves nothing, because nobody runs it.
fn has_test(text: &str, name: &str) -> bool {
    let begins = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_test = |at: usize| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        above.filter_map(|line| line.strip_prefix("#[")).any(is_attribute_of_tests)
    };
    lines.iter().enumerate().any(|(at, line)| line.contains(&begins) && is_test(at))
}

/// Whether an attribute says that a function is a test: `test]`, `tokio::test(flavor = "multi_thread")]`.
fn is_attribute_of_tests(attribute: &str) -> bool {
    let path = attribute.split(['(', ']']).next().unwrap_or_default();
    path == "test" || path.ends_with("::test")
}

#[test]
fn every_bad_day_is_proven_by_tests_that_exist() {
    let text = std::fs::read_to_string(root().join("docs/BAD_DAYS.md")).unwrap();
    let days = days(&text);
    let numbers: Vec<usize> = days.iter().map(|[number, ..]| number.parse().unwrap()).collect();
    assert!(numbers.len() >= PAYMENTS, "{numbers:?}");
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "one line for each, in order");
    let mut wrong = Vec::new();
    for [number, what, proof] in days {
        if what.is_empty() || named(proof).is_empty() {
            wrong.push(format!("{number} says or proves nothing"));
        }
        wrong.extend(named(proof).into_iter().filter(|name| !is_there(name)).map(|name| format!("{number}: {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    assert!(is_there("tidy::bad_days::a_test_that_is_not_there_is_noticed"));
    assert!(is_there("crate::integrations::gateways::midtrans::tests::amounts_are_whole_rupiah_or_nothing"));
    assert!(is_there("crate::integrations::gateways::call::tests::only_pages_of_the_web_are_linked_to"));
    for nothing in [
        "tidy::bad_days::nothing",
        "tidy::nothing::days",
        "crate::nothing::tests::x",
        "tests/nothing.py",
        // Functions that are no tests.
        "tidy::bad_days::is_there",
        "tidy::rust_files",
    ] {
        assert!(!is_there(nothing), "{nothing}");
    }
    for (text, is_test) in [
        ("#[test]\nfn x() {}", true),
        ("#[tokio::test(flavor = \"multi_thread\", worker_threads = 4)]\n// 7\nasync fn x() {}", true),
        ("#[cfg(test)]\nfn x() {}", false),
        ("#[test]\nfn y() {}\n\nfn x() {}", false),
        ("#[test]\n\nfn x() {}", false),
    ] {
        assert_eq!(has_test(text, "x"), is_test, "{text}");
    }
    assert_eq!(
        days("| number | a |\n| --- | --- | --- |\n| 1 | a | `b` |\n|2|c||"),
        [["1", "a", "`b`"], ["2", "c", ""]]
    );
    assert_eq!(named("`a::b`, `c/d`"), ["a::b", "c/d"]);
}
