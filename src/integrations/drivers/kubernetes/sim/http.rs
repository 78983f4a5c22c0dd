//! A small HTTP/1.1 server on loopback. It is our own, because the faults need what frameworks hide: hang, cut the
//! connection, answer in an endless chunked stream that ends when the client goes.
use crate::kernel::task;
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_util::sync::CancellationToken;

/// What the API server of Kubernetes takes at most.
const MAX_BODY_BYTES: usize = 3 * 1024 * 1024;
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// A hung call ends when the client goes, at the latest after this.
const LONGEST_HANG: Duration = Duration::from_secs(600);

/// A request, read whole.
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Path as sent, without the query.
    pub path: String,
    /// Query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Content type and others.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub body: Body,
}

/// What is sent.
pub enum Body {
    /// Everything at once.
    Whole(Vec<u8>),
    /// Piece by piece, until the stream ends or the client goes.
    Stream(BoxStream<'static, Vec<u8>>),
}

impl Reply {
    /// Text of a given type.
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: Body::Whole(body.into()) }
    }

    /// JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }
}

/// What becomes of a request.
pub enum Outcome {
    /// It is answered.
    Answer(Reply),
    /// It is never answered.
    Hang,
    /// The connection is cut.
    Cut,
}

/// Answers requests.
pub type Handler = Arc<dyn Fn(Request) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// Takes connections until `stop`.
pub fn serve(name: &'static str, listener: TcpListener, stop: CancellationToken, handler: Handler) {
    task::spawn(name, async move {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let Ok((socket, _)) = accepted else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let (stop, handler) = (stop.clone(), handler.clone());
            task::spawn(name, async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    // An error here is a client that went away.
                    _ = converse(socket, handler) => {}
                }
            });
        }
    });
}

async fn converse(socket: TcpStream, handler: Handler) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let (reader, mut writer) = socket.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let request = match read_request(&mut reader, &mut writer).await? {
            Read::Request(request) => request,
            Read::End => return Ok(()),
            Read::Refused(status, why) => {
                write_reply(&mut writer, &mut reader, false, Reply::text(status, "text/plain", why)).await?;
                return Ok(());
            }
        };
        let is_head = request.method == "HEAD";
        let is_last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        match handler(request).await {
            Outcome::Answer(reply) => {
                let is_stream = matches!(reply.body, Body::Stream(_));
                write_reply(&mut writer, &mut reader, is_head, reply).await?;
                if is_last || is_stream {
                    return Ok(());
                }
            }
            Outcome::Hang => {
                let mut rest = [0; 1024];
                tokio::select! {
                    () = tokio::time::sleep(LONGEST_HANG) => {}
                    // 0 bytes or an error: the client gave up.
                    _ = reader.read(&mut rest) => {}
                }
                return Ok(());
            }
            Outcome::Cut => return Ok(()),
        }
    }
}

enum Read {
    Request(Request),
    End,
    Refused(u16, &'static str),
}

async fn read_request(reader: &mut BufReader<OwnedReadHalf>, writer: &mut OwnedWriteHalf) -> std::io::Result<Read> {
    let mut head: Vec<String> = Vec::new();
    let mut size = 0;
    loop {
        let mut line = Vec::new();
        let read = (&mut *reader).take(MAX_HEAD_BYTES as u64).read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Ok(Read::End);
        }
        size += read;
        if size > MAX_HEAD_BYTES {
            return Ok(Read::Refused(431, "header fields too large"));
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if line.is_empty() {
            if head.is_empty() {
                continue;
            }
            break;
        }
        head.push(line);
    }
    let mut words = head[0].split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(Read::Refused(400, "bad request line"));
    };
    let headers: Vec<(String, String)> = head[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    // Proxies and some clients send the whole address instead of the path.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        path: path.to_owned(),
        query: pairs(query),
        headers,
        body: vec![],
    };
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    match read_body(reader, &request).await? {
        Some(body) => request.body = body,
        None => return Ok(Read::Refused(413, "request entity too large: limit is 3145728")),
    }
    Ok(Read::Request(request))
}

async fn read_body(reader: &mut BufReader<OwnedReadHalf>, request: &Request) -> std::io::Result<Option<Vec<u8>>> {
    let is_chunked =
        request.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let mut body = Vec::new();
    if !is_chunked {
        let length = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        if length > MAX_BODY_BYTES {
            return Ok(None);
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).await?;
        return Ok(Some(body));
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16)
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidData))?;
        if body.len() + size > MAX_BODY_BYTES {
            return Ok(None);
        }
        let start = body.len();
        body.resize(start + size, 0);
        reader.read_exact(&mut body[start..]).await?;
        let mut end = String::new();
        reader.read_line(&mut end).await?;
        if size == 0 {
            return Ok(Some(body));
        }
    }
}

async fn write_reply(
    writer: &mut OwnedWriteHalf,
    reader: &mut BufReader<OwnedReadHalf>,
    is_head: bool,
    reply: Reply,
) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match reply.body {
        Body::Whole(body) => {
            head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
            let mut bytes = head.into_bytes();
            if !is_head {
                bytes.extend_from_slice(&body);
            }
            writer.write_all(&bytes).await
        }
        Body::Stream(stream) => {
            head.push_str("transfer-encoding: chunked\r\nconnection: close\r\n\r\n");
            writer.write_all(head.as_bytes()).await?;
            // Empty pieces would end a chunked body early.
            let mut pieces = stream.filter(|piece| std::future::ready(!piece.is_empty()));
            let mut rest = [0; 1024];
            loop {
                let piece = tokio::select! {
                    piece = pieces.next() => piece,
                    read = reader.read(&mut rest) => match read {
                        Ok(0) | Err(_) => return Ok(()),
                        Ok(_) => continue,
                    },
                };
                let Some(piece) = piece else { break };
                let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
                chunk.extend_from_slice(&piece);
                chunk.extend_from_slice(b"\r\n");
                writer.write_all(&chunk).await?;
            }
            writer.write_all(b"0\r\n\r\n").await
        }
    }
}

/// Decodes `a=b&c=d`; kube writes `?&a=b`, so empty pairs are skipped.
fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decoded(&name.replace('+', " ")), percent_decoded(&value.replace('+', " ")))
        })
        .collect()
}

/// Decodes `%41`.
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_also_with_the_leading_ampersand_of_kube() {
        let decoded = pairs("&labelSelector=a%3Db%2Cc+in+%28d%29&force=true");
        assert_eq!(decoded[0], ("labelSelector".into(), "a=b,c in (d)".into()));
        assert_eq!(decoded[1], ("force".into(), "true".into()));
    }
}
