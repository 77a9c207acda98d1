//! The dialog that starts a direct conversation or a group.

use confab_shared::{
    api::NewConversation,
    text::{Title, UserName},
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use crate::{
    features::{conversations::member_chips::MemberChips, people::name_field::NameField},
    i18n::{t, t_fmt, td_string},
    platform::{api, client_id},
    route::{conversation_path, use_route},
    session::use_session,
    state::Chat,
    ui::{
        dialog::Dialog,
        form_error::{FormError, FormErrorText, clear, is_waiting},
        on_demand::{on_demand, when_fetched},
        reactive::{ElementRef, capture, effect, focus_when_mounted, on_event},
        show::{Show, bool_attr},
    },
};

/// Opens and closes the dialog from anywhere in the page.
#[derive(Clone, Copy)]
pub(crate) struct NewConversationSwitch(RwSignal<bool>);

impl Default for NewConversationSwitch {
    fn default() -> Self {
        Self(RwSignal::new(false))
    }
}

impl NewConversationSwitch {
    pub(crate) fn show(self) {
        self.0.set(true);
    }

    fn hide(self) {
        self.0.set(false);
    }
}

pub(crate) fn use_new_conversation() -> NewConversationSwitch {
    expect_context()
}

#[component]
pub(crate) fn NewConversationDialog() -> impl IntoView {
    let switch = use_new_conversation();
    view! {
        <Show when=move || switch.0.get()>
            {when_fetched(Some(switch.0), new_conversation)}
        </Show>
    }
}

on_demand! {
    fn new_conversation() in dialogs { <NewConversation/> }
}

/// The fields of the form.
#[derive(Clone, Copy)]
struct Fields {
    group: RwSignal<bool>,
    name: RwSignal<String>,
    title: RwSignal<String>,
    members: RwSignal<Vec<String>>,
    member: RwSignal<String>,
}

#[component]
fn NewConversation() -> impl IntoView {
    let switch = use_new_conversation();
    let fields = Fields {
        group: RwSignal::new(false),
        name: RwSignal::default(),
        title: RwSignal::default(),
        members: RwSignal::default(),
        member: RwSignal::default(),
    };
    view! {
        <Dialog title=|l| td_string!(l, new.title) open=switch.0>
            <Tabs group=fields.group/>
            <NewConversationForm fields/>
        </Dialog>
    }
}

#[component]
fn Tabs(group: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="tabs">
            <button
                type="button"
                data-testid="new-direct-tab"
                aria-pressed=bool_attr(move || !group.get())
                on:click=on_event(move || group.set(false))
            >
                {t(|l| td_string!(l, new.direct))}
            </button>
            <button
                type="button"
                data-testid="new-group-tab"
                aria-pressed=bool_attr(move || group.get())
                on:click=on_event(move || group.set(true))
            >
                {t(|l| td_string!(l, new.group))}
            </button>
        </div>
    }
}

#[component]
fn NewConversationForm(fields: Fields) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let switch = use_new_conversation();
    let route = use_route();
    let error = RwSignal::new(None::<FormError>);
    let busy = RwSignal::new(false);
    // One group per opened form, however often it is submitted.
    let group_id = client_id::new();
    effect(move || {
        fields.group.track();
        clear(error);
    });
    let start = move || {
        if busy.get_untracked() {
            return;
        }
        let request = match request(fields, group_id) {
            Ok(request) => request,
            Err(refused) => return error.set(Some(refused)),
        };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::create_conversation(&session.token(), &request).await;
            busy.try_set(false);
            match answer {
                Ok(view) => {
                    let id = view.conversation.id;
                    if chat.apply_created(view) {
                        switch.hide();
                        route.navigate(&conversation_path(id));
                    }
                }
                Err(refused) => {
                    let name = match request {
                        NewConversation::Direct { user } => Some(user),
                        NewConversation::Group { .. } => None,
                    };
                    error.try_set(Some(FormError { error: refused, name }));
                }
            }
        });
    };
    let incomplete = Signal::derive(move || {
        let required = if fields.group.get() { fields.title } else { fields.name };
        busy.get() || is_waiting(error) || required.with(|text| text.trim().is_empty())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        start();
    };
    view! {
        <form class="dialog-form" on:submit=submit novalidate>
            <Show when=move || fields.group.get() fallback=move || view! { <DirectFields fields/> }>
                <GroupFields fields/>
            </Show>
            <FormErrorText error testid="dialog-error"/>
            <footer class="dialog-footer">
                <button class="button quiet" type="button" on:click=on_event(move || switch.hide())>
                    {t(|l| td_string!(l, new.cancel))}
                </button>
                <button class="button" type="submit" data-testid="start-conversation" disabled=incomplete>
                    {t_fmt(move |l| match fields.group.get() { true => td_string!(l, new.create), false => td_string!(l, new.start) }.to_owned())}
                </button>
            </footer>
        </form>
    }
}

/// The request for what is filled in, or the error of a field.
fn request(fields: Fields, client_id: confab_shared::id::ClientId) -> Result<NewConversation, FormError> {
    let name = |text: &str| match UserName::new(text) {
        Ok(name) => Ok(name.to_string()),
        Err(error) => Err(FormError::from_name_error(text, &error)),
    };
    if !fields.group.get_untracked() {
        return Ok(NewConversation::Direct { user: name(&fields.name.get_untracked())? });
    }
    let title = Title::new(&fields.title.get_untracked())
        .map_err(|error| FormError::from_text_error(&error))?
        .to_string();
    let mut members = fields.members.get_untracked();
    let last = fields.member.get_untracked();
    if !last.trim().is_empty() {
        members.push(last);
    }
    let members = members.iter().map(|member| name(member)).collect::<Result<_, _>>()?;
    Ok(NewConversation::Group { client_id, title, members })
}

#[component]
fn DirectFields(fields: Fields) -> impl IntoView {
    let input = ElementRef::new();
    focus_when_mounted(input);
    view! {
        <label class="label" for="direct-name">{t(|l| td_string!(l, new.name))}</label>
        <NameField
            id="direct-name"
            testid="direct-name"
            text=fields.name
            placeholder=Signal::derive(t(|l| td_string!(l, new.name_hint)).to_owned())
            input
            on_pick=move |name: String| fields.name.set(name)
        />
    }
}

#[component]
fn GroupFields(fields: Fields) -> impl IntoView {
    let input = ElementRef::new();
    focus_when_mounted(input);
    view! {
        <label class="label" for="group-title">{t(|l| td_string!(l, new.group_title))}</label>
        <input
            id="group-title"
            class="field"
            data-testid="group-title"
            type="text"
            autocomplete="off"
            use:capture=input
            bind:value=fields.title
        />
        <label class="label" for="group-member">{t(|l| td_string!(l, new.members))}</label>
        <MemberChips members=fields.members text=fields.member/>
    }
}
