//! An SQLite database has one process that works in the background: a second one would take what the first holds.
use super::wrong_input::{file, refuses, yumna};
use yumna::{app::services::hold_work, kernel::config::Config};

fn config_at(url: String) -> Config {
    let mut config = Config::default();
    config.database.url = url;
    config
}

#[test]
fn a_second_worker_on_one_sqlite_file_is_refused_and_says_why() {
    let (folder, path) = file("");
    assert_eq!(yumna(&["migrate", "--config", &path], &[]).status.code(), Some(0));
    let config = config_at(format!("sqlite://{}", folder.path().join("data/yumna.db").display()));
    let held = hold_work(&config).unwrap();
    assert!(held.is_some());

    let says = ["another process does the background work", "yumna.db", "serve --no-worker"];
    refuses(&["worker", "--config", &path], &[], &says);
    refuses(&["serve", "--port", "0", "--config", &path], &[], &says);
    assert!(hold_work(&config).is_err());

    // Not only dropped: a program another test is just starting has the file still open.
    held.unwrap().unlock().unwrap();
    assert!(hold_work(&config).unwrap().is_some(), "what a dead process held is free");
    assert!(hold_work(&config_at("postgres://h/d".to_owned())).unwrap().is_none(), "many may work on PostgreSQL");
}
