//! Reads the mails our own client writes (RFC 2045 to 2047): subject, text and HTML of a multipart/alternative. Enough
//! for a mail server that shows what it was given; not a general parser.
use base64::{Engine, engine::general_purpose::STANDARD};

/// What a mail says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The part of the Message-ID before the `@`.
    pub id: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Files that came with it: name and content as text.
    pub files: Vec<(String, String)>,
}

/// Reads a mail as it came over the wire, dots already taken off.
pub(super) fn parse(raw: &str) -> Parsed {
    let (headers, body) = split(raw);
    let id = header(&headers, "message-id").unwrap_or_default();
    let id = id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned();
    let subject = decode_words(&header(&headers, "subject").unwrap_or_default());
    let mut parsed = Parsed { id, subject, ..Parsed::default() };
    let content_type = header(&headers, "content-type").unwrap_or_default();
    match parameter(&content_type, "boundary") {
        None => parsed.text = decode_body(&headers, body),
        Some(boundary) => read_parts(&mut parsed, &boundary, body),
    }
    parsed
}

/// Reads the parts of a body, also those of a part that has parts itself.
fn read_parts(parsed: &mut Parsed, boundary: &str, body: &str) {
    for part in body.split(&format!("--{boundary}")).skip(1) {
        let (headers, body) = split(part.trim_start_matches("\r\n"));
        let content_type = header(&headers, "content-type").unwrap_or_default();
        let kind = content_type.to_ascii_lowercase();
        let disposition = header(&headers, "content-disposition").unwrap_or_default();
        if disposition.starts_with("attachment") {
            let content = decode(&headers, body.strip_suffix("\r\n").unwrap_or(body));
            parsed.files.push((long_parameter(&disposition, "filename"), content));
        } else if let Some(inner) = parameter(&content_type, "boundary") {
            read_parts(parsed, &inner, body);
        } else if kind.starts_with("text/plain") {
            parsed.text = decode_body(&headers, body);
        } else if kind.starts_with("text/html") {
            parsed.html = decode_body(&headers, body);
        }
    }
}

/// Headers, unfolded, and body.
fn split(raw: &str) -> (Vec<String>, &str) {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let mut headers: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match headers.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => headers.push(line.to_owned()),
        }
    }
    (headers, body)
}

fn header(headers: &[String], name: &str) -> Option<String> {
    headers.iter().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn parameter(value: &str, name: &str) -> Option<String> {
    let found = value.split(';').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })?;
    Some(found.trim_matches('"').to_owned())
}

/// A parameter, also one that is too long for a line and comes in numbered pieces (RFC 2231).
fn long_parameter(value: &str, name: &str) -> String {
    let pieces = (0..).map_while(|place| parameter(value, &format!("{name}*{place}")));
    parameter(value, name).unwrap_or_else(|| pieces.collect())
}

fn decode_body(headers: &[String], body: &str) -> String {
    decode(headers, body).replace("\r\n", "\n").trim_end_matches('\n').to_owned() + "\n"
}

/// What stands in a body, to the letter.
fn decode(headers: &[String], body: &str) -> String {
    let encoding = header(headers, "content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            STANDARD.decode(packed).unwrap_or_default()
        }
        "quoted-printable" => decode_quoted(body, false),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Quoted-printable; in header words an underscore is a space.
fn decode_quoted(text: &str, in_header: bool) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let bytes = joined.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = (bytes[at] == b'=').then(|| joined.get(at + 1..at + 3)).flatten();
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if in_header && bytes[at] == b'_' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    out
}

/// Header words `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; space between two of them does not count.
fn decode_words(text: &str) -> String {
    let (mut out, mut rest, mut pending) = (Vec::new(), text, "");
    while let Some(start) = rest.find("=?") {
        let Some((word, end)) = encoded_word(&rest[start..]) else { break };
        let before = &rest[..start];
        if !(before.trim().is_empty() && pending == "word") {
            out.extend_from_slice(before.as_bytes());
        }
        out.extend(word);
        pending = "word";
        rest = &rest[start + end..];
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// The bytes of the word at the beginning of `text` and its length.
fn encoded_word(text: &str) -> Option<(Vec<u8>, usize)> {
    let inner = text.strip_prefix("=?")?;
    let (_charset, rest) = inner.split_once('?')?;
    let (kind, rest) = rest.split_once('?')?;
    let end = rest.find("?=")?;
    let bytes = match kind {
        "b" | "B" => STANDARD.decode(&rest[..end]).ok()?,
        "q" | "Q" => decode_quoted(&rest[..end], true),
        _ => return None,
    };
    Some((bytes, text.len() - rest.len() + end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_of_headers_and_parts_are_undone() {
        let raw = "Message-ID: <msg_9@a.test>\r\nSubject: =?utf-8?b?w6k=?=\r\n =?utf-8?q?_b=C3=A9?= c\r\n\
                   Content-Type: multipart/alternative;\r\n boundary=\"xyz\"\r\n\r\n--xyz\r\nContent-Type: text/plain\r\n\
                   Content-Transfer-Encoding: quoted-printable\r\n\r\na=C3=A9 =\r\nb=3Dc\r\n--xyz\r\n\
                   Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+\r\nw6k8L2I+\r\n--xyz--\r\n";

        let mail = parse(raw);

        assert_eq!((mail.id.as_str(), mail.subject.as_str()), ("msg_9", "é bé c"));
        assert_eq!((mail.text.as_str(), mail.html.as_str()), ("aé b=c\n", "<b>é</b>\n"));
    }

    #[test]
    fn garbage_does_no_harm() {
        for raw in
            ["", "\r\n\r\n", "Subject: =?utf-8?b?%%%?=\r\n\r\n=", "Content-Type: multipart/x; boundary=a\r\n\r\n--a"]
        {
            parse(raw);
        }
    }
}
