//! Creating a group.

use confab_shared::{
    conversation::ConversationKind,
    event::EventKind,
    id::Seq,
    text::{Title, UserName},
    user::User,
};

use super::{
    add_members::{NamedUsers, join},
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
}

impl CreateGroup {
    /// A group of the actor and the users of these names.
    pub fn new(title: Title, others: Vec<UserName>) -> Self {
        Self { title, others: NamedUsers::new(others) }
    }
}

impl CommandContent for CreateGroup {
    fn needs(&self) -> Needs<'_> {
        Needs { name_keys: self.others.keys(), ..Needs::of(Target::New) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let mut others = self.others.resolve(loaded)?;
        others.retain(|user| user.id != actor.id);
        let mut events = vec![rename::title(self.title.clone())];
        events.extend(join(others));
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
