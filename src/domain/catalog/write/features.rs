//! The rows of the comparison table of plans.
use super::{Faults, Words};
use crate::{
    domain::{Ctx, catalog::CatalogError},
    kernel::{audit::Change, fault::FieldFault},
};
use entity::{
    catalog::{plan, plan_feature},
    value::PlanId,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

/// Rows of a plan at most.
pub const MAX_FEATURES: usize = 40;
/// Stands in no label and no value: it parts them where staff write them in lines.
pub const FEATURE_MARK: char = '|';
/// Longest label and value, in characters.
const MAX_WORDS: usize = 120;

/// A row of the comparison table: what is compared, and its value in this plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// What is compared.
    pub label: Words,
    /// Its value.
    pub value: Words,
}

impl From<&plan_feature::Model> for Feature {
    fn from(row: &plan_feature::Model) -> Self {
        Self {
            label: Words { id: row.label_id.clone(), en: row.label_en.clone() },
            value: Words { id: row.value_id.clone(), en: row.value_en.clone() },
        }
    }
}

/// Rows in which everything is right; what is not is added to `faults`.
pub(super) fn checked(features: &[Feature], faults: &mut Faults) -> Vec<Feature> {
    if features.len() > MAX_FEATURES {
        faults.0.push(FieldFault::new("features", "too_many").with("max", MAX_FEATURES));
        return Vec::new();
    }
    let mut row = |(i, feature): (usize, &Feature)| Feature {
        label: faults.words(&format!("features[{i}].label"), &feature.label, MAX_WORDS),
        value: faults.words(&format!("features[{i}].value"), &feature.value, MAX_WORDS),
    };
    let checked: Vec<Feature> = features.iter().enumerate().map(&mut row).collect();
    for (i, feature) in checked.iter().enumerate() {
        let texts = [("label", &feature.label), ("value", &feature.value)];
        for (name, words) in texts {
            if words.id.contains(FEATURE_MARK) || words.en.contains(FEATURE_MARK) {
                faults.0.push(FieldFault::new(format!("features[{i}].{name}_id"), "mark"));
            }
        }
    }
    checked
}

/// Gives a plan these rows, in this order, instead of those it has. The same again changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` with every field that is wrong: `features`, `features[0].label_id`, …
pub async fn set_features(ctx: &Ctx, plan_id: &PlanId, features: &[Feature]) -> Result<(), CatalogError> {
    let mut faults = Faults::default();
    let features = checked(features, &mut faults);
    faults.refuse()?;
    let tx = ctx.begin().await?;
    // Locked: of two at the same time one comes after the other.
    plan::Entity::find_by_id(plan_id.clone()).lock_exclusive().one(&tx).await?.ok_or(CatalogError::NotFound)?;
    let rows = plan_feature::Entity::find()
        .filter(plan_feature::Column::PlanId.eq(plan_id))
        .order_by_asc(plan_feature::Column::Position)
        .all(&tx)
        .await?;
    let before: Vec<Feature> = rows.iter().map(Feature::from).collect();
    if before == features {
        return Ok(());
    }
    plan_feature::Entity::delete_many().filter(plan_feature::Column::PlanId.eq(plan_id)).exec(&tx).await?;
    if !features.is_empty() {
        plan_feature::Entity::insert_many(feature_rows(plan_id, &features)).exec_without_returning(&tx).await?;
    }
    let change = Change {
        action: "catalog.plan.features",
        target_type: "plan",
        target_id: plan_id.as_str(),
        before: Some(told(&before)),
        after: Some(told(&features)),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

fn told(features: &[Feature]) -> Value {
    let row = |one: &Feature| format!("{} / {}: {} / {}", one.label.id, one.label.en, one.value.id, one.value.en);
    json!({ "features": features.iter().map(row).collect::<Vec<_>>() })
}

pub(super) fn feature_rows<'a>(
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
