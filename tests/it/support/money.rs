//! Customers, invoices and payments in a few words.
use super::{
    World,
    gateway::{self, ScriptedGateway},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    payments::payment,
    platform::{alert, job, outbox_event},
    value::{CustomerId, CustomerStatus, InvoiceKind, JobStatus, ProductKind, UserId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Statement};
use yumna::{
    domain::{
        Ctx,
        billing::{self, NewLine},
        ledger,
        payments::{
            accounts::{self, AccountInput},
            attempt::{self, Choice},
        },
        settings,
    },
    kernel::{actor::Actor, db},
};

/// Tables whose rows the database itself refuses to change.
const GUARDED: [&str; 15] = [
    "ledger_entries",
    "ledger_transactions",
    "ledger_accounts",
    "wallet_transactions",
    "audit_logs",
    "invoices",
    "credit_notes",
    "invoice_items",
    "invoice_taxes",
    "credit_note_items",
    "write_offs",
    "write_off_items",
    "moved_documents",
    "quotes",
    "quote_items",
];

/// A world with a scripted gateway and an account there.
pub async fn with_gateway() -> (World, ScriptedGateway) {
    let scripted = ScriptedGateway::default();
    let gateway = scripted.clone();
    let world = World::with(|services| services.gateways = vec![std::sync::Arc::new(gateway)]).await;
    world.account().await;
    (world, scripted)
}

/// A line of Rp `unit_minor`.
pub fn line(unit_minor: i64) -> NewLine {
    NewLine {
        description: "n8n Basic, bulanan".to_owned(),
        quantity: 1,
        unit_minor,
        discount_minor: 0,
        tax_included: false,
        product_kind: ProductKind::PaasService,
        subscription_id: None,
        cycle_number: None,
        sold_for: None,
        period: None,
    }
}

/// A way to pay at the scripted gateway.
pub fn by(method: &str, option: Option<&str>) -> Choice {
    Choice::of(gateway::CODE, method, option)
}

/// From the wallet.
pub fn by_wallet() -> Choice {
    Choice::wallet()
}

impl World {
    /// A member of staff.
    pub fn staff(&self, name: &str) -> Ctx {
        Ctx { actor: Actor::Staff { user_id: UserId(format!("usr_{name}")) }, ..self.system() }
    }

    /// The account at the scripted gateway.
    pub async fn account(&self) {
        self.account_at(gateway::CODE).await;
    }

    /// An account at a scripted gateway.
    pub async fn account_at(&self, code: &str) {
        let input = AccountInput {
            name: "Scripted".to_owned(),
            is_enabled: true,
            is_default: true,
            position: None,
            base_url: None,
            values: [("server_key".to_owned(), "k1".to_owned())].into(),
        };
        accounts::create(&self.system(), code, input).await.unwrap();
    }

    /// The seller charges PPN.
    pub async fn charges_ppn(&self) {
        let ctx = self.system();
        let tx = ctx.begin().await.unwrap();
        billing::seed_tax_rules(&tx, ctx.now()).await.unwrap();
        tx.commit().await.unwrap();
        let since = "2020-01-01".parse().ok();
        let tax = settings::Tax { is_pkp: true, pkp_since: since, ..settings::Tax::default() };
        settings::save_section(&ctx, tax).await.unwrap();
    }

    /// A customer in Jakarta.
    pub async fn customer(&self) -> customer::Model {
        let now = self.services.clock.now();
        let row = customer::Model {
            id: CustomerId::generate(),
            name: "Budi Santoso".to_owned(),
            company: None,
            email: "budi@example.test".to_owned(),
            phone: None,
            street_1: Some("Jalan Melati 1".to_owned()),
            street_2: None,
            city: Some("Jakarta".to_owned()),
            state: Some("DKI Jakarta".to_owned()),
            postal_code: Some("10110".to_owned()),
            country_code: "ID".to_owned(),
            tax_country: "ID".to_owned(),
            npwp: None,
            nitku: None,
            tax_exempt_reason: None,
            vat_collector: None,
            withholds_income_tax: false,
            locale: "id".to_owned(),
            currency: "IDR".to_owned(),
            status: CustomerStatus::Active,
            credit_limit_minor: 0,
            auto_debit: true,
            separate_invoices: false,
            risk_level: "normal".to_owned(),
            rdash_customer_id: None,
            rdash_synced_at: None,
            rdash_sync_status: None,
            rdash_sync_error: None,
            created_at: now,
            updated_at: now,
        };
        customer::Entity::insert(row.clone().into_active_model()).exec(&self.services.db).await.unwrap();
        row
    }

    /// An issued invoice over these net amounts, due in a week.
    pub async fn invoice(&self, customer: &customer::Model, nets: &[i64]) -> invoice::Model {
        let ctx = self.system();
        let tx = ctx.begin().await.unwrap();
        let new = billing::invoice::NewInvoice {
            customer,
            kind: InvoiceKind::Order,
            lines: nets.iter().map(|net| line(*net)).collect(),
            due_at: ctx.now() + Duration::days(7),
            notes: None,
        };
        let invoice = billing::invoice::issue(&ctx, &tx, new).await.unwrap();
        tx.commit().await.unwrap();
        invoice
    }

    /// An invoice over these net amounts that should have been paid yesterday.
    pub async fn debt(&self, customer: &customer::Model, nets: &[i64]) -> invoice::Model {
        let ctx = self.system();
        let tx = ctx.begin().await.unwrap();
        let new = billing::invoice::NewInvoice {
            customer,
            kind: InvoiceKind::Manual,
            lines: nets.iter().map(|net| line(*net)).collect(),
            due_at: ctx.now() - Duration::days(1),
            notes: None,
        };
        let invoice = billing::invoice::issue(&ctx, &tx, new).await.unwrap();
        tx.commit().await.unwrap();
        invoice
    }

    /// The invoice as it stands.
    pub async fn reload(&self, invoice: &invoice::Model) -> invoice::Model {
        billing::invoice::get(&self.services.db, &invoice.id).await.unwrap()
    }

    /// The attempt as it stands.
    pub async fn payment(&self, payment: &payment::Model) -> payment::Model {
        attempt::get(&self.services.db, &payment.id).await.unwrap()
    }

    /// Puts money into a wallet by hand.
    pub async fn gift(&self, customer: &customer::Model, minor: i64) {
        ledger::adjust(&self.staff("ana"), &customer.id, minor, "goodwill").await.unwrap();
    }

    /// What a wallet holds.
    pub async fn balance(&self, customer: &customer::Model) -> i64 {
        ledger::wallet(&self.system(), &customer.id).await.unwrap().balance
    }

    /// How often news of this name was published.
    pub async fn news(&self, name: &str) -> u64 {
        outbox_event::Entity::find().filter(outbox_event::Column::Name.eq(name)).count(&self.services.db).await.unwrap()
    }

    /// How many jobs of this name wait.
    pub async fn waiting(&self, name: &str) -> u64 {
        job::Entity::find()
            .filter(job::Column::Name.eq(name))
            .filter(job::Column::Status.eq(JobStatus::Queued))
            .count(&self.services.db)
            .await
            .unwrap()
    }

    /// Codes of the alerts staff see.
    pub async fn alerts(&self) -> Vec<String> {
        alert::Entity::find().all(&self.services.db).await.unwrap().into_iter().map(|alert| alert.code).collect()
    }

    /// Somebody who owns the database takes its guards away.
    pub async fn lowers_the_guards(&self) {
        let db = &self.services.db;
        if db::is_postgres(db) {
            for table in GUARDED {
                db.execute_unprepared(&format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await.unwrap();
            }
            return;
        }
        let sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        for row in rows {
            let name: String = row.try_get_by_index(0).unwrap();
            db.execute_unprepared(&format!("DROP TRIGGER {name}")).await.unwrap();
        }
    }

    /// Somebody who owns the database writes into the books by hand.
    pub async fn tampers(&self, sql: &str) {
        self.lowers_the_guards().await;
        self.services.db.execute_unprepared(sql).await.unwrap();
    }

    /// Every invariant of money holds.
    pub async fn books_are_right(&self) {
        let verification = ledger::verify(&self.services.db).await.unwrap();
        assert!(verification.findings.is_empty(), "{:#?}", verification.findings);
        assert_eq!(verification.totals.balances.values().sum::<i64>(), 0);
    }
}
