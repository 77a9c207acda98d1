//! Requests to join groups, which people made whom the user has never met: above the list of conversations.

use confab_shared::{error::ErrorCode, group_request::GroupRequest, id::ConversationId};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::{
    features::conversations::list_focus::focus_filter,
    i18n::{t, t_fmt, td_string, use_language},
    platform::{
        api,
        browser::{is_focus_free, on_next_frame},
        client_id,
    },
    route::{conversation_path, use_route},
    session::use_session,
    state::Chat,
    ui::{
        avatar::Avatar,
        bidi::{isolate, render_isolated},
        form_error::FormErrorText,
        keyed_children::keyed_children,
        person_name::name_with_unique,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, dynamic},
        submission::Submission,
    },
};

/// The section of requests, where there are some.
#[component]
pub(crate) fn GroupRequests() -> impl IntoView {
    let chat: Chat = expect_context();
    let any = memo(move || chat.state.with(|state| !state.group_requests().is_empty()));
    view! {
        <p class="visually-hidden" role="status" data-testid="request-announced">{announcement(chat)}</p>
        <Show when=any>
            <Requests/>
        </Show>
    }
}

/// The request that arrived last, in a sentence: assistive technology reads nothing else of the section by itself.
fn announcement(chat: Chat) -> Signal<String> {
    let newest = memo(move || chat.state.with(|state| state.group_requests().first().cloned()));
    let announced = RwSignal::new(None::<GroupRequest>);
    effect(move || {
        let newest = newest.get();
        // Once the newest is answered, the one before it is no news.
        let is_news = announced.with_untracked(|last| match (last, &newest) {
            (Some(last), Some(newest)) => newest.at > last.at,
            _ => true,
        });
        if is_news {
            announced.set(newest);
        }
    });
    t_fmt(move |locale| {
        let sentence = |GroupRequest { title, by, .. }: &GroupRequest| {
            let (name, title) = (name_with_unique(by), isolate(title.as_str()));
            td_string!(locale, requests.arrived, name = name, title = title).to_string()
        };
        announced.with(|request| request.as_ref().map(sentence).unwrap_or_default())
    })
}

/// The list of requests, the oldest first: one that arrives moves no button of another.
#[component]
fn Requests() -> impl IntoView {
    let chat: Chat = expect_context();
    let ids = memo(move || {
        let ids = |request: &GroupRequest| request.conversation;
        chat.state.with(|state| state.group_requests().iter().rev().map(ids).collect::<Vec<_>>())
    });
    let list = ElementRef::new();
    keyed_children(list, move || ids.get(), |id| *id, |id| view! { <Request id/> }.into_any());
    view! {
        <section class="requests" data-testid="group-requests">
            <h2 class="list-heading">{t(|l| td_string!(l, requests.title))}</h2>
            <ul use:capture=list></ul>
        </section>
    }
}

/// The user's answer to a request.
#[derive(Clone, Copy)]
enum Answer {
    Accept,
    Decline,
}

#[component]
fn Request(id: ConversationId) -> impl IntoView {
    let lang = use_language();
    let (chat, session, route) = (expect_context::<Chat>(), use_session(), use_route());
    let request = memo(move || {
        let of_group = |request: &&GroupRequest| request.conversation == id;
        chat.state.with(|state| state.group_requests().iter().find(of_group).cloned())
    });
    let title = memo(move || {
        request.with(|request| request.as_ref().map(|r| r.title.to_string())).unwrap_or_default()
    });
    let asker = memo(move || {
        let by = request.with(|request| request.as_ref().map(|request| request.by.clone()));
        by.map(|by| name_with_unique(&chat.person(by.id).unwrap_or(by))).unwrap_or_default()
    });
    let (row, over) = (ElementRef::new(), RwSignal::new(false));
    // The row may be gone before the answer has come, by the signal that the user's sockets get: its neighbour is looked up
    // before.
    let remove_later = move || {
        let next = neighbour_button(row);
        move || {
            chat.end_group_request(id);
            focus_if_free(move || match next.filter(|button| button.is_connected()) {
                Some(button) => drop(button.focus()),
                None => focus_filter(),
            });
        }
    };
    let submission = Submission::new();
    let send = move |answer: Answer| {
        let (token, remove) = (session.token(), remove_later());
        submission.run(async move {
            let answered = match answer {
                Answer::Accept => api::join_group(&token, id, client_id::new()).await.map(Some),
                Answer::Decline => api::decline_group(&token, id).await.map(|()| None),
            };
            match answered {
                Ok(Some(view)) => {
                    if chat.apply_created(view) {
                        route.navigate(&conversation_path(id));
                    }
                }
                Ok(None) => remove(),
                // Nobody is in the group any more, or it was answered in another tab a moment ago.
                Err(refused) if refused.code == ErrorCode::UnknownConversation => {
                    over.try_set(true);
                }
                Err(refused) => return Err(refused),
            }
            Ok(())
        });
    };
    let answer = Callback::new(send);
    view! {
        <li class="request" data-testid="group-request" data-name=move || title.get() use:capture=row>
            <Avatar name=title square=true/>
            <span class="entry-text">
                <b dir="auto">{title}</b>
                <span>
                    {dynamic(move || {
                        let name = asker.get();
                        render_isolated(td_string!(lang.get(), requests.asks, name = name).as_ref())
                    })}
                </span>
            </span>
            <div class="request-buttons">
                <Show when=over fallback=move || view! { <Buttons title submission answer/> }>
                    <Over on_close=move || remove_later()()/>
                </Show>
            </div>
            <FormErrorText error=submission.error testid="request-error"/>
        </li>
    }
}

#[component]
fn Buttons(title: Memo<String>, submission: Submission, answer: Callback<Answer>) -> impl IntoView {
    let blocked = submission.disabled_or(|| false);
    let named = move || title.with(|title| isolate(title));
    view! {
        <button
            class="button"
            type="button"
            data-testid="accept-request"
            disabled=blocked
            aria-label=t_fmt(move |l| td_string!(l, requests.accept_label, title = named()).to_string())
            on:click=on_event(move || answer.run(Answer::Accept))
        >
            {t(|l| td_string!(l, requests.accept))}
        </button>
        <button
            class="button quiet"
            type="button"
            data-testid="decline-request"
            disabled=blocked
            aria-label=t_fmt(move |l| td_string!(l, requests.decline_label, title = named()).to_string())
            on:click=on_event(move || answer.run(Answer::Decline))
        >
            {t(|l| td_string!(l, requests.decline))}
        </button>
    }
}

/// Says that there is nothing to answer any more.
#[component]
fn Over(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let button = ElementRef::new();
    effect(move || {
        if let Some(button) = button.get::<HtmlElement>() {
            focus_if_free(move || drop(button.focus()));
        }
    });
    view! {
        <p class="field-error" role="alert" data-testid="request-over">{t(|l| td_string!(l, requests.over))}</p>
        <button
            class="button quiet"
            type="button"
            data-testid="close-request"
            use:capture=button
            on:click=on_event(move || on_close.run(()))
        >
            {t(|l| td_string!(l, conversation.close))}
        </button>
    }
}

/// The first button of the row behind a row, or else of the row before it.
fn neighbour_button(row: ElementRef) -> Option<HtmlElement> {
    let row = row.get_untracked::<Element>()?;
    let neighbour = row.next_element_sibling().or_else(|| row.previous_element_sibling())?;
    neighbour.query_selector("button").ok()??.dyn_into().ok()
}

/// Moves the focus where nothing has it in the next frame: the browser takes it from a button that is disabled or removed.
fn focus_if_free(focus: impl FnOnce() + 'static) {
    on_next_frame(move || {
        if is_focus_free() {
            focus();
        }
    });
}
