//! `/api/whm/invoices`: invoices that staff write line by line, from their draft to their issue.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer},
        panel::invoices::InvoiceOut,
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        billing::invoice::{
            self,
            draft::{self, DraftInput, DraftLine},
        },
        payments::attempt,
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, patch, post, web};
use chrono::NaiveDate;
use entity::value::{CustomerId, InvoiceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A line of an invoice that staff write.
#[derive(Deserialize, ToSchema)]
struct DraftLineIn {
    /// Words.
    description: String,
    /// How many; 1 where nobody says.
    #[serde(default)]
    quantity: Option<i64>,
    /// Price of one, net.
    price: i64,
}

impl From<DraftLineIn> for DraftLine {
    fn from(line: DraftLineIn) -> Self {
        let DraftLineIn { description, quantity, price } = line;
        Self { id: None, description, quantity: quantity.unwrap_or(1), unit_minor: price }
    }
}

fn lines(given: Vec<DraftLineIn>) -> Vec<DraftLine> {
    given.into_iter().map(DraftLine::from).collect()
}

#[derive(Deserialize, ToSchema)]
struct DraftIn {
    customer_id: String,
    /// The last day (of Jakarta) on which it is paid in time; 7 days from now where nobody says (setting).
    #[serde(default)]
    due: Option<NaiveDate>,
    /// Words below the lines.
    #[serde(default)]
    notes: String,
    #[serde(default)]
    lines: Vec<DraftLineIn>,
    /// Whether it is issued at once.
    #[serde(default)]
    issue: bool,
}

#[derive(Serialize, ToSchema)]
struct DraftAnswer {
    invoice: InvoiceOut,
}

async fn shape(ctx: &Ctx, id: &InvoiceId) -> ApiResult<InvoiceOut> {
    let full = invoice::get_full(&ctx.db, id).await?;
    let payments = attempt::of_invoice(&ctx.db, id).await.map_err(CommonFault::from)?;
    Ok(InvoiceOut::of(full.invoice.into(), full.items, payments, ctx.now()))
}

/// Makes a draft of an invoice, or with `issue` the invoice itself.
///
/// A draft has no number, is not owed, and its customer does not see it.
#[utoipa::path(tag = "whm-money", request_body = DraftIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = DraftAnswer), (status = 403, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/invoices")]
pub async fn create_invoice(
    staff: Staff<can::IssueInvoices>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let DraftIn { customer_id, due, notes, lines: given, issue } = body.parse()?;
        let (customer_id, input) = (CustomerId(customer_id), DraftInput { due, notes, lines: lines(given) });
        let made = match issue {
            true => draft::create_issued(ctx, &customer_id, input).await?,
            false => draft::create(ctx, &customer_id, input).await?,
        };
        Ok(made.id.0)
    };
    let tell =
        async |id: &str| Answer::created(&DraftAnswer { invoice: shape(&staff.ctx, &InvoiceId::from(id)).await? });
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct DraftChangeIn {
    #[serde(default)]
    due: Option<NaiveDate>,
    #[serde(default)]
    notes: Option<String>,
    /// All lines, in their order, in place of those there are.
    #[serde(default)]
    lines: Option<Vec<DraftLineIn>>,
}

/// Changes a draft of an invoice. What is not named stays as it is; an issued invoice is credited or voided instead.
#[utoipa::path(tag = "whm-money", request_body = DraftChangeIn, responses((status = 200, body = DraftAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[patch("/api/whm/invoices/{id}")]
pub async fn change_draft(
    staff: Staff<can::IssueInvoices>,
    id: web::Path<InvoiceId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    invoice::get(&staff.ctx.db, &id).await?;
    let change: DraftChangeIn = body.parse()?;
    let apply = |input: &mut DraftInput| {
        input.due = change.due.or(input.due);
        input.notes = change.notes.unwrap_or_else(|| std::mem::take(&mut input.notes));
        if let Some(given) = change.lines {
            input.lines = lines(given);
        }
    };
    draft::revise(&staff.ctx, &id, apply).await?;
    Ok(HttpResponse::Ok().json(DraftAnswer { invoice: shape(&staff.ctx, &id).await? }))
}

/// Issues a draft: it gets a number, is owed, and goes to its customer. Issuing it again changes nothing.
///
/// It is priced and taxed as on this day, and keeps its id.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = DraftAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/invoices/{id}/issue")]
pub async fn issue_draft(staff: Staff<can::IssueInvoices>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    draft::issue(&staff.ctx, &id, None).await?;
    Ok(HttpResponse::Ok().json(DraftAnswer { invoice: shape(&staff.ctx, &id).await? }))
}

/// Throws a draft away. The answer is what it was; afterwards it is missing.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = DraftAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/invoices/{id}/discard")]
pub async fn discard_draft(staff: Staff<can::IssueInvoices>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    let full = draft::discard(&staff.ctx, &id, None).await?;
    let invoice = InvoiceOut::of(full.invoice.into(), full.items, Vec::new(), staff.ctx.now());
    Ok(HttpResponse::Ok().json(DraftAnswer { invoice }))
}
