//! Sets, changes or removes the display name.

use confab_shared::{api::MeChange, text::DisplayName};
use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    features::account::profile::use_profile,
    i18n::{t, t_fmt, td_string},
    platform::api,
    session::use_session,
    state::Chat,
    ui::{
        bidi::{isolate, render_isolated},
        dialog::Dialog,
        form_error::{FormError, FormErrorText, clear},
        on_demand::on_demand,
        reactive::{ElementRef, capture, on_event, select_when_mounted},
        show::dynamic,
        submission::Submission,
    },
};

on_demand! {
    /// The dialog of the display name.
    pub(super) fn display_name_dialog(open: RwSignal<bool>) in dialogs { <DisplayNameDialog open/> }
}

/// Opens with the display name as it is, selected.
#[component]
fn DisplayNameDialog(open: RwSignal<bool>) -> impl IntoView {
    let (chat, session, profile): (Chat, _, _) = (expect_context(), use_session(), use_profile());
    let user = untrack(|| chat.me()).or_else(|| session.get_untracked().map(|session| session.user));
    let name = user.as_ref().map(|user| user.name.to_string()).unwrap_or_default();
    let before = user.and_then(|user| user.display_name).map(String::from).unwrap_or_default();
    let text = RwSignal::new(before.clone());
    let form = Submission::new();
    let input = ElementRef::new();
    select_when_mounted(input);
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = text.get_untracked();
        if let Err(invalid) = DisplayName::new(&typed) {
            return form.error.set(Some(FormError::from_text_error(&invalid)));
        }
        let token = session.token();
        let change = MeChange { display_name: Some(typed), ..MeChange::default() };
        form.run(async move {
            let me = api::change_me(&token, &change).await?;
            chat.apply_user(me.user.clone());
            profile.set(me);
            open.try_set(false);
            Ok(())
        });
    };
    let disabled = form.disabled_or(move || text.with(|text| text.trim() == before));
    let hint = t_fmt(move |l| td_string!(l, display_name.hint, name = isolate(&name)).to_string());
    view! {
        <Dialog title=|l| td_string!(l, display_name.title) open testid="display-name-dialog">
            <form class="dialog-form" on:submit=save novalidate>
                <label class="label" for="display-name-field">{t(|l| td_string!(l, display_name.label))}</label>
                <input
                    id="display-name-field"
                    class="field"
                    data-testid="display-name-field"
                    type="text"
                    autocomplete="name"
                    dir="auto"
                    aria-describedby="display-name-hint"
                    use:capture=input
                    bind:value=text
                    on:input=on_event(move || clear(form.error))
                />
                <p class="field-hint" id="display-name-hint">
                    {dynamic(move || hint.with(|hint| render_isolated(hint)))}
                </p>
                <FormErrorText error=form.error testid="display-name-error"/>
                <footer class="dialog-footer">
                    <button class="button quiet" type="button" on:click=on_event(move || open.set(false))>
                        {t(|l| td_string!(l, new.cancel))}
                    </button>
                    <button class="button" type="submit" data-testid="display-name-save" disabled=disabled>
                        {t(|l| td_string!(l, details.save))}
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}
