//! Services: what there is, added, changed, retired.
use super::{
    ConfirmForm, categories, done, history, not_confirmed, options as options_page,
    plans::{HOME as PLANS, VisibilityForm},
    product_form::{self as form, Choices, Sent},
    query::ListQuery,
    refuse,
    view::{Action, Cell, DetailPage, Field, FormPage, Kind, ListPage, Part, Table},
};
use crate::{
    domain::catalog::{
        CatalogError, find,
        listing::{self, StaffService},
        options, template,
        write::{self, NewProduct, Visibility},
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
    web::{WebError, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    catalog::{category, product},
    value::{CategoryId, ProductId, ServiceTemplateId},
};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// The list.
pub(super) const HOME: &str = "/whm/products";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/products", web::get().to(list))
        .route("/products/new", web::get().to(new))
        .route("/products/new", web::post().to(add))
        .route("/products/{id}", web::get().to(show))
        .route("/products/{id}/edit", web::get().to(edit))
        .route("/products/{id}/edit", web::post().to(save))
        .route("/products/{id}/retire", web::post().to(retire))
        .route("/products/{id}/visibility", web::post().to(set_visibility))
        .route("/products/{id}/downgrades", web::post().to(set_downgrades))
        .route("/products/{id}/trial", web::post().to(set_trial))
        .route("/templates/new", web::get().to(new_template))
        .route("/templates/new", web::post().to(store_template))
        .route("/templates/{id}/agreement", web::post().to(record_agreement));
}

/// Shelves by id.
pub(super) type Shelves = HashMap<CategoryId, category::Model>;

/// `GET /whm/products`
pub async fn list(staff: Staff<can::ReadCatalog>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let page = listing::services(db, &query.page()).await.map_err(CommonFault::from)?;
    let shelves = listing::categories(db).await.map_err(CommonFault::from)?;
    let shelves: Shelves = shelves.into_iter().map(|row| (row.id.clone(), row)).collect();
    let may_manage = staff.may::<can::ManageCatalog>();
    let listed = (page.rows.as_slice(), page.next_cursor.as_deref());
    respond::page(&list_page(staff.frame(), &query, listed, &shelves, may_manage))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    (services, next): (&[StaffService], Option<&str>),
    shelves: &Shelves,
    may_manage: bool,
) -> ListPage {
    let columns = [
        (frame.t("whm-service"), "cell-main"),
        (frame.t("whm-category"), "cell-sub"),
        (frame.t("whm-product-kind"), ""),
        (frame.t("whm-shown"), ""),
        (frame.t("whm-featured"), ""),
        (frame.t("whm-plans"), "cell-side num"),
    ];
    let cells = services.iter().map(|service| {
        let row = &service.product;
        let shelf = shelves.get(&row.category_id);
        let is_shown = !row.is_hidden && shelf.is_some_and(|shelf| !shelf.is_hidden);
        vec![
            Cell::link(&row.name, format!("{HOME}/{}", row.id)),
            Cell::maybe(shelf.map(|shelf| frame.lang.of(&shelf.name_id, &shelf.name_en))),
            Cell::text(frame.word("product-kind", row.kind.as_str())),
            shown(&frame, is_shown, row.retired_at.is_some()),
            Cell::Text(frame.t(if row.is_featured { "whm-yes" } else { "whm-no" })),
            Cell::text(service.plans.len().to_string()),
        ]
    });
    let mut actions = vec![
        Action::link(frame.t("whm-categories"), categories::HOME, "list"),
        Action::link(frame.t("nav-plans"), PLANS, "package"),
    ];
    if may_manage {
        actions.push(Action::link(frame.t("whm-template-add"), "/whm/templates/new", "file-text"));
        actions.push(Action::primary(frame.t("whm-product-add"), format!("{HOME}/new"), "plus"));
    }
    ListPage {
        title: frame.t("whm-products"),
        subtitle: frame.t("whm-products-text"),
        actions,
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("whm-products"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// Whether something is offered: yes, no, or no more.
pub(super) fn shown(frame: &Frame, is_shown: bool, is_retired: bool) -> Cell {
    Cell::Text(frame.t(match (is_retired, is_shown) {
        (true, _) => "whm-retired",
        (false, true) => "whm-yes",
        (false, false) => "whm-no",
    }))
}

/// `GET /whm/products/{id}`
pub async fn show(staff: Staff<can::ReadCatalog>, id: Path<ProductId>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let service = listing::service(db, &id).await?;
    let shelf = find::category(db, &service.product.category_id).await?;
    let offered = options::all_of(db, &id).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &service, &shelf);
    page.parts.push(Part::Rows(page.frame.t("whm-options"), options_page::table(&page.frame, &offered)));
    if staff.may::<can::ManageCatalog>() {
        let actions = acts(&page.frame, &service);
        page.actions.extend(actions);
    }
    history::offer(&staff, &page.frame, &mut page.actions, &format!("{HOME}/{id}"));
    respond::page(&page)
}

pub(super) fn detail_page(frame: Frame, service: &StaffService, shelf: &category::Model) -> DetailPage {
    let row = &service.product;
    let yes = |is_so: bool| Cell::Text(frame.t(if is_so { "whm-yes" } else { "whm-no" }));
    let mut facts = vec![
        (frame.t("whm-slug"), Cell::Code(row.slug.clone())),
        (frame.t("whm-category"), Cell::text(frame.lang.of(&shelf.name_id, &shelf.name_en))),
        (frame.t("whm-product-kind"), Cell::text(frame.word("product-kind", row.kind.as_str()))),
        (frame.t("whm-tagline"), Cell::text(frame.lang.of(&row.tagline_id, &row.tagline_en))),
        (frame.t("whm-service-shown"), shown(&frame, !row.is_hidden, row.retired_at.is_some())),
        (frame.t("whm-category-shown"), yes(!shelf.is_hidden)),
        (frame.t("whm-retired-since"), Cell::maybe_time(row.retired_at)),
        (frame.t("whm-featured"), yes(row.is_featured)),
        (frame.t("whm-position"), Cell::text(row.position.to_string())),
        (frame.t("whm-product-driver"), Cell::text(&row.driver)),
        (frame.t("whm-policy"), Cell::text(frame.word("purchase-policy", row.purchase_policy.as_str()))),
        (frame.t("whm-releases-quota"), yes(row.releases_quota_on_suspension)),
        (frame.t("whm-downgrades"), yes(row.allows_downgrade)),
        (frame.t("whm-trial"), trial_words(&frame, row.trial_days)),
    ];
    if let Some(made_from) = &service.template {
        let name = format!("{} {}", made_from.slug, made_from.version);
        facts.push((frame.t("whm-product-template"), Cell::Text(name)));
        facts.push((frame.t("whm-licence"), Cell::text(frame.word("whm-licence", &made_from.resale))));
        facts.push((frame.t("whm-agreement"), Cell::maybe(made_from.agreement_note.clone())));
    }
    let heads = [
        (frame.t("whm-plan"), "cell-main"),
        (frame.t("whm-code"), "cell-sub"),
        (frame.t("whm-tier"), "num"),
        (frame.t("whm-shown"), ""),
        (frame.t("whm-free"), "cell-side num"),
    ];
    let plans = service.plans.iter().map(|detail| {
        let plan = &detail.plan;
        vec![
            Cell::link(&plan.name, format!("{PLANS}/{}", plan.id)),
            Cell::text(&plan.code),
            Cell::text(plan.tier.to_string()),
            shown(&frame, !plan.is_hidden, plan.retired_at.is_some()),
            Cell::text(detail.available().to_string()),
        ]
    });
    let is_priced = service.plans.iter().any(|detail| !detail.plan.is_hidden && !detail.prices.is_empty());
    let notice = match (row.retired_at, is_priced) {
        (Some(_), _) => ("info", frame.t("whm-product-retired")),
        (None, false) => ("info", frame.t("whm-product-unpriced")),
        (None, true) => ("info", String::new()),
    };
    DetailPage {
        title: row.name.clone(),
        subtitle: String::new(),
        back: HOME.to_owned(),
        back_label: frame.t("whm-products"),
        notice,
        actions: Vec::new(),
        facts,
        parts: vec![Part::Rows(frame.t("whm-plans"), Table::new(frame.t("whm-plans"), heads).with(plans))],
        frame,
    }
}

/// For how long something can be tried.
pub(super) fn trial_words(frame: &Frame, days: i32) -> Cell {
    if days == 0 { Cell::Text(frame.t("whm-no")) } else { Cell::Text(frame.ta("whm-trial-of", [("n", days)])) }
}

pub(super) fn acts(frame: &Frame, service: &StaffService) -> Vec<Action> {
    let row = &service.product;
    let here = format!("{HOME}/{}", row.id);
    let mut acts = vec![Action::link(frame.t("whm-product-edit"), format!("{here}/edit"), "edit")];
    if row.retired_at.is_none() {
        acts.insert(0, Action::primary(frame.t("whm-plan-add"), format!("{here}/plans/new"), "plus"));
        acts.push(Action::link(frame.t("whm-option-add"), format!("{here}/options/new"), "plus"));
        acts.extend(settings(frame, row));
    }
    if let Some(made_from) = service.template.as_ref().filter(|made_from| !template::may_be_sold(made_from)) {
        acts.push(agreement(frame, &made_from.id));
    }
    if row.retired_at.is_none() {
        let (label, text) = (frame.t("whm-product-retire"), frame.t("whm-product-retire-text"));
        acts.push(Action::ask(label, text, "retire", format!("{here}/retire"), "ban").danger().type_this(&row.slug));
    }
    acts
}

/// What can be switched about a service.
pub(super) fn settings(frame: &Frame, row: &product::Model) -> Vec<Action> {
    let here = format!("{HOME}/{}", row.id);
    let (label, icon, other) = match row.is_hidden {
        true => ("whm-show", "eye", "0"),
        false => ("whm-hide", "eye-off", "1"),
    };
    let name = format!("{} {}", frame.t(label), frame.t("whm-the-service"));
    let to = format!("{here}/visibility");
    let visibility = Action::ask(name, frame.t("whm-visibility-text"), "product-visibility", to, icon);
    let (label, allowed) = match row.allows_downgrade {
        true => ("whm-downgrades-forbid", "0"),
        false => ("whm-downgrades-allow", "1"),
    };
    let to = format!("{here}/downgrades");
    let downgrades = Action::ask(frame.t(label), frame.t("whm-downgrades-text"), "downgrades", to, "chevron-down");
    let to = format!("{here}/trial");
    let trial = Action::ask(frame.t("whm-trial-set"), frame.t("whm-trial-text"), "trial", to, "clock");
    let days = Field::number("days", frame.t("whm-trial-days")).value(row.trial_days.to_string());
    vec![
        visibility.with(vec![Field::hidden("is_hidden", other)]),
        downgrades.with(vec![Field::hidden("is_allowed", allowed)]),
        trial.with(vec![days.unit(frame.t("whm-days"))]),
    ]
}

/// What is asked of who wants to sell something whose licence needs an agreement.
pub(super) fn agreement(frame: &Frame, id: &ServiceTemplateId) -> Action {
    let to = format!("/whm/templates/{id}/agreement");
    Action::ask(frame.t("whm-agreement-set"), frame.t("whm-agreement-text"), "agreement", to, "file-text")
        .with(vec![Field::new("note", frame.t("whm-agreement"), Kind::Long)])
}

/// What a new service can be made of: of each service that is not sold here yet the newest template.
async fn choices_for_new(staff: &Staff<can::ManageCatalog>) -> Result<Choices, WebError> {
    let db = &staff.ctx.db;
    let mut seen: HashSet<String> = listing::slugs(db).await.map_err(CommonFault::from)?.into_iter().collect();
    let mut templates = template::all(db).await.map_err(CommonFault::from)?;
    templates.retain(|row| seen.insert(row.slug.clone()));
    let shelves = listing::categories(db).await.map_err(CommonFault::from)?;
    Ok(Choices { shelves, templates })
}

/// What a service can be made of from now on: every version of its own template.
async fn choices_for(staff: &Staff<can::ManageCatalog>, row: &product::Model) -> Result<Choices, WebError> {
    let db = &staff.ctx.db;
    let mut templates = template::all(db).await.map_err(CommonFault::from)?;
    templates.retain(|template| template.slug == row.slug);
    let shelves = listing::categories(db).await.map_err(CommonFault::from)?;
    Ok(Choices { shelves, templates })
}

/// `GET /whm/products/new`
pub async fn new(staff: Staff<can::ManageCatalog>) -> Result<HttpResponse, WebError> {
    let choices = choices_for_new(&staff).await?;
    respond::page(&form::new_page(staff.frame(), &choices, &form::blank()))
}

/// `POST /whm/products/new`
pub async fn add(staff: Staff<can::ManageCatalog>, SafeForm(sent): SafeForm<Sent>) -> Result<HttpResponse, WebError> {
    match try_add(&staff, &sent).await {
        Ok(row) => Ok(done(&format!("{HOME}/{}", row.id), "whm-product-added")),
        Err(fault) => {
            let choices = choices_for_new(&staff).await?;
            refuse(fault, form::new_page(staff.frame(), &choices, &sent))
        }
    }
}

async fn try_add(staff: &Staff<can::ManageCatalog>, sent: &Sent) -> Result<product::Model, CatalogError> {
    let facts = form::read(sent)?;
    let missing = |code: &'static str| CatalogError::Invalid(vec![FieldFault::new("template_id", code)]);
    let id = facts.service_template_id.as_ref().ok_or_else(|| missing("required"))?;
    let template = template::find(&staff.ctx.db, id).await?.ok_or_else(|| missing("unknown"))?;
    // It is shown when its plans are ready.
    let new = NewProduct { slug: template.slug, visibility: Visibility::Hidden, facts };
    write::add_product(&staff.ctx, new).await.map_err(of_template)
}

/// The address follows the template: where it does not fit, the choice of the template is wrong.
fn of_template(error: CatalogError) -> CatalogError {
    let CatalogError::Invalid(mut faults) = error else { return error };
    faults.iter_mut().filter(|fault| fault.field == "slug").for_each(|fault| fault.field = "template_id".into());
    CatalogError::Invalid(faults)
}

/// `GET /whm/products/{id}/edit`
pub async fn edit(staff: Staff<can::ManageCatalog>, id: Path<ProductId>) -> Result<HttpResponse, WebError> {
    let row = find::product(&staff.ctx.db, &id).await?;
    let choices = choices_for(&staff, &row).await?;
    respond::page(&form::edit_page(staff.frame(), &row, &choices, &form::stored(&row)))
}

/// `POST /whm/products/{id}/edit`
pub async fn save(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = find::product(&staff.ctx.db, &id).await?;
    let saved = match form::read(&sent) {
        Ok(facts) => write::revise_product(&staff.ctx, &id, |stored| *stored = facts).await.map_err(of_template),
        Err(fault) => Err(fault),
    };
    match saved {
        Ok(_) => Ok(done(&format!("{HOME}/{id}"), "whm-saved")),
        Err(fault) => {
            let choices = choices_for(&staff, &row).await?;
            refuse(fault, form::edit_page(staff.frame(), &row, &choices, &sent))
        }
    }
}

/// `POST /whm/products/{id}/retire`
pub async fn retire(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(form): SafeForm<ConfirmForm>,
) -> Result<HttpResponse, WebError> {
    let back = format!("{HOME}/{id}");
    if !form.says(&find::product(&staff.ctx.db, &id).await?.slug) {
        return Ok(not_confirmed(&back));
    }
    write::retire_product(&staff.ctx, &id).await?;
    Ok(done(&back, "whm-product-is-retired"))
}

/// `POST /whm/products/{id}/visibility`
pub async fn set_visibility(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(form): SafeForm<VisibilityForm>,
) -> Result<HttpResponse, WebError> {
    write::set_product_visibility(&staff.ctx, &id, form.wanted()).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-saved"))
}

/// Whether contracts may be given smaller plans.
#[derive(Deserialize)]
pub struct DowngradesForm {
    is_allowed: String,
}

/// `POST /whm/products/{id}/downgrades`
pub async fn set_downgrades(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(form): SafeForm<DowngradesForm>,
) -> Result<HttpResponse, WebError> {
    write::set_downgrades(&staff.ctx, &id, form.is_allowed == "1").await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-saved"))
}

/// How long a service can be tried, as typed.
#[derive(Deserialize)]
pub struct TrialForm {
    days: i32,
}

/// `POST /whm/products/{id}/trial`
pub async fn set_trial(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(form): SafeForm<TrialForm>,
) -> Result<HttpResponse, WebError> {
    write::set_trial(&staff.ctx, &id, form.days).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-saved"))
}

/// The text of a template, as typed.
#[derive(Deserialize)]
pub struct TemplateForm {
    source: String,
}

pub(super) fn template_page(frame: Frame, source: &str) -> FormPage {
    let field = Field::new("source", frame.t("whm-template-source"), Kind::Long);
    FormPage {
        title: frame.t("whm-template-add"),
        subtitle: frame.t("whm-template-add-text"),
        back: HOME.to_owned(),
        back_label: frame.t("whm-products"),
        action: "/whm/templates/new".to_owned(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: vec![field.help(frame.t("whm-template-source-help")).value(source)],
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/templates/new`
pub async fn new_template(staff: Staff<can::ManageCatalog>) -> Result<HttpResponse, WebError> {
    respond::page(&template_page(staff.frame(), ""))
}

/// `POST /whm/templates/new`
pub async fn store_template(
    staff: Staff<can::ManageCatalog>,
    SafeForm(form): SafeForm<TemplateForm>,
) -> Result<HttpResponse, WebError> {
    // Browsers send lines with both of their marks; the same text must be the same template.
    let source = form.source.replace("\r\n", "\n");
    match template::store(&staff.ctx, &source).await.map_err(in_source) {
        Ok(_) => Ok(done(HOME, "whm-template-stored")),
        Err(fault) => refuse(fault, template_page(staff.frame(), &source)),
    }
}

/// Everything that is wrong with a template, at its one field.
fn in_source(fault: CatalogError) -> CatalogError {
    let faults = match fault {
        CatalogError::Invalid(faults) if faults.iter().all(|fault| fault.field == "source") => {
            return CatalogError::Invalid(faults);
        }
        CatalogError::Invalid(faults) => faults,
        // The text stays in the form, where its version can be raised.
        CatalogError::TemplateVersionTaken { version, .. } => {
            return CatalogError::Invalid(vec![FieldFault::new("source", "version_taken").with("version", version)]);
        }
        other => return other,
    };
    let told = |fault: &FieldFault| {
        let message = fault.args.iter().find(|(name, _)| *name == "message").map_or("", |(_, text)| text.as_str());
        format!("{}: {message}", fault.field)
    };
    let message = faults.iter().map(told).collect::<Vec<_>>().join("; ");
    CatalogError::Invalid(vec![FieldFault::new("source", "template").with("message", message)])
}

/// An agreement with the owner of a licence, in words.
#[derive(Deserialize)]
pub struct AgreementForm {
    note: String,
}

/// `POST /whm/templates/{id}/agreement`
pub async fn record_agreement(
    staff: Staff<can::ManageCatalog>,
    id: Path<ServiceTemplateId>,
    SafeForm(form): SafeForm<AgreementForm>,
) -> Result<HttpResponse, WebError> {
    template::record_agreement(&staff.ctx, &id, &form.note).await?;
    Ok(done(HOME, "whm-saved"))
}
