//! The servers under test: real processes, each bound to a processor.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use anyhow::Context;

use crate::machine;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// Confab.
    Confab,
    /// Confab without the search index.
    WithoutIndex,
    /// The Go relay: `benches/peers/relay.go`.
    Go,
    /// The Socket.IO server: `benches/peers/rooms.js`.
    SocketIo,
}

impl Contender {
    /// What the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confab => "Confab",
            Self::WithoutIndex => "no index",
            Self::Go => "Go relay",
            Self::SocketIo => "Socket.IO",
        }
    }

    /// Starts it with nothing stored; none where it is not installed.
    pub fn start(self) -> anyhow::Result<Option<Server>> {
        let built = |name: &str| peers().map(|folder| folder.join(name)).filter(|path| path.exists());
        match self {
            Self::Confab | Self::WithoutIndex => {
                let folder = data_folder()?;
                let flags: &[&str] = if self == Self::WithoutIndex { &["--search", "off"] } else { &[] };
                let mut server = Server::confab_with(folder.path(), flags)?;
                server.folder = Some(folder);
                Ok(Some(server))
            }
            Self::Go => built("relay").map(|path| Server::start(&mut Command::new(path))).transpose(),
            Self::SocketIo => {
                let script =
                    built("rooms/rooms.js").filter(|_| built("rooms/node_modules/socket.io").is_some());
                script.map(|script| Server::start(Command::new("node").arg(script))).transpose()
            }
        }
    }
}

/// The Confab under test where it is not the one that was built with the benchmark.
static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();

/// Measures another build of Confab from here on.
pub fn use_executable(path: &Path) {
    EXECUTABLE.get_or_init(|| path.to_owned());
}

/// The command that starts Confab.
fn confab() -> Command {
    let executable = EXECUTABLE.get().map_or(Path::new(env!("CARGO_BIN_EXE_confab")), PathBuf::as_path);
    let mut command = Command::new(executable);
    // One client has the load of thousands.
    command.args(["--limits", "off"]).env("CONFAB_LOG", "warn");
    command
}

/// Where `scripts/peers.sh` has put what it built.
fn peers() -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/peers.sh");
    let output = Command::new(script).arg("where").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// A fresh folder under target/, on the disk that the sources are on: /tmp may be memory.
pub fn data_folder() -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// A running server; it ends when this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    folder: Option<tempfile::TempDir>,
}

impl Server {
    /// Starts Confab on a data folder.
    pub fn confab(folder: &Path) -> anyhow::Result<Self> {
        Self::confab_on(folder, 0)
    }

    /// Starts Confab on a data folder and a port.
    pub fn confab_on(folder: &Path, port: u16) -> anyhow::Result<Self> {
        let mut command = confab();
        command.arg("--listen").arg(format!("127.0.0.1:{port}")).arg("--data").arg(folder);
        Self::start(&mut command)
    }

    fn confab_with(folder: &Path, flags: &[&str]) -> anyhow::Result<Self> {
        let mut command = confab();
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(folder).args(flags);
        Self::start(&mut command)
    }

    /// Starts Confab on a Postgres database.
    pub fn confab_on_postgres(database: &str) -> anyhow::Result<Self> {
        Self::start_node(database, &[], machine::SERVER)
    }

    /// Starts a node of a cluster, on a processor.
    pub fn node(database: &str, bus: &str, processor: usize) -> anyhow::Result<Self> {
        Self::start_node(database, &["--bus", bus], processor)
    }

    fn start_node(database: &str, flags: &[&str], processor: usize) -> anyhow::Result<Self> {
        let folder = data_folder()?;
        let mut command = confab();
        command.args(["--listen", "127.0.0.1:0", "--database", database]).args(flags);
        let mut server = Self::start_on(command.arg("--data").arg(folder.path()), processor)?;
        server.folder = Some(folder);
        Ok(server)
    }

    fn start(command: &mut Command) -> anyhow::Result<Self> {
        Self::start_on(command, machine::SERVER)
    }

    /// Starts a server on a processor, and waits until it says where it listens: at the end of its first line.
    fn start_on(command: &mut Command, processor: usize) -> anyhow::Result<Self> {
        // A child begins where its parent is.
        machine::pin(processor)?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        machine::pin(machine::GENERATOR)?;
        let mut child = child.with_context(|| format!("cannot start {command:?}"))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let mut server = Self { child, address: ([127, 0, 0, 1], 0).into(), folder: None };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let port = line.trim().rsplit(':').next().unwrap_or_default();
        server.address.set_port(port.parse().with_context(|| format!("it says {line:?}"))?);
        Ok(server)
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its processor time so far.
    pub fn processor_time(&self) -> anyhow::Result<Duration> {
        machine::processor_time(self.process())
    }

    /// Its resident memory, in bytes.
    pub fn resident(&self) -> anyhow::Result<u64> {
        machine::resident(self.process())
    }

    /// Its data folder, where nothing else keeps it.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(tempfile::TempDir::path)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
