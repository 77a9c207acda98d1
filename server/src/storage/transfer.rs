//! Moving everything that one storage has to another, whatever their backends (`confab migrate`).
//!
//! A source [`Export`]s pages of plain [`Record`]s, section by section in the order of [`Section::ALL`], each section in the
//! order of its keys. A target [`Import`]s each page together with a [`Marker`] of it in one transaction, so that an
//! interrupted move resumes behind the last page that was committed ([`moving`]). In the end both sides are read again and
//! compared ([`digest`]).
//!
//! To add a table: its record in [`record`] and a line in [`sections`], and its statements in each backend's `transfer`. To
//! add a backend: implement both traits.

pub mod digest;
pub mod moving;
pub mod record;
mod sections;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::sections::{Record, Section};
use super::StorageError;

/// How many records are read, written and committed together, where nothing else is asked for.
pub const PAGE: usize = 2_000;

/// How far a move has come: kept at its target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// How many records each section of the source had when the move began: another source has others.
    pub source: Vec<(Section, u64)>,
    /// The section of the last page.
    pub section: Section,
    /// The last record of it; none where the section has just begun.
    pub after: Option<Record>,
}

/// What a storage is as a target.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetState {
    /// It has nothing that a new one has not.
    Empty,
    /// A move to it was interrupted.
    Interrupted(Box<Marker>),
    /// It has data.
    Used,
}

/// A storage that is read. Nobody else uses it meanwhile: what opens it locks it.
#[async_trait]
pub trait Export: Send + Sync {
    /// How many records a section has, about.
    async fn count(&self, section: Section) -> Result<u64, StorageError>;

    /// The records of a section behind one, in the order of their keys, at most `limit`. None means that there are no more.
    async fn page(
        &self,
        section: Section,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StorageError>;
}

/// A storage that is written.
#[async_trait]
pub trait Import: Export {
    /// What it is as a target.
    async fn state(&self) -> Result<TargetState, StorageError>;

    /// Begins a move: from now on, and until it is finished, no server opens the storage.
    async fn begin(&self, marker: &Marker) -> Result<(), StorageError>;

    /// Writes records of one section, and how far the move has come with them, in one transaction.
    async fn import(&self, records: Vec<Record>, marker: &Marker) -> Result<(), StorageError>;

    /// Ends the move: servers may open the storage. Nothing is written afterwards.
    async fn finish(&self) -> Result<(), StorageError>;
}

/// What a move is doing, for those who wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An interrupted move goes on in this section.
    Resumed(Section),
    /// So many records of a section are at the target, of about so many.
    Moved(Section, u64, u64),
    /// So many records of a section are the same on both sides.
    Compared(Section, u64, u64),
}
