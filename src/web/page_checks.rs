//! What tests ask of every rendered page and fragment. `problems(html)` is empty when all is well.
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// An opening tag.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    /// Whether it lies inside a `<label>`.
    in_label: bool,
    /// The text up to the next closing tag of the same name.
    text: String,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// Attributes of htmx 2 that htmx 4 ignores silently.
const GONE: [&str; 9] = [
    "hx-ext",
    "hx-vars",
    "hx-params",
    "hx-disabled-elt",
    "hx-disinherit",
    "hx-history",
    "sse-swap",
    "sse-connect",
    "hx-prompt",
];
/// Attributes that do nothing on an element that sends no request (inheritance must be spelt `:inherited`).
const NEED_REQUEST: [&str; 6] = ["hx-target", "hx-headers", "hx-confirm", "hx-include", "hx-swap", "hx-trigger"];
const REQUESTS: [&str; 8] =
    ["hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete", "hx-boost", "hx-sse:connect", "hx-action"];

/// Every icon there is: the ids of the sprite.
static ICONS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let parts = include_str!("../../static/img/icons.svg").split(" id=\"").skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
});

/// Everything that is wrong with `html`, one sentence each.
pub fn problems(html: &str) -> Vec<String> {
    let tags = tags(html);
    let mut found = Vec::new();
    for check in [ids, labels, scripts, htmx, names, icons, whole_page] {
        check(html, &tags, &mut found);
    }
    if let Some(at) = html.find('⟦') {
        found.push(format!("a sentence is missing: {}", html[at..].chars().take(60).collect::<String>()));
    }
    found
}

fn ids(_: &str, tags: &[Tag], found: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        if id.is_empty() || id.contains(char::is_whitespace) {
            found.push(format!("id \"{id}\" is empty or has spaces"));
        }
        if !seen.insert(id) {
            found.push(format!("id \"{id}\" appears twice"));
        }
    }
    for tag in tags {
        for name in ["for", "aria-describedby", "aria-labelledby", "aria-controls", "commandfor", "data-dialog"] {
            for id in tag.get(name).unwrap_or_default().split_whitespace().filter(|id| !seen.contains(id)) {
                found.push(format!("{name}=\"{id}\" of <{}> leads nowhere", tag.name));
            }
        }
        if let Some(id) = tag.get("href").filter(|_| tag.name == "a").and_then(|href| href.strip_prefix('#'))
            && !seen.contains(id)
        {
            found.push(format!("href=\"#{id}\" leads nowhere"));
        }
    }
}

fn icons(_: &str, tags: &[Tag], found: &mut Vec<String>) {
    let drawn = tags.iter().filter(|tag| tag.name == "use").filter_map(|tag| tag.get("href"));
    for name in drawn.filter_map(|href| href.split_once("icons.")?.1.split_once('#')).map(|(_, name)| name) {
        if !ICONS.contains(name) {
            found.push(format!("there is no icon \"{name}\""));
        }
    }
}

fn labels(_: &str, tags: &[Tag], found: &mut Vec<String>) {
    let labelled: HashSet<_> = tags.iter().filter(|tag| tag.name == "label").filter_map(|tag| tag.get("for")).collect();
    for tag in tags.iter().filter(|tag| matches!(tag.name.as_str(), "input" | "select" | "textarea")) {
        let silent = tag.name == "input" && matches!(tag.get("type"), Some("hidden" | "submit" | "button"));
        let named = tag.in_label
            || tag.has("aria-label")
            || tag.has("aria-labelledby")
            || tag.get("id").is_some_and(|id| labelled.contains(id));
        if !silent && !named {
            found.push(format!("<{} name=\"{}\"> has no label", tag.name, tag.get("name").unwrap_or_default()));
        }
    }
}

fn scripts(_: &str, tags: &[Tag], found: &mut Vec<String>) {
    for tag in tags {
        match tag.name.as_str() {
            "script" if !tag.has("src") && tag.get("type") != Some("application/json") => {
                found.push("an inline <script>".into());
            }
            "style" => found.push("an inline <style>".into()),
            _ => {}
        }
        for (name, value) in &tag.attributes {
            if name == "style" || (name.starts_with("on") && name.len() > 2) {
                found.push(format!("{name}=\"{value}\" on <{}>", tag.name));
            }
            if matches!(name.as_str(), "href" | "src" | "action")
                && value.trim_start().to_ascii_lowercase().starts_with("javascript:")
            {
                found.push(format!("a script in {name} of <{}>", tag.name));
            }
        }
    }
}

fn htmx(_: &str, tags: &[Tag], found: &mut Vec<String>) {
    for tag in tags {
        let sends = REQUESTS.iter().any(|name| tag.has(name));
        for (name, value) in &tag.attributes {
            let here = || format!("{name}=\"{value}\" on <{}>", tag.name);
            if GONE.contains(&name.as_str()) {
                found.push(format!("htmx 4 does not know {}", here()));
            }
            if NEED_REQUEST.contains(&name.as_str()) && !sends && !tag.name.starts_with("hx-") {
                found.push(format!("no request of its own beside {}", here()));
            }
            let evaluated = name.starts_with("hx-on")
                || (name == "hx-vals" && value.trim_start().starts_with("js:"))
                || (name == "hx-trigger" && value.contains('['));
            if evaluated {
                found.push(format!("the content security policy forbids {}", here()));
            }
            if name == "hx-trigger"
                && value
                    .split("htmx:")
                    .skip(1)
                    .any(|event| event.chars().take_while(|c| c.is_ascii_alphabetic()).any(|c| c.is_ascii_uppercase()))
            {
                found.push(format!("an event name of htmx 2 in {}", here()));
            }
        }
    }
}

fn names(_: &str, tags: &[Tag], found: &mut Vec<String>) {
    for tag in tags {
        let mut seen = HashMap::new();
        for (name, _) in &tag.attributes {
            if seen.insert(name.as_str(), ()).is_some() {
                found.push(format!("<{}> has {name} twice", tag.name));
            }
        }
        let speaks = !tag.text.trim().is_empty() || tag.has("aria-label") || tag.has("aria-labelledby");
        match tag.name.as_str() {
            "button" | "summary" if !speaks => found.push(format!("a <{}> without a name", tag.name)),
            "a" if !speaks => {
                found.push(format!("a link to \"{}\" without a name", tag.get("href").unwrap_or_default()));
            }
            "img" if !tag.has("alt") => found.push("an <img> without alt".into()),
            "dialog" if !tag.has("aria-labelledby") && !tag.has("aria-label") => {
                found.push("a <dialog> without a name".into());
            }
            _ => {}
        }
        if tag.name == "a" && tag.get("href").is_some_and(|href| href.is_empty() || href == "#") {
            found.push("a link that leads nowhere".into());
        }
        if tag.name == "form"
            && tag.get("method").is_some_and(|method| method.eq_ignore_ascii_case("post"))
            && !tag.text.contains("\u{1}csrf")
        {
            found.push(format!("form to \"{}\" sends no csrf token", tag.get("action").unwrap_or_default()));
        }
    }
}

fn whole_page(html: &str, tags: &[Tag], found: &mut Vec<String>) {
    if !html.trim_start().to_ascii_lowercase().starts_with("<!doctype") {
        return;
    }
    for name in ["main", "h1", "title"] {
        let count = tags.iter().filter(|tag| tag.name == name).count();
        if count != 1 {
            found.push(format!("a page has one <{name}>, this one has {count}"));
        }
    }
    if !tags.iter().any(|tag| tag.name == "html" && tag.get("lang").is_some_and(|lang| !lang.is_empty())) {
        found.push("<html> says no language".into());
    }
}

/// Reads opening tags. Enough for what askama renders; not a parser of arbitrary HTML.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut labels = 0usize;
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let text = rest[..start].trim();
        for index in open.iter().filter(|_| !text.is_empty()) {
            if is_read(&tags[*index].name) {
                tags[*index].text.push_str(text);
            }
        }
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(closing) = rest.strip_prefix('/') {
            let (name, after) = closing.split_once('>').unwrap_or((closing, ""));
            let name = name.trim().to_ascii_lowercase();
            if let Some(depth) = open.iter().rposition(|index| tags[*index].name == name) {
                labels -= open[depth..].iter().filter(|index| tags[**index].name == "label").count();
                open.truncate(depth);
            }
            rest = after;
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (mut tag, after) = opening(rest);
            rest = after;
            tag.in_label = labels > 0;
            if tag.get("name") == Some("_csrf") || tag.get("alt").is_some_and(|alt| !alt.is_empty()) {
                for index in &open {
                    tags[*index].text.push_str(if tag.has("alt") { "picture" } else { "\u{1}csrf" });
                }
            }
            if matches!(tag.name.as_str(), "script" | "style") {
                let end = format!("</{}", tag.name);
                rest = rest.find(&end).map_or("", |at| &rest[at..]);
            }
            if !is_void(&tag.name) {
                labels += usize::from(tag.name == "label");
                open.push(tags.len());
            }
            tags.push(tag);
        }
    }
    tags
}

fn opening(text: &str) -> (Tag, &str) {
    let name_end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(text.len());
    let mut tag = Tag {
        name: text[..name_end].to_ascii_lowercase(),
        attributes: Vec::new(),
        in_label: false,
        text: String::new(),
    };
    let mut rest = &text[name_end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (tag, "");
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len()).max(1);
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len())),
            };
        }
        tag.attributes.push((name, value.to_owned()));
    }
}

/// Whether the text in such an element is asked for: that of a whole page would be copied once for every depth.
fn is_read(name: &str) -> bool {
    matches!(name, "button" | "summary" | "a" | "form")
}

fn is_void(name: &str) -> bool {
    matches!(name, "input" | "img" | "br" | "hr" | "meta" | "link" | "use" | "path" | "source" | "wbr" | "col" | "rect")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_fragment_has_no_problems() {
        let html = r#"<form method="post" action="/x" hx-post="/x" hx-target="closest form"><input type="hidden" name="_csrf" value="t">
            <label for="f-a">A</label><input id="f-a" name="a" aria-describedby="h"><p id="h">help</p><button>Go</button></form>"#;
        assert_eq!(problems(html), Vec::<String>::new());
    }

    #[test]
    fn each_slip_is_found() {
        for (html, said) in [
            (r#"<p id="a"></p><p id="a"></p>"#, "appears twice"),
            (r#"<label for="b">B</label>"#, "leads nowhere"),
            (r#"<input name="c">"#, "has no label"),
            ("<script>x</script>", "inline <script>"),
            (r#"<p style="color:red">x</p>"#, "style="),
            (r#"<p onclick="x()">x</p>"#, "onclick="),
            (r#"<div hx-ext="sse">x</div>"#, "does not know"),
            (r##"<div hx-target="#x">x</div>"##, "no request of its own"),
            (r#"<div hx-get="/x" hx-trigger="click[ctrlKey]">x</div>"#, "forbids"),
            (r#"<div hx-get="/x" hx-trigger="htmx:afterSwap from:body">x</div>"#, "htmx 2"),
            (r#"<button><svg><use href="x"/></svg></button>"#, "without a name"),
            (r#"<a href="/x"><svg></svg></a>"#, "without a name"),
            ("<img src=x>", "without alt"),
            (r#"<form method="post" action="/x"><button>Go</button></form>"#, "csrf"),
            ("<p>⟦some-key⟧</p>", "missing"),
            ("<!doctype html><html lang=id><title>x</title><main><p>x</p></main>", "one <h1>"),
            (r##"<a href="#">x</a>"##, "leads nowhere"),
            (r#"<a href="JavaScript:x">x</a>"#, "a script in href"),
        ] {
            let found = problems(html);
            assert!(found.iter().any(|problem| problem.contains(said)), "{html}: {found:?}");
        }
    }
}
