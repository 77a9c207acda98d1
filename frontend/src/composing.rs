//! Keys that belong to an input method.

/// The key code that browsers give to a key that an input method handles.
const HANDLED: u32 = 229;

/// Whether an input method composes with this key: it is not the page's then, whatever it is called.
pub(crate) fn is_composing(event: &web_sys::KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == HANDLED
}
