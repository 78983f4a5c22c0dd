//! The pay page: for members under `/panel/invoices/{id}/pay`, for whoever holds an invoice's link under
//! `/pay/{token}`. Both show the same state and move by themselves; without JavaScript a link refreshes them.
mod entry;
mod payment;
mod proof;
mod qr;
#[cfg(test)]
mod samples;
pub mod state;
mod transfer;
pub mod view;
mod withheld;

use crate::{
    domain::{
        Ctx,
        billing::invoice as invoices,
        payments::{PaymentError, attempt},
    },
    kernel::{
        fault::{CommonFault, Fault, Kind},
        locale,
        permission::may,
    },
    web::{
        WebError, flash,
        forms::SafeForm,
        frame::Frame,
        principal::{Member, Visitor},
        respond, sse,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use askama::Template;
use entity::{
    billing::invoice,
    value::{CustomerId, InvoiceId, PaymentId},
};
use serde::Deserialize;
use std::sync::{Arc, Mutex};
use view::{PanelPayPage, PayFragment, PayView, PublicPayPage};

/// The addresses of the pay page.
pub fn routes(config: &mut ServiceConfig) {
    const PANEL: &str = "/panel/invoices/{id}/pay";
    const PUBLIC: &str = "/pay/{token}";
    const PAYMENT: &str = "/panel/payments/{id}";
    config
        .route(PANEL, web::get().to(show_member))
        .route(PANEL, web::post().to(start_member))
        .route(&format!("{PANEL}/entry"), web::get().to(entry::of_member))
        .route(&format!("{PANEL}/live"), web::get().to(live_member))
        .route(&format!("{PANEL}/check"), web::post().to(check_member))
        .route(&format!("{PANEL}/cancel"), web::post().to(cancel_member))
        .route(&format!("{PANEL}/proof"), web::post().to(proof::of_member))
        .route(&format!("{PANEL}/withheld"), web::post().to(withheld::declare_member))
        .route(&format!("{PANEL}/withheld/undo"), web::post().to(withheld::undo_member))
        .route(&format!("{PANEL}/withheld/proof"), web::post().to(withheld::prove_member))
        .route(PUBLIC, web::get().to(show_public))
        .route(PUBLIC, web::post().to(start_public))
        .route(&format!("{PUBLIC}/entry"), web::get().to(entry::of_link))
        .route(&format!("{PUBLIC}/live"), web::get().to(live_public))
        .route(&format!("{PUBLIC}/check"), web::post().to(check_public))
        .route(&format!("{PUBLIC}/cancel"), web::post().to(cancel_public))
        .route(&format!("{PUBLIC}/proof"), web::post().to(proof::of_link))
        .route(&format!("{PUBLIC}/withheld"), web::post().to(withheld::declare_public))
        .route(&format!("{PUBLIC}/withheld/undo"), web::post().to(withheld::undo_public))
        .route(PAYMENT, web::get().to(payment::show))
        .route(&format!("{PAYMENT}/live"), web::get().to(payment::live))
        .route(&format!("{PAYMENT}/check"), web::post().to(payment::check))
        .route(&format!("{PAYMENT}/cancel"), web::post().to(payment::cancel))
        .route(&format!("{PAYMENT}/proof"), web::post().to(proof::of_top_up));
}

/// The invoice that is to be paid, and from where it is looked at.
#[derive(Clone)]
pub struct Place {
    /// The use case's view of the house.
    pub ctx: Ctx,
    /// Whose invoice.
    pub customer_id: CustomerId,
    /// The invoice.
    pub invoice: invoice::Model,
    /// Address of the page.
    pub base: String,
    /// Whether a member of the account looks: he sees wallet and services, a stranger with the link does not.
    pub is_member: bool,
}

impl Place {
    async fn of_member(member: &Member<may::Pay>, id: &str) -> Result<Self, WebError> {
        let invoice = invoices::get_for(&member.ctx.db, &member.customer_id, &InvoiceId::from(id)).await?;
        let base = format!("/panel/invoices/{}/pay", invoice.id);
        let (ctx, customer_id) = (member.ctx.clone(), member.customer_id.clone());
        Ok(Self { ctx, customer_id, invoice, base, is_member: true })
    }

    async fn of_link(visitor: &Visitor, token: &str) -> Result<Self, WebError> {
        let invoice = invoices::by_public_token(&visitor.ctx.db, token).await?;
        let base = format!("/pay/{token}");
        let customer_id = invoice.customer_id.clone();
        Ok(Self { ctx: visitor.ctx.clone(), customer_id, invoice, base, is_member: false })
    }

    /// What changes while somebody looks.
    fn topics(&self, view: &PayView) -> Vec<String> {
        let mut topics = vec![format!("invoice:{}", self.invoice.id)];
        topics.extend(view.payment_id().map(|id| format!("payment:{id}")));
        if self.is_member {
            topics.push(format!("customer:{}", self.customer_id));
        }
        topics
    }
}

/// Whether another way to pay is looked for while one is open.
#[derive(Debug, Default, Deserialize)]
pub struct ShowQuery {
    change: Option<String>,
}

async fn show_member(
    member: Member<may::Pay>,
    id: Path<String>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse, WebError> {
    let place = Place::of_member(&member, &id).await?;
    let frame = member.frame();
    let pay = state::build(&place, &frame, query.change.is_some()).await?;
    let card = state::card_entry(&place, &pay).await?;
    let mut page = respond::page(&PanelPayPage { frame, pay, card: card.clone() })?;
    entry::open_for(&mut page, card.as_ref());
    Ok(page)
}

async fn show_public(visitor: Visitor, token: Path<String>, query: Query<ShowQuery>) -> Result<HttpResponse, WebError> {
    let place = Place::of_link(&visitor, &token).await?;
    let frame = visitor.frame();
    let pay = state::build(&place, &frame, query.change.is_some()).await?;
    let card = state::card_entry(&place, &pay).await?;
    let mut page = respond::page(&PublicPayPage { frame, pay, card: card.clone() })?;
    entry::open_for(&mut page, card.as_ref());
    Ok(page)
}

/// The way that was chosen: `wallet`, or gateway, method and further choice joined by colons; and what was entered for
/// it.
#[derive(Default, Deserialize)]
pub struct StartForm {
    way: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    token_id: String,
}

impl StartForm {
    fn of_way(way: &str) -> Self {
        Self { way: way.to_owned(), ..Self::default() }
    }

    fn choice(&self) -> attempt::Choice {
        let mut parts = self.way.splitn(3, ':');
        let (gateway, method) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let entered = attempt::Entered { phone: filled(&self.phone), card_token: filled(&self.token_id) };
        attempt::Choice { entered, ..attempt::Choice::of(gateway, method, parts.next()) }
    }
}

async fn start_member(
    member: Member<may::Pay>,
    id: Path<String>,
    SafeForm(form): SafeForm<StartForm>,
) -> Result<HttpResponse, WebError> {
    start(&Place::of_member(&member, &id).await?, member.frame(), &form).await
}

async fn start_public(
    visitor: Visitor,
    token: Path<String>,
    SafeForm(form): SafeForm<StartForm>,
) -> Result<HttpResponse, WebError> {
    if form.choice().gateway == "wallet" {
        return Err(PaymentError::MethodUnavailable.into());
    }
    start(&Place::of_link(&visitor, &token).await?, visitor.frame(), &form).await
}

/// Twins of the same click get the same attempt (the domain's lock), so that a double click is harmless. A way for which
/// something has to be entered leads to the page that asks for it.
async fn start(place: &Place, frame: Frame, form: &StartForm) -> Result<HttpResponse, WebError> {
    let choice = form.choice();
    let needs = attempt::needs(&place.ctx, &choice);
    if needs.is_some() && choice.entered == attempt::Entered::default() {
        return Ok(flash::redirect(&format!("{}/entry?way={}", place.base, form.way)));
    }
    match attempt::start(&place.ctx, &place.customer_id, &place.invoice.id, &choice).await {
        Err(fault @ PaymentError::Invalid(_)) if needs.is_some() => entry::again(place, frame, form, &fault).await,
        started => back_with(place, &frame, started),
    }
}

/// Which attempt is meant.
#[derive(Debug, Deserialize)]
pub struct AttemptForm {
    payment: String,
}

async fn check_member(
    member: Member<may::Pay>,
    id: Path<String>,
    SafeForm(form): SafeForm<AttemptForm>,
) -> Result<HttpResponse, WebError> {
    check(&Place::of_member(&member, &id).await?, &member.frame(), &form.payment).await
}

async fn check_public(
    visitor: Visitor,
    token: Path<String>,
    SafeForm(form): SafeForm<AttemptForm>,
) -> Result<HttpResponse, WebError> {
    check(&Place::of_link(&visitor, &token).await?, &visitor.frame(), &form.payment).await
}

async fn check(place: &Place, frame: &Frame, payment: &str) -> Result<HttpResponse, WebError> {
    let id = own(place, payment).await?;
    let checked = attempt::check_now(&place.ctx, &place.customer_id, &id).await;
    match checked {
        Ok(payment) if payment.status.is_open() => Ok(flash::see_other(&place.base, Tone::Info, "pay-checked-not-yet")),
        other => back_with(place, frame, other),
    }
}

async fn cancel_member(
    member: Member<may::Pay>,
    id: Path<String>,
    SafeForm(form): SafeForm<AttemptForm>,
) -> Result<HttpResponse, WebError> {
    cancel(&Place::of_member(&member, &id).await?, &member.frame(), &form.payment).await
}

async fn cancel_public(
    visitor: Visitor,
    token: Path<String>,
    SafeForm(form): SafeForm<AttemptForm>,
) -> Result<HttpResponse, WebError> {
    cancel(&Place::of_link(&visitor, &token).await?, &visitor.frame(), &form.payment).await
}

async fn cancel(place: &Place, frame: &Frame, payment: &str) -> Result<HttpResponse, WebError> {
    let id = own(place, payment).await?;
    match attempt::request_cancel(&place.ctx, &place.customer_id, &id).await {
        Ok(_) => Ok(flash::see_other(&format!("{}?change=1", place.base), Tone::Info, "pay-cancelling")),
        Err(fault) => back_with::<()>(place, frame, Err(fault)),
    }
}

/// An attempt of this very invoice; the link of one invoice opens no other.
async fn own(place: &Place, payment: &str) -> Result<PaymentId, WebError> {
    let found = attempt::get_for(&place.ctx.db, &place.customer_id, &PaymentId::from(payment)).await?;
    if found.invoice_id.as_ref() == Some(&place.invoice.id) { Ok(found.id) } else { Err(CommonFault::NotFound.into()) }
}

/// Back to the page, which shows where things stand now; what was refused is said above it.
fn back_with<T>(place: &Place, frame: &Frame, result: Result<T, PaymentError>) -> Result<HttpResponse, WebError> {
    own_back(&place.base, frame, result)
}

fn own_back<T>(base: &str, frame: &Frame, result: Result<T, PaymentError>) -> Result<HttpResponse, WebError> {
    match result {
        Ok(_) | Err(PaymentError::InvoiceNotPayable) => Ok(flash::redirect(base)),
        Err(fault) if matches!(fault.kind(), Kind::Internal | Kind::NotFound) => Err(fault.into()),
        Err(fault) => {
            let key = format!("error-{}", fault.code().to_lowercase().replace('_', "-"));
            let plain = fault.args().is_empty() && locale::exists(frame.lang, &key);
            let tone = if matches!(fault, PaymentError::GatewayUnknown { .. }) { Tone::Warn } else { Tone::Bad };
            Ok(flash::see_other(base, tone, if plain { &key } else { "pay-refused" }))
        }
    }
}

async fn live_member(
    member: Member<may::Pay>,
    id: Path<String>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse, WebError> {
    live(Place::of_member(&member, &id).await?, member.frame(), query.change.is_some()).await
}

async fn live_public(visitor: Visitor, token: Path<String>, query: Query<ShowQuery>) -> Result<HttpResponse, WebError> {
    live(Place::of_link(&visitor, &token).await?, visitor.frame(), query.change.is_some()).await
}

/// Sends the state anew when it has changed; being woken without a change leaves the page (and open guides) alone.
async fn live(place: Place, frame: Frame, wants_change: bool) -> Result<HttpResponse, WebError> {
    let shown = state::build(&place, &frame, wants_change).await?;
    let topics = place.topics(&shown);
    let services = place.ctx.services.clone();
    let last = Arc::new(Mutex::new(None));
    let render: sse::Render = Box::new(move || {
        let (place, frame, last) = (place.clone(), frame.clone(), last.clone());
        Box::pin(async move { changed(place, frame, wants_change, &last).await.into_iter().collect() })
    });
    Ok(sse::stream(&services, topics, render))
}

async fn changed(
    mut place: Place,
    mut frame: Frame,
    wants_change: bool,
    last: &Mutex<Option<PayView>>,
) -> Option<sse::Event> {
    frame.now = place.ctx.now();
    place.invoice = invoices::get(&place.ctx.db, &place.invoice.id).await.ok()?;
    let pay = state::build(&place, &frame, wants_change).await.ok()?;
    {
        let mut last = last.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if last.as_ref() == Some(&pay) {
            return None;
        }
        *last = Some(pay.clone());
    }
    let data = PayFragment { frame, pay }.render().ok()?;
    Some(sse::Event { name: None, data })
}
