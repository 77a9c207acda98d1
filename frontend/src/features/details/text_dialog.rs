//! A dialog that edits a line of text of a conversation: its title, its topic.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    i18n::{Locale, t, td_string},
    ui::{
        dialog::Dialog,
        form_error::{FormError, FormErrorText, clear},
        reactive::{ElementRef, capture, on_event, select_when_mounted},
    },
};

/// Its words, and the names of its parts in tests.
pub(crate) struct Line {
    pub(crate) title: fn(Locale) -> &'static str,
    pub(crate) label: fn(Locale) -> &'static str,
    pub(crate) dialog_testid: &'static str,
    pub(crate) input_testid: &'static str,
    pub(crate) save_testid: &'static str,
}

/// Checks the new text and submits it, or answers what is wrong with it.
pub(crate) type Save = Box<dyn Fn(&str) -> Result<(), FormError> + Send + Sync>;

/// Opens with the text as it is, selected.
#[component]
pub(crate) fn TextDialog(
    line: Line,
    before: String,
    open: RwSignal<bool>,
    /// Whether this text can be saved at all.
    can_save: fn(new: &str, before: &str) -> bool,
    save: Save,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let error = RwSignal::new(None);
    let text = RwSignal::new(before.clone());
    let input = ElementRef::new();
    select_when_mounted(input);
    let save = StoredValue::new(save);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match text.with_untracked(|text| save.with_value(|save| save(text))) {
            Ok(()) => open.set(false),
            Err(invalid) => error.set(Some(invalid)),
        }
    };
    let disabled = Signal::derive(move || text.with(|text| !can_save(text, &before)));
    let Line { title, label, dialog_testid, input_testid, save_testid } = line;
    view! {
        <Dialog title open testid=dialog_testid>
            <form class="dialog-form" on:submit=submit novalidate>
                <label class="label" for=input_testid>{t(label)}</label>
                <input
                    id=input_testid
                    class="field"
                    data-testid=input_testid
                    type="text"
                    autocomplete="off"
                    dir="auto"
                    use:capture=input
                    bind:value=text
                    on:input=on_event(move || clear(error))
                />
                {children.map(|children| children())}
                <FormErrorText error/>
                <footer class="dialog-footer">
                    <button class="button quiet" type="button" on:click=on_event(move || open.set(false))>
                        {t(|l| td_string!(l, new.cancel))}
                    </button>
                    <button class="button" type="submit" data-testid=save_testid disabled=disabled>
                        {t(|l| td_string!(l, details.save))}
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}
