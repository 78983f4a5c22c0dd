//! What the pages of quotes show in the panel.
use crate::{
    domain::{
        catalog::Offer,
        ordering::quote::{Answers, find::standing},
    },
    kernel::{
        fault::Fault,
        locale::{self, Lang},
    },
    web::{
        filters,
        form_errors::FormErrors,
        frame::Frame,
        public::{cart::questions::Question, quote::view::QuoteCard},
    },
};
use askama::Template;
use chrono::NaiveDate;
use entity::{
    ordering::{quote, quote_item},
    value::Money,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Before the names of answers in the form.
const PREFIX: &str = "config.";

/// A line of the list.
pub struct QuoteRow {
    pub href: String,
    pub number: String,
    pub until: NaiveDate,
    pub status: &'static str,
    pub total: String,
}

impl QuoteRow {
    /// A quote as one line.
    pub fn build(frame: &Frame, row: &quote::Model) -> Self {
        Self {
            href: format!("/panel/quotes/{}", row.id),
            number: row.number.clone().unwrap_or_default(),
            until: row.valid_until,
            status: standing(row, frame.now).as_str(),
            total: frame.money(&Money::new(row.total_minor, &row.currency)),
        }
    }
}

/// The questions of a plan of the quote.
pub struct Asked {
    /// The line.
    pub title: String,
    /// Its questions; their fields name the position of the line.
    pub questions: Vec<Question>,
}

impl Asked {
    /// The questions of all lines, with the answers as typed.
    pub fn all(lang: Lang, asked: &[(quote_item::Model, Offer)], typed: &BTreeMap<String, String>) -> Vec<Self> {
        let one = |(item, offer): &(quote_item::Model, Offer)| {
            let prefix = format!("{PREFIX}{}.", item.position);
            let given =
                typed.iter().filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?.to_owned(), value.clone())));
            let mut questions = Question::all(lang, offer, &given.collect());
            for question in &mut questions {
                let name = question.field.strip_prefix(PREFIX).unwrap_or_default();
                question.field = format!("{prefix}{name}");
            }
            Self { title: item.description.clone(), questions }
        };
        asked.iter().map(one).filter(|asked| !asked.questions.is_empty()).collect()
    }
}

/// The answers of a form, by the position of their line.
pub fn answers(form: &BTreeMap<String, String>) -> Answers {
    let mut answers: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let fields = form.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.split_once('.')?, value)));
    for ((position, name), value) in fields {
        answers.entry(position.to_owned()).or_default().insert(name.to_owned(), value.clone().into());
    }
    answers.into_iter().map(|(position, given)| (position, Value::Object(given))).collect()
}

/// Answers have their own sentences: `parameter-error-<code>`.
pub fn errors_of(frame: &Frame, fault: &dyn Fault) -> FormErrors {
    let mut errors = FormErrors::none();
    for field in fault.fields() {
        let key = match field.field.starts_with(PREFIX) {
            true => format!("parameter-error-{}", field.code),
            false => format!("field-{}", field.code.replace('_', "-")),
        };
        let is_known = locale::exists(frame.lang, &key);
        errors.add(&field.field, if is_known { frame.ta(&key, field.args) } else { frame.t("field-invalid") });
    }
    errors
}

/// Why a quote could not be accepted, and where it goes on.
pub struct Refusal {
    pub text: String,
    /// Words and address.
    pub link: Option<(String, String)>,
}

impl Refusal {
    /// Nothing leads on.
    pub fn plain(text: String) -> Self {
        Self { text, link: None }
    }
}

/// How the quote can be answered.
pub struct Answer {
    pub accept_url: String,
    pub decline_url: String,
    pub asked: Vec<Asked>,
    /// Whether the address of whoever looks is proven.
    pub is_verified: bool,
    pub email: String,
    pub errors: FormErrors,
}

/// The list.
#[derive(Template)]
#[template(path = "panel/quotes/index.html")]
pub struct IndexPage {
    pub frame: Frame,
    pub rows: Vec<QuoteRow>,
    pub next: String,
}

/// One quote.
#[derive(Template)]
#[template(path = "panel/quotes/show.html")]
pub struct ShowPage {
    pub frame: Frame,
    pub quote: QuoteCard,
    /// The order it became.
    pub order_url: Option<String>,
    pub refusal: Option<Refusal>,
    /// None where it cannot be answered, or not by whoever looks.
    pub answer: Option<Answer>,
    /// Whether it waits for the answer of somebody who may do more than whoever looks.
    pub is_for_others: bool,
}
