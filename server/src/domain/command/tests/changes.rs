//! Property tests: any commands on any messages, decided and applied.

use std::collections::{HashMap, HashSet};

use confab_shared::{
    conversation::{Conversation, ConversationKind, LastMessage},
    emoji::Emoji,
    event::{ApplyOutcome, Event, EventBody},
    id::{Seq, UserId},
    item::Item,
    message::Message,
    name_key::name_key,
    text::MessageText,
    user::User,
};
use proptest::prelude::*;

use super::{HERE, command, conversation, user};
use crate::domain::{
    audience::Audience,
    command::{Command, CommandBody, Delete, Edit, Pin, Post, React},
    decision::{Append, Change, Decision, Loaded, LoadedMessage},
    refusal::Refusal,
};

/// A command on a message: who gives it, and which message of those that were posted.
#[derive(Clone, Debug)]
struct Choice {
    actor: usize,
    message: prop::sample::Index,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Post(usize),
    Edit(usize),
    Delete,
    React(usize, bool),
    Pin(bool),
}

/// Some mention members, the author or nobody.
const TEXTS: [&str; 5] = ["hello", "@mei", "@ada @li", "@mei @mei @ada", "@outsider"];

const EMOJI: [&str; 3] = ["👍", "🎉", "🙁"];

fn choice() -> impl Strategy<Value = Choice> {
    let what = prop_oneof![
        3 => (0..TEXTS.len()).prop_map(What::Post),
        4 => (0..TEXTS.len()).prop_map(What::Edit),
        1 => Just(What::Delete),
        4 => (0..EMOJI.len(), any::<bool>()).prop_map(|(emoji, on)| What::React(emoji, on)),
        2 => any::<bool>().prop_map(What::Pin),
    ];
    (0..4usize, any::<prop::sample::Index>(), what).prop_map(|(actor, message, what)| Choice {
        actor,
        message,
        what,
    })
}

/// A group of three, of whom the first is an admin, and an outsider; with the messages that its log gives.
struct Group {
    users: [User; 4],
    members: Audience,
    conversation: Conversation,
    messages: Vec<Message>,
    /// Whom the texts of each message have mentioned.
    mentioned: HashMap<Seq, Vec<UserId>>,
    /// Who was notified of which message.
    notified: HashSet<(Seq, UserId)>,
}

impl Group {
    fn new() -> Self {
        Self {
            users: [user(1, "mei"), user(2, "ada"), user(3, "li"), user(4, "outsider")],
            members: Audience::of([UserId(1), UserId(2), UserId(3)]),
            conversation: conversation(ConversationKind::Group, 0, 0),
            messages: Vec::new(),
            mentioned: HashMap::new(),
            notified: HashSet::new(),
        }
    }

    fn body(&self, choice: &Choice) -> (CommandBody, Option<usize>) {
        let text = |index: usize| MessageText::new(TEXTS[index]).unwrap();
        let index = choice.message.index(self.messages.len().max(1));
        // Of a group without messages the next event, which does not exist.
        let target =
            self.messages.get(index).map_or(self.conversation.head_seq.next(), |message| message.seq);
        let body = match choice.what {
            What::Post(index) => return (Post::new(HERE, text(index)).into(), None),
            What::Edit(index) => Edit::new(HERE, target, text(index)).into(),
            What::Delete => Delete { conversation: HERE, target }.into(),
            What::React(emoji, on) => {
                React { conversation: HERE, target, emoji: Emoji::existing(EMOJI[emoji]), on }.into()
            }
            What::Pin(on) => Pin { conversation: HERE, target, on }.into(),
        };
        (body, Some(index))
    }

    /// What a backend loads of the message that a command needs.
    fn load(&self, command: &Command) -> Option<LoadedMessage> {
        let needs = command.needs().message?;
        let message = self.messages.iter().find(|message| message.seq == needs.seq)?;
        let users =
            needs.reaction.and_then(|emoji| message.reaction(emoji)).map(|reaction| &reaction.users[..]);
        let users = users.unwrap_or_default();
        Some(LoadedMessage {
            message: Message { reactions: vec![], ..message.clone() },
            mentioned_before: self.mentioned.get(&message.seq).cloned().unwrap_or_default(),
            emoji: emoji_of(message),
            reacted_by_actor: users.contains(&command.actor.id),
            reacted_by_others: users.iter().any(|user| *user != command.actor.id),
            message_before: self.newest(Some(message.seq)).map(|last| {
                let author = self.users.iter().find(|user| user.id == last.by).unwrap().clone();
                (last, author)
            }),
            replies: None,
        })
    }

    /// The newest message that is not deleted, without one.
    fn newest(&self, without: Option<Seq>) -> Option<LastMessage> {
        let there = |message: &&Message| message.deleted.is_none() && Some(message.seq) != without;
        let newest = self.messages.iter().rfind(there)?;
        Some(LastMessage::new(newest.seq, newest.by, newest.at, newest.text.as_str()))
    }

    fn decide(&self, command: &Command) -> Result<Decision, Refusal> {
        let users = self.users.clone().map(|user| (name_key(user.name.as_str()), user));
        command.decide(&Loaded {
            conversation: Some((&self.conversation, &self.members)),
            admins: &[UserId(1)],
            users: &users,
            message: self.load(command).as_ref(),
            ..Loaded::default()
        })
    }

    /// Appends a decided event and applies it, as every client does.
    fn append(&mut self, command: &Command, append: Append) -> Result<(), TestCaseError> {
        let event = command.event(&self.conversation, command.client_id, append.body);
        prop_assert_eq!(event.apply(&mut self.conversation, UserId(0)), ApplyOutcome::Applied);
        match Item::of(&event) {
            Some(Item::Message(message)) => self.messages.push(message),
            Some(notice) => prop_assert!(false, "{:?} is no change of a message", notice),
            None => self.messages.iter_mut().for_each(|message| message.apply(&event)),
        }
        self.note_mentions(&event)?;
        self.check_change(&event, append.change)?;
        self.check_conversation()
    }

    /// Nobody is notified twice of one message, and everybody whom it mentions was notified.
    fn note_mentions(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let (seq, mentions, notify) = match &event.body {
            EventBody::Posted(posted) => (event.seq, &posted.mentions, &posted.mentions),
            EventBody::Edited(edited) => (edited.target, &edited.mentions, &edited.notify),
            _ => return Ok(()),
        };
        prop_assert!(notify.iter().all(|user| mentions.contains(user)));
        for user in notify {
            prop_assert!(self.notified.insert((seq, *user)), "{} is notified of {} again", user, seq);
        }
        prop_assert!(mentions.iter().all(|user| self.notified.contains(&(seq, *user))));
        let mentioned = self.mentioned.entry(seq).or_default();
        mentioned.extend(notify);
        Ok(())
    }

    /// What is written beside the log is what the event says, and gives the message that applying it gives.
    fn check_change(&self, event: &Event, change: Option<Change>) -> Result<(), TestCaseError> {
        let target = |seq: Seq| self.messages.iter().find(|message| message.seq == seq).unwrap();
        match (&event.body, change) {
            (EventBody::Posted(posted), None) => prop_assert!(posted.mentions.is_empty()),
            (EventBody::Posted(posted), Some(Change::Mention(users))) => {
                prop_assert_eq!(&posted.mentions, &users)
            }
            (EventBody::Edited(edited), Some(Change::Edit(change))) => {
                prop_assert_eq!(&change.edited, edited);
                prop_assert_eq!(&change.mentioned_so_far, &self.mentioned[&edited.target]);
                let kept = |user: &&UserId| !edited.mentions.contains(user);
                let unmentioned: Vec<_> = change.mentioned_so_far.iter().filter(kept).copied().collect();
                prop_assert_eq!(change.unmentioned, unmentioned);
                let message = target(edited.target);
                prop_assert_eq!((&message.text, message.edited_at), (&edited.text, Some(event.at)));
            }
            (EventBody::Deleted(deleted), Some(Change::Delete(change))) => {
                prop_assert_eq!(&change.deleted, deleted);
                let so_far = self.mentioned.get(&deleted.target).cloned().unwrap_or_default();
                prop_assert_eq!(change.mentioned, so_far);
                let message = target(deleted.target);
                prop_assert!(message.deleted.is_some() && message.text.as_str().is_empty());
                prop_assert!(message.reactions.is_empty() && message.pinned.is_none());
            }
            (EventBody::Reacted(reacted), Some(Change::React(change))) => {
                prop_assert_eq!(&change.reacted, reacted);
                let message = target(reacted.target);
                prop_assert_eq!(message.has_reaction(event.by, &reacted.emoji), reacted.on);
                if let Some(emoji) = change.emoji_after {
                    prop_assert_eq!(emoji, emoji_of(message));
                }
            }
            (EventBody::Pinned(pinned), Some(Change::Pin(change))) => {
                prop_assert_eq!(&change, pinned);
                let stamp = target(pinned.target).pinned;
                prop_assert_eq!(stamp.map(|stamp| stamp.by), pinned.on.then_some(event.by));
            }
            (body, change) => prop_assert!(false, "{:?} with {:?}", body, change),
        }
        Ok(())
    }

    fn check_conversation(&self) -> Result<(), TestCaseError> {
        let deleted = self.messages.iter().filter(|message| message.deleted.is_some()).count();
        prop_assert_eq!(self.conversation.message_count, (self.messages.len() - deleted) as u64);
        prop_assert_eq!(self.conversation.deleted_count, deleted as u64);
        prop_assert_eq!(&self.conversation.last_message, &self.newest(None));
        Ok(())
    }

    /// Why a command is refused, where it is.
    fn refusal(&self, choice: &Choice, message: Option<&Message>) -> Option<Refusal> {
        let actor = self.users[choice.actor].id;
        if !self.members.contains(actor) {
            return Some(Refusal::UnknownConversation);
        }
        if matches!(choice.what, What::Post(_)) {
            return None;
        }
        let Some(message) = message else { return Some(Refusal::UnknownMessage) };
        let (own, deleted) = (message.by == actor, message.deleted.is_some());
        match choice.what {
            What::Edit(_) if !own => Some(Refusal::Forbidden),
            What::Delete => (!own && actor != UserId(1)).then_some(Refusal::Forbidden),
            _ => deleted.then_some(Refusal::UnknownMessage),
        }
    }

    /// Whether the message is so already.
    fn is_so(&self, choice: &Choice, message: &Message) -> bool {
        let actor = self.users[choice.actor].id;
        match choice.what {
            What::Post(_) => false,
            What::Edit(text) => message.text.as_str() == TEXTS[text],
            What::Delete => message.deleted.is_some(),
            What::React(emoji, on) => message.has_reaction(actor, &Emoji::existing(EMOJI[emoji])) == on,
            What::Pin(on) => message.pinned.is_some() == on,
        }
    }
}

fn emoji_of(message: &Message) -> Vec<Emoji> {
    message.reactions.iter().map(|reaction| reaction.emoji.clone()).collect()
}

proptest! {
    #[test]
    fn decided_changes_apply_and_nothing_else_does(choices in prop::collection::vec(choice(), 1..60)) {
        let mut group = Group::new();
        for choice in choices {
            let (body, index) = group.body(&choice);
            let command = command(&group.users[choice.actor], body);
            let message = index.and_then(|index| group.messages.get(index));
            let refusal = group.refusal(&choice, message);
            let is_so = message.is_some_and(|message| group.is_so(&choice, message));
            match group.decide(&command) {
                Err(refused) => prop_assert_eq!(Some(refused), refusal, "{:?}", choice),
                Ok(Decision::Unchanged) => prop_assert!(is_so && refusal.is_none(), "{:?}", choice),
                Ok(Decision::Append(append)) => {
                    prop_assert!(!is_so && refusal.is_none(), "{:?}", choice);
                    group.append(&command, append)?;
                }
                Ok(other) => prop_assert!(false, "{:?}: {:?}", choice, other),
            }
        }
    }
}
