//! Notifications of a gateway while a billing run goes on in the same program.
use super::{
    load::{self, Request},
    notifications::{key_of, notification},
    place::Place,
    renewals, say,
};
use anyhow::bail;
use entity::{billing::invoice, payments::gateway_event};
use sea_orm::{EntityTrait, PaginatorTrait};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use yumna::{
    app::services,
    domain::Ctx,
    kernel::{clock::SystemClock, db, http},
};

/// Contracts that are due: more than a run of these seconds gets through.
const RENEWALS: u32 = 100_000;
const DIFFERENT: usize = 60_000;
const SECONDS: u32 = 15;
/// How long a billing run may take to begin.
const PATIENCE: Duration = Duration::from_secs(120);

/// Both speeds, measured over the same seconds.
pub async fn measure() -> anyhow::Result<()> {
    let place = Place::fresh().await?;
    let key = key_of(&place, &place.demo().await?).await?;
    let services = services::build(place.config(), Arc::new(SystemClock), false).await?;
    renewals::write(&Ctx::system(services.clone(), "bench", "bench"), RENEWALS).await?;
    services.db.clone().close().await?;
    drop(services);

    let demo = place.demo().await?;
    let connection = db::connect(&place.url, 1).await?;
    let invoices = || invoice::Entity::find().count(&connection);
    let before = invoices().await?;
    let advance = http::client().post(format!("{}/demo/api/clock/advance", demo.base));
    let answer = advance.json(&serde_json::json!({ "hours": 24 })).send().await?;
    anyhow::ensure!(answer.status().is_success(), "the clock does not go on: {}", answer.status());
    let began = Instant::now();
    while invoices().await? < before + 1_000 {
        if began.elapsed() > PATIENCE {
            bail!("no billing run began within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (before, began) = (invoices().await?, Instant::now());
    let list: Vec<Request> = (0..DIFFERENT).map(|number| notification(number, &key)).collect();
    let outcome = load::run(place.folder.path(), &demo.base, &list, SECONDS).await?;
    let issued = invoices().await? - before;
    let per_second = issued as f64 / began.elapsed().as_secs_f64();
    let stored = gateway_event::Entity::find().count(&connection).await?;
    connection.close().await?;
    let lost = (outcome.requests() - stored as f64).max(0.0);
    say(
        &format!("notifications while a billing run issues {per_second:.0} invoices/s, {}", place.database()),
        format!("{outcome}, {lost:.0} not stored"),
    );
    drop(demo);
    place.leave().await
}
