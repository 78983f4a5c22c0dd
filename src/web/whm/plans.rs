//! What is sold: plans, their quota and their prices.
use super::{
    ConfirmForm, categories, done, history, not_confirmed, plan_form,
    products::{self, shown, trial_words},
    query::ListQuery,
    view::{Action, Cell, DetailPage, Field, Kind, ListPage, Part, Table},
    waiting,
};
use crate::{
    domain::catalog::{
        PlanDetail, find, listing, template,
        write::{self, NewPrice},
    },
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    catalog::{plan_feature, product},
    value::{Cycle, PlanId},
};
use serde::Deserialize;

/// Whether it shall be hidden.
pub use categories::VisibilityForm;

/// The list.
pub(super) const HOME: &str = "/whm/plans";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/plans", web::get().to(list))
        .route("/plans/{id}", web::get().to(show))
        .route("/plans/{id}/quota", web::post().to(set_quota))
        .route("/plans/{id}/price", web::post().to(set_price))
        .route("/plans/{id}/price/remove", web::post().to(remove_price))
        .route("/plans/{id}/visibility", web::post().to(set_visibility))
        .route("/plans/{id}/copy", web::post().to(copy))
        .route("/plans/{id}/retire", web::post().to(retire));
    plan_form::routes(config);
}

/// `GET /whm/plans`
pub async fn list(staff: Staff<can::ReadCatalog>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = listing::plans(&staff.ctx.db, &query.page()).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[(PlanDetail, product::Model)],
    next: Option<&str>,
) -> ListPage {
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
    let rows = rows.iter().map(|(detail, product)| {
        let plan = &detail.plan;
        let monthly = detail.prices.iter().find(|price| price.cycle == Cycle::Monthly);
        let is_shown = !plan.is_hidden && !product.is_hidden;
        let is_retired = plan.retired_at.is_some() || product.retired_at.is_some();
        vec![
            Cell::link(&plan.name, format!("{HOME}/{}", plan.id)),
            Cell::text(&product.name),
            shown(&frame, is_shown, is_retired),
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
        actions: vec![Action::link(frame.t("whm-products"), products::HOME, "package")],
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-plans"), columns).with(rows),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
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
    let who_waits = format!("{}?q={}", waiting::HOME, detail.plan.code);
    page.actions.push(Action::link(page.frame.t("nav-waiting"), who_waits, "hourglass"));
    if staff.may::<can::ManageCatalog>() {
        let mut actions = acts(&page.frame, &detail, &product);
        let unsold = made_from.filter(|made_from| !template::may_be_sold(made_from));
        actions.extend(unsold.map(|made_from| products::agreement(&page.frame, &made_from.id)));
        page.actions.extend(actions);
    }
    history::offer(&staff, &page.frame, &mut page.actions, &format!("{HOME}/{id}"));
    respond::page(&page)
}

pub(super) fn acts(frame: &Frame, detail: &PlanDetail, product: &product::Model) -> Vec<Action> {
    let plan = &detail.plan;
    let here = format!("{HOME}/{}", plan.id);
    let to = |verb: &str| format!("{here}/{verb}");
    let mut acts = vec![
        Action::link(frame.t("whm-plan-edit"), to("edit"), "edit"),
        Action::link(frame.t("whm-features-edit"), to("features"), "list"),
    ];
    if product.retired_at.is_none() {
        let copy = Action::ask(frame.t("whm-plan-copy"), frame.t("whm-plan-copy-text"), "copy", to("copy"), "copy");
        acts.push(copy.with(vec![
            Field::line("code", frame.t("whm-code")).help(frame.t("whm-plan-code-help")),
            Field::line("name", frame.t("whm-name")),
        ]));
    }
    if plan.retired_at.is_some() || product.retired_at.is_some() {
        return acts;
    }
    let quota = Action::ask(frame.t("whm-quota-set"), frame.t("whm-quota-text"), "quota", to("quota"), "stack-2");
    acts.push(quota.with(vec![Field::number("total", frame.t("whm-quota")).value(plan.quota_total.to_string())]));
    acts.extend(price_acts(frame, detail, &here));
    let (label, icon, other) = match plan.is_hidden {
        true => ("whm-show", "eye", "0"),
        false => ("whm-hide", "eye-off", "1"),
    };
    let name = format!("{} {}", frame.t(label), frame.t("whm-the-plan"));
    let visibility = Action::ask(name, frame.t("whm-visibility-text"), "plan-visibility", to("visibility"), icon);
    acts.push(visibility.with(vec![Field::hidden("is_hidden", other)]));
    acts.extend(products::settings(frame, product));
    let (label, text) = (frame.t("whm-plan-retire"), frame.t("whm-plan-retire-text"));
    acts.push(Action::ask(label, text, "retire", to("retire"), "ban").danger().type_this(&plan.code));
    acts
}

fn price_acts(frame: &Frame, detail: &PlanDetail, here: &str) -> Vec<Action> {
    let first = detail.prices.first();
    let set = Action::ask(frame.t("whm-price-set"), frame.t("whm-price-text"), "price", format!("{here}/price"), "tag");
    let amount = |minor: Option<i64>| minor.map_or_else(String::new, |minor| minor.to_string());
    let set = set.with(vec![
        plan_form::cycle_field(frame, &detail.prices).value(first.map_or("monthly", |price| price.cycle.as_str())),
        plan_form::days_field(frame),
        Field::number("amount", frame.t("whm-price")).value(amount(first.map(|price| price.amount_minor))).unit("Rp"),
        Field::number("setup_fee", frame.t("whm-setup-fee"))
            .value(amount(first.map(|price| price.setup_fee_minor).or(Some(0))))
            .unit("Rp"),
        Field::new("tax_included", frame.t("whm-price-written"), Kind::Choice(written(frame)))
            .value("")
            .help(frame.t("whm-price-written-help")),
    ]);
    let sold = detail.prices.iter().map(|price| price.cycle.as_str());
    let sold: Vec<_> = sold.map(|word| (word.to_owned(), frame.word("cycle", word))).collect();
    let is_priced = !sold.is_empty();
    let to = format!("{here}/price/remove");
    let remove =
        Action::ask(frame.t("whm-price-remove"), frame.t("whm-price-remove-text"), "price-remove", to, "trash")
            .danger()
            .with(vec![Field::new("cycle", frame.t("whm-cycle"), Kind::Choice(sold))]);
    [Some(set), is_priced.then_some(remove)].into_iter().flatten().collect()
}

/// How a price may be written.
pub(super) fn written(frame: &Frame) -> Vec<(String, String)> {
    [("", "whm-price-as-before"), ("0", "whm-price-without-tax"), ("1", "whm-price-with-tax")]
        .map(|(value, key)| (value.to_owned(), frame.t(key)))
        .into()
}

pub(super) fn detail_page(frame: Frame, detail: &PlanDetail, product: &product::Model) -> DetailPage {
    let plan = &detail.plan;
    let yes = |shown: bool| Cell::Text(frame.t(if shown { "whm-yes" } else { "whm-no" }));
    let facts = vec![
        (frame.t("whm-service"), Cell::link(&product.name, format!("{}/{}", products::HOME, product.id))),
        (frame.t("whm-code"), Cell::Code(plan.code.clone())),
        (frame.t("whm-plan-shown"), shown(&frame, !plan.is_hidden, plan.retired_at.is_some())),
        (frame.t("whm-service-shown"), shown(&frame, !product.is_hidden, product.retired_at.is_some())),
        (frame.t("whm-retired-since"), Cell::maybe_time(plan.retired_at.or(product.retired_at))),
        (frame.t("whm-tier"), Cell::text(plan.tier.to_string())),
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
        parts: vec![
            Part::Rows(frame.t("whm-prices"), Table::new(frame.t("whm-prices"), heads).with(prices)),
            Part::Rows(frame.t("whm-features"), features_table(&frame, &detail.features)),
        ],
        frame,
    }
}

fn features_table(frame: &Frame, rows: &[plan_feature::Model]) -> Table {
    let heads = [(frame.t("whm-feature"), "cell-main"), (frame.t("whm-feature-value"), "cell-side")];
    let cells = rows.iter().map(|row| {
        let label = frame.lang.of(&row.label_id, &row.label_en);
        vec![Cell::text(label), Cell::text(frame.lang.of(&row.value_id, &row.value_en))]
    });
    Table::new(frame.t("whm-features"), heads).with(cells)
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
    #[serde(default)]
    days: String,
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
    let cycle = plan_form::cycle_of(&form.cycle, &form.days).map_err(|fault| CommonFault::Invalid(vec![fault]))?;
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

/// A cycle.
#[derive(Deserialize)]
pub struct CycleForm {
    cycle: String,
}

/// `POST /whm/plans/{id}/price/remove`
pub async fn remove_price(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(form): SafeForm<CycleForm>,
) -> Result<HttpResponse, WebError> {
    let cycle = Cycle::parse(&form.cycle).ok_or(CommonFault::NotFound)?;
    write::remove_price(&staff.ctx, &id, cycle).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-price-removed"))
}

/// Code and name of a copy, as typed.
#[derive(Deserialize)]
pub struct CopyForm {
    code: String,
    name: String,
}

/// `POST /whm/plans/{id}/copy`
pub async fn copy(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(form): SafeForm<CopyForm>,
) -> Result<HttpResponse, WebError> {
    let row = write::copy_plan(&staff.ctx, &id, form.code.trim(), &form.name).await?;
    Ok(done(&format!("{HOME}/{}", row.id), "whm-plan-copied"))
}

/// `POST /whm/plans/{id}/retire`
pub async fn retire(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(form): SafeForm<ConfirmForm>,
) -> Result<HttpResponse, WebError> {
    let back = format!("{HOME}/{id}");
    let (detail, _) = find::plan(&staff.ctx.db, &id).await?;
    if !form.says(&detail.plan.code) {
        return Ok(not_confirmed(&back));
    }
    write::retire_plan(&staff.ctx, &id).await?;
    Ok(done(&back, "whm-plan-is-retired"))
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
