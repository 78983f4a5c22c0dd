//! `yumna admin create`.
use crate::domain::{Ctx, Services, identity};
use std::{
    io::{IsTerminal, Read},
    process::ExitCode,
    sync::Arc,
};

/// Longest password read from standard input.
const LIMIT_BYTES: u64 = 1024;

/// Makes an administrator. The password is the first line of standard input; at a terminal, or where the line is
/// empty, one is made and printed once.
pub async fn create(services: &Arc<Services>, email: &str, name: &str) -> anyhow::Result<ExitCode> {
    let password = password_from_stdin()?;
    let ctx = Ctx::system(services.clone(), "admin-create", "admin-create");
    match identity::create_admin(&ctx, email, name, password.as_deref()).await {
        Ok(created) => {
            println!("ok: {email} is an administrator");
            if let Some(password) = created.generated_password {
                println!("password (shown once): {password}");
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("yumna: {error}");
            for field in crate::kernel::fault::Fault::fields(&error) {
                eprintln!("  {}: {}", field.field, field.code);
            }
            Ok(ExitCode::from(2))
        }
    }
}

fn password_from_stdin() -> std::io::Result<Option<String>> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    stdin.lock().take(LIMIT_BYTES).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default().to_owned();
    Ok((!line.is_empty()).then_some(line))
}
