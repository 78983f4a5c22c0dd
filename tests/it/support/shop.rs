//! A small shop: one service per call, with plans of a given stock.
use super::World;
use entity::{
    catalog::{category, plan, product},
    value::{Cycle, ProductKind, PurchasePolicy},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use yumna::domain::catalog::{
    template,
    write::{self, NewPlan, NewPrice, NewProduct, Words},
};

/// A template that may be sold, and one that needs an agreement first.
pub const GHOST: &str = include_str!("../../../seeds/services/ghost.toml");
pub const N8N: &str = include_str!("../../../seeds/services/n8n.toml");

/// The same words twice.
pub fn words(text: &str) -> Words {
    Words { id: text.to_owned(), en: text.to_owned() }
}

impl World {
    /// The shelf everything stands on.
    pub async fn shelf(&self) -> category::Model {
        let found = category::Entity::find().filter(category::Column::Slug.eq("apps")).one(&self.services.db).await;
        match found.unwrap() {
            Some(shelf) => shelf,
            None => write::add_category(&self.system(), "apps", words("Aplikasi"), 1).await.unwrap(),
        }
    }

    /// A service made from `source`, without plans.
    pub async fn service(&self, source: &str, policy: PurchasePolicy) -> product::Model {
        let stored = template::store(&self.system(), source).await.unwrap();
        let new = NewProduct {
            category_id: self.shelf().await.id,
            slug: stored.slug.clone(),
            kind: ProductKind::PaasService,
            name: stored.slug.to_uppercase(),
            tagline: words("Terbitkan tulisan"),
            description: words("Blog dan buletin 100% milik Anda"),
            is_featured: true,
            position: 1,
            driver: "kubernetes".to_owned(),
            service_template_id: Some(stored.id),
            purchase_policy: policy,
        };
        write::add_product(&self.system(), new).await.unwrap()
    }

    /// A plan of `product` with `quota` slots for Rp 50.000 a month or Rp 500.000 a year.
    pub async fn plan(&self, product: &product::Model, code: &str, tier: i32, quota: i64) -> plan::Model {
        let new = NewPlan {
            product_id: product.id.clone(),
            code: code.to_owned(),
            name: code.to_owned(),
            tier,
            cpu_milli: 500,
            memory_mb: 1024,
            storage_gb: 5,
            quota_total: quota,
        };
        let price =
            |cycle, amount_minor| NewPrice { cycle, amount_minor: amount_minor * i64::from(tier), setup_fee_minor: 0 };
        let prices = [price(Cycle::Annually, 500_000), price(Cycle::Monthly, 50_000)];
        write::add_plan(&self.system(), new, &prices, &[]).await.unwrap()
    }
}
