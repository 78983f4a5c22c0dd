//! Everything in the background runs at least once: each job and each reaction of the house, run a second time in a
//! world where all of them had something to do, changes nothing. A job or a reaction that is new in the registry fails
//! here until a story gives it work.
mod seldom;

use crate::support::{
    World,
    driver::Scripted,
    gateway::{CODE, ScriptedGateway, genuine},
    money::by,
    names::Names,
    quotes::{plan, words},
    shop::{Buyer, GHOST},
    town::begins,
    transfers::{self, by_transfer, picture},
};
use chrono::Duration;
use entity::{
    platform::{job, outbox_delivery},
    subscriptions::subscription,
    value::{
        DrainStatus, HoldReason, ImportKind, InstanceStatus, JobStatus, PaymentStatus, PurchasePolicy,
        SubscriptionStatus,
    },
};
use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, QuerySelect,
    sea_query::{Alias, Expr, Query},
};
use secrecy::SecretString;
use std::{collections::BTreeSet, sync::Arc};
use yumna::{
    domain::{
        customers::{self, Duties},
        ledger::{self, BankAccount},
        ordering::{self, Placed, change},
        payments::{
            self,
            attempt::{self, together},
            gateway_event::receive,
            refund, transfer, withheld,
        },
        provisioning::{
            clusters::{self, NewCluster},
            drains, follow, nodes, orphans,
        },
        settings,
        subscriptions::{cancel, find},
        takeover::{self, Options},
    },
    jobs::{reactions, registry, worker},
    kernel::page::PageRequest,
};

/// What must not be different after everything ran a second time: tables and their telling columns.
const FACTS: &[(&str, &[&str])] = &[
    ("orders", &["id", "number", "status", "cancel_reason"]),
    ("revenue_schedules", &["id", "whole_minor", "recognised_minor", "earned_to", "ended_on"]),
    ("quotes", &["id", "number", "status", "order_id", "reminded_at"]),
    ("order_items", &["id", "subscription_id"]),
    ("quota_reservations", &["id", "status"]),
    ("plans", &["id", "quota_used"]),
    ("waitlist_entries", &["id"]),
    ("invoices", &["id", "number", "status", "paid_minor", "credited_minor", "refunded_minor", "written_off_minor"]),
    ("credit_notes", &["id", "number"]),
    ("ledger_transactions", &["id"]),
    ("ledger_entries", &["id", "amount_minor"]),
    ("wallet_transactions", &["id", "amount_minor", "balance_after_minor"]),
    ("payments", &["id", "status", "received_minor", "applied_minor"]),
    ("refunds", &["id", "status", "amount_minor"]),
    ("payment_transfers", &["payment_id", "amount_minor", "reserved_minor"]),
    ("payment_proofs", &["id", "payment_id", "reason"]),
    ("gateway_events", &["id", "status"]),
    ("unallocated_money", &["id", "status"]),
    ("gateway_differences", &["payment_id", "what", "theirs", "status"]),
    ("disputes", &["id", "status"]),
    ("withholdings", &["id", "status", "amount_minor", "reminded_at"]),
    ("subscriptions", &["id", "status", "end_reason", "plan_id", "period_end", "next_invoice_at"]),
    ("subscription_cycles", &["id", "number", "status"]),
    ("dunning_steps", &["id", "step"]),
    ("skipped_steps", &["id", "step", "reason"]),
    ("plan_changes", &["id", "status"]),
    ("report_mails", &["id", "mailed_to"]),
    ("late_fees", &["id", "invoice_id", "period", "amount_minor"]),
    ("payment_bundles", &["id", "settled_at"]),
    ("payment_bundle_items", &["invoice_id", "paid_by"]),
    ("wallet_holds", &["id", "status"]),
    ("instances", &["id", "status", "name", "host", "url"]),
    ("provision_tasks", &["id", "action", "status", "attempts"]),
    ("orphans", &["id", "mark"]),
    ("cluster_nodes", &["id", "name"]),
    ("node_drains", &["id", "status", "moved"]),
    ("placements", &["instance_id", "cluster_id"]),
    ("custom_domains", &["id", "host", "status"]),
    ("uptime_outages", &["instance_id"]),
    ("messages", &["id", "status", "to_address", "template"]),
    ("outbox_events", &["id", "name"]),
    ("staff_alerts", &["id", "code"]),
    ("users", &["id", "email"]),
    ("imports", &["id", "status"]),
    ("import_rows", &["id", "number", "verdict", "target_id"]),
    ("import_links", &["id", "target_id", "wallet_minor"]),
];

struct Town {
    world: World,
    gateway: ScriptedGateway,
    driver: Scripted,
    names: Arc<Names>,
}

impl Town {
    async fn found() -> Self {
        let (gateway, driver) = (ScriptedGateway::default(), Scripted::default());
        let names: Arc<Names> = Arc::default();
        let (at_gateway, at_driver, at_names) = (gateway.clone(), driver.clone(), names.clone());
        let world = World::with(move |services| {
            let by_transfer = yumna::integrations::gateways::find(transfers::CODE).unwrap();
            services.gateways = vec![Arc::new(at_gateway), by_transfer];
            services.drivers = vec![Arc::new(at_driver)];
            services.resolver = at_names;
        })
        .await;
        world.account().await;
        world.bank_accounts(&[]).await;
        world.open_shop().await;
        let setting = |name: &str, value: &str| (name.to_owned(), SecretString::from(value.to_owned()));
        let cluster = NewCluster {
            name: "one".to_owned(),
            driver: "kubernetes".to_owned(),
            region: "jkt".to_owned(),
            settings: [
                setting("kubeconfig", "secret text"),
                setting("ingress_domain", "apps.localhost"),
                setting("url_scheme", "http"),
                setting("url_port", "8081"),
            ]
            .into(),
            capacity_cpu_milli: 64_000,
            capacity_memory_mb: 64_000,
        };
        let added = clusters::add(&world.system(), cluster).await.unwrap();
        clusters::check(&world.system(), &added.id).await.unwrap();
        let product = world.service(GHOST, PurchasePolicy::Multiple).await;
        world.plan(&product, "ghost-basic", 1, 16).await;
        world.plan(&product, "ghost-pro", 2, 6).await;
        let town = Self { world, gateway, driver, names };
        town.run().await;
        town
    }

    async fn run(&self) {
        worker::run_due(&self.world.services).await.unwrap();
    }

    async fn pass(&self, by: Duration) {
        self.world.advance(by);
        self.run().await;
    }

    async fn buys(&self, name: &str) -> (Buyer, Placed) {
        let buyer = self.world.buyer(name).await;
        let placed = self.world.orders(&buyer, "ghost-basic").await.unwrap();
        (buyer, placed)
    }

    async fn starts_to_pay(
        &self,
        placed: &Placed,
        method: &str,
        option: Option<&str>,
    ) -> entity::payments::payment::Model {
        let customer = &placed.order.customer_id;
        attempt::start(&self.world.system(), customer, &placed.invoice.id, &by(method, option)).await.unwrap()
    }

    async fn money_comes(&self, payment: &entity::payments::payment::Model) {
        self.gateway.pay(&payment.reference, payment.amount_minor);
        self.hears_of(payment).await;
    }

    async fn hears_of(&self, payment: &entity::payments::payment::Model) {
        let body = self.gateway.notification(&payment.reference);
        receive(&self.world.system(), CODE, None, &genuine(), &body).await.unwrap();
        self.run().await;
    }

    /// A year in advance, by one who leaves and one who stays: it is earned day by day.
    async fn pays_for_years(&self) {
        let ctx = self.world.system();
        settings::save_section(&ctx, settings::Books { defers_revenue: true }).await.unwrap();
        for (name, leaves) in [("tahun", true), ("setia", false)] {
            let buyer = self.world.buyer(name).await;
            self.world.gives(&buyer, 600_000).await;
            let mut year = self.world.checkout(&buyer, &["ghost-basic"]);
            year.items[0].cycle = "annually".to_owned();
            let year = ordering::place(&ctx, year).await.unwrap();
            self.world.pays(&year).await;
            self.run().await;
            if leaves {
                let contract = self.world.contract(&year).await;
                cancel::cancel(&ctx, &buyer.customer_id, &contract.id, cancel::When::Now, "").await.unwrap();
                self.run().await;
            }
        }
    }

    /// Withholds tax of what is ordered, and forgets the proof.
    async fn withholds(&self) {
        let ctx = self.world.system();
        let rules = settings::load(&ctx.db).await.unwrap().tax;
        settings::save_section(&ctx, settings::Tax { withholding_proof_days: 20, ..rules }).await.unwrap();
        let (buyer, placed) = self.buys("potong").await;
        let duties = Duties { vat_collector: None, withholds_income_tax: true };
        customers::set_tax_duties(&self.world.staff("ana"), &buyer.customer_id, duties, "PT").await.unwrap();
        withheld::declare(&ctx, &placed.invoice.id).await.unwrap();
        self.world.gives(&buyer, placed.invoice.total_minor).await;
        self.world.pays(&placed).await;
        self.run().await;
    }

    /// Is quoted something twice: takes one, and forgets the other.
    async fn is_quoted(&self) {
        let quoted = self.world.buyer("quoted").await;
        let lines = || vec![plan("ghost-basic", 1), words("Pelatihan", 1, 100_000)];
        let taken = self.world.quotes(&quoted, lines()).await;
        self.world.quotes(&quoted, lines()).await;
        self.world.accepts(&quoted, &taken.id).await.unwrap();
        self.run().await;
    }

    /// Moves here from another system, with a balance and a contract.
    async fn moves_here(&self) {
        let ctx = self.world.system();
        let moves = [
            (ImportKind::Customers, "id,name,email,credit\n7,Budi,pindah@example.test,60000\n8,Salah,x,1\n"),
            (ImportKind::Contracts, "id,userid,plan,price,cycle,next due\n1,7,ghost-pro,45000,monthly,2026-12-12\n"),
        ];
        for (kind, table) in moves {
            let options = Options { invite: true, ..Options::default() };
            let file = takeover::send_in(&ctx, kind, "whmcs", options, table.into()).await.unwrap();
            begins(&ctx, &file.id).await.unwrap();
            self.run().await;
        }
    }

    /// Something is left on the cluster that nobody knows, and staff have it removed.
    async fn cleans_up(&self) {
        let ctx = self.world.system();
        self.driver.leaves_behind("ins_nobodys");
        orphans::run_find_orphans(ctx.clone(), orphans::FindOrphans {}).await.unwrap();
        let found = orphans::list(&ctx.db, None, &PageRequest::default()).await.unwrap().rows.remove(0);
        orphans::remove(&ctx, &found.row.id, "left by a test").await.unwrap();
        self.run().await;
        assert!(self.driver.things("ins_nobodys").is_empty());
        // A machine is emptied, step by step.
        let cluster_id = clusters::names(&ctx.db).await.unwrap().remove(0).0;
        self.driver.joins("jkt-1", |_| {});
        nodes::run_survey_cluster(ctx.clone(), nodes::SurveyCluster { cluster_id: cluster_id.clone() }).await.unwrap();
        let node = nodes::list(&ctx.db, &cluster_id).await.unwrap().remove(0);
        drains::start(&ctx, &node.id).await.unwrap();
        for _ in 0..4 {
            self.pass(Duration::seconds(3)).await;
        }
        assert_eq!(drains::last_of(&ctx.db, &node.id).await.unwrap().unwrap().status, DrainStatus::Done);
        nodes::set_open(&ctx, &node.id, true).await.unwrap();
    }

    /// Pays by virtual account, by QRIS and once more, and gets money back in every way.
    async fn pays_and_gets_back(&self) {
        // Pays by virtual account after he had chosen QRIS, and gets a part back.
        let (_, budi) = self.buys("budi").await;
        self.starts_to_pay(&budi, "qris", None).await;
        let paid = self.starts_to_pay(&budi, "bank_transfer", Some("bca")).await;
        self.run().await;
        self.money_comes(&paid).await;
        let back = refund::NewRefund {
            payment_id: &paid.id,
            amount_minor: 1_000,
            destination: refund::Destination::Wallet,
            reason: "slow start",
            key: "r1",
        };
        refund::refund(&self.world.staff("ana"), back).await.unwrap();
        // Another part was to go to his bank, until it is called off.
        let back = refund::NewRefund {
            payment_id: &paid.id,
            amount_minor: 500,
            destination: refund::Destination::Bank,
            reason: "slow start",
            key: "r3",
        };
        let bank = BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };
        let ana = self.world.staff("ana");
        let row = refund::refund_to(&ana, back, &bank).await.unwrap();
        let payout = ledger::payout_of_refund(&ana.db, &row.id).await.unwrap().unwrap();
        ledger::cancel_payout(&ana, &payout.id, "Salah nomor").await.unwrap();
        self.run().await;
        // Pays by QRIS and gets everything back the way it came.
        let (_, citra) = self.buys("citra").await;
        let by_qris = self.starts_to_pay(&citra, "qris", None).await;
        self.money_comes(&by_qris).await;
        let back = refund::NewRefund {
            payment_id: &by_qris.id,
            amount_minor: 2_000,
            destination: refund::Destination::Gateway,
            reason: "slow start",
            key: "r2",
        };
        refund::refund(&self.world.staff("ana"), back).await.unwrap();
        // His bank takes the money back, and he pays once more.
        let (_, doni) = self.buys("doni").await;
        let taken_back = self.starts_to_pay(&doni, "qris", None).await;
        self.money_comes(&taken_back).await;
        self.gateway.set(&taken_back.reference, |report| report.status = PaymentStatus::Chargeback);
        self.hears_of(&taken_back).await;
        let once_more = self.starts_to_pay(&doni, "bank_transfer", Some("bca")).await;
        self.money_comes(&once_more).await;
    }

    /// Pays from the wallet, by bank transfer, several in one go, and too late.
    async fn pays_by_people(&self) {
        // Chooses a virtual account, then pays from the wallet.
        let (siti, wallet) = self.buys("siti").await;
        self.starts_to_pay(&wallet, "bank_transfer", Some("bni")).await;
        self.world.gives(&siti, 1_000_000).await;
        self.world.pays(&wallet).await;
        self.run().await;
        // Fills her wallet by bank transfer; her first proof shows nothing. Another transfer is never made.
        let (ctx, siti) = (self.world.system(), siti.customer_id);
        let by_bank = attempt::start_top_up(&ctx, &siti, 100_000, &by_transfer()).await.unwrap();
        attempt::start_top_up(&ctx, &siti, 100_000, &by_transfer()).await.unwrap();
        self.world.proves(&by_bank, picture("buram")).await.unwrap();
        transfer::reject(&self.world.staff("ana"), &by_bank.id, "Buram").await.unwrap();
        self.run().await;
        self.world.proves(&by_bank, picture("jelas")).await.unwrap();
        self.world.approves(&by_bank, by_bank.amount_minor).await.unwrap();
        self.run().await;
        // Pays two orders in one go, and a late payer is charged for it.
        let (two, first) = self.buys("dua").await;
        let second = self.world.orders(&two, "ghost-basic").await.unwrap();
        let both = [first.invoice.id, second.invoice.id];
        let both = together::pay(&ctx, &two.customer_id, &both, &by("qris", None)).await.unwrap();
        let both = attempt::get(&ctx.db, &both.payment_id.unwrap()).await.unwrap();
        self.money_comes(&both).await;
        let fees = settings::LateFees {
            is_on: true,
            issued_since: "2026-01-01".parse().ok(),
            every_days: 7,
            ..settings::LateFees::default()
        };
        settings::save_section(&ctx, fees).await.unwrap();
    }

    /// People come and go until every job had something to do.
    async fn lives(&self) {
        // Futures of their own: one over all of it does not fit on a test's stack.
        Box::pin(self.pays_and_gets_back()).await;
        Box::pin(self.pays_by_people()).await;
        Box::pin(self.pays_for_years()).await;
        Box::pin(self.moves_here()).await;
        Box::pin(self.is_quoted()).await;
        Box::pin(self.withholds()).await;
        Box::pin(self.cleans_up()).await;
        // Never pays; and somebody only wanted to know the number.
        let (_, idle) = self.buys("idle").await;
        self.starts_to_pay(&idle, "bank_transfer", Some("bca")).await;
        self.buys("curious").await;
        for hours in [1, 2, 22, 6, 72, 90] {
            self.pass(Duration::hours(hours)).await;
        }
    }

    /// Somebody takes a larger plan and renews from her wallet; everybody else is late.
    async fn age(&self) {
        let (siti, wallet) = self.buys("ratna").await;
        self.world.gives(&siti, 900_000).await;
        self.world.pays(&wallet).await;
        self.run().await;
        let (ctx, contract) = (self.world.system(), self.world.contract(&wallet).await);
        let quote = change::quote(&ctx, &siti.customer_id, &contract.id, "ghost-pro").await.unwrap();
        change::accept(&ctx, &siti.customer_id, &contract.id, &quote.change.id, None).await.unwrap();
        self.run().await;
        for days in [16, 7, 1, 1, 1, 1, 1, 1, 1, 1] {
            self.pass(Duration::days(days)).await;
            // What reaches its reader counts as told.
            let reached = "UPDATE messages SET status = 'sent' WHERE status = 'queued'";
            self.world.services.db.execute_unprepared(reached).await.unwrap();
            self.pass(Duration::minutes(10)).await;
        }
    }

    /// One line per row of `FACTS`.
    async fn facts(&self) -> BTreeSet<String> {
        let db = &self.world.services.db;
        let mut facts = BTreeSet::new();
        for (table, columns) in FACTS {
            let mut select = Query::select();
            select.from(Alias::new(*table));
            for column in *columns {
                select.expr(Expr::col(Alias::new(*column)).cast_as("text"));
            }
            for row in db.query_all(&select).await.unwrap() {
                let values: Vec<Option<String>> =
                    (0..columns.len()).map(|index| row.try_get_by_index(index).unwrap()).collect();
                facts.insert(format!("{table} {values:?}"));
            }
        }
        facts
    }

    /// Names of what has run to its end.
    async fn done(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let db = &self.world.services.db;
        let jobs: Vec<String> =
            job::Entity::find().select_only().column(job::Column::Name).into_tuple().all(db).await.unwrap();
        let reactions: Vec<String> = outbox_delivery::Entity::find()
            .select_only()
            .column(outbox_delivery::Column::Reaction)
            .into_tuple()
            .all(db)
            .await
            .unwrap();
        (jobs.into_iter().collect(), reactions.into_iter().collect())
    }
}

#[tokio::test]
async fn a_service_whose_money_was_taken_back_is_suspended_until_it_is_paid_again() {
    for word in [PaymentStatus::Chargeback, PaymentStatus::Failed] {
        let town = Town::found().await;
        let (_, budi) = town.buys("budi").await;
        let first = town.starts_to_pay(&budi, "qris", None).await;
        town.money_comes(&first).await;
        let now = async || {
            let contract = town.world.contract(&budi).await;
            let instance = follow::instance_of(&town.world.system(), &contract.id).await.unwrap().unwrap();
            let holds = find::open_holds(&town.world.services.db, &[contract.id]).await.unwrap();
            (contract.status, instance.status, holds.into_iter().map(|hold| hold.reason).collect::<Vec<_>>())
        };
        assert_eq!(now().await, (SubscriptionStatus::Active, InstanceStatus::Running, vec![]));

        town.gateway.set(&first.reference, |report| report.status = word);
        town.hears_of(&first).await;
        let held = vec![HoldReason::Chargeback];
        assert_eq!(now().await, (SubscriptionStatus::Suspended, InstanceStatus::Suspended, held), "{word}");

        let second = town.starts_to_pay(&budi, "bank_transfer", Some("bca")).await;
        town.money_comes(&second).await;
        assert_eq!(now().await, (SubscriptionStatus::Active, InstanceStatus::Running, vec![]), "{word}");
        town.world.books_are_right().await;
    }
}

#[tokio::test]
async fn where_the_settings_say_so_a_service_goes_on_although_its_money_was_taken_back() {
    let town = Town::found().await;
    let rules = settings::Automation { chargeback_hold: false, ..Default::default() };
    settings::save_section(&town.world.system(), rules).await.unwrap();
    let (_, budi) = town.buys("budi").await;
    let first = town.starts_to_pay(&budi, "qris", None).await;
    town.money_comes(&first).await;
    town.gateway.set(&first.reference, |report| report.status = PaymentStatus::Chargeback);
    town.hears_of(&first).await;
    assert_eq!(town.world.contract(&budi).await.status, SubscriptionStatus::Active);
    assert_eq!(
        payments::dispute::list(&town.world.system(), None, None, &PageRequest::default()).await.unwrap().rows.len(),
        1
    );
    town.world.books_are_right().await;
}

#[tokio::test]
async fn every_job_and_every_reaction_run_twice_is_harmless() {
    // A long story lies on the heap: a test's stack is small.
    let town = Box::pin(Town::found()).await;
    Box::pin(town.lives()).await;
    let (mut jobs, mut heard) = Box::pin(town.does_it_again()).await;
    Box::pin(town.age()).await;
    for days in [0, 30] {
        Box::pin(town.pass(Duration::days(days))).await;
        let later = Box::pin(town.does_it_again()).await;
        jobs.extend(later.0);
        heard.extend(later.1);
    }
    assert!(town.driver.calls().len() > 10);

    let town = Box::pin(Town::found()).await;
    Box::pin(town.lives_otherwise()).await;
    let otherwise = Box::pin(town.does_it_again()).await;
    jobs.extend(otherwise.0);
    heard.extend(otherwise.1);
    let all: BTreeSet<String> = registry::all().iter().map(|job| job.name.to_owned()).collect();
    assert_eq!(all.difference(&jobs).collect::<Vec<_>>(), Vec::<&String>::new(), "jobs the story gives no work");
    Box::pin(town.agrees_for_later()).await;
    // The look of every day finds that the proof is gone; a look that saw it is not repeated before.
    town.names.forgets_proof("toko.example.id");
    Box::pin(town.pass(Duration::days(1))).await;
    // What was heard is forgotten after some days.
    for days in [0, 12, 12, 4, 2, 1, 1] {
        Box::pin(town.pass(Duration::days(days))).await;
        heard.extend(Box::pin(town.does_it_again()).await.1);
    }
    let known: BTreeSet<String> = reactions::all().iter().map(|reaction| reaction.name.to_owned()).collect();
    assert_eq!(known.difference(&heard).collect::<Vec<_>>(), Vec::<&String>::new(), "reactions that hear no news");
    assert_eq!(heard.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "reactions nobody knows");
}

impl Town {
    /// Everything that has run runs once more and changes nothing. Its jobs and reactions.
    async fn does_it_again(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let done = self.done().await;
        let before = self.facts().await;
        let db = &self.world.services.db;
        // What already ran is due again; keys of twins are taken away, because all stand in the queue at once.
        let again = "UPDATE jobs SET status = 'queued', attempts = 0, dedupe_key = NULL, finished_at = NULL WHERE \
                     status = 'done'";
        let repeated = db.execute_unprepared(again).await.unwrap().rows_affected();
        let again =
            "UPDATE outbox_deliveries SET status = 'queued', attempts = 0, finished_at = NULL WHERE status = 'done'";
        let told_again = db.execute_unprepared(again).await.unwrap().rows_affected();
        // News that is heard again finds rows that were touched meanwhile.
        let touched = Expr::value(self.world.services.clock.now() + Duration::minutes(1));
        let touched = subscription::Entity::update_many().col_expr(subscription::Column::UpdatedAt, touched);
        assert!(touched.exec(db).await.unwrap().rows_affected > 0);
        assert!(repeated > 10 && told_again > 0, "{repeated} jobs, {told_again} reactions");
        let drained = worker::run_due(&self.world.services).await.unwrap();

        let after = self.facts().await;
        let new: Vec<_> = after.difference(&before).collect();
        let gone: Vec<_> = before.difference(&after).collect();
        assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}\ngone: {gone:#?}");
        assert_eq!(drained.failed, 0);
        let dead = yumna::jobs::queue::list(&self.world.system(), Some(JobStatus::Dead), &PageRequest::default()).await;
        assert!(dead.unwrap().rows.is_empty());
        self.world.books_are_right().await;
        done
    }
}
