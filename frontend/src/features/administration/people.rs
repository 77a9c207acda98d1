//! The people of the server: a list with a search, and a dialog for each.

use std::time::Duration;

use confab_shared::{api::Account, id::UserId, user::ServerRole};
use leptos::{prelude::*, task::spawn_local};

use super::{account_list::AccountList, facts::facts, person::PersonDialog};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::{api, clock::local_day},
    session::use_session,
    state::Chat,
    ui::{
        avatar::{Avatar, Size},
        form_error::{FormError, FormErrorText, is_waiting},
        icon::{Icon, IconView},
        initials::hue,
        keyed_children::keyed_children,
        person_name::{person_name, shown_name},
        reactive::{Debounce, ElementRef, capture, memo, on_event},
        show::{Show, dynamic},
    },
};

/// How long typing must pause before the server is asked.
const SEARCH_DELAY: Duration = Duration::from_millis(180);

#[component]
pub(super) fn People(role: ServerRole) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let query = RwSignal::new(String::new());
    let list = RwSignal::new(AccountList::default());
    let error = RwSignal::new(None::<FormError>);
    let load = move |after: Option<String>| {
        let Some(request) = list.try_update(AccountList::begin) else { return };
        let (token, prefix) = (session.token(), query.with_untracked(|query| query.trim().to_owned()));
        spawn_local(async move {
            let answer = api::accounts::find_accounts(&token, &prefix, after.as_deref()).await;
            if list.try_with_untracked(|list| list.is_current(request)) != Some(true) {
                return;
            }
            error.try_set(answer.as_ref().err().cloned().map(FormError::refusal));
            if let Ok(page) = answer {
                list.try_update(|list| list.answer(request, after.is_some(), page));
            }
        });
    };
    load(None);
    let debounce = Debounce::new();
    let search = move || debounce.schedule(SEARCH_DELAY, move || load(None));
    let next_page = memo(move || list.with(|list| list.next_page_after().map(str::to_owned)));
    let (shown, open) = (RwSignal::new(None::<UserId>), RwSignal::new(false));
    let show = Callback::new(move |id| {
        shown.set(Some(id));
        open.set(true);
    });
    let today = memo(move || local_day(chat.now.get()));
    let rows = ElementRef::new();
    keyed_children(
        rows,
        move || list.with(AccountList::ids),
        |id: &UserId| *id,
        move |id| {
            let account = memo(move || list.with(|list| list.get(id).cloned()));
            row(id, account, today, show)
        },
    );
    view! {
        <div class="filter">
            <IconView icon=Icon::Search/>
            <input
                type="search"
                data-testid="account-search"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder=t(|l| td_string!(l, people.search))
                aria-label=t(|l| td_string!(l, people.search))
                bind:value=query
                on:input=on_event(search)
            />
        </div>
        <ul class="entries" data-testid="accounts" use:capture=rows></ul>
        <Show when=move || list.with(AccountList::found_nobody)>
            <p class="list-nothing">{t(|l| td_string!(l, people.nobody))}</p>
        </Show>
        <div class="fetch-error" hidden=Signal::derive(move || error.with(Option::is_none))>
            <FormErrorText error testid="accounts-error"/>
            <button
                class="button plain"
                type="button"
                disabled=Signal::derive(move || is_waiting(error))
                on:click=on_event(move || load(None))
            >
                {t(|l| td_string!(l, conversation.try_again))}
            </button>
        </div>
        <Show when=move || next_page.with(Option::is_some)>
            <button
                class="button quiet"
                type="button"
                data-testid="more-accounts"
                on:click=on_event(move || load(next_page.get_untracked()))
            >
                {t(|l| td_string!(l, people.more))}
            </button>
        </Show>
        <Show when=open>
            {dynamic(move || match shown.get() {
                Some(id) => view! { <PersonDialog id role list open/> }.into_any(),
                None => ().into_any(),
            })}
        </Show>
    }
}

/// A person, as a button that opens the dialog for them.
fn row(id: UserId, account: Memo<Option<Account>>, today: Memo<u64>, on_open: Callback<UserId>) -> AnyView {
    let name = account.with_untracked(|account| account.as_ref().map(|a| a.user.name.to_string()));
    let name = name.unwrap_or_default();
    let user = memo(move || account.with(|account| account.as_ref().map(|account| account.user.clone())));
    let shown = memo(move || user.with(|user| user.as_ref().map(shown_name)).unwrap_or_default());
    let hue_of = Signal::stored(hue(&name));
    let line = t_fmt(move |l| {
        account.with(|account| {
            account.as_ref().map(|account| facts(l, account, today.get())).unwrap_or_default()
        })
    });
    let inactive = move || account.with(|account| account.as_ref().is_some_and(|account| !account.active));
    view! {
        <li>
            <button
                class="entry person"
                class:inactive=inactive
                type="button"
                data-testid="account"
                data-name=name.clone()
                on:click=on_event(move || on_open.run(id))
            >
                <Avatar name=shown hue_of size=Size::Middle/>
                <span class="entry-text">
                    <b dir="auto">{dynamic(move || user.with(|user| user.as_ref().map(person_name)).into_any())}</b>
                    <span data-testid="account-facts">{line}</span>
                </span>
            </button>
        </li>
    }
    .into_any()
}
