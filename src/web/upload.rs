//! Forms with a file (RFC 7578). Read by us: one file of a few megabytes and some short fields need no streaming, and
//! the token is checked before anything of the form is believed, as for every other form.
use super::{
    WebError,
    csrf::{self, CsrfFault},
    forms::FormFault,
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use futures_util::{StreamExt, future::LocalBoxFuture};
use std::collections::BTreeMap;

/// Largest file that is kept; domains may want less.
const FILE_BYTES: usize = 5 * 1024 * 1024;
/// So much may stand around it: other fields and their headers.
const AROUND_BYTES: usize = 64 * 1024;
/// A larger file is read to its end, so that its sender hears what is wrong, but not without end.
const DRAINED_BYTES: usize = 32 * 1024 * 1024;
/// Largest form without a file.
const PLAIN_BYTES: usize = 256 * 1024;
/// Fields of a form at most.
const MOST_PARTS: usize = 20;
/// Headers of a field at most.
const HEADER_BYTES: usize = 4 * 1024;

/// A form of one of our pages that may hold a file, its token checked. What the sender calls the file and its type is
/// not looked at.
#[derive(Debug, Default)]
pub struct UploadForm {
    fields: BTreeMap<String, String>,
    /// Content of the file; empty where none was chosen.
    pub file: Vec<u8>,
    /// The file was larger than what is kept, and is not here.
    pub is_too_large: bool,
}

impl UploadForm {
    /// A field, empty where it was not sent.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl FromRequest for UploadForm {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let boundary = boundary_of(&request);
            let is_plain = request.content_type() == "application/x-www-form-urlencoded";
            let (kept, drained) = match boundary {
                Some(_) => (FILE_BYTES + AROUND_BYTES, DRAINED_BYTES),
                None => (PLAIN_BYTES, PLAIN_BYTES),
            };
            let (body, is_cut) = read(payload, kept, drained).await?;
            let form = match boundary {
                Some(boundary) => parse(&boundary, &body, is_cut)?,
                None if is_plain => plain(&body)?,
                None => return Err(FormFault::WrongType.into()),
            };
            let in_header = request.headers().get(csrf::HEADER).and_then(|value| value.to_str().ok());
            let sent = in_header.unwrap_or_else(|| form.field(csrf::FIELD));
            if !csrf::is_valid(&super::services(&request), &request, sent) {
                return Err(CsrfFault.into());
            }
            Ok(form)
        })
    }
}

fn boundary_of(request: &HttpRequest) -> Option<String> {
    let kind = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (name, rest) = kind.split_once(';')?;
    if !name.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let given = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?.trim_matches('"');
    // RFC 2046 allows 70 characters.
    (1..=70).contains(&given.len()).then(|| given.to_owned())
}

/// The first `kept` bytes of the body, and whether there were more.
async fn read(mut payload: Payload, kept: usize, drained: usize) -> Result<(web::BytesMut, bool), WebError> {
    let (mut body, mut length) = (web::BytesMut::new(), 0usize);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| FormFault::Unreadable(error.to_string()))?;
        length = length.saturating_add(chunk.len());
        if length > drained {
            return Err(FormFault::TooLarge.into());
        }
        let room = kept.saturating_sub(body.len()).min(chunk.len());
        body.extend_from_slice(&chunk[..room]);
    }
    Ok((body, length > kept))
}

fn plain(body: &[u8]) -> Result<UploadForm, FormFault> {
    if body.contains(&0) || body.windows(3).any(|bytes| bytes == b"%00") {
        return Err(FormFault::Unreadable("it contains a NUL character".to_owned()));
    }
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(body).map_err(|error| FormFault::Unreadable(error.to_string()))?;
    Ok(UploadForm { fields: pairs.into_iter().collect(), ..UploadForm::default() })
}

/// Reads the parts of `body`; `is_cut`: its end is missing.
fn parse(boundary: &str, body: &[u8], is_cut: bool) -> Result<UploadForm, FormFault> {
    let mark = format!("--{boundary}");
    let mut rest = body.strip_prefix(mark.as_bytes()).ok_or(FormFault::WrongType)?;
    let ending = format!("\r\n{mark}").into_bytes();
    let mut form = UploadForm::default();
    for _ in 0..MOST_PARTS {
        if rest.starts_with(b"--") {
            return Ok(form);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or(FormFault::WrongType)?;
        let head_end = find(&rest[..rest.len().min(HEADER_BYTES)], b"\r\n\r\n").ok_or(FormFault::WrongType)?;
        let (head, after) = (&rest[..head_end], &rest[head_end + 4..]);
        let (name, is_file) = named(head).ok_or(FormFault::WrongType)?;
        let end = find(after, &ending);
        let content = &after[..end.unwrap_or(after.len())];
        if is_file {
            form.is_too_large |= end.is_none() || content.len() > FILE_BYTES;
            if !form.is_too_large {
                form.file = content.to_vec();
            }
        } else {
            form.fields.insert(name, text_of(content)?);
        }
        match end {
            Some(end) => rest = &after[end + ending.len()..],
            None if is_cut && is_file => return Ok(form),
            None => return Err(FormFault::WrongType),
        }
    }
    Err(FormFault::Unreadable("it has too many fields".to_owned()))
}

fn text_of(content: &[u8]) -> Result<String, FormFault> {
    let text = std::str::from_utf8(content).map_err(|error| FormFault::Unreadable(error.to_string()))?;
    if text.contains('\0') {
        return Err(FormFault::Unreadable("it contains a NUL character".to_owned()));
    }
    Ok(text.to_owned())
}

/// Name of a field, and whether it is a file.
fn named(head: &[u8]) -> Option<(String, bool)> {
    let head = std::str::from_utf8(head).ok()?;
    let line = head
        .split("\r\n")
        .find(|line| line.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:")))?;
    let quoted = |key: &str| {
        let at = line.find(&format!("{key}=\""))? + key.len() + 2;
        Some(line[at..].split('"').next().unwrap_or_default().to_owned())
    };
    // `filename` holds `name` as its end: what counts begins with a space.
    Some((quoted(" name")?, line.contains("filename")))
}

fn find(body: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = body[from..].iter().position(|byte| *byte == first) {
        if body[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &[u8] = b"--x1\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\ntoken\r\n--x1\r\ncontent-disposition: \
        form-data; name=\"proof\"; filename=\"../../evil.html\"\r\nContent-Type: text/html\r\n\r\n\x00\r\n--x\xff\r\n--x1\r\n\
        Content-Disposition: form-data; name=\"note\"\r\n\r\ndari Budi\r\n--x1--\r\n";

    #[test]
    fn fields_are_texts_and_the_file_is_bytes() {
        let form = parse("x1", FORM, false).unwrap();
        assert_eq!((form.field("_csrf"), form.field("note"), form.field("proof")), ("token", "dari Budi", ""));
        assert_eq!(form.file, b"\x00\r\n--x\xff");
        assert!(!form.is_too_large);
    }

    #[test]
    fn a_file_without_end_is_too_large_and_its_fields_are_still_known() {
        let cut = &FORM[..FORM.len() - 80];
        let form = parse("x1", cut, true).unwrap();
        assert!(form.is_too_large && form.file.is_empty());
        assert_eq!(form.field("_csrf"), "token");
        assert!(parse("x1", cut, false).is_err(), "a body that just ends is none");
    }

    #[test]
    fn what_is_no_such_form_is_refused() {
        for body in [&b""[..], b"a=1", b"--x1", b"--x1\r\n", b"--x1\r\nno header\r\n\r\nx\r\n--x1--", b"--y--"] {
            assert!(parse("x1", body, false).is_err(), "{}", String::from_utf8_lossy(body));
        }
        assert!(parse("x1", b"--x1--", false).unwrap().file.is_empty());
    }
}
