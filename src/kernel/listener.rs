//! The line on which the nodes of one PostgreSQL database wake each other: NOTIFY at commit, heard here. Every process
//! that waits for news keeps one open: those that work, and those that serve live pages.
use super::{
    db::{NOTIFY_CHANNEL, is_postgres},
    live::{EVERYTHING, Live},
    task,
};
use sea_orm::{
    DatabaseConnection,
    sqlx::{
        Error,
        postgres::{PgListener, PgPool},
    },
};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Pause before a broken line is opened anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Opens the line of this process until `stop`; opening it again changes nothing. SQLite has no other nodes.
pub fn start(db: &DatabaseConnection, live: &Live, stop: &CancellationToken) {
    if is_postgres(db) && live.is_first_to_listen() {
        task::spawn("live.listener", listen(db.clone(), live.clone(), stop.clone()));
    }
}

async fn listen(db: DatabaseConnection, live: Live, stop: CancellationToken) {
    let options = db.get_postgres_connection_pool().connect_options();
    // A pool of its own: listening must not take a connection from those who answer requests.
    let line = PgPool::connect_lazy_with((*options).clone());
    loop {
        let outcome = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            outcome = hear(&line, &live) => outcome,
        };
        match outcome {
            Ok(()) => tracing::warn!("The line on which other nodes wake this one was closed"),
            Err(error) => tracing::warn!(%error, "Lost the line on which other nodes wake this one"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = sleep(PAUSE) => {}
        }
    }
}

/// Passes calls on until the line breaks. What was called while there was none is not known: everybody looks again.
async fn hear(line: &PgPool, live: &Live) -> Result<(), Error> {
    let mut listener = PgListener::connect_with(line).await?;
    listener.listen(NOTIFY_CHANNEL).await?;
    live.wake(EVERYTHING);
    while let Some(call) = listener.try_recv().await? {
        live.wake(call.payload());
    }
    Ok(())
}
