//! Products.
use super::{Faults, MAX_DESCRIPTION, MAX_NAME, MAX_TAGLINE, Visibility, Words, taken_unless};
use crate::{
    domain::{
        Ctx,
        catalog::{CatalogError, quota, template, waitlist},
    },
    integrations::drivers,
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use entity::{
    catalog::{category, plan, product},
    value::{CategoryId, PlanId, ProductId, ProductKind, PurchasePolicy, ServiceTemplateId, contact},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::{Value, json};

/// Days of a trial at most.
const LONGEST_TRIAL: i32 = 90;

/// A product as staff describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFacts {
    /// Its shelf.
    pub category_id: CategoryId,
    /// Kind; fixed once it was sold, for it decides the revenue account.
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
    /// Driver that makes it run; fixed once it was sold.
    pub driver: String,
    /// What new instances are made from: a template of the same service. What runs keeps what it was made from.
    pub service_template_id: Option<ServiceTemplateId>,
    /// How many live contracts one customer may have. Those there are stay.
    pub purchase_policy: PurchasePolicy,
    /// Whether a contract that is suspended because nobody paid gives its slot back; from the next suspension on.
    pub releases_quota_on_suspension: bool,
}

impl From<&product::Model> for ProductFacts {
    fn from(row: &product::Model) -> Self {
        Self {
            category_id: row.category_id.clone(),
            kind: row.kind,
            name: row.name.clone(),
            tagline: Words { id: row.tagline_id.clone(), en: row.tagline_en.clone() },
            description: Words { id: row.description_id.clone(), en: row.description_en.clone() },
            is_featured: row.is_featured,
            position: row.position,
            driver: row.driver.clone(),
            service_template_id: row.service_template_id.clone(),
            purchase_policy: row.purchase_policy,
            releases_quota_on_suspension: row.releases_quota_on_suspension,
        }
    }
}

/// A product to be added.
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// Word in addresses: the template's, for ever.
    pub slug: String,
    /// Whether the shop offers it at once.
    pub visibility: Visibility,
    /// Everything else.
    pub facts: ProductFacts,
}

/// Adds a product. One whose template's licence needs an agreement is added, but is not for sale before
/// `template::record_agreement`.
///
/// # Errors
/// `Invalid` with every field that is wrong: `slug` (also a taken one, and one that differs from its template's),
/// `category_id`, `kind`, `name`, `tagline_id`, `description_id`, …, `position`, `driver`, `template_id`.
pub async fn add_product(ctx: &Ctx, new: NewProduct) -> Result<product::Model, CatalogError> {
    let tx = ctx.begin().await?;
    let mut faults = Faults::default();
    faults.slug("slug", &new.slug);
    let facts = checked(&tx, new.facts, &new.slug, &mut faults).await?;
    faults.refuse()?;
    let row = product::Model {
        id: ProductId::generate(),
        category_id: facts.category_id,
        slug: new.slug,
        kind: facts.kind,
        name: facts.name,
        tagline_id: facts.tagline.id,
        tagline_en: facts.tagline.en,
        description_id: facts.description.id,
        description_en: facts.description.en,
        is_featured: facts.is_featured,
        is_hidden: new.visibility.is_hidden(),
        retired_at: None,
        position: facts.position,
        driver: facts.driver,
        service_template_id: facts.service_template_id,
        purchase_policy: facts.purchase_policy,
        allows_downgrade: true,
        trial_days: 0,
        releases_quota_on_suspension: facts.releases_quota_on_suspension,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let inserted = product::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::column(product::Column::Slug).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    taken_unless(inserted, "slug")?;
    let after = json!({ "slug": row.slug, "kind": row.kind, "is_hidden": row.is_hidden });
    record(ctx, &tx, "catalog.product.add", &row.id, None, Some(after)).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Facts in which everything is right; what is not is added to `faults`.
async fn checked(
    tx: &WriteTx,
    facts: ProductFacts,
    slug: &str,
    faults: &mut Faults,
) -> Result<ProductFacts, CatalogError> {
    if category::Entity::find_by_id(facts.category_id.clone()).one(tx).await?.is_none() {
        faults.add("category_id", "unknown");
    }
    // What is charged for paying late is nothing to be sold.
    if facts.kind == ProductKind::LateFee {
        faults.add("kind", "unknown");
    }
    if drivers::find(&facts.driver).is_none() {
        faults.add("driver", "unknown");
    }
    // Without one there is nothing an instance could be made from.
    match &facts.service_template_id {
        None => faults.add("template_id", "required"),
        Some(id) => match template::find(tx, id).await? {
            None => faults.add("template_id", "unknown"),
            Some(template) if template.slug != slug => faults.add("slug", "not_of_template"),
            Some(_) => {}
        },
    }
    faults.position(facts.position);
    Ok(ProductFacts {
        name: faults.text("name", contact::line(&facts.name, MAX_NAME)),
        tagline: faults.words("tagline", &facts.tagline, MAX_TAGLINE),
        description: faults.paragraphs("description", &facts.description, MAX_DESCRIPTION),
        ..facts
    })
}

/// Changes a product by what `apply` makes of it as it stands; its address stays. What was sold is not touched. What
/// comes to the same changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` as `add_product`, and for `kind` and `driver` of what was sold.
pub async fn revise_product(
    ctx: &Ctx,
    id: &ProductId,
    apply: impl FnOnce(&mut ProductFacts),
) -> Result<product::Model, CatalogError> {
    let tx = ctx.begin().await?;
    let before = product::Entity::find_by_id(id.clone()).lock_exclusive().one(&tx).await?;
    let before = before.ok_or(CatalogError::NotFound)?;
    let stored = ProductFacts::from(&before);
    let mut facts = stored.clone();
    apply(&mut facts);
    let mut faults = Faults::default();
    let facts = checked(&tx, facts, &before.slug, &mut faults).await?;
    let fixed = [("kind", facts.kind != stored.kind), ("driver", facts.driver != stored.driver)];
    if fixed.iter().any(|(_, is_changed)| *is_changed) && quota::was_sold(&tx, plans_of(&tx, id).await?).await? {
        fixed.into_iter().filter(|(_, is_changed)| *is_changed).for_each(|(field, _)| faults.add(field, "sold"));
    }
    faults.refuse()?;
    if facts == stored {
        return Ok(before);
    }
    let after = product::Model {
        category_id: facts.category_id,
        kind: facts.kind,
        name: facts.name,
        tagline_id: facts.tagline.id,
        tagline_en: facts.tagline.en,
        description_id: facts.description.id,
        description_en: facts.description.en,
        is_featured: facts.is_featured,
        position: facts.position,
        driver: facts.driver,
        service_template_id: facts.service_template_id,
        purchase_policy: facts.purchase_policy,
        releases_quota_on_suspension: facts.releases_quota_on_suspension,
        updated_at: ctx.now(),
        ..before.clone()
    };
    after.clone().into_active_model().reset_all().update_without_returning(&tx).await?;
    record(ctx, &tx, "catalog.product.change", id, Some(told(&before)), Some(told(&after))).await?;
    tx.commit().await?;
    Ok(after)
}

fn told(row: &product::Model) -> Value {
    json!({
        "category_id": row.category_id, "kind": row.kind, "name": row.name, "tagline_id": row.tagline_id,
        "tagline_en": row.tagline_en, "description_id": row.description_id, "description_en": row.description_en,
        "is_featured": row.is_featured, "position": row.position, "driver": row.driver,
        "service_template_id": row.service_template_id, "purchase_policy": row.purchase_policy,
        "releases_quota_on_suspension": row.releases_quota_on_suspension,
    })
}

async fn plans_of(tx: &WriteTx, id: &ProductId) -> Result<Vec<PlanId>, CatalogError> {
    let ids =
        plan::Entity::find().select_only().column(plan::Column::Id).filter(plan::Column::ProductId.eq(id)).into_tuple();
    Ok(ids.all(tx).await?)
}

/// Sells a product to nobody any more, for good: it leaves the shop, quotes and changes of plan, and who only waited for
/// room in one of its plans is taken off the list. Running contracts go on and are renewed. Retiring twice retires once.
///
/// # Errors
/// `NotFound`.
pub async fn retire_product(ctx: &Ctx, id: &ProductId) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let retired = product::Entity::update_many()
        .col_expr(product::Column::RetiredAt, Expr::value(Some(ctx.now())))
        .col_expr(product::Column::IsHidden, Expr::value(true))
        .col_expr(product::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(product::Column::Id.eq(id))
        .filter(product::Column::RetiredAt.is_null())
        .exec(&tx)
        .await?;
    if retired.rows_affected == 0 {
        product::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
        return Ok(());
    }
    waitlist::forget(&tx, plans_of(&tx, id).await?).await?;
    record(ctx, &tx, "catalog.product.retire", id, None, Some(json!({ "retired_at": ctx.now() }))).await?;
    tx.commit().await?;
    Ok(())
}

/// Offers a product or takes it off the shop. Saying the same twice changes nothing.
///
/// # Errors
/// `NotFound`; `Retired` when it should be shown again; `AgreementMissing` when it should be shown although its licence needs an agreement that is not recorded.
pub async fn set_product_visibility(
    ctx: &Ctx,
    product_id: &ProductId,
    visibility: Visibility,
) -> Result<(), CatalogError> {
    let is_hidden = visibility == Visibility::Hidden;
    let tx = ctx.begin().await?;
    let find = product::Entity::find_by_id(product_id.clone()).lock_exclusive();
    let product = find.one(&tx).await?.ok_or(CatalogError::NotFound)?;
    if product.retired_at.is_some() && visibility == Visibility::Shown {
        return Err(CatalogError::Retired);
    }
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
    if visibility == Visibility::Shown {
        quota::tell_of_room_in(ctx, &tx, plan::Column::ProductId.eq(product_id)).await?;
    }
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

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    id: &ProductId,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), CatalogError> {
    let change = Change { action, target_type: "product", target_id: id.as_str(), before, after, ..Change::default() };
    Ok(ctx.audit(tx, change).await?)
}
