//! The control desk: a page on which a newcomer acts as bank and clock, reads the mail and breaks things. Everything on
//! it can also be done through `/demo/api`.
use super::{CUSTOMER_EMAIL, CUSTOMER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD, state::DemoState};
use crate::{
    domain::{Ctx, Services, payments::attempt},
    integrations::sim::{Fault, FaultKind},
    kernel::{fault::CommonFault, page::PageRequest},
    web::{
        WebError, csrf, errors, filters,
        flash::{self, redirect},
        forms::SafeForm,
        frame::{Door, Frame},
        preferences,
        tone::Tone,
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::value::{Money, PaymentStatus};
use serde::Deserialize;
use serde_json::{Value, json};

/// Its address.
const HOME: &str = "/demo/desk";
/// Payments and mails shown.
const ROWS: u64 = 20;
/// How far the clock may be moved from the desk: the key of the sentence, its number, seconds.
const SPANS: &[(&str, i64, i64)] = &[
    ("desk-advance-hours", 1, 3_600),
    ("desk-advance-days", 1, 86_400),
    ("desk-advance-days", 7, 7 * 86_400),
    ("desk-advance-days", 30, 30 * 86_400),
];
/// What the bank can do with a payment that waits.
const ACTS: &[&str] = &["pay", "deny", "expire"];
/// What can be done to the cluster.
const TROUBLES: &[&str] = &["no_room", "pending_volume", "node_down", "heal"];
/// The doubles whose calls can go wrong.
const TARGETS: &[&str] = &["midtrans", "tripay", "xendit", "kubernetes", "mail"];
/// Calls a fault may hit.
const MOST_TIMES: u32 = 1_000;
/// How late a late answer may be.
const MOST_MS: u64 = 600_000;

/// Its routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/desk")
            .route("", web::get().to(show))
            .route("/bank/{act}", web::post().to(act_at_bank))
            .route("/advance", web::post().to(advance))
            .route("/faults", web::post().to(add_fault))
            .route("/faults/clear", web::post().to(clear_faults))
            .route("/cluster/{act}", web::post().to(act_at_cluster))
            .wrap(from_fn(csrf::guard))
            .wrap(from_fn(errors::render_errors)),
    );
    config.route("", web::get().to(enter));
}

async fn enter() -> HttpResponse {
    redirect(HOME)
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

/// A fault that is on, in words.
struct Trouble {
    target: &'static str,
    kind: &'static str,
    note: String,
}

/// The faults that fit a double.
struct Choices {
    target: &'static str,
    kinds: &'static [FaultKind],
}

#[derive(Template)]
#[template(path = "demo/desk.html")]
struct DeskPage {
    frame: Frame,
    spans: &'static [(&'static str, i64, i64)],
    waiting: Vec<Waiting>,
    letters: Vec<Letter>,
    troubles: Vec<Trouble>,
    choices: Vec<Choices>,
    acts: &'static [&'static str],
    cluster_acts: &'static [&'static str],
    /// Who can sign in, as what, with which password.
    people: [(&'static str, &'static str, &'static str); 2],
}

async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    demo: web::Data<DemoState>,
) -> Result<HttpResponse, WebError> {
    let services = services.into_inner();
    let (lang, theme) = preferences::of(&request);
    let mut frame = Frame::new(Door::Public, lang, theme, HOME, services.clock.now());
    frame.csrf = csrf::token_of(&services, &request);
    frame.flash = flash::of(&request, lang);
    frame.is_demo = true;
    let ctx = Ctx::system(services.clone(), "demo", "demo");
    let filter = attempt::Filter { status: Some(PaymentStatus::Pending), ..attempt::Filter::default() };
    let page = attempt::list(&ctx, &filter, &PageRequest { after: None, limit: ROWS }).await?;
    // What people confirm waits in WHM: no simulator can pay it.
    let can_be_paid_here = |gateway: &str| ctx.gateway(gateway).is_some_and(|gateway| gateway.by_people().is_none());
    let waiting = page.rows.into_iter().filter(|row| can_be_paid_here(&row.gateway)).map(|row| {
        let method = frame.word("payment-method", &row.method);
        Waiting {
            amount: Money::new(row.amount_minor, &row.currency),
            method: [Some(method), row.option.map(|option| option.to_uppercase())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            reference: row.reference,
            expires_at: row.expires_at,
        }
    });
    let desk = DeskPage {
        spans: SPANS,
        waiting: waiting.collect(),
        letters: letters(&demo).await,
        troubles: troubles(&frame, &demo),
        choices: choices(&demo),
        acts: ACTS,
        cluster_acts: TROUBLES,
        people: [
            ("desk-person-staff", STAFF_EMAIL, STAFF_PASSWORD),
            ("desk-person-customer", CUSTOMER_EMAIL, CUSTOMER_PASSWORD),
        ],
        frame,
    };
    let html = desk.render().map_err(|error| CommonFault::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}

fn choices(demo: &DemoState) -> Vec<Choices> {
    let fitting = TARGETS.iter().filter_map(|target| Some(Choices { target, kinds: demo.simulators.fits(target)? }));
    fitting.collect()
}

fn troubles(frame: &Frame, demo: &DemoState) -> Vec<Trouble> {
    let known = |target: &str| TARGETS.iter().copied().find(|known| *known == target).unwrap_or("other");
    let list = demo.simulators.faults.list();
    let shown = list.iter().map(|fault| Trouble {
        target: known(&fault.target),
        kind: fault.kind.as_str(),
        note: match &fault.path_contains {
            Some(part) => frame.ta("desk-fault-on-path", [("n", fault.times.to_string()), ("part", part.clone())]),
            None => frame.ta("desk-fault-on", [("n", fault.times)]),
        },
    });
    shown.collect()
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
struct PaymentForm {
    reference: String,
}

async fn act_at_bank(
    services: web::Data<Services>,
    demo: web::Data<DemoState>,
    act: web::Path<String>,
    form: SafeForm<PaymentForm>,
) -> Result<HttpResponse, WebError> {
    let act = ACTS.iter().find(|known| **known == act.as_str()).ok_or(CommonFault::NotFound)?;
    let ctx = Ctx::system(services.into_inner(), "demo", "demo");
    let filter = attempt::Filter { reference: Some(form.0.reference.clone()), ..attempt::Filter::default() };
    let found = attempt::list(&ctx, &filter, &PageRequest { after: None, limit: 1 }).await?;
    let payment = found.rows.first().ok_or(CommonFault::NotFound)?;
    let double = demo.simulators.find(&payment.gateway).ok_or(CommonFault::NotFound)?;
    let input = json!({ "reference": form.0.reference });
    Ok(match double.control.act(act, input).await {
        Ok(_) => flash::see_other(HOME, Tone::Good, &format!("desk-{act}-done")),
        // Paid, closed or cancelled meanwhile: the list says so.
        Err(_) => flash::see_other(HOME, Tone::Warn, "desk-bank-refused"),
    })
}

#[derive(Deserialize)]
struct AdvanceForm {
    seconds: i64,
}

async fn advance(demo: web::Data<DemoState>, form: SafeForm<AdvanceForm>) -> Result<HttpResponse, WebError> {
    if !SPANS.iter().any(|(_, _, seconds)| *seconds == form.0.seconds) {
        return Err(CommonFault::NotFound.into());
    }
    demo.advance(form.0.seconds).await.map_err(|error| CommonFault::Internal(error.to_string()))?;
    Ok(flash::see_other(HOME, Tone::Good, "desk-advanced"))
}

#[derive(Deserialize)]
struct FaultForm {
    /// Target and fault, with a colon between them.
    fault: String,
    times: String,
    #[serde(default)]
    ms: String,
    #[serde(default)]
    part: String,
}

async fn add_fault(demo: web::Data<DemoState>, form: SafeForm<FaultForm>) -> Result<HttpResponse, WebError> {
    let form = form.0;
    let Some(fault) = fault_of(&demo, &form) else {
        return Ok(flash::see_other(HOME, Tone::Bad, "desk-fault-refused"));
    };
    demo.simulators.faults.add(fault);
    Ok(flash::see_other(HOME, Tone::Good, "desk-fault-added"))
}

/// What was asked for, where it fits.
fn fault_of(demo: &DemoState, form: &FaultForm) -> Option<Fault> {
    let (target, kind) = form.fault.split_once(':')?;
    let kind =
        FaultKind::parse(kind).filter(|kind| demo.simulators.fits(target).is_some_and(|fits| fits.contains(kind)))?;
    let times = form.times.trim().parse::<u32>().ok().filter(|times| (1..=MOST_TIMES).contains(times))?;
    let delay_ms = match form.ms.trim() {
        "" => None,
        ms => Some(ms.parse::<u64>().ok().filter(|ms| *ms <= MOST_MS)?),
    };
    let part = form.part.trim();
    let path_contains = (!part.is_empty()).then(|| part.to_owned());
    Some(Fault { target: target.to_owned(), kind, times, delay_ms, path_contains })
}

/// A form that only carries its token.
#[derive(Deserialize)]
struct NothingForm {}

async fn clear_faults(demo: web::Data<DemoState>, _: SafeForm<NothingForm>) -> HttpResponse {
    demo.simulators.faults.clear();
    flash::see_other(HOME, Tone::Good, "desk-faults-cleared")
}

async fn act_at_cluster(
    demo: web::Data<DemoState>,
    act: web::Path<String>,
    _: SafeForm<NothingForm>,
) -> Result<HttpResponse, WebError> {
    let act = TROUBLES.iter().find(|known| **known == act.as_str()).ok_or(CommonFault::NotFound)?;
    let double = demo.simulators.find("kubernetes").ok_or(CommonFault::NotFound)?;
    double.control.act(act, json!({})).await.map_err(|_| CommonFault::InvalidState("not possible now"))?;
    Ok(flash::see_other(HOME, Tone::Good, &format!("desk-cluster-{}-done", act.replace('_', "-"))))
}
