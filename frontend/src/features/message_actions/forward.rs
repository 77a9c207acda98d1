//! Forwarding: a new message in other conversations that quotes the author and the text.

use confab_shared::{
    command::Send,
    id::{AttachmentId, ConversationId, Seq},
    text::MessageText,
};
use leptos::{prelude::*, task::spawn_local};
use web_sys::Event;

use crate::{
    features::conversations::{conversation_avatar::ConversationAvatar, display_name::name_of},
    i18n::{collation::fold, errors::error_text, plurals::t_plural, t, t_fmt, td_string, use_language},
    platform::{
        api::{ApiResult, attachments::copy},
        client_id, clock,
    },
    session::use_session,
    state::Chat,
    ui::{
        avatar::Size,
        dialog::Dialog,
        on_demand::on_demand,
        person_name::shown_name,
        reactive::{ElementRef, capture, memo, on_event, select_when_mounted},
        show::dynamic,
        toast::{Toast, use_toasts},
    },
};

/// How many conversations are listed; others are found by name.
const MAX_LISTED: usize = 50;

on_demand! {
    /// The dialog in which one chooses where a message goes.
    pub(super) fn forward_dialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) in dialogs {
        <ForwardDialog id seq open/>
    }
}

#[component]
fn ForwardDialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) -> impl IntoView {
    let (chat, lang, toasts) = (expect_context::<Chat>(), use_language(), use_toasts());
    let session = use_session();
    let (query, chosen) = (RwSignal::new(String::new()), RwSignal::new(Vec::<ConversationId>::new()));
    let input = ElementRef::new();
    select_when_mounted(input);
    // In the order of the moment, so that no row moves away from under the pointer.
    let conversations: Vec<_> = chat.state.with_untracked(|state| {
        let locale = untrack(|| lang.get());
        let named = |id| Some((id, name_of(locale, state, id)?));
        state.list().into_iter().filter_map(|conversation| named(conversation.id)).collect()
    });
    let found = memo(move || {
        let wanted = fold(query.get().trim());
        let matching = conversations.iter().filter(|(_, name)| fold(name).contains(&wanted));
        matching.take(MAX_LISTED).cloned().collect::<Vec<_>>()
    });
    let forward = move || {
        let message = chat.state.with_untracked(|state| state.message(id, seq)).map(|view| view.message);
        let message = message.filter(|message| message.deleted.is_none());
        let quoted = message.and_then(|message| {
            let author = untrack(|| chat.person(message.by)).map(|author| shown_name(&author));
            let text = quoted(&author.unwrap_or_default(), message.text.as_str())?;
            let files: Vec<_> = message.attachments.iter().map(|attachment| attachment.id).collect();
            Some((text, files))
        });
        let to = chosen.get_untracked();
        open.set(false);
        let Some((text, files)) = quoted else {
            return toasts.show(Toast::new(|l| td_string!(l, replies.deleted).to_owned()));
        };
        let token = session.token();
        spawn_local(async move {
            let count = to.len() as u64;
            // All before the first message is sent: it goes to all conversations, or to none.
            let mut copied = Vec::with_capacity(to.len());
            for _ in &to {
                match copies(&token, &files).await {
                    Ok(attachments) => copied.push(attachments),
                    Err(error) => return toasts.show(Toast::new(move |l| error_text(l, &error))),
                }
            }
            if !chat.is_alive() {
                return;
            }
            for (conversation, attachments) in to.into_iter().zip(copied) {
                let send = Send::new(client_id::new(), conversation, text.to_string());
                chat.submit(Send { attachments, ..send }.into(), clock::now());
            }
            toasts.show(Toast::new(move |l| t_plural!(l, count, forward.done, count = count)));
        });
    };
    view! {
        <Dialog title=|l| td_string!(l, forward.title) open testid="forward-dialog">
            <input
                class="field"
                type="text"
                autocomplete="off"
                data-testid="forward-search"
                aria-label=t(|l| td_string!(l, forward.search))
                placeholder=t(|l| td_string!(l, forward.search))
                use:capture=input
                bind:value=query
            />
            <div class="forward-list" role="group" aria-label=t(|l| td_string!(l, forward.title))>
                {dynamic(move || {
                    let rows = found.get().into_iter().map(|(id, name)| row(id, name, chosen));
                    rows.collect_view().into_any()
                })}
            </div>
            <footer class="dialog-footer">
                <button class="button quiet" type="button" on:click=on_event(move || open.set(false))>
                    {t(|l| td_string!(l, new.cancel))}
                </button>
                <button
                    class="button"
                    type="button"
                    data-testid="forward-send"
                    disabled=Signal::derive(move || chosen.with(Vec::is_empty))
                    on:click=on_event(forward)
                >
                    {t_fmt(move |l| match chosen.with(Vec::len) {
                        0 => td_string!(l, forward.send).to_owned(),
                        count => td_string!(l, forward.send_to, count = count).to_string(),
                    })}
                </button>
            </footer>
        </Dialog>
    }
}

/// Attachments of the user's own with the same bytes: each message has its own.
async fn copies(token: &str, files: &[AttachmentId]) -> ApiResult<Vec<AttachmentId>> {
    let mut copies = Vec::with_capacity(files.len());
    for file in files {
        copies.push(copy(token, *file).await?.id);
    }
    Ok(copies)
}

fn row(id: ConversationId, name: String, chosen: RwSignal<Vec<ConversationId>>) -> AnyView {
    let change = move |event: Event| {
        let is_on = event_target_checked(&event);
        chosen.update(|chosen| {
            chosen.retain(|other| *other != id);
            if is_on {
                chosen.push(id);
            }
        });
    };
    view! {
        <label class="forward-row">
            <input
                type="checkbox"
                data-testid="forward-to"
                data-name=name.clone()
                prop:checked=Signal::derive(move || chosen.with(|chosen| chosen.contains(&id)))
                on:change=change
            />
            <ConversationAvatar id size=Size::Small/>
            <span dir="auto">{name}</span>
        </label>
    }
    .into_any()
}

/// A message that quotes another one. It mentions nobody whom that did: behind each sign stands U+2060, which no name has. A
/// text that would be too long is cut.
fn quoted(author: &str, text: &str) -> Option<MessageText> {
    let line = |line: &str| format!("> {line}\n");
    let author = format!("> **{}**\n", without_mentions(author));
    let text: String = without_mentions(text).lines().map(line).collect();
    let mut quoted = (author + &text).trim_end().to_owned();
    if quoted.len() > MessageText::MAX_BYTES {
        let mut end = MessageText::MAX_BYTES - '…'.len_utf8();
        while !quoted.is_char_boundary(end) {
            end -= 1;
        }
        quoted.truncate(end);
        quoted.push('…');
    }
    MessageText::new(&quoted).ok()
}

fn without_mentions(text: &str) -> String {
    text.replace('@', "@\u{2060}").replace('＠', "＠\u{2060}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_names_its_author_and_mentions_nobody() {
        let quote = |text: &str| quoted("Mei", text).expect("it is no empty text").to_string();
        assert_eq!(quote("hello\nyou"), "> **Mei**\n> hello\n> you");
        assert_eq!(quote(""), "> **Mei**");
        assert_eq!(quote("@ada ＠li"), "> **Mei**\n> @\u{2060}ada ＠\u{2060}li");
        let long = quote(&"李".repeat(5_461));
        assert!(long.len() <= MessageText::MAX_BYTES && long.ends_with('…'), "{}", long.len());
    }
}
