//! `/api/auth`: registering, proving an address, tokens, fresh proof.
use super::{
    ApiResult,
    extract::Body,
    principal::{Anonymous, Caller},
    problem::Problem,
};
use crate::domain::{
    customers::{self, Registration},
    identity::{self, Credentials, SignedIn, step_up, tokens},
};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who registers.
#[derive(Deserialize, ToSchema)]
struct RegisterIn {
    name: String,
    email: String,
    /// At least 10 characters and not easy to guess.
    password: String,
    /// `id` (default) or `en`.
    #[serde(default)]
    locale: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct RegisteredOut {
    user: RegisteredUser,
}

#[derive(Serialize, ToSchema)]
struct RegisteredUser {
    name: String,
    email: String,
    email_verified: bool,
}

/// Opens an account. A known address gets the same answer, and its owner a mail. Registering through the API is
/// consent to the terms (`/terms`) and the privacy statement (`/privacy`) in force.
#[utoipa::path(tag = "auth", request_body = RegisterIn, responses((status = 201, body = RegisteredOut), (status = 422, body = Problem)))]
#[post("/api/auth/register")]
pub async fn register(Anonymous(ctx): Anonymous, body: Body) -> ApiResult<HttpResponse> {
    let input: RegisterIn = body.parse()?;
    let registration = Registration {
        name: &input.name,
        email: &input.email,
        password: &input.password,
        locale: input.locale.as_deref().unwrap_or("id"),
        accepted_terms: true,
    };
    let registered = customers::register(&ctx, registration).await?;
    let user = RegisteredUser { name: registered.name, email: registered.email, email_verified: false };
    Ok(HttpResponse::Created().json(RegisteredOut { user }))
}

#[derive(Deserialize, ToSchema)]
struct EmailIn {
    email: String,
}

/// Sends the link that proves an address once more.
#[utoipa::path(tag = "auth", request_body = EmailIn, responses((status = 202, description = "Whether there is such an account or not.", body = Object)))]
#[post("/api/auth/verification/resend")]
pub async fn resend_verification(Anonymous(ctx): Anonymous, body: Body) -> ApiResult<HttpResponse> {
    identity::request_verification(&ctx, &body.parse::<EmailIn>()?.email).await?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({})))
}

/// Sends a link that sets a new password, if the address has an account.
#[utoipa::path(tag = "auth", request_body = EmailIn, responses((status = 202, description = "Whether there is such an account or not.", body = Object)))]
#[post("/api/auth/password/forgot")]
pub async fn forgot_password(Anonymous(ctx): Anonymous, body: Body) -> ApiResult<HttpResponse> {
    identity::request_reset(&ctx, &body.parse::<EmailIn>()?.email).await?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({})))
}

#[derive(Deserialize, ToSchema)]
struct ResetIn {
    token: String,
    password: String,
}

/// Sets a new password with the token of the mail; every session ends.
#[utoipa::path(tag = "auth", request_body = ResetIn, responses((status = 204), (status = 422, body = Problem)))]
#[post("/api/auth/password/reset")]
pub async fn reset_password(Anonymous(ctx): Anonymous, body: Body) -> ApiResult<HttpResponse> {
    let input: ResetIn = body.parse()?;
    identity::reset_password(&ctx, &input.token, &input.password).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct LoginIn {
    email: String,
    password: String,
    /// Code of the second factor, where it is on.
    #[serde(default)]
    otp: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct TokensOut {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    /// Seconds the access token works.
    expires_in: i64,
}

impl From<tokens::TokenPair> for TokensOut {
    fn from(pair: tokens::TokenPair) -> Self {
        Self {
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            token_type: "Bearer",
            expires_in: pair.expires_in,
        }
    }
}

/// Signs in.
#[utoipa::path(tag = "auth", request_body = LoginIn, responses((status = 200, body = TokensOut), (status = 401, body = Problem), (status = 429, body = Problem)))]
#[post("/api/auth/login")]
pub async fn login(Anonymous(ctx): Anonymous, body: Body) -> ApiResult<HttpResponse> {
    let input: LoginIn = body.parse()?;
    let credentials = Credentials { email: &input.email, password: &input.password, otp: input.otp.as_deref() };
    let user = identity::sign_in(&ctx, credentials).await?;
    let pair = tokens::issue(&ctx, &user.id).await?;
    Ok(HttpResponse::Ok().json(TokensOut::from(pair)))
}

#[derive(Deserialize, ToSchema)]
struct RefreshIn {
    refresh_token: String,
}

/// Exchanges a refresh token for the next pair; a used one ends its whole family.
#[utoipa::path(tag = "auth", request_body = RefreshIn, responses((status = 200, body = TokensOut), (status = 401, body = Problem)))]
#[post("/api/auth/refresh")]
pub async fn refresh(Anonymous(ctx): Anonymous, body: Body) -> ApiResult<HttpResponse> {
    let pair = tokens::refresh(&ctx, &body.parse::<RefreshIn>()?.refresh_token).await?;
    Ok(HttpResponse::Ok().json(TokensOut::from(pair)))
}

/// Signs out: the family of tokens ends.
#[utoipa::path(tag = "auth", responses((status = 204), (status = 401, body = Problem)))]
#[post("/api/auth/logout")]
pub async fn logout(caller: Caller) -> ApiResult<HttpResponse> {
    tokens::revoke_family(&caller.ctx, &caller.signed_in.holder).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Serialize, ToSchema)]
struct MeOut {
    user: MeUser,
    customers: Vec<MeCustomer>,
    /// What a member of staff may do; null for everybody else.
    staff: Option<MeStaff>,
}

#[derive(Serialize, ToSchema)]
struct MeUser {
    id: String,
    name: String,
    email: String,
    email_verified: bool,
    locale: String,
}

#[derive(Serialize, ToSchema)]
struct MeCustomer {
    id: String,
    name: String,
    grant: &'static str,
}

#[derive(Serialize, ToSchema)]
struct MeStaff {
    roles: Vec<String>,
    permissions: Vec<String>,
}

impl From<SignedIn> for MeOut {
    fn from(signed_in: SignedIn) -> Self {
        let user = signed_in.user;
        let staff = user
            .is_staff
            .then(|| MeStaff { roles: signed_in.roles, permissions: signed_in.permissions.into_iter().collect() });
        let customers = signed_in
            .memberships
            .into_iter()
            .map(|place| MeCustomer { id: place.customer_id.0, name: place.customer_name, grant: place.grant.as_str() })
            .collect();
        let user = MeUser {
            id: user.id.0,
            name: user.name,
            email: user.email,
            email_verified: user.email_verified_at.is_some(),
            locale: user.locale,
        };
        Self { user, customers, staff }
    }
}

/// Who calls, in which accounts, with which rights.
#[utoipa::path(tag = "auth", responses((status = 200, body = MeOut), (status = 401, body = Problem)))]
#[get("/api/auth/me")]
pub async fn me(caller: Caller) -> HttpResponse {
    HttpResponse::Ok().json(MeOut::from(caller.signed_in))
}

#[derive(Deserialize, ToSchema)]
struct StepUpIn {
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    otp: Option<String>,
}

/// Proves identity freshly, for a quarter of an hour.
#[utoipa::path(tag = "auth", request_body = StepUpIn, responses((status = 204), (status = 401, body = Problem)))]
#[post("/api/auth/step-up")]
pub async fn prove_freshly(caller: Caller, body: Body) -> ApiResult<HttpResponse> {
    let input: StepUpIn = body.parse()?;
    let proof = match (&input.otp, &input.password) {
        (Some(otp), _) => step_up::Proof::Otp(otp),
        (None, password) => step_up::Proof::Password(password.as_deref().unwrap_or_default()),
    };
    step_up::prove(&caller.ctx, &caller.signed_in.user.id, &caller.signed_in.holder, proof).await?;
    Ok(HttpResponse::NoContent().finish())
}
