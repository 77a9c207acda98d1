//! The browser's socket: all that happens to it is told through one channel, and it is closed when it is dropped.

use confab_shared::protocol::ClientFrame;
use futures_channel::mpsc::UnboundedSender;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::Input;

pub(super) struct Line {
    socket: WebSocket,
    /// Lives as long as the socket may call it.
    _told: Closure<dyn Fn(Event)>,
}

impl Line {
    /// Begins to connect; none where the browser does not even try.
    pub(super) fn open(url: &str, tell: UnboundedSender<Input>) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        let told = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            let input = match event.type_().as_str() {
                "open" => Input::Opened,
                "message" => Input::Heard(event.unchecked_into::<MessageEvent>().data().as_string()),
                _ => Input::HungUp(event.unchecked_into::<CloseEvent>().code()),
            };
            let _ = tell.unbounded_send(input);
        });
        let line = Self { socket, _told: told };
        line.listen(Some(line._told.as_ref().unchecked_ref()));
        Some(line)
    }

    /// Every socket that fails says that it is closed: its errors say no more.
    fn listen(&self, told: Option<&js_sys::Function>) {
        self.socket.set_onopen(told);
        self.socket.set_onmessage(told);
        self.socket.set_onclose(told);
    }

    /// Sends a frame. That it could not is told as the end of the socket.
    pub(super) fn say(&self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).unwrap_or_default();
        let _ = self.socket.send_with_str(&text);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listen(None);
        let _ = self.socket.close();
    }
}
