//! Where a simulator keeps its state, so that `kill -9` loses nothing.
use serde::{Serialize, de::DeserializeOwned};
use std::{fs, io::Write, path::PathBuf};

/// A JSON file replaced as a whole by write and rename; without a folder, nothing is kept.
#[derive(Clone, Debug)]
pub struct StateFile(Option<PathBuf>);

impl StateFile {
    /// `<folder>/<code>.json`; the folder is made where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: Option<&PathBuf>, code: &str) -> anyhow::Result<Self> {
        let Some(folder) = folder else { return Ok(Self(None)) };
        fs::create_dir_all(folder)?;
        Ok(Self(Some(folder.join(format!("{code}.json")))))
    }

    /// What was saved last; the default where nothing was.
    ///
    /// # Errors
    /// When the file is there but cannot be read: starting empty would lose money that somebody paid.
    pub fn load<T: DeserializeOwned + Default>(&self) -> anyhow::Result<T> {
        let Some(path) = &self.0 else { return Ok(T::default()) };
        match fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces what is saved. Call it before answering the request that changed the state.
    ///
    /// # Errors
    /// When the disk refuses; the file of before then still stands.
    pub fn save<T: Serialize>(&self, state: &T) -> std::io::Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        let fresh = path.with_extension("json.new");
        let mut file = fs::File::create(&fresh)?;
        file.write_all(&serde_json::to_vec(state)?)?;
        drop(file);
        fs::rename(&fresh, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("simulators");
        let file = StateFile::open(Some(&path), "bell").unwrap();
        assert_eq!(file.load::<Vec<u8>>().unwrap(), Vec::<u8>::new());

        file.save(&vec![1, 2]).unwrap();

        assert_eq!(StateFile::open(Some(&path), "bell").unwrap().load::<Vec<u8>>().unwrap(), vec![1, 2]);
    }

    #[test]
    fn a_file_nobody_can_read_is_not_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::open(Some(&folder.path().to_path_buf()), "bell").unwrap();
        fs::write(folder.path().join("bell.json"), "[1, 2").unwrap();

        assert!(file.load::<Vec<u8>>().is_err());
    }
}
