//! A real reverse proxy, with the example of its configuration in `deploy/`.

use std::{
    fs,
    net::{IpAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::{Server, http, in_time};

/// The name of the site in the examples.
pub const SITE: &str = "chat.example";

/// A program that is a reverse proxy.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    Nginx,
    HaProxy,
    Caddy,
}

/// A proxy that runs. Dropped, it is killed.
pub struct ProxyProgram {
    process: Child,
    /// Where it listens: not on the loopback, whose clients would count as its own machine's.
    pub address: IpAddr,
    pub port: u16,
    _folder: TempDir,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
            Self::Caddy => "caddy",
        }
    }

    /// The program; none where it is not installed, which fails in CI.
    fn find(self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Debian's proxies are where only root looks.
        let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
        let found = folders.map(|folder| folder.join(self.name())).find(|file| file.is_file());
        if found.is_none() {
            let missing = format!("{} is not installed: `scripts/tools.sh test` installs it", self.name());
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            eprintln!("--- SKIPPED: {missing} ---");
        }
        found
    }

    /// Starts it before a server, and waits until it lets requests through. None where it is not installed.
    pub async fn before(self, server: &Server) -> Option<ProxyProgram> {
        let (program, folder) = (self.find()?, tempfile::tempdir().expect("a folder can be made"));
        let (address, port, plain) = (own_address(), free_port(), free_port());
        let file = folder.path().join("configuration");
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
        let example = match self {
            Self::Nginx => fs::read_to_string(example.join("nginx.conf")),
            Self::HaProxy => fs::read_to_string(example.join("haproxy.cfg")),
            Self::Caddy => fs::read_to_string(example.join("Caddyfile")),
        };
        let example = example.expect("the example is there");
        let here = Here { folder: folder.path(), server: server.port(), port, plain };
        fs::write(&file, self.configuration(&example, &here)).expect("the configuration can be written");
        let mut command = Command::new(program);
        match self {
            Self::Nginx => command.args(["-g", "daemon off;", "-p"]).arg(folder.path()).arg("-c").arg(&file),
            Self::HaProxy => command.args(["-db", "-f"]).arg(&file),
            Self::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file),
        };
        let log = fs::File::create(folder.path().join("log")).expect("a log can be kept");
        let process = command
            .env("HOME", folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log can be kept"))
            .stderr(log)
            .spawn()
            .expect("the proxy can be started");
        let mut proxy = ProxyProgram { process, address, port, _folder: folder };
        in_time("a proxy that lets requests through", proxy.ready()).await;
        Some(proxy)
    }

    /// The example with the ports and folders of a test, and without TLS, whose certificate the test has not. Each
    /// replacement has to find something: an example that changes is tested as it is then.
    fn configuration(self, example: &str, here: &Here<'_>) -> String {
        let Here { folder, server, port, plain } = here;
        let folder = folder.display();
        // Shorter than two heartbeats of a socket, so that only these keep it open.
        let replacements: Vec<(&str, String)> = match self {
            Self::Nginx => vec![
                ("127.0.0.1:8088", format!("127.0.0.1:{server}")),
                ("listen 80;", format!("listen {plain};")),
                ("listen 443 ssl;", format!("listen {port};")),
                ("    ssl_certificate ", "    # ssl_certificate ".to_owned()),
                ("    ssl_certificate_key ", "    # ssl_certificate_key ".to_owned()),
                ("/run/nginx.pid", format!("{folder}/nginx.pid")),
                ("/var/log/nginx", folder.to_string()),
                (
                    "http {\n",
                    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                        .map(|name| format!("    {name}_temp_path {folder}/{name};\n"))
                        .concat()
                        .replacen("    ", "http {\n    ", 1),
                ),
                ("_timeout 60s", "_timeout 15s".to_owned()),
            ],
            Self::HaProxy => vec![
                ("127.0.0.1:8088", format!("127.0.0.1:{server}")),
                // Each takes two open files.
                ("maxconn 8000", "maxconn 200".to_owned()),
                ("bind :80\n", format!("bind :{plain}\n")),
                (
                    "bind :443 ssl crt /etc/ssl/private/chat.example.pem alpn http/1.1\n",
                    format!("bind :{port}\n"),
                ),
                ("tunnel 60s", "tunnel 15s".to_owned()),
                ("timeout client 60s", "timeout client 15s".to_owned()),
                ("timeout server 60s", "timeout server 15s".to_owned()),
            ],
            Self::Caddy => vec![
                ("127.0.0.1:8088 {", format!("127.0.0.1:{server} {{")),
                ("chat.example {\n", format!("{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{port} {{\n")),
            ],
        };
        replacements.into_iter().fold(example.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "the example of {} has no {from:?}", self.name());
            text.replace(from, &to)
        })
    }
}

/// What a configuration says of a test.
struct Here<'f> {
    folder: &'f Path,
    server: u16,
    port: u16,
    plain: u16,
}

impl ProxyProgram {
    /// An address of the site.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}:{}{path}", self.address, self.port)
    }

    /// The site's sockets.
    pub fn socket_url(&self) -> String {
        format!("ws://{}:{}/ws", self.address, self.port)
    }

    async fn ready(&mut self) {
        loop {
            let answer = http().get(self.url("/healthz")).header("host", SITE).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                let log = fs::read_to_string(self._folder.path().join("log")).unwrap_or_default();
                panic!("the proxy ended with {status}: {log}");
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

impl Drop for ProxyProgram {
    fn drop(&mut self) {
        // nginx has workers, which end with SIGTERM only.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// An address of this machine that others could reach; the loopback where there is none. Nothing is sent for it.
fn own_address() -> IpAddr {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a port is free");
    let _ = socket.connect("203.0.113.1:9");
    let address = socket.local_addr().expect("it is bound").ip();
    if address.is_unspecified() { [127, 0, 0, 1].into() } else { address }
}
