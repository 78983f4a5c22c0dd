//! How often one network address may send the forms that cost us something. The same counters serve the API.
use super::{WebError, principal};
use crate::{domain::Services, kernel::rate_limit::Act};
use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web,
};

/// What sending a form costs us, where that is limited.
fn act_of(path: &str) -> Option<Act> {
    match path {
        "/login" | "/login/code" => Some(Act::SignIn),
        "/register" => Some(Act::Register),
        "/verify/resend" | "/forgot" => Some(Act::Mail),
        // Codes are not to be guessed one after the other.
        "/checkout" | "/cart/coupon" => Some(Act::Order),
        "/panel/wallet" => Some(Act::Pay),
        _ if path.starts_with("/panel/quotes/") && path.ends_with("/accept") => Some(Act::Order),
        _ if path.starts_with("/reset/") => Some(Act::SignIn),
        _ if path.starts_with("/catalog/") && path.ends_with("/waitlist") => Some(Act::Mail),
        // Asking whether money came, or giving up, starts nothing.
        _ if path.ends_with("/check") || path.ends_with("/cancel") => None,
        _ if path.starts_with("/pay/") => Some(Act::Pay),
        "/panel/invoices/pay-together" => Some(Act::Pay),
        _ if path.starts_with("/panel/invoices/") && (path.ends_with("/pay") || path.ends_with("/proof")) => {
            Some(Act::Pay)
        }
        _ if path.starts_with("/panel/payments/") && path.ends_with("/proof") => Some(Act::Pay),
        _ => None,
    }
}

/// Refuses forms that are sent too often.
pub async fn guard<B: MessageBody + 'static>(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if *request.method() == Method::POST
        && let Some(act) = act_of(request.path())
        && let Err(refused) = services.limits.check(act, principal::visitor_of(&services, request.request()))
    {
        return Ok(request.error_response(WebError::from(refused)).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_cost_something_are_counted_and_others_are_not() {
        assert_eq!(act_of("/pay/abc"), Some(Act::Pay));
        assert_eq!(act_of("/panel/invoices/inv_1/pay"), Some(Act::Pay));
        assert_eq!(act_of("/catalog/n8n/waitlist"), Some(Act::Mail));
        assert_eq!(act_of("/cart/coupon"), Some(Act::Order));
        assert_eq!(act_of("/pay/abc/check"), None);
        for proof in ["/pay/abc/proof", "/panel/invoices/inv_1/pay/proof", "/panel/payments/pay_1/proof"] {
            assert_eq!(act_of(proof), Some(Act::Pay), "{proof}");
        }
        assert_eq!(act_of("/panel/profile"), None);
    }
}
