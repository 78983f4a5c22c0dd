//! `GET /api/panel/statement`: how the account came to stand as it does.
use crate::{
    api::{ApiResult, files, principal::Member, problem::Problem},
    domain::{
        Ctx, customers,
        reports::{
            range::Range,
            statement::{self, Line, Statement},
            statement_csv, statement_pdf,
        },
    },
    kernel::{fault::CommonFault, locale::Lang, permission::may},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::{IDR, business_day};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which days.
#[derive(Deserialize, IntoParams)]
pub struct StatementQuery {
    /// First day, Jakarta; without it this month's.
    from: Option<String>,
    /// Last day, included; at most 60 months after the first.
    to: Option<String>,
}

impl StatementQuery {
    /// The days asked for.
    pub fn range(&self, ctx: &Ctx) -> ApiResult<Range> {
        let month = Range::month_of(business_day(ctx.now()));
        Ok(Range::parse(self.from.as_deref(), self.to.as_deref(), month)?)
    }
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
pub struct StatementOut {
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

impl From<Statement> for StatementOut {
    fn from(found: Statement) -> Self {
        Self {
            from: found.range.from,
            to: found.range.last(),
            currency: IDR,
            opening: found.opening_minor,
            charged: found.charged_minor,
            credited: found.credited_minor,
            closing: found.closing_minor(),
            is_cut: found.is_cut,
            lines: found.lines.into_iter().map(StatementLineOut::from).collect(),
        }
    }
}

/// The statement of account: invoices, payments and refunds of these days with the balance after each.
#[utoipa::path(tag = "payments", params(StatementQuery), responses((status = 200, body = StatementOut), (status = 422, body = Problem)))]
#[get("/api/panel/statement")]
pub async fn show_statement(me: Member<may::Read>, query: web::Query<StatementQuery>) -> ApiResult<HttpResponse> {
    let range = query.range(&me.ctx)?;
    let found = statement::of(&me.ctx, &me.customer_id, range).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(StatementOut::from(found)))
}

/// The same statement on paper.
#[utoipa::path(tag = "payments", params(StatementQuery), responses((status = 200, content_type = "application/pdf", body = String), (status = 422, body = Problem)))]
#[get("/api/panel/statement/pdf")]
pub async fn show_statement_pdf(me: Member<may::Read>, query: web::Query<StatementQuery>) -> ApiResult<HttpResponse> {
    let range = query.range(&me.ctx)?;
    let customer = customers::get(&me.ctx.db, &me.customer_id).await?;
    let lang = Lang::parse(&customer.locale).unwrap_or_default();
    Ok(files::pdf(statement_pdf::of(&me.ctx, &me.customer_id, range, lang).await?))
}

/// The same statement as a table for spreadsheets, in the language of the account.
#[utoipa::path(tag = "payments", params(StatementQuery), responses((status = 200, content_type = "text/csv", body = String), (status = 422, body = Problem)))]
#[get("/api/panel/statement/csv")]
pub async fn show_statement_csv(me: Member<may::Read>, query: web::Query<StatementQuery>) -> ApiResult<HttpResponse> {
    let range = query.range(&me.ctx)?;
    let customer = customers::get(&me.ctx.db, &me.customer_id).await?;
    let lang = Lang::parse(&customer.locale).unwrap_or_default();
    let file = statement_csv::of(&me.ctx, &me.customer_id, range, lang).await.map_err(CommonFault::from)?;
    Ok(files::csv(&file.name, file.text))
}
