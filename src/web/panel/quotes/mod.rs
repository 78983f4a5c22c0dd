//! Price quotes as their customer sees and answers them.
pub mod view;

use super::{page_of, services::CursorQuery};
use crate::{
    domain::{
        identity::IdentityError,
        ordering::{
            OrderingError,
            quote::{
                self,
                find::{self, Full},
            },
        },
    },
    kernel::{
        fault::{CommonFault, Fault, Kind},
        permission::{MemberRight, may},
    },
    web::{
        WebError, errors, flash, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Member,
        public::quote::view::QuoteCard, respond, tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Path, Query, ServiceConfig},
};
use entity::value::QuoteId;
use serde::Deserialize;
use std::collections::BTreeMap;
use view::{Answer, Asked, IndexPage, QuoteRow, Refusal, ShowPage};

/// Quotes on a page.
const LIMIT: u64 = 25;

/// The addresses of quotes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/quotes", web::get().to(index))
        .route("/panel/quotes/{id}", web::get().to(show))
        .route("/panel/quotes/{id}/pdf", web::get().to(pdf))
        .route("/panel/quotes/{id}/accept", web::post().to(accept))
        .route("/panel/quotes/{id}/decline", web::post().to(decline));
}

async fn index(member: Member<may::Read>, query: Query<CursorQuery>) -> Result<HttpResponse, WebError> {
    let request = page_of(query.cursor.as_deref(), LIMIT)?;
    let found = find::list_owned(&member.ctx.db, &member.customer_id, &request).await;
    let page = found.map_err(CommonFault::from)?;
    let frame = member.frame();
    let rows = page.rows.iter().map(|row| QuoteRow::build(&frame, row)).collect();
    let next = page.next_cursor.map(|cursor| format!("/panel/quotes?cursor={cursor}")).unwrap_or_default();
    respond::page(&IndexPage { rows, next, frame })
}

async fn show(member: Member<may::Read>, id: Path<QuoteId>) -> Result<HttpResponse, WebError> {
    let full = find::get_owned(&member.ctx.db, &member.customer_id, &id).await?;
    let may_pay = member.may::<may::Pay>();
    respond::page(&page(&member, &full, may_pay, &BTreeMap::new(), |_| (FormErrors::none(), None)).await?)
}

/// The page of a quote; `wrong` says what is to be mended in the answer.
async fn page<R: MemberRight>(
    member: &Member<R>,
    full: &Full,
    may_pay: bool,
    typed: &BTreeMap<String, String>,
    wrong: impl FnOnce(&Frame) -> (FormErrors, Option<Refusal>),
) -> Result<ShowPage, WebError> {
    let frame = member.frame();
    let card = QuoteCard::build(&frame, full, format!("/panel/quotes/{}/pdf", full.quote.id));
    let order_url = full.quote.order_id.as_ref().map(|id| format!("/panel/orders/{id}"));
    let (errors, refusal) = wrong(&frame);
    let is_for_others = card.is_open && !may_pay;
    let answer = match card.is_open && may_pay {
        false => None,
        true => {
            let asked = quote::questioned(&member.ctx.db, &full.items).await.map_err(CommonFault::from)?;
            let here = format!("/panel/quotes/{}", full.quote.id);
            Some(Answer {
                accept_url: format!("{here}/accept"),
                decline_url: format!("{here}/decline"),
                asked: Asked::all(frame.lang, &asked, typed),
                is_verified: member.signed_in.user.email_verified_at.is_some(),
                email: member.signed_in.user.email.clone(),
                errors,
            })
        }
    };
    Ok(ShowPage { quote: card, order_url, refusal, answer, is_for_others, frame })
}

async fn pdf(member: Member<may::Read>, id: Path<QuoteId>) -> Result<HttpResponse, WebError> {
    let full = find::get_owned(&member.ctx.db, &member.customer_id, &id).await?;
    Ok(respond::pdf(quote::pdf(&member.ctx, &full).await?))
}

/// `POST /panel/quotes/{id}/accept`: the answers are fields `config.<position>.<name>`.
async fn accept(
    member: Member<may::Pay>,
    id: Path<QuoteId>,
    SafeForm(form): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let full = find::get_owned(&member.ctx.db, &member.customer_id, &id).await?;
    if form.get("accepted_terms").is_none_or(|ticked| ticked.is_empty()) && full.quote.order_id.is_none() {
        let refusal = |frame: &Frame| (FormErrors::none(), Some(Refusal::plain(frame.t("checkout-accept"))));
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &page(&member, &full, true, &form, refusal).await?);
    }
    let answers = view::answers(&form);
    match quote::accept(&member.ctx, &member.customer_id, &member.user_id, &id, &answers).await {
        Ok(order) => {
            let invoice = order.invoice_id.map(|invoice| format!("/panel/invoices/{invoice}/pay"));
            Ok(flash::redirect(&invoice.unwrap_or_else(|| format!("/panel/orders/{}", order.id))))
        }
        Err(fault) if is_for_the_page(&fault) => {
            // Where it stands may be why it was refused.
            let full = find::get_owned(&member.ctx.db, &member.customer_id, &id).await?;
            let status = match fault.kind() {
                Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                Kind::Forbidden => StatusCode::FORBIDDEN,
                _ => StatusCode::CONFLICT,
            };
            let wrong = |frame: &Frame| (view::errors_of(frame, &fault), Some(refusal_of(frame, &fault)));
            refuse(status, &page(&member, &full, true, &form, wrong).await?)
        }
        Err(fault) => Err(fault.into()),
    }
}

fn refuse(status: StatusCode, page: &ShowPage) -> Result<HttpResponse, WebError> {
    respond::page_with(status, page)
}

/// Whether it is for the customer to mend, or at least to understand.
fn is_for_the_page(fault: &OrderingError) -> bool {
    matches!(
        fault,
        OrderingError::Invalid(_)
            | OrderingError::QuoteNotOpen(_)
            | OrderingError::QuoteOutdated
            | OrderingError::QuotePlanGone(_)
            | OrderingError::QuotaExceeded(_)
            | OrderingError::UpgradeRequired(_)
            | OrderingError::DuplicateSubscription(_)
            | OrderingError::ShopClosed
            | OrderingError::AccountNotServed
            | OrderingError::Identity(IdentityError::EmailNotVerified)
    )
}

/// What was refused, and where it goes on.
fn refusal_of(frame: &Frame, fault: &OrderingError) -> Refusal {
    let with = |label: &str, href: String| Refusal {
        text: errors::sentence(frame, fault),
        link: Some((frame.t(label), href)),
    };
    match fault {
        OrderingError::QuotaExceeded(_) => Refusal::plain(frame.t("panel-quote-full")),
        OrderingError::QuotePlanGone(plan) => {
            Refusal::plain(frame.ta("panel-quote-plan-gone", [("plan", plan.as_str())]))
        }
        OrderingError::UpgradeRequired(id) => with("checkout-to-service", format!("/panel/subscriptions/{id}")),
        OrderingError::DuplicateSubscription(id) => with("action-pay-now", format!("/panel/invoices/{id}/pay")),
        OrderingError::Identity(_) => with("verify-action", "/verify".to_owned()),
        _ => Refusal::plain(errors::sentence(frame, fault)),
    }
}

/// Why not, as typed.
#[derive(Deserialize)]
pub struct DeclineForm {
    #[serde(default)]
    reason: String,
}

/// `POST /panel/quotes/{id}/decline`
async fn decline(
    member: Member<may::Pay>,
    id: Path<QuoteId>,
    SafeForm(form): SafeForm<DeclineForm>,
) -> Result<HttpResponse, WebError> {
    quote::decline(&member.ctx, &member.customer_id, &id, &form.reason).await?;
    Ok(flash::see_other(&format!("/panel/quotes/{id}"), Tone::Good, "panel-quote-declined"))
}
