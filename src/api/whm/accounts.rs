//! `/api/whm/payment-accounts`: our accounts at payment gateways.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer, Told},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        payments::accounts::{self, AccountInput},
    },
    integrations::gateways::MethodOffer,
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use entity::{payments::payment_account, value::PaymentAccountId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Our account at a gateway.
#[derive(Serialize, ToSchema)]
struct AccountOut {
    id: String,
    gateway: String,
    name: String,
    /// Whether customers are offered its ways to pay.
    enabled: bool,
    /// Whether it is used where no other is named.
    default: bool,
    /// Of several that offer the same way to pay, the one with the lowest is used.
    position: i32,
    /// Whether it comes from the configuration: then it is changed there.
    is_from_environment: bool,
    /// When its connection was last tested well, since it was changed.
    tested_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<payment_account::Model> for AccountOut {
    fn from(row: payment_account::Model) -> Self {
        Self {
            id: row.id.0,
            gateway: row.gateway,
            name: row.name,
            enabled: row.is_enabled,
            default: row.is_default,
            position: row.position,
            is_from_environment: row.is_from_environment,
            tested_at: row.tested_at,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct AccountList {
    data: Vec<AccountOut>,
}

/// Our accounts at gateways, all of them, by their place.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = AccountList), (status = 403, body = Problem)))]
#[get("/api/whm/payment-accounts")]
pub async fn list_accounts(staff: Staff<can::ReadPayments>) -> ApiResult<HttpResponse> {
    let rows = accounts::list(&staff.ctx).await?;
    Ok(HttpResponse::Ok().json(AccountList { data: rows.into_iter().map(AccountOut::from).collect() }))
}

#[derive(Serialize, ToSchema)]
struct AccountDetail {
    account: AccountOut,
    /// Address instead of the vendor's.
    base_url: Option<String>,
    /// Where the gateway sends its notifications to; null where nobody does.
    notification_url: Option<String>,
    /// Settings of the gateway by name; null where nothing is set. What is secret is shown as dots.
    settings: BTreeMap<&'static str, Option<String>>,
    /// Its ways to pay, and whether customers are offered them.
    ways: BTreeMap<String, bool>,
}

async fn detail(ctx: &Ctx, id: &PaymentAccountId) -> ApiResult<AccountDetail> {
    let account = accounts::open_by_id(ctx, id).await?;
    let settings = accounts::shown_settings(ctx, id).await?;
    let hidden = accounts::hidden_ways(&account.row);
    let offer = |way: MethodOffer| {
        let key = way.key();
        (key.clone(), !hidden.contains(&key))
    };
    let ways = account.gateway.methods().into_iter().map(offer).collect();
    let is_notified = !account.row.is_from_environment && account.gateway.by_people().is_none();
    let address = || format!("{}{}", ctx.config.public_url(), accounts::notification_path(&account.row));
    Ok(AccountDetail {
        base_url: account.row.base_url.clone(),
        notification_url: is_notified.then(address),
        settings,
        ways,
        account: account.row.into(),
    })
}

/// One account with its settings.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = AccountDetail), (status = 404, body = Problem)))]
#[get("/api/whm/payment-accounts/{id}")]
pub async fn show_account(
    staff: Staff<can::ManageSettings>,
    id: web::Path<PaymentAccountId>,
) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(detail(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct AccountIn {
    /// At which gateway: `midtrans`, `xendit`, `tripay`, `transfer`.
    gateway: String,
    name: String,
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    default: bool,
    /// 1 to 999.
    #[serde(default)]
    position: Option<i32>,
    /// Address instead of the vendor's.
    #[serde(default)]
    base_url: Option<String>,
    /// Settings of the gateway by name, for example `server_key`.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: BTreeMap<String, String>,
}

async fn told(ctx: &Ctx, id: &str) -> Told {
    Answer::created(&detail(ctx, &PaymentAccountId::from(id)).await?)
}

/// Makes an account at a gateway.
#[utoipa::path(tag = "whm-money", request_body = AccountIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = AccountDetail), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/payment-accounts")]
pub async fn add_account(
    staff: Fresh<can::ManageSettings>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: AccountIn = body.parse()?;
        let new = AccountInput {
            name: input.name,
            is_enabled: input.enabled,
            is_default: input.default,
            position: input.position,
            base_url: input.base_url,
            values: input.settings,
        };
        Ok(accounts::create(ctx, &input.gateway, new).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct AccountChange {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default)]
    default: Option<bool>,
    /// 1 to 999.
    #[serde(default)]
    position: Option<i32>,
    /// Address instead of the vendor's; an empty one is the vendor's again.
    #[serde(default)]
    base_url: Option<String>,
    /// Settings to replace by name; those not named or empty stay.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: BTreeMap<String, String>,
}

/// Changes an account; what is left out stays. A secret that is replaced is believed in notifications a while longer.
#[utoipa::path(tag = "whm-money", request_body = AccountChange, responses((status = 200, body = AccountDetail), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/payment-accounts/{id}")]
pub async fn change_account(
    staff: Fresh<can::ManageSettings>,
    id: web::Path<PaymentAccountId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    accounts::open_by_id(&staff.ctx, &id).await?;
    let input: AccountChange = body.parse()?;
    let change = |row: &payment_account::Model| AccountInput {
        name: input.name.unwrap_or_else(|| row.name.clone()),
        is_enabled: input.enabled.unwrap_or(row.is_enabled),
        is_default: input.default.unwrap_or(row.is_default),
        position: input.position,
        base_url: input.base_url.or_else(|| row.base_url.clone()),
        values: input.settings,
    };
    accounts::update(&staff.ctx, &id, change).await?;
    Ok(HttpResponse::Ok().json(detail(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct WaysIn {
    /// The ways to pay that customers are offered; all others are not.
    offered: BTreeSet<String>,
}

/// Says which of an account's ways to pay customers are offered. Twice is once.
#[utoipa::path(tag = "whm-money", request_body = WaysIn, responses((status = 200, body = AccountDetail), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/payment-accounts/{id}/ways")]
pub async fn set_account_ways(
    staff: Fresh<can::ManageSettings>,
    id: web::Path<PaymentAccountId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    accounts::open_by_id(&staff.ctx, &id).await?;
    accounts::offer_ways(&staff.ctx, &id, &body.parse::<WaysIn>()?.offered).await?;
    Ok(HttpResponse::Ok().json(detail(&staff.ctx, &id).await?))
}

/// Asks the gateway whether an account works, without moving money, and notes that it does.
///
/// Where it does not, the answer says why: 502 `GATEWAY_REFUSED`, 503 `GATEWAY_UNAVAILABLE`.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = AccountDetail), (status = 404, body = Problem), (status = 502, body = Problem)))]
#[post("/api/whm/payment-accounts/{id}/test")]
pub async fn test_account(
    staff: Staff<can::ManageSettings>,
    id: web::Path<PaymentAccountId>,
) -> ApiResult<HttpResponse> {
    accounts::test(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(detail(&staff.ctx, &id).await?))
}
