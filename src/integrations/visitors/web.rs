//! Visits over the network of this machine.
use super::{Answer, Visitor};
use crate::kernel::http;
use async_trait::async_trait;
use entity::value::host;
use reqwest::{Url, header::HOST};
use std::time::Duration;

/// How long an answer may take, name and encryption included.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Web {
    client: reqwest::Client,
}

impl Default for Web {
    fn default() -> Self {
        Self { client: http::client() }
    }
}

/// The address to connect to and, where that differs from the name that is asked for, the latter. Names below
/// `localhost` are this machine (RFC 6761, section 6.3), which not every name service knows.
fn led(url: &str) -> Option<(Url, Option<String>)> {
    let mut url = Url::parse(url).ok()?;
    let name = url.host_str()?.to_owned();
    if url.scheme() != "http" || !host::is_within(&name, "localhost") {
        return Some((url, None));
    }
    let asked = url.port().map_or_else(|| name.clone(), |port| format!("{name}:{port}"));
    url.set_host(Some("127.0.0.1")).ok()?;
    Some((url, Some(asked)))
}

#[async_trait]
impl Visitor for Web {
    async fn visit(&self, url: &str) -> Answer {
        let Some((url, asked)) = led(url) else { return Answer::Silent };
        let mut request = self.client.get(url).timeout(PATIENCE);
        if let Some(asked) = asked {
            request = request.header(HOST, asked);
        }
        match request.send().await {
            Ok(response) => Answer::Status(response.status().as_u16()),
            Err(_) => Answer::Silent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_localhost_are_this_machine_and_no_others() {
        let led = |url: &str| led(url).map(|(url, asked)| (url.to_string(), asked));

        let (url, asked) = led("http://n8n-1.localhost:8081/healthz").unwrap();
        assert_eq!((url.as_str(), asked.as_deref()), ("http://127.0.0.1:8081/healthz", Some("n8n-1.localhost:8081")));
        for other in ["https://n8n-1.apps.example.id/healthz", "http://notlocalhost/", "https://n8n-1.localhost/"] {
            assert_eq!(led(other).unwrap(), (other.to_owned(), None));
        }
        assert_eq!(led("no address"), None);
    }
}
