//! Changes of the catalog by staff and seeds. Prices and resources changed here are for future sales only: a running
//! contract keeps the price it was sold for.
use super::{
    CatalogError,
    quota::{self, MAX_QUOTA},
    template,
};
use crate::{
    domain::{Ctx, settings},
    kernel::{audit::Change, fault::FieldFault},
};
use entity::{
    catalog::{category, plan, plan_feature, price, product},
    value::{CategoryId, Cycle, IDR, PlanId, PriceId, ProductId, ProductKind, PurchasePolicy, ServiceTemplateId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;

/// The dearest price that is believed, minor units: protects against a slip of the keyboard.
const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// Days of a trial at most.
const LONGEST_TRIAL: i32 = 90;

/// Words in both languages.
#[derive(Clone, Debug)]
pub struct Words {
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
}

/// A product to be added.
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// Its shelf.
    pub category_id: CategoryId,
    /// Word in addresses; the template's slug where there is a template.
    pub slug: String,
    /// Kind.
    pub kind: ProductKind,
    /// Its name.
    pub name: String,
    /// One line.
    pub tagline: Words,
    /// Paragraphs.
    pub description: Words,
    /// Shown on the home page.
    pub is_featured: bool,
    /// Order on the page.
    pub position: i32,
    /// Driver that makes it run.
    pub driver: String,
    /// What new instances are made from.
    pub service_template_id: Option<ServiceTemplateId>,
    /// How many live contracts one customer may have.
    pub purchase_policy: PurchasePolicy,
}

/// A plan to be added.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// Of which product.
    pub product_id: ProductId,
    /// Stable word.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Rank among the plans of the product.
    pub tier: i32,
    /// Limit, thousandths of a CPU.
    pub cpu_milli: i64,
    /// Limit, MiB.
    pub memory_mb: i64,
    /// Volume, GiB.
    pub storage_gb: i64,
    /// Slots in stock.
    pub quota_total: i64,
}

/// What a cycle costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPrice {
    /// For how long.
    pub cycle: Cycle,
    /// Minor units, 0 or more.
    pub amount_minor: i64,
    /// Once at the first order, minor units, 0 or more.
    pub setup_fee_minor: i64,
    /// Whether both hold the tax; none: as the price that is replaced, and a first one as the settings say.
    pub tax_included: Option<bool>,
}

/// A row of the comparison table: what is compared, and its value in this plan.
#[derive(Clone, Debug)]
pub struct Feature {
    /// What is compared.
    pub label: Words,
    /// Its value.
    pub value: Words,
}

/// Adds a shelf.
///
/// # Errors
/// `Invalid` for a bad or taken slug.
pub async fn add_category(ctx: &Ctx, slug: &str, name: Words, position: i32) -> Result<category::Model, CatalogError> {
    check_slug("slug", slug)?;
    let row = category::Model {
        id: CategoryId::generate(),
        slug: slug.to_owned(),
        name_id: name.id,
        name_en: name.en,
        position,
    };
    let tx = ctx.begin().await?;
    let inserted = category::Entity::insert(category::ActiveModel::from(row.clone()))
        .on_conflict(OnConflict::column(category::Column::Slug).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    taken_unless(inserted, "slug")?;
    let change = Change {
        action: "catalog.category.add",
        target_type: "category",
        target_id: row.id.as_str(),
        after: Some(json!({ "slug": slug })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(row)
}

/// Adds a product. One whose template's licence needs an agreement is added, but is not for sale before
/// `template::record_agreement`.
///
/// # Errors
/// `Invalid` for a bad or taken slug, or one that differs from its template's.
pub async fn add_product(ctx: &Ctx, new: NewProduct) -> Result<product::Model, CatalogError> {
    check_slug("slug", &new.slug)?;
    let tx = ctx.begin().await?;
    if let Some(id) = &new.service_template_id {
        let template = template::find(&tx, id).await?.ok_or(CatalogError::NotFound)?;
        if template.slug != new.slug {
            return Err(CatalogError::Invalid(vec![FieldFault::new("slug", "template")]));
        }
    }
    let row = product::Model {
        id: ProductId::generate(),
        category_id: new.category_id,
        slug: new.slug,
        kind: new.kind,
        name: new.name,
        tagline_id: new.tagline.id,
        tagline_en: new.tagline.en,
        description_id: new.description.id,
        description_en: new.description.en,
        is_featured: new.is_featured,
        is_hidden: false,
        position: new.position,
        driver: new.driver,
        service_template_id: new.service_template_id,
        purchase_policy: new.purchase_policy,
        allows_downgrade: true,
        trial_days: 0,
        releases_quota_on_suspension: true,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let inserted = product::Entity::insert(product::ActiveModel::from(row.clone()))
        .on_conflict(OnConflict::column(product::Column::Slug).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    taken_unless(inserted, "slug")?;
    let change = Change {
        action: "catalog.product.add",
        target_type: "product",
        target_id: row.id.as_str(),
        after: Some(json!({ "slug": row.slug, "kind": row.kind })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(row)
}

/// Adds a plan with its prices and features.
///
/// # Errors
/// `Invalid` with every field that is wrong; `NotFound` where there is no such product.
pub async fn add_plan(
    ctx: &Ctx,
    new: NewPlan,
    prices: &[NewPrice],
    features: &[Feature],
) -> Result<plan::Model, CatalogError> {
    check_plan(&new, prices)?;
    let tx = ctx.begin().await?;
    product::Entity::find_by_id(new.product_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    let row = plan::Model {
        id: PlanId::generate(),
        product_id: new.product_id,
        code: new.code,
        name: new.name,
        tier: new.tier,
        cpu_milli: new.cpu_milli,
        memory_mb: new.memory_mb,
        storage_gb: new.storage_gb,
        quota_total: new.quota_total,
        quota_used: 0,
        is_hidden: false,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let inserted = plan::Entity::insert(plan::ActiveModel::from(row.clone()))
        .on_conflict(OnConflict::column(plan::Column::Code).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    taken_unless(inserted, "code")?;
    if !prices.is_empty() {
        let usual = settings::load(&tx).await?.tax.prices_include_tax;
        let rows = prices.iter().map(|price| price_row(&row.id, price, price.tax_included.unwrap_or(usual)));
        price::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    }
    if !features.is_empty() {
        plan_feature::Entity::insert_many(feature_rows(&row.id, features)).exec_without_returning(&tx).await?;
    }
    let change = Change {
        action: "catalog.plan.add",
        target_type: "plan",
        target_id: row.id.as_str(),
        after: Some(json!({ "code": row.code, "tier": row.tier, "quota_total": row.quota_total })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(row)
}

/// Sets the price of a cycle for future sales; running contracts keep theirs.
///
/// # Errors
/// `Invalid` for a negative or absurd amount; `NotFound`.
pub async fn set_price(ctx: &Ctx, plan_id: &PlanId, new: NewPrice) -> Result<(), CatalogError> {
    let mut faults = Vec::new();
    check_amounts("", &new, &mut faults);
    if !faults.is_empty() {
        return Err(CatalogError::Invalid(faults));
    }
    let tx = ctx.begin().await?;
    plan::Entity::find_by_id(plan_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    let before = price::Entity::find()
        .filter(price::Column::PlanId.eq(plan_id))
        .filter(price::Column::Cycle.eq(new.cycle))
        .filter(price::Column::Currency.eq(IDR))
        .one(&tx)
        .await?;
    let on_conflict = OnConflict::columns([price::Column::PlanId, price::Column::Cycle, price::Column::Currency])
        .update_columns([price::Column::AmountMinor, price::Column::SetupFeeMinor, price::Column::TaxIncluded])
        .to_owned();
    let tax_included = match (new.tax_included, &before) {
        (Some(said), _) => said,
        (None, Some(before)) => before.tax_included,
        (None, None) => settings::load(&tx).await?.tax.prices_include_tax,
    };
    let row = price_row(plan_id, &new, tax_included);
    price::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(&tx).await?;
    let words = |amount: i64, setup_fee: i64, tax_included: bool| {
        json!({
            "cycle": new.cycle, "amount_minor": amount, "setup_fee_minor": setup_fee, "currency": IDR,
            "tax_included": tax_included,
        })
    };
    let change = Change {
        action: "catalog.price.set",
        target_type: "plan",
        target_id: plan_id.as_str(),
        before: before.map(|price| words(price.amount_minor, price.setup_fee_minor, price.tax_included)),
        after: Some(words(new.amount_minor, new.setup_fee_minor, tax_included)),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets how many slots a plan has. More room than before is news for those who wait.
///
/// # Errors
/// `QuotaBelowUsed` where more slots are in use; `Invalid` outside 0 … 1,000,000,000; `NotFound`.
pub async fn set_quota_total(ctx: &Ctx, plan_id: &PlanId, total: i64) -> Result<(), CatalogError> {
    if !(0..=MAX_QUOTA).contains(&total) {
        let fault = FieldFault::new("quota_total", "out_of_range").with("min", 0).with("max", MAX_QUOTA);
        return Err(CatalogError::Invalid(vec![fault]));
    }
    let tx = ctx.begin().await?;
    let before = plan::Entity::find_by_id(plan_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    let changed = plan::Entity::update_many()
        .col_expr(plan::Column::QuotaTotal, Expr::value(total))
        .col_expr(plan::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan::Column::Id.eq(plan_id))
        .filter(plan::Column::QuotaUsed.lte(total))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(CatalogError::QuotaBelowUsed { used: before.quota_used });
    }
    if total > before.quota_total {
        quota::tell_of_room(ctx, &tx, plan_id).await?;
    }
    let change = Change {
        action: "catalog.plan.quota",
        target_type: "plan",
        target_id: plan_id.as_str(),
        before: Some(json!({ "quota_total": before.quota_total })),
        after: Some(json!({ "quota_total": total })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether something is offered in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Offered.
    Shown,
    /// Not offered; running contracts go on.
    Hidden,
}

/// Offers a plan or takes it off the shop. Saying the same twice changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn set_plan_visibility(ctx: &Ctx, plan_id: &PlanId, visibility: Visibility) -> Result<(), CatalogError> {
    let is_hidden = visibility == Visibility::Hidden;
    let tx = ctx.begin().await?;
    let changed = plan::Entity::update_many()
        .col_expr(plan::Column::IsHidden, Expr::value(is_hidden))
        .col_expr(plan::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan::Column::Id.eq(plan_id))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(CatalogError::NotFound);
    }
    let change = Change {
        action: "catalog.plan.visibility",
        target_type: "plan",
        target_id: plan_id.as_str(),
        after: Some(json!({ "is_hidden": is_hidden })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Offers a product or takes it off the shop. Saying the same twice changes nothing.
///
/// # Errors
/// `NotFound`; `AgreementMissing` when it should be shown although its licence needs an agreement that is not recorded.
pub async fn set_product_visibility(
    ctx: &Ctx,
    product_id: &ProductId,
    visibility: Visibility,
) -> Result<(), CatalogError> {
    let is_hidden = visibility == Visibility::Hidden;
    let tx = ctx.begin().await?;
    let product = product::Entity::find_by_id(product_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    if let (Some(id), Visibility::Shown) = (&product.service_template_id, visibility) {
        let template = template::find(&tx, id).await?.ok_or(CatalogError::NotFound)?;
        if !template::may_be_sold(&template) {
            return Err(CatalogError::AgreementMissing { slug: product.slug });
        }
    }
    product::Entity::update_many()
        .col_expr(product::Column::IsHidden, Expr::value(is_hidden))
        .col_expr(product::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(product::Column::Id.eq(product_id))
        .exec(&tx)
        .await?;
    let change = Change {
        action: "catalog.product.visibility",
        target_type: "product",
        target_id: product_id.as_str(),
        before: Some(json!({ "is_hidden": product.is_hidden })),
        after: Some(json!({ "is_hidden": is_hidden })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets the contracts of a product be given smaller plans with their next period, or not. What was agreed before stands.
/// Saying the same twice changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn set_downgrades(ctx: &Ctx, product_id: &ProductId, is_allowed: bool) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let product = product::Entity::find_by_id(product_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    product::Entity::update_many()
        .col_expr(product::Column::AllowsDowngrade, Expr::value(is_allowed))
        .col_expr(product::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(product::Column::Id.eq(product_id))
        .exec(&tx)
        .await?;
    let change = Change {
        action: "catalog.product.downgrades",
        target_type: "product",
        target_id: product_id.as_str(),
        before: Some(json!({ "allows_downgrade": product.allows_downgrade })),
        after: Some(json!({ "allows_downgrade": is_allowed })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    Ok(tx.commit().await?)
}

/// Lets new customers of a product have so many days at the beginning that cost nothing; 0: none. What was sold stays as
/// it was. Saying the same twice changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` for the days.
pub async fn set_trial(ctx: &Ctx, product_id: &ProductId, days: i32) -> Result<(), CatalogError> {
    if !(0..=LONGEST_TRIAL).contains(&days) {
        let wrong = FieldFault::new("days", "out_of_range").with("min", 0).with("max", LONGEST_TRIAL);
        return Err(CatalogError::Invalid(vec![wrong]));
    }
    let tx = ctx.begin().await?;
    let product = product::Entity::find_by_id(product_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    product::Entity::update_many()
        .col_expr(product::Column::TrialDays, Expr::value(days))
        .col_expr(product::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(product::Column::Id.eq(product_id))
        .exec(&tx)
        .await?;
    let change = Change {
        action: "catalog.product.trial",
        target_type: "product",
        target_id: product_id.as_str(),
        before: Some(json!({ "trial_days": product.trial_days })),
        after: Some(json!({ "trial_days": days })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    Ok(tx.commit().await?)
}

fn price_row(plan_id: &PlanId, new: &NewPrice, tax_included: bool) -> price::ActiveModel {
    price::ActiveModel {
        id: Set(PriceId::generate()),
        plan_id: Set(plan_id.clone()),
        cycle: Set(new.cycle),
        amount_minor: Set(new.amount_minor),
        setup_fee_minor: Set(new.setup_fee_minor),
        tax_included: Set(tax_included),
        currency: Set(IDR.to_owned()),
    }
}

fn feature_rows<'a>(
    plan_id: &'a PlanId,
    features: &'a [Feature],
) -> impl Iterator<Item = plan_feature::ActiveModel> + 'a {
    (1..).zip(features).map(|(position, feature)| plan_feature::ActiveModel {
        plan_id: Set(plan_id.clone()),
        position: Set(position),
        label_id: Set(feature.label.id.clone()),
        label_en: Set(feature.label.en.clone()),
        value_id: Set(feature.value.id.clone()),
        value_en: Set(feature.value.en.clone()),
    })
}

fn check_plan(new: &NewPlan, prices: &[NewPrice]) -> Result<(), CatalogError> {
    let mut faults = Vec::new();
    if let Err(CatalogError::Invalid(wrong)) = check_slug("code", &new.code) {
        faults.extend(wrong);
    }
    for (field, value) in [("cpu_milli", new.cpu_milli), ("memory_mb", new.memory_mb), ("storage_gb", new.storage_gb)] {
        if !(0..=MAX_QUOTA).contains(&value) {
            faults.push(FieldFault::new(field, "out_of_range").with("min", 0).with("max", MAX_QUOTA));
        }
    }
    if !(0..=MAX_QUOTA).contains(&new.quota_total) {
        faults.push(FieldFault::new("quota_total", "out_of_range").with("min", 0).with("max", MAX_QUOTA));
    }
    for (i, price) in prices.iter().enumerate() {
        check_amounts(&format!("prices[{i}]."), price, &mut faults);
        if prices[..i].iter().any(|other| other.cycle == price.cycle) {
            faults.push(FieldFault::new(format!("prices[{i}].cycle"), "taken"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(CatalogError::Invalid(faults)) }
}

fn check_amounts(prefix: &str, price: &NewPrice, faults: &mut Vec<FieldFault>) {
    for (field, amount) in [("amount", price.amount_minor), ("setup_fee", price.setup_fee_minor)] {
        if !(0..=MAX_AMOUNT).contains(&amount) {
            let fault = FieldFault::new(format!("{prefix}{field}"), "out_of_range");
            faults.push(fault.with("min", 0).with("max", MAX_AMOUNT));
        }
    }
}

/// A word in addresses: 1 to 60 of `a-z`, `0-9` and single hyphens inside.
fn check_slug(field: &'static str, slug: &str) -> Result<(), CatalogError> {
    let is_fine = (1..=60).contains(&slug.len())
        && slug.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
    if is_fine { Ok(()) } else { Err(CatalogError::Invalid(vec![FieldFault::new(field, "slug")])) }
}

fn taken_unless(inserted: u64, field: &'static str) -> Result<(), CatalogError> {
    if inserted == 1 { Ok(()) } else { Err(CatalogError::Invalid(vec![FieldFault::new(field, "taken")])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_addresses_is_lower_case_with_single_hyphens() {
        for good in ["n8n", "n8n-basic", "a1-b2-c3"] {
            assert!(check_slug("slug", good).is_ok(), "{good}");
        }
        for bad in ["", "N8n", "-n8n", "n8n-", "n8n--x", "n 8n", "n8n/../x", &"a".repeat(61)] {
            assert!(check_slug("slug", bad).is_err(), "{bad}");
        }
    }
}
