//! Adding members to a group.

use confab_shared::{
    event::{EventKind, Joined},
    id::ConversationId,
    name_key::name_key,
    text::UserName,
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, Needs, Target},
    earlier::Earlier,
    permission::conversation::Action,
    refusal::Refusal,
};

/// About how many bytes a member makes a backend write: their row in the index of their conversations has a page of its
/// own, of SQLite's size.
const MEMBER_BYTES: usize = 4 * 1024;

/// Names, and the keys that their users are found by.
#[derive(Clone, Debug)]
pub(super) struct NamedUsers {
    names: Vec<UserName>,
    keys: Vec<Vec<String>>,
}

impl NamedUsers {
    pub(super) fn new(names: Vec<UserName>) -> Self {
        let keys = names.iter().map(|name| vec![name_key(name.as_str())]).collect();
        Self { names, keys }
    }

    pub(super) fn keys(&self) -> &[Vec<String>] {
        &self.keys
    }

    /// About how many bytes it takes to make them members.
    pub(super) fn bytes(&self) -> usize {
        self.names.len() * MEMBER_BYTES
    }

    /// The users, sorted by id, each once.
    pub(super) fn resolve(&self, loaded: &Loaded<'_>) -> Result<Vec<User>, Refusal> {
        let named = self.names.iter().zip(self.keys.iter().flatten());
        let user = |(name, key): (&UserName, &String)| {
            loaded.user(key).cloned().ok_or_else(|| Refusal::UnknownUser(name.clone()))
        };
        let mut users = named.map(user).collect::<Result<Vec<_>, _>>()?;
        users.sort_unstable_by_key(|user| user.id);
        users.dedup_by_key(|user| user.id);
        Ok(users)
    }
}

/// Adds users to a group; members are passed over.
#[derive(Clone, Debug)]
pub struct AddMembers {
    conversation: ConversationId,
    users: NamedUsers,
}

impl AddMembers {
    /// Adds the users of these names.
    pub fn new(conversation: ConversationId, names: Vec<UserName>) -> Self {
        Self { conversation, users: NamedUsers::new(names) }
    }
}

impl CommandContent for AddMembers {
    fn needs(&self) -> Needs<'_> {
        Needs { name_keys: self.users.keys(), ..Needs::of(Target::Conversation(self.conversation)) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (_, members) = loaded.permitted(actor.id, Action::AddMembers)?;
        let mut users = self.users.resolve(loaded)?;
        users.retain(|user| !members.contains(user.id));
        Ok(match join(users) {
            Some(joined) => Decision::Append(joined),
            None => Decision::Unchanged,
        })
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Joined, self.conversation, None)
    }

    fn bytes(&self) -> usize {
        self.users.bytes()
    }
}

/// The event with which users become members; none where there are none.
pub(super) fn join(users: Vec<User>) -> Option<Append> {
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let body = Joined { users: ids.clone() }.into();
    (!ids.is_empty()).then(|| Append { change: Some(Change::AddMembers(ids)), users, ..Append::new(body) })
}
