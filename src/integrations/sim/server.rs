//! A loopback HTTP server for simulators: its own thread and runtime, faults of the wire applied before the
//! simulator's own handlers, ended by the bench's token.
//!
//! A simulator passes its routes as an actix `configure` function; everything that goes wrong *on the wire* (late,
//! silent, 500, 429, garbage, dropped) happens here, so that no simulator has to know about it. Faults of its own
//! reports (webhooks) a simulator takes from the bench itself.
use super::{Bench, FaultKind, Faults};
use actix_web::{
    App, Error, HttpResponse, HttpServer,
    body::MessageBody,
    dev::{Extensions, ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::{Next, from_fn},
    rt::net::TcpStream,
    web,
};
use std::{
    any::Any,
    net::{Ipv4Addr, Shutdown, TcpListener},
    os::fd::AsFd,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// The faults this server applies for every simulator.
pub const WIRE_FAULTS: &[FaultKind] = &[
    FaultKind::Delay,
    FaultKind::TimeoutBefore,
    FaultKind::TimeoutAfterEffect,
    FaultKind::Status500,
    FaultKind::Status429,
    FaultKind::Status401,
    FaultKind::Status403,
    FaultKind::Malformed,
    FaultKind::DropConnection,
];

/// How late a delayed answer is where the fault does not say.
const DEFAULT_DELAY: Duration = Duration::from_secs(2);
/// How long a silent server stays silent where the fault does not say: longer than any client waits.
const DEFAULT_SILENCE: Duration = Duration::from_secs(120);
/// How long a restarted simulator waits for its predecessor to let go of the port.
const PORT_PATIENCE: Duration = Duration::from_secs(5);
/// Largest body it reads.
const BODY_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// A server that listens.
#[derive(Clone, Debug)]
pub struct Listening {
    /// `http://127.0.0.1:<port>`.
    pub base_url: String,
    /// The port, also where any was asked for.
    pub port: u16,
    /// Cancelled once the server has ended and the port is free.
    pub ended: CancellationToken,
}

/// Serves `configure`'s routes on `bench.port` (loopback only) until `bench.stop`; faults are those of `target`.
///
/// # Errors
/// When the port cannot be had or the runtime cannot be made.
pub async fn listen<F>(bench: &Bench, target: &'static str, configure: F) -> anyhow::Result<Listening>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let listener = bind(bench.port).await?;
    let port = listener.local_addr()?.port();
    let ended = CancellationToken::new();
    let (ready, is_ready) = oneshot::channel();
    let (stop, faults, on_end) = (bench.stop.clone(), bench.faults.clone(), ended.clone());
    std::thread::Builder::new().name(format!("sim-{target}")).spawn(move || {
        let _ends = on_end.drop_guard();
        let system = actix_web::rt::System::new();
        if let Err(error) = system.block_on(run(listener, target, faults, stop, configure, ready)) {
            tracing::error!(simulator = target, %error, "A simulator's server ended with an error");
        }
    })?;
    is_ready.await?;
    Ok(Listening { base_url: format!("http://127.0.0.1:{port}"), port, ended })
}

async fn bind(port: u16) -> anyhow::Result<TcpListener> {
    let since = Instant::now();
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) if port == 0 || since.elapsed() > PORT_PATIENCE => {
                return Err(anyhow::anyhow!("port {port} of a simulator cannot be had: {error}"));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn run<F>(
    listener: TcpListener,
    target: &'static str,
    faults: Arc<Faults>,
    stop: CancellationToken,
    configure: F,
    ready: oneshot::Sender<()>,
) -> std::io::Result<()>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let desk = web::Data::new(Desk { target, faults, stop: stop.clone() });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(desk.clone())
            .app_data(web::PayloadConfig::new(BODY_LIMIT_BYTES))
            .app_data(web::JsonConfig::default().limit(BODY_LIMIT_BYTES))
            .wrap(from_fn(apply_faults))
            .configure(configure.clone())
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .on_connect(remember_socket)
    .listen(listener)?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        stop.cancelled().await;
        handle.stop(true).await;
    });
    // Nobody listens only where the caller was dropped; the server then ends by the token all the same.
    let _ = ready.send(());
    server.await
}

struct Desk {
    target: &'static str,
    faults: Arc<Faults>,
    stop: CancellationToken,
}

/// A second handle on the connection's socket: the only way to close it without an answer.
struct Socket(std::net::TcpStream);

impl Socket {
    fn close(&self) {
        // Already closed by the other side is just as good.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

fn remember_socket(connection: &dyn Any, data: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>()
        && let Ok(second) = stream.as_fd().try_clone_to_owned()
    {
        data.insert(Socket(second.into()));
    }
}

async fn apply_faults(
    desk: web::Data<Desk>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let Some(fault) = desk.faults.take(desk.target, request.path(), WIRE_FAULTS) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let asked = fault.delay_ms.map(Duration::from_millis);
    match fault.kind {
        FaultKind::Delay => {
            wait(&desk, asked.unwrap_or(DEFAULT_DELAY)).await;
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        FaultKind::TimeoutBefore => {
            wait(&desk, asked.unwrap_or(DEFAULT_SILENCE)).await;
            Ok(hang_up(request))
        }
        FaultKind::TimeoutAfterEffect => {
            let answered = next.call(request).await?;
            wait(&desk, asked.unwrap_or(DEFAULT_SILENCE)).await;
            Ok(hang_up(ServiceRequest::from_request(answered.into_parts().0)))
        }
        FaultKind::Status500 => Ok(refuse(request, StatusCode::INTERNAL_SERVER_ERROR, None)),
        FaultKind::Status429 => Ok(refuse(request, StatusCode::TOO_MANY_REQUESTS, Some(asked.unwrap_or_default()))),
        FaultKind::Status401 => Ok(refuse(request, StatusCode::UNAUTHORIZED, None)),
        FaultKind::Status403 => Ok(refuse(request, StatusCode::FORBIDDEN, None)),
        FaultKind::Malformed => {
            let answered = next.call(request).await?;
            let garbage = HttpResponse::build(answered.status())
                .content_type("application/json")
                .body("{\"status_code\":\"200\",\"kind\":<html><body>Bad Gate");
            Ok(ServiceResponse::new(answered.into_parts().0, garbage))
        }
        _ => Ok(hang_up(request)),
    }
}

async fn wait(desk: &Desk, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = desk.stop.cancelled() => {}
    }
}

/// Closes the connection; the response is for actix only and reaches nobody.
fn hang_up(request: ServiceRequest) -> ServiceResponse {
    if let Some(socket) = request.request().conn_data::<Socket>() {
        socket.close();
    }
    request.into_response(HttpResponse::ServiceUnavailable().force_close().finish())
}

fn refuse(request: ServiceRequest, status: StatusCode, retry_after: Option<Duration>) -> ServiceResponse {
    let mut response = HttpResponse::build(status);
    if let Some(time) = retry_after {
        response.insert_header((header::RETRY_AFTER, time.as_secs().max(1).to_string()));
    }
    let body = serde_json::json!({
        "code": status.as_u16(), "status_code": status.as_str(), "message": "Simulated fault", "status_message": "Simulated fault",
    });
    request.into_response(response.json(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        integrations::sim::Fault,
        kernel::{clock::SystemClock, http},
    };
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Setup {
        bench: Bench,
        url: String,
        ended: CancellationToken,
        effects: Arc<AtomicU32>,
    }

    async fn setup() -> Setup {
        let bench = Bench {
            clock: Arc::new(SystemClock),
            state_dir: None,
            faults: Arc::default(),
            product_url: String::new(),
            port: 0,
            stop: CancellationToken::new(),
        };
        let effects = Arc::new(AtomicU32::new(0));
        let counter = effects.clone();
        let listening = listen(&bench, "bell", move |config| {
            let counter = counter.clone();
            config.route(
                "/ring",
                web::post().to(move || {
                    counter.fetch_add(1, Ordering::SeqCst);
                    async { HttpResponse::Ok().json(serde_json::json!({"rang": true})) }
                }),
            );
        })
        .await
        .unwrap();
        let url = format!("{}/ring", listening.base_url);
        Setup { bench, url, ended: listening.ended, effects }
    }

    async fn ring(setup: &Setup, kind: FaultKind) -> Result<(u16, String), reqwest::Error> {
        setup.bench.faults.add(Fault {
            target: "bell".into(),
            kind,
            times: 1,
            delay_ms: Some(20),
            path_contains: Some("/ring".into()),
        });
        let response = http::client().post(&setup.url).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    #[tokio::test]
    async fn each_fault_of_the_wire_shows_itself_once_and_has_its_effect_or_not() {
        let setup = setup().await;
        let cases = [
            (FaultKind::Delay, Some(200), 1),
            (FaultKind::TimeoutBefore, None, 0),
            (FaultKind::TimeoutAfterEffect, None, 1),
            (FaultKind::Status500, Some(500), 0),
            (FaultKind::Status429, Some(429), 0),
            (FaultKind::Status401, Some(401), 0),
            (FaultKind::Status403, Some(403), 0),
            (FaultKind::Malformed, Some(200), 1),
            (FaultKind::DropConnection, None, 0),
        ];

        for (kind, status, effects) in cases {
            let before = setup.effects.load(Ordering::SeqCst);
            let answer = ring(&setup, kind).await.ok();

            assert_eq!(answer.as_ref().map(|(status, _)| *status), status, "{kind:?}");
            assert_eq!(setup.effects.load(Ordering::SeqCst) - before, effects, "{kind:?}");
            let readable = answer.is_some_and(|(_, text)| serde_json::from_str::<serde_json::Value>(&text).is_ok());
            assert_eq!(readable, status.is_some() && kind != FaultKind::Malformed, "{kind:?}");
            assert!(setup.bench.faults.list().is_empty(), "{kind:?} is used up");
        }
        setup.bench.stop.cancel();
    }

    #[tokio::test]
    async fn a_stopped_server_frees_its_port_for_the_next() {
        let mut setup = setup().await;
        setup.bench.port = setup.url.rsplit(':').next().unwrap().trim_end_matches("/ring").parse().unwrap();

        setup.bench.stop.cancel();
        setup.ended.cancelled().await;
        setup.bench.stop = CancellationToken::new();
        let again = listen(&setup.bench, "bell", |_| {}).await.unwrap();

        assert_eq!(again.port, setup.bench.port);
        setup.bench.stop.cancel();
    }
}
