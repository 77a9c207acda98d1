//! A recording beside a field.

use std::rc::Rc;

use leptos::prelude::*;
use web_sys::File;

/// Sends a recording: its file, how long it plays in milliseconds, and its waveform in base64.
type SendRecording = Box<dyn FnOnce(File, u32, String)>;

/// The recording beside one field. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Recording {
    pub(crate) is_on: RwSignal<bool>,
    send: StoredValue<Rc<dyn Fn() -> Option<SendRecording>>, LocalStorage>,
}

impl Recording {
    /// `send` is called when the user sends the recording, and decides where it goes. The file is there later, when the field
    /// may be of another conversation.
    pub(crate) fn new(send: impl Fn() -> Option<SendRecording> + 'static) -> Self {
        Self { is_on: RwSignal::new(false), send: StoredValue::new_local(Rc::new(send)) }
    }

    /// The user sends the recording: what is done with its file.
    pub(super) fn send(self) -> Option<SendRecording> {
        self.send.try_get_value().and_then(|send| send())
    }
}
