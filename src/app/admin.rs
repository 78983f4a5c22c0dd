//! `yumna admin create`.
use crate::{
    domain::{
        Ctx, Services,
        identity::staff::{self, NewStaff},
    },
    kernel::fault::{Fault, FieldFault, Kind},
};
use std::{
    io::{BufRead, IsTerminal, Read},
    process::ExitCode,
    sync::Arc,
};

/// Longest password read from standard input.
const LIMIT_BYTES: u64 = 1024;

/// Makes a member of staff with a role. The password is the first line of standard input; at a terminal, or where the line is
/// empty, one is made and printed once.
pub async fn create(services: &Arc<Services>, email: &str, name: &str, role: &str) -> anyhow::Result<ExitCode> {
    let password = password_from_stdin()?;
    let ctx = Ctx::system(services.clone(), "admin-create", "admin-create");
    let new = NewStaff { email, name, role, password: password.as_deref() };
    match staff::create(&ctx, new).await {
        Ok(created) => {
            println!("ok: {email} is staff with the role {role}");
            if created.was_known {
                println!("the address had an account: it keeps its name and password");
            }
            if let Some(password) = created.generated_password {
                println!("password (shown once): {password}");
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let fields: Vec<String> = error.fields().iter().map(said_of).collect();
            match fields.as_slice() {
                [] => eprintln!("yumna: {error}"),
                fields => eprintln!("yumna: {}", fields.join("; ")),
            }
            // A database that does not answer is no wrong input.
            let is_input = !matches!(error.kind(), Kind::Internal | Kind::Unavailable { .. });
            Ok(if is_input { ExitCode::from(2) } else { ExitCode::FAILURE })
        }
    }
}

/// What is wrong with one argument: `email: invalid email`.
fn said_of(fault: &FieldFault) -> String {
    let limits: Vec<String> = fault.args.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let limits = if limits.is_empty() { String::new() } else { format!(" ({})", limits.join(", ")) };
    format!("{}: {}{limits}", fault.field, fault.code.replace('_', " "))
}

fn password_from_stdin() -> std::io::Result<Option<String>> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    // One line, not up to the end: who calls may keep the pipe open.
    let mut line = String::new();
    stdin.lock().take(LIMIT_BYTES).read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    Ok((!password.is_empty()).then(|| password.to_owned()))
}
