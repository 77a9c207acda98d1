//! Live delivery: the hub of this node's connections, the bus between nodes, and the publisher that passes committed events
//! to them. Deliveries are hints: storage is the truth, and a client that misses one fetches the event from there.

pub mod bus;
pub mod hub;
pub mod presence;
pub mod published;
pub mod publisher;
