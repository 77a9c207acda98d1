//! Mouse, finger and keyboard of a tab, as the browser gets them from the system.

use serde_json::{Value, json};

use super::Tab;

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
