//! The room of a message's attachments, which is the same before they are there.

use leptos::prelude::*;

use super::{
    layout::{Layout, is_visual, layout},
    shown::Shown,
};
use crate::ui::popup::px;

/// The box of pictures, which has its size before they are there.
pub(super) fn pictures_box(layout: &Layout, tiles: AnyView) -> AnyView {
    let ratio = format!("{:.0} / {:.0}", layout.width, layout.height);
    view! {
        <div class="pictures" style:width=px(layout.width) style:aspect-ratio=ratio>{tiles}</div>
    }
    .into_any()
}

/// The room of attachments.
pub(super) fn reserved(shown: &[Shown]) -> AnyView {
    let attachments = || shown.iter().map(|shown| &shown.attachment);
    let pictures = layout(attachments().filter(|attachment| is_visual(attachment)));
    let rows = attachments().filter(|attachment| !is_visual(attachment)).count();
    view! {
        <div class="files" aria-hidden="true">
            {pictures.map(|layout| pictures_box(&layout, ().into_any()))}
            {(0..rows).map(|_| view! { <div class="file-row"></div> }.into_any()).collect_view()}
        </div>
    }
    .into_any()
}
