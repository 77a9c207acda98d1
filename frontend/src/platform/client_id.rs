//! Idempotency keys of commands.

use confab_shared::id::ClientId;
use uuid::Builder;

use crate::platform::{browser::window, clock};

/// A new UUIDv7.
pub(crate) fn new() -> ClientId {
    let mut random = [0; 10];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    ClientId(Builder::from_unix_timestamp_millis(clock::now().0, &random).into_uuid())
}
