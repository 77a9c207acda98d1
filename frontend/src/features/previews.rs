//! Previews of pages that a message links to, below its text. Who wrote the message can remove them.

use confab_shared::{
    attachment::Attachment,
    id::{ConversationId, Seq},
    preview::Preview,
    state::MessageView,
};
use leptos::prelude::*;

use crate::{
    features::{
        attachments::{
            links::{Links, still},
            placeholder::placeholder,
        },
        message_actions::commands,
    },
    i18n::{t_fmt, td_string},
    state::Chat,
    ui::{
        bidi::{isolate, strip_direction_controls},
        icon::{Icon, IconView},
        on_demand::{in_room_when_fetched, on_demand},
        reactive::{memo, on_event},
        show::dynamic,
    },
};

/// The previews of a message, and until what shows them is fetched, their room.
#[component]
pub(crate) fn LinkPreviews(
    id: ConversationId,
    /// Whether the user wrote the message.
    own: bool,
    view: Memo<Option<MessageView>>,
) -> impl IntoView {
    let shown = memo(move || {
        view.with(|view| view.as_ref().map(|view| (view.message.seq, view.message.previews.clone())))
            .filter(|(_, previews)| !previews.is_empty())
    });
    dynamic(move || {
        let Some((seq, previews)) = shown.get() else { return ().into_any() };
        let count = previews.len();
        in_room_when_fetched(move || reserved(count), move || previews_view(id, seq, own, previews.clone()))
    })
}

fn reserved(count: usize) -> AnyView {
    let cards = (0..count).map(|_| view! { <span class="preview"></span> }.into_any());
    view! { <div class="previews" aria-hidden="true">{cards.collect_view()}</div> }.into_any()
}

on_demand! {
    fn previews_view(id: ConversationId, seq: Seq, own: bool, previews: Vec<Preview>) in dialogs {
        <Cards id seq own previews/>
    }
}

#[component]
fn Cards(id: ConversationId, seq: Seq, own: bool, previews: Vec<Preview>) -> impl IntoView {
    let cards = previews.into_iter().map(|preview| view! { <Card id seq own preview/> }.into_any());
    view! { <div class="previews">{cards.collect_view()}</div> }
}

#[component]
fn Card(id: ConversationId, seq: Seq, own: bool, preview: Preview) -> impl IntoView {
    let chat: Chat = expect_context();
    let Preview { url, title, description, site, image } = preview;
    let site = strip_direction_controls(&site.unwrap_or_else(|| host(&url)));
    let title = strip_direction_controls(&title);
    let named = isolate(&title);
    let removed = url.clone();
    let remove = move || commands::remove_preview(chat, id, seq, removed.clone());
    let label = t_fmt(move |l| td_string!(l, previews.remove, title = named.as_str()).to_string());
    view! {
        <div class="preview" data-testid="preview">
            <a class="preview-page" href=url target="_blank" rel="noopener noreferrer nofollow">
                <span class="preview-text">
                    <small dir="auto">{site}</small>
                    <b dir="auto">{title}</b>
                    {description.map(|text| view! { <span dir="auto">{strip_direction_controls(&text)}</span> })}
                </span>
                {image.map(|image| view! { <Picture image/> })}
            </a>
            {own.then(|| view! {
                <button
                    class="preview-remove"
                    type="button"
                    data-testid="preview-remove"
                    title=label
                    aria-label=label
                    on:click=on_event(remove)
                >
                    <IconView icon=Icon::Close/>
                </button>
            })}
        </div>
    }
}

#[component]
fn Picture(image: Attachment) -> impl IntoView {
    let links = Links::get();
    let id = image.id;
    let link = links.of(id);
    let loaded = RwSignal::new(false);
    view! {
        <span class="preview-picture tile-open" class:loaded=loaded>
            {placeholder(&image)}
            <img
                src=move || link.with(|link| link.as_ref().map(|link| still(link, false)))
                alt=""
                decoding="async"
                on:load=on_event(move || loaded.set(true))
                on:error=on_event(move || links.renew(id))
            />
        </span>
    }
}

/// The name of the server in an address.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().trim_start_matches("www.").to_owned()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_page_without_a_name_is_called_by_its_host() {
        assert_eq!(host("https://www.rail.example/lines?a=1"), "rail.example");
        assert_eq!(host("https://me@rail.example:8080"), "rail.example:8080");
        assert_eq!(host("rail.example#x"), "rail.example");
    }
}
