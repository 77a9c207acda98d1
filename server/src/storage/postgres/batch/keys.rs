//! What the commands of a batch need to have loaded, as parameters of statements.

use confab_shared::{
    emoji::Emoji,
    id::{ClientId, ConversationId, Seq, UserId},
};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::{
    domain::{
        command::Command,
        decision::{Needs, Target},
    },
    storage::postgres::columns::parameter,
};

/// A message of a conversation.
type MessageKey = (i64, i64);

/// The keys of a batch, each once.
#[derive(Default)]
pub(in crate::storage::postgres) struct Keys<'c> {
    pub(super) conversations: FxHashSet<i64>,
    pub(super) pairs: FxHashSet<(i64, i64)>,
    /// The members who act, each in a conversation.
    pub(super) actors: FxHashSet<(i64, i64)>,
    /// The users who act: those whose read positions may show.
    pub(super) readers: FxHashSet<i64>,
    pub(super) commands: FxHashSet<(i64, Uuid)>,
    pub(super) name_keys: FxHashSet<&'c str>,
    /// The users of name keys who may be asked before others add them, and who adds them.
    pub(super) meetings: FxHashSet<(&'c str, i64)>,
    /// The same users, and the groups that exist already.
    pub(super) invited: FxHashSet<(&'c str, i64)>,
    /// Groups, and users whose requests to join them are needed.
    pub(super) requests: FxHashSet<(i64, i64)>,
    pub(super) messages: FxHashSet<MessageKey>,
    /// Of these messages, those before which the newest is needed: they may be deleted.
    pub(super) deletions: FxHashSet<MessageKey>,
    /// Of these messages, those whose threads are needed: roots, and replies that may be deleted.
    pub(super) threads: FxHashSet<MessageKey>,
    /// Who reacted with an emoji, and whether the actor did.
    pub(super) reactions: FxHashSet<(MessageKey, &'c str, i64)>,
    /// The attachments of new messages.
    pub(super) attachments: FxHashSet<Uuid>,
    /// Where read positions are to move.
    pub(super) reads: FxHashSet<MessageKey>,
    /// Whether a command may make a conversation.
    pub(in crate::storage::postgres) may_create: bool,
}

impl<'c> Keys<'c> {
    pub(in crate::storage::postgres) fn of(commands: &[&'c Command]) -> Self {
        let mut keys = Self::default();
        for command in commands {
            keys.add(command);
        }
        keys
    }

    fn add(&mut self, command: &'c Command) {
        let needs = command.needs();
        let Needs { target, name_keys, message, quoted, attachments, asks_under, request, read_to } = needs;
        let actor = user(command.actor.id);
        self.readers.insert(actor);
        if let Some(ClientId(id)) = command.client_id {
            self.commands.insert((actor, id));
        }
        let named = || name_keys.iter().flatten().map(String::as_str);
        self.name_keys.extend(named());
        if asks_under.is_some() {
            self.meetings.extend(named().map(|key| (key, actor)));
        }
        self.attachments.extend(attachments.iter().map(|id| id.0));
        let id = match target {
            Target::Conversation(id) => conversation(id),
            Target::Direct(low, high) => {
                self.may_create = true;
                self.pairs.insert((user(low), user(high)));
                return;
            }
            Target::New => {
                self.may_create = true;
                return;
            }
        };
        self.conversations.insert(id);
        self.actors.insert((id, actor));
        if asks_under.is_some() {
            self.invited.extend(named().map(|key| (key, id)));
        }
        if request {
            self.requests.insert((id, actor));
        }
        if let Some(needs) = message {
            let key = (id, seq(needs.seq));
            self.messages.insert(key);
            if needs.message_before_last {
                self.deletions.insert(key);
            }
            if needs.replies {
                self.threads.insert(key);
            }
            self.reactions.extend(needs.reaction.map(|emoji| (key, Emoji::as_str(emoji), actor)));
        }
        self.messages.extend(quoted.map(|quoted| (id, seq(quoted))));
        self.reads.extend(read_to.map(|read| (id, seq(read))));
    }
}

fn conversation(id: ConversationId) -> i64 {
    parameter(id.0)
}

fn user(id: UserId) -> i64 {
    parameter(id.0)
}

fn seq(seq: Seq) -> i64 {
    parameter(seq.0)
}
