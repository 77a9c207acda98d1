//! Mouse, finger and keyboard of a tab, as the browser gets them from the system.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Tab;

/// What the network of a tab is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Good,
    /// So many bytes go up in a second.
    Slow(u32),
    /// Nothing goes through.
    Cut,
}

impl Tab {
    /// Moves the mouse onto what a selector finds.
    pub async fn hover(&self, selector: &str) {
        let (x, y) = self.middle(selector).await;
        self.mouse(json!({ "type": "mouseMoved", "x": x, "y": y })).await;
    }

    /// Clicks with the right button on what a selector finds.
    pub async fn right_click(&self, selector: &str) {
        let (x, y) = self.middle(selector).await;
        for kind in ["mousePressed", "mouseReleased"] {
            self.mouse(json!({ "type": kind, "x": x, "y": y, "button": "right", "clickCount": 1 })).await;
        }
    }

    /// Puts a finger on what a selector finds, and leaves it there.
    pub async fn touch(&self, selector: &str) {
        let (x, y) = self.middle(selector).await;
        self.finger("touchStart", json!([{ "x": x, "y": y }])).await;
    }

    /// Lifts the finger.
    pub async fn lift(&self) {
        self.finger("touchEnd", json!([])).await;
    }

    /// Presses a key, by the name that `KeyboardEvent.key` has for it, wherever the keyboard is.
    pub async fn press(&self, key: &str) {
        self.press_with(key, 0).await;
    }

    /// Presses a key together with Shift.
    pub async fn press_with_shift(&self, key: &str) {
        self.press_with(key, 8).await;
    }

    /// Chooses files in a field, as the system's dialog does.
    pub async fn choose_files(&self, name: &str, files: &[PathBuf]) {
        let paths: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        self.type_into(name, paths.join("\n")).await;
    }

    /// Drags files from elsewhere onto what a selector finds; drops them there, or not yet.
    pub async fn drag_files(&self, selector: &str, files: &[&Path], drop: bool) {
        let (x, y) = self.middle(selector).await;
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        let steps: &[&str] =
            if drop { &["dragEnter", "dragOver", "drop"] } else { &["dragEnter", "dragOver"] };
        for kind in steps {
            let event = json!({ "type": kind, "x": x, "y": y, "data": data });
            self.driver.cdp().send_raw("Input.dispatchDragEvent", event).await.expect("files are dragged");
        }
    }

    /// Makes the network good or bad.
    pub async fn network(&self, line: Line) {
        self.activate().await;
        let up = if let Line::Slow(up) = line { f64::from(up) } else { -1.0 };
        let conditions = json!({
            "offline": line == Line::Cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": up,
        });
        let cdp = self.driver.cdp();
        cdp.send_raw("Network.enable", json!({})).await.expect("the network is watched");
        cdp.send_raw("Network.emulateNetworkConditions", conditions).await.expect("the network changes");
    }

    async fn press_with(&self, key: &str, modifiers: u32) {
        self.activate().await;
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            "ContextMenu" => 93,
            "F10" => 121,
            letter if letter.len() == 1 => letter.to_ascii_uppercase().as_bytes()[0].into(),
            _ => panic!("the code of {key} is not known here"),
        };
        let down = if key == "Enter" { "keyDown" } else { "rawKeyDown" };
        for kind in [down, "keyUp"] {
            let mut event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers,
            });
            if kind == "keyDown" {
                event["text"] = "\r".into();
            }
            self.driver.cdp().send_raw("Input.dispatchKeyEvent", event).await.expect("a key is pressed");
        }
    }

    async fn middle(&self, selector: &str) -> (f64, f64) {
        let found = format!("document.querySelector({})", json!(selector));
        self.until(selector, &format!("!!{found}")).await;
        let script = format!(
            "const found = {found}; found.scrollIntoView({{ block: 'nearest' }}); const area = found.getBoundingClientRect(); \
             return [area.left + area.width / 2, area.top + area.height / 2]"
        );
        let middle = self.run(&script).await;
        let number = |index: usize| middle[index].as_f64().expect("a position is a number");
        (number(0), number(1))
    }

    async fn mouse(&self, event: Value) {
        self.driver.cdp().send_raw("Input.dispatchMouseEvent", event).await.expect("the mouse moves");
    }

    async fn finger(&self, kind: &str, points: Value) {
        self.activate().await;
        let event = json!({ "type": kind, "touchPoints": points });
        self.driver.cdp().send_raw("Input.dispatchTouchEvent", event).await.expect("the finger moves");
    }
}
