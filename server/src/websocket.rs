//! The WebSocket codec (RFC 6455): [`frame`] encodes what the server sends, [`decoder`] decodes what clients send. It does
//! no I/O and knows nothing of Confab; `transport::ws` upgrades connections, reads and writes sockets with it.
//!
//! # Why it is ours
//! A chat server sends one message to many and keeps thousands of silent connections open. `tokio-tungstenite` was used
//! first, and measured (docs/performance.md, "What was tried"):
//!
//! - **A frame per reader.** The library encodes a frame, and copies it into a write buffer, for every connection. A server's
//!   frames are not masked (5.1), so one encoded frame serves all readers: [`frame::Frame`] is encoded once and its bytes are
//!   shared. With it, and with writing at once instead of waking a task per reader, a delivery to one of 1,000 readers
//!   went from 7.0 to 9.3 us of server time to 5.8 to 7.0.
//! - **Buffers of silent connections.** The library keeps a read buffer and a write buffer for each. A [`decoder::Decoder`]
//!   between messages holds no memory, and frames that find no room in a socket are queued as shared bytes: a silent
//!   connection went from 10.7 KiB to 4.8 (the allocator and the heartbeat had a part in that).
//! - **Bursts.** Frames that are queued together are joined into one write: 5.7 to 0.8 us a delivery in bursts.
//!
//! # What it does
//! - [`decoder::Decoder`] takes bytes in pieces of any size and yields whole messages: text (checked as UTF-8 while it arrives,
//!   8.1), binary, ping, pong and close. A message above its limit, a protocol error or a text that is not UTF-8 is the last
//!   thing that it yields, with the close code to send.
//! - [`frame::Frame`] is one unmasked frame, cheap to clone.
//!
//! It does not do: extensions (none is negotiated, so no compression), fragmented messages of the server, the client's side.
//!
//! # What proves it
//! - `make conformance`: the 517 cases of the Autobahn test suite, against the server's own sockets (docs/testing.md).
//! - `make fuzz`: any stream, decoded whole and in pieces, gives the same messages, and the same as `tungstenite` reads.
//! - Unit tests beside the code.
//!
//! # To change it
//! A new kind of frame is a constructor in [`frame`] and, where clients send it, a variant of [`decoder::Received`]. Run both
//! commands above, and `make bench ARGS="relay fanout idle"` before and after.

pub mod decoder;
pub mod frame;
