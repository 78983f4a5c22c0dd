//! The simulated Tripay's side of the wire.
use super::{
    super::{map, settings, wire},
    render,
    state::{State, Status, Transaction, fee},
};
use crate::integrations::{gateways::qris, sim::desk::Desk};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::{DateTime, Duration, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use subtle::ConstantTimeEq;

type Shared = web::Data<Arc<Desk<State>>>;
/// A refusal: HTTP status and sentence.
type Refusal = (StatusCode, String);

/// The routes, with and without the path that official clients put before them.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    for prefix in ["/api-sandbox", ""] {
        let path = |rest: &str| format!("{prefix}{rest}");
        config
            .route(&path("/transaction/create"), web::post().to(create))
            .route(&path("/transaction/detail"), web::get().to(detail))
            .route(&path("/merchant/transactions"), web::get().to(list))
            .route(&path("/merchant/payment-channel"), web::get().to(channels));
    }
}

fn refuse<T>(words: impl Into<String>) -> Result<T, Refusal> {
    Err((StatusCode::BAD_REQUEST, words.into()))
}

fn answer(result: Result<Value, Refusal>) -> HttpResponse {
    match result {
        Ok(data) => HttpResponse::Ok().json(json!({"success": true, "message": "", "data": data})),
        Err((status, words)) => HttpResponse::build(status).json(json!({"success": false, "message": words})),
    }
}

fn authorize(desk: &Desk<State>, request: &HttpRequest) -> Result<(), Refusal> {
    let expected = desk.look(|state| format!("Bearer {}", state.api_key));
    let given = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    match given == Some(expected.as_str()) {
        true => Ok(()),
        false => Err((StatusCode::UNAUTHORIZED, "Invalid API Key".to_owned())),
    }
}

fn base_url(request: &HttpRequest) -> String {
    let info = request.connection_info();
    format!("{}://{}", info.scheme(), info.host())
}

async fn create(desk: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    if let Err(refused) = authorize(&desk, &request) {
        return answer(Err(refused));
    }
    let (dashboard, base) = (desk.dashboard_url(), base_url(&request));
    let done = desk.change(|state, now, _| {
        let one = read_create(state, &request, &body, &dashboard, now)?;
        let shown = render::detail(&one, &base);
        state.insert(one);
        Ok(shown)
    });
    let done = done.unwrap_or_else(|| Err((StatusCode::INTERNAL_SERVER_ERROR, "Internal error".to_owned())));
    if let Ok(made) = &done {
        desk.report_first(request.path(), made["merchant_ref"].as_str().unwrap_or_default()).await;
    }
    answer(done)
}

#[derive(Deserialize)]
struct ByReference {
    #[serde(default)]
    reference: String,
}

async fn detail(desk: Shared, request: HttpRequest, query: web::Query<ByReference>) -> HttpResponse {
    if let Err(refused) = authorize(&desk, &request) {
        return answer(Err(refused));
    }
    let base = base_url(&request);
    let found = desk.look(|state| {
        let one = state.find(&query.reference).filter(|one| one.reference == query.reference);
        one.map(|one| render::detail(one, &base))
    });
    answer(found.ok_or_else(|| (StatusCode::NOT_FOUND, "Transaction not found".to_owned())))
}

#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    merchant_ref: String,
}

async fn list(desk: Shared, request: HttpRequest, query: web::Query<Filter>) -> HttpResponse {
    if let Err(refused) = authorize(&desk, &request) {
        return answer(Err(refused));
    }
    let rows: Vec<Value> = desk.look(|state| state.of_merchant(&query.merchant_ref).map(render::entry).collect());
    let total = rows.len();
    let pagination = json!({"sort": "desc", "current_page": 1, "last_page": 1, "per_page": 50, "total_records": total});
    HttpResponse::Ok().json(json!({"success": true, "message": "", "data": rows, "pagination": pagination}))
}

async fn channels(desk: Shared, request: HttpRequest) -> HttpResponse {
    if let Err(refused) = authorize(&desk, &request) {
        return answer(Err(refused));
    }
    let shown = settings::CHANNELS.iter().map(|one| {
        json!({
            "group": one.method, "code": one.code, "name": one.name,
            "type": if one.method == "bank_transfer" { "direct" } else { "redirect" },
            "fee_merchant": {"flat": fee(one, one.min_minor), "percent": 0},
            "fee_customer": {"flat": 0, "percent": 0},
            "total_fee": {"flat": fee(one, one.min_minor), "percent": "0.00"},
            "minimum_fee": null, "maximum_fee": null,
            "minimum_amount": one.min_minor, "maximum_amount": one.max_minor,
            "icon_url": "", "active": true,
        })
    });
    answer(Ok(shown.collect()))
}

fn read_create(
    state: &mut State,
    request: &HttpRequest,
    body: &[u8],
    dashboard: &str,
    now: DateTime<Utc>,
) -> Result<Transaction, Refusal> {
    let is_json = request.content_type().contains("json");
    let raw = if is_json { serde_json::from_slice(body).ok() } else { from_form(body) };
    let asked: Option<wire::Create> = raw.and_then(|raw: Value| serde_json::from_value(raw).ok());
    let Some(asked) = asked else { return refuse("Parameter tidak lengkap") };
    let Some(channel) = settings::by_code(&asked.method) else { return refuse("Payment channel tidak ditemukan") };
    let key = SecretString::from(state.private_key.clone());
    let signature = map::signature(&key, &state.merchant_code, &asked.merchant_ref, asked.amount);
    if !bool::from(signature.as_bytes().ct_eq(asked.signature.as_bytes())) {
        return refuse("Invalid signature");
    }
    if !(channel.min_minor..=channel.max_minor).contains(&asked.amount) {
        return refuse(format!("Nominal {} sampai {}", channel.min_minor, channel.max_minor));
    }
    let add = |sum: i64, item: &wire::Item| sum.checked_add(item.price.checked_mul(item.quantity)?);
    if asked.order_items.iter().try_fold(0, add) != Some(asked.amount) {
        return refuse("Total order_items tidak sama dengan amount");
    }
    let expires_at = match asked.expired_time {
        None => now + Duration::days(1),
        Some(seconds) => DateTime::from_timestamp(seconds, 0).unwrap_or(now),
    };
    // One second of grace: the time is sent in whole seconds.
    let shortest = now + Duration::minutes(channel.min_minutes) - Duration::seconds(1);
    if !(shortest..=now + Duration::minutes(channel.max_minutes)).contains(&expires_at) {
        return refuse("expired_time di luar batas channel");
    }
    let number = state.next();
    let cost = fee(channel, asked.amount);
    let (fee_merchant, fee_customer) = if state.customer_bears_fees { (0, cost) } else { (cost, 0) };
    Ok(Transaction {
        reference: format!("DEV-T{number:012}"),
        merchant_ref: asked.merchant_ref,
        method: asked.method,
        amount: asked.amount,
        fee_merchant,
        fee_customer,
        customer_name: asked.customer_name,
        customer_email: asked.customer_email,
        item_name: asked.order_items.into_iter().next().map(|item| item.name).unwrap_or_default(),
        pay_code: pay_code(channel, number, asked.amount + fee_customer),
        status: Status::Unpaid,
        expires_at,
        paid_at: None,
        callback_url: asked.callback_url.unwrap_or_else(|| dashboard.to_owned()),
    })
}

/// What the payer enters or scans; no two transactions share one. E-wallets lead on by a page.
fn pay_code(channel: &settings::Channel, number: u64, payable: i64) -> Option<String> {
    // Multiplied by a number without common divisor with ten, so that neighbours look different and stay unique.
    let scrambled = number.wrapping_mul(7_368_787) % 10_000_000_000;
    match channel.method {
        "qris" => Some(qris::example("ID.CO.SHOPEE.WWW", "YUMNA SIMULASI", number, payable)),
        "bank_transfer" => Some(format!("50809{scrambled:010}")),
        "cstore" => Some(format!("{}{scrambled:010}", channel.code.chars().take(2).collect::<String>())),
        _ => None,
    }
}

/// `order_items[0][name]=…` as official clients send it.
fn from_form(body: &[u8]) -> Option<Value> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).ok()?;
    let mut asked = Map::new();
    let mut items: Vec<Map<String, Value>> = Vec::new();
    for (name, text) in pairs {
        let value = text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
        let Some(rest) = name.strip_prefix("order_items[") else {
            let is_number = matches!(name.as_str(), "amount" | "expired_time");
            asked.insert(name, if is_number { value } else { json!(text) });
            continue;
        };
        let (index, field) = rest.strip_suffix(']')?.split_once("][")?;
        let index: usize = index.parse().ok().filter(|index| *index < 100)?;
        items.resize(Ord::max(items.len(), index + 1), Map::new());
        items[index].insert(field.to_owned(), if field == "name" { json!(text) } else { value });
    }
    asked.insert("order_items".to_owned(), json!(items));
    Some(Value::Object(asked))
}
