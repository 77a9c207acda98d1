//! Use cases: the only layer that joins domain, storage and realtime. `transport` calls it and answers.

mod accounts;
mod administration;
mod attachments;
pub mod cluster;
mod commands;
mod connection_pace;
mod consent;
mod conversations;
mod display_name;
mod drafts;
pub mod error;
mod files;
mod history;
mod index_state;
mod invitations;
pub mod legacy;
pub mod link_previews;
mod members;
mod messages;
pub mod node;
pub mod operator;
pub mod options;
mod password;
mod presence;
pub mod rate_limits;
pub mod readiness;
mod receipts;
mod registration;
mod run_to_end;
mod saved;
mod search;
mod second_factor;
mod sessions;
mod settings;
mod threads;
pub mod token;
mod welcome;

use std::sync::Arc;

use confab_shared::api::Access;

pub use self::{
    attachments::{LinkSize, NewUpload, OpenFile, UploadState, UploadStatus},
    commands::{CommandAnswer, PendingCommands, command},
    connection_pace::ConnectionPace,
    files::Files,
    members::MemberCursor,
    presence::PresenceGuard,
    search::SearchRequest,
};
use self::{
    files::FilesCell, index_state::IndexState, node::ClusterCell, options::Options, password::Passwords,
    rate_limits::RateLimits,
};
use crate::{
    realtime::{bus::Bus, presence::ConnectionCounts},
    storage::Storage,
};

/// The handle of all use cases: cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    options: Options,
    storage: Arc<dyn Storage>,
    bus: Arc<dyn Bus>,
    connections: ConnectionCounts,
    passwords: Passwords,
    limits: RateLimits,
    /// Held while a display name changes.
    display_names: tokio::sync::Mutex<()>,
    cluster: ClusterCell,
    /// Empty in tests of something else.
    files: FilesCell,
    index: IndexState,
}

impl Service {
    /// Joins the parts.
    pub fn new(options: Options, storage: Arc<dyn Storage>, bus: Arc<dyn Bus>, limits: RateLimits) -> Self {
        let (connections, passwords) = (ConnectionCounts::default(), Passwords::default());
        let (display_names, cluster) = (tokio::sync::Mutex::default(), ClusterCell::new());
        Self(Arc::new(Parts {
            options,
            storage,
            bus,
            connections,
            passwords,
            limits,
            display_names,
            cluster,
            files: FilesCell::new(),
            index: IndexState::default(),
        }))
    }

    /// Who may sign in.
    pub fn access(&self) -> Access {
        self.0.options.access
    }

    fn options(&self) -> &Options {
        &self.0.options
    }

    /// How much one client may do, and how fast.
    pub fn limits(&self) -> &RateLimits {
        &self.0.limits
    }

    fn storage(&self) -> &dyn Storage {
        &*self.0.storage
    }

    fn bus(&self) -> &dyn Bus {
        &*self.0.bus
    }
}
