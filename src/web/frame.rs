//! What surrounds every page: language, theme, menu, signed-in person, messages. Every page struct holds one as
//! `frame`, which is what layouts and macros read.
use super::{navigation, preferences, tone::Tone};
use crate::{
    domain::subscriptions,
    kernel::{
        format,
        locale::{self, Lang},
    },
};
use chrono::{DateTime, Utc};
use entity::value::{AgreedOptions, Money};
use std::fmt::Display;

/// Which part of the product a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Visitors.
    Public,
    /// Customers.
    Panel,
    /// Staff.
    Whm,
}

impl Door {
    /// Where the brand leads.
    pub fn home(self) -> &'static str {
        match self {
            Door::Public => "/",
            Door::Panel => "/panel",
            Door::Whm => "/whm",
        }
    }

    /// The word in class names.
    pub fn as_str(self) -> &'static str {
        match self {
            Door::Public => "public",
            Door::Panel => "panel",
            Door::Whm => "whm",
        }
    }
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order of the menu.
    pub const ALL: &'static [Theme] = &[Theme::Light, Theme::Dark, Theme::System];

    /// The word in the cookie and in `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme a word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|theme| theme.as_str() == word)
    }

    /// Its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Theme::System => "device-desktop",
            Theme::Light => "sun",
            Theme::Dark => "moon",
        }
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// As the person writes it.
    pub name: String,
    /// The address used to sign in.
    pub email: String,
    /// Whether WHM is open to them.
    pub is_staff: bool,
}

impl SignedIn {
    /// Up to two first letters of the name.
    pub fn initials(&self) -> String {
        self.name
            .split_whitespace()
            .filter_map(|word| word.chars().next())
            .take(2)
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// A customer's account the person may act for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Sent when it is chosen.
    pub id: String,
    /// Shown.
    pub name: String,
    /// Whether the page shows this one.
    pub current: bool,
}

/// A message carried over a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// How it looks.
    pub tone: Tone,
    /// One sentence, translated already.
    pub text: String,
}

/// An entry of the menu as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Translated.
    pub label: String,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Whether the page lies under it.
    pub active: bool,
    /// Things that need action; 0 shows nothing.
    pub count: u64,
}

/// Entries under one heading; an empty title has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryGroup {
    /// Translated heading.
    pub title: String,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// What surrounds a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Language of the page.
    pub lang: Lang,
    /// Chosen look.
    pub theme: Theme,
    /// Part of the product.
    pub door: Door,
    /// Product time, for "5 minutes ago" and countdowns.
    pub now: DateTime<Utc>,
    /// Path and query of the page, for links that return to it.
    pub path: String,
    /// Token that unsafe requests carry.
    pub csrf: String,
    /// Who is signed in, if anybody.
    pub user: Option<SignedIn>,
    /// Accounts to switch between; the switcher shows from two on.
    pub accounts: Vec<Account>,
    /// The menu.
    pub menu: Vec<EntryGroup>,
    /// Messages of the page before.
    pub flash: Vec<Flash>,
    /// Whether money and clusters are simulated.
    pub is_demo: bool,
}

impl Frame {
    /// The frame of a visitor's page at `path` (with query). The menu marks the longest entry that leads to it.
    pub fn new(door: Door, lang: Lang, theme: Theme, path: &str, now: DateTime<Utc>) -> Self {
        Self {
            lang,
            theme,
            door,
            now,
            path: path.to_owned(),
            csrf: String::new(),
            user: None,
            accounts: Vec::new(),
            menu: menu(door, lang, path),
            flash: Vec::new(),
            is_demo: false,
        }
    }

    /// Sets how many things need action under the menu entry `name` (see `web::navigation`).
    pub fn count(&mut self, name: &str, count: u64) {
        let Some(href) = navigation::groups(self.door)
            .iter()
            .flat_map(|(_, items)| items.iter())
            .find(|item| item.name == name)
            .map(|item| item.href)
        else {
            return;
        };
        for entry in self.menu.iter_mut().flat_map(|group| &mut group.entries).filter(|entry| entry.href == href) {
            entry.count = count;
        }
    }

    /// Leaves only the menu entries that `may` allows by the permission they need.
    pub fn keep_entries(&mut self, may: impl Fn(&str) -> bool) {
        let hidden: Vec<&str> = navigation::groups(self.door)
            .iter()
            .flat_map(|(_, items)| items.iter())
            .filter(|item| navigation::needs(item.name).is_some_and(|code| !may(code)))
            .map(|item| item.href)
            .collect();
        for group in &mut self.menu {
            group.entries.retain(|entry| !hidden.contains(&entry.href));
        }
        self.menu.retain(|group| !group.entries.is_empty());
    }

    /// The sentence behind `key`.
    pub fn t(&self, key: &str) -> String {
        locale::t(self.lang, key)
    }

    /// The sentence behind `key` with arguments: `frame.ta("ago-days", [("n", 3)])`. Takes arrays by value and by
    /// reference, because askama refers to arguments by itself.
    pub fn ta<V: Display>(&self, key: &str, args: impl AsRef<[(&'static str, V)]>) -> String {
        locale::ta(self.lang, key, args.as_ref())
    }

    /// The sentence behind `key`, where this language has one.
    pub fn known(&self, key: &str) -> Option<String> {
        locale::exists(self.lang, key).then(|| self.t(key))
    }

    /// Why something ended or was undone: a word of ours in words, a line that somebody wrote as it is.
    pub fn why(&self, reason: &str) -> String {
        self.known(&format!("why-{}", reason.replace('_', "-"))).unwrap_or_else(|| reason.to_owned())
    }

    /// What is wrong with a field, behind the field's name where that has a word: "Name: required".
    pub fn of_field(&self, field: &str, sentence: &str) -> String {
        let label = self.known(&format!("field-name-{}", field.replace('_', "-")));
        label.map_or_else(|| sentence.to_owned(), |label| format!("{label}: {sentence}"))
    }

    /// An amount inside a sentence, as an argument of `ta`: currency and figures stay on one line.
    pub fn money(&self, amount: &Money) -> String {
        format::money(amount, self.lang).replace(' ', "\u{a0}")
    }

    /// A price inside a sentence, which says so where it holds the tax.
    pub fn price(&self, amount: &Money, tax_included: bool) -> String {
        let money = self.money(amount);
        if tax_included { self.ta("price-with-tax", [("amount", money)]) } else { money }
    }

    /// That a price is one with these options, each named; nothing where there are none.
    pub fn with_options(&self, options: &AgreedOptions) -> Option<String> {
        let names: Vec<String> =
            options.0.iter().map(|option| subscriptions::options::label(option, self.lang)).collect();
        (!names.is_empty()).then(|| self.ta("price-with-options", [("options", names.join(", "))]))
    }

    /// The word people read for a stored word: `frame.word("cycle", "monthly")`.
    pub fn word(&self, family: &str, word: &str) -> String {
        locale::word(self.lang, family, word)
    }

    /// How somebody pays, in words. The same way may be called otherwise at one gateway.
    pub fn way_to_pay(&self, gateway: &str, method: &str) -> String {
        let own = format!("payment-method-{gateway}-{method}").replace('_', "-");
        self.known(&own).unwrap_or_else(|| self.word("payment-method", method))
    }

    /// Colour and icon of a state.
    pub fn tone(&self, family: &str, word: &str) -> Tone {
        Tone::of(family, word)
    }

    /// The account this page is about.
    pub fn account(&self) -> Option<&Account> {
        self.accounts.iter().find(|account| account.current)
    }

    /// The entries of a phone's bottom bar.
    pub fn bottom_bar(&self) -> Vec<&Entry> {
        self.entries().take(navigation::BOTTOM_BAR).collect()
    }

    /// The entries that did not fit the bottom bar.
    pub fn under_more(&self) -> Vec<&Entry> {
        self.entries().skip(navigation::BOTTOM_BAR).collect()
    }

    /// Every language with its link.
    pub fn languages(&self) -> Vec<(Lang, String)> {
        Lang::ALL.iter().map(|lang| (*lang, self.preference("lang", lang.code()))).collect()
    }

    /// Every theme with its link.
    pub fn themes(&self) -> Vec<(Theme, String)> {
        Theme::ALL.iter().map(|theme| (*theme, self.preference("theme", theme.as_str()))).collect()
    }

    fn preference(&self, name: &str, value: &str) -> String {
        format!("{}?{name}={value}&back={}", preferences::PATH, escape_query(&self.path))
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.menu.iter().flat_map(|group| &group.entries)
    }

    /// A frame for samples and tests: Budi of two accounts in the panel, Sari in WHM, nobody on public pages.
    pub fn sample(door: Door, lang: Lang) -> Self {
        let now = DateTime::from_timestamp(1_795_230_240, 0).expect("a constant within range");
        let mut frame = Self::new(door, lang, Theme::System, door.home(), now);
        frame.csrf = "sample-token".into();
        let person =
            |name: &str, email: &str, is_staff| Some(SignedIn { name: name.into(), email: email.into(), is_staff });
        match door {
            Door::Public => {}
            Door::Panel => {
                frame.user = person("Budi Santoso", "budi@example.test", false);
                frame.accounts = vec![
                    Account { id: "cus_01".into(), name: "Toko Budi Jaya".into(), current: true },
                    Account { id: "cus_02".into(), name: "Kopi Senja Nusantara".into(), current: false },
                ];
                frame.count("billing", 1);
            }
            Door::Whm => {
                frame.user = person("Sari Wulandari", "sari@example.test", true);
                frame.count("tasks", 3);
                frame.count("payments", 12);
            }
        }
        frame
    }
}

fn menu(door: Door, lang: Lang, path: &str) -> Vec<EntryGroup> {
    let groups = navigation::groups(door);
    let path = path.split('?').next().unwrap_or_default();
    let active = groups
        .iter()
        .flat_map(|(_, items)| items.iter().map(|item| item.href))
        .filter(|href| leads_to(href, path, door))
        .max_by_key(|href| href.len())
        .or_else(|| navigation::reached_from(path));
    let entry = |item: &navigation::Item| Entry {
        label: locale::t(lang, &format!("nav-{}", item.name)),
        icon: item.icon,
        href: item.href,
        active: Some(item.href) == active,
        count: 0,
    };
    groups
        .iter()
        .map(|(title, items)| EntryGroup {
            title: if title.is_empty() { String::new() } else { locale::t(lang, title) },
            entries: items.iter().map(entry).collect(),
        })
        .collect()
}

/// A door's home is active only on itself, every other entry also on what lies below it.
fn leads_to(href: &str, path: &str, door: Door) -> bool {
    match path.strip_prefix(href) {
        Some("") => true,
        Some(rest) => rest.starts_with('/') && href != door.home(),
        None => false,
    }
}

fn escape_query(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active(door: Door, path: &str) -> Option<&'static str> {
        let frame = Frame::new(door, Lang::Id, Theme::System, path, DateTime::UNIX_EPOCH);
        frame.menu.into_iter().flat_map(|group| group.entries).find(|entry| entry.active).map(|entry| entry.href)
    }

    #[test]
    fn the_menu_marks_where_the_page_lies() {
        assert_eq!(active(Door::Panel, "/panel"), Some("/panel"));
        assert_eq!(active(Door::Panel, "/panel/invoices/inv_1?tab=pay"), Some("/panel/invoices"));
        assert_eq!(active(Door::Panel, "/panel/statement?from=2026-11-01"), Some("/panel/invoices"));
        assert_eq!(active(Door::Whm, "/whm/settlement-lines/stl_1"), Some("/whm/settlements"));
        assert_eq!(active(Door::Panel, "/panel/unknown"), None);
        assert_eq!(active(Door::Whm, "/whm/customersx"), None);
    }

    #[test]
    fn links_of_language_and_theme_return_to_the_page() {
        let frame = Frame::new(Door::Whm, Lang::Id, Theme::Dark, "/whm/customers?q=a&b=c", DateTime::UNIX_EPOCH);
        assert_eq!(frame.languages()[1].1, "/preferences?lang=en&back=/whm/customers%3Fq%3Da%26b%3Dc");
    }

    #[test]
    fn counts_stand_at_their_entry() {
        let frame = Frame::sample(Door::Whm, Lang::En);
        let counted: Vec<_> = frame.entries().filter(|e| e.count > 0).map(|e| (e.label.as_str(), e.count)).collect();
        assert_eq!(counted, [("Payments", 12), ("Provisioning", 3)]);
    }

    #[test]
    fn initials_are_two_letters_at_most() {
        let name = |name: &str| SignedIn { name: name.into(), email: String::new(), is_staff: false }.initials();
        assert_eq!((name("budi santoso putra"), name("Élise"), name(" ")), ("BS".into(), "É".into(), "".into()));
    }
}
