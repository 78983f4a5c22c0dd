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

/// Sends the requests of `list` in turn to `base` for `seconds`; every answer but 2xx counts as failed.
pub async fn run(folder: &Path, base: &str, list: &[Request], seconds: u32) -> anyhow::Result<Outcome> {
    let script = folder.join("load.lua");
    std::fs::write(&script, lua(list))?;
    let (base, script) = (base.to_owned(), script.clone());
    let output = tokio::task::spawn_blocking(move || {
        let connections = CONNECTIONS.to_string();
        let duration = format!("{seconds}s");
        let options = ["-t", "1", "-c", &connections, "-d", &duration, "--timeout", "20s", "-s"];
        Command::new("wrk").args(options).arg(script).arg(base).output()
    });
    let output = output.await?.context("wrk is not installed (apt-get install wrk)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(line) = text.lines().find(|line| line.starts_with('{')) else {
        bail!("wrk said: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    Ok(serde_json::from_str(line)?)
}

fn lua(list: &[Request]) -> String {
    let mut script = String::from("local list, at = {}, 0\nfunction init()\n");
    for request in list {
        let headers: Vec<String> =
            request.headers.iter().map(|(name, value)| format!("[{name:?}]={}", quoted(value))).collect();
        let body = request.body.as_deref().map_or_else(|| "nil".to_owned(), quoted);
        script.push_str(&format!(
            "list[#list+1]=wrk.format({:?},{},{{{}}},{body})\n",
            request.method,
            quoted(&request.path),
            headers.join(",")
        ));
    }
    script.push_str(
        "end\nfunction request() at = at % #list + 1 return list[at] end\n\
         function done(summary, latency)\n\
         local e = summary.errors\n\
         io.write(string.format('{\"requests\":%d,\"seconds\":%f,\"p50_ms\":%f,\"p99_ms\":%f,\"failed\":%d}\\n', \
         summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, \
         e.connect + e.read + e.write + e.status + e.timeout)) end\n",
    );
    script
}

/// A long string of Lua without escapes.
fn quoted(text: &str) -> String {
    format!("[==[{text}]==]")
}
