//! The same POST sent twice is done once and answered twice, where the caller names it by `Idempotency-Key`.
use super::problem::{ApiError, ApiResult};
use crate::{
    domain::Ctx,
    kernel::{
        fault::{CommonFault, Fault, Kind},
        idempotency::{self, Begin, Key},
        token,
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;
use std::future::Future;

/// An answer that can be kept.
pub struct Answer {
    status: StatusCode,
    body: String,
}

impl Answer {
    /// 201 with `body`.
    pub fn created(body: &impl Serialize) -> ApiResult<Self> {
        Self::of(StatusCode::CREATED, body)
    }

    fn of(status: StatusCode, body: &impl Serialize) -> ApiResult<Self> {
        let body = serde_json::to_string(body).map_err(|error| CommonFault::Internal(error.to_string()))?;
        Ok(Self { status, body })
    }

    fn respond(self) -> HttpResponse {
        HttpResponse::build(self.status).content_type("application/json").body(self.body)
    }
}

/// What a key was refused for.
#[derive(Debug, thiserror::Error)]
enum KeyFault {
    #[error("this Idempotency-Key was used for another request")]
    Reused,
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

/// Does `work` once per `scope` (caller and route) and `key`. Answers of 5xx are not kept: they may be tried again.
pub async fn run(
    ctx: &Ctx,
    scope: &str,
    key: Option<&str>,
    body: &[u8],
    work: impl Future<Output = ApiResult<Answer>>,
) -> ApiResult<HttpResponse> {
    let Some(key) = key else { return Ok(work.await?.respond()) };
    // Nothing is noted under these keys, so that there is nothing to answer from.
    run_noted(ctx, scope, key, body, |_| work, |_| async { Err(KeyFault::InFlight.into()) }).await
}

/// As `run`, for work that notes under the key what it makes (`idempotency::note`): where a process died between the
/// work and its answer, `answer` gives the answer anew from the noted id.
pub async fn run_noted<Work, Answering>(
    ctx: &Ctx,
    scope: &str,
    key: &str,
    body: &[u8],
    work: impl FnOnce(Key) -> Work,
    answer: impl FnOnce(String) -> Answering,
) -> ApiResult<HttpResponse>
where
    Work: Future<Output = ApiResult<Answer>>,
    Answering: Future<Output = ApiResult<Answer>>,
{
    let hash = token::sha256_hex(body);
    let begun = idempotency::begin(&ctx.db, &ctx.live, ctx.now(), scope, key, &hash).await;
    let (key, outcome) = match begun.map_err(CommonFault::from)? {
        Begin::Fresh(key) => (key.clone(), work(key).await),
        Begin::Made { key, id } => (key, answer(id).await),
        Begin::Replay { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            return Ok(Answer { status, body }.respond());
        }
        Begin::InFlight => return Err(KeyFault::InFlight.into()),
        Begin::Mismatch => return Err(KeyFault::Reused.into()),
    };
    remember(ctx, &key, &outcome).await?;
    Ok(outcome?.respond())
}

/// Keeps what succeeded. What was refused changed nothing, so that it is tried anew the next time.
async fn remember(ctx: &Ctx, key: &Key, outcome: &Result<Answer, ApiError>) -> ApiResult<()> {
    let tx = ctx.begin().await.map_err(CommonFault::from)?;
    let kept = match outcome {
        Ok(answer) => idempotency::complete(&tx, key, answer.status.as_u16(), &answer.body).await,
        Err(_) => idempotency::abandon(&tx, key).await,
    };
    kept.map_err(CommonFault::from)?;
    Ok(tx.commit().await.map_err(CommonFault::from)?)
}
