//! Another plan for a service: choose, see what it costs to the second, agree.
#[cfg(test)]
pub mod samples;
pub mod view;

use crate::{
    domain::{
        Ctx, ledger,
        ordering::{
            OrderingError,
            change::{self, Quote},
            pricing,
        },
        payments::{accounts, attempt::Choice},
        subscriptions,
    },
    kernel::{
        fault::{CommonFault, Fault, Kind},
        permission::may,
    },
    web::{
        WebError, errors, flash, form_errors::FormErrors, forms::SafeForm, frame::Frame, panel::Nothing,
        principal::Member, respond, tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Path, ServiceConfig},
};
use entity::value::{PlanChangeId, PlanChangeStatus, SubscriptionId};
use serde::Deserialize;
use view::{Choices, ChoosePage, ConfirmPage, Facts};

/// The addresses of changes of plan.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/subscriptions/{id}/change", web::get().to(choose))
        .route("/panel/subscriptions/{id}/change", web::post().to(quote))
        .route("/panel/subscriptions/{id}/change/later", web::post().to(schedule))
        .route("/panel/subscriptions/{id}/change/{change}", web::get().to(show))
        .route("/panel/subscriptions/{id}/change/{change}", web::post().to(accept))
        .route("/panel/subscriptions/{id}/change/{change}/cancel", web::post().to(cancel));
}

fn home(id: &SubscriptionId) -> String {
    format!("/panel/subscriptions/{id}")
}

/// `GET /panel/subscriptions/{id}/change`: the plans there are.
async fn choose(member: Member<may::Pay>, id: Path<SubscriptionId>) -> Result<HttpResponse, WebError> {
    let page = choose_page(&member, &id, FormErrors::none()).await?;
    respond::page(&page)
}

async fn choose_page(
    member: &Member<may::Pay>,
    id: &SubscriptionId,
    errors: FormErrors,
) -> Result<ChoosePage, WebError> {
    let (ctx, customer_id) = (&member.ctx, &member.customer_id);
    let view = subscriptions::find::view_owned(ctx, customer_id, id).await?;
    let now = change::choices(ctx, customer_id, id).await?;
    let later = change::later::choices(ctx, customer_id, id).await?;
    let tax = pricing::buyer_tax(ctx, Some(customer_id)).await?;
    Ok(ChoosePage::build(member.frame(), &view, Choices { now: &now, later: &later }, &tax, errors)?)
}

/// Which plan.
#[derive(Deserialize)]
pub struct PlanForm {
    #[serde(default)]
    plan: String,
}

/// `POST /panel/subscriptions/{id}/change`: what it costs.
async fn quote(
    member: Member<may::Pay>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<PlanForm>,
) -> Result<HttpResponse, WebError> {
    match change::quote(&member.ctx, &member.customer_id, &id, &form.plan).await {
        Ok(Quote { change, .. }) => Ok(flash::redirect(&format!("{}/change/{}", home(&id), change.id))),
        Err(fault) if matches!(fault.kind(), Kind::Invalid | Kind::Conflict) => {
            refused(&member, &id, "plan", errors::sentence(&member.frame(), &fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The choices again, with what is wrong at one of them.
async fn refused(
    member: &Member<may::Pay>,
    id: &SubscriptionId,
    field: &str,
    sentence: String,
) -> Result<HttpResponse, WebError> {
    let mut errors = FormErrors::none();
    errors.add(field, sentence);
    respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &choose_page(member, id, errors).await?)
}

/// What it is to be renewed with: the code of a plan and a cycle, `n8n-basic:annually`.
#[derive(Deserialize)]
pub struct LaterForm {
    #[serde(default)]
    terms: String,
}

/// `POST /panel/subscriptions/{id}/change/later`: from the next period on.
async fn schedule(
    member: Member<may::Pay>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<LaterForm>,
) -> Result<HttpResponse, WebError> {
    let (plan, cycle) = form.terms.rsplit_once(':').unwrap_or_default();
    match change::later::schedule(&member.ctx, &member.customer_id, &id, plan, cycle).await {
        Ok(_) => Ok(flash::see_other(&home(&id), Tone::Good, "panel-change-scheduled")),
        Err(fault) if matches!(fault.kind(), Kind::Invalid | Kind::Conflict) => {
            let sentence = match fault {
                OrderingError::Invalid(_) => member.frame().t("panel-change-later-unknown"),
                fault => errors::sentence(&member.frame(), &fault),
            };
            refused(&member, &id, "terms", sentence).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /panel/subscriptions/{id}/change/{change}`: the lines, and the button that agrees to them.
async fn show(member: Member<may::Pay>, path: Path<(SubscriptionId, PlanChangeId)>) -> Result<HttpResponse, WebError> {
    let (id, change_id) = path.into_inner();
    let page = confirm_page(&member, &id, &change_id, FormErrors::none()).await?;
    respond::page(&page)
}

async fn confirm_page(
    member: &Member<may::Pay>,
    id: &SubscriptionId,
    change_id: &PlanChangeId,
    errors: FormErrors,
) -> Result<ConfirmPage, WebError> {
    let (ctx, customer_id): (&Ctx, _) = (&member.ctx, &member.customer_id);
    let view = subscriptions::find::view_owned(ctx, customer_id, id).await?;
    let quote = change::get_quote(ctx, customer_id, id, change_id).await?;
    let plan = change::plan_of(ctx, &quote.change).await?;
    let balance_minor =
        ledger::balance_minor(&ctx.db, customer_id, &quote.change.currency).await.map_err(CommonFault::from)?;
    let spendable_minor = ledger::spendable_minor(&ctx.db, customer_id, &quote.change.currency).await?;
    let offers = match spendable_minor < quote.change.total_minor {
        true => accounts::plain_methods_for(ctx, quote.change.total_minor).await?,
        false => Vec::new(),
    };
    let coupon = change::coupon_after(ctx, &quote.change).await?;
    let tax = pricing::buyer_tax(ctx, Some(customer_id)).await?;
    let facts = Facts {
        view: &view,
        plan: &plan,
        quote: &quote,
        tax: &tax,
        balance_minor,
        spendable_minor,
        coupon: coupon.as_ref(),
        offers: &offers,
    };
    Ok(ConfirmPage::build(member.frame(), &facts, errors)?)
}

/// How what the wallet lacks is paid.
#[derive(Deserialize)]
pub struct AcceptForm {
    #[serde(default)]
    method: String,
}

/// `POST /panel/subscriptions/{id}/change/{change}`: agreed. Sent twice, it is agreed once.
async fn accept(
    member: Member<may::Pay>,
    path: Path<(SubscriptionId, PlanChangeId)>,
    SafeForm(form): SafeForm<AcceptForm>,
) -> Result<HttpResponse, WebError> {
    let (id, change_id) = path.into_inner();
    let way = Choice::parse(&form.method);
    let accepted = change::accept(&member.ctx, &member.customer_id, &id, &change_id, way.as_ref()).await;
    match accepted {
        Ok(accepted) => {
            let waits = accepted.change.status == PlanChangeStatus::AwaitingPayment;
            match accepted.payment.filter(|_| waits) {
                Some(payment) => Ok(flash::redirect(&format!("/panel/payments/{}", payment.id))),
                None => Ok(flash::see_other(&home(&id), Tone::Info, "panel-change-begun")),
            }
        }
        Err(OrderingError::QuoteExpired) => {
            Ok(flash::see_other(&format!("{}/change", home(&id)), Tone::Warn, "panel-change-expired"))
        }
        Err(fault) if matches!(fault.kind(), Kind::Invalid | Kind::Conflict) => {
            let mut errors = FormErrors::none();
            errors.add("method", errors::sentence(&member.frame(), &fault));
            let page = confirm_page(&member, &id, &change_id, errors).await?;
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /panel/subscriptions/{id}/change/{change}/cancel`: not any more, while it waits for its money or its day.
async fn cancel(
    member: Member<may::Pay>,
    path: Path<(SubscriptionId, PlanChangeId)>,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    let (id, change_id) = path.into_inner();
    change::cancel(&member.ctx, &member.customer_id, &id, &change_id).await?;
    Ok(flash::see_other(&home(&id), Tone::Good, "panel-change-cancelled"))
}

/// What the page of a service says about a change that is not over.
///
/// # Errors
/// The database.
pub async fn under_way(ctx: &Ctx, frame: &Frame, id: &SubscriptionId) -> Result<Option<view::UnderWay>, WebError> {
    let Some(change) = change::find::open_of(&ctx.db, id).await.map_err(CommonFault::from)? else { return Ok(None) };
    let plan = change::plan_of(ctx, &change).await?;
    let tax = pricing::buyer_tax(ctx, Some(&change.customer_id)).await?;
    Ok(Some(view::UnderWay::build(frame, &change, &plan, &tax)?))
}
