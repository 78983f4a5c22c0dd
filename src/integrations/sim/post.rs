//! A simulator's outgoing post: reports that are due, late, held back, sent again until somebody thanks for them.
use super::{FaultKind, Faults};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration as Patience;

/// How late a report is where the fault does not say.
const LATE: Duration = Duration::minutes(10);
/// Beats (of 100 ms) a product may be away, as while it restarts, before a try counts as refused.
const UNHEARD_BEATS: u32 = 100;
/// How long a vendor waits for thanks.
const ANSWER_TIMEOUT: Patience = Patience::from_secs(15);

/// A report on its way to the product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// Order of sending among those that are due.
    pub number: u64,
    /// What it is about: our reference of a charge.
    pub about: String,
    /// Where it goes.
    pub url: String,
    /// Its headers, signature included.
    pub headers: Vec<(String, String)>,
    /// Its body, byte for byte.
    pub body: String,
    /// When it goes.
    pub due_at: DateTime<Utc>,
    /// Waits for the next report about the same to overtake it.
    pub held: bool,
    /// Answers that were no thanks.
    pub tries: u32,
    /// Times nobody listened: the product restarts, which is not its answer.
    pub unheard: u32,
}

/// A report before it has a place in the post.
#[derive(Clone, Debug)]
pub struct NewLetter {
    /// What it is about.
    pub about: String,
    /// Where it goes.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// What came of sending a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// Accepted.
    Thanks,
    /// Any other answer, or none in time.
    Refused,
    /// Nobody listens there.
    NobodyThere,
}

/// The reports that are not delivered yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Post {
    sequence: u64,
    letters: Vec<Letter>,
}

impl Post {
    /// Queues a report as the faults that are on for `target` want it: twice, late, or behind the next one.
    pub fn add(&mut self, target: &str, new: &NewLetter, now: DateTime<Utc>, faults: &Faults) {
        let kinds = [FaultKind::DuplicateWebhook, FaultKind::LateWebhook, FaultKind::ReorderedWebhook];
        let fault = faults.take(target, &path_of(&new.url), &kinds);
        let kind = fault.as_ref().map(|fault| fault.kind);
        let late = fault.and_then(|fault| fault.delay_ms).and_then(|ms| i64::try_from(ms).ok());
        let held = kind == Some(FaultKind::ReorderedWebhook);
        let is_late = held || kind == Some(FaultKind::LateWebhook);
        let due_at = if is_late { now + late.map_or(LATE, Duration::milliseconds) } else { now };
        let copies = if kind == Some(FaultKind::DuplicateWebhook) { 2 } else { 1 };
        for _ in 0..copies {
            self.sequence += 1;
            self.letters.push(Letter {
                number: self.sequence,
                about: new.about.clone(),
                url: new.url.clone(),
                headers: new.headers.clone(),
                body: new.body.clone(),
                due_at,
                held,
                tries: 0,
                unheard: 0,
            });
        }
        if !held {
            self.release(&new.about, now);
        }
    }

    /// Lets held reports follow the one that has just overtaken them.
    fn release(&mut self, about: &str, now: DateTime<Utc>) {
        for one in self.letters.iter_mut().filter(|one| one.held && one.about == about) {
            self.sequence += 1;
            (one.held, one.due_at, one.number) = (false, now, self.sequence);
        }
    }

    /// What is due, in the order of sending.
    pub fn due(&self, now: DateTime<Utc>) -> Vec<Letter> {
        let mut due: Vec<Letter> = self.letters.iter().filter(|one| one.due_at <= now).cloned().collect();
        due.sort_by_key(|one| one.number);
        due
    }

    /// Notes what came of sending a letter; `pauses` are those between two tries, and after the last it is given up.
    pub fn note(&mut self, number: u64, reception: Reception, pauses: &[Duration], now: DateTime<Utc>) {
        let Some(index) = self.letters.iter().position(|one| one.number == number) else { return };
        let one = &mut self.letters[index];
        if reception == Reception::NobodyThere && one.unheard < UNHEARD_BEATS {
            one.unheard += 1;
            return;
        }
        let pause = usize::try_from(one.tries).ok().and_then(|tries| pauses.get(tries));
        match (reception, pause) {
            (Reception::Thanks, _) | (_, None) => drop(self.letters.remove(index)),
            (_, Some(pause)) => {
                one.tries += 1;
                one.due_at = now + *pause;
            }
        }
    }
}

/// The path of an address.
pub(super) fn path_of(url: &str) -> String {
    format!("/{}", url.splitn(4, '/').nth(3).unwrap_or_default())
}

/// Sends a letter; `spoil` are headers that replace its own, and `is_thanks` judges the body of a good answer.
pub(super) async fn send(
    client: &reqwest::Client,
    letter: &Letter,
    spoil: &[(String, String)],
    is_thanks: fn(&str) -> bool,
) -> Reception {
    let mut call = client.post(&letter.url).timeout(ANSWER_TIMEOUT);
    for (name, value) in letter.headers.iter().filter(|(name, _)| spoil.iter().all(|(other, _)| other != name)) {
        call = call.header(name, value);
    }
    for (name, value) in spoil {
        call = call.header(name, value);
    }
    match call.body(letter.body.clone()).send().await {
        Ok(response) if response.status().is_success() => match response.text().await {
            Ok(body) if is_thanks(&body) => Reception::Thanks,
            Ok(_) | Err(_) => Reception::Refused,
        },
        Err(error) if error.is_connect() => Reception::NobodyThere,
        Ok(_) | Err(_) => Reception::Refused,
    }
}
