//! The pages the simulated Midtrans sends payers to: an e-wallet's app, a bank that proves a card, a lender, and Snap.
//! One page stands for all of them: it says who asks for how much, and lets one pay or refuse.
use super::{
    super::{
        map,
        settings::{self, Door},
        wire,
    },
    cards,
    desk::Desk,
    http::{authorize, notification_urls, own_url, payment_code, report_first},
    render,
    state::{Refusal, SnapPage, Status, Transaction},
};
use crate::integrations::gateways::call;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Path, Query},
};
use chrono::{DateTime, Duration, Utc};
use entity::value::next_ulid;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = web::Data<Arc<Desk>>;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/snap/v1/transactions", web::post().to(open))
        .route("/snap/v3/redirection/{token}", web::get().to(choose))
        .route("/simulator/{id}", web::get().to(show))
        .route("/simulator/{id}/{act}", web::post().to(act));
}

fn refuse(status: u16, words: impl Into<String>) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(json!({"error_messages": [words.into()]}))
}

/// `POST /snap/v1/transactions`
async fn open(desk: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    if authorize(&desk, &request).is_err() {
        return refuse(401, "Access denied due to unauthorized transaction, please check client or server key");
    }
    let asked = serde_json::from_slice::<Value>(&body).ok().filter(|body| !body.is_null());
    let asked = asked.and_then(|body| serde_json::from_value::<wire::SnapRequest>(body).ok());
    let Some(asked) = asked else { return refuse(400, "transaction_details.order_id is required") };
    let (urls, own) = (notification_urls(&desk, &request), own_url(&request));
    let made = desk.change(|state, now, _| {
        let details = &asked.transaction_details;
        if state.is_taken(&details.order_id) {
            return Err(Refusal::new(400, "transaction_details.order_id has already been taken"));
        }
        if map::check_reference(&details.order_id).is_err() || details.gross_amount < 1 {
            return Err(Refusal::new(400, "transaction_details.gross_amount must be greater than or equal to 0.01"));
        }
        let payment = asked.enabled_payments.first().cloned().unwrap_or_default();
        let way = settings::WAYS.iter().find(|way| way.door == Door::Snap(leak_free(&payment)));
        let way = way.ok_or_else(|| Refusal::new(400, "enabled_payments is not activated for this merchant"))?;
        let number = state.next();
        let bank = way.offer.option.map(str::to_owned);
        let draft = Transaction {
            transaction_id: format!("A1{}", render::uuid(next_ulid().0)),
            order_id: details.order_id.clone(),
            gross_amount: details.gross_amount,
            payment_type: way.offer.method.to_owned(),
            payment_code: payment_code(way.offer.method, bank.as_deref(), number, details.gross_amount),
            bank,
            doubt: None,
            payer: None,
            return_url: asked.callbacks.as_ref().map(|callbacks| callbacks.finish.clone()),
            own_url: own.clone(),
            is_from_page: true,
            status: Status::Pending,
            created_at: now,
            expires_at: end(&asked, now)?,
            settled_at: None,
            paid: Vec::new(),
            refunds: Vec::new(),
            custom_field1: asked.custom_field1.clone(),
            notification_urls: urls,
        };
        let token = render::uuid(next_ulid().0);
        state.open_page(SnapPage { token: token.clone(), payment, draft });
        Ok(json!({"token": token, "redirect_url": format!("{own}/snap/v3/redirection/{token}")}))
    });
    report_first(&desk, &request, &made).await;
    match made {
        Ok(page) => HttpResponse::Created().json(page),
        Err(refused) => refuse(refused.code, refused.message),
    }
}

/// The name of a way as the settings know it.
fn leak_free(payment: &str) -> &'static str {
    let known = settings::WAYS.iter().filter_map(|way| match way.door {
        Door::Snap(name) => Some(name),
        Door::Core => None,
    });
    known.into_iter().find(|name| *name == payment).unwrap_or_default()
}

fn end(asked: &wire::SnapRequest, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let Some(wanted) = &asked.expiry else { return Ok(now + Duration::hours(24)) };
    let minutes = match wanted.unit.as_str() {
        "minute" | "minutes" => Some(wanted.duration),
        "hour" | "hours" => wanted.duration.checked_mul(60),
        "day" | "days" => wanted.duration.checked_mul(24 * 60),
        _ => None,
    };
    let lifetime = minutes.and_then(Duration::try_minutes).filter(|lifetime| *lifetime > Duration::zero());
    Ok(now + lifetime.ok_or_else(|| Refusal::new(400, "expiry.duration is invalid"))?)
}

/// `GET /snap/v3/redirection/{token}`: the one way the page offers is chosen by opening it.
async fn choose(desk: Shared, token: Path<String>) -> HttpResponse {
    let chosen = desk.change(|state, now, faults| {
        let page = state.page(&token).map(|page| (page.draft.order_id.clone(), page.draft.transaction_id.clone()));
        let (order_id, id) = page.ok_or_else(|| Refusal::new(404, "The page is over."))?;
        state.choose(&order_id, now, faults);
        Ok(id)
    });
    match chosen {
        Ok(id) => see(&format!("/simulator/{id}")),
        Err(refused) => HttpResponse::NotFound().content_type("text/html; charset=utf-8").body(refused.message),
    }
}

#[derive(Deserialize)]
struct Back {
    /// Where the payer comes back to; the vendor's script names it.
    callback_url: Option<String>,
}

/// `GET /simulator/{id}`
async fn show(desk: Shared, id: Path<String>, back: Query<Back>) -> HttpResponse {
    let found = desk.look(|state| state.find(&id).cloned());
    let Some(one) = found else { return HttpResponse::NotFound().finish() };
    let back = back.into_inner().callback_url.or(one.return_url.clone());
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page(&one, back.as_deref().unwrap_or_default()))
}

#[derive(Deserialize)]
struct Decision {
    #[serde(default)]
    back: String,
}

/// `POST /simulator/{id}/pay` or `/refuse`
async fn act(desk: Shared, path: Path<(String, String)>, form: web::Form<Decision>) -> HttpResponse {
    let (id, act) = path.into_inner();
    let done = desk.change(|state, now, faults| {
        let one = state.find(&id).cloned().ok_or_else(|| Refusal::new(404, "There is no such transaction."))?;
        if one.status != Status::Pending {
            return Ok(());
        }
        let is_refused = one.payer.as_deref().is_some_and(cards::is_refused);
        match act.as_str() {
            "pay" if !is_refused => state.settle(&one.order_id, one.gross_amount, now, faults),
            "pay" | "refuse" => state.close(&one.order_id, Status::Deny, now, faults),
            _ => return Err(Refusal::new(404, "There is no such act.")),
        }
        Ok(())
    });
    match done {
        Ok(()) => match call::web_address(Some(&form.back)) {
            Some(back) => see(&back),
            None => see(&format!("/simulator/{id}")),
        },
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

fn see(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, place.to_owned())).finish()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn page(one: &Transaction, back: &str) -> String {
    let name = settings::way(&one.payment_type, one.bank.as_deref()).map_or("Midtrans", |way| way.offer.name);
    let number = match one.payment_type.as_str() {
        "bank_transfer" => format!("<p>Nomor virtual account: <code>{}</code></p>", escape(&one.payment_code)),
        _ => String::new(),
    };
    let acts = match one.status {
        Status::Pending => format!(
            r#"<form method="post" action="/simulator/{id}/pay"><input type="hidden" name="back" value="{back}"><button id="pay">Bayar</button></form>
<form method="post" action="/simulator/{id}/refuse"><input type="hidden" name="back" value="{back}"><button id="refuse">Tolak</button></form>"#,
            id = escape(&one.transaction_id),
            back = escape(back),
        ),
        status => format!("<p>Status: {}</p>", status.as_str()),
    };
    format!(
        r#"<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{name} (simulasi)</title>
<main style="max-width:24rem;margin:4rem auto;padding:0 1rem;font:1rem/1.5 system-ui"><h1>{name}</h1><p>Halaman simulasi. Tidak ada uang yang berpindah.</p>
<p>{order}</p><p><strong>Rp {amount}</strong></p>{number}{acts}</main></html>"#,
        order = escape(&one.order_id),
        amount = one.gross_amount,
    )
}
