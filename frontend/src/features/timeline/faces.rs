//! The faces of readers: in a small group the small picture of each other member stands beside the newest message that they have
//! read. Beside a bubble there is always room for them: nothing moves when a face does.

use std::collections::BTreeMap;

use confab_shared::{
    api::MAX_SHOWN_READERS,
    conversation::ConversationKind,
    id::{Seq, UserId},
    item::Item,
    message::Message,
    state::State,
    timeline::Timeline,
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    features::threads::line::face,
    i18n::{lists::list, t_fmt, td_string},
    platform::api,
    session::use_session,
    state::{Chat, Scope},
    ui::{
        bidi::isolate,
        person_name::shown_name,
        reactive::{effect, memo},
        show::{Show, dynamic},
    },
};

/// The most faces beside one message; of more stands there how many more.
const MAX_FACES: usize = 5;

/// Whose faces stand beside which message. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Faces {
    /// Whether the conversation has any.
    pub(crate) shown: Memo<bool>,
    placed: Memo<BTreeMap<Seq, Vec<UserId>>>,
}

impl Faces {
    /// Those of a conversation, while it is shown. Who does not share how far they have read does not see it of others.
    pub(crate) fn new(chat: Chat, scope: Scope, shares: Memo<bool>) -> Self {
        let (session, id) = (use_session(), scope.id);
        let members = memo(move || chat.state.with(|state| members(state, scope)));
        let shown = memo(move || shares.get() && (1..=MAX_SHOWN_READERS as u64).contains(&members.get()));
        // Signals may have been lost before a welcome, and who joins or leaves is not signalled.
        let wanted = memo(move || (shown.get(), chat.welcomes(), members.get()));
        effect(move || {
            let (true, 1.., _) = wanted.get() else { return };
            spawn_local(async move {
                if let Ok(positions) = api::get_read_positions(&session.token(), id).await {
                    chat.apply_readers(id, positions.readers);
                }
            });
        });
        // What others read is copied when it changes, and not with every event.
        let readers = memo(move || if shown.get() { chat.readers(id) } else { BTreeMap::new() });
        let placed = memo(move || {
            readers.with(|readers| match readers.is_empty() {
                true => BTreeMap::new(),
                false => chat
                    .state
                    .with(|state| state.timeline(id).map(|timeline| placed(timeline, readers)))
                    .unwrap_or_default(),
            })
        });
        Self { shown, placed }
    }

    fn beside(self, seq: Option<Seq>) -> Vec<UserId> {
        self.placed.with(|placed| seq.and_then(|seq| placed.get(&seq).cloned())).unwrap_or_default()
    }
}

/// How many members a group has; 0 of what is no group.
fn members(state: &State, Scope { id, thread }: Scope) -> u64 {
    let group = state.conversation(id).filter(|c| c.kind == ConversationKind::Group && thread.is_none());
    group.map_or(0, |conversation| conversation.member_count)
}

/// The readers by the messages beside which they stand.
fn placed(timeline: &Timeline, readers: &BTreeMap<UserId, Seq>) -> BTreeMap<Seq, Vec<UserId>> {
    let mut placed: BTreeMap<Seq, Vec<UserId>> = BTreeMap::new();
    for (user, read) in readers {
        if let Some(seq) = place(timeline, *user, *read) {
            placed.entry(seq).or_default().push(*user);
        }
    }
    placed
}

/// The newest message that somebody has read; none where it is not cached, and where it is their own, which says so by itself.
/// As the server counts, who has read up to an own message has read that, too.
pub(crate) fn place(timeline: &Timeline, user: UserId, read: Seq) -> Option<Seq> {
    let passes = |message: &Message| message.by == user || message.deleted.is_some();
    let start = timeline.position(read.next());
    let behind = timeline.items_in(start..usize::MAX);
    let end = start + behind.take_while(|item| item.message().is_none_or(passes)).count();
    // What stands behind a window on the past is not known.
    if end >= timeline.items().len() && !timeline.follows() {
        return None;
    }
    let mut read = timeline.items_in(0..end).rev().filter_map(Item::message);
    read.find(|message| message.deleted.is_none())
        .filter(|message| message.by != user)
        .map(|message| message.seq)
}

/// The faces beside a message.
#[component]
pub(crate) fn ReaderFaces(faces: Faces, seq: Memo<Option<Seq>>) -> impl IntoView {
    let chat: Chat = expect_context();
    let readers = memo(move || faces.beside(seq.get()));
    let label = t_fmt(move |l| {
        let names = readers.get().into_iter().filter_map(|user| chat.person(user));
        let names: Vec<_> = names.map(|person| isolate(&shown_name(&person))).collect();
        td_string!(l, readers.up_to, names = list(l, &names)).to_string()
    });
    view! {
        <Show when=move || !readers.with(Vec::is_empty)>
            <span class="readers" role="img" data-testid="reader-faces" title=label aria-label=label>
                {dynamic(move || {
                    let readers = readers.get();
                    let more = readers.len().saturating_sub(MAX_FACES);
                    let more = (more > 0).then(|| view! { <span class="readers-more">{format!("+{more}")}</span> });
                    let shown = readers.into_iter().take(MAX_FACES).map(|user| face(chat, user));
                    view! { {shown.collect_view()} {more} }.into_any()
                })}
            </span>
        </Show>
    }
}
