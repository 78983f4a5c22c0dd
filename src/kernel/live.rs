//! Wake-up calls between the parts of the program: topics like `jobs`, `customer:cus_…`, `instance:ins_…`. Whoever
//! waits on a topic looks at the database again; the call itself carries no data, so that a lost one costs only time.
//! On PostgreSQL the same topics travel to other nodes by NOTIFY at commit.
use super::memo::Family;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::sync::{Semaphore, broadcast};

/// How many calls a slow listener may fall behind before it is told to look at everything again.
const BUFFER: usize = 1024;

/// The topic of everybody: calls may have been missed.
pub const EVERYTHING: &str = "*";

/// The hub of this process.
#[derive(Clone, Debug)]
pub struct Live {
    calls: broadcast::Sender<String>,
    writing: Arc<Semaphore>,
    is_listening: Arc<AtomicBool>,
    /// How often each family of kept rows changed.
    changes: Arc<[AtomicU64; Family::ALL.len()]>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            calls: broadcast::channel(BUFFER).0,
            writing: Arc::new(Semaphore::new(1)),
            is_listening: Arc::default(),
            changes: Arc::default(),
        }
    }
}

impl Live {
    /// Wakes everybody who waits on `topic`.
    pub fn wake(&self, topic: &str) {
        for family in Family::ALL.into_iter().filter(|family| topic == EVERYTHING || topic == family.topic()) {
            self.changes[family as usize].fetch_add(1, Ordering::Release);
        }
        // An error means that nobody listens, which is fine.
        let _ = self.calls.send(topic.to_owned());
    }

    /// How often any of `families` changed, as far as this node knows.
    pub(super) fn changes_of(&self, families: &[Family]) -> u64 {
        families.iter().map(|family| self.changes[*family as usize].load(Ordering::Acquire)).sum()
    }

    /// The turn at writing to SQLite, which has one writer at a time: those who wait for it hold no connection, so that
    /// reading goes on while the database is locked by another program.
    pub(super) fn turn(&self) -> Arc<Semaphore> {
        self.writing.clone()
    }

    /// Whether nobody has opened the line to other nodes yet; whoever is told so opens it.
    pub(super) fn is_first_to_listen(&self) -> bool {
        !self.is_listening.swap(true, Ordering::Relaxed)
    }

    /// Hears every topic from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<String> {
        self.calls.subscribe()
    }
}
