//! Requests to join groups, which people made whom the user has never met: above the list of conversations.

use confab_shared::{error::ErrorCode, group_request::GroupRequest};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, t, t_fmt, td_string, use_language},
    platform::{api, client_id},
    route::{conversation_path, use_route},
    session::use_session,
    state::Chat,
    ui::{
        avatar::Avatar,
        bidi::{isolate, render_isolated},
        form_error::FormErrorText,
        person_name::name_with_unique,
        reactive::{memo, on_event},
        show::{Show, dynamic},
        submission::Submission,
    },
};

/// The section of requests, where there are some.
#[component]
pub(crate) fn GroupRequests() -> impl IntoView {
    let chat: Chat = expect_context();
    let requests = memo(move || chat.state.with(|state| state.group_requests().to_vec()));
    let any = memo(move || requests.with(|requests| !requests.is_empty()));
    view! {
        <div class="requests-slot" role="status">
            <Show when=move || any.get()>
                <section class="requests" data-testid="group-requests">
                    <h2 class="list-heading">{t(|l| td_string!(l, requests.title))}</h2>
                    <ul>
                        {dynamic(move || {
                            let requests = requests.get().into_iter();
                            requests.map(|request| view! { <Request request/> }).collect_view().into_any()
                        })}
                    </ul>
                </section>
            </Show>
        </div>
    }
}

/// The user's answer to a request.
#[derive(Clone, Copy)]
enum Answer {
    Accept,
    Decline,
}

#[component]
fn Request(request: GroupRequest) -> impl IntoView {
    let lang = use_language();
    let (chat, session, route) = (expect_context::<Chat>(), use_session(), use_route());
    let GroupRequest { conversation: id, title, by, .. } = request;
    let submission = Submission::new();
    let send = move |answer: Answer| {
        let token = session.token();
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
                Ok(None) => chat.end_group_request(id),
                // It was answered in another tab, or nobody is in the group any more.
                Err(refused) if refused.code == ErrorCode::UnknownConversation => chat.end_group_request(id),
                Err(refused) => return Err(refused),
            }
            Ok(())
        });
    };
    let blocked = submission.disabled_or(|| false);
    let name = title.to_string();
    let (shown, accept, decline) = (name.clone(), isolate(&name), isolate(&name));
    let avatar = Signal::stored(name.clone());
    let asker = name_with_unique(&by);
    let asks = move |locale: Locale| td_string!(locale, requests.asks, name = asker.clone()).to_string();
    view! {
        <li class="request" data-testid="group-request" data-name=name>
            <Avatar name=avatar square=true/>
            <span class="entry-text">
                <b dir="auto">{shown}</b>
                <span>{dynamic(move || render_isolated(&asks(lang.get())))}</span>
            </span>
            <span class="request-buttons">
                <button
                    class="button"
                    type="button"
                    data-testid="accept-request"
                    disabled=blocked
                    aria-label=t_fmt(move |l| td_string!(l, requests.accept_label, title = accept.clone()).to_string())
                    on:click=on_event(move || send(Answer::Accept))
                >
                    {t(|l| td_string!(l, requests.accept))}
                </button>
                <button
                    class="button quiet"
                    type="button"
                    data-testid="decline-request"
                    disabled=blocked
                    aria-label=t_fmt(move |l| td_string!(l, requests.decline_label, title = decline.clone()).to_string())
                    on:click=on_event(move || send(Answer::Decline))
                >
                    {t(|l| td_string!(l, requests.decline))}
                </button>
            </span>
            <FormErrorText error=submission.error testid="request-error"/>
        </li>
    }
}
