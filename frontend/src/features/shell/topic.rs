//! The topic of a conversation: shown below its title, and edited in a dialog.

use confab_shared::{
    command::{Command, SetTopic},
    conversation::ConversationKind,
    id::ConversationId,
    state::{OutboxEntry, SendState, State},
    text,
};
use leptos::prelude::*;

use crate::{
    features::details::{
        change_list::ChangeList,
        changes::{ChangeKind, discard_refused},
        text_dialog::{Line, TextDialog},
    },
    i18n::{t, t_fmt, td_string},
    platform::{client_id, clock},
    state::Chat,
    ui::{
        form_error::FormError,
        on_demand::{on_demand, when_fetched},
        reactive::{memo, on_event},
        show::{Show, dynamic},
    },
};

/// The topic, and the button that edits it where its conversation allows that.
#[component]
pub(crate) fn Topic(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let topic = memo(move || chat.state.with(|state| topic_of(state, id)).unwrap_or_default());
    let editable = memo(move || {
        chat.state.with(|state| {
            state
                .conversation(id)
                .is_some_and(|conversation| conversation.kind != ConversationKind::Broadcast)
        })
    });
    let refused = memo(move || chat.state.with(|state| is_refused(state, id)));
    let open = RwSignal::new(false);
    let label = t_fmt(move |l| match topic.get() {
        topic if topic.is_empty() => td_string!(l, topic.add).to_owned(),
        topic => topic,
    });
    view! {
        <Show when=editable>
            <button
                class="topic"
                class:unset=move || topic.with(String::is_empty)
                class:refused=move || refused.get()
                type="button"
                dir="auto"
                data-testid="topic"
                title=t_fmt(move |l| match topic.get() {
                    topic if topic.is_empty() => td_string!(l, topic.title).to_owned(),
                    topic => topic,
                })
                on:click=on_event(move || open.set(true))
            >
                {dynamic(move || label.get().into_any())}
            </button>
        </Show>
        <Show when=open>
            {when_fetched(Some(open), move || topic_dialog(id, topic.get_untracked(), open))}
        </Show>
    }
}

on_demand! {
    fn topic_dialog(id: ConversationId, topic: String, open: RwSignal<bool>) in dialogs { <TopicDialog id topic open/> }
}

#[component]
fn TopicDialog(id: ConversationId, topic: String, open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let before = topic.clone();
    let line = Line {
        title: |l| td_string!(l, topic.title),
        label: |l| td_string!(l, topic.label),
        dialog_testid: "topic-dialog",
        input_testid: "topic-input",
        save_testid: "topic-save",
    };
    let save = move |topic: &str| {
        let topic = text::Topic::new(topic).map_err(|invalid| FormError::from_text_error(&invalid))?;
        let topic = topic.map(|topic| topic.to_string()).unwrap_or_default();
        discard_refused(chat, id, ChangeKind::SetTopic);
        if topic != before {
            let set = SetTopic { client_id: client_id::new(), conversation: id, topic };
            chat.submit(set.into(), clock::now());
        }
        Ok(())
    };
    view! {
        <TextDialog line before=topic open can_save=|_, _| true save=Box::new(save)>
            <p class="field-hint">{t(|l| td_string!(l, topic.hint))}</p>
            <ChangeList id kind=ChangeKind::SetTopic/>
        </TextDialog>
    }
}

/// The topic, as an unsent command changes it.
fn topic_of(state: &State, id: ConversationId) -> Option<String> {
    let unsent = |entry: &OutboxEntry| match (&entry.command, &entry.state) {
        (Command::SetTopic(set), SendState::Pending | SendState::Sent(_)) => Some(set.topic.clone()),
        _ => None,
    };
    let stored = || state.conversation(id)?.topic.as_ref().map(ToString::to_string);
    state.outbox.of(id).filter_map(unsent).last().or_else(stored)
}

fn is_refused(state: &State, id: ConversationId) -> bool {
    let refused = |entry: &OutboxEntry| {
        matches!((&entry.command, &entry.state), (Command::SetTopic(_), SendState::Failed(..)))
    };
    state.outbox.of(id).any(refused)
}
