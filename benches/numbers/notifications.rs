//! Notifications of a gateway: proven, stored durably and answered, while workers deal with what was stored.
use super::{
    load::{self, Request},
    place::{Place, Running},
    say,
};
use anyhow::Context;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use yumna::kernel::db;

/// Different notifications; more than one run sends, so that none comes twice.
const DIFFERENT: usize = 60_000;
const SECONDS: u32 = 10;

/// Sends signed notifications to a demo and counts what its database holds afterwards.
pub async fn measure() -> anyhow::Result<()> {
    let place = Place::fresh().await?;
    let demo = place.demo().await?;
    let key = key_of(&place, &demo).await?;
    let list: Vec<Request> = (0..DIFFERENT).map(|number| notification(number, &key)).collect();
    let outcome = load::run(place.folder.path(), &demo.base, &list, SECONDS).await?;
    let connection = db::connect(&place.url, 1).await?;
    let count = Statement::from_string(connection.get_database_backend(), "SELECT COUNT(*) FROM gateway_events");
    let row = connection.query_one_raw(count).await?.context("no count")?;
    let stored: i64 = row.try_get_by_index(0)?;
    connection.close().await?;
    let lost = (outcome.requests() as i64 - stored).max(0);
    say(
        &format!("notifications stored durably while they are dealt with, {}", place.database()),
        format!("{outcome}, {lost} not stored"),
    );
    drop(demo);
    place.leave().await
}

/// The key by which the simulated vendor signs, of a demo that runs at `place`.
pub async fn key_of(place: &Place, _running: &Running) -> anyhow::Result<String> {
    // Written once requests are answered, a moment after readiness.
    let file = place.folder.path().join("demo.json");
    while !file.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let announced: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    Ok(announced["midtrans_server_key"].as_str().context("no key in demo.json")?.to_owned())
}

/// As the vendor would send it, for a charge nobody knows: the way through the door is the same.
pub fn notification(number: usize, key: &str) -> Request {
    let (order, status, amount) = (format!("BENCH-{number:06}"), "200", "111000.00");
    let signature = hex::encode(Sha512::digest(format!("{order}{status}{amount}{key}")));
    let body = json!({
        "transaction_time": "2026-11-21 10:00:00", "transaction_status": "settlement",
        "transaction_id": format!("b0000000-0000-4000-8000-{number:012}"), "status_message": "midtrans payment notification",
        "status_code": status, "signature_key": signature, "payment_type": "bank_transfer", "order_id": order,
        "merchant_id": "G000000000", "gross_amount": amount, "fraud_status": "accept", "currency": "IDR",
        "va_numbers": [{ "va_number": "12345678901", "bank": "bca" }],
    });
    Request {
        method: "POST",
        path: "/api/webhooks/midtrans/notification".to_owned(),
        headers: vec![("Content-Type", "application/json".to_owned())],
        body: Some(body.to_string()),
    }
}
