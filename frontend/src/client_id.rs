//! Ids that this client gives to its commands.

use confab_shared::id::ClientId;
use uuid::Builder;

use crate::{browser::window, clock};

/// A new id: a UUIDv7 of this computer's time and the browser's randomness.
pub(crate) fn new() -> ClientId {
    let mut random = [0; 10];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    ClientId(Builder::from_unix_timestamp_millis(clock::now().0, &random).into_uuid())
}
