//! `yumna templates check`.
use crate::{
    domain::catalog::template,
    integrations::drivers::service_template::SHIPPED,
    kernel::{config::ConfigError, fault::FieldFault},
};
use std::{path::PathBuf, process::ExitCode};

/// Checks the templates in `files`, or those that come with the program where none is named, as WHM checks an upload.
/// Exit code 0 where all can be used, or 1 and everything that is wrong, a line each: file, place, what.
///
/// # Errors
/// `ConfigError` where a file cannot be read.
pub fn check(files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let mut sources: Vec<(String, String)> = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let source =
            std::fs::read_to_string(file).map_err(|error| ConfigError(format!("cannot read {name}: {error}")))?;
        sources.push((name, source));
    }
    if files.is_empty() {
        sources.extend(SHIPPED.iter().map(|shipped| (shipped.file.to_owned(), shipped.source.to_owned())));
    }
    let mut wrong = 0;
    for (name, source) in &sources {
        for fault in template::read(source).err().into_iter().flatten() {
            println!("{name}: {}", told(&fault));
            wrong += 1;
        }
    }
    if wrong > 0 {
        return Ok(ExitCode::FAILURE);
    }
    println!("ok: {} checked", sources.len());
    Ok(ExitCode::SUCCESS)
}

/// The place and what is wrong there.
fn told(fault: &FieldFault) -> String {
    let of = |name: &str| fault.args.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
    match (of("message"), of("max")) {
        (Some(message), _) => format!("{}: {message}", fault.field),
        (None, Some(max)) => format!("{}: is longer than {max} bytes", fault.field),
        (None, None) => format!("{}: {}", fault.field, fault.code),
    }
}
