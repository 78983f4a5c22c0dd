//! What a payer enters before some ways can be used: a telephone number, or his card, `{base}/entry?way=…`. It is sent
//! to the pay page itself. A card is read by the gateway's own script, which only this page may load besides our own.
use super::{
    Place, StartForm,
    view::{Ask, EntryView, PanelEntryPage, PublicEntryPage},
};
use crate::{
    domain::{
        billing::withholding,
        customers,
        payments::{accounts, attempt},
    },
    integrations::gateways::{CardEntry, Entry},
    kernel::{
        fault::{CommonFault, Fault},
        permission::may,
    },
    web::{
        WebError, content_policy, flash,
        form_errors::FormErrors,
        frame::Frame,
        principal::{Member, Visitor},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Path, Query},
};
use entity::value::Money;
use serde::Deserialize;

/// Which way is meant.
#[derive(Debug, Deserialize)]
pub struct EntryQuery {
    #[serde(default)]
    way: String,
}

/// `GET /panel/invoices/{id}/pay/entry`
pub async fn of_member(
    member: Member<may::Pay>,
    id: Path<String>,
    query: Query<EntryQuery>,
) -> Result<HttpResponse, WebError> {
    let place = Place::of_member(&member, &id).await?;
    show(&place, member.frame(), &StartForm::of_way(&query.way), FormErrors::none()).await
}

/// `GET /pay/{token}/entry`
pub async fn of_link(
    visitor: Visitor,
    token: Path<String>,
    query: Query<EntryQuery>,
) -> Result<HttpResponse, WebError> {
    let place = Place::of_link(&visitor, &token).await?;
    show(&place, visitor.frame(), &StartForm::of_way(&query.way), FormErrors::none()).await
}

/// The page once more with what is wrong.
pub async fn again(place: &Place, frame: Frame, form: &StartForm, fault: &dyn Fault) -> Result<HttpResponse, WebError> {
    let errors = FormErrors::of_fault(&frame, fault);
    show(place, frame, form, errors).await
}

async fn show(place: &Place, frame: Frame, form: &StartForm, errors: FormErrors) -> Result<HttpResponse, WebError> {
    let choice = form.choice();
    let ctx = &place.ctx;
    let amount = withholding::asked_minor(&ctx.db, frame.now, &place.invoice).await.map_err(CommonFault::from)?;
    let offers = accounts::methods_for(ctx, amount).await?;
    let is_it = |offer: &&accounts::Offer| offer.gateway == choice.gateway && choice.names(&offer.method);
    // Nothing is open any more, or nothing has to be entered: the pay page says what there is.
    let leads_on = || Ok(flash::redirect(&format!("{}?change=1", place.base)));
    let Some(offer) = offers.iter().find(is_it) else { return leads_on() };
    let ask = match offer.method.needs {
        Some(Entry::Phone) => Ask::Phone(phone(place, form).await?),
        Some(Entry::Card) => match card_entry(place, &choice).await? {
            Some(card) => Ask::Card(card),
            None => return leads_on(),
        },
        None => return leads_on(),
    };
    let entry = EntryView {
        base: place.base.clone(),
        number: place.invoice.number.clone().unwrap_or_default(),
        amount: Money::new(amount, &place.invoice.currency),
        way: form.way.clone(),
        name: offer.method.name.to_owned(),
        ask,
        errors,
    };
    let status = if entry.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let card = match &entry.ask {
        Ask::Card(card) => Some(card.clone()),
        Ask::Phone(_) => None,
    };
    let mut page = match place.is_member {
        true => respond::page_with(status, &PanelEntryPage { frame, entry })?,
        false => respond::page_with(status, &PublicEntryPage { frame, entry })?,
    };
    open_for(&mut page, card.as_ref());
    Ok(page)
}

/// Lets a page load the script that reads a card.
pub fn open_for(page: &mut HttpResponse, card: Option<&CardEntry>) {
    let policy = card.and_then(|card| header::HeaderValue::from_str(&content_policy::with_card_entry(card)).ok());
    if let Some(policy) = policy {
        page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// What was typed; otherwise what a member's profile knows. A stranger with the link is told no number.
async fn phone(place: &Place, form: &StartForm) -> Result<String, WebError> {
    if !form.phone.is_empty() || !place.is_member {
        return Ok(form.phone.clone());
    }
    Ok(customers::get(&place.ctx.db, &place.customer_id).await?.phone.unwrap_or_default())
}

/// What the page needs to let the gateway of `choice` read a card.
pub async fn card_entry(place: &Place, choice: &attempt::Choice) -> Result<Option<CardEntry>, WebError> {
    let account = accounts::open(&place.ctx, &choice.gateway, None).await?;
    Ok(account.gateway.card_entry(&account.settings))
}
