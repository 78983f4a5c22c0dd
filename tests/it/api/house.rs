//! A shop with a gateway and a cluster, a customer and staff who hold tokens.
use crate::support::{
    World,
    driver::Scripted,
    gateway::ScriptedGateway,
    shop::{Buyer, GHOST},
};
use actix_web::{
    body::to_bytes,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap},
    },
    test::{self, TestRequest},
};
use entity::{
    provisioning::instance,
    value::{CustomerId, PurchasePolicy, UserId},
};
use futures_util::future::LocalBoxFuture;
use sea_orm::EntityTrait;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{collections::BTreeMap, rc::Rc, sync::Arc};
use tokio::sync::OnceCell;
use yumna::{
    app::{logs, server},
    domain::{
        Services,
        identity::{self, tokens},
        provisioning::clusters,
    },
};

pub const STAFF_PASSWORD: &str = "Panel-kuat-2026!";

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The route that answered.
    pub pattern: Option<String>,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The shop.
pub struct House {
    pub world: World,
    pub driver: Scripted,
    pub gateway: ScriptedGateway,
    pub buyer: Buyer,
    /// Of the buyer.
    pub token: String,
    /// Of an admin.
    pub staff: String,
    /// Made when it is first asked: some hundred routes take longer to learn than most requests to answer.
    app: OnceCell<Application>,
}

type Application = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>;

async fn application(services: Arc<Services>) -> Application {
    let app = Rc::new(test::init_service(server::app(services, logs::metrics(), Arc::new(|_| {}))).await);
    Box::new(move |request| {
        let app = app.clone();
        Box::pin(async move {
            let response = test::call_service(&app, request.to_request()).await;
            let (status, headers) = (response.status(), response.headers().clone());
            let pattern = response.request().match_pattern();
            let bytes = to_bytes(response.into_body()).await.unwrap_or_default().to_vec();
            Answer { status, headers, pattern, bytes }
        })
    })
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Services)) -> Self {
        let (driver, gateway) = (Scripted::default(), ScriptedGateway::default());
        let (with_driver, with_gateway) = (driver.clone(), gateway.clone());
        let world = World::with(move |services| {
            services.drivers = vec![Arc::new(with_driver)];
            let by_transfer = yumna::integrations::gateways::find("transfer").unwrap();
            services.gateways = vec![Arc::new(with_gateway), by_transfer];
            change(services);
        })
        .await;
        world.account().await;
        world.open_shop().await;
        let setting = |name: &str, value: &str| (name.to_owned(), SecretString::from(value.to_owned()));
        let new = clusters::NewCluster {
            name: "one".to_owned(),
            driver: "kubernetes".to_owned(),
            region: "jkt".to_owned(),
            settings: BTreeMap::from([
                setting("kubeconfig", "secret text"),
                setting("ingress_domain", "apps.localhost"),
                setting("url_scheme", "http"),
                setting("url_port", "8081"),
            ]),
            capacity_cpu_milli: 64_000,
            capacity_memory_mb: 64_000,
        };
        let added = clusters::add(&world.system(), new).await.unwrap();
        clusters::check(&world.system(), &added.id).await.unwrap();
        let product = world.service(GHOST, PurchasePolicy::Multiple).await;
        world.plan(&product, "ghost-1", 1, 20).await;
        let buyer = world.buyer("budi").await;
        identity::roles::seed(&world.system()).await.unwrap();
        identity::create_admin(&world.system(), "sari@example.test", "Sari", Some(STAFF_PASSWORD)).await.unwrap();
        let admin = world.user("sari@example.test").await.id;
        world.hash_passwords_cheaply().await;
        let token = token_of(&world, &buyer.user_id).await;
        let staff = token_of(&world, &admin).await;
        Self { world, driver, gateway, buyer, token, staff, app: OnceCell::new() }
    }

    /// Another member of staff with all rights.
    pub async fn second_admin(&self) -> String {
        identity::create_admin(&self.world.system(), "tono@example.test", "Tono", Some(STAFF_PASSWORD)).await.unwrap();
        token_of(&self.world, &self.world.user("tono@example.test").await.id).await
    }

    /// Sends a request through the whole application.
    pub async fn send(&self, request: TestRequest) -> Answer {
        let app = self.app.get_or_init(|| application(self.world.services.clone())).await;
        app(request).await
    }

    /// A call with a token, and a body unless it is null.
    pub async fn call(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        self.send(request(token, method, path, body)).await
    }

    /// The customer calls.
    pub async fn asks(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call(&self.token, method, path, body).await
    }

    /// The customer sends a POST under a key.
    pub async fn posts(&self, key: &str, path: &str, body: Value) -> Answer {
        self.send(request(&self.token, "POST", path, body).insert_header(("idempotency-key", key))).await
    }

    /// Staff send a POST under a key.
    pub async fn staff_posts(&self, key: &str, path: &str, body: Value) -> Answer {
        self.send(request(&self.staff, "POST", path, body).insert_header(("idempotency-key", key))).await
    }

    /// Staff prove who they are.
    pub async fn step_up(&self) {
        let answer = self.call(&self.staff, "POST", "/api/auth/step-up", json!({ "password": STAFF_PASSWORD })).await;
        assert_eq!(answer.status, 204);
    }

    /// An order of one plan for a month.
    pub fn order() -> Value {
        json!({ "items": [{ "plan": "ghost-1", "cycle": "monthly", "config": {} }] })
    }

    /// The customer buys a plan from the wallet and it runs.
    pub async fn running(&self) -> instance::Model {
        self.world.gives(&self.buyer, 1_000_000).await;
        let placed = self.posts("running", "/api/panel/orders", Self::order()).await;
        assert_eq!(placed.status, 201, "{}", placed.json());
        let invoice = placed.json()["invoice"]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/panel/invoices/{invoice}/payments");
        let paid = self.posts("pay", &path, json!({ "gateway": "wallet" })).await;
        assert_eq!(paid.status, 201, "{}", paid.json());
        self.world.settle_down().await;
        instance::Entity::find().one(&self.world.services.db).await.unwrap().unwrap()
    }

    pub fn customer_id(&self) -> &CustomerId {
        &self.buyer.customer_id
    }
}

async fn token_of(world: &World, user_id: &UserId) -> String {
    tokens::issue(&world.system(), user_id).await.unwrap().access_token
}

/// A request with a token (unless it is empty) and a body (unless it is null).
pub fn request(token: &str, method: &str, path: &str, body: Value) -> TestRequest {
    let mut request = TestRequest::with_uri(path).method(method.parse::<Method>().unwrap());
    if !token.is_empty() {
        request = request.insert_header((header::AUTHORIZATION, format!("Bearer {token}")));
    }
    if body.is_null() { request } else { request.set_json(body) }
}
