//! Permissions, events and jobs that nobody uses are lies in waiting.
use super::rust_files;
use yumna::{
    jobs::Clockwork,
    kernel::{
        locale::{self, Lang},
        permission,
    },
};

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
#[test]
fn every_job_and_every_act_in_the_trail_has_words_in_both_languages() {
    let key = |family: &str, name: &str| format!("{family}-{}", name.replace(['.', '_'], "-"));
    let jobs = rust_files("src/domain").into_iter().chain(rust_files("src/jobs")).collect::<Vec<_>>();
    let named = |mark: &str| -> Vec<String> {
        let lines = jobs.iter().flat_map(|(_, text)| text.lines()).filter(|line| line.contains(mark));
        lines.filter_map(|line| line.split(mark).nth(1)?.split('"').next().map(str::to_owned)).collect()
    };
    let house = Clockwork::house();
    let acts = named("action: \"").into_iter().filter(|act| act.matches('.').count() == 2 && !act.contains('{'));
    let keys: Vec<String> =
        acts.map(|act| key("audit", &act)).chain(house.jobs.keys().map(|name| key("job", name))).collect();
    assert!(keys.len() > 50, "the sources read otherwise than this test expects: {}", keys.len());
    for lang in Lang::ALL {
        let missing: Vec<_> = keys.iter().filter(|key| !locale::exists(*lang, key)).collect();
        assert!(missing.is_empty(), "{lang:?}: {missing:?}");
    }
}
