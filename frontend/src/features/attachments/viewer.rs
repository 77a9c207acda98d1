//! The viewer: one picture or video of a conversation at a time, as large as the window. The arrows lead to the next and the
//! previous one, plus and minus zoom, Escape and Back close it.

use confab_shared::{
    attachment::{Attachment, AttachmentKind},
    item::Item,
};
use leptos::{ev::KeyboardEvent, prelude::*};
use web_sys::{DragEvent, HtmlDialogElement, HtmlElement, PointerEvent, WheelEvent};

use super::{
    attach::is_within,
    layout::is_visual,
    links::{Links, still},
    placeholder::placeholder,
    player::{pause_others, renewal},
    sizes::file_size,
    uploads::{Uploads, use_uploads},
    viewing::Viewing,
    zoom::Zoom,
};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::media::wants_no_motion,
    route::use_route,
    state::{Chat, Scope},
    ui::{
        dialog::restore_focus,
        icon::{Icon, IconView},
        icon_button::IconButton,
        on_demand::on_demand,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, dynamic},
    },
};

/// How far a finger moves sideways to turn to the next picture, in pixels.
const SWIPE: f64 = 60.0;

on_demand! {
    pub(super) fn viewer(viewing: Viewing) in dialogs { <Viewer viewing/> }
}

/// The pictures and videos of a conversation or thread, as far as it is fetched, in their order; in the end those that are on
/// their way.
fn all_visual(chat: Chat, uploads: Uploads, scope: Scope) -> Vec<Attachment> {
    let mut all: Vec<_> = chat.state.with(|state| {
        let items = scope.timeline(state).into_iter().flat_map(|timeline| {
            let root = timeline.root().into_iter();
            root.chain(timeline.items().filter_map(Item::message))
        });
        items.flat_map(|message| message.attachments.iter().filter(|of| is_visual(of)).cloned()).collect()
    });
    uploads.list.with(|list| {
        let waiting = list.iter().filter(|upload| upload.message.is_some() && upload.scope() == scope);
        let waiting = waiting.map(|upload| upload.attachment()).filter(is_visual);
        all.extend(waiting.filter(|of| all.iter().all(|known| known.id != of.id)).collect::<Vec<_>>());
    });
    all
}

#[component]
fn Viewer(viewing: Viewing) -> impl IntoView {
    let (chat, uploads) = (expect_context::<Chat>(), use_uploads());
    let Viewing { open, scope, shown } = viewing;
    let (dialog, stage) = (ElementRef::new(), ElementRef::new());
    let close = move || {
        open.try_set(false);
    };
    restore_focus();
    use_route().push_overlay(open);
    effect(move || {
        if let Some(dialog) = dialog.get::<HtmlDialogElement>() {
            let _ = dialog.show_modal();
            // And not its first button.
            let _ = dialog.focus();
            pause_others(&dialog);
        }
    });
    let all = memo(move || scope.get().map(|scope| all_visual(chat, uploads, scope)).unwrap_or_default());
    let index =
        memo(move || all.with(|all| all.iter().position(|attachment| Some(attachment.id) == shown.get())));
    // What is deleted meanwhile is not shown any more.
    effect(move || {
        if index.get().is_none() {
            close();
        }
    });
    let current = memo(move || all.with(|all| all.get(index.get()?).cloned()));
    let count = memo(move || all.with(Vec::len));
    let zoom = Zoom::new(stage);
    let turn = move |step: isize| {
        let next = index.get_untracked().and_then(|at| at.checked_add_signed(step));
        if let Some(next) = next.and_then(|next| all.with_untracked(|all| all.get(next).map(|of| of.id))) {
            zoom.reset();
            shown.set(Some(next));
        }
    };
    let has_previous = memo(move || index.get().is_some_and(|at| at > 0));
    let has_next = memo(move || index.get().is_some_and(|at| at + 1 < count.get()));
    let is_picture =
        memo(move || current.with(|of| of.as_ref().is_some_and(|of| of.kind() == AttachmentKind::Picture)));
    let on_key = move |event: KeyboardEvent| {
        let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        // A player uses the arrows itself.
        let in_player = is_within(&event, "video");
        match event.key().as_str() {
            "ArrowLeft" if plain && !in_player => turn(-1),
            "ArrowRight" if plain && !in_player => turn(1),
            "+" | "=" if plain && is_picture.get_untracked() => zoom.by(1.5),
            "-" if plain && is_picture.get_untracked() => zoom.by(1.0 / 1.5),
            "0" if plain => zoom.reset(),
            _ => return,
        }
        event.prevent_default();
    };
    let on_wheel = move |event: WheelEvent| {
        if is_picture.get_untracked() {
            event.prevent_default();
            let factor = if event.delta_y() < 0.0 { 1.2 } else { 1.0 / 1.2 };
            zoom.at(f64::from(event.client_x()), f64::from(event.client_y()), factor);
        }
    };
    // A click beside the picture closes; one on it zooms.
    let press = StoredValue::new(None::<(f64, f64)>);
    let position = |event: &PointerEvent| (f64::from(event.client_x()), f64::from(event.client_y()));
    // Another finger, or another button of the mouse, does nothing.
    let on_down = move |event: PointerEvent| {
        if event.is_primary() {
            press.set_value(Some(position(&event)).filter(|_| event.button() == 0));
        }
    };
    let on_move = move |event: PointerEvent| {
        if !event.is_primary() {
            return;
        }
        if let Some((x, y)) = press.get_value().filter(|_| zoom.is_on()) {
            let (to_x, to_y) = position(&event);
            zoom.move_by(to_x - x, to_y - y);
            press.set_value(Some((to_x, to_y)));
        }
    };
    let on_up = move |event: PointerEvent| {
        if !event.is_primary() {
            return;
        }
        let Some((x, y)) = press.try_update_value(Option::take).flatten() else { return };
        let (to_x, to_y) = position(&event);
        if zoom.take_moved() {
            return;
        }
        let aside = to_x - x;
        if event.pointer_type() != "mouse" && aside.abs() > SWIPE && aside.abs() > (to_y - y).abs() {
            return turn(if aside < 0.0 { 1 } else { -1 });
        }
        match (is_within(&event, "img"), is_within(&event, "video")) {
            (true, _) => zoom.toggle_at(to_x, to_y),
            (_, true) => {}
            _ => close(),
        }
    };
    let heading = memo(move || current.with(|of| of.as_ref().map(|of| of.name.clone())).unwrap_or_default());
    let about = t_fmt(move |l| {
        let size = current.with(|of| of.as_ref().map(|of| file_size(l, of.bytes))).unwrap_or_default();
        let at = index.get().map_or(0, |at| at + 1);
        let place = td_string!(l, attachments.place, index = at, count = count.get()).to_string();
        if count.get() > 1 { format!("{place} · {size}") } else { size }
    });
    let links = Links::get();
    let download = move || {
        let id = shown.get()?;
        links.download(id).get()
    };
    view! {
        <dialog
            class="viewer"
            tabindex="-1"
            data-testid="viewer"
            aria-label=t(|l| td_string!(l, attachments.viewer))
            use:capture=dialog
            on:close=on_event(close)
            on:keydown=on_key
        >
            <header class="viewer-header">
                <div class="viewer-title">
                    <h2 dir="auto" data-testid="viewer-name">{heading}</h2>
                    <p data-testid="viewer-about">{about}</p>
                </div>
                <Show when=is_picture>
                    <IconButton
                        icon=Icon::ZoomOut
                        label=|l| td_string!(l, attachments.zoom_out)
                        testid="viewer-zoom-out"
                        on_press=move |()| zoom.by(1.0 / 1.5)
                    />
                    <IconButton
                        icon=Icon::ZoomIn
                        label=|l| td_string!(l, attachments.zoom_in)
                        testid="viewer-zoom-in"
                        on_press=move |()| zoom.by(1.5)
                    />
                </Show>
                <a
                    class="icon-button"
                    data-testid="viewer-download"
                    href=download
                    download=move || heading.get()
                    title=t(|l| td_string!(l, attachments.download))
                    aria-label=t(|l| td_string!(l, attachments.download))
                >
                    <IconView icon=Icon::Download/>
                </a>
                <IconButton
                    icon=Icon::Close
                    label=|l| td_string!(l, conversation.close)
                    testid="viewer-close"
                    on_press=move |()| close()
                />
            </header>
            <div
                class="viewer-stage"
                class:zoomed=move || zoom.is_on()
                use:capture=stage
                on:wheel=on_wheel
                on:pointerdown=on_down
                on:pointermove=on_move
                on:pointerup=on_up
                on:pointercancel=on_event(move || press.set_value(None))
                on:dragstart=|event: DragEvent| event.prevent_default()
            >
                {dynamic(move || current.get().map(|attachment| face(attachment, uploads, links)).into_any())}
            </div>
            <Show when=has_previous>
                <IconButton
                    icon=Icon::Back
                    label=|l| td_string!(l, attachments.previous)
                    class="viewer-turn previous"
                    testid="viewer-previous"
                    on_press=move |()| turn(-1)
                />
            </Show>
            <Show when=has_next>
                <IconButton
                    icon=Icon::Next
                    label=|l| td_string!(l, attachments.next)
                    class="viewer-turn next"
                    testid="viewer-next"
                    on_press=move |()| turn(1)
                />
            </Show>
        </dialog>
    }
}

/// The picture or video itself, in a box of its shape, so that nothing moves when it comes.
fn face(attachment: Attachment, uploads: Uploads, links: Links) -> AnyView {
    let id = attachment.id;
    let local = uploads.show(attachment.clone()).address;
    let link = local.is_none().then(|| links.of(id));
    let is_still = attachment.animated && wants_no_motion();
    let local = StoredValue::new(local);
    let source = memo(move || match link {
        None => local.get_value(),
        Some(link) => link.with(|link| {
            let link = link.as_ref()?;
            Some(if is_still { still(link, false) } else { link.url.clone() })
        }),
    });
    // The smaller one first: it is there at once.
    let first = memo(move || {
        link.and_then(|link| link.with(|link| link.as_ref().and_then(|link| link.preview.clone())))
    });
    let loaded = RwSignal::new(false);
    let (width, height) = (attachment.width.unwrap_or(16), attachment.height.unwrap_or(9));
    if attachment.kind() == AttachmentKind::Video {
        let video = ElementRef::new();
        let renew = renewal(video, source, move || {
            if link.is_some() {
                links.renew(id)
            }
        });
        return view! {
            <video
                class="viewer-video"
                src=move || source.get()
                controls
                autoplay=!wants_no_motion()
                playsinline
                data-testid="viewer-video"
                use:capture=video
                on:error=on_event(renew)
            ></video>
        }
        .into_any();
    }
    let picture = ElementRef::new();
    effect(move || {
        if let Some(picture) = picture.get::<HtmlElement>() {
            let style = picture.style();
            let _ = style.set_property("--w", &width.to_string());
            let _ = style.set_property("--h", &height.to_string());
        }
    });
    view! {
        <div class="viewer-picture" use:capture=picture>
            {placeholder(&attachment)}
            {dynamic(move || first.get().filter(|_| !loaded.get()).map(|first| view! { <img src=first alt=""/> }).into_any())}
            <img
                src=move || source.get()
                alt=attachment.name.clone()
                class:loaded=loaded
                data-testid="viewer-picture"
                on:load=on_event(move || loaded.set(true))
                on:error=on_event(move || if link.is_some() { links.renew(id) })
            />
        </div>
    }
    .into_any()
}
