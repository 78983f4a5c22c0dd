//! The bench on which simulators stand: doubles of outside systems that speak the vendor's wire on loopback, so that
//! the real client, signature and parser are exercised. Demo and tests share them; only the base address differs.
use crate::kernel::clock::SharedClock;
use async_trait::async_trait;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

pub mod desk;
mod faults;
pub mod post;
pub mod server;
mod store;

pub use faults::{Fault, FaultKind, Faults};
pub use store::StateFile;

/// What a simulator is given to stand on.
#[derive(Clone)]
pub struct Bench {
    /// Product time: a moved demo clock moves the simulators too.
    pub clock: SharedClock,
    /// Where it keeps its state, so that `kill -9` loses nothing; `None` keeps it in memory (tests).
    pub state_dir: Option<PathBuf>,
    /// Faults switched on by a person or a test.
    pub faults: Arc<Faults>,
    /// Base address of the product (`http://127.0.0.1:8080`), for simulators that report of their own accord.
    pub product_url: String,
    /// Port to listen on: 0 takes any. A restarted demo passes the port of before, because stored settings name it.
    pub port: u16,
    /// Ends the simulator.
    pub stop: CancellationToken,
}

/// A simulator that runs.
pub struct RunningSimulator {
    /// `midtrans`, `kubernetes`, …
    pub code: &'static str,
    /// Where it listens.
    pub base_url: String,
    /// Settings under which the product reaches it (server key, kubeconfig), by setting name.
    pub settings: BTreeMap<String, String>,
    /// Faults that fit it.
    pub fits: &'static [FaultKind],
    /// How a person or a test acts on it.
    pub control: Arc<dyn SimulatorControl>,
}

/// Why an act on a simulator was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// There is no such act, object or reference.
    #[error("{0}")]
    NotFound(String),
    /// The act does not fit the state.
    #[error("{0}")]
    Refused(String),
}

/// How a person (control desk) or a test acts on a simulator.
#[async_trait]
pub trait SimulatorControl: Send + Sync {
    /// Acts as the world outside: `pay`, `expire`, `deny`, `cancel` at a gateway; `objects` of a cluster.
    async fn act(&self, act: &str, input: serde_json::Value) -> Result<serde_json::Value, ControlError>;
    /// Catches up with product time: expires what has expired, delivers what is due. Called after the clock moved.
    async fn tick(&self);
    /// How many reports to the product are due and not yet delivered.
    async fn due_deliveries(&self) -> usize;
    /// How long to wait before looking again; reports are sent on this beat.
    fn beat(&self) -> Duration {
        Duration::from_millis(100)
    }
}

/// A double of an outside system.
#[async_trait]
pub trait Simulator: Send + Sync {
    /// The adapter's code.
    fn code(&self) -> &'static str;
    /// Listens on loopback until the bench says stop.
    async fn start(&self, bench: Bench) -> anyhow::Result<RunningSimulator>;
}
