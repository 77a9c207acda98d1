//! Frames of `/ws` and the commands in them: encoding what was decoded gives the same again, and the page's decoder agrees
//! with serde. The input is a frame.
#![no_main]

use std::fmt::Debug;

use confab::service::command;
use confab_shared::{
    command::Command,
    decode::{self, Decode},
    id::UserId,
    protocol::{ClientFrame, ServerFrame},
    text::UserName,
    user::User,
};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(frame) = serde_json::from_str::<ClientFrame>(text) {
        check_client_frame(frame);
    }
    check_decoders::<Command>(text);
    check_decoders::<ServerFrame>(text);
});

fn check_client_frame(frame: ClientFrame) {
    let encoded = encode(&frame);
    assert_eq!(serde_json::from_str::<ClientFrame>(&encoded).ok().as_ref(), Some(&frame), "{encoded}");
    let Ok(given) = frame.into_command() else { return };
    assert_eq!(encode(&given), encoded, "a command is its frame");
    let client_id = given.client_id();
    let name = UserName::new("mei").expect("it is a name");
    if let Ok(checked) = command(&User::new(UserId(1), name), given) {
        assert_eq!(checked.client_id, Some(client_id));
    }
}

/// Where both decoders accept a text, they agree; and the page's accepts all that serde encodes.
fn check_decoders<T: Decode + DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) {
    let Ok(by_serde) = serde_json::from_str::<T>(text) else { return };
    if let Some(decoded) = decode::from_str::<T>(text) {
        assert_eq!(decoded, by_serde, "{text}");
    }
    let encoded = encode(&by_serde);
    let Ok(again) = serde_json::from_str::<T>(&encoded) else {
        panic!("it cannot be decoded again: {encoded}")
    };
    assert_eq!(decode::from_str::<T>(&encoded), Some(again), "{encoded}");
}

fn encode(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("frames can be encoded")
}
