//! Keeps the state on disk: a snapshot (`kubernetes.json`) and a journal of what changed since (`kubernetes.journal`).
//! A line is written before the change is acknowledged; the system keeps it even when the process is killed.
use super::store::{Facts, Key};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A journal this long is folded into the snapshot.
const LONG_BYTES: u64 = 32 * 1024 * 1024;

/// What was kept.
#[derive(Default)]
pub struct Kept {
    /// Newest version.
    pub version: u64,
    /// What the simulator remembers.
    pub facts: Facts,
    /// Objects.
    pub objects: BTreeMap<Key, Value>,
}

/// The open journal.
pub struct Journal {
    snapshot: PathBuf,
    file: File,
    length: u64,
}

#[derive(Serialize, Deserialize)]
struct Line<V> {
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<Facts>,
    changes: Vec<(Key, Option<V>)>,
}

impl Journal {
    /// Reads what is kept under `dir`, folds it into a fresh snapshot and starts an empty journal.
    pub fn open(dir: &Path) -> anyhow::Result<(Self, Kept)> {
        fs::create_dir_all(dir)?;
        let snapshot = dir.join("kubernetes.json");
        let path = dir.join("kubernetes.journal");
        let mut kept = Kept::default();
        if snapshot.exists() {
            kept.take(serde_json::from_slice(&fs::read(&snapshot)?)?);
        }
        if path.exists() {
            for line in BufReader::new(File::open(&path)?).split(b'\n') {
                // A torn last line was never acknowledged.
                let Ok(line) = serde_json::from_slice(&line?) else { break };
                kept.take(line);
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let mut journal = Self { snapshot, file, length: 0 };
        journal.compact(kept.version, &kept.facts, &kept.objects)?;
        Ok((journal, kept))
    }

    /// Adds one line: all changes of one call, or none.
    pub fn append(
        &mut self,
        version: u64,
        changes: &BTreeMap<Key, Option<Arc<Value>>>,
        facts: Option<&Facts>,
    ) -> std::io::Result<()> {
        let changes = changes.iter().map(|(key, object)| (key.clone(), object.as_deref())).collect();
        let mut line = serde_json::to_vec(&Line { version, facts: facts.cloned(), changes })?;
        line.push(b'\n');
        self.length += line.len() as u64;
        self.file.write_all(&line)
    }

    /// Whether it is time to fold.
    pub fn is_long(&self) -> bool {
        self.length > LONG_BYTES
    }

    /// Writes everything into the snapshot and empties the journal.
    pub fn compact<V: Serialize>(
        &mut self,
        version: u64,
        facts: &Facts,
        objects: &BTreeMap<Key, V>,
    ) -> std::io::Result<()> {
        let changes = objects.iter().map(|(key, object)| (key.clone(), Some(object))).collect();
        let text = serde_json::to_vec(&Line { version, facts: Some(facts.clone()), changes })?;
        let draft = self.snapshot.with_extension("json.new");
        let mut file = File::create(&draft)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&draft, &self.snapshot)?;
        self.file.set_len(0)?;
        self.length = 0;
        Ok(())
    }
}

impl Kept {
    fn take(&mut self, line: Line<Value>) {
        self.version = line.version;
        if let Some(facts) = line.facts {
            self.facts = facts;
        }
        for (key, object) in line.changes {
            match object {
                Some(object) => self.objects.insert(key, object),
                None => self.objects.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_torn_last_line_is_left_out_and_everything_before_it_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::new("pods", "a", "b");
        let (mut journal, _) = Journal::open(dir.path()).unwrap();
        let changes = BTreeMap::from([(key.clone(), Some(Arc::new(json!({"x": 1}))))]);
        journal.append(7, &changes, None).unwrap();
        journal.file.write_all(b"{\"version\":8,\"chan").unwrap();
        drop(journal);

        let (_, kept) = Journal::open(dir.path()).unwrap();

        assert_eq!((kept.version, &kept.objects[&key]), (7, &json!({"x": 1})));
    }
}
