//! The door of gateways over a real connection: whatever comes is dealt with at once, and what is genuine gets in.
use crate::support::{
    World,
    gateway::{CODE, ScriptedGateway},
    site::Site,
};
use entity::payments::gateway_event;
use futures_util::{StreamExt, stream};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use yumna::kernel::{config::Limits, rate_limit::RateLimits};

const DOOR: &str = "/api/webhooks/scripted/notification";
/// As many in a second as somebody who means harm might send.
const FLOOD: usize = 1_000;

/// A house with the limits that every installation has.
async fn house() -> (World, Site) {
    let world = World::with(|services| {
        services.gateways = vec![Arc::new(ScriptedGateway::default())];
        services.limits = RateLimits::new(&Limits::default());
    })
    .await;
    world.account().await;
    let site = Site::of(&world);
    (world, site)
}

fn news(number: usize) -> String {
    json!({"reference": format!("INV-{number}"), "status": "pending", "amount": 1}).to_string()
}

async fn stored(world: &World) -> u64 {
    gateway_event::Entity::find().count(&world.services.db).await.unwrap()
}

#[tokio::test]
async fn nobody_comes_in_but_by_sending_and_nothing_is_unpacked() {
    let (world, site) = house().await;
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        for door in [DOOR.to_owned(), format!("/api/webhooks/{CODE}/somebody/notification")] {
            assert_eq!(site.send(site.request(method, &door)).await.status, 405, "{method} {door}");
        }
    }
    assert_eq!(stored(&world).await, 0);

    for (number, (name, value)) in [
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "application/xml"),
        ("content-encoding", "gzip"),
    ]
    .into_iter()
    .enumerate()
    {
        let sent = site.request("POST", DOOR).header("x-signature", "good").header(name, value).body(news(number));
        assert_eq!(site.send(sent).await.status, 200, "the signature counts, and not {name}: {value}");
    }
    assert_eq!(stored(&world).await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_of_forgeries_leaves_nothing_and_keeps_the_gateway_in() {
    let (world, site) = house().await;
    let before = world.row_counts().await;
    let forged = (0..FLOOD).map(|number| {
        let request = site.request("POST", DOOR).header("x-signature", "forged").body(news(number));
        site.send(request)
    });

    let answers = stream::iter(forged).buffer_unordered(50).collect::<Vec<_>>().await;

    assert!(answers.iter().all(|answer| answer.status == 403));
    assert_eq!(world.row_counts().await, before);
    let genuine = site.request("POST", DOOR).header("x-signature", "good").body(news(1));
    assert_eq!(site.send(genuine).await.status, 200, "from the very same address");
    assert_eq!(stored(&world).await, 1);
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for() {
    let (world, site) = house().await;
    let mut line = TcpStream::connect(site.url.trim_start_matches("http://")).await.unwrap();
    let begun = format!("POST {DOOR} HTTP/1.1\r\nhost: x\r\nx-signature: good\r\ncontent-length: 100\r\n\r\n{{");
    line.write_all(begun.as_bytes()).await.unwrap();

    let mut answer = [0_u8; 12];
    let told = tokio::time::timeout(Duration::from_secs(20), line.read_exact(&mut answer)).await;

    told.expect("an answer, although nothing more comes").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
    assert_eq!(stored(&world).await, 0);
}
