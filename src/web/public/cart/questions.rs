//! What is asked before something goes into the cart: the parameters of its template, and its options.
use super::order::PREFIX;
use crate::{
    domain::{
        billing::{BuyerTax, InvoiceError},
        catalog::{Offer, options::offered_with},
        ordering::options::FIELD,
    },
    integrations::drivers::service_template::{Edit, Parameter, ParameterKind, ServiceTemplate},
    kernel::locale::Lang,
    web::{
        frame::Frame,
        public::shop::{options::added, view::in_language},
    },
};
use entity::{
    catalog::{price, product_option},
    value::OptionKind,
};
use std::collections::BTreeMap;

/// How a question is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A line of text, with the type of its field.
    Line(&'static str),
    /// Several lines.
    Text,
    /// Yes or no.
    Switch,
    /// One of these.
    Options(Vec<String>),
    /// One of these: value, words.
    Values(Vec<(String, String)>),
}

impl Ask {
    /// How a parameter of a template is asked for.
    pub fn of(parameter: &Parameter) -> Self {
        match parameter.kind {
            ParameterKind::String | ParameterKind::Hostname => Self::Line("text"),
            ParameterKind::Int => Self::Line("number"),
            ParameterKind::Email => Self::Line("email"),
            ParameterKind::Password => Self::Line("password"),
            ParameterKind::Text => Self::Text,
            ParameterKind::Bool => Self::Switch,
            ParameterKind::Enum => Self::Options(parameter.options.clone()),
        }
    }
}

/// A question of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Name of the field.
    pub field: String,
    /// The question.
    pub label: String,
    /// How it is asked.
    pub ask: Ask,
    /// What is to be known about the answer.
    pub help: String,
    /// Answer as typed, or the default.
    pub value: String,
}

impl Question {
    /// The questions a customer may answer when ordering.
    pub fn all(lang: Lang, offer: &Offer, answers: &BTreeMap<String, String>) -> Vec<Self> {
        // A stored template was read before it was stored.
        let template = offer.template.as_ref().and_then(|row| ServiceTemplate::parse(&row.body).ok());
        let parameters = template.iter().flat_map(|template| template.parameters());
        parameters
            .filter(|parameter| parameter.edit != Edit::Admin)
            .map(|parameter| Self {
                field: format!("{PREFIX}{}", parameter.key),
                label: in_language(lang, &parameter.label.id, &parameter.label.en),
                ask: Ask::of(parameter),
                help: String::new(),
                value: answers.get(&parameter.key).unwrap_or(&parameter.default).clone(),
            })
            .collect()
    }

    /// The options that can be ordered at the price `row`, each with what it adds.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn options(
        frame: &Frame,
        offer: &Offer,
        row: &price::Model,
        tax: &BuyerTax,
        answers: &BTreeMap<String, String>,
    ) -> Result<Vec<Self>, InvoiceError> {
        let mut questions = Vec::with_capacity(offer.options.len());
        for option in &offer.options {
            let mut values = Vec::new();
            for (value, minor) in offered_with(option, row) {
                let name = in_language(frame.lang, &value.name_id, &value.name_en);
                let words = added(frame, option, (&name, minor), row, tax)?;
                values.push((value.code.clone(), name, words));
            }
            if !values.is_empty() {
                questions.push(Self::of_option(frame, option, &values, answers));
            }
        }
        Ok(questions)
    }

    fn of_option(
        frame: &Frame,
        option: &product_option::Model,
        values: &[(String, String, String)],
        answers: &BTreeMap<String, String>,
    ) -> Self {
        let with_price = |(code, name, words): &(String, String, String)| (code.clone(), format!("{name} ({words})"));
        let nothing = (!option.is_required).then(|| (String::new(), frame.t("order-option-none")));
        let first = values.first().map_or("", |(_, _, words)| words.as_str());
        let (ask, help) = match option.kind {
            OptionKind::Choice => {
                (Ask::Values(nothing.into_iter().chain(values.iter().map(with_price)).collect()), None)
            }
            OptionKind::Quantity => {
                let least = if option.is_required { option.minimum } else { 0 };
                let bounds =
                    [("price", first.to_owned()), ("min", least.to_string()), ("max", option.maximum.to_string())];
                (Ask::Line("number"), Some(frame.ta("order-option-units", bounds)))
            }
            OptionKind::Switch => {
                let yes = format!("{} ({first})", frame.t("order-yes"));
                (Ask::Values(vec![(String::new(), frame.t("order-no")), ("true".to_owned(), yes)]), None)
            }
        };
        let key = format!("{FIELD}.{}", option.code);
        Self {
            value: answers.get(&key).cloned().unwrap_or_default(),
            field: format!("{PREFIX}{key}"),
            label: in_language(frame.lang, &option.name_id, &option.name_en),
            ask,
            help: help.unwrap_or_default(),
        }
    }
}
