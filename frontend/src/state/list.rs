//! The list of conversations: what each row shows, and which rows a filter leaves.

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    id::{ConversationId, Timestamp},
    state::{OutboxEntry, SendState, State},
};

use super::rows::{Delivery, delivery};

/// What a row of the list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListRow {
    pub(crate) kind: ConversationKind,
    /// None where it has no name of its own.
    pub(crate) name: Option<String>,
    /// Whether it is the conversation with oneself.
    pub(crate) notes: bool,
    pub(crate) online: bool,
    pub(crate) preview: Preview,
    /// How a message of one's own that is not sent stands; a refused one before one that waits.
    pub(crate) unsent: Option<Delivery>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) unread: u64,
    /// Whether one of the unread messages calls one by name.
    pub(crate) called: bool,
}

/// The line under the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Preview {
    /// The other person is writing.
    Typing,
    /// In a group: somebody is.
    TypingBy(String),
    /// The newest message, and who wrote it where that is worth telling.
    Message(Author, String),
    /// No message yet.
    Nothing,
}

/// Who wrote the newest message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// Oneself.
    You,
    /// One of several.
    Named(String),
    /// The one it can only be.
    Understood,
}

impl ListRow {
    /// What a conversation is called, where it is known and has a name.
    pub(crate) fn name(state: &State, id: ConversationId) -> Option<String> {
        state.conversation(id).and_then(|conversation| name_of(state, conversation))
    }

    /// The row of a conversation; none where it is not known.
    pub(crate) fn of(state: &State, id: ConversationId, now: Timestamp) -> Option<Self> {
        let conversation = state.conversation(id)?;
        let me = state.me().map(|me| me.id);
        Some(Self {
            kind: conversation.kind,
            name: name_of(state, conversation),
            notes: conversation.peer.is_some() && conversation.peer == me,
            online: conversation.peer.and_then(|peer| state.presence(peer)).is_some_and(|p| p.online),
            preview: preview(state, conversation, now),
            unsent: unsent(state, id),
            at: (conversation.head_seq.0 > 0).then_some(conversation.last_activity_at),
            unread: conversation.unread(),
            called: !conversation.mentions.is_empty(),
        })
    }
}

fn unsent(state: &State, id: ConversationId) -> Option<Delivery> {
    let deliveries = || state.outbox.of(id).map(delivery);
    [Delivery::Failed, Delivery::Pending].into_iter().find(|wanted| deliveries().any(|d| d == *wanted))
}

/// What a conversation is called: its title, else the other person.
fn name_of(state: &State, conversation: &Conversation) -> Option<String> {
    match (&conversation.title, conversation.peer) {
        // Older titles may be blank.
        (Some(title), _) => Some(title.to_string()).filter(|_| !title.is_blank()),
        (None, Some(peer)) => state.user(peer).map(|user| user.name.to_string()),
        (None, None) => None,
    }
}

fn preview(state: &State, conversation: &Conversation, now: Timestamp) -> Preview {
    let direct = conversation.kind == ConversationKind::Direct;
    let name = |id| state.user(id).map(|user| user.name.to_string());
    if let Some(writer) = state.typing(conversation.id, now).first() {
        return match name(*writer).filter(|_| !direct) {
            Some(name) => Preview::TypingBy(name),
            None => Preview::Typing,
        };
    }
    // What was refused stays for as long as it is left, and hides nothing that was said since.
    let last_at = conversation.last_message.as_ref().map(|last| last.at);
    let newest = |o: &&OutboxEntry| !matches!(o.state, SendState::Failed(..)) || Some(o.at) > last_at;
    if let Some(outgoing) = state.outbox.messages_of(conversation.id).filter(newest).last() {
        return Preview::Message(Author::You, one_line(outgoing.text().unwrap_or_default()));
    }
    let Some(last) = &conversation.last_message else { return Preview::Nothing };
    let author = if state.me().is_some_and(|me| me.id == last.by) {
        Author::You
    } else {
        name(last.by).filter(|_| !direct).map_or(Author::Understood, Author::Named)
    };
    Preview::Message(author, one_line(&last.text))
}

/// The beginning of a text on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().flat_map(|word| [" ", word]).skip(1).take(60).collect()
}

/// The conversations whose name holds `query`, in the order of the list. All of them for an empty one.
pub(crate) fn matching(state: &State, query: &str, fold: impl Fn(&str) -> String) -> Vec<ConversationId> {
    let query = fold(query.trim());
    let found = |c: &&Conversation| {
        query.is_empty() || name_of(state, c).is_some_and(|name| fold(&name).contains(&query))
    };
    state.list().into_iter().filter(found).map(|c| c.id).collect()
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        command::{Command, Send},
        conversation::LastMessage,
        error::{ErrorBody, ErrorCode},
        id::{ClientId, Seq, UserId},
        protocol::Welcome,
        text::{Title, UserName},
        user::{Presence, User},
    };
    use uuid::Uuid;

    use super::*;

    fn user(id: u64, name: &str) -> User {
        User { id: UserId(id), name: UserName::new(name).unwrap() }
    }

    fn conversation(id: u64, kind: ConversationKind, last: Option<(u64, &str)>) -> Conversation {
        Conversation {
            id: ConversationId(id),
            kind,
            title: (kind != ConversationKind::Direct).then(|| Title::new("Weekend trip").unwrap()),
            peer: (kind == ConversationKind::Direct).then_some(UserId(2)),
            member_count: 2,
            head_seq: Seq(u64::from(last.is_some())),
            message_count: u64::from(last.is_some()),
            read_seq: Seq(0),
            read_count: 0,
            mentions: Vec::new(),
            peers_read_seq: Seq(0),
            last_activity_at: Timestamp(id),
            last_message: last.map(|(by, text)| LastMessage::new(UserId(by), Timestamp(0), text)),
        }
    }

    fn sent(number: u128, text: &str) -> Command {
        let client_id = ClientId(Uuid::from_u128(number));
        Send { client_id, conversation: ConversationId(1), text: text.to_owned() }.into()
    }

    fn state(conversations: Vec<Conversation>) -> State {
        let mut state = State::default();
        state.welcome(Welcome {
            you: user(1, "123"),
            conversations,
            users: vec![user(2, "Mei")],
            presence: vec![Presence { user: UserId(2), online: true, last_seen: None }],
            time: Timestamp(0),
        });
        state
    }

    fn row(state: &State, id: u64) -> ListRow {
        ListRow::of(state, ConversationId(id), Timestamp(0)).unwrap()
    }

    #[test]
    fn a_person_needs_no_author_and_a_group_does() {
        let state = state(vec![
            conversation(1, ConversationKind::Direct, Some((2, "hi\n there"))),
            conversation(2, ConversationKind::Group, Some((2, "hi"))),
            conversation(3, ConversationKind::Group, Some((1, "hi"))),
            conversation(4, ConversationKind::Group, None),
        ]);
        let message = |author, text: &str| Preview::Message(author, text.to_owned());
        assert_eq!(row(&state, 1).preview, message(Author::Understood, "hi there"));
        assert_eq!(row(&state, 1).name.as_deref(), Some("Mei"));
        assert!(row(&state, 1).online);
        assert_eq!(row(&state, 2).preview, message(Author::Named("Mei".to_owned()), "hi"));
        assert_eq!(row(&state, 3).preview, message(Author::You, "hi"));
        assert_eq!(row(&state, 4).preview, Preview::Nothing);
    }

    #[test]
    fn whoever_writes_shows_in_place_of_the_last_message() {
        let mut state = state(vec![
            conversation(1, ConversationKind::Direct, Some((2, "hi"))),
            conversation(2, ConversationKind::Group, Some((2, "hi"))),
        ]);
        for id in [1, 2] {
            state.typed(ConversationId(id), user(2, "Mei"), Timestamp(0));
        }
        assert_eq!(row(&state, 1).preview, Preview::Typing);
        assert_eq!(row(&state, 2).preview, Preview::TypingBy("Mei".to_owned()));
    }

    #[test]
    fn what_was_refused_hides_nothing_that_was_said_since() {
        let mut state = state(vec![conversation(1, ConversationKind::Direct, Some((2, "since")))]);
        let last_at = state.conversation(ConversationId(1)).unwrap().last_message.as_ref().unwrap().at;
        let refused = |at: u64| OutboxEntry {
            command: sent(at.into(), "refused"),
            at: Timestamp(at),
            state: SendState::Failed(ErrorCode::StoreFailed, "no".to_owned()),
        };
        state.outbox.restore(vec![refused(last_at.0)]);
        let message = |author, text: &str| Preview::Message(author, text.to_owned());
        assert_eq!(row(&state, 1).preview, message(Author::Understood, "since"));
        state.outbox.restore(vec![refused(last_at.0 + 1)]);
        assert_eq!(row(&state, 1).preview, message(Author::You, "refused"));
    }

    #[test]
    fn a_row_tells_of_what_is_not_sent() {
        let mut state = state(vec![conversation(1, ConversationKind::Direct, Some((2, "hi")))]);
        assert_eq!(row(&state, 1).unsent, None);
        for number in 1..=2 {
            state.outbox.push(sent(number, "mine"), Timestamp(0));
        }
        assert_eq!(row(&state, 1).unsent, Some(Delivery::Pending));
        let error = ErrorBody { code: ErrorCode::StoreFailed, message: String::new(), client_id: None };
        state.outbox.refused(ClientId(Uuid::from_u128(1)), &error);
        assert_eq!(row(&state, 1).unsent, Some(Delivery::Failed));
    }

    #[test]
    fn the_filter_looks_at_names() {
        let state = state(vec![
            conversation(1, ConversationKind::Direct, Some((2, "weekend"))),
            conversation(2, ConversationKind::Group, Some((2, "hi"))),
        ]);
        let found = |query: &str| matching(&state, query, str::to_lowercase);
        assert_eq!(found(" "), [ConversationId(2), ConversationId(1)]);
        assert_eq!(found("MEI"), [ConversationId(1)]);
        assert_eq!(found("trip"), [ConversationId(2)]);
        assert!(found("nobody").is_empty());
    }
}
