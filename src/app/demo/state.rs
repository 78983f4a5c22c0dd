//! What the demo holds between requests: clock, simulators, the worker.
use super::simulators::Simulators;
use crate::{jobs::worker::WorkerHandle, kernel::clock::OffsetClock};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{RwLock, RwLockReadGuard},
    time::timeout,
};

/// How long somebody who drains is waited for before the clock moves.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

/// The demo.
pub struct DemoState {
    dir: PathBuf,
    clock: Arc<OffsetClock>,
    /// The doubles of outside systems.
    pub simulators: Simulators,
    /// Background work.
    workers: WorkerHandle,
    /// Only one person moves the clock at a time, and not while another drains.
    moving: RwLock<()>,
}

impl DemoState {
    /// The demo on `dir`.
    pub fn new(dir: PathBuf, clock: Arc<OffsetClock>, simulators: Simulators, workers: WorkerHandle) -> Self {
        Self { dir, clock, simulators, workers, moving: RwLock::default() }
    }

    /// Keeps the clock where it is (but for its ticking) while somebody runs what is due.
    pub async fn draining(&self) -> RwLockReadGuard<'_, ()> {
        self.moving.read().await
    }

    /// Moves product time and every simulator's by `seconds`, while no job runs; work that does not end in 30 s is not
    /// waited for.
    pub async fn advance(&self, seconds: i64) -> anyhow::Result<()> {
        let _only_one = timeout(DRAIN_LIMIT, self.moving.write()).await;
        self.workers.pause().await;
        let offset = self.clock.advance(seconds);
        let saved = save_offset(&self.dir, offset);
        self.simulators.tick().await;
        self.workers.resume();
        saved
    }

    /// Waits for background work to end, then ends the simulators.
    pub async fn stopped(self) {
        self.workers.stopped().await;
        self.simulators.stop();
    }
}

fn file(dir: &Path) -> PathBuf {
    dir.join("clock.txt")
}

/// The clock of an earlier run on this folder, or a fresh one.
pub fn load_clock(dir: &Path) -> anyhow::Result<Arc<OffsetClock>> {
    let seconds = match std::fs::read_to_string(file(dir)) {
        Ok(text) => text.trim().parse()?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    Ok(Arc::new(OffsetClock::ahead_by(seconds)))
}

fn save_offset(dir: &Path, offset_seconds: i64) -> anyhow::Result<()> {
    let draft = dir.join("clock.txt.new");
    std::fs::write(&draft, offset_seconds.to_string())?;
    std::fs::rename(&draft, file(dir))?;
    Ok(())
}
