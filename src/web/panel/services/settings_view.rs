//! What the pages of a service's settings show.
use super::view::ServiceCard;
use crate::{
    domain::provisioning::environment::{Difference, Environment, Setting},
    integrations::drivers::service_template::ParameterKind,
    web::{
        environment::{field_of, label, rule, shown, told},
        filters,
        form_errors::FormErrors,
        frame::Frame,
        public::cart::questions::Ask,
    },
};
use askama::Template;
use entity::{provisioning::instance, value::InstanceStatus};
use std::collections::BTreeMap;

/// A setting in the form.
pub struct SettingField {
    pub name: String,
    pub words: String,
    pub ask: Ask,
    pub value: String,
    pub help: String,
    pub autocomplete: &'static str,
    pub required: bool,
    pub min: String,
    pub max: String,
    pub longest: String,
}

impl SettingField {
    /// The field of a setting with what was typed, or what is in force. A secret is never in it.
    fn build(frame: &Frame, setting: &Setting, typed: &BTreeMap<String, String>) -> Self {
        let parameter = &setting.parameter;
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let may_be_empty = parameter.is_secret() || parameter.check("").is_ok();
        let present = setting.value.clone().unwrap_or_default();
        Self {
            name: field_of(parameter),
            words: label(frame, parameter),
            ask: Ask::of(parameter),
            value: match parameter.is_secret() {
                true => String::new(),
                false => typed.get(&parameter.key).cloned().unwrap_or(present),
            },
            help: rule(frame, parameter),
            autocomplete: if parameter.is_secret() { "new-password" } else { "off" },
            required: !may_be_empty,
            min: number(parameter.min),
            max: number(parameter.max),
            longest: match parameter.kind {
                ParameterKind::Int | ParameterKind::Bool | ParameterKind::Enum => String::new(),
                _ => parameter.longest().to_string(),
            },
        }
    }
}

/// The settings of a service.
#[derive(Template)]
#[template(path = "panel/services/settings.html")]
pub struct SettingsPage {
    pub frame: Frame,
    pub service: ServiceCard,
    pub action: String,
    pub revision: i64,
    /// What the reader may change now.
    pub fields: Vec<SettingField>,
    /// What he may look at: question, value.
    pub fixed: Vec<(String, String)>,
    /// Why nothing can be changed; empty where something can.
    pub note: String,
    pub errors: FormErrors,
}

impl SettingsPage {
    /// The page with what was typed.
    pub fn build(
        frame: Frame,
        service: ServiceCard,
        environment: &Environment,
        may_operate: bool,
        typed: &BTreeMap<String, String>,
        errors: FormErrors,
    ) -> Self {
        let is_open = may_operate && environment.is_open();
        let can_ever = environment.settings.iter().any(|setting| setting.may_change);
        let note = if is_open || environment.settings.is_empty() {
            String::new()
        } else if !can_ever {
            frame.t("panel-settings-all-fixed")
        } else if !may_operate {
            frame.t("panel-settings-not-yours")
        } else {
            frame.t("panel-settings-not-now")
        };
        let (open, fixed): (Vec<&Setting>, Vec<&Setting>) =
            environment.settings.iter().partition(|setting| is_open && setting.may_change);
        Self {
            action: service.tabs.as_ref().map(|urls| urls.settings.clone()).unwrap_or_default(),
            revision: environment.revision,
            fields: open.into_iter().map(|setting| SettingField::build(&frame, setting, typed)).collect(),
            fixed: fixed.into_iter().map(|one| (label(&frame, &one.parameter), told(&frame, one))).collect(),
            note,
            errors,
            service,
            frame,
        }
    }
}

/// One setting before and after.
pub struct DifferenceLine {
    pub words: String,
    pub before: String,
    pub after: String,
}

/// What would change, and the button that agrees.
#[derive(Template)]
#[template(path = "panel/services/settings_review.html")]
pub struct ReviewPage {
    pub frame: Frame,
    pub name: String,
    pub home: String,
    pub action: String,
    pub sealed: String,
    pub differences: Vec<DifferenceLine>,
    pub consequence: String,
}

impl ReviewPage {
    /// The page for `differences`, with the wish they come from as it was `sealed`.
    pub fn build(frame: Frame, row: &instance::Model, differences: &[Difference], sealed: String) -> Self {
        let home = format!("/panel/services/{}/settings", row.id);
        let line = |one: &Difference| DifferenceLine {
            words: label(&frame, &one.parameter),
            before: shown(&frame, &one.parameter, one.before.as_deref()),
            after: shown(&frame, &one.parameter, one.after.as_deref()),
        };
        let consequence = match row.status {
            InstanceStatus::Stopped => "panel-settings-apply-stopped",
            InstanceStatus::Error => "panel-settings-apply-broken",
            _ => "panel-settings-apply-text",
        };
        Self {
            name: row.name.clone(),
            action: format!("{home}/apply"),
            home,
            sealed,
            differences: differences.iter().map(line).collect(),
            consequence: frame.t(consequence),
            frame,
        }
    }
}
