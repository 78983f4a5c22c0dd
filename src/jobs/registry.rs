//! Every background job, one line each.
use super::{
    Handler, Runner, books, contracts,
    messaging::{deliver, money_notices, service_notices},
    payments, platform, provisioning, reports, runner, sales, takeover, watch,
};
use crate::{domain::messaging::Deliver, kernel::job::Job};
use std::time::Duration;

/// Queues in the order of importance; each has its own workers, so that slow work never delays quick work.
pub const QUEUES: &[&str] = &["default", "mail", "provisioning", "observation", "gateway"];

/// A job this program can do.
pub struct Registered {
    /// Its stable name.
    pub name: &'static str,
    /// How long one try may take (machine time).
    pub timeout: Duration,
    /// Does it.
    pub(super) run: Runner,
}

/// Registers `handler` for the job `J`.
pub fn job<J: Job>(handler: impl Handler<J>) -> Registered {
    Registered { name: J::NAME, timeout: J::TIMEOUT, run: runner(handler) }
}

/// Every job of the house.
pub fn all() -> Vec<Registered> {
    let mut all = vec![
        job::<platform::CleanUp>(platform::clean_up),
        job::<platform::Reseal>(platform::reseal),
        job::<watch::Ping>(watch::ping),
        job::<Deliver>(deliver::deliver),
        job::<deliver::QueueWaiting>(deliver::queue_waiting),
        job::<service_notices::TellDelays>(service_notices::tell_delays),
        job::<service_notices::RemindWaiting>(service_notices::remind_waiting),
        job::<money_notices::RemindOfProofs>(money_notices::remind_of_proofs),
    ];
    all.extend(payments::all());
    all.extend(provisioning::all());
    all.extend(sales::all());
    all.extend(contracts::all());
    all.extend(books::all());
    all.extend(takeover::all());
    all.extend(reports::all());
    all
}
