//! A demo from its start to a service that runs.
use super::{
    place::{Place, Running},
    say,
};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often somebody buys.
const BUYERS: usize = 7;
/// Rest before memory is read.
const IDLE: Duration = Duration::from_secs(10);
const PASSWORD: &str = "Ukuran-waktu-2026!";

/// Ready, memory, paid to running.
pub async fn measure() -> anyhow::Result<()> {
    let place = Place::fresh().await?;
    let demo = place.demo().await?;
    let database = place.database();
    say(
        &format!("ready after start on an empty folder, with seed and history, {database}"),
        format!("{:.2} s", demo.ready_after.as_secs_f64()),
    );
    tokio::time::sleep(IDLE).await;
    say(&format!("memory of the idle demo, {database}"), format!("{:.0} MiB", demo.memory_mib()?));
    let mut waits = Vec::new();
    for number in 0..BUYERS {
        waits.push(buy(&demo, number).await?);
    }
    waits.sort();
    say(
        &format!("paid to running against the simulated cluster, {database}"),
        format!("median {:.2} s, slowest {:.2} s", waits[BUYERS / 2].as_secs_f64(), waits[BUYERS - 1].as_secs_f64()),
    );
    say(&format!("memory after {BUYERS} purchases, {database}"), format!("{:.0} MiB", demo.memory_mib()?));
    drop(demo);
    place.leave().await
}

/// A caller of the API.
struct Caller<'a> {
    demo: &'a Running,
    client: reqwest::Client,
    token: String,
}

impl Caller<'_> {
    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.client.get(format!("{}{path}", self.demo.base)).bearer_auth(&self.token);
        answer(path, request).await
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}{path}", self.demo.base)).bearer_auth(&self.token).json(&body);
        answer(path, request.header("Idempotency-Key", entity::value::next_ulid().to_string())).await
    }
}

async fn answer(path: &str, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    if !status.is_success() {
        bail!("{path}: {status}: {text}");
    }
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Somebody registers, orders and pays; from the moment the gateway has the money until the service runs.
async fn buy(demo: &Running, number: usize) -> anyhow::Result<Duration> {
    let mut caller = Caller { demo, client: yumna::kernel::http::client(), token: String::new() };
    let email = format!("ukur{number}@example.test");
    let newcomer = json!({ "name": "Ukur Waktu", "email": email, "password": PASSWORD });
    caller.post("/api/auth/register", newcomer).await?;
    caller.post("/demo/api/jobs/drain", json!({})).await?;
    let mails = caller.get(&format!("/demo/api/mail?to={email}")).await?;
    let link = mails["data"][0]["links"][0].as_str().context("no link")?.to_owned();
    caller.client.get(link).send().await?;
    let tokens = caller.post("/api/auth/login", json!({ "email": email, "password": PASSWORD })).await?;
    caller.token = text(&tokens["access_token"])?;
    let plans = caller.get("/api/catalog/services/n8n/plans").await?;
    let order = json!({ "items": [{ "plan": plans["data"][0]["code"], "cycle": "monthly", "config": {} }] });
    let placed = caller.post("/api/panel/orders", order).await?;
    let invoice = text(&placed["invoice"]["id"])?;
    let choice = json!({ "gateway": "midtrans", "method": "bank_transfer", "bank": "bca" });
    let started = caller.post(&format!("/api/panel/invoices/{invoice}/payments"), choice).await?;
    let reference = json!({ "reference": started["payment"]["reference"] });
    let began = Instant::now();
    caller.post("/demo/api/gateways/midtrans/pay", reference).await?;
    loop {
        let list = caller.get("/api/panel/subscriptions").await?;
        if list["data"][0]["instance"]["status"] == "running" {
            return Ok(began.elapsed());
        }
        if began.elapsed() > Duration::from_secs(60) {
            bail!("it does not run after a minute: {list}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).context("the answer lacks a text")
}
