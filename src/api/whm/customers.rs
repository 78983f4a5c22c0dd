//! `/api/whm/customers`.
use super::approvals::ApprovalAnswer;
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer},
        panel::profile::{AddressOut, ProfileIn, ProfileOut},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        customers::{self, Filter, Listed},
        ledger::{self, Adjusted},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use entity::{
    customers::customer,
    value::{CustomerId, VatCollector},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A customer.
#[derive(Serialize, ToSchema)]
pub struct CustomerOut {
    id: String,
    name: String,
    company: Option<String>,
    email: String,
    phone: Option<String>,
    status: &'static str,
    npwp: Option<String>,
    currency: String,
    created_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct CustomerList {
    data: Vec<CustomerOut>,
    next_cursor: Option<String>,
}

impl From<Listed> for CustomerOut {
    fn from(row: Listed) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            company: row.company,
            email: row.email,
            phone: row.phone,
            status: row.status.as_str(),
            npwp: row.npwp,
            currency: row.currency,
            created_at: row.created_at,
        }
    }
}

/// A customer with what his documents are printed from and how he is taxed.
#[derive(Serialize, ToSchema)]
struct CustomerFacts {
    id: String,
    name: String,
    company: Option<String>,
    email: String,
    phone: Option<String>,
    address: AddressOut,
    status: &'static str,
    npwp: Option<String>,
    /// Number of the place of business.
    nitku: Option<String>,
    /// Country whose tax he is charged.
    tax_country: String,
    /// The certificate by which he is charged none; null: he is taxed.
    tax_exempt_reason: Option<String>,
    /// As what he pays the PPN of larger invoices to the state himself: `government` or `other`; null: he does not.
    vat_collector: Option<&'static str>,
    /// Whether he withholds income tax of what he pays.
    withholds_income_tax: bool,
    /// Whether renewals are taken from his wallet by themselves.
    auto_debit: bool,
    /// Whether each contract is renewed by an invoice of its own.
    separate_invoices: bool,
    /// How far his wallet may go below zero; minor units.
    credit_limit: i64,
    locale: String,
    currency: String,
    created_at: DateTime<Utc>,
}

impl From<customer::Model> for CustomerFacts {
    fn from(row: customer::Model) -> Self {
        Self {
            address: AddressOut::of(&row),
            id: row.id.0,
            name: row.name,
            company: row.company,
            email: row.email,
            phone: row.phone,
            status: row.status.as_str(),
            npwp: row.npwp,
            nitku: row.nitku,
            tax_country: row.tax_country,
            tax_exempt_reason: row.tax_exempt_reason,
            vat_collector: row.vat_collector.map(VatCollector::as_str),
            withholds_income_tax: row.withholds_income_tax,
            auto_debit: row.auto_debit,
            separate_invoices: row.separate_invoices,
            credit_limit: row.credit_limit_minor,
            locale: row.locale,
            currency: row.currency,
            created_at: row.created_at,
        }
    }
}

#[derive(Deserialize, IntoParams)]
struct SearchQuery {
    /// Beginning of the name, company or address.
    q: Option<String>,
}

/// Customers, newest first.
#[utoipa::path(tag = "whm-customers", params(PageQuery, SearchQuery), responses((status = 200, body = CustomerList), (status = 403, body = Problem)))]
#[get("/api/whm/customers")]
pub async fn list_customers(
    staff: Staff<can::ReadCustomers>,
    page: web::Query<PageQuery>,
    search: web::Query<SearchQuery>,
) -> ApiResult<HttpResponse> {
    let filter = Filter { search: search.into_inner().q, ..Filter::default() };
    let page = customers::list(&staff.ctx.db, &filter, &page.request()?).await.map_err(CommonFault::from)?;
    let data = page.rows.into_iter().map(CustomerOut::from).collect();
    Ok(HttpResponse::Ok().json(CustomerList { data, next_cursor: page.next_cursor }))
}

/// One customer.
#[utoipa::path(tag = "whm-customers", responses((status = 200, body = CustomerFacts), (status = 404, body = Problem)))]
#[get("/api/whm/customers/{id}")]
pub async fn show_customer(staff: Staff<can::ReadCustomers>, id: web::Path<CustomerId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(CustomerFacts::from(customers::get(&staff.ctx.db, &id).await?)))
}

/// Changes what a customer's documents are printed from: name, address, tax number.
///
/// Documents issued before stay as they are, and so does the country of tax.
#[utoipa::path(tag = "whm-customers", request_body = ProfileIn, responses((status = 200, body = ProfileOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/customers/{id}")]
pub async fn change_customer(
    staff: Staff<can::ChangeCustomers>,
    id: web::Path<CustomerId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let input: ProfileIn = body.parse()?;
    let row = customers::update_profile(&staff.ctx, &id, input.into()).await?;
    Ok(HttpResponse::Ok().json(ProfileOut::from(row)))
}

#[derive(Deserialize, ToSchema)]
struct AdjustIn {
    /// Minor units; negative takes money out.
    #[schema(example = 50_000)]
    amount: i64,
    /// Why; the customer does not see it.
    reason: String,
}

#[derive(Serialize, ToSchema)]
struct MovedOut {
    transaction: MovedTransaction,
}

#[derive(Serialize, ToSchema)]
struct MovedTransaction {
    id: String,
    number: String,
    amount: i64,
    balance_before: i64,
    balance_after: i64,
    currency: String,
}

/// Changes a wallet by hand.
///
/// Above the limit of the settings it waits for a second pair of eyes (202).
#[utoipa::path(tag = "whm-customers", request_body = AdjustIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MovedOut), (status = 202, description = "Somebody else has to approve.", body = ApprovalAnswer)))]
#[post("/api/whm/customers/{id}/wallet/adjust")]
pub async fn adjust_wallet(
    staff: Fresh<can::AdjustWallets>,
    id: web::Path<CustomerId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: AdjustIn = body.parse()?;
        Ok(ledger::adjust(ctx, &id, input.amount, &input.reason).await?.id().to_owned())
    };
    let tell = async |id: &str| match ledger::get_adjusted(&staff.ctx, id).await? {
        Adjusted::Done(row) => Answer::ok(&MovedOut {
            transaction: MovedTransaction {
                id: row.id.0,
                number: row.number,
                amount: row.amount_minor,
                balance_before: row.balance_before_minor,
                balance_after: row.balance_after_minor,
                currency: row.currency,
            },
        }),
        Adjusted::Waiting(row) => Answer::accepted(&ApprovalAnswer { approval: row.into() }),
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct TaxCountryIn {
    /// ISO 3166 alpha-2.
    #[schema(example = "ID")]
    country_code: String,
    /// The evidence that was seen.
    reason: String,
}

/// Says in which country a customer is taxed; his address is his own to change and changes no tax. Twice is once.
#[utoipa::path(tag = "whm-customers", request_body = TaxCountryIn, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/customers/{id}/tax-country")]
pub async fn set_tax_country(
    staff: Staff<can::SetTaxCountries>,
    id: web::Path<CustomerId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let input: TaxCountryIn = body.parse()?;
    customers::set_tax_country(&staff.ctx, &id, &input.country_code, &input.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}
