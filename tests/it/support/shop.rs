//! A small shop: one service per call, with plans of a given stock.
use super::World;
use entity::{
    catalog::{category, coupon, plan, product, service_template},
    identity::user,
    subscriptions::subscription,
    value::{CouponScope, CustomerId, Cycle, Discount, ProductKind, PurchasePolicy, SubscriptionId, UserId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use yumna::domain::{
    billing,
    catalog::{
        coupon::{self as coupons, CouponInput, Limits, Terms},
        find, template,
        write::{self, NewPlan, NewPrice, NewProduct, ProductFacts, Visibility, Words},
    },
    customers, identity, ledger,
    ordering::{self, Checkout, CheckoutItem, OrderingError, Placed},
    payments::attempt::{self, Choice},
    settings, subscriptions,
};

/// A template that may be sold, and one that needs an agreement first.
pub const GHOST: &str = include_str!("../../../seeds/services/ghost.toml");
pub const N8N: &str = include_str!("../../../seeds/services/n8n.toml");

/// A question whose answer is not shown again.
pub const TOKEN: &str = r#"
[[param]]
key = "token"
type = "password"
label = { id = "Token API", en = "API token" }
default = ""
max_len = 60
edit = "always"
"#;

/// The same words twice.
pub fn words(text: &str) -> Words {
    Words { id: text.to_owned(), en: text.to_owned() }
}

impl World {
    /// From now on customers may change every setting of every service, and there is a secret among them.
    pub async fn lets_settings_change(&self) {
        let db = &self.services.db;
        for row in service_template::Entity::find().all(db).await.unwrap() {
            let body = row.body.replace("edit = \"create\"", "edit = \"always\"");
            let body = body.replacen("[[param]]", &format!("{TOKEN}\n[[param]]"), 1);
            service_template::Entity::update_many()
                .col_expr(service_template::Column::Body, Expr::value(body))
                .filter(service_template::Column::Id.eq(&row.id))
                .exec(db)
                .await
                .unwrap();
        }
    }

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
            slug: stored.slug.clone(),
            visibility: Visibility::Shown,
            facts: ProductFacts {
                category_id: self.shelf().await.id,
                kind: ProductKind::PaasService,
                name: stored.slug.to_uppercase(),
                tagline: words("Terbitkan tulisan"),
                description: words("Blog dan buletin 100% milik Anda"),
                is_featured: true,
                position: 1,
                driver: "kubernetes".to_owned(),
                service_template_id: Some(stored.id),
                purchase_policy: policy,
                releases_quota_on_suspension: true,
            },
        };
        write::add_product(&self.system(), new).await.unwrap()
    }

    /// A plan of `product` with `quota` slots for Rp 50.000 a month or Rp 500.000 a year.
    pub async fn plan(&self, product: &product::Model, code: &str, tier: i32, quota: i64) -> plan::Model {
        let new = NewPlan {
            product_id: product.id.clone(),
            code: code.to_owned(),
            visibility: Visibility::Shown,
            name: code.to_owned(),
            tier,
            cpu_milli: 500,
            memory_mb: 1024,
            storage_gb: 5,
            quota_total: quota,
        };
        let price = |cycle, amount_minor| NewPrice {
            cycle,
            amount_minor: amount_minor * i64::from(tier),
            setup_fee_minor: 0,
            tax_included: None,
        };
        let prices = [price(Cycle::Annually, 500_000), price(Cycle::Monthly, 50_000)];
        write::add_plan(&self.system(), new, &prices, &[]).await.unwrap()
    }
}

/// Somebody who can order.
#[derive(Clone, Debug)]
pub struct Buyer {
    pub user_id: UserId,
    pub customer_id: CustomerId,
    pub email: String,
}

impl World {
    /// Works through the checklist and opens the shop; the seller charges PPN.
    pub async fn open_shop(&self) {
        let ctx = self.system();
        let tx = ctx.begin().await.unwrap();
        billing::seed_tax_rules(&tx, ctx.now()).await.unwrap();
        tx.commit().await.unwrap();
        let text = str::to_owned;
        let company = settings::Company {
            legal_name: text("PT Awan Nusantara Digital"),
            street: text("Jl. Kaliurang Km 5 No. 12"),
            city: text("Sleman"),
            postal_code: text("55281"),
            email: text("halo@awannusantara.test"),
            npwp: text("0018550814412000"),
            bank_name: text("BCA"),
            bank_account: text("1234567890"),
            bank_account_name: text("PT Awan Nusantara Digital"),
            ..settings::Company::default()
        };
        settings::save_section(&ctx, company).await.unwrap();
        let since = "2024-01-01".parse().ok();
        let tax = settings::Tax { is_pkp: true, pkp_since: since, ..settings::Tax::default() };
        settings::save_section(&ctx, tax).await.unwrap();
        settings::confirm_numbering(&ctx).await.unwrap();
        settings::record_mail_test(&ctx).await.unwrap();
        let facts = settings::Facts { is_gateway_tested: true, has_cluster: true };
        settings::set_selling(&ctx, true, &facts).await.unwrap();
    }

    /// Registers somebody whose address is not proven yet.
    pub async fn newcomer(&self, name: &str) -> Buyer {
        let ctx = self.system();
        let email = format!("{name}@example.test");
        let registration = customers::Registration {
            name,
            email: &email,
            password: "correct-horse-battery-9",
            locale: "id",
            accepted_terms: true,
        };
        customers::register(&ctx, registration).await.unwrap();
        let user = user::Entity::find().filter(user::Column::Email.eq(&email)).one(&ctx.db).await.unwrap().unwrap();
        let customer_id = CustomerId(user.last_customer_id.unwrap());
        Buyer { user_id: user.id, customer_id, email }
    }

    /// Registers somebody who proved the address.
    pub async fn buyer(&self, name: &str) -> Buyer {
        let buyer = self.newcomer(name).await;
        let ctx = self.system();
        let tx = ctx.begin().await.unwrap();
        let mail = identity::make_verification_link(&ctx, &tx, &buyer.email).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        identity::verify_email(&ctx, &mail.token).await.unwrap();
        buyer
    }

    /// Puts money into a wallet.
    pub async fn gives(&self, buyer: &Buyer, amount_minor: i64) {
        ledger::adjust(&self.system(), &buyer.customer_id, amount_minor, "Saldo awal").await.unwrap();
    }

    /// What a wallet has to spend.
    pub async fn balance_of(&self, buyer: &Buyer) -> i64 {
        ledger::balance_minor(&self.services.db, &buyer.customer_id, "IDR").await.unwrap()
    }

    /// Orders one plan for a month.
    pub async fn orders(&self, buyer: &Buyer, plan: &str) -> Result<Placed, OrderingError> {
        ordering::place(&self.system(), self.checkout(buyer, &[plan])).await
    }

    /// A coupon of staff; it takes off the first invoice only unless `change` says otherwise.
    pub async fn coupon(
        &self,
        code: &str,
        discount: Discount,
        change: impl FnOnce(&mut Terms, &mut Limits),
    ) -> coupon::Model {
        let mut terms = Terms {
            discount,
            scope: CouponScope::default(),
            includes_setup: false,
            renewals: Some(0),
            is_for_new_customers: false,
            minimum_minor: 0,
        };
        let mut limits = Limits::default();
        change(&mut terms, &mut limits);
        let input = CouponInput { code: code.to_owned(), terms, limits };
        coupons::add(&self.system(), input).await.unwrap()
    }

    /// Orders plans for a month each with a coupon.
    pub async fn orders_with(&self, buyer: &Buyer, plans: &[&str], code: &str) -> Result<Placed, OrderingError> {
        let checkout = Checkout { coupon: Some(code.to_owned()), ..self.checkout(buyer, plans) };
        ordering::place(&self.system(), checkout).await
    }

    /// Uses of a coupon that are taken.
    pub async fn uses_of(&self, coupon: &coupon::Model) -> i64 {
        coupons::find::get(&self.services.db, &coupon.id).await.unwrap().used
    }

    /// A checkout of these plans for a month each.
    pub fn checkout(&self, buyer: &Buyer, plans: &[&str]) -> Checkout {
        let item = |plan: &&str| CheckoutItem {
            plan: (*plan).to_owned(),
            cycle: "monthly".to_owned(),
            config: serde_json::json!({}),
        };
        Checkout {
            customer_id: buyer.customer_id.clone(),
            user_id: buyer.user_id.clone(),
            items: plans.iter().map(item).collect(),
            coupon: None,
            cart: None,
        }
    }

    /// Pays an invoice from the wallet and lets the shop react, twice, as news may come twice.
    pub async fn pays(&self, placed: &Placed) {
        let ctx = self.system();
        let choice = Choice::wallet();
        let id = &placed.invoice.id;
        attempt::start(&ctx, &placed.order.customer_id, id, &choice).await.unwrap();
        for _ in 0..2 {
            ordering::on_invoice_paid(&ctx, id).await.unwrap();
            subscriptions::activate_for_invoice(&ctx, id).await.unwrap();
        }
    }

    /// The first contract of an order, as it is now.
    pub async fn contract(&self, placed: &Placed) -> subscription::Model {
        let id = SubscriptionId(placed.items[0].subscription_id.clone().unwrap());
        subscriptions::find::get(&self.services.db, &id).await.unwrap()
    }

    /// Slots of a plan in use.
    pub async fn slots_used(&self, plan: &plan::Model) -> i64 {
        find::plan(&self.services.db, &plan.id).await.unwrap().0.plan.quota_used
    }
}
