//! The summary of a conversation that a list shows, and the filter of the list.

use confab_shared::{
    attachment::AttachmentSummary,
    command::Command,
    conversation::{Conversation, ConversationKind, LastMessage},
    id::{ConversationId, Timestamp},
    markdown,
    state::{OutboxEntry, SendState, State},
    text::Title,
    user::User,
};

use crate::{state::Delivery, ui::person_name::unique_name};

/// What a list shows of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConversationSummary {
    pub(crate) kind: ConversationKind,
    /// The title, or the name of the other user; none where the group has no title.
    pub(crate) name: Option<String>,
    /// The unique name of the other user, where another is shown.
    pub(crate) unique_name: Option<String>,
    /// Whether it is the user's conversation with themselves.
    pub(crate) notes: bool,
    pub(crate) preview: Preview,
    /// The state of an unsent command: `Failed` where any was refused, else `Pending`.
    pub(crate) unsent: Option<Delivery>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) unread: u64,
    /// Whether an unread message mentions the user.
    pub(crate) mentioned: bool,
}

/// The line below the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Preview {
    /// The other user of a direct conversation is typing.
    Typing,
    /// A member of a group is typing.
    TypingBy(String),
    /// The newest message: the beginning of its text.
    Message(Author, String),
    /// The newest message, which has no text.
    Attachments(Author, AttachmentSummary),
    /// No message has been sent yet.
    Nothing,
}

/// The author of the newest message, as the line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    You,
    /// Another member of a group.
    Named(String),
    /// The other user of a direct conversation, who is not named.
    Other,
}

impl ConversationSummary {
    /// The name of a conversation, where it is known and has one.
    pub(crate) fn name(state: &State, id: ConversationId) -> Option<String> {
        state.conversation(id).and_then(|conversation| name_of(state, conversation))
    }

    /// The summary of a conversation; none where it is not known.
    pub(crate) fn of(state: &State, id: ConversationId, now: Timestamp) -> Option<Self> {
        let conversation = state.conversation(id)?;
        Some(Self {
            kind: conversation.kind,
            name: name_of(state, conversation),
            unique_name: peer_of(state, conversation).and_then(unique_name),
            notes: is_notes(state, conversation),
            preview: preview(state, conversation, now),
            unsent: unsent(state, id),
            at: (conversation.head_seq.0 > 0).then_some(conversation.last_activity_at),
            unread: conversation.unread(),
            mentioned: !conversation.mentions.is_empty(),
        })
    }
}

/// Whether a conversation is the user's with themselves.
pub(super) fn is_notes(state: &State, conversation: &Conversation) -> bool {
    conversation.peer.is_some() && conversation.peer == state.me().map(|me| me.id)
}

fn unsent(state: &State, id: ConversationId) -> Option<Delivery> {
    let deliveries = || state.outbox.of(id).map(|entry| Delivery::from(&entry.state));
    [Delivery::Failed, Delivery::Pending].into_iter().find(|wanted| deliveries().any(|d| d == *wanted))
}

/// The name of a conversation: its title, as an unsent rename changes it, else the name of the other user.
fn name_of(state: &State, conversation: &Conversation) -> Option<String> {
    if let Some(title) = unsent_title(state, conversation.id) {
        return Some(title.to_string());
    }
    match (&conversation.title, conversation.peer) {
        // Titles of earlier versions may be blank.
        (Some(title), _) => Some(title.to_string()).filter(|_| !title.is_blank()),
        (None, Some(peer)) => state.user(peer).map(|user| user.shown_name().to_owned()),
        (None, None) => None,
    }
}

/// The other user of a direct conversation.
pub(super) fn peer_of<'a>(state: &'a State, conversation: &Conversation) -> Option<&'a User> {
    state.user(conversation.peer?)
}

/// The title of the last rename that is on its way.
fn unsent_title(state: &State, id: ConversationId) -> Option<Title> {
    let title = |entry: &OutboxEntry| match (&entry.command, &entry.state) {
        (Command::Rename(rename), SendState::Pending | SendState::Sent(_)) => Title::new(&rename.title).ok(),
        _ => None,
    };
    state.outbox.of(id).filter_map(title).last()
}

fn preview(state: &State, conversation: &Conversation, now: Timestamp) -> Preview {
    let direct = conversation.kind == ConversationKind::Direct;
    let name = |id| state.user(id).map(|user| user.shown_name().to_owned());
    if let Some(typing) = state.typing(conversation.id, now).first() {
        return match name(*typing).filter(|_| !direct) {
            Some(name) => Preview::TypingBy(name),
            None => Preview::Typing,
        };
    }
    // A refused message does not hide newer ones.
    let last_at = conversation.last_message.as_ref().map(|last| last.at);
    let newest =
        |entry: &&OutboxEntry| !matches!(entry.state, SendState::Failed(..)) || Some(entry.at) > last_at;
    let unsent = state.outbox.messages_of(conversation.id).filter(newest).last();
    // What a message has beside its text is not known here before it is sent: until then the list shows the one before.
    if let Some(text) = unsent.and_then(OutboxEntry::text).filter(|text| !text.is_empty()) {
        return Preview::Message(Author::You, one_line(text));
    }
    let Some(last) = &conversation.last_message else { return Preview::Nothing };
    let author = if state.me().is_some_and(|me| me.id == last.by) {
        Author::You
    } else {
        name(last.by).filter(|_| !direct).map_or(Author::Other, Author::Named)
    };
    match &last.attachments {
        Some(attachments) if last.text.is_empty() => Preview::Attachments(author, (**attachments).clone()),
        _ => Preview::Message(author, one_line(&last.text)),
    }
}

/// The beginning of a text without signs of its form, on one line.
pub(crate) fn one_line(text: &str) -> String {
    let beginning = LastMessage::truncate(text);
    // It is as long as it may be where it is only the beginning of a message.
    let cut = beginning.chars().count() == LastMessage::MAX_CHARS;
    markdown::preview(beginning, cut)
        .split_whitespace()
        .flat_map(|word| [" ", word])
        .skip(1)
        .take(60)
        .collect()
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        command::{Rename, Send},
        conversation::LastMessage,
        error::{ErrorBody, ErrorCode},
        id::{ClientId, Seq, UserId},
        protocol::{Limits, Welcome},
        text::{DisplayName, UserName},
        user::Presence,
    };
    use uuid::Uuid;

    use super::*;

    fn user(id: u64, name: &str) -> User {
        User::new(UserId(id), UserName::new(name).unwrap())
    }

    fn conversation(id: u64, kind: ConversationKind, last: Option<(u64, &str)>) -> Conversation {
        Conversation {
            title: (kind != ConversationKind::Direct).then(|| Title::new("Weekend trip").unwrap()),
            peer: (kind == ConversationKind::Direct).then_some(UserId(2)),
            member_count: 2,
            head_seq: Seq(u64::from(last.is_some())),
            message_count: u64::from(last.is_some()),
            last_message: last.map(|(by, text)| LastMessage::new(Seq(1), UserId(by), Timestamp(0), text)),
            ..Conversation::new(ConversationId(id), kind, Timestamp(id))
        }
    }

    fn sent(number: u128, text: &str) -> Command {
        let client_id = ClientId(Uuid::from_u128(number));
        Send::new(client_id, ConversationId(1), text.to_owned()).into()
    }

    fn state(conversations: Vec<Conversation>) -> State {
        let mut state = State::default();
        state.welcome(Welcome {
            you: user(1, "123"),
            conversations,
            more: None,
            users: vec![user(2, "Mei")],
            presence: vec![Presence { user: UserId(2), online: true, last_seen: None }],
            group_requests: Vec::new(),
            threads: Vec::new(),
            unread_threads: 0,
            limits: Limits::default(),
            time: Timestamp(0),
        });
        state
    }

    fn summary(state: &State, id: u64) -> ConversationSummary {
        ConversationSummary::of(state, ConversationId(id), Timestamp(0)).unwrap()
    }

    #[test]
    fn the_preview_names_the_author_in_groups_only() {
        let state = state(vec![
            conversation(1, ConversationKind::Direct, Some((2, "hi\n there"))),
            conversation(2, ConversationKind::Group, Some((2, "hi"))),
            conversation(3, ConversationKind::Group, Some((1, "hi"))),
            conversation(4, ConversationKind::Group, None),
        ]);
        let message = |author, text: &str| Preview::Message(author, text.to_owned());
        assert_eq!(summary(&state, 1).preview, message(Author::Other, "hi there"));
        assert_eq!(summary(&state, 1).name.as_deref(), Some("Mei"));
        assert_eq!(summary(&state, 2).preview, message(Author::Named("Mei".to_owned()), "hi"));
        assert_eq!(summary(&state, 3).preview, message(Author::You, "hi"));
        assert_eq!(summary(&state, 4).preview, Preview::Nothing);
    }

    #[test]
    fn the_preview_has_no_signs_of_a_form_and_no_spoiler() {
        for (text, wanted) in [
            ("**bold** `code` [map](https://a.example)", "bold code map"),
            ("- a\n- b", "• a • b"),
            ("||secret|| known", "▒▒▒▒ known"),
            (&format!("||{}", "secret ".repeat(30)), "▒▒▒▒"),
        ] {
            let state = state(vec![conversation(1, ConversationKind::Direct, Some((2, text)))]);
            assert_eq!(summary(&state, 1).preview, Preview::Message(Author::Other, wanted.to_owned()));
        }
    }

    #[test]
    fn people_are_shown_by_their_display_names() {
        let mut state = state(vec![
            conversation(1, ConversationKind::Direct, Some((2, "hi"))),
            conversation(2, ConversationKind::Group, Some((2, "hi"))),
        ]);
        assert_eq!(summary(&state, 1).unique_name, None);
        let display_name = Some(DisplayName::existing("Mei Ling"));
        state.user_changed(User { display_name, ..user(2, "Mei") });
        assert_eq!(summary(&state, 1).name.as_deref(), Some("Mei Ling"));
        assert_eq!(summary(&state, 1).unique_name.as_deref(), Some("@Mei"));
        let by = Author::Named("Mei Ling".to_owned());
        assert_eq!(summary(&state, 2).preview, Preview::Message(by, "hi".to_owned()));
        assert_eq!(summary(&state, 2).unique_name, None);
        state.typed(ConversationId(2), user(2, "Mei"), Timestamp(0));
        assert_eq!(summary(&state, 2).preview, Preview::TypingBy("Mei Ling".to_owned()), "no old name");
    }

    #[test]
    fn typing_replaces_the_preview() {
        let mut state = state(vec![
            conversation(1, ConversationKind::Direct, Some((2, "hi"))),
            conversation(2, ConversationKind::Group, Some((2, "hi"))),
        ]);
        for id in [1, 2] {
            state.typed(ConversationId(id), user(2, "Mei"), Timestamp(0));
        }
        assert_eq!(summary(&state, 1).preview, Preview::Typing);
        assert_eq!(summary(&state, 2).preview, Preview::TypingBy("Mei".to_owned()));
    }

    #[test]
    fn a_refused_message_does_not_hide_newer_ones() {
        let mut state = state(vec![conversation(1, ConversationKind::Direct, Some((2, "since")))]);
        let last_at = state.conversation(ConversationId(1)).unwrap().last_message.as_ref().unwrap().at;
        let refused = |at: u64| OutboxEntry {
            command: sent(at.into(), "refused"),
            at: Timestamp(at),
            state: SendState::Failed(ErrorCode::StoreFailed, "no".to_owned()),
        };
        state.outbox.restore(vec![refused(last_at.0)]);
        let message = |author, text: &str| Preview::Message(author, text.to_owned());
        assert_eq!(summary(&state, 1).preview, message(Author::Other, "since"));
        state.outbox.restore(vec![refused(last_at.0 + 1)]);
        assert_eq!(summary(&state, 1).preview, message(Author::You, "refused"));
    }

    #[test]
    fn unsent_commands_are_marked() {
        let mut state = state(vec![conversation(1, ConversationKind::Direct, Some((2, "hi")))]);
        assert_eq!(summary(&state, 1).unsent, None);
        for number in 1..=2 {
            state.outbox.push(sent(number, "mine"), Timestamp(0));
        }
        assert_eq!(summary(&state, 1).unsent, Some(Delivery::Pending));
        let error = ErrorBody::new(ErrorCode::StoreFailed, String::new());
        state.outbox.refused(ClientId(Uuid::from_u128(1)), &error);
        assert_eq!(summary(&state, 1).unsent, Some(Delivery::Failed));
    }

    #[test]
    fn a_pending_rename_shows_at_once_and_a_refused_one_does_not() {
        let mut state = state(vec![conversation(2, ConversationKind::Group, None)]);
        let client_id = ClientId(Uuid::from_u128(1));
        let rename = Rename { client_id, conversation: ConversationId(2), title: " Journey ".to_owned() };
        state.outbox.push(rename.into(), Timestamp(0));
        assert_eq!(summary(&state, 2).name.as_deref(), Some("Journey"));
        assert_eq!(summary(&state, 2).unsent, Some(Delivery::Pending));
        let error = ErrorBody::new(ErrorCode::StoreFailed, String::new());
        state.outbox.refused(client_id, &error);
        assert_eq!(summary(&state, 2).name.as_deref(), Some("Weekend trip"));
    }
}
