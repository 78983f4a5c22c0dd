//! The shapes of WHM's pages: a list, a thing with its facts and its history, a form. Every family of pages fills
//! these, so that staff find everything in the same place.
use crate::{
    kernel::format,
    web::{filters, form_errors::FormErrors, frame::Frame},
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::Money;

/// What stands in a cell or beside a term.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Words with a small note beneath.
    Noted(String, String),
    /// Words that lead somewhere: text, address.
    Link(String, String),
    /// A state: family of words, word.
    Status(&'static str, &'static str),
    /// A step of a checklist: done, or still to do.
    Done(bool),
    /// An amount.
    Money(Money),
    /// An instant.
    Time(DateTime<Utc>),
    /// How long ago.
    Ago(DateTime<Utc>),
    /// A day.
    Day(NaiveDate),
    /// Something to be copied.
    Code(String),
    /// Acts on the row: words, address, kind of button.
    Posts(Vec<(String, String, &'static str)>),
    /// Unknown or not yet.
    Nothing,
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Words that may be missing.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.into()))
    }

    /// An instant that may not have come.
    pub fn maybe_time(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Nothing, Self::Time)
    }

    /// Words that lead somewhere.
    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self::Link(text.into(), href.into())
    }

    /// What somebody may use at most.
    pub fn resources(frame: &Frame, cpu_milli: i64, memory_mb: i64, storage_gb: Option<i64>) -> Self {
        let disk = storage_gb.map(|gb| format!("{} GB", format::number(gb, frame.lang)));
        let parts = [Some(format::cpu(cpu_milli, frame.lang)), Some(format::memory(memory_mb, frame.lang)), disk];
        Self::Text(parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
    }

    /// A price as it was written: an amount, which says so where it holds the tax.
    pub fn price(frame: &Frame, minor: i64, currency: &str, tax_included: bool) -> Self {
        let money = Money::new(minor, currency);
        if tax_included { Self::Text(frame.price(&money, true)) } else { Self::Money(money) }
    }

    /// A customer's name, leading to him.
    pub fn customer(name: Option<&String>, id: &str) -> Self {
        Self::Link(name.cloned().unwrap_or_else(|| id.to_owned()), format!("/whm/customers/{id}"))
    }
}

/// A column: its heading and what becomes of it on a phone.
#[derive(Clone, Debug)]
pub struct Column {
    pub label: String,
    pub class: &'static str,
}

/// Rows under headings. The first cell of a row leads to its page.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub label: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Headings with their classes (`cell-main`, `cell-side num`, …).
    pub fn new(label: String, columns: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        let columns = columns.into_iter().map(|(label, class)| Column { label, class }).collect();
        Self { label, columns, rows: Vec::new() }
    }

    /// The same with rows.
    pub fn with(self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        Self { rows: rows.into_iter().collect(), ..self }
    }

    /// Cells with the class of their column.
    pub fn cells<'a>(&'a self, row: &'a [Cell]) -> Vec<(&'static str, &'a Cell)> {
        self.columns.iter().map(|column| column.class).zip(row).collect()
    }
}

/// How a field is entered.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One line: the `type` of the input.
    Line(&'static str),
    /// Several lines.
    Long,
    /// Several lines nothing keeps, not even the browser.
    Secret,
    /// One of these: value, words.
    Choice(Vec<(String, String)>),
    /// Yes or no.
    Switch,
    /// The present password.
    Password,
    /// Not shown.
    Hidden,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub kind: Kind,
    pub value: String,
    pub help: String,
    pub error: String,
    pub unit: String,
    pub required: bool,
}

impl Field {
    /// A field that must be filled.
    pub fn new(name: &str, label: String, kind: Kind) -> Self {
        let empty = String::new;
        Self {
            name: name.to_owned(),
            label,
            kind,
            value: empty(),
            help: empty(),
            error: empty(),
            unit: empty(),
            required: true,
        }
    }

    /// One line of text.
    pub fn line(name: &str, label: String) -> Self {
        Self::new(name, label, Kind::Line("text"))
    }

    /// A whole number.
    pub fn number(name: &str, label: String) -> Self {
        Self::new(name, label, Kind::Line("number"))
    }

    /// Something the form carries along.
    pub fn hidden(name: &str, value: impl Into<String>) -> Self {
        Self::new(name, String::new(), Kind::Hidden).value(value)
    }

    /// With what is stored or was typed.
    pub fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// With an explanation.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// In this unit.
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// May be left empty.
    pub fn optional(self) -> Self {
        Self { required: false, ..self }
    }
}

/// A question before an act.
#[derive(Clone, Debug)]
pub struct Dialog {
    pub id: &'static str,
    pub title: String,
    pub text: String,
    pub action: String,
    pub label: String,
    pub kind: &'static str,
    /// What must be typed, where data are lost for good.
    pub type_this: String,
    pub fields: Vec<Field>,
}

/// What can be done on a page.
#[derive(Clone, Debug)]
pub enum Action {
    /// Goes to an address.
    Link { label: String, href: String, kind: &'static str, icon: &'static str },
    /// Does it at once.
    Post { label: String, action: String, kind: &'static str, icon: &'static str },
    /// Asks first.
    Ask { label: String, kind: &'static str, icon: &'static str, dialog: Dialog },
}

impl Action {
    /// Goes to an address.
    pub fn link(label: String, href: impl Into<String>, icon: &'static str) -> Self {
        Self::Link { label, href: href.into(), kind: "secondary", icon }
    }

    /// Goes to an address; the page's main act.
    pub fn primary(label: String, href: impl Into<String>, icon: &'static str) -> Self {
        Self::Link { label, href: href.into(), kind: "primary", icon }
    }

    /// Does it at once.
    pub fn post(label: String, action: impl Into<String>, icon: &'static str) -> Self {
        Self::Post { label, action: action.into(), kind: "secondary", icon }
    }

    /// Asks first, under the title of the button.
    pub fn ask(label: String, text: String, id: &'static str, action: String, icon: &'static str) -> Self {
        let dialog = Dialog {
            id,
            title: label.clone(),
            text,
            action,
            label: label.clone(),
            kind: "primary",
            type_this: String::new(),
            fields: Vec::new(),
        };
        Self::Ask { label, kind: "secondary", icon, dialog }
    }

    /// The question with further fields.
    pub fn with(mut self, fields: Vec<Field>) -> Self {
        if let Self::Ask { dialog, .. } = &mut self {
            dialog.fields = fields;
        }
        self
    }

    /// It is the page's main act.
    pub fn main(mut self) -> Self {
        if let Self::Ask { kind, .. } | Self::Link { kind, .. } = &mut self {
            *kind = "primary";
        }
        self
    }

    /// The question is about something that hurts.
    pub fn danger(mut self) -> Self {
        if let Self::Ask { dialog, kind, .. } = &mut self {
            dialog.kind = "danger";
            *kind = "danger";
        }
        self
    }

    /// The question asks for `text` to be typed: data are lost for good.
    pub fn type_this(mut self, text: impl Into<String>) -> Self {
        if let Self::Ask { dialog, .. } = &mut self {
            dialog.type_this = text.into();
        }
        self
    }

    /// The question, where there is one.
    pub fn dialog(&self) -> Option<&Dialog> {
        match self {
            Self::Ask { dialog, .. } => Some(dialog),
            Self::Link { .. } | Self::Post { .. } => None,
        }
    }
}

/// A link that filters a list.
#[derive(Clone, Debug)]
pub struct Chip {
    pub label: String,
    pub href: String,
    pub active: bool,
}

/// A list.
#[derive(askama::Template)]
#[template(path = "whm/list.html")]
pub struct ListPage {
    pub frame: Frame,
    pub title: String,
    pub subtitle: String,
    pub actions: Vec<Action>,
    /// Where the search goes, what is searched for, its label; an empty address: no search.
    pub search: (String, String, String),
    pub chips: Vec<Chip>,
    pub table: Table,
    /// Whether a filter hides rows.
    pub is_filtered: bool,
    /// The list without filter and cursor.
    pub home: String,
    /// Whether this is not the first page.
    pub is_later: bool,
    pub next: String,
}

/// One line of a history.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: DateTime<Utc>,
    pub icon: &'static str,
    pub tone: &'static str,
    pub who: String,
    pub text: String,
    pub href: String,
    pub amount: String,
    /// Raw details on demand.
    pub raw: String,
}

/// A step of long work.
#[derive(Clone, Debug)]
pub struct Step {
    pub label: String,
    pub state: &'static str,
    pub note: String,
}

/// A part of a page about one thing.
#[derive(Clone, Debug)]
pub enum Part {
    /// Rows.
    Rows(String, Table),
    /// Rows that are told again as they change: heading, address of the stream, rows.
    Live(String, String, Table),
    /// Steps of work.
    Steps(String, Vec<Step>),
    /// What happened, newest first.
    History(String, Vec<Event>),
    /// What somebody wrote to somebody.
    Words(String, String),
    /// Raw text: title, meta, text.
    Raw(String, String),
}

/// One thing: facts at the left, what belongs to it and what happened at the right.
#[derive(askama::Template)]
#[template(path = "whm/detail.html")]
pub struct DetailPage {
    pub frame: Frame,
    pub title: String,
    pub subtitle: String,
    pub back: String,
    pub back_label: String,
    /// Tone and sentence of something that needs attention; an empty sentence shows nothing.
    pub notice: (&'static str, String),
    pub actions: Vec<Action>,
    pub facts: Vec<(String, Cell)>,
    pub parts: Vec<Part>,
}

/// The rows of a live part, as its stream tells them.
#[derive(askama::Template)]
#[template(path = "whm/_live.html")]
pub struct LiveFragment {
    pub frame: Frame,
    pub table: Table,
}

impl DetailPage {
    /// The facts there are: what is not known or has not happened takes no line.
    fn known(&self) -> impl Iterator<Item = &(String, Cell)> {
        self.facts.iter().filter(|(_, cell)| !matches!(cell, Cell::Nothing))
    }
}

impl ListPage {
    /// What would be here: the sentence of the list at `home`, where it has one.
    fn empty_text(&self) -> String {
        let place = self.home.rsplit('/').next().unwrap_or_default();
        self.frame.known(&format!("whm-empty-{place}")).unwrap_or_default()
    }
}

/// A form.
#[derive(askama::Template)]
#[template(path = "whm/form.html")]
pub struct FormPage {
    pub frame: Frame,
    pub title: String,
    pub subtitle: String,
    pub back: String,
    pub back_label: String,
    pub action: String,
    pub submit: String,
    pub errors: FormErrors,
    pub fields: Vec<Field>,
    /// Further acts.
    pub actions: Vec<Action>,
}

impl FormPage {
    /// The form as it was sent, with what is wrong at its fields.
    pub fn refused(mut self, errors: FormErrors) -> Self {
        for field in &mut self.fields {
            field.error = errors.of(&field.name).to_owned();
        }
        self.errors = errors;
        self
    }
}
