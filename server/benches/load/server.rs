//! The servers under test: real processes, each bound to the server's processor.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context;

use crate::machine;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// Confab.
    Confab,
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
            Self::Go => "Go relay",
            Self::SocketIo => "Socket.IO",
        }
    }

    /// Starts it with nothing stored; none where it is not installed.
    pub fn start(self) -> anyhow::Result<Option<Server>> {
        let built = |name: &str| peers().map(|folder| folder.join(name)).filter(|path| path.exists());
        match self {
            Self::Confab => {
                let folder = data_folder()?;
                let mut server = Server::confab(folder.path())?;
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_confab"));
        command.arg("--listen").arg(format!("127.0.0.1:{port}")).arg("--data").arg(folder);
        Self::start_confab(&mut command)
    }

    /// Starts Confab with nothing stored in a Postgres database.
    pub fn confab_on_postgres(database: &str) -> anyhow::Result<Self> {
        let folder = data_folder()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_confab"));
        command.args(["--listen", "127.0.0.1:0", "--database", database, "--data"]).arg(folder.path());
        let mut server = Self::start_confab(&mut command)?;
        server.folder = Some(folder);
        Ok(server)
    }

    fn start_confab(command: &mut Command) -> anyhow::Result<Self> {
        // One client has the load of thousands.
        command.args(["--limits", "off"]);
        Self::start(command.env("CONFAB_LOG", "warn"))
    }

    /// Starts a server, and waits until it says where it listens: at the end of its first line.
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        // A child begins where its parent is.
        machine::pin(machine::SERVER)?;
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

    /// Its data folder, of a Confab that was started with nothing stored.
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
