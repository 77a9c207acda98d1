//! A real NATS server for tests: on a port of its own, without files, and not as root. Shared with `tests/it` and
//! `tests/checker`.
#![allow(dead_code, reason = "not all who share it use all of it")]

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

/// The port that NATS has by custom.
const DEFAULT_PORT: u16 = 4_222;

/// A server, which ends when it is dropped.
pub struct NatsServer {
    program: PathBuf,
    /// Where it is reached.
    address: Ipv4Addr,
    port: u16,
    /// The network namespace it runs in, on all of whose addresses it listens.
    namespace: Option<String>,
    process: Option<Child>,
}

impl NatsServer {
    /// Starts a server; none where there is no `nats-server` (`scripts/tools.sh test` installs it), which is an error in CI.
    pub fn start() -> Option<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        drop(listener);
        Self::start_at(Ipv4Addr::LOCALHOST, port, None)
    }

    /// Starts a server in a network namespace of Linux, which is reached at an address; the rest as [`Self::start`].
    pub fn start_in(namespace: &str, address: Ipv4Addr) -> Option<Self> {
        Self::start_at(address, DEFAULT_PORT, Some(namespace.to_owned()))
    }

    fn start_at(address: Ipv4Addr, port: u16, namespace: Option<String>) -> Option<Self> {
        let Some(program) = find() else {
            let is_required =
                ["CI", "CONFAB_REQUIRE_NATS"].iter().any(|name| std::env::var_os(name).is_some());
            assert!(!is_required, "nats-server is not installed");
            eprintln!("### SKIPPED: nats-server is not installed (scripts/tools.sh test) ###");
            return None;
        };
        let mut server = Self { program, address, port, namespace, process: None };
        server.restart();
        Some(server)
    }

    /// The URL for `--bus`.
    pub fn url(&self) -> String {
        self.url_at(self.address)
    }

    /// The same at another address.
    pub fn url_at(&self, address: Ipv4Addr) -> String {
        format!("nats://{address}:{}", self.port)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
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
        let started = match &self.namespace {
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace, "setpriv", "--clear-groups"]);
                command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]).arg(&self.program);
                self.listen(command, Ipv4Addr::UNSPECIFIED).spawn()
            }
            None => {
                let command = || self.listen(Command::new(&self.program), self.address);
                match command().uid(NOBODY).gid(NOBODY).spawn() {
                    // Only root may become another user.
                    Err(error) if error.kind() == ErrorKind::PermissionDenied => command().spawn(),
                    started => started,
                }
            }
        };
        self.process = Some(started.expect("nats-server starts"));
        let since = Instant::now();
        while !self.answers() {
            assert!(since.elapsed() < Duration::from_secs(30), "nats-server does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn listen(&self, mut command: Command, address: Ipv4Addr) -> Command {
        command.args(["-a", &address.to_string(), "-p", &self.port.to_string()]).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn answers(&self) -> bool {
        let address = SocketAddr::from((self.address, self.port));
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
