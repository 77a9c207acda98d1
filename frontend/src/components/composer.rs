//! Where a message is written.

use confab_shared::{
    id::ConversationId,
    text::{MessageText, TextError, shows_nothing},
};
use leptos::{ev, prelude::*};
use web_sys::HtmlTextAreaElement;

use crate::{
    app::use_session,
    bidi::isolated,
    browser::{before_paint, focus_soon, wide},
    client_id, clock,
    components::when::When,
    components::{
        conversation_row::shown_name,
        icon::{Draw, Icon},
    },
    composing::is_composing,
    draft,
    i18n::{Locale, say, td_string, tell, use_language},
    reactive::{Slot, held, memo, press, watch},
    state::{Chat, ListRow},
};

#[component]
pub(crate) fn Composer(id: ConversationId) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let session = use_session();
    let user = session.get_untracked().map(|session| session.user.id).unwrap_or_default();
    let text = RwSignal::new(draft::read(user, id));
    let input = Slot::new();
    let name = memo(move || {
        let row = chat.state.with(|state| ListRow::of(state, id, chat.now.get_untracked()));
        row.map(|row| isolated(&shown_name(lang.get(), &row))).unwrap_or_default()
    });
    // Only what sending could not do is worth a word while one writes.
    let refused = memo(move || match text.with(|text| MessageText::new(text)) {
        Ok(_) | Err(TextError::Empty) => String::new(),
        Err(error) => refusal(lang.get(), error, text.with(String::len)),
    });
    let nothing = memo(move || text.with(|text| shows_nothing(text)));

    watch(move || {
        if let Some(input) = input.get::<HtmlTextAreaElement>() {
            let field = input.clone();
            before_paint(move || fit(&field));
            if wide() {
                focus_soon(input);
            }
        }
    });
    let written = move |_| {
        if let Some(input) = input.now::<HtmlTextAreaElement>() {
            text.set(input.value());
            draft::keep(user, id, &input.value());
            fit(&input);
        }
        if !nothing.get_untracked() {
            chat.writing(id, clock::now());
        }
    };
    let send = move || {
        let Ok(message) = text.with_untracked(|text| MessageText::new(text)) else { return };
        chat.post(client_id::new(), id, message, clock::now());
        text.set(String::new());
        draft::keep(user, id, "");
        if let Some(input) = input.now::<HtmlTextAreaElement>() {
            input.set_value("");
            fit(&input);
            let _ = input.focus();
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !is_composing(&event) {
            event.prevent_default();
            send();
        }
    };
    view! {
        <footer class="composer">
            <When holds=move || !refused.with(String::is_empty)>
                <p class="composer-error" role="alert" data-testid="composer-error">
                    {refused}
                </p>
            </When>
            <div class="composer-box" class:refused=Signal::derive(move || !refused.with(String::is_empty))>
                <textarea
                    rows="1"
                    data-testid="composer-input"
                    dir="auto"
                    enterkeyhint="send"
                    use:held=input
                    prop:value=text.get_untracked()
                    placeholder=tell(move |l| td_string!(l, composer.placeholder, name = name.get()).to_string())
                    aria-label=tell(move |l| td_string!(l, composer.placeholder, name = name.get()).to_string())
                    on:input=written
                    on:keydown=key
                ></textarea>
                <button
                    class="send"
                    type="button"
                    data-testid="composer-send"
                    title=say(|l| td_string!(l, composer.send))
                    aria-label=say(|l| td_string!(l, composer.send))disabled=Signal::derive(move || nothing.get() || !refused.with(String::is_empty))
                    // The keyboard of a phone stays up.
                    on:mousedown=|event| event.prevent_default()
                    on:click=press(send)
                >
                    <Draw icon=Icon::Send/>
                </button>
            </div>
        </footer>
    }
}

fn refusal(locale: Locale, error: TextError, bytes: usize) -> String {
    match error {
        TextError::TooLong { limit, .. } => {
            td_string!(locale, composer.too_long, over = bytes - limit).to_string()
        }
        TextError::ControlCharacter => td_string!(locale, error.text_control_character).to_string(),
        TextError::Empty | TextError::NotInName => String::new(),
    }
}

/// Makes the field as high as its text; the style says how high at most.
fn fit(field: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}
