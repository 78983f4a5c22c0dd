//! Load by `wrk`: one thread, 16 connections, requests taken in turn from a prepared list.
use anyhow::{Context, bail};
use serde::Deserialize;
use std::{fmt, path::Path, process::Command};

/// Connections that ask at once.
pub const CONNECTIONS: u32 = 16;

/// A request of the list.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

/// What came out.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    requests: f64,
    seconds: f64,
    p50_ms: f64,
    p99_ms: f64,
    failed: u64,
}

impl Outcome {
    /// Requests answered.
    pub fn requests(&self) -> f64 {
        self.requests
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.requests / self.seconds;
        write!(f, "{per_second:.0}/s, p50 {:.1} ms, p99 {:.1} ms, {} failed", self.p50_ms, self.p99_ms, self.failed)
    }
}

/// `wrk` takes a redirect for an answer: what is measured must be the page itself.
async fn is_answered(base: &str, request: &Request) -> anyhow::Result<()> {
    if request.method != "GET" {
        return Ok(());
    }
    let mut asked = yumna::kernel::http::client().get(format!("{base}{}", request.path));
    for (name, value) in &request.headers {
        asked = asked.header(*name, value);
    }
    let status = asked.send().await?.status();
    if !status.is_success() {
        bail!("{} is answered with {status}", request.path);
    }
    Ok(())
}

/// Sends the requests of `list` in turn to `base` for `seconds`; answers of 400 and above
/// count as failed.
pub async fn run(folder: &Path, base: &str, list: &[Request], seconds: u32) -> anyhow::Result<Outcome> {
    is_answered(base, list.first().context("nothing to ask")?).await?;
    let (script, requests) = (folder.join("load.lua"), folder.join("requests"));
    std::fs::write(&script, SCRIPT)?;
    std::fs::write(&requests, records(list))?;
    let base = base.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let connections = CONNECTIONS.to_string();
        let duration = format!("{seconds}s");
        let options = ["-t", "1", "-c", &connections, "-d", &duration, "--timeout", "20s", "-s"];
        Command::new("wrk").args(options).arg(script).arg(base).arg("--").arg(requests).output()
    });
    let output = output.await?.context("wrk is not installed (apt-get install wrk)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(line) = text.lines().find(|line| line.starts_with('{')) else {
        bail!("wrk said: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    Ok(serde_json::from_str(line)?)
}

/// Reads the list beside it; a constant per request would be too many for Lua.
const SCRIPT: &str = r#"
local list, at = {}, 0
function init(args)
  local file = io.open(args[1], "rb")
  for record in file:read("*a"):gmatch("([^\30]+)\30") do
    local fields, headers = {}, {}
    for field in record:gmatch("([^\31]*)\31") do fields[#fields + 1] = field end
    for i = 4, #fields, 2 do headers[fields[i]] = fields[i + 1] end
    local body = fields[3]
    if body == "" then body = nil end
    list[#list + 1] = wrk.format(fields[1], fields[2], headers, body)
  end
  file:close()
end
function request() at = at % #list + 1 return list[at] end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

/// Fields end with the unit separator, requests with the record separator.
fn records(list: &[Request]) -> String {
    let mut text = String::new();
    for request in list {
        let body = request.body.as_deref().unwrap_or_default();
        let headers = request.headers.iter().flat_map(|(name, value)| [*name, value.as_str()]);
        for field in [request.method, request.path.as_str(), body].into_iter().chain(headers) {
            text.push_str(field);
            text.push('\u{1f}');
        }
        text.push('\u{1e}');
    }
    text
}
