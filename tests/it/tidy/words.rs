//! Permissions, events and jobs that nobody uses are lies in waiting.
use super::{files, rust_files};
use std::collections::{BTreeMap, BTreeSet};
use yumna::{
    domain::subscriptions::EndReason,
    jobs::Clockwork,
    kernel::{
        alert,
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

/// Keys of a language that begin with `family`, each with the names its sentence asks for.
fn sentences(lang: Lang, family: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, text) in files(&format!("locales/{}", lang.code()), "ftl") {
        let mut key = None;
        for line in text.lines() {
            if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
                key = line.split('=').next().map(str::trim).filter(|key| key.starts_with(family)).map(str::to_owned);
            }
            let Some(key) = &key else { continue };
            let names = line.split('$').skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next());
            found.entry(key.clone()).or_default().extend(names.flatten().map(str::to_owned));
        }
    }
    found
}

/// Whether the sources say `key`, whole or put together behind a part of it.
fn is_said(sources: &str, key: &str) -> bool {
    let begins = |end: usize| sources.contains(&format!("\"{}{{", &key[..end]));
    sources.contains(&format!("\"{key}\"")) || key.match_indices('-').any(|(at, _)| begins(at + 1))
}

#[test]
fn every_alert_is_raised_and_has_its_sentences_and_none_is_left_over() {
    let raised = sources(&["src/domain", "src/jobs"]);
    let asked: Vec<_> = alert::CODES.iter().filter(|code| !raised.contains(&format!("\"{code}\""))).collect();
    assert!(asked.is_empty(), "nobody raises {asked:?}");
    let key = |code: &str| format!("alert-{}", code.replace('_', "-"));
    for lang in Lang::ALL {
        let known = sentences(*lang, "alert-");
        let of_codes = alert::CODES.iter().flat_map(|code| [key(code), format!("{}-text", key(code))]);
        let missing: Vec<_> = of_codes.clone().filter(|key| !known.contains_key(key)).collect();
        assert!(missing.is_empty(), "{lang:?}: {missing:?}");
        let own: BTreeSet<_> = of_codes.chain(alert::CODES.iter().map(|code| format!("{}-do", key(code)))).collect();
        let left: Vec<_> = known.keys().filter(|key| !own.contains(*key) && !is_said(&raised, key)).collect();
        assert!(left.is_empty(), "{lang:?}: nobody says {left:?}");
    }
}

#[test]
fn every_finding_and_every_step_that_was_done_has_its_sentence_and_none_is_left_over() {
    let found = sources(&["src/integrations", "src/domain", "src/jobs"]);
    for (family, least) in [("found-", 15), ("did-", 15), ("room-", 3)] {
        let mark = format!("\"{family}");
        let said = found.split(mark.as_str()).skip(1);
        let said = said.map(|rest| format!("{family}{}", rest.split('"').next().unwrap_or_default()));
        let said: BTreeSet<_> = said.filter(|key| !key.contains('{')).collect();
        assert!(said.len() > least, "the sources read otherwise than this test expects: {said:?}");
        for lang in Lang::ALL {
            let known = sentences(*lang, family);
            let missing: Vec<_> = said.iter().filter(|key| !known.contains_key(*key)).collect();
            assert!(missing.is_empty(), "{lang:?}: {missing:?}");
            let left: Vec<_> = known.keys().filter(|key| !is_said(&found, key)).collect();
            assert!(left.is_empty(), "{lang:?}: nobody says {left:?}");
        }
    }
}

#[test]
fn kept_sentences_name_the_same_things_in_both_languages() {
    for family in ["alert-", "found-", "room-", "did-"] {
        let (indonesian, english) = (sentences(Lang::Id, family), sentences(Lang::En, family));
        for (key, names) in &indonesian {
            assert_eq!(Some(names), english.get(key), "{key}");
        }
    }
}

#[test]
fn every_reason_the_program_itself_gives_has_its_words() {
    let ends = [
        EndReason::Cancelled,
        EndReason::NotRenewed,
        EndReason::OrderCancelled,
        EndReason::ProvisioningFailed,
        EndReason::NoCapacity,
        EndReason::Staff,
        EndReason::NonPayment,
    ];
    let given = ends.map(EndReason::as_str).into_iter().chain(["customer", "overdue", "invoice_voided", "credited"]);
    let whys = given.map(|word| format!("why-{}", word.replace('_', "-")));
    let notes = ["no-reference", "never-heard", "unknown-reference", "unknown-to-both"];
    let keys: BTreeSet<_> = whys.chain(notes.map(|note| format!("event-note-{note}"))).collect();
    for lang in Lang::ALL {
        let known: BTreeSet<_> =
            ["why-", "event-note-"].into_iter().flat_map(|family| sentences(*lang, family).into_keys()).collect();
        assert_eq!(known, keys, "{lang:?}");
    }
}
