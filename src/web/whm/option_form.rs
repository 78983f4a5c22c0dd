//! The form of an option of a service: what is typed, and what it means.
use super::{
    options::HOME,
    product_form::{Sent, text},
    products::HOME as PRODUCTS,
    view::{Field, FormPage, Kind},
    whole_number,
};
use crate::{
    domain::catalog::{
        CatalogError,
        write::{self, FEATURE_MARK, OptionFacts, UNIT, ValueFacts, Words},
    },
    kernel::fault::FieldFault,
    web::{form_errors::FormErrors, frame::Frame},
};
use entity::{
    catalog::{product, product_option},
    value::{OptionKind, OptionValue},
};

/// A new form.
pub(super) fn blank() -> Sent {
    let filled = [("kind", OptionKind::Choice.as_str()), ("position", "0"), ("min", "1"), ("max", "10")];
    filled.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A form filled with what is stored.
pub(super) fn stored(row: &product_option::Model) -> Sent {
    let offered = || row.offered.0.iter().filter(|value| !value.is_retired);
    let unit = offered().next().filter(|_| row.kind == OptionKind::Quantity);
    let line = |value: &OptionValue| {
        [&value.code, &value.name_id, &value.name_en].map(String::as_str).join(&format!(" {FEATURE_MARK} "))
    };
    let fields = [
        ("kind", row.kind.as_str().to_owned()),
        ("name_id", row.name_id.clone()),
        ("name_en", row.name_en.clone()),
        ("is_required", if row.is_required { "1" } else { "" }.to_owned()),
        ("min", row.minimum.to_string()),
        ("max", row.maximum.to_string()),
        ("unit_id", unit.map(|value| value.name_id.clone()).unwrap_or_default()),
        ("unit_en", unit.map(|value| value.name_en.clone()).unwrap_or_default()),
        ("values", offered().map(line).collect::<Vec<_>>().join("\n")),
        ("position", row.position.to_string()),
        ("seen", write::option_seen(row)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn read_values(typed: &str, faults: &mut Vec<FieldFault>) -> Vec<ValueFacts> {
    let mut values = Vec::new();
    for (i, line) in typed.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let parts: Vec<String> = line.split(FEATURE_MARK).map(|part| part.trim().to_owned()).collect();
        match <[String; 3]>::try_from(parts) {
            Ok([code, id, en]) => values.push(ValueFacts { code, name: Words { id, en } }),
            Err(_) => faults.push(FieldFault::new("values", "value_line").with("line", i + 1)),
        }
    }
    values
}

/// What a form means for an option of this kind.
///
/// # Errors
/// `Invalid` with every field that cannot be read.
pub(super) fn read(kind: OptionKind, sent: &Sent) -> Result<OptionFacts, CatalogError> {
    let mut faults = Vec::new();
    let mut number = |name: &'static str| whole_number(text(sent, name), name, &mut faults);
    // Only units are counted; what other kinds are sent of it is no field of theirs.
    let (minimum, maximum) = match kind {
        OptionKind::Quantity => (number("min").unwrap_or(1), number("max").unwrap_or(1)),
        OptionKind::Choice | OptionKind::Switch => (1, 1),
    };
    let position = number("position").unwrap_or(0);
    let words = |name: &str| Words {
        id: text(sent, &format!("{name}_id")).to_owned(),
        en: text(sent, &format!("{name}_en")).to_owned(),
    };
    let facts = OptionFacts {
        name: words("name"),
        is_required: text(sent, "is_required") == "1",
        minimum,
        maximum,
        values: match kind {
            OptionKind::Choice => read_values(text(sent, "values"), &mut faults),
            OptionKind::Quantity => vec![ValueFacts { code: UNIT.to_owned(), name: words("unit") }],
            OptionKind::Switch => Vec::new(),
        },
        position: i32::try_from(position).unwrap_or(i32::MAX),
    };
    if faults.is_empty() { Ok(facts) } else { Err(CatalogError::Invalid(faults)) }
}

/// What is wrong, at the fields of this form: all values are one field, and the unit has its own.
pub(super) fn at_fields(kind: OptionKind, fault: CatalogError) -> CatalogError {
    let CatalogError::Invalid(faults) = fault else { return fault };
    let place = |fault: FieldFault| {
        let Some(rest) = fault.field.strip_prefix("values[") else { return fault };
        let (line, part) = rest.split_once("].").unwrap_or((rest, ""));
        if kind == OptionKind::Quantity {
            return FieldFault { field: part.replace("name", "unit"), ..fault };
        }
        let line = line.parse::<usize>().unwrap_or(0) + 1;
        FieldFault::new("values", "value_line").with("line", line)
    };
    CatalogError::Invalid(faults.into_iter().map(place).collect())
}

/// The form of a new option.
pub(super) fn new_page(frame: Frame, row: &product::Model, sent: &Sent) -> FormPage {
    let kinds = OptionKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), frame.word("option-kind", kind.as_str())));
    let kind = Field::new("kind", frame.t("whm-option-kind"), Kind::Choice(kinds.collect()));
    let code = Field::line("code", frame.t("whm-code")).value(text(sent, "code")).help(frame.t("whm-option-code-help"));
    let mut fields = vec![code, kind.value(text(sent, "kind")).help(frame.t("whm-option-kind-help"))];
    fields.extend(facts_fields(&frame, None, sent));
    let back = format!("{PRODUCTS}/{}", row.id);
    FormPage {
        title: frame.t("whm-option-add"),
        subtitle: frame.t("whm-option-add-text"),
        action: format!("{back}/options/new"),
        back,
        back_label: row.name.clone(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// The form of an option there is.
pub(super) fn edit_page(frame: Frame, row: &product_option::Model, sent: &Sent) -> FormPage {
    let here = format!("{HOME}/{}", row.id);
    let mut fields = facts_fields(&frame, Some(row.kind), sent);
    fields.push(Field::hidden("seen", text(sent, "seen")));
    FormPage {
        title: frame.t("whm-option-edit"),
        subtitle: frame.t("whm-option-edit-text"),
        action: format!("{here}/edit"),
        back: here,
        back_label: frame.lang.of(&row.name_id, &row.name_en).to_owned(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// The fields of an option of this kind; those of every kind while it is not known.
fn facts_fields(frame: &Frame, kind: Option<OptionKind>, sent: &Sent) -> Vec<Field> {
    let line = |name: &str, label: &str| Field::line(name, frame.t(label)).value(text(sent, name));
    let number = |name: &str, label: &str| Field::number(name, frame.t(label)).value(text(sent, name));
    let is = |wanted: OptionKind| kind.is_none_or(|kind| kind == wanted);
    let mut fields = vec![line("name_id", "whm-name-id"), line("name_en", "whm-name-en")];
    if is(OptionKind::Choice) {
        let values = Field::new("values", frame.t("whm-option-values"), Kind::Long).value(text(sent, "values"));
        fields.push(values.help(frame.t("whm-option-values-help")).optional());
    }
    if is(OptionKind::Quantity) {
        fields.extend([
            line("unit_id", "whm-option-unit-id").help(frame.t("whm-option-unit-help")).optional(),
            line("unit_en", "whm-option-unit-en").optional(),
            number("min", "whm-option-min").optional(),
            number("max", "whm-option-max").optional(),
        ]);
    }
    if kind != Some(OptionKind::Switch) {
        let required = Field::new("is_required", frame.t("whm-option-required"), Kind::Switch);
        fields.push(required.value(text(sent, "is_required")).help(frame.t("whm-option-required-help")));
    }
    fields.push(number("position", "whm-position").help(frame.t("whm-position-help")));
    fields
}
