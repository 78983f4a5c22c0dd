//! Options that can be ordered with a product: added, changed, priced, retired.
use super::{Faults, MAX_NAME, Words, prices::MAX_AMOUNT, taken_unless};
use crate::{
    domain::{
        Ctx,
        catalog::{CatalogError, options::MAX_OPTIONS},
        settings,
    },
    kernel::{audit::Change, db::WriteTx, fault::FieldFault, token},
};
use entity::{
    catalog::{product, product_option},
    value::{Cycle, IDR, OptionKind, OptionPrice, OptionValue, OptionValues, ProductId, ProductOptionId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};
use serde_json::{Value, json};

/// Values of an option at most, retired ones too.
pub const MAX_VALUES: usize = 40;
/// Units of an option at most.
pub const MAX_UNITS: i64 = 10_000;
/// The word of the one unit of what is counted.
pub const UNIT: &str = "unit";
/// The word of the yes of a switch.
pub const YES: &str = "yes";

/// A value of an option, as staff name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueFacts {
    /// Its word in answers, for ever. That of a unit or a yes is given.
    pub code: String,
    /// Its name.
    pub name: Words,
}

/// What staff may change of an option. Its word and its kind stay for ever, its prices are set for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionFacts {
    /// Its name.
    pub name: Words,
    /// Whether it must be answered where it is offered; never a switch.
    pub is_required: bool,
    /// Least number of units, where units are counted.
    pub minimum: i64,
    /// Largest number of units.
    pub maximum: i64,
    /// The values to choose from; the one unit of what is counted; a switch needs none. One that is left out is offered
    /// no more, and keeps its prices for the day it comes back.
    pub values: Vec<ValueFacts>,
    /// Order on the page.
    pub position: i32,
}

impl From<&product_option::Model> for OptionFacts {
    fn from(row: &product_option::Model) -> Self {
        let value = |value: &OptionValue| ValueFacts {
            code: value.code.clone(),
            name: Words { id: value.name_id.clone(), en: value.name_en.clone() },
        };
        Self {
            name: Words { id: row.name_id.clone(), en: row.name_en.clone() },
            is_required: row.is_required,
            minimum: row.minimum,
            maximum: row.maximum,
            values: row.offered.0.iter().filter(|value| !value.is_retired).map(value).collect(),
            position: row.position,
        }
    }
}

impl OptionFacts {
    fn check(&mut self, kind: OptionKind, faults: &mut Faults) {
        self.name = faults.words("name", &self.name, MAX_NAME);
        faults.position(self.position);
        if kind == OptionKind::Quantity {
            faults.range("min", self.minimum, 1, MAX_UNITS);
            faults.range("max", self.maximum, self.minimum.clamp(1, MAX_UNITS), MAX_UNITS);
        } else {
            (self.minimum, self.maximum) = (1, 1);
        }
        match kind {
            OptionKind::Choice => {}
            OptionKind::Quantity => self.values.iter_mut().for_each(|value| value.code = UNIT.to_owned()),
            OptionKind::Switch => {
                self.is_required = false;
                let name = Words { id: "Ya".to_owned(), en: "Yes".to_owned() };
                self.values = vec![ValueFacts { code: YES.to_owned(), name }];
            }
        }
        let most = if kind == OptionKind::Choice { MAX_VALUES } else { 1 };
        match self.values.len() {
            0 => faults.add("values", "required"),
            count if count > most => faults.0.push(FieldFault::new("values", "too_many").with("max", most)),
            _ => self.check_values(faults),
        }
    }

    fn check_values(&mut self, faults: &mut Faults) {
        let mut seen: Vec<String> = Vec::new();
        for (i, value) in self.values.iter_mut().enumerate() {
            if !super::is_slug(&value.code) {
                faults.add(format!("values[{i}].code"), "slug");
            }
            if seen.contains(&value.code) {
                faults.add(format!("values[{i}].code"), "taken");
            }
            seen.push(value.code.clone());
            value.name = faults.words(&format!("values[{i}].name"), &value.name, MAX_NAME);
        }
    }
}

/// The values as they are stored: the offered ones in their order, then those that are offered no more.
fn merged(stored: &OptionValues, wanted: &[ValueFacts]) -> OptionValues {
    let of = |facts: &ValueFacts| OptionValue {
        code: facts.code.clone(),
        name_id: facts.name.id.clone(),
        name_en: facts.name.en.clone(),
        prices: stored
            .0
            .iter()
            .find(|value| value.code == facts.code)
            .map(|value| value.prices.clone())
            .unwrap_or_default(),
        is_retired: false,
    };
    let is_wanted = |value: &&OptionValue| wanted.iter().any(|facts| facts.code == value.code);
    let gone = stored.0.iter().filter(|value| !is_wanted(value));
    let gone = gone.map(|value| OptionValue { is_retired: true, ..value.clone() });
    OptionValues(wanted.iter().map(of).chain(gone).collect())
}

/// Adds an option to a product. It is offered once it has prices; its word is never used again in the product.
///
/// # Errors
/// `NotFound` for the product; `Retired` where that is; `Invalid` with every field that is wrong (`code`, also for a taken
/// one, `name_id`, `min`, `values`, `values[0].code`, …) and with `options` where the product has too many.
pub async fn add_option(
    ctx: &Ctx,
    product_id: &ProductId,
    code: &str,
    kind: OptionKind,
    mut facts: OptionFacts,
) -> Result<product_option::Model, CatalogError> {
    let mut faults = Faults::default();
    faults.slug("code", code);
    facts.check(kind, &mut faults);
    faults.refuse()?;
    let tx = ctx.begin().await?;
    // Locked: two at the same time do not pass the limit together.
    let find = product::Entity::find_by_id(product_id.clone()).lock_exclusive();
    if find.one(&tx).await?.ok_or(CatalogError::NotFound)?.retired_at.is_some() {
        return Err(CatalogError::Retired);
    }
    let open = product_option::Entity::find()
        .filter(product_option::Column::ProductId.eq(product_id))
        .filter(product_option::Column::RetiredAt.is_null());
    if open.count(&tx).await? >= MAX_OPTIONS {
        return Err(CatalogError::Invalid(vec![FieldFault::new("code", "too_many").with("max", MAX_OPTIONS)]));
    }
    let row = product_option::Model {
        id: ProductOptionId::generate(),
        product_id: product_id.clone(),
        code: code.to_owned(),
        name_id: facts.name.id,
        name_en: facts.name.en,
        kind,
        is_required: facts.is_required,
        minimum: facts.minimum,
        maximum: facts.maximum,
        offered: merged(&OptionValues::default(), &facts.values),
        position: facts.position,
        retired_at: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let mut once = OnConflict::columns([product_option::Column::ProductId, product_option::Column::Code]);
    let inserted = product_option::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(once.do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    taken_unless(inserted, "code")?;
    record(ctx, &tx, "catalog.option.add", &row, None, Some(told(&row))).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes an option by what `apply` makes of it as it stands; contracts keep what they were sold with. What comes to the
/// same changes nothing.
///
/// # Errors
/// `NotFound`; `Retired`; `Invalid` as `add_option`.
pub async fn revise_option(
    ctx: &Ctx,
    id: &ProductOptionId,
    apply: impl FnOnce(&mut OptionFacts),
) -> Result<product_option::Model, CatalogError> {
    change(ctx, id, None, apply).await
}

/// Changes all of an option to `facts`, by whoever saw it as `seen` ([`option_seen`]): one that somebody else changed since
/// stays. The same again changes nothing.
///
/// # Errors
/// `OptionChanged`; as `revise_option`.
pub async fn save_option(
    ctx: &Ctx,
    id: &ProductOptionId,
    seen: &str,
    facts: OptionFacts,
) -> Result<product_option::Model, CatalogError> {
    change(ctx, id, Some(seen), |stored| *stored = facts).await
}

/// Names what was seen of an option by whoever may change it: all that is changed with it, prices not. Pure.
pub fn option_seen(row: &product_option::Model) -> String {
    let facts = OptionFacts::from(row);
    let values: Vec<_> = facts.values.iter().map(|value| [&value.code, &value.name.id, &value.name.en]).collect();
    let name = [&facts.name.id, &facts.name.en];
    let seen = json!([name, facts.is_required, facts.minimum, facts.maximum, values, facts.position]);
    token::sha256_hex(seen.to_string())
}

async fn change(
    ctx: &Ctx,
    id: &ProductOptionId,
    seen: Option<&str>,
    apply: impl FnOnce(&mut OptionFacts),
) -> Result<product_option::Model, CatalogError> {
    let tx = ctx.begin().await?;
    let before = lock(&tx, id).await?;
    let stored = OptionFacts::from(&before);
    let mut facts = stored.clone();
    apply(&mut facts);
    let mut faults = Faults::default();
    facts.check(before.kind, &mut faults);
    let offered = merged(&before.offered, &facts.values);
    if offered.0.len() > MAX_VALUES {
        faults.0.push(FieldFault::new("values", "too_many").with("max", MAX_VALUES));
    }
    faults.refuse()?;
    if facts == stored {
        return Ok(before);
    }
    if seen.is_some_and(|seen| seen != option_seen(&before)) {
        return Err(CatalogError::OptionChanged);
    }
    let after = product_option::Model {
        name_id: facts.name.id,
        name_en: facts.name.en,
        is_required: facts.is_required,
        minimum: facts.minimum,
        maximum: facts.maximum,
        offered,
        position: facts.position,
        updated_at: ctx.now(),
        ..before.clone()
    };
    after.clone().into_active_model().reset_all().update_without_returning(&tx).await?;
    record(ctx, &tx, "catalog.option.change", &after, Some(told(&before)), Some(told(&after))).await?;
    tx.commit().await?;
    Ok(after)
}

/// What a value of an option costs for a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOptionPrice {
    /// For how long.
    pub cycle: Cycle,
    /// Minor units, 0 or more; of one unit where units are counted.
    pub amount_minor: i64,
    /// Whether it holds the tax; none: as the price that is replaced, and a first one as the settings say. It goes with
    /// prices of plans that are written alike.
    pub tax_included: Option<bool>,
}

/// Sets what the value called `value` costs for a cycle from now on; contracts keep their price. Twice is once.
///
/// # Errors
/// `NotFound` for the option; `Retired`; `Invalid` with `value`, `amount`.
pub async fn set_option_price(
    ctx: &Ctx,
    id: &ProductOptionId,
    value: &str,
    new: NewOptionPrice,
) -> Result<product_option::Model, CatalogError> {
    let mut faults = Faults::default();
    faults.range("amount", new.amount_minor, 0, MAX_AMOUNT);
    faults.refuse()?;
    let tx = ctx.begin().await?;
    let before = lock(&tx, id).await?;
    let mut after = before.clone();
    let row = value_of(&mut after, value)?;
    let old = row.prices.iter().find(|price| price.cycle == new.cycle).cloned();
    let usual = match &old {
        Some(old) => old.tax_included,
        None => settings::load(&tx).await?.tax.prices_include_tax,
    };
    let price = OptionPrice {
        cycle: new.cycle,
        amount_minor: new.amount_minor,
        tax_included: new.tax_included.unwrap_or(usual),
        currency: IDR.to_owned(),
    };
    if old.as_ref() == Some(&price) {
        return Ok(before);
    }
    row.prices.retain(|row| row.cycle != new.cycle);
    row.prices.push(price.clone());
    row.prices.sort_by_key(|row| row.cycle.twelfths_of_days());
    let was = old.as_ref().map(|old| told_price(&before.code, value, old));
    save_prices(ctx, &tx, &mut after, "catalog.option.price", was, Some(told_price(&before.code, value, &price)))
        .await?;
    tx.commit().await?;
    Ok(after)
}

/// Offers a value for a cycle no more; contracts keep it at their price.
///
/// # Errors
/// `NotFound` for the option; `Retired`; `Invalid` with `value`, and with `cycle` where it has no such price.
pub async fn remove_option_price(
    ctx: &Ctx,
    id: &ProductOptionId,
    value: &str,
    cycle: Cycle,
) -> Result<product_option::Model, CatalogError> {
    let tx = ctx.begin().await?;
    let mut after = lock(&tx, id).await?;
    let code = after.code.clone();
    let row = value_of(&mut after, value)?;
    let old = row.prices.iter().find(|price| price.cycle == cycle).cloned();
    let old = old.ok_or_else(|| CatalogError::Invalid(vec![FieldFault::new("cycle", "unknown")]))?;
    row.prices.retain(|row| row.cycle != cycle);
    let was = Some(told_price(&code, value, &old));
    save_prices(ctx, &tx, &mut after, "catalog.option.price_remove", was, None).await?;
    tx.commit().await?;
    Ok(after)
}

/// Offers an option to nobody any more, for good. Contracts keep it and are renewed with it. Twice is once.
///
/// # Errors
/// `NotFound`.
pub async fn retire_option(ctx: &Ctx, id: &ProductOptionId) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let mut row = match lock(&tx, id).await {
        Err(CatalogError::Retired) => return Ok(()),
        row => row?,
    };
    (row.retired_at, row.updated_at) = (Some(ctx.now()), ctx.now());
    row.clone().into_active_model().reset_all().update_without_returning(&tx).await?;
    let after = json!({ "option": row.code, "retired_at": row.retired_at });
    record(ctx, &tx, "catalog.option.retire", &row, None, Some(after)).await?;
    tx.commit().await?;
    Ok(())
}

/// The option, which nobody else changes until `tx` ends.
async fn lock(tx: &WriteTx, id: &ProductOptionId) -> Result<product_option::Model, CatalogError> {
    let row = product_option::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?;
    let row = row.ok_or(CatalogError::NotFound)?;
    if row.retired_at.is_some() { Err(CatalogError::Retired) } else { Ok(row) }
}

fn value_of<'a>(row: &'a mut product_option::Model, code: &str) -> Result<&'a mut OptionValue, CatalogError> {
    let offered = row.offered.0.iter_mut().find(|value| value.code == code && !value.is_retired);
    offered.ok_or_else(|| CatalogError::Invalid(vec![FieldFault::new("value", "unknown")]))
}

async fn save_prices(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &mut product_option::Model,
    action: &str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), CatalogError> {
    row.updated_at = ctx.now();
    row.clone().into_active_model().reset_all().update_without_returning(tx).await?;
    record(ctx, tx, action, row, before, after).await
}

/// In the history of the product.
async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    row: &product_option::Model,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), CatalogError> {
    let target_id = row.product_id.as_str();
    let change = Change { action, target_type: "product", target_id, before, after, ..Change::default() };
    Ok(ctx.audit(tx, change).await?)
}

fn told(row: &product_option::Model) -> Value {
    let values = row.offered.0.iter().filter(|value| !value.is_retired).map(|value| value.code.as_str());
    json!({
        "option": row.code, "name_id": row.name_id, "name_en": row.name_en, "is_required": row.is_required,
        "minimum": row.minimum, "maximum": row.maximum, "values": values.collect::<Vec<_>>().join(", "),
        "position": row.position,
    })
}

fn told_price(option: &str, value: &str, price: &OptionPrice) -> Value {
    json!({
        "option": option, "value": value, "cycle": price.cycle, "amount_minor": price.amount_minor,
        "currency": price.currency, "tax_included": price.tax_included,
    })
}
