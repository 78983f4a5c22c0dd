//! Plans: added, changed, copied, retired, and their stock.
use super::{
    Faults, Feature, MAX_NAME, NewPrice, Visibility,
    features::{checked as checked_features, feature_rows},
    prices::{check_amounts, price_row},
    taken_unless,
};
use crate::{
    domain::{
        Ctx,
        catalog::{
            CatalogError,
            quota::{self, MAX_QUOTA},
            waitlist,
        },
        settings,
    },
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use entity::{
    catalog::{plan, plan_feature, price, product},
    value::{PlanId, ProductId, contact},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::{Value, json};

/// The highest rank of a plan that is believed.
const MAX_TIER: i32 = 1_000;

/// A plan to be added.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// Of which product.
    pub product_id: ProductId,
    /// Stable word, for ever.
    pub code: String,
    /// Whether the shop offers it at once.
    pub visibility: Visibility,
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

/// What staff may change of a plan. Its code stays for ever, its stock and its prices are set for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFacts {
    /// Its name.
    pub name: String,
    /// Rank among the plans of the product.
    pub tier: i32,
    /// Limit, thousandths of a CPU; fixed once it was sold, as the other resources.
    pub cpu_milli: i64,
    /// Limit, MiB.
    pub memory_mb: i64,
    /// Volume, GiB.
    pub storage_gb: i64,
}

impl From<&plan::Model> for PlanFacts {
    fn from(row: &plan::Model) -> Self {
        Self {
            name: row.name.clone(),
            tier: row.tier,
            cpu_milli: row.cpu_milli,
            memory_mb: row.memory_mb,
            storage_gb: row.storage_gb,
        }
    }
}

impl PlanFacts {
    fn resources(&self) -> [(&'static str, i64); 3] {
        [("cpu_milli", self.cpu_milli), ("memory_mb", self.memory_mb), ("storage_gb", self.storage_gb)]
    }

    fn check(&mut self, faults: &mut Faults) {
        self.name = faults.text("name", contact::line(&self.name, MAX_NAME));
        faults.range("tier", self.tier.into(), 0, MAX_TIER.into());
        for (field, value) in self.resources() {
            faults.range(field, value, 0, MAX_QUOTA);
        }
    }
}

/// Adds a plan with its prices and features.
///
/// # Errors
/// `Invalid` with every field that is wrong; `NotFound` where there is no such product; `Retired` where it is retired.
pub async fn add_plan(
    ctx: &Ctx,
    new: NewPlan,
    prices: &[NewPrice],
    features: &[Feature],
) -> Result<plan::Model, CatalogError> {
    let mut faults = Faults::default();
    let mut facts = PlanFacts {
        name: new.name,
        tier: new.tier,
        cpu_milli: new.cpu_milli,
        memory_mb: new.memory_mb,
        storage_gb: new.storage_gb,
    };
    facts.check(&mut faults);
    faults.slug("code", &new.code);
    faults.range("quota_total", new.quota_total, 0, MAX_QUOTA);
    for (i, price) in prices.iter().enumerate() {
        check_amounts(&format!("prices[{i}]."), price, &mut faults);
        if prices[..i].iter().any(|other| other.cycle == price.cycle) {
            faults.add(format!("prices[{i}].cycle"), "taken");
        }
    }
    let features = checked_features(features, &mut faults);
    faults.refuse()?;
    let tx = ctx.begin().await?;
    let product = product::Entity::find_by_id(new.product_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    if product.retired_at.is_some() {
        return Err(CatalogError::Retired);
    }
    let row = plan::Model {
        id: PlanId::generate(),
        product_id: new.product_id,
        code: new.code,
        name: facts.name,
        tier: facts.tier,
        cpu_milli: facts.cpu_milli,
        memory_mb: facts.memory_mb,
        storage_gb: facts.storage_gb,
        quota_total: new.quota_total,
        quota_used: 0,
        is_hidden: new.visibility.is_hidden(),
        retired_at: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let inserted = plan::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::column(plan::Column::Code).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    taken_unless(inserted, "code")?;
    if !prices.is_empty() {
        let usual = settings::load(&tx).await?.tax.prices_include_tax;
        let rows = prices.iter().map(|price| price_row(&row.id, price, usual));
        price::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    }
    if !features.is_empty() {
        plan_feature::Entity::insert_many(feature_rows(&row.id, &features)).exec_without_returning(&tx).await?;
    }
    let after =
        json!({ "code": row.code, "tier": row.tier, "quota_total": row.quota_total, "is_hidden": row.is_hidden });
    record(ctx, &tx, "catalog.plan.add", &row.id, None, Some(after)).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Adds a plan like `id`, with its prices, features and stock, under another code and name. It is hidden, to be changed
/// before it is sold.
///
/// # Errors
/// `NotFound`; `Invalid` for code and name; `Retired` where the product is retired.
pub async fn copy_plan(ctx: &Ctx, id: &PlanId, code: &str, name: &str) -> Result<plan::Model, CatalogError> {
    let of = plan::Entity::find_by_id(id.clone()).one(&ctx.db).await?.ok_or(CatalogError::NotFound)?;
    let prices = price::Entity::find().filter(price::Column::PlanId.eq(id)).all(&ctx.db).await?;
    let features = plan_feature::Entity::find()
        .filter(plan_feature::Column::PlanId.eq(id))
        .order_by_asc(plan_feature::Column::Position)
        .all(&ctx.db)
        .await?;
    let new = NewPlan {
        product_id: of.product_id,
        code: code.to_owned(),
        visibility: Visibility::Hidden,
        name: name.to_owned(),
        tier: of.tier,
        cpu_milli: of.cpu_milli,
        memory_mb: of.memory_mb,
        storage_gb: of.storage_gb,
        quota_total: of.quota_total,
    };
    let prices: Vec<NewPrice> = prices.iter().map(NewPrice::from).collect();
    let features: Vec<Feature> = features.iter().map(Feature::from).collect();
    add_plan(ctx, new, &prices, &features).await
}

/// Changes a plan by what `apply` makes of it as it stands. What comes to the same changes nothing.
///
/// The resources of a plan that was sold are what its contracts were promised, whether they run, wait or are suspended:
/// they stay. Whoever wants to sell other ones copies the plan and retires this one.
///
/// # Errors
/// `NotFound`; `Invalid` with every field that is wrong, and for other resources of what was sold.
pub async fn revise_plan(
    ctx: &Ctx,
    id: &PlanId,
    apply: impl FnOnce(&mut PlanFacts),
) -> Result<plan::Model, CatalogError> {
    let tx = ctx.begin().await?;
    let before = plan::Entity::find_by_id(id.clone()).lock_exclusive().one(&tx).await?;
    let before = before.ok_or(CatalogError::NotFound)?;
    let stored = PlanFacts::from(&before);
    let mut facts = stored.clone();
    apply(&mut facts);
    let mut faults = Faults::default();
    facts.check(&mut faults);
    let changed = facts.resources().into_iter().zip(stored.resources()).filter(|(now, then)| now != then);
    let changed: Vec<&str> = changed.map(|((field, _), _)| field).collect();
    if !changed.is_empty() && quota::was_sold(&tx, vec![id.clone()]).await? {
        changed.into_iter().for_each(|field| faults.add(field, "sold"));
    }
    faults.refuse()?;
    if facts == stored {
        return Ok(before);
    }
    // Its stock moves while people buy: only what was changed is written.
    plan::Entity::update_many()
        .col_expr(plan::Column::Name, Expr::value(facts.name.as_str()))
        .col_expr(plan::Column::Tier, Expr::value(facts.tier))
        .col_expr(plan::Column::CpuMilli, Expr::value(facts.cpu_milli))
        .col_expr(plan::Column::MemoryMb, Expr::value(facts.memory_mb))
        .col_expr(plan::Column::StorageGb, Expr::value(facts.storage_gb))
        .col_expr(plan::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    record(ctx, &tx, "catalog.plan.change", id, Some(told(&stored)), Some(told(&facts))).await?;
    tx.commit().await?;
    Ok(plan::Model {
        name: facts.name,
        tier: facts.tier,
        cpu_milli: facts.cpu_milli,
        memory_mb: facts.memory_mb,
        storage_gb: facts.storage_gb,
        updated_at: ctx.now(),
        ..before
    })
}

fn told(facts: &PlanFacts) -> Value {
    json!({
        "name": facts.name, "tier": facts.tier, "cpu_milli": facts.cpu_milli, "memory_mb": facts.memory_mb,
        "storage_gb": facts.storage_gb,
    })
}

/// Sells a plan to nobody any more, for good: it leaves the shop, quotes and changes of plan, and who only waited for
/// room in it is taken off the list. Running contracts go on and are renewed. Retiring twice retires once.
///
/// # Errors
/// `NotFound`.
pub async fn retire_plan(ctx: &Ctx, id: &PlanId) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let retired = plan::Entity::update_many()
        .col_expr(plan::Column::RetiredAt, Expr::value(Some(ctx.now())))
        .col_expr(plan::Column::IsHidden, Expr::value(true))
        .col_expr(plan::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan::Column::Id.eq(id))
        .filter(plan::Column::RetiredAt.is_null())
        .exec(&tx)
        .await?;
    if retired.rows_affected == 0 {
        plan::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
        return Ok(());
    }
    waitlist::forget(&tx, vec![id.clone()]).await?;
    record(ctx, &tx, "catalog.plan.retire", id, None, Some(json!({ "retired_at": ctx.now() }))).await?;
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

/// Offers a plan or takes it off the shop. Saying the same twice changes nothing.
///
/// # Errors
/// `NotFound`; `Retired` when it should be shown again.
pub async fn set_plan_visibility(ctx: &Ctx, plan_id: &PlanId, visibility: Visibility) -> Result<(), CatalogError> {
    let is_hidden = visibility.is_hidden();
    let tx = ctx.begin().await?;
    let changed = plan::Entity::update_many()
        .col_expr(plan::Column::IsHidden, Expr::value(is_hidden))
        .col_expr(plan::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(plan::Column::Id.eq(plan_id))
        .filter(plan::Column::RetiredAt.is_null())
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        plan::Entity::find_by_id(plan_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
        return if visibility == Visibility::Shown { Err(CatalogError::Retired) } else { Ok(()) };
    }
    let after = json!({ "is_hidden": is_hidden });
    record(ctx, &tx, "catalog.plan.visibility", plan_id, None, Some(after)).await?;
    if visibility == Visibility::Shown {
        quota::tell_of_room_in(ctx, &tx, plan::Column::Id.eq(plan_id)).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    id: &PlanId,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), CatalogError> {
    let change = Change { action, target_type: "plan", target_id: id.as_str(), before, after, ..Change::default() };
    Ok(ctx.audit(tx, change).await?)
}
