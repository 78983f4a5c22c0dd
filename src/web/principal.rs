//! Who asks for a page. A handler's signature is its access rule: `Visitor`, `Member<may::Pay>`,
//! `Staff<can::VoidInvoices>`, `Fresh<can::RefundPayments>`. Not signed in leads to the sign-in page, a missing right is
//! 403, missing proof leads to the page that asks for it.
use super::{
    csrf, flash,
    frame::{self, Account, Door, Frame},
    preferences,
};
use crate::{
    domain::{
        Ctx, Services,
        customers::CustomerError,
        identity::{self, IdentityError, Membership, SignedIn},
        payments::{transfer, unallocated},
    },
    kernel::{
        actor::Actor,
        fault::{CommonFault, Fault, Kind},
        permission::{MemberRight, Permission, can},
        request,
    },
    web::WebError,
};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    dev::Payload,
};
use entity::value::{CustomerId, UserId};
use futures_util::future::LocalBoxFuture;
use std::{marker::PhantomData, net::IpAddr, ops::Deref, sync::Arc};

/// Nobody is signed in.
#[derive(Debug, thiserror::Error)]
#[error("nobody is signed in")]
pub struct NotSignedIn;

impl Fault for NotSignedIn {
    fn kind(&self) -> Kind {
        Kind::Unauthenticated
    }

    fn code(&self) -> &'static str {
        "UNAUTHENTICATED"
    }
}

/// Name of the cookie that holds the session's key.
pub fn session_cookie_name(services: &Services) -> &'static str {
    if services.config.is_secure() { "__Host-session" } else { "session" }
}

/// The cookie that holds the session's key; an empty key removes it.
pub fn session_cookie(services: &Services, key: &str) -> Cookie<'static> {
    let lifetime = if key.is_empty() { Duration::ZERO } else { Duration::days(identity::session::SIGNED_IN_DAYS) };
    Cookie::build(session_cookie_name(services), key.to_owned())
        .path("/")
        .http_only(true)
        .secure(services.config.is_secure())
        .same_site(SameSite::Lax)
        .max_age(lifetime)
        .finish()
}

/// The session's key, as the browser sent it.
pub fn session_key(services: &Services, request: &HttpRequest) -> Option<String> {
    request.cookie(session_cookie_name(services)).map(|cookie| cookie.value().to_owned()).filter(|key| !key.is_empty())
}

/// The visitor's network address.
pub fn address_of(services: &Services, request: &HttpRequest) -> Option<String> {
    visitor_of(services, request).map(|ip| ip.to_string())
}

/// The same, to count by.
pub fn visitor_of(services: &Services, request: &HttpRequest) -> Option<IpAddr> {
    request::visitor(request, &services.config.server.trusted_proxies)
}

/// What every principal knows of its request.
#[derive(Clone)]
struct Asked {
    services: Arc<Services>,
    request: HttpRequest,
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        Self { services: super::services(request), request: request.clone() }
    }

    fn ctx(&self, actor: Actor) -> Ctx {
        Ctx {
            services: self.services.clone(),
            actor,
            address: address_of(&self.services, &self.request),
            correlation: request::correlation(&self.request),
            once: None,
        }
    }

    /// Looked up once per request, however many extractors ask.
    async fn signed_in(&self) -> Result<Option<Arc<SignedIn>>, WebError> {
        if let Some(Known(found)) = self.request.extensions().get::<Known>().cloned() {
            return Ok(found);
        }
        let found = match session_key(&self.services, &self.request) {
            None => None,
            Some(key) => identity::find_signed_in(&self.services, &key).await.map_err(CommonFault::from)?,
        };
        self.request.extensions_mut().insert(Known(found.clone()));
        Ok(found)
    }

    fn frame(&self, door: Door, signed_in: Option<&SignedIn>, customer_id: Option<&CustomerId>) -> Frame {
        let path = self.request.uri().path_and_query().map_or("/", |path| path.as_str());
        let (lang, theme) = preferences::of(&self.request);
        let mut frame = Frame::new(door, lang, theme, path, self.services.clock.now());
        frame.csrf = csrf::token_of(&self.services, &self.request);
        frame.is_demo = self.services.is_demo;
        frame.flash = flash::of(&self.request, lang);
        if let Some(signed_in) = signed_in {
            frame.user = Some(frame::SignedIn {
                name: signed_in.user.name.clone(),
                email: signed_in.user.email.clone(),
                is_staff: signed_in.user.is_staff,
            });
            frame.accounts = signed_in
                .memberships
                .iter()
                .map(|place| Account {
                    id: place.customer_id.0.clone(),
                    name: place.customer_name.clone(),
                    current: Some(&place.customer_id) == customer_id,
                })
                .collect();
        }
        frame
    }
}

#[derive(Clone)]
struct Known(Option<Arc<SignedIn>>);

/// The account a signed-in person acts for: the one used last, else the oldest.
fn current(signed_in: &SignedIn) -> Option<&Membership> {
    let last = signed_in.user.last_customer_id.as_deref();
    let places = &signed_in.memberships;
    places.iter().find(|place| Some(place.customer_id.as_str()) == last).or_else(|| places.first())
}

/// What somebody is told who belongs to no account he could act in.
fn without_account(signed_in: &SignedIn) -> WebError {
    match signed_in.has_closed_account {
        true => CustomerError::AccountClosed.into(),
        false => CommonFault::Forbidden.into(),
    }
}

/// Anybody, signed in or not.
pub struct Visitor {
    /// The use case's view of the house; the actor is the user of an account where one is signed in.
    pub ctx: Ctx,
    /// Who is signed in.
    pub signed_in: Option<Arc<SignedIn>>,
    /// The account, where one is signed in and belongs to one.
    pub customer_id: Option<CustomerId>,
    asked: Asked,
}

impl Visitor {
    /// The frame of a public page.
    pub fn frame(&self) -> Frame {
        self.asked.frame(Door::Public, self.signed_in.as_deref(), self.customer_id.as_ref())
    }

    /// The request itself, for cookies.
    pub fn request(&self) -> &HttpRequest {
        &self.asked.request
    }
}

impl FromRequest for Visitor {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = Asked::of(request);
        Box::pin(async move {
            let signed_in = asked.signed_in().await?;
            let place = signed_in.as_deref().and_then(current);
            let customer_id = place.map(|place| place.customer_id.clone());
            let actor = match (&signed_in, &customer_id) {
                (Some(signed_in), Some(customer_id)) => {
                    Actor::User { user_id: signed_in.user.id.clone(), customer_id: customer_id.clone() }
                }
                _ => Actor::Visitor,
            };
            Ok(Self { ctx: asked.ctx(actor), signed_in, customer_id, asked })
        })
    }
}

/// A member of a customer's account who holds the right `R`.
pub struct Member<R: MemberRight> {
    /// The use case's view of the house, the member as its actor.
    pub ctx: Ctx,
    /// Who.
    pub user_id: UserId,
    /// In which account.
    pub customer_id: CustomerId,
    /// Everything known about him.
    pub signed_in: Arc<SignedIn>,
    account: Membership,
    asked: Asked,
    right: PhantomData<R>,
}

impl<R: MemberRight> Member<R> {
    /// The frame of a page of the panel.
    pub fn frame(&self) -> Frame {
        self.asked.frame(Door::Panel, Some(&self.signed_in), Some(&self.customer_id))
    }

    /// Whether he also holds another right: pages show only what may be done.
    pub fn may<Other: MemberRight>(&self) -> bool {
        Other::allows(self.account.grant)
    }

    /// The account he acts for.
    pub fn account(&self) -> &Membership {
        &self.account
    }

    /// The request itself, for cookies.
    pub fn request(&self) -> &HttpRequest {
        &self.asked.request
    }
}

impl<R: MemberRight> FromRequest for Member<R> {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = Asked::of(request);
        Box::pin(async move {
            let signed_in = asked.signed_in().await?.ok_or(NotSignedIn)?;
            let place = current(&signed_in).ok_or_else(|| without_account(&signed_in))?;
            if !R::allows(place.grant) {
                return Err(CommonFault::Forbidden.into());
            }
            let (user_id, customer_id) = (signed_in.user.id.clone(), place.customer_id.clone());
            let actor = Actor::User { user_id: user_id.clone(), customer_id: customer_id.clone() };
            let account = place.clone();
            Ok(Self { ctx: asked.ctx(actor), user_id, customer_id, signed_in, account, asked, right: PhantomData })
        })
    }
}

/// A member of staff who holds the permission `P`.
pub struct Staff<P: Permission> {
    /// The use case's view of the house, the member of staff as its actor.
    pub ctx: Ctx,
    /// Who.
    pub user_id: UserId,
    /// Everything known about him.
    pub signed_in: Arc<SignedIn>,
    /// How many bank transfers wait for staff, where he may see them.
    waiting_transfers: u64,
    /// How much money that fits nothing waits for staff, where he may see it.
    unallocated: u64,
    asked: Asked,
    permission: PhantomData<P>,
}

impl<P: Permission> Staff<P> {
    /// The frame of a page of WHM; the menu shows only what he may open.
    pub fn frame(&self) -> Frame {
        let mut frame = self.asked.frame(Door::Whm, Some(&self.signed_in), None);
        frame.keep_entries(|code| self.signed_in.may(code));
        frame.count("transfers", self.waiting_transfers);
        frame.count("unallocated", self.unallocated);
        frame
    }

    /// Whether he also holds another permission: pages show only what may be done.
    pub fn may<Other: Permission>(&self) -> bool {
        self.signed_in.may(Other::CODE)
    }

    /// Refuses where identity was not proven freshly; pages lead to the step-up page and back.
    async fn require_fresh(&self) -> Result<(), WebError> {
        let (ctx, holder) = (&self.ctx, &self.signed_in.holder);
        Ok(identity::step_up::require(&ctx.db, ctx.now(), &self.user_id, holder).await?)
    }

    /// Who asks, if he may; the second factor is not looked at.
    async fn admitted(asked: Asked) -> Result<Self, WebError> {
        let signed_in = asked.signed_in().await?.ok_or(NotSignedIn)?;
        if !signed_in.may(P::CODE) {
            return Err(CommonFault::Forbidden.into());
        }
        let user_id = signed_in.user.id.clone();
        let actor = Actor::Staff { user_id: user_id.clone() };
        let ctx = asked.ctx(actor);
        Ok(Self { ctx, user_id, signed_in, waiting_transfers: 0, unallocated: 0, asked, permission: PhantomData })
    }

    /// The same, with the second factor staff need.
    async fn complete(asked: Asked) -> Result<Self, WebError> {
        let mut staff = Self::admitted(asked).await?;
        if !staff.signed_in.has_second_factor && staff.ctx.requires_staff_totp() {
            return Err(IdentityError::SecondFactorRequired.into());
        }
        if staff.may::<can::ReadPayments>() {
            staff.waiting_transfers = transfer::to_check(&staff.ctx).await.map_err(CommonFault::from)?;
            staff.unallocated = unallocated::open_count(&staff.ctx).await.map_err(CommonFault::from)?;
        }
        Ok(staff)
    }
}

impl<P: Permission> FromRequest for Staff<P> {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::complete(Asked::of(request)))
    }
}

/// A member of staff who holds `P` and has just proven who he is: for money by hand, roles and secrets. Whoever has
/// not is led to the step-up page and back.
pub struct Fresh<P: Permission>(Staff<P>);

impl<P: Permission> Deref for Fresh<P> {
    type Target = Staff<P>;

    fn deref(&self) -> &Staff<P> {
        &self.0
    }
}

impl<P: Permission> FromRequest for Fresh<P> {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = Asked::of(request);
        Box::pin(async move {
            let staff = Staff::complete(asked).await?;
            staff.require_fresh().await?;
            Ok(Self(staff))
        })
    }
}

/// A member of staff on his way to a second factor: the pages of enrolment and of fresh proof, nothing else.
pub struct Enrolling(Staff<can::SeeDashboard>);

impl Enrolling {
    /// Refuses where identity was not proven freshly.
    ///
    /// # Errors
    /// `StepUpRequired`, which leads to the step-up page and back; the database.
    pub async fn require_fresh(&self) -> Result<(), WebError> {
        self.0.require_fresh().await
    }
}

impl Deref for Enrolling {
    type Target = Staff<can::SeeDashboard>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl FromRequest for Enrolling {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = Asked::of(request);
        Box::pin(async move { Ok(Self(Staff::admitted(asked).await?)) })
    }
}
