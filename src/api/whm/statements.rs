//! `/api/whm/customers/{id}/statement`: the statement of account of a customer, as he can read it himself.
use crate::{
    api::{
        ApiResult, files,
        panel::statement::{StatementOut, StatementQuery},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        customers,
        reports::{statement, statement_csv, statement_pdf},
    },
    kernel::{fault::CommonFault, locale::Lang, permission::can},
};
use actix_web::{HttpResponse, get, web};
use entity::value::CustomerId;

/// The statement of account of a customer: invoices, payments and refunds of these days with the balance after each.
#[utoipa::path(tag = "whm-customers", params(StatementQuery), responses((status = 200, body = StatementOut), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/customers/{id}/statement")]
pub async fn show_any_statement(
    staff: Staff<can::ReadInvoices>,
    id: web::Path<CustomerId>,
    query: web::Query<StatementQuery>,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let found = statement::of(&staff.ctx, &id, query.range(&staff.ctx)?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(StatementOut::from(found)))
}

/// The same statement on paper, in the language of the customer.
#[utoipa::path(tag = "whm-customers", params(StatementQuery), responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/customers/{id}/statement/pdf")]
pub async fn show_any_statement_pdf(
    staff: Staff<can::ReadInvoices>,
    id: web::Path<CustomerId>,
    query: web::Query<StatementQuery>,
) -> ApiResult<HttpResponse> {
    let customer = customers::get(&staff.ctx.db, &id).await?;
    let (range, lang) = (query.range(&staff.ctx)?, Lang::parse(&customer.locale).unwrap_or_default());
    Ok(files::pdf(statement_pdf::of(&staff.ctx, &id, range, lang).await?))
}

/// The same statement as a table for spreadsheets, in the language of the customer.
#[utoipa::path(tag = "whm-customers", params(StatementQuery), responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/customers/{id}/statement/csv")]
pub async fn show_any_statement_csv(
    staff: Staff<can::ReadInvoices>,
    id: web::Path<CustomerId>,
    query: web::Query<StatementQuery>,
) -> ApiResult<HttpResponse> {
    let customer = customers::get(&staff.ctx.db, &id).await?;
    let (range, lang) = (query.range(&staff.ctx)?, Lang::parse(&customer.locale).unwrap_or_default());
    let file = statement_csv::of(&staff.ctx, &id, range, lang).await.map_err(CommonFault::from)?;
    Ok(files::csv(&file.name, file.text))
}
