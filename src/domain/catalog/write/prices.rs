//! What plans cost.
use super::Faults;
use crate::{
    domain::{Ctx, catalog::CatalogError, settings},
    kernel::audit::Change,
};
use entity::{
    catalog::{plan, price},
    value::{Cycle, IDR, PlanId, PriceId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde_json::{Value, json};

/// The dearest price that is believed, minor units: protects against a slip of the keyboard.
pub(super) const MAX_AMOUNT: i64 = 1_000_000_000_000;

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

impl From<&price::Model> for NewPrice {
    fn from(row: &price::Model) -> Self {
        Self {
            cycle: row.cycle,
            amount_minor: row.amount_minor,
            setup_fee_minor: row.setup_fee_minor,
            tax_included: Some(row.tax_included),
        }
    }
}

/// Sets the price of a cycle for future sales, one the plan had no price of too; running contracts keep theirs.
///
/// # Errors
/// `Invalid` for a negative or absurd amount; `NotFound`.
pub async fn set_price(ctx: &Ctx, plan_id: &PlanId, new: NewPrice) -> Result<(), CatalogError> {
    let mut faults = Faults::default();
    check_amounts("", &new, &mut faults);
    faults.refuse()?;
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
    let usual = match &before {
        Some(before) => before.tax_included,
        None => settings::load(&tx).await?.tax.prices_include_tax,
    };
    let new = NewPrice { tax_included: Some(new.tax_included.unwrap_or(usual)), ..new };
    let row = price_row(plan_id, &new, usual);
    price::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(&tx).await?;
    let change = Change {
        action: "catalog.price.set",
        target_type: "plan",
        target_id: plan_id.as_str(),
        before: before.as_ref().map(|price| told(&NewPrice::from(price))),
        after: Some(told(&new)),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Sells a plan for a cycle no more: it is gone from the shop, quotes and changes of plan. Contracts of that cycle go on
/// and are renewed with what they were sold for. The price can be set anew.
///
/// # Errors
/// `NotFound` where the plan has no price of the cycle.
pub async fn remove_price(ctx: &Ctx, plan_id: &PlanId, cycle: Cycle) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let before = price::Entity::find()
        .filter(price::Column::PlanId.eq(plan_id))
        .filter(price::Column::Cycle.eq(cycle))
        .filter(price::Column::Currency.eq(IDR))
        .one(&tx)
        .await?
        .ok_or(CatalogError::NotFound)?;
    let change = Change {
        action: "catalog.price.remove",
        target_type: "plan",
        target_id: plan_id.as_str(),
        before: Some(told(&NewPrice::from(&before))),
        ..Change::default()
    };
    if price::Entity::delete_many().filter(price::Column::Id.eq(&before.id)).exec(&tx).await?.rows_affected == 0 {
        return Err(CatalogError::NotFound);
    }
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

fn told(price: &NewPrice) -> Value {
    json!({
        "cycle": price.cycle, "amount_minor": price.amount_minor, "setup_fee_minor": price.setup_fee_minor,
        "currency": IDR, "tax_included": price.tax_included,
    })
}

/// The row of a price, written as is `usual` where nobody says.
pub(super) fn price_row(plan_id: &PlanId, new: &NewPrice, usual: bool) -> price::ActiveModel {
    price::ActiveModel {
        id: Set(PriceId::generate()),
        plan_id: Set(plan_id.clone()),
        cycle: Set(new.cycle),
        amount_minor: Set(new.amount_minor),
        setup_fee_minor: Set(new.setup_fee_minor),
        tax_included: Set(new.tax_included.unwrap_or(usual)),
        currency: Set(IDR.to_owned()),
    }
}

pub(super) fn check_amounts(prefix: &str, price: &NewPrice, faults: &mut Faults) {
    for (field, amount) in [("amount", price.amount_minor), ("setup_fee", price.setup_fee_minor)] {
        faults.range(format!("{prefix}{field}"), amount, 0, MAX_AMOUNT);
    }
}
