//! The engine: a single thread writes the jobs of all other threads, in group commits.
//!
//! The writer ([`writer`]) takes the queued jobs, commits them as one transaction with `synchronous=FULL`, and then
//! answers. Events first go to the [`write_buffer`]; later they are compacted into [`segment`]s, many at once. The
//! writer caches the [`heads`] of busy conversations; readers ([`readers`]) have connections of their own, see the last
//! commit, and apply the buffered events ([`overlay`]). A third thread moves the write-ahead log into the database
//! ([`checkpoint`]), so that no commit waits for it.

mod changes;
pub(super) mod checkpoint;
mod compaction;
pub(super) mod connection;
mod execute;
mod failure;
mod heads;
mod job;
pub(super) mod overlay;
mod progress;
pub(super) mod read_positions;
pub(super) mod readers;
mod scrub;
pub(super) mod segment;
mod statements;
mod target;
pub(super) mod threads;
pub(super) mod transaction;
pub(super) mod write_ahead_log;
mod write_buffer;
pub(super) mod writer;
