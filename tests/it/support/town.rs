//! A shop with people in it: an owner who has bought, paid, failed and topped up, a stranger who has not, and staff of
//! every role. Every kind of row there is an address for exists once.
use super::{
    World,
    driver::{Mishap, Scripted},
    gateway::{self, ScriptedGateway},
    money::{by, by_wallet},
    people::PASSWORD,
    shop::{Buyer, GHOST, N8N},
    site::{Browser, Program, Site},
    transfers::{self, picture},
    world::Kept,
};
use entity::{
    catalog::service_template,
    messaging::message,
    payments::{dispute, gateway_difference, payment, payment_account, settlement_line, unallocated_money},
    platform::{alert, audit_log, job},
    provisioning::{cluster, orphan, trouble},
    value::{
        CustomerId, DifferenceStatus, Discount, GatewayDifferenceId, ImportId, ImportKind, InstanceTroubleId, OrphanId,
        PauseHolds, PauseScope, PaymentStatus, PurchasePolicy, Ratio, ReportRhythm, SettlementId, SettlementLineId,
        UnallocatedMoneyId, UserId, WalletPayoutId, WithholdingId,
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder};
use secrecy::SecretString;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::OnceCell;
use yumna::{
    domain::{
        Ctx, Services,
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice as invoices, tax_rules,
        },
        catalog::{template, waitlist},
        customers,
        desk::{self, Leave},
        identity,
        ledger::{self, BankAccount},
        ordering::{CheckoutItem, Placed, cart, change, quote::find::get_full as find_quote},
        payments::{
            attempt, gateway_event,
            refund::{Destination, NewRefund, refund_to},
            settlement, withheld,
        },
        provisioning::{clusters, find, follow},
        reports::{mailed, sheet::Report},
        subscriptions::automation::{self, NewPause},
        takeover::{self, Options, TakeoverError},
    },
    kernel::{
        actor::Actor,
        alert::{Alert, raise},
        page::PageRequest,
        permission,
        said::args,
    },
};

/// The shop and everybody in it.
pub struct Town {
    pub world: World,
    pub site: Site,
    pub gateway: ScriptedGateway,
    pub driver: Scripted,
    pub owner: Buyer,
    pub stranger: Buyer,
    /// Staff by role.
    pub staff: BTreeMap<&'static str, UserId>,
    /// Ids of what there is, by what it is.
    names: BTreeMap<&'static str, String>,
    statements: Arc<AtomicUsize>,
}

impl World {
    /// A cluster of the scripted driver.
    pub async fn cluster(&self, name: &str, capacity_memory_mb: i64) -> cluster::Model {
        let setting = |name: &str, value: &str| (name.to_owned(), SecretString::from(value.to_owned()));
        let new = clusters::NewCluster {
            name: name.to_owned(),
            driver: "kubernetes".to_owned(),
            region: "jkt".to_owned(),
            settings: BTreeMap::from([
                setting("kubeconfig", "secret text"),
                setting("ingress_domain", "apps.localhost"),
                setting("url_scheme", "http"),
                setting("url_port", "8081"),
            ]),
            capacity_cpu_milli: 640_000,
            capacity_memory_mb,
        };
        let added = clusters::add(&self.system(), new).await.unwrap();
        clusters::check(&self.system(), &added.id).await.unwrap();
        clusters::get(&self.system().db, &added.id).await.unwrap()
    }
}

/// Somebody looks at a file that was sent in and has it taken over as it is.
pub async fn begins(ctx: &Ctx, id: &ImportId) -> Result<(), TakeoverError> {
    let seen = takeover::preview(ctx, id).await?.fingerprint;
    takeover::start(ctx, id, &seen).await
}

/// The town when all has been lived through: made once, each test begins with a copy of it.
struct Mold {
    world: Kept,
    gateway: ScriptedGateway,
    driver: Scripted,
    owner: Buyer,
    stranger: Buyer,
    staff: BTreeMap<&'static str, UserId>,
    names: BTreeMap<&'static str, String>,
}

impl Mold {
    async fn of(town: Town) -> Self {
        let Town { world, site, gateway, driver, owner, stranger, staff, names, .. } = town;
        drop(site);
        Self { world: world.keep().await, gateway, driver, owner, stranger, staff, names }
    }

    async fn cast(&self) -> Town {
        let (gateway, driver) = (self.gateway.copied(), self.driver.copied());
        let statements = Arc::new(AtomicUsize::new(0));
        let world = World::as_kept(&self.world, with(&gateway, &driver, &statements)).await;
        Town {
            site: Site::of(&world),
            world,
            gateway,
            driver,
            owner: self.owner.clone(),
            stranger: self.stranger.clone(),
            staff: self.staff.clone(),
            names: self.names.clone(),
            statements,
        }
    }
}

/// What is outside of the town's world, and who counts its statements.
fn with(
    gateway: &ScriptedGateway,
    driver: &Scripted,
    statements: &Arc<AtomicUsize>,
) -> impl FnOnce(&mut Services) + use<> {
    let (gateway, driver, counted) = (gateway.clone(), driver.clone(), statements.clone());
    move |services| {
        services.gateways = vec![Arc::new(gateway), yumna::integrations::gateways::find(transfers::CODE).unwrap()];
        services.drivers = vec![Arc::new(driver)];
        services.config.server.workers = 1;
        services.db.set_metric_callback(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
    }
}

impl Town {
    pub async fn new() -> Self {
        static MOLD: OnceCell<Mold> = OnceCell::const_new();
        let mold = MOLD.get_or_init(async || Mold::of(Box::pin(Self::grown()).await).await);
        Box::pin(mold).await.cast().await
    }

    async fn grown() -> Self {
        let (gateway, driver) = (ScriptedGateway::default(), Scripted::default());
        let statements = Arc::new(AtomicUsize::new(0));
        let world = World::with(with(&gateway, &driver, &statements)).await;
        identity::roles::seed(&world.system()).await.unwrap();
        world.account().await;
        world.bank_accounts(&[]).await;
        world.open_shop().await;
        let cluster = world.cluster("Jakarta 1", 6_400_000).await;
        let product = world.service(GHOST, PurchasePolicy::Multiple).await;
        let plan = world.plan(&product, "ghost-basic", 1, 500).await;
        world.plan(&product, "ghost-pro", 2, 500).await;
        let option = world.choice_option(&product, "support", &[("fast", 20_000), ("night", 35_000)]).await;
        let (owner, stranger) = (world.buyer("andi").await, world.buyer("rudi").await);
        let staff = staff_of(&world).await;
        let names = BTreeMap::from([
            ("cluster", cluster.id.0),
            ("product", product.id.0),
            ("slug", product.slug),
            ("plan", plan.id.0),
            ("plan_code", plan.code),
            ("option", option.id.0),
            ("customer", owner.customer_id.0.clone()),
        ]);
        let site = Site::of(&world);
        let mut town = Self { world, site, gateway, driver, owner, stranger, staff, names, statements };
        Box::pin(town.live()).await;
        town
    }

    /// What the owner has done so far.
    async fn live(&mut self) {
        for _ in 0..5 {
            self.world.gives(&self.owner, 900_000).await;
        }
        // Futures of their own: one over all of it does not fit on a test's stack.
        Box::pin(self.gets_a_service()).await;
        Box::pin(self.has_open_bills()).await;
        Box::pin(self.has_newcomers()).await;
        Box::pin(self.has_leavers()).await;
        Box::pin(self.has_duplicates()).await;
        Box::pin(self.has_quotes()).await;
        Box::pin(self.has_drafts()).await;
        Box::pin(self.has_trouble()).await;
        Box::pin(self.has_withheld()).await;
        Box::pin(self.has_credited()).await;
        Box::pin(self.knows_the_rest()).await;
    }

    fn know(&mut self, name: &'static str, value: impl Into<String>) {
        self.names.insert(name, value.into());
    }

    /// The id of what is called `name`.
    pub fn id(&self, name: &str) -> &str {
        self.names.get(name).unwrap_or_else(|| panic!("nothing in town is called {name}"))
    }

    async fn gets_a_service(&mut self) {
        let placed = self.buys().await;
        let ctx = self.world.system();
        let contract = self.world.contract(&placed).await;
        let instance = follow::instance_of(&ctx, &contract.id).await.unwrap().unwrap();
        let task = find::last_task(&ctx.db, &instance.id).await.unwrap().unwrap();
        let quote = change::quote(&ctx, &self.owner.customer_id, &contract.id, "ghost-pro").await.unwrap();
        self.know("plan_change", quote.change.id.0);
        self.know("subscription", contract.id.0);
        self.know("instance", instance.id.0);
        self.know("instance_name", instance.name);
        self.know("task", task.id.0);
    }

    /// The owner orders one more plan, pays from the wallet and gets what he paid for.
    pub async fn buys(&self) -> Placed {
        let placed = self.world.orders(&self.owner, "ghost-basic").await.unwrap();
        self.world.pays(&placed).await;
        self.world.settle_down().await;
        placed
    }

    async fn has_open_bills(&mut self) {
        let ctx = self.world.system();
        let (owner, world) = (self.owner.clone(), &self.world);
        let settled = world.orders(&owner, "ghost-basic").await.unwrap();
        let paid = self.tries_to_pay(&settled, "qris", None).await;
        self.gateway.pay(&paid.reference, paid.amount_minor);
        let body = self.gateway.notification(&paid.reference);
        let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
        gateway_event::process(&ctx, &event.event_id).await.unwrap();
        world.settle_down().await;
        let open = world.orders(&owner, "ghost-basic").await.unwrap();
        let pending = self.tries_to_pay(&open, "bank_transfer", Some("bca")).await;
        let by_bank = world.orders(&owner, "ghost-basic").await.unwrap();
        let transfer = world.transfers(&by_bank.invoice).await.unwrap();
        world.proves(&transfer, picture("andi")).await.unwrap();
        let proof = yumna::domain::payments::transfer::proofs_of(&ctx.db, &transfer.id).await.unwrap().remove(0);
        let top_up = attempt::start_top_up(&ctx, &owner.customer_id, 100_000, &by("qris", None)).await.unwrap();
        let token = open.invoice.public_token.clone();
        let found = self.finds_money("NOBODYS").await;
        let (booked, line) = self.reads_payouts("STRANGE").await;
        let account = payment_account::Entity::find().order_by_asc(payment_account::Column::Id);
        let account = account.one(&ctx.db).await.unwrap().unwrap().id;
        let differs = gateway_difference::Model {
            id: GatewayDifferenceId::generate(),
            payment_id: paid.id.clone(),
            reference: paid.reference.clone(),
            customer_id: owner.customer_id.clone(),
            account_id: account.clone(),
            what: "fee".into(),
            ours: "0".into(),
            theirs: "4000".into(),
            status: DifferenceStatus::Open,
            open_key: Some(format!("{}:fee", paid.id)),
            note: None,
            closed_by: None,
            found_at: ctx.now(),
            closed_at: None,
        };
        let difference = differs.id.clone();
        let row = differs.into_active_model().reset_all();
        gateway_difference::Entity::insert(row).exec_without_returning(&ctx.db).await.unwrap();
        let disputed = attempt::start_top_up(&ctx, &owner.customer_id, 60_000, &by("qris", None)).await.unwrap();
        self.gateway.pay(&disputed.reference, 60_000);
        attempt::ask_now(&ctx, &disputed.id).await.unwrap();
        self.gateway.set(&disputed.reference, |report| report.status = PaymentStatus::Chargeback);
        attempt::ask_now(&ctx, &disputed.id).await.unwrap();
        let dispute = dispute::Entity::find().one(&ctx.db).await.unwrap().unwrap();
        let draft = settlement::send_in(&ctx, &account, b"Order ID,Amount\nSTRANGER,1000\n".to_vec()).await.unwrap();
        for (name, id) in [
            ("paid_payment", paid.id.0),
            ("paid_invoice", settled.invoice.id.0),
            ("payment", pending.id.0),
            ("transfer", transfer.id.0),
            ("transfer_invoice", by_bank.invoice.id.0),
            ("proof", proof.id.0),
            ("invoice", open.invoice.id.0),
            ("open_subscription", open.items[0].subscription_id.clone().unwrap()),
            ("order", open.order.id.0),
            ("pay_token", token),
            ("top_up", top_up.id.0),
            ("unallocated", found.0),
            ("difference", difference.0),
            ("dispute", dispute.id.0),
            ("settlement", draft.id.0),
            ("booked_settlement", booked.0),
            ("settlement_line", line.0),
        ] {
            self.know(name, id);
        }
    }

    /// An invoice of which one waits for its proof, and one whose proof came.
    async fn has_withheld(&mut self) {
        let staff = self.world.staff("ana");
        let duties = customers::Duties { vat_collector: None, withholds_income_tax: true };
        // Both accounts of whoever registered twice: they could not become one otherwise.
        for id in [self.owner.customer_id.clone(), CustomerId::from(self.id("duplicate"))] {
            customers::set_tax_duties(&staff, &id, duties, "SKT pemotong").await.unwrap();
        }
        let (waits, proven) = (self.withholds().await, self.withholds().await);
        let proof = withheld::NewProof {
            number: "2500000001".to_owned(),
            date: "2026-11-20".parse().ok(),
            amount_minor: None,
            file: Some(b"%PDF-1.7 bukti potong".to_vec()),
        };
        withheld::prove(&staff, &proven, proof).await.unwrap();
        self.know("withholding", waits.0);
        self.know("proven_withholding", proven.0);
    }

    /// An invoice of which staff took something back.
    async fn has_credited(&mut self) {
        let owner = customers::get(&self.world.services.db, &self.owner.customer_id).await.unwrap();
        let bill = self.world.invoice(&owner, &[80_000]).await;
        let new = NewCreditNote {
            invoice_id: &bill.id,
            credit: Credit::Gross(8_000),
            against: Against::Open,
            reason: "<b>Gangguan",
            key: "town",
        };
        let note = credit_note::issue_now(&self.world.staff("ana"), new).await.unwrap().note;
        self.know("credited_invoice", bill.id.0);
        self.know("credit_note", note.id.0);
    }

    /// The owner withholds tax of one more invoice.
    pub async fn withholds(&self) -> WithholdingId {
        let ctx = self.world.system();
        let owner = customers::get(&ctx.db, &self.owner.customer_id).await.unwrap();
        let bill = self.world.invoice(&owner, &[100_000]).await;
        withheld::declare(&ctx, &bill.id).await.unwrap().id
    }

    /// Money comes under a name nobody of ours has.
    pub async fn finds_money(&self, reference: &str) -> UnallocatedMoneyId {
        let ctx = self.world.system();
        self.gateway.pay(reference, 75_000);
        let body = self.gateway.notification(reference);
        let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
        gateway_event::process(&ctx, &event.event_id).await.unwrap();
        let newest = unallocated_money::Entity::find().order_by_desc(unallocated_money::Column::Id);
        newest.one(&ctx.db).await.unwrap().unwrap().id
    }

    /// A report of payouts with one line that is not ours, booked; and that line.
    pub async fn reads_payouts(&self, reference: &str) -> (SettlementId, SettlementLineId) {
        let ctx = self.world.system();
        let first = payment_account::Entity::find().order_by_asc(payment_account::Column::Id);
        let account = first.one(&ctx.db).await.unwrap().unwrap();
        let table = format!("Order ID,Amount,Fee\n{reference},50000,1000\n");
        let report = settlement::send_in(&ctx, &account.id, table.into_bytes()).await.unwrap();
        settlement::book(&ctx, &report.id).await.unwrap();
        let newest = settlement_line::Entity::find().order_by_desc(settlement_line::Column::Id);
        (report.id, newest.one(&ctx.db).await.unwrap().unwrap().id)
    }

    /// A customer of another system whose key is `key` is taken over.
    pub async fn takes_over(&self, key: &str) -> ImportId {
        let (ctx, email) = (self.world.staff("ana"), format!("{}@pindah.test", key.to_lowercase()));
        let table = format!("id,name,email,credit\n{key},Eka Putri,{email},1000\n{key}-x,Salah,bukan-alamat,1\n");
        let sent = takeover::send_in(&ctx, ImportKind::Customers, "whmcs", Options::default(), table.into_bytes());
        let draft = sent.await.unwrap();
        begins(&ctx, &draft.id).await.unwrap();
        takeover::run_some(&ctx, &draft.id, takeover::AT_ONCE).await.unwrap();
        draft.id
    }

    /// Somebody has moved here with a contract, and others are looked at.
    async fn has_newcomers(&mut self) {
        let ctx = self.world.staff("ana");
        let done = self.takes_over("MOVED").await;
        self.know("done_import", done.0);
        let table = "id,userid,plan,price,cycle,next due,domain\n1,MOVED,ghost-basic,45000,monthly,2026-12-15,<b>x\n\
                     2,NOBODY,ghost-basic,45000,monthly,2026-01-15,\n";
        let send = |kind, table: &str| takeover::send_in(&ctx, kind, "whmcs", Options::default(), table.into());
        let contracts = send(ImportKind::Contracts, table).await.unwrap();
        begins(&ctx, &contracts.id).await.unwrap();
        takeover::run_some(&ctx, &contracts.id, takeover::AT_ONCE).await.unwrap();
        let rows = takeover::row_list(&ctx, &contracts.id, None, &PageRequest::default()).await.unwrap().rows;
        self.know("elsewhere_subscription", rows[0].target_id.clone().unwrap());
        self.know("contracts_import", contracts.id.0);
        let looked_at = "id,name,email,credit\n3,<b>Fajar,fajar@pindah.test,5000\n4,Salah,bukan-alamat,1\n";
        let draft = send(ImportKind::Customers, looked_at).await.unwrap().id;
        self.know("import_seen", takeover::preview(&ctx, &draft).await.unwrap().fingerprint);
        self.know("import", draft.0);
    }

    /// Somebody comes, has money and has his account closed.
    pub async fn leaves(&self, name: &str, minor: i64) -> (CustomerId, WalletPayoutId) {
        let buyer = self.world.buyer(name).await;
        let mut rest = minor;
        while rest > 0 {
            let part = rest.min(900_000);
            self.world.gives(&buyer, part).await;
            rest -= part;
        }
        let bank = BankAccount { bank_name: "BCA", account_holder: "<b>Cici", account_number: "1234567890" };
        let leave = Leave { reason: "Pindah <b>kota", bank };
        let left = desk::close(&self.world.staff("ana"), &buyer.customer_id, &leave).await.unwrap();
        (buyer.customer_id, left.payout.unwrap().id)
    }

    /// One who could leave; one who has left, with a payout under way and money that came after; payouts in other states.
    async fn has_leavers(&mut self) {
        let leaver = self.world.buyer("lia").await;
        self.world.gives(&leaver, 150_000).await;
        let (closed, payout) = self.leaves("cici", 120_000).await;
        let late = Buyer { customer_id: closed.clone(), ..leaver.clone() };
        self.world.gives(&late, 25_000).await;
        let (_, paid) = self.leaves("gita", 80_000).await;
        ledger::confirm_payout(&self.world.staff("ana"), &paid, "BCA-0007").await.unwrap();
        let (_, waiting) = self.leaves("hana", 2_500_000).await;
        for (name, id) in [
            ("leaver", leaver.customer_id.0),
            ("closed_customer", closed.0),
            ("payout", payout.0),
            ("paid_payout", paid.0),
            ("waiting_payout", waiting.0),
            ("refund_payout", self.called_off_refund().await.0),
        ] {
            self.know(name, id);
        }
    }

    /// The payout of a refund that was to go to a bank account, and was called off.
    async fn called_off_refund(&self) -> WalletPayoutId {
        let buyer = self.world.buyer("rina").await;
        self.world.gives(&buyer, 100_000).await;
        let (ctx, ana) = (self.world.system(), self.world.staff("ana"));
        let rina = customers::get(&ctx.db, &buyer.customer_id).await.unwrap();
        let bill = self.world.debt(&rina, &[30_000]).await;
        let paid = attempt::start(&ctx, &rina.id, &bill.id, &by_wallet()).await.unwrap();
        let new = NewRefund {
            payment_id: &paid.id,
            amount_minor: 10_000,
            destination: Destination::Bank,
            reason: "Tidak <b>sesuai",
            key: "rina",
        };
        let bank = BankAccount { bank_name: "BCA", account_holder: "<b>Rina", account_number: "1234567890" };
        let row = refund_to(&ana, new, &bank).await.unwrap();
        let payout = ledger::payout_of_refund(&ctx.db, &row.id).await.unwrap().unwrap();
        ledger::cancel_payout(&ana, &payout.id, "Salah nomor").await.unwrap();
        payout.id
    }

    /// Somebody who registered twice, with money in both accounts; two whose accounts are one already.
    async fn has_duplicates(&mut self) {
        let twice = self.world.buyer("andi-lagi").await;
        self.world.gives(&twice, 40_000).await;
        let (old, new) = (self.world.buyer("nana").await, self.world.buyer("nana-baru").await);
        self.world.gives(&old, 60_000).await;
        let reason = "Mendaftar <b>dua kali";
        desk::merge(&self.world.staff("ana"), &old.customer_id, &new.customer_id, reason).await.unwrap();
        self.know("duplicate", twice.customer_id.0);
        self.know("merged_customer", old.customer_id.0);
    }

    async fn tries_to_pay(&self, placed: &Placed, method: &str, option: Option<&str>) -> payment::Model {
        let (customer, invoice) = (&placed.order.customer_id, &placed.invoice.id);
        attempt::start(&self.world.system(), customer, invoice, &by(method, option)).await.unwrap()
    }

    /// A quote that waits for an answer, one that was accepted, and one staff still work on.
    async fn has_quotes(&mut self) {
        use super::quotes::{plan, plan_for, words};
        let (world, owner) = (&self.world, &self.owner);
        let lines = || vec![plan_for("ghost-basic", 1, 45_000, 0), words("Pindahan situs", 2, 75_000)];
        let accepted = world.quotes(owner, lines()).await;
        world.accepts(owner, &accepted.id).await.unwrap();
        let open = world.quotes(owner, lines()).await;
        let draft = world.drafts(owner, vec![plan("ghost-pro", 1), words("Pelatihan", 1, 100_000)]).await;
        let line = find_quote(&world.system().db, &draft.id).await.unwrap().items[0].id.clone();
        let (draft_seen, open_seen) = (world.seen(&draft.id).await, world.seen(&open.id).await);
        for (name, id) in [
            ("accepted_quote", accepted.id.0),
            ("quote", open.id.0),
            ("quote_token", open.public_token),
            ("quote_seen", open_seen),
            ("draft_quote", draft.id.0),
            ("draft_seen", draft_seen),
            ("quote_line", line.0),
        ] {
            self.know(name, id);
        }
    }

    /// An invoice that staff still write, and one they have only begun.
    async fn has_drafts(&mut self) {
        use super::drafts::line;
        let (world, owner) = (&self.world, &self.owner);
        let draft =
            world.writes(owner, vec![line("Pelatihan", 2, 250_000), line("Audit <b>keamanan", 1, 900_000)]).await;
        let empty = world.writes(owner, Vec::new()).await;
        let full = invoices::get_full(&world.system().db, &draft.id).await.unwrap();
        for (name, id) in [
            ("draft_invoice_seen", invoices::draft::seen(&full)),
            ("draft_line", full.items[0].id.0.clone()),
            ("draft_token", draft.public_token),
            ("draft_invoice", draft.id.0),
            ("empty_draft", empty.id.0),
        ] {
            self.know(name, id);
        }
    }

    /// A service that did not come up, an adjustment that waits, an alert.
    async fn has_trouble(&mut self) {
        self.driver.meets("workload", Mishap::Rejected, 50);
        let placed = self.buys().await;
        self.driver.heals();
        let ctx = self.world.system();
        let contract = self.world.contract(&placed).await;
        let broken = follow::instance_of(&ctx, &contract.id).await.unwrap().unwrap();
        let task = find::last_task(&ctx.db, &broken.id).await.unwrap().unwrap();
        let staff = self.world.staff("ana");
        let waiting = ledger::adjust(&staff, &self.owner.customer_id, 40_000_000, "Ganti rugi").await.unwrap();
        let ledger::Adjusted::Waiting(approval) = waiting else { panic!("so much needs a second pair of eyes") };
        let tx = ctx.begin().await.unwrap();
        let what = Alert { code: "mail_delayed", args: args([("error", "No word for an hour".into())]), key: "town" };
        raise(&tx, ctx.now(), "test", what).await.unwrap();
        tx.commit().await.unwrap();
        let other = self.stranger.customer_id.as_str();
        let ends_at = ctx.now() + chrono::Duration::days(30);
        let rest = NewPause {
            scope: PauseScope::Customer,
            holds: PauseHolds::Everything,
            target_id: other,
            ends_at,
            reason: "Banjir",
        };
        let pause = automation::pause(&staff, rest).await.unwrap();
        let day = "2026-11-01".parse().unwrap();
        let new = ledger::NewOpening { account: "tax_payable", day, amount_minor: -1_000 };
        let left = self.leaves_behind("ins_left").await;
        self.know("orphan", left.0);
        for instance in [self.id("instance"), broken.id.as_str()] {
            self.goes_wrong(instance).await;
        }
        let ahead = tax_rules::NewTaxRule {
            country_code: "ID".to_owned(),
            label: "PPN 12%".to_owned(),
            rate_percent: 12,
            base: Ratio::new(1, 1),
            valid_from: "2030-01-01".parse().unwrap(),
        };
        self.know("tax_rule", tax_rules::add(&staff, ahead).await.unwrap().id.0);
        let admin = Ctx { actor: Actor::Staff { user_id: self.staff["admin"].clone() }, ..self.world.system() };
        let mailed = mailed::subscribe(&admin, Report::Mrr, ReportRhythm::Weekly).await.unwrap();
        self.know("report_mail", mailed.id.0);
        self.know("opening", ledger::enter_opening(&staff, new).await.unwrap().id.0);
        self.know("pause", pause.id);
        self.know("broken_subscription", contract.id.0);
        self.know("broken_instance", broken.id.0);
        self.know("broken_task", task.id.0);
        self.know("approval", approval.id.0);
    }

    /// Something is left on the cluster that nobody knows.
    pub async fn leaves_behind(&self, instance: &str) -> OrphanId {
        let ctx = self.world.system();
        self.driver.leaves_behind(instance);
        let row = orphan::Model {
            id: OrphanId::generate(),
            cluster_id: self.id("cluster").into(),
            kind: "instance".into(),
            mark: instance.to_owned(),
            place: format!("user-x/{instance}"),
            what: "1 Deployment, 2 <b>Secret".into(),
            objects: 3,
            why: "unknown".into(),
            since: Some(ctx.now() - chrono::Duration::days(9)),
            found_at: ctx.now(),
            seen_at: ctx.now(),
            removal_asked_at: None,
        };
        let id = row.id.clone();
        orphan::Entity::insert(row.into_active_model()).exec_without_returning(&ctx.db).await.unwrap();
        id
    }

    /// The cluster told of crashes of an instance.
    async fn goes_wrong(&self, instance: &str) {
        let ctx = self.world.system();
        let row = trouble::Model {
            id: InstanceTroubleId::generate(),
            instance_id: instance.into(),
            code: "crash_loop".into(),
            word: "BackOff".into(),
            detail: "Back-off restarting failed container <b>app".into(),
            about: "Pod ghost-x-5c".into(),
            times: 3,
            first_at: ctx.now() - chrono::Duration::minutes(20),
            last_at: ctx.now() - chrono::Duration::minutes(5),
        };
        trouble::Entity::insert(row.into_active_model()).exec_without_returning(&ctx.db).await.unwrap();
    }

    async fn knows_the_rest(&mut self) {
        let ctx = self.world.system();
        let item = CheckoutItem { plan: "ghost-basic".into(), cycle: "monthly".into(), config: json!({}) };
        let coupon = self.world.coupon("HEMAT10", Discount::Percent(1_000), |_, _| {}).await;
        let cart = cart::Owner::Customer(self.owner.customer_id.clone());
        let item = cart::add(&ctx, &cart, item).await.unwrap();
        let cart = cart::view(&ctx, &cart).await.unwrap().fingerprint();
        let alert = alert::Entity::find().order_by_desc(alert::Column::Id).one(&ctx.db).await.unwrap().unwrap();
        let job = job::Entity::find().order_by_desc(job::Column::Id).one(&ctx.db).await.unwrap().unwrap();
        let audit = audit_log::Entity::find().order_by_desc(audit_log::Column::Id).one(&ctx.db).await.unwrap().unwrap();
        let first = payment_account::Entity::find().order_by_asc(payment_account::Column::Id);
        let account = first.one(&ctx.db).await.unwrap().unwrap();
        let template = service_template::Entity::find().one(&ctx.db).await.unwrap().unwrap();
        // Of a service that is not sold here.
        let unsold = template::store(&ctx, N8N).await.unwrap();
        let shelf = self.world.shelf().await;
        let waiting = waitlist::join(&ctx, &self.owner.customer_id, "ghost-pro").await.unwrap();
        let message = message::Entity::find().order_by_desc(message::Column::Id).one(&ctx.db).await.unwrap().unwrap();
        let colleague = self.staff["network"].clone();
        let newcomer = self.world.newcomer("nina").await;
        let tx = ctx.begin().await.unwrap();
        let verify = identity::make_verification_link(&ctx, &tx, &newcomer.email).await.unwrap().unwrap();
        let reset = identity::make_reset_link(&ctx, &tx, &newcomer.email).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        for (name, id) in [
            ("coupon", coupon.id.0),
            ("cart", cart),
            ("cart_item", item.0),
            ("alert", alert.id.0),
            ("job", job.id.0),
            ("audit", audit.id.0),
            ("account", account.id.0),
            ("template", template.id.0),
            ("unsold_template", unsold.id.0),
            ("category", shelf.id.0),
            ("waiting", waiting.0),
            ("message", message.id.0),
            ("colleague", colleague.0),
            ("verify_token", verify.token),
            ("reset_token", reset.token),
        ] {
            self.know(name, id);
        }
    }

    /// Statements sent to the database while `act` goes on.
    pub async fn statements_of<T>(&self, act: impl Future<Output = T>) -> (usize, T) {
        let before = self.statements.load(Ordering::SeqCst);
        let result = act.await;
        (self.statements.load(Ordering::SeqCst) - before, result)
    }

    pub async fn browser_of(&self, role: &str, lang: &str) -> Browser<'_> {
        self.site.browser(Some(&self.staff[role]), lang).await
    }

    pub async fn program_of(&self, role: &str) -> Program<'_> {
        self.site.program(&self.world, &self.staff[role]).await
    }

    pub async fn owner_program(&self) -> Program<'_> {
        self.site.program(&self.world, &self.owner.user_id).await
    }

    pub async fn stranger_program(&self) -> Program<'_> {
        self.site.program(&self.world, &self.stranger.user_id).await
    }

    pub async fn owner_browser(&self, lang: &str) -> Browser<'_> {
        self.site.browser(Some(&self.owner.user_id), lang).await
    }

    pub async fn stranger_browser(&self) -> Browser<'_> {
        self.site.browser(Some(&self.stranger.user_id), "id").await
    }
}

async fn staff_of(world: &World) -> BTreeMap<&'static str, UserId> {
    let mut staff = BTreeMap::new();
    for role in permission::BUILTIN_ROLES {
        let email = format!("{role}@example.test");
        let user_id = if *role == "admin" {
            identity::create_admin(&world.system(), &email, "Sari", Some(PASSWORD)).await.unwrap().user_id
        } else {
            world.register(role, &email).await;
            let user_id = world.user(&email).await.id;
            identity::roles::assign(&world.system(), &user_id, role).await.unwrap();
            user_id
        };
        staff.insert(*role, user_id);
    }
    staff
}
