//! The form of a service: what is typed, and what it means.
use super::{
    products::HOME,
    view::{Field, FormPage, Kind},
    whole_number,
};
use crate::{
    domain::catalog::{
        CatalogError,
        write::{ProductFacts, Words},
    },
    integrations::drivers,
    web::{form_errors::FormErrors, frame::Frame},
};
use entity::{
    catalog::{category, product, service_template},
    value::{CategoryId, ProductKind, PurchasePolicy, ServiceTemplateId},
};
use std::collections::BTreeMap;

/// Fields and what stands in them.
pub(super) type Sent = BTreeMap<String, String>;

/// What can be chosen.
pub(super) struct Choices {
    pub shelves: Vec<category::Model>,
    /// Templates it can be made from, the newest first.
    pub templates: Vec<service_template::Model>,
}

/// A new form.
pub(super) fn blank() -> Sent {
    let filled = [
        ("kind", ProductKind::PaasService.as_str()),
        ("purchase_policy", PurchasePolicy::OnePerCustomerUpgradeOnly.as_str()),
        ("position", "0"),
        ("releases_quota_on_suspension", "1"),
    ];
    filled.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A form filled with what is stored.
pub(super) fn stored(row: &product::Model) -> Sent {
    let fields = [
        ("template_id", row.service_template_id.clone().map(|id| id.0).unwrap_or_default()),
        ("category_id", row.category_id.0.clone()),
        ("kind", row.kind.as_str().to_owned()),
        ("name", row.name.clone()),
        ("tagline_id", row.tagline_id.clone()),
        ("tagline_en", row.tagline_en.clone()),
        ("description_id", row.description_id.clone()),
        ("description_en", row.description_en.clone()),
        ("driver", row.driver.clone()),
        ("purchase_policy", row.purchase_policy.as_str().to_owned()),
        ("is_featured", if row.is_featured { "1" } else { "" }.to_owned()),
        ("releases_quota_on_suspension", if row.releases_quota_on_suspension { "1" } else { "" }.to_owned()),
        ("position", row.position.to_string()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What was typed in a field.
pub(super) fn text<'a>(sent: &'a Sent, name: &str) -> &'a str {
    sent.get(name).map_or("", |value| value.trim())
}

/// What a form means.
///
/// # Errors
/// `Invalid` with every field that cannot be read.
pub(super) fn read(sent: &Sent) -> Result<ProductFacts, CatalogError> {
    let mut faults = Vec::new();
    let position = whole_number(text(sent, "position"), "position", &mut faults).unwrap_or(0);
    let words = |name: &str| Words {
        id: text(sent, &format!("{name}_id")).to_owned(),
        en: text(sent, &format!("{name}_en")).to_owned(),
    };
    let template = text(sent, "template_id");
    let mut unknown = |field: &'static str| faults.push(crate::kernel::fault::FieldFault::new(field, "unknown"));
    let kind = ProductKind::parse(text(sent, "kind")).unwrap_or_else(|| {
        unknown("kind");
        ProductKind::Custom
    });
    let purchase_policy = PurchasePolicy::parse(text(sent, "purchase_policy")).unwrap_or_else(|| {
        unknown("purchase_policy");
        PurchasePolicy::Multiple
    });
    let facts = ProductFacts {
        category_id: CategoryId::from(text(sent, "category_id")),
        kind,
        name: text(sent, "name").to_owned(),
        tagline: words("tagline"),
        description: words("description"),
        is_featured: text(sent, "is_featured") == "1",
        position: i32::try_from(position).unwrap_or(i32::MAX),
        driver: text(sent, "driver").to_owned(),
        service_template_id: (!template.is_empty()).then(|| ServiceTemplateId::from(template)),
        purchase_policy,
        releases_quota_on_suspension: text(sent, "releases_quota_on_suspension") == "1",
    };
    if faults.is_empty() { Ok(facts) } else { Err(CatalogError::Invalid(faults)) }
}

/// The form of a new service.
pub(super) fn new_page(frame: Frame, choices: &Choices, sent: &Sent) -> FormPage {
    FormPage {
        title: frame.t("whm-product-add"),
        subtitle: frame.t("whm-product-add-text"),
        back: HOME.to_owned(),
        back_label: frame.t("whm-products"),
        action: format!("{HOME}/new"),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: fields(&frame, choices, sent),
        actions: Vec::new(),
        frame,
    }
}

/// The form of a service there is.
pub(super) fn edit_page(frame: Frame, row: &product::Model, choices: &Choices, sent: &Sent) -> FormPage {
    let here = format!("{HOME}/{}", row.id);
    FormPage {
        title: frame.t("whm-product-edit"),
        subtitle: frame.t("whm-product-edit-text"),
        action: format!("{here}/edit"),
        back: here,
        back_label: row.name.clone(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: fields(&frame, choices, sent),
        actions: Vec::new(),
        frame,
    }
}

fn fields(frame: &Frame, choices: &Choices, sent: &Sent) -> Vec<Field> {
    let value = |name: &str| text(sent, name).to_owned();
    let line = |name: &str, label: &str| Field::line(name, frame.t(label)).value(value(name));
    let long = |name: &str, label: &str| Field::new(name, frame.t(label), Kind::Long).value(value(name)).optional();
    let choice = |name: &str, label: &str, options: Vec<(String, String)>| {
        Field::new(name, frame.t(label), Kind::Choice(options)).value(value(name))
    };
    let templates = choices.templates.iter().map(|row| (row.id.0.clone(), format!("{} {}", row.slug, row.version)));
    let shelves =
        choices.shelves.iter().map(|row| (row.id.0.clone(), frame.lang.of(&row.name_id, &row.name_en).to_owned()));
    let kinds = ProductKind::ALL.iter().filter(|kind| **kind != ProductKind::LateFee);
    let kinds = kinds.map(|kind| (kind.as_str().to_owned(), frame.word("product-kind", kind.as_str())));
    let policies = PurchasePolicy::ALL.iter();
    let policies = policies.map(|policy| (policy.as_str().to_owned(), frame.word("purchase-policy", policy.as_str())));
    let drivers = drivers::registry().into_iter().map(|driver| (driver.code().to_owned(), driver.code().to_owned()));
    vec![
        choice("template_id", "whm-product-template", templates.collect()).help(frame.t("whm-product-template-help")),
        choice("category_id", "whm-category", shelves.collect()),
        line("name", "whm-name"),
        line("tagline_id", "whm-tagline-id"),
        line("tagline_en", "whm-tagline-en"),
        long("description_id", "whm-description-id").help(frame.t("whm-description-help")),
        long("description_en", "whm-description-en"),
        choice("kind", "whm-product-kind", kinds.collect()).help(frame.t("whm-product-kind-help")),
        choice("driver", "whm-product-driver", drivers.collect()).help(frame.t("whm-product-driver-help")),
        choice("purchase_policy", "whm-policy", policies.collect()),
        Field::new("releases_quota_on_suspension", frame.t("whm-releases-quota"), Kind::Switch)
            .value(value("releases_quota_on_suspension"))
            .help(frame.t("whm-releases-quota-help")),
        Field::new("is_featured", frame.t("whm-featured"), Kind::Switch).value(value("is_featured")),
        Field::number("position", frame.t("whm-position")).help(frame.t("whm-position-help")).value(value("position")),
    ]
}
