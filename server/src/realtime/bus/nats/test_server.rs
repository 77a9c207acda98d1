//! A real NATS server for tests: on a port of its own, without files, and not as root. Shared with `tests/it`.

use std::{
    io::{BufRead, BufReader, ErrorKind},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The user that has no rights: what a server runs as where the tests run as root.
const NOBODY: u32 = 65_534;

/// A server, which ends when it is dropped.
pub struct NatsServer {
    program: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl NatsServer {
    /// Starts a server; none where there is no `nats-server` (`scripts/tools.sh test` installs it), which is an error in CI.
    pub fn start() -> Option<Self> {
        let Some(program) = find() else {
            let is_required =
                ["CI", "CONFAB_REQUIRE_NATS"].iter().any(|name| std::env::var_os(name).is_some());
            assert!(!is_required, "nats-server is not installed");
            eprintln!("### SKIPPED: nats-server is not installed (scripts/tools.sh test) ###");
            return None;
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        drop(listener);
        let mut server = Self { program, port, process: None };
        server.restart();
        Some(server)
    }

    /// The URL for `--bus`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends it.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again, on the same port, and waits until it answers.
    pub fn restart(&mut self) {
        self.stop();
        let command = || {
            let mut command = Command::new(&self.program);
            command.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]).current_dir("/");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let started = match command().uid(NOBODY).gid(NOBODY).spawn() {
            // Only root may become another user.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => command().spawn(),
            started => started,
        };
        self.process = Some(started.expect("nats-server starts"));
        let since = Instant::now();
        while !self.answers() {
            assert!(since.elapsed() < Duration::from_secs(30), "nats-server does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn answers(&self) -> bool {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let Ok(socket) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else { return false };
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line).is_ok() && line.starts_with("INFO ")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Debian keeps it where only root's PATH looks.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/bin".into()]);
    folders.map(|folder| folder.join("nats-server")).find(|program| program.is_file())
}
