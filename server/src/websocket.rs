//! The WebSocket codec (RFC 6455, without extensions): [`frame`] encodes what the server sends, [`decoder`] decodes what
//! clients send. It does no I/O; `transport::ws` reads and writes sockets with it.

pub mod decoder;
pub mod frame;
