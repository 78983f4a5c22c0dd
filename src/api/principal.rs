//! Who calls the API: a bearer token of a user. A handler's signature is its access rule.
use super::{
    RequestFault,
    extract::single_header,
    problem::{ApiError, ApiResult},
};
use crate::{
    domain::{
        Ctx, Services,
        customers::{self, CustomerError},
        identity::{self, IdentityError, SignedIn},
    },
    kernel::{
        actor::Actor,
        fault::{CommonFault, Fault, Kind},
        permission::{MemberRight, Permission},
        request,
    },
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use entity::value::{CustomerId, UserId};
use futures_util::future::LocalBoxFuture;
use std::{marker::PhantomData, ops::Deref, sync::Arc};

/// Nobody says who he is.
#[derive(Debug, thiserror::Error)]
#[error("a bearer token is needed")]
struct TokenMissing;

impl Fault for TokenMissing {
    fn kind(&self) -> Kind {
        Kind::Unauthenticated
    }

    fn code(&self) -> &'static str {
        "UNAUTHENTICATED"
    }
}

fn services_of(request: &HttpRequest) -> Arc<Services> {
    let services = request.app_data::<web::Data<Services>>();
    services.expect("the server puts the services into every application").clone().into_inner()
}

fn ctx_of(request: &HttpRequest, actor: Actor) -> Ctx {
    let services = services_of(request);
    let visitor = request::visitor(request, &services.config.server.trusted_proxies);
    Ctx {
        services,
        actor,
        address: visitor.map(|ip| ip.to_string()),
        correlation: request::correlation(request),
        once: None,
    }
}

async fn signed_in(request: &HttpRequest) -> ApiResult<SignedIn> {
    let value = single_header(request, header::AUTHORIZATION.as_str())?.and_then(|value| value.to_str().ok());
    let token = value
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(TokenMissing)?;
    Ok(identity::find_bearer(&services_of(request), token).await?)
}

/// Anybody.
pub struct Anonymous(pub Ctx);

impl FromRequest for Anonymous {
    type Error = ApiError;
    type Future = std::future::Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(ctx_of(request, Actor::Visitor))))
    }
}

/// A user who is signed in, whatever he may do.
pub struct Caller {
    /// The use case's view of the house.
    pub ctx: Ctx,
    /// Everything known about him.
    pub signed_in: SignedIn,
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let signed_in = signed_in(&request).await?;
            let actor = if signed_in.user.is_staff {
                Actor::Staff { user_id: signed_in.user.id.clone() }
            } else {
                match signed_in.memberships.first() {
                    Some(place) => {
                        Actor::User { user_id: signed_in.user.id.clone(), customer_id: place.customer_id.clone() }
                    }
                    None => Actor::Visitor,
                }
            };
            Ok(Self { ctx: ctx_of(&request, actor), signed_in })
        })
    }
}

/// A member of a customer's account who holds the right `R`. The header `Yumna-Customer` chooses the account; a
/// foreign one is 404.
pub struct Member<R: MemberRight> {
    /// The use case's view of the house, the member as its actor.
    pub ctx: Ctx,
    /// Who.
    pub user_id: UserId,
    /// In which account.
    pub customer_id: CustomerId,
    right: PhantomData<R>,
}

impl<R: MemberRight> FromRequest for Member<R> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let signed_in = signed_in(&request).await?;
            let asked = match single_header(&request, "yumna-customer")?.map(|value| value.to_str()) {
                None => None,
                Some(Ok(id)) => Some(CustomerId::from(id)),
                Some(Err(_)) => return Err(RequestFault::Query("Yumna-Customer is not an id".to_owned()).into()),
            };
            if asked.is_none() && signed_in.memberships.is_empty() {
                return Err(match signed_in.has_closed_account {
                    true => CustomerError::AccountClosed.into(),
                    false => CommonFault::Forbidden.into(),
                });
            }
            let place = customers::resolve(&signed_in, asked.as_ref())?;
            if !R::allows(place.grant) {
                return Err(CommonFault::Forbidden.into());
            }
            let (user_id, customer_id) = (signed_in.user.id.clone(), place.customer_id.clone());
            let actor = Actor::User { user_id: user_id.clone(), customer_id: customer_id.clone() };
            Ok(Self { ctx: ctx_of(&request, actor), user_id, customer_id, right: PhantomData })
        })
    }
}

/// A member of staff who holds the permission `P`.
pub struct Staff<P: Permission> {
    /// The use case's view of the house, the member of staff as its actor.
    pub ctx: Ctx,
    /// Everything known about him.
    pub signed_in: SignedIn,
    permission: PhantomData<P>,
}

impl<P: Permission> Staff<P> {
    async fn of(request: &HttpRequest) -> ApiResult<Self> {
        let signed_in = signed_in(request).await?;
        if !signed_in.may(P::CODE) {
            return Err(CommonFault::Forbidden.into());
        }
        if !signed_in.has_second_factor && services_of(request).requires_staff_totp() {
            return Err(IdentityError::SecondFactorRequired.into());
        }
        let actor = Actor::Staff { user_id: signed_in.user.id.clone() };
        Ok(Self { ctx: ctx_of(request, actor), signed_in, permission: PhantomData })
    }
}

impl<P: Permission> FromRequest for Staff<P> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

/// A member of staff who holds `P` and has just proven who he is (`POST /api/auth/step-up`): for money by hand, roles
/// and secrets. The demo does not ask.
pub struct Fresh<P: Permission>(Staff<P>);

impl<P: Permission> Deref for Fresh<P> {
    type Target = Staff<P>;

    fn deref(&self) -> &Staff<P> {
        &self.0
    }
}

impl<P: Permission> FromRequest for Fresh<P> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let staff = Staff::of(&request).await?;
            let (ctx, signed_in) = (&staff.ctx, &staff.signed_in);
            if !ctx.is_demo {
                identity::step_up::require(&ctx.db, ctx.now(), &signed_in.user.id, &signed_in.holder).await?;
            }
            Ok(Self(staff))
        })
    }
}
