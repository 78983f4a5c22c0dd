//! A mail server on loopback that keeps what it is given (RFC 5321, as much as a client needs): the demo's and the
//! tests' reader. Mails are appended to `mail.jsonl` before they are accepted, so that `kill -9` loses none.
//!
//! Faults, with the reader's address as the path: `status_500` refuses the reader (550), `status_429` defers him (451),
//! `delay` answers late, `drop_connection` hangs up at the reader, `timeout_after_effect` keeps the mail and hangs up.
use super::{links_of, mime};
use crate::{
    integrations::sim::{Bench, ControlError, FaultKind, RunningSimulator, Simulator, SimulatorControl},
    kernel::task,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::Ipv4Addr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
};

const CODE: &str = "mail";
/// Largest mail, and longest line, it takes.
const MAX_BYTES: usize = 10 * 1024 * 1024;
/// How long a silent client is listened to.
const PATIENCE: Duration = Duration::from_secs(60);
/// How late a delayed answer is where the fault does not say.
const DEFAULT_DELAY: Duration = Duration::from_secs(2);
/// Most mails given at once.
const MAX_SHOWN: usize = 200;
const FITS: &[FaultKind] = &[
    FaultKind::Delay,
    FaultKind::Status500,
    FaultKind::Status429,
    FaultKind::DropConnection,
    FaultKind::TimeoutAfterEffect,
];

/// A file that came with a mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct File {
    name: String,
    text: String,
}

/// A mail that arrived.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mail {
    id: String,
    to: String,
    subject: String,
    text: String,
    html: String,
    links: Vec<String>,
    #[serde(default)]
    attachments: Vec<File>,
    sent_at: DateTime<Utc>,
}

pub(super) struct MailSink;

#[async_trait]
impl Simulator for MailSink {
    fn code(&self) -> &'static str {
        CODE
    }

    async fn start(&self, bench: Bench) -> anyhow::Result<RunningSimulator> {
        let boxes = Arc::new(Boxes::open(bench.state_dir.as_ref())?);
        let listener = bind(bench.port).await?;
        let url = format!("smtp://127.0.0.1:{}", listener.local_addr()?.port());
        let (keeper, stop) = (boxes.clone(), bench.stop.clone());
        task::spawn("mail-simulator", async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stop.cancelled() => break,
                };
                let Ok((stream, _)) = accepted else { continue };
                let (bench, keeper) = (bench.clone(), keeper.clone());
                task::spawn("mail-simulator-connection", async move {
                    let stop = bench.stop.clone();
                    let mut talk = Talk { bench, keeper, reader: None, readers: Vec::new() };
                    tokio::select! {
                        // A connection that breaks is the client's trouble.
                        _ = talk.run(stream) => {}
                        () = stop.cancelled() => {}
                    }
                });
            }
        });
        let settings = BTreeMap::from([("url".to_owned(), url.clone())]);
        Ok(RunningSimulator { code: CODE, base_url: url, settings, fits: FITS, control: Arc::new(Control(boxes)) })
    }
}

/// A restarted server waits a little until its predecessor has let go of the port.
async fn bind(port: u16) -> anyhow::Result<TcpListener> {
    for _ in 0..100 {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    anyhow::bail!("port {port} of the mail simulator cannot be had")
}

/// What arrived.
struct Boxes {
    mails: Mutex<Vec<Mail>>,
    file: Option<PathBuf>,
}

impl Boxes {
    fn open(folder: Option<&PathBuf>) -> anyhow::Result<Self> {
        let Some(folder) = folder else { return Ok(Self { mails: Mutex::default(), file: None }) };
        fs::create_dir_all(folder)?;
        let file = folder.join("mail.jsonl");
        let text = if file.exists() { fs::read_to_string(&file)? } else { String::new() };
        // The last line may be cut off by a kill: that mail was never accepted and comes again.
        let mails = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !text.is_empty() && !text.ends_with('\n') {
            let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
            fs::write(&file, whole)?;
        }
        Ok(Self { mails: Mutex::new(mails), file: Some(file) })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn keep(&self, mail: Mail) -> anyhow::Result<()> {
        let mut mails = self.lock();
        if let Some(path) = &self.file {
            let mut file = fs::OpenOptions::new().create(true).append(true).open(path)?;
            file.write_all(format!("{}\n", serde_json::to_string(&mail)?).as_bytes())?;
        }
        mails.push(mail);
        Ok(())
    }
}

struct Control(Arc<Boxes>);

#[async_trait]
impl SimulatorControl for Control {
    async fn act(&self, act: &str, input: Value) -> Result<Value, ControlError> {
        if act != "mails" {
            return Err(ControlError::NotFound(format!("the mail server knows no act {act}")));
        }
        let to = input.get("to").and_then(Value::as_str).map(str::to_lowercase);
        let mails = self.0.lock();
        let found = mails.iter().rev().filter(|mail| to.as_ref().is_none_or(|to| mail.to == *to));
        Ok(json!({ "data": found.take(MAX_SHOWN).collect::<Vec<_>>() }))
    }

    async fn tick(&self) {}

    async fn due_deliveries(&self) -> usize {
        0
    }
}

/// One conversation.
struct Talk {
    bench: Bench,
    keeper: Arc<Boxes>,
    /// The reader at whom the client is to be left hanging once the mail is kept.
    reader: Option<String>,
    readers: Vec<String>,
}

/// What a line of the client leads to.
enum Next {
    Answer(&'static str),
    Data,
    HangUp(Option<&'static str>),
}

impl Talk {
    async fn run(&mut self, stream: TcpStream) -> anyhow::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read);
        say(&mut write, "220 yumna mail simulator").await?;
        loop {
            let mut line = Vec::new();
            let read = tokio::time::timeout(PATIENCE, lines.read_until(b'\n', &mut line)).await??;
            if read == 0 || line.len() > MAX_BYTES {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            match self.hear(&line).await {
                Next::Answer(answer) => say(&mut write, answer).await?,
                Next::HangUp(farewell) => {
                    if let Some(farewell) = farewell {
                        say(&mut write, farewell).await?;
                    }
                    return Ok(());
                }
                Next::Data => {
                    say(&mut write, "354 go ahead").await?;
                    let raw = read_data(&mut lines).await?;
                    self.keep(&raw)?;
                    if self.reader.take().is_some() {
                        return Ok(());
                    }
                    say(&mut write, "250 kept").await?;
                }
            }
        }
    }

    async fn hear(&mut self, line: &str) -> Next {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => Next::Answer("250-localhost\r\n250-8BITMIME\r\n250 SMTPUTF8"),
            "HELO" | "NOOP" => Next::Answer("250 fine"),
            "MAIL" | "RSET" => {
                self.readers.clear();
                Next::Answer("250 fine")
            }
            "RCPT" => self.hear_reader(line).await,
            "DATA" if self.readers.is_empty() => Next::Answer("503 to whom?"),
            "DATA" => Next::Data,
            "QUIT" => Next::HangUp(Some("221 bye")),
            _ => Next::Answer("502 not known here"),
        }
    }

    async fn hear_reader(&mut self, line: &str) -> Next {
        let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
        let Some((address, _)) = inside else { return Next::Answer("501 no address") };
        let address = address.to_lowercase();
        let fault = self.bench.faults.take(CODE, &address, FITS);
        match fault.as_ref().map(|fault| fault.kind) {
            Some(FaultKind::Status500) => return Next::Answer("550 5.1.1 no such mailbox"),
            Some(FaultKind::Status429) => return Next::Answer("451 4.7.1 come back later"),
            Some(FaultKind::DropConnection) => return Next::HangUp(None),
            Some(FaultKind::TimeoutAfterEffect) => self.reader = Some(address.clone()),
            Some(FaultKind::Delay) => {
                let late = fault.and_then(|fault| fault.delay_ms).map_or(DEFAULT_DELAY, Duration::from_millis);
                tokio::time::sleep(late).await;
            }
            _ => {}
        }
        self.readers.push(address);
        Next::Answer("250 fine")
    }

    fn keep(&mut self, raw: &str) -> anyhow::Result<()> {
        let parsed = mime::parse(raw);
        for to in std::mem::take(&mut self.readers) {
            let mail = Mail {
                id: parsed.id.clone(),
                to,
                subject: parsed.subject.clone(),
                links: links_of(&parsed.text),
                text: parsed.text.clone(),
                html: parsed.html.clone(),
                attachments: parsed
                    .files
                    .iter()
                    .map(|(name, text)| File { name: name.clone(), text: text.clone() })
                    .collect(),
                sent_at: self.bench.clock.now(),
            };
            self.keeper.keep(mail)?;
        }
        Ok(())
    }
}

async fn say(write: &mut OwnedWriteHalf, answer: &str) -> std::io::Result<()> {
    write.write_all(format!("{answer}\r\n").as_bytes()).await
}

/// Lines up to the lonely dot; a dot that was doubled on the way is taken off.
async fn read_data(lines: &mut (impl AsyncBufReadExt + Unpin)) -> anyhow::Result<String> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        let read = tokio::time::timeout(PATIENCE, lines.read_until(b'\n', &mut line)).await??;
        anyhow::ensure!(read > 0 && raw.len() + read <= MAX_BYTES, "the mail was cut off or is too large");
        if line == b".\r\n" {
            return Ok(String::from_utf8_lossy(&raw).into_owned());
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
