//! What staff are told has its line in the runbook.
use std::collections::BTreeSet;
use yumna::kernel::alert::CODES;

const RUNBOOK: &str = include_str!("../../../docs/OPERATIONS.md");

#[test]
fn every_alert_has_its_line_in_the_runbook_and_no_line_is_left_over() {
    let section = RUNBOOK.split("\n## ").find(|section| section.starts_with("Alerts\n")).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
    let mut listed = BTreeSet::new();
    for (words, what) in rows {
        assert!(what.len() > 20, "{words}: nobody learns what to do: {what}");
        listed.extend(words.split("`, `").map(str::to_owned));
    }
    let codes: BTreeSet<String> = CODES.iter().map(|code| (*code).to_owned()).collect();
    let missing: Vec<_> = codes.difference(&listed).collect();
    let left_over: Vec<_> = listed.difference(&codes).collect();
    assert!(missing.is_empty() && left_over.is_empty(), "not there: {missing:?}; nobody says: {left_over:?}");
}

#[test]
fn every_decision_is_in_the_index_with_its_title_and_status() {
    let index = super::files("docs/adr", "md").into_iter().find(|(path, _)| path.ends_with("README.md")).unwrap().1;
    let mut wrong = Vec::new();
    for (path, text) in super::files("docs/adr", "md") {
        let file = path.file_name().unwrap().to_str().unwrap();
        let Some((number, _)) = file.split_once('-') else { continue };
        let is_number = |letter: char| letter.is_ascii_digit() || ['#', '.', ' '].contains(&letter);
        let title = text.lines().next().unwrap().trim_start_matches(is_number);
        let row = format!("| [{number}]({file}) | {title} | ");
        let status = index.lines().find_map(|line| line.strip_prefix(&row));
        if !status.is_some_and(|rest| rest.starts_with("accepted") || rest.starts_with("superseded by ")) {
            wrong.push(row);
        }
    }
    assert!(wrong.is_empty(), "not in docs/adr/README.md: {}", wrong.join("\n"));
}
