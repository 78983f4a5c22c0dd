//! A small world for tests of the domain: a fresh database, a clock that stands still until moved, no outside systems
//! unless a test adds them.
use super::db::{self, TestDatabase};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use yumna::{
    domain::{Ctx, Kept, Services, payments::Inbox},
    jobs::Clockwork,
    kernel::{
        clock::TestClock,
        config::{Config, Limits},
        live::{EVERYTHING, Live},
        rate_limit::RateLimits,
        secret_box::SecretBox,
    },
};

/// The world of one test.
pub struct World {
    pub services: Arc<Services>,
    pub clock: Arc<TestClock>,
    /// What runs in the background.
    pub clockwork: Arc<Clockwork>,
    /// Lives as long as the world.
    _database: TestDatabase,
}

/// Where every test's clock begins: a Saturday morning in Jakarta.
pub fn beginning() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

/// Tests ask often, all from one address; those of the limits bring their own.
fn unlimited() -> Limits {
    Limits { sign_in: 0, register: 0, mail: 0, order: 0, pay: 0, webhook: 0 }
}

impl World {
    /// A fresh world.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A fresh world whose services were changed by `change` (simulators as gateways, a mailer, …).
    pub async fn with(change: impl FnOnce(&mut Services)) -> Self {
        let database = db::fresh(8).await;
        let clock = Arc::new(TestClock::at(beginning()));
        let mut services = Services {
            db: database.connection.clone(),
            clock: clock.clone(),
            live: Live::default(),
            secrets: SecretBox::generate(),
            config: Config::default(),
            mailer: None,
            gateways: yumna::integrations::gateways::registry(),
            drivers: yumna::integrations::drivers::registry(),
            password_slots: Arc::new(tokio::sync::Semaphore::new(2)),
            is_demo: false,
            limits: RateLimits::new(&unlimited()),
            kept: Kept::default(),
            inbox: Inbox::default(),
            stop: CancellationToken::new(),
        };
        services.config.database.url = database.url.clone();
        // Staff of tests come in without a second factor; tests of that rule switch it on.
        services.config.identity.require_staff_totp = false;
        change(&mut services);
        Self { services: Arc::new(services), clock, clockwork: Clockwork::house(), _database: database }
    }

    /// The program itself acts.
    pub fn system(&self) -> Ctx {
        Ctx::system(self.services.clone(), "test", "test")
    }

    /// Moves product time.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        // As the demo does: what is kept in memory and hangs on the time is read anew.
        self.services.live.wake(EVERYTHING);
    }
}
