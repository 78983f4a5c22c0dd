//! Options that can be ordered with a service: added, changed, priced, retired.
use super::{
    ConfirmForm, done, not_confirmed, option_form as form, plan_form,
    plans::written,
    product_form::{Sent, text},
    products::{HOME as PRODUCTS, shown},
    refuse,
    view::{Action, Cell, DetailPage, Field, Kind, Part, Table},
};
use crate::{
    domain::catalog::{
        CatalogError, find, options,
        write::{self, NewOptionPrice},
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
    web::{WebError, flash, forms::SafeForm, frame::Frame, principal::Staff, respond, tone::Tone},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    catalog::{product, product_option},
    value::{Cycle, OptionKind, OptionValue, ProductId, ProductOptionId},
};
use serde::Deserialize;

/// Before the pages of options.
pub(super) const HOME: &str = "/whm/options";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/products/{id}/options/new", web::get().to(new))
        .route("/products/{id}/options/new", web::post().to(add))
        .route("/options/{id}", web::get().to(show))
        .route("/options/{id}/edit", web::get().to(edit))
        .route("/options/{id}/edit", web::post().to(save))
        .route("/options/{id}/price", web::post().to(set_price))
        .route("/options/{id}/price/remove", web::post().to(remove_price))
        .route("/options/{id}/retire", web::post().to(retire));
}

/// The options of a service as rows.
pub(super) fn table(frame: &Frame, rows: &[product_option::Model]) -> Table {
    let heads = [
        (frame.t("whm-option"), "cell-main"),
        (frame.t("whm-code"), "cell-sub"),
        (frame.t("whm-option-kind"), ""),
        (frame.t("whm-shown"), ""),
        (frame.t("whm-prices"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        let prices: usize = offered(row).map(|value| value.prices.len()).sum();
        vec![
            Cell::link(frame.lang.of(&row.name_id, &row.name_en), format!("{HOME}/{}", row.id)),
            Cell::text(&row.code),
            Cell::text(frame.word("option-kind", row.kind.as_str())),
            shown(frame, prices > 0, row.retired_at.is_some()),
            Cell::text(prices.to_string()),
        ]
    });
    Table::new(frame.t("whm-options"), heads).with(cells)
}

fn offered(row: &product_option::Model) -> impl Iterator<Item = &OptionValue> {
    row.offered.0.iter().filter(|value| !value.is_retired)
}

/// `GET /whm/options/{id}`
pub async fn show(staff: Staff<can::ReadCatalog>, id: Path<ProductOptionId>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let row = options::get(db, &id).await?;
    let product = find::product(db, &row.product_id).await?;
    let mut page = detail_page(staff.frame(), &row, &product);
    if row.retired_at.is_none() && staff.may::<can::ManageCatalog>() {
        page.actions = acts(&page.frame, &row);
    }
    respond::page(&page)
}

pub(super) fn detail_page(frame: Frame, row: &product_option::Model, product: &product::Model) -> DetailPage {
    let yes = |is_so: bool| Cell::Text(frame.t(if is_so { "whm-yes" } else { "whm-no" }));
    let mut facts = vec![
        (frame.t("whm-service"), Cell::link(&product.name, format!("{PRODUCTS}/{}", product.id))),
        (frame.t("whm-code"), Cell::Code(row.code.clone())),
        (frame.t("whm-option-kind"), Cell::text(frame.word("option-kind", row.kind.as_str()))),
        (frame.t("whm-retired-since"), Cell::maybe_time(row.retired_at)),
        (frame.t("whm-option-required"), yes(row.is_required)),
        (frame.t("whm-position"), Cell::text(row.position.to_string())),
    ];
    if row.kind == OptionKind::Quantity {
        facts.push((frame.t("whm-option-min"), Cell::text(row.minimum.to_string())));
        facts.push((frame.t("whm-option-max"), Cell::text(row.maximum.to_string())));
    }
    let heads = [
        (frame.t("whm-option-value"), "cell-main"),
        // A narrow screen shows this one: the same value has a price for each.
        (frame.t("whm-cycle"), "cell-sub"),
        (frame.t("whm-code"), ""),
        (frame.t("whm-price"), "cell-side num"),
    ];
    let priced = offered(row).flat_map(|value| value.prices.iter().map(move |price| (value, Some(price))));
    let unpriced = offered(row).filter(|value| value.prices.is_empty()).map(|value| (value, None));
    let cells = priced.chain(unpriced).map(|(value, price)| {
        vec![
            Cell::text(frame.lang.of(&value.name_id, &value.name_en)),
            Cell::maybe(price.map(|price| frame.word("cycle", price.cycle.as_str()))),
            Cell::text(&value.code),
            price.map_or(Cell::Nothing, |price| {
                Cell::price(&frame, price.amount_minor, &price.currency, price.tax_included)
            }),
        ]
    });
    let is_priced = offered(row).any(|value| !value.prices.is_empty());
    let notice = match (row.retired_at, is_priced) {
        (Some(_), _) => frame.t("whm-option-retired"),
        (None, false) => frame.t("whm-option-unpriced"),
        (None, true) => String::new(),
    };
    DetailPage {
        title: frame.lang.of(&row.name_id, &row.name_en).to_owned(),
        subtitle: product.name.clone(),
        back: format!("{PRODUCTS}/{}", product.id),
        back_label: product.name.clone(),
        notice: ("info", notice),
        actions: Vec::new(),
        facts,
        parts: vec![Part::Rows(frame.t("whm-prices"), Table::new(frame.t("whm-prices"), heads).with(cells))],
        frame,
    }
}

pub(super) fn acts(frame: &Frame, row: &product_option::Model) -> Vec<Action> {
    let here = format!("{HOME}/{}", row.id);
    let values = |value: &OptionValue| (value.code.clone(), frame.lang.of(&value.name_id, &value.name_en).to_owned());
    let of_value = |values| Field::new("value", frame.t("whm-option-value"), Kind::Choice(values));
    let (label, text) = (frame.t("whm-price-set"), frame.t("whm-option-price-text"));
    let set = Action::ask(label, text, "price", format!("{here}/price"), "tag");
    let set = set.main().with(vec![
        of_value(offered(row).map(values).collect()),
        plan_form::cycle_field(frame, &[]).value("monthly"),
        plan_form::days_field(frame),
        Field::number("amount", frame.t("whm-price")).unit("Rp"),
        Field::new("tax_included", frame.t("whm-price-written"), Kind::Choice(written(frame)))
            .value("")
            .help(frame.t("whm-option-written-help")),
    ]);
    let mut acts = vec![Action::link(frame.t("whm-option-edit"), format!("{here}/edit"), "edit"), set];
    let mut cycles: Vec<Cycle> = offered(row).flat_map(|value| value.prices.iter().map(|price| price.cycle)).collect();
    cycles.sort_by_key(|cycle| cycle.twelfths_of_days());
    cycles.dedup();
    if !cycles.is_empty() {
        let cycles = cycles.into_iter().map(|one| (one.as_str().to_owned(), frame.word("cycle", one.as_str())));
        let (label, text) = (frame.t("whm-price-remove"), frame.t("whm-option-price-remove-text"));
        let remove = Action::ask(label, text, "price-remove", format!("{here}/price/remove"), "trash").danger();
        acts.push(remove.with(vec![
            of_value(offered(row).filter(|value| !value.prices.is_empty()).map(values).collect()),
            Field::new("cycle", frame.t("whm-cycle"), Kind::Choice(cycles.collect())),
        ]));
    }
    let (label, text) = (frame.t("whm-option-retire"), frame.t("whm-option-retire-text"));
    acts.push(Action::ask(label, text, "retire", format!("{here}/retire"), "ban").danger().type_this(&row.code));
    acts
}

/// `GET /whm/products/{id}/options/new`
pub async fn new(staff: Staff<can::ManageCatalog>, id: Path<ProductId>) -> Result<HttpResponse, WebError> {
    let row = find::product(&staff.ctx.db, &id).await?;
    respond::page(&form::new_page(staff.frame(), &row, &form::blank()))
}

/// `POST /whm/products/{id}/options/new`
pub async fn add(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = find::product(&staff.ctx.db, &id).await?;
    match try_add(&staff, &id, &sent).await {
        Ok(option) => Ok(done(&format!("{HOME}/{}", option.id), "whm-option-added")),
        Err(fault) => refuse(fault, form::new_page(staff.frame(), &row, &sent)),
    }
}

async fn try_add(
    staff: &Staff<can::ManageCatalog>,
    id: &ProductId,
    sent: &Sent,
) -> Result<product_option::Model, CatalogError> {
    let unknown = || CatalogError::Invalid(vec![FieldFault::new("kind", "unknown")]);
    let kind = OptionKind::parse(text(sent, "kind")).ok_or_else(unknown)?;
    let facts = form::read(kind, sent)?;
    let added = write::add_option(&staff.ctx, id, text(sent, "code"), kind, facts).await;
    added.map_err(|fault| form::at_fields(kind, fault))
}

/// `GET /whm/options/{id}/edit`
pub async fn edit(staff: Staff<can::ManageCatalog>, id: Path<ProductOptionId>) -> Result<HttpResponse, WebError> {
    let row = options::get(&staff.ctx.db, &id).await?;
    respond::page(&form::edit_page(staff.frame(), &row, &form::stored(&row)))
}

/// `POST /whm/options/{id}/edit`
pub async fn save(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductOptionId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = options::get(&staff.ctx.db, &id).await?;
    let saved = match form::read(row.kind, &sent) {
        Ok(facts) => write::save_option(&staff.ctx, &id, text(&sent, "seen"), facts).await,
        Err(fault) => Err(fault),
    };
    match saved.map_err(|fault| form::at_fields(row.kind, fault)) {
        Ok(_) => Ok(done(&format!("{HOME}/{id}"), "whm-saved")),
        // To the form as it stands now: what was typed is of another option than this one.
        Err(CatalogError::OptionChanged) => {
            Ok(flash::see_other(&format!("{HOME}/{id}/edit"), Tone::Bad, "error-option-changed"))
        }
        Err(fault) => refuse(fault, form::edit_page(staff.frame(), &row, &sent)),
    }
}

/// A price of a value as typed.
#[derive(Deserialize)]
pub struct PriceForm {
    value: String,
    cycle: String,
    #[serde(default)]
    days: String,
    amount: i64,
    #[serde(default)]
    tax_included: String,
}

/// `POST /whm/options/{id}/price`
pub async fn set_price(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductOptionId>,
    SafeForm(form): SafeForm<PriceForm>,
) -> Result<HttpResponse, WebError> {
    let cycle = plan_form::cycle_of(&form.cycle, &form.days).map_err(|fault| CommonFault::Invalid(vec![fault]))?;
    let tax_included = match form.tax_included.as_str() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    let new = NewOptionPrice { cycle, amount_minor: form.amount, tax_included };
    write::set_option_price(&staff.ctx, &id, &form.value, new).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-price-saved"))
}

/// A price of a value.
#[derive(Deserialize)]
pub struct PriceRemovalForm {
    value: String,
    cycle: String,
}

/// `POST /whm/options/{id}/price/remove`
pub async fn remove_price(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductOptionId>,
    SafeForm(form): SafeForm<PriceRemovalForm>,
) -> Result<HttpResponse, WebError> {
    let cycle = Cycle::parse(&form.cycle).ok_or(CommonFault::NotFound)?;
    write::remove_option_price(&staff.ctx, &id, &form.value, cycle).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-price-removed"))
}

/// `POST /whm/options/{id}/retire`
pub async fn retire(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductOptionId>,
    SafeForm(form): SafeForm<ConfirmForm>,
) -> Result<HttpResponse, WebError> {
    let back = format!("{HOME}/{id}");
    if !form.says(&options::get(&staff.ctx.db, &id).await?.code) {
        return Ok(not_confirmed(&back));
    }
    write::retire_option(&staff.ctx, &id).await?;
    Ok(done(&back, "whm-option-is-retired"))
}
