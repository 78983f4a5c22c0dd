//! The control desk: a page on which a newcomer acts as bank, mail reader and clock. Everything on it can also be done
//! through `/demo/api`.
use super::state::DemoState;
use crate::{
    domain::{Ctx, Services, payments::attempt},
    kernel::{fault::CommonFault, page::PageRequest},
    web::{
        WebError, csrf, errors, filters,
        flash::redirect,
        forms::SafeForm,
        frame::{Door, Frame},
        preferences,
    },
};
use actix_web::{HttpRequest, HttpResponse, middleware::from_fn, web};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::value::{Money, PaymentStatus};
use serde::Deserialize;
use serde_json::{Value, json};

/// Payments and mails shown.
const ROWS: u64 = 20;
/// Days the clock may be moved from the desk.
const DAYS: &[i64] = &[1, 7, 30];

/// Its routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/desk")
            .route("", web::get().to(show))
            .route("/pay", web::post().to(pay))
            .route("/advance", web::post().to(advance))
            .wrap(from_fn(csrf::guard))
            .wrap(from_fn(errors::render_errors)),
    );
    config.route("", web::get().to(enter));
}

async fn enter() -> HttpResponse {
    redirect("/demo/desk")
}

struct Waiting {
    reference: String,
    amount: Money,
    method: String,
    expires_at: DateTime<Utc>,
}

struct Letter {
    to: String,
    subject: String,
    text: String,
    links: Vec<String>,
}

#[derive(Template)]
#[template(path = "demo/desk.html")]
struct DeskPage {
    frame: Frame,
    now: DateTime<Utc>,
    days: &'static [i64],
    waiting: Vec<Waiting>,
    letters: Vec<Letter>,
}

async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    demo: web::Data<DemoState>,
) -> Result<HttpResponse, WebError> {
    let services = services.into_inner();
    let (lang, theme) = preferences::of(&request);
    let mut frame = Frame::new(Door::Public, lang, theme, "/demo/desk", services.clock.now());
    frame.csrf = csrf::token_of(&services, &request);
    frame.is_demo = true;
    let ctx = Ctx::system(services.clone(), "demo", "demo");
    let filter = attempt::Filter { status: Some(PaymentStatus::Pending), ..attempt::Filter::default() };
    let page = attempt::list(&ctx, &filter, &PageRequest { after: None, limit: ROWS }).await?;
    let waiting = page
        .rows
        .into_iter()
        .map(|row| Waiting {
            amount: Money::new(row.amount_minor, &row.currency),
            method: [Some(row.method), row.option].into_iter().flatten().collect::<Vec<_>>().join(" "),
            reference: row.reference,
            expires_at: row.expires_at,
        })
        .collect();
    let desk = DeskPage { now: services.clock.now(), days: DAYS, waiting, letters: letters(&demo).await, frame };
    let html = desk.render().map_err(|error| CommonFault::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}

async fn letters(demo: &DemoState) -> Vec<Letter> {
    let Some(double) = demo.simulators.find("mail") else { return Vec::new() };
    let found = double.control.act("mails", json!({})).await.unwrap_or_default();
    let text = |mail: &Value, key: &str| mail[key].as_str().unwrap_or_default().to_owned();
    let rows = found["data"].as_array().cloned().unwrap_or_default();
    rows.iter()
        .take(usize::try_from(ROWS).unwrap_or(usize::MAX))
        .map(|mail| Letter {
            to: text(mail, "to"),
            subject: text(mail, "subject"),
            text: text(mail, "text"),
            links: mail["links"]
                .as_array()
                .map(|links| links.iter().filter_map(|link| link.as_str().map(str::to_owned)).collect())
                .unwrap_or_default(),
        })
        .collect()
}

#[derive(Deserialize)]
struct PayForm {
    reference: String,
}

async fn pay(demo: web::Data<DemoState>, form: SafeForm<PayForm>) -> Result<HttpResponse, WebError> {
    let double = demo.simulators.find("midtrans").ok_or(CommonFault::NotFound)?;
    let input = json!({ "reference": form.0.reference });
    double.control.act("pay", input).await.map_err(|_| CommonFault::InvalidState("not payable"))?;
    Ok(redirect("/demo/desk"))
}

#[derive(Deserialize)]
struct AdvanceForm {
    days: i64,
}

async fn advance(demo: web::Data<DemoState>, form: SafeForm<AdvanceForm>) -> Result<HttpResponse, WebError> {
    if !DAYS.contains(&form.0.days) {
        return Err(CommonFault::NotFound.into());
    }
    demo.advance(form.0.days * 86_400).await.map_err(|error| CommonFault::Internal(error.to_string()))?;
    Ok(redirect("/demo/desk"))
}
