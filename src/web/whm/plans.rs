//! What is sold: plans, their quota and their prices.
use super::{
    done, history,
    view::{Action, Cell, DetailPage, Field, Kind, ListPage, Part, Table},
};
use crate::{
    domain::catalog::{
        PlanDetail,
        find::{self, StaffService},
        template,
        write::{self, NewPrice, Visibility},
    },
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    catalog::product,
    value::{Cycle, PlanId, ProductId, ServiceTemplateId},
};
use serde::Deserialize;

const HOME: &str = "/whm/plans";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/plans", web::get().to(list))
        .route("/plans/{id}", web::get().to(show))
        .route("/plans/{id}/quota", web::post().to(set_quota))
        .route("/plans/{id}/price", web::post().to(set_price))
        .route("/plans/{id}/visibility", web::post().to(set_visibility))
        .route("/products/{id}/visibility", web::post().to(set_product_visibility))
        .route("/products/{id}/downgrades", web::post().to(set_downgrades))
        .route("/products/{id}/trial", web::post().to(set_trial))
        .route("/templates/{id}/agreement", web::post().to(record_agreement));
}

/// `GET /whm/plans`
pub async fn list(staff: Staff<can::ReadCatalog>) -> Result<HttpResponse, WebError> {
    let catalog = find::all_for_staff(&staff.ctx.db).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &catalog))
}

pub(super) fn list_page(frame: Frame, catalog: &[StaffService]) -> ListPage {
    let columns = [
        (frame.t("whm-plan"), "cell-main"),
        (frame.t("whm-service"), "cell-sub"),
        (frame.t("whm-shown"), ""),
        (frame.t("whm-used"), "num"),
        (frame.t("whm-quota"), "num"),
        (frame.t("whm-free"), "num"),
        (frame.t("whm-per-month"), "cell-side num"),
    ];
    let number = |value: i64| Cell::text(crate::kernel::format::number(value, frame.lang));
    let rows = catalog.iter().flat_map(|service| service.plans.iter().map(move |plan| (service, plan)));
    let rows = rows.map(|(service, detail)| {
        let plan = &detail.plan;
        let monthly = detail.prices.iter().find(|price| price.cycle == Cycle::Monthly);
        let is_shown = !plan.is_hidden && !service.product.is_hidden;
        vec![
            Cell::link(&plan.name, format!("{HOME}/{}", plan.id)),
            Cell::text(&service.product.name),
            Cell::Text(frame.t(if is_shown { "whm-yes" } else { "whm-no" })),
            number(plan.quota_used),
            number(plan.quota_total),
            number(detail.available()),
            monthly.map_or(Cell::Nothing, |price| {
                Cell::price(&frame, price.amount_minor, &price.currency, price.tax_included)
            }),
        ]
    });
    let rows: Vec<_> = rows.collect();
    ListPage {
        title: frame.t("nav-plans"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-plans"), columns).with(rows),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// `GET /whm/plans/{id}`
pub async fn show(staff: Staff<can::ReadCatalog>, id: Path<PlanId>) -> Result<HttpResponse, WebError> {
    let (detail, product) = find::plan(&staff.ctx.db, &id).await?;
    let made_from = match &product.service_template_id {
        Some(id) => template::find(&staff.ctx.db, id).await.map_err(CommonFault::from)?,
        None => None,
    };
    let mut page = detail_page(staff.frame(), &detail, &product);
    if let Some(made_from) = &made_from {
        page.facts.push((page.frame.t("whm-licence"), Cell::text(page.frame.word("whm-licence", &made_from.resale))));
        page.facts.push((page.frame.t("whm-agreement"), Cell::maybe(made_from.agreement_note.clone())));
    }
    if staff.may::<can::ManageCatalog>() {
        let needs_agreement =
            made_from.filter(|made_from| !template::may_be_sold(made_from)).map(|made_from| made_from.id);
        let actions = acts(&page.frame, &detail, &product, needs_agreement);
        page.actions.extend(actions);
    }
    history::offer(&staff, &page.frame, &mut page.actions, &format!("{HOME}/{id}"));
    respond::page(&page)
}

fn acts(
    frame: &Frame,
    detail: &PlanDetail,
    product: &product::Model,
    needs_agreement: Option<ServiceTemplateId>,
) -> Vec<Action> {
    let plan = &detail.plan;
    let to = |verb: &str| format!("{HOME}/{}/{verb}", plan.id);
    let quota = Action::ask(frame.t("whm-quota-set"), frame.t("whm-quota-text"), "quota", to("quota"), "stack-2")
        .with(vec![Field::number("total", frame.t("whm-quota")).value(plan.quota_total.to_string())]);
    let cycles =
        detail.prices.iter().map(|price| (price.cycle.as_str().to_owned(), frame.word("cycle", price.cycle.as_str())));
    let monthly = detail.prices.first();
    let includes_tax = monthly.is_some_and(|price| price.tax_included);
    let price =
        Action::ask(frame.t("whm-price-set"), frame.t("whm-price-text"), "price", to("price"), "tag").with(vec![
            Field::new("cycle", frame.t("whm-cycle"), Kind::Choice(cycles.collect())),
            Field::number("amount", frame.t("whm-price"))
                .value(monthly.map_or_else(String::new, |price| price.amount_minor.to_string()))
                .unit("Rp"),
            Field::number("setup_fee", frame.t("whm-setup-fee")).value("0").unit("Rp"),
            Field::new("tax_included", frame.t("whm-price-written"), Kind::Choice(written(frame)))
                .value(if includes_tax { "1" } else { "0" })
                .help(frame.t("whm-price-written-help")),
        ]);
    let label = |is_hidden| if is_hidden { frame.t("whm-show") } else { frame.t("whm-hide") };
    let icon = |is_hidden| if is_hidden { "eye" } else { "eye-off" };
    let question = |name, id, is_hidden: bool, to| {
        Action::ask(format!("{} {name}", label(is_hidden)), frame.t("whm-visibility-text"), id, to, icon(is_hidden))
            .with(vec![Field::hidden("is_hidden", if is_hidden { "0" } else { "1" })])
    };
    let mut acts = vec![
        quota,
        price,
        question(frame.t("whm-the-plan"), "plan-visibility", plan.is_hidden, to("visibility")),
        question(
            frame.t("whm-the-service"),
            "product-visibility",
            product.is_hidden,
            format!("/whm/products/{}/visibility", product.id),
        ),
    ];
    let (label, other) = match product.allows_downgrade {
        true => ("whm-downgrades-forbid", "0"),
        false => ("whm-downgrades-allow", "1"),
    };
    let to_downgrades = format!("/whm/products/{}/downgrades", product.id);
    let downgrades =
        Action::ask(frame.t(label), frame.t("whm-downgrades-text"), "downgrades", to_downgrades, "chevron-down");
    acts.push(downgrades.with(vec![Field::hidden("is_allowed", other)]));
    let to_trial = format!("/whm/products/{}/trial", product.id);
    let trial = Action::ask(frame.t("whm-trial-set"), frame.t("whm-trial-text"), "trial", to_trial, "clock");
    let days = Field::number("days", frame.t("whm-trial-days")).value(product.trial_days.to_string());
    acts.push(trial.with(vec![days.unit(frame.t("whm-days"))]));
    if let Some(id) = needs_agreement {
        let to = format!("/whm/templates/{id}/agreement");
        let ask =
            Action::ask(frame.t("whm-agreement-set"), frame.t("whm-agreement-text"), "agreement", to, "file-text");
        acts.push(ask.with(vec![Field::new("note", frame.t("whm-agreement"), Kind::Long)]));
    }
    acts
}

/// How a price may be written.
fn written(frame: &Frame) -> Vec<(String, String)> {
    [("0", "whm-price-without-tax"), ("1", "whm-price-with-tax")]
        .map(|(value, key)| (value.to_owned(), frame.t(key)))
        .into()
}

fn trial_words(frame: &Frame, days: i32) -> Cell {
    if days == 0 { Cell::Text(frame.t("whm-no")) } else { Cell::Text(frame.ta("whm-trial-of", [("n", days)])) }
}

pub(super) fn detail_page(frame: Frame, detail: &PlanDetail, product: &product::Model) -> DetailPage {
    let plan = &detail.plan;
    let yes = |shown: bool| Cell::Text(frame.t(if shown { "whm-yes" } else { "whm-no" }));
    let facts = vec![
        (frame.t("whm-service"), Cell::text(&product.name)),
        (frame.t("whm-code"), Cell::Code(plan.code.clone())),
        (frame.t("whm-plan-shown"), yes(!plan.is_hidden)),
        (frame.t("whm-service-shown"), yes(!product.is_hidden)),
        (frame.t("whm-used"), Cell::text(plan.quota_used.to_string())),
        (frame.t("whm-quota"), Cell::text(plan.quota_total.to_string())),
        (frame.t("whm-free"), Cell::text(detail.available().to_string())),
        (frame.t("whm-resources"), Cell::resources(&frame, plan.cpu_milli, plan.memory_mb, Some(plan.storage_gb))),
        (frame.t("whm-policy"), Cell::text(frame.word("purchase-policy", product.purchase_policy.as_str()))),
        (frame.t("whm-downgrades"), yes(product.allows_downgrade)),
        (frame.t("whm-trial"), trial_words(&frame, product.trial_days)),
    ];
    let heads = [
        (frame.t("whm-cycle"), "cell-main"),
        (frame.t("whm-setup-fee"), "num"),
        (frame.t("whm-price"), "cell-side num"),
    ];
    let prices = detail.prices.iter().map(|price| {
        vec![
            Cell::text(frame.word("cycle", price.cycle.as_str())),
            Cell::price(&frame, price.setup_fee_minor, &price.currency, price.tax_included),
            Cell::price(&frame, price.amount_minor, &price.currency, price.tax_included),
        ]
    });
    let is_full = detail.available() == 0;
    DetailPage {
        title: plan.name.clone(),
        subtitle: product.name.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-plans"),
        notice: if is_full { ("warn", frame.t("whm-plan-full")) } else { ("info", String::new()) },
        actions: Vec::new(),
        facts,
        parts: vec![Part::Rows(frame.t("whm-prices"), Table::new(frame.t("whm-prices"), heads).with(prices))],
        frame,
    }
}

/// A quota as typed.
#[derive(Deserialize)]
pub struct QuotaForm {
    total: i64,
}

/// `POST /whm/plans/{id}/quota`
pub async fn set_quota(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(form): SafeForm<QuotaForm>,
) -> Result<HttpResponse, WebError> {
    write::set_quota_total(&staff.ctx, &id, form.total).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-saved"))
}

/// A price as typed.
#[derive(Deserialize)]
pub struct PriceForm {
    cycle: String,
    amount: i64,
    setup_fee: i64,
    #[serde(default)]
    tax_included: String,
}

/// `POST /whm/plans/{id}/price`
pub async fn set_price(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(form): SafeForm<PriceForm>,
) -> Result<HttpResponse, WebError> {
    let cycle = Cycle::parse(&form.cycle).ok_or(CommonFault::NotFound)?;
    let new = NewPrice {
        cycle,
        amount_minor: form.amount,
        setup_fee_minor: form.setup_fee,
        tax_included: match form.tax_included.as_str() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        },
    };
    write::set_price(&staff.ctx, &id, new).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-price-saved"))
}

/// Whether it shall be hidden.
#[derive(Deserialize)]
pub struct VisibilityForm {
    is_hidden: String,
}

impl VisibilityForm {
    fn wanted(&self) -> Visibility {
        if self.is_hidden == "1" { Visibility::Hidden } else { Visibility::Shown }
    }
}

/// `POST /whm/plans/{id}/visibility`
pub async fn set_visibility(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(form): SafeForm<VisibilityForm>,
) -> Result<HttpResponse, WebError> {
    write::set_plan_visibility(&staff.ctx, &id, form.wanted()).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-saved"))
}

/// `POST /whm/products/{id}/visibility`
pub async fn set_product_visibility(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(form): SafeForm<VisibilityForm>,
) -> Result<HttpResponse, WebError> {
    write::set_product_visibility(&staff.ctx, &id, form.wanted()).await?;
    Ok(done(HOME, "whm-saved"))
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
    Ok(done(HOME, "whm-saved"))
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
    Ok(done(HOME, "whm-saved"))
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
