//! Server-sent events: one stream per page, fed by wake-up calls, never by polling the database per viewer. A page's
//! stream renders its fragments anew when one of its topics is woken.
use crate::{
    domain::Services,
    kernel::live::{EVERYTHING, Live},
};
use actix_web::{HttpResponse, http::header, web::Bytes};
use askama::Template;
use futures_util::{Stream, StreamExt, stream};
use std::{collections::HashSet, convert::Infallible, future::Future, pin::Pin, time::Duration};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// A comment is sent so often, so that proxies keep the stream open and a dead reader is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Calls that come closer together than this are answered once.
const QUIET: Duration = Duration::from_millis(50);
/// A stream lives at most so long; the browser reconnects by itself, and rights are checked anew.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// One event.
pub struct Event {
    /// Name; unnamed events are swapped into the page by htmx.
    pub name: Option<&'static str>,
    /// Content, for example a fragment.
    pub data: String,
}

/// A fragment as the one event of this moment; one that cannot be drawn is left out, the next moment tries again.
pub fn drawn(fragment: &impl Template) -> Vec<Event> {
    fragment.render().map(|data| vec![Event { name: None, data }]).unwrap_or_default()
}

/// Renders what a page shows at this moment.
pub type Render = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Vec<Event>> + Send>> + Send>;

/// A stream that renders at once and again whenever one of `topics` is woken.
pub fn stream(services: &Services, topics: Vec<String>, render: Render) -> HttpResponse {
    respond(refreshing(services.live.clone(), topics.into_iter().collect(), render), services.stop.clone())
}

/// Answers with any stream of events; it ends with the process.
pub fn respond(events: impl Stream<Item = String> + 'static, stop: CancellationToken) -> HttpResponse {
    let ended = async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LIFETIME) => {}
        }
    };
    let body = events.map(|text| Ok::<_, Infallible>(Bytes::from(text))).take_until(Box::pin(ended));
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header(("X-Accel-Buffering", "no"))
        .insert_header(header::ContentEncoding::Identity)
        .streaming(body)
}

fn refreshing(live: Live, topics: HashSet<String>, render: Render) -> impl Stream<Item = String> {
    // Subscribed before the first look at the database, so that nothing falls between the two.
    let calls = live.subscribe();
    stream::unfold((calls, topics, render, true), |(mut calls, topics, render, is_first)| async move {
        if !is_first {
            match tokio::time::timeout(KEEP_ALIVE, woken(&mut calls, &topics)).await {
                Err(_) => return Some((":\n\n".to_owned(), (calls, topics, render, false))),
                Ok(false) => return None,
                Ok(true) => {
                    tokio::time::sleep(QUIET).await;
                    while let Ok(_) | Err(tokio::sync::broadcast::error::TryRecvError::Lagged(_)) = calls.try_recv() {}
                }
            }
        }
        let text: String = render().await.iter().map(encode).collect();
        let text = if text.is_empty() { ":\n\n".to_owned() } else { text };
        Some((text, (calls, topics, render, false)))
    })
}

/// Waits for one of `topics`; having missed calls counts as being woken. False: the house is closing.
async fn woken(calls: &mut tokio::sync::broadcast::Receiver<String>, topics: &HashSet<String>) -> bool {
    loop {
        match calls.recv().await {
            Ok(topic) if topic == EVERYTHING || topics.contains(&topic) => return true,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

/// An event as it goes over the wire.
pub fn encode(event: &Event) -> String {
    let mut text = String::with_capacity(event.data.len() + 32);
    if let Some(name) = event.name {
        text.push_str("event: ");
        text.push_str(name);
        text.push('\n');
    }
    for line in event.data.lines() {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_fragment_is_data() {
        let event = Event { name: Some("status"), data: "<p>\na</p>".to_owned() };
        assert_eq!(encode(&event), "event: status\ndata: <p>\ndata: a</p>\n\n");
    }

    #[tokio::test]
    async fn a_page_hears_its_own_topics_only_and_is_rendered_first() {
        let live = Live::default();
        let render: Render = Box::new(|| Box::pin(async { vec![Event { name: None, data: "x".to_owned() }] }));
        let mut events = Box::pin(refreshing(live.clone(), HashSet::from(["invoice:1".to_owned()]), render));
        assert_eq!(events.next().await.unwrap(), "data: x\n\n");
        live.wake("invoice:2");
        assert!(tokio::time::timeout(Duration::from_millis(80), events.next()).await.is_err());
    }
}
