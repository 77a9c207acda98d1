//! The composer: the field in which a message is written.

mod ask_all;
mod completion;
mod draft;
mod editing;
mod field;
mod format;
mod format_bar;
mod mentions;
mod offers;
mod shortcodes;

use confab_shared::{
    command::Send,
    id::{ConversationId, Seq},
    markdown::is_in_code,
    mentions::{ALL, HERE},
    text::{MessageText, TextError, shows_nothing},
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlTextAreaElement, InputEvent};

use self::{
    ask_all::{AskAllDialog, MAX_UNASKED},
    completion::Completions,
    draft::{FieldDraft, OtherDraft},
    editing::{Editing, EditingBar},
    format::{Change, Format},
    format_bar::{FormatBar, FormatToggle},
};
use crate::{
    features::{
        attachments::{
            attach::{self, AttachButton},
            record::{RecordButton, RecorderPlace},
            recording::Recording,
            tray::tray,
            uploads::{text_of, use_uploads},
        },
        conversations::display_name::use_display_name,
        message_actions::delete_dialog::delete_dialog,
        message_text::{may_mention_all, may_mention_online},
        replies::bar::ReplyBar,
    },
    i18n::{Locale, t, t_fmt, td_string, use_language},
    platform::{
        browser::{focus_on_next_frame, has_screen_keyboard, is_wide_screen, on_next_frame},
        client_id, clock,
        input_method::is_composing,
    },
    session::use_session,
    state::{Chat, Scope},
    ui::{
        bidi::isolate,
        icon::{Icon, IconView},
        on_demand::when_fetched,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::Show,
    },
};

#[component]
pub(crate) fn Composer(scope: Scope) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let Scope { id, thread } = scope;
    let session = use_session();
    let user = session.get_untracked().map(|session| session.user.id).unwrap_or_default();
    let draft = FieldDraft::new(chat, scope);
    let text = RwSignal::new(draft.text());
    let reply_to = RwSignal::new(draft::load_reply(user, scope));
    let also_in_conversation = RwSignal::new(false);
    let input = ElementRef::new();
    let name = use_display_name(id);
    // An empty field is no error while the user types.
    let uploads = use_uploads();
    let has_files = memo(move || !uploads.beside_field(scope).is_empty());
    let has_tray = move || has_files.get() || uploads.not_taken(scope).is_some();
    let error = memo(move || match text.with(|text| MessageText::new(text)) {
        Ok(_) | Err(TextError::Empty) => String::new(),
        Err(error) => error_of(lang.get(), error, text.with(String::len)),
    });
    let blank = memo(move || text.with(|text| shows_nothing(text)));
    let editing = Editing::new(chat, scope);
    let completion = offers::completion(chat, scope, input);
    let set_text = move |new: String| {
        text.set(new.clone());
        if let Some(input) = input.get_untracked::<HtmlTextAreaElement>() {
            input.set_value(&new);
            fit_height(&input);
        }
    };
    let show_text = move |new: String| {
        set_text(new);
        if let Some(input) = input.get_untracked::<HtmlTextAreaElement>() {
            let _ = input.focus();
        }
    };
    editing.on_change(move |edited| show_text(edited.unwrap_or_else(|| draft.text())));
    draft.on_change(move |new| {
        // An edit has the field; what is shown after it is the draft as it is then.
        if !editing.is_on() {
            set_text(new);
        }
    });
    // A button above the field that disappears would take the focus with it.
    let focus_field = move || {
        input.get_untracked::<HtmlTextAreaElement>().into_iter().for_each(focus_on_next_frame);
    };
    let set_reply = move |seq: Option<Seq>| {
        reply_to.set(seq);
        draft::save_reply(user, scope, seq);
    };
    effect(move || {
        if let Some(seq) = chat.take_reply(scope) {
            chat.stop_editing(scope);
            set_reply(Some(seq));
            focus_field();
        }
    });

    effect(move || {
        if let Some(input) = input.get::<HtmlTextAreaElement>() {
            let field = input.clone();
            on_next_frame(move || fit_height(&field));
            if is_wide_screen() {
                focus_on_next_frame(input);
            }
        }
    });
    let on_input = move |event: ev::Event| {
        if let Some(input) = input.get_untracked::<HtmlTextAreaElement>() {
            // The emoji in its place is typed, too: that calls this anew.
            if let Some(change) = typed_emoji(&event, &input) {
                return field::apply(&input, &change);
            }
            text.set(input.value());
            fit_height(&input);
            completion.note_caret();
            if editing.is_on() {
                return;
            }
            draft.write(&input.value());
        }
        if thread.is_some() {
            return;
        }
        match blank.get_untracked() {
            true => chat.stop_typing(id),
            false => chat.notify_typing(id, clock::now()),
        }
    };
    let written = move |message: MessageText| Send {
        reply_to: reply_to.get_untracked(),
        thread,
        also_in_conversation: thread.is_some() && also_in_conversation.get_untracked(),
        ..Send::new(client_id::new(), id, message.into())
    };
    let send = move || {
        let resolved = text.with_untracked(|text| shortcodes::resolve(text));
        let has_files = has_files.get_untracked();
        let Some(message) = text_of(&resolved, has_files) else { return };
        match has_files {
            true => uploads.send(scope, written(message)),
            false => chat.send_message(written(message), clock::now()),
        }
        draft.sent();
        set_reply(None);
        also_in_conversation.set(false);
        show_text(String::new());
    };
    let recording = Recording::new(move || {
        let message = written(text_of("", true)?);
        set_reply(None);
        also_in_conversation.set(false);
        Some(Box::new(move |file, duration, waveform| uploads.send_voice(message, file, duration, waveform)))
    });
    // Whom the message may notify: how many, and whether only those who are online.
    let (asking, notified) = (RwSignal::new(false), RwSignal::new((0_u64, false)));
    let ask_or_send = move || {
        let has = |word| text.with_untracked(|text| mentions::mentions_word(word, text, is_in_code));
        let (members, online) = chat.state.with_untracked(|state| {
            let all = may_mention_all(state, scope) && has(ALL);
            let online = !all && may_mention_online(state, scope) && has(HERE);
            let conversation = state.conversation(id).filter(|_| all || online);
            (conversation.map_or(0, |conversation| conversation.member_count), online)
        });
        notified.set((members.saturating_sub(1), online));
        match members > MAX_UNASKED + 1 {
            true => asking.set(true),
            false => send(),
        }
    };
    let submit = move || match editing.is_on() {
        true => text.with_untracked(|text| editing.save(&shortcodes::resolve(text))),
        false => ask_or_send(),
    };
    let on_keydown = move |event: ev::KeyboardEvent| {
        if completion.on_key(&event) {
            return;
        }
        if let Some(format) = format_of(&event, input) {
            event.prevent_default();
            // Ctrl+K is also that of the search.
            event.stop_propagation();
            format_bar::apply(input, format);
        } else if event.key() == "Enter" && !event.shift_key() && !is_composing(&event) {
            if has_screen_keyboard() {
                return;
            }
            event.prevent_default();
            submit();
        } else if editing.on_key(&event, text.with_untracked(String::is_empty)) {
            event.prevent_default();
        } else if event.key() == "Escape" && reply_to.get_untracked().is_some() && !is_composing(&event) {
            event.prevent_default();
            set_reply(None);
        }
    };
    let on_paste = move |event: ev::ClipboardEvent| {
        if !editing.is_on() && attach::paste(&event, |files| uploads.add(scope, files)) {
            return;
        }
        let pasted = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
        let change = pasted.zip(input.get_untracked::<HtmlTextAreaElement>()).and_then(|(pasted, input)| {
            let (text, selected) = field::selection(&input);
            // In code an address is code.
            (!is_in_code(&text, selected.start)).then(|| format::paste(&text, selected, &pasted)).flatten()
        });
        if let Some(change) = change {
            event.prevent_default();
            format_bar::change(input, &change);
        }
    };
    let enter = if has_screen_keyboard() { "enter" } else { "send" };
    let bar_shown = RwSignal::new(format_bar::is_shown());
    on_cleanup(move || {
        if thread.is_none() {
            chat.stop_typing(id);
        }
        chat.stop_editing(scope);
    });
    let submit_label = t_fmt(move |l| match editing.active.get() {
        true => td_string!(l, composer.save).to_owned(),
        false => td_string!(l, composer.send).to_owned(),
    });
    let placeholder = t_fmt(move |l| match thread {
        None => td_string!(l, composer.placeholder, name = isolate(&name.get())).to_string(),
        Some(_) => td_string!(l, threads.placeholder).to_owned(),
    });
    let test_id =
        move |of: &'static str, of_thread: &'static str| if thread.is_none() { of } else { of_thread };
    view! {
        <footer class="composer">
            <Show when=move || !error.with(String::is_empty)>
                <p class="composer-error" role="alert" data-testid="composer-error">
                    {error}
                </p>
            </Show>
            <OtherDraft draft on_decided=move |()| focus_field()/>
            <EditingBar editing/>
            <ReplyBar scope reply_to hidden=editing.active on_end=move |()| {
                set_reply(None);
                focus_field();
            }/>
            <Show when=editing.deleting>
                {deletion(id, editing)}
            </Show>
            <Show when=asking>
                {
                    let (count, online) = notified.get_untracked();
                    view! { <AskAllDialog count online open=asking on_send=move |()| send()/> }
                }
            </Show>
            <Completions completion/>
            <div
                class="composer-box"
                class:refused=Signal::derive(move || !error.with(String::is_empty))
                class:recording=recording.is_on
            >
                <Show when=move || has_tray() && !editing.active.get()>
                    {when_fetched(None, move || tray(scope, Callback::new(move |()| focus_field())))}
                </Show>
                <RecorderPlace recording/>
                <FormatBar shown=bar_shown input/>
                <AttachButton scope disabled=editing.active/>
                <FormatToggle shown=bar_shown/>
                <textarea
                    rows="1"
                    data-testid=test_id("composer-input", "thread-input")
                    dir="auto"
                    enterkeyhint=enter
                    use:capture=input
                    prop:value=text.get_untracked()
                    placeholder=placeholder
                    aria-label=placeholder
                    aria-autocomplete="list"
                    aria-controls=completion.list_id()
                    aria-activedescendant=completion.active_id()
                    on:input=on_input
                    on:keydown=on_keydown
                    on:paste=on_paste
                    // The caret moves without typing, too.
                    on:keyup=on_event(move || completion.note_caret())
                    on:click=on_event(move || completion.note_caret())
                    on:blur=on_event(move || completion.close())
                ></textarea>
                <Show when=move || blank.get() && !has_files.get() && !editing.active.get()>
                    <RecordButton recording/>
                </Show>
                <button
                    class="send"
                    type="button"
                    data-testid=test_id("composer-send", "thread-send")
                    title=submit_label
                    aria-label=submit_label
                    // An emptied text asks whether to delete the message.
                    disabled=Signal::derive(move || {
                        (blank.get() && !has_files.get() && !editing.active.get()) || !error.with(String::is_empty)
                    })
                    // Keeps the focus in the field, and with it a phone's keyboard on the screen.
                    on:mousedown=|event| event.prevent_default()
                    on:click=on_event(submit)
                >
                    <Show when=editing.active fallback=|| view! { <IconView icon=Icon::Send/> }>
                        <IconView icon=Icon::Sent/>
                    </Show>
                </button>
            </div>
            <Show when=move || thread.is_some() && !editing.active.get()>
                <label class="check also">
                    <input type="checkbox" data-testid="thread-also" bind:checked=also_in_conversation/>
                    {t(|l| td_string!(l, threads.also))}
                </label>
            </Show>
        </footer>
    }
}

/// The change that puts an emoji in the place of the code that was just typed.
fn typed_emoji(event: &ev::Event, input: &HtmlTextAreaElement) -> Option<Change> {
    // An input method has not decided yet.
    if event.dyn_ref::<InputEvent>().is_some_and(InputEvent::is_composing) {
        return None;
    }
    let (text, selected) = field::selection(input);
    shortcodes::prepare(&text);
    shortcodes::typed(&text, selected.end).filter(|_| selected.is_empty())
}

/// The format that a shortcut asks for. Without a selection, Ctrl+K is that of the search.
fn format_of(event: &ev::KeyboardEvent, input: ElementRef) -> Option<Format> {
    let is_shortcut = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !is_composing(event);
    let format = Format::of_key(&event.key(), event.shift_key()).filter(|_| is_shortcut)?;
    let (_, selected) = field::selection(&input.get_untracked::<HtmlTextAreaElement>()?);
    (format != Format::Link || !selected.is_empty()).then_some(format)
}

fn deletion(id: ConversationId, editing: Editing) -> AnyView {
    let (seq, open) = (editing.seq_untracked(), editing.deleting);
    when_fetched(Some(open), move || delete_dialog(id, seq, open))
}

fn error_of(locale: Locale, error: TextError, bytes: usize) -> String {
    match error {
        TextError::TooLong { limit, .. } => {
            td_string!(locale, composer.too_long, over = bytes - limit).to_string()
        }
        TextError::ControlCharacter => td_string!(locale, error.text_control_character).to_string(),
        TextError::Empty | TextError::NotInName => String::new(),
    }
}

/// Fits the height of the field to its text; the style sheet sets the maximum.
fn fit_height(field: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}
