//! The simulated Midtrans' side of the wire.
use super::{
    super::{
        map,
        settings::{self, Door},
        wire,
    },
    cards,
    desk::Desk,
    pages, render,
    state::{Refusal, State, Status, Transaction},
};
use crate::integrations::gateways::qris;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Duration, Utc};
use entity::value::next_ulid;
use serde_json::Value;
use std::sync::Arc;

/// A phone that OVO does not know (the vendor's own sandbox uses it).
const NO_OVO: &str = "+628249134000";
const NOT_FOUND: &str = "Transaction doesn't exist.";
/// Addresses one header may name.
const MAX_NOTIFICATION_URLS: usize = 2;
/// Longest life of a virtual account and of a QR code.
const MAX_VA_LIFETIME: Duration = Duration::days(180);
const MAX_QRIS_LIFETIME: Duration = Duration::days(5);
/// How long the bank waits for a card's proof.
const CARD_LIFETIME: Duration = Duration::minutes(10);

/// The routes.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v2/charge", web::post().to(charge))
        .configure(cards::routes)
        .configure(pages::routes)
        .route("/v2/{id}/status", web::get().to(status))
        .route("/v2/{id}/{verb}", web::post().to(manage));
}

async fn charge(desk: web::Data<Arc<Desk>>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    if let Err(refused) = authorize(&desk, &request) {
        return answer(Err(refused));
    }
    let urls = notification_urls(&desk, &request);
    let key = header_text(&request, "Idempotency-Key").filter(|key| key.len() <= 46);
    let made = desk.change(|state, now, faults| {
        if let Some(before) = key.as_deref().and_then(|key| state.remembered(key, now)) {
            return Ok(before);
        }
        let transaction = read_charge(state, &body, urls, &own_url(&request), now)?;
        let order_id = transaction.order_id.clone();
        // Permata and Indomaret ignore idempotency keys.
        let is_deaf = |one: &str| matches!(one, "permata" | "indomaret");
        let key = key.filter(|_| !transaction.bank.as_deref().is_some_and(is_deaf));
        state.insert(transaction, now, faults);
        let made = state.find(&order_id).map(|one| render::charge(one, state)).unwrap_or_default();
        if let Some(key) = key {
            state.remember(key, made.clone(), now);
        }
        Ok(made)
    });
    report_first(&desk, &request, &made).await;
    answer(made)
}

async fn status(desk: web::Data<Arc<Desk>>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    if let Err(refused) = authorize(&desk, &request) {
        return answer(Err(refused));
    }
    answer(desk.look(|state| {
        let found = state.find_for(&id, is_from_snap(&request)).map(|one| render::status(one, state));
        found.ok_or_else(|| Refusal::new(404, NOT_FOUND))
    }))
}

async fn manage(
    desk: web::Data<Arc<Desk>>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: web::Bytes,
) -> HttpResponse {
    if let Err(refused) = authorize(&desk, &request) {
        return answer(Err(refused));
    }
    let (id, verb) = path.into_inner();
    let done = desk.change(|state, now, faults| {
        let found = state.find_for(&id, is_from_snap(&request)).cloned();
        let known = found.ok_or_else(|| Refusal::new(404, NOT_FOUND))?;
        let order_id = known.order_id;
        let is_pending = known.status == Status::Pending;
        let is_doubted = known.status == Status::Capture && known.doubt.as_deref() == Some("challenge");
        match verb.as_str() {
            "approve" if is_doubted => state.approve(&order_id, now, faults),
            "deny" if is_doubted => state.close(&order_id, Status::Deny, now, faults),
            "cancel" if known.status == Status::Capture => state.close(&order_id, Status::Cancel, now, faults),
            "cancel" if is_pending => state.close(&order_id, Status::Cancel, now, faults),
            "expire" if is_pending => state.close(&order_id, Status::Expire, now, faults),
            "cancel" | "expire" | "approve" | "deny" => return Err(Refusal::wrong_state()),
            "refund" => {
                let refund = serde_json::from_slice(&body).map_err(|error| Refusal::invalid(error.to_string()))?;
                return refund_now(state, &order_id, &refund, now, faults);
            }
            _ => return Err(Refusal::new(404, "The requested resource is not found.")),
        }
        state.find(&order_id).map(|one| render::status(one, state)).ok_or_else(Refusal::wrong_state)
    });
    report_first(&desk, &request, &done).await;
    answer(done)
}

fn refund_now(
    state: &mut State,
    order_id: &str,
    request: &wire::Refund,
    now: DateTime<Utc>,
    faults: &crate::integrations::sim::Faults,
) -> Result<Value, Refusal> {
    state.refund(order_id, request, now, faults)?;
    let found = state.find(order_id).map(|one| render::refund(one, state, &request.refund_key));
    found.ok_or_else(Refusal::wrong_state)
}

/// Sends the report before the answer where that fault is on.
pub(super) async fn report_first(desk: &Desk, request: &HttpRequest, done: &Result<Value, Refusal>) {
    if let Ok(body) = done
        && let Some(order_id) = body["order_id"].as_str()
    {
        desk.report_first(request.path(), order_id).await;
    }
}

/// Whether a call speaks of an order that was born on a page.
fn is_from_snap(request: &HttpRequest) -> bool {
    header_text(request, "transaction-source").as_deref() == Some("SNAP_API")
}

/// Where this double listens.
pub(super) fn own_url(request: &HttpRequest) -> String {
    let info = request.connection_info();
    format!("{}://{}", info.scheme(), info.host())
}

pub(super) fn authorize(desk: &Desk, request: &HttpRequest) -> Result<(), Refusal> {
    let expected = desk.look(|state| format!("Basic {}", STANDARD.encode(format!("{}:", state.server_key))));
    if header_text(request, header::AUTHORIZATION.as_str()) == Some(expected) {
        return Ok(());
    }
    Err(Refusal::new(401, "Transaction cannot be authorized with the current client/server key."))
}

fn answer(result: Result<Value, Refusal>) -> HttpResponse {
    match result {
        Ok(body) => HttpResponse::Ok().json(body),
        Err(refused) => {
            // The verdict is in the body; HTTP tells only of a wrong key and of the vendor's own trouble.
            let status = match refused.code {
                401 => StatusCode::UNAUTHORIZED,
                500 => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::OK,
            };
            HttpResponse::build(status).json(render::refusal(&refused))
        }
    }
}

fn header_text(request: &HttpRequest, name: &str) -> Option<String> {
    Some(request.headers().get(name)?.to_str().ok()?.to_owned())
}

pub(super) fn notification_urls(desk: &Desk, request: &HttpRequest) -> Vec<String> {
    let listed = |name| {
        let text = header_text(request, name).unwrap_or_default();
        let urls = text.split(',').map(str::trim).filter(|url| url.starts_with("http"));
        urls.take(MAX_NOTIFICATION_URLS).map(str::to_owned).collect::<Vec<_>>()
    };
    let instead = listed("X-Override-Notification");
    if !instead.is_empty() {
        return instead;
    }
    let mut urls = vec![desk.dashboard_url()];
    urls.extend(listed("X-Append-Notification"));
    urls
}

fn read_charge(
    state: &mut State,
    body: &[u8],
    notification_urls: Vec<String>,
    own_url: &str,
    now: DateTime<Utc>,
) -> Result<Transaction, Refusal> {
    let raw: Value = serde_json::from_slice(body).map_err(|_| Refusal::new(413, "The request body is malformed."))?;
    if raw.is_null() {
        return Err(Refusal::new(500, "Sorry. Our system is recovering from unexpected issues. Please retry."));
    }
    let request: wire::Charge = serde_json::from_value(raw).map_err(|error| Refusal::invalid(error.to_string()))?;
    check(state, &request)?;
    let details = &request.transaction_details;
    let bank = chosen(&request);
    let expires_at = expiry(&request, now)?;
    let (payer, doubt) = payer_of(state, &request)?;
    let number = state.next();
    let transaction_id = render::uuid(next_ulid().0);
    let payment_code = payment_code(&request.payment_type, bank.as_deref(), number, details.gross_amount);
    Ok(Transaction {
        transaction_id,
        order_id: details.order_id.clone(),
        gross_amount: details.gross_amount,
        payment_type: request.payment_type.clone(),
        bank,
        payment_code,
        doubt,
        payer,
        return_url: return_url(&request),
        own_url: own_url.to_owned(),
        is_from_page: false,
        status: Status::Pending,
        created_at: now,
        expires_at,
        settled_at: None,
        paid: Vec::new(),
        refunds: Vec::new(),
        custom_field1: request.custom_field1,
        notification_urls,
    })
}

/// The bank or store of a charge.
fn chosen(request: &wire::Charge) -> Option<String> {
    let bank = request.bank_transfer.as_ref().map(|transfer| &transfer.bank);
    bank.or(request.cstore.as_ref().map(|store| &store.store)).map(|one| one.to_ascii_lowercase())
}

fn return_url(request: &wire::Charge) -> Option<String> {
    let gopay = request.gopay.as_ref().filter(|object| object.enable_callback).map(|object| &object.callback_url);
    gopay.or(request.shopeepay.as_ref().map(|object| &object.callback_url)).cloned()
}

/// Whose phone or card it is, and what the fraud detection thinks of the card. A token is used up by its first charge.
fn payer_of(state: &mut State, request: &wire::Charge) -> Result<(Option<String>, Option<String>), Refusal> {
    if let Some(ovo) = &request.ovo {
        if ovo.payer_phone_number == NO_OVO {
            return Err(Refusal::new(404, "The phone number is not registered in OVO."));
        }
        return Ok((Some(ovo.payer_phone_number.clone()), None));
    }
    let Some(card) = &request.credit_card else { return Ok((None, None)) };
    let token = state.use_token(&card.token_id);
    let masked = token.ok_or_else(|| Refusal::new(411, "Credit card token is missing, invalid, or timed out."))?;
    let doubt = cards::doubt(&masked).map(str::to_owned);
    Ok((Some(masked), doubt))
}

fn check(state: &State, request: &wire::Charge) -> Result<(), Refusal> {
    let details = &request.transaction_details;
    if map::check_reference(&details.order_id).is_err() {
        return Err(Refusal::invalid("transaction_details.order_id has an invalid format"));
    }
    if details.gross_amount < 1 {
        return Err(Refusal::invalid("transaction_details.gross_amount must be greater than or equal to 0.01"));
    }
    let items: Option<i64> = request
        .item_details
        .iter()
        .try_fold(0_i64, |sum, item| sum.checked_add(item.price.checked_mul(item.quantity)?));
    if !request.item_details.is_empty() && items != Some(details.gross_amount) {
        return Err(Refusal::invalid("transaction_details.gross_amount is not equal to the sum of item_details"));
    }
    let bank = chosen(request);
    let way = settings::way(&request.payment_type, bank.as_deref());
    if way.is_none_or(|way| way.door != Door::Core) {
        return Err(Refusal::new(402, "Payment channel is not activated."));
    }
    if request.payment_type == "echannel" && request.echannel.is_none() {
        return Err(Refusal::invalid("echannel.bill_info1 is required"));
    }
    if let Some(missing) = missing(request) {
        return Err(Refusal::invalid(format!("{missing} is required")));
    }
    if state.is_taken(&details.order_id) {
        let words = "The request could not be completed due to a conflict with the current state of the target resource, please try again";
        return Err(Refusal::new(406, words));
    }
    Ok(())
}

/// What a way cannot do without.
fn missing(request: &wire::Charge) -> Option<&'static str> {
    let payer = request.customer_details.as_ref();
    let has_payer = payer.is_some_and(|payer| !payer.last_name.is_empty() && !payer.email.is_empty());
    match request.payment_type.as_str() {
        "shopeepay" if request.shopeepay.is_none() => Some("shopeepay.callback_url"),
        "ovo" if request.ovo.is_none() => Some("ovo.payer_phone_number"),
        "credit_card" if request.credit_card.is_none() => Some("credit_card.token_id"),
        "cstore" if !has_payer => Some("customer_details.last_name"),
        "akulaku" | "kredivo" if !has_payer || request.item_details.is_empty() => Some("customer_details"),
        _ => None,
    }
}

fn expiry(request: &wire::Charge, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let is_short = matches!(request.payment_type.as_str(), "qris" | "gopay" | "shopeepay");
    let own = match request.payment_type.as_str() {
        "ovo" => Some(settings::OVO_LIFETIME),
        "credit_card" => Some(CARD_LIFETIME),
        _ => None,
    };
    if own.is_some() && request.custom_expiry.is_some() {
        return Err(Refusal::invalid("custom_expiry is not supported"));
    }
    let Some(wanted) = &request.custom_expiry else {
        let usual = if is_short { Duration::minutes(15) } else { Duration::hours(24) };
        return Ok(now + own.unwrap_or(usual));
    };
    let from = match &wanted.order_time {
        None => now,
        Some(text) => DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z")
            .map_err(|_| Refusal::invalid("custom_expiry.order_time has an invalid format"))?
            .to_utc(),
    };
    let second = match wanted.unit.as_deref() {
        Some("second") => Some(1),
        None | Some("minute") => Some(60),
        Some("hour") => Some(3_600),
        Some("day") => Some(86_400),
        Some(_) => None,
    };
    let limit = if is_short { MAX_QRIS_LIFETIME } else { MAX_VA_LIFETIME };
    let lifetime = second
        .and_then(|seconds| wanted.expiry_duration.checked_mul(seconds))
        .and_then(Duration::try_seconds)
        .filter(|lifetime| *lifetime >= Duration::seconds(20) && *lifetime <= limit)
        .ok_or_else(|| Refusal::invalid("custom_expiry.expiry_duration is out of range"))?;
    Ok(from + lifetime)
}

/// What the payer enters or scans; no two transactions share one.
pub(super) fn payment_code(payment_type: &str, bank: Option<&str>, number: u64, amount: i64) -> String {
    // Multiplied by a number without common divisor with ten, so that neighbours look different and stay unique.
    let scrambled = number.wrapping_mul(7_368_787) % 10_000_000_000;
    match (payment_type, bank) {
        ("qris", _) => qr_code(number, amount),
        ("echannel", _) => format!("77{scrambled:010}"),
        ("cstore", _) => format!("{scrambled:014}"),
        (_, Some("bca")) => format!("81278{scrambled:010}"),
        (_, Some("bni")) => format!("988127{scrambled:010}"),
        (_, Some("bri")) => format!("26215812{scrambled:010}"),
        (_, Some("cimb")) => format!("512908{scrambled:010}"),
        _ => format!("877812{scrambled:010}"),
    }
}

fn qr_code(number: u64, amount: i64) -> String {
    let template = |fields: &[(&str, &str)]| qris::join(fields).expect("these constant fields are short ASCII");
    let account =
        template(&[("00", "COM.GO-JEK.WWW"), ("01", "936009143000000018"), ("02", "G000000001"), ("03", "UKE")]);
    let national = template(&[("00", "ID.CO.QRIS.WWW"), ("02", "ID1020000000018"), ("03", "UKE")]);
    let (reference, amount) = (format!("{number:020}"), map::decimal(amount));
    let additional = template(&[("05", reference.as_str()), ("07", "A01")]);
    qris::encode(&[
        ("00", "01"),
        ("01", "12"),
        ("26", account.as_str()),
        ("51", national.as_str()),
        ("52", "4816"),
        ("53", "360"),
        ("58", "ID"),
        ("59", "YUMNA SIMULASI"),
        ("60", "JAKARTA"),
        ("61", "10110"),
        ("54", amount.as_str()),
        ("62", additional.as_str()),
    ])
    .expect("constant fields and a 64-bit amount are short ASCII")
}
