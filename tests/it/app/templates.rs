//! `yumna templates check`, as people call it: nothing of an installation is needed.
use super::wrong_input::{refuses, yumna};
use std::path::Path;

fn told(output: &std::process::Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_templates_that_come_along_are_fine_by_name_and_without_one() {
    let all = yumna(&["templates", "check"], &[]);
    assert_eq!((all.status.code(), told(&all)), (Some(0), vec!["ok: 15 checked".to_owned()]));

    let ghost = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/services/ghost.toml").display().to_string();
    let one = yumna(&["templates", "check", &ghost], &[]);
    assert_eq!((one.status.code(), told(&one)), (Some(0), vec!["ok: 1 checked".to_owned()]));
}

#[test]
fn everything_that_is_wrong_is_told_with_its_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let ghost = include_str!("../../../seeds/services/ghost.toml");
    let two = ghost.replacen("schema = 1", "schema = 2", 1).replacen("tag = \"8.4\"", "tag = \"latest\"", 1);
    let (fine, two, broken) =
        (write("fine.toml", ghost), write("two.toml", &two), write("broken.toml", "schema = 1\nid ="));

    let output = yumna(&["templates", "check", &fine, &two, &broken], &[]);

    let lines = told(&output);
    assert_eq!(output.status.code(), Some(1), "{lines:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], format!("{two}: schema: must be 1"));
    assert_eq!(lines[1], format!("{two}: component.db: tag must pin a version, not `latest`"));
    assert!(lines[2].starts_with(&format!("{broken}: toml: line 2: ")), "{lines:?}");
}

#[test]
fn a_file_that_is_not_there_and_words_that_mean_nothing_are_wrong_input() {
    refuses(&["templates", "check", "/nowhere/a.toml"], &[], &["cannot read /nowhere/a.toml"]);
    refuses(&["templates", "check", "--all"], &[], &["--all"]);
    refuses(&["templates", "examine"], &[], &["examine"]);
}
