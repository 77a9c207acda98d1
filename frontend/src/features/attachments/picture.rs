//! A picture or video among those of a message: a click opens the viewer. What moves plays while the pointer or the
//! keyboard is on it, unless the user wants no motion.

use confab_shared::attachment::AttachmentKind;
use leptos::prelude::*;
use web_sys::PointerEvent;

use super::{
    layout::Tile,
    links::{Links, still},
    placeholder::placeholder,
    shown::Shown,
    viewing::Viewing,
    waveform::clock,
};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::media::wants_no_motion,
    state::Scope,
    ui::{
        bidi::isolate,
        icon::{Icon, IconView},
        reactive::{memo, on_event},
        show::Show,
    },
};

#[component]
pub(super) fn Picture(
    scope: Scope,
    shown: Shown,
    tile: Tile,
    /// Whether it is wider than a small picture of it.
    wide: bool,
) -> impl IntoView {
    let Shown { attachment, address, is_on_its_way } = shown;
    let (links, viewing) = (Links::get(), Viewing::get());
    let id = attachment.id;
    let local = StoredValue::new(address.clone());
    let is_local = address.is_some() || is_on_its_way;
    let link = (!is_local).then(|| links.of(id));
    let is_video = attachment.kind() == AttachmentKind::Video;
    let animated = attachment.animated;
    let (plays, loaded) = (RwSignal::new(false), RwSignal::new(is_local));
    let play = move |on: bool| plays.set(on && animated && !wants_no_motion());
    let source = memo(move || match link {
        None => local.get_value(),
        Some(link) => link.with(|link| {
            let link = link.as_ref()?;
            Some(if plays.get() { link.url.clone() } else { still(link, wide && !animated) })
        }),
    });
    let missing = Signal::derive(move || link.is_some() && links.is_missing(id));
    let name = isolate(&attachment.name);
    let label = t_fmt(move |l| match missing.get() {
        true => td_string!(l, attachments.missing).to_owned(),
        false => td_string!(l, attachments.open, name = name.as_str()).to_string(),
    });
    let percent = |value: f64| format!("{value:.3}%");
    view! {
        <div
            class="tile"
            style:left=percent(tile.left)
            style:top=percent(tile.top)
            style:width=percent(tile.width)
            style:height=percent(tile.height)
        >
            <button
                class="tile-open"
                class:loaded=loaded
                type="button"
                data-testid="picture"
                data-attachment=id.to_string()
                data-plays=move || plays.get().to_string()
                title=label
                aria-label=label
                disabled=missing
                on:click=on_event(move || viewing.show(scope, id))
                on:pointerenter=move |event: PointerEvent| play(event.pointer_type() == "mouse")
                on:pointerleave=on_event(move || play(false))
                on:focus=on_event(move || play(true))
                on:blur=on_event(move || play(false))
            >
                {placeholder(&attachment)}
                {if is_video {
                    video_face(is_local.then_some(source), attachment.duration)
                } else {
                    view! {
                        <img
                            src=move || source.get()
                            alt=""
                            decoding=if is_local { "sync" } else { "async" }
                            draggable="false"
                            on:load=on_event(move || loaded.set(true))
                            on:error=on_event(move || if !is_local { links.renew(id) })
                        />
                    }
                    .into_any()
                }}
                <Show when=move || animated && !plays.get()>{animated_mark()}</Show>
            </button>
        </div>
    }
}

/// A video is not fetched before somebody wants to see it.
fn video_face(local: Option<Memo<Option<String>>>, duration: Option<u32>) -> AnyView {
    let frame = local.map(|source| {
        view! {
            <video src=move || source.get() muted preload="metadata" tabindex="-1" aria-hidden="true"></video>
        }
        .into_any()
    });
    view! {
        {frame}
        <span class="tile-play"><IconView icon=Icon::Play/></span>
        {duration.map(|duration| view! { <span class="tile-mark" dir="ltr">{clock(duration)}</span> }.into_any())}
    }
    .into_any()
}

/// The mark of a picture that moves.
fn animated_mark() -> AnyView {
    view! { <span class="tile-mark" aria-hidden="true">{t(|l| td_string!(l, attachments.animated))}</span> }
        .into_any()
}
