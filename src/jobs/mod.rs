//! The clockwork: background jobs, reactions to news, the timetable. It calls functions of the domain and has no rules
//! of business of its own.
//!
//! Everything runs at least once and must be harmless when it runs twice. Product time says when something is due;
//! machine time says how long somebody may hold it (leases).
//! - `registry`: one line per job
//! - `reactions`: who reacts to which news; read it and you have read the business
//! - `schedule`: the whole timetable on one page
//! - `watch`: tells staff when all this stands still
//! - `queue`, `outbox`, `worker`: how they are run
pub mod books;
pub mod contracts;
pub mod counts;
pub mod messaging;
pub mod outbox;
pub mod payments;
pub mod platform;
mod provisioning;
pub mod queue;
pub mod reactions;
pub mod registry;
mod reports;
pub mod sales;
pub mod schedule;
mod takeover;
pub mod watch;
pub mod worker;

use crate::{domain::Ctx, kernel::job::JobError};
use futures_util::future::BoxFuture;
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, LazyLock},
};

/// What runs: the house's own, or a test's.
pub struct Clockwork {
    /// Jobs by name.
    pub jobs: HashMap<&'static str, registry::Registered>,
    /// Reactions to news.
    pub reactions: Vec<reactions::Reaction>,
    /// What runs by the clock.
    pub timetable: Vec<schedule::Entry>,
}

impl Clockwork {
    /// A clockwork of these parts.
    pub fn of(
        jobs: Vec<registry::Registered>,
        reactions: Vec<reactions::Reaction>,
        timetable: Vec<schedule::Entry>,
    ) -> Self {
        Self { jobs: jobs.into_iter().map(|job| (job.name, job)).collect(), reactions, timetable }
    }

    /// Everything this program does in the background. Put together once.
    pub fn house() -> Arc<Self> {
        static HOUSE: LazyLock<Arc<Clockwork>> =
            LazyLock::new(|| Arc::new(Clockwork::of(registry::all(), reactions::all(), schedule::timetable())));
        HOUSE.clone()
    }
}

/// A function that does a job or reacts to an event: `async fn(Ctx, T) -> Result<(), JobError>`.
pub trait Handler<T>: Send + Sync + 'static {
    /// Does it.
    fn call(&self, ctx: Ctx, subject: T) -> BoxFuture<'static, Result<(), JobError>>;
}

impl<T, F, Fut> Handler<T> for F
where
    F: Fn(Ctx, T) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), JobError>> + Send + 'static,
{
    fn call(&self, ctx: Ctx, subject: T) -> BoxFuture<'static, Result<(), JobError>> {
        Box::pin(self(ctx, subject))
    }
}

/// A handler that reads its subject from JSON.
type Runner = Box<dyn Fn(Ctx, serde_json::Value) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

fn runner<T: serde::de::DeserializeOwned + 'static>(handler: impl Handler<T>) -> Runner {
    Box::new(move |ctx, payload| match serde_json::from_value::<T>(payload) {
        Ok(subject) => handler.call(ctx, subject),
        Err(error) => {
            let wrong = JobError::fail(format!("the payload cannot be read: {error}"));
            Box::pin(std::future::ready(Err(wrong)))
        }
    })
}
