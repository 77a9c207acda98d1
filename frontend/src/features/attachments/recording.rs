//! A recording beside a field.

use std::rc::Rc;

use leptos::prelude::*;
use web_sys::File;

/// What is done with a recording: its file, how long it plays in milliseconds, and its waveform in base64.
type Done = Rc<dyn Fn(File, u32, String)>;

/// The recording beside one field. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Recording {
    pub(crate) is_on: RwSignal<bool>,
    done: StoredValue<Done, LocalStorage>,
}

impl Recording {
    pub(crate) fn new(done: impl Fn(File, u32, String) + 'static) -> Self {
        Self { is_on: RwSignal::new(false), done: StoredValue::new_local(Rc::new(done)) }
    }

    /// Hands a recording over.
    pub(super) fn finish(self, file: File, duration: u32, waveform: String) {
        if let Some(done) = self.done.try_get_value() {
            done(file, duration, waveform);
        }
    }
}
