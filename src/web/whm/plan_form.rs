//! The forms of a plan: what it is, and its rows of the comparison table.
use super::{
    done,
    plans::HOME,
    product_form::{Sent, text},
    products::HOME as PRODUCTS,
    refuse,
    view::{Field, FormPage, Kind},
    whole_number,
};
use crate::{
    domain::catalog::{
        CatalogError, PlanDetail, find,
        write::{self, FEATURE_MARK, Feature, NewPlan, NewPrice, PlanFacts, Visibility, Words},
    },
    kernel::{fault::FieldFault, permission::can},
    web::{WebError, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    catalog::{plan, plan_feature, price, product},
    value::{Cycle, PlanId, ProductId},
};

/// The choice of a cycle that is counted in days.
const DAYS: &str = "days";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/products/{id}/plans/new", web::get().to(new))
        .route("/products/{id}/plans/new", web::post().to(add))
        .route("/plans/{id}/edit", web::get().to(edit))
        .route("/plans/{id}/edit", web::post().to(save))
        .route("/plans/{id}/features", web::get().to(features))
        .route("/plans/{id}/features", web::post().to(save_features));
}

/// A new form.
pub(super) fn blank() -> Sent {
    let filled = [("tier", "1"), ("quota_total", "100"), ("cycle", "monthly"), ("setup_fee", "0")];
    filled.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A form filled with what is stored.
pub(super) fn stored(row: &plan::Model) -> Sent {
    let fields = [
        ("name", row.name.clone()),
        ("tier", row.tier.to_string()),
        ("cpu_milli", row.cpu_milli.to_string()),
        ("memory_mb", row.memory_mb.to_string()),
        ("storage_gb", row.storage_gb.to_string()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn number(sent: &Sent, name: &'static str, faults: &mut Vec<FieldFault>) -> i64 {
    whole_number(text(sent, name), name, faults).unwrap_or_else(|| {
        if text(sent, name).is_empty() {
            faults.push(FieldFault::new(name, "required"));
        }
        0
    })
}

fn read_facts(sent: &Sent, faults: &mut Vec<FieldFault>) -> PlanFacts {
    PlanFacts {
        name: text(sent, "name").to_owned(),
        tier: i32::try_from(number(sent, "tier", faults)).unwrap_or(i32::MAX),
        cpu_milli: number(sent, "cpu_milli", faults),
        memory_mb: number(sent, "memory_mb", faults),
        storage_gb: number(sent, "storage_gb", faults),
    }
}

/// The cycle of a choice and the days typed beside it.
///
/// # Errors
/// What is wrong with `cycle` or `days`.
pub(super) fn cycle_of(choice: &str, days: &str) -> Result<Cycle, FieldFault> {
    if choice != DAYS {
        return Cycle::parse(choice).ok_or_else(|| FieldFault::new("cycle", "unknown"));
    }
    let most = entity::value::DayCount::MAX;
    let wrong = || FieldFault::new("days", "out_of_range").with("min", 1).with("max", most);
    days.trim().parse().ok().and_then(Cycle::of_days).ok_or_else(wrong)
}

/// The choice of a cycle: those with a name, those of `prices`, and any number of days.
pub(super) fn cycle_field(frame: &Frame, prices: &[price::Model]) -> Field {
    let of_days = prices.iter().map(|price| price.cycle).filter(|cycle| matches!(cycle, Cycle::Days(_)));
    let known = Cycle::NAMED.into_iter().chain(of_days);
    let known = known.map(|cycle| (cycle.as_str().to_owned(), frame.word("cycle", cycle.as_str())));
    let other = (DAYS.to_owned(), frame.t("whm-cycle-of-days"));
    Field::new("cycle", frame.t("whm-cycle"), Kind::Choice(known.chain([other]).collect()))
}

/// The days of a cycle that has no name.
pub(super) fn days_field(frame: &Frame) -> Field {
    let field = Field::number("days", frame.t("whm-cycle-days")).help(frame.t("whm-cycle-days-help"));
    field.unit(frame.t("whm-days")).optional()
}

/// What the form of a new plan means: the plan and the first of its prices, if one was typed.
fn read_new(product_id: &ProductId, sent: &Sent) -> Result<(NewPlan, Option<NewPrice>), CatalogError> {
    let mut faults = Vec::new();
    let facts = read_facts(sent, &mut faults);
    let quota_total = number(sent, "quota_total", &mut faults);
    let amount = whole_number(text(sent, "amount"), "amount", &mut faults);
    let setup_fee_minor = whole_number(text(sent, "setup_fee"), "setup_fee", &mut faults).unwrap_or(0);
    let cycle = cycle_of(text(sent, "cycle"), text(sent, "days"));
    let price = match (amount, cycle) {
        (None, _) => None,
        (Some(amount_minor), Ok(cycle)) => Some(NewPrice { cycle, amount_minor, setup_fee_minor, tax_included: None }),
        (Some(_), Err(fault)) => {
            faults.push(fault);
            None
        }
    };
    if !faults.is_empty() {
        return Err(CatalogError::Invalid(faults));
    }
    let is_hidden = text(sent, "is_hidden") == "1";
    let new = NewPlan {
        product_id: product_id.clone(),
        code: text(sent, "code").to_owned(),
        visibility: if is_hidden { Visibility::Hidden } else { Visibility::Shown },
        name: facts.name,
        tier: facts.tier,
        cpu_milli: facts.cpu_milli,
        memory_mb: facts.memory_mb,
        storage_gb: facts.storage_gb,
        quota_total,
    };
    Ok((new, price))
}

fn facts_fields(frame: &Frame, sent: &Sent) -> Vec<Field> {
    let number = |name: &str, label: &str| Field::number(name, frame.t(label)).value(text(sent, name));
    vec![
        Field::line("name", frame.t("whm-name")).value(text(sent, "name")),
        number("tier", "whm-tier").help(frame.t("whm-tier-help")),
        number("cpu_milli", "whm-plan-cpu").unit("mCPU").help(frame.t("whm-plan-cpu-help")),
        number("memory_mb", "whm-plan-memory").unit("MiB"),
        number("storage_gb", "whm-plan-storage").unit("GiB"),
    ]
}

/// The form of a new plan of `row`.
pub(super) fn new_page(frame: Frame, row: &product::Model, sent: &Sent) -> FormPage {
    let number = |name: &str, label: &str| Field::number(name, frame.t(label)).value(text(sent, name));
    let code = Field::line("code", frame.t("whm-code")).help(frame.t("whm-plan-code-help")).value(text(sent, "code"));
    let mut fields = vec![code];
    fields.extend(facts_fields(&frame, sent));
    fields.extend([
        number("quota_total", "whm-quota").help(frame.t("whm-quota-text")),
        cycle_field(&frame, &[]).value(text(sent, "cycle")),
        days_field(&frame).value(text(sent, "days")),
        number("amount", "whm-price").unit("Rp").help(frame.t("whm-first-price-help")).optional(),
        number("setup_fee", "whm-setup-fee").unit("Rp").optional(),
        Field::new("is_hidden", frame.t("whm-plan-hidden"), Kind::Switch).value(text(sent, "is_hidden")),
    ]);
    let back = format!("{PRODUCTS}/{}", row.id);
    FormPage {
        title: frame.t("whm-plan-add"),
        subtitle: row.name.clone(),
        action: format!("{back}/plans/new"),
        back,
        back_label: row.name.clone(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// The form of a plan there is.
pub(super) fn edit_page(frame: Frame, row: &plan::Model, sent: &Sent) -> FormPage {
    let here = format!("{HOME}/{}", row.id);
    FormPage {
        title: frame.t("whm-plan-edit"),
        subtitle: frame.t("whm-plan-edit-text"),
        action: format!("{here}/edit"),
        back: here,
        back_label: row.name.clone(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: facts_fields(&frame, sent),
        actions: Vec::new(),
        frame,
    }
}

/// The rows of the comparison table, one a line, its parts between marks.
pub(super) fn lines(rows: &[plan_feature::Model]) -> String {
    let line = |row: &plan_feature::Model| {
        [&row.label_id, &row.label_en, &row.value_id, &row.value_en]
            .map(String::as_str)
            .join(&format!(" {FEATURE_MARK} "))
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn read_lines(typed: &str) -> Result<Vec<Feature>, CatalogError> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (i, line) in typed.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let parts: Vec<String> = line.split(FEATURE_MARK).map(|part| part.trim().to_owned()).collect();
        match <[String; 4]>::try_from(parts) {
            Ok([label_id, label_en, value_id, value_en]) if !label_id.is_empty() => rows.push(Feature {
                label: Words { id: label_id, en: label_en },
                value: Words { id: value_id, en: value_en },
            }),
            _ => faults.push(FieldFault::new("features", "feature_line").with("line", i + 1)),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(CatalogError::Invalid(faults)) }
}

/// The form of the rows of the comparison table.
pub(super) fn features_page(frame: Frame, row: &plan::Model, typed: &str) -> FormPage {
    let here = format!("{HOME}/{}", row.id);
    let field = Field::new("features", frame.t("whm-features"), Kind::Long);
    FormPage {
        title: frame.t("whm-features-edit"),
        subtitle: frame.t("whm-features-text"),
        action: format!("{here}/features"),
        back: here,
        back_label: row.name.clone(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: vec![field.help(frame.t("whm-features-help")).value(typed).optional()],
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/products/{id}/plans/new`
pub async fn new(staff: Staff<can::ManageCatalog>, id: Path<ProductId>) -> Result<HttpResponse, WebError> {
    let row = find::product(&staff.ctx.db, &id).await?;
    respond::page(&new_page(staff.frame(), &row, &blank()))
}

/// `POST /whm/products/{id}/plans/new`
pub async fn add(
    staff: Staff<can::ManageCatalog>,
    id: Path<ProductId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = find::product(&staff.ctx.db, &id).await?;
    let added = match read_new(&id, &sent) {
        Ok((new, price)) => write::add_plan(&staff.ctx, new, price.as_slice(), &[]).await,
        Err(fault) => Err(fault),
    };
    match added.map_err(at_fields) {
        Ok(plan) => Ok(done(&format!("{HOME}/{}", plan.id), "whm-plan-added")),
        Err(fault) => refuse(fault, new_page(staff.frame(), &row, &sent)),
    }
}

/// What is wrong, at the fields of these forms: the first price has no number here, and all rows are one field.
fn at_fields(fault: CatalogError) -> CatalogError {
    let CatalogError::Invalid(faults) = fault else { return fault };
    let place = |fault: FieldFault| {
        if let Some(field) = fault.field.strip_prefix("prices[0].") {
            return FieldFault { field: field.to_owned(), ..fault };
        }
        let line = fault.field.strip_prefix("features[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
        line.map_or(fault, |line| FieldFault::new("features", "feature_line").with("line", line + 1))
    };
    CatalogError::Invalid(faults.into_iter().map(place).collect())
}

async fn plan_of(staff: &Staff<can::ManageCatalog>, id: &PlanId) -> Result<PlanDetail, WebError> {
    Ok(find::plan(&staff.ctx.db, id).await?.0)
}

/// `GET /whm/plans/{id}/edit`
pub async fn edit(staff: Staff<can::ManageCatalog>, id: Path<PlanId>) -> Result<HttpResponse, WebError> {
    let row = plan_of(&staff, &id).await?.plan;
    respond::page(&edit_page(staff.frame(), &row, &stored(&row)))
}

/// `POST /whm/plans/{id}/edit`
pub async fn save(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = plan_of(&staff, &id).await?.plan;
    let mut faults = Vec::new();
    let facts = read_facts(&sent, &mut faults);
    let saved = if faults.is_empty() {
        write::revise_plan(&staff.ctx, &id, |stored| *stored = facts).await
    } else {
        Err(CatalogError::Invalid(faults))
    };
    match saved {
        Ok(_) => Ok(done(&format!("{HOME}/{id}"), "whm-saved")),
        Err(fault) => refuse(fault, edit_page(staff.frame(), &row, &sent)),
    }
}

/// `GET /whm/plans/{id}/features`
pub async fn features(staff: Staff<can::ManageCatalog>, id: Path<PlanId>) -> Result<HttpResponse, WebError> {
    let detail = plan_of(&staff, &id).await?;
    respond::page(&features_page(staff.frame(), &detail.plan, &lines(&detail.features)))
}

/// `POST /whm/plans/{id}/features`
pub async fn save_features(
    staff: Staff<can::ManageCatalog>,
    id: Path<PlanId>,
    SafeForm(sent): SafeForm<Sent>,
) -> Result<HttpResponse, WebError> {
    let row = plan_of(&staff, &id).await?.plan;
    let typed = text(&sent, "features");
    let saved = match read_lines(typed) {
        Ok(rows) => write::set_features(&staff.ctx, &id, &rows).await,
        Err(fault) => Err(fault),
    };
    match saved.map_err(at_fields) {
        Ok(()) => Ok(done(&format!("{HOME}/{id}"), "whm-saved")),
        Err(fault) => refuse(fault, features_page(staff.frame(), &row, typed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_are_written() {
        let read = read_lines("Pengguna | Users | 5 | 5\n\n Dukungan|Support|Surel|Email \n").unwrap();
        let values: Vec<&str> = read.iter().map(|row| row.value.id.as_str()).collect();
        assert_eq!(values, ["5", "Surel"]);
        for bad in ["Pengguna | Users | 5", "Pengguna | Users | 5 | 5 | 5", " | Users | 5 | 5"] {
            assert!(read_lines(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cycle_is_one_with_a_name_or_a_number_of_days() {
        assert_eq!(cycle_of("monthly", "10"), Ok(Cycle::Monthly));
        assert_eq!(cycle_of("days", " 10 ").map(Cycle::as_str), Ok("days_10"));
        assert_eq!(cycle_of("days_10", "").map(Cycle::as_str), Ok("days_10"));
        let codes = [("weekly", ""), ("days", ""), ("days", "0"), ("days", "1096"), ("days", "-1")];
        for (choice, days) in codes {
            assert!(cycle_of(choice, days).is_err(), "{choice} {days}");
        }
    }
}
