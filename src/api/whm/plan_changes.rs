//! Another plan for a customer's contract, agreed with him.
use crate::{
    api::{
        ApiResult,
        extract::Body,
        panel::subscriptions::{
            AcceptedChangeOut, ChangeIn, ChangeLaterIn, ChangeQuoteIn, ChangeQuoteOut, PlanChangeOut,
        },
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{ordering::change, subscriptions::find},
    kernel::permission::can,
};
use actix_web::{HttpResponse, post, web};
use entity::value::{PlanChangeId, SubscriptionId};

/// Prices a change of a customer's contract to a higher plan: the rest of what is paid for, to the second. The quote
/// holds 15 minutes.
#[utoipa::path(tag = "whm-operations", request_body = ChangeQuoteIn, responses((status = 200, body = ChangeQuoteOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/subscriptions/{id}/change-quote")]
pub async fn quote_customers_change(
    staff: Staff<can::ChangePlans>,
    id: web::Path<SubscriptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let contract = find::get(&staff.ctx.db, &id).await?;
    let input: ChangeQuoteIn = body.parse()?;
    let quote = change::quote(&staff.ctx, &contract.customer_id, &id, &input.plan).await?;
    Ok(HttpResponse::Ok().json(ChangeQuoteOut::of(input.plan, quote)))
}

/// Agrees to a quote for the customer: his wallet's money is set aside and the plan changes, or he is mailed what to pay
/// first. A change that waits is replaced. Agreeing to the same quote again gives the same change.
#[utoipa::path(tag = "whm-operations", request_body = ChangeIn, responses((status = 202, body = AcceptedChangeOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/subscriptions/{id}/change")]
pub async fn accept_customers_change(
    staff: Fresh<can::ChangePlans>,
    id: web::Path<SubscriptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let contract = find::get(&staff.ctx.db, &id).await?;
    let (quote_id, way) = body.parse::<ChangeIn>()?.parts();
    let accepted = change::accept(&staff.ctx, &contract.customer_id, &id, &quote_id, way.as_ref()).await?;
    Ok(HttpResponse::Accepted().json(AcceptedChangeOut::from(accepted)))
}

/// Agrees for the customer that the contract is renewed with a lower plan, or in another cycle. What was agreed before is
/// replaced.
#[utoipa::path(tag = "whm-operations", request_body = ChangeLaterIn, responses((status = 200, body = PlanChangeOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/subscriptions/{id}/change-at-renewal")]
pub async fn customers_change_at_renewal(
    staff: Staff<can::ChangePlans>,
    id: web::Path<SubscriptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let contract = find::get(&staff.ctx.db, &id).await?;
    let input: ChangeLaterIn = body.parse()?;
    let change = change::later::schedule(&staff.ctx, &contract.customer_id, &id, &input.plan, &input.cycle).await?;
    Ok(HttpResponse::Ok().json(PlanChangeOut::from(change)))
}

/// Takes back a change that waits for its money or its day; the customer is told.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = PlanChangeOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/subscriptions/{id}/changes/{change}/cancel")]
pub async fn cancel_customers_change(
    staff: Staff<can::ChangePlans>,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (id, change_id) = path.into_inner();
    let (id, change_id) = (SubscriptionId::from(id), PlanChangeId::from(change_id));
    let contract = find::get(&staff.ctx.db, &id).await?;
    let change = change::cancel(&staff.ctx, &contract.customer_id, &id, &change_id).await?;
    Ok(HttpResponse::Ok().json(PlanChangeOut::from(change)))
}
