//! What is written into logs.
use crate::support::World;
use actix_web::test::{self, TestRequest};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};
use yumna::app::{logs, server};

/// Where a test's logs go.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_secret_of_a_link_is_never_logged() {
    // While there is one subscriber only, tracing asks the thread that comes by a line first whether anybody listens,
    // and remembers a "no" of another test's thread for ever. With two it asks the subscribers.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let paper = Paper::default();
    let writer = paper.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(EnvFilter::new("debug,sqlx=warn"))
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let app = server::app(world.services.clone(), logs::metrics(), Arc::new(|_| {}));
    let app = test::init_service(app).await;
    let ask = async |path: &str| {
        let request = TestRequest::get().uri(path).to_request();
        test::call_service(&app, request).await.status().as_u16()
    };
    let links = [
        "/verify?token=S3CRET",
        "/verify/S3CRET",
        "/reset?token=S3CRET",
        "/reset/S3CRET",
        "/pay/S3CRET",
        "/login?next=/reset/S3CRET",
        "/nowhere/S3CRET",
        "/api/catalog/services?x=S3CRET",
    ];
    for link in links {
        ask(link).await;
    }
    // The same when the house cannot answer, and logs why.
    world.services.db.clone().close().await.unwrap();
    for link in links {
        ask(link).await;
    }

    let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    for part in ["/verify/{token}", "/reset/{token}", "\"http.method\":\"GET\"", "\"correlation\":\"req_"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let told: Vec<&str> = text.lines().filter(|line| line.contains("S3CRET")).collect();
    assert!(told.is_empty(), "{told:#?}");
}
