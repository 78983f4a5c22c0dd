//! What holds for all templates, read as text: every sentence, icon and static file that they name exists.
use super::{assets, navigation};
use crate::{
    kernel::locale::{Lang, tests::keys},
    web::frame::Door,
};
use regex::Regex;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|end| end == extension) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), extension, &mut found);
    found
}

fn templates() -> Vec<(PathBuf, String)> {
    files("templates", "html")
}

fn captured(pattern: &str, text: &str) -> Vec<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_sentence_named_in_templates_and_pages_exists() {
    let known = keys(Lang::Id);
    let mut missing = Vec::new();
    for (path, text) in templates().into_iter().chain(files("src/web", "rs")) {
        for key in captured(r#"frame\.ta?\(\s*"([a-z0-9-]+)""#, &text) {
            if !known.contains(&key) {
                missing.push(format!("{key} in {}", path.display()));
            }
        }
    }
    for door in [Door::Public, Door::Panel, Door::Whm] {
        for (title, items) in navigation::groups(door) {
            let keys = items.iter().map(|item| format!("nav-{}", item.name)).chain([(*title).to_owned()]);
            missing.extend(keys.filter(|key| !key.is_empty() && !known.contains(key)));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_icon_is_in_the_sprite() {
    let sprite = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("static/img/icons.svg")).unwrap();
    let mut names: Vec<String> = templates()
        .iter()
        .flat_map(|(_, text)| {
            let mut names = captured(r#"\bicon\("([a-z0-9-]+)"\)"#, text);
            names.extend(captured(r#"\bicon ?= ?"([a-z0-9-]+)""#, text));
            names
        })
        .collect();
    for door in [Door::Public, Door::Panel, Door::Whm] {
        names.extend(navigation::groups(door).iter().flat_map(|(_, items)| items.iter().map(|i| i.icon.to_owned())));
    }
    names.retain(|name| !sprite.contains(&format!("id=\"{name}\"")));
    assert!(names.is_empty(), "not in static/img/icons.svg: {names:?}");
}

#[test]
fn every_static_file_named_in_templates_exists() {
    for (path, text) in templates() {
        for name in captured(r#""([a-z0-9_./-]+)"\s*\|\s*asset"#, &text) {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("static").join(&name);
            assert!(file.is_file() && !assets::url(&name).contains("/missing/"), "{name} in {}", path.display());
        }
    }
}

#[test]
fn what_the_first_page_loads_stays_light() {
    const BUDGET: usize = 120_000;
    const HTML_AND_IMAGES: usize = 40_000;
    for door in ["public", "panel", "whm"] {
        let loaded: std::collections::BTreeSet<String> = templates()
            .iter()
            .filter(|(path, _)| {
                path.ends_with("layout/base.html")
                    || path.ends_with(format!("layout/{door}.html"))
                    || path.ends_with("ui/ui.html")
            })
            .flat_map(|(_, text)| captured(r#""([a-z0-9_./-]+)"\s*\|\s*asset"#, text))
            .collect();
        let size: usize = loaded.iter().map(|name| assets::packed_size(name)).sum();
        assert!(loaded.len() > 8 && size < BUDGET - HTML_AND_IMAGES, "{door}: {size} bytes in {loaded:?}");
    }
    let font = assets::packed_size("vendor/inter-latin-5.3.0.woff2");
    assert!(font < 50_000, "the font has {font} bytes");
}

#[test]
fn templates_hold_no_scripts_styles_or_habits_of_htmx_2() {
    let slips = Regex::new(
        r#"<script>|<style|\sstyle="|\son[a-z]+="|hx-on|hx-ext|hx-vars|hx-params|sse-swap|sse-connect|hx-disabled-elt|htmx:[a-z]+[A-Z]"#,
    )
    .unwrap();
    // Mail readers know no style sheets: mails carry their styles inline.
    let pages = templates().into_iter().filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "email"));
    for (path, text) in pages {
        assert!(slips.find(&text).is_none(), "{}: {:?}", path.display(), slips.find(&text));
        if !path.parent().unwrap().ends_with("templates/ui") {
            assert!(!text.contains("|safe"), "{} uses |safe", path.display());
        }
    }
}
