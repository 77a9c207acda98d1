//! The decisions of commands, without storage.

mod changes;
mod joining;
mod messages;

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    emoji::Emoji,
    event::{ApplyOutcome, EventBody, EventKind, Posted},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    name_key::name_key,
    text::{MessageText, Title, UserName},
    user::User,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    audience::Audience,
    decision::{Append, Change},
    earlier::EarlierEvent,
    event_position::EventPosition,
};

const HERE: ConversationId = ConversationId(7);

fn user(id: u64, name: &str) -> User {
    User::new(UserId(id), UserName::new(name).unwrap())
}

fn conversation(kind: ConversationKind, head_seq: u64, message_count: u64) -> Conversation {
    Conversation {
        member_count: 2,
        head_seq: Seq(head_seq),
        message_count,
        ..Conversation::new(HERE, kind, Timestamp(0))
    }
}

fn command(actor: &User, body: impl Into<CommandBody>) -> Command {
    let client_id = Some(ClientId(Uuid::from_u128(1)));
    Command { actor: actor.clone(), client_id, at: Timestamp(5), body: body.into() }
}

/// Decides with the users that the command's names have here.
fn decide(
    command: &Command,
    conversation: &Conversation,
    members: &Audience,
    users: &[User],
) -> Result<Decision, Refusal> {
    let users: Vec<_> = users.iter().map(|user| (name_key(user.name.as_str()), user.clone())).collect();
    let loaded = Loaded { conversation: Some((conversation, members)), users: &users, ..Loaded::default() };
    command.decide(&loaded)
}

fn appended(decision: Result<Decision, Refusal>) -> Append {
    match decision {
        Ok(Decision::Append(append)) => append,
        other => panic!("no event: {other:?}"),
    }
}

fn all_commands(named: &User) -> Vec<CommandBody> {
    vec![
        Post::new(HERE, MessageText::new("hello").unwrap()).into(),
        AddMembers::new(HERE, vec![named.name.clone()]).into(),
        Rename { conversation: HERE, title: Title::new("trip").unwrap() }.into(),
        Leave { conversation: HERE }.into(),
        MarkRead { conversation: HERE, seq: Seq(1) }.into(),
        MarkUnread { conversation: HERE, seq: Seq(1) }.into(),
        SetTopic { conversation: HERE, topic: None }.into(),
        Edit::new(HERE, Seq(1), MessageText::new("hello").unwrap()).into(),
        Delete { conversation: HERE, target: Seq(1) }.into(),
        React { conversation: HERE, target: Seq(1), emoji: Emoji::existing("👍"), on: true }.into(),
        Pin { conversation: HERE, target: Seq(1), on: true }.into(),
        Join { conversation: HERE }.into(),
    ]
}

#[test]
fn outsiders_and_unknown_conversations_are_refused_alike() {
    let (mei, ada) = (user(1, "mei"), user(2, "ada"));
    let (group, members) = (conversation(ConversationKind::Group, 3, 2), Audience::of([ada.id]));
    for body in all_commands(&ada) {
        let command = command(&mei, body);
        let refused = decide(&command, &group, &members, std::slice::from_ref(&ada));
        assert!(matches!(refused, Err(Refusal::UnknownConversation)), "{command:?}: {refused:?}");
        let unknown = command.decide(&Loaded::default());
        assert!(matches!(unknown, Err(Refusal::UnknownConversation)), "{command:?}: {unknown:?}");
    }
}

#[test]
fn a_message_mentions_the_longest_names_of_members_but_its_author() {
    let (mei, ada, ada_lee) = (user(1, "mei"), user(2, "ada"), user(3, "ada.lee"));
    let (group, members) =
        (conversation(ConversationKind::Group, 3, 2), Audience::of([UserId(1), UserId(2)]));
    let post = |text: &str| command(&mei, Post::new(HERE, MessageText::new(text).unwrap()));
    let mentions = |text: &str, members: &Audience| {
        let decision = decide(&post(text), &group, members, &[mei.clone(), ada.clone(), ada_lee.clone()]);
        let append = appended(decision);
        let EventBody::Posted(posted) = append.body else { panic!("not a message") };
        let noted = match append.change {
            Some(Change::Mention(users)) => users,
            None => Vec::new(),
            other => panic!("{other:?}"),
        };
        assert_eq!(noted, posted.mentions);
        noted
    };
    assert_eq!(mentions("@ada @ada @mei @nobody", &members), [ada.id]);
    assert_eq!(mentions("@ada.lee hi", &Audience::Everyone), [ada_lee.id]);
    assert!(mentions("hello", &members).is_empty());
}

#[test]
fn members_are_not_added_again() {
    let (mei, ada, li) = (user(1, "mei"), user(2, "ada"), user(3, "li"));
    let (group, members) = (conversation(ConversationKind::Group, 3, 2), Audience::of([mei.id, ada.id]));
    let users = [mei.clone(), ada.clone(), li.clone()];
    let names = |users: &[&User]| users.iter().map(|user| user.name.clone()).collect();
    let nobody_new = command(&mei, AddMembers::new(HERE, names(&[&ada, &mei])));
    assert!(matches!(decide(&nobody_new, &group, &members, &users), Ok(Decision::Unchanged)));
    let twice = command(&mei, AddMembers::new(HERE, names(&[&li, &ada, &li])));
    let append = appended(decide(&twice, &group, &members, &users));
    assert_eq!(append.change, Some(Change::AddMembers(vec![li.id])));
    let unknown = command(&mei, AddMembers::new(HERE, vec![UserName::new("nobody").unwrap()]));
    let refused = decide(&unknown, &group, &members, &users);
    assert!(matches!(refused, Err(Refusal::UnknownUser(name)) if name.as_str() == "nobody"));
}

#[test]
fn a_retry_is_answered_where_kind_and_conversation_are_the_same() {
    let mei = user(1, "mei");
    let earlier = |kind: EventKind, conversation, seq| Earlier {
        position: EventPosition { conversation, seq: Seq(seq), at: Timestamp(1) },
        event: Some(EarlierEvent { kind, content: None }),
    };
    let post = command(&mei, Post::new(HERE, MessageText::new("hello").unwrap()));
    let same = earlier(EventKind::Posted, HERE, 4);
    assert_eq!(post.answer_retry(&same), Ok(same.position));
    for other in [earlier(EventKind::Renamed, HERE, 4), earlier(EventKind::Posted, ConversationId(8), 4)] {
        assert_eq!(post.answer_retry(&other), Err(Refusal::IdempotencyConflict));
    }
    let group = command(&mei, CreateGroup::new(Title::new("trip").unwrap(), Vec::new()));
    assert!(group.answer_retry(&earlier(EventKind::Renamed, ConversationId(9), 1)).is_ok());
    assert!(group.answer_retry(&earlier(EventKind::Renamed, ConversationId(9), 2)).is_err());
    // A command that changed nothing has the head that it met; it made no event.
    let unchanged = |conversation| Earlier { event: None, ..earlier(EventKind::Posted, conversation, 4) };
    assert_eq!(post.answer_retry(&unchanged(HERE)), Ok(same.position));
    assert_eq!(post.answer_retry(&unchanged(ConversationId(8))), Err(Refusal::IdempotencyConflict));
}

#[test]
fn a_retry_with_another_content_is_refused() {
    let mei = user(1, "mei");
    let post = |text: &str| command(&mei, Post::new(HERE, MessageText::new(text).unwrap()));
    let posted = |text: &str| {
        let body = Posted::new(MessageText::existing(text), 1, Vec::new());
        Earlier::of(&Event {
            conversation: HERE,
            seq: Seq(4),
            at: Timestamp(1),
            by: mei.id,
            client_id: None,
            body: body.into(),
        })
    };
    assert!(post("hello").answer_retry(&posted("hello")).is_ok());
    assert_eq!(post("hello").answer_retry(&posted("bye")), Err(Refusal::IdempotencyConflict));
    assert!(post("hello").answer_retry(&posted("")).is_ok(), "the message is deleted: its text is gone");
}

proptest! {
    /// The event of every command is the next of the log, and applying it keeps the counts correct.
    #[test]
    fn decided_events_apply_as_the_next(
        choices in prop::collection::vec((0..5_usize, 0..3_u64), 1..40)
    ) {
        let users = [user(1, "mei"), user(2, "ada"), user(3, "li")];
        let mut conversation = conversation(ConversationKind::Group, 0, 0);
        let mut members = Audience::of([UserId(1), UserId(2)]);
        let mut messages = 0;
        for (choice, actor) in choices {
            let actor = &users[usize::try_from(actor).unwrap()];
            let command = command(actor, all_commands(&users[2])[choice].clone());
            match decide(&command, &conversation, &members, &users) {
                Err(refusal) => {
                    prop_assert_eq!(refusal, Refusal::UnknownConversation);
                    prop_assert!(!members.contains(actor.id));
                }
                Ok(Decision::Append(append)) => {
                    match append.change {
                        Some(Change::AddMembers(added)) => {
                            prop_assert!(added.iter().all(|user| !members.contains(*user)));
                            members = members.with(&added);
                        }
                        Some(Change::RemoveMember(left)) => members = members.without(left),
                        _ => {}
                    }
                    let event = command.event(&conversation, command.client_id, append.body);
                    messages += u64::from(matches!(event.body, EventBody::Posted(_)));
                    prop_assert_eq!(event.apply(&mut conversation, UserId(0)), ApplyOutcome::Applied);
                    prop_assert_eq!(conversation.message_count, messages);
                    let Audience::Users(users) = &members else { panic!("a group has members") };
                    prop_assert_eq!(conversation.member_count, users.len() as u64);
                }
                Ok(Decision::MarkRead(seq)) => prop_assert!(seq <= conversation.head_seq),
                Ok(Decision::MarkUnread(seq)) => panic!("nothing is marked as unread: {seq}"),
                Ok(Decision::Unchanged) => prop_assert_eq!(choice, 1),
                Ok(Decision::AppendAll(events)) => panic!("one event each: {events:?}"),
                Ok(Decision::Create(new)) => panic!("nothing is made: {new:?}"),
            }
        }
    }
}
