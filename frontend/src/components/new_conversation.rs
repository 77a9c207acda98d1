//! The dialog that starts a conversation: with a person, or with several in a group.

use confab_shared::{
    api::NewConversation,
    text::{Title, UserName},
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use web_sys::HtmlInputElement;

use crate::{
    api,
    app::use_session,
    browser::focus_soon,
    client_id,
    components::refusal::{Refusal, RefusalNote},
    components::when::{When, yes_or_no},
    components::{dialog::Dialog, member_chips::MemberChips, suggestions::NameField},
    i18n::{say, td_string, tell},
    reactive::{Slot, held, press, watch},
    route::{path_of, use_route},
    state::Chat,
};

/// Whether the dialog is open; any part of the page may open it.
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
        <When holds=move || switch.0.get()>
            <NewConversation/>
        </When>
    }
}

/// What is being filled in.
#[derive(Clone, Copy)]
struct Draft {
    group: RwSignal<bool>,
    name: RwSignal<String>,
    title: RwSignal<String>,
    members: RwSignal<Vec<String>>,
    member: RwSignal<String>,
}

#[component]
fn NewConversation() -> impl IntoView {
    let switch = use_new_conversation();
    let draft = Draft {
        group: RwSignal::new(false),
        name: RwSignal::default(),
        title: RwSignal::default(),
        members: RwSignal::default(),
        member: RwSignal::default(),
    };
    view! {
        <Dialog title=|l| td_string!(l, new.title) open=switch.0>
            <Tabs group=draft.group/>
            <NewConversationForm draft/>
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
                aria-pressed=yes_or_no(move || !group.get())
                on:click=press(move || group.set(false))
            >
                {say(|l| td_string!(l, new.direct))}
            </button>
            <button
                type="button"
                data-testid="new-group-tab"
                aria-pressed=yes_or_no(move || group.get())
                on:click=press(move || group.set(true))
            >
                {say(|l| td_string!(l, new.group))}
            </button>
        </div>
    }
}

#[component]
fn NewConversationForm(draft: Draft) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let switch = use_new_conversation();
    let route = use_route();
    let refusal = RwSignal::new(None::<Refusal>);
    let busy = RwSignal::new(false);
    // One group per filled-in form, however often it is sent.
    let group_id = client_id::new();
    watch(move || {
        draft.group.track();
        refusal.set(None);
    });
    let start = move || {
        if busy.get_untracked() {
            return;
        }
        let wanted = match wanted(draft, group_id) {
            Ok(wanted) => wanted,
            Err(refused) => return refusal.set(Some(refused)),
        };
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = api::start(&session.token(), &wanted).await;
            busy.try_set(false);
            match answer {
                Ok(view) => {
                    let id = view.conversation.id;
                    if chat.made(view) {
                        switch.hide();
                        route.go(&path_of(id));
                    }
                }
                Err(error) => {
                    let name = match wanted {
                        NewConversation::Direct { user } => Some(user),
                        NewConversation::Group { .. } => None,
                    };
                    refusal.try_set(Some(Refusal { error, name }));
                }
            }
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        start();
    };
    view! {
        <form class="dialog-form" on:submit=submit novalidate>
            <When holds=move || draft.group.get() otherwise=move || view! { <DirectFields draft/> }>
                <GroupFields draft/>
            </When>
            <RefusalNote refusal testid="dialog-error"/>
            <footer class="dialog-foot">
                <button class="button quiet" type="button" on:click=press(move || switch.hide())>
                    {say(|l| td_string!(l, new.cancel))}
                </button>
                <button class="button" type="submit" data-testid="start-conversation" disabled=Signal::derive(move || busy.get())>
                    {tell(move |l| match draft.group.get() { true => td_string!(l, new.create), false => td_string!(l, new.start) }.to_owned())}
                </button>
            </footer>
        </form>
    }
}

/// The command of what is filled in, or what is wrong with it.
fn wanted(draft: Draft, client_id: confab_shared::id::ClientId) -> Result<NewConversation, Refusal> {
    let name = |text: &str| match UserName::new(text) {
        Ok(name) => Ok(name.to_string()),
        Err(error) => Err(Refusal::of_name(text, &error)),
    };
    if !draft.group.get_untracked() {
        return Ok(NewConversation::Direct { user: name(&draft.name.get_untracked())? });
    }
    let title =
        Title::new(&draft.title.get_untracked()).map_err(|error| Refusal::of_text(&error))?.to_string();
    let mut members = draft.members.get_untracked();
    let last = draft.member.get_untracked();
    if !last.trim().is_empty() {
        members.push(last);
    }
    let members = members.iter().map(|member| name(member)).collect::<Result<_, _>>()?;
    Ok(NewConversation::Group { client_id, title, members })
}

#[component]
fn DirectFields(draft: Draft) -> impl IntoView {
    let input = Slot::new();
    focus_when_there(input);
    view! {
        <label class="label" for="direct-name">{say(|l| td_string!(l, new.name))}</label>
        <NameField
            id="direct-name"
            testid="direct-name"
            text=draft.name
            placeholder=Signal::derive(say(|l| td_string!(l, new.name_hint)).to_owned())
            input
            picked=move |name: String| draft.name.set(name)
        />
    }
}

#[component]
fn GroupFields(draft: Draft) -> impl IntoView {
    let input = Slot::new();
    focus_when_there(input);
    view! {
        <label class="label" for="group-title">{say(|l| td_string!(l, new.group_title))}</label>
        <input
            id="group-title"
            class="field"
            data-testid="group-title"
            type="text"
            autocomplete="off"
            use:held=input
            bind:value=draft.title
        />
        <label class="label" for="group-member">{say(|l| td_string!(l, new.members))}</label>
        <MemberChips members=draft.members text=draft.member/>
    }
}

fn focus_when_there(input: Slot) {
    watch(move || {
        if let Some(input) = input.get::<HtmlInputElement>() {
            focus_soon(input);
        }
    });
}
