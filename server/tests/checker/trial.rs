//! What all who take part in a trial share.

use std::sync::{Arc, atomic::AtomicUsize};

use confab_shared::id::{ConversationId, UserId};

use crate::{settings::Settings, tally::Tally};

/// A trial of the server.
#[derive(Debug)]
pub struct Trial {
    pub settings: Settings,
    pub tally: Arc<Tally>,
    /// What people are called, and who they are, in the order in which they came.
    pub names: Vec<String>,
    pub users: Vec<UserId>,
    /// Groups that people come to, leave and rename.
    pub clubs: Vec<ConversationId>,
    /// How many do not read now.
    pub pausing: AtomicUsize,
}
