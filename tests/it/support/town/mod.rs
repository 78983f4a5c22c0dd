//! A shop with people in it: an owner who has bought, paid, failed and topped up, a stranger who has not, and staff of
//! every role. Every kind of row there is an address for exists once.
mod bills;
mod mishaps;
mod mold;
mod people;

use super::{
    World,
    driver::Scripted,
    gateway::ScriptedGateway,
    shop::{Buyer, GHOST, N8N},
    site::{Browser, Program, Site},
};
use entity::{
    catalog::service_template,
    messaging::message,
    payments::payment_account,
    platform::{alert, audit_log, job},
    provisioning::cluster,
    value::{Discount, ImportId, PurchasePolicy, UserId},
};
use mold::{Mold, with};
use people::staff_of;
use sea_orm::{EntityTrait, QueryOrder};
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
use yumna::domain::{
    Ctx,
    catalog::{template, waitlist, write},
    identity,
    ordering::{CheckoutItem, Placed, cart, change},
    provisioning::{clusters, custom_domains, find, follow},
    takeover::{self, TakeoverError},
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
            ("option_seen", write::option_seen(&option)),
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
        let owner = &self.owner.customer_id;
        let domain = custom_domains::add(&ctx, owner, &instance.id, "toko.example.id").await.unwrap();
        self.know("custom_domain", domain.id.0);
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
