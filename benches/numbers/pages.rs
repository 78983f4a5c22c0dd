//! Pages under load: 10,000 customers with 100,000 invoices, 64 people signed in, 16 connections.
use super::{
    load::{self, Request},
    place::Place,
    say, volume,
};
use chrono::Duration;
use entity::{
    provisioning::instance,
    value::{InstanceStatus, UserId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use yumna::{
    app::services,
    domain::{
        Services,
        identity::session::{self, NewSession},
    },
    kernel::{clock::SystemClock, db},
    web::principal,
};

/// People whose sessions ask in turn.
const SESSIONS: usize = 64;
const SECONDS: u32 = 8;

/// Requests per second of the pages people open most.
pub async fn measure() -> anyhow::Result<()> {
    let place = Place::fresh().await?;
    until_something_runs(&place).await?;
    let services = services::build(place.config(), Arc::new(SystemClock), false).await?;
    let people = volume::write(&services.db, &volume::Size { customers: 10_000, largest: None }).await?;
    services.db.execute_unprepared("ANALYZE").await?;
    let customers = sign_in(&services, people.owners.iter().cycle()).await?;
    let staff = sign_in(&services, std::iter::repeat(&people.staff)).await?;
    services.db.clone().close().await?;

    let running = place.serve().await?;
    for (page, path, cookies) in [
        ("panel dashboard", "/panel", &customers),
        ("panel invoice list", "/panel/invoices", &customers),
        ("WHM customer list", "/whm/customers", &staff),
        ("WHM dashboard", "/whm", &staff),
        ("public home", "/", &customers),
    ] {
        for (how, encoding) in [("", "identity"), (", compressed", "gzip, deflate, br")] {
            let list: Vec<Request> = cookies.iter().map(|cookie| get(path, cookie, encoding)).collect();
            load::run(place.folder.path(), &running.base, &list, 1).await?;
            let outcome = load::run(place.folder.path(), &running.base, &list, SECONDS).await?;
            say(&format!("{page}{how}, {}", place.database()), outcome);
        }
    }
    say(&format!("memory after the load, {}", place.database()), format!("{:.0} MiB", running.memory_mib()?));
    drop(running);
    place.leave().await
}

/// Lets the demo seed its shop and bring up what its customers bought.
pub async fn until_something_runs(place: &Place) -> anyhow::Result<()> {
    let _demo = place.demo().await?;
    let db = db::connect(&place.url, 1).await?;
    let running = || instance::Entity::find().filter(instance::Column::Status.eq(InstanceStatus::Running));
    while running().one(&db).await?.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    db.close().await?;
    Ok(())
}

pub fn get(path: &str, cookie: &str, encoding: &str) -> Request {
    let headers = vec![("Cookie", cookie.to_owned()), ("Accept-Encoding", encoding.to_owned())];
    Request { method: "GET", path: path.to_owned(), headers, body: None }
}

/// The cookies of people who are signed in, in Indonesian.
pub async fn sign_in<'a>(services: &Services, who: impl Iterator<Item = &'a UserId>) -> anyhow::Result<Vec<String>> {
    let mut cookies = Vec::with_capacity(SESSIONS);
    for user_id in who.take(SESSIONS) {
        let new = NewSession { user_id: Some(user_id.clone()), ..NewSession::default() };
        let key = session::create(services, new, Duration::days(1)).await?;
        cookies.push(format!("{}={key}; lang=id", principal::session_cookie_name(services)));
    }
    Ok(cookies)
}
