//! The form of what a customer's documents are printed from.
use super::{
    customers::page_of,
    done, refuse,
    view::{Field, FormPage, Kind},
};
use crate::{
    domain::customers::{self, ProfileChange},
    kernel::{locale::Lang, permission::can},
    web::{WebError, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{customers::customer, value::CustomerId};
use std::collections::BTreeMap;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/customers/{id}/edit", web::get().to(edit)).route("/customers/{id}/edit", web::post().to(save));
}

/// Fields and what stands in them.
pub(super) type Sent = BTreeMap<String, String>;

/// A form filled with what is stored.
pub(super) fn stored(row: &customer::Model) -> Sent {
    let text = |stored: &Option<String>| stored.clone().unwrap_or_default();
    let fields = [
        ("name", row.name.clone()),
        ("company", text(&row.company)),
        ("npwp", text(&row.npwp)),
        ("nitku", text(&row.nitku)),
        ("street_1", text(&row.street_1)),
        ("street_2", text(&row.street_2)),
        ("city", text(&row.city)),
        ("state", text(&row.state)),
        ("postal_code", text(&row.postal_code)),
        ("country_code", row.country_code.clone()),
        ("phone", text(&row.phone)),
        ("locale", row.locale.clone()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a form changes; a field that is not sent stays as it is.
fn change(sent: &Sent) -> ProfileChange {
    let field = |name: &str| sent.get(name).cloned();
    ProfileChange {
        name: field("name"),
        company: field("company"),
        street_1: field("street_1"),
        street_2: field("street_2"),
        city: field("city"),
        state: field("state"),
        postal_code: field("postal_code"),
        country_code: field("country_code"),
        phone: field("phone"),
        npwp: field("npwp"),
        nitku: field("nitku"),
        locale: field("locale"),
    }
}

pub(super) fn form_page(frame: Frame, row: &customer::Model, sent: &Sent) -> FormPage {
    let line =
        |name: &str, label: &str| Field::line(name, frame.t(label)).value(sent.get(name).map_or("", String::as_str));
    let languages = Lang::ALL.iter().map(|lang| (lang.code().to_owned(), lang.own_name().to_owned())).collect();
    let language = Field::new("locale", frame.t("panel-profile-language"), Kind::Choice(languages));
    let fields = vec![
        line("name", "panel-profile-name"),
        line("company", "panel-profile-company").optional(),
        line("npwp", "panel-profile-npwp").help(frame.t("panel-profile-npwp-help")).optional(),
        line("nitku", "panel-profile-nitku").help(frame.t("panel-profile-nitku-help")).optional(),
        line("street_1", "panel-profile-street").optional(),
        line("street_2", "panel-profile-street-2").optional(),
        line("city", "panel-profile-city").optional(),
        line("state", "panel-profile-state").optional(),
        line("postal_code", "panel-profile-postal-code").optional(),
        line("country_code", "panel-profile-country").help(frame.t("whm-country-code-help")),
        line("phone", "panel-profile-phone").help(frame.t("panel-profile-phone-help")).optional(),
        language.value(sent.get("locale").map_or("", String::as_str)),
    ];
    FormPage {
        title: frame.t("whm-customer-edit"),
        subtitle: frame.t("whm-customer-edit-text"),
        back: page_of(&row.id),
        back_label: customers::name_of(row).to_owned(),
        action: format!("{}/edit", page_of(&row.id)),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/customers/{id}/edit`
pub async fn edit(staff: Staff<can::ChangeCustomers>, id: Path<CustomerId>) -> Result<HttpResponse, WebError> {
    let row = customers::get(&staff.ctx.db, &id).await?;
    respond::page(&form_page(staff.frame(), &row, &stored(&row)))
}

/// `POST /whm/customers/{id}/edit`
pub async fn save(
    staff: Staff<can::ChangeCustomers>,
    id: Path<CustomerId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = customers::get(&staff.ctx.db, &id).await?;
    match customers::update_profile(&staff.ctx, &id, change(&sent)).await {
        Ok(_) => Ok(done(&page_of(&id), "whm-customer-saved")),
        Err(fault) => refuse(fault, form_page(staff.frame(), &row, &sent)),
    }
}
