//! What every use case is given: the services of the house, who acts, and the thread that ties what follows together.
use super::{
    catalog::KnownPlans,
    identity::KnownSessions,
    payments::{Inbox, transfer::KnownCount, unallocated::KnownOpen},
    reports::{KnownHomes, KnownSums},
    settings::KnownSettings,
};
use crate::{
    integrations::{
        drivers::Provisioner, gateways::PaymentGateway, notifiers::Notifier, resolvers::Resolver, visitors::Visitor,
    },
    kernel::{
        actor::Actor,
        audit::{self, Change, Origin},
        clock::SharedClock,
        config::Config,
        db::{self, WriteTx},
        idempotency::{self, Then},
        job::{self, Job},
        live::Live,
        outbox::{self, Event},
        rate_limit::RateLimits,
        secret_box::SecretBox,
    },
};
use chrono::{DateTime, Utc};
use entity::value::UserId;
use sea_orm::{DatabaseConnection, DbErr};
use std::{ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

/// The services of the house; one per process (and per test).
pub struct Services {
    /// The database.
    pub db: DatabaseConnection,
    /// Product time.
    pub clock: SharedClock,
    /// Wake-up calls.
    pub live: Live,
    /// Keys of this node.
    pub secrets: SecretBox,
    /// Configuration.
    pub config: Config,
    /// The way mail goes; `None`: mail waits in the queue.
    pub mailer: Option<Arc<dyn Notifier>>,
    /// Payment gateways by code.
    pub gateways: Vec<Arc<dyn PaymentGateway>>,
    /// Drivers by code.
    pub drivers: Vec<Arc<dyn Provisioner>>,
    /// The name service.
    pub resolver: Arc<dyn Resolver>,
    /// Visits addresses from outside.
    pub visitor: Arc<dyn Visitor>,
    /// Argon2 runs on few threads at once: each run takes 19 MiB and a core.
    pub password_slots: Arc<tokio::sync::Semaphore>,
    /// Whether this is the demo.
    pub is_demo: bool,
    /// How often one network address may ask.
    pub limits: RateLimits,
    /// What was read lately and has not changed since.
    pub kept: Kept,
    /// Notifications of gateways that are about to be stored.
    pub inbox: Inbox,
    /// Ends background work and streams.
    pub stop: CancellationToken,
}

/// What every request asks for, kept in memory until it changes.
#[derive(Default)]
pub struct Kept {
    /// Who is signed in.
    pub sessions: KnownSessions,
    /// Settings.
    pub settings: KnownSettings,
    /// Plans and products.
    pub plans: KnownPlans,
    /// Sums of the dashboard of staff.
    pub sums: KnownSums,
    /// Homes of customers.
    pub homes: KnownHomes,
    /// How many bank transfers wait for staff.
    pub transfers: KnownCount,
    /// How much money that fits nothing waits for staff.
    pub unallocated: KnownOpen,
}

impl Services {
    /// The gateway called `code`.
    pub fn gateway(&self, code: &str) -> Option<&Arc<dyn PaymentGateway>> {
        self.gateways.iter().find(|gateway| gateway.code() == code)
    }

    /// Whether staff need a second factor: always, unless the operator says otherwise; the demo never asks.
    pub fn requires_staff_totp(&self) -> bool {
        self.config.identity.require_staff_totp && !self.is_demo
    }

    /// The driver called `code`.
    pub fn driver(&self, code: &str) -> Option<&Arc<dyn Provisioner>> {
        self.drivers.iter().find(|driver| driver.code() == code)
    }
}

/// One use case's view of the house.
#[derive(Clone)]
pub struct Ctx {
    /// The services.
    pub services: Arc<Services>,
    /// Who acts.
    pub actor: Actor,
    /// Network address of a person who acts.
    pub address: Option<String>,
    /// The request or job; follows everything it causes.
    pub correlation: String,
    /// The key under which the caller wants this done once.
    pub once: Option<idempotency::Key>,
}

impl Deref for Ctx {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl Ctx {
    /// The program itself acts: a job, a command.
    pub fn system(services: Arc<Services>, name: &'static str, correlation: impl Into<String>) -> Self {
        Self { services, actor: Actor::System(name), address: None, correlation: correlation.into(), once: None }
    }

    /// Which member of staff acts, if one does.
    pub fn staff_id(&self) -> Option<UserId> {
        match &self.actor {
            Actor::Staff { user_id } => Some(user_id.clone()),
            _ => None,
        }
    }

    /// The present instant of product time.
    pub fn now(&self) -> DateTime<Utc> {
        self.services.clock.now()
    }

    /// Begins a writing transaction.
    pub async fn begin(&self) -> Result<WriteTx, DbErr> {
        db::begin_write(&self.services.db, &self.services.live).await
    }

    /// Tells the caller's key that `tx` makes `id`, and that nothing more is to come: called once, by the outermost use
    /// case, before it commits. Nothing happens where the caller gave no key.
    ///
    /// # Errors
    /// The request was overtaken by a later one with the same key: `tx` must not be committed.
    pub async fn made(&self, tx: &WriteTx, id: &str) -> Result<(), DbErr> {
        self.bind(tx, id, Then::Answer).await
    }

    /// As [`Ctx::made`], where an outside system is asked after `tx` and the answer waits for it.
    ///
    /// # Errors
    /// As [`Ctx::made`].
    pub async fn making(&self, tx: &WriteTx, id: &str) -> Result<(), DbErr> {
        self.bind(tx, id, Then::GoOn).await
    }

    async fn bind(&self, tx: &WriteTx, id: &str, then: Then) -> Result<(), DbErr> {
        match &self.once {
            Some(key) => idempotency::bind(tx, key, id, then).await,
            None => Ok(()),
        }
    }

    /// Records a change in the audit trail.
    pub async fn audit(&self, tx: &WriteTx, change: Change<'_>) -> Result<(), DbErr> {
        self.audit_all(tx, vec![change]).await
    }

    /// Records many changes in the audit trail.
    pub async fn audit_all(&self, tx: &WriteTx, changes: Vec<Change<'_>>) -> Result<(), DbErr> {
        let origin =
            Origin { actor: self.actor.clone(), address: self.address.clone(), correlation: self.correlation.clone() };
        audit::record_all(tx, self.now(), &origin, changes).await
    }

    /// Publishes news.
    pub async fn publish<E: Event>(&self, tx: &WriteTx, event: &E) -> Result<(), DbErr> {
        outbox::publish(tx, self.now(), &self.correlation, event).await
    }

    /// Publishes a lot of news.
    pub async fn publish_all<E: Event>(&self, tx: &WriteTx, events: &[E]) -> Result<(), DbErr> {
        outbox::publish_all(tx, self.now(), &self.correlation, events).await
    }

    /// Queues background work to run at once.
    pub async fn enqueue<J: Job>(&self, tx: &WriteTx, work: &J) -> Result<bool, DbErr> {
        job::enqueue(tx, self.now(), &self.correlation, work).await
    }

    /// Queues background work to run at `run_at`.
    pub async fn enqueue_at<J: Job>(&self, tx: &WriteTx, work: &J, run_at: DateTime<Utc>) -> Result<bool, DbErr> {
        job::enqueue_at(tx, self.now(), &self.correlation, work, run_at).await
    }
}
