//! The door of gateways: one path for every gateway. A notification is stored and answered; what it says is believed
//! only after the gateway was asked (see `domain::payments`).
use super::{ApiResult, aliases, extract::Notification, principal::Anonymous, problem::Problem};
use crate::{
    domain::payments::gateway_event,
    kernel::fault::{Fault, Kind},
};
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;

/// The name gateways may still be configured with. Served directly, because gateways do not follow redirects.
pub fn older_routes(config: &mut web::ServiceConfig) {
    config.route(aliases::OLDER_DOOR, web::post().to(older));
}

/// It was not stored, for a reason that lies with us: gateways repeat after 503 far more often than after 500.
#[derive(Debug, thiserror::Error)]
#[error("the notification could not be stored: send it again")]
struct NotStored;

impl Fault for NotStored {
    fn kind(&self) -> Kind {
        Kind::Unavailable { retry_after: 60 }
    }

    fn code(&self) -> &'static str {
        "NOTIFICATION_NOT_STORED"
    }
}

#[derive(Serialize, ToSchema)]
struct StoredOut {
    status: &'static str,
    /// The word Tripay looks for; without it the notification would be sent again.
    success: bool,
}

/// Takes a notification of a gateway's default account.
///
/// The body is the vendor's own format; its signature is checked before anything else.
#[utoipa::path(tag = "webhooks", request_body(content = Object, description = "The vendor's own format."), responses(
    (status = 200, description = "Stored.", body = StoredOut), (status = 400, body = Problem),
    (status = 403, description = "The signature is wrong; nothing changed.", body = Problem),
    (status = 404, description = "The gateway is not configured.", body = Problem), (status = 503, body = Problem)))]
#[post("/api/webhooks/{gateway}/notification")]
pub async fn notify(
    caller: Anonymous,
    request: HttpRequest,
    gateway: web::Path<String>,
    body: Notification,
) -> ApiResult<HttpResponse> {
    store(caller, &request, &gateway, None, &body.0).await
}

/// Takes a notification of one of several accounts of a gateway.
#[utoipa::path(tag = "webhooks", request_body(content = Object, description = "The vendor's own format."), responses(
    (status = 200, description = "Stored.", body = StoredOut), (status = 400, body = Problem),
    (status = 403, description = "The signature is wrong; nothing changed.", body = Problem),
    (status = 404, description = "The account is not configured.", body = Problem), (status = 503, body = Problem)))]
#[post("/api/webhooks/{gateway}/{account}/notification")]
pub async fn notify_account(
    caller: Anonymous,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Notification,
) -> ApiResult<HttpResponse> {
    store(caller, &request, &path.0, Some(&path.1), &body.0).await
}

async fn older(
    caller: Anonymous,
    request: HttpRequest,
    gateway: web::Path<String>,
    body: Notification,
) -> ApiResult<HttpResponse> {
    store(caller, &request, &gateway, None, &body.0).await
}

async fn store(
    Anonymous(ctx): Anonymous,
    request: &HttpRequest,
    gateway: &str,
    account: Option<&str>,
    body: &[u8],
) -> ApiResult<HttpResponse> {
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    match gateway_event::receive(&ctx, gateway, account, &headers, body).await {
        Ok(_) => Ok(HttpResponse::Ok().json(StoredOut { status: "ok", success: true })),
        Err(error) if error.kind() == Kind::Internal => {
            tracing::error!(gateway, %error, "A notification of a gateway could not be stored");
            Err(NotStored.into())
        }
        Err(error) => Err(error.into()),
    }
}
