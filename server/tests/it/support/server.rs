//! The real executable, on a free port of the loopback and with a data folder of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

use super::in_time;

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    flags: Vec<String>,
    variables: Vec<(String, String)>,
    shell: Option<&'static str>,
    listen: Option<&'static str>,
    subcommand: Option<&'static str>,
}

impl Setup {
    /// A flag, or a flag and its value.
    pub fn flags<const N: usize>(mut self, flags: [&str; N]) -> Self {
        self.flags.extend(flags.map(str::to_owned));
        self
    }

    /// A variable of the environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A line of bash that is run first, in the process that becomes the server.
    pub fn after(mut self, shell: &'static str) -> Self {
        self.shell = Some(shell);
        self
    }

    /// A subcommand.
    pub fn subcommand(mut self, name: &'static str) -> Self {
        self.subcommand = Some(name);
        self
    }

    /// Where to listen, instead of a free port of the loopback.
    pub fn listen(mut self, address: &'static str) -> Self {
        self.listen = Some(address);
        self
    }

    /// Starts the server, and waits until it says that it is ready.
    pub async fn start(self) -> Server {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let listen = self.listen.unwrap_or("127.0.0.1:0").to_owned();
        let process = Process::start(&self, &listen, folder.path());
        let mut server = Server { process, port: 0, greeting: String::new(), setup: self, folder };
        assert!(server.ready().await, "the server did not get ready");
        server
    }
}

/// A command that runs the executable with a clean slate of our variables; for starts that are to fail.
pub fn confab() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_confab"));
    for name in [
        "CONFAB_LINK_PREVIEW_ALLOW",
        "CONFAB_LISTEN",
        "CONFAB_DATA",
        "CONFAB_DATABASE",
        "CONFAB_ACCESS",
        "CONFAB_ALLOW_ORIGIN",
        "CONFAB_ATTACHMENT_LIMIT",
        "CONFAB_BLOBS",
        "CONFAB_BUS",
        "CONFAB_DRAIN_SECONDS",
        "CONFAB_LEGACY_DIALECT",
        "CONFAB_LIMITS",
        "CONFAB_LOG",
        "CONFAB_LOG_FORMAT",
        "CONFAB_METRICS_LISTEN",
        "CONFAB_MIN_FREE_DISK",
        "CONFAB_PUBLIC_URL",
        "CONFAB_SEARCH",
        "CONFAB_SESSION_DAYS",
        "CONFAB_STORAGE_LIMIT",
        "CONFAB_TLS_CERT",
        "CONFAB_TLS_KEY",
        "CONFAB_TRUSTED_PROXY",
        "CONFAB_WELCOME_CONVERSATIONS",
    ] {
        command.env_remove(name);
    }
    // No test asks sites of the internet; those of previews allow a site of their own.
    command.env("CONFAB_LINK_PREVIEWS", "off");
    command
}

/// A server that runs. Dropped, it is killed: it cannot outlive its test, however that ends.
pub struct Server {
    process: Process,
    port: u16,
    greeting: String,
    setup: Setup,
    // After the process: the folder goes when nobody writes to it.
    folder: TempDir,
}

impl Server {
    /// With every default.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// With something else.
    pub fn with() -> Setup {
        Setup::default()
    }

    /// Where the page is.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Where the sockets are, with a query or none.
    pub fn socket_url(&self, query: &str) -> String {
        format!("ws://127.0.0.1:{}/ws{query}", self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.pid
    }

    /// What it says when it is ready.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// The next line that it says; none once it has ended.
    pub async fn says(&mut self) -> Option<String> {
        in_time("a line", self.process.said.recv()).await
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        data(self.folder.path())
    }

    /// What its log says up to now.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log(self.folder.path())).unwrap_or_default()
    }

    /// Waits until its log says something.
    pub async fn logs(&self, what: &str) {
        let looking = async {
            while !self.log().contains(what) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        in_time(what, looking).await;
    }

    /// Asks it to stop, and waits until it has.
    pub async fn sigterm(&mut self) -> ExitStatus {
        self.process.signal("TERM");
        self.process.ended().await
    }

    /// Asks it to stop, and does not wait.
    pub fn ask_to_stop(&self) {
        self.process.signal("TERM");
    }

    /// Waits until it has stopped.
    pub async fn stopped(&mut self) -> ExitStatus {
        self.process.ended().await
    }

    /// Ends it as a power cut would, as far as a process can tell.
    pub async fn sigkill(&mut self) {
        self.process.signal("KILL");
        self.process.ended().await;
    }

    /// Sets a variable of the environment, from the next start on.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.setup.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Removes a variable of the environment, from the next start on.
    pub fn remove_variable(&mut self, name: &str) {
        self.setup.variables.retain(|(set, _)| set != name);
    }

    /// Starts it again, on the same folder and the same port. It has to have ended.
    pub async fn restart(&mut self) {
        assert!(self.try_restart().await, "the server did not get ready");
    }

    /// The same; says whether it got ready, for it may also end before.
    pub async fn try_restart(&mut self) -> bool {
        assert!(self.process.exit.borrow().is_some(), "end the server before starting it again");
        let listen = format!("127.0.0.1:{}", self.port);
        self.process = Process::start(&self.setup, &listen, self.folder.path());
        self.ready().await
    }

    /// Waits until it is ready or has ended; says whether it is ready.
    async fn ready(&mut self) -> bool {
        let line = in_time("what a server says when it is ready", self.process.said.recv()).await;
        let Some(line) = line else { return false };
        let port = line.strip_prefix("Confab is ready: open http").and_then(|url| url.rsplit_once(':'));
        let port = port.and_then(|(_, port)| port.parse().ok());
        self.port = port.unwrap_or_else(|| panic!("not what a server that is ready says: {line}"));
        self.greeting = line;
        true
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = std::fs::read_to_string(log(self.folder.path())).unwrap_or_default();
            eprintln!("--- what the server said ---\n{log}---");
        }
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn log(folder: &Path) -> PathBuf {
    folder.join("stderr.log")
}

/// One run of the executable.
struct Process {
    pid: u32,
    said: mpsc::UnboundedReceiver<String>,
    exit: watch::Receiver<Option<ExitStatus>>,
    waiter: Option<thread::JoinHandle<()>>,
}

impl Process {
    fn start(setup: &Setup, listen: &str, folder: &Path) -> Self {
        let mut command = command(setup);
        command
            .args(setup.subcommand)
            .arg("--data")
            .arg(data(folder))
            .envs(setup.variables.iter().cloned())
            .args(&setup.flags);
        if !setup.variables.iter().any(|(name, _)| name == "CONFAB_LISTEN") {
            command.args(["--listen", listen]);
        }
        let stderr = File::options().create(true).append(true).open(log(folder)).expect("a log can be kept");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the server can be started");
        let (pid, stdout) = (child.id(), child.stdout.take().expect("it is a pipe"));
        let (say, said) = mpsc::unbounded_channel();
        let (ended, exit) = watch::channel(None);
        // One thread reads the output and reaps the process. Once it has recorded the exit, `signal` sends nothing, so that
        // no signal reaches another process with the same id.
        let waiter = thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
            let _ = ended.send(child.wait().ok());
        });
        Self { pid, said, exit, waiter: Some(waiter) }
    }

    fn signal(&self, name: &str) {
        if self.exit.borrow().is_none() {
            let killed = Command::new("kill").args([format!("-{name}"), self.pid.to_string()]).status();
            assert!(killed.is_ok_and(|status| status.success()), "SIG{name} cannot be sent");
        }
    }

    async fn ended(&mut self) -> ExitStatus {
        let exit = in_time("the end of the server", self.exit.wait_for(Option::is_some)).await;
        exit.expect("its waiter tells").expect("it was waited for")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.exit.borrow().is_none() {
            let _ =
                Command::new("kill").args(["-KILL", &self.pid.to_string()]).stderr(Stdio::null()).status();
        }
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.join();
        }
    }
}

fn command(setup: &Setup) -> Command {
    let Some(shell) = setup.shell else { return confab() };
    let mut command = Command::new("bash");
    command.envs(confab().get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_confab")]);
    command
}
