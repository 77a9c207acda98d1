//! A real browser: Debian's chromium, driven by its chromedriver. What a test waits for is looked for again and again
//! until it is there; nothing sleeps and hopes.

pub mod input;

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    By, ChromiumLikeCapabilities, DesiredCapabilities, TypingData, WebDriver, WebElement, WindowHandle,
};

/// How long a page may take for anything: far more than it needs, also on a machine that is busy building.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// What the browser is like.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Width and height of the page, in CSS pixels.
    pub size: (u32, u32),
    /// Whether it is a phone: a touch screen of twice the density.
    pub phone: bool,
    /// Whether the system is dark.
    pub dark: bool,
    /// What the reader reads, as `navigator.languages` says it.
    pub language: &'static str,
}

impl Look {
    pub const DESKTOP: Self = Self { size: (1280, 800), phone: false, dark: false, language: "en-GB" };
    pub const PHONE: Self = Self { size: (390, 844), phone: true, ..Self::DESKTOP };

    pub fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    pub fn chinese(self) -> Self {
        Self { language: "zh-CN", ..self }
    }
}

/// A browser with a profile of its own. Dropped, it and all its processes are ended.
pub struct Browser {
    pub driver: WebDriver,
    look: Look,
    chromedriver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts one for a desktop.
    pub async fn start() -> Self {
        Self::looking(Look::DESKTOP).await
    }

    /// Starts one.
    pub async fn looking(look: Look) -> Self {
        let profile = tempfile::tempdir().expect("a folder can be made");
        let (chromedriver, port) = start_chromedriver();
        let capabilities = capabilities(look, profile.path()).expect("these are capabilities");
        // Its client takes it from the process.
        confab::crypto_provider::install();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
        let driver = driver.expect("chromium starts");
        // The last handle would ask the driver to end the session, and wait for minutes for a driver that is gone: we
        // end both, with all that belongs to them.
        std::mem::forget(driver.clone());
        Self { driver, look, chromedriver, _profile: profile }
    }

    /// Opens a page in a tab of its own.
    pub async fn open(&self, url: &str) -> Tab {
        let handle = self.driver.new_window().await.expect("a tab opens");
        let tab = Tab { driver: self.driver.clone(), handle };
        tab.activate().await;
        self.emulate().await;
        tab.go(url).await;
        tab
    }

    async fn emulate(&self) {
        let Look { size: (width, height), phone, dark, .. } = self.look;
        let density = if phone { 2 } else { 1 };
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": density, "mobile": phone });
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        let cdp = self.driver.cdp();
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics).await.expect("a size is set");
        cdp.send_raw("Emulation.setTouchEmulationEnabled", json!({ "enabled": phone }))
            .await
            .expect("touch is set");
        cdp.send_raw("Emulation.setEmulatedMedia", media).await.expect("a colour scheme is set");
        // Tabs behind others count as visible: every person of a test looks at theirs.
        cdp.send_raw("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }))
            .await
            .expect("focus is set");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver's group: chromium's many processes are in it.
        let group = format!("-{}", self.chromedriver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.chromedriver.wait();
    }
}

/// How often a driver is started that finds no port.
const DRIVER_ATTEMPTS: usize = 5;

/// It takes a port of IPv4, and ends where something has the same port of IPv6.
fn start_chromedriver() -> (Child, u16) {
    (0..DRIVER_ATTEMPTS).find_map(|_| try_start_chromedriver()).expect("chromedriver says its port")
}

fn try_start_chromedriver() -> Option<(Child, u16)> {
    let mut child = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("chromedriver is installed (`make test` installs it)");
    let stdout = child.stdout.take().expect("it is a pipe");
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let port =
        lines.find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
    let Some(port) = port else {
        let _ = child.wait();
        return None;
    };
    // Drained, so that it never waits for us.
    std::thread::spawn(move || lines.for_each(drop));
    Some((child, port))
}

fn capabilities(
    look: Look,
    profile: &Path,
) -> thirtyfour::error::WebDriverResult<thirtyfour::ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    for arg in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        // A microphone that beeps, and nobody who has to be asked for it.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        // Sites of a name of their own, on this machine.
        "--host-resolver-rules=MAP *.example 127.0.0.1",
        "--window-size=1280,900",
    ] {
        capabilities.add_arg(arg)?;
    }
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    capabilities.add_arg(&format!("--accept-lang={}", look.language))?;
    capabilities.add_experimental_option("prefs", json!({ "intl.accept_languages": look.language }))?;
    Ok(capabilities)
}

/// A tab. Parts of the page are named by their `data-testid`.
pub struct Tab {
    driver: WebDriver,
    handle: WindowHandle,
}

impl Tab {
    async fn activate(&self) {
        self.driver.switch_to_window(self.handle.clone()).await.expect("the tab is there");
    }

    /// Goes to an address.
    pub async fn go(&self, url: &str) {
        self.activate().await;
        self.driver.goto(url).await.expect("the page loads");
    }

    /// Reloads the page.
    pub async fn reload(&self) {
        self.activate().await;
        self.driver.refresh().await.expect("the page loads");
    }

    /// Goes back.
    pub async fn back(&self) {
        self.activate().await;
        self.driver.back().await.expect("there is somewhere to go back to");
    }

    /// Goes forward.
    pub async fn forward(&self) {
        self.activate().await;
        self.driver.forward().await.expect("there is somewhere to go forward to");
    }

    /// Presses Escape, wherever the keyboard is.
    pub async fn escape(&self) {
        self.press("Escape").await;
    }

    /// Lets an input method compose a text in the field that has the keyboard; it is not committed, and given up where it
    /// is empty.
    pub async fn compose(&self, text: &str) {
        self.activate().await;
        let end = text.chars().count();
        let composed = json!({ "text": text, "selectionStart": end, "selectionEnd": end });
        self.driver.cdp().send_raw("Input.imeSetComposition", composed).await.expect("it composes");
    }

    /// Closes the tab.
    pub async fn close(self) {
        self.activate().await;
        self.driver.close_window().await.expect("the tab closes");
    }

    /// Ends the tab's process as a fault of its own would.
    pub async fn crash(self) {
        self.activate().await;
        // A tab that is gone answers nothing.
        let crash = self.driver.cdp().send_raw("Page.crash", json!({})).await;
        assert!(crash.is_err(), "the tab has crashed");
    }

    /// What a piece of script returns.
    pub async fn run(&self, script: &str) -> Value {
        self.activate().await;
        let done = self.driver.execute(script, Vec::new()).await;
        done.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    /// Waits until an expression of script is neither null nor false, and answers it.
    pub async fn until(&self, what: &str, expression: &str) -> Value {
        let script = format!("return ({expression}) ?? null;");
        let begun = Instant::now();
        loop {
            let value = self.run(&script).await;
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            if begun.elapsed() > PATIENCE {
                let page = self.run("return document.body.innerText").await;
                panic!("{what}: it did not come; what the page shows: {page}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The part of the page of a name, once it is there.
    pub async fn part(&self, name: &str) -> WebElement {
        self.until(name, &format!("!!document.querySelector('{}')", part(name))).await;
        self.driver.find(By::Css(part(name))).await.expect("it was just there")
    }

    /// Waits until a part is gone.
    pub async fn gone(&self, name: &str) {
        self.until(&format!("no {name}"), &format!("!document.querySelector('{}')", part(name))).await;
    }

    /// Waits until a part has a text in it.
    pub async fn shows(&self, name: &str, text: &str) {
        let wanted = json!(text);
        let there = format!("document.querySelector('{}')?.textContent.includes({wanted})", part(name));
        self.until(&format!("{name} with {text:?}"), &there).await;
    }

    /// Clicks on a part, once it is there and can be clicked on.
    pub async fn click(&self, name: &str) {
        self.click_on(&part(name)).await;
    }

    /// Clicks on what a selector finds, once it rests: a click on what still slides in would miss it.
    pub async fn click_on(&self, selector: &str) {
        let rests = format!(
            "(found => !!found && document.getAnimations().every(animation => animation.playState !== 'running' \
             || animation.effect.getTiming().iterations === Infinity || !animation.effect.target?.contains(found)))\
             (document.querySelector({}))",
            json!(selector)
        );
        let begun = Instant::now();
        loop {
            self.until(selector, &rests).await;
            let found = self.driver.find(By::Css(selector)).await;
            let Err(error) = async { found?.click().await }.await else { return };
            // A view that is being drawn anew, or moves: looked for again.
            assert!(begun.elapsed() < PATIENCE, "{selector} cannot be clicked on: {error}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The element that has the keyboard.
    pub async fn focused(&self) -> WebElement {
        self.activate().await;
        self.driver.active_element().await.expect("something has the keyboard")
    }

    /// Types into a part.
    pub async fn type_into(&self, name: &str, text: impl Into<TypingData>) {
        self.part(name).await.send_keys(text).await.expect("it can be typed into");
    }

    /// Pastes into a part, by the keyboard and the browser's own clipboard.
    pub async fn paste(&self, name: &str, text: &str) {
        self.click(name).await;
        let text = json!(text);
        // Beside the part: all but an open dialog is inert.
        let copy = format!(
            "const from = document.querySelector('{}').parentElement.appendChild(document.createElement('textarea')); \
             from.value = {text}; from.select(); \
             const copied = document.execCommand('copy'); from.remove(); return copied",
            part(name)
        );
        assert_eq!(self.run(&copy).await, true, "the text is in the clipboard");
        self.type_into(name, "\u{e009}v\u{e000}").await;
    }

    /// Saves what the tab shows.
    pub async fn picture(&self, file: &Path) {
        self.activate().await;
        self.driver.screenshot(file).await.expect("a picture is taken");
    }
}

/// What a person does on Confab's page.
impl Tab {
    /// Waits until the page is connected.
    pub async fn online(&self) {
        self.until("a connection", "!!document.querySelector('[data-connection=online]')").await;
    }

    /// Signs in with the form.
    pub async fn sign_in(&self, name: &str) {
        self.type_into("sign-in-name", name).await;
        self.click("sign-in-submit").await;
        self.shows("me-name", name).await;
        self.online().await;
        self.may_be_added().await;
    }

    /// Lets anybody add the user to a group, who is signed in.
    pub async fn may_be_added(&self) {
        let script = "const stored = sessionStorage['confab.session'] ?? localStorage['confab.session']; \
             const request = new XMLHttpRequest(); \
             request.open('PATCH', '/api/v1/me', false); \
             request.setRequestHeader('authorization', `Bearer ${JSON.parse(stored).token}`); \
             request.setRequestHeader('content-type', 'application/json'); \
             request.send('{\"asks_before_groups\": false}'); \
             return request.status;";
        assert_eq!(self.run(script).await, json!(200));
    }

    /// Opens the conversation of a name in the list.
    pub async fn choose(&self, name: &str) {
        self.click_on(&format!("[data-testid=conversation-item][data-name='{name}']")).await;
        self.shows("conversation-title", name).await;
        self.part("composer-input").await;
    }

    /// Starts a conversation with a user.
    pub async fn begin_with(&self, name: &str) {
        self.click("new-conversation").await;
        self.click("new-direct-tab").await;
        self.type_into("direct-name", name).await;
        self.click("start-conversation").await;
        self.shows("conversation-title", name).await;
    }

    /// Begins a group.
    pub async fn begin_group(&self, title: &str, members: &[&str]) {
        self.click("new-conversation").await;
        self.click("new-group-tab").await;
        self.type_into("group-title", title).await;
        for member in members {
            self.type_into("group-member", format!("{member},")).await;
        }
        self.click("start-conversation").await;
        self.shows("conversation-title", title).await;
    }

    /// Writes a message and sends it: with Enter, or on a phone, where Enter breaks the line, with the button.
    pub async fn say(&self, text: &str) {
        self.send_from("composer", text).await;
    }

    /// The same in the field of the conversation (`composer`) or of a thread (`thread`).
    pub async fn send_from(&self, place: &str, text: &str) {
        let field = format!("{place}-input");
        self.type_into(&field, text).await;
        let is_phone = self.run("return matchMedia('(hover: none) and (pointer: coarse)').matches").await;
        match is_phone == true {
            true => self.click(&format!("{place}-send")).await,
            false => self.type_into(&field, "\u{e007}").await,
        }
    }

    /// Waits until a message is shown.
    pub async fn hears(&self, text: &str) {
        let wanted = json!(text);
        self.until(&format!("the message {text:?}"), &format!("{TEXTS}.includes({wanted})")).await;
    }

    /// Waits until one's own message is on the server's disk.
    pub async fn said(&self, text: &str) {
        let wanted = json!(text);
        let there = format!(
            "[...document.querySelectorAll('[data-testid=message][data-own=true]')].some(m => \
             ['sent', 'seen'].includes(m.dataset.state) && \
             m.querySelector('[data-testid=message-text]').textContent === {wanted})"
        );
        self.until(&format!("the message {text:?} as sent"), &there).await;
    }

    /// The messages that are shown, in their order.
    pub async fn messages(&self) -> Vec<String> {
        let texts = self.run(&format!("return {TEXTS}")).await;
        serde_json::from_value(texts).expect("a list of texts")
    }

    /// Scrolls down step by step, as a wheel does, until a message is shown at the end, and answers the texts of all
    /// messages on the way, in the order in which they stand.
    pub async fn scroll_through(&self, last: &str) -> Vec<String> {
        let last = json!(last);
        self.run("window.passed = new Map()").await;
        let step = format!(
            "(() => {{ const view = document.querySelector('[data-testid=timeline]'); \
             const rows = [...document.querySelectorAll('[data-testid=message]')], seqs = rows.map(m => +m.dataset.seq); \
             if (seqs.some((seq, i) => i && seq <= seqs[i - 1])) throw new Error(`out of order: ${{seqs}}`); \
             rows.forEach((m, i) => window.passed.set(seqs[i], m.querySelector('[data-testid=message-text]')?.textContent)); \
             view.scrollTop += 300; \
             const end = view.scrollHeight - view.scrollTop - view.clientHeight < 4; \
             return end && {TEXTS}.at(-1) === {last} }})()"
        );
        self.until("the end, step by step", &step).await;
        let passed =
            self.run("return [...window.passed].sort(([a], [b]) => a - b).map(([, text]) => text)").await;
        serde_json::from_value(passed).expect("a list of texts")
    }

    /// Waits until exactly these messages are shown, in this order.
    pub async fn shows_messages(&self, wanted: &[&str]) {
        let wanted = json!(wanted).to_string();
        let same = format!("JSON.stringify({TEXTS}) === JSON.stringify({wanted})");
        self.until(&format!("exactly {wanted}"), &same).await;
    }
}

const TEXTS: &str = "[...document.querySelectorAll('[data-testid=message-text]')].map(m => m.textContent)";

/// The selector of a part, or of a part within a part.
fn part(names: &str) -> String {
    names.split(' ').map(|name| format!("[data-testid={name}]")).collect::<Vec<_>>().join(" ")
}
