//! Uploaded files: whatever they are, they are processed without a panic, and what is served of them is a picture of the same
//! type that has nothing left to leave out. The input is a file.
#![no_main]

use bytes::Bytes;
use confab::media::{Source, UNKNOWN, process};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let processed =
        process(&Source::Bytes(Bytes::copy_from_slice(input)), "audio/webm").expect("bytes can be read");
    let Some(served) = processed.stripped else { return };
    assert!(processed.width.is_some() && processed.mime != UNKNOWN);
    let again = process(&Source::Bytes(served.into()), "").expect("bytes can be read");
    assert_eq!((again.mime, again.width, again.height), (processed.mime, processed.width, processed.height));
    assert_eq!(again.stripped, None, "it was stripped before");
});
