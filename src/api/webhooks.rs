//! The door of gateways: one path for every gateway. A notification is stored and answered; what it says is believed
//! only after the gateway was asked (see `domain::payments`).
use super::{ApiResult, extract::Body, principal::Anonymous};
use crate::domain::payments::gateway_event;
use actix_web::{HttpRequest, HttpResponse, web};

/// Largest notification that is read.
const LIMIT_BYTES: usize = 256 * 1024;

/// Registers the door, with the older name gateways may still be configured with.
pub fn routes(config: &mut web::ServiceConfig) {
    for (path, handler) in [
        ("/api/webhooks/{gateway}/notification", web::post().to(receive_default)),
        ("/api/webhooks/{gateway}/{account}/notification", web::post().to(receive)),
        ("/api/payments/{gateway}/webhook", web::post().to(receive_default)),
    ] {
        config.service(web::resource(path).app_data(web::PayloadConfig::new(LIMIT_BYTES)).route(handler));
    }
}

async fn receive_default(
    caller: Anonymous,
    request: HttpRequest,
    gateway: web::Path<String>,
    body: Body,
) -> ApiResult<HttpResponse> {
    store(caller, &request, &gateway, None, &body).await
}

async fn receive(
    caller: Anonymous,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Body,
) -> ApiResult<HttpResponse> {
    store(caller, &request, &path.0, Some(&path.1), &body).await
}

async fn store(
    Anonymous(ctx): Anonymous,
    request: &HttpRequest,
    gateway: &str,
    account: Option<&str>,
    body: &Body,
) -> ApiResult<HttpResponse> {
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    gateway_event::receive(&ctx, gateway, account, &headers, body.bytes()).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ok" })))
}
