//! What containers write. Lines live in this process only: after a restart the start-up lines are written anew.
use chrono::{DateTime, Duration, Utc};
use std::collections::{HashMap, VecDeque};

/// How many lines of a container are kept, as a node that rotates logs would.
const KEPT_LINES: usize = 2000;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Grows by one per line of a container: followers go on after it.
    pub number: u64,
    /// When.
    pub time: DateTime<Utc>,
    /// What.
    pub text: String,
}

/// Lines of one container.
#[derive(Default)]
struct Page {
    life: i64,
    present: VecDeque<Line>,
    previous: Vec<Line>,
    next_number: u64,
    followers: usize,
}

/// Lines of every container, by uid of the pod and name of the container.
#[derive(Default)]
pub struct LogBook(HashMap<(String, String), Page>);

impl LogBook {
    /// Begins a life of a container (its `restartCount`) unless that life has begun: what it wrote before becomes
    /// the previous log, and the start-up lines of its image are written.
    pub fn begin(&mut self, uid: &str, container: &str, image: &str, life: i64, at: DateTime<Utc>) {
        let page = self.page(uid, container);
        if page.life == life && !page.present.is_empty() {
            return;
        }
        page.previous = page.present.drain(..).collect();
        page.life = life;
        for (index, text) in startup(image).iter().enumerate() {
            page.write(at + Duration::milliseconds(index as i64), (*text).to_owned());
        }
    }

    /// Writes a line.
    pub fn write(&mut self, uid: &str, container: &str, at: DateTime<Utc>, text: String) {
        self.page(uid, container).write(at, text);
    }

    /// Lines of the present or previous life.
    pub fn lines(&self, uid: &str, container: &str, is_previous: bool) -> Vec<Line> {
        match self.0.get(&(uid.to_owned(), container.to_owned())) {
            Some(page) if is_previous => page.previous.clone(),
            Some(page) => page.present.iter().cloned().collect(),
            None => vec![],
        }
    }

    /// Whether somebody follows.
    pub fn is_followed(&self, uid: &str, container: &str) -> bool {
        self.0.get(&(uid.to_owned(), container.to_owned())).is_some_and(|page| page.followers > 0)
    }

    /// Counts followers.
    pub fn follow(&mut self, uid: &str, container: &str) {
        self.page(uid, container).followers += 1;
    }

    /// A follower leaves.
    pub fn unfollow(&mut self, uid: &str, container: &str) {
        if let Some(page) = self.0.get_mut(&(uid.to_owned(), container.to_owned())) {
            page.followers = page.followers.saturating_sub(1);
        }
    }

    /// Forgets a pod.
    pub fn forget(&mut self, uid: &str) {
        self.0.retain(|(owner, _), _| owner != uid);
    }

    fn page(&mut self, uid: &str, container: &str) -> &mut Page {
        self.0.entry((uid.to_owned(), container.to_owned())).or_default()
    }
}

impl Page {
    fn write(&mut self, time: DateTime<Utc>, text: String) {
        self.present.push_back(Line { number: self.next_number, time, text });
        self.next_number += 1;
        if self.present.len() > KEPT_LINES {
            self.present.pop_front();
        }
    }
}

/// What the image writes when it starts.
fn startup(image: &str) -> &'static [&'static str] {
    let is = |part: &str| image.contains(part);
    if is("n8nio/runners") {
        &[
            "INFO  Starting launcher goroutine...",
            "INFO  Waiting for task broker to be ready...",
            "INFO  Task broker is ready",
        ]
    } else if is("n8n") {
        &[
            "No encryption key found in settings file, using N8N_ENCRYPTION_KEY",
            "Initializing n8n process",
            "n8n ready on ::, port 5678",
            "Migrations in progress, please do NOT stop the process.",
            "Finished migrations",
            "Editor is now accessible via:",
        ]
    } else if is("ghost") {
        &[
            "INFO Ghost is running in production...",
            "INFO Your site is now available",
            "INFO Ctrl+C to shut down",
            "INFO Ghost server started in 1.482s",
            "INFO Ghost booted in 2.131s",
        ]
    } else if is("wordpress") {
        &[
            "WordPress not found in /var/www/html - copying now...",
            "Complete! WordPress has been successfully copied to /var/www/html",
            "AH00163: Apache/2.4.65 (Debian) PHP/8.4 configured -- resuming normal operations",
            "AH00094: Command line: 'apache2 -D FOREGROUND'",
        ]
    } else if is("postgres") {
        &[
            "PostgreSQL init process complete; ready for start up.",
            "LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
            "LOG:  database system is ready to accept connections",
        ]
    } else if is("mariadb") || is("mysql") {
        &[
            "[Note] [Entrypoint]: Database files initialized",
            "[Note] InnoDB: Buffer pool(s) load completed",
            "[Note] Server socket created on IP: '0.0.0.0', port: '3306'.",
            "[Note] ready for connections.",
        ]
    } else if is("valkey") || is("redis") {
        &["Server initialized", "Ready to accept connections tcp"]
    } else {
        &["Starting", "Configuration loaded", "Listening for requests"]
    }
}

/// What a container writes now and then while it runs; `number` varies it.
pub fn chatter(image: &str, number: u64) -> String {
    let lines: &[&str] = if image.contains("postgres") {
        &["LOG:  checkpoint starting: time", "LOG:  checkpoint complete: wrote 3 buffers (0.0%)"]
    } else if image.contains("mysql") || image.contains("mariadb") {
        &["[Note] InnoDB: page_cleaner: 1000ms intended loop took 1004ms", "[Note] Aborted connection (idle)"]
    } else {
        &["GET /healthz 200 1ms", "Housekeeping finished, nothing to do", "GET /healthz 200 2ms"]
    };
    lines[usize::try_from(number).unwrap_or_default() % lines.len()].to_owned()
}
