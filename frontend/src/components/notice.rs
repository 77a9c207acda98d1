//! What happened in a conversation that is no message, in a sentence.

use confab_shared::{
    ids::{ConversationId, Seq, UserId},
    model::{Event, EventBody, User},
    state::State,
};
use leptos::prelude::*;

use crate::{
    bidi::{self, isolated},
    components::when::{shown, yes_or_no},
    format,
    i18n::{Locale, lists::list, plurals::t_plural, td_string, tell, use_language},
    natural,
    reactive::press,
    state::Chat,
};

/// How many names a notice has beside “and 497 others”.
const NAMED: usize = 3;

#[component]
pub(crate) fn Notice(id: ConversationId, seq: Seq) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let event = chat.state.with_untracked(|state| state.timeline(id).and_then(|t| t.get(seq)).cloned());
    event.map(|event| {
        let at = event.at;
        let all = RwSignal::new(false);
        let more = added(&event).count() > NAMED + 1;
        let text = move || {
            let (locale, all) = (lang.get(), all.get());
            bidi::sentence(&chat.state.with_untracked(|state| sentence(locale, state, &event, all)))
        };
        view! {
            <div class="notice" class:open=all data-testid="notice" title=tell(move |l| format::full(l, at))>
                <span>{shown(text)}</span>
                {more.then(|| view! { <More all/> })}
            </div>
        }
    })
}

/// Shows everybody, or only the first.
#[component]
fn More(all: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            class="notice-more"
            type="button"
            data-testid="notice-more"
            aria-expanded=yes_or_no(move || all.get())
            on:click=press(move || all.update(|all| *all = !*all))
        >
            {tell(move |l| match all.get() {
                true => td_string!(l, timeline.show_fewer).to_owned(),
                false => td_string!(l, timeline.show_all).to_owned(),
            })}
        </button>
    }
}

/// The users whom an event added. A user who joined by themselves added nobody.
fn added(event: &Event) -> impl Iterator<Item = UserId> {
    let users = match &event.body {
        EventBody::Joined { users } => users.as_slice(),
        _ => &[],
    };
    users.iter().copied().filter(|user| *user != event.by)
}

fn sentence(locale: Locale, state: &State, event: &Event, all: bool) -> String {
    let mine = state.me().is_some_and(|me| me.id == event.by);
    let who = name(locale, state.user(event.by));
    match &event.body {
        EventBody::Joined { .. } => {
            let names = names(locale, state, &added(event).collect::<Vec<_>>(), all);
            match (mine, names.is_empty()) {
                (_, true) => td_string!(locale, timeline.came, who = who).to_string(),
                (true, false) => td_string!(locale, timeline.you_added, names = names).to_string(),
                (false, false) => td_string!(locale, timeline.joined, who = who, names = names).to_string(),
            }
        }
        EventBody::Left => td_string!(locale, timeline.left, who = who).to_string(),
        EventBody::Renamed { title } => {
            let title = isolated(title.as_str());
            // A group's first event names it.
            match (event.seq == Seq(1), mine) {
                (true, true) => td_string!(locale, timeline.you_began, title = title).to_string(),
                (true, false) => td_string!(locale, timeline.began, who = who, title = title).to_string(),
                (false, true) => td_string!(locale, timeline.you_renamed, title = title).to_string(),
                (false, false) => td_string!(locale, timeline.renamed, who = who, title = title).to_string(),
            }
        }
        EventBody::Posted { .. } | EventBody::Unknown => td_string!(locale, timeline.unknown).to_string(),
    }
}

fn name(locale: Locale, user: Option<&User>) -> String {
    match user {
        Some(user) => isolated(user.name.as_str()),
        None => td_string!(locale, timeline.somebody).to_string(),
    }
}

/// Names in a row: “a, b and c”. Oneself comes first, the others in the order of their names; of many only the first,
/// unless `all` are asked for.
fn names(locale: Locale, state: &State, ids: &[UserId], all: bool) -> String {
    let me = state.me().map(|me| me.id);
    let users: Vec<User> =
        ids.iter().filter(|id| Some(**id) != me).filter_map(|id| state.user(*id).cloned()).collect();
    let unknown = ids.iter().filter(|id| Some(**id) != me && state.user(**id).is_none());
    let you = ids.iter().any(|id| Some(*id) == me).then(|| td_string!(locale, timeline.you).to_string());
    let named = natural::sorted(locale, &users).into_iter().map(|user| isolated(user.name.as_str()));
    let mut names: Vec<String> =
        you.into_iter().chain(named).chain(unknown.map(|_| name(locale, None))).collect();
    if !all && names.len() > NAMED + 1 {
        let others = names.len() - NAMED;
        names.truncate(NAMED);
        names.push(t_plural!(locale, others as u64, timeline.others, count = others));
    }
    list(locale, &names)
}
