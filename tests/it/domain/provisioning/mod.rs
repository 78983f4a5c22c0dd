//! What was bought runs, whatever the cluster does.
mod create;
mod custom_domains;
mod last_backup;
mod life;
mod machines;
mod orphans;
mod settings;
mod told;
mod trouble;
mod uptime;
mod wire;

use crate::support::{World, driver::Scripted, shop::GHOST};
use chrono::{DateTime, Duration, Utc};
use entity::{
    customers::customer,
    platform::{alert, job, outbox_event},
    provisioning::{cluster, instance, step, task},
    subscriptions::subscription,
    value::{CustomerId, CustomerStatus, Cycle, InstanceStatus, PurchasePolicy, SubscriptionId, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, sea_query::Expr};
use std::sync::Arc;
use yumna::{
    domain::{
        Ctx,
        provisioning::{clusters, find, follow, tasks},
    },
    jobs::worker,
};

/// A world with one cluster and a scripted driver.
struct Farm {
    world: World,
    driver: Scripted,
}

impl Farm {
    async fn new() -> Self {
        let driver = Scripted::default();
        let registered = driver.clone();
        let world = World::with(move |services| services.drivers = vec![Arc::new(registered)]).await;
        let farm = Self { world, driver };
        farm.cluster("one", 64_000).await;
        farm
    }

    fn ctx(&self) -> Ctx {
        self.world.system()
    }

    async fn cluster(&self, name: &str, capacity_memory_mb: i64) -> cluster::Model {
        self.world.cluster(name, capacity_memory_mb).await
    }

    /// A paid contract of a fresh customer, whose news has not been told yet.
    async fn contract(&self) -> subscription::Model {
        let ctx = self.ctx();
        let known = entity::catalog::plan::Entity::find().one(&ctx.db).await.unwrap();
        let plan = match known {
            Some(plan) => plan,
            None => {
                let product = self.world.service(GHOST, PurchasePolicy::Multiple).await;
                self.world.plan(&product, "ghost-basic", 1, 50).await
            }
        };
        let customer_id = CustomerId::generate();
        let buyer = customer::Model {
            id: customer_id.clone(),
            name: "Budi Santoso".into(),
            company: None,
            email: format!("{}@example.test", customer_id.as_str().to_lowercase()),
            phone: None,
            street_1: None,
            street_2: None,
            city: None,
            state: None,
            postal_code: None,
            country_code: "ID".into(),
            tax_country: "ID".into(),
            npwp: None,
            nitku: None,
            tax_exempt_reason: None,
            vat_collector: None,
            withholds_income_tax: false,
            locale: "id".into(),
            currency: "IDR".into(),
            status: CustomerStatus::Active,
            credit_limit_minor: 0,
            auto_debit: true,
            separate_invoices: false,
            risk_level: "normal".into(),
            rdash_customer_id: None,
            rdash_synced_at: None,
            rdash_sync_status: None,
            rdash_sync_error: None,
            created_at: ctx.now(),
            updated_at: ctx.now(),
        };
        customer::Entity::insert(buyer.into_active_model()).exec_without_returning(&ctx.db).await.unwrap();
        let row = subscription::Model {
            id: SubscriptionId::generate(),
            customer_id,
            product_id: plan.product_id.clone(),
            plan_id: plan.id,
            order_id: None,
            status: SubscriptionStatus::Active,
            cycle: Cycle::Monthly,
            price_minor: 50_000,
            tax_included: false,
            currency: "IDR".into(),
            anchor_day: 21,
            discount: None,
            next_terms: None,
            options: entity::value::AgreedOptions::default(),
            config: serde_json::json!({}),
            period_start: None,
            period_end: None,
            next_renewal_at: None,
            next_invoice_at: None,
            next_step_at: None,
            auto_renew: true,
            exclusive_key: None,
            elsewhere: None,
            cancel_reason: None,
            end_reason: None,
            activated_at: Some(ctx.now()),
            suspended_at: None,
            terminated_at: None,
            created_at: ctx.now(),
            updated_at: ctx.now(),
        };
        subscription::Entity::insert(row.clone().into_active_model()).exec_without_returning(&ctx.db).await.unwrap();
        row
    }

    /// The contract is in `status` from now on, and provisioning hears of it.
    async fn becomes(&self, contract: &subscription::Model, status: SubscriptionStatus) {
        subscription::Entity::update_many()
            .col_expr(subscription::Column::Status, Expr::value(status))
            .filter(subscription::Column::Id.eq(&contract.id))
            .exec(&self.ctx().db)
            .await
            .unwrap();
        follow::follow(&self.ctx(), &contract.id).await.unwrap();
    }

    /// A contract whose instance runs.
    async fn running(&self) -> (subscription::Model, instance::Model) {
        let contract = self.contract().await;
        self.becomes(&contract, SubscriptionStatus::Active).await;
        self.drain().await;
        let row = self.instance(&contract).await;
        assert_eq!(row.status, InstanceStatus::Running);
        (contract, row)
    }

    async fn drain(&self) -> worker::Drained {
        worker::run_due(&self.world.services).await.unwrap()
    }

    /// Lets `by` pass and runs what came due.
    async fn pass(&self, by: Duration) {
        self.world.advance(by);
        self.drain().await;
    }

    async fn instance(&self, contract: &subscription::Model) -> instance::Model {
        follow::instance_of(&self.ctx(), &contract.id).await.unwrap().unwrap()
    }

    async fn task(&self, row: &instance::Model) -> task::Model {
        find::last_task(&self.ctx().db, &row.id).await.unwrap().unwrap()
    }

    async fn count_events(&self, name: &str) -> u64 {
        outbox_event::Entity::find().filter(outbox_event::Column::Name.eq(name)).count(&self.ctx().db).await.unwrap()
    }

    async fn open_alerts(&self) -> Vec<String> {
        let open = alert::Entity::find().filter(alert::Column::OpenKey.is_not_null());
        let open = open.order_by_asc(alert::Column::Id).all(&self.ctx().db).await.unwrap();
        open.into_iter().map(|alert| alert.code).collect()
    }

    /// The process dies while it runs what is due, and another takes over.
    async fn crash(&self) {
        self.driver.outlives(&self.world).await;
    }

    /// The third refusal in a row is due and what was begun is about to be taken back.
    async fn is_about_to_turn_back(&self, contract: &subscription::Model) {
        self.driver.meets("health", crate::support::driver::Mishap::Rejected, 3);
        self.becomes(contract, SubscriptionStatus::Active).await;
        self.drain().await;
        self.pass(Duration::seconds(31)).await;
        self.world.advance(Duration::seconds(121));
    }

    /// A paid contract whose instance is stuck on its way, because its cluster was silent for a day.
    async fn stuck(&self) -> (subscription::Model, task::Model) {
        let contract = self.contract().await;
        self.driver.meets("volume", crate::support::driver::Mishap::Unavailable, 1000);
        self.becomes(&contract, SubscriptionStatus::Active).await;
        self.drain().await;
        self.age_steps(Duration::hours(25)).await;
        self.pass(Duration::minutes(6)).await;
        let row = self.instance(&contract).await;
        assert_eq!(row.status, InstanceStatus::NeedsReview);
        self.driver.heals();
        (contract, self.task(&row).await)
    }

    /// Steps have been waiting, and the cluster has been silent, for `by` of machine time.
    async fn age_steps(&self, by: Duration) {
        let then = yumna::kernel::clock::machine_now() - by;
        for column in [step::Column::WaitingSince, step::Column::TroubleSince] {
            step::Entity::update_many()
                .col_expr(column, Expr::value(then))
                .filter(column.is_not_null())
                .exec(&self.ctx().db)
                .await
                .unwrap();
        }
    }
}
