//! The simulated Xendit's side of the wire.
use super::{
    super::{
        settings::{self, Kind},
        wire,
    },
    render,
    state::{Charge, Refund, State, Status},
};
use crate::integrations::{gateways::qris, sim::desk::Desk};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Duration, Utc};
use entity::value::next_ulid;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = web::Data<Arc<Desk<State>>>;
/// A refusal: HTTP status, word and sentence.
type Refusal = (u16, &'static str, String);

/// The routes.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v3/payment_requests", web::post().to(create_request))
        .route("/v3/payment_requests/{id}", web::get().to(request))
        .route("/v3/payment_requests/{id}/cancel", web::post().to(cancel))
        .route("/v3/payments/{id}", web::get().to(payment))
        .route("/sessions", web::post().to(create_session))
        .route("/sessions/{id}", web::get().to(session))
        .route("/sessions/{id}/cancel", web::post().to(cancel))
        // Official clients send the slash.
        .route("/v2/invoices", web::post().to(create_invoice))
        .route("/v2/invoices/", web::post().to(create_invoice))
        .route("/v2/invoices/{id}", web::get().to(invoice))
        .route("/invoices/{id}/expire!", web::post().to(cancel))
        .route("/refunds", web::post().to(create_refund))
        .route("/refunds", web::get().to(refunds));
}

fn refuse<T>(status: u16, code: &'static str, words: impl Into<String>) -> Result<T, Refusal> {
    Err((status, code, words.into()))
}

fn not_found() -> Refusal {
    (404, "DATA_NOT_FOUND", "The data cannot be found.".to_owned())
}

fn answer(result: Result<Value, Refusal>) -> HttpResponse {
    match result {
        Ok(body) => HttpResponse::Ok().json(body),
        Err((status, code, words)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            HttpResponse::build(status).json(json!({"error_code": code, "message": words}))
        }
    }
}

fn authorize(desk: &Desk<State>, request: &HttpRequest) -> Result<(), Refusal> {
    let expected = desk.look(|state| format!("Basic {}", STANDARD.encode(format!("{}:", state.secret_key))));
    let given = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    match given == Some(expected.as_str()) {
        true => Ok(()),
        false => refuse(401, "INVALID_API_KEY", "API key is not authorized for this API service"),
    }
}

fn base_url(request: &HttpRequest) -> String {
    let info = request.connection_info();
    format!("{}://{}", info.scheme(), info.host())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| (400, "API_VALIDATION_ERROR", error.to_string()))
}

/// Changes the world for a call whose key is good.
async fn change(
    desk: &Desk<State>,
    request: &HttpRequest,
    act: impl FnOnce(&mut State, DateTime<Utc>, &crate::integrations::sim::Faults) -> Result<Value, Refusal>,
) -> HttpResponse {
    if let Err(refused) = authorize(desk, request) {
        return answer(Err(refused));
    }
    let done = desk.change(act).unwrap_or_else(|| refuse(500, "SERVER_ERROR", "The disk refuses to write"));
    if let Ok(body) = &done {
        desk.report_first(request.path(), body["reference_id"].as_str().unwrap_or_default()).await;
    }
    answer(done)
}

/// Looks at the world for a call whose key is good.
fn look(desk: &Desk<State>, request: &HttpRequest, see: impl FnOnce(&State) -> Option<Value>) -> HttpResponse {
    answer(authorize(desk, request).and_then(|()| desk.look(see).ok_or_else(not_found)))
}

async fn create_request(desk: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let base = base_url(&request);
    change(&desk, &request, |state, now, _| {
        let asked: wire::NewRequest = read(&body)?;
        let channel = settings::by_code(&asked.channel_code).filter(|channel| channel.kind != Kind::Session);
        let Some(channel) = channel else {
            return refuse(400, "API_VALIDATION_ERROR", "channel_code is not supported");
        };
        if asked.r#type != "PAY" || asked.country != "ID" || asked.currency != "IDR" {
            return refuse(400, "API_VALIDATION_ERROR", "type, country or currency is not supported");
        }
        check_amount(channel, asked.request_amount)?;
        let wanted = asked.channel_properties.expires_at.filter(|_| channel.kind == Kind::Code);
        let expires_at = end(wanted, channel, now)?;
        if channel.kind == Kind::Redirect && asked.channel_properties.success_return_url.is_none() {
            return refuse(400, "API_VALIDATION_ERROR", "channel_properties.success_return_url is required");
        }
        let number = state.next();
        let id = format!("pr-{}", render::uuid(next_ulid().0));
        let one = Charge {
            value: value(channel, number, asked.request_amount, &base, &id),
            payment_request_id: Some(id.clone()),
            id,
            reference: asked.reference_id,
            amount: asked.request_amount,
            channel_code: asked.channel_code,
            status: Status::Open,
            created_at: now,
            expires_at,
            paid_at: None,
            paid: 0,
            payment_id: None,
        };
        let shown = render::request(&one);
        state.insert(one);
        Ok(shown)
    })
    .await
}

async fn create_session(desk: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let base = base_url(&request);
    change(&desk, &request, |state, now, _| {
        let asked: wire::NewSession = read(&body)?;
        let allowed = asked.allowed_payment_channels.unwrap_or_default();
        let Some(channel) = allowed.first().and_then(|code| settings::by_code(code)) else {
            return refuse(400, "API_VALIDATION_ERROR", "allowed_payment_channels is not supported");
        };
        check_amount(channel, asked.amount)?;
        let one = page(format!("ps-{}", render::uuid(next_ulid().0)), asked.reference_id, asked.amount, channel, &base);
        let one = Charge { created_at: now, expires_at: end(Some(asked.expires_at), channel, now)?, ..one };
        let shown = render::session(&one);
        state.insert(one);
        Ok(shown)
    })
    .await
}

#[derive(Deserialize)]
struct NewInvoice {
    external_id: String,
    amount: serde_json::Number,
}

async fn create_invoice(desk: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let base = base_url(&request);
    change(&desk, &request, |state, now, _| {
        let asked: NewInvoice = read(&body)?;
        let amount = crate::integrations::gateways::call::rupiah(&asked.amount.to_string());
        let (Some(amount), Some(channel)) = (amount, settings::by_code("CARDS")) else {
            return refuse(400, "API_VALIDATION_ERROR", "amount must be a whole number");
        };
        let one = page(render::uuid(next_ulid().0).replace('-', ""), asked.external_id, amount, channel, &base);
        let one = Charge { created_at: now, expires_at: now + Duration::days(1), ..one };
        let shown = render::invoice(&one);
        state.insert(one);
        Ok(shown)
    })
    .await
}

/// A charge behind a page of the vendor's.
fn page(id: String, reference: String, amount: i64, channel: &settings::Channel, base: &str) -> Charge {
    Charge {
        value: format!("{base}/page/{id}"),
        id,
        reference,
        amount,
        channel_code: channel.code.to_owned(),
        status: Status::Open,
        created_at: DateTime::default(),
        expires_at: DateTime::default(),
        paid_at: None,
        paid: 0,
        payment_request_id: None,
        payment_id: None,
    }
}

async fn request(desk: Shared, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    look(&desk, &request, |state| {
        let one = state.behind(&id)?;
        // Of a session the request behind it is not kept apart.
        Some(if one.is_request() { render::request(one) } else { render::payment(one) })
    })
}

async fn payment(desk: Shared, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    look(&desk, &request, |state| {
        let is_it = |one: &&Charge| one.payment_id.as_deref() == Some(id.as_str());
        state.behind(&id).filter(is_it).map(render::payment)
    })
}

async fn session(desk: Shared, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    look(&desk, &request, |state| state.find(&id).filter(|one| one.id == *id && one.is_session()).map(render::session))
}

async fn invoice(desk: Shared, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    look(&desk, &request, |state| state.find(&id).filter(|one| one.id == *id).map(render::invoice))
}

async fn cancel(desk: Shared, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    change(&desk, &request, |state, now, faults| {
        let one = state.find(&id).filter(|one| one.id == *id).cloned().ok_or_else(not_found)?;
        if one.status != Status::Open {
            return refuse(400, "INACTIVE_PAYMENT_REQUEST", "The payment request is no longer active.");
        }
        state.close(&one.id, Status::Canceled, now, faults);
        let closed = Charge { status: Status::Canceled, ..one };
        Ok(if closed.is_session() { render::session(&closed) } else { render::request(&closed) })
    })
    .await
}

async fn create_refund(desk: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    change(&desk, &request, |state, now, _| {
        let asked: wire::NewRefund = read(&body)?;
        let one = state.behind(&asked.payment_request_id).cloned().ok_or_else(not_found)?;
        // Here the key guards: the same again is the same refund.
        if let Some(before) = state.refunds.iter().find(|before| before.reference == asked.reference_id) {
            return Ok(render::refund(before));
        }
        if !settings::by_code(&one.channel_code).is_some_and(|channel| channel.refunds) {
            return refuse(403, "REFUND_NOT_SUPPORTED", "Refund is not supported for this channel.");
        }
        if one.paid_at.is_none() {
            return refuse(400, "INELIGIBLE_TRANSACTION_STATUS", "The payment has not succeeded.");
        }
        let of_it = || state.refunds.iter().filter(|before| before.payment_request_id == asked.payment_request_id);
        if of_it().any(|before| !before.is_done) {
            return refuse(400, "REFUND_IN_PROGRESS", "There is an ongoing refund.");
        }
        let before: i64 = of_it().map(|before| before.amount).sum();
        if asked.amount <= 0 || before + asked.amount > one.paid {
            return refuse(400, "REFUND_AMOUNT_EXCEEDED", "The refund amount exceeds the payment.");
        }
        let refund = Refund {
            id: format!("rfd-{}", render::uuid(next_ulid().0)),
            payment_request_id: asked.payment_request_id,
            reference: asked.reference_id,
            amount: asked.amount,
            metadata: json!(asked.metadata),
            created_at: now,
            is_done: false,
        };
        let shown = render::refund(&refund);
        state.refunds.push(refund);
        Ok(shown)
    })
    .await
}

#[derive(Deserialize)]
struct OfRequest {
    #[serde(default)]
    payment_request_id: String,
}

async fn refunds(desk: Shared, request: HttpRequest, query: web::Query<OfRequest>) -> HttpResponse {
    look(&desk, &request, |state| {
        let of_it = state.refunds.iter().filter(|one| one.payment_request_id == query.payment_request_id);
        Some(json!({"data": of_it.map(render::refund).collect::<Vec<_>>(), "has_more": false}))
    })
}

fn check_amount(channel: &settings::Channel, amount: i64) -> Result<(), Refusal> {
    match (channel.min_minor..=channel.max_minor).contains(&amount) {
        true => Ok(()),
        false => refuse(400, "API_VALIDATION_ERROR", "The amount is outside the limits of the channel"),
    }
}

fn end(wanted: Option<String>, channel: &settings::Channel, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let Some(text) = wanted else { return Ok(now + Duration::minutes(channel.lifetime_minutes)) };
    let at = DateTime::parse_from_rfc3339(&text).ok().map(|at| at.to_utc()).filter(|at| *at > now);
    at.ok_or((400, "API_VALIDATION_ERROR", "expires_at is not in the future".to_owned()))
}

/// What the payer enters, scans or opens; no two charges share one.
fn value(channel: &settings::Channel, number: u64, amount: i64, base: &str, id: &str) -> String {
    // Multiplied by a number without common divisor with ten, so that neighbours look different and stay unique.
    let scrambled = number.wrapping_mul(7_368_787) % 10_000_000_000;
    match (channel.kind, channel.method) {
        (Kind::Redirect, _) => format!("{base}/pay/{id}"),
        (_, "qris") => qris::example("ID.CO.XENDIT.WWW", "YUMNA SIMULASI", number, amount),
        (_, "cstore") => format!("XEN{scrambled:010}"),
        _ => format!("13610{scrambled:010}"),
    }
}
