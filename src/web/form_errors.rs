//! Messages at the fields of a form. A form with errors is rendered again with status 422; it is not a `WebError`.
use super::frame::Frame;
use crate::kernel::{fault::Fault, locale};

/// What is wrong with which field, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormErrors(Vec<(String, String)>);

impl FormErrors {
    /// No errors.
    pub fn none() -> Self {
        Self::default()
    }

    /// What `fault` says of the fields of a form; empty where it is about something else.
    pub fn of_fault(frame: &Frame, fault: &dyn Fault) -> Self {
        let mut errors = Self::none();
        for field in fault.fields() {
            let key = format!("field-{}", field.code.replace('_', "-"));
            let known = locale::exists(frame.lang, &key);
            errors.add(&field.field, if known { frame.ta(&key, field.args) } else { frame.t("field-invalid") });
        }
        errors
    }

    /// Adds a sentence for `field` (its `name`); a second one for the same field is dropped.
    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        if self.of(field).is_empty() {
            self.0.push((field.to_owned(), sentence.into()));
        }
    }

    /// The sentence of a field, empty if it has none.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, sentence)| sentence)
    }

    /// Whether the form can be accepted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of fields with an error.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Fields and sentences, for the summary above the form.
    pub fn list(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_keeps_its_first_sentence() {
        let mut errors = FormErrors::none();
        errors.add("email", "first");
        errors.add("email", "second");
        assert_eq!((errors.of("email"), errors.of("name"), errors.len()), ("first", "", 1));
    }
}
