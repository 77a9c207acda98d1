//! The decoder against RFC 6455, with streams cut in every way, with random bytes, and against another implementation.

use proptest::prelude::*;

use super::*;

const LIMIT: usize = 4096;

/// A frame as a client writes it.
fn masked(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | short as u8),
        long @ 126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend((long as u16).to_be_bytes());
        }
        longer => {
            bytes.push(0x80 | 127);
            bytes.extend((longer as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    masked(first, payload, [0xA1, 0x02, 0x7F, 0x33])
}

fn decoded(stream: &[u8]) -> Vec<Received> {
    in_parts(stream, stream.len().max(1))
}

fn in_parts(stream: &[u8], size: usize) -> Vec<Received> {
    let (mut decoder, mut messages) = (Decoder::new(LIMIT), Vec::new());
    for part in stream.chunks(size) {
        decoder.decode(part, |received| messages.push(received));
    }
    messages
}

#[test]
fn messages_of_one_frame_are_decoded() {
    let stream = [frame(0x81, "hé".as_bytes()), frame(0x82, &[0xFF]), frame(0x81, b"")].concat();
    let text = |text: &str| Received::Text(text.to_owned());
    assert_eq!(decoded(&stream), [text("hé"), Received::Binary(vec![0xFF]), text("")]);
}

#[test]
fn fragments_are_joined_and_control_frames_are_yielded_between() {
    let stream = [frame(0x01, b"he"), frame(0x89, b"ping"), frame(0x00, b"l"), frame(0x80, b"lo")].concat();
    assert_eq!(decoded(&stream), [Received::Ping(b"ping".to_vec()), Received::Text("hello".to_owned())]);
}

#[test]
fn protocol_errors_are_refused() {
    let unmasked = vec![0x81, 1, b'x'];
    let reserved = frame(0xC1, b"");
    let unknown = [frame(0x83, b""), frame(0x8B, b"")];
    let alone = frame(0x80, b"x");
    let within = [frame(0x01, b"x"), frame(0x81, b"y")].concat();
    let long_ping = frame(0x89, &[0; 126]);
    let part_of_ping = frame(0x09, b"");
    for stream in [unmasked, reserved, alone, within, long_ping, part_of_ping].iter().chain(&unknown) {
        assert_eq!(decoded(stream).last(), Some(&Received::Broken(1002)), "{stream:?}");
    }
}

#[test]
fn a_length_in_a_longer_form_than_it_needs_is_refused() {
    let mask = [0; 4];
    let medium = [&[0x81, 0x80 | 126, 0, 125][..], &mask, &[b'x'; 125]].concat();
    let long = [&[0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF][..], &mask].concat();
    for stream in [medium, long] {
        assert_eq!(decoded(&stream), [Received::Broken(PROTOCOL_ERROR)]);
    }
    assert_eq!(decoded(&frame(0x81, &[b'x'; 126])), [Received::Text("x".repeat(126))]);
}

#[test]
fn empty_frames_of_a_message_are_limited() {
    let with = |count| {
        let empty = [frame(0x01, b""), frame(0x00, b"").repeat(count - 1)].concat();
        decoded(&[empty, frame(0x80, b"hi")].concat())
    };
    let limit = usize::from(MAX_EMPTY_FRAMES);
    assert_eq!(with(limit), [Received::Text("hi".to_owned())]);
    assert_eq!(with(limit + 1), [Received::Broken(PROTOCOL_ERROR)]);
    let twice = [frame(0x01, b"").as_slice(), &frame(0x80, b"hi")].concat().repeat(limit + 1);
    assert_eq!(decoded(&twice).len(), limit + 1, "each message has them anew");
}

#[test]
fn text_is_refused_at_its_first_byte_that_is_not_utf8() {
    let broken = Some(Received::Broken(1007));
    assert_eq!(decoded(&frame(0x81, &[0xC3])).pop(), broken, "the end of a message ends its text");
    assert_eq!(decoded(&frame(0x01, &[b'a', 0xFF])).pop(), broken, "before the message is whole");
    let whole = frame(0x81, b"ab\xFFcd");
    assert_eq!(in_parts(&whole[..9], 1).pop(), broken, "before the frame is whole");
    let split = [frame(0x01, &[0xE6, 0x9D]), frame(0x80, &[0x8E])].concat();
    assert_eq!(decoded(&split), [Received::Text("李".to_owned())], "a character may be cut");
}

#[test]
fn close_frames_carry_a_code_or_nothing() {
    let close = |payload: &[u8]| decoded(&[frame(0x88, payload), frame(0x81, b"after")].concat());
    assert_eq!(close(b""), [Received::Close(None)]);
    assert_eq!(close(&[0x03, 0xE8, b'x']), [Received::Close(Some(1000))]);
    assert_eq!(close(&[0x03]), [Received::Broken(1002)]);
    assert_eq!(close(&[0x03, 0xED]), [Received::Broken(1002)], "1005 is not for the wire");
    assert_eq!(close(&[0x03, 0xE8, 0xFF]), [Received::Broken(1007)]);
}

#[test]
fn message_above_the_limit_is_refused_by_its_header() {
    assert_eq!(decoded(&frame(0x81, &[b'x'; LIMIT])).len(), 1);
    assert_eq!(decoded(&frame(0x81, &[b'x'; LIMIT + 1])[..8]), [Received::TooLarge]);
    let parts = [frame(0x01, &[b'x'; LIMIT]), frame(0x80, b"y")].concat();
    assert_eq!(decoded(&parts), [Received::TooLarge]);
    let huge = [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];
    assert_eq!(decoded(&huge), [Received::TooLarge]);
    let impossible = [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(decoded(&impossible), [Received::Broken(1002)]);
}

/// A message, as fragments.
fn message() -> impl Strategy<Value = (Received, Vec<u8>)> {
    let cut = prop::collection::vec(0usize..200, 0..4);
    let payload = prop_oneof![
        ".{0,200}".prop_map(|text| (0x1, text.into_bytes())),
        prop::collection::vec(any::<u8>(), 0..400).prop_map(|bytes| (0x2, bytes)),
    ];
    (payload, cut, any::<[u8; 4]>()).prop_map(|((opcode, payload), mut cuts, mask)| {
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(payload.len()));
        cuts.sort_unstable();
        cuts.push(payload.len());
        let (mut stream, mut from) = (Vec::new(), 0);
        for (number, cut) in cuts.iter().enumerate() {
            let fin = if number + 1 == cuts.len() { 0x80 } else { 0 };
            let opcode = if number == 0 { opcode } else { 0 };
            stream.extend(masked(fin | opcode, &payload[from..*cut], mask));
            from = *cut;
        }
        let received = if opcode == 1 {
            Received::Text(String::from_utf8(payload).unwrap())
        } else {
            Received::Binary(payload)
        };
        (received, stream)
    })
}

proptest! {
    #[test]
    fn messages_do_not_depend_on_how_a_stream_is_cut(
        messages in prop::collection::vec(message(), 1..5),
        size in 1usize..50,
    ) {
        let (expected, streams): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
        let stream = streams.concat();
        prop_assert_eq!(in_parts(&stream, size), expected.clone());
        prop_assert_eq!(decoded(&stream), expected);
    }

    #[test]
    fn random_bytes_neither_panic_nor_buffer_more_than_arrived(
        stream in prop::collection::vec(any::<u8>(), 0..600),
        size in 1usize..50,
    ) {
        let (mut decoder, mut messages) = (Decoder::new(LIMIT), Vec::new());
        for part in stream.chunks(size) {
            decoder.decode(part, |received| messages.push(received));
        }
        prop_assert!(decoder.payload.len() + decoder.control.len() <= stream.len());
        prop_assert_eq!(messages, decoded(&stream));
    }

    #[test]
    fn messages_of_another_implementation_are_decoded(
        text in ".{0,300}",
        binary in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        use tokio_tungstenite::tungstenite::{Message, protocol::{Role, WebSocket}};
        let mut client = WebSocket::from_raw_socket(std::io::Cursor::new(Vec::new()), Role::Client, None);
        client.write(Message::text(text.clone())).unwrap();
        client.write(Message::binary(binary.clone())).unwrap();
        client.flush().unwrap();
        let stream = client.get_ref().get_ref().clone();
        prop_assert_eq!(in_parts(&stream, 7), vec![Received::Text(text), Received::Binary(binary)]);
    }
}
