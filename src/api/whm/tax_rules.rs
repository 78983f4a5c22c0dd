//! `/api/whm/tax-rules`: which tax is charged from which day on.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        billing::tax_rules::{self, NewTaxRule},
    },
    kernel::{fault::CommonFault, page::Page, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    billing::tax_rule,
    value::{Ratio, TaxRuleId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rule of tax: the nominal rate is charged on a part of the price.
#[derive(Serialize, ToSchema)]
struct TaxRuleOut {
    id: String,
    /// Of buyers taxed in this country, ISO 3166 alpha-2.
    country_code: String,
    /// Words on documents.
    #[schema(example = "PPN 11%")]
    label: String,
    /// Nominal rate, numerator.
    rate_num: i64,
    /// Nominal rate, denominator.
    rate_den: i64,
    /// Part of the price that is taxed, numerator.
    base_num: i64,
    /// Part of the price that is taxed, denominator.
    base_den: i64,
    /// First day.
    valid_from: NaiveDate,
    /// Day after the last; null: until another rule begins.
    valid_until: Option<NaiveDate>,
    created_at: DateTime<Utc>,
}

impl From<tax_rule::Model> for TaxRuleOut {
    fn from(row: tax_rule::Model) -> Self {
        Self {
            id: row.id.0,
            country_code: row.country_code,
            label: row.label,
            rate_num: row.rate_num,
            rate_den: row.rate_den,
            base_num: row.base_num,
            base_den: row.base_den,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct TaxRuleList {
    data: Vec<TaxRuleOut>,
    next_cursor: Option<String>,
}

/// Rules of tax, the one that begins last first.
#[utoipa::path(tag = "whm-money", params(PageQuery), responses((status = 200, body = TaxRuleList), (status = 403, body = Problem)))]
#[get("/api/whm/tax-rules")]
pub async fn list_tax_rules(staff: Staff<can::ReadSettings>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let rows = tax_rules::list(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let page = Page::within(rows, &page.request()?, |row: &tax_rule::Model| row.id.as_str()).map(TaxRuleOut::from);
    Ok(HttpResponse::Ok().json(TaxRuleList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct TaxRuleIn {
    /// Of buyers taxed in this country, ISO 3166 alpha-2.
    #[schema(example = "ID")]
    country_code: String,
    /// Words on documents.
    #[schema(example = "PPN 12%")]
    label: String,
    /// Nominal rate in whole percent.
    #[schema(example = 12)]
    rate_percent: i64,
    /// Part of the price that is taxed, numerator.
    #[schema(example = 11)]
    base_num: i64,
    /// Part of the price that is taxed, denominator.
    #[schema(example = 12)]
    base_den: i64,
    /// First day, after today and after the first day of every other rule of the country.
    valid_from: NaiveDate,
}

/// Adds a rule that begins on a day ahead; the one before it ends on that day.
#[utoipa::path(tag = "whm-money", request_body = TaxRuleIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = TaxRuleOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/tax-rules")]
pub async fn add_tax_rule(
    staff: Staff<can::ManageSettings>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: TaxRuleIn = body.parse()?;
        let new = NewTaxRule {
            country_code: input.country_code,
            label: input.label,
            rate_percent: input.rate_percent,
            base: Ratio::new(input.base_num, input.base_den),
            valid_from: input.valid_from,
        };
        Ok(tax_rules::add(ctx, new).await?.id.0)
    };
    let tell =
        async |id: &str| Answer::created(&TaxRuleOut::from(tax_rules::get(&staff.ctx.db, &TaxRuleId::from(id)).await?));
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Takes a rule back that has not begun; the one it was to end goes on.
#[utoipa::path(tag = "whm-money", responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/tax-rules/{id}/withdraw")]
pub async fn withdraw_tax_rule(
    staff: Staff<can::ManageSettings>,
    id: web::Path<TaxRuleId>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    tax_rules::withdraw(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
