//! Input methods, such as those for Chinese and Japanese.

use web_sys::KeyboardEvent;

/// The key code of every key while an input method composes.
const COMPOSING_KEY_CODE: u32 = 229;

/// Whether an input method handles the key. Safari ends the composition before the Enter that confirms it; only the key
/// code tells then.
pub(crate) fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == COMPOSING_KEY_CODE
}
