//! The administration of the server: its people, invitations to it and, for the owner, its settings.

mod account_list;
mod facts;
mod invitation_list;
mod invitations;
mod new_invitation;
mod people;
mod person;
mod rights;
mod role_select;
mod settings;

use confab_shared::user::ServerRole;
use leptos::prelude::*;

use self::{invitations::Invitations, people::People, settings::ServerSettings};
use crate::{
    i18n::{Locale, t, td_string},
    state::Chat,
    ui::{
        icon::{Icon, IconView},
        on_demand::on_demand,
        reactive::on_event,
        show::{bool_attr, dynamic},
    },
};

/// A part of the administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    People,
    Invitations,
    Settings,
}

on_demand! {
    /// The administration, for a role that has one.
    pub(crate) fn administration(role: ServerRole) in administration { <Administration role/> }
}

#[component]
fn Administration(role: ServerRole) -> impl IntoView {
    let chat: Chat = expect_context();
    chat.open(None);
    let section = RwSignal::new(Section::People);
    let owner = role == ServerRole::Owner;
    view! {
        <section class="administration" data-testid="administration-page">
            <header class="header">
                <a href="/" class="icon-button back" data-testid="back" aria-label=t(|l| td_string!(l, conversation.back))>
                    <IconView icon=Icon::Back/>
                </a>
                <div class="header-text"><h1>{t(|l| td_string!(l, administration.title))}</h1></div>
            </header>
            <div class="administration-body">
                <div class="administration-content">
                    <div class="tabs">
                        <Tab section this=Section::People testid="people-tab" label=|l| td_string!(l, people.title)/>
                        <Tab
                            section
                            this=Section::Invitations
                            testid="invitations-tab"
                            label=|l| td_string!(l, invitations.title)
                        />
                        {owner.then(|| view! {
                            <Tab
                                section
                                this=Section::Settings
                                testid="server-settings-tab"
                                label=|l| td_string!(l, server_settings.title)
                            />
                        })}
                    </div>
                    {dynamic(move || match section.get() {
                        Section::People => view! { <People role/> }.into_any(),
                        Section::Invitations => view! { <Invitations role/> }.into_any(),
                        Section::Settings => view! { <ServerSettings/> }.into_any(),
                    })}
                </div>
            </div>
        </section>
    }
}

#[component]
fn Tab(
    section: RwSignal<Section>,
    this: Section,
    testid: &'static str,
    label: fn(Locale) -> &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            data-testid=testid
            aria-pressed=bool_attr(move || section.get() == this)
            on:click=on_event(move || section.set(this))
        >
            {t(label)}
        </button>
    }
}
