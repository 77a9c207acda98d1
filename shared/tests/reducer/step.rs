//! The steps that the property tests choose from.

use proptest::prelude::*;

/// What happens next, to the conversation or on the way from it.
#[derive(Clone, Debug)]
pub enum Step {
    /// Another user posts.
    Post,
    /// Another user joins, leaves, renames the group, or does what this build does not know.
    Change(u8),
    /// Another user changes one of the messages.
    ChangeMessage(MessageChange, prop::sample::Index),
    /// Somebody replies to one of the messages.
    Reply(Reply, prop::sample::Index),
    /// The user opens the thread of one of the messages beside the conversation, or none.
    OpenThread(Option<prop::sample::Index>),
    /// The client posts, and the server executes the command.
    Send,
    /// The client changes one of the messages, and the server answers the command.
    Command(MessageChange, prop::sample::Index),
    /// The user leaves, in another session.
    Leave,
    /// Another user adds the user again.
    Return,
    /// The next frame of the socket arrives.
    Arrive,
    /// It arrives, and will arrive again.
    ArriveTwice,
    /// The frame after the next arrives before it.
    Overtake,
    /// The last frame is lost.
    Lose,
    /// The first pending fetch is answered, with what the server knew when it was requested.
    Answer,
    /// The last one is answered, before the others.
    AnswerLast,
    /// The last pending fetch fails.
    Fail,
    /// The user opens the conversation, or closes it.
    Open(bool),
    /// The user opens it at a seq.
    OpenAt(u64),
    /// The user goes to its newest items.
    OpenNewest,
    /// The user goes to an item, from a mention.
    OpenAround(u64),
    /// The user reads up to an item that is cached.
    Read(prop::sample::Index),
    /// Another session of the user reads up to a seq.
    ReadElsewhere(u64),
    /// The client connects anew or lagged: frames in flight are lost.
    Welcome,
    /// The same, and the user has so many newer conversations that the welcome does not have this one.
    WelcomeWithoutIt,
    /// The user scrolls to the end of the list of conversations.
    More,
    /// A command of the client is answered with the conversation.
    Made,
    /// The user scrolls beyond the first cached item.
    Older,
    /// The user scrolls beyond the last cached item.
    Newer,
}

/// A message that replies to another.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Whether it is the client's.
    pub mine: bool,
    /// Whether it is posted in the thread of that message, or in its thread where it is a reply itself.
    pub in_thread: bool,
    /// Whether a reply of a thread shows in the timeline, too.
    pub also: bool,
    /// Whether it quotes the message.
    pub quotes: bool,
}

fn reply() -> impl Strategy<Value = Reply> {
    (any::<bool>(), prop::bool::weighted(0.7), any::<bool>(), any::<bool>())
        .prop_map(|(mine, in_thread, also, quotes)| Reply { mine, in_thread, also, quotes })
}

/// A change of a message.
#[derive(Clone, Debug)]
pub enum MessageChange {
    /// Another text, which may mention the client's user. Few texts: some edits change nothing.
    Edit(u8, bool),
    Delete,
    /// A reaction with one of a few emoji.
    React(u8, bool),
    Pin(bool),
}

fn message_change() -> impl Strategy<Value = MessageChange> {
    prop_oneof![
        4 => (0..3u8, any::<bool>()).prop_map(|(text, mentions)| MessageChange::Edit(text, mentions)),
        1 => Just(MessageChange::Delete),
        4 => (0..3u8, prop::bool::weighted(0.7)).prop_map(|(emoji, on)| MessageChange::React(emoji, on)),
        2 => any::<bool>().prop_map(MessageChange::Pin),
    ]
}

pub fn step() -> impl Strategy<Value = Step> {
    let message = any::<prop::sample::Index>;
    prop_oneof![
        6 => Just(Step::Post),
        2 => (0..6u8).prop_map(Step::Change),
        6 => (message_change(), message()).prop_map(|(change, message)| Step::ChangeMessage(change, message)),
        5 => (reply(), message()).prop_map(|(reply, message)| Step::Reply(reply, message)),
        2 => prop::option::weighted(0.8, message()).prop_map(Step::OpenThread),
        3 => Just(Step::Send),
        3 => (message_change(), message()).prop_map(|(change, message)| Step::Command(change, message)),
        1 => Just(Step::Leave),
        2 => Just(Step::Return),
        10 => Just(Step::Arrive),
        1 => Just(Step::ArriveTwice),
        1 => Just(Step::Overtake),
        1 => Just(Step::Lose),
        5 => Just(Step::Answer),
        1 => Just(Step::AnswerLast),
        1 => Just(Step::Fail),
        2 => any::<bool>().prop_map(Step::Open),
        1 => (1..40u64).prop_map(Step::OpenAt),
        1 => Just(Step::OpenNewest),
        1 => (1..40u64).prop_map(Step::OpenAround),
        2 => any::<prop::sample::Index>().prop_map(Step::Read),
        1 => (0..40u64).prop_map(Step::ReadElsewhere),
        1 => Just(Step::Welcome),
        1 => Just(Step::WelcomeWithoutIt),
        2 => Just(Step::More),
        1 => Just(Step::Made),
        1 => Just(Step::Older),
        2 => Just(Step::Newer),
    ]
}

/// Another user changes a message.
pub fn other_change() -> impl Strategy<Value = Step> {
    (message_change(), any::<prop::sample::Index>())
        .prop_map(|(change, message)| Step::ChangeMessage(change, message))
}
