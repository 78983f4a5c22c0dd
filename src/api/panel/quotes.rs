//! `/api/panel/quotes`: price quotes and the customer's answer.
use super::orders::{PlacedOut, placed_out};
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        files,
        idempotent::{self, Answer},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        ordering::quote::{
            self,
            find::{self, Full, standing},
        },
    },
    kernel::{
        fault::CommonFault,
        page::Page,
        permission::{MemberRight, may},
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::{OrderId, PlanId, QuoteId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A price quote.
#[derive(Serialize, ToSchema)]
pub struct QuoteOut {
    id: String,
    /// Null while it is a draft.
    number: Option<String>,
    customer_id: String,
    /// draft, sent, accepted, declined, expired or withdrawn.
    status: &'static str,
    /// Words before the lines.
    intro: String,
    /// Words after the lines.
    terms: String,
    /// The last day (of Jakarta) on which it can be accepted.
    valid_until: NaiveDate,
    /// Net.
    subtotal: i64,
    tax: i64,
    /// To the unit what the invoice of its order asks for.
    total: i64,
    currency: String,
    /// Why it was declined or withdrawn.
    reason: Option<String>,
    /// The order it became.
    order_id: Option<String>,
    /// Where it is read without signing in; null while it is a draft.
    url: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    /// When it was accepted, declined or withdrawn, or expired.
    decided_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    lines: Vec<QuoteLineOut>,
}

/// A line of a price quote: a plan for a cycle, or something in words.
#[derive(Serialize, ToSchema)]
struct QuoteLineOut {
    id: String,
    /// Place on the quote, from 1 on; answers to its questions are given under it.
    position: i32,
    /// Code of the plan; null for a line in words.
    plan: Option<String>,
    cycle: Option<&'static str>,
    description: String,
    quantity: i64,
    /// Agreed price of one; renewals cost it too.
    price: i64,
    /// Agreed setup fee of one.
    setup_fee: i64,
    /// What the shop asked for one then; null where it wrote its prices otherwise.
    list_price: Option<i64>,
    /// Whether these prices hold the tax; who owes none pays what is left of them.
    tax_included: bool,
    /// Why another price than the shop's was agreed on.
    price_reason: Option<String>,
}

/// A page of price quotes.
#[derive(Serialize, ToSchema)]
pub struct QuoteList {
    data: Vec<QuoteOut>,
    next_cursor: Option<String>,
}

/// A price quote as the answer to an act.
#[derive(Serialize, ToSchema)]
pub struct QuoteAnswer {
    pub quote: QuoteOut,
}

impl QuoteOut {
    /// The shape of a quote. What staff noted about prices is theirs alone.
    fn of(ctx: &Ctx, full: Full, codes: &HashMap<PlanId, String>, is_staff: bool) -> Self {
        let row = full.quote;
        let line = |item: entity::ordering::quote_item::Model| QuoteLineOut {
            id: item.id.0,
            position: item.position,
            plan: item.plan_id.and_then(|id| codes.get(&id).cloned()),
            cycle: item.cycle.map(|cycle| cycle.as_str()),
            description: item.description,
            quantity: item.quantity,
            price: item.unit_minor,
            setup_fee: item.setup_minor,
            list_price: item.list_minor,
            tax_included: item.tax_included,
            price_reason: item.price_reason.filter(|_| is_staff),
        };
        Self {
            status: standing(&row, ctx.now()).as_str(),
            url: row.sent_at.map(|_| quote::public_url(ctx, &row)),
            id: row.id.0,
            number: row.number,
            customer_id: row.customer_id.0,
            intro: row.intro,
            terms: row.terms,
            valid_until: row.valid_until,
            subtotal: row.subtotal_minor,
            tax: row.tax_minor,
            total: row.total_minor,
            currency: row.currency,
            reason: row.reason,
            order_id: row.order_id,
            sent_at: row.sent_at,
            decided_at: row.decided_at,
            created_at: row.created_at,
            lines: full.items.into_iter().map(line).collect(),
        }
    }

    /// A quote with the codes of its plans.
    pub async fn one(ctx: &Ctx, full: Full, is_staff: bool) -> ApiResult<Self> {
        let codes = find::plan_codes(&ctx.db, std::slice::from_ref(&full)).await.map_err(CommonFault::from)?;
        Ok(Self::of(ctx, full, &codes, is_staff))
    }
}

impl QuoteList {
    /// A page of quotes with their lines (two statements for all).
    pub async fn of(ctx: &Ctx, page: Page<entity::ordering::quote::Model>, is_staff: bool) -> ApiResult<Self> {
        let page = find::with_items(&ctx.db, page).await.map_err(CommonFault::from)?;
        let codes = find::plan_codes(&ctx.db, &page.rows).await.map_err(CommonFault::from)?;
        let page = page.map(|full| QuoteOut::of(ctx, full, &codes, is_staff));
        Ok(Self { data: page.rows, next_cursor: page.next_cursor })
    }
}

/// The quotes that were sent to the account, newest first.
#[utoipa::path(tag = "orders", params(PageQuery), responses((status = 200, body = QuoteList)))]
#[get("/api/panel/quotes")]
pub async fn list_quotes(me: Member<may::Read>, query: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = find::list_owned(&me.ctx.db, &me.customer_id, &query.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(QuoteList::of(&me.ctx, page, false).await?))
}

/// One quote.
#[utoipa::path(tag = "orders", responses((status = 200, body = QuoteOut), (status = 404, body = Problem)))]
#[get("/api/panel/quotes/{id}")]
pub async fn show_quote(me: Member<may::Read>, id: web::Path<QuoteId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(own(&me, &id).await?))
}

/// A quote on paper.
#[utoipa::path(tag = "orders", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/panel/quotes/{id}/pdf")]
pub async fn show_quote_pdf(me: Member<may::Read>, id: web::Path<QuoteId>) -> ApiResult<HttpResponse> {
    let full = find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(files::pdf(quote::pdf(&me.ctx, &full).await?))
}

async fn own<R: MemberRight>(me: &Member<R>, id: &QuoteId) -> ApiResult<QuoteOut> {
    let full = find::get_owned(&me.ctx.db, &me.customer_id, id).await?;
    QuoteOut::one(&me.ctx, full, false).await
}

#[derive(Deserialize, ToSchema)]
struct AcceptIn {
    /// Answers to the questions of plans, by the position of their line: `{"1": {"title": "Toko"}}`. What is missing
    /// takes its default.
    #[serde(default)]
    #[schema(value_type = Object)]
    config: serde_json::Map<String, serde_json::Value>,
}

/// Accepts a quote, which becomes an order.
///
/// The invoice asks for exactly the total of the quote. Accepting it again answers the same order. Where a plan is full
/// (409 `QUOTA_EXCEEDED`) or not sold any more (409 `QUOTE_PLAN_GONE`) the quote stays open.
#[utoipa::path(tag = "orders", request_body = AcceptIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = PlacedOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/quotes/{id}/accept")]
pub async fn accept_quote(
    me: Member<may::Pay>,
    id: web::Path<QuoteId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| {
        let answers = body.parse::<AcceptIn>()?.config.into_iter().collect();
        Ok(quote::accept(ctx, &me.customer_id, &me.user_id, &id, &answers).await?.id.0)
    };
    let tell = async |id: &str| placed_out(&me.ctx, &me.customer_id, &OrderId::from(id)).await;
    idempotent::run(&me.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct DeclineIn {
    /// Why not; staff read it.
    reason: String,
}

/// Declines a quote.
#[utoipa::path(tag = "orders", request_body = DeclineIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = QuoteAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/quotes/{id}/decline")]
pub async fn decline_quote(
    me: Member<may::Pay>,
    id: web::Path<QuoteId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: DeclineIn = body.parse()?;
        Ok(quote::decline(ctx, &me.customer_id, &id, &input.reason).await?.id.0)
    };
    let tell = async |id: &str| Answer::ok(&QuoteAnswer { quote: own(&me, &QuoteId::from(id)).await? });
    idempotent::run(&me.ctx, &key, body.bytes(), work, tell).await
}
