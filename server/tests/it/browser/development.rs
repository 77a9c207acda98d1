//! `make dev`: the page through `trunk serve` on :8080, with the server behind it, both as they were built before.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::turn_to;
use crate::support::{browser::Browser, http};

/// How long `trunk serve` may take to put together the page that `make test` has built before the tests.
const START_TIME: Duration = Duration::from_secs(5 * 60);

/// The two of `make dev`; dropped, both are ended.
struct Development(Child);

impl Development {
    fn start(data: &Path) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let log = std::fs::File::create(data.join("make-dev.log")).expect("a log can be kept");
        let errors = log.try_clone().expect("a log can be kept");
        let mut command = Command::new("make");
        // A build script that reads a variable which cargo sets for its tests would run again.
        let names = std::env::vars_os().map(|(name, _)| name);
        for name in names.filter(|name| name.to_str().is_some_and(is_set_by_cargo)) {
            command.env_remove(name);
        }
        let child = command
            .arg("dev")
            .arg(format!("ARGS=--data {}", data.join("data").display()))
            .current_dir(root)
            // Nothing is built here: the server is the tests' own, and the page has been built for release.
            .env("CONFAB_DEV_SERVER", env!("CARGO_BIN_EXE_confab"))
            .env("CONFAB_DEV_TRUNK", "--release")
            .env_remove("MAKEFLAGS")
            .env_remove("MAKELEVEL")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("make is there");
        Self(child)
    }

    /// Waits until the page is served.
    async fn ready(&mut self, data: &Path) {
        let begun = Instant::now();
        loop {
            let answer = http().get("http://localhost:8080/").send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.0.try_wait().expect("it is our child");
            if ended.is_some() || begun.elapsed() > START_TIME {
                let log = std::fs::read_to_string(data.join("make-dev.log")).unwrap_or_default();
                panic!("make dev does not serve ({ended:?}): {log}");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Whether a variable is one that cargo sets for what it runs.
fn is_set_by_cargo(name: &str) -> bool {
    let own = ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_"];
    (name.starts_with("CARGO") || name == "OUT_DIR") && !own.iter().any(|own| name.starts_with(own))
}

impl Drop for Development {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn two_tabs_talk_through_trunk_serve() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut development = Development::start(folder.path());
    development.ready(folder.path()).await;
    let browser = Browser::start().await;
    let one = browser.open("http://localhost:8080/?userID=123").await;
    one.online().await;
    let other = browser.open("http://localhost:8080/?userID=456").await;
    other.online().await;
    turn_to(&one, "456").await;
    one.say("through the proxy").await;
    other.choose("123").await;
    other.hears("through the proxy").await;
    other.say("and back").await;
    one.hears("and back").await;
}
