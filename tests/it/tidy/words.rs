//! Permissions, events and jobs that nobody uses are lies in waiting.
use super::rust_files;
use yumna::{jobs::Clockwork, kernel::permission};

fn sources(folders: &[&str]) -> String {
    folders.iter().flat_map(|folder| rust_files(folder)).map(|(_, text)| text).collect()
}

#[test]
fn every_permission_is_asked_for_somewhere() {
    let list = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/kernel/permission.rs")).unwrap();
    let doors = sources(&["src/web", "src/api"]);
    let mut unused = Vec::new();
    for code in permission::ALL {
        let line = list.lines().find(|line| line.contains(&format!("\"{code}\""))).unwrap();
        let name = line.split('=').next().unwrap().trim();
        if !doors.contains(&format!("can::{name}")) {
            unused.push(format!("nobody asks for {name} ({code})"));
        }
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

#[test]
fn every_event_has_a_reaction() {
    let house = Clockwork::house();
    let mut unheard = Vec::new();
    for (path, text) in rust_files("src/domain") {
        for line in
            text.lines().filter(|line| line.contains("const NAME: &'static str = \"") && path.ends_with("events.rs"))
        {
            let name = line.split('"').nth(1).unwrap();
            if !house.reactions.iter().any(|reaction| reaction.event == name) {
                unheard.push(name.to_owned());
            }
        }
    }
    assert!(unheard.is_empty(), "nobody reacts to {}", unheard.join(", "));
}
