//! Input methods: while one composes a word, its keys are its own.

use web_sys::KeyboardEvent;

/// The key code that browsers give while an input method composes.
const COMPOSING: u32 = 229;

/// Whether a key belongs to an input method. One browser ends the composition before the Enter that confirms it: only
/// the key code tells then.
pub(crate) fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == COMPOSING
}
