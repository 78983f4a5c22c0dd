//! Service templates as rows: one per version, kept for ever, because instances remember what they were made from.
use super::CatalogError;
use crate::{
    domain::Ctx,
    integrations::drivers::service_template::{Resale, SHIPPED, ServiceTemplate, Shipped, TemplateError},
    kernel::{audit::Change, db, fault::FieldFault},
};
use entity::{
    catalog::{product, service_template},
    value::{ProductId, ServiceTemplateId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

/// A template is so long at most, in bytes: lists of them read them whole.
const LARGEST_BYTES: usize = 64 << 10;
/// Who stores templates does so in turns: two that start, or two people, look before either has stored.
const TURN: &str = "yumna.catalog.template";

/// Reads and checks a template (TOML, schema 1): the one check of uploads, of starts and of `yumna templates check`.
///
/// # Errors
/// Everything that is wrong with it: `source` of `too_long` with `max`, else places of the template with a `message`.
pub fn read(source: &str) -> Result<ServiceTemplate, Vec<FieldFault>> {
    if source.len() > LARGEST_BYTES {
        return Err(vec![FieldFault::new("source", "too_long").with("max", LARGEST_BYTES)]);
    }
    let fault = |error: TemplateError| FieldFault::new(error.field, "template").with("message", error.message);
    ServiceTemplate::parse(source).map_err(|errors| errors.into_iter().map(fault).collect())
}

/// Stores the templates that come with the program, so that there is something to make a service of. Calling twice
/// stores them once. Where staff stored another text under the version of one, theirs stands: no start fails for that.
/// Rows in the order of `SHIPPED`.
///
/// # Errors
/// The database.
pub async fn store_shipped(ctx: &Ctx) -> Result<Vec<service_template::Model>, CatalogError> {
    let known = all(&ctx.db).await?;
    let same = |shipped: &Shipped| known.iter().find(|row| row.body == shipped.source).cloned();
    if let Some(rows) = SHIPPED.iter().map(same).collect::<Option<Vec<_>>>() {
        return Ok(rows);
    }
    let tx = ctx.begin().await?;
    db::exclusively(&tx, TURN).await?;
    let known = all(&tx).await?;
    let mut rows = Vec::with_capacity(SHIPPED.len());
    let mut fresh = Vec::new();
    for Shipped { source, .. } in SHIPPED {
        let template = read(source).map_err(CatalogError::Invalid)?;
        let version = version_of(&template);
        match known.iter().find(|row| row.slug == template.slug() && row.version == version) {
            Some(row) => {
                if row.body != source {
                    let slug = &row.slug;
                    tracing::warn!(%slug, %version, "The shipped template is not stored: its version has another text here");
                }
                rows.push(row.clone());
            }
            None => {
                let row = row_of(ctx, &template, version, &known);
                fresh.push(row.clone());
                rows.push(row);
            }
        }
    }
    if !fresh.is_empty() {
        let models = fresh.iter().cloned().map(service_template::ActiveModel::from);
        service_template::Entity::insert_many(models).exec_without_returning(&tx).await?;
        ctx.audit_all(&tx, fresh.iter().map(storing).collect()).await?;
        tx.commit().await?;
    }
    Ok(rows)
}

fn version_of(template: &ServiceTemplate) -> String {
    format!("{}-{}", template.version(), template.template_version())
}

/// A new row for `template`. What was agreed for an earlier version among those `known` counts for it.
fn row_of(
    ctx: &Ctx,
    template: &ServiceTemplate,
    version: String,
    known: &[service_template::Model],
) -> service_template::Model {
    let mut earlier = known.iter().filter(|row| row.slug == template.slug());
    service_template::Model {
        id: ServiceTemplateId::generate(),
        slug: template.slug().to_owned(),
        version,
        body: template.source().to_owned(),
        resale: resale_word(template.license().resale).to_owned(),
        agreement_note: earlier.find_map(|row| row.agreement_note.clone()),
        created_at: ctx.now(),
    }
}

/// What the audit trail says of a stored row.
fn storing(row: &service_template::Model) -> Change<'_> {
    let after = serde_json::json!({ "slug": row.slug, "version": row.version, "resale": row.resale });
    Change {
        action: "catalog.template.store",
        target_type: "service_template",
        target_id: row.id.as_str(),
        after: Some(after),
        ..Change::default()
    }
}

/// Whether the licence lets us sell what the template describes: it allows reselling, or staff recorded what was agreed
/// with the licensor.
pub fn may_be_sold(template: &service_template::Model) -> bool {
    template.resale == "ok" || template.agreement_note.is_some()
}

/// Reads, checks and stores a template (TOML, schema 1). Storing the same text again gives the row that is there. An
/// agreement recorded for an earlier version counts for the new one.
///
/// # Errors
/// `Invalid` with everything that is wrong with the text; `TemplateVersionTaken` where the version is stored with
/// another text: a changed template needs a higher `template_version`.
pub async fn store(ctx: &Ctx, source: &str) -> Result<service_template::Model, CatalogError> {
    let template = read(source).map_err(CatalogError::Invalid)?;
    let version = version_of(&template);
    let tx = ctx.begin().await?;
    db::exclusively(&tx, TURN).await?;
    let earlier = service_template::Entity::find()
        .filter(service_template::Column::Slug.eq(template.slug()))
        .order_by_desc(service_template::Column::Id)
        .all(&tx)
        .await?;
    if let Some(stored) = earlier.iter().find(|row| row.version == version) {
        if stored.body == source {
            return Ok(stored.clone());
        }
        return Err(CatalogError::TemplateVersionTaken { slug: template.slug().to_owned(), version });
    }
    let row = row_of(ctx, &template, version, &earlier);
    service_template::Entity::insert(service_template::ActiveModel::from(row.clone()))
        .exec_without_returning(&tx)
        .await?;
    ctx.audit(&tx, storing(&row)).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

fn resale_word(resale: Resale) -> &'static str {
    match resale {
        Resale::Ok => "ok",
        Resale::NeedsAgreement => "needs_agreement",
        Resale::Check => "check",
    }
}

/// One template.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &ServiceTemplateId) -> Result<service_template::Model, CatalogError> {
    service_template::Entity::find_by_id(id.clone()).one(db).await?.ok_or(CatalogError::NotFound)
}

/// Records what was agreed with the licensor (1 to 4,000 characters); from then on the service may be sold.
///
/// # Errors
/// `NotFound`; `Invalid` for an empty or too long note.
pub async fn record_agreement(ctx: &Ctx, id: &ServiceTemplateId, note: &str) -> Result<(), CatalogError> {
    let note = note.trim();
    if note.is_empty() {
        return Err(CatalogError::Invalid(vec![FieldFault::new("note", "required")]));
    }
    if note.chars().count() > 4000 {
        return Err(CatalogError::Invalid(vec![FieldFault::new("note", "too_long").with("max", 4000)]));
    }
    let tx = ctx.begin().await?;
    let changed = service_template::Entity::update_many()
        .col_expr(service_template::Column::AgreementNote, Expr::value(Some(note.to_owned())))
        .filter(service_template::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(CatalogError::NotFound);
    }
    let change = Change {
        action: "catalog.template.agree",
        target_type: "service_template",
        target_id: id.as_str(),
        after: Some(serde_json::json!({ "agreement_note": note })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes new instances of a product from another stored template of the same service. Running ones keep theirs.
///
/// # Errors
/// `NotFound` where the product or template is missing, or belongs to another service.
pub async fn use_for_product(
    ctx: &Ctx,
    product_id: &ProductId,
    template_id: &ServiceTemplateId,
) -> Result<(), CatalogError> {
    let tx = ctx.begin().await?;
    let product = product::Entity::find_by_id(product_id.clone()).one(&tx).await?.ok_or(CatalogError::NotFound)?;
    let template = find(&tx, template_id).await?.ok_or(CatalogError::NotFound)?;
    if product.slug != template.slug {
        return Err(CatalogError::NotFound);
    }
    product::Entity::update_many()
        .col_expr(product::Column::ServiceTemplateId, Expr::value(Some(template_id.clone())))
        .col_expr(product::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(product::Column::Id.eq(product_id))
        .exec(&tx)
        .await?;
    let change = Change {
        action: "catalog.product.template",
        target_type: "product",
        target_id: product_id.as_str(),
        before: Some(serde_json::json!({ "service_template_id": product.service_template_id })),
        after: Some(serde_json::json!({ "service_template_id": template_id })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Every stored template, services by name, the newest version of each first. There are few: each is a text that people
/// wrote.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<service_template::Model>, DbErr> {
    service_template::Entity::find()
        .order_by_asc(service_template::Column::Slug)
        .order_by_desc(service_template::Column::Id)
        .all(db)
        .await
}

/// The stored template `id`.
pub async fn find(db: &impl ConnectionTrait, id: &ServiceTemplateId) -> Result<Option<service_template::Model>, DbErr> {
    service_template::Entity::find_by_id(id.clone()).one(db).await
}
