//! Records a voice message: how long it is, how loud one speaks at the moment, and buttons to give it up and to send it.

use std::{cell::RefCell, rc::Rc, time::Duration};

use confab_shared::attachment::Attachment;
use leptos::{ev::KeyboardEvent, prelude::*, task::spawn_local};

use super::{
    recording::Recording,
    waveform::{clock as play_time, path, resampled},
};
use crate::{
    i18n::{t, td_string},
    platform::{browser::is_wide_screen, clock, files::base64, recorder::Recorder as Microphone},
    ui::{
        dialog::restore_focus,
        icon::{Icon, IconView},
        on_demand::on_demand,
        reactive::{ElementRef, capture, focus_when_mounted, on_event},
        show::Show,
    },
};

/// How often the loudness is measured.
const MEASURED_EVERY: Duration = Duration::from_millis(60);

/// How many of the last measurements are drawn: on a wide screen, and on a narrow one.
const LIVE_BARS: [usize; 2] = [90, 40];

/// What is shorter is a slip of the finger, in milliseconds.
const MIN_LENGTH_MS: u64 = 500;

/// What is longer is sent as it is, in milliseconds.
const MAX_LENGTH_MS: u64 = 60 * 60 * 1000;

on_demand! {
    /// What records, in place of a field.
    pub(super) fn recorder(recording: Recording) in dialogs { <Recorder recording/> }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The browser asks the user for the microphone.
    Asking,
    Recording,
    /// The user or the system refused it.
    Refused,
}

#[component]
fn Recorder(recording: Recording) -> impl IntoView {
    restore_focus();
    let stage = RwSignal::new(Stage::Asking);
    let microphone = StoredValue::new_local(None::<Microphone>);
    let levels = Rc::new(RefCell::new(Vec::<u8>::new()));
    let (begun, elapsed) = (StoredValue::new(0_u64), RwSignal::new(0_u64));
    let bars = RwSignal::new(String::new());
    spawn_local(async move {
        let started = Microphone::start().await;
        let outcome = if started.is_some() { Stage::Recording } else { Stage::Refused };
        // Dropped where the user gave it up meanwhile: the microphone is let go.
        if microphone.try_set_value(started).is_none() {
            begun.set_value(clock::now().0);
            stage.set(outcome);
        }
    });
    let close = move || {
        recording.is_on.try_set(false);
    };
    let send = {
        let levels = Rc::clone(&levels);
        move || {
            let length = clock::now().0.saturating_sub(begun.get_value());
            let Some(ended) = microphone.try_update_value(Option::take).flatten() else { return };
            close();
            if length < MIN_LENGTH_MS {
                return;
            }
            let waveform = base64(&resampled(&levels.borrow(), Attachment::MAX_WAVEFORM_BYTES));
            let Some(send) = recording.send() else { return };
            spawn_local(async move {
                if let Some(file) = ended.finish("voice").await {
                    send(file, u32::try_from(length).unwrap_or(u32::MAX), waveform);
                }
            });
        }
    };
    let drawn = LIVE_BARS[usize::from(!is_wide_screen())];
    let measure = {
        let (levels, send) = (Rc::clone(&levels), send.clone());
        move || {
            let level = microphone.try_with_value(|microphone| microphone.as_ref().map(Microphone::level));
            let Some(level) = level.flatten() else { return };
            let mut levels = levels.borrow_mut();
            levels.push(level);
            // The newest at the end of the line.
            let newest = levels.len().saturating_sub(drawn);
            let mut shown = vec![0; drawn.saturating_sub(levels.len())];
            shown.extend(&levels[newest..]);
            bars.set(path(&shown, drawn));
            drop(levels);
            elapsed.set(clock::now().0.saturating_sub(begun.get_value()));
            if elapsed.get_untracked() > MAX_LENGTH_MS {
                send();
            }
        }
    };
    if let Ok(timer) = set_interval_with_handle(measure, MEASURED_EVERY) {
        on_cleanup(move || timer.clear());
    }
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    let first = ElementRef::new();
    focus_when_mounted(first);
    let time = move || play_time(u32::try_from(elapsed.get()).unwrap_or(u32::MAX));
    let is = move |wanted| Signal::derive(move || stage.get() == wanted);
    view! {
        <div class="recorder" role="group" aria-label=t(|l| td_string!(l, attachments.recording)) data-testid="recorder" on:keydown=on_key>
            <button
                class="icon-button"
                type="button"
                data-testid="recorder-cancel"
                title=t(|l| td_string!(l, attachments.discard_recording))
                aria-label=t(|l| td_string!(l, attachments.discard_recording))
                use:capture=first
                on:click=on_event(close)
            >
                <IconView icon=Icon::Delete/>
            </button>
            <Show when=is(Stage::Asking)>
                <p class="recorder-note" role="status">{t(|l| td_string!(l, attachments.asking))}</p>
            </Show>
            <Show when=is(Stage::Refused)>
                <p class="recorder-note refused" role="alert" data-testid="recorder-refused">
                    {t(|l| td_string!(l, attachments.no_microphone))}
                </p>
            </Show>
            <Show when=is(Stage::Recording)>
                <span class="recorder-dot" aria-hidden="true"></span>
                <time class="recorder-time" data-testid="recorder-time" role="timer">{time}</time>
                <svg class="bars live" viewBox="0 0 100 32" preserveAspectRatio="none" aria-hidden="true" data-testid="recorder-bars">
                    <path d=move || bars.get()></path>
                </svg>
            </Show>
            <button
                class="send"
                type="button"
                data-testid="recorder-send"
                title=t(|l| td_string!(l, attachments.send_recording))
                aria-label=t(|l| td_string!(l, attachments.send_recording))
                disabled=move || stage.get() != Stage::Recording
                on:click=on_event(send)
            >
                <IconView icon=Icon::Send/>
            </button>
        </div>
    }
}
