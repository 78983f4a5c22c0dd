//! `/api/panel/custom-domains`: names of the customer before his services, and what has to be set for them.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        provisioning::{
            custom_domains::{self, Ways, proof_name, proof_text},
            find,
        },
    },
    kernel::{fault::CommonFault, permission::may},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    provisioning::{custom_domain, instance},
    value::{CustomDomainId, InstanceId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A record at whoever keeps the zone of the name.
#[derive(Serialize, ToSchema)]
pub struct RecordOut {
    /// `TXT`, `CNAME`, `A` or `AAAA`.
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    value: String,
    /// `proof`: who owns the name; `route`: the way to the service, of which one is enough.
    purpose: &'static str,
}

/// A name of the customer before one of his services.
#[derive(Serialize, ToSchema)]
pub struct CustomDomainOut {
    id: String,
    instance_id: String,
    /// In small letters, international letters as punycode.
    host: String,
    /// `pending`, `proven`, `active`, `failing` or `removed`.
    status: &'static str,
    /// What the last look found wrong: a stable word.
    failure: Option<&'static str>,
    /// Whether it answers over https.
    encrypted: bool,
    /// What has to be set.
    records: Vec<RecordOut>,
    failing_since: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    next_check_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// Names before a service.
#[derive(Serialize, ToSchema)]
pub struct CustomDomainList {
    data: Vec<CustomDomainOut>,
    /// Always null: there are five at most.
    next_cursor: Option<String>,
}

fn records(row: &custom_domain::Model, ways: &Ways) -> Vec<RecordOut> {
    let proof = RecordOut { kind: "TXT", name: proof_name(&row.host), value: proof_text(&row.token), purpose: "proof" };
    let alias = RecordOut { kind: "CNAME", name: row.host.clone(), value: ways.host.clone(), purpose: "route" };
    let addresses = ways.addresses.iter().map(|address| RecordOut {
        kind: if address.contains(':') { "AAAA" } else { "A" },
        name: row.host.clone(),
        value: address.clone(),
        purpose: "route",
    });
    [proof, alias].into_iter().chain(addresses).collect()
}

fn shape(row: custom_domain::Model, ways: &Ways) -> CustomDomainOut {
    CustomDomainOut {
        records: records(&row, ways),
        id: row.id.0,
        instance_id: row.instance_id.0,
        host: row.host,
        status: row.status.as_str(),
        failure: row.failure.map(|failure| failure.as_str()),
        encrypted: ways.has_certificates,
        failing_since: row.failing_since,
        checked_at: row.checked_at,
        next_check_at: row.next_check_at,
        created_at: row.created_at,
    }
}

/// Names before `instance`.
pub async fn of_instance(ctx: &Ctx, instance: &instance::Model) -> ApiResult<CustomDomainList> {
    let ways = custom_domains::find::ways(ctx, instance).await?;
    let rows = custom_domains::find::list(&ctx.db, &instance.id).await.map_err(CommonFault::from)?;
    let data = rows.into_iter().map(|row| shape(row, &ways)).collect();
    Ok(CustomDomainList { data, next_cursor: None })
}

async fn told(ctx: &Ctx, row: custom_domain::Model) -> ApiResult<CustomDomainOut> {
    let instance = find::get(&ctx.db, &row.instance_id).await?;
    let ways = custom_domains::find::ways(ctx, &instance).await?;
    Ok(shape(row, &ways))
}

/// Names before a service, oldest first, with the records that have to be set for them.
#[utoipa::path(tag = "services", responses((status = 200, body = CustomDomainList), (status = 404, body = Problem)))]
#[get("/api/panel/instances/{id}/custom-domains")]
pub async fn list_custom_domains(me: Member<may::Read>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    let instance = find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(of_instance(&me.ctx, &instance).await?))
}

#[derive(Deserialize, ToSchema)]
struct CustomDomainIn {
    /// The name, without scheme and path.
    #[schema(example = "toko.example.id")]
    host: String,
}

/// Puts a name before a service. It is used once its records are found: they are looked for after a minute, and then
/// ever more seldom for seven days. The same name twice is one.
#[utoipa::path(tag = "services", request_body = CustomDomainIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CustomDomainOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/panel/instances/{id}/custom-domains")]
pub async fn add_custom_domain(
    me: Member<may::Operate>,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| {
        let host = body.parse::<CustomDomainIn>()?.host;
        Ok(custom_domains::add(ctx, &me.customer_id, &id, &host).await?.id.0)
    };
    let tell = async |made: &str| {
        let made = CustomDomainId::from(made);
        let row = custom_domains::find::get_for(&me.ctx.db, &me.customer_id, &made).await?;
        Answer::created(&told(&me.ctx, row).await?)
    };
    idempotent::run(&me.ctx, &key, body.bytes(), work, tell).await
}

/// Looks at the records of a name now; the answer says what was found. Every 15 seconds at most.
#[utoipa::path(tag = "services", responses((status = 200, body = CustomDomainOut), (status = 404, body = Problem), (status = 429, body = Problem)))]
#[post("/api/panel/custom-domains/{id}/check")]
pub async fn check_custom_domain(me: Member<may::Operate>, id: web::Path<CustomDomainId>) -> ApiResult<HttpResponse> {
    let row = custom_domains::check_now(&me.ctx, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(told(&me.ctx, row).await?))
}

/// Takes a name away from its service. Twice is once.
#[utoipa::path(tag = "services", responses((status = 204), (status = 404, body = Problem)))]
#[post("/api/panel/custom-domains/{id}/remove")]
pub async fn remove_custom_domain(me: Member<may::Operate>, id: web::Path<CustomDomainId>) -> ApiResult<HttpResponse> {
    custom_domains::remove(&me.ctx, &me.customer_id, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
