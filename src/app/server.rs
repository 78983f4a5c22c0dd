//! The HTTP server: middleware in order, doors, health and metrics.
use super::logs;
use crate::{
    api,
    domain::Services,
    jobs::{counts, worker::Pulse},
    kernel::{fault::Maintenance, listener, task},
    web as pages,
    web::{content_policy, public::reference::Reference},
};
use actix_web::{
    App, Error, HttpResponse, HttpServer,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::{Compress, DefaultHeaders, Next, from_fn},
    web,
};
use metrics_exporter_prometheus::PrometheusHandle;
use sea_orm::DatabaseConnection;
use std::{
    net::TcpListener,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;

/// Seconds that running requests are given at the end.
const SHUTDOWN_SECONDS: u64 = 8;
/// How long a client may take to send its request's head.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the database may take to say how background work stands.
const COUNTING: Duration = Duration::from_secs(2);
/// How often what was timed is put together.
const METRICS_UPKEEP: Duration = Duration::from_secs(10);

/// Further routes, for example the demo's.
pub type ExtraRoutes = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;

/// Serves on `listener` until `services.stop` is cancelled.
pub fn serve(services: &Arc<Services>, listener: TcpListener, extra: ExtraRoutes) -> std::io::Result<Server> {
    let workers = services.config.server.workers;
    // Live pages show what other processes do, whether this one works in the background or not.
    listener::start(&services.db, &services.live, &services.stop);
    let metrics = keep_metrics(services);
    let state = services.clone();
    let server = HttpServer::new(move || app(state.clone(), metrics.clone(), extra.clone()))
        .workers(workers)
        .tcp_nodelay(true)
        .client_request_timeout(CLIENT_TIMEOUT)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals()
        .listen(listener)?
        .run();
    stop_with(services, &server, "http-shutdown");
    Ok(server)
}

/// Says on `listener` how a process of background work alone is, until `services.stop` is cancelled.
pub fn serve_worker(services: &Arc<Services>, listener: TcpListener, pulse: Pulse) -> std::io::Result<Server> {
    let metrics = keep_metrics(services);
    let state = services.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::from(state.clone()))
            .app_data(web::Data::new(metrics.clone()))
            .app_data(web::Data::new(pulse.clone()))
            .route("/health/live", web::get().to(beats))
            .configure(condition)
    })
    .workers(1)
    .client_request_timeout(CLIENT_TIMEOUT)
    .disable_signals()
    .listen(listener)?
    .run();
    stop_with(services, &server, "worker-http-shutdown");
    Ok(server)
}

/// Ends `server` when the process is told to stop.
fn stop_with(services: &Services, server: &Server, name: &'static str) {
    let (handle, stop): (_, CancellationToken) = (server.handle(), services.stop.clone());
    task::spawn(name, async move {
        stop.cancelled().await;
        handle.stop(true).await;
    });
}

/// The numbers of this process. What was timed is put together now and then, or it would lie in memory until somebody
/// asks.
fn keep_metrics(services: &Services) -> PrometheusHandle {
    let (metrics, stop) = (logs::metrics(), services.stop.clone());
    let kept = metrics.clone();
    task::spawn("metrics", async move {
        while timeout(METRICS_UPKEEP, stop.cancelled()).await.is_err() {
            kept.run_upkeep();
        }
    });
    metrics
}

/// How the process is, except whether it lives.
fn condition(config: &mut web::ServiceConfig) {
    config
        .route("/health/ready", web::get().to(ready))
        .route("/health", web::get().to(ready))
        .route("/metrics", web::get().to(render_metrics));
}

/// The application as server and tests run it. The last `wrap` runs first.
pub fn app(
    services: Arc<Services>,
    metrics: PrometheusHandle,
    extra: ExtraRoutes,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    static REFERENCE: LazyLock<web::Data<Reference>> =
        LazyLock::new(|| web::Data::new(Reference::read(api::document_json())));
    App::new()
        .app_data(web::Data::from(services.clone()))
        .app_data(web::Data::new(metrics))
        .route("/health/live", web::get().to(live))
        .configure(condition)
        // One page lies among the paths of the API, so that it comes first.
        .app_data(REFERENCE.clone())
        .configure(pages::public::reference::routes)
        .configure(api::routes)
        .configure(|config| extra(config))
        .configure(pages::routes)
        .wrap(from_fn(maintenance))
        .wrap(from_fn(refuse_nul))
        .wrap(from_fn(api::manners))
        .wrap(
            DefaultHeaders::new()
                .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .add(("X-Frame-Options", "DENY"))
                .add((header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
                .add(("Permissions-Policy", "camera=(), microphone=(), geolocation=()"))
                .add(("Cross-Origin-Opener-Policy", "same-origin"))
                .add((header::CONTENT_SECURITY_POLICY, content_policy::STRICT)),
        )
        .wrap(from_fn(observe))
        .wrap(Compress::default())
        .wrap(from_fn(head))
        .wrap(TracingLogger::<logs::RequestSpan>::new())
}

async fn live() -> &'static str {
    "ok"
}

/// A worker lives while its timetable is looked at.
async fn beats(pulse: web::Data<Pulse>) -> HttpResponse {
    if pulse.beats_at(Instant::now()) {
        HttpResponse::Ok().body("ok")
    } else {
        HttpResponse::ServiceUnavailable().body("background work hangs")
    }
}

/// Ready: the database answers and nothing is missing from its schema.
async fn ready(services: web::Data<Services>) -> HttpResponse {
    match check_ready(&services.db).await {
        Ok(()) => HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })),
        Err(reason) => HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "2"))
            .json(serde_json::json!({ "status": "not_ready", "reasons": [reason] })),
    }
}

async fn check_ready(db: &DatabaseConnection) -> Result<(), String> {
    let pending = super::schema::pending(db).await.map_err(|error| {
        // The database's own words can name hosts and users, and everybody may ask here.
        tracing::warn!(%error, "Not ready: the database does not answer");
        "database: not reachable".to_owned()
    })?;
    if pending.is_empty() { Ok(()) } else { Err(format!("pending migrations: {}", pending.join(", "))) }
}

async fn render_metrics(services: web::Data<Services>, metrics: web::Data<PrometheusHandle>) -> HttpResponse {
    // Just when the database does not answer somebody wants to see the other numbers.
    let known = match timeout(COUNTING, counts::gauge(&services)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "How background work stands is unknown: the database does not answer");
            false
        }
        Err(_) => {
            tracing::warn!("How background work stands is unknown: the database does not answer in time");
            false
        }
    };
    if !known {
        counts::unknown();
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics.render())
}

/// Counts and times every request by route.
async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = std::time::Instant::now();
    let response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16().to_string();
    metrics::counter!("yumna_http_requests_total", "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!("yumna_http_request_seconds", "route" => route).record(started.elapsed());
    Ok(response)
}

/// No address of ours holds a NUL character, and not every database can be asked for one. Pages refuse it in their own
/// guard.
async fn refuse_nul(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.path().starts_with("/api/") && pages::holds_nul(request.uri()) {
        return Err(
            api::ApiError::from(api::RequestFault::Query("the address contains a NUL character".to_owned())).into()
        );
    }
    next.call(request).await
}

/// HEAD is GET without the body: whoever only asks for headers need not be known to every handler. A stream is not
/// opened for nothing.
async fn head(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_head = *request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(match response.response().body().size() {
        BodySize::Stream if is_head => response.map_body(|_, _| BoxBody::new(())),
        _ => response,
    })
}

/// In maintenance, changes wait; notifications of gateways are stored all the same, and programs may still get the tokens
/// they read with. Pages do the same in their own guard.
async fn maintenance(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.path();
    let is_way_in = matches!(path, "/api/auth/login" | "/api/auth/refresh");
    let waits = changes && path.starts_with("/api/") && !api::is_door_of_gateways(path) && !is_way_in;
    if services.config.server.maintenance && waits {
        return Ok(request.error_response(api::ApiError::from(Maintenance)).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}
