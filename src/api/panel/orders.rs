//! `/api/panel/orders`.
use super::invoices::InvoiceOut;
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer, Told},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        billing::invoice,
        ordering::{
            self,
            checkout::{self, Checkout, CheckoutItem},
            find::{self, OrderView},
        },
        payments::attempt,
    },
    kernel::{fault::CommonFault, page::Page, permission::may},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    ordering::quote_item,
    value::{AgreedOption, AgreedOptions, CustomerId, InvoiceId, OrderId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
struct OrderIn {
    items: Vec<OrderItemIn>,
    /// Code of a coupon, in capitals or not.
    #[serde(default)]
    #[schema(example = "HEMAT20")]
    coupon: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct OrderItemIn {
    /// Code of the plan.
    #[schema(example = "n8n-basic")]
    plan: String,
    /// `monthly`, `annually`, …
    #[schema(example = "monthly")]
    cycle: String,
    /// Answers by parameter; every field has a default. Under `options` the options of the service: by the code of each the
    /// code of a value, a number of units, or true.
    #[serde(default)]
    #[schema(value_type = Object)]
    config: serde_json::Value,
}

/// An order.
#[derive(Serialize, ToSchema)]
pub struct OrderOut {
    id: String,
    number: String,
    customer_id: String,
    status: &'static str,
    /// Code of the coupon it was placed with.
    coupon: Option<String>,
    /// What the coupon took off, net; `subtotal` is what was left.
    discount: i64,
    subtotal: i64,
    tax: i64,
    total: i64,
    currency: String,
    invoice_id: Option<String>,
    cancel_reason: Option<String>,
    /// The price quote it comes from.
    quote_id: Option<String>,
    created_at: DateTime<Utc>,
    items: Vec<OrderItemOut>,
    /// What was ordered in words, beside the plans.
    in_words: Vec<OrderWordsOut>,
}

#[derive(Serialize, ToSchema)]
struct OrderWordsOut {
    description: String,
    quantity: i64,
    /// Price of one, net.
    unit_price: i64,
}

#[derive(Serialize, ToSchema)]
struct OrderItemOut {
    plan: String,
    service: String,
    cycle: &'static str,
    description: String,
    /// Price of the first cycle.
    amount: i64,
    /// Once at the beginning.
    setup_fee: i64,
    /// Whether both hold the tax.
    tax_included: bool,
    /// Its options; `amount` holds what they cost.
    options: Vec<AgreedOptionOut>,
    subscription_id: Option<String>,
}

/// An option as it was agreed.
#[derive(Serialize, ToSchema)]
pub struct AgreedOptionOut {
    /// Its word.
    code: String,
    name_id: String,
    name_en: String,
    /// Word of the value that was chosen; of a switch `yes`, of what is counted `unit`.
    value: String,
    value_id: String,
    value_en: String,
    /// How many units; 1 where none are counted.
    quantity: i64,
    /// What it adds to the price of a cycle as that was written.
    amount: i64,
}

impl AgreedOptionOut {
    /// The options of a contract or an order.
    pub fn all(options: AgreedOptions) -> Vec<Self> {
        let out = |option: AgreedOption| Self {
            code: option.code,
            name_id: option.name_id,
            name_en: option.name_en,
            value: option.value,
            value_id: option.value_id,
            value_en: option.value_en,
            quantity: option.quantity,
            amount: option.amount_minor,
        };
        options.0.into_iter().map(out).collect()
    }
}

/// An order that was placed, with its invoice.
#[derive(Serialize, ToSchema)]
pub struct PlacedOut {
    order: OrderOut,
    invoice: InvoiceOut,
}

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub struct OrderList {
    data: Vec<OrderOut>,
    next_cursor: Option<String>,
}

impl OrderList {
    /// A page of orders.
    pub fn of(page: Page<OrderView>) -> Self {
        Self { data: page.rows.into_iter().map(OrderOut::from).collect(), next_cursor: page.next_cursor }
    }
}

impl From<OrderView> for OrderOut {
    fn from(view: OrderView) -> Self {
        let words = |item: &quote_item::Model| OrderWordsOut {
            description: item.description.clone(),
            quantity: item.quantity,
            unit_price: item.unit_minor,
        };
        let in_words = view.in_words().map(words).collect();
        let quote_id = view.quote.as_ref().map(|full| full.quote.id.to_string());
        let items = view
            .items
            .into_iter()
            .map(|line| OrderItemOut {
                plan: line.plan.code,
                service: line.product.slug,
                cycle: line.item.cycle.as_str(),
                description: line.item.description,
                amount: line.item.amount_minor,
                setup_fee: line.item.setup_fee_minor,
                tax_included: line.item.tax_included,
                options: AgreedOptionOut::all(line.item.options),
                subscription_id: line.item.subscription_id,
            })
            .collect();
        let row = view.order;
        Self {
            id: row.id.0,
            number: row.number,
            customer_id: row.customer_id.0,
            status: row.status.as_str(),
            coupon: row.coupon_code,
            discount: row.discount_minor,
            subtotal: row.subtotal_minor,
            tax: row.tax_minor,
            total: row.total_minor,
            currency: row.currency,
            invoice_id: row.invoice_id,
            cancel_reason: row.cancel_reason,
            quote_id,
            created_at: row.created_at,
            items,
            in_words,
        }
    }
}

/// Places an order.
///
/// Order, invoice, contracts, reserved slots and the use of a coupon come into being together or not at all. A coupon
/// that takes nothing off is 422 `COUPON_INVALID` with its `reason`.
#[utoipa::path(tag = "orders", request_body = OrderIn, params(("Idempotency-Key" = String, Header)), responses((status = 201, body = PlacedOut)))]
#[post("/api/panel/orders")]
pub async fn place_order(me: Member<may::Pay>, key: IdempotencyKey, body: Body) -> ApiResult<HttpResponse> {
    let key = key.required()?;
    let work = async |ctx: &Ctx| {
        let input: OrderIn = body.parse()?;
        let item = |item: OrderItemIn| CheckoutItem { plan: item.plan, cycle: item.cycle, config: item.config };
        let checkout = Checkout {
            customer_id: me.customer_id.clone(),
            user_id: me.user_id.clone(),
            items: input.items.into_iter().map(item).collect(),
            coupon: input.coupon,
            cart: None,
        };
        Ok(checkout::place(ctx, checkout).await?.order.id.0)
    };
    idempotent::run(&me.ctx, &key, body.bytes(), work, async |id| {
        placed_out(&me.ctx, &me.customer_id, &OrderId::from(id)).await
    })
    .await
}

/// An order of this customer with its invoice, as the answer to whatever placed it.
pub(super) async fn placed_out(ctx: &Ctx, customer_id: &CustomerId, id: &OrderId) -> Told {
    let order = find::view_owned(&ctx.db, customer_id, id).await?;
    let invoice_id = InvoiceId::from(order.order.invoice_id.clone().unwrap_or_default());
    let full = invoice::get_full(&ctx.db, &invoice_id).await?;
    let payments = attempt::of_invoice(&ctx.db, &invoice_id).await.map_err(CommonFault::from)?;
    let invoice = InvoiceOut::of(full.invoice.into(), full.items, payments, ctx.now());
    Answer::created(&PlacedOut { order: order.into(), invoice })
}

/// The account's orders, newest first.
#[utoipa::path(tag = "orders", params(PageQuery), responses((status = 200, body = OrderList)))]
#[get("/api/panel/orders")]
pub async fn list_orders(me: Member<may::Read>, query: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = find::list_owned(&me.ctx.db, &me.customer_id, &query.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(OrderList::of(page)))
}

/// One order.
#[utoipa::path(tag = "orders", responses((status = 200, body = OrderOut), (status = 404, body = Problem)))]
#[get("/api/panel/orders/{id}")]
pub async fn show_order(me: Member<may::Read>, id: web::Path<OrderId>) -> ApiResult<HttpResponse> {
    let view = find::view_owned(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(OrderOut::from(view)))
}

/// Cancels an order that nobody has paid: its contracts end, its slots are free, its invoice is void.
#[utoipa::path(tag = "orders", responses((status = 200, body = OrderOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/orders/{id}/cancel")]
pub async fn cancel_own_order(me: Member<may::Pay>, id: web::Path<OrderId>) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    ordering::cancel_unpaid(&me.ctx, &id, "customer").await?;
    let view = find::view_owned(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(OrderOut::from(view)))
}
