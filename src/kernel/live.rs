//! Wake-up calls between the parts of the program: topics like `jobs`, `customer:cus_…`, `instance:ins_…`. Whoever
//! waits on a topic looks at the database again; the call itself carries no data, so that a lost one costs only time.
//! On PostgreSQL the same topics travel to other nodes by NOTIFY at commit.
use tokio::sync::broadcast;

/// How many calls a slow listener may fall behind before it is told to look at everything again.
const BUFFER: usize = 1024;

/// The hub of this process.
#[derive(Clone, Debug)]
pub struct Live(broadcast::Sender<String>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::channel(BUFFER).0)
    }
}

impl Live {
    /// Wakes everybody who waits on `topic`.
    pub fn wake(&self, topic: &str) {
        // An error means that nobody listens, which is fine.
        let _ = self.0.send(topic.to_owned());
    }

    /// Hears every topic from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<String> {
        self.0.subscribe()
    }
}
