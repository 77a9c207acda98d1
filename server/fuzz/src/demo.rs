//! The demo's dialect: the server's fast decoder and encoder agree with serde. The input is the sender's id, a line break
//! and a frame.
#![no_main]

use confab::transport::ws::legacy::{
    frames::{is_written, plain},
    user_id,
};
use confab_shared::legacy::{LegacyFrame, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(input) = std::str::from_utf8(input) else { return };
    check_query(input);
    let (from, frame) = input.split_once('\n').unwrap_or(("", input));
    let by_serde: Option<LegacyFrame<'_>> = serde_json::from_str(frame).ok();
    check_plain(frame, from, by_serde.as_ref());
    if let Some(by_serde) = by_serde {
        check_encoder(&by_serde);
    }
    // Any text can be sent by anybody to anybody.
    for kind in 1..=3 {
        check_encoder(&LegacyFrame { kind, from: from.into(), to: Some(from.into()), data: frame.into() });
    }
});

/// What the fast decoder accepts, serde decodes to the same, and the encoder writes to the byte.
fn check_plain(frame: &str, from: &str, by_serde: Option<&LegacyFrame<'_>>) {
    let Some((to, data)) = plain(frame, from) else { return };
    let expected = LegacyFrame { kind: 1, from: from.into(), to: Some(to.into()), data: data.into() };
    assert_eq!(by_serde, Some(&expected), "{frame}");
    assert!(is_written(frame, 1, from, Some(to), data), "{frame}");
}

/// The encoder writes what serde writes, which is decoded to the same frame.
fn check_encoder(frame: &LegacyFrame<'_>) {
    let encoded = serde_json::to_string(frame).expect("a frame can be encoded");
    assert_eq!(serde_json::from_str::<LegacyFrame<'_>>(&encoded).ok().as_ref(), Some(frame));
    if Target::try_from(frame.kind).is_ok() {
        assert!(is_written(&encoded, frame.kind, &frame.from, frame.to.as_deref(), &frame.data), "{encoded}");
    }
    if let (1, Some(to)) = (frame.kind, &frame.to)
        && let Some(decoded) = plain(&encoded, &frame.from)
    {
        assert_eq!(decoded, (&**to, &*frame.data), "{encoded}");
    }
}

/// An id in the address is text, and never empty.
fn check_query(query: &str) {
    if let Ok(id) = user_id(query) {
        assert!(!id.is_empty(), "{query}");
    }
}
