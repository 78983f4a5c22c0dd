//! A small world for tests of the domain: a fresh database, a clock that stands still until moved, no outside systems
//! unless a test adds them.
use super::{
    db::{self, TestDatabase},
    names::Names,
    visits::Visits,
};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use yumna::{
    domain::{self, Ctx, Services, payments::Inbox},
    jobs::Clockwork,
    kernel::{
        clock::{Clock, TestClock},
        config::{Config, Limits},
        live::{EVERYTHING, Live},
        rate_limit::RateLimits,
        secret_box::SecretBox,
    },
};

/// Connections of a world to its database.
const POOL: u32 = 8;

/// A world that others begin with.
pub struct Kept {
    database: db::Template,
    at: DateTime<Utc>,
    /// What is sealed in it opens with these keys.
    secrets: SecretBox,
}

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
        Self::on(db::fresh(POOL).await, beginning(), SecretBox::generate(), change)
    }

    /// A world as it stood when it was kept.
    pub async fn as_kept(kept: &Kept, change: impl FnOnce(&mut Services)) -> Self {
        Self::on(db::copy_of(&kept.database, POOL).await, kept.at, kept.secrets.clone(), change)
    }

    /// Keeps it as it stands, so that others begin there. What is outside of it (gateways, clusters) is not in it.
    pub async fn keep(self) -> Kept {
        let Self { services, clock, _database: database, .. } = self;
        services.stop.cancel();
        Kept { at: clock.now(), secrets: services.secrets.clone(), database: db::keep(database).await }
    }

    fn on(database: TestDatabase, at: DateTime<Utc>, secrets: SecretBox, change: impl FnOnce(&mut Services)) -> Self {
        let clock = Arc::new(TestClock::at(at));
        let mut services = Services {
            db: database.connection.clone(),
            clock: clock.clone(),
            live: Live::default(),
            secrets,
            config: Config::default(),
            mailer: None,
            gateways: yumna::integrations::gateways::registry(),
            drivers: yumna::integrations::drivers::registry(),
            resolver: Arc::new(Names::default()),
            visitor: Arc::new(Visits::default()),
            password_slots: Arc::new(tokio::sync::Semaphore::new(2)),
            is_demo: false,
            limits: RateLimits::new(&unlimited()),
            kept: domain::Kept::default(),
            inbox: Inbox::default(),
            stop: CancellationToken::new(),
        };
        services.config.database.url = database.url.clone();
        services.config.server.workers = 1;
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
