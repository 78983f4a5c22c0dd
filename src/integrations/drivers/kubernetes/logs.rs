//! Logs of an instance's containers, as clean lines of bounded length.
use super::{
    client::{Cluster, meaning_of_error, within_time},
    render::{COMPONENT, Kind, Renderer, SEED},
};
use crate::integrations::{
    OutsideError,
    drivers::{LogLine, LogQuery},
};
use chrono::{DateTime, Utc};
use futures_util::{
    AsyncBufRead, AsyncBufReadExt, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use k8s_openapi::{api::core::v1::Pod, jiff::Timestamp};
use kube::{Api, api::LogParams};
use secrecy::ExposeSecret;
use std::pin::Pin;

/// Lines read when nobody says how many.
const DEFAULT_TAIL: i64 = 200;
/// Most lines read at once.
const MAX_TAIL: i64 = 5_000;
/// Longest line, in bytes: hostile output must not fill the memory.
const MAX_LINE: usize = 16 * 1024;
/// Most bytes read of one container when not following.
const MAX_BYTES: i64 = 8 * 1024 * 1024;
/// Secrets shorter than this are words that may stand in a log for other reasons.
const SECRET_MIN: usize = 8;

type Reader = Pin<Box<dyn AsyncBufRead + Send>>;
type Lines = BoxStream<'static, Result<LogLine, OutsideError>>;

/// Opens the log.
pub(super) async fn open(cluster: &Cluster, render: &Renderer<'_>, query: LogQuery) -> Result<Lines, OutsideError> {
    let tail = query.tail.unwrap_or(DEFAULT_TAIL).clamp(1, MAX_TAIL);
    let namespace = render.namespace();
    let api: Api<Pod> = Api::namespaced(cluster.streams(), &namespace);
    let selector = format!("{},{COMPONENT}!={SEED}", render.selector());
    let pods = cluster.list(Kind::Pod, Some(&namespace), &selector).await?;
    let secrets: Vec<String> = render
        .spec
        .secrets
        .values()
        .map(|value| value.expose_secret().to_owned())
        .filter(|value| value.len() >= SECRET_MIN)
        .collect();
    let mut streams = Vec::new();
    for pod in pods.into_iter().filter_map(|pod| pod.try_parse::<Pod>().ok()) {
        let name = pod.metadata.name.clone().unwrap_or_default();
        for container in pod.spec.iter().flat_map(|spec| &spec.containers) {
            let params = LogParams {
                container: Some(container.name.clone()),
                follow: query.follow,
                tail_lines: Some(tail),
                since_time: query.since.and_then(|at| Timestamp::from_microsecond(at.timestamp_micros()).ok()),
                previous: query.previous,
                timestamps: true,
                limit_bytes: (!query.follow).then_some(MAX_BYTES),
                ..LogParams::default()
            };
            // Pods may be seen everywhere and their logs only where we have our role.
            match cluster.inside(Some(&namespace), || within_time(api.log_stream(&name, &params))).await {
                Ok(Some(reader)) => streams.push(lines(Box::pin(reader), container.name.clone(), secrets.clone())),
                // A container that has not started, has no earlier life or is gone has no lines.
                Ok(None) => {}
                Err(OutsideError::Rejected { code, .. }) if matches!(code.as_str(), "refused" | "not_found") => {}
                Err(error) => return Err(error),
            }
        }
    }
    if query.follow {
        return Ok(stream::select_all(streams).boxed());
    }
    let mut all: Vec<LogLine> = Vec::new();
    for lines in streams {
        all.extend(lines.try_collect::<Vec<_>>().await?);
    }
    all.sort_by_key(|line| line.time);
    let surplus = all.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX));
    Ok(stream::iter(all.into_iter().skip(surplus).map(Ok)).boxed())
}

/// The lines of one container.
fn lines(reader: Reader, container: String, secrets: Vec<String>) -> Lines {
    stream::unfold(Some(reader), move |reader| {
        let (container, secrets) = (container.clone(), secrets.clone());
        async move {
            let mut reader = reader?;
            loop {
                match next_line(&mut reader).await {
                    Ok(Some(raw)) => {
                        if let Some(line) = parse(&raw, &container, &secrets) {
                            return Some((Ok(line), Some(reader)));
                        }
                    }
                    Ok(None) => return None,
                    Err(error) => {
                        // A quiet log ends by our own limit of silence: an end, not an error.
                        if error.kind() == std::io::ErrorKind::TimedOut {
                            return None;
                        }
                        return Some((Err(meaning_of_error(&kube::Error::ReadEvents(error))), None));
                    }
                }
            }
        }
    })
    .boxed()
}

/// The next line without its end, cut at [`MAX_LINE`]; `None` at the end.
async fn next_line(reader: &mut Reader) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut has_read = false;
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(has_read.then_some(line));
        }
        has_read = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        line.extend_from_slice(&part[..part.len().min(MAX_LINE.saturating_sub(line.len()))]);
        let used = end.map_or(available.len(), |end| end + 1);
        reader.consume_unpin(used);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

/// "2026-08-01T00:00:00.123456789Z text" as a line; what has no time is no line of a container.
fn parse(raw: &[u8], container: &str, secrets: &[String]) -> Option<LogLine> {
    let text = String::from_utf8_lossy(raw);
    let (time, text) = text.split_once(' ').unwrap_or((text.trim_end(), ""));
    let time = DateTime::parse_from_rfc3339(time.trim()).ok()?.with_timezone(&Utc);
    let mut text = plain(text);
    for secret in secrets {
        text = text.replace(secret.as_str(), "••••••");
    }
    Some(LogLine { time, container: container.to_owned(), text })
}

/// The text without terminal sequences and control characters.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_sequence(&mut characters),
            // The one-character form of "ESC [".
            '\u{9b}' => skip_until_final(&mut characters),
            '\t' => plain.push('\t'),
            control if control.is_control() => {}
            other => plain.push(other),
        }
    }
    plain
}

fn skip_sequence(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match characters.next() {
        Some('[') => skip_until_final(characters),
        // Operating system command (titles, links): ends with BEL or ESC \.
        Some(']' | 'P' | '^' | '_') => {
            while let Some(character) = characters.next() {
                if character == '\u{7}' {
                    return;
                }
                if character == '\u{1b}' {
                    characters.next();
                    return;
                }
            }
        }
        _ => {}
    }
}

fn skip_until_final(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    for character in characters.by_ref() {
        if ('\u{40}'..='\u{7e}').contains(&character) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_colours_titles_and_secrets_but_keeps_its_words() {
        let raw = "2026-08-01T00:00:00.5Z \u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}key=topsecret\u{8}\t<b>";

        let line = parse(raw.as_bytes(), "app", &["topsecret".into()]).unwrap();

        assert_eq!(line.text, "red key=••••••\t<b>");
        assert_eq!(line.time.timestamp_subsec_millis(), 500);
        assert_eq!(line.container, "app");
    }

    #[tokio::test]
    async fn an_endless_line_is_cut_and_the_next_one_is_whole() {
        let mut bytes = b"2026-08-01T00:00:00Z ".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 3 * MAX_LINE));
        bytes.extend(b"\n2026-08-01T00:00:01Z next\nno time");
        let reader: Reader = Box::pin(futures_util::io::Cursor::new(bytes));

        let read: Vec<_> = lines(reader, "app".into(), vec![]).try_collect().await.unwrap();

        assert_eq!(read.len(), 2);
        assert!(read[0].text.len() < MAX_LINE);
        assert_eq!(read[1].text, "next");
    }
}
