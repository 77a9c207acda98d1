//! What happened in a conversation that is no message, in a sentence.

use confab_shared::{
    ids::{ConversationId, Seq, UserId},
    model::{Event, EventBody},
    state::State,
};
use leptos::prelude::*;

use crate::{
    format,
    i18n::{Locale, td_string, tell},
    state::Chat,
};

#[component]
pub(crate) fn Notice(id: ConversationId, seq: Seq) -> impl IntoView {
    let chat: Chat = expect_context();
    let event = chat.state.with_untracked(|state| state.timeline(id).and_then(|t| t.get(seq)).cloned());
    event.map(|event| {
        let at = event.at;
        let text = tell(move |l| chat.state.with_untracked(|state| sentence(l, state, &event)));
        view! {
            <div class="notice" data-testid="notice" title=tell(move |l| format::full(l, at))>
                <span>{text}</span>
            </div>
        }
    })
}

fn sentence(locale: Locale, state: &State, event: &Event) -> String {
    let mine = state.me().is_some_and(|me| me.id == event.by);
    let who = name(locale, state, event.by);
    match &event.body {
        EventBody::Joined { users } => {
            // Whoever comes by themselves added nobody.
            let others: Vec<_> = users.iter().filter(|user| **user != event.by).collect();
            let names = names(locale, state, &others);
            match (mine, others.is_empty()) {
                (_, true) => td_string!(locale, timeline.came, who = who).to_string(),
                (true, false) => td_string!(locale, timeline.you_added, names = names).to_string(),
                (false, false) => td_string!(locale, timeline.joined, who = who, names = names).to_string(),
            }
        }
        EventBody::Left => td_string!(locale, timeline.left, who = who).to_string(),
        // A group's first event names it.
        EventBody::Renamed { title } if event.seq == Seq(1) && mine => {
            td_string!(locale, timeline.you_began, title = title.to_string()).to_string()
        }
        EventBody::Renamed { title } if event.seq == Seq(1) => {
            td_string!(locale, timeline.began, who = who, title = title.to_string()).to_string()
        }
        EventBody::Renamed { title } if mine => {
            td_string!(locale, timeline.you_renamed, title = title.to_string()).to_string()
        }
        EventBody::Renamed { title } => {
            td_string!(locale, timeline.renamed, who = who, title = title.to_string()).to_string()
        }
        EventBody::Posted { .. } | EventBody::Unknown => td_string!(locale, timeline.unknown).to_string(),
    }
}

fn name(locale: Locale, state: &State, id: UserId) -> String {
    state
        .user(id)
        .map_or_else(|| td_string!(locale, timeline.somebody).to_string(), |user| user.name.to_string())
}

/// Names in a row: “a, b and c”.
fn names(locale: Locale, state: &State, ids: &[&UserId]) -> String {
    let me = state.me().map(|me| me.id);
    let mut names: Vec<String> = ids
        .iter()
        .map(|id| match me == Some(**id) {
            true => td_string!(locale, timeline.you).to_string(),
            false => name(locale, state, **id),
        })
        .collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => {
            let names = names.join(td_string!(locale, timeline.separator));
            td_string!(locale, timeline.and, names = names, last = last).to_string()
        }
    }
}
