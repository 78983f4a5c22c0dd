//! The same POST sent twice is done once and answered twice, where the caller names it by `Idempotency-Key`.
//!
//! A handler says in two parts what it does: `work` makes something and gives its id (the use case binds the key to it
//! in its own transaction, see `Ctx::made`), `tell` shapes the answer from that id. Where the process dies between the
//! two, the next try is answered by `tell` alone.
use super::{
    extract::IdempotencyKey,
    problem::{ApiError, ApiResult, status_of},
};
use crate::{
    domain::Ctx,
    kernel::{
        actor::Actor,
        fault::{CommonFault, Fault, Kind},
        idempotency::{self, Begin, Key},
        token,
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;

/// An answer that can be kept.
pub struct Answer {
    status: StatusCode,
    body: String,
}

/// What `tell` finds of what was made; `None`: it came to nothing and may be done once more.
pub type Told = ApiResult<Option<Answer>>;

impl Answer {
    /// 200 with `body`.
    pub fn ok(body: &impl Serialize) -> Told {
        Self::of(StatusCode::OK, body)
    }

    /// 201 with `body`.
    pub fn created(body: &impl Serialize) -> Told {
        Self::of(StatusCode::CREATED, body)
    }

    /// 202 with `body`.
    pub fn accepted(body: &impl Serialize) -> Told {
        Self::of(StatusCode::ACCEPTED, body)
    }

    fn of(status: StatusCode, body: &impl Serialize) -> Told {
        let body = serde_json::to_string(body).map_err(|error| CommonFault::Internal(error.to_string()))?;
        Ok(Some(Self { status, body }))
    }

    fn respond(self) -> HttpResponse {
        HttpResponse::build(self.status).content_type("application/json").body(self.body)
    }
}

/// What a key was refused for.
#[derive(Debug, thiserror::Error)]
enum KeyFault {
    /// It came with another body before.
    #[error("this Idempotency-Key was used for another request")]
    Reused,
    /// Its request has not ended.
    #[error("the same request is being worked on")]
    InFlight,
}

impl Fault for KeyFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Reused => Kind::Invalid,
            Self::InFlight => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Reused => "IDEMPOTENCY_KEY_REUSED",
            Self::InFlight => "REQUEST_IN_FLIGHT",
        }
    }
}

/// Whose key it is: keys of two accounts never meet.
fn owner(actor: &Actor) -> &str {
    match actor {
        Actor::User { customer_id, .. } => customer_id.as_str(),
        other => other.id(),
    }
}

/// What names money that goes out for longer than the day its answer is kept: a program that comes back from a long
/// weekend and asks again with its old key is told of what went, and nothing goes twice. 43 characters.
pub fn lasting(ctx: &Ctx, key: &IdempotencyKey) -> String {
    let Some(word) = &key.key else { return token::random() };
    let digest = token::sha256_hex(format!("{} {}\n{word}", owner(&ctx.actor), key.route));
    digest.chars().take(43).collect()
}

/// Does `work` once per caller, route and key. Refusals are not kept, as they changed nothing: the same request may
/// succeed later. Neither are failures of ours.
pub async fn run(
    ctx: &Ctx,
    key: &IdempotencyKey,
    body: &[u8],
    work: impl AsyncFnOnce(&Ctx) -> ApiResult<String>,
    tell: impl AsyncFn(&str) -> Told,
) -> ApiResult<HttpResponse> {
    let nothing = || CommonFault::Internal("what was made a moment ago is gone".to_owned());
    let Some(word) = &key.key else {
        let made = work(ctx).await?;
        return Ok(tell(&made).await?.ok_or_else(nothing)?.respond());
    };
    let scope = format!("{} {}", owner(&ctx.actor), key.route);
    let begun = idempotency::begin(&ctx.db, &ctx.live, ctx.now(), &scope, word, &token::sha256_hex(body)).await;
    let held = match begun.map_err(CommonFault::from)? {
        Begin::Fresh(held) => held,
        Begin::Made { key: held, made } => match tell(&made).await? {
            Some(answer) => return keep(ctx, &held, answer).await,
            None => {
                unbind(ctx, &held).await?;
                held
            }
        },
        Begin::Replay { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            return Ok(Answer { status, body }.respond());
        }
        Begin::InFlight => return Err(KeyFault::InFlight.into()),
        Begin::Mismatch => return Err(KeyFault::Reused.into()),
    };
    let holder = Ctx { once: Some(held.clone()), ..ctx.clone() };
    match work(&holder).await {
        Ok(made) => keep(ctx, &held, tell(&made).await?.ok_or_else(nothing)?).await,
        Err(error) => Err(release(ctx, &held, error).await?),
    }
}

async fn keep(ctx: &Ctx, held: &Key, answer: Answer) -> ApiResult<HttpResponse> {
    let tx = ctx.begin().await.map_err(CommonFault::from)?;
    idempotency::complete(&tx, held, answer.status.as_u16(), &answer.body).await.map_err(CommonFault::from)?;
    tx.commit().await.map_err(CommonFault::from)?;
    Ok(answer.respond())
}

async fn unbind(ctx: &Ctx, held: &Key) -> ApiResult<()> {
    let tx = ctx.begin().await.map_err(CommonFault::from)?;
    idempotency::unbind(&tx, held).await.map_err(CommonFault::from)?;
    Ok(tx.commit().await.map_err(CommonFault::from)?)
}

/// Lets go of the key and gives the error to be told: that of the work, or, where a later twin works on it by now,
/// that the request is in flight.
async fn release(ctx: &Ctx, held: &Key, error: ApiError) -> ApiResult<ApiError> {
    let is_refusal = status_of(error.0.kind()).is_client_error();
    let tx = ctx.begin().await.map_err(CommonFault::from)?;
    let was_ours = idempotency::release(&tx, held, is_refusal).await.map_err(CommonFault::from)?;
    tx.commit().await.map_err(CommonFault::from)?;
    Ok(if was_ours { error } else { KeyFault::InFlight.into() })
}
