//! `GET /api/panel/statement`: how the account came to stand as it does.
use super::invoices::sent;
use crate::{
    api::{ApiResult, principal::Member, problem::Problem},
    domain::{
        customers,
        reports::{
            range::Range,
            statement::{self, Line},
            statement_pdf,
        },
    },
    kernel::{fault::CommonFault, locale::Lang, permission::may},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::{IDR, business_day};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
struct StatementQuery {
    /// First day, Jakarta; without it this month's.
    from: Option<String>,
    /// Last day, included; at most 60 months after the first.
    to: Option<String>,
}

/// A posting. Above zero the customer owes more.
#[derive(Serialize, ToSchema)]
struct StatementLineOut {
    posted_at: DateTime<Utc>,
    /// `invoice_issued`, `payment_settled`, `credit_note_issued`, `refund_paid`, …
    kind: String,
    /// Number of the invoice or credit note, reference of the payment.
    document: Option<String>,
    invoice_id: Option<String>,
    amount: i64,
    /// How the account stood after it; below zero: in the customer's favour.
    balance: i64,
}

impl From<Line> for StatementLineOut {
    fn from(line: Line) -> Self {
        Self {
            posted_at: line.posted_at,
            kind: line.kind,
            document: line.document,
            invoice_id: line.invoice_id,
            amount: line.amount_minor,
            balance: line.balance_minor,
        }
    }
}

/// What was asked for, what came and went back: `opening + charged − credited = closing`.
#[derive(Serialize, ToSchema)]
struct StatementOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: &'static str,
    opening: i64,
    charged: i64,
    credited: i64,
    closing: i64,
    lines: Vec<StatementLineOut>,
    /// There are more lines: ask for fewer days.
    is_cut: bool,
}

/// The statement of account: invoices, payments and refunds of these days with the balance after each.
#[utoipa::path(tag = "payments", params(StatementQuery), responses((status = 200, body = StatementOut), (status = 422, body = Problem)))]
#[get("/api/panel/statement")]
pub async fn show_statement(me: Member<may::Read>, query: web::Query<StatementQuery>) -> ApiResult<HttpResponse> {
    let month = Range::month_of(business_day(me.ctx.now()));
    let range = Range::parse(query.from.as_deref(), query.to.as_deref(), month)?;
    let found = statement::of(&me.ctx, &me.customer_id, range).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(StatementOut {
        from: range.from,
        to: range.last(),
        currency: IDR,
        opening: found.opening_minor,
        charged: found.charged_minor,
        credited: found.credited_minor,
        closing: found.closing_minor(),
        is_cut: found.is_cut,
        lines: found.lines.into_iter().map(StatementLineOut::from).collect(),
    }))
}

/// The same statement on paper.
#[utoipa::path(tag = "payments", params(StatementQuery), responses((status = 200, content_type = "application/pdf", body = String), (status = 422, body = Problem)))]
#[get("/api/panel/statement/pdf")]
pub async fn show_statement_pdf(me: Member<may::Read>, query: web::Query<StatementQuery>) -> ApiResult<HttpResponse> {
    let month = Range::month_of(business_day(me.ctx.now()));
    let range = Range::parse(query.from.as_deref(), query.to.as_deref(), month)?;
    let customer = customers::get(&me.ctx.db, &me.customer_id).await?;
    let lang = Lang::parse(&customer.locale).unwrap_or_default();
    Ok(sent(statement_pdf::of(&me.ctx, &me.customer_id, range, lang).await?))
}
