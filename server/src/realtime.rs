//! What travels at once: the hub of this node's connections, the bus between nodes, and the publisher that feeds them what
//! was committed. All of it are hints: storage is the truth, and a client that misses one finds the event there.

pub mod bus;
pub mod hub;
pub mod presence;
pub mod published;
pub mod publisher;
