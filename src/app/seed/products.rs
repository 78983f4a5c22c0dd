//! The demo's catalog, from `seeds/demo/products.toml` and the service templates.
use crate::domain::{
    Ctx,
    catalog::{
        template,
        write::{
            self, Feature, NewOptionPrice, NewPlan, NewPrice, NewProduct, OptionFacts, ProductFacts, ValueFacts,
            Visibility, Words,
        },
    },
};
use anyhow::Context;
use entity::value::{Cycle, OptionKind, ProductKind, PurchasePolicy};
use serde::Deserialize;

const PRODUCTS: &str = include_str!("../../../seeds/demo/products.toml");
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    categories: Vec<Category>,
    products: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TwoWords {
    id: String,
    en: String,
}

impl From<TwoWords> for Words {
    fn from(words: TwoWords) -> Self {
        Self { id: words.id.trim().to_owned(), en: words.en.trim().to_owned() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Category {
    slug: String,
    name: TwoWords,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    slug: String,
    category: String,
    name: String,
    featured: bool,
    tagline: TwoWords,
    description: TwoWords,
    #[serde(default)]
    agreement: Option<String>,
    plans: Vec<Plan>,
    #[serde(default)]
    options: Vec<Extra>,
}

/// What can be ordered with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    code: String,
    kind: OptionKind,
    name: TwoWords,
    #[serde(default)]
    max: i64,
    values: Vec<ExtraValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtraValue {
    code: String,
    name: TwoWords,
    monthly: i64,
    annually: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    code: String,
    name: String,
    tier: i32,
    cpu_milli: i64,
    memory_mb: i64,
    storage_gb: i64,
    quota: i64,
    monthly: i64,
    annually: i64,
    features: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    label: TwoWords,
    value: TwoWords,
}

/// Writes categories, templates, products, plans and prices.
pub async fn seed(ctx: &Ctx) -> anyhow::Result<()> {
    let file: File = toml::from_str(PRODUCTS).context("seeds/demo/products.toml")?;
    let mut categories = Vec::new();
    for (position, category) in (0..).zip(file.categories) {
        let row = write::add_category(ctx, &category.slug, category.name.into(), position).await?;
        categories.push(row);
    }
    let templates = template::store_shipped(ctx).await?;
    for (position, product) in (0..).zip(file.products) {
        let category = categories.iter().find(|category| category.slug == product.category).context("category")?;
        let template = templates.iter().find(|template| template.slug == product.slug).context("template")?;
        if let Some(note) = &product.agreement {
            template::record_agreement(ctx, &template.id, note).await?;
        }
        let row = write::add_product(
            ctx,
            NewProduct {
                slug: product.slug,
                visibility: Visibility::Shown,
                facts: ProductFacts {
                    category_id: category.id.clone(),
                    kind: ProductKind::PaasService,
                    name: product.name,
                    tagline: product.tagline.into(),
                    description: product.description.into(),
                    is_featured: product.featured,
                    position,
                    driver: "kubernetes".to_owned(),
                    service_template_id: Some(template.id.clone()),
                    purchase_policy: PurchasePolicy::OnePerCustomerUpgradeOnly,
                    releases_quota_on_suspension: true,
                },
            },
        )
        .await?;
        for plan in product.plans {
            add_plan(ctx, &row.id, plan).await?;
        }
        for (position, extra) in (0..).zip(product.options) {
            add_option(ctx, &row.id, position, extra).await?;
        }
    }
    Ok(())
}

async fn add_plan(ctx: &Ctx, product_id: &entity::value::ProductId, plan: Plan) -> anyhow::Result<()> {
    let price = |cycle, amount_minor| NewPrice { cycle, amount_minor, setup_fee_minor: 0, tax_included: None };
    let prices = [price(Cycle::Monthly, plan.monthly), price(Cycle::Annually, plan.annually)];
    let features: Vec<Feature> =
        plan.features.into_iter().map(|row| Feature { label: row.label.into(), value: row.value.into() }).collect();
    let new = NewPlan {
        product_id: product_id.clone(),
        code: plan.code,
        visibility: Visibility::Shown,
        name: plan.name,
        tier: plan.tier,
        cpu_milli: plan.cpu_milli,
        memory_mb: plan.memory_mb,
        storage_gb: plan.storage_gb,
        quota_total: plan.quota,
    };
    write::add_plan(ctx, new, &prices, &features).await?;
    Ok(())
}

async fn add_option(
    ctx: &Ctx,
    product_id: &entity::value::ProductId,
    position: i32,
    extra: Extra,
) -> anyhow::Result<()> {
    let mut prices = Vec::new();
    let mut values = Vec::new();
    for value in extra.values {
        prices.push((value.code.clone(), Cycle::Monthly, value.monthly));
        prices.push((value.code.clone(), Cycle::Annually, value.annually));
        values.push(ValueFacts { code: value.code, name: value.name.into() });
    }
    let facts = OptionFacts {
        name: extra.name.into(),
        // What is bought without a word costs what its plan costs.
        is_required: false,
        minimum: 1,
        maximum: extra.max,
        values,
        position,
    };
    let row = write::add_option(ctx, product_id, &extra.code, extra.kind, facts).await?;
    for (value, cycle, amount_minor) in prices {
        let new = NewOptionPrice { cycle, amount_minor, tax_included: None };
        write::set_option_price(ctx, &row.id, &value, new).await?;
    }
    Ok(())
}
