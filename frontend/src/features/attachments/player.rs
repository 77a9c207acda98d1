//! Plays an audio file or a voice message. One of them plays at a time.

use confab_shared::attachment::{Attachment, AttachmentKind};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlMediaElement};

use super::{
    links::Links,
    shown::Shown,
    waveform::{BARS, clock, path},
};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::{
        browser::{document, on_next_frame},
        files::from_base64,
        media::play,
        storage::WebStorage,
    },
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::dynamic,
    },
};

/// Under which the browser remembers how fast this user listens.
const SPEED_KEY: &str = "confab.voice_speed";

/// The speeds, in percent.
const SPEEDS: [u32; 3] = [100, 150, 200];

#[component]
pub(super) fn Player(shown: Shown) -> impl IntoView {
    let Shown { attachment, address, is_on_its_way } = shown;
    let links = Links::get();
    let id = attachment.id;
    let is_local = address.is_some() || is_on_its_way;
    let local = StoredValue::new(address);
    let link = (!is_local).then(|| links.of(id));
    let source = memo(move || match link {
        None => local.get_value(),
        Some(link) => link.with(|link| link.as_ref().map(|link| link.url.clone())),
    });
    let missing = Signal::derive(move || link.is_some() && links.is_missing(id));
    let sound = ElementRef::new();
    // Until it plays, how long it is is what its author's browser said.
    let length = RwSignal::new(attachment.duration.unwrap_or_default());
    let (position, playing) = (RwSignal::new(0_u32), RwSignal::new(false));
    let speed = RwSignal::new(stored_speed());
    let renew = renewal(sound, source, move || {
        if !is_local {
            links.renew(id)
        }
    });
    let element = move || sound.get_untracked::<HtmlMediaElement>();
    effect(move || {
        if let Some(sound) = sound.get::<HtmlMediaElement>() {
            sound.set_default_playback_rate(f64::from(speed.get()) / 100.0);
            sound.set_playback_rate(f64::from(speed.get()) / 100.0);
        }
    });
    let toggle = move || {
        if let Some(sound) = element() {
            if sound.paused() {
                pause_others(&sound);
                play(&sound);
            } else {
                let _ = sound.pause();
            }
        }
    };
    let note_time = move || {
        if let Some(sound) = element() {
            position.set((sound.current_time() * 1000.0) as u32);
            let seconds = sound.duration();
            if seconds.is_finite() && attachment.duration.is_none() {
                length.set((seconds * 1000.0) as u32);
            }
        }
    };
    let seek = move |event: web_sys::Event| {
        let input = event.target().and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
        if let (Some(input), Some(sound)) = (input, element()) {
            let to: u32 = input.value().parse().unwrap_or_default();
            position.set(to);
            sound.set_current_time(f64::from(to) / 1000.0);
        }
    };
    let ended = move || {
        playing.set(false);
        position.set(0);
        if let Some(sound) = element() {
            sound.set_current_time(0.0);
        }
    };
    let played = move || {
        let length = length.get().max(1);
        format!("{:.2}%", f64::from(position.get().min(length)) / f64::from(length) * 100.0)
    };
    let time = move || match position.get() {
        0 => clock(length.get()),
        position => clock(position),
    };
    let faster = move || {
        let at = SPEEDS.iter().position(|of| *of == speed.get_untracked()).unwrap_or_default();
        let next = SPEEDS[(at + 1) % SPEEDS.len()];
        speed.set(next);
        WebStorage::Browser.set(SPEED_KEY, &next.to_string());
    };
    let speed_text = move || format!("{}×", f64::from(speed.get()) / 100.0);
    let speed_label = t_fmt(move |l| td_string!(l, attachments.speed, speed = speed_text()).to_string());
    let label = play_label(playing.into());
    let is_voice = attachment.kind() == AttachmentKind::Voice;
    let kind = if is_voice { "voice" } else { "audio" };
    let note = t_fmt(move |l| match missing.get() {
        true => td_string!(l, attachments.missing).to_owned(),
        false => time(),
    });
    view! {
        <div class="file-row player" class:missing=missing data-testid=kind data-playing=move || playing.get().to_string()>
            <audio
                preload="none"
                src=move || source.get()
                use:capture=sound
                on:timeupdate=on_event(note_time)
                on:play=on_event(move || playing.set(true))
                on:pause=on_event(move || playing.set(false))
                on:ended=on_event(ended)
                on:error=on_event(renew)
            ></audio>
            <button
                class="play"
                type="button"
                data-testid="play"
                title=label
                aria-label=label
                disabled=move || source.with(Option::is_none)
                on:click=on_event(toggle)
            >
                {dynamic(move || {
                    let icon = if playing.get() { Icon::Pause } else { Icon::Play };
                    view! { <IconView icon/> }.into_any()
                })}
            </button>
            <span class="file-text">
                {(!is_voice).then(|| view! { <b dir="auto">{attachment.name.clone()}</b> })}
                <span class="track" class:wave=is_voice style=("--played", played)>
                    {track(&attachment)}
                    <input
                        type="range"
                        min="0"
                        max=move || length.get().max(1).to_string()
                        step="100"
                        data-testid="seek"
                        aria-label=t(|l| td_string!(l, attachments.position))
                        aria-valuetext=time
                        prop:value=move || position.get().to_string()
                        on:input=seek
                    />
                </span>
            </span>
            <small class="player-time" dir="ltr">{note}</small>
            {is_voice.then(|| view! {
                <button class="speed" type="button" data-testid="speed" title=speed_label aria-label=speed_label on:click=on_event(faster)>
                    {speed_text}
                </button>
            })}
        </div>
    }
}

/// The waveform of a voice message: drawn twice, the part that was played over the whole. A line of other files.
fn track(attachment: &Attachment) -> AnyView {
    let levels = attachment.waveform.as_deref().and_then(from_base64).unwrap_or_default();
    if attachment.kind() != AttachmentKind::Voice {
        return view! { <i class="line"></i><i class="line played"></i> }.into_any();
    }
    let bars = path(&levels, BARS);
    view! {
        <svg class="bars" viewBox="0 0 100 32" preserveAspectRatio="none" aria-hidden="true"><path d=bars.clone()></path></svg>
        <svg class="bars played" viewBox="0 0 100 32" preserveAspectRatio="none" aria-hidden="true"><path d=bars></path></svg>
    }
    .into_any()
}

fn stored_speed() -> u32 {
    let stored = WebStorage::Browser.get(SPEED_KEY).and_then(|speed| speed.parse().ok());
    stored.filter(|speed| SPEEDS.contains(speed)).unwrap_or(SPEEDS[0])
}

/// What is done where a player cannot go on, as its link has ended: a new one is asked for. With it the player goes on at the same
/// place.
pub(super) fn renewal(
    player: ElementRef,
    source: Memo<Option<String>>,
    ask: impl Fn() + 'static,
) -> impl Fn() + 'static {
    let stopped = StoredValue::new(None::<(f64, bool)>);
    effect(move || {
        source.track();
        let player = player.get_untracked::<HtmlMediaElement>();
        let (Some(player), Some((position, played))) =
            (player, stopped.try_update_value(Option::take).flatten())
        else {
            return;
        };
        // The element has its new address by then.
        on_next_frame(move || {
            player.set_current_time(position);
            if played {
                play(&player);
            }
        });
    });
    move || {
        if let Some(player) = player.get_untracked::<HtmlMediaElement>() {
            stopped.set_value(Some((player.current_time(), !player.paused())));
        }
        ask();
    }
}

/// Lets all else be silent.
pub(super) fn pause_others(playing: &Element) {
    let Ok(all) = document().query_selector_all("audio, video") else { return };
    for other in (0..all.length()).filter_map(|index| all.item(index)) {
        let is_other = &other != playing.unchecked_ref::<web_sys::Node>();
        if let Some(other) = other.dyn_ref::<HtmlMediaElement>().filter(|_| is_other) {
            let _ = other.pause();
        }
    }
}

/// The words for the button that plays.
fn play_label(playing: Signal<bool>) -> Signal<String> {
    t_fmt(move |l| match playing.get() {
        true => td_string!(l, attachments.pause_playing).to_owned(),
        false => td_string!(l, attachments.play).to_owned(),
    })
}
