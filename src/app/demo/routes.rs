//! `/demo/api`: the demo's clock, mailbox, faults, bank and cluster, for programs.
use super::{desk, state::DemoState};
use crate::{
    api::{ApiResult, RequestFault},
    app::server::ExtraRoutes,
    domain::Services,
    integrations::sim::{ControlError, Fault as WireFault, FaultKind},
    jobs::worker,
    kernel::fault::{CommonFault, Fault, FieldFault, Kind},
};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The clock moves at most so far at once.
const MAX_ADVANCE_SECONDS: i64 = 400 * 86_400;
/// How long draining may take.
const DRAIN_PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait between two looks while draining.
const DRAIN_BEAT: Duration = Duration::from_millis(20);

/// Something was asked of a double that it does not do.
#[derive(Debug, thiserror::Error)]
enum DemoFault {
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Refused(String),
    #[error("work is still under way after 120 seconds")]
    StillBusy,
}

impl Fault for DemoFault {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) => Kind::NotFound,
            Self::Refused(_) => Kind::Conflict,
            Self::StillBusy => Kind::Unavailable { retry_after: 5 },
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Refused(_) => "INVALID_STATE",
            Self::StillBusy => "STILL_BUSY",
        }
    }
}

impl From<ControlError> for DemoFault {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::NotFound(message) => Self::NotFound(message),
            ControlError::Refused(message) => Self::Refused(message),
        }
    }
}

/// The demo's routes beside the product's.
pub fn extra(demo: &Arc<DemoState>) -> ExtraRoutes {
    // Weak: when the server has ended, whoever started the demo holds it alone and can end it in order.
    let demo = Arc::downgrade(demo);
    Arc::new(move |config| {
        let Some(demo) = demo.upgrade() else { return };
        config.service(
            web::scope("/demo")
                .app_data(web::Data::from(demo))
                .app_data(web::JsonConfig::default().error_handler(|error, _| {
                    crate::api::ApiError::from(RequestFault::WrongShape(error.to_string())).into()
                }))
                .configure(desk::routes)
                .route("/api/clock", web::get().to(clock))
                .route("/api/clock/advance", web::post().to(advance))
                .route("/api/jobs/drain", web::post().to(drain))
                .route("/api/mail", web::get().to(mail))
                .route("/api/faults", web::get().to(list_faults))
                .route("/api/faults", web::post().to(add_fault))
                .route("/api/faults", web::delete().to(clear_faults))
                .route("/api/gateways/{code}/{act}", web::post().to(act_at_gateway))
                .route("/api/kubernetes/objects", web::get().to(objects))
                .route("/api/kubernetes/{act}", web::post().to(act_at_cluster)),
        );
    })
}

async fn clock(services: web::Data<Services>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "now": services.clock.now() }))
}

#[derive(Deserialize)]
struct Span {
    seconds: Option<i64>,
    hours: Option<i64>,
    days: Option<i64>,
}

async fn advance(
    services: web::Data<Services>,
    demo: web::Data<DemoState>,
    span: web::Json<Span>,
) -> ApiResult<HttpResponse> {
    let total = [(span.seconds, 1), (span.hours, 3_600), (span.days, 86_400)]
        .into_iter()
        .try_fold(0i64, |sum, (amount, unit)| sum.checked_add(amount.unwrap_or(0).checked_mul(unit)?))
        .filter(|seconds| (1..=MAX_ADVANCE_SECONDS).contains(seconds))
        .ok_or_else(|| CommonFault::Invalid(vec![FieldFault::new("seconds", "out_of_range")]))?;
    demo.advance(total).await.map_err(|error| CommonFault::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok().json(json!({ "now": services.clock.now() })))
}

/// Runs everything due until nothing is due or running and every double has delivered what it had to report.
async fn drain(services: web::Data<Services>, demo: web::Data<DemoState>) -> ApiResult<HttpResponse> {
    let services = services.into_inner();
    let _clock_stays = demo.draining().await;
    let began = services.clock.now();
    let everything = async {
        let mut total = worker::Drained::default();
        loop {
            demo.simulators.tick().await;
            let drained = worker::run_due(&services).await.map_err(CommonFault::from)?;
            total.ran += drained.ran;
            if drained.ran == 0 && demo.simulators.due_deliveries().await == 0 {
                // Also what the workers beside this call gave up.
                total.failed = worker::given_up_since(&services, began).await.map_err(CommonFault::from)?;
                return Ok::<_, CommonFault>(total);
            }
            tokio::time::sleep(DRAIN_BEAT).await;
        }
    };
    match tokio::time::timeout(DRAIN_PATIENCE, everything).await {
        Ok(drained) => {
            let drained = drained?;
            Ok(HttpResponse::Ok().json(json!({ "ran": drained.ran, "failed": drained.failed, "remaining": 0 })))
        }
        Err(_) => Err(DemoFault::StillBusy.into()),
    }
}

#[derive(Deserialize)]
struct MailQuery {
    to: Option<String>,
}

async fn mail(demo: web::Data<DemoState>, query: web::Query<MailQuery>) -> ApiResult<HttpResponse> {
    let double = demo.simulators.find("mail");
    let double = double.ok_or_else(|| DemoFault::NotFound("there is no simulated mail server".to_owned()))?;
    let mails = double.control.act("mails", json!({ "to": query.to })).await.map_err(DemoFault::from)?;
    Ok(HttpResponse::Ok().json(mails))
}

#[derive(Deserialize)]
struct NewFault {
    target: String,
    fault: String,
    times: Option<u32>,
    ms: Option<u64>,
    #[serde(rename = "match")]
    path_contains: Option<String>,
}

async fn add_fault(demo: web::Data<DemoState>, fault: web::Json<NewFault>) -> ApiResult<HttpResponse> {
    let wrong = |field: &str| CommonFault::Invalid(vec![FieldFault::new(field, "unknown")]);
    let fits = demo.simulators.fits(&fault.target).ok_or_else(|| wrong("target"))?;
    let kind = FaultKind::parse(&fault.fault).filter(|kind| fits.contains(kind)).ok_or_else(|| wrong("fault"))?;
    demo.simulators.faults.add(WireFault {
        target: fault.target.clone(),
        kind,
        times: fault.times.unwrap_or(1).clamp(1, 1_000),
        delay_ms: fault.ms,
        path_contains: fault.path_contains.clone(),
    });
    Ok(HttpResponse::Created().json(fault_list(&demo)))
}

async fn list_faults(demo: web::Data<DemoState>) -> HttpResponse {
    HttpResponse::Ok().json(fault_list(&demo))
}

async fn clear_faults(demo: web::Data<DemoState>) -> HttpResponse {
    demo.simulators.faults.clear();
    HttpResponse::NoContent().finish()
}

fn fault_list(demo: &DemoState) -> Value {
    let rows: Vec<Value> = demo
        .simulators
        .faults
        .list()
        .iter()
        .map(|fault| {
            json!({
                "target": fault.target, "fault": fault.kind.as_str(), "times": fault.times, "ms": fault.delay_ms,
                "match": fault.path_contains,
            })
        })
        .collect();
    json!({ "data": rows, "next_cursor": null })
}

async fn act_at_gateway(
    demo: web::Data<DemoState>,
    path: web::Path<(String, String)>,
    input: web::Json<Value>,
) -> ApiResult<HttpResponse> {
    let (code, act) = path.into_inner();
    let double = demo.simulators.find(&code).filter(|double| double.code != "kubernetes");
    let double = double.ok_or_else(|| DemoFault::NotFound(format!("there is no gateway {code}")))?;
    let outcome = double.control.act(&act, input.into_inner()).await.map_err(DemoFault::from)?;
    Ok(HttpResponse::Accepted().json(outcome))
}

#[derive(Deserialize)]
struct ObjectsQuery {
    namespace: Option<String>,
}

async fn objects(demo: web::Data<DemoState>, query: web::Query<ObjectsQuery>) -> ApiResult<HttpResponse> {
    let input = json!({ "namespace": query.namespace });
    Ok(HttpResponse::Ok().json(cluster_act(&demo, "objects", input).await?))
}

async fn act_at_cluster(
    demo: web::Data<DemoState>,
    act: web::Path<String>,
    input: web::Json<Value>,
) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Accepted().json(cluster_act(&demo, &act, input.into_inner()).await?))
}

async fn cluster_act(demo: &DemoState, act: &str, input: Value) -> ApiResult<Value> {
    let double = demo.simulators.find("kubernetes");
    let double = double.ok_or_else(|| DemoFault::NotFound("there is no simulated cluster".to_owned()))?;
    Ok(double.control.act(act, input).await.map_err(DemoFault::from)?)
}
