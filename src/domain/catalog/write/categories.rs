//! Shelves of the shop.
use super::{Faults, MAX_NAME, Visibility, Words, taken_unless};
use crate::{
    domain::{
        Ctx,
        catalog::{CatalogError, quota},
    },
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    catalog::{category, plan, product},
    value::CategoryId,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};
use serde_json::{Value, json};

/// A shelf as staff describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryInput {
    /// Its name.
    pub name: Words,
    /// Order on the page.
    pub position: i32,
}

impl From<&category::Model> for CategoryInput {
    fn from(row: &category::Model) -> Self {
        Self { name: Words { id: row.name_id.clone(), en: row.name_en.clone() }, position: row.position }
    }
}

impl CategoryInput {
    fn check(&mut self, faults: &mut Faults) {
        self.name = faults.words("name", &self.name, MAX_NAME);
        faults.position(self.position);
    }
}

/// Adds a shelf.
///
/// # Errors
/// `Invalid` with every field that is wrong (`slug`, also for a taken one, `name_id`, `name_en`, `position`).
pub async fn add_category(ctx: &Ctx, slug: &str, name: Words, position: i32) -> Result<category::Model, CatalogError> {
    let mut faults = Faults::default();
    let mut input = CategoryInput { name, position };
    faults.slug("slug", slug);
    input.check(&mut faults);
    faults.refuse()?;
    let row = category::Model {
        id: CategoryId::generate(),
        slug: slug.to_owned(),
        name_id: input.name.id,
        name_en: input.name.en,
        position,
        is_hidden: false,
    };
    let tx = ctx.begin().await?;
    let inserted = category::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::column(category::Column::Slug).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    taken_unless(inserted, "slug")?;
    record(ctx, &tx, "catalog.category.add", &row.id, None, Some(json!({ "slug": slug, "name": row.name_id }))).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes the words and the place of a shelf by what `apply` makes of it as it stands; its address stays. What comes to
/// the same changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` as `add_category`.
pub async fn change_category(
    ctx: &Ctx,
    id: &CategoryId,
    apply: impl FnOnce(&mut CategoryInput),
) -> Result<category::Model, CatalogError> {
    let tx = ctx.begin().await?;
    let before = category::Entity::find_by_id(id.clone()).lock_exclusive().one(&tx).await?;
    let before = before.ok_or(CatalogError::NotFound)?;
    let stored = CategoryInput::from(&before);
    let mut input = stored.clone();
    apply(&mut input);
    let mut faults = Faults::default();
    input.check(&mut faults);
    faults.refuse()?;
    if input == stored {
        return Ok(before);
    }
    let after =
        category::Model { name_id: input.name.id, name_en: input.name.en, position: input.position, ..before.clone() };
    after.clone().into_active_model().reset_all().update_without_returning(&tx).await?;
    record(ctx, &tx, "catalog.category.change", id, Some(told(&before)), Some(told(&after))).await?;
    tx.commit().await?;
    Ok(after)
}

fn told(row: &category::Model) -> Value {
    json!({ "name_id": row.name_id, "name_en": row.name_en, "position": row.position })
}

/// Offers a shelf with what stands on it, or takes it off the shop. Running contracts go on, and staff may quote what
/// stands there. Saying the same twice changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn set_category_visibility(ctx: &Ctx, id: &CategoryId, visibility: Visibility) -> Result<(), CatalogError> {
    let is_hidden = visibility.is_hidden();
    let tx = ctx.begin().await?;
    let changed = category::Entity::update_many()
        .col_expr(category::Column::IsHidden, Expr::value(is_hidden))
        .filter(category::Column::Id.eq(id))
        .filter(category::Column::IsHidden.ne(is_hidden))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        category::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
        return Ok(());
    }
    let (before, after) = (json!({ "is_hidden": !is_hidden }), json!({ "is_hidden": is_hidden }));
    record(ctx, &tx, "catalog.category.visibility", id, Some(before), Some(after)).await?;
    if visibility == Visibility::Shown {
        let products = product::Entity::find().select_only().column(product::Column::Id);
        let on_it = products.filter(product::Column::CategoryId.eq(id)).into_query();
        quota::tell_of_room_in(ctx, &tx, plan::Column::ProductId.in_subquery(on_it)).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    id: &CategoryId,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), CatalogError> {
    let change = Change { action, target_type: "category", target_id: id.as_str(), before, after, ..Change::default() };
    Ok(ctx.audit(tx, change).await?)
}
