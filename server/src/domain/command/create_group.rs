//! Creating a group.

use confab_shared::{
    api::Access,
    conversation::ConversationKind,
    event::EventKind,
    id::Seq,
    text::{Title, UserName},
    user::User,
};

use super::{
    newcomers::{NamedUsers, admit},
    rename,
};
use crate::domain::{
    decision::{CommandContent, Create, Decision, Loaded, Needs, Target},
    earlier::{self, Earlier},
    refusal::Refusal,
};

/// Makes a group of the actor and others: its first events are its title and its members.
#[derive(Clone, Debug)]
pub struct CreateGroup {
    title: Title,
    others: NamedUsers,
    /// See [`Needs::asks_under`].
    asks_under: Option<Access>,
}

impl CreateGroup {
    /// A group of the actor and the users of these names, who have consented.
    pub fn new(title: Title, others: Vec<UserName>) -> Self {
        Self { title, others: NamedUsers::new(others), asks_under: None }
    }

    /// A group with those of them who need not be asked on a server with this access, which the others are asked to join.
    #[must_use]
    pub fn asking(self, access: Access) -> Self {
        Self { asks_under: Some(access), ..self }
    }
}

impl CommandContent for CreateGroup {
    fn needs(&self) -> Needs<'_> {
        Needs { name_keys: self.others.keys(), asks_under: self.asks_under, ..Needs::of(Target::New) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let mut others = self.others.resolve(loaded)?;
        others.retain(|user| user.id != actor.id);
        let mut events = vec![rename::title(self.title.clone())];
        events.extend(admit(others, loaded.asked));
        let members = vec![actor.id];
        Ok(Decision::Create(Create { kind: ConversationKind::Group, pair: None, members, events }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.position.seq == Seq(1) && earlier.says(EventKind::Renamed, earlier::hash(self.title.as_str()))
    }

    fn bytes(&self) -> usize {
        self.others.bytes()
    }
}
