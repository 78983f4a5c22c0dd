//! Settings of services in forms: those of the panel and those of WHM ask for them alike, and tell of a secret that it
//! is set, never what it is.
use super::{form_errors::FormErrors, frame::Frame, public::shop::view::in_language};
use crate::{
    domain::provisioning::environment::{Environment, MASK, PREFIX, Setting, Wish},
    integrations::drivers::service_template::{Parameter, ParameterKind},
    kernel::fault::Fault,
};
use std::collections::BTreeMap;

/// The question, in the reader's language.
pub fn label(frame: &Frame, parameter: &Parameter) -> String {
    in_language(frame.lang, &parameter.label.id, &parameter.label.en)
}

/// Name of the field of a setting.
pub fn field_of(parameter: &Parameter) -> String {
    format!("{PREFIX}{}", parameter.key)
}

/// A value as people read it; `None` is a secret.
pub fn shown(frame: &Frame, parameter: &Parameter, value: Option<&str>) -> String {
    match (parameter.kind, value) {
        (_, None) => MASK.to_owned(),
        (_, Some("")) => frame.t("panel-settings-empty"),
        (ParameterKind::Bool, Some("true")) => frame.t("order-yes"),
        (ParameterKind::Bool, Some(_)) => frame.t("order-no"),
        (_, Some(value)) => value.to_owned(),
    }
}

/// The value of a setting as people read it.
pub fn told(frame: &Frame, setting: &Setting) -> String {
    if setting.is_set {
        shown(frame, &setting.parameter, setting.value.as_deref())
    } else {
        frame.t("panel-settings-empty")
    }
}

/// The rule of a setting in a sentence or two, to stand below its field. A pattern is for machines: what a person reads
/// is an answer that fits.
pub fn rule(frame: &Frame, parameter: &Parameter) -> String {
    let bounds = |key: &str, args: &[(&'static str, String)]| frame.ta(key, args);
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let length = || match parameter.min_len.filter(|least| *least > 0) {
        Some(least) => {
            let both = [("min", least.to_string()), ("max", parameter.longest().to_string())];
            bounds("parameter-rule-length", &both)
        }
        None => bounds("parameter-rule-max", &[("max", parameter.longest().to_string())]),
    };
    let plain = match parameter.kind {
        ParameterKind::Bool | ParameterKind::Enum | ParameterKind::Email => String::new(),
        ParameterKind::Hostname => frame.t("parameter-rule-hostname"),
        ParameterKind::Password => format!("{} {}", frame.t("parameter-rule-secret"), length()),
        ParameterKind::Int => match (number(parameter.min), number(parameter.max)) {
            (Some(min), Some(max)) => bounds("parameter-rule-range", &[("min", min), ("max", max)]),
            (Some(min), None) => bounds("parameter-rule-least", &[("min", min)]),
            (None, Some(max)) => bounds("parameter-rule-most", &[("max", max)]),
            (None, None) => frame.t("parameter-rule-number"),
        },
        ParameterKind::String | ParameterKind::Text => length(),
    };
    let has_example = parameter.pattern.is_some() && !parameter.is_secret() && !parameter.default.is_empty();
    if !has_example {
        return plain;
    }
    let example = frame.ta("parameter-rule-example", [("example", &parameter.default)]);
    format!("{plain} {example}").trim().to_owned()
}

/// What a form wishes for. A secret that was left empty stays as it is; lines end as they are kept. A form without its
/// revision wishes from nothing that ever was.
pub fn wish_of(form: &BTreeMap<String, String>, environment: &Environment) -> Wish {
    let is_kept_secret = |key: &str, value: &str| {
        value.is_empty() && environment.setting(key).is_some_and(|setting| setting.parameter.is_secret())
    };
    let values = form.iter().filter_map(|(name, value)| {
        let key = name.strip_prefix(PREFIX)?;
        (!is_kept_secret(key, value)).then(|| (key.to_owned(), value.replace("\r\n", "\n")))
    });
    Wish {
        revision: form.get("revision").and_then(|revision| revision.parse().ok()).unwrap_or(-1),
        values: values.collect(),
    }
}

/// What `fault` says of the fields of the form; `None` where it is about anything else, which has no place on it.
pub fn errors_of(frame: &Frame, fault: &dyn Fault, environment: &Environment) -> Option<FormErrors> {
    let faults = fault.fields();
    let is_on_form = |field: &str| {
        let setting = field.strip_prefix(PREFIX).and_then(|key| environment.setting(key));
        environment.is_open() && setting.is_some_and(|setting| setting.may_change)
    };
    if faults.is_empty() || !faults.iter().all(|fault| is_on_form(&fault.field)) {
        return None;
    }
    let mut errors = FormErrors::none();
    for fault in faults {
        let sentence = frame.known(&format!("parameter-error-{}", fault.code));
        errors.add(&fault.field, sentence.unwrap_or_else(|| frame.t("field-invalid")));
    }
    Some(errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        integrations::drivers::service_template::testing::{SECRET, n8n_with},
        kernel::locale::Lang,
        web::frame::Door,
    };

    fn environment() -> Environment {
        let template = n8n_with(SECRET);
        let setting = |parameter: &Parameter| Setting {
            value: (!parameter.is_secret()).then(|| parameter.default.clone()),
            is_set: true,
            may_change: true,
            parameter: parameter.clone(),
        };
        Environment { revision: 3, may_change_now: true, settings: template.parameters().iter().map(setting).collect() }
    }

    fn form(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_secret_that_is_left_empty_is_not_wished_for_and_lines_end_as_they_are_kept() {
        let sent = form(&[("revision", "3"), ("values.token", ""), ("values.timezone", "a\r\nb"), ("_csrf", "x")]);

        let wish = wish_of(&sent, &environment());

        assert_eq!((wish.revision, wish.values), (3, form(&[("timezone", "a\nb")])));
        let replaced = wish_of(&form(&[("values.token", "new")]), &environment());
        assert_eq!((replaced.revision, replaced.values), (-1, form(&[("token", "new")])));
    }

    #[test]
    fn nothing_of_a_secret_is_shown_and_rules_are_sentences() {
        let frame = Frame::sample(Door::Panel, Lang::En);
        let environment = environment();
        let of = |key: &str| environment.setting(key).unwrap();

        assert_eq!(told(&frame, of("token")), MASK);
        assert_eq!(told(&frame, of("timezone")), "Asia/Jakarta");
        assert_eq!(rule(&frame, &of("history_hours").parameter), "A whole number from 1 to 2160.");
        assert_eq!(rule(&frame, &of("timezone").parameter), "At most 64 characters. For example Asia/Jakarta.");
        assert!(rule(&frame, &of("token").parameter).starts_with("Never shown."));
    }
}
