//! Stories end to end: what people do at the doors of the house, with a bank and a cluster that are played. They read
//! as a specification of the main job.
mod order_to_live;
mod renewal_to_removal;
mod upgrade;

use crate::support::{
    World,
    days::wib,
    driver::Scripted,
    shop::GHOST,
    site::{Answer, Program, Site},
};
use entity::value::PurchasePolicy;
use serde_json::{Value, json};
use std::{net::TcpListener, sync::Arc};
use tokio_util::sync::{CancellationToken, DropGuard};
use yumna::{
    domain::payments::accounts::{self, AccountInput},
    integrations::{
        gateways,
        notifiers::links_of,
        sim::{Bench, Faults, RunningSimulator},
    },
};

const PASSWORD: &str = "Kuat-sekali-2026!";

/// A house that sells Ghost for Rp 55.500 a month, or twice that for a larger plan; with a bank and a cluster.
struct House {
    world: World,
    site: Site,
    bank: RunningSimulator,
    _stop: DropGuard,
}

impl House {
    async fn open() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = door.local_addr().unwrap().port();
        let world = World::with(|services| {
            // The bank is told to report to the address people use.
            services.config.server.port = port;
            services.drivers = vec![Arc::new(Scripted::default())];
            services.config.server.workers = 1;
        })
        .await
        .tells_of_money();
        world.open_shop().await;
        world.cluster("Jakarta 1", 6_400_000).await;
        let ghost = world.service(GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
        world.plan(&ghost, "ghost-basic", 1, 10).await;
        world.plan(&ghost, "ghost-pro", 2, 10).await;
        let site = Site::on(&world, door);
        let stop = CancellationToken::new();
        let bench = Bench {
            clock: world.clock.clone(),
            state_dir: None,
            faults: Arc::<Faults>::default(),
            product_url: site.url.clone(),
            port: 0,
            stop: stop.clone(),
        };
        let bank = gateways::find("midtrans").unwrap().simulator().unwrap().start(bench).await.unwrap();
        let account = AccountInput {
            name: "Bank".to_owned(),
            is_enabled: true,
            is_default: true,
            position: None,
            base_url: Some(bank.base_url.clone()),
            values: [("server_key".to_owned(), bank.settings["server_key"].clone())].into(),
        };
        accounts::create(&world.system(), "midtrans", account).await.unwrap();
        Self { world, site, bank, _stop: stop.drop_guard() }
    }

    /// The bank does something with a payment, tells the house, and the house does what follows.
    async fn bank(&self, act: &str, reference: &str) {
        self.bank.control.act(act, json!({ "reference": reference })).await.unwrap();
        self.bank.control.tick().await;
        self.world.settle_down().await;
    }

    /// What was written to somebody, by the code of the notice, oldest first.
    async fn mails_to(&self, email: &str) -> Vec<String> {
        self.world.settle_down().await;
        let mails = self.world.mails_to(email).await;
        mails.into_iter().rev().map(|mail| mail.template).collect()
    }

    /// Registers at the shop; nothing is proven yet.
    async fn registers(&self, name: &str) -> Customer<'_> {
        let email = format!("{name}@example.test");
        let new = json!({ "name": name, "email": email, "password": PASSWORD });
        let answer = self.site.stranger().call("POST", "/api/auth/register", &new).await;
        assert_eq!((answer.status, &answer.json()["user"]["email_verified"]), (201, &json!(false)));
        let program = self.signs_in(&email).await;
        Customer { house: self, email, program }
    }

    async fn signs_in(&self, email: &str) -> Program<'_> {
        let login = json!({ "email": email, "password": PASSWORD });
        let answer = self.site.stranger().call("POST", "/api/auth/login", &login).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.site.bearer(answer.json()["access_token"].as_str().unwrap())
    }
}

/// Somebody who buys.
struct Customer<'a> {
    house: &'a House,
    email: String,
    program: Program<'a>,
}

impl Customer<'_> {
    /// Time passes until this moment on the wall clock of Jakarta, and the customer signs in again.
    async fn comes_back(&mut self, moment: &str) {
        self.house.world.until(wib(moment)).await;
        self.program = self.house.signs_in(&self.email).await;
    }

    /// How often something was written to the customer, by the code of the notice.
    async fn mails(&self, template: &str) -> usize {
        self.house.mails_to(&self.email).await.iter().filter(|found| *found == template).count()
    }

    /// The only contract.
    async fn contract(&self) -> Value {
        let all = self.sees("/api/panel/subscriptions").await;
        assert_eq!(all["data"].as_array().map(Vec::len), Some(1), "{all}");
        self.sees_one("subscriptions", &all["data"][0]["id"]).await
    }

    /// The newest invoice.
    async fn bill(&self) -> Value {
        self.sees("/api/panel/invoices").await["data"][0].clone()
    }

    /// Opens the link of the mail that asks for it.
    async fn proves_the_address(&self) {
        self.house.world.settle_down().await;
        let mails = self.house.world.mails_to(&self.email).await;
        let mail = mails.iter().find(|mail| mail.template == "verify_email").expect("a mail with a link");
        let link = links_of(&mail.text).remove(0);
        let path = &link[link.find("/verify").unwrap()..];
        let page = self.house.site.send(self.house.site.request("GET", path)).await;
        assert!(page.status < 400, "{path}: {}", page.status);
        assert_eq!(self.sees("/api/auth/me").await["user"]["email_verified"], json!(true));
    }

    async fn asks_to_order(&self, plan: &str) -> Answer {
        let order = json!({ "items": [{ "plan": plan, "cycle": "monthly", "config": {} }] });
        let key = entity::value::next_ulid().to_string();
        let request = self.program.request("POST", "/api/panel/orders").header("idempotency-key", key);
        self.program.send(request.json(&order)).await
    }

    /// Orders; gives order and invoice.
    async fn orders(&self, plan: &str) -> Value {
        let answer = self.asks_to_order(plan).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    /// Begins to pay an invoice; gives the payment with its instructions.
    async fn pays(&self, invoice: &Value, choice: Value) -> Value {
        let path = format!("/api/panel/invoices/{}/payments", invoice["id"].as_str().unwrap());
        let answer = self.program.call("POST", &path, &choice).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["payment"].clone()
    }

    /// Begins to fill the wallet; gives the payment.
    async fn tops_up(&self, amount: i64) -> Value {
        let choice = json!({ "amount": amount, "gateway": "midtrans", "method": "qris" });
        let answer = self.program.call("POST", "/api/panel/wallet/topups", &choice).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["payment"].clone()
    }

    /// What an address answers.
    async fn sees(&self, path: &str) -> Value {
        let answer = self.program.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// The row of a list that has this id, as its own address shows it.
    async fn sees_one(&self, noun: &str, id: &Value) -> Value {
        self.sees(&format!("/api/panel/{noun}/{}", id.as_str().unwrap())).await
    }

    async fn balance(&self) -> i64 {
        self.sees("/api/panel/wallet").await["balance"].as_i64().unwrap()
    }
}
