//! The simulated Midtrans' desk: state behind a lock and on disk, and the sending of notifications.
use super::{
    super::CODE,
    state::{Notification, Refusal, State},
};
use crate::{
    integrations::sim::{Bench, FaultKind, Faults, StateFile},
    kernel::http,
};
use chrono::{DateTime, Duration as ProductDuration, Utc};
use std::{
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// How long the vendor waits for thanks.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Minutes of product time between two tries.
const RETRY_MINUTES: [i64; 5] = [2, 10, 30, 90, 210];
/// Beats (of 100 ms) a product may be away, as while it restarts, before a try counts as refused.
const UNHEARD_BEATS: u32 = 100;
/// How long an answer waits for the report that shall come before it.
const REPORT_FIRST_PATIENCE: Duration = Duration::from_secs(5);

/// What came of sending a notification.
enum Reception {
    Thanks,
    Refused(u16),
    NoAnswer,
    NobodyThere,
}

pub(super) struct Desk {
    bench: Bench,
    file: StateFile,
    state: Mutex<State>,
    /// One sender at a time: the beat and a tick must not send the same report twice.
    sending: tokio::sync::Mutex<()>,
    client: reqwest::Client,
}

impl Desk {
    /// # Errors
    /// When the state of before cannot be read or the new one cannot be written.
    pub(super) fn open(bench: &Bench) -> anyhow::Result<Self> {
        let file = StateFile::open(bench.state_dir.as_ref(), CODE)?;
        let mut state: State = file.load()?;
        state.open_account();
        file.save(&state)?;
        let (bench, client) = (bench.clone(), http::client());
        Ok(Self { bench, file, state: Mutex::new(state), sending: tokio::sync::Mutex::default(), client })
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.bench.clock.now()
    }

    /// Where reports go that no charge sends elsewhere.
    pub(super) fn dashboard_url(&self) -> String {
        format!("{}/api/webhooks/{CODE}/notification", self.bench.product_url.trim_end_matches('/'))
    }

    /// Reads the state as of now.
    pub(super) fn look<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        let mut state = self.lock();
        let now = self.now();
        if state.is_behind(now) {
            state.catch_up(now, &self.bench.faults);
            self.save(&state);
        }
        read(&state)
    }

    /// Changes the state as of now and saves it before anybody hears of it.
    pub(super) fn change<T>(
        &self,
        act: impl FnOnce(&mut State, DateTime<Utc>, &Faults) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.lock();
        let now = self.now();
        state.catch_up(now, &self.bench.faults);
        let done = act(&mut state, now, &self.bench.faults);
        if self.save(&state) { done } else { Err(Refusal::new(500, "The simulator's disk refuses to write.")) }
    }

    /// How many reports are due and undelivered.
    pub(super) fn due(&self) -> usize {
        let now = self.now();
        self.look(|state| state.notifications.iter().filter(|one| one.due_at <= now).count())
    }

    /// Sends what is due, in order, until nothing new becomes due.
    pub(super) async fn deliver(&self) {
        let _turn = self.sending.lock().await;
        loop {
            let now = self.now();
            let mut due = self.look(|state| {
                let due = state.notifications.iter().filter(|one| one.due_at <= now);
                due.cloned().collect::<Vec<_>>()
            });
            due.sort_by_key(|one| one.number);
            let mut received = false;
            for notification in due {
                let reception = self.send(&notification).await;
                received |= matches!(reception, Reception::Thanks);
                self.note(&notification, &reception);
            }
            if !received || self.bench.stop.is_cancelled() {
                return;
            }
        }
    }

    /// Where the fault is on, holds the answer to a call on `path` until the order's reports are out.
    pub(super) async fn report_first(&self, path: &str, order_id: &str) {
        if self.bench.faults.take(CODE, path, &[FaultKind::WebhookBeforeResponse]).is_none() {
            return;
        }
        let since = Instant::now();
        let waits = || {
            let now = self.now();
            self.look(|state| state.notifications.iter().any(|one| one.order_id == order_id && one.due_at <= now))
        };
        while waits() && since.elapsed() < REPORT_FIRST_PATIENCE && !self.bench.stop.is_cancelled() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn send(&self, notification: &Notification) -> Reception {
        let path = notification.url.splitn(4, '/').nth(3).unwrap_or_default();
        let mut body = notification.body.clone();
        if self.bench.faults.take(CODE, &format!("/{path}"), &[FaultKind::WrongSignature]).is_some() {
            body["signature_key"] = serde_json::json!("0".repeat(128));
        }
        let call = self.client.post(&notification.url).header("User-Agent", "Veritrans").timeout(ANSWER_TIMEOUT);
        match call.json(&body).send().await {
            Ok(response) if response.status().is_success() => Reception::Thanks,
            Ok(response) => Reception::Refused(response.status().as_u16()),
            Err(error) if error.is_connect() => Reception::NobodyThere,
            Err(_) => Reception::NoAnswer,
        }
    }

    fn note(&self, sent: &Notification, reception: &Reception) {
        let mut state = self.lock();
        let now = self.now();
        let Some(index) = state.notifications.iter().position(|one| one.number == sent.number) else { return };
        let one = &mut state.notifications[index];
        if matches!(reception, Reception::NobodyThere) && one.unheard < UNHEARD_BEATS {
            one.unheard += 1;
            return;
        }
        let wait = usize::try_from(one.tries).ok().and_then(|tries| RETRY_MINUTES.get(tries));
        match (reception, wait) {
            (Reception::Thanks, _) | (_, None) => drop(state.notifications.remove(index)),
            (reception, _) if one.tries >= retries(reception) => drop(state.notifications.remove(index)),
            (_, Some(minutes)) => {
                one.tries += 1;
                one.due_at = now + ProductDuration::minutes(*minutes);
            }
        }
        self.save(&state);
    }

    fn save(&self, state: &State) -> bool {
        let saved = self.file.save(state);
        if let Err(error) = &saved {
            tracing::error!(simulator = CODE, %error, "The simulator's state cannot be written");
        }
        saved.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// How often the vendor tries again after such an answer.
fn retries(reception: &Reception) -> u32 {
    match reception {
        Reception::Thanks | Reception::Refused(300..=399) => 0,
        Reception::Refused(500) => 1,
        Reception::Refused(400 | 404) => 2,
        Reception::Refused(503) => 4,
        Reception::Refused(_) | Reception::NoAnswer | Reception::NobodyThere => 5,
    }
}
