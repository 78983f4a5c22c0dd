//! Coupons are made, changed and ended by staff.
use super::{discount_of, find, normal_code};
use crate::{
    domain::{Ctx, catalog::CatalogError},
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{coupon, plan, product},
    value::{CouponId, CouponScope, Discount, IDR, WHOLE_BASIS_POINTS, contact},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::{Value, json};

/// Longest code, in characters.
pub const MAX_CODE: usize = 40;
/// Longest note, in characters.
const MAX_NOTE: usize = 255;
/// The largest amount that is believed, minor units.
const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// The largest number of uses or renewals that is believed.
const MAX_COUNT: i64 = 1_000_000_000;

/// What a coupon promises. Fixed once it has been used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it takes off.
    pub discount: Discount,
    /// What it is for.
    pub scope: CouponScope,
    /// Whether it takes off setup fees too.
    pub includes_setup: bool,
    /// Renewals it is promised for after the first invoice; none for all of them.
    pub renewals: Option<i64>,
    /// Only for who has not ordered before.
    pub is_for_new_customers: bool,
    /// What the lines it is for must come to, net, minor units.
    pub minimum_minor: i64,
}

/// How often and when a coupon works. May be changed at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// What staff keep it for.
    pub note: String,
    /// Uses at most.
    pub max_uses: Option<i64>,
    /// Uses by one customer at most.
    pub max_uses_per_customer: Option<i64>,
    /// First instant it works.
    pub starts_at: Option<DateTime<Utc>>,
    /// First instant it works no more.
    pub ends_at: Option<DateTime<Utc>>,
}

/// A coupon as staff describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponInput {
    /// What customers type.
    pub code: String,
    /// What it promises.
    pub terms: Terms,
    /// How often and when.
    pub limits: Limits,
}

impl From<&coupon::Model> for CouponInput {
    fn from(row: &coupon::Model) -> Self {
        let limits = Limits {
            note: row.note.clone().unwrap_or_default(),
            max_uses: row.max_uses,
            max_uses_per_customer: row.max_uses_per_customer,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        };
        Self { code: row.code.clone(), terms: terms_of(row), limits }
    }
}

/// Makes a coupon.
///
/// # Errors
/// `Invalid` with every field that is wrong (`code`, `value`, `scope`, `renewals`, `minimum`, `max_uses`,
/// `max_uses_per_customer`, `ends_on`, `note`); the database.
pub async fn add(ctx: &Ctx, input: CouponInput) -> Result<coupon::Model, CatalogError> {
    let tx = ctx.begin().await?;
    let row = checked(ctx, &tx, CouponId::generate(), input).await?;
    let inserted = coupon::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::column(coupon::Column::Code).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    if inserted == 0 {
        return Err(CatalogError::Invalid(vec![FieldFault::new("code", "coupon_taken")]));
    }
    record(ctx, &tx, "catalog.coupon.add", &row.id, None, Some(told(&row))).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes a coupon. What has been used keeps its code and terms: orders and contracts were promised them.
///
/// # Errors
/// `NotFound`; `CouponEnded`; `CouponInUse` for other terms of one that has been used; `Invalid` as `add`, and where
/// fewer uses are allowed than were made; the database.
pub async fn change(ctx: &Ctx, id: &CouponId, input: CouponInput) -> Result<coupon::Model, CatalogError> {
    revise(ctx, id, |stored| *stored = input).await
}

/// As `change`, by what `apply` makes of the coupon as it stands at that moment. What comes to the same changes nothing.
///
/// # Errors
/// As `change`.
pub async fn revise(
    ctx: &Ctx,
    id: &CouponId,
    apply: impl FnOnce(&mut CouponInput),
) -> Result<coupon::Model, CatalogError> {
    let tx = ctx.begin().await?;
    // Locked: what is compared with the input must still be there when it is replaced.
    let before = coupon::Entity::find_by_id(id.clone()).lock_exclusive().one(&tx).await?;
    let before = before.ok_or(CatalogError::NotFound)?;
    if before.ended_at.is_some() {
        return Err(CatalogError::CouponEnded);
    }
    let stored = CouponInput::from(&before);
    let mut input = stored.clone();
    apply(&mut input);
    if input == stored {
        return Ok(before);
    }
    let keeps_terms = terms_of(&before) == input.terms && normal_code(&input.code).as_ref() == Some(&before.code);
    let mut after = checked(ctx, &tx, id.clone(), input).await?;
    (after.used, after.created_at) = (before.used, before.created_at);
    let mut update = coupon::Entity::update_many()
        .set(coupon::ActiveModel { used: sea_orm::NotSet, ..after.clone().into_active_model().reset_all() })
        .filter(coupon::Column::Id.eq(id))
        .filter(coupon::Column::EndedAt.is_null());
    if let Some(most) = after.max_uses {
        update = update.filter(coupon::Column::Used.lte(most));
    }
    if !keeps_terms {
        if before.code != after.code && find::by_code(&tx, &after.code).await?.is_some() {
            return Err(CatalogError::Invalid(vec![FieldFault::new("code", "coupon_taken")]));
        }
        update = update.filter(coupon::Column::Used.eq(0));
    }
    // Guarded again: somebody may be ordering with it at this moment.
    if update.exec(&tx).await?.rows_affected == 0 {
        let now = find::get(&tx, id).await?;
        return Err(match after.max_uses {
            Some(most) if now.used > most => {
                let fault = FieldFault::new("max_uses", "below_used").with("used", now.used);
                CatalogError::Invalid(vec![fault])
            }
            _ if now.ended_at.is_some() => CatalogError::CouponEnded,
            _ => CatalogError::CouponInUse,
        });
    }
    record(ctx, &tx, "catalog.coupon.change", id, Some(told(&before)), Some(told(&after))).await?;
    tx.commit().await?;
    Ok(after)
}

/// Ends a coupon: nobody can use it any more; what was promised with it stays promised. Ending twice ends once.
///
/// # Errors
/// `NotFound`; the database.
pub async fn end(ctx: &Ctx, id: &CouponId) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let ended = coupon::Entity::update_many()
        .col_expr(coupon::Column::EndedAt, Expr::value(Some(ctx.now())))
        .col_expr(coupon::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(coupon::Column::Id.eq(id))
        .filter(coupon::Column::EndedAt.is_null())
        .exec(&tx)
        .await?;
    if ended.rows_affected == 0 {
        find::get(&tx, id).await?;
        return Ok(());
    }
    record(ctx, &tx, "catalog.coupon.end", id, None, None).await?;
    tx.commit().await?;
    Ok(())
}

/// What a coupon promises.
pub fn terms_of(row: &coupon::Model) -> Terms {
    Terms {
        discount: discount_of(row),
        scope: row.scope.clone(),
        includes_setup: row.includes_setup,
        renewals: row.renewals,
        is_for_new_customers: row.is_for_new_customers,
        minimum_minor: row.minimum_minor,
    }
}

/// The row of an input in which everything is right.
async fn checked(ctx: &Ctx, tx: &WriteTx, id: CouponId, input: CouponInput) -> Result<coupon::Model, CatalogError> {
    let CouponInput { code, terms, limits } = input;
    let mut faults = Vec::new();
    let code = normal_code(&code).unwrap_or_else(|| {
        faults.push(FieldFault::new("code", "coupon_code").with("max", MAX_CODE));
        String::new()
    });
    let note = contact::optional_line(&limits.note, MAX_NOTE).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of("note", wrong));
        None
    });
    check_value(terms.discount, &mut faults);
    check_count("renewals", 0, terms.renewals, &mut faults);
    check_count("max_uses", 1, limits.max_uses, &mut faults);
    check_count("max_uses_per_customer", 1, limits.max_uses_per_customer, &mut faults);
    if !(0..=MAX_AMOUNT).contains(&terms.minimum_minor) {
        faults.push(FieldFault::new("minimum", "number"));
    }
    if let (Some(start), Some(end)) = (limits.starts_at, limits.ends_at)
        && end <= start
    {
        faults.push(FieldFault::new("ends_on", "ends_before_start"));
    }
    if !is_known(tx, &terms.scope).await? {
        faults.push(FieldFault::new("scope", "unknown"));
    }
    if !faults.is_empty() {
        return Err(CatalogError::Invalid(faults));
    }
    let (basis_points, amount_minor) = match terms.discount {
        Discount::Percent(basis_points) => (Some(basis_points), None),
        Discount::Fixed(amount) => (None, Some(amount)),
    };
    Ok(coupon::Model {
        id,
        code,
        note,
        basis_points,
        amount_minor,
        currency: IDR.to_owned(),
        scope: terms.scope,
        includes_setup: terms.includes_setup,
        renewals: terms.renewals,
        is_for_new_customers: terms.is_for_new_customers,
        minimum_minor: terms.minimum_minor,
        max_uses: limits.max_uses,
        max_uses_per_customer: limits.max_uses_per_customer,
        used: 0,
        starts_at: limits.starts_at,
        ends_at: limits.ends_at,
        ended_at: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    })
}

fn check_value(discount: Discount, faults: &mut Vec<FieldFault>) {
    match discount {
        Discount::Percent(basis_points) if !(1..=WHOLE_BASIS_POINTS).contains(&basis_points) => {
            faults.push(FieldFault::new("value", "percent"));
        }
        Discount::Fixed(amount) if !(1..=MAX_AMOUNT).contains(&amount) => {
            faults.push(FieldFault::new("value", "number"));
        }
        _ => {}
    }
}

fn check_count(field: &'static str, least: i64, count: Option<i64>, faults: &mut Vec<FieldFault>) {
    if count.is_some_and(|count| !(least..=MAX_COUNT).contains(&count)) {
        faults.push(FieldFault::new(field, "number"));
    }
}

/// Whether everything a scope names is in the catalog.
async fn is_known(tx: &WriteTx, scope: &CouponScope) -> Result<bool, CatalogError> {
    let count = |ids: &[String]| ids.iter().collect::<std::collections::BTreeSet<_>>().len() as u64;
    let products = product::Entity::find().filter(product::Column::Id.is_in(scope.products.clone())).count(tx).await?;
    let plans = plan::Entity::find().filter(plan::Column::Id.is_in(scope.plans.clone())).count(tx).await?;
    Ok(products == count(&scope.products) && plans == count(&scope.plans))
}

/// What the trail keeps of a coupon.
fn told(row: &coupon::Model) -> Value {
    json!({
        "code": row.code,
        "basis_points": row.basis_points,
        "amount_minor": row.amount_minor,
        "scope": row.scope,
        "includes_setup": row.includes_setup,
        "renewals": row.renewals,
        "is_for_new_customers": row.is_for_new_customers,
        "minimum_minor": row.minimum_minor,
        "max_uses": row.max_uses,
        "max_uses_per_customer": row.max_uses_per_customer,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
    })
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &'static str,
    id: &CouponId,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), CatalogError> {
    let change = Change { action, target_type: "coupon", target_id: id.as_str(), before, after, ..Change::default() };
    ctx.audit(tx, change).await?;
    Ok(())
}
