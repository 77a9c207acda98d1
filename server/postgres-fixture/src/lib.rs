//! A real Postgres server for tests and benchmarks: a cluster of its own in a temporary folder, reached by a Unix socket in
//! that folder, with `fsync` on. It cannot outlive its process: a shell that waits for the end of a pipe stops it.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Where Debian's packages have the programs, a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// How long the server may take to get ready, also after a crash.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the server until standard input ends, then stops it at once; and removes its folder where nobody else will.
const KEEPER: &str = "\"$@\" & server=$!; cat > /dev/null; kill -QUIT $server 2> /dev/null; wait $server; \
     [ -z \"$ABANDONED\" ] || rm -rf \"$ABANDONED\"";

/// A server. Dropped, it is stopped and its folder removed.
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    user: Option<SystemUser>,
    process: Mutex<Option<Process>>,
    databases: AtomicU64,
    /// Whether it is never dropped.
    is_shared: bool,
    /// The network namespace it runs in, on whose addresses it listens, too.
    namespace: Option<String>,
}

/// The user that the server runs as where the tests run as root, which Postgres refuses.
#[derive(Clone, Copy)]
struct SystemUser {
    uid: u32,
    gid: u32,
}

/// A run of the server.
struct Process {
    keeper: Child,
    /// Closed, it stops the server.
    stdin: Option<ChildStdin>,
}

/// The server that the tests of a process share; none where Postgres is not installed.
pub fn shared() -> Option<&'static PostgresServer> {
    static SHARED: OnceLock<Option<PostgresServer>> = OnceLock::new();
    SHARED.get_or_init(|| PostgresServer::start_as(true, None)).as_ref()
}

impl PostgresServer {
    /// Starts a server. None where Postgres is not installed: the test is then skipped.
    ///
    /// # Panics
    /// Where it is not installed and `CI` or `CONFAB_REQUIRE_POSTGRES` is set, and where it does not start.
    pub fn start() -> Option<Self> {
        Self::start_as(false, None)
    }

    /// Starts a server in a network namespace of Linux, where it listens on every address, at the usual port.
    ///
    /// # Panics
    /// As [`Self::start`] does.
    pub fn start_in(namespace: &str) -> Option<Self> {
        Self::start_as(false, Some(namespace.to_owned()))
    }

    fn start_as(is_shared: bool, namespace: Option<String>) -> Option<Self> {
        let Some(programs) = programs() else {
            let required =
                ["CI", "CONFAB_REQUIRE_POSTGRES"].iter().any(|name| std::env::var_os(name).is_some());
            assert!(!required, "Postgres is not installed: apt-get install postgresql");
            eprintln!("SKIPPED: Postgres is not installed (apt-get install postgresql)");
            return None;
        };
        let folder =
            tempfile::Builder::new().prefix("confab-postgres").tempdir().expect("a folder can be made");
        let is_root = fs::metadata(folder.path()).expect("it was just made").uid() == 0;
        let user = is_root.then(system_user);
        if let Some(SystemUser { uid, gid }) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("root gives its folder away");
        }
        let server = Self {
            folder,
            programs,
            user,
            process: Mutex::new(None),
            databases: AtomicU64::new(0),
            is_shared,
            namespace,
        };
        server.init();
        server.run();
        Some(server)
    }

    /// The address of a new, empty database.
    ///
    /// # Panics
    /// Where the server does not run.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.address(&name)
    }

    /// The address of a database of a name.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://postgres@/{name}?host={}", self.folder.path().display())
    }

    /// Executes SQL in a database, and answers what `psql` prints: a line for each row, with `|` between its columns.
    ///
    /// # Panics
    /// Where it fails.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut command = self.program("psql");
        command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", sql]);
        let output = command.arg("-h").arg(self.folder.path()).output().expect("psql can be started");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// A command for one of Postgres's programs, as the server's user; with the socket's folder in `PGHOST`.
    pub fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = match self.user {
            None => Command::new(path),
            Some(SystemUser { uid, gid }) => {
                let mut command = Command::new("setpriv");
                command.args([
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".to_owned(),
                ]);
                command.arg(path);
                command
            }
        };
        command.env("PGHOST", self.folder.path()).current_dir(self.folder.path());
        command
    }

    /// Kills every process of the server with SIGKILL, as in a power cut, except that the kernel keeps its cache.
    ///
    /// # Panics
    /// Where the server does not run.
    pub fn sigkill(&self) {
        let pid = self.pid();
        // Stopped, it starts no further process.
        signal("STOP", &[pid]);
        let mut all = children(pid);
        all.push(pid);
        signal("KILL", &all);
        if let Some(process) = self.process().take() {
            process.end();
        }
        while all.iter().any(|pid| is_alive(*pid)) {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts the server again after [`Self::sigkill`], and waits until it has recovered.
    ///
    /// # Panics
    /// Where it does not get ready.
    pub fn restart(&self) {
        assert!(self.process().is_none(), "the server runs");
        self.run();
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn pid(&self) -> u32 {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).expect("the server runs");
        file.lines().next().and_then(|line| line.parse().ok()).expect("its first line is the process id")
    }

    fn init(&self) {
        let mut command = self.program("initdb");
        command.args([
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        let output = command.arg("-D").arg(self.data()).output().expect("initdb can be started");
        assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
        if self.namespace.is_some() {
            let access = fs::OpenOptions::new().append(true).open(self.data().join("pg_hba.conf"));
            let written = access.and_then(|mut file| writeln!(file, "host all all all trust"));
            written.expect("access can be given");
        }
    }

    fn run(&self) {
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
        let addresses = if self.namespace.is_some() { "listen_addresses=*" } else { "listen_addresses=" };
        for setting in [addresses, "fsync=on", "synchronous_commit=on", "max_connections=400"] {
            server.args(["-c", setting]);
        }
        let mut keeper = Command::new("sh");
        keeper.env("ABANDONED", if self.is_shared { self.folder.path().as_os_str() } else { OsStr::new("") });
        keeper.args(["-c", KEEPER, "sh"]);
        if let Some(namespace) = &self.namespace {
            keeper.args(["ip", "netns", "exec", namespace]);
        }
        keeper.arg(server.get_program()).args(server.get_args());
        keeper.current_dir(self.folder.path());
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut keeper = keeper.spawn().expect("a shell can be started");
        let stdin = keeper.stdin.take();
        let log = BufReader::new(keeper.stderr.take().expect("it is a pipe"));
        let (say, lines) = mpsc::channel();
        // The pipe is read to its end: the server would wait for room in it.
        thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(say.send(line))));
        *self.process() = Some(Process { keeper, stdin });
        let until = Instant::now() + PATIENCE;
        let mut log = Vec::new();
        while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if line.contains("database system is ready to accept connections") {
                return;
            }
            log.push(line);
        }
        panic!("Postgres did not get ready: {log:#?}");
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(process) = self.process().take() {
            process.end();
        }
    }
}

impl Process {
    /// Stops the server where it still runs, and waits for its end.
    fn end(mut self) {
        drop(self.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The folder of Postgres's programs: Debian's newest version, or what is on the path.
fn programs() -> Option<PathBuf> {
    let has_server = |folder: &Path| folder.join("postgres").is_file() && folder.join("initdb").is_file();
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, folder)| has_server(folder))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).find(|folder| has_server(folder));
    versions.pop().map(|(_, folder)| folder).or_else(on_path)
}

/// The user of Debian's package, or nobody.
fn system_user() -> SystemUser {
    let users = fs::read_to_string("/etc/passwd").expect("the system has users");
    let find = |name: &str| {
        let user =
            users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|user| user[0] == name)?;
        Some(SystemUser { uid: user.get(2)?.parse().ok()?, gid: user.get(3)?.parse().ok()? })
    };
    find("postgres").or_else(|| find("nobody")).expect("there is a user other than root")
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<u32> {
    let output = Command::new("ps").args(["-o", "pid=", "--ppid", &parent.to_string()]).output();
    let output = output.expect("ps can be started");
    String::from_utf8_lossy(&output.stdout).split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Whether a process runs: one that has ended and was not waited for does not.
fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn signal(name: &str, pids: &[u32]) {
    let pids = pids.iter().map(u32::to_string);
    // One of them may have ended meanwhile.
    let _ = Command::new("kill").arg(format!("-{name}")).args(pids).stderr(Stdio::null()).status();
}
