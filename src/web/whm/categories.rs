//! Shelves of the shop.
use super::{
    done,
    query::ListQuery,
    refuse,
    view::{Action, Cell, Field, FormPage, ListPage, Table},
    whole_number,
};
use crate::{
    domain::catalog::{
        CatalogError, find, listing,
        write::{self, CategoryInput, Visibility, Words},
    },
    kernel::{fault::CommonFault, page::Page, permission::can},
    web::{WebError, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{catalog::category, value::CategoryId};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The list.
pub(super) const HOME: &str = "/whm/categories";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/categories", web::get().to(list))
        .route("/categories/new", web::get().to(new))
        .route("/categories/new", web::post().to(add))
        .route("/categories/{id}/edit", web::get().to(edit))
        .route("/categories/{id}/edit", web::post().to(save))
        .route("/categories/{id}/visibility", web::post().to(set_visibility));
}

/// Fields and what stands in them.
type Sent = BTreeMap<String, String>;

/// `GET /whm/categories`
pub async fn list(staff: Staff<can::ReadCatalog>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let rows = listing::categories(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let page = Page::within(rows, &query.page(), |row| row.id.as_str());
    let may_manage = staff.may::<can::ManageCatalog>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, may_manage, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[category::Model],
    may_manage: bool,
    next: Option<&str>,
) -> ListPage {
    let columns = [
        (frame.t("whm-category"), "cell-main"),
        (frame.t("whm-slug"), "cell-sub"),
        (frame.t("whm-shown"), ""),
        (frame.t("whm-position"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        let name = frame.lang.of(&row.name_id, &row.name_en);
        vec![
            if may_manage { Cell::link(name, format!("{HOME}/{}/edit", row.id)) } else { Cell::text(name) },
            Cell::text(&row.slug),
            Cell::Text(frame.t(if row.is_hidden { "whm-no" } else { "whm-yes" })),
            Cell::text(row.position.to_string()),
        ]
    });
    let add = Action::primary(frame.t("whm-category-add"), format!("{HOME}/new"), "plus");
    ListPage {
        title: frame.t("whm-categories"),
        subtitle: frame.t("whm-categories-text"),
        actions: if may_manage { vec![add] } else { Vec::new() },
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("whm-categories"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// A form filled with what is stored.
pub(super) fn stored(row: &category::Model) -> Sent {
    let fields =
        [("name_id", row.name_id.clone()), ("name_en", row.name_en.clone()), ("position", row.position.to_string())];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text<'a>(sent: &'a Sent, name: &str) -> &'a str {
    sent.get(name).map_or("", |value| value.trim())
}

fn read(sent: &Sent) -> Result<CategoryInput, CatalogError> {
    let mut faults = Vec::new();
    let position = whole_number(text(sent, "position"), "position", &mut faults).unwrap_or(0);
    let name = Words { id: text(sent, "name_id").to_owned(), en: text(sent, "name_en").to_owned() };
    let position = i32::try_from(position).unwrap_or(i32::MAX);
    if faults.is_empty() { Ok(CategoryInput { name, position }) } else { Err(CatalogError::Invalid(faults)) }
}

/// The form of a shelf: of a new one where there is none.
pub(super) fn form_page(frame: Frame, row: Option<&category::Model>, sent: &Sent) -> FormPage {
    let value = |name: &str| text(sent, name).to_owned();
    let slug = Field::line("slug", frame.t("whm-slug")).help(frame.t("whm-slug-help")).value(value("slug"));
    let mut fields = if row.is_none() { vec![slug] } else { Vec::new() };
    fields.extend([
        Field::line("name_id", frame.t("whm-name-id")).value(value("name_id")),
        Field::line("name_en", frame.t("whm-name-en")).value(value("name_en")),
        Field::number("position", frame.t("whm-position")).help(frame.t("whm-position-help")).value(value("position")),
    ]);
    let visibility = row.map(|row| {
        let (label, icon, other) = match row.is_hidden {
            true => ("whm-category-show", "eye", "0"),
            false => ("whm-category-hide", "eye-off", "1"),
        };
        let to = format!("{HOME}/{}/visibility", row.id);
        Action::ask(frame.t(label), frame.t("whm-category-visibility-text"), "visibility", to, icon)
            .with(vec![Field::hidden("is_hidden", other)])
    });
    FormPage {
        title: frame.t(if row.is_none() { "whm-category-add" } else { "whm-category-edit" }),
        subtitle: row.map_or_else(String::new, |row| row.slug.clone()),
        back: HOME.to_owned(),
        back_label: frame.t("whm-categories"),
        action: row.map_or_else(|| format!("{HOME}/new"), |row| format!("{HOME}/{}/edit", row.id)),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: visibility.into_iter().collect(),
        frame,
    }
}

/// `GET /whm/categories/new`
pub async fn new(staff: Staff<can::ManageCatalog>) -> Result<HttpResponse, WebError> {
    let blank = Sent::from([("position".to_owned(), "0".to_owned())]);
    respond::page(&form_page(staff.frame(), None, &blank))
}

/// `POST /whm/categories/new`
pub async fn add(staff: Staff<can::ManageCatalog>, SafeForm(sent): SafeForm<Sent>) -> Result<HttpResponse, WebError> {
    let added = match read(&sent) {
        Ok(input) => write::add_category(&staff.ctx, text(&sent, "slug"), input.name, input.position).await,
        Err(fault) => Err(fault),
    };
    match added {
        Ok(_) => Ok(done(HOME, "whm-category-added")),
        Err(fault) => refuse(fault, form_page(staff.frame(), None, &sent)),
    }
}

/// `GET /whm/categories/{id}/edit`
pub async fn edit(staff: Staff<can::ManageCatalog>, id: Path<CategoryId>) -> Result<HttpResponse, WebError> {
    let row = find::category(&staff.ctx.db, &id).await?;
    respond::page(&form_page(staff.frame(), Some(&row), &stored(&row)))
}

/// `POST /whm/categories/{id}/edit`
pub async fn save(
    staff: Staff<can::ManageCatalog>,
    id: Path<CategoryId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = find::category(&staff.ctx.db, &id).await?;
    let saved = match read(&sent) {
        Ok(input) => write::change_category(&staff.ctx, &id, |stored| *stored = input).await,
        Err(fault) => Err(fault),
    };
    match saved {
        Ok(_) => Ok(done(HOME, "whm-saved")),
        Err(fault) => refuse(fault, form_page(staff.frame(), Some(&row), &sent)),
    }
}

/// Whether it shall be hidden.
#[derive(Deserialize)]
pub struct VisibilityForm {
    is_hidden: String,
}

impl VisibilityForm {
    pub(super) fn wanted(&self) -> Visibility {
        if self.is_hidden == "1" { Visibility::Hidden } else { Visibility::Shown }
    }
}

/// `POST /whm/categories/{id}/visibility`
pub async fn set_visibility(
    staff: Staff<can::ManageCatalog>,
    id: Path<CategoryId>,
    SafeForm(form): SafeForm<VisibilityForm>,
) -> Result<HttpResponse, WebError> {
    write::set_category_visibility(&staff.ctx, &id, form.wanted()).await?;
    Ok(done(HOME, "whm-saved"))
}
