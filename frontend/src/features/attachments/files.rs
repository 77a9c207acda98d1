//! The attachments of a message: pictures and videos together, then the others, a row each.

use confab_shared::attachment::{Attachment, AttachmentKind};
use leptos::prelude::*;

use super::{
    boxes::pictures_box,
    in_message::InMessage,
    layout::{is_visual, layout},
    links::Links,
    picture::Picture,
    player::Player,
    shown::Shown,
    sizes::{ending, file_size},
    status::UploadStatus,
};
use crate::{
    i18n::{t_fmt, td_string},
    ui::{
        bidi::isolate,
        icon::{Icon, IconView},
        on_demand::on_demand,
        reactive::memo,
        show::{Show, dynamic},
    },
};

on_demand! {
    /// The attachments of a message.
    pub(super) fn message_files(attached: InMessage, shown: Vec<Shown>) in dialogs {
        <MessageFiles attached shown/>
    }
}

#[component]
fn MessageFiles(attached: InMessage, shown: Vec<Shown>) -> impl IntoView {
    let (pictures, others): (Vec<_>, Vec<_>) =
        shown.into_iter().partition(|shown| is_visual(&shown.attachment));
    let pictures = layout(pictures.iter().map(|shown| &shown.attachment)).map(|layout| {
        let tiles = pictures.into_iter().zip(layout.tiles.clone());
        let tiles = tiles.map(|(shown, tile)| {
            let wide = tile.width / 100.0 * layout.width > 230.0;
            view! { <Picture scope=attached.scope shown tile wide/> }.into_any()
        });
        pictures_box(&layout, tiles.collect_view().into_any())
    });
    view! {
        <div class="files" data-testid="files">
            {pictures}
            {others.into_iter().map(row).collect_view()}
            {dynamic(move || match attached.unsent.get() {
                Some(message) => view! { <UploadStatus message/> }.into_any(),
                None => ().into_any(),
            })}
        </div>
    }
}

fn row(shown: Shown) -> AnyView {
    match shown.attachment.kind() {
        AttachmentKind::Audio | AttachmentKind::Voice => view! { <Player shown/> }.into_any(),
        _ => view! { <FileRow shown/> }.into_any(),
    }
}

/// A file to download.
#[component]
fn FileRow(shown: Shown) -> impl IntoView {
    let Attachment { id, name, bytes, .. } = shown.attachment;
    let links = Links::get();
    let link = (!shown.is_on_its_way).then(|| links.download(id));
    let url = memo(move || link?.get());
    let missing = Signal::derive(move || link.is_some() && links.is_missing(id));
    let size = t_fmt(move |l| match missing.get() {
        true => td_string!(l, attachments.missing).to_owned(),
        false => file_size(l, bytes),
    });
    let shown_name = isolate(&name);
    let label =
        t_fmt(move |l| td_string!(l, attachments.download_of, name = shown_name.as_str()).to_string());
    view! {
        <a
            class="file-row"
            class:missing=missing
            data-testid="file"
            href=move || url.get()
            download=name.clone()
            title=label
            aria-label=label
            // What is dragged out of the page is the file, and no link to drop.
            draggable="false"
        >
            <span class="file-icon"><IconView icon=Icon::File/><i>{ending(&name)}</i></span>
            <span class="file-text"><b dir="auto">{name.clone()}</b><small>{size}</small></span>
            <Show when=move || url.with(Option::is_some)>
                <span class="file-action"><IconView icon=Icon::Download/></span>
            </Show>
        </a>
    }
}
