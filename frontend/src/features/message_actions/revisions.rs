//! What an edited message said before.

use confab_shared::{
    api::Revision,
    id::{ConversationId, Seq, Timestamp},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    i18n::{dates, t, t_fmt, td_string},
    platform::api,
    session::use_session,
    state::Chat,
    ui::{
        dialog::Dialog,
        on_demand::on_demand,
        reactive::{effect, memo, on_event},
        show::{Show, dynamic},
    },
};

on_demand! {
    /// The dialog with the texts of a message.
    pub(super) fn revisions_dialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) in dialogs {
        <RevisionsDialog id seq open/>
    }
}

#[component]
fn RevisionsDialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog title=|l| td_string!(l, revisions.title) open testid="revisions-dialog">
            <RevisionList id seq/>
        </Dialog>
    }
}

/// The texts, the newest first. They are fetched again when the message is edited while they show.
#[component]
fn RevisionList(id: ConversationId, seq: Seq) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let fetched = RwSignal::new(None::<Result<Vec<Revision>, ()>>);
    let retry = RwSignal::new(0_u32);
    let now = memo(move || {
        let view = chat.state.with(|state| state.message(id, seq))?;
        Some((view.message.edited_at?, view.message.text.to_string(), view.is_changing))
    });
    effect(move || {
        retry.track();
        now.track();
        spawn_local(async move {
            let answer = api::get_revisions(&session.token(), id, seq).await;
            fetched.try_set(Some(answer.map(|answer| answer.revisions).map_err(drop)));
        });
    });
    let failed = move || fetched.with(|fetched| matches!(fetched, Some(Err(()))));
    view! {
        <Show when=move || fetched.with(Option::is_none)>
            <p class="dialog-text" role="status">{t(|l| td_string!(l, revisions.loading))}</p>
        </Show>
        <Show when=failed>
            <p class="dialog-text" role="alert">
                {t(|l| td_string!(l, revisions.failed))} " "
                <button class="button plain" type="button" on:click=on_event(move || retry.update(|retry| *retry += 1))>
                    {t(|l| td_string!(l, conversation.try_again))}
                </button>
            </p>
        </Show>
        <ol class="revisions">
            {dynamic(move || {
                let current = now.get().map(|(at, text, _)| revision(at, text, true));
                let earlier = fetched.get().and_then(Result::ok).unwrap_or_default();
                let earlier = earlier.into_iter().rev().map(|earlier| revision(earlier.at, earlier.text.to_string(), false));
                current.into_iter().chain(earlier).collect_view().into_any()
            })}
        </ol>
    }
}

fn revision(at: Timestamp, text: String, current: bool) -> AnyView {
    let current =
        current.then(|| view! { <span class="revision-now">{t(|l| td_string!(l, revisions.now))}</span> });
    view! {
        <li class="revision" data-testid="revision">
            <p class="revision-at">
                <time>{t_fmt(move |l| dates::full_date(l, at))}</time>
                {current}
            </p>
            <p class="revision-text" dir="auto" data-testid="revision-text">{text}</p>
        </li>
    }
    .into_any()
}
