//! Notices: sentences about the events that are no messages.

use confab_shared::{
    event::{Event, EventBody, Invited, Joined, Renamed, TopicChanged},
    id::{ConversationId, Seq, UserId},
    item::Item,
    state::State,
    user::User,
};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, collation, dates, lists::list, plurals::t_plural, t_fmt, td_string, use_language},
    state::Chat,
    ui::{
        bidi::{isolate, render_isolated},
        reactive::on_event,
        show::{bool_attr, dynamic},
    },
};

/// How many members a notice names before “and 497 others”.
const MAX_NAMES: usize = 3;

#[component]
pub(crate) fn Notice(id: ConversationId, seq: Seq) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let event = chat.state.with_untracked(|state| match state.timeline(id)?.get(seq)? {
        Item::Notice(event) => Some(event.clone()),
        Item::Message(_) => None,
    });
    event.map(|event| {
        let at = event.at;
        let all = RwSignal::new(false);
        let more = added(&event).count() > MAX_NAMES + 1;
        let text = move || {
            let (locale, all) = (lang.get(), all.get());
            chat.track_names();
            render_isolated(&chat.state.with_untracked(|state| sentence(locale, state, &event, all)))
        };
        view! {
            <div class="notice" class:open=all data-testid="notice" title=t_fmt(move |l| dates::full_date(l, at))>
                <span>{dynamic(text)}</span>
                {more.then(|| view! { <ShowAllButton all/> })}
            </div>
        }
    })
}

/// The button that shows all names, or the first ones only.
#[component]
fn ShowAllButton(all: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            class="notice-more"
            type="button"
            data-testid="notice-more"
            aria-expanded=bool_attr(move || all.get())
            on:click=on_event(move || all.update(|all| *all = !*all))
        >
            {t_fmt(move |l| match all.get() {
                true => td_string!(l, timeline.show_fewer).to_owned(),
                false => td_string!(l, timeline.show_all).to_owned(),
            })}
        </button>
    }
}

/// The users whom an event added or invited; none for a user who joined on their own.
fn added(event: &Event) -> impl Iterator<Item = UserId> {
    let users = match &event.body {
        EventBody::Joined(Joined { users }) | EventBody::Invited(Invited { users }) => users.as_slice(),
        _ => &[],
    };
    users.iter().copied().filter(|user| *user != event.by)
}

fn sentence(locale: Locale, state: &State, event: &Event, all: bool) -> String {
    let own = state.me().is_some_and(|me| me.id == event.by);
    let who = name(locale, state.user(event.by));
    match &event.body {
        EventBody::Joined(_) => {
            let names = names(locale, state, &added(event).collect::<Vec<_>>(), all);
            match (own, names.is_empty()) {
                (true, true) => td_string!(locale, timeline.you_came).to_string(),
                (false, true) => td_string!(locale, timeline.came, who = who).to_string(),
                (true, false) => td_string!(locale, timeline.you_added, names = names).to_string(),
                (false, false) => td_string!(locale, timeline.joined, who = who, names = names).to_string(),
            }
        }
        EventBody::Invited(_) => {
            let names = names(locale, state, &added(event).collect::<Vec<_>>(), all);
            match own {
                true => td_string!(locale, timeline.you_invited, names = names).to_string(),
                false => td_string!(locale, timeline.invited, who = who, names = names).to_string(),
            }
        }
        EventBody::Left(_) => td_string!(locale, timeline.left, who = who).to_string(),
        EventBody::Renamed(Renamed { title }) => {
            let title = isolate(title.as_str());
            // The first event of a group gives it its title.
            match (event.seq == Seq(1), own) {
                (true, true) => td_string!(locale, timeline.you_began, title = title).to_string(),
                (true, false) => td_string!(locale, timeline.began, who = who, title = title).to_string(),
                (false, true) => td_string!(locale, timeline.you_renamed, title = title).to_string(),
                (false, false) => td_string!(locale, timeline.renamed, who = who, title = title).to_string(),
            }
        }
        EventBody::Topic(TopicChanged { topic }) => match (topic, own) {
            (Some(topic), true) => {
                td_string!(locale, timeline.you_set_topic, topic = isolate(topic.as_str())).to_string()
            }
            (Some(topic), false) => {
                td_string!(locale, timeline.set_topic, who = who, topic = isolate(topic.as_str())).to_string()
            }
            (None, true) => td_string!(locale, timeline.you_removed_topic).to_string(),
            (None, false) => td_string!(locale, timeline.removed_topic, who = who).to_string(),
        },
        EventBody::Posted(_)
        | EventBody::Edited(_)
        | EventBody::Deleted(_)
        | EventBody::Reacted(_)
        | EventBody::Pinned(_)
        | EventBody::Previewed(_)
        | EventBody::Unknown => td_string!(locale, timeline.unknown).to_string(),
    }
}

fn name(locale: Locale, user: Option<&User>) -> String {
    match user {
        Some(user) => isolate(user.shown_name()),
        None => td_string!(locale, timeline.somebody).to_string(),
    }
}

/// A list of names: “a, b and c”, the user first, then the others by name; only the first of many, unless `all` is set.
fn names(locale: Locale, state: &State, ids: &[UserId], all: bool) -> String {
    let me = state.me().map(|me| me.id);
    let users: Vec<User> =
        ids.iter().filter(|id| Some(**id) != me).filter_map(|id| state.user(*id).cloned()).collect();
    let unknown = ids.iter().filter(|id| Some(**id) != me && state.user(**id).is_none());
    let you = ids.iter().any(|id| Some(*id) == me).then(|| td_string!(locale, timeline.you).to_string());
    let named = collation::sort_by_name(locale, &users).into_iter().map(|user| isolate(user.shown_name()));
    let mut names: Vec<String> =
        you.into_iter().chain(named).chain(unknown.map(|_| name(locale, None))).collect();
    if !all && names.len() > MAX_NAMES + 1 {
        let others = names.len() - MAX_NAMES;
        names.truncate(MAX_NAMES);
        names.push(t_plural!(locale, others as u64, timeline.others, count = others));
    }
    list(locale, &names)
}
