//! `/api/panel/subscriptions`: contracts with what runs under them.
use super::{
    orders::AgreedOptionOut,
    payments::{ChoiceIn, PaymentOut},
};
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        ordering::{self, change},
        payments::attempt::Choice,
        provisioning,
        subscriptions::{
            self, NextEvent, SubscriptionView,
            cancel::{self, When},
            current_period, find,
            skipped::{self, Skipped},
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        page::Page,
        permission::may,
    },
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    catalog::plan,
    provisioning::instance,
    subscriptions::plan_change,
    value::{CustomerId, PlanChangeId, SubscriptionId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A contract.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionOut {
    id: String,
    customer_id: String,
    status: &'static str,
    plan: PlanRef,
    service: ServiceRef,
    cycle: &'static str,
    /// Price of a cycle as sold; what a coupon takes off is on its invoices.
    price: i64,
    /// Whether it holds the tax; who owes none pays what is left of it.
    tax_included: bool,
    /// Its options; `price` holds what they cost.
    options: Vec<AgreedOptionOut>,
    /// What it is renewed with, where that is agreed to be something else.
    next_terms: Option<TermsOut>,
    /// Code of the coupon that renewals were promised, if any.
    coupon: Option<String>,
    currency: String,
    current_period: Option<PeriodOut>,
    next_renewal_at: Option<DateTime<Utc>>,
    auto_renew: bool,
    next_event: Option<NextEventOut>,
    holds: Vec<&'static str>,
    /// Paid, and waiting until the plan has room: to run for the first time, or again after a suspension.
    waiting_for_room: bool,
    end_reason: Option<String>,
    instance: Option<InstanceRef>,
    created_at: DateTime<Utc>,
}

/// What a contract is renewed with.
#[derive(Serialize, ToSchema)]
struct TermsOut {
    plan: PlanRef,
    cycle: &'static str,
    /// Price of a cycle.
    price: i64,
    /// Whether it holds the tax.
    tax_included: bool,
}

/// Which plan.
#[derive(Serialize, ToSchema)]
pub struct PlanRef {
    code: String,
    name: String,
    tier: i32,
}

/// Which service of the shop.
#[derive(Serialize, ToSchema)]
pub struct ServiceRef {
    slug: String,
    name: String,
}

impl PlanRef {
    /// The plan of a contract.
    pub fn of(view: &SubscriptionView) -> Self {
        Self::named(&view.plan)
    }

    fn named(plan: &plan::Model) -> Self {
        Self { code: plan.code.clone(), name: plan.name.clone(), tier: plan.tier }
    }
}

impl ServiceRef {
    /// The service of a contract.
    pub fn of(view: &SubscriptionView) -> Self {
        Self { slug: view.product.slug.clone(), name: view.product.name.clone() }
    }
}

#[derive(Serialize, ToSchema)]
struct PeriodOut {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct NextEventOut {
    /// `renewal`, `trial_end`, `end`, and for one contract also `suspension`, `removal` and `refund`: when its money goes back
    /// unless there is room before.
    what: &'static str,
    at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct InstanceRef {
    id: String,
    status: &'static str,
    health: Option<&'static str>,
    url: Option<String>,
}

/// A page of contracts.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionList {
    data: Vec<SubscriptionOut>,
    next_cursor: Option<String>,
}

fn subscription_out(
    view: SubscriptionView,
    next: Option<NextEvent>,
    running: Option<&instance::Model>,
) -> SubscriptionOut {
    let next_event = next.map(|next| NextEventOut { what: next.what, at: next.at });
    let current_period = current_period(&view.subscription);
    let (plan, service) = (PlanRef::of(&view), ServiceRef::of(&view));
    let row = view.subscription;
    let next_terms = row.next_terms.zip(view.next_plan.as_ref()).map(|(terms, plan)| TermsOut {
        plan: PlanRef::named(plan),
        cycle: terms.cycle.as_str(),
        price: terms.price_minor,
        tax_included: terms.tax_included,
    });
    SubscriptionOut {
        id: row.id.0,
        customer_id: row.customer_id.0,
        status: row.status.as_str(),
        plan,
        service,
        cycle: row.cycle.as_str(),
        price: row.price_minor,
        tax_included: row.tax_included,
        options: AgreedOptionOut::all(row.options),
        next_terms,
        coupon: row.discount.map(|sold| sold.code),
        currency: row.currency,
        current_period: current_period.map(|period| PeriodOut { start: period.start_at(), end: period.end_at() }),
        next_renewal_at: row.next_renewal_at,
        auto_renew: row.auto_renew,
        next_event,
        holds: view.holds.iter().map(|hold| hold.reason.as_str()).collect(),
        waiting_for_room: view.is_waiting,
        end_reason: row.end_reason,
        instance: running.map(|instance| InstanceRef {
            id: instance.id.0.clone(),
            status: instance.status.as_str(),
            health: instance.health.map(|health| health.as_str()),
            url: instance.url.clone(),
        }),
        created_at: row.created_at,
    }
}

/// A page of contracts with what runs under them; one further statement.
pub async fn with_instances(ctx: &Ctx, page: Page<SubscriptionView>) -> ApiResult<SubscriptionList> {
    let ids: Vec<SubscriptionId> = page.rows.iter().map(|view| view.subscription.id.clone()).collect();
    let running = provisioning::find::by_subscription(&ctx.db, &ids).await.map_err(CommonFault::from)?;
    let page = page.map(|view| {
        let instance = running.get(&view.subscription.id);
        let next = view.next_event();
        subscription_out(view, next, instance)
    });
    Ok(SubscriptionList { data: page.rows, next_cursor: page.next_cursor })
}

/// One contract with what runs under it.
pub async fn with_instance(ctx: &Ctx, view: SubscriptionView) -> ApiResult<SubscriptionOut> {
    let id = view.subscription.id.clone();
    let running = provisioning::find::by_subscription(&ctx.db, std::slice::from_ref(&id)).await;
    let next = subscriptions::outlook(ctx, &view.subscription).await?;
    Ok(subscription_out(view, next, running.map_err(CommonFault::from)?.get(&id)))
}

async fn answer(ctx: &Ctx, customer_id: &CustomerId, id: &SubscriptionId) -> ApiResult<HttpResponse> {
    let view = find::view_owned(ctx, customer_id, id).await?;
    Ok(HttpResponse::Ok().json(with_instance(ctx, view).await?))
}

/// The account's contracts, newest first.
#[utoipa::path(tag = "subscriptions", params(PageQuery), responses((status = 200, body = SubscriptionList)))]
#[get("/api/panel/subscriptions")]
pub async fn list_subscriptions(me: Member<may::Read>, query: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = find::list_owned(&me.ctx, &me.customer_id, &query.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(with_instances(&me.ctx, page).await?))
}

/// One contract.
#[utoipa::path(tag = "subscriptions", responses((status = 200, body = SubscriptionOut), (status = 404, body = Problem)))]
#[get("/api/panel/subscriptions/{id}")]
pub async fn show_subscription(me: Member<may::Read>, id: web::Path<SubscriptionId>) -> ApiResult<HttpResponse> {
    answer(&me.ctx, &me.customer_id, &id).await
}

/// Something that was due and did not happen by itself.
#[derive(Serialize, ToSchema)]
pub struct SkippedOut {
    /// `renewal`, `debit`, `remind`, `warn`, `suspend`, `terminate`, `activate` or `resume`; for a pause `everything` or `mails`.
    step: String,
    /// `paused`, `breaker`, `not_told`, `not_warned`, `wallet_short`, `wallet_off`, `quota_full`, `not_priced`, or
    /// `overtaken`: a later reminder or warning was due meanwhile.
    reason: String,
    /// Since when.
    first_at: DateTime<Utc>,
    /// Until when, as far as is known by now.
    last_at: DateTime<Utc>,
    /// What people said of it; staff alone see it.
    note: Option<String>,
}

/// What did not happen to a contract.
#[derive(Serialize, ToSchema)]
pub struct SkippedList {
    data: Vec<SkippedOut>,
}

impl SkippedList {
    /// As staff see it.
    pub fn of(all: Vec<Skipped>) -> Self {
        let told = |one: Skipped| SkippedOut {
            step: one.step,
            reason: one.reason,
            first_at: one.first_at,
            last_at: one.last_at,
            note: one.note,
        };
        Self { data: all.into_iter().map(told).collect() }
    }
}

/// What was due and did not happen to a contract by itself, and why; the newest 50.
#[utoipa::path(tag = "subscriptions", responses((status = 200, body = SkippedList), (status = 404, body = Problem)))]
#[get("/api/panel/subscriptions/{id}/skipped")]
pub async fn list_skipped(me: Member<may::Read>, id: web::Path<SubscriptionId>) -> ApiResult<HttpResponse> {
    let view = find::view_owned(&me.ctx, &me.customer_id, &id).await?;
    let mut all = skipped::of(&me.ctx, &view.subscription).await.map_err(CommonFault::from)?;
    all.iter_mut().for_each(|one| one.note = None);
    Ok(HttpResponse::Ok().json(SkippedList::of(all)))
}

#[derive(Deserialize, ToSchema)]
struct RenewalIn {
    auto_renew: bool,
}

/// Chooses whether the contract goes on by itself.
#[utoipa::path(tag = "subscriptions", request_body = RenewalIn, responses((status = 200, body = SubscriptionOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[patch("/api/panel/subscriptions/{id}")]
pub async fn change_subscription(
    me: Member<may::Pay>,
    id: web::Path<SubscriptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    let input: RenewalIn = body.parse()?;
    cancel::set_auto_renew(&me.ctx, &me.customer_id, &id, input.auto_renew).await?;
    answer(&me.ctx, &me.customer_id, &id).await
}

#[derive(Deserialize, ToSchema)]
struct CancelIn {
    /// `now` or `period_end`.
    #[schema(example = "period_end")]
    when: String,
    #[serde(default)]
    reason: String,
}

/// Ends the contract.
#[utoipa::path(tag = "subscriptions", request_body = CancelIn, responses((status = 200, body = SubscriptionOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/subscriptions/{id}/cancel")]
pub async fn cancel_subscription(
    me: Member<may::Cancel>,
    id: web::Path<SubscriptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    let input: CancelIn = body.parse()?;
    let when =
        When::parse(&input.when).ok_or_else(|| CommonFault::Invalid(vec![FieldFault::new("when", "unknown")]))?;
    subscriptions::cancel::cancel(&me.ctx, &me.customer_id, &id, when, &input.reason).await?;
    answer(&me.ctx, &me.customer_id, &id).await
}

/// Pays a contract that waits for room back to the wallet and ends it, its data included.
#[utoipa::path(tag = "subscriptions", responses((status = 200, body = SubscriptionOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/subscriptions/{id}/refund")]
pub async fn refund_subscription(me: Member<may::Cancel>, id: web::Path<SubscriptionId>) -> ApiResult<HttpResponse> {
    ordering::refund_waiting(&me.ctx, &me.customer_id, &id).await?;
    answer(&me.ctx, &me.customer_id, &id).await
}

#[derive(Deserialize, ToSchema)]
pub struct ChangeQuoteIn {
    /// Code of the plan.
    #[schema(example = "n8n-pro")]
    pub plan: String,
}

/// What a change of plan costs. The lines sum to the total; tax is a line.
#[derive(Serialize, ToSchema)]
pub struct ChangeQuoteOut {
    quote_id: String,
    plan: String,
    lines: Vec<ChangeQuoteLineOut>,
    total: i64,
    currency: String,
    valid_until: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct ChangeQuoteLineOut {
    description: String,
    amount: i64,
}

impl ChangeQuoteOut {
    /// A quote for the plan called `plan`.
    pub fn of(plan: String, quote: change::Quote) -> Self {
        let change::Quote { change, lines } = quote;
        Self {
            quote_id: change.id.0,
            plan,
            lines: lines
                .into_iter()
                .map(|line| ChangeQuoteLineOut { description: line.description, amount: line.amount_minor })
                .collect(),
            total: change.total_minor,
            currency: change.currency,
            valid_until: change.valid_until,
        }
    }
}

/// Prices a change to a higher plan: the rest of what is paid for, to the second. The quote holds 15 minutes.
#[utoipa::path(tag = "subscriptions", request_body = ChangeQuoteIn, responses((status = 200, body = ChangeQuoteOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/panel/subscriptions/{id}/change-quote")]
pub async fn quote_change(me: Member<may::Pay>, id: web::Path<SubscriptionId>, body: Body) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    let input: ChangeQuoteIn = body.parse()?;
    let quote = change::quote(&me.ctx, &me.customer_id, &id, &input.plan).await?;
    Ok(HttpResponse::Ok().json(ChangeQuoteOut::of(input.plan, quote)))
}

#[derive(Deserialize, ToSchema)]
pub struct ChangeIn {
    quote_id: String,
    /// How to pay what the wallet does not hold.
    #[serde(default)]
    payment: Option<ChoiceIn>,
}

impl ChangeIn {
    /// Which quote, and how to pay what the wallet does not hold.
    pub fn parts(self) -> (PlanChangeId, Option<Choice>) {
        (PlanChangeId::from(self.quote_id), self.payment.map(Choice::from))
    }
}

/// A change of plan.
#[derive(Serialize, ToSchema)]
pub struct PlanChangeOut {
    id: String,
    /// `scheduled`, `awaiting_payment`, `changing`, `done`, `failed`, `cancelled`.
    status: &'static str,
    total: i64,
    currency: String,
    invoice_id: Option<String>,
    /// The first day of what was agreed to begin with a coming period.
    takes_effect_on: Option<NaiveDate>,
}

impl From<plan_change::Model> for PlanChangeOut {
    fn from(row: plan_change::Model) -> Self {
        Self {
            id: row.id.0,
            status: row.status.as_str(),
            total: row.total_minor,
            currency: row.currency,
            invoice_id: row.invoice_id,
            takes_effect_on: row.takes_effect_on,
        }
    }
}

/// An accepted change, with the payment it waits for.
#[derive(Serialize, ToSchema)]
pub struct AcceptedChangeOut {
    change: PlanChangeOut,
    payment: Option<PaymentOut>,
}

impl From<change::Accepted> for AcceptedChangeOut {
    fn from(accepted: change::Accepted) -> Self {
        Self { change: accepted.change.into(), payment: accepted.payment.map(PaymentOut::from) }
    }
}

/// Accepts a quote: the wallet's money is set aside and the plan changes, or the money is collected first. Accepting
/// the same quote again gives the same change.
#[utoipa::path(tag = "subscriptions", request_body = ChangeIn, responses((status = 202, body = AcceptedChangeOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/panel/subscriptions/{id}/change")]
pub async fn accept_change(me: Member<may::Pay>, id: web::Path<SubscriptionId>, body: Body) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    let (quote_id, way) = body.parse::<ChangeIn>()?.parts();
    let accepted = change::accept(&me.ctx, &me.customer_id, &id, &quote_id, way.as_ref()).await?;
    Ok(HttpResponse::Accepted().json(AcceptedChangeOut::from(accepted)))
}

#[derive(Deserialize, ToSchema)]
pub struct ChangeLaterIn {
    /// Code of the present plan or of a lower one.
    #[schema(example = "n8n-basic")]
    pub plan: String,
    #[schema(example = "annually")]
    pub cycle: String,
}

/// Agrees that the contract is renewed with a lower plan, or in another cycle. Nothing is charged and nothing changes
/// before its next period; what was agreed before is replaced.
#[utoipa::path(tag = "subscriptions", request_body = ChangeLaterIn, responses((status = 200, body = PlanChangeOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/panel/subscriptions/{id}/change-at-renewal")]
pub async fn change_at_renewal(
    me: Member<may::Pay>,
    id: web::Path<SubscriptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get_owned(&me.ctx.db, &me.customer_id, &id).await?;
    let input: ChangeLaterIn = body.parse()?;
    let change = change::later::schedule(&me.ctx, &me.customer_id, &id, &input.plan, &input.cycle).await?;
    Ok(HttpResponse::Ok().json(PlanChangeOut::from(change)))
}

/// Takes back a change that waits for its money or its day.
#[utoipa::path(tag = "subscriptions", responses((status = 200, body = PlanChangeOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/subscriptions/{id}/changes/{change}/cancel")]
pub async fn cancel_change(me: Member<may::Pay>, path: web::Path<(String, String)>) -> ApiResult<HttpResponse> {
    let (id, change_id) = path.into_inner();
    let (id, change_id) = (SubscriptionId::from(id), PlanChangeId::from(change_id));
    let change = change::cancel(&me.ctx, &me.customer_id, &id, &change_id).await?;
    Ok(HttpResponse::Ok().json(PlanChangeOut::from(change)))
}
