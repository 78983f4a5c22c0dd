//! The desk of a simulator that reports of its own accord: a world behind a lock and on disk, and the sending of its
//! post.
use super::{
    Bench, FaultKind, Faults, RunningSimulator, SimulatorControl, StateFile,
    post::{self, Post, Reception},
    server,
};
use crate::kernel::{http, task};
use actix_web::web;
use chrono::{DateTime, Duration, Utc};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration as Patience, Instant},
};

/// How long an answer waits for the report that shall come before it.
const REPORT_FIRST_PATIENCE: Patience = Patience::from_secs(5);
/// How often the post is looked through.
const BEAT: Patience = Patience::from_millis(100);

/// What a simulator knows. Time comes in, changes stay here.
pub trait World: Default + Serialize + DeserializeOwned + Send + 'static {
    /// The adapter's code.
    const CODE: &'static str;
    /// Pauses between two tries of a report; after the last it is given up.
    const PAUSES: &'static [Duration];
    /// Headers of a report that is signed wrongly.
    fn spoilt() -> Vec<(String, String)>;
    /// Whether the body of a good answer is thanks: any is, but for vendors that look for a word of theirs.
    fn is_thanks(_body: &str) -> bool {
        true
    }
    /// Gives a new account its keys; one that has them keeps them.
    fn open(&mut self);
    /// Hears where reports go that no charge sends elsewhere.
    fn learn_address(&mut self, _url: String) {}
    /// Whether `catch_up` would change anything.
    fn is_behind(&self, now: DateTime<Utc>) -> bool;
    /// Does what time does.
    fn catch_up(&mut self, now: DateTime<Utc>, faults: &Faults);
    /// Its reports.
    fn post(&self) -> &Post;
    /// Its reports, to be changed.
    fn post_mut(&mut self) -> &mut Post;
}

/// Opens the door of the double `W`: its desk, its wire with `routes`, and the beat of its post. `keys` names the settings
/// by which the product reaches it; `control` is how one acts on it.
///
/// # Errors
/// When the world of before cannot be read, the new one cannot be written, or the port is taken.
pub async fn open<W: World, C: SimulatorControl + 'static, const KEYS: usize>(
    bench: Bench,
    routes: fn(&mut web::ServiceConfig),
    keys: fn(&W) -> [(&'static str, String); KEYS],
    control: fn(Arc<Desk<W>>) -> C,
) -> anyhow::Result<RunningSimulator> {
    let desk = Arc::new(Desk::<W>::open(&bench)?);
    let url = desk.dashboard_url();
    desk.change(|world, _, _| world.learn_address(url));
    let shared = web::Data::new(desk.clone());
    let listening = server::listen(&bench, W::CODE, move |config| {
        config.app_data(shared.clone()).configure(routes);
    })
    .await?;
    let settings = desk.look(keys).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    desk.beat();
    let control = Arc::new(control(desk));
    Ok(RunningSimulator { code: W::CODE, base_url: listening.base_url, settings, fits: FaultKind::ALL, control })
}

/// The desk.
pub struct Desk<W> {
    bench: Bench,
    file: StateFile,
    world: Mutex<W>,
    /// One sender at a time: the beat and a tick must not send the same report twice.
    sending: tokio::sync::Mutex<()>,
    client: reqwest::Client,
}

impl<W: World> Desk<W> {
    /// # Errors
    /// When the world of before cannot be read or the new one cannot be written.
    fn open(bench: &Bench) -> anyhow::Result<Self> {
        let file = StateFile::open(bench.state_dir.as_ref(), W::CODE)?;
        let mut world: W = file.load()?;
        world.open();
        file.save(&world)?;
        let (bench, client) = (bench.clone(), http::client());
        Ok(Self { bench, file, world: Mutex::new(world), sending: tokio::sync::Mutex::default(), client })
    }

    /// Product time.
    pub fn now(&self) -> DateTime<Utc> {
        self.bench.clock.now()
    }

    /// Where reports go that no charge sends elsewhere.
    pub fn dashboard_url(&self) -> String {
        format!("{}/api/webhooks/{}/notification", self.bench.product_url.trim_end_matches('/'), W::CODE)
    }

    /// Reads the world as of now.
    pub fn look<T>(&self, read: impl FnOnce(&W) -> T) -> T {
        let mut world = self.lock();
        let now = self.now();
        if world.is_behind(now) {
            world.catch_up(now, &self.bench.faults);
            self.save(&world);
        }
        read(&world)
    }

    /// Changes the world as of now and saves it before anybody hears of it; nothing where the disk refuses.
    pub fn change<T>(&self, act: impl FnOnce(&mut W, DateTime<Utc>, &Faults) -> T) -> Option<T> {
        let mut world = self.lock();
        let now = self.now();
        world.catch_up(now, &self.bench.faults);
        let done = act(&mut world, now, &self.bench.faults);
        self.save(&world).then_some(done)
    }

    /// How many reports are due and undelivered.
    pub fn due(&self) -> usize {
        let now = self.now();
        self.look(|world| world.post().due(now).len())
    }

    /// Sends what is due, in order, until nothing new becomes due.
    pub async fn deliver(&self) {
        let _turn = self.sending.lock().await;
        loop {
            let now = self.now();
            let mut received = false;
            for letter in self.look(|world| world.post().due(now)) {
                let wrong = [FaultKind::WrongSignature];
                let is_spoilt = self.bench.faults.take(W::CODE, &post::path_of(&letter.url), &wrong).is_some();
                let spoil = if is_spoilt { W::spoilt() } else { Vec::new() };
                let reception = post::send(&self.client, &letter, &spoil, W::is_thanks).await;
                received |= reception == Reception::Thanks;
                let mut world = self.lock();
                let now = self.now();
                world.post_mut().note(letter.number, reception, W::PAUSES, now);
                self.save(&world);
            }
            if !received || self.bench.stop.is_cancelled() {
                return;
            }
        }
    }

    /// Where the fault is on, holds the answer to a call on `path` until the reports about `about` are out.
    pub async fn report_first(&self, path: &str, about: &str) {
        if self.bench.faults.take(W::CODE, path, &[FaultKind::WebhookBeforeResponse]).is_none() {
            return;
        }
        let since = Instant::now();
        let waits = || {
            let now = self.now();
            self.look(|world| world.post().due(now).iter().any(|one| one.about == about))
        };
        while waits() && since.elapsed() < REPORT_FIRST_PATIENCE && !self.bench.stop.is_cancelled() {
            tokio::time::sleep(Patience::from_millis(20)).await;
        }
    }

    /// Catches up with product time and sends what is due.
    pub async fn tick(&self) {
        self.look(|_: &W| {});
        self.deliver().await;
    }

    /// Ticks until the bench says stop.
    fn beat(self: &Arc<Self>) {
        let (desk, stop) = (self.clone(), self.bench.stop.clone());
        task::spawn("simulator-post", async move {
            while !stop.is_cancelled() {
                desk.tick().await;
                tokio::select! {
                    () = tokio::time::sleep(BEAT) => {}
                    () = stop.cancelled() => {}
                }
            }
        });
    }

    fn save(&self, world: &W) -> bool {
        let saved = self.file.save(world);
        if let Err(error) = &saved {
            tracing::error!(simulator = W::CODE, %error, "The simulator's state cannot be written");
        }
        saved.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, W> {
        self.world.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
