//! Runs what is due: in the background of a process (`start`), or now and until nothing is due (`run_due`).
use super::{
    Clockwork, outbox,
    queue::{self, LEASE, Outcome},
    registry::QUEUES,
    schedule,
};
use crate::{
    domain::{Ctx, Services},
    kernel::{self, db, job::JobError, listener, live::EVERYTHING, seal, task},
};
use chrono::{DateTime, Utc};
use entity::{
    platform::{job, outbox_delivery},
    value::JobStatus,
};
use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    sync::{Notify, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, Semaphore, broadcast},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};
use tracing::Instrument;

/// How often workers look for work nobody woke them for.
const POLL: Duration = Duration::from_secs(1);
/// How long `pause` waits for running work.
const PAUSE_LIMIT: Duration = Duration::from_secs(30);
/// How long running work may take to end once the process is told to stop. Requests end meanwhile, and supervisors
/// kill after 10 s.
const STOP_LIMIT: Duration = Duration::from_secs(9);
/// Most jobs claimed at once.
const BATCH: usize = 20;
/// How long one reaction may take.
const REACTION_TIMEOUT: Duration = Duration::from_secs(60);

/// A timetable that nobody has looked at for so long hangs (machine time). A database that does not answer is no reason:
/// it is asked again and again, each time with an end.
pub const HANGS_AFTER: Duration = Duration::from_secs(300);

/// The workers of this process.
pub struct WorkerHandle {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    services: Arc<Services>,
    clockwork: Arc<Clockwork>,
    /// Everything that works holds it for reading; `pause` takes it for writing.
    gate: Arc<RwLock<()>>,
    paused: std::sync::Mutex<Option<OwnedRwLockWriteGuard<()>>>,
    queues: Vec<Lane>,
    deliveries: Lane,
    clock: Notify,
    /// When the timetable was last looked at.
    beat: std::sync::Mutex<Instant>,
    /// When the process was told to stop.
    told_to_stop: OnceLock<Instant>,
}

struct Lane {
    name: &'static str,
    wake: Notify,
    places: Arc<Semaphore>,
}

impl Lane {
    fn new(name: &'static str, places: usize) -> Self {
        Self { name, wake: Notify::new(), places: Arc::new(Semaphore::new(places)) }
    }
}

/// Starts the workers of this process on the house's clockwork. They end with `services.stop`.
pub fn start(services: Arc<Services>) -> WorkerHandle {
    let mut handle = launch(services.clone(), Clockwork::house(), take_over(services.clone()));
    if !services.config.server.maintenance {
        handle.tasks.push(task::spawn("provisioning.watch", super::provisioning::watch_clusters(services)));
    }
    handle
}

/// Gives back what a dead process held. One process works on a SQLite database (`app::services::hold_work`), so
/// whatever is held when it starts is held by nobody; on PostgreSQL other nodes are at work, and the leases decide.
pub async fn take_over(services: Arc<Services>) {
    if db::is_postgres(&services.db) {
        return;
    }
    report("take over jobs", queue::free_all(&services).await);
    report("take over news", outbox::free_all(&services).await);
}

/// Starts workers on `clockwork`.
pub fn start_with(services: Arc<Services>, clockwork: Arc<Clockwork>) -> WorkerHandle {
    launch(services, clockwork, std::future::ready(()))
}

/// Starts workers that claim nothing before `first` is done. In maintenance nothing is claimed, handed out or fired:
/// what is queued meanwhile waits.
fn launch(
    services: Arc<Services>,
    clockwork: Arc<Clockwork>,
    first: impl Future<Output = ()> + Send + 'static,
) -> WorkerHandle {
    let places = services.config.jobs.concurrency;
    let shared = Arc::new(Shared {
        services,
        clockwork,
        gate: Arc::default(),
        paused: std::sync::Mutex::default(),
        queues: QUEUES.iter().map(|name| Lane::new(name, places)).collect(),
        deliveries: Lane::new("outbox", places),
        clock: Notify::new(),
        beat: std::sync::Mutex::new(Instant::now()),
        told_to_stop: OnceLock::new(),
    });
    if shared.services.config.server.maintenance {
        tracing::info!("Maintenance: background work rests");
        return WorkerHandle { shared, tasks: Vec::new() };
    }
    listener::start(&shared.services.db, &shared.services.live, &shared.services.stop);
    let closed = shared.gate.clone().try_write_owned();
    let mut tasks = vec![
        task::spawn("jobs.stop", note_stop(shared.clone())),
        task::spawn("jobs.first", async move {
            first.await;
            drop(closed);
        }),
        task::spawn("jobs.router", route(shared.clone())),
        task::spawn("jobs.clock", tick(shared.clone())),
        task::spawn("jobs.outbox", deliver(shared.clone())),
    ];
    for index in 0..QUEUES.len() {
        tasks.push(task::spawn("jobs.queue", work(shared.clone(), index)));
    }
    WorkerHandle { shared, tasks }
}

/// Says whether the workers of a process go on.
#[derive(Clone)]
pub struct Pulse(Arc<Shared>);

impl Pulse {
    /// Whether they did until shortly before `now`. Those that rest in maintenance always do.
    pub fn beats_at(&self, now: Instant) -> bool {
        let last = *self.0.beat.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.0.services.config.server.maintenance || now.duration_since(last) <= HANGS_AFTER
    }
}

impl WorkerHandle {
    /// The pulse of these workers.
    pub fn pulse(&self) -> Pulse {
        Pulse(self.shared.clone())
    }

    /// Stops claiming and waits for what runs, at most 30 s. Returns false where something still ran then: nothing is
    /// paused any more in that case.
    pub async fn pause(&self) -> bool {
        let Ok(guard) = timeout(PAUSE_LIMIT, self.shared.gate.clone().write_owned()).await else { return false };
        *self.shared.paused.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(guard);
        true
    }

    /// Goes on after `pause`, looking at everything at once.
    pub fn resume(&self) {
        self.shared.paused.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        // Whoever looks at a page looks again too: product time may have been moved meanwhile.
        self.shared.services.live.wake(EVERYTHING);
        self.shared.wake_all();
    }

    /// Waits until the workers have ended after `services.stop`, at most until `STOP_LIMIT` after it, however late
    /// somebody begins to wait. What still runs then is left to its lease.
    pub async fn stopped(self) {
        self.shared.services.stop.cancelled().await;
        self.resume();
        let deadline = *self.shared.told_to_stop.get_or_init(Instant::now) + STOP_LIMIT;
        let Self { shared, tasks } = self;
        let ended = async {
            for task in tasks {
                // A panic was logged by the task itself.
                let _ = task.await;
            }
            drop(shared.gate.write().await);
        };
        if timeout_at(deadline, ended).await.is_err() {
            tracing::warn!("Some background work did not end in time: it goes on when its lease has run out");
        }
    }
}

impl Shared {
    fn wake_all(&self) {
        self.queues.iter().for_each(|lane| lane.wake.notify_one());
        self.deliveries.wake.notify_one();
        self.clock.notify_one();
    }

    /// The right to work; `None` when the process stops.
    async fn enter(&self) -> Option<OwnedRwLockReadGuard<()>> {
        tokio::select! {
            biased;
            () = self.services.stop.cancelled() => None,
            guard = self.gate.clone().read_owned() => Some(guard),
        }
    }

    /// Waits for a call or the next poll. False when the process stops.
    async fn wait(&self, wake: &Notify) -> bool {
        self.wait_at_most(wake, POLL).await
    }

    async fn wait_at_most(&self, wake: &Notify, most: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.services.stop.cancelled() => false,
            () = wake.notified() => true,
            () = sleep(most) => true,
        }
    }
}

async fn note_stop(shared: Arc<Shared>) {
    shared.services.stop.cancelled().await;
    shared.told_to_stop.get_or_init(Instant::now);
}

/// Passes wake-up calls on to those they concern.
async fn route(shared: Arc<Shared>) {
    let mut calls = shared.services.live.subscribe();
    loop {
        let call = tokio::select! {
            biased;
            () = shared.services.stop.cancelled() => return,
            call = calls.recv() => call,
        };
        match call.as_deref() {
            Ok(kernel::job::TOPIC) => shared.queues.iter().for_each(|lane| lane.wake.notify_one()),
            Ok(kernel::outbox::TOPIC) => shared.deliveries.wake.notify_one(),
            Ok(EVERYTHING) | Err(broadcast::error::RecvError::Lagged(_)) => shared.wake_all(),
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Fires the timetable and seals the audit trail about once a second.
async fn tick(shared: Arc<Shared>) {
    while let Some(guard) = shared.enter().await {
        *shared.beat.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Instant::now();
        report("timetable", schedule::fire_due(&shared.services, &shared.clockwork).await.map(|_| ()));
        report("audit seal", seal::seal(&shared.services.db, &shared.services.live).await.map(|_| ()));
        drop(guard);
        if !shared.wait(&shared.clock).await {
            return;
        }
    }
}

fn report(what: &'static str, result: Result<(), DbErr>) {
    if let Err(error) = result {
        metrics::counter!("yumna_clockwork_errors_total", "what" => what).increment(1);
        tracing::warn!(what, %error, "The database did not let the clockwork work; it will try again");
    }
}

/// Claims and runs the jobs of one queue.
async fn work(shared: Arc<Shared>, index: usize) {
    let lane = &shared.queues[index];
    while let Some(guard) = shared.enter().await {
        // One right for the whole batch: while somebody waits to pause, no new ones are given.
        let guard = Arc::new(guard);
        let free = lane.places.available_permits().min(BATCH);
        let claimed = match queue::claim(&shared.services, lane.name, free, LEASE).await {
            Ok(claimed) => claimed,
            Err(error) => {
                report("claim", Err(error));
                Vec::new()
            }
        };
        let is_more = !claimed.is_empty() && claimed.len() == free;
        for job in claimed {
            let Ok(place) = lane.places.clone().try_acquire_owned() else { break };
            let (shared, guard) = (shared.clone(), guard.clone());
            task::spawn("jobs.run", async move {
                run_job(&shared.services, &shared.clockwork, job).await;
                drop((place, guard));
                // A place is free, and perhaps one of its target.
                shared.queues[index].wake.notify_one();
            });
        }
        drop(guard);
        if is_more && lane.places.available_permits() > 0 {
            continue;
        }
        // What becomes due before the next poll is not kept waiting for it.
        let rest = queue::rest(&shared.services, lane.name).await.ok().flatten().unwrap_or(POLL).min(POLL);
        if !shared.wait_at_most(&lane.wake, rest).await {
            return;
        }
    }
}

/// Hands events to their reactions and runs them.
async fn deliver(shared: Arc<Shared>) {
    let lane = &shared.deliveries;
    while let Some(guard) = shared.enter().await {
        let guard = Arc::new(guard);
        report("outbox", outbox::expand(&shared.services, &shared.clockwork).await.map(|_| ()));
        let free = lane.places.available_permits().min(BATCH);
        let claimed = match outbox::claim(&shared.services, free, LEASE).await {
            Ok(claimed) => claimed,
            Err(error) => {
                report("claim", Err(error));
                Vec::new()
            }
        };
        let is_more = !claimed.is_empty() && claimed.len() == free;
        for delivery in claimed {
            let Ok(place) = lane.places.clone().try_acquire_owned() else { break };
            let (shared, guard) = (shared.clone(), guard.clone());
            task::spawn("jobs.react", async move {
                run_delivery(&shared.services, &shared.clockwork, delivery).await;
                drop((place, guard));
                shared.deliveries.wake.notify_one();
            });
        }
        drop(guard);
        if is_more && lane.places.available_permits() > 0 {
            continue;
        }
        if !shared.wait(&lane.wake).await {
            return;
        }
    }
}

/// Runs one claimed job to its end and writes that down.
async fn run_job(services: &Arc<Services>, clockwork: &Clockwork, job: job::Model) -> Outcome {
    let Some(registered) = clockwork.jobs.get(job.name.as_str()) else {
        let unknown = Err(JobError::retry_in("this node does not know the job", Duration::from_secs(60)));
        return settle(|| queue::finish(services, &job, &unknown)).await;
    };
    let ctx = Ctx::system(services.clone(), registered.name, job.correlation_id.clone());
    let span =
        tracing::info_span!("job", job.name = registered.name, job.id = %job.id, correlation = job.correlation_id);
    let began = Instant::now();
    let work = guarded((registered.run)(ctx, job.payload.clone()), registered.timeout).instrument(span);
    let result = while_held(work, || queue::extend(services, &job, LEASE)).await;
    let outcome = match &result {
        None => Outcome::Lost,
        Some(result) => settle(|| queue::finish(services, &job, result)).await,
    };
    tell(registered.name, began, outcome, result.as_ref());
    outcome
}

/// Runs one claimed delivery to its end and writes that down.
async fn run_delivery(services: &Arc<Services>, clockwork: &Clockwork, delivery: outbox_delivery::Model) -> Outcome {
    let event = match outbox::event_of(services, &delivery).await {
        Ok(event) => event,
        Err(error) => {
            let result = Err(JobError::retry(error));
            return settle(|| outbox::finish(services, &delivery, &result, "outbox")).await;
        }
    };
    let Some(reaction) = clockwork.reactions.iter().find(|reaction| reaction.name == delivery.reaction) else {
        let unknown = Err(JobError::retry_in("this node does not know the reaction", Duration::from_secs(60)));
        return settle(|| outbox::finish(services, &delivery, &unknown, &event.correlation_id)).await;
    };
    let ctx = Ctx::system(services.clone(), reaction.name, event.correlation_id.clone());
    let span = tracing::info_span!(
        "reaction",
        reaction = reaction.name,
        event = event.name,
        correlation = event.correlation_id
    );
    let began = Instant::now();
    let work = guarded((reaction.run)(ctx, event.payload.clone()), REACTION_TIMEOUT).instrument(span);
    let result = while_held(work, || outbox::extend(services, &delivery, LEASE)).await;
    let outcome = match &result {
        None => Outcome::Lost,
        Some(result) => settle(|| outbox::finish(services, &delivery, result, &event.correlation_id)).await,
    };
    tell(reaction.name, began, outcome, result.as_ref());
    outcome
}

/// The work with a limit; a panic is a failed try.
async fn guarded(work: BoxFuture<'static, Result<(), JobError>>, limit: Duration) -> Result<(), JobError> {
    match timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(JobError::retry(format!("panicked: {text}")))
        }
        Err(_) => Err(JobError::retry(format!("took longer than {} s", limit.as_secs()))),
    }
}

/// Does `work` while extending the lease; `None` where it was lost: the work is dropped. Both go on at once: the beat
/// may have to wait for a lock the work holds.
async fn while_held<Fut>(
    work: impl Future<Output = Result<(), JobError>>,
    extend: impl Fn() -> Fut,
) -> Option<Result<(), JobError>>
where
    Fut: Future<Output = Result<bool, DbErr>>,
{
    let until_lost = async {
        loop {
            sleep(LEASE / 3).await;
            // A database that does not answer is not a lost lease: the next beat will tell.
            if let Ok(false) = extend().await {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        result = work => Some(result),
        () = until_lost => None,
    }
}

/// Writes an end down; where the database does not answer, a few times. After that the lease decides.
async fn settle<Fut>(write: impl Fn() -> Fut) -> Outcome
where
    Fut: Future<Output = Result<Outcome, DbErr>>,
{
    for pause in [50, 200, 1000, 3000] {
        match write().await {
            Ok(outcome) => return outcome,
            Err(error) => report("finish", Err(error)),
        }
        sleep(Duration::from_millis(pause)).await;
    }
    Outcome::Lost
}

fn tell(name: &'static str, began: Instant, outcome: Outcome, result: Option<&Result<(), JobError>>) {
    metrics::counter!("yumna_jobs_total", "name" => name, "outcome" => outcome.as_str()).increment(1);
    metrics::histogram!("yumna_job_seconds", "name" => name).record(began.elapsed());
    match (outcome, result) {
        (Outcome::Dead, Some(Err(error))) => tracing::error!(job.name = name, %error, "Gave up background work"),
        (Outcome::Again, Some(Err(error))) => {
            tracing::warn!(job.name = name, %error, "Background work will be tried again")
        }
        (Outcome::Lost, _) => tracing::warn!(job.name = name, "Lost the lease of background work"),
        _ => {}
    }
}

/// What `run_due` did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Jobs and reactions that were run here.
    pub ran: u64,
    /// Of them given up: dead letters.
    pub failed: u64,
}

/// Fires due ticks, hands out news and runs everything that is due by now (product time), until nothing is due or
/// running on any node. What comes due later stays. The caller sets a limit of time.
pub async fn run_due(services: &Arc<Services>) -> Result<Drained, DbErr> {
    run_due_with(services, &Clockwork::house()).await
}

/// How many jobs and reactions were given up since `since` (product time) on any node, and still lie there.
pub async fn given_up_since(services: &Services, since: DateTime<Utc>) -> Result<u64, DbErr> {
    let jobs = job::Entity::find()
        .filter(job::Column::Status.eq(JobStatus::Dead))
        .filter(job::Column::FinishedAt.gte(since))
        .count(&services.db)
        .await?;
    let deliveries = outbox_delivery::Entity::find()
        .filter(outbox_delivery::Column::Status.eq(JobStatus::Dead))
        .filter(outbox_delivery::Column::FinishedAt.gte(since))
        .count(&services.db)
        .await?;
    Ok(jobs + deliveries)
}

/// `run_due` on `clockwork`.
pub async fn run_due_with(services: &Arc<Services>, clockwork: &Clockwork) -> Result<Drained, DbErr> {
    let mut drained = Drained::default();
    loop {
        let moved = schedule::fire_due(services, clockwork).await? + outbox::expand(services, clockwork).await?;
        let deliveries = outbox::claim(services, BATCH, LEASE).await?;
        let reactions = deliveries.into_iter().map(|delivery| run_delivery(services, clockwork, delivery));
        let mut outcomes = futures_util::future::join_all(reactions).await;
        for queue in QUEUES {
            let jobs = queue::claim(services, queue, BATCH, LEASE).await?;
            let runs = jobs.into_iter().map(|job| run_job(services, clockwork, job));
            outcomes.extend(futures_util::future::join_all(runs).await);
        }
        drained.ran += outcomes.len() as u64;
        drained.failed += outcomes.iter().filter(|outcome| **outcome == Outcome::Dead).count() as u64;
        if moved == 0 && outcomes.is_empty() {
            let now = services.clock.now();
            if !kernel::job::has_due(&services.db, now).await? && !outbox::has_due(services).await? {
                break;
            }
            // Somebody else is at it, or a lease has to run out.
            sleep(Duration::from_millis(20)).await;
        }
    }
    seal::seal(&services.db, &services.live).await?;
    Ok(drained)
}
