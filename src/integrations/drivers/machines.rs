//! What drivers tell of the machines of a target, and of emptying one.
use chrono::{DateTime, Utc};
use std::time::Duration;

/// CPU and memory, whichever way they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Power {
    /// Thousandths of a CPU.
    pub cpu_milli: i64,
    /// MiB.
    pub memory_mb: i64,
}

impl Power {
    /// Both together; what would overflow stays at the most there is.
    pub fn plus(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_add(other.cpu_milli),
            memory_mb: self.memory_mb.saturating_add(other.memory_mb),
        }
    }
}

/// One machine of a target, looked at closely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Whether it is well.
    pub is_ready: bool,
    /// Whether it takes new work.
    pub is_open: bool,
    /// Whether it is kept for other work than ours.
    pub is_reserved: bool,
    /// What it runs short of: `memory`, `disk`, `pid`.
    pub pressures: Vec<&'static str>,
    /// What it can give.
    pub allocatable: Power,
    /// What is set aside on it for what runs there.
    pub requested: Power,
    /// What is used; nothing where nobody measures.
    pub used: Option<Power>,
    /// Version of the software that runs it.
    pub version: String,
    /// When it joined.
    pub since: Option<DateTime<Utc>>,
    /// How many things run on it, ours and others.
    pub pods: usize,
    /// Ids of our instances that run on it, each once.
    pub instances: Vec<String>,
}

/// What came of one step of emptying a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draining {
    /// Nothing is left on it that could go elsewhere.
    Empty,
    /// One thing was asked to go.
    Moved {
        /// Which, for staff.
        what: String,
        /// How many are there still, this one included.
        left: usize,
    },
    /// Nothing could be asked to go now.
    Waiting {
        /// The outside system's own words, for staff.
        why: String,
        /// How many are there still.
        left: usize,
        /// When to ask again.
        retry_in: Duration,
    },
}
