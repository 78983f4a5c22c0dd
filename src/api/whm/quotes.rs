//! `/api/whm/quotes`: price quotes as staff make them.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, named},
        idempotent::{self, Answer},
        panel::quotes::{QuoteAnswer, QuoteList, QuoteOut},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        ordering::quote::{
            self, LineInput, QuoteInput, What,
            find::{self, Filter},
        },
    },
    kernel::{
        fault::CommonFault,
        permission::{Permission, can},
    },
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use entity::value::{CustomerId, QuoteId, QuoteItemId, QuoteStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which quotes.
#[derive(Deserialize, IntoParams)]
pub struct QuoteQuery {
    /// `draft`, `sent`, `accepted`, `declined`, `expired` or `withdrawn`; all where nobody says.
    status: Option<String>,
    /// Only of this customer.
    customer_id: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

/// Price quotes, newest first, with their lines.
#[utoipa::path(tag = "whm-operations", params(QuoteQuery), responses((status = 200, body = QuoteList), (status = 403, body = Problem)))]
#[get("/api/whm/quotes")]
pub async fn list_all_quotes(staff: Staff<can::ReadQuotes>, query: web::Query<QuoteQuery>) -> ApiResult<HttpResponse> {
    let QuoteQuery { status, customer_id, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), QuoteStatus::parse)?;
    let filter = Filter { status, customer_id: customer_id.map(CustomerId), number: None };
    let page = find::list(&staff.ctx.db, &filter, &PageQuery { cursor, limit }.request()?).await;
    let page = page.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(QuoteList::of(&staff.ctx, page, true).await?))
}

/// One price quote.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = QuoteOut), (status = 404, body = Problem)))]
#[get("/api/whm/quotes/{id}")]
pub async fn show_any_quote(staff: Staff<can::ReadQuotes>, id: web::Path<QuoteId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(shape(&staff, &id).await?))
}

async fn shape<P: Permission>(staff: &Staff<P>, id: &QuoteId) -> ApiResult<QuoteOut> {
    QuoteOut::one(&staff.ctx, find::get_full(&staff.ctx.db, id).await?, true).await
}

/// A line: either `plan` and `cycle`, or `description` and `price`.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
struct QuoteLineIn {
    /// The line it replaces.
    #[serde(default)]
    id: Option<String>,
    /// Code of a plan, hidden ones too.
    #[serde(default)]
    #[schema(example = "n8n-basic")]
    plan: Option<String>,
    #[serde(default)]
    #[schema(example = "monthly")]
    cycle: Option<String>,
    /// Words of a line that is no plan.
    #[serde(default)]
    description: Option<String>,
    /// How many; 1 where nobody says.
    #[serde(default)]
    quantity: Option<i64>,
    /// Price of one; of a line in words net. Of a plan: another one than the shop's, for the first cycle and for renewals.
    #[serde(default)]
    price: Option<i64>,
    /// Another setup fee than the shop's.
    #[serde(default)]
    setup_fee: Option<i64>,
    /// Whether these other prices hold the tax; as the shop's where nobody says.
    #[serde(default)]
    tax_included: Option<bool>,
    /// Why another price than the shop's; needed where there is one.
    #[serde(default)]
    reason: Option<String>,
}

impl From<QuoteLineIn> for LineInput {
    fn from(line: QuoteLineIn) -> Self {
        let what = match line.plan {
            Some(plan) => What::Plan {
                plan,
                cycle: line.cycle.unwrap_or_default(),
                price_minor: line.price,
                setup_minor: line.setup_fee,
                tax_included: line.tax_included,
                reason: line.reason.unwrap_or_default(),
            },
            // Without a price it is refused as one that is out of range.
            None => {
                What::Words { description: line.description.unwrap_or_default(), unit_minor: line.price.unwrap_or(-1) }
            }
        };
        Self { id: line.id.map(QuoteItemId), quantity: line.quantity.unwrap_or(1), what }
    }
}

#[derive(Deserialize, ToSchema)]
struct QuoteIn {
    customer_id: String,
    /// The last day (of Jakarta) on which it can be accepted; 14 days from now where nobody says (setting).
    #[serde(default)]
    valid_until: Option<NaiveDate>,
    /// Words before the lines.
    #[serde(default)]
    intro: String,
    /// Words after the lines.
    #[serde(default)]
    terms: String,
    #[serde(default)]
    lines: Vec<QuoteLineIn>,
}

/// Makes a draft of a price quote.
#[utoipa::path(tag = "whm-operations", request_body = QuoteIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = QuoteAnswer), (status = 403, body = Problem)))]
#[post("/api/whm/quotes")]
pub async fn create_quote(staff: Staff<can::ManageQuotes>, key: IdempotencyKey, body: Body) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: QuoteIn = body.parse()?;
        let new = QuoteInput {
            valid_until: input.valid_until,
            intro: input.intro,
            terms: input.terms,
            lines: input.lines.into_iter().map(LineInput::from).collect(),
        };
        Ok(quote::create(ctx, &CustomerId(input.customer_id), new).await?.id.0)
    };
    let tell = async |id: &str| Answer::created(&QuoteAnswer { quote: shape(&staff, &QuoteId::from(id)).await? });
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct QuoteChangeIn {
    #[serde(default)]
    valid_until: Option<NaiveDate>,
    #[serde(default)]
    intro: Option<String>,
    #[serde(default)]
    terms: Option<String>,
    /// All lines, in their order; those that are not named go.
    #[serde(default)]
    lines: Option<Vec<QuoteLineIn>>,
}

/// Changes a draft. What is not named stays as it is; a quote that was sent is copied instead.
#[utoipa::path(tag = "whm-operations", request_body = QuoteChangeIn, responses((status = 200, body = QuoteOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[patch("/api/whm/quotes/{id}")]
pub async fn change_quote(
    staff: Staff<can::ManageQuotes>,
    id: web::Path<QuoteId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    let change: QuoteChangeIn = body.parse()?;
    let apply = |input: &mut QuoteInput| {
        input.valid_until = change.valid_until.or(input.valid_until);
        input.intro = change.intro.unwrap_or_else(|| std::mem::take(&mut input.intro));
        input.terms = change.terms.unwrap_or_else(|| std::mem::take(&mut input.terms));
        if let Some(lines) = change.lines {
            input.lines = lines.into_iter().map(LineInput::from).collect();
        }
    };
    quote::revise(&staff.ctx, &id, apply).await?;
    Ok(HttpResponse::Ok().json(shape(&staff, &id).await?))
}

/// Sends a draft to its customer. Sending it again changes nothing.
///
/// The words of plans are put into the customer's language. A plan that is not sold any more is 409 `QUOTE_PLAN_GONE`.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = QuoteAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/quotes/{id}/send")]
pub async fn send_quote(staff: Staff<can::ManageQuotes>, id: web::Path<QuoteId>) -> ApiResult<HttpResponse> {
    quote::send(&staff.ctx, &id, None).await?;
    Ok(HttpResponse::Ok().json(QuoteAnswer { quote: shape(&staff, &id).await? }))
}

#[derive(Deserialize, ToSchema)]
struct WithdrawIn {
    /// Why.
    reason: String,
}

/// Takes back a quote that nobody has answered yet, or a draft nobody needs.
#[utoipa::path(tag = "whm-operations", request_body = WithdrawIn, responses((status = 200, body = QuoteAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/quotes/{id}/withdraw")]
pub async fn withdraw_quote(
    staff: Staff<can::ManageQuotes>,
    id: web::Path<QuoteId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    quote::withdraw(&staff.ctx, &id, &body.parse::<WithdrawIn>()?.reason, None).await?;
    Ok(HttpResponse::Ok().json(QuoteAnswer { quote: shape(&staff, &id).await? }))
}

/// Makes a new draft of a quote, at its prices. A plan that is not sold any more is 409 `QUOTE_PLAN_GONE`.
#[utoipa::path(tag = "whm-operations", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = QuoteAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/quotes/{id}/copy")]
pub async fn copy_quote(
    staff: Staff<can::ManageQuotes>,
    id: web::Path<QuoteId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| Ok(quote::copy(ctx, &id).await?.id.0);
    let tell = async |made: &str| Answer::created(&QuoteAnswer { quote: shape(&staff, &QuoteId::from(made)).await? });
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}
