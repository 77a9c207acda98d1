//! The WebSocket codec (RFC 6455): [`handshake`] checks and answers the header values of an upgrade, [`frame`] encodes
//! what the server sends, [`decoder`] decodes what clients send. It does no I/O and knows nothing of Confab:
//! `transport::ws` upgrades connections, and reads and writes their sockets with it.
//!
//! # Why Confab has its own codec
//! A chat server sends one message to many readers and keeps thousands of silent connections open. axum's WebSocket,
//! which is `tokio-tungstenite`, was used first. It is made for one peer: each connection encodes its own frames and
//! has buffers of its own. What replacing it gained is in docs/performance.md, "What was tried". Each row there was
//! measured together with the change that the codec made possible, so the figures are those of both:
//!
//! - **A frame is encoded once and its bytes are shared by all readers.** The library encodes a frame for each
//!   connection and copies it into that connection's write buffer. A server's frames are not masked (5.1), so the same
//!   bytes serve every reader: cloning a [`frame::Frame`] counts a reference. Its bytes can be written by the thread
//!   that delivers them, which wakes no task of the reader. A delivery to one of 1,000 readers took 7.0 to 9.3 us of
//!   server time before, 5.8 to 7.0 after, and 3.9 once a lone frame was one `send` and ids had a cheaper hash.
//! - **A connection without traffic holds no buffers.** A connection of the library, as it was set up, had a read
//!   buffer of 4 KiB and a write buffer of up to 16 KiB. A [`decoder::Decoder`] between messages holds no memory, and
//!   reads from a buffer that a thread's connections share. A silent connection took 10.7 KiB before, 4.8 after, with
//!   another allocator and one heartbeat instead of a timer for each.
//! - **The frames of a burst are joined from shared bytes** into one write, in a buffer that a thread's connections
//!   share. A delivery of a burst took 5.7 us when each frame was one write, 0.7 to 0.8 when a burst was one.
//!
//! # What it does
//! - [`handshake::accept_key`] answers the key of an upgrade request, [`handshake::has_token`] reads a header that is a
//!   list.
//! - [`decoder::Decoder`] takes bytes in pieces of any size and yields whole messages: text (checked as UTF-8 while it
//!   arrives, 8.1), binary, ping, pong and close. A close frame, a message above the limit, a protocol error and a text
//!   that is not UTF-8 are the last that it yields; the latter two carry the close code to send.
//! - [`frame::Frame`] is one whole, unmasked frame, cheap to clone.
//!
//! # What it does not do
//! - Extensions: none is negotiated, so a set reserved bit is a protocol error, and nothing is compressed
//!   (permessage-deflate would keep a window of memory for each connection).
//! - The client's side: tests and benchmarks use `tokio-tungstenite`.
//! - Fragmented messages of the server: each is one frame. Those of clients are joined.
//! - The rules of a connection: answering pings, the closing handshake and time limits are those of `transport::ws`.
//!
//! # How it is tested
//! - `make conformance` runs the 517 cases of the Autobahn test suite against the server's own sockets (docs/testing.md
//!   lists the cases that do not apply).
//! - `make fuzz` decodes streams that libFuzzer makes up: whole and in pieces they give the same messages, within the
//!   limits, and `tungstenite` reads the same (`server/fuzz/src/decoder.rs`).
//! - Unit and property tests beside the code, among them RFC 6455's own examples.
//!
//! # How to change it
//! A kind of frame that the server sends is a constructor of [`frame::Frame`]; one that clients send is an opcode in
//! `Decoder::check_opcode` and a variant of [`decoder::Received`], which every `match` on it then has to handle. The
//! decoder has to hold no memory between messages, and no more than has arrived within one: a property test checks the
//! latter. Run `make conformance` and `make fuzz` after a change, and `make bench ARGS="relay fanout idle"` before and
//! after it.

pub mod decoder;
pub mod frame;
pub mod handshake;
