//! `/api/whm/coupons`: what codes take off, made, changed and ended by staff.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, named, nullable},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        catalog::coupon::{
            self as coupons, CouponInput, Limits, Terms,
            find::{self, Filter},
        },
        ordering::coupon as redemptions,
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use entity::{
    catalog::coupon,
    value::{CouponId, CouponScope, Discount, business_day, day_start},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which coupons.
#[derive(Deserialize, IntoParams)]
pub struct CouponQuery {
    /// `active` (also those that begin later or are used up) or `over`; all where nobody says.
    status: Option<String>,
    /// Codes that begin like this.
    code: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct CouponOut {
    id: String,
    /// What customers type.
    code: String,
    /// `active`, `later` (it does not work yet), `used_up` or `over`.
    status: &'static str,
    /// `percent` or `amount`.
    kind: &'static str,
    /// Of a percentage hundredths of a percent (1250 is 12.5 %), taken off each line; of an amount minor units, net, of
    /// all lines together.
    value: i64,
    currency: String,
    /// Renewals after the first invoice that it is promised for; 0: none; null: all of them.
    renewals: Option<i64>,
    /// Slugs of services and codes of plans it is for; empty: all.
    scope: Vec<String>,
    /// Cycles it is for; empty: all.
    cycles: Vec<&'static str>,
    /// Whether it takes off setup fees too.
    includes_setup: bool,
    /// Whether it is only for who has not ordered before.
    is_for_new_customers: bool,
    /// What the lines it is for must come to, net, minor units.
    minimum: i64,
    /// Uses at most; null: any number.
    max_uses: Option<i64>,
    /// Uses by one customer at most; null: any number.
    max_uses_per_customer: Option<i64>,
    /// Uses that are taken.
    used: i64,
    /// First day (of Jakarta) on which it works.
    starts_on: Option<NaiveDate>,
    /// Last day (of Jakarta) on which it works.
    ends_on: Option<NaiveDate>,
    /// When staff ended it.
    ended_at: Option<DateTime<Utc>>,
    /// What staff keep it for.
    note: Option<String>,
    created_at: DateTime<Utc>,
}

impl CouponOut {
    /// `scope` are the names of what it is for.
    fn of(row: coupon::Model, scope: Vec<String>, now: DateTime<Utc>) -> Self {
        let (kind, value) = match coupons::discount_of(&row) {
            Discount::Percent(basis_points) => ("percent", basis_points),
            Discount::Fixed(minor) => ("amount", minor),
        };
        Self {
            status: coupons::state_of(&row, now),
            kind,
            value,
            scope,
            cycles: row.scope.cycles.iter().map(|cycle| cycle.as_str()).collect(),
            starts_on: row.starts_at.map(business_day),
            ends_on: row.ends_at.map(coupons::last_day),
            id: row.id.0,
            code: row.code,
            currency: row.currency,
            renewals: row.renewals,
            includes_setup: row.includes_setup,
            is_for_new_customers: row.is_for_new_customers,
            minimum: row.minimum_minor,
            max_uses: row.max_uses,
            max_uses_per_customer: row.max_uses_per_customer,
            used: row.used,
            ended_at: row.ended_at,
            note: row.note,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct CouponList {
    data: Vec<CouponOut>,
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct CouponAnswer {
    coupon: CouponOut,
    /// What its uses that stand have taken off so far, net, minor units.
    given: i64,
}

async fn shape(ctx: &Ctx, id: &CouponId) -> ApiResult<CouponAnswer> {
    let row = find::get(&ctx.db, id).await?;
    let scope = find::names_of(&ctx.db, &row.scope).await.map_err(CommonFault::from)?;
    let given = redemptions::given_minor(&ctx.db, id).await.map_err(CommonFault::from)?;
    Ok(CouponAnswer { coupon: CouponOut::of(row, scope, ctx.now()), given })
}

/// Coupons, newest first.
#[utoipa::path(tag = "whm-operations", params(CouponQuery), responses((status = 200, body = CouponList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/coupons")]
pub async fn list_coupons(staff: Staff<can::ReadCatalog>, query: web::Query<CouponQuery>) -> ApiResult<HttpResponse> {
    let CouponQuery { status, code, cursor, limit } = query.into_inner();
    let is_over = named("status", status.as_deref(), |word| match word {
        "active" => Some(false),
        "over" => Some(true),
        _ => None,
    })?;
    let ctx = &staff.ctx;
    let filter = Filter { begins_with: code.filter(|code| !code.is_empty()), is_over };
    let request = PageQuery { cursor, limit }.request()?;
    let page = find::list(&ctx.db, &filter, ctx.now(), &request).await.map_err(CommonFault::from)?;
    let scopes: Vec<&CouponScope> = page.rows.iter().map(|row| &row.scope).collect();
    let names = find::names_of_all(&ctx.db, &scopes).await.map_err(CommonFault::from)?;
    let data = page.rows.into_iter().zip(names).map(|(row, names)| CouponOut::of(row, names, ctx.now())).collect();
    Ok(HttpResponse::Ok().json(CouponList { data, next_cursor: page.next_cursor }))
}

/// One coupon, and what it has taken off.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = CouponAnswer), (status = 404, body = Problem)))]
#[get("/api/whm/coupons/{id}")]
pub async fn show_coupon(staff: Staff<can::ReadCatalog>, id: web::Path<CouponId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(shape(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct CouponIn {
    /// What customers type: letters, digits and dashes, at most 40.
    #[schema(example = "HEMAT20")]
    code: String,
    /// `percent` or `amount`.
    #[schema(example = "percent")]
    kind: String,
    /// Of a percentage hundredths of a percent (1250 is 12.5 %), taken off each line; of an amount minor units, net, of
    /// all lines together.
    #[schema(example = 2_000)]
    value: i64,
    /// Renewals after the first invoice that it is promised for; none where nobody says; null: all of them.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    renewals: Option<Option<i64>>,
    /// Slugs of services and codes of plans it is for; all where nobody says.
    #[serde(default)]
    scope: Vec<String>,
    /// Cycles it is for; all where nobody says.
    #[serde(default)]
    cycles: Vec<String>,
    /// Whether it takes off setup fees too.
    #[serde(default)]
    includes_setup: bool,
    /// Whether it is only for who has not ordered before.
    #[serde(default)]
    is_for_new_customers: bool,
    /// What the lines it is for must come to, net, minor units.
    #[serde(default)]
    minimum: i64,
    /// Uses at most; any number where nobody says.
    #[serde(default)]
    max_uses: Option<i64>,
    /// Uses by one customer at most; any number where nobody says.
    #[serde(default)]
    max_uses_per_customer: Option<i64>,
    /// First day (of Jakarta) on which it works; from now on where nobody says.
    #[serde(default)]
    starts_on: Option<NaiveDate>,
    /// Last day (of Jakarta) on which it works; without end where nobody says.
    #[serde(default)]
    ends_on: Option<NaiveDate>,
    /// What staff keep it for.
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct CouponChangeIn {
    #[serde(default)]
    code: Option<String>,
    /// `percent` or `amount`, with its `value`.
    #[serde(default)]
    kind: Option<String>,
    /// Of a percentage hundredths of a percent, of an amount minor units.
    #[serde(default)]
    value: Option<i64>,
    /// Null: all of them.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    renewals: Option<Option<i64>>,
    /// All slugs of services and codes of plans; empty: it is for everything.
    #[serde(default)]
    scope: Option<Vec<String>>,
    /// All cycles; empty: it is for every one.
    #[serde(default)]
    cycles: Option<Vec<String>>,
    #[serde(default)]
    includes_setup: Option<bool>,
    #[serde(default)]
    is_for_new_customers: Option<bool>,
    #[serde(default)]
    minimum: Option<i64>,
    /// Null: any number.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    max_uses: Option<Option<i64>>,
    /// Null: any number.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    max_uses_per_customer: Option<Option<i64>>,
    /// Null: from the beginning.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<NaiveDate>)]
    starts_on: Option<Option<NaiveDate>>,
    /// Null: without end.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<NaiveDate>)]
    ends_on: Option<Option<NaiveDate>>,
    /// Null: none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
}

/// A new coupon is one that takes nothing off, changed in everything.
impl From<CouponIn> for CouponChangeIn {
    fn from(new: CouponIn) -> Self {
        Self {
            code: Some(new.code),
            kind: Some(new.kind),
            value: Some(new.value),
            renewals: Some(new.renewals.unwrap_or(Some(0))),
            scope: Some(new.scope),
            cycles: Some(new.cycles),
            includes_setup: Some(new.includes_setup),
            is_for_new_customers: Some(new.is_for_new_customers),
            minimum: Some(new.minimum),
            max_uses: Some(new.max_uses),
            max_uses_per_customer: Some(new.max_uses_per_customer),
            starts_on: Some(new.starts_on),
            ends_on: Some(new.ends_on),
            note: Some(new.note),
        }
    }
}

fn invalid(field: &'static str, code: &'static str) -> CommonFault {
    CommonFault::Invalid(vec![FieldFault::new(field, code)])
}

fn kind_of(word: &str) -> Option<fn(i64) -> Discount> {
    match word {
        "percent" => Some(Discount::Percent),
        "amount" => Some(Discount::Fixed),
        _ => None,
    }
}

/// The instant that `of` makes of a day somebody named; days far away are a slip of the hand.
fn instant(
    field: &'static str,
    named: Option<Option<NaiveDate>>,
    of: impl Fn(NaiveDate) -> Option<DateTime<Utc>>,
) -> Result<Option<Option<DateTime<Utc>>>, CommonFault> {
    let Some(Some(day)) = named else { return Ok(named.map(|_| None)) };
    let at = if (2000..=2999).contains(&day.year()) { of(day) } else { None };
    at.map(|at| Some(Some(at))).ok_or_else(|| invalid(field, "invalid"))
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// What the caller wants of a coupon, its names looked up.
async fn understood(ctx: &Ctx, said: CouponChangeIn) -> ApiResult<impl FnOnce(&mut CouponInput)> {
    let kind = named("kind", said.kind.as_deref(), kind_of)?;
    if kind.is_some() && said.value.is_none() {
        return Err(invalid("value", "required").into());
    }
    let (names, words) = (said.scope.as_deref().unwrap_or_default(), said.cycles.as_deref().unwrap_or_default());
    let scope = find::scope_of(&ctx.db, &names.join(","), &words.join(",")).await?;
    let (names_scope, names_cycles) = (said.scope.is_some(), said.cycles.is_some());
    let starts_at = instant("starts_on", said.starts_on, |day| Some(day_start(day)))?;
    let ends_at = instant("ends_on", said.ends_on, coupons::end_of_day)?;
    Ok(move |input: &mut CouponInput| {
        let CouponInput { code, terms, limits } = input;
        put(code, said.code);
        if let Some(value) = said.value {
            terms.discount = match (kind, terms.discount) {
                (Some(of), _) => of(value),
                (None, Discount::Percent(_)) => Discount::Percent(value),
                (None, Discount::Fixed(_)) => Discount::Fixed(value),
            };
        }
        if names_scope {
            (terms.scope.products, terms.scope.plans) = (scope.products, scope.plans);
        }
        if names_cycles {
            terms.scope.cycles = scope.cycles;
        }
        put(&mut terms.includes_setup, said.includes_setup);
        put(&mut terms.renewals, said.renewals);
        put(&mut terms.is_for_new_customers, said.is_for_new_customers);
        put(&mut terms.minimum_minor, said.minimum);
        put(&mut limits.note, said.note.map(Option::unwrap_or_default));
        put(&mut limits.max_uses, said.max_uses);
        put(&mut limits.max_uses_per_customer, said.max_uses_per_customer);
        put(&mut limits.starts_at, starts_at);
        put(&mut limits.ends_at, ends_at);
    })
}

/// What everything is said of.
fn blank() -> CouponInput {
    let terms = Terms {
        discount: Discount::Fixed(0),
        scope: CouponScope::default(),
        includes_setup: false,
        renewals: Some(0),
        is_for_new_customers: false,
        minimum_minor: 0,
    };
    CouponInput { code: String::new(), terms, limits: Limits::default() }
}

/// Makes a coupon. It works from now on, unless `starts_on` says later.
#[utoipa::path(tag = "whm-operations", request_body = CouponIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CouponAnswer), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/coupons")]
pub async fn create_coupon(
    staff: Staff<can::ManageCatalog>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let said = CouponChangeIn::from(body.parse::<CouponIn>()?);
        let mut input = blank();
        understood(ctx, said).await?(&mut input);
        Ok(coupons::add(ctx, input).await?.id.0)
    };
    let tell = async |id: &str| Answer::created(&shape(&staff.ctx, &CouponId::from(id)).await?);
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Changes a coupon. What is not named stays as it is.
///
/// What has been used keeps its code and terms (409 `COUPON_IN_USE`): only its limits, days and note can be changed.
#[utoipa::path(tag = "whm-operations", request_body = CouponChangeIn, responses((status = 200, body = CouponAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/coupons/{id}")]
pub async fn change_coupon(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<CouponId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    let apply = understood(&staff.ctx, body.parse()?).await?;
    coupons::revise(&staff.ctx, &id, apply).await?;
    Ok(HttpResponse::Ok().json(shape(&staff.ctx, &id).await?))
}

/// Ends a coupon: nobody can use it any more. What was promised with it stays promised; ending twice ends once.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = CouponAnswer), (status = 404, body = Problem)))]
#[post("/api/whm/coupons/{id}/end")]
pub async fn end_coupon(staff: Staff<can::ManageCatalog>, id: web::Path<CouponId>) -> ApiResult<HttpResponse> {
    coupons::end(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(shape(&staff.ctx, &id).await?))
}
