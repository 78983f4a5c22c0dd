//! What would cost money or safety if it slipped, read from the sources themselves.
mod bad_days;
mod deploy;
mod doors;
mod floors;
mod licences;
mod runbook;
mod sources;
mod words;

use std::path::{Path, PathBuf};

/// Every Rust file below `folder` of the repository, with its text.
pub fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, "rs")
}

/// Every file below `folder` with one of the extension.
pub fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), extension, &mut found);
    found.sort();
    assert!(!found.is_empty(), "nothing with .{extension} in {folder}");
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_owned(), text));
        }
    }
}

/// The part of a file before its unit tests, without comments.
pub fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}
