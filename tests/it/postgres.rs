//! A plain `cargo test` proves PostgreSQL too where its programs are installed: the same binary runs once more against
//! a server of its own. With TEST_DATABASE_URL set (even to nothing) whoever set it has chosen, and this rests.
use crate::support::db::postgres_programs;
use std::{
    io::Write,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A server of this run; stopped and removed when dropped.
struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    fn start(programs: PathBuf) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let server = Self { folder, programs, port: port.map_err(|error| error.to_string())?.port() };
        server.give_folder_away()?;
        let data = server.data().display().to_string();
        server.run("initdb", &["-D", &data, "-A", "trust", "-U", "yumna"])?;
        let sockets = server.folder.path().display();
        let options =
            format!("-p {} -c fsync=off -c max_connections=300 -c unix_socket_directories={sockets}", server.port);
        let log = server.folder.path().join("log").display().to_string();
        server.run("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &options, "start"])?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to run as root: there the folder becomes the property of its own user.
    fn give_folder_away(&self) -> Result<(), String> {
        if !is_root() {
            return Ok(());
        }
        let id = |flag: &str| -> Result<u32, String> {
            let output = Command::new("id").args([flag, "postgres"]).output().map_err(|error| error.to_string())?;
            String::from_utf8_lossy(&output.stdout).trim().parse().map_err(|_| "there is no user postgres".to_owned())
        };
        chown(self.folder.path(), Some(id("-u")?), Some(id("-g")?)).map_err(|error| error.to_string())?;
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.folder.path(), open).map_err(|error| error.to_string())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        // pg_ctl hands its pipes to the server it starts: waiting for their end would wait for the server's.
        let status = command.args(arguments).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        match status.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{} ended with {status}", program.display())),
            Err(error) => Err(format!("{}: {error}", program.display())),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data().display().to_string();
        // Where it did not start there is nothing to stop.
        let _ = self.run("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0)
}

/// Past the harness, which keeps the output of tests that pass.
fn say(line: &str) {
    // A closed terminal is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn whole_suite_on(url: &str) -> Output {
    let program: PathBuf = std::env::current_exe().expect("a running test has a file");
    let arguments = ["--skip", "postgres::", "--test-threads", "2"];
    Command::new(Path::new(&program)).args(arguments).env("TEST_DATABASE_URL", url).output().expect("it runs again")
}

#[test]
fn everything_holds_on_postgresql_too_where_it_is_installed() {
    if std::env::vars().any(|(name, _)| name == "TEST_DATABASE_URL") {
        return;
    }
    let Some(programs) = postgres_programs() else {
        return say("PostgreSQL is not installed (apt-get install postgresql-15): the tests ran on SQLite only.");
    };
    let server = match Server::start(programs) {
        Ok(server) => server,
        Err(why) => return say(&format!("PostgreSQL could not be started ({why}): the tests ran on SQLite only.")),
    };
    say("PostgreSQL is installed: everything runs on it too.");
    let output = whole_suite_on(&format!("postgres://yumna@127.0.0.1:{}/postgres", server.port));
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().rfind(|line| line.starts_with("test result")).unwrap_or("no result");
    say(&format!("On PostgreSQL: {last}"));
    assert!(output.status.success(), "on PostgreSQL:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
}
